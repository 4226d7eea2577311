//! The packed world against the full one, with the shipped functions and their targets: random walks are written out as
//! scenarios, and service, target and judge must say of each what the search says.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use stagewright::explore::{ActionId, Packed, Space as _};
use stagewright::model::Model;
use stagewright::program::Program;
use stagewright::property::{Property, PropertyName, When};
use stagewright::report::{Opening, scenario_of};
use stagewright::scenario::Scenario;
use stagewright::secret::StagingLabel;

/// What one rotation after the other, two invocations at once, faults, and other people make possible.
fn explored(program: &str, workers: u8) -> String {
    let (value, login) = match program {
        "influxdb" => ("{ token: one }", ""),
        name if name.starts_with("oracle") => {
            ("{ username: app, password: one }", ", login-needs: create-session")
        }
        _ => ("{ username: app, password: one }", ""),
    };
    format!(
        "scenario: {program}
secret: db/app
function: builtin:{program}
target: {{ users: {{ app: {{ password: v1, grants: [create-session, app_role], tls: true }} }}{login} }}
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

fn walk(program: &str, workers: u8, choices: &[Index]) {
    let file = explored(program, workers);
    let scenario = Scenario::read(&file).unwrap_or_else(|it| panic!("{file}\n{it:?}"));
    let (setting, names) = scenario.state_space().unwrap();
    let model = Model::<4>::new(setting).unwrap();
    let mut state = model.initial();
    let mut path: Vec<(ActionId, Packed<4>)> = Vec::new();
    let mut broken: BTreeSet<PropertyName> = BTreeSet::new();
    for choice in choices {
        let mut next = Vec::new();
        model.successors(state, &mut |it| next.push(it));
        if next.is_empty() {
            break;
        }
        // Calls of the function come often enough that rotations come to their ends.
        let helps = next.iter().position(|it| model.helps(it.action));
        let index = choice.index(next.len() * 3);
        let chosen = next.get(index).or_else(|| next.get(helps?)).unwrap_or(&next[0]);
        broken.extend(chosen.broken.iter().filter_map(|number| model.property(number)));
        path.push((chosen.action, chosen.state));
        state = chosen.state;
    }
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
}

#[test]
fn services_targets_and_judges_say_what_the_search_says_of_random_walks() {
    let cases = std::env::var("STAGEWRIGHT_WALKS").ok().and_then(|text| text.parse().ok());
    let programs: Vec<&str> =
        Program::builtin_names().filter(|name| !name.starts_with("bench/")).collect();
    let config =
        Config { cases: cases.unwrap_or(300), failure_persistence: None, ..Config::default() };
    let choices = prop::collection::vec(any::<Index>(), 1..120);
    TestRunner::new(config)
        .run(&(any::<Index>(), 1..3_u8, choices), |(program, workers, choices)| {
            let program = programs[program.index(programs.len())];
            // What two invocations at once have made and not stored is one credential for the search.
            let makes_first = ["influxdb", "wrong/set-before-put"].contains(&program);
            walk(program, if makes_first { 1 } else { workers }, &choices);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{}", failure.to_string().replace("\\n", "\n")));
}
