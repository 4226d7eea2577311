//! Clients that cache the secret, in a state space: what they see in each state, and how long it stays so.
//!
//! States have no time, so it is assumed: whoever has something to do does it within a span. An invocation makes its next
//! call within the time of a call, whatever happens in between, or waits in vain until its time is over; the service
//! invokes a function that failed again, and cleans up, as it does in a run. In a state in which nobody has to do
//! anything, any time may pass.

use super::{Act, Faults, Model};
use crate::assumption::{PendingCleanup, RetryFrom};
use crate::explore::{Finding, Hop, Packed, Path, Reached, Space as _, graph};
use crate::labels::LabelSlot;
use crate::property::client::Client;
use crate::property::client::search::{Course, Number, Place, Worst, worst_of_all};
use crate::service::{CLEANUP_DELAY, retry_pause};
use crate::target::Passing;
use crate::time::Span;
use crate::world::{FaultKind, TIMEOUT};

/// The number of what befalls clients, which no property of states has.
pub const CLIENT_NUMBER: u32 = u32::MAX - 1;

/// How long a story stays in states in which the service is going to clean up before it does, all in all. What is assumed of
/// a state counts anew from whatever happened last, and the service does not.
const STAYS_BEFORE_CLEANUP: Span = Span::seconds(50);

/// How fast things go, where a state space doesn't say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long a call takes.
    pub call: Span,
    /// How long nothing happens before another rotation is requested, at least.
    pub apart: Span,
}

/// What can become of a client at worst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waited<S> {
    /// The client.
    pub client: Client,
    /// The longest time for which it is refused in a row; nothing if it never is.
    pub worst: Option<Worst>,
    /// How that comes about, up to the last state at which it is refused.
    pub finding: Finding<S>,
    /// How long it stays in each state of that path, where that is longer than a call takes: as long as it can from where
    /// the client is refused, and at the beginning as long as a cache lasts, so that anything may have been cached.
    pub stays: Vec<Span>,
    /// Whether not all states were looked at, so that there may be worse.
    pub is_partial: bool,
}

impl<S> Waited<S> {
    /// Whether it can be refused without end.
    pub fn is_endless(&self) -> bool {
        self.worst.as_ref().is_some_and(|worst| worst.length.is_none())
    }

    /// Whether it is refused for longer than it may be.
    pub fn exceeds(&self) -> bool {
        self.worst
            .as_ref()
            .is_some_and(|worst| worst.length.is_none_or(|length| length > self.client.limit))
    }
}

impl<const W: usize> Model<W> {
    /// The worst that can happen to each client, in the first `states_max` of the states that were reached. `go_on` is asked
    /// again and again; once it says no, there may be worse.
    pub fn clients(
        &self,
        reached: &Reached<Packed<W>>,
        clients: &[Client],
        pace: Pace,
        states_max: usize,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Vec<Waited<Packed<W>>> {
        if clients.is_empty() || self.setting.target.is_none() {
            return Vec::new();
        }
        // In no time at all, actions could go round in circles.
        let pace = Pace { call: pace.call.max(Span::from_millis(1)), ..pace };
        let mut states = Vec::new();
        let node = |state: Packed<W>, _| {
            states.push(state);
            self.place(state, pace)
        };
        let begins = |_, it: crate::explore::Successor<Packed<W>>| {
            matches!(Act::of(it.action), Act::Request)
        };
        let drawn = graph(self, reached, states_max, node, begins, &mut *go_on);
        let mut graph = drawn.graph;
        graph.retain_edges(|graph, edge| {
            graph.edge_endpoints(edge).is_some_and(|(from, to)| from != to)
        });
        let course = Course { graph, apart: pace.apart };
        let is_partial = drawn.is_partial || !reached.is_complete();
        let waited = clients.iter().map(|client| {
            let worst = worst_of_all(client, &course, go_on);
            let way = worst.iter().flat_map(|worst| &worst.way);
            let path = self.along(way.filter_map(|node| states.get(node.index()).copied()));
            let is_partial =
                is_partial || !go_on() || worst.as_ref().is_some_and(|worst| worst.is_partial);
            let finding = Finding { property: CLIENT_NUMBER, path };
            let stays = worst.as_ref().map(|worst| self.stays_of(client, worst, &course, &states));
            let stays = stays.unwrap_or_default();
            Waited { client: client.clone(), worst, finding, stays, is_partial }
        });
        waited.collect()
    }

    /// How long it stays in each state of the way to the worst.
    fn stays_of(
        &self,
        client: &Client,
        worst: &Worst,
        course: &Course,
        states: &[Packed<W>],
    ) -> Vec<Span> {
        let mut left = STAYS_BEFORE_CLEANUP;
        let stays = worst.way.iter().enumerate().map(|(at, node)| {
            let place = course.graph.node_weight(*node);
            let wanted = match at {
                // Where any time may pass, no more than the lifetime of the cache makes a difference.
                _ if at >= worst.from => place.and_then(|it| it.stays).unwrap_or(client.cache),
                0 => client.cache,
                _ => Span::default(),
            };
            let cleans = states.get(node.index()).is_some_and(|it| self.layout.cleans.of(it) == 1);
            if !cleans {
                left = STAYS_BEFORE_CLEANUP;
                return wanted;
            }
            let stays = wanted.min(left);
            left = Span::from_millis(left.millis().saturating_sub(stays.millis()));
            stays
        });
        stays.collect()
    }

    /// What clients see in a state.
    fn place(&self, state: Packed<W>, pace: Pace) -> Place {
        let number = |label| {
            let version = self.holder(&state, label);
            Some(version).filter(|it| *it != 0 && self.has_value(&state, *it))
        };
        let short = |version: Option<u64>| version.and_then(|it| Number::try_from(it).ok());
        let accepted = (1..=self.versions())
            .filter(|version| self.has_value(&state, *version) && self.works(&state, *version))
            .fold(0, |set, version| set | 1 << (version & 31));
        Place {
            current: short(number(LabelSlot::CURRENT)),
            previous: short(number(LabelSlot::PREVIOUS)),
            readable: self.layout.deleted.of(&state) == 0,
            accepted,
            stays: self.stays(state, pace),
        }
    }

    /// How long a state stays as it is at most; `None` if nothing has to happen.
    pub fn stays(&self, state: Packed<W>, pace: Pace) -> Option<Span> {
        let (mut has_to, mut passes) = (false, None::<Span>);
        self.successors(state, &mut |it| {
            if it.state == state {
                return;
            }
            if let Act::Pass(passing) = Act::of(it.action) {
                // Whatever is due first ends it.
                let within = self.passes_within(passing);
                passes = Some(passes.map_or(within, |passes| passes.min(within)));
            } else {
                has_to |= self.helps(it.action);
            }
        });
        let others = has_to.then(|| self.others_within(state, pace));
        match (passes, others) {
            (Some(passes), Some(others)) => Some(passes.min(others)),
            (passes, others) => passes.or(others),
        }
    }

    /// How soon an invocation or the service does something in a state in which one of them has to.
    fn others_within(&self, state: Packed<W>, pace: Pace) -> Span {
        let is_idle = self.is_idle(&state);
        // Where a retry begins with the step that failed, the invocation stands there already; where nobody leads the
        // rotation to its end, at the first step of all.
        let from_step = self.setting.assume.retry_from == RetryFrom::Step;
        let stands = from_step || !self.follows();
        let is_again = is_idle || stands && self.stands_at_a_beginning(&state);
        let has_failed = is_again && self.layout.faults.of(&state) > 0;
        let hangs = self.hangs_for().filter(|_| has_failed).unwrap_or_default();
        match self.layout.rotating.of(&state) {
            0 if is_idle => self.cleans_within(),
            0 => pace.call.plus(hangs),
            _ if is_again && self.follows() => pace.call.plus(hangs).plus(self.retries_within()),
            _ => pace.call,
        }
    }

    /// How long an invocation lasts that waits for an answer in vain; nothing if none does.
    pub fn hangs_for(&self) -> Option<Span> {
        let Faults { times, kinds, .. } = self.setting.faults;
        let hangs = [FaultKind::TimedOutBefore, FaultKind::TimedOutAfter];
        (times > 0 && hangs.into_iter().any(|it| kinds.contains(it))).then_some(TIMEOUT)
    }

    /// How soon the service invokes a function again that failed: as late as after the last fault that there can be.
    pub fn retries_within(&self) -> Span {
        retry_pause(u32::from(self.setting.faults.times).saturating_sub(1))
    }

    /// How soon the service takes AWSPENDING off a version that became current.
    pub fn cleans_within(&self) -> Span {
        match self.setting.assume.pending_cleanup {
            PendingCleanup::After60s => CLEANUP_DELAY,
            PendingCleanup::Immediately | PendingCleanup::Never => Span::default(),
        }
    }

    /// How soon the target does what it does by itself.
    fn passes_within(&self, passing: Passing) -> Span {
        let target = self.setting.target.unwrap_or_default();
        let delay = target.delay.unwrap_or_default();
        match passing {
            Passing::Arrives(..) => delay,
            Passing::Ends(..) => delay.plus(target.grace.unwrap_or_default()),
        }
    }

    /// The path through states that follow on each other.
    fn along(&self, mut states: impl Iterator<Item = Packed<W>>) -> Path<Packed<W>> {
        let initial = self.initial();
        let mut path = Path { initial, hops: Vec::new() };
        states.next();
        for state in states {
            let (mut index, mut hop) = (0_u32, None);
            self.successors(path.end(), &mut |it| {
                if hop.is_none() && it.state == state {
                    hop = Some(Hop { index, action: it.action, state });
                }
                index = index.saturating_add(1);
            });
            path.hops.extend(hop);
        }
        path
    }
}
