//! `stagewright fuzz` as its users meet it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;
use stagewright::explore::PropertySet;
use stagewright::fuzz::{Case, Original, Walker};
use stagewright::library;
use stagewright::model::{self, Model, Setting};
use stagewright::program::Program;
use stagewright::scenario::Scenario;

use crate::cli::Folder;
use crate::explore_cli::TAKEN_OFF;
use crate::files;

/// A step that comes twice breaks what the file says itself.
const ONCE: &str = "scenario: One version is enough
about: Not said of mutants.
secret: db/app
properties:
  - name: one-version
    about: The secret has one version.
    always: size(versions) <= 1
steps:
  - call: CreateSecret
    with: { SecretString: one }
    as: v1
  - call: GetSecretValue
    returns: { SecretString: one }
";

/// A function that takes AWSPENDING away before it promotes.
const FUNCTION: &str = include_str!("../../scenarios/programs/wrong/remove-pending-first.yaml");

/// Its rotation, in which all is well.
const ROTATION: &str = "scenario: A rotation
secret: db/app
function: programs/function.yaml
target: { users: { app: { password: v1 } } }
steps:
  - call: CreateSecret
    with: { SecretString: { username: app, password: one } }
    as: v1
  - rotate: {}
    as: v2
  - settle: {}
";

fn folder(name: &str) -> Folder {
    Folder::with(
        name,
        &[
            ("once.yaml", ONCE),
            ("space.yaml", TAKEN_OFF),
            ("rotation.yaml", ROTATION),
            ("programs/function.yaml", FUNCTION),
        ],
    )
}

#[test]
fn a_finding_in_a_mutant_is_a_scenario_that_fails_in_the_same_way() {
    let folder = folder("fuzz-mutant");
    let told = folder.told(&[
        &["fuzz", "once.yaml", "--cases", "200", "--write", "found"],
        &["run", "found"],
        &["fuzz", "once.yaml", "--case", "3", "--format", "json"],
        &["fuzz", "once.yaml", "--case", "3", "--format", "junit"],
        &["fuzz", "once.yaml", "--case", "4", "--format", "junit"],
    ]);
    assert_snapshot!(told);
}

/// Whatever a step can say goes along: what is put together again is played like the file.
#[test]
fn every_scenario_is_taken_apart_and_put_together() {
    for path in files::scenarios() {
        let text = files::text(&path);
        let load = |name: &str| Ok(files::text(&path.parent().unwrap_or(Path::new("")).join(name)));
        let Ok(scenario) = Scenario::read_with(&text, &load) else { continue };
        let original = Original::new(&text, &load);
        let original = original.unwrap_or_else(|it| panic!("{}: {it:?}", path.display()));
        let again = original.together().unwrap().play(false);
        // A number for a version is bound by what is expected, which mutants don't say.
        let is_same = again.trace == scenario.play(false).trace || text.contains("<version:");
        assert!(is_same, "{}", path.display());
    }
}

/// What `explore --write` writes has calls of the target and parts of invocations.
#[test]
fn a_story_that_was_written_is_fuzzed() {
    let folder = folder("fuzz-story");
    let told = folder.told(&[
        &["explore", "space.yaml", "--write", "out", "--format", "json"],
        &["fuzz", "out/space-current-works.yaml", "--cases", "100", "--seed", "2"],
    ]);
    let (_, told) = told.split_once("$ stagewright fuzz").unwrap();
    assert_snapshot!(told);
}

#[test]
fn what_is_kept_names_its_function_from_where_it_stands() {
    let folder = folder("fuzz-keep");
    let told = folder.told(&[
        &["run", "rotation.yaml", "--quiet"],
        &["fuzz", "rotation.yaml", "--keep", "--seed", "1", "--cases", "200"],
        &["run", "scenarios/regressions"],
    ]);
    assert_snapshot!(told);
}

/// The program has no scenario: a secret and a target that fit it are made up.
#[test]
fn a_program_is_fuzzed_by_itself() {
    let folder = folder("fuzz-program");
    let told = folder.told(&[
        &["fuzz", "programs/function.yaml", "--cases", "20", "--write", "found"],
        &["run", "found", "--quiet"],
        &["fuzz", "programs/function.yaml", "--case", "7"],
    ]);
    assert_snapshot!(told);
}

/// Whatever a program does, there is a scenario around it. Walks through it find what the file says of its program, and
/// nothing in those that survive every fault.
#[test]
fn walks_find_what_is_known_of_each_program() {
    let mut told = String::new();
    for file in library::programs() {
        let program = Program::read(file.text).unwrap();
        let load = |_: &str| Ok(file.text.to_owned());
        let scenario = Scenario::read_with(&program.in_a_scenario(), &load);
        let scenario = scenario.unwrap_or_else(|mistakes| panic!("{}: {mistakes:?}", file.path));
        let (setting, _) =
            scenario.state_space().unwrap_or_else(|it| panic!("{}: {it}", file.path));
        let more = setting.enlarged();
        let setting = if model::words(&more).is_ok() { more } else { setting };
        let broken = match model::words(&setting).unwrap() {
            1 => broken_on_walks::<1>(setting),
            2 => broken_on_walks::<2>(setting),
            _ => broken_on_walks::<4>(setting),
        };
        let broken = if broken.is_empty() { "nothing".to_owned() } else { broken.join(", ") };
        let _ = writeln!(told, "{}: {broken}", file.builtin_name().unwrap());
    }
    assert_snapshot!(told);
}

/// What a few hundred walks violate, in the order in which they do.
fn broken_on_walks<const W: usize>(setting: Setting) -> Vec<String> {
    let model = Model::<W>::new(setting).unwrap();
    let goals = model.goals();
    let numbers = goals.iter().map(|(number, _)| *number).collect();
    let mut walker = Walker::new(&model, PropertySet::NONE, numbers);
    let mut broken = Vec::new();
    for number in 0..260 {
        let went = walker.walk(Case { seed: 0, number });
        assert!(!went.is_fickle);
        for (property, _) in went.broken {
            let goal = goals.iter().find(|(number, _)| *number == property);
            let name = goal.map(|(_, name)| name.clone()).or_else(|| model.property(property));
            let name = name.unwrap().to_string();
            if !broken.contains(&name) {
                broken.push(name);
            }
        }
    }
    broken
}

/// What no single state shows, a walk asks for at its end: here, whether retries lead on.
#[test]
fn a_rotation_that_is_stuck_for_good_is_found_on_a_walk() {
    let text = files::text(&files::root().join("scenarios/programs/square.yaml"));
    let folder = Folder::with("fuzz-stuck", &[("square.yaml", &text)]);
    let told = folder.told(&[
        &["fuzz", "square.yaml", "--cases", "9", "--write", "found", "--format", "json"],
        &["run", "found"],
    ]);
    assert_snapshot!(told);
}

#[test]
fn what_cannot_be_fuzzed_is_said() {
    let folder = folder("fuzz-mistakes");
    folder.write("programs/bad.yaml", "program: A function\ncreateSecret:\n  - call: Nothing\n");
    let told = folder.told(&[
        &["fuzz", "programs/bad.yaml"],
        &["fuzz", "nowhere.yaml"],
        &["fuzz", "programs"],
        &["fuzz", "--shard", "4/3"],
        &["fuzz", "--case", "1", "--for", "1s"],
    ]);
    assert_snapshot!(told);
}

#[test]
fn the_service_is_fuzzed_by_case_by_shard_and_with_its_coverage() {
    let folder = folder("fuzz-service");
    let told = folder.told(&[
        &["fuzz", "--cases", "24"],
        &["fuzz", "--cases", "24", "--shard", "1/2"],
        &["fuzz", "--cases", "24", "--shard", "2/2"],
        &["fuzz", "--case", "3", "--coverage"],
        &["fuzz", "--case", "3", "--format", "json"],
    ]);
    assert_snapshot!(without_pairs(&told));
}

/// Without the line that another scenario in the library changes.
fn without_pairs(told: &str) -> String {
    let lines = told.lines().filter(|line| !line.starts_with("never met by one call"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The pairs that are met and those that never are: the library shows both.
#[test]
fn pairs_of_rules_are_told() {
    let folder = folder("fuzz-pairs");
    let output = folder.run(&["fuzz", "--cases", "20", "--coverage", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let pairs = |key: &str| {
        let pairs = told["coverage"][key].as_array().unwrap().iter().map(Value::to_string);
        pairs.collect::<BTreeSet<_>>()
    };
    let (met, never) = (pairs("pairs"), pairs("pairs_never"));
    assert!(met.is_disjoint(&never));
    // What the first put of a secret is about; and tags, which no case has.
    assert!(met.contains(r#"["PSV-1","PSV-4"]"#), "{met:?}");
    assert!(never.contains(r#"["T-8","T-9"]"#), "{never:?}");
    let output = folder.run(&["fuzz", "--cases", "20", "--coverage"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("\nnever met by one call, though scenarios show it: GEN-1+"), "{told}");
}

#[test]
fn a_finding_on_a_walk_is_as_short_as_a_search_finds_it() {
    let folder = folder("fuzz-walk");
    let told = folder.told(&[
        &["fuzz", "space.yaml", "--cases", "200"],
        &["fuzz", "space.yaml", "--case", "0", "--coverage"],
    ]);
    assert_snapshot!(without_pairs(&told));
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_it_with_what_was_found() {
    let folder = folder("fuzz-interrupt");
    let told = |args: &[&str]| {
        let output = folder.interrupted(args);
        assert_eq!(output.stderr, b"", "no progress in a pipe");
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (status, text) = told(&["fuzz", "--for", "10m"]);
    assert_eq!(status, Some(3), "{text}");
    assert!(text.ends_with("; stopped before it was through\n"), "{text}");
    // What was found counts more than what is left open.
    let (status, text) = told(&["fuzz", "programs/function.yaml", "--for", "10m"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("stale-token-is-harmless"), "{text}");
}
