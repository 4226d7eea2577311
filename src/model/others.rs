//! Other people and tools that share the secret.

use super::rotation::Act;
use super::setting::{MoveTo, OtherCall, PutValue};
use super::state::{number, slot};
use super::{Model, plain};
use crate::explore::{Packed, Successor};
use crate::labels::{LabelSlot, Ledger};
use crate::target::{CredentialSlot, Request};

/// Where the value of a version that others put comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is new.
    New,
    /// It is the value of that version.
    Again(u64),
}

/// Bits for the origin of each version that others put.
const ORIGIN_BITS: u64 = 2;

impl<const W: usize> Model<W> {
    /// Where the value of a version comes from; `None` if it wasn't put by others.
    pub(super) fn origin(&self, state: &Packed<W>, version: u64) -> Option<Origin> {
        if !self.table.uses.origins {
            return None;
        }
        let before = self.given().wrapping_add(u64::from(self.setting.rotations));
        let index = version.checked_sub(before)?.checked_sub(1)?;
        let code = self.layout.origins.of(state).wrapping_shr(shift(index)) & 3;
        Some(if code == 0 { Origin::New } else { Origin::Again(code) })
    }

    /// What the others can do.
    #[inline]
    pub(super) fn others<L: Ledger>(
        &self,
        state: Packed<W>,
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        for (index, other) in (0_u8..).zip(&self.setting.others) {
            let Some(counted) = self.counted(state, index) else { continue };
            for (place, _) in (0_u8..).zip(&other.calls) {
                self.other_call(counted, (index, place), ledger, emit);
            }
        }
    }

    /// The state with one call more of one of the others counted; none if they make no more, or not now.
    #[inline]
    pub(super) fn counted(&self, state: Packed<W>, index: u8) -> Option<Packed<W>> {
        let other = self.setting.others.get(usize::from(index))?;
        let field = self.layout.others.get(usize::from(index))?;
        let made = field.of(&state);
        let spent = other.times.is_some_and(|times| made >= u64::from(times));
        let waits = other.during_rotation && self.layout.rotating.of(&state) == 0;
        (!spent && !waits).then(|| field.with(state, made.wrapping_add(1)))
    }

    /// What one call of theirs comes to in a state that counts it already.
    pub(super) fn other_call<L: Ledger>(
        &self,
        state: Packed<W>,
        (index, place): (u8, u8),
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        let other = self.setting.others.get(usize::from(index));
        let call = other.and_then(|other| other.calls.get(usize::from(place)));
        let Some(call) = call else { return };
        self.made(state, *call, ledger, &mut |next, to, ledger| {
            let act = Act::Other { other: index, call: place, to };
            emit(plain(act.id(), next), ledger);
        });
    }

    /// The states after a call: none if it would be refused or change nothing.
    fn made<L: Ledger>(
        &self,
        state: Packed<W>,
        call: OtherCall,
        ledger: &mut L,
        emit: &mut impl FnMut(Packed<W>, u8, &mut L),
    ) {
        let deleted = self.layout.deleted.of(&state) == 1;
        if deleted && call != OtherCall::RestoreSecret {
            return;
        }
        let next = match call {
            OtherCall::Put { labels, value } => {
                let next = self.put_by_others(state, labels, ledger);
                next.map(|next| match value {
                    PutValue::Again(_) => self.with_origin(next, value),
                    PutValue::New | PutValue::NewOnTarget => {
                        self.with_origin(self.with_user(next, &state), value)
                    }
                })
            }
            OtherCall::Move { label, to: MoveTo::AnyVersion } => {
                let last = self.table.versions;
                for to in (1_u8..).take(last).filter(|to| self.exists(&state, u64::from(*to))) {
                    if let Some(next) = self.move_by_others(state, label, u64::from(to), ledger) {
                        emit(next, to, ledger);
                    }
                }
                return;
            }
            OtherCall::Move { label, to: MoveTo::HolderOf(held) } => {
                let to = self.holder(&state, held);
                self.move_by_others(state, label, to, ledger)
            }
            OtherCall::Remove(label) => self.move_by_others(state, label, 0, ledger),
            OtherCall::CancelRotateSecret => {
                let running = self.layout.rotating.of(&state) != 0;
                let changes = running || self.layout.cancelled.of(&state) == 0;
                let next = self.layout.cancelled.with(state, 1);
                let next = self.layout.rotating.with(next, 0);
                changes.then(|| if running { self.layout.over.with(next, 1) } else { next })
            }
            OtherCall::DeleteSecret => Some(self.layout.deleted.with(state, 1)),
            OtherCall::RestoreSecret => deleted.then(|| self.layout.deleted.with(state, 0)),
        };
        if let Some(next) = next {
            emit(next, 0, ledger);
        }
    }

    /// The state with a label moved from where it is (or attached, or removed).
    #[inline]
    fn move_by_others(
        &self,
        state: Packed<W>,
        label: LabelSlot,
        to: u64,
        ledger: &mut impl Ledger,
    ) -> Option<Packed<W>> {
        let from = self.holder(&state, label);
        if from == to {
            return None;
        }
        self.move_label(state, label, to, from, ledger).ok()
    }

    /// A new value is for the user that was the current one before the put.
    fn with_user(&self, state: Packed<W>, before: &Packed<W>) -> Packed<W> {
        let current = self.holder(before, LabelSlot::CURRENT);
        if !self.table.uses.new_users || self.principal(before, current).0 == 0 {
            return state;
        }
        let index = self.layout.puts.of(&state).wrapping_sub(1);
        let users = self.layout.users.of(&state) | 1_u64.wrapping_shl((index & 63) as u32);
        self.layout.users.with(state, users)
    }

    /// What the version that was just put holds, and what the target knows of it.
    fn with_origin(&self, state: Packed<W>, value: PutValue) -> Packed<W> {
        let version = self.last_put(&state);
        match value {
            PutValue::New => state,
            PutValue::Again(given) => {
                let index = self.layout.puts.of(&state).wrapping_sub(1);
                let code = number(Some(given)).wrapping_shl(shift(index));
                let codes = self.layout.origins.of(&state) | code;
                self.layout.origins.with(state, codes)
            }
            PutValue::NewOnTarget => {
                let Some(setting) = self.setting.target else { return state };
                let of = self.principal(&state, version);
                let with = CredentialSlot(
                    slot(version).map_or(15, |slot| slot.number().saturating_sub(1)),
                );
                let request = Request::SetPassword { of, with, old: None, keep: None };
                let target = self.target(&state).ask(setting, request);
                target.map_or(state, |(target, _)| self.with_target(state, target))
            }
        }
    }
}

const fn shift(index: u64) -> u32 {
    (index.wrapping_mul(ORIGIN_BITS) & 63) as u32
}
