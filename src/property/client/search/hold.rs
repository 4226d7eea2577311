//! The worst of a client that waits until its cache runs out: how its holds follow on each other.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::NodeIndex;
use petgraph::visit::NodeFiltered;

use super::{Course, Number, Place, Worst, way};
use crate::property::client::Client;
use crate::time::Span;

/// So many times the longest gap of one rotation, and a gap is without end: it goes round in circles.
const CHAINS_MAX: i64 = 64;

/// So many holds, and the search is given up.
const HOLDS_MAX: usize = 2_000_000;

/// Longer than anything, and far from the end of the numbers.
const FOREVER: i64 = i64::MAX / 8;

/// A client that is refused, at the moment when it leaves a place. All spans are in milliseconds, and as long as they can
/// be.
#[derive(Clone, Copy, Debug)]
struct Refused {
    at: NodeIndex,
    /// The version that it has cached.
    cached: Number,
    /// Since its gap began, up to the beginning of this hold.
    before: i64,
    /// Since then.
    hold: i64,
    /// How much of `before` could as well have been part of the hold.
    either: i64,
    /// Whether the hold began before the gap did, so that nobody knows when it ends.
    is_first: bool,
    /// The one that came before, and where the gap began if there was none.
    from: From,
}

#[derive(Clone, Copy, Debug)]
enum From {
    Place(NodeIndex),
    Refused(usize),
}

impl Refused {
    /// Whether nothing can come of `other` that can't come of this one.
    const fn covers(&self, other: &Self) -> bool {
        self.before >= other.before && self.hold >= other.hold && self.either >= other.either
    }
}

/// The worst gap. `window`: the longest time for which what is read is refused.
pub(super) fn worst(
    client: &Client,
    course: &Course,
    held: &[u32],
    window: Span,
    go_on: &mut dyn FnMut() -> bool,
) -> Option<Worst> {
    let cache = client.cache.millis();
    let window = window.millis();
    let most = cache.saturating_add(window).saturating_mul(CHAINS_MAX);
    let mut search = Search {
        course,
        cache,
        ranks: ranks(course),
        all: Vec::new(),
        waiting: BTreeSet::new(),
        known: BTreeMap::new(),
        loops: BTreeMap::new(),
    };
    search.begin(client, held);
    let mut worst: Option<(i64, usize)> = None;
    let mut is_partial = false;
    while let Some((_, index)) = search.waiting.pop_first() {
        let Some(refused) = search.all.get(index).copied() else { continue };
        if search.is_covered(index, &refused) {
            continue;
        }
        let length = search.length(&refused);
        if worst.is_none_or(|(worst, _)| length > worst) {
            worst = Some((length, index));
        }
        is_partial = search.all.len() > HOLDS_MAX || !go_on();
        if length > most || is_partial {
            break;
        }
        search.go_on(client, index, &refused);
    }
    let (length, index) = worst?;
    let length = (length <= most).then(|| Span::from_millis(length));
    Some(Worst { is_partial, ..search.told(client, index, length) })
}

/// The places by number, each after all that lead to it, but for those that go round in circles.
fn ranks(course: &Course) -> Vec<usize> {
    let mut ranks = vec![0; course.graph.node_count()];
    for (rank, circle) in kosaraju_scc(&course.graph).into_iter().rev().enumerate() {
        for node in circle {
            if let Some(place) = ranks.get_mut(node.index()) {
                *place = rank;
            }
        }
    }
    ranks
}

struct Search<'c> {
    course: &'c Course,
    cache: i64,
    ranks: Vec<usize>,
    /// Those from which nobody has gone on, those at the earliest places first, so that few are gone on from in vain.
    waiting: BTreeSet<(usize, usize)>,
    /// All that were found, in order.
    all: Vec<Refused>,
    /// Those that nothing covers, by place, version and whether the hold is the first.
    known: BTreeMap<(NodeIndex, Number, bool), Vec<usize>>,
    /// For each version the places at which it is refused and can be as long as one likes, going round.
    loops: BTreeMap<Number, BTreeSet<NodeIndex>>,
}

impl Search<'_> {
    fn place(&self, node: NodeIndex) -> Option<&Place> {
        self.course.graph.node_weight(node)
    }

    /// How long one can be at a place with a version that is refused there.
    fn stays(&mut self, node: NodeIndex, cached: Number) -> i64 {
        let graph = &self.course.graph;
        let refused =
            |node: NodeIndex| graph.node_weight(node).is_some_and(|it| !it.accepts(cached));
        let round = self.loops.entry(cached).or_insert_with(|| {
            let circles = kosaraju_scc(&NodeFiltered::from_fn(graph, refused));
            circles.into_iter().filter(|circle| circle.len() > 1).flatten().collect()
        });
        match graph.node_weight(node).and_then(|place| place.stays) {
            Some(span) if !round.contains(&node) => span.millis(),
            Some(_) | None => FOREVER,
        }
    }

    /// Where gaps begin.
    fn begin(&mut self, client: &Client, held: &[u32]) {
        let graph = &self.course.graph;
        for node in graph.node_indices() {
            let Some(place) = graph.node_weight(node) else { continue };
            // What is read is refused.
            if let Some(current) = place.read().filter(|it| !place.accepts(*it)) {
                self.first(node, node, current);
            }
            // What is cached is accepted here, and not at the next place.
            let cached = held.get(node.index()).copied().unwrap_or_default() & place.accepted;
            for (next, outlasts) in self.nexts(client, node) {
                let accepted = graph.node_weight(next).map_or(u32::MAX, |there| there.accepted);
                for version in versions(cached & !accepted) {
                    if outlasts || place.read() == Some(version) {
                        self.first(node, next, version);
                    }
                }
            }
        }
    }

    /// A gap begins at one place, with what was cached at another, or with what is read there.
    fn first(&mut self, from: NodeIndex, at: NodeIndex, cached: Number) {
        let hold = self.stays(at, cached);
        let is_first = from != at;
        let from = From::Place(from);
        self.add(Refused { at, cached, before: 0, hold, either: 0, is_first, from });
    }

    /// The places after a place, each with whether a cache outlasts the way there.
    fn nexts(&self, client: &Client, node: NodeIndex) -> Vec<(NodeIndex, bool)> {
        let graph = &self.course.graph;
        let mut nexts = Vec::new();
        let mut edges = graph.neighbors(node).detach();
        while let Some((edge, next)) = edges.next(graph) {
            let begins = graph.edge_weight(edge) == Some(&true);
            nexts.push((next, !begins || client.cache > self.course.apart));
        }
        nexts
    }

    fn add(&mut self, refused: Refused) {
        let index = self.all.len();
        let key = (refused.at, refused.cached, refused.is_first);
        let known = self.known.entry(key).or_default();
        let all = &self.all;
        let is_covered = |other: &usize| all.get(*other).is_some_and(|it| it.covers(&refused));
        if known.iter().any(is_covered) {
            return;
        }
        known.retain(|other| all.get(*other).is_some_and(|it| !refused.covers(it)));
        known.push(index);
        let rank = self.ranks.get(refused.at.index()).copied().unwrap_or_default();
        self.waiting.insert((rank, index));
        self.all.push(refused);
    }

    /// Whether something was found since that makes it idle to go on from here.
    fn is_covered(&self, index: usize, refused: &Refused) -> bool {
        let key = (refused.at, refused.cached, refused.is_first);
        self.known.get(&key).is_some_and(|known| !known.contains(&index))
    }

    fn is_readable(&self, refused: &Refused) -> bool {
        self.place(refused.at).is_some_and(|place| place.read().is_some())
    }

    /// How long the client has been refused at most when it leaves the place or reads anew.
    fn length(&self, refused: &Refused) -> i64 {
        let hold =
            if self.is_readable(refused) { refused.hold.min(self.cache) } else { refused.hold };
        refused.before.saturating_add(hold)
    }

    /// What can come after it.
    fn go_on(&mut self, client: &Client, index: usize, refused: &Refused) {
        let Some(place) = self.place(refused.at).copied() else { return };
        let leaves = Refused { from: From::Refused(index), ..*refused };
        if let Some(current) = place.read() {
            self.read(&leaves, &place, current);
        }
        let leaves = if self.is_readable(refused) {
            let hold = refused.hold.min(self.cache);
            Refused { hold, either: refused.either.min(self.cache.saturating_sub(hold)), ..leaves }
        } else {
            // It would have read long ago.
            let more = refused.hold.saturating_sub(self.cache).max(0);
            let before = refused.before.saturating_add(more);
            Refused { before, hold: refused.hold.saturating_sub(more), ..leaves }
        };
        for (next, outlasts) in self.nexts(client, refused.at) {
            let accepts = self.place(next).is_none_or(|it| it.accepts(refused.cached));
            if outlasts && !accepts {
                let stays = self.stays(next, refused.cached);
                let hold = leaves.hold.saturating_add(stays).min(FOREVER);
                self.add(Refused { at: next, hold, ..leaves });
            }
        }
    }

    /// The cache runs out, and what is read is refused too.
    fn read(&mut self, refused: &Refused, place: &Place, current: Number) {
        if place.accepts(current) {
            return;
        }
        let stays = self.stays(refused.at, current);
        // How long the hold was, and how much of the time at this place is left for the next one. What the hold lacks of
        // the lifetime of the cache has to come from before it.
        let over = refused.hold.saturating_sub(self.cache);
        let lacks = over.saturating_neg().max(0);
        let (before, spent, either) = if refused.is_first {
            let spent = refused.hold.min(self.cache);
            (refused.before, spent, spent)
        } else if lacks <= refused.either {
            let either = refused.either.saturating_sub(lacks);
            (refused.before.saturating_sub(lacks), self.cache, either)
        } else {
            return;
        };
        let hold = over.clamp(0, stays);
        // All but the last two of the reads that still fit in here are as good as one.
        let reads = hold.checked_div(self.cache).unwrap_or(0).saturating_sub(1).max(0);
        let more = reads.saturating_mul(self.cache);
        let (hold, spent) = (hold.saturating_sub(more), spent.saturating_add(more));
        self.add(Refused {
            cached: current,
            before: before.saturating_add(spent),
            hold,
            either: either.min(stays.saturating_sub(hold)),
            is_first: false,
            ..*refused
        });
    }

    /// The gap that ends with one of them.
    fn told(&self, client: &Client, last: usize, length: Option<Span>) -> Worst {
        let mut tail = Vec::new();
        let mut at = From::Refused(last);
        let mut first = None;
        while let From::Refused(index) = at {
            let Some(refused) = self.all.get(index) else { break };
            if tail.last() != Some(&refused.at) {
                tail.push(refused.at);
            }
            first = Some(*refused);
            at = refused.from;
        }
        let cached = first.map(|first| first.cached);
        let mut told = match (at, cached) {
            (From::Place(node), Some(cached)) => self.until(client, node, cached),
            _ => Vec::new(),
        };
        if told.last() == tail.last() {
            tail.pop();
        }
        let is_first = first.is_some_and(|first| first.is_first);
        let from = if is_first { told.len() } else { told.len().saturating_sub(1) };
        told.extend(tail.into_iter().rev());
        Worst { length, cached, way: told, from, is_partial: false }
    }

    /// The shortest way to a place at which a client has a version cached.
    fn until(&self, client: &Client, node: NodeIndex, cached: Number) -> Vec<NodeIndex> {
        let reads = |node: NodeIndex| self.place(node).and_then(Place::read) == Some(cached);
        let next = |(node, has): (NodeIndex, bool)| {
            let read = (!has && reads(node)).then_some((node, true));
            let on = self.nexts(client, node).into_iter();
            let on = on.map(|(next, outlasts)| (next, has && (outlasts || reads(node))));
            on.chain(read).collect()
        };
        let way = way((NodeIndex::new(0), false), next, |it| it == (node, true));
        let mut way: Vec<NodeIndex> = way.into_iter().map(|(node, _)| node).collect();
        way.dedup();
        way
    }
}

/// The versions in a set.
fn versions(set: u32) -> impl Iterator<Item = Number> {
    (0..32).filter(move |version| set >> version & 1 == 1)
}
