//! What nobody decides: faults at the calls of an invocation, and what the target does some time after a call.
//!
//! How long a delay or a grace takes is left out, as all time is: it may be over at any later moment, however many calls are
//! made until then. So all that can happen with any delay is found, and some things that need a long one.

#![expect(clippy::arithmetic_side_effects, reason = "counts of a handful of faults")]

use super::layout::{Field, places};
use super::rotation::{Act, Seat};
use super::table::{Entry, Failure, Op, OpCall};
use super::{Model, plain};
use crate::api::ErrorCode;
use crate::explore::{Packed, PropertySet, Successor};
use crate::labels::Ledger;
use crate::world::FaultKind;

impl<const W: usize> Model<W> {
    /// What can go wrong at a call of an invocation. `after`: the state if the call is made, before its answer is seen;
    /// `made`: what making it violates.
    #[inline]
    pub(super) fn faults<L: Ledger>(
        &self,
        state: Packed<W>,
        (worker, node): (u8, u8),
        seat: &Seat<'_>,
        (after, made): (Packed<W>, PropertySet),
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        let faults = self.setting.faults;
        let mut fault = |kind: FaultKind, next: Packed<W>, counted: Field| {
            let broken = if kind == FaultKind::StaleRead {
                self.transition(&state, &next, seat)
            } else if kind.is_before() {
                // A call that isn't made breaks nothing.
                PropertySet::NONE
            } else {
                made
            };
            let next = counted.with(next, counted.of(&state) + 1);
            let action = Act::Fault { worker, node, kind }.id();
            emit(Successor { action, state: next, broken }, ledger);
        };
        if let Some(next) = self.after_stale_read(state, seat) {
            fault(FaultKind::StaleRead, next, self.layout.stale_reads);
        }
        if self.layout.faults.of(&state) >= u64::from(faults.times) {
            return;
        }
        let injected = if matches!(seat.op.call, OpCall::Target(_)) {
            Failure::Unavailable
        } else {
            Failure::Service(ErrorCode::InternalServiceError)
        };
        let after = self.unseen(after, seat);
        for kind in FaultKind::ALL.into_iter().filter(|kind| faults.kinds.contains(*kind)) {
            let next = match kind {
                FaultKind::KilledBefore | FaultKind::TimedOutBefore => {
                    self.again(state, seat, seat.record)
                }
                FaultKind::KilledAfter | FaultKind::TimedOutAfter => {
                    self.again(after, seat, seat.record)
                }
                FaultKind::ErrorBefore => self.fails(state, seat, injected),
                FaultKind::ErrorAfter => self.fails(after, seat, injected),
                FaultKind::Throttled if self.begins_step(seat.op, node) => {
                    self.again(state, seat, seat.record)
                }
                FaultKind::Throttled | FaultKind::StaleRead => continue,
            };
            fault(kind, next, self.layout.faults);
        }
    }

    /// Whether a call is the first of its step, so that the invocation may as well not have begun.
    fn begins_step(&self, op: &Op, node: u8) -> bool {
        let entry = self.table.entries.get(usize::from(op.step)).copied();
        entry == Some(Entry::Call(node.saturating_add(1)))
    }

    /// A delay or a grace of the target is over, at any moment after it began.
    pub(super) fn pass<L: Ledger>(
        &self,
        state: Packed<W>,
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        let Some(setting) = self.setting.target.filter(|_| !self.target_settled(&state)) else {
            return;
        };
        let target = self.target(&state);
        for passing in target.passings() {
            if let Some(target) = target.passed(setting, passing) {
                let next = self.with_target(state, target);
                emit(plain(Act::Pass(passing).id(), next), ledger);
            }
        }
    }

    /// The bits of a state that say what is coming on the target, and what is accepted still.
    pub(super) fn under_way_bits(&self) -> Packed<W> {
        places(self.layout.target.iter().flat_map(|it| [it.coming, it.leaving]))
    }

    /// Whether nothing is coming on the target, and nothing that has been replaced is accepted still.
    #[inline]
    pub(super) fn target_settled(&self, state: &Packed<W>) -> bool {
        state.and(self.under_way).is_empty()
    }
}
