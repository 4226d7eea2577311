//! Every scenario with `explore:` comes out as its file says, and the shortest stories play as scenarios.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use stagewright::explore::{ActionId, Bounds, Packed, Space as _};
use stagewright::model::{self, Act, Model, Reductions, Scene, Setting, Who};
use stagewright::program::Program;
use stagewright::property::{Property, PropertyName};
use stagewright::report::{Counterexample, Explored};
use stagewright::scenario::{Names, Scenario};
use stagewright::time::Span;

use crate::files::{root, scenarios, text};

/// What came of one exploration.
struct Outcome {
    states: u64,
    transitions: u64,
    /// The violated properties, with the lengths of their stories and the stories as scenarios.
    violations: Vec<(PropertyName, usize, Counterexample)>,
}

/// The scenarios with `explore:`, without those that are there to be timed.
fn explored_files() -> Vec<PathBuf> {
    let mut files = scenarios();
    let bench = root().join("scenarios/bench");
    files.retain(|path| !path.starts_with(&bench) && read(path).is_explorable());
    assert!(files.len() > 30, "{files:?}");
    files
}

fn read(path: &Path) -> Scenario {
    let load = |name: &str| Ok(text(&path.parent().unwrap().join(name)));
    Scenario::read_with(&text(path), &load)
        .unwrap_or_else(|it| panic!("{}\n{it:#?}", path.display()))
}

/// The path of a file inside the repository.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

fn outcome(path: &Path, assume: &[(&str, &str)]) -> Outcome {
    let mut scenario = read(path);
    for (id, option) in assume {
        scenario.assume(id, option).unwrap();
    }
    let (setting, names) = scenario.state_space().unwrap();
    match model::words(&setting).unwrap() {
        1 => search::<1>(path, &scenario, setting, &names),
        2 => search::<2>(path, &scenario, setting, &names),
        _ => search::<4>(path, &scenario, setting, &names),
    }
}

fn search<const W: usize>(
    path: &Path,
    scenario: &Scenario,
    setting: Setting,
    names: &Names,
) -> Outcome {
    let model = Model::<W>::new(setting).unwrap();
    let bounds = Bounds { states: u64::MAX, depth: u32::MAX, bytes: 1 << 30 };
    let go_on = |_| ControlFlow::Continue(());
    let searched = model::search(&model, Reductions::NONE, &bounds, 1, go_on);
    let found = &searched.found;
    assert!(found.bound.is_none());
    let clients = scenario.explored_clients(&model, &found.reached, Span::CALL, &mut || true);
    let none = BTreeSet::new();
    let file = shown(path);
    let told = Explored {
        path: &file,
        title: "",
        model: &model,
        names,
        found,
        assume: &[],
        reductions: searched.reductions,
        stuck: &searched.stuck,
        clients: &clients,
        pace: scenario.pace(Span::CALL),
        breaks: scenario.explored_breaks().unwrap_or(&none),
        seconds: None,
    };
    let file = text(path);
    let violations = told.violations().map(|(property, finding)| {
        let story = told.counterexample(scenario, &file, &property, finding);
        (property, told.story(finding).len(), story)
    });
    let violations = violations.collect();
    Outcome { states: found.states, transitions: found.transitions, violations }
}

/// Plays a counterexample: it comes to the same answers and labels, breaks the property of which a run can say so, and
/// is the same every time.
fn confirm(file: &str, property: &PropertyName, story: &Counterexample) {
    let Counterexample { text, shows } = story;
    let scenario = Scenario::read(text).unwrap_or_else(|it| panic!("{file}\n{text}\n{it:?}"));
    let played = scenario.play(false);
    let wrong: Vec<_> = played.differences.iter().map(|it| (it.step, &it.message)).collect();
    assert!(wrong.is_empty(), "{file} {}: {wrong:?}\n{text}", property.id());
    assert!(played.passed(), "{file} {}: {:?}\n{text}", property.id(), played.judgment);
    // A run delivers nothing twice.
    let expected = *property != Property::StepIsIdempotent;
    assert_eq!(*shows, expected, "{file} {}", property.id());
    if *shows {
        let broken: BTreeSet<&str> =
            played.judgment.violations.iter().map(|it| it.property.id()).collect();
        let expected = match property.known() {
            Some(Property::RotationRecovers) => "the-rotation-ends",
            _ => property.id(),
        };
        assert_eq!(broken, BTreeSet::from([expected]), "{file}\n{text}");
    }
    assert_eq!(played, scenario.play(false), "{file}: a run is the same every time");
}

/// Each file says exactly what is violated; its stories play in `run`; the counts stay what they are.
#[test]
fn explorations_come_out_as_their_files_say() {
    let mut table = String::new();
    let mut broken = BTreeSet::new();
    for path in explored_files() {
        let outcome = outcome(&path, &[]);
        let file = shown(&path);
        let found: BTreeSet<PropertyName> =
            outcome.violations.iter().map(|it| it.0.clone()).collect();
        let scenario = read(&path);
        let says = scenario.explored_breaks().cloned().unwrap_or_default();
        assert_eq!(found, says, "{file}");
        let _ = writeln!(table, "{file}: {} states, {}", outcome.states, outcome.transitions);
        for (property, length, story) in &outcome.violations {
            let _ = writeln!(table, "    {} after {length}", property.id());
            confirm(&file, property, story);
        }
        broken.extend(found);
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("explorations", table);
    });
    // What only a search can judge, some scenario shows violated.
    let traced: BTreeSet<Property> = Property::of_traces().collect();
    for property in Property::ALL.iter().filter(|it| !traced.contains(it)) {
        assert!(
            broken.contains(&PropertyName::from(*property)),
            "no scenario violates {}",
            property.id()
        );
    }
}

/// What a file says of the wrong programs and the sound ones is there for each of them.
#[test]
fn each_program_is_explored() {
    let files = explored_files();
    let texts: Vec<String> = files.iter().map(|path| text(path)).collect();
    for name in Program::builtin_names().filter(|name| !name.starts_with("bench/")) {
        let line = format!("function: builtin:{name}\n");
        assert!(texts.iter().any(|text| text.contains(&line)), "nothing explores {name}");
    }
}

/// Where nobody knows what the service does, the verdict depends on it.
#[test]
fn verdicts_depend_on_unknown_behavior() {
    let of = |file: &str, assume: &[(&str, &str)]| {
        let path = root().join("scenarios/incidents").join(file);
        let found = outcome(&path, assume).violations;
        found.iter().map(|it| it.0.id()).collect::<Vec<_>>().join(" ")
    };
    let initial = "terraform-puts-the-initial-value.yaml";
    assert_eq!(
        of(initial, &[]),
        "current-works live-is-labelled no-lost-update stale-token-is-harmless rotation-recovers"
    );
    assert_eq!(of(initial, &[("pending-leaves", "only-from-outgoing")]), "no-lost-update");
    let backup = "a-put-beside-the-rotation.yaml";
    assert_eq!(of(backup, &[]), "");
    assert_eq!(
        of(backup, &[("abandons", "any-put-by-others")]),
        "current-works live-is-labelled stale-token-is-harmless rotation-recovers"
    );
    let rollback = "rollback-before-the-clean-up.yaml";
    let both = "pending-and-previous-apart pending-cleared";
    assert_eq!(of(rollback, &[("pending-cleanup", "after 60s")]), both);
    assert_eq!(of(rollback, &[("pending-cleanup", "never")]), both);
    assert_eq!(of(rollback, &[("pending-cleanup", "immediately")]), "");
}

/// A new value that a person stores is for the user who is current at that moment, whoever takes turns.
#[test]
fn a_person_changes_the_password_of_the_current_user() {
    let path = root().join("scenarios/incidents/a-consistent-change-alternating.yaml");
    let found = outcome(&path, &[]).violations;
    assert!(found.iter().all(|it| it.0 != Property::CurrentWorks), "the other user works on");
}

/// The scenes of the rotations of a function to which nothing happens, with the names of its calls.
fn fault_free(name: &str) -> Vec<(String, Scene)> {
    let scenario = Scenario::read(&format!(
        "
scenario: without a fault
secret: db/app
function: builtin:{name}
target: {{ users: {{ app: {{ password: v1, grants: [app_role] }} }} }}
steps:
  - {{ call: CreateSecret, with: {{ SecretString: {{ username: app, password: one }} }}, as: v1 }}
explore: {{ rotations: 2 }}
"
    ))
    .unwrap();
    let (setting, _) = scenario.state_space().unwrap();
    let model = Model::<4>::new(setting).unwrap();
    let mut state = model.initial();
    let mut path: Vec<(ActionId, Packed<4>)> = Vec::new();
    loop {
        let mut next = Vec::new();
        model.successors(state, &mut |it| next.push((it.action, it.state)));
        // The next rotation is requested when all is at rest.
        let waits = |it: &&(ActionId, Packed<4>)| Act::of(it.0) != Act::Request;
        let Some(step) = next.iter().find(waits).or(next.first()) else { break };
        path.push(*step);
        state = step.1;
    }
    let program = Program::builtin(name).unwrap();
    let scenes = model.tell(path).into_iter();
    scenes
        .filter_map(|scene| {
            let Act::Call { node, .. } = scene.act else { return None };
            Some((program.nodes[usize::from(node)].name.clone(), scene))
        })
        .collect()
}

/// The calls of the second rotation after which something is so: from the first to the last one of a stretch.
fn stretch(scenes: &[(String, Scene)], is: impl Fn(&Scene) -> bool) -> String {
    let second = |scene: &Scene| matches!(scene.who, Who::Function { rotation: 2, .. });
    let scenes: Vec<_> = scenes.iter().filter(|it| second(&it.1)).collect();
    let mut stretches = Vec::new();
    let mut begun = None;
    for (index, (_, scene)) in scenes.iter().enumerate() {
        match (is(scene), begun) {
            (true, None) => begun = Some(index),
            (false, Some(first)) => {
                stretches.push((first, index));
                begun = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    let all = scenes.len();
    let of = |index: usize| format!("{} ({} of {all})", scenes[index].0, index + 1);
    let mut told: Vec<String> = stretches
        .iter()
        .map(|(first, end)| format!("from {} until {}", of(*first), of(*end)))
        .collect();
    told.extend(begun.map(|first| match first {
        0 => "always".to_owned(),
        first => format!("from {} on", of(first)),
    }));
    if told.is_empty() { "never".to_owned() } else { told.join(", ") }
}

/// Between which calls the current and the previous password are refused, if nothing goes wrong.
#[test]
fn windows_without_a_fault() {
    let mut told = BTreeMap::new();
    for database in ["postgresql", "mysql", "mongodb"] {
        for strategy in ["single-user", "alternating-users"] {
            let name = format!("{database}-{strategy}");
            let scenes = fault_free(&name);
            let current = stretch(&scenes, |scene| !scene.current_works);
            let previous = stretch(&scenes, |scene| !scene.previous_works);
            told.insert(name, [current, previous]);
        }
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_debug_snapshot!("windows", told);
    });
    let window = |name: &str, which: usize| told[name][which].as_str();
    let until = " until finishSecret UpdateSecretVersionStage ";
    for database in ["postgresql", "mysql", "mongodb"] {
        let single = format!("{database}-single-user");
        let alternating = format!("{database}-alternating-users");
        // With one user, from the change of the password to the promotion; the previous password is gone for good.
        assert!(window(&single, 0).starts_with("from setSecret "), "{told:#?}");
        assert!(window(&single, 0).contains(until), "{told:#?}");
        assert_eq!(window(&single, 1), "always");
        // With two, the current one works at every moment; the previous one is the user whose turn it is.
        assert_eq!(window(&alternating, 0), "never");
        assert!(window(&alternating, 1).starts_with("from setSecret "), "{told:#?}");
        assert!(window(&alternating, 1).contains(until), "{told:#?}");
    }
    assert!(window("postgresql-single-user", 0).starts_with("from setSecret commit "));
    assert!(window("mysql-single-user", 0).starts_with("from setSecret set-password "));
    assert!(window("mongodb-single-user", 0).starts_with("from setSecret set-password "));
    assert!(window("postgresql-alternating-users", 1).starts_with("from setSecret commit "));
    assert!(window("mysql-alternating-users", 1).starts_with("from setSecret set-password "));
    assert!(window("mongodb-alternating-users", 1).starts_with("from setSecret "));
}
