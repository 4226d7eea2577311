//! Rotation by the service: steps, retries, schedules, and the assumptions that only such a rotation can feel.

use std::collections::BTreeMap;

use stagewright::assumption::TABLE;
use stagewright::caller::Caller;
use stagewright::property::Property;
use stagewright::scenario::Scenario;
use stagewright::service::ServiceAct;
use stagewright::time::Span;
use stagewright::world::{Actor, Event, TraceStep};

/// The assumptions that are played here.
pub(crate) const ASSUMPTIONS: &[&str] = &[
    "old-schedule",
    "partial-rules",
    "retry-from",
    "retry-count",
    "retry-token",
    "failed-test",
    "cancel-running",
    "delete-running",
    "stale-reads",
];

fn is_function(step: &TraceStep) -> bool {
    matches!(&step.actor, Actor::Caller(caller) if &*caller.name == Caller::FUNCTION)
}

/// What becomes of a rotation: the steps that are invoked, which of them fail, and which calls of others; how many
/// calls the function makes; and the labels at the end with the names of their versions.
fn played(id: &str, option: &str, rest: &str) -> String {
    let text = format!(
        "scenario: {id}\nsecret: db\nassume: {{ {id}: '{option}' }}\n{}",
        rest.trim_start()
    );
    let scenario = Scenario::read(&text).unwrap_or_else(|it| panic!("{text}\n{it:#?}"));
    let played = scenario.play(false);
    // What others do meanwhile may have the function do harm, which is not the service's fault.
    let wrong = played.broken.iter().any(|it| !it.known().is_some_and(Property::is_of_functions));
    assert!(!wrong, "{text}\n{:#?}", played.judgment);
    let mut told = Vec::new();
    let mut calls = 0;
    for step in &played.trace.steps {
        match &step.event {
            Event::Service(ServiceAct::Invokes { event, .. }) => told.push(event.step.to_string()),
            Event::Service(ServiceAct::StepFails { .. }) => told.push("fails".to_owned()),
            Event::Service(ServiceAct::StartsRotation { .. }) => told.push("anew".to_owned()),
            Event::Call(_) if is_function(step) => calls += 1,
            Event::Call(_) => {
                told.extend(step.outcome.as_ref().err().map(|it| it.code.to_string()));
            }
            _ => {}
        }
    }
    let names: BTreeMap<_, _> = played.names.iter().map(|(id, name)| (id, name.as_str())).collect();
    let views = &played.trace.steps.last().unwrap().after;
    let mut labels: Vec<_> = views
        .iter()
        .flat_map(|view| &view.versions)
        .flat_map(|version| {
            let name = names.get(&version.id).copied().unwrap_or("another");
            version.labels.iter().map(move |label| format!("{label}={name}"))
        })
        .collect();
    labels.sort();
    format!("{} | {calls} calls | {}", told.join(" "), labels.join(" "))
}

const FAILS_ONCE: &str = "
function: { setSecret: { fails: 1 } }
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - { rotate: {}, as: v2 }
  - { settle: {} }
";

const FAILS: &str = "
function: { setSecret: fails }
check: [one-version-per-label]
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - { rotate: { RotationRules: { AutomaticallyAfterDays: 7 } }, as: v2 }
  - { settle: {} }
";

const TEST_FAILS: &str = "
function: { testSecret: fails }
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - { rotate: { RotateImmediately: false } }
  - { settle: {} }
  - { call: RotateSecret }
";

const SHORTENED: &str = "
function: builtin:template
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - { rotate: { RotationRules: { AutomaticallyAfterDays: 10 } }, as: v2 }
  - { settle: {} }
  - { rotate: { RotationRules: { Duration: 2h } }, as: v3 }
  - { wait: 11d }
";

const RESCHEDULED: &str = "
function: builtin:template
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - { rotate: { RotationRules: { AutomaticallyAfterDays: 10 } }, as: v2 }
  - { settle: {} }
  - { rotate: { RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 60 } } }
  - { wait: 20d }
";

const CANCELLED: &str = "
function: builtin:template
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - { rotate: {}, as: v2 }
  - { wait: 1s 150ms }
  - { call: CancelRotateSecret }
  - { settle: {} }
";

const DELETED: &str = "
function: builtin:template
check: [one-version-per-label]
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - { rotate: {}, as: v2 }
  - { wait: 1s 150ms }
  - { call: DeleteSecret }
  - { settle: {} }
";

const READ_AFTER_WRITE: &str = "
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - { call: PutSecretValue, with: { SecretString: two }, as: v2 }
  - { call: GetSecretValue, with: { VersionId: v2 } }
  - { call: GetSecretValue, with: { VersionId: v2 } }
  - { call: GetSecretValue, with: { VersionId: v2 } }
";

#[test]
fn every_option_shows() {
    for assumption in TABLE.iter().filter(|it| ASSUMPTIONS.contains(&it.id)) {
        let play = match assumption.id {
            "retry-from" | "retry-token" => FAILS_ONCE,
            "retry-count" => FAILS,
            "partial-rules" => SHORTENED,
            "old-schedule" => RESCHEDULED,
            "failed-test" => TEST_FAILS,
            "cancel-running" => CANCELLED,
            "delete-running" => DELETED,
            _ => READ_AFTER_WRITE,
        };
        let told: Vec<_> =
            assumption.options.iter().map(|option| played(assumption.id, option, play)).collect();
        insta::assert_snapshot!(assumption.id, told.join("\n"));
        let mut different = told.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), told.len(), "{}: {told:#?}", assumption.id);
    }
}

/// Days that no schedule has may be refused or never come; they bring nothing down.
#[test]
fn a_schedule_in_the_past_never_comes() {
    for days in [i64::MIN, -5, 0, i64::MAX] {
        let text = format!(
            "scenario: days\nfunction: builtin:template\nsecret: db\nsteps:\n  \
             - {{ call: CreateSecret, with: {{ SecretString: one }} }}\n  \
             - {{ rotate: {{ RotationRules: {{ AutomaticallyAfterDays: {days} }} }} }}\n  \
             - {{ settle: {{}} }}\n  - {{ wait: 30d }}\n"
        );
        let played = Scenario::read(&text).unwrap().play(false);
        assert!(played.trace.steps.len() < 100, "{days}");
    }
}

/// A test is no rotation that could be taken up: it comes to its end, and the rotation that is due starts then.
#[test]
fn a_scheduled_rotation_waits_for_the_end_of_a_test() {
    let head = "scenario: test\nfunction: { testSecret: fails }\nsecret: db\n\
                assume: { failed-test: configuration-dropped }\nsteps:\n  \
                - { call: CreateSecret, with: { SecretString: one } }\n  \
                - { call: RotateSecret, with: { RotationLambdaARN: \"arn:aws:lambda:us-east-1:111111111111:function:f\", \
                RotationRules: { AutomaticallyAfterDays: 1 } }, as: v2 }\n  \
                - { settle: {} }\n  - { call: UpdateSecretVersionStage, \
                with: { VersionStage: AWSPENDING, RemoveFromVersionId: v2 } }\n";
    let play = |rest: &str| Scenario::read(&format!("{head}{rest}")).unwrap().play(false).trace;
    let is_start =
        |step: &&TraceStep| matches!(step.event, Event::Service(ServiceAct::StartsRotation { .. }));
    let starts = play("  - { wait: 2d }\n").steps.iter().find(is_start).unwrap().at;
    let test = starts.plus(Span::seconds(-10));
    let trace = play(&format!(
        "  - {{ until: {test} }}\n  - {{ rotate: {{ RotateImmediately: false }} }}\n  - {{ wait: 1h }}\n"
    ));
    let mut steps = trace.steps.iter().filter(|step| step.at >= test);
    let ends = steps.find(|step| step.event == Event::Service(ServiceAct::EndsTest)).unwrap().at;
    assert_eq!(steps.find(is_start).unwrap().at, ends);
}

/// However many retries are left, no rotation is tried again after its window: at midnight the last window of a day
/// closes, and all rotations rest.
#[test]
fn no_retry_comes_after_the_end_of_a_window() {
    let head = "scenario: never\ncheck: []\nassume: { retry-count: '1000' }\n\
                function: { createSecret: fails }\nsteps:\n";
    let secrets: Vec<_> = (0..2)
        .map(|name| {
            format!(
                "  - {{ call: CreateSecret, with: {{ Name: s{name}, SecretString: one }} }}\n  \
                 - {{ rotate: {{ SecretId: s{name}, RotationRules: {{ AutomaticallyAfterDays: 1 }} }} }}\n  \
                 - {{ wait: 20d 8h }}\n"
            )
        })
        .collect();
    let text = format!("{head}{}  - {{ settle: {{}} }}\n", secrets.concat());
    let trace = Scenario::read(&text).unwrap().play(false).trace;
    assert_eq!(trace.steps.last().unwrap().event, Event::Settled);
    let retries: Vec<_> = trace
        .steps
        .iter()
        .filter_map(|step| match step.event {
            Event::Service(ServiceAct::StepFails { retry_at, .. }) => Some((step.at, retry_at?)),
            _ => None,
        })
        .collect();
    // The rotations that are asked for start outside of a window, and have a day.
    let by_schedule = retries.iter().filter(|(at, _)| at.since(trace.steps[0].at) > Span::days(22));
    assert!(by_schedule.clone().count() > 100);
    for (at, retry_at) in by_schedule {
        assert_eq!(at.midnight(), retry_at.midnight());
    }
}
