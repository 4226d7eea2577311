//! The search: published counts, paths that replay, bounds, and the same answers from any number of threads.

use std::ops::ControlFlow;

use stagewright::explore::{
    Bound, Bounds, Exploration, Packed, Path, Progress, Space, Verdict, Words, explore,
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
    check(&Labels::<6, 3>, (155_812, 5_826_770, 11, 0));
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
