//! What an invocation does next depends on its own record and on the secret and the target, and on no other invocation: it is
//! computed once for each such pair and looked up from then on.

use super::Model;
use super::footprint::KnownCalls;
use super::layout::Field;
use crate::explore::{ActionId, Packed, PropertySet, Successor, Words as _};

/// Slots of an empty table, as a power of two.
const SLOTS_LOG2: u32 = 12;
/// The most pairs that are remembered. What is new after that is computed each time.
const PAIRS_MAX: usize = 1 << 20;

/// One thing that an invocation can do, apart from the other invocations.
#[derive(Clone, Copy, Debug)]
struct Outcome<const W: usize> {
    action: ActionId,
    broken: PropertySet,
    /// The secret and the target after it.
    shared: Packed<W>,
    /// The record of the invocation after it.
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
    fn place(&self, key: Packed<W>) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = usize::try_from(key.digest().wrapping_shr(self.shift)).unwrap_or(0);
        loop {
            match self.slots.get(at & mask) {
                Some(slot) if slot.start != 0 && slot.key != key => at = at.wrapping_add(1),
                Some(_) | None => return at & mask,
            }
        }
    }

    /// The outcomes of a key, if it is remembered.
    #[inline]
    fn find(&self, key: Packed<W>) -> Option<&[Outcome<W>]> {
        let slot = self.slots.get(self.place(key)).filter(|slot| slot.start != 0)?;
        let start = (slot.start as usize).wrapping_sub(1);
        self.outcomes.get(start..start.wrapping_add(slot.count as usize))
    }

    fn remember(&mut self, key: Packed<W>, outcomes: &[Outcome<W>]) {
        let start = u32::try_from(self.outcomes.len()).unwrap_or(u32::MAX).saturating_add(1);
        let count = u32::try_from(outcomes.len()).unwrap_or(0);
        if self.used >= PAIRS_MAX || start == u32::MAX {
            return;
        }
        if self.used.saturating_mul(2) >= self.slots.len() {
            self.grow();
        }
        self.outcomes.extend_from_slice(outcomes);
        self.used = self.used.saturating_add(1);
        let at = self.place(key);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { key, start, count };
        }
    }

    fn grow(&mut self) {
        let empty = Slot { key: Packed::default(), start: 0, count: 0 };
        let larger = vec![empty; self.slots.len().saturating_mul(2)];
        self.shift = self.shift.saturating_sub(1);
        for slot in std::mem::replace(&mut self.slots, larger) {
            if slot.start != 0 {
                let at = self.place(slot.key);
                if let Some(place) = self.slots.get_mut(at) {
                    *place = slot;
                }
            }
        }
    }
}

impl<const W: usize> Model<W> {
    /// The bits of a state that no invocation has for itself.
    pub(super) fn shared_bits(&self) -> Packed<W> {
        let all = Packed([u64::MAX; W]);
        self.layout.workers.iter().fold(all, |bits, field| field.with(bits, 0))
    }

    /// What an invocation can do next, as [`Model::worker`] says it.
    #[inline]
    pub(super) fn worker_from(
        &self,
        memo: &mut Memo<W>,
        state: Packed<W>,
        worker: u8,
        emit: &mut impl FnMut(Successor<Packed<W>>),
    ) {
        let field = self.layout.workers.get(usize::from(worker)).copied().unwrap_or_default();
        let first = self.layout.workers.first().copied().unwrap_or_default();
        let shared = state.and(self.shared);
        let key = first.with(shared, field.of(&state));
        if memo.find(key).is_none() {
            self.compute(memo, key, first);
        }
        let Some(outcomes) = memo.find(key) else {
            // The memory is full.
            return self.worker(state, worker, &mut (), &mut |it, ()| emit(it));
        };
        for outcome in outcomes {
            let mut next = field.with(state, outcome.record);
            next = next.without(self.shared).or(outcome.shared);
            emit(Successor {
                action: ActionId(outcome.action.0 | u32::from(worker)),
                state: next,
                broken: outcome.broken,
            });
        }
    }

    /// Computes what the first invocation can do if there is no other.
    #[cold]
    fn compute(&self, memo: &mut Memo<W>, key: Packed<W>, first: Field) {
        let mut outcomes = Vec::new();
        self.worker(key, 0, &mut (), &mut |it, ()| {
            outcomes.push(Outcome {
                action: it.action,
                broken: it.broken,
                shared: it.state.and(self.shared),
                record: first.of(&it.state),
            });
        });
        memo.remember(key, &outcomes);
    }
}
