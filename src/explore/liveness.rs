//! `eventually`: from every reachable state, retries alone reach a goal.
//!
//! Exact, on the graph that was reached: whatever can reach a goal is found by walking back from the goals along the
//! edges that help; what is left over can't. The edges are listed by their end, in one array, four bytes each.

use super::reached::{Reached, SHARDS};
use super::search::Finding;
use super::space::Space;

/// What is said about an `eventually` property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Liveness<S> {
    /// From every state a goal can be reached.
    Holds,
    /// From so many states no goal can be reached.
    Violated {
        /// How many they are.
        stuck: u64,
        /// The shortest path to one of them.
        shortest: Finding<S>,
    },
    /// Not every reachable state is known, so nothing is said; or the edges need more bytes than are allowed, or nobody
    /// waits for the answer any more.
    Unknown,
}

/// Whether from every state of `reached` a goal is reached by edges that [`Space::helps`] says yes to.
///
/// Needs all that can be reached, from a search that no bound ended. `bytes` bounds the memory on top of it;
/// `go_on` is asked now and then whether anyone still wants to know.
pub fn eventually<P: Space>(
    space: &P,
    reached: &Reached<P::State>,
    property: u32,
    bytes: u64,
    mut go_on: impl FnMut() -> bool,
) -> Liveness<P::State> {
    if !reached.is_complete() {
        return Liveness::Unknown;
    }
    let Some(edges) = Edges::of(space, reached, bytes, &mut go_on) else {
        return Liveness::Unknown;
    };
    let Some(able) = edges.able(space, reached, property, &mut go_on) else {
        return Liveness::Unknown;
    };
    let is_able = |number: &u32| edges.at(*number).and_then(|at| able.get(at)) == Some(&true);
    let stuck = || reached.numbers().filter(|number| !is_able(number));
    let Some(first) = stuck().next() else { return Liveness::Holds };
    let depth = reached.depth(first);
    let nearest = stuck().take_while(|number| reached.depth(*number) == depth);
    let rank = |number: &u32| reached.state(*number).map(|state| space.rank(state));
    let best = nearest.min_by_key(rank).unwrap_or(first);
    Liveness::Violated {
        shortest: Finding { property, path: reached.path(space, best) },
        stuck: stuck().count() as u64,
    }
}

/// The edges that help, by the state they lead to.
struct Edges {
    /// Where the states of a shard begin, in `ends` and in everything else that has an element for each state.
    offsets: [usize; SHARDS],
    /// For each state, where its edges end in `sources`; those of the next one begin there.
    ends: Vec<u32>,
    sources: Vec<u32>,
}

impl Edges {
    /// Lists them: they are counted, then put where the counts say.
    fn of<P: Space>(
        space: &P,
        reached: &Reached<P::State>,
        bytes: u64,
        go_on: &mut impl FnMut() -> bool,
    ) -> Option<Self> {
        let mut offsets = [0; SHARDS];
        let mut len = 0_usize;
        for (offset, shard) in offsets.iter_mut().zip(&reached.shards) {
            *offset = len;
            len = len.saturating_add(shard.end() as usize);
        }
        let mut edges = Self { offsets, ends: vec![0; len], sources: Vec::new() };
        let mut total = 0_u64;
        edges.each(space, reached, go_on, |edges, _, to| {
            if let Some(count) = edges.ends.get_mut(to) {
                *count = count.saturating_add(1);
                total = total.saturating_add(1);
            }
        })?;
        let needed = total.saturating_mul(4).saturating_add((len as u64).saturating_mul(9));
        if needed > bytes || total > u64::from(u32::MAX) {
            return None;
        }
        let mut begin = 0_u32;
        for count in &mut edges.ends {
            // Filling moves each beginning to where the edges end.
            (*count, begin) = (begin, begin.saturating_add(*count));
        }
        edges.sources = vec![0; begin as usize];
        edges.each(space, reached, go_on, |edges, from, to| {
            if let Some(end) = edges.ends.get_mut(to)
                && let Some(source) = edges.sources.get_mut(*end as usize)
            {
                *source = from;
                *end = end.saturating_add(1);
            }
        })?;
        Some(edges)
    }

    /// Calls `take` for each edge that helps and leads elsewhere, with the number of its state and the element of the
    /// one after. Nothing if it leads to a state that was not reached,
    /// or if nobody wants to know any more.
    fn each<P: Space>(
        &mut self,
        space: &P,
        reached: &Reached<P::State>,
        go_on: &mut impl FnMut() -> bool,
        mut take: impl FnMut(&mut Self, u32, usize),
    ) -> Option<()> {
        for (count, number) in reached.numbers().enumerate() {
            if is_moment(count) && !go_on() {
                return None;
            }
            let from = reached.state(number)?;
            let mut is_known = true;
            space.successors(from, &mut |it| {
                if space.helps(it.action) && it.state != from {
                    match reached.find(it.state).and_then(|to| self.at(to)) {
                        Some(to) => take(self, number, to),
                        None => is_known = false,
                    }
                }
            });
            if !is_known {
                return None;
            }
        }
        Some(())
    }

    /// The element of a state.
    fn at(&self, number: u32) -> Option<usize> {
        let offset = self.offsets.get(number as usize % SHARDS)?;
        offset.checked_add(number as usize / SHARDS)
    }

    /// For each state whether it reaches a goal.
    fn able<P: Space>(
        &self,
        space: &P,
        reached: &Reached<P::State>,
        property: u32,
        go_on: &mut impl FnMut() -> bool,
    ) -> Option<Vec<bool>> {
        let mut able = vec![false; self.ends.len()];
        let mut waiting = Vec::new();
        let mut found = |number: u32, waiting: &mut Vec<u32>| {
            if let Some(able) = self.at(number).and_then(|at| able.get_mut(at))
                && !*able
            {
                *able = true;
                waiting.push(number);
            }
        };
        for (count, number) in reached.numbers().enumerate() {
            if is_moment(count) && !go_on() {
                return None;
            }
            if reached.state(number).is_some_and(|state| space.is_goal(property, state)) {
                found(number, &mut waiting);
            }
        }
        let mut count = 0_usize;
        while let Some(number) = waiting.pop() {
            if is_moment(count) && !go_on() {
                return None;
            }
            count = count.saturating_add(1);
            let Some(at) = self.at(number) else { continue };
            let end = self.ends.get(at).map_or(0, |end| *end as usize);
            let begin =
                at.checked_sub(1).and_then(|at| self.ends.get(at)).map_or(0, |it| *it as usize);
            for source in self.sources.get(begin..end).unwrap_or_default() {
                found(*source, &mut waiting);
            }
        }
        Some(able)
    }
}

/// Whether it is time to ask if anyone still wants to know: once in some thousand states.
const fn is_moment(count: usize) -> bool {
    count.is_multiple_of(4_096)
}
