//! The packed world against the full one, with the shipped functions and their targets: random walks are written out as
//! scenarios, and service, target and judge must say of each what the search says.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use stagewright::explore::{ActionId, Packed, Space as _, Successor};
use stagewright::model::{Act, Model};
use stagewright::program::Program;
use stagewright::property::{Property, PropertyName, When};
use stagewright::report::{Opening, scenario_of};
use stagewright::scenario::Scenario;
use stagewright::secret::StagingLabel;
use stagewright::target::Passing;

/// What the target does some time after a call. The times are so long that all calls of a walk are made before, and so
/// different that one is over long before the next.
#[derive(Clone, Copy, Debug)]
enum Late {
    Never,
    Delay,
    Grace,
    Both,
}

impl Late {
    const ALL: [Self; 4] = [Self::Never, Self::Delay, Self::Grace, Self::Both];

    const fn keys(self) -> &'static str {
        match self {
            Self::Never => "",
            Self::Delay => ", propagation-delay: 10m",
            Self::Grace => ", grace: 5h",
            Self::Both => ", propagation-delay: 10m, grace: 5h",
        }
    }
}

/// What one rotation after the other, two invocations at once, faults, and other people make possible.
fn explored(program: &str, workers: u8, late: Late) -> String {
    let (value, login) = match program {
        "influxdb" => ("{ token: one }", ""),
        name if name.starts_with("oracle") => {
            ("{ username: app, password: one }", ", login-needs: create-session")
        }
        _ => ("{ username: app, password: one }", ""),
    };
    let late = late.keys();
    format!(
        "scenario: {program}
secret: db/app
function: builtin:{program}
target: {{ users: {{ app: {{ password: v1, grants: [create-session, app_role], tls: true }} }}{login}{late} }}
steps:
  - {{ call: CreateSecret, with: {{ SecretString: {value} }}, as: v1 }}
explore:
  rotations: 2
  workers: {workers}
  faults: 2
  versions: 5
  others:
    - who: operator
      times: 2
      calls:
        - CancelRotateSecret
        - DeleteSecret
        - RestoreSecret
        - {{ call: PutSecretValue, value: v1 }}
        - {{ call: PutSecretValue, value: new-on-target }}
        - {{ call: UpdateSecretVersionStage, with: {{ VersionStage: AWSPENDING }} }}
"
    )
}

/// Judged of what an invocation does, so that the end of the walk has no say in it.
fn is_of_actions(property: Property) -> bool {
    property.is_of_functions() && property.when() != When::AtRest
}

type Next = Successor<Packed<4>>;

/// When time passes, it passes for all: whether something happens by itself in the time that another thing took.
fn is_due(it: &Next, passing: Option<Passing>) -> bool {
    match (Act::of(it.action), passing) {
        (Act::Pass(it), Some(passing)) => passes_before(it, passing),
        _ => false,
    }
}

/// Whether something that passes is over by the time at which another one is.
const fn passes_before(it: Passing, other: Passing) -> bool {
    matches!((it, other), (Passing::Arrives(..), _) | (_, Passing::Ends(..)))
}

/// Where a walk has come.
struct Walk {
    path: Vec<(ActionId, Packed<4>)>,
    /// What its actions have broken.
    broken: BTreeSet<PropertyName>,
    /// How often the target has done something by itself.
    passed: u32,
}

/// Goes through the state space as the choices say.
fn taken(model: &Model<4>, choices: &[Index]) -> Walk {
    let mut state = model.initial();
    let mut path: Vec<(ActionId, Packed<4>)> = Vec::new();
    let mut broken: BTreeSet<PropertyName> = BTreeSet::new();
    let mut passed = 0;
    let mut passing: Option<Passing> = None;
    for choice in choices {
        let mut next = Vec::new();
        model.successors(state, &mut |it| next.push(it));
        let is_pass = |it: &Next| matches!(Act::of(it.action), Act::Pass(_));
        let cleans = next.iter().any(|it| Act::of(it.action) == Act::Clean);
        // What is due comes before anything else, and the service cleans up sooner than the target does anything.
        if next.iter().any(|it| is_due(it, passing)) {
            next.retain(|it| is_due(it, passing));
        } else if cleans {
            next.retain(|it| !is_pass(it));
        }
        if next.is_empty() {
            break;
        }
        // Calls of the function come often enough that rotations come to their ends.
        let helps = next.iter().position(|it| model.helps(it.action));
        let index = choice.index(next.len() * 3);
        let chosen = next.get(index).or_else(|| next.get(helps?)).unwrap_or(&next[0]);
        broken.extend(chosen.broken.iter().filter_map(|number| model.property(number)));
        passing = match Act::of(chosen.action) {
            Act::Pass(it) => {
                passed += 1;
                // Of those that are due, the last one says how long it takes.
                Some(passing.filter(|passing| !passes_before(*passing, it)).unwrap_or(it))
            }
            _ => None,
        };
        path.push((chosen.action, chosen.state));
        state = chosen.state;
    }
    loop {
        let mut next = Vec::new();
        model.successors(state, &mut |it| next.push(it));
        let Some(due) = next.into_iter().find(|it| is_due(it, passing)) else { break };
        path.push((due.action, due.state));
        state = due.state;
    }
    Walk { path, broken, passed }
}

fn walk(program: &str, workers: u8, late: Late, choices: &[Index]) -> u32 {
    let file = explored(program, workers, late);
    let scenario = Scenario::read(&file).unwrap_or_else(|it| panic!("{file}\n{it:?}"));
    let (setting, names) = scenario.state_space().unwrap();
    let model = Model::<4>::new(setting).unwrap();
    let Walk { path, mut broken, passed } = taken(&model, choices);
    let state = path.last().map_or(model.initial(), |it| it.1);
    broken.retain(|property| property.known().is_some_and(is_of_actions));
    let scenes = model.tell(path);
    let top = scenario.stage(&file);
    let opening = Opening {
        title: "a walk",
        about: "",
        stage: &top,
        claim: "",
        assume: model.setting().assume,
        steps: &scenario.steps_before(&file),
        names: &names,
        stays: &[],
    };
    let mut text = scenario_of(opening, &model, &scenes);
    let rests = model.rests(&state);
    if rests {
        text.push_str("  - settle: {}\n");
    }
    let scenario = Scenario::read(&text).unwrap_or_else(|it| panic!("{it:?}\n{text}"));
    let played = scenario.play(false);
    let told: Vec<_> = played.differences.iter().map(|it| (it.step, &it.message)).collect();
    assert!(told.is_empty(), "{told:?}\n{text}");
    let glance = model.glance(state);
    let database = played.database.as_ref().unwrap();
    let end = played.trace.steps.last().unwrap();
    let works = |label| {
        let value = end.after[0].holder(&label).and_then(|version| version.value.as_ref());
        value.is_none_or(|value| database.accepts(value))
    };
    let works = (works(StagingLabel::AwsCurrent), works(StagingLabel::AwsPrevious));
    assert_eq!((glance.current_works, glance.previous_works), works, "{text}");
    let (violations, last) = (&played.judgment.violations, played.trace.steps.len() - 1);
    let judged = violations.iter().map(|it| it.property.clone());
    let judged: BTreeSet<PropertyName> =
        judged.filter(|it| it.known().is_some_and(is_of_actions)).collect();
    assert_eq!(broken, judged, "{text}");
    if rests {
        let broken = model.judge(state).broken;
        let broken = broken.iter().filter_map(|number| model.property(number)?.known());
        let judged = violations.iter().filter(|it| it.step == last);
        let judged = judged.filter_map(|it| it.property.known());
        let is_at_rest = |it: &Property| it.when() == When::AtRest;
        let broken: BTreeSet<Property> = broken.filter(is_at_rest).collect();
        assert_eq!(broken, judged.filter(is_at_rest).collect(), "{text}");
    }
    passed
}

#[test]
fn services_targets_and_judges_say_what_the_search_says_of_random_walks() {
    let cases = std::env::var("STAGEWRIGHT_WALKS").ok().and_then(|text| text.parse().ok());
    let programs: Vec<&str> =
        Program::builtin_names().filter(|name| !name.starts_with("bench/")).collect();
    let config =
        Config { cases: cases.unwrap_or(300), failure_persistence: None, ..Config::default() };
    let choices = prop::collection::vec(any::<Index>(), 1..120);
    let passed = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(
            &(any::<Index>(), 1..3_u8, 0..4_usize, choices),
            |(program, workers, late, choices)| {
                let program = programs[program.index(programs.len())];
                let count = walk(program, workers, Late::ALL[late], &choices);
                passed.set(passed.get() + count);
                Ok(())
            },
        )
        .unwrap_or_else(|failure| panic!("{}", failure.to_string().replace("\\n", "\n")));
    assert!(passed.get() > 20, "time passes on the target: {}", passed.get());
}
