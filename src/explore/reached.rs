//! What a search has reached: every state by number, its depth, and the shortest way to it.

use super::space::{ActionId, Space, Words};
use super::visited::{NOWHERE, Shard, table_hash};

/// Parts of the visited set, as a power of two. Fixed, whatever the number of threads: the order in which states are
/// found depends on it, and with that which of several shortest paths is told.
const SHARDS_LOG2: u32 = 3;
/// Parts of the visited set.
pub(super) const SHARDS: usize = 1 << SHARDS_LOG2;
/// The states of a shard after which no round begins: a number has 32 bits, and a round adds far less than the rest.
pub(super) const PLACES_MAX: u64 = (1 << (u32::BITS - SHARDS_LOG2)) - (1 << 24);

/// The shard that a digest belongs to.
#[inline]
pub(super) fn shard_of(digest: u64) -> usize {
    // The upper bits alone remain.
    usize::try_from(digest >> (u64::BITS - SHARDS_LOG2)).unwrap_or_default()
}

/// The number of a state.
#[inline]
pub(super) fn number(shard: usize, place: u32) -> u32 {
    (place << SHARDS_LOG2) | u32::try_from(shard % SHARDS).unwrap_or_default()
}

/// The places at which a level begins, by shard.
pub(super) type Starts = [u32; SHARDS];

/// Every state that a search reached.
#[derive(Debug)]
pub struct Reached<S> {
    pub(super) shards: Vec<Shard<S>>,
    /// Where each level begins, the first one at 1.
    pub(super) levels: Vec<Starts>,
    pub(super) is_complete: bool,
}

/// One thing that happened on a [`Path`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop<S> {
    /// Its place among what could happen, counted from 0 in the order of [`Space::successors`].
    pub index: u32,
    /// What happened.
    pub action: ActionId,
    /// The state after it.
    pub state: S,
}

/// A way through the space from its initial state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<S> {
    /// Where it begins.
    pub initial: S,
    /// What happens.
    pub hops: Vec<Hop<S>>,
}

impl<S: Copy> Path<S> {
    /// The state it ends in.
    pub fn end(&self) -> S {
        self.hops.last().map_or(self.initial, |hop| hop.state)
    }
}

impl<S: Words> Reached<S> {
    /// How many states there are.
    pub fn states(&self) -> u64 {
        self.shards.iter().map(Shard::len).sum()
    }

    /// Whether there are no others: no bound ended the search.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The bytes it holds.
    pub fn bytes(&self) -> u64 {
        self.shards.iter().map(Shard::bytes).sum()
    }

    /// The number of a state, if it was reached.
    pub(super) fn find(&self, state: S) -> Option<u32> {
        let digest = state.digest();
        let shard = shard_of(digest);
        let place = self.shards.get(shard)?.find(state, table_hash(digest))?;
        Some(number(shard, place))
    }

    /// The state with a number.
    pub(super) fn state(&self, number: u32) -> Option<S> {
        Some(self.shards.get(number as usize % SHARDS)?.state(number >> SHARDS_LOG2))
    }

    /// All numbers, from level to level, in each shard by shard.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        let ends = self.levels.iter().skip(1).copied().chain([self.ends()]);
        self.levels.iter().zip(ends).flat_map(|(starts, ends)| {
            starts.iter().zip(ends).enumerate().flat_map(|(shard, (start, end))| {
                (*start..end).map(move |place| number(shard, place))
            })
        })
    }

    /// The depth of the state with a number.
    pub(super) fn depth(&self, number: u32) -> u32 {
        let shard = number as usize % SHARDS;
        let is_before =
            |starts: &Starts| starts.get(shard).is_some_and(|it| *it <= number >> SHARDS_LOG2);
        u32::try_from(self.levels.partition_point(is_before)).unwrap_or(u32::MAX).saturating_sub(1)
    }

    /// Where a level after the last would begin.
    fn ends(&self) -> Starts {
        let mut ends = Starts::default();
        for (end, shard) in ends.iter_mut().zip(&self.shards) {
            *end = shard.end();
        }
        ends
    }

    /// The shortest path to a state, the one on which it was found first.
    pub(super) fn path<P: Space<State = S>>(&self, space: &P, number: u32) -> Path<S> {
        let mut states = Vec::new();
        let mut at = number;
        while at != NOWHERE {
            let Some(shard) = self.shards.get(at as usize % SHARDS) else { break };
            states.push(shard.state(at >> SHARDS_LOG2));
            at = shard.parent(at >> SHARDS_LOG2);
        }
        states.reverse();
        let mut path = Path { initial: space.initial(), hops: Vec::with_capacity(states.len()) };
        for state in states.into_iter().skip(1) {
            let found = nth(space, path.end(), |_, it| it.state == state);
            path.hops.extend(found);
        }
        path
    }
}

/// The first of what can happen in a state that is as wanted.
pub(super) fn nth<P: Space>(
    space: &P,
    from: P::State,
    wanted: impl Fn(u32, &super::Successor<P::State>) -> bool,
) -> Option<Hop<P::State>> {
    let mut index = 0_u32;
    let mut found = None;
    space.successors(from, &mut |it| {
        if found.is_none() && wanted(index, &it) {
            found = Some(Hop { index, action: it.action, state: it.state });
        }
        index = index.wrapping_add(1);
    });
    found
}
