//! Clients that cache: the simulator and the search are held against slow ones that try every millisecond.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use stagewright::property::client::search::{Course, Place, worst_of_all};
use stagewright::property::client::{Client, Look, Retry, worst};
use stagewright::time::{Span, Timestamp};

/// Versions 0, 1 and 2.
const VERSIONS: u8 = 3;

fn client(cache: i64, retry: Retry) -> Client {
    let span = Span::from_millis;
    Client { name: "app".to_owned(), cache: span(cache), retry, limit: span(0) }
}

fn retry() -> impl Strategy<Value = Retry> {
    prop_oneof![
        Just(Retry::None),
        Just(Retry::None),
        Just(Retry::OnDenied),
        Just(Retry::TryPrevious)
    ]
}

/// A place, readable or not.
fn place() -> impl Strategy<Value = Place> {
    let version = || prop::option::weighted(0.9, 0..VERSIONS);
    let stays = prop::option::weighted(0.85, 1..4_i64);
    let all = (version(), version(), prop::bool::weighted(0.9), 0..1_u32 << VERSIONS, stays);
    all.prop_map(|(current, previous, readable, accepted, stays)| Place {
        current,
        previous,
        readable,
        accepted,
        stays: stays.map(Span::from_millis),
    })
}

fn run<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value)) {
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_125),
        ..Config::default()
    });
    let all = runner.run(strategy, |value| {
        test(value);
        Ok(())
    });
    all.unwrap_or_else(|failure| panic!("{}", failure.to_string().replace("\\n", "\n")));
}

/// A gap that never ends.
const FOR_GOOD: i64 = i64::MAX;

/// The longest gap of a client that begins at each half millisecond, in milliseconds.
fn tried(client: &Client, looks: &[Look<u8>]) -> i64 {
    let cache = client.cache.millis() * 2;
    let Some(first) = looks.iter().find(|look| look.current.is_some()) else { return 0 };
    let half = |look: &Look<u8>| look.at.since(first.at).millis() * 2;
    let last = half(looks.last().unwrap());
    let end = last + 4 * cache + 8;
    let mut longest = 0;
    for start in 0..=last {
        let mut held: Option<(u8, i64)> = None;
        let mut since: Option<i64> = None;
        for now in start..end {
            let look = looks.iter().rev().find(|look| half(look) <= now).unwrap();
            let accepts =
                |version: Option<u8>| version.is_some_and(|it| look.accepted.contains(&it));
            let is_old = held.is_none_or(|(_, at)| now >= at + cache);
            let denied = held.is_some_and(|(version, _)| !accepts(Some(version)));
            if let Some(current) = look.current
                && (is_old || denied && client.retry != Retry::None)
            {
                held = Some((current, now));
            }
            let Some((version, _)) = held else { continue };
            let tries = match client.retry {
                Retry::None => vec![Some(version)],
                Retry::OnDenied => vec![Some(version), look.current],
                Retry::TryPrevious => vec![Some(version), look.current, look.previous],
            };
            let refused = !tries.into_iter().any(accepts);
            match since {
                None if refused => since = Some(now),
                Some(from) if !refused => {
                    // An odd half is right before the next whole one.
                    longest = longest.max((now + 1).div_euclid(2) - (from + 1).div_euclid(2));
                    since = None;
                }
                None | Some(_) => {}
            }
        }
        if since.is_some() {
            longest = FOR_GOOD;
        }
    }
    longest
}

/// Moments that follow on each other.
fn looks() -> impl Strategy<Value = Vec<Look<u8>>> {
    prop::collection::vec((place(), 1..5_i64), 1..6).prop_map(|places| {
        let mut at = Timestamp::DEFAULT_START;
        let look = |(place, lasts): (Place, i64)| {
            let read = |version: Option<u8>| version.filter(|_| place.readable);
            let accepted = (0..VERSIONS).filter(|it| place.accepted >> it & 1 == 1).collect();
            let (current, previous) = (read(place.current), read(place.previous));
            let look = Look { at, current, previous, accepted };
            at = at.plus(Span::from_millis(lasts));
            look
        };
        places.into_iter().map(look).collect()
    })
}

#[test]
fn a_client_in_a_run_is_refused_as_long_as_the_slow_simulator_says() {
    let refused = std::cell::Cell::new(0);
    run(2_000, &(looks(), 0..7_i64, retry()), |(looks, cache, retry)| {
        let client = client(cache, retry);
        let found = worst(&client, &looks);
        let found = found.map_or(0, |gap| gap.length().map_or(FOR_GOOD, Span::millis));
        let slow = tried(&client, &looks);
        let told = looks.iter().map(|look| {
            let Look { at, current, previous, accepted } = look;
            let at = at.since(Timestamp::DEFAULT_START).millis();
            format!("{at}: {current:?} {previous:?} {accepted:?}\n")
        });
        assert_eq!(found, slow, "{client}\n{}", told.collect::<String>());
        refused.set(refused.get() + u32::from(found > 0));
    });
    assert!(refused.get() > 500, "{}", refused.get());
}

/// Where a client can be: the place, how long it has been there, what it has cached and for how long.
type Where = (usize, i64, Option<(u8, i64)>);

/// After so many milliseconds nobody goes on.
const GIVES_UP: i64 = 400;

/// The longest gap in a course, with time in whole milliseconds, each of which can happen before or after anything else.
fn walked(client: &Client, course: &Course) -> Option<i64> {
    let cache = client.cache.millis();
    let place = |index: usize| course.graph.raw_nodes()[index].weight;
    let accepts = |index: usize, version: u8| place(index).accepted >> version & 1 == 1;
    let read = |index: usize| place(index).current.filter(|_| place(index).readable);
    let refused = |(at, _, held): Where| {
        let Some((version, _)) = held else { return false };
        let current = read(at).is_some_and(|it| accepts(at, it));
        let previous = place(at).previous.filter(|_| place(at).readable);
        let previous = previous.is_some_and(|it| accepts(at, it));
        let cached = accepts(at, version);
        match client.retry {
            Retry::None => !cached,
            Retry::OnDenied => !cached && !current,
            Retry::TryPrevious => !cached && !current && !previous,
        }
    };
    let mut best: BTreeMap<Where, i64> = BTreeMap::new();
    let mut waiting: Vec<(Where, i64)> = vec![((0, 0, None), 0)];
    while let Some((it, gap)) = waiting.pop() {
        let gap = if refused(it) { gap } else { 0 };
        if best.get(&it).is_some_and(|known| *known >= gap) {
            continue;
        }
        best.insert(it, gap);
        if gap > GIVES_UP {
            return None;
        }
        let (at, here, held) = it;
        let reads = read(at).map(|version| (at, here, Some((version, 0))));
        let is_old = held.is_some_and(|(_, age)| age >= cache);
        if held.is_none() || is_old {
            waiting.extend(reads.map(|reads| (reads, gap)));
        }
        if let Some((version, age)) = held.filter(|(version, _)| accepts(at, *version)) {
            // What works may have been read long ago: nobody knows for how long it has been current.
            waiting.extend((age + 1..=cache).map(|age| ((at, here, Some((version, age))), gap)));
        }
        let denied = held.is_some_and(|(version, age)| {
            let has_current = read(at) == Some(version) && age == 0;
            client.retry != Retry::None && !accepts(at, version) && !has_current
        });
        if denied && let Some(reads) = reads {
            // It reads before anything else happens, and whatever it was refused for goes on or ends with that.
            waiting.push((reads, gap));
            continue;
        }
        for edge in course.graph.edges(NodeIndex::new(at)) {
            waiting.push(((edge.target().index(), 0, held), gap));
        }
        let stays = place(at).stays.map(Span::millis);
        if stays.is_none_or(|stays| here < stays) && (!is_old || read(at).is_none()) {
            let age = |(version, age): (u8, i64)| (version, (age + 1).min(cache));
            let here = if stays.is_none() { 0 } else { here + 1 };
            let gap = if refused(it) { gap + 1 } else { 0 };
            waiting.push(((at, here, held.map(age)), gap));
        }
    }
    Some(best.into_values().max().unwrap_or(0))
}

/// Some places, all of which follow on the first.
fn course() -> impl Strategy<Value = Course> {
    let edges = prop::collection::vec((0..5_usize, 0..5_usize, prop::bool::weighted(0.9)), 0..7);
    (prop::collection::vec(place(), 2..6), edges).prop_map(|(places, edges)| {
        let mut graph = DiGraph::new();
        let nodes: Vec<_> = places.into_iter().map(|place| graph.add_node(place)).collect();
        let mut drawn = BTreeSet::new();
        let chain = (1..nodes.len()).map(|to| (to - 1, to));
        let more = edges.into_iter().map(|(from, to, on)| {
            let (from, to) = (from % nodes.len(), to % nodes.len());
            if on { (from.min(to), from.max(to)) } else { (from, to) }
        });
        for (from, to) in chain.chain(more) {
            if from != to && drawn.insert((from, to)) {
                graph.add_edge(nodes[from], nodes[to], false);
            }
        }
        Course { graph, apart: Span::from_millis(0) }
    })
}

#[test]
fn the_search_finds_the_worst_that_the_slow_one_finds() {
    let count = || std::cell::Cell::new(0);
    let (refused, chained, more) = (count(), count(), count());
    run(1_500, &(course(), 1..7_i64, retry()), |(mut course, cache, retry)| {
        if retry != Retry::None {
            course.graph.node_weights_mut().for_each(|place| place.readable = true);
        }
        let client = client(cache, retry);
        let found = worst_of_all(&client, &course, &mut || true);
        let length = found.as_ref().map_or(Some(0), |worst| worst.length.map(Span::millis));
        let slow = walked(&client, &course);
        let told = course.graph.node_indices().map(|node| {
            let next: Vec<_> = course.graph.neighbors(node).map(NodeIndex::index).collect();
            format!("{}: {:?} -> {next:?}\n", node.index(), course.graph[node])
        });
        // Of a client that reads when it is refused, the search says what befalls one that has just read: where the old
        // credential works again in the moment in which a dead one is promoted, that is too much.
        let is_more = retry != Retry::None
            && slow.is_some_and(|slow| length.is_none_or(|length| length > slow));
        more.set(more.get() + u32::from(is_more));
        assert!(
            is_more || length == slow,
            "{length:?} {slow:?} {client} {found:?}\n{}",
            told.collect::<String>()
        );
        refused.set(refused.get() + u32::from(length != Some(0)));
        let is_long = retry == Retry::None && length.is_some_and(|length| length > cache * 2);
        chained.set(chained.get() + u32::from(is_long));
        if let Some(worst) = found {
            // The story is one that can happen.
            for (from, to) in worst.way.iter().zip(worst.way.iter().skip(1)) {
                assert!(course.graph.contains_edge(*from, *to), "{:?}", worst.way);
            }
            assert!(worst.from < worst.way.len());
            assert_eq!(worst.way[0].index(), 0);
        }
    });
    let counts = [refused.get(), chained.get(), more.get()];
    assert!(counts[0] > 500 && counts[1] > 20 && counts[2] < 100, "{counts:?}");
}
