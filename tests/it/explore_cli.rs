//! `stagewright explore` and `run --trace` as their users meet them.

use insta::assert_snapshot;
use serde_json::Value;
use stagewright::assumption::Assumptions;
use stagewright::report::{Paint, Pairs, Surveyed, World, surveyed};

use crate::cli::Folder;
use crate::files;

/// An operator takes AWSPENDING off in the middle of a rotation.
pub(crate) const TAKEN_OFF: &str = "scenario: AWSPENDING is taken off
secret: db/app
function: builtin:postgresql-single-user
target: { users: { app: { password: v1 } } }
check: [current-works, promoted-was-tested]
steps:
  - call: CreateSecret
    with: { SecretString: { username: app, password: one } }
    as: v1
explore:
  rotations: 1
  others:
    - who: operator
      times: 1
      during: rotation
      calls: [{ call: UpdateSecretVersionStage, with: { VersionStage: AWSPENDING } }]
";

/// Nobody interferes.
const ALONE: &str = "scenario: A rotation with one fault
secret: db/app
function: builtin:postgresql-single-user
target: { users: { app: { password: v1 } } }
steps:
  - call: CreateSecret
    with: { SecretString: { username: app, password: one } }
    as: v1
explore: { rotations: 1, faults: 1 }
";

/// Both in one folder.
fn folder(name: &str) -> Folder {
    Folder::with(name, &[("alone.yaml", ALONE), ("taken.yaml", TAKEN_OFF)])
}

/// A run as one text: what it prints on both streams, and how it ends. What a state takes in memory is left out.
fn said(folder: &Folder, arguments: &[&str]) -> String {
    let told = folder.told(&[arguments]);
    let line = |line: &str| match line.split_once("; ") {
        Some((before, after)) if after.ends_with("bytes a state") => before.to_owned(),
        _ => line.to_owned(),
    };
    told.lines().map(|it| format!("{}\n", line(it))).collect()
}

#[test]
fn a_violation_comes_with_its_nearest_good_run_and_its_replay() {
    let folder = folder("explore-violation");
    assert_snapshot!(said(&folder, &["explore", "taken.yaml"]));
}

#[test]
fn the_line_that_replays_plays_the_same_path() {
    let folder = folder("explore-replay");
    let told = said(&folder, &["explore", "taken.yaml"]);
    let line = told.lines().find_map(|line| line.trim().strip_prefix("replay: stagewright "));
    let words: Vec<&str> = line.unwrap().split(' ').collect();
    assert_snapshot!(said(&folder, &words));
    assert_snapshot!(
        "a_trace_that_leads_nowhere",
        said(&folder, &["run", "taken.yaml", "--trace", "0/7"])
    );
    assert_snapshot!(
        "a_trace_that_is_none",
        said(&folder, &["run", "taken.yaml", "--trace", "0/x"])
    );
}

#[test]
fn what_holds_and_what_a_bound_leaves_open() {
    let folder = folder("explore-holds");
    assert_snapshot!("explore_holds", said(&folder, &["explore", "alone.yaml", "--windows"]));
    assert_snapshot!("explore_bound", said(&folder, &["explore", "alone.yaml", "--depth", "5"]));
}

#[test]
fn a_graph_has_the_form_of_its_ending() {
    let folder = folder("explore-graph");
    let told = said(&folder, &["explore", "taken.yaml", "--graph", "g.dot", "--graph-states", "4"]);
    assert!(told.contains("graph: g.dot (the first 4 of "), "{told}");
    assert_snapshot!("graph_dot", folder.read("g.dot"));
    said(&folder, &["explore", "taken.yaml", "--graph", "g.mmd", "--graph-states", "4"]);
    assert_snapshot!("graph_mermaid", folder.read("g.mmd"));
    said(&folder, &["explore", "taken.yaml", "--graph", "g.json"]);
    let graph: Value = serde_json::from_str(&folder.read("g.json")).unwrap();
    assert_eq!(graph["partial"], false);
    assert_eq!(graph["nodes"].as_array().unwrap().len() as u64, graph["states"].as_u64().unwrap());
    assert_snapshot!("graph_ending", said(&folder, &["explore", "taken.yaml", "--graph", "g.png"]));
    assert_snapshot!("graph_of_two", said(&folder, &["explore", ".", "--graph", "g.dot"]));
}

#[test]
fn what_a_verdict_depends_on() {
    let folder = folder("explore-assumptions");
    assert_snapshot!(said(&folder, &["explore", "taken.yaml", "--all-assumptions"]));
    let args = ["explore", "taken.yaml", "--all-assumptions", "--format", "json"];
    let told = said(&folder, &args);
    let begin = told.find('{').unwrap();
    let end = told.rfind('}').unwrap();
    let told: Value = serde_json::from_str(&told[begin..=end]).unwrap();
    let exploration = &told["explorations"][0];
    assert_eq!(exploration["complete"], true);
    assert_eq!(exploration["holds_under_all"], false);
    assert_eq!(exploration["depends_on"][0][0]["id"], "placeholder");
}

/// Which of two calls fails with which code is open, and only both together lead to a value that the target doesn't know.
const TWO_CODES: &str = "program: Looks at two error codes
strategy: single-user
createSecret:
  - call: GetSecretValue
    with: { VersionStage: AWSCURRENT }
    as: current
  - call: UpdateSecretVersionStage
    with: { VersionStage: AWSPENDING, MoveToVersionId: token }
    on-error:
      ResourceNotFoundException:
        - call: GetSecretValue
          with: { VersionStage: AWSCURRENT }
      InvalidParameterException:
        - call: UpdateSecretVersionStage
          with: { VersionStage: AWSPENDING, MoveToVersionId: current, RemoveFromVersionId: current }
          on-error:
            InvalidParameterException: []
            ResourceNotFoundException:
              - call: GetRandomPassword
                as: password
              - call: PutSecretValue
                with: { VersionStages: [AWSCURRENT] }
                value: { password: password, from: current }
setSecret: []
testSecret: []
finishSecret: []
";

const TWO_CODES_EXPLORED: &str = "scenario: Two error codes
secret: db/app
function: two-codes.yaml
target: { users: { app: { password: v1 } } }
assume: { placeholder: none }
check: [current-works]
steps:
  - call: CreateSecret
    with: { SecretString: { username: app, password: one } }
    as: v1
explore: { rotations: 1 }
";

#[test]
fn two_assumptions_that_matter_only_together_are_found() {
    let files = [("two-codes.yaml", TWO_CODES), ("explored.yaml", TWO_CODES_EXPLORED)];
    let folder = Folder::with("explore-pairs", &files);
    assert_snapshot!(said(&folder, &["explore", "explored.yaml", "--all-assumptions"]));
}

#[test]
fn pairs_that_were_too_much_work_are_told() {
    let own = World {
        choices: Vec::new(),
        passes: true,
        violated: Vec::new(),
        states: 40_000,
        transitions: 90_000,
        bound: None,
        error: None,
    };
    let told = Surveyed {
        path: "x.yaml",
        title: "Large",
        assume: Assumptions::default(),
        felt: &[],
        worlds: &[own],
        pairs: Pairs { tried: 0, left: 300, transitions: 27_000_000 },
        complete: true,
    };
    assert_snapshot!(surveyed(&told, Paint::Plain));
}

#[test]
fn the_felt_assumptions_are_those_that_the_search_reads() {
    let src = files::root().join("src");
    let mut sources: Vec<_> = files::under(&src.join("model"), "rs");
    sources.push(src.join("labels.rs"));
    let mut read: Vec<String> = Vec::new();
    for source in sources {
        let text = files::text(&source);
        for after in text.split("assume.").skip(1) {
            let field: String =
                after.chars().take_while(|it| it.is_ascii_lowercase() || *it == '_').collect();
            let id = field.replace('_', "-");
            if stagewright::assumption::TABLE.iter().any(|it| it.id == id) {
                read.push(id);
            }
        }
    }
    read.sort();
    read.dedup();
    let mut felt = stagewright::model::FELT.map(str::to_owned).to_vec();
    felt.sort();
    assert_eq!(read, felt);
}

/// Ctrl-C in the middle of a search that takes long.
#[test]
#[cfg(unix)]
fn an_interrupt_ends_a_search_with_what_it_has_found() {
    let large = ALONE.replace("rotations: 1, faults: 1", "rotations: 5, workers: 6, faults: 4");
    let folder = Folder::with("explore-interrupt", &[("large.yaml", &large)]);
    let output = folder.interrupted(&["explore", "large.yaml"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("bound reached (cancelled): the answer is incomplete"), "{told}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "no progress in a pipe");
    // What is violated counts more than what is left open.
    let expected = if told.contains('✗') { 1 } else { 3 };
    assert_eq!(output.status.code(), Some(expected), "{told}");
}

/// A version that the search has no room for is no answer of the service: the exploration is incomplete, and says so.
#[test]
fn versions_without_room_are_a_bound() {
    let fresh = |explore: &str| {
        format!(
            "{}explore: {{ rotations: 1{explore} }}\n",
            ALONE
                .replace("postgresql-single-user", "wrong/fresh-token")
                .replace("explore: { rotations: 1, faults: 1 }\n", "")
        )
    };
    let files = [
        ("unsaid.yaml", fresh("")),
        ("two.yaml", fresh(", versions: 2")),
        ("five.yaml", fresh(", versions: 5, breaks: [pending-cleared]")),
    ];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = Folder::with("explore-room", &files);
    for (file, telling, status) in [
        ("unsaid.yaml", "say how many versions there may be", 2),
        ("two.yaml", "bound reached (versions)", 3),
        ("five.yaml", "pending-cleared, as the file says", 0),
    ] {
        let told = said(&folder, &["explore", file]);
        assert!(told.contains(telling), "{told}");
        assert!(told.trim_end().ends_with(&status.to_string()), "{told}");
        assert!(!told.contains("rotation-recovers From"), "{told}");
    }
}

/// Whoever copies a function and removes the checks for a version that is current already is told what that breaks. The one
/// in finishSecret repeats what every step begins with, so without it alone nothing is different.
#[test]
fn an_author_who_removes_the_checks_is_told_what_that_breaks() {
    let source = files::root().join("scenarios/programs/postgresql-single-user.yaml");
    let original = files::text(&source);
    let check = "  - if: secret.AWSCURRENT is token\n    then: [return]\n";
    let (rest, last) = original.rsplit_once(check).unwrap();
    assert_eq!(original.matches(check).count(), 2);
    let one = format!("{rest}{last}");
    let none = original.replace(check, "");
    let explored = |program: &str| ALONE.replace("builtin:postgresql-single-user", program);
    let files = [
        ("one.yaml", one),
        ("none.yaml", none),
        ("without-one.yaml", explored("one.yaml")),
        ("without-both.yaml", explored("none.yaml")),
    ];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = Folder::with("explore-author", &files);
    let told = said(&folder, &["explore", "without-one.yaml"]);
    assert!(told.starts_with("✓") || told.contains("\n✓ "), "{told}");
    assert!(!told.contains('✗'), "{told}");
    assert_snapshot!(said(&folder, &["explore", "without-both.yaml"]));
}

/// A story of a client is written with the clients, and with waits as long as the search takes them to be.
#[test]
fn a_written_story_of_a_client_takes_as_long_as_the_search_says() {
    let timeout =
        files::text(&files::root().join("scenarios/clients/a-timeout-keeps-clients-outside.yaml"));
    let slow = timeout.replace("limit: 93s", "limit: 3m");
    let folder = Folder::with("explore-clients", &[("late.yaml", &timeout), ("slow.yaml", &slow)]);
    let refused = |told: &str| {
        let lines = told.lines().filter(|it| it.contains(" client ") || it.contains("written"));
        lines.map(|it| format!("{}\n", it.trim())).collect::<String>()
    };
    let found = refused(&said(&folder, &["explore", "late.yaml", "--write", "out"]));
    let story = "out/late-client-gap-bounded.yaml";
    let played = refused(&said(&folder, &["run", story]));
    let args = ["explore", "slow.yaml", "--write", "out", "--call-time", "2s"];
    let slowly = refused(&said(&folder, &args));
    let story = "out/slow-client-gap-bounded.yaml";
    let played_slowly = refused(&said(&folder, &["run", story]));
    assert_snapshot!(format!("{found}{played}\n{slowly}{played_slowly}"));
}

/// What is written is played, and a file that doesn't come to the same end isn't said to.
#[test]
fn a_counterexample_that_a_run_contradicts_is_not_confirmed() {
    // The search knows nothing of permissions.
    let denied = TAKEN_OFF.replace(
        "check:",
        "callers: { lambda: { deny: [\"secretsmanager:PutSecretValue\"] } }\ncheck:",
    );
    let files = [("taken.yaml", TAKEN_OFF), ("denied.yaml", denied.as_str())];
    let folder = Folder::with("explore-write", &files);
    let lines = |told: &str| {
        let lines = told.lines().filter(|it| it.contains("written") || it.contains("status"));
        lines.map(|it| format!("{}\n", it.trim())).collect::<String>()
    };
    let confirmed = said(&folder, &["explore", "taken.yaml", "--write", "out"]);
    let differs = said(&folder, &["explore", "denied.yaml", "--write", "out"]);
    assert_snapshot!(format!("{}{}", lines(&confirmed), lines(&differs)));
    assert_snapshot!("written", folder.read("out/taken-current-works.yaml"));
    let told = said(&folder, &["explore", "denied.yaml", "--write", "out", "--format", "json"]);
    assert!(told.contains("\"confirmed\": false"), "{told}");
    assert!(said(&folder, &["run", "out/taken-current-works.yaml"]).contains("1 passed"));
}
