//! A scenario's own properties: mistakes in them, verdicts, and that reductions and threads change nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;

use insta::assert_snapshot;
use stagewright::explore::{Bounds, Liveness, eventually, explore};
use stagewright::mistake::render;
use stagewright::model::{Model, Reduced, Reductions};
use stagewright::scenario::Scenario;

use crate::cli::Folder;

/// A rotation with these properties.
fn rotation(properties: &str, rest: &str) -> String {
    format!(
        "scenario: x\nsecret: db/app\nfunction: builtin:postgresql-single-user\n\
         target: {{ users: {{ app: {{ password: one }} }} }}\nproperties:\n{properties}steps:\n  \
         - {{ call: CreateSecret, with: {{ SecretString: {{ username: app, password: p }} }}, as: one }}\n{rest}"
    )
}

/// A rotation with one property under `always`.
fn always(expression: &str) -> String {
    rotation(&format!("  - {{ name: p, always: {expression} }}\n"), "")
}

#[test]
fn mistakes() {
    let nine: String = (0..9).fold(String::new(), |mut all, number| {
        let _ = writeln!(all, "  - {{ name: p{number}, always: 'true' }}");
        all
    });
    let secretless =
        "scenario: x\nproperties: [{ name: p, always: 'true' }]\nsteps: [{ call: ListSecrets }]\n";
    let cases = [
        ("one equals sign", always("\"labels.AWSCURRENT = 'one'\"")),
        ("not finished", always("\"labels.AWSCURRENT == \"")),
        ("empty", always("''")),
        ("a quote left open", always("\"labels.AWSCURRENT == 'one\"")),
        ("an unknown variable", always("\"lables.AWSCURRENT == 'one'\"")),
        ("a variable near none", always("weather")),
        ("an unknown label", always("\"has(labels.AWSPENDIN) && labels['AWSCURENT'] == 'one'\"")),
        ("an unknown label in the index", always("\"'blue' in labels\"")),
        ("an unknown member", always("target.curent_works && rotation.runing")),
        ("an unknown function", always("\"siz(labels) == 1\"")),
        ("an unknown version", always("\"labels.AWSCURRENT == 'on'\"")),
        ("no yes or no", always("labels.AWSCURRENT")),
        ("a number", always("size(labels) + 1")),
        ("types that don't fit", always("\"labels.AWSCURRENT > 1\"")),
        ("a list without order", always("\"labels.map(l, l)[0] == 'AWSCURRENT'\"")),
        (
            "in a block",
            rotation(
                "  - name: p\n    always: |\n      target.current_works &&\n        targt.x\n",
                "",
            ),
        ),
        (
            "folded",
            rotation(
                "  - name: p\n    always: >-\n      target.current_works &&\n      targt.x\n",
                "",
            ),
        ),
        ("escaped", always("\"labels.AWSCURRENT\\u0020= 'one'\"")),
        ("no expression", rotation("  - { name: p }\n", "")),
        ("two expressions", rotation("  - { name: p, always: 'true', sometimes: 'true' }\n", "")),
        ("an unknown kind", rotation("  - { name: p, allways: 'true' }\n", "")),
        ("no name", rotation("  - { always: 'true' }\n", "")),
        ("a name that isn't one", rotation("  - { name: My Property, always: 'true' }\n", "")),
        ("a name that is taken", rotation("  - { name: current-works, always: 'true' }\n", "")),
        (
            "a name twice",
            rotation("  - { name: p, always: 'true' }\n  - { name: p, at-rest: 'true' }\n", ""),
        ),
        ("nine", rotation(&nine, "")),
        ("breaks another", rotation("  - { name: my-own, always: 'true' }\n", "breaks: [my-on]\n")),
        ("about no secret", secretless.to_owned()),
        (
            "none",
            always(
                "\"!has(labels.AWSPENDING) || labels.AWSPENDING in versions || size(labels) > 1\"",
            ),
        ),
    ];
    let mut all = String::new();
    for (title, text) in &cases {
        let told = match Scenario::read(text) {
            Ok(_) => "no mistake\n".to_owned(),
            Err(mistakes) => render("x.yaml", text, &mistakes, false),
        };
        let _ = writeln!(all, "## {title}\n\n{told}");
    }
    assert_snapshot!(all);
}

/// Five properties, one for each way in which something can be wrong.
const WRONG: &str = "  - { name: always-wrong, always: target.current_works }
  - { name: rest-wrong, at-rest: target.previous_works }
  - { name: never, sometimes: target.current_works && target.previous_works }
  - { name: not-in-the-end, eventually: rotation.running }
  - { name: unsaid, always: labels.AWSPENDING != labels.AWSCURRENT }
  - { name: happens, sometimes: target.pending_works && !target.current_works }
";
const ROTATE: &str = "  - { rotate: {}, as: two }\n  - settle: {}\n";

#[test]
fn a_run_tells_what_is_wrong() {
    let file = rotation(WRONG, ROTATE);
    let played = Scenario::read(&file).unwrap().play(false);
    let told = played.judgment.violations.iter().fold(String::new(), |mut all, it| {
        let _ = writeln!(all, "{} after step {}: {}", it.property, it.step, it.message);
        all
    });
    assert_snapshot!(told);
    assert!(!played.passed());
    let breaks = "breaks: [always-wrong, rest-wrong, never, not-in-the-end, unsaid]\n";
    assert!(Scenario::read(&format!("{file}{breaks}")).unwrap().play(false).passed());
    let more = "breaks: [always-wrong, rest-wrong, never, not-in-the-end, unsaid, happens]\n";
    let played = Scenario::read(&format!("{file}{more}")).unwrap().play(false);
    assert_eq!(played.unbroken.iter().map(ToString::to_string).collect::<Vec<_>>(), ["happens"]);
}

#[test]
fn what_explore_and_run_say_on_the_command_line() {
    let file =
        rotation(WRONG, &format!("{ROTATE}explore: {{ rotations: 1, faults: 1 }}\ncheck: []\n"));
    let folder = Folder::with("own-properties", &[("x.yaml", &file)]);
    assert_snapshot!("explored", folder.told(&[&["explore", "x.yaml"]]));
    assert_snapshot!(
        "explored_as_json",
        folder.told(&[&["explore", "x.yaml", "--format", "json"]])
    );
    assert_snapshot!("bounded", folder.told(&[&["explore", "x.yaml", "--depth", "3"]]));
    assert_snapshot!("run_as_junit", folder.told(&[&["run", "x.yaml", "--format", "junit"]]));
    assert_snapshot!("surveyed", folder.told(&[&["explore", "x.yaml", "--all-assumptions"]]));
    let one = folder.told(&[&["explore", "x.yaml", "--threads", "1"]]);
    let two = folder.told(&[&["explore", "x.yaml", "--threads", "2"]]);
    assert_eq!(one.replace("--threads 1", ""), two.replace("--threads 2", ""));
    let written = folder.told(&[&["explore", "x.yaml", "--write", "out"], &["run", "out"]]);
    assert_snapshot!(
        "written",
        written.lines().filter(|it| it.contains("x-")).collect::<Vec<_>>().join("\n")
    );
}

/// A secret that never is has no properties, and that isn't passed over.
#[test]
fn without_the_secret_nothing_is_judged() {
    let file = "scenario: x\nsecret: db/app\nproperties: [{ name: p, always: 'true' }]\nsteps: [{ call: ListSecrets }]\n";
    let folder = Folder::with("own-nothing", &[("x.yaml", file)]);
    let told = folder.told(&[&["run", "x.yaml"]]);
    assert!(told.contains("not judged, for there never was the secret: p"), "{told}");
    let arn =
        file.replace("db/app", "arn:aws:secretsmanager:us-east-1:111111111111:secret:a-AbCdEf");
    assert!(format!("{:?}", Scenario::read(&arn)).contains("find their secret by its name"));
}

/// Only who has seen everything knows that something never happens.
#[test]
fn a_search_that_a_bound_ends_misses_nothing() {
    let never = "  - { name: never, sometimes: target.current_works && target.previous_works }\n";
    let file = rotation(never, "check: []\nexplore: { rotations: 1 }\n");
    let folder = Folder::with("own-bounded", &[("x.yaml", &file)]);
    let all = folder.told(&[&["explore", "x.yaml"]]);
    assert!(all.contains("never never happens") && all.contains("exit status 1"), "{all}");
    let some = folder.told(&[&["explore", "x.yaml", "--depth", "3"]]);
    assert!(
        some.contains("not violated so far: never") && some.contains("exit status 3"),
        "{some}"
    );
}

/// An answer that nobody waits for is none.
#[test]
fn what_must_be_reached_eventually_is_given_up_when_asked() {
    let text = rotation("  - { name: p, eventually: 'true' }\n", "explore: { rotations: 1 }\n");
    let (setting, _) = Scenario::read(&text).unwrap().state_space().unwrap();
    let model = Model::<4>::new(setting).unwrap();
    let found = explore(&model, &Bounds::default(), 1, |_| ControlFlow::Continue(()));
    for after in 0..4 {
        let mut asked = 0;
        let go_on = || {
            asked += 1;
            asked <= after
        };
        let live = eventually(&model, &found.reached, 0, u64::MAX, go_on);
        assert_eq!(live, Liveness::Unknown, "after {after}");
    }
    assert_eq!(eventually(&model, &found.reached, 22, u64::MAX, || true), Liveness::Holds);
}

/// What is said of each own property: violated, and after how many actions; seen, and after how many; stuck.
type Said = (BTreeMap<u32, usize>, BTreeMap<u32, usize>, BTreeMap<u32, Option<usize>>);

fn said(model: &Model<4>, reductions: Option<Reductions>, threads: usize) -> (Said, u64) {
    let bounds = Bounds::default();
    let go_on = |_| ControlFlow::Continue(());
    let reduced = reductions.map(|wanted| Reduced::new(model, wanted));
    let found = match &reduced {
        Some(reduced) => reduced.explore(&bounds, threads, go_on),
        None => explore(model, &bounds, threads, go_on),
    };
    assert_eq!(found.bound, None);
    let lengths = |findings: &[stagewright::explore::Finding<_>]| {
        findings.iter().map(|it| (it.property, it.path.hops.len())).collect()
    };
    let goals = model.goals().into_iter().map(|(number, _)| {
        let live = match &reduced {
            Some(reduced) => reduced.eventually(&found, number, u64::MAX, || true),
            None => eventually(model, &found.reached, number, u64::MAX, || true),
        };
        let length = match live {
            Liveness::Violated { shortest, .. } => Some(shortest.path.hops.len()),
            Liveness::Holds => None,
            Liveness::Unknown => panic!("everything is known"),
        };
        (number, length)
    });
    ((lengths(&found.violations), lengths(&found.witnesses), goals.collect()), found.states)
}

/// Two versions that nothing tells apart, and two labels that nothing tells apart, unless a property does.
fn symmetric(properties: &str) -> String {
    format!(
        "scenario: x\nsecret: a\ncheck: []\nproperties:\n{properties}steps:\n  \
         - {{ call: CreateSecret, with: {{ SecretString: p }}, as: one }}\n  \
         - {{ call: PutSecretValue, with: {{ SecretString: q, VersionStages: [red] }}, as: two }}\n\
         explore:\n  versions: 4\n  others:\n    - who: operator\n      times: 4\n      calls:\n        \
         - {{ call: UpdateSecretVersionStage, with: {{ VersionStage: {{ any-of: [blue, green, AWSCURRENT, red] }}, \
         MoveToVersionId: any }} }}\n        \
         - {{ call: PutSecretValue, with: {{ VersionStages: {{ any-of: [blue, green] }} }} }}\n"
    )
}

#[test]
fn reductions_that_a_property_sees_through_are_left() {
    let cases = [
        ("same: always: has(labels.AWSCURRENT)", "labels, versions"),
        ("by-name: always: \"labels.AWSCURRENT == 'one'\"", "labels"),
        ("by-name: sometimes: \"labels.AWSCURRENT == 'x2'\"", "labels"),
        ("by-order: sometimes: versions[1] == labels.AWSCURRENT", "labels"),
        (
            "one-label: sometimes: has(labels.blue) && has(labels.AWSPREVIOUS) && labels.blue == labels.AWSPREVIOUS",
            "versions",
        ),
        ("one-label-alone: always: \"!has(labels.blue)\"", "versions"),
        ("any-label: sometimes: size(labels) == 5", ""),
        ("some-label: always: \"!labels.exists(l, l == 'green')\"", ""),
        ("goal: eventually: has(labels.green)", "versions"),
        ("unsaid: always: labels.green == labels.AWSCURRENT", "versions"),
        ("never: sometimes: \"labels.AWSCURRENT == 'x3'\"", "labels"),
    ];
    for (property, applied) in cases {
        let (name, rest) = property.split_once(": ").unwrap();
        let text = symmetric(&format!("  - name: {name}\n    {rest}\n"));
        let scenario = Scenario::read(&text).unwrap_or_else(|it| panic!("{text}\n{it:#?}"));
        let (setting, _) = scenario.state_space().unwrap();
        let model = Model::<4>::new(setting).unwrap();
        let reduced = Reduced::new(&model, Reductions::ALL);
        assert_eq!(reduced.applied().names().join(", "), applied, "{property}");
        let (full, states) = said(&model, None, 1);
        let (less, fewer) = said(&model, Some(Reductions::ALL), 1);
        assert_eq!(less, full, "{property}");
        assert_eq!(said(&model, Some(Reductions::ALL), 2).0, full, "{property}");
        assert!(if applied.is_empty() { fewer == states } else { fewer < states }, "{property}");
    }
}

/// With a function: several workers, faults, and dead variables.
#[test]
fn verdicts_are_the_same_without_reductions() {
    let explore = "explore: { rotations: 2, workers: 2 }\ncheck: []\n";
    let by_name = "  - { name: by-name, sometimes: \"labels.AWSCURRENT == 't2'\" }\n";
    let text = rotation(&format!("{WRONG}{by_name}"), explore);
    let (setting, _) = Scenario::read(&text).unwrap().state_space().unwrap();
    let model = Model::<4>::new(setting).unwrap();
    let (full, states) = said(&model, None, 2);
    let (less, fewer) = said(&model, Some(Reductions::ALL), 1);
    assert_eq!(less, full);
    assert!(fewer < states);
    assert_eq!(full.0.len(), 3, "{full:?}");
}
