//! How fast random cases are played: calls of the whole service, judged and compared with the naive one, and actions of
//! the state space of a rotation; and how long it takes to find fifteen bugs and to shrink what was found.
//!
//! Run with `cargo bench --bench fuzz`. The bars are 300,000 calls and 1 million actions a second, and 10 seconds for
//! all bugs together, on one core.
#![expect(clippy::expect_used, reason = "a benchmark may stop")]

#[path = "../tests/it/fuzz/faulty.rs"]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "the tests' own, which may panic"
)]
mod faulty;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stagewright::assumption::Assumptions;
use stagewright::explore::PropertySet;
use stagewright::fuzz::{Case, Fuzzer, Service, Walker};
use stagewright::model::{Model, words};
use stagewright::scenario::Scenario;

use faulty::{BUGS, faulty, find};

/// Cases of one round.
const CASES: u64 = 1_000;

const ROTATION: &str =
    include_str!("../scenarios/functions/postgresql-single-user-every-fault.yaml");

fn cases() -> impl Iterator<Item = Case> {
    (0..CASES).map(|number| Case { seed: 1, number })
}

fn calls(criterion: &mut Criterion) {
    let fuzzer = Fuzzer::new(Service::new(Assumptions::default()));
    let play = || {
        let played = cases().map(|case| fuzzer.play(case, &mut |_| {}));
        played.map(|met| met.expect("nothing is found").calls).sum::<u64>()
    };
    let mut group = criterion.benchmark_group("fuzz");
    group.throughput(Throughput::Elements(play()));
    group.sample_size(20);
    group.bench_function("calls of the service", |bencher| bencher.iter(play));
    group.finish();
}

fn actions(criterion: &mut Criterion) {
    let scenario = Scenario::read(ROTATION).expect("a scenario");
    let (setting, _) = scenario.state_space().expect("a state space");
    let setting = setting.enlarged();
    assert!(words(&setting).is_ok_and(|words| words <= 2), "it fits into two words");
    let model = Model::<2>::new(setting).expect("a model");
    let mut walker = Walker::new(
        &model,
        PropertySet(u32::MAX),
        model.goals().into_iter().map(|(goal, _)| goal).collect(),
    );
    let mut walk = || cases().map(|case| walker.walk(case).actions()).sum::<u64>();
    let mut group = criterion.benchmark_group("fuzz");
    group.throughput(Throughput::Elements(walk()));
    group.sample_size(20);
    group.bench_function("actions of a state space", |bencher| bencher.iter(&mut walk));
    group.finish();
}

fn bugs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fuzz");
    group.sample_size(10);
    group.bench_function("fifteen bugs, found and shrunk", |bencher| {
        bencher.iter(|| BUGS.map(|(bug, _)| find(&Fuzzer::new(faulty(bug))).1.calls.len()));
    });
    group.finish();
}

criterion_group!(benches, calls, actions, bugs);
criterion_main!(benches);
