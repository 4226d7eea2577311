//! What a call of the others looks at and what it changes: a few bits of a state. So what it comes to is computed once for
//! each value of those bits, and looked up from then on.

use super::Model;
use super::layout::{Field, places, runs};
use super::rotation::Act;
use super::setting::{MoveTo, OtherCall, PutValue};
use crate::assumption::OutgoingLabels;
use crate::explore::{ActionId, Packed, Successor};
use crate::labels::{LabelSet, LabelSlot};

/// The most bits of a footprint that is looked up: a table has a place for each value of them.
const BITS_MAX: u32 = 14;

/// The bits of a state that a call has to do with.
#[derive(Clone, Debug)]
pub(super) struct Footprint<const W: usize> {
    /// What it looks at, or may change only in some cases. Whether it can be made, and what becomes of every bit, depends
    /// on these alone.
    pub(super) reads: Packed<W>,
    /// What it gives another value, whatever stood there.
    pub(super) overwrites: Packed<W>,
    /// `reads`, as the parts of a number; none if it has too many bits.
    key: Option<Vec<(Field, u32)>>,
}

impl<const W: usize> Footprint<W> {
    fn new(reads: Packed<W>, overwrites: Packed<W>) -> Self {
        let overwrites = overwrites.without(reads);
        let parts = runs(reads);
        let bits: u32 = parts.iter().map(|(_, bits)| bits).sum();
        Self { reads, overwrites, key: (bits <= BITS_MAX).then_some(parts) }
    }

    /// The number that the bits make.
    #[inline]
    fn number(parts: &[(Field, u32)], state: &Packed<W>) -> usize {
        let number = parts
            .iter()
            .fold(0, |number: u64, (field, bits)| number.wrapping_shl(*bits) | field.of(state));
        usize::try_from(number).unwrap_or(usize::MAX)
    }

    /// How many numbers there are.
    fn numbers(parts: &[(Field, u32)]) -> usize {
        1_usize.wrapping_shl(parts.iter().map(|(_, bits)| bits).sum())
    }
}

/// One thing that a call can come to.
#[derive(Clone, Copy, Debug)]
struct Outcome<const W: usize> {
    action: ActionId,
    /// The bits that stay as they are.
    keeps: Packed<W>,
    /// The others.
    sets: Packed<W>,
}

/// What one call comes to, by the number that its footprint makes.
#[derive(Debug, Default)]
struct Known<const W: usize> {
    /// Where the outcomes begin, from 1, and how many there are; 0 for what isn't known yet.
    places: Vec<(u32, u32)>,
    outcomes: Vec<Outcome<W>>,
}

/// What all calls of the others come to, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct KnownCalls<const W: usize>(Vec<Vec<Known<W>>>);

impl<const W: usize> Model<W> {
    /// The footprints of all calls, by who makes them.
    pub(super) fn footprints(&self) -> Vec<Vec<Footprint<W>>> {
        let others = self.setting.others.iter();
        others.map(|other| other.calls.iter().map(|call| self.footprint(*call)).collect()).collect()
    }

    fn footprint(&self, call: OtherCall) -> Footprint<W> {
        let layout = &self.layout;
        let label =
            |label: LabelSlot| layout.labels.get(label.index()).copied().unwrap_or_default();
        let states = layout.tokens.map(|token| token.state);
        let mut reads = places([layout.deleted, layout.rotating, layout.over]);
        let mut overwrites = Packed::default();
        match call {
            OtherCall::CancelRotateSecret | OtherCall::DeleteSecret | OtherCall::RestoreSecret => {
                reads = reads.or(places([layout.cancelled]));
            }
            OtherCall::Put { labels, value } => {
                reads = reads.or(places([layout.puts]));
                let named = labels.unwrap_or(LabelSet::EMPTY.with(LabelSlot::CURRENT));
                // The first version may become the current one without being asked to.
                let first = if self.given() == 0 { places(states) } else { Packed::default() };
                let takes_current = named.contains(LabelSlot::CURRENT) || self.given() == 0;
                overwrites = places(named.iter().map(label));
                reads = reads.or(first).or(self.stage_footprint());
                if takes_current {
                    reads = reads.or(places([label(LabelSlot::PREVIOUS)]));
                    if self.setting.assume.outgoing_labels == OutgoingLabels::DropAll {
                        reads = reads.or(places(layout.labels));
                    }
                }
                let uses = self.table.uses;
                if value == PutValue::NewOnTarget || uses.origins || uses.new_users {
                    reads = reads.or(places([layout.origins, layout.users]));
                    reads = reads.or(places(layout.tokens.map(|token| token.principal)));
                    reads = reads.or(self.target_bits());
                }
            }
            OtherCall::Move { label: moved, .. } | OtherCall::Remove(moved) => {
                reads = reads.or(places([layout.puts, label(moved)])).or(places(states));
                if let OtherCall::Move { to: MoveTo::HolderOf(held), .. } = call {
                    reads = reads.or(places([label(held)]));
                }
                if moved == LabelSlot::CURRENT {
                    reads = reads.or(places([label(LabelSlot::PREVIOUS)]));
                }
                if self.setting.rotations > 0 {
                    reads = reads.or(self.stage_footprint());
                }
            }
        }
        Footprint::new(reads, overwrites)
    }

    /// What is looked at, and may be changed, when labels are on other versions than before.
    fn stage_footprint(&self) -> Packed<W> {
        let layout = &self.layout;
        let label =
            |label: LabelSlot| layout.labels.get(label.index()).copied().unwrap_or_default();
        let current_and_pending = [label(LabelSlot::CURRENT), label(LabelSlot::PENDING)];
        let rotation = places([layout.rotating, layout.over, layout.cleans]);
        let always = rotation.or(places(current_and_pending));
        if self.setting.rotations == 0 {
            return always;
        }
        // A version that a rotation made room for is gone when its last label is.
        always.or(places(layout.labels)).or(places(layout.tokens.map(|token| token.state)))
    }

    /// What the others can do, as [`Model::others`] says it.
    #[inline]
    pub(super) fn others_from(
        &self,
        known: &mut KnownCalls<W>,
        state: Packed<W>,
        emit: &mut impl FnMut(Successor<Packed<W>>),
    ) {
        if known.0.len() != self.footprints.len() {
            known.0 = self.footprints.iter().map(|_| Vec::new()).collect();
            for (known, footprints) in known.0.iter_mut().zip(&self.footprints) {
                known.resize_with(footprints.len(), Known::default);
            }
        }
        let others = self.footprints.iter().zip(&mut known.0);
        for (index, (footprints, known)) in (0_u8..).zip(others) {
            let Some(counted) = self.counted(state, index) else { continue };
            for (place, (footprint, known)) in (0_u8..).zip(footprints.iter().zip(known)) {
                let Some(parts) = &footprint.key else {
                    self.other_call_anew(counted, (index, place), emit);
                    continue;
                };
                let number = Footprint::number(parts, &state);
                let (mut start, mut count) = known.places.get(number).copied().unwrap_or_default();
                if start == 0 {
                    (start, count) = self.learn(known, footprint, counted, (index, place));
                }
                let start = (start as usize).wrapping_sub(1);
                let outcomes = known.outcomes.get(start..start.wrapping_add(count as usize));
                for outcome in outcomes.unwrap_or_default() {
                    let next = counted.and(outcome.keeps).or(outcome.sets);
                    emit(super::plain(outcome.action, next));
                }
            }
        }
    }

    /// What a call comes to that looks at too much. Apart, because what it needs would else be made ready for every state.
    #[inline(never)]
    fn other_call_anew(
        &self,
        state: Packed<W>,
        call: (u8, u8),
        emit: &mut impl FnMut(Successor<Packed<W>>),
    ) {
        self.other_call(state, call, &mut (), &mut |it, ()| emit(it));
    }

    /// Finds out what a call comes to.
    #[cold]
    fn learn(
        &self,
        known: &mut Known<W>,
        footprint: &Footprint<W>,
        state: Packed<W>,
        (index, place): (u8, u8),
    ) -> (u32, u32) {
        let parts = footprint.key.as_deref().unwrap_or_default();
        known.places.resize(Footprint::<W>::numbers(parts), (0, 0));
        let start = u32::try_from(known.outcomes.len()).unwrap_or(u32::MAX).saturating_add(1);
        let mut count = 0_u32;
        let touched = footprint.reads.or(footprint.overwrites);
        self.other_call(state, (index, place), &mut (), &mut |it, ()| {
            let changed = state.differing(it.state);
            debug_assert_eq!(
                changed.without(touched),
                Packed::default(),
                "{:?}",
                Act::of(it.action)
            );
            let changed = changed.or(footprint.overwrites);
            let all = Packed([u64::MAX; W]);
            known.outcomes.push(Outcome {
                action: it.action,
                keeps: all.without(changed),
                sets: it.state.and(changed),
            });
            count = count.saturating_add(1);
        });
        if let Some(slot) = known.places.get_mut(Footprint::number(parts, &state)) {
            *slot = (start, count);
        }
        (start, count)
    }
}
