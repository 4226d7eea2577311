//! One thread of the search: it owns some shards, expands their states and takes in what falls to them.

use super::reached::{PLACES_MAX, SHARDS, number, shard_of};
use super::search::Progress;
use super::space::{PropertySet, Space, Successor, Words as _};
use super::visited::{Candidate, Shard, table_hash};

/// In one round a shard expands states until so many successors have come. They wait in the second-nearest cache.
const SUCCESSORS: u32 = 4_096;
/// What was found and is to be looked up, by shard.
pub(super) type Queues<S> = [Vec<Candidate<S>>; SHARDS];

/// Where a property was first seen violated, or witnessed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// The length of the path to it, and its rank.
    pub(super) merit: (u32, u32),
    /// When: the round; in it, transitions before states; then the shard. The same for any number of threads.
    pub(super) when: (u64, bool, usize),
    /// The number of the state; of a transition, the one it starts from.
    pub(super) number: u32,
    /// Of a transition, its place among the successors.
    pub(super) index: Option<u32>,
}

/// The best sight of each property: the shortest path, then the lowest rank, then the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Sights {
    pub(super) seen: PropertySet,
    /// Those of which no better sight can come.
    settled: PropertySet,
    pub(super) best: [Option<Sight>; u32::BITS as usize],
}

impl Sights {
    #[cold]
    fn add(&mut self, properties: PropertySet, sight: Sight) {
        for property in properties.without(self.settled).iter() {
            if let Some(best) = self.best.get_mut(property as usize)
                && best.is_none_or(|best| sight.merit < best.merit)
            {
                *best = Some(sight);
            }
        }
        self.seen = self.seen.or(properties);
        if sight.merit.1 == 0 {
            self.settled = self.settled.or(properties);
        }
    }

    /// Adds what another thread saw.
    pub(super) fn merge(&mut self, other: &Self) {
        self.seen = self.seen.or(other.seen);
        for (own, other) in self.best.iter_mut().zip(&other.best) {
            let both = own.iter().chain(other);
            *own = both.min_by_key(|sight| (sight.merit, sight.when)).copied();
        }
    }
}

/// How far a thread has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) states: u64,
    pub(super) transitions: u64,
    pub(super) terminal: u64,
    /// States of the level that are to be expanded.
    pub(super) left: u64,
    /// States of the next level, as far as they are known.
    pub(super) next: u64,
    pub(super) bytes: u64,
    /// Whether a shard has no numbers left.
    pub(super) is_full: bool,
    pub(super) broken: PropertySet,
    pub(super) witnessed: PropertySet,
}

impl Tally {
    /// As the caller sees it.
    pub(super) fn progress(&self, depth: u32) -> Progress {
        Progress {
            states: self.states,
            transitions: self.transitions,
            frontier: self.left.wrapping_add(self.next),
            depth,
            broken: self.broken,
            witnessed: self.witnessed,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            states: self.states.wrapping_add(other.states),
            transitions: self.transitions.wrapping_add(other.transitions),
            terminal: self.terminal.wrapping_add(other.terminal),
            left: self.left.wrapping_add(other.left),
            next: self.next.wrapping_add(other.next),
            bytes: self.bytes.wrapping_add(other.bytes),
            is_full: self.is_full || other.is_full,
            broken: self.broken.or(other.broken),
            witnessed: self.witnessed.or(other.witnessed),
        }
    }
}

/// A shard and its part of the level.
#[derive(Debug)]
pub(super) struct Front<S> {
    pub(super) shard: Shard<S>,
    /// The number of the shard.
    index: usize,
    /// The next state to expand.
    next: u32,
    /// Where the level ends.
    end: u32,
    /// Where the levels begin.
    pub(super) starts: Vec<u32>,
}

/// One thread of the search.
#[derive(Debug)]
pub(super) struct Worker<'s, P: Space> {
    space: &'s P,
    memory: P::Memory,
    pub(super) fronts: Vec<Front<P::State>>,
    /// What was found and waits for the threads that own it.
    pub(super) out: Queues<P::State>,
    transitions: u64,
    terminal: u64,
    /// The length of the paths to what is being found.
    depth: u32,
    pub(super) broken: Sights,
    pub(super) witnessed: Sights,
}

impl<'s, P: Space> Worker<'s, P> {
    pub(super) fn new(space: &'s P, shards: std::ops::Range<usize>) -> Self {
        let initial = space.initial();
        let front = |index| Front {
            shard: Shard::new(initial),
            index,
            next: 1,
            end: 1,
            starts: Vec::new(),
        };
        Self {
            space,
            memory: P::Memory::default(),
            fronts: shards.map(front).collect(),
            out: Queues::default(),
            transitions: 0,
            terminal: 0,
            depth: 0,
            broken: Sights::default(),
            witnessed: Sights::default(),
        }
    }

    /// Begins the next level with what was found.
    pub(super) fn begin_level(&mut self) {
        self.depth = self.depth.saturating_add(1);
        for sights in [&mut self.broken, &mut self.witnessed] {
            sights.settled = sights.seen;
        }
        for front in &mut self.fronts {
            front.next = front.end;
            front.starts.push(front.end);
            front.end = front.shard.end();
        }
    }

    /// Expands a part of the level.
    #[inline(never)]
    pub(super) fn expand(&mut self, round: u64) {
        let Self { space, memory, fronts, out, broken, depth, .. } = self;
        let mut transitions = 0_u64;
        let mut terminal = 0_u64;
        for Front { shard, index, next, end, .. } in fronts {
            let mut emitted = 0_u32;
            while *next < *end && emitted < SUCCESSORS {
                let parent = number(*index, *next);
                let first = emitted;
                space.successors_from(memory, shard.state(*next), &mut |it: Successor<
                    P::State,
                >| {
                    if !it.broken.without(broken.settled).is_empty() {
                        let at = Some(emitted.wrapping_sub(first));
                        let merit = (*depth, space.rank(it.state));
                        let when = (round, false, *index);
                        broken.add(it.broken, Sight { merit, when, number: parent, index: at });
                    }
                    emitted = emitted.wrapping_add(1);
                    let digest = it.state.digest();
                    if let Some(queue) = out.get_mut(shard_of(digest)) {
                        let hash = table_hash(digest);
                        queue.push(Candidate { state: it.state, parent, hash });
                    }
                });
                terminal = terminal.wrapping_add(u64::from(emitted == first));
                *next = next.wrapping_add(1);
            }
            transitions = transitions.wrapping_add(u64::from(emitted));
        }
        self.transitions = self.transitions.wrapping_add(transitions);
        self.terminal = self.terminal.wrapping_add(terminal);
    }

    /// Takes in what one of its shards has to look up.
    #[inline(never)]
    pub(super) fn absorb(&mut self, shard: usize, queue: &[Candidate<P::State>], round: u64) {
        let first = self.shards().start;
        let Self { space, fronts, depth, broken, witnessed, .. } = self;
        let front = fronts.get_mut(shard.wrapping_sub(first));
        let Some(Front { shard, index, .. }) = front else { return };
        shard.absorb(queue, |state, place| {
            let findings = space.judge(state);
            let sight = || Sight {
                merit: (*depth, space.rank(state)),
                when: (round, true, *index),
                number: number(*index, place),
                index: None,
            };
            if !findings.broken.without(broken.settled).is_empty() {
                broken.add(findings.broken, sight());
            }
            if !findings.witnessed.without(witnessed.settled).is_empty() {
                witnessed.add(findings.witnessed, sight());
            }
        });
    }

    /// The shards it owns, by number.
    pub(super) fn shards(&self) -> std::ops::Range<usize> {
        let first = self.fronts.first().map_or(0, |front| front.index);
        first..first.saturating_add(self.fronts.len())
    }

    /// Takes back what it counted and saw while expanding in a round that nobody takes in.
    pub(super) fn forget(&mut self, (before, broken): (Tally, Sights)) {
        self.transitions = before.transitions;
        self.terminal = before.terminal;
        self.broken = broken;
    }

    /// How far it has come.
    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally {
            transitions: self.transitions,
            terminal: self.terminal,
            broken: self.broken.seen,
            witnessed: self.witnessed.seen,
            ..Tally::default()
        };
        for Front { shard, next, end, .. } in &self.fronts {
            tally = tally.and(Tally {
                states: shard.len(),
                left: u64::from(end.saturating_sub(*next)),
                next: u64::from(shard.end().saturating_sub(*end)),
                bytes: shard.bytes().wrapping_add(shard.bytes_to_come(SUCCESSORS)),
                is_full: u64::from(shard.end()) > PLACES_MAX,
                ..Tally::default()
            });
        }
        tally
    }
}
