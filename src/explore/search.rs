//! The search: breadth first, level by level, until nothing new is found or a bound is hit.
//!
//! A level is expanded in rounds. In the first half of a round every thread expands some states of its shards; in the
//! second it takes in what was found and falls to its shards. So a shard has one owner, and needs no lock.
//!
//! ```text
//! thread 1   expand ──▶ queue for 1 ─┐ ┌─▶ absorb ─▶ …
//!                   ╲─▶ queue for 2 ┐│ │
//! thread 2   expand ──▶ queue for 1 ┼┘ │
//!                   ╲─▶ queue for 2 ┴──┴─▶ absorb ─▶ …
//!                                    ▲                ▲
//!                                    everyone waits for everyone
//! ```
//!
//! Queues are read in the order of the shards they come from, so states are numbered in the same order whatever the
//! number of threads, and so is what is told.

use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::reached::{Path, Reached, SHARDS, Starts, nth, shard_of};
use super::space::{PropertySet, Space, Words};
use super::team::{Meeting, Member, Off};
use super::visited::{Candidate, NOWHERE, table_hash};
use super::worker::{Queues, Sights, Tally, Worker};

/// How far a search may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// States that are visited. Looked at once in a round, so some thousands more may be.
    pub states: u64,
    /// The depth up to which states are visited; the initial state is at 0.
    pub depth: u32,
    /// Bytes of the visited set.
    pub bytes: u64,
}

impl Default for Bounds {
    /// No bound.
    fn default() -> Self {
        Self { states: u64::MAX, depth: u32::MAX, bytes: u64::MAX }
    }
}

/// Why a search ended before everything was visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// [`Bounds::states`], or the engine has no numbers left (4 billion).
    States,
    /// [`Bounds::depth`].
    Depth,
    /// [`Bounds::bytes`].
    Bytes,
    /// The caller has no more time.
    Time,
    /// The caller doesn't want to know any more.
    Canceled,
    /// The caller has seen enough, such as a first violation.
    Enough,
    /// The space itself left something out for which it had no room.
    Room,
}

/// What a search says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Every reachable state was visited, and nothing is violated.
    Holds,
    /// Something is violated.
    Violated,
    /// Nothing was violated as far as the search went, and it didn't go everywhere.
    BoundHit(Bound),
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Distinct states found.
    pub states: u64,
    /// Successors emitted.
    pub transitions: u64,
    /// States found and not yet expanded.
    pub frontier: u64,
    /// The depth of the states that are being expanded.
    pub depth: u32,
    /// What was seen violated.
    pub broken: PropertySet,
    /// What was seen witnessed.
    pub witnessed: PropertySet,
}

/// A property and the shortest path that ends with its violation, or with an example of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<S> {
    /// The number of the property.
    pub property: u32,
    /// The path; its last transition or last state is what is meant.
    pub path: Path<S>,
}

/// What a search found.
#[derive(Debug)]
pub struct Exploration<S> {
    /// The bound that ended it, if one did.
    pub bound: Option<Bound>,
    /// Distinct states.
    pub states: u64,
    /// Successors emitted.
    pub transitions: u64,
    /// Levels: one more than the greatest depth of a state.
    pub levels: u32,
    /// States in which nothing can happen, of those that were expanded.
    pub terminal: u64,
    /// For each violated property its shortest violation; of those that are equally short, one of the lowest
    /// [`Space::rank`].
    pub violations: Vec<Finding<S>>,
    /// For each witnessed property its shortest example.
    pub witnesses: Vec<Finding<S>>,
    /// The states.
    pub reached: Reached<S>,
}

impl<S> Exploration<S> {
    /// What it says.
    pub fn verdict(&self) -> Verdict {
        match self.bound {
            _ if !self.violations.is_empty() => Verdict::Violated,
            Some(bound) => Verdict::BoundHit(bound),
            None => Verdict::Holds,
        }
    }
}

/// Visits every reachable state of `space`.
///
/// `progress` is called some thousand times a second and can end the search; that is where a clock, a signal and the
/// wish to stop at the first violation come in. Everything that is returned is the same for any number of `threads`.
pub fn explore<P: Space>(
    space: &P,
    bounds: &Bounds,
    threads: usize,
    mut progress: impl FnMut(Progress) -> ControlFlow<Bound>,
) -> Exploration<P::State> {
    let each = SHARDS.div_ceil(threads.clamp(1, SHARDS));
    let firsts = (0..SHARDS).step_by(each);
    let mut workers: Vec<_> = firsts
        .map(|first| Worker::new(space, first..first.saturating_add(each).min(SHARDS)))
        .collect();
    begin(space, &mut workers, each);
    let shared = Shared::new(bounds, &workers);
    let mut end = None;
    std::thread::scope(|scope| {
        let mut threads = workers.iter_mut().enumerate();
        let leader = threads.next();
        for (index, worker) in threads {
            let shared = &shared;
            scope.spawn(move || shared.run(index, worker, |_| ControlFlow::Continue(())));
        }
        if let Some((index, worker)) = leader {
            end = shared.run(index, worker, &mut progress).unwrap_or(None);
        }
    });
    conclude(space, workers, end)
}

/// Takes the initial state in.
fn begin<P: Space>(space: &P, workers: &mut [Worker<'_, P>], each: usize) {
    let state = space.initial();
    let digest = state.digest();
    let shard = shard_of(digest);
    if let Some(owner) = shard.checked_div(each).and_then(|it| workers.get_mut(it)) {
        let first = Candidate { state, parent: NOWHERE, hash: table_hash(digest) };
        owner.absorb(shard, &[first], 0);
    }
    for worker in workers {
        worker.begin_level();
    }
}

/// What the threads share.
struct Shared<'b, S> {
    bounds: &'b Bounds,
    meeting: Meeting,
    /// By thread: what it found in this round.
    mail: Vec<Mutex<Queues<S>>>,
    /// By thread: how far it has come.
    tallies: Vec<Mutex<Tally>>,
    /// What the caller said.
    stop: Mutex<Option<Bound>>,
}

impl<'b, S: Words> Shared<'b, S> {
    fn new<P: Space<State = S>>(bounds: &'b Bounds, workers: &[Worker<'_, P>]) -> Self {
        Self {
            bounds,
            meeting: Meeting::of(workers.len()),
            mail: workers.iter().map(|_| Mutex::default()).collect(),
            tallies: workers.iter().map(|worker| Mutex::new(worker.tally())).collect(),
            stop: Mutex::new(None),
        }
    }

    /// The work of one thread. All of them come to the same end.
    fn run<P: Space<State = S>>(
        &self,
        own: usize,
        worker: &mut Worker<'_, P>,
        mut progress: impl FnMut(Progress) -> ControlFlow<Bound>,
    ) -> Result<Option<Bound>, Off> {
        let _member = Member(&self.meeting);
        let mut depth = 0_u32;
        let mut round = 0_u64;
        if self.bounds.depth == 0 {
            return Ok(Some(Bound::Depth));
        }
        loop {
            let before = (worker.tally(), worker.broken.clone());
            round = round.wrapping_add(1);
            worker.expand(round);
            self.post(own, worker);
            self.meeting.join()?;
            if let Some(bound) = *lock(&self.stop) {
                worker.forget(before);
                return Ok(Some(bound));
            }
            self.collect(worker, round);
            if let Some(tally) = self.tallies.get(own) {
                *lock(tally) = worker.tally();
            }
            self.meeting.join()?;
            let all = self.sum();
            if all.left == 0 {
                if all.next == 0 {
                    return Ok(None);
                }
                worker.begin_level();
                depth = depth.saturating_add(1);
                if depth >= self.bounds.depth {
                    return Ok(Some(Bound::Depth));
                }
            }
            if let Some(bound) = self.hit(&all) {
                return Ok(Some(bound));
            }
            if own == 0
                && let ControlFlow::Break(bound) = progress(all.progress(depth))
            {
                *lock(&self.stop) = Some(bound);
            }
        }
    }

    /// Puts what was found where its owners find it.
    fn post<P: Space<State = S>>(&self, own: usize, worker: &mut Worker<'_, P>) {
        if let Some(mail) = self.mail.get(own) {
            std::mem::swap(&mut *lock(mail), &mut worker.out);
        }
    }

    /// Takes in what falls to a thread: shard by shard, in the order of the shards it comes from.
    fn collect<P: Space<State = S>>(&self, worker: &mut Worker<'_, P>, round: u64) {
        for shard in worker.shards() {
            for mail in &self.mail {
                let queue = lock(mail).get_mut(shard).map(std::mem::take);
                let Some(mut queue) = queue else { continue };
                worker.absorb(shard, &queue, round);
                queue.clear();
                // Its memory serves again.
                if let Some(place) = lock(mail).get_mut(shard) {
                    *place = queue;
                }
            }
        }
    }

    /// How far all threads together have come.
    fn sum(&self) -> Tally {
        self.tallies.iter().fold(Tally::default(), |sum, tally| sum.and(*lock(tally)))
    }

    /// The bound that is hit.
    fn hit(&self, all: &Tally) -> Option<Bound> {
        if all.is_full || all.states >= self.bounds.states {
            Some(Bound::States)
        } else if all.bytes >= self.bounds.bytes {
            Some(Bound::Bytes)
        } else {
            None
        }
    }
}

/// Puts together what the threads found.
fn conclude<P: Space>(
    space: &P,
    mut workers: Vec<Worker<'_, P>>,
    bound: Option<Bound>,
) -> Exploration<P::State> {
    let all = workers.iter().fold(Tally::default(), |sum, worker| sum.and(worker.tally()));
    if all.next > 0 {
        workers.iter_mut().for_each(Worker::begin_level);
    }
    let mut broken = Sights::default();
    let mut witnessed = Sights::default();
    let mut shards = Vec::with_capacity(SHARDS);
    let mut levels: Vec<Starts> = Vec::new();
    for worker in workers {
        broken.merge(&worker.broken);
        witnessed.merge(&worker.witnessed);
        for front in worker.fronts {
            levels.resize(front.starts.len(), Starts::default());
            for (level, start) in levels.iter_mut().zip(front.starts) {
                if let Some(place) = level.get_mut(shards.len()) {
                    *place = start;
                }
            }
            shards.push(front.shard);
        }
    }
    let reached = Reached { shards, levels, is_complete: bound.is_none() };
    Exploration {
        bound,
        states: all.states,
        transitions: all.transitions,
        levels: u32::try_from(reached.levels.len()).unwrap_or(u32::MAX),
        terminal: all.terminal,
        violations: findings(space, &reached, &broken),
        witnesses: findings(space, &reached, &witnessed),
        reached,
    }
}

/// The path to each sight.
fn findings<P: Space>(
    space: &P,
    reached: &Reached<P::State>,
    sights: &Sights,
) -> Vec<Finding<P::State>> {
    let told = (0_u32..).zip(&sights.best).filter_map(|(property, sight)| {
        let sight = sight.as_ref()?;
        let mut path = reached.path(space, sight.number);
        if let Some(wanted) = sight.index {
            path.hops.extend(nth(space, path.end(), |index, _| index == wanted));
        }
        Some(Finding { property, path })
    });
    told.collect()
}

/// A thread that panicked leaves nothing half done behind that anyone would read.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
