//! Clients over every behavior there can be: the worst that can happen to each of them.
//!
//! A place is a moment as clients see it, and a rotation goes from place to place. At each it stays for as long as it
//! likes, up to a span that is given. A client that reads anew when it is refused is refused as long as `AWSCURRENT` is,
//! so the longest way through such places is its worst. For one that waits until its cache runs out, the search is over
//! places and the version that it has cached. Its gap is made of *holds*, from one read to the next: between two of them
//! exactly the lifetime of the cache passes, so a read can happen at a place only if the way there can take that long.
//! Where no version is read twice in vain, a gap is one hold and what lies before it; where one rotation follows soon on
//! another, holds chain, and the search follows them.

mod hold;

use std::collections::{BTreeMap, VecDeque};

use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::NodeFiltered;

use super::{Client, Retry};
use crate::time::Span;

/// A version by number, below 32.
pub type Number = u8;

/// What clients see at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The version with `AWSCURRENT`, if it has a value.
    pub current: Option<Number>,
    /// The version with `AWSPREVIOUS`, if it has a value.
    pub previous: Option<Number>,
    /// Whether the secret can be read.
    pub readable: bool,
    /// The versions whose credential the target accepts, a bit for each.
    pub accepted: u32,
    /// How long it can stay so at most; `None`: any time, for nothing needs to happen.
    pub stays: Option<Span>,
}

impl Place {
    const fn accepts(&self, version: Number) -> bool {
        self.accepted >> (version & 31) & 1 == 1
    }

    /// What is read under `AWSCURRENT`.
    fn read(&self) -> Option<Number> {
        self.current.filter(|_| self.readable)
    }

    /// Whether a client is refused here that holds one of `held`.
    fn refuses(&self, habit: Retry, held: u32) -> bool {
        let accepts = |it: Option<Number>| it.is_some_and(|version| self.accepts(version));
        let (current, previous) = (self.read(), self.previous.filter(|_| self.readable));
        // Whoever can read has read, and holds what is current.
        let cached = match current {
            Some(current) => self.accepts(current),
            None => held & !self.accepted == 0,
        };
        habit.is_refused(cached, accepts(current), accepts(previous))
    }
}

/// A rotation in time: the places, the first one first, and the ways between them.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Places, and whether a way begins another rotation.
    pub graph: DiGraph<Place, bool>,
    /// How long nothing happens before another rotation begins, at least.
    pub apart: Span,
}

/// The longest that a client can be refused in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worst {
    /// How long; `None`: without end.
    pub length: Option<Span>,
    /// The version that the client has cached when it begins.
    pub cached: Option<Number>,
    /// The places from the first one of all to the last at which it is refused.
    pub way: Vec<NodeIndex>,
    /// At which of them, counted from 0, it is refused first.
    pub from: usize,
    /// Whether the search was given up, so that there may be worse.
    pub is_partial: bool,
}

/// The worst that can happen to a client; nothing if it is never refused. Once `go_on` says no, the search is given up.
pub fn worst_of_all(
    client: &Client,
    course: &Course,
    go_on: &mut dyn FnMut() -> bool,
) -> Option<Worst> {
    let held = held(client, course);
    match client.habit() {
        habit @ (Retry::OnDenied | Retry::TryPrevious) => window(habit, course, &held),
        // Where nothing has to happen and what is read is refused, it gains nothing by waiting.
        Retry::None => rest(Retry::None, course, &[])
            .or_else(|| hold::worst(client, course, &held, longest_window(course), go_on)),
    }
}

/// The longest time for which what is read is refused; if that can go round in circles, the time for one round.
fn longest_window(course: &Course) -> Span {
    let window = window(Retry::OnDenied, course, &[]);
    window.map_or(Some(Span::default()), |it| it.length).unwrap_or_else(|| {
        let stays = course.graph.node_weights().filter_map(|place| place.stays);
        stays.fold(Span::default(), Span::plus)
    })
}

/// A place at which a client is refused and nothing has to happen.
fn rest(habit: Retry, course: &Course, held: &[u32]) -> Option<Worst> {
    let graph = &course.graph;
    let rests = |node: &NodeIndex| {
        let held = held.get(node.index()).copied().unwrap_or_default();
        let place = graph.node_weight(*node);
        place.is_some_and(|place| place.stays.is_none() && place.refuses(habit, held))
    };
    graph.node_indices().find(rests).map(|node| endless(habit, course, held, node))
}

/// A gap without end that has come to `node`.
fn endless(habit: Retry, course: &Course, held: &[u32], node: NodeIndex) -> Worst {
    let graph = &course.graph;
    let refuses = |node: &NodeIndex| {
        let held = held.get(node.index()).copied().unwrap_or_default();
        graph.node_weight(*node).is_some_and(|place| place.refuses(habit, held))
    };
    let way = shortest(graph, node);
    let from = way.iter().rposition(|it| !refuses(it)).map_or(0, |it| it.saturating_add(1));
    let cached = way.get(from).and_then(|it| graph.node_weight(*it)).and_then(Place::read);
    Worst { length: None, cached, way, from, is_partial: false }
}

/// The versions that a client may have cached at each place, a bit for each.
fn held(client: &Client, course: &Course) -> Vec<u32> {
    let graph = &course.graph;
    let mut held = vec![0_u32; graph.node_count()];
    let mut waiting: VecDeque<NodeIndex> = graph.node_indices().collect();
    while let Some(node) = waiting.pop_front() {
        let Some(place) = graph.node_weight(node) else { continue };
        let own = place.read().map_or(0, |current| 1 << (current & 31));
        let all = held.get(node.index()).copied().unwrap_or_default() | own;
        if let Some(held) = held.get_mut(node.index()) {
            *held = all;
        }
        let mut edges = graph.neighbors(node).detach();
        while let Some((edge, next)) = edges.next(graph) {
            let begins = graph.edge_weight(edge) == Some(&true);
            // What is cached for a shorter time than rotations are apart is read again before the next one.
            let passed = if begins && client.cache <= course.apart { own } else { all };
            if let Some(held) = held.get_mut(next.index())
                && passed & !*held != 0
            {
                *held |= passed;
                waiting.push_back(next);
            }
        }
    }
    held
}

/// The longest way through places at which a client is refused though it reads anew.
fn window(habit: Retry, course: &Course, held: &[u32]) -> Option<Worst> {
    let graph = &course.graph;
    let refuses = |node: NodeIndex| {
        let held = held.get(node.index()).copied().unwrap_or_default();
        graph.node_weight(node).is_some_and(|place| place.refuses(habit, held))
    };
    let within = NodeFiltered::from_fn(graph, refuses);
    let stays = |node: NodeIndex| graph.node_weight(node).and_then(|place| place.stays);
    if let Some(rest) = rest(habit, course, held) {
        return Some(rest);
    }
    let Ok(order) = toposort(&within, None) else {
        let circles = kosaraju_scc(&within).into_iter().filter(|circle| circle.len() > 1);
        let first = circles.filter_map(|circle| circle.into_iter().min()).min();
        return first.map(|node| endless(habit, course, held, node));
    };
    // How long it can have been so at the end of each place, and where from.
    let mut longest: BTreeMap<NodeIndex, (Span, Option<NodeIndex>)> = BTreeMap::new();
    for node in order.into_iter().filter(|node| refuses(*node)) {
        let (before, from) = longest.get(&node).copied().unwrap_or_default();
        let here = before.plus(stays(node).unwrap_or_default());
        longest.insert(node, (here, from));
        for next in graph.neighbors(node).filter(|next| refuses(*next)) {
            let known = longest.entry(next).or_default();
            if here > known.0 {
                *known = (here, Some(node));
            }
        }
    }
    let (last, (length, _)) =
        longest.iter().max_by_key(|(node, (length, _))| (*length, std::cmp::Reverse(**node)))?;
    let mut tail = vec![*last];
    let mut at = *last;
    while let Some((_, Some(before))) = longest.get(&at) {
        tail.push(*before);
        at = *before;
    }
    let mut way = shortest(graph, at);
    let from = way.len().saturating_sub(1);
    way.extend(tail.into_iter().rev().skip(1));
    let cached = graph.node_weight(at).and_then(Place::read);
    Some(Worst { length: Some(*length), cached, way, from, is_partial: false })
}

/// The shortest way from the first place of all to `to`, with both.
fn shortest(graph: &DiGraph<Place, bool>, to: NodeIndex) -> Vec<NodeIndex> {
    way(NodeIndex::new(0), |node| graph.neighbors(node).collect(), |node| node == to)
}

/// The shortest way from one thing to the first that is as wanted, with both; nothing if there is none.
fn way<T: Copy + Ord>(from: T, next: impl Fn(T) -> Vec<T>, wanted: impl Fn(T) -> bool) -> Vec<T> {
    let mut before: BTreeMap<T, Option<T>> = BTreeMap::from([(from, None)]);
    let mut waiting = VecDeque::from([from]);
    while let Some(at) = waiting.pop_front() {
        if wanted(at) {
            let mut way = vec![at];
            let mut at = at;
            while let Some(Some(earlier)) = before.get(&at) {
                way.push(*earlier);
                at = *earlier;
            }
            way.reverse();
            return way;
        }
        let mut nexts = next(at);
        nexts.reverse(); // petgraph tells the youngest first
        for next in nexts {
            before.entry(next).or_insert_with(|| {
                waiting.push_back(next);
                Some(at)
            });
        }
    }
    Vec::new()
}
