//! What an invocation does next depends on its own record and on the secret and the target, and on no other invocation: it is
//! computed once for each such pair and looked up from then on.

use std::ops::Range;

use super::Model;
use super::footprint::KnownCalls;
use super::layout::{Field, places};
use crate::explore::{ActionId, FIRST_FACTOR, Packed, PropertySet, Successor, Words as _};

/// Slots of an empty table, as a power of two.
const SLOTS_LOG2: u32 = 12;
/// The most pairs that are remembered. What is new after that is computed each time.
const PAIRS_MAX: usize = 1 << 20;

/// One thing that an invocation can do, apart from the other invocations: which bits of a state it turns over.
#[derive(Clone, Copy, Debug)]
struct Outcome<const W: usize> {
    action: ActionId,
    broken: PropertySet,
    /// In the secret and the target.
    shared: Packed<W>,
    /// In the record of the invocation.
    record: u64,
}

#[derive(Clone, Copy, Debug)]
struct Slot<const W: usize> {
    /// The secret, the target and the record, in the place of the first invocation.
    key: Packed<W>,
    /// Where the outcomes begin, from 1; 0 in an empty slot.
    start: u32,
    count: u32,
}

impl<const W: usize> Slot<W> {
    /// Where the outcomes are.
    #[inline]
    fn range(&self) -> Range<usize> {
        let start = (self.start as usize).wrapping_sub(1);
        start..start.wrapping_add(self.count as usize)
    }
}

/// What is remembered.
#[derive(Debug)]
pub struct Memo<const W: usize> {
    slots: Vec<Slot<W>>,
    outcomes: Vec<Outcome<W>>,
    used: usize,
    /// By how much a digest is shifted to give a slot.
    shift: u32,
    /// What calls of the others come to.
    pub(super) calls: KnownCalls<W>,
}

impl<const W: usize> Default for Memo<W> {
    fn default() -> Self {
        let empty = Slot { key: Packed::default(), start: 0, count: 0 };
        Self {
            slots: vec![empty; 1 << SLOTS_LOG2],
            outcomes: Vec::new(),
            used: 0,
            shift: u64::BITS.saturating_sub(SLOTS_LOG2),
            calls: KnownCalls::default(),
        }
    }
}

impl<const W: usize> Memo<W> {
    /// The slot that has the key, or the empty one where it belongs.
    #[inline]
    fn place(&self, key: Packed<W>, hash: u64) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = usize::try_from(hash.wrapping_shr(self.shift)).unwrap_or(0);
        loop {
            match self.slots.get(at & mask) {
                Some(slot) if slot.key != key && slot.start != 0 => at = at.wrapping_add(1),
                Some(_) | None => return at & mask,
            }
        }
    }

    /// Where the outcomes of a key are, if it is remembered.
    #[inline]
    fn find(&self, key: Packed<W>, hash: u64) -> Option<Range<usize>> {
        self.slots.get(self.place(key, hash)).filter(|slot| slot.start != 0).map(Slot::range)
    }

    fn remember(
        &mut self,
        first: Field,
        key: Packed<W>,
        outcomes: &[Outcome<W>],
    ) -> Option<Range<usize>> {
        let start = u32::try_from(self.outcomes.len()).unwrap_or(u32::MAX).saturating_add(1);
        let count = u32::try_from(outcomes.len()).unwrap_or(0);
        if self.used >= PAIRS_MAX || start == u32::MAX {
            return None;
        }
        if self.used.saturating_mul(2) >= self.slots.len() {
            self.grow(first);
        }
        self.outcomes.extend_from_slice(outcomes);
        self.used = self.used.saturating_add(1);
        let at = self.place(key, hash(key.without(places([first])).digest(), first.of(&key)));
        let slot = self.slots.get_mut(at)?;
        *slot = Slot { key, start, count };
        Some(slot.range())
    }

    fn grow(&mut self, first: Field) {
        let empty = Slot { key: Packed::default(), start: 0, count: 0 };
        let larger = vec![empty; self.slots.len().saturating_mul(2)];
        self.shift = self.shift.saturating_sub(1);
        for slot in std::mem::replace(&mut self.slots, larger) {
            if slot.start != 0 {
                let hash = hash(slot.key.without(places([first])).digest(), first.of(&slot.key));
                let at = self.place(slot.key, hash);
                if let Some(place) = self.slots.get_mut(at) {
                    *place = slot;
                }
            }
        }
    }
}

/// The hash of a pair; its upper bits are the good ones. What the secret and the target have to do with it is the same for
/// all invocations in a state.
#[inline]
const fn hash(shared: u64, record: u64) -> u64 {
    shared ^ record.wrapping_mul(FIRST_FACTOR)
}

impl<const W: usize> Model<W> {
    /// The bits of a state that no invocation has for itself.
    pub(super) fn shared_bits(&self) -> Packed<W> {
        let all = Packed([u64::MAX; W]);
        self.layout.workers.iter().fold(all, |bits, field| field.with(bits, 0))
    }

    /// What the invocations can do next, as [`Model::worker`] says it.
    #[inline]
    pub(super) fn workers_from(
        &self,
        memo: &mut Memo<W>,
        state: Packed<W>,
        emit: &mut impl FnMut(Successor<Packed<W>>),
    ) {
        let Some(first) = self.layout.workers.first().copied() else { return };
        let shared = state.and(self.shared);
        let digest = shared.digest();
        for (worker, field) in (0..self.setting.workers).zip(&self.layout.workers) {
            let record = field.of(&state);
            let key = first.flipped(shared, record);
            let known = memo.find(key, hash(digest, record));
            let Some(range) = known.or_else(|| self.compute(memo, key, first)) else {
                self.worker_anew(state, worker, emit);
                continue;
            };
            for outcome in memo.outcomes.get(range).unwrap_or_default() {
                emit(Successor {
                    action: ActionId(outcome.action.0 | u32::from(worker)),
                    state: field.flipped(state.differing(outcome.shared), outcome.record),
                    broken: outcome.broken,
                });
            }
        }
    }

    /// What one can do, if the memory is full. Apart, because what it needs would else be made ready for every state.
    #[cold]
    #[inline(never)]
    fn worker_anew(
        &self,
        state: Packed<W>,
        worker: u8,
        emit: &mut impl FnMut(Successor<Packed<W>>),
    ) {
        self.worker(state, worker, &mut (), &mut |it, ()| emit(it));
    }

    /// Computes what the first invocation can do if there is no other.
    #[cold]
    fn compute(&self, memo: &mut Memo<W>, key: Packed<W>, first: Field) -> Option<Range<usize>> {
        let mut outcomes = Vec::new();
        self.worker(key, 0, &mut (), &mut |it, ()| {
            let turned = it.state.differing(key);
            outcomes.push(Outcome {
                action: it.action,
                broken: it.broken,
                shared: turned.and(self.shared),
                record: first.of(&turned),
            });
        });
        memo.remember(first, key, &outcomes)
    }
}
