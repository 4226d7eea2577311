//! The visited set: every state once, in the order in which it was found, with the state it was found from.
//!
//! Exact: states are compared in full, a hash only says where to look. A state costs its own words, four bytes for its
//! predecessor, and four bytes for each slot of a table that is between 3/8 and 3/4 full:
//!
//! ```text
//! lines   [ tag | place ] × 16     u32: the place of a state in `states`, and in the bits that it
//!                |                 leaves over, bits of the hash that spare most comparisons
//!                v
//! states  [ s1 s2 s3 … ] [ … ]     in breadth-first order, in chunks that never move
//! parents [ p1 p2 p3 … ] [ … ]
//! ```
//!
//! Sixteen slots are one cache line. A state is in the line that its hash names or, if that one is full, in one of the
//! next; a line fills from its first slot on.
//!
//! Memory is what it waits for, so it never asks for one state at a time: [`Shard::absorb`] takes a batch, asks for all
//! its lines, then for all states those lines name, and only then compares. The waits of a batch overlap. Where a state
//! is in doubt, nothing branches: a wrong place is a comparison that fails, and the slow way decides.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "the innermost loop of the search: places come from slots, which hold only places that exist"
)]
#![expect(
    unsafe_code,
    reason = "prefetching and comparing sixteen tags at once take 25 to 45 % off a search"
)]

use super::space::Words;

/// States in a chunk, as a power of two.
const CHUNK_LOG2: u32 = 14;
/// States in a chunk.
const CHUNK: usize = 1 << CHUNK_LOG2;
/// Slots in a line, as a power of two.
const LINE_LOG2: u32 = 4;
/// Slots of an empty table, as a power of two.
const SLOTS_LOG2: u32 = 10;
/// From so many slots on (as a power of two) a table grows by doubling; below, where memory is no matter, faster.
const DOUBLING_LOG2: u32 = 16;
/// States that are looked up together. Enough to overlap every wait, few enough to stay in the nearest cache.
const BATCH: usize = 32;

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

/// Slots that are fetched together.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([u32; 1 << LINE_LOG2]);

/// The states of one part of the digests.
#[derive(Debug)]
pub(super) struct Shard<S> {
    /// INVARIANT: place 0 is a filler, so that an empty slot names a state too, and the comparison needs no branch.
    states: Vec<Vec<S>>,
    parents: Vec<Vec<u32>>,
    /// The place of the next new state.
    end: u32,
    /// INVARIANT: `1 << log2` slots, at least a quarter of them empty (0); in a line, empty ones come last.
    lines: Vec<Line>,
    log2: u32,
}

impl<S: Words> Shard<S> {
    /// An empty one. The filler is any state.
    pub(super) fn new(filler: S) -> Self {
        let mut shard = Self {
            states: Vec::new(),
            parents: Vec::new(),
            end: 0,
            lines: table(SLOTS_LOG2),
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
        (self.states.len() * chunk + self.lines.len() * size_of::<Line>()) as u64
    }

    /// The bytes it needs on top of [`Self::bytes`] once so many states more have come.
    pub(super) fn bytes_to_come(&self, more: u32) -> u64 {
        if self.is_full_with(more as usize) { 4 << self.log2 } else { 0 }
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
        self.seek(state, hash).ok()
    }

    /// Adds those that are new, in order, and calls `fresh` for each with its state and place.
    #[inline]
    pub(super) fn absorb(&mut self, queue: &[Candidate<S>], mut fresh: impl FnMut(S, u32)) {
        let mut asked = queue.chunks(BATCH);
        let mut named = queue.chunks(BATCH);
        self.ask_for(asked.next().unwrap_or_default());
        self.ask_for(asked.next().unwrap_or_default());
        let mut places = self.likely_places(named.next().unwrap_or_default());
        for batch in queue.chunks(BATCH) {
            while self.is_full_with(batch.len()) {
                self.grow();
            }
            self.ask_for(asked.next().unwrap_or_default());
            let ahead = self.likely_places(named.next().unwrap_or_default());
            for (place, it) in places.iter().zip(batch) {
                // The filler may be equal, but is nobody's state.
                let is_known = self.state(*place) == it.state && *place != 0;
                if !is_known && let Err(slot) = self.seek(it.state, it.hash) {
                    let place = self.end;
                    self.lines[slot.line].0[slot.lane] = (it.hash << self.log2) | place;
                    self.append(it.state, it.parent);
                    fresh(it.state, place);
                }
            }
            places = ahead;
        }
    }

    /// The place where each state of a batch is if it is known, as far as its line says. Asks for what is there.
    #[inline]
    fn likely_places(&self, batch: &[Candidate<S>]) -> [u32; BATCH] {
        let mut places = [0_u32; BATCH];
        for (place, it) in places.iter_mut().zip(batch) {
            let line = &self.lines[self.home(it.hash)];
            let first = self.matching(line, it.hash).trailing_zeros() as usize;
            *place = line.0[first % line.0.len()] & self.place_mask();
            let chunk = &self.states[(*place >> CHUNK_LOG2) as usize];
            prefetch(chunk.as_ptr().wrapping_add(*place as usize % CHUNK));
        }
        places
    }

    /// Asks for the lines that a batch begins with.
    #[inline]
    fn ask_for(&self, batch: &[Candidate<S>]) {
        for it in batch {
            prefetch(&raw const self.lines[self.home(it.hash)]);
        }
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

    /// The place of a state, or the slot where it belongs.
    #[inline]
    fn seek(&self, state: S, hash: u32) -> Result<u32, Slot> {
        let mut index = self.home(hash);
        loop {
            let line = &self.lines[index];
            let mut matching = self.matching(line, hash);
            while matching != 0 {
                let place = line.0[matching.trailing_zeros() as usize] & self.place_mask();
                if place != 0 && self.state(place) == state {
                    return Ok(place);
                }
                matching &= matching - 1;
            }
            if let Some(lane) = line.vacant() {
                return Err(Slot { line: index, lane });
            }
            index = (index + 1) & (self.lines.len() - 1);
        }
    }

    /// The slots of a line that have the tag, as bits.
    #[inline]
    fn matching(&self, line: &Line, hash: u32) -> u32 {
        line.matching(hash << self.log2, !self.place_mask())
    }

    /// The line to look in first.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        home(hash, self.log2)
    }

    #[inline]
    fn place_mask(&self) -> u32 {
        (1 << self.log2) - 1
    }

    /// Whether so many states more would fill more than three quarters of the slots.
    #[inline]
    fn is_full_with(&self, more: usize) -> bool {
        (self.end as usize + more) * 4 > 3 << self.log2
    }

    /// Makes the table larger. Nothing is compared: the states are read in order, and each takes the next vacant slot.
    #[cold]
    fn grow(&mut self) {
        self.log2 += if self.log2 < DOUBLING_LOG2 { 2 } else { 1 };
        // The old one goes first, so that both are never held at once.
        self.lines = Vec::new();
        self.lines = table(self.log2);
        let mut place = 0;
        for chunk in &self.states {
            for batch in chunk.chunks(BATCH) {
                let mut hashes = [0; BATCH];
                for (hash, state) in hashes.iter_mut().zip(batch) {
                    *hash = table_hash(state.digest());
                    prefetch(&raw const self.lines[home(*hash, self.log2)]);
                }
                for hash in &hashes[..batch.len()] {
                    if place != 0 {
                        put(&mut self.lines, *hash, self.log2, place);
                    }
                    place += 1;
                }
            }
        }
    }
}

/// A slot by line and place in it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    line: usize,
    lane: usize,
}

/// An empty table.
fn table(log2: u32) -> Vec<Line> {
    vec![Line([0; 1 << LINE_LOG2]); 1 << (log2 - LINE_LOG2)]
}

/// Puts a place into the first vacant slot for a hash.
#[inline]
fn put(lines: &mut [Line], hash: u32, log2: u32, place: u32) {
    let mut index = home(hash, log2);
    loop {
        if let Some(lane) = lines[index].vacant() {
            lines[index].0[lane] = (hash << log2) | place;
            return;
        }
        index = (index + 1) & (lines.len() - 1);
    }
}

/// The line to look in first, in a table of `1 << log2` slots.
#[inline]
fn home(hash: u32, log2: u32) -> usize {
    (hash >> (u32::BITS + LINE_LOG2 - log2)) as usize
}

impl Line {
    /// The slots that are `tag` under `mask`, as bits.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn matching(&self, tag: u32, mask: u32) -> u32 {
        use std::arch::x86_64::{
            __m128i, _mm_and_si128, _mm_cmpeq_epi32, _mm_load_si128, _mm_movemask_epi8,
            _mm_packs_epi16, _mm_packs_epi32, _mm_set1_epi32,
        };
        let quads: *const __m128i = self.0.as_ptr().cast();
        // SAFETY: a line is four aligned quads of slots, and every x86_64 processor has SSE2.
        unsafe {
            let tags = _mm_set1_epi32(tag.cast_signed());
            let masks = _mm_set1_epi32(mask.cast_signed());
            let equal = |index| {
                let quad = _mm_load_si128(quads.add(index));
                _mm_cmpeq_epi32(_mm_and_si128(quad, masks), tags)
            };
            let low = _mm_packs_epi32(equal(0), equal(1));
            let high = _mm_packs_epi32(equal(2), equal(3));
            _mm_movemask_epi8(_mm_packs_epi16(low, high)).cast_unsigned()
        }
    }

    /// The slots that are `tag` under `mask`, as bits.
    #[cfg(not(target_arch = "x86_64"))]
    #[inline]
    fn matching(&self, tag: u32, mask: u32) -> u32 {
        let bits = self.0.iter().enumerate().map(|(lane, it)| u32::from(it & mask == tag) << lane);
        bits.sum()
    }

    /// The first empty slot.
    #[inline]
    fn vacant(&self) -> Option<usize> {
        let lane = self.matching(0, u32::MAX).trailing_zeros() as usize;
        (lane < self.0.len()).then_some(lane)
    }
}

/// Asks for memory that is read soon.
#[inline]
fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch is a hint and reads nothing, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
