//! The models that checkers are compared by: exactly the counts that were published for them, with all reductions off.

use std::ops::ControlFlow;

use stagewright::explore::{Bounds, explore};
use stagewright::model::{Model, words};
use stagewright::scenario::Scenario;

use crate::files;

/// Model, distinct states, transitions, levels, states without an end.
const PUBLISHED: [(&str, u64, u64, u32, u64); 16] = [
    ("a-4-1", 754, 11_792, 7, 0),
    ("a-5-2", 9_926, 266_984, 9, 0),
    ("a-6-2", 24_332, 781_958, 10, 0),
    ("a-6-3", 155_812, 5_826_770, 11, 0),
    ("a-6-4", 1_015_484, 45_327_162, 12, 0),
    ("b-2-1", 617, 1_741, 25, 5),
    ("b-2-2", 1_285, 3_640, 38, 5),
    ("b-2-3", 1_953, 5_539, 51, 5),
    ("b-3-1", 8_886, 37_525, 34, 5),
    ("b-3-3", 27_160, 114_755, 60, 5),
    ("b-4-1", 127_691, 718_785, 43, 5),
    ("b-5-1", 1_831_644, 12_902_341, 52, 5),
    ("bo-2-2", 3_593, 10_256, 46, 14),
    ("bo-2-3", 13_407, 39_452, 69, 28),
    ("bo-3-2", 135_564, 579_276, 61, 14),
    ("bo-4-2", 4_944_647, 28_334_864, 78, 14),
];

/// The most transitions that the test takes the time for; `tests/long` sets a larger number.
fn transitions_max() -> u64 {
    let set = std::env::var("STAGEWRIGHT_TRANSITIONS").ok().and_then(|text| text.parse().ok());
    set.unwrap_or(800_000)
}

#[test]
fn the_counts_are_the_published_ones() {
    let mut explored = 0;
    for (name, states, transitions, levels, terminal) in PUBLISHED {
        if transitions > transitions_max() {
            continue;
        }
        explored += 1;
        let path = files::root().join(format!("scenarios/bench/{name}.yaml"));
        let scenario = Scenario::read(&files::text(&path)).unwrap();
        let (setting, _) = scenario.state_space().unwrap();
        assert_eq!(words(&setting), Ok(1), "{name} fits into a word");
        let model = Model::<1>::new(setting).unwrap();
        for threads in [1, 2] {
            let found = explore(&model, &Bounds::default(), threads, |_| ControlFlow::Continue(()));
            let counts = (found.states, found.transitions, found.levels, found.terminal);
            assert_eq!(counts, (states, transitions, levels, terminal), "{name}");
            assert!(found.violations.is_empty(), "{name}");
        }
    }
    assert!(explored >= 11, "{explored}");
}
