//! The search: published counts, paths that replay, bounds, and the same answers from any number of threads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use proptest::prelude::*;
use stagewright::explore::{
    ActionId, Bound, Bounds, Exploration, Findings, Liveness, Packed, Path, Progress, PropertySet,
    Space, Successor, Verdict, eventually, explore, graph,
};

use crate::explore_models::{Labels, Rotations};

fn on<P: Space>(space: &P, threads: usize) -> Exploration<P::State> {
    explore(space, &Bounds::default(), threads, |_| ControlFlow::Continue(()))
}

/// States, transitions, levels and terminal states.
fn check<P: Space>(space: &P, counts: (u64, u64, u32, u64)) {
    for threads in [1, 2] {
        let found = on(space, threads);
        let told = (found.states, found.transitions, found.levels, found.terminal);
        assert_eq!(told, counts, "on {threads} threads");
        assert_eq!(found.verdict(), Verdict::Holds);
    }
}

/// The counts that SPIN, TLC, rumur, stateright and a plain search in Python agree on.
#[test]
fn counts_are_those_of_other_checkers() {
    check(&Labels::<4, 1>, (754, 11_792, 7, 0));
    check(&Labels::<5, 2>, (9_926, 266_984, 9, 0));
    check(&Labels::<6, 2>, (24_332, 781_958, 10, 0));
    check(&Rotations::<2, 1, false>, (617, 1_741, 25, 5));
    check(&Rotations::<2, 2, false>, (1_285, 3_640, 38, 5));
    check(&Rotations::<2, 3, false>, (1_953, 5_539, 51, 5));
    check(&Rotations::<3, 1, false>, (8_886, 37_525, 34, 5));
    check(&Rotations::<3, 3, false>, (27_160, 114_755, 60, 5));
    check(&Rotations::<4, 1, false>, (127_691, 718_785, 43, 5));
    check(&Rotations::<2, 2, true>, (3_593, 10_256, 46, 14));
    check(&Rotations::<2, 3, true>, (13_407, 39_452, 69, 28));
    check(&Rotations::<3, 2, true>, (135_564, 579_276, 61, 14));
}

/// Any label is on any version or on none, and the current one on some.
#[test]
fn labels_take_every_valuation() {
    let valuations = |versions: u64| versions * (versions + 1).pow(5);
    assert_eq!(on(&Labels::<4, 3>, 1).states, (1..=4).map(valuations).sum::<u64>());
}

/// The place of each hop among the successors leads to its state by its action.
fn replay<P: Space>(space: &P, path: &Path<P::State>) {
    let mut at = space.initial();
    assert_eq!(path.initial, at);
    for hop in &path.hops {
        let mut all = Vec::new();
        space.successors(at, &mut |it| all.push(it));
        let it = all[hop.index as usize];
        assert_eq!((it.action, it.state), (hop.action, hop.state));
        at = it.state;
    }
    assert_eq!(path.end(), at);
}

/// The stale worker: where rotations overlap, a secret comes to rest with a password that the database refuses.
#[test]
fn a_witness_replays_and_is_the_same_on_any_number_of_threads() {
    let space = Rotations::<2, 2, true>;
    let found = on(&space, 1);
    let [witness] = &found.witnesses[..] else { panic!("{:?}", found.witnesses) };
    replay(&space, &witness.path);
    assert_eq!(space.judge(witness.path.end()).witnessed, PropertySet::one(witness.property));
    for threads in [2, 3, 8, 20] {
        assert_eq!(on(&space, threads).witnesses, found.witnesses, "on {threads} threads");
    }
}

#[test]
fn each_bound_has_its_name() {
    let space = Rotations::<3, 1, false>;
    let none = Bounds::default();
    let go = |_: Progress| ControlFlow::Continue(());
    for (bounds, bound) in [
        (Bounds { states: 1_000, ..none }, Bound::States),
        (Bounds { depth: 10, ..none }, Bound::Depth),
        (Bounds { depth: 0, ..none }, Bound::Depth),
        (Bounds { bytes: 1_000, ..none }, Bound::Bytes),
    ] {
        let one = explore(&space, &bounds, 1, go);
        let two = explore(&space, &bounds, 2, go);
        assert_eq!(one.verdict(), Verdict::BoundHit(bound));
        assert_eq!((one.states, one.transitions), (two.states, two.transitions));
        assert!(one.states < 8_886);
    }
    let bounds = Bounds { depth: 10, ..none };
    assert_eq!(explore(&space, &bounds, 1, go).levels, 11, "the initial state is at depth 0");
    let bounds = Bounds { states: 8_887, depth: 40, ..none };
    assert_eq!(explore(&space, &bounds, 1, go).verdict(), Verdict::Holds);
}

#[test]
fn the_caller_ends_a_search() {
    let space = Rotations::<3, 1, false>;
    for threads in [1, 2] {
        let mut last = None;
        let found = explore(&space, &Bounds::default(), threads, |progress| {
            last = Some(progress);
            if progress.depth < 9 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(Bound::Canceled)
            }
        });
        assert_eq!(found.verdict(), Verdict::BoundHit(Bound::Canceled));
        let last = last.unwrap();
        assert_eq!((found.states, found.transitions), (last.states, last.transitions));
    }
}

/// A graph by its edges: state `n` leads to `edges[n]`, by actions of which the odd ones help.
#[derive(Clone, Debug)]
struct Small {
    edges: Vec<Vec<(u32, u32, u32)>>,
    broken: Vec<u32>,
    goals: Vec<bool>,
}

impl Small {
    /// Spreads the numbers, so that hashing has something to do; two words, of which the lower alone counts.
    fn pack(number: u32) -> Packed<2> {
        Packed([u64::from(number) << 7, 5])
    }

    fn number(state: Packed<2>) -> usize {
        usize::try_from(state.0[0] >> 7).unwrap()
    }
}

impl Space for Small {
    type State = Packed<2>;
    type Memory = ();

    fn initial(&self) -> Packed<2> {
        Self::pack(0)
    }

    fn successors(&self, state: Packed<2>, emit: &mut impl FnMut(Successor<Packed<2>>)) {
        for (to, action, broken) in &self.edges[Self::number(state)] {
            emit(Successor {
                action: ActionId(*action),
                state: Self::pack(*to),
                broken: PropertySet(*broken),
            });
        }
    }

    fn judge(&self, state: Packed<2>) -> Findings {
        let number = Self::number(state);
        let broken = PropertySet(self.broken[number]);
        Findings { broken, witnessed: broken, goal: self.goals[number] }
    }

    fn rank(&self, state: Packed<2>) -> u32 {
        rank(u32::try_from(Self::number(state)).unwrap())
    }

    fn helps(&self, action: ActionId) -> bool {
        action.0 % 2 == 1
    }
}

/// What makes one of two states the better end of a path.
fn rank(number: u32) -> u32 {
    number * 7 % 5
}

/// The depth of every reachable state.
fn depths(space: &Small) -> BTreeMap<u32, u32> {
    let mut depths = BTreeMap::from([(0, 0)]);
    let mut level = vec![0_u32];
    while !level.is_empty() {
        let mut next = Vec::new();
        for from in level {
            let depth = depths[&from] + 1;
            for (to, ..) in &space.edges[from as usize] {
                if !depths.contains_key(to) {
                    depths.insert(*to, depth);
                    next.push(*to);
                }
            }
        }
        level = next;
    }
    depths
}

/// The states that reach a goal by edges that help: added one after the other until none is missing.
fn able(space: &Small) -> BTreeSet<u32> {
    let all = 0..u32::try_from(space.edges.len()).unwrap();
    let mut able: BTreeSet<u32> = all.clone().filter(|it| space.goals[*it as usize]).collect();
    loop {
        let more = all.clone().filter(|from| {
            let edges = &space.edges[*from as usize];
            edges.iter().any(|(to, action, _)| action % 2 == 1 && able.contains(to))
        });
        let more: Vec<_> = more.filter(|it| !able.contains(it)).collect();
        if more.is_empty() {
            return able;
        }
        able.extend(more);
    }
}

fn small() -> impl Strategy<Value = Small> {
    let edge = |len: u32| {
        let broken = prop_oneof![9 => Just(0_u32), 1 => Just(1_u32), 1 => Just(6_u32)];
        (0..len, 0..4_u32, broken)
    };
    (1..60_u32).prop_flat_map(move |len| {
        let states = usize::try_from(len).unwrap();
        let broken = prop_oneof![9 => Just(0_u32), 1 => Just(2_u32), 1 => Just(9_u32)];
        (
            prop::collection::vec(prop::collection::vec(edge(len), 0..4), states),
            prop::collection::vec(broken, states),
            prop::collection::vec(prop::bool::weighted(0.2), states),
        )
            .prop_map(|(edges, broken, goals)| Small { edges, broken, goals })
    })
}

/// The least depth at which a property is violated, by a state or by a transition that ends there, and the least rank
/// of such an end.
fn shallowest(space: &Small, depths: &BTreeMap<u32, u32>, property: u32) -> Option<(u32, u32)> {
    let property = PropertySet::one(property).0;
    let violates = |from: &u32| {
        let depth = depths[from];
        let by_state = space.broken[*from as usize] & property != 0;
        let edges = space.edges[*from as usize].iter();
        let by_edge = edges.filter(|it| it.2 & property != 0).map(|it| (depth + 1, rank(it.0)));
        by_state.then_some((depth, rank(*from))).into_iter().chain(by_edge).min()
    };
    depths.keys().filter_map(violates).min()
}

fn agrees_with_a_naive_search(space: &Small) {
    let depths = depths(space);
    let found = on(space, 1);
    assert_eq!(found.states, depths.len() as u64);
    assert_eq!(found.levels, depths.values().max().unwrap() + 1);
    let edges = |from: &u32| space.edges[*from as usize].len();
    assert_eq!(found.transitions, depths.keys().map(edges).sum::<usize>() as u64);
    assert_eq!(found.terminal, depths.keys().filter(|it| edges(it) == 0).count() as u64);
    for property in 0..5 {
        let shortest = found.violations.iter().find(|it| it.property == property);
        let end = |path: &Path<_>| space.rank(path.end());
        let merit = shortest.map(|it| (u32::try_from(it.path.hops.len()).unwrap(), end(&it.path)));
        assert_eq!(merit, shallowest(space, &depths, property), "property {property}");
    }
    found.violations.iter().chain(&found.witnesses).for_each(|it| replay(space, &it.path));
    let two = on(space, 2);
    assert_eq!((&found.violations, &found.witnesses), (&two.violations, &two.witnesses));

    let able = able(space);
    let stuck: Vec<u32> = depths.keys().filter(|it| !able.contains(it)).copied().collect();
    match eventually(space, &found.reached, 7, u64::MAX, || true) {
        Liveness::Holds => assert!(stuck.is_empty(), "{stuck:?}"),
        Liveness::Violated { stuck: count, shortest } => {
            assert_eq!(count, stuck.len() as u64);
            replay(space, &shortest.path);
            let end = u32::try_from(Small::number(shortest.path.end())).unwrap();
            assert!(stuck.contains(&end));
            let merit = |it: &u32| (depths[it], rank(*it));
            assert_eq!(Some(merit(&end)), stuck.iter().map(merit).min());
        }
        Liveness::Unknown => panic!("everything is known"),
    }

    let drawn =
        graph(space, &found.reached, usize::MAX, |state, depth| (state, depth), |_, _| (), || true);
    assert!(!drawn.is_partial);
    assert_eq!(drawn.graph.edge_count() as u64, found.transitions);
    for (state, depth) in drawn.graph.node_weights() {
        assert_eq!(*depth, depths[&u32::try_from(Small::number(*state)).unwrap()]);
    }
}

proptest! {
    #[test]
    fn random_graphs_are_searched_as_by_a_naive_search(space in small()) {
        agrees_with_a_naive_search(&space);
    }
}

/// 0 → 1 → 2 → 3 by retries, and a fault from 1 to 4, where retries go round in a circle with 5.
#[test]
fn a_circle_without_a_goal_is_found() {
    let mut space = Small {
        edges: vec![
            vec![(1, 1, 0)],
            vec![(2, 1, 0), (4, 2, 0)],
            vec![(3, 1, 0)],
            vec![],
            vec![(5, 1, 0)],
            vec![(4, 1, 0)],
        ],
        broken: vec![0; 6],
        goals: vec![false, false, false, true, false, false],
    };
    let found = on(&space, 1);
    let Liveness::Violated { stuck: 2, shortest } =
        eventually(&space, &found.reached, 0, u64::MAX, || true)
    else {
        panic!("4 and 5 are stuck")
    };
    assert_eq!(shortest.path.hops.iter().map(|it| it.index).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(
        eventually(&space, &found.reached, 0, 10, || true),
        Liveness::Unknown,
        "too few bytes"
    );

    space.edges[5].push((3, 3, 0));
    let found = on(&space, 2);
    assert_eq!(eventually(&space, &found.reached, 0, u64::MAX, || true), Liveness::Holds);
}

/// A search that a bound ended doesn't know all states, so it says nothing about what must happen eventually.
#[test]
fn eventually_needs_every_state() {
    let space = Small {
        edges: (1..50).map(|next| vec![(next, 1, 0)]).chain([vec![]]).collect(),
        broken: vec![0; 50],
        goals: (0..50).map(|it| it == 49).collect(),
    };
    let bounds = Bounds { depth: 20, ..Bounds::default() };
    let found = explore(&space, &bounds, 1, |_| ControlFlow::Continue(()));
    assert!(!found.reached.is_complete());
    assert_eq!(eventually(&space, &found.reached, 0, u64::MAX, || true), Liveness::Unknown);
    let drawn = graph(&space, &found.reached, 5, |_, _| (), |_, _| (), || true);
    assert!(drawn.is_partial);
    assert_eq!((drawn.graph.node_count(), drawn.graph.edge_count()), (5, 4));
    let mut left = 7;
    let mut go_on = || {
        left -= 1;
        left > 0
    };
    let drawn = graph(&space, &found.reached, 5, |_, _| (), |_, _| (), &mut go_on);
    assert!(drawn.is_partial);
    assert_eq!((drawn.graph.node_count(), drawn.graph.edge_count()), (5, 1));
}

/// A model with a mistake ends the search on every thread instead of leaving some waiting.
#[test]
#[should_panic(expected = "a scoped thread panicked")]
fn a_panic_in_one_thread_ends_all() {
    struct Faulty;
    impl Space for Faulty {
        type State = Packed<1>;
        type Memory = ();
        fn initial(&self) -> Packed<1> {
            Packed([1])
        }
        fn successors(&self, state: Packed<1>, emit: &mut impl FnMut(Successor<Packed<1>>)) {
            assert!(state.0[0] < 100_000 || std::thread::current().name().is_some());
            for state in [state.0[0] * 2, state.0[0] * 2 + 1] {
                let broken = PropertySet::NONE;
                emit(Successor { action: ActionId(0), state: Packed([state]), broken });
            }
        }
        fn judge(&self, _: Packed<1>) -> Findings {
            Findings::default()
        }
    }
    on(&Faulty, 2);
}
