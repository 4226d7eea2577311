//! Reductions of the state space: published counts, and the same verdicts as without them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::ControlFlow;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use stagewright::assumption::TABLE;
use stagewright::explore::{Bounds, Finding, Liveness, Packed, Space as _, eventually, explore};
use stagewright::labels::{LabelSet, LabelSlot, VersionSlot};
use stagewright::model::OwnProperties;
use stagewright::model::{
    FELT, FaultKind, Faults, Gate, Memo, Model, MoveTo, Other, OtherCall, PutValue, Reduced,
    Reductions, Runs, Setting, Start, search,
};
use stagewright::property::Property;
use stagewright::report::{Opening, scenario_of};
use stagewright::scenario::{Names, Scenario};
use stagewright::target::{PrincipalSlot, Target};

use crate::files;

const WORKERS: Reductions = Reductions { workers: true, ..Reductions::NONE };
const LABELS: Reductions = Reductions { labels: true, ..Reductions::NONE };
const VERSIONS: Reductions = Reductions { versions: true, ..LABELS };

/// The state space of a scenario.
fn space(text: &str) -> (Setting, Names) {
    let scenario = Scenario::read(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    scenario.state_space().unwrap()
}

/// That of a scenario to compare checkers by.
fn bench(name: &str) -> Setting {
    space(&files::text(&files::root().join(format!("scenarios/bench/{name}.yaml")))).0
}

/// Everything that is said about a setting.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    /// The violated properties, each with the length of its shortest story and the faults in it.
    violated: BTreeMap<u32, (usize, u32)>,
    /// The same for the nearest state from which retries alone lead nowhere.
    stuck: Option<(usize, u32)>,
}

fn said<'f>(
    model: &Model<4>,
    violations: &'f [Finding<Packed<4>>],
    stuck: Option<&'f Finding<Packed<4>>>,
) -> Said {
    let merit = |it: &Finding<Packed<4>>| (it.path.hops.len(), model.rank(it.path.end()));
    Said {
        violated: violations.iter().map(|it| (it.property, merit(it))).collect(),
        stuck: stuck.map(merit),
    }
}

fn shortest(live: &Liveness<Packed<4>>) -> Option<&Finding<Packed<4>>> {
    match live {
        Liveness::Violated { shortest, .. } => Some(shortest),
        Liveness::Holds => None,
        Liveness::Unknown => panic!("not everything was visited"),
    }
}

/// Explores with and without reductions; nothing if there are more states than that. The counts of states.
fn compare(setting: &Setting, wanted: Reductions, most: u64) -> Option<(u64, u64)> {
    let model = Model::<4>::new(setting.clone()).unwrap();
    let bounds = Bounds { states: most, ..Bounds::default() };
    let full = explore(&model, &bounds, 1, |_| ControlFlow::Continue(()));
    if full.bound.is_some() {
        return None;
    }
    let full_live = eventually(&model, &full.reached, u32::MAX, u64::MAX, || true);
    let full_said = said(&model, &full.violations, shortest(&full_live));

    // What is told: the same properties, the same lengths.
    let told = search(&model, wanted, &bounds, 2, |_| ControlFlow::Continue(()));
    let follows = model.goals().iter().any(|(number, _)| *number == u32::MAX);
    let recovers = told.stuck.iter().find(|(it, _)| it.id() == "rotation-recovers");
    let told_said = said(&model, &told.found.violations, recovers.map(|(_, it)| it));
    assert!(told_said.violated == full_said.violated, "{told_said:?} is not {full_said:?}");
    assert!(!follows || told_said == full_said, "{told_said:?} is not {full_said:?}");

    // The reduced states themselves: the same properties, by real paths.
    let reduced = Reduced::new(&model, wanted);
    let less = reduced.explore(&bounds, 1, |_| ControlFlow::Continue(()));
    assert_eq!(less.bound, None);
    let less_live = reduced.eventually(&less, u32::MAX, u64::MAX, || true);
    let less_said = said(&model, &less.violations, shortest(&less_live));
    assert!(
        less_said.violated.keys().eq(full_said.violated.keys())
            && less_said.stuck.is_some() == full_said.stuck.is_some(),
        "{less_said:?} is not {full_said:?} with {:?}",
        reduced.applied()
    );
    for finding in &less.violations {
        let broken = model.broken_at_end(&finding.path);
        assert!(broken.has(finding.property), "the path is a real one: {finding:?}");
    }
    for finding in less.violations.iter().chain(shortest(&less_live)) {
        let hops = finding.path.hops.iter().map(|hop| (hop.action, hop.state));
        assert_eq!(model.tell(hops).len(), finding.path.hops.len(), "the path is a real one");
    }
    // A state may be far away and another one like it near.
    assert!(less.states <= full.states && less.levels <= full.levels);
    Some((full.states, less.states))
}

#[track_caller]
fn counts(name: &str, wanted: Reductions, expected: u64) {
    let model = Model::<4>::new(bench(name)).unwrap();
    let reduced = Reduced::new(&model, wanted);
    assert_eq!(reduced.applied(), wanted);
    let found = reduced.explore(&Bounds::default(), 2, |_| ControlFlow::Continue(()));
    assert_eq!((found.states, found.bound), (expected, None), "{name}");
}

/// Whether there is time for the large models: in `tests/long`.
fn is_long() -> bool {
    std::env::var_os("STAGEWRIGHT_TRANSITIONS").is_some()
}

#[test]
fn interchangeable_labels_give_the_published_counts() {
    counts("a-6-3", LABELS, 39_432);
    if is_long() {
        counts("a-6-4", LABELS, 93_390);
    }
}

#[test]
fn interchangeable_labels_and_versions_give_the_published_counts() {
    counts("a-6-3", VERSIONS, 932);
    counts("a-6-4", VERSIONS, 1_743);
}

#[test]
fn interchangeable_workers_give_the_published_counts() {
    counts("b-3-3", WORKERS, 5_491);
    counts("b-5-1", WORKERS, 27_978);
    counts("bo-3-2", WORKERS, 24_505);
    if is_long() {
        counts("b-6-1", WORKERS, 89_403);
        counts("bo-4-2", WORKERS, 242_201);
    }
}

#[test]
fn what_is_remembered_in_vain_is_forgotten() {
    counts("b-5-1", Reductions { memory: true, ..WORKERS }, 21_930);
    // As SPIN finds when it drops dead variables.
    if is_long() {
        counts("b-5-1", Reductions { memory: true, ..Reductions::NONE }, 1_355_199);
    }
    // The version that a value is derived from counts when it is asked for.
    let mut setting = bench("b-2-1");
    assert_eq!(applied(setting.clone()), ["workers", "dead variables", "independent steps"]);
    setting.check = vec![Property::NoLostUpdate];
    assert_eq!(applied(setting), ["workers", "independent steps"]);
}

#[test]
fn the_verdicts_on_the_bench_are_the_same() {
    let names = ["a-4-1", "a-5-2", "b-2-1", "b-2-2", "b-2-3", "b-3-1", "bo-2-2", "bo-2-3"];
    for name in names {
        let mut setting = bench(name);
        // Some of them are violated, so there are stories to compare.
        setting.check = Property::ALL.to_vec();
        let (full, less) = compare(&setting, Reductions::ALL, 50_000).unwrap();
        assert!(less < full, "{name}");
    }
}

#[test]
fn the_verdicts_on_incidents_are_the_same() {
    let mut compared = 0;
    for path in files::under(&files::root().join("scenarios/incidents"), "yaml") {
        let Ok(scenario) = Scenario::read(&files::text(&path)) else { continue };
        let Ok((setting, _)) = scenario.state_space() else { continue };
        compared += usize::from(compare(&setting, Reductions::ALL, 20_000).is_some());
    }
    assert!(compared > 20, "{compared}");
}

const POSTGRESQL: &str = "scenario: PostgreSQL with everything
secret: db/app
function: builtin:postgresql-single-user
target: { users: { app: { password: v1 } } }
steps:
  - { call: CreateSecret, with: { SecretString: { username: app, password: one } }, as: v1 }
";

#[test]
fn the_verdicts_on_a_whole_function_are_the_same() {
    let plans = [
        "{ rotations: 2, workers: 2 }",
        "{ rotations: 1, workers: 2, faults: 1 }",
        "{ rotations: 2, workers: 2, faults: 1, others: [{ who: operator, times: 1, calls: [CancelRotateSecret, { call: UpdateSecretVersionStage, with: { VersionStage: AWSPENDING } }, { call: PutSecretValue, with: { VersionStages: [AWSCURRENT] } }] }] }",
    ];
    for plan in plans {
        let mut setting = space(&format!("{POSTGRESQL}explore: {plan}\n")).0;
        setting.check = Property::ALL.to_vec();
        let (full, less) = compare(&setting, Reductions::ALL, 2_000_000).unwrap();
        eprintln!("{plan}: {full} -> {less}");
        assert!(less < full, "{plan}");
    }
}

/// The states with and without independent steps taken at once, all other reductions on.
fn steps(setting: Setting) -> (u64, u64) {
    let model = Model::<4>::new(setting).unwrap();
    let states = |steps| {
        let reduced = Reduced::new(&model, Reductions { steps, ..Reductions::ALL });
        reduced.explore(&Bounds::default(), 2, |_| ControlFlow::Continue(())).states
    };
    (states(true), states(false))
}

#[test]
fn independent_steps_are_taken_at_once() {
    let of = |plan: &str| {
        let text = format!("{POSTGRESQL}explore: {plan}\n");
        let mut setting = space(&text).0;
        setting.check = Property::ALL.to_vec();
        steps(setting)
    };
    let operator = "others: [{ who: operator, times: 2, calls: [CancelRotateSecret, { call: UpdateSecretVersionStage, with: { VersionStage: AWSPENDING } }] }]";
    assert_eq!(of("{ rotations: 1, workers: 1 }"), (19, 25));
    assert_eq!(of("{ rotations: 2, workers: 2 }"), (1_329, 1_465));
    assert_eq!(of("{ rotations: 2, workers: 2, faults: 1 }"), (4_177, 4_511));
    assert_eq!(of(&format!("{{ rotations: 1, workers: 1, faults: 1, {operator} }}")), (471, 545));
    assert_eq!(of(&format!("{{ rotations: 1, workers: 2, {operator} }}")), (2_063, 2_457));
    assert_eq!(steps(bench("bo-3-2")), (19_137, 19_245));
}

/// A story is the shortest one there is, so nothing is taken at once where there is one to tell.
#[test]
fn stories_are_told_without_independent_steps() {
    let plan = "{ rotations: 1, workers: 2, faults: 1, others: [{ who: operator, times: 1, calls: [{ call: UpdateSecretVersionStage, with: { VersionStage: AWSPENDING } }] }] }";
    let told = |check: Vec<Property>| {
        let mut setting = space(&format!("{POSTGRESQL}explore: {plan}\n")).0;
        setting.check = check;
        let model = Model::<4>::new(setting).unwrap();
        let none = Bounds::default();
        let told = search(&model, Reductions::ALL, &none, 1, |_| ControlFlow::Continue(()));
        (told.reductions.steps, told.found.violations.len())
    };
    assert_eq!(told(vec![Property::CurrentExists]), (true, 0));
    let (steps, violated) = told(Property::ALL.to_vec());
    assert!(!steps && violated > 0);
}

#[test]
fn a_story_under_reductions_can_be_played() {
    let steps = "  - { call: CreateSecret, with: { SecretString: { username: app, password: one } }, as: v1 }\n";
    let plan = "{ rotations: 1, workers: 2, faults: 1, others: [{ who: operator, times: 1, calls: [{ call: UpdateSecretVersionStage, with: { VersionStage: AWSPENDING } }] }] }";
    let (setting, names) = space(&format!("{POSTGRESQL}explore: {plan}\n"));
    let model = Model::<4>::new(setting).unwrap();
    let reduced = Reduced::new(&model, Reductions::ALL);
    assert_eq!(reduced.applied().names(), ["workers", "dead variables", "independent steps"]);
    let found = reduced.explore(&Bounds::default(), 2, |_| ControlFlow::Continue(()));
    assert!(!found.violations.is_empty());
    for finding in &found.violations {
        let scenes = model.tell(finding.path.hops.iter().map(|hop| (hop.action, hop.state)));
        assert_eq!(scenes.len(), finding.path.hops.len());
        let opening = Opening {
            title: "a story",
            about: "",
            stage: "secret: db/app\ntarget: { strategy: single-user, users: { app: { password: v1 } } }\n",
            claim: "",
            assume: model.setting().assume,
            steps,
            names: &names,
            stays: &[],
        };
        let text = scenario_of(opening, &model, &scenes);
        let scenario =
            Scenario::read(&text).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"));
        let played = scenario.play(false);
        let told: Vec<_> = played.differences.iter().map(|it| it.message.clone()).collect();
        assert!(told.is_empty(), "{told:?}\n{text}");
    }
}

fn slot(index: usize) -> LabelSlot {
    LabelSlot::from_index(index).unwrap()
}

fn set(labels: &[usize]) -> LabelSet {
    labels.iter().map(|it| slot(*it)).fold(LabelSet::EMPTY, LabelSet::with)
}

/// A secret without a function, with one version and two custom labels.
fn plain(calls: Vec<OtherCall>) -> Setting {
    Setting {
        program: None,
        assume: stagewright::assumption::Assumptions::default(),
        start: Start {
            versions: vec![PrincipalSlot(0)],
            labels: vec![(LabelSlot::CURRENT, VersionSlot::from_number(1).unwrap())],
            target: Target::default(),
        },
        target: None,
        rotations: 0,
        gate: Gate::Service,
        runs: Runs::WhileUnfinished,
        workers: 0,
        faults: Faults::default(),
        others: vec![Other {
            who: "operator".to_owned(),
            calls,
            times: Some(4),
            during_rotation: false,
        }],
        custom: vec!["blue".to_owned(), "green".to_owned()],
        puts: 2,
        check: Property::ALL.to_vec(),
        own: OwnProperties::default(),
    }
}

fn applied(setting: Setting) -> Vec<&'static str> {
    let model = Model::<4>::new(setting).unwrap();
    Reduced::new(&model, Reductions::ALL).applied().names()
}

#[test]
fn each_reduction_is_left_where_the_setting_is_not_symmetric() {
    let put = |labels: &[usize], value| OtherCall::Put { labels: Some(set(labels)), value };
    let both = vec![
        put(&[0, 3], PutValue::New),
        put(&[0, 4], PutValue::New),
        OtherCall::Remove(slot(3)),
        OtherCall::Remove(slot(4)),
    ];
    assert_eq!(applied(plain(both.clone())), ["labels", "versions"]);
    // A label that one call names alone.
    let mut calls = both.clone();
    calls.push(OtherCall::Move { label: slot(3), to: MoveTo::AnyVersion });
    assert_eq!(applied(plain(calls)), ["versions"]);
    let mut calls = both.clone();
    calls.push(OtherCall::Move { label: LabelSlot::CURRENT, to: MoveTo::HolderOf(slot(4)) });
    assert_eq!(applied(plain(calls)), ["versions"]);
    // Somebody else who has only one of the two.
    let mut setting = plain(both.clone());
    setting.others.push(Other {
        who: "another".to_owned(),
        calls: vec![OtherCall::Remove(slot(4))],
        times: Some(1),
        during_rotation: false,
    });
    assert_eq!(applied(setting), ["versions"]);
    // A version that is named.
    let mut calls = both.clone();
    calls.push(put(&[0], PutValue::Again(VersionSlot::from_number(1).unwrap())));
    assert_eq!(applied(plain(calls)), ["labels"]);
    // Versions for two users, and a function that remembers versions.
    let mut setting = plain(both.clone());
    setting.start.versions.push(PrincipalSlot(1));
    assert_eq!(applied(setting), ["labels"]);
    let mut setting = bench("b-2-1");
    setting.workers = 1;
    setting.others.clone_from(&plain(both).others);
    setting.custom = vec!["blue".to_owned(), "green".to_owned()];
    assert_eq!(applied(setting), ["labels", "dead variables", "independent steps"]);
}

/// What targets do late, and how much they take.
const TARGETS: [&str; 5] = [
    "",
    "",
    ", propagation-delay: 10s",
    ", grace: 10s",
    ", propagation-delay: 10s, grace: 10s, live: 2",
];

/// Small settings at random: without a function, or with one of AWS's.
fn settings() -> impl Strategy<Value = Setting> {
    let any_call = (0..9_u8, 0..5_usize, 0..5_usize).prop_map(|(kind, one, other)| match kind {
        0 => OtherCall::Put { labels: None, value: PutValue::New },
        1 => OtherCall::Put { labels: Some(set(&[one, other])), value: PutValue::New },
        2 => OtherCall::Put { labels: Some(set(&[one])), value: PutValue::NewOnTarget },
        3 => OtherCall::Move { label: slot(one), to: MoveTo::AnyVersion },
        4 => OtherCall::Move { label: slot(one), to: MoveTo::HolderOf(slot(other)) },
        5 | 6 => OtherCall::Remove(slot(one)),
        7 => OtherCall::CancelRotateSecret,
        _ => OtherCall::Put {
            labels: Some(set(&[one])),
            value: PutValue::Again(VersionSlot::from_number(1).unwrap()),
        },
    });
    let programs = prop::sample::select(vec![
        None,
        None,
        Some("postgresql-single-user"),
        Some("mysql-single-user"),
        Some("square"),
        Some("wrong/set-before-put"),
        Some("bench/rotation"),
        Some("wrong/finish-without-check"),
        Some("wrong/fresh-token"),
    ]);
    let calls = prop::collection::vec(any_call, 0..6);
    let goes_wrong = (0..2_u8, 0..8_u8, 0..2_u8, prop::sample::select(TARGETS.to_vec()));
    let assume = prop::collection::vec((prop::sample::select(FELT.to_vec()), 0..4_usize), 0..3);
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2));
    (programs, calls, flags, assume, 1..3_u8, 1..4_u8, goes_wrong, 0..3_u8).prop_map(
        |(program, mut calls, flags, assume, rotations, workers, goes_wrong, times)| {
            let (mirrors, during_rotation, once) = flags;
            let (faults, kind, stale_reads, target) = goes_wrong;
            if mirrors {
                mirror(&mut calls);
            }
            let function =
                program.map(|it| format!("function: builtin:{it}\n")).unwrap_or_default();
            let text = format!(
                "scenario: random\nsecret: db/app\n{function}target: {{ users: {{ app: {{ password: v1 }} }}{target} }}\n\
                 steps:\n  - {{ call: CreateSecret, with: {{ SecretString: {{ username: app, password: one }} }}, as: v1 }}\n\
                 explore: {{ rotations: {rotations}, workers: {workers}, faults: {faults}, stale-reads: {stale_reads}, versions: 8 }}\n"
            );
            let mut scenario = Scenario::read(&text).unwrap_or_else(|it| panic!("{it:?}"));
            for (id, option) in assume {
                let options = TABLE.iter().find(|it| it.id == id).unwrap().options;
                scenario.assume(id, options[option % options.len()]).unwrap();
            }
            let mut setting = scenario.state_space().unwrap().0;
            if once {
                setting.runs = Runs::OncePerRequest;
            }
            let others = plain(calls);
            let times = if program.is_none() { times + 2 } else { times };
            setting.others = others.others;
            setting.others[0].times = Some(times);
            setting.others[0].during_rotation = during_rotation && program.is_some();
            setting.custom = others.custom;
            setting.puts = times;
            setting.check = Property::ALL.to_vec();
            // The four kinds at every call, or these and one of the others.
            let kind = FaultKind::ALL[usize::from(kind)];
            setting.faults.kinds = setting.faults.kinds.with(kind);
            setting
        },
    )
}

/// Adds to each call the same with the two custom labels swapped.
fn mirror(calls: &mut Vec<OtherCall>) {
    let swapped = |label: LabelSlot| match label.index() {
        3 => slot(4),
        4 => slot(3),
        _ => label,
    };
    let mirrored: Vec<_> = calls
        .iter()
        .map(|call| match *call {
            OtherCall::Put { labels, value } => OtherCall::Put {
                labels: labels
                    .map(|it| it.iter().map(swapped).fold(LabelSet::EMPTY, LabelSet::with)),
                value,
            },
            OtherCall::Move { label, to: MoveTo::HolderOf(held) } => {
                OtherCall::Move { label: swapped(label), to: MoveTo::HolderOf(swapped(held)) }
            }
            OtherCall::Move { label, to } => OtherCall::Move { label: swapped(label), to },
            OtherCall::Remove(label) => OtherCall::Remove(swapped(label)),
            call => call,
        })
        .collect();
    calls.extend(mirrored);
}

/// Draws the same settings each time; more of them, if the environment says so.
fn runner() -> TestRunner {
    let cases = std::env::var("STAGEWRIGHT_REDUCTIONS").ok().and_then(|text| text.parse().ok());
    TestRunner::new(Config {
        cases: cases.unwrap_or(48),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_124),
        ..Config::default()
    })
}

/// Compares what a thread remembers with what is computed anew, in that many states.
fn remembers_rightly(setting: &Setting, most: usize) {
    let model = Model::<4>::new(setting.clone()).unwrap();
    let mut memory = Memo::default();
    let mut seen = BTreeSet::from([model.initial()]);
    let mut waiting = VecDeque::from([model.initial()]);
    while let Some(state) = waiting.pop_front() {
        let (mut computed, mut remembered) = (Vec::new(), Vec::new());
        model.successors(state, &mut |it| computed.push(it));
        model.successors_from(&mut memory, state, &mut |it| remembered.push(it));
        assert_eq!(remembered, computed, "{:?}", model.glance(state));
        for it in computed {
            if seen.len() < most && seen.insert(it.state) {
                waiting.push_back(it.state);
            }
        }
    }
}

#[test]
fn what_is_remembered_is_what_would_be_computed() {
    for name in ["a-5-2", "b-2-3", "bo-2-2"] {
        remembers_rightly(&bench(name), 4_000);
    }
    // The first version of all may become the current one unasked.
    for option in ["adds-current", "only-given"] {
        let put =
            |labels: &[usize]| OtherCall::Put { labels: Some(set(labels)), value: PutValue::New };
        let mut setting =
            plain(vec![put(&[3]), put(&[2, 4]), put(&[0]), OtherCall::Remove(slot(3))]);
        setting.start.versions.clear();
        setting.start.labels.clear();
        setting.assume.choose("first-version", option).unwrap();
        setting.assume.choose("outgoing-labels", "drop-all").unwrap();
        remembers_rightly(&setting, 1_000);
    }
    runner()
        .run(&settings(), |setting| {
            remembers_rightly(&setting, 1_500);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{}", failure.to_string().replace("\\n", "\n")));
    for path in files::under(&files::root().join("scenarios/incidents"), "yaml") {
        let Ok(scenario) = Scenario::read(&files::text(&path)) else { continue };
        let Ok((setting, _)) = scenario.state_space() else { continue };
        remembers_rightly(&setting, 1_000);
    }
}

#[test]
fn the_verdicts_on_random_settings_are_the_same() {
    let mut runner = runner();
    let (mut compared, mut fewer) = (0, 0);
    let counted = std::cell::RefCell::new((&mut compared, &mut fewer));
    runner
        .run(&settings(), |setting| {
            if let Some((full, less)) = compare(&setting, Reductions::ALL, 20_000) {
                let (compared, fewer) = &mut *counted.borrow_mut();
                **compared += 1;
                **fewer += i32::from(less < full);
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{}", failure.to_string().replace("\\n", "\n")));
    eprintln!("{compared} compared, {fewer} with fewer states");
    assert!(compared > 0 && fewer > 0);
}
