//! The visited set: every state once, in the order in which it was found, with the state it was found from.
//!
//! Exact: states are compared in full, a hash only says where to look. A state costs its own words, four bytes for its
//! predecessor, and four bytes for each slot of a table that is between 3/8 and 3/4 full:
//!
//! ```text
//! slots   [ tag | place ]          u32: the place of a state in `states`, and in the bits that it
//!                |                 leaves over, bits of the hash that spare most comparisons
//!                v
//! states  [ s1 s2 s3 … ] [ … ]     in breadth-first order, in chunks that never move
//! parents [ p1 p2 p3 … ] [ … ]
//! ```
//!
//! Memory is what it waits for, so it never asks for one state at a time: [`Shard::absorb`] takes a batch, reads all
//! its slots, then all states those slots name, and only then compares. The reads of a batch overlap.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the innermost loop of the search: places come from slots, which hold only places that exist"
)]

use super::space::Words;

/// States in a chunk, as a power of two.
const CHUNK_LOG2: u32 = 14;
/// States in a chunk.
const CHUNK: usize = 1 << CHUNK_LOG2;
/// Slots of an empty table, as a power of two.
const SLOTS_LOG2: u32 = 10;
/// From so many slots on (as a power of two) a table grows by doubling; below, where memory is no matter, faster.
const DOUBLING_LOG2: u32 = 16;
/// States that are looked up together. Enough to overlap every wait, few enough to stay in the nearest cache.
const BATCH: usize = 64;

/// A state that was found, before anyone knows whether it is new.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<S> {
    /// The state.
    pub(super) state: S,
    /// The number of the state it was found from; [`NOWHERE`] for the first one.
    pub(super) parent: u32,
    /// Bits of its digest, see [`table_hash`].
    pub(super) hash: u32,
}

/// The parent of the initial state.
pub(super) const NOWHERE: u32 = 0;

/// The part of a digest that a table uses: the upper bits choose a slot, the rest is the tag.
#[inline]
pub(super) fn table_hash(digest: u64) -> u32 {
    (digest >> 29) as u32
}

/// The states of one part of the digests.
#[derive(Debug)]
pub(super) struct Shard<S> {
    /// INVARIANT: place 0 is a filler, so that an empty slot names a state too, and the comparison needs no branch.
    states: Vec<Vec<S>>,
    parents: Vec<Vec<u32>>,
    /// The place of the next new state.
    end: u32,
    /// INVARIANT: `1 << log2` of them, at least a quarter empty (0).
    slots: Vec<u32>,
    log2: u32,
}

impl<S: Words> Shard<S> {
    /// An empty one. The filler is any state.
    pub(super) fn new(filler: S) -> Self {
        let mut shard = Self {
            states: Vec::new(),
            parents: Vec::new(),
            end: 0,
            slots: vec![0; 1 << SLOTS_LOG2],
            log2: SLOTS_LOG2,
        };
        shard.append(filler, NOWHERE);
        shard
    }

    /// The places of its states: from 1 to before this.
    pub(super) fn end(&self) -> u32 {
        self.end
    }

    /// How many states there are.
    pub(super) fn len(&self) -> u64 {
        u64::from(self.end - 1)
    }

    /// The bytes it holds.
    pub(super) fn bytes(&self) -> u64 {
        let chunk = CHUNK * (size_of::<S>() + size_of::<u32>());
        (self.states.len() * chunk + self.slots.len() * size_of::<u32>()) as u64
    }

    /// The bytes it needs on top of [`Self::bytes`] once so many states more have come.
    pub(super) fn bytes_to_come(&self, more: u32) -> u64 {
        if self.is_full_with(more as usize) { 8 << self.log2 } else { 0 }
    }

    /// The state at a place.
    #[inline]
    pub(super) fn state(&self, place: u32) -> S {
        self.states[(place >> CHUNK_LOG2) as usize][place as usize % CHUNK]
    }

    /// The number of the state that the one at a place was found from.
    pub(super) fn parent(&self, place: u32) -> u32 {
        self.parents[(place >> CHUNK_LOG2) as usize][place as usize % CHUNK]
    }

    /// The place of a state.
    pub(super) fn find(&self, state: S, hash: u32) -> Option<u32> {
        let mut slot = self.home(hash);
        loop {
            slot = self.seek(slot, hash);
            let place = self.slots[slot] & self.place_mask();
            if place == 0 {
                return None;
            }
            if self.state(place) == state {
                return Some(place);
            }
            slot = self.after(slot);
        }
    }

    /// Adds those that are new, in order, and calls `fresh` for each with its state and place.
    #[inline]
    pub(super) fn absorb(&mut self, queue: &[Candidate<S>], mut fresh: impl FnMut(S, u32)) {
        for batch in queue.chunks(BATCH) {
            while self.is_full_with(batch.len()) {
                self.grow();
            }
            let mut at = [0_usize; BATCH];
            let mut place = [0_u32; BATCH];
            let mut is_known = [false; BATCH];
            for (place, it) in place.iter_mut().zip(batch) {
                *place = self.slots[self.home(it.hash)];
            }
            std::hint::black_box(&place);
            for ((at, place), it) in at.iter_mut().zip(&mut place).zip(batch) {
                *at = self.seek(self.home(it.hash), it.hash);
                *place = self.slots[*at] & self.place_mask();
            }
            for ((is_known, place), it) in is_known.iter_mut().zip(&place).zip(batch) {
                *is_known = (self.state(*place) == it.state) & (*place != 0);
            }
            for ((is_known, at), it) in is_known.iter().zip(&at).zip(batch) {
                if !is_known && let Some(place) = self.insert(*at, it) {
                    fresh(it.state, place);
                }
            }
        }
    }

    /// Adds a state unless it is there, starting at a slot at or after its home.
    fn insert(&mut self, mut slot: usize, it: &Candidate<S>) -> Option<u32> {
        loop {
            slot = self.seek(slot, it.hash);
            let place = self.slots[slot] & self.place_mask();
            if place == 0 {
                break;
            }
            if self.state(place) == it.state {
                return None;
            }
            slot = self.after(slot);
        }
        let place = self.end;
        self.slots[slot] = (it.hash << self.log2) | place;
        self.append(it.state, it.parent);
        Some(place)
    }

    fn append(&mut self, state: S, parent: u32) {
        let chunk = (self.end >> CHUNK_LOG2) as usize;
        if chunk == self.states.len() {
            self.states.push(Vec::with_capacity(CHUNK));
            self.parents.push(Vec::with_capacity(CHUNK));
        }
        self.states[chunk].push(state);
        self.parents[chunk].push(parent);
        self.end += 1;
    }

    /// The first slot from here on that is empty or has the tag.
    #[inline]
    fn seek(&self, mut slot: usize, hash: u32) -> usize {
        let tag = hash << self.log2;
        loop {
            let entry = self.slots[slot];
            if entry == 0 || (entry ^ tag) >> self.log2 == 0 {
                return slot;
            }
            slot = self.after(slot);
        }
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        (hash >> (u32::BITS - self.log2)) as usize
    }

    #[inline]
    fn after(&self, slot: usize) -> usize {
        (slot + 1) & ((1 << self.log2) - 1)
    }

    #[inline]
    fn place_mask(&self) -> u32 {
        (1 << self.log2) - 1
    }

    /// Whether so many states more would fill more than three quarters of the slots.
    #[inline]
    fn is_full_with(&self, more: usize) -> bool {
        (self.end as usize + more) * 4 > self.slots.len() * 3
    }

    /// Makes the table larger. The states are read in order and the slots written at random, a batch at a time.
    #[cold]
    fn grow(&mut self) {
        self.log2 += if self.log2 < DOUBLING_LOG2 { 2 } else { 1 };
        self.slots = Vec::new();
        self.slots = vec![0; 1 << self.log2];
        let mut place = 1;
        for (index, chunk) in self.states.iter().enumerate() {
            for state in &chunk[usize::from(index == 0)..] {
                let hash = table_hash(state.digest());
                let mut slot = (hash >> (u32::BITS - self.log2)) as usize;
                while self.slots[slot] != 0 {
                    slot = (slot + 1) & ((1 << self.log2) - 1);
                }
                self.slots[slot] = (hash << self.log2) | place;
                place += 1;
            }
        }
    }
}
