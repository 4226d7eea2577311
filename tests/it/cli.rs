//! The command as its users meet it: what it prints where, how it ends, what it writes.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: runs the command in folders of its own"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The binary that is tested.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_stagewright");

/// A scenario that passes; its values contain the word `sentinel`.
pub(crate) const GOOD: &str = "scenario: AWSPREVIOUS follows AWSCURRENT
about: Moving AWSCURRENT by hand, the way finishSecret does it.
tags: [labels]
secret: db/app
steps:
  - call: CreateSecret
    with: { SecretString: sentinel-one }
    as: v1
  - call: PutSecretValue
    with: { SecretString: sentinel-two, VersionStages: [AWSPENDING] }
    as: v2
    labels: { AWSCURRENT: v1, AWSPENDING: v2 }
  - call: UpdateSecretVersionStage
    with: { VersionStage: AWSCURRENT, MoveToVersionId: v2 }
    fails: InvalidParameterException
    note: the source has to be named
  - call: UpdateSecretVersionStage
    with: { VersionStage: AWSCURRENT, MoveToVersionId: v2, RemoveFromVersionId: v1 }
    labels: { AWSCURRENT: v2, AWSPREVIOUS: v1, AWSPENDING: v2 }
  - call: GetSecretValue
    returns: { SecretString: sentinel-two }
";

/// A scenario that fails in every way that an expectation can.
pub(crate) const BAD: &str = "scenario: nothing is as stated
secret: db/app
steps:
  - call: CreateSecret
    with: { SecretString: { user: app, password: sentinel } }
    as: v1
    labels: { AWSPENDING: v1 }
  - call: GetSecretValue
    by: lambda
    returns: { SecretString: { user: app, password: sentinel-too }, VersionStages: [AWSPENDING], Name: other }
  - call: GetSecretValue
    answers: exact
    returns: { Name: db/app, \"...\": <unrecorded>, SecretString: { user: app } }
  - call: PutSecretValue
    with: { SecretString: two }
    fails: ResourceExistsException
  - call: GetSecretValue
    with: { SecretId: nothing }
  - call: GetSecretValue
    with: { SecretId: nothing }
    fails: { code: InvalidRequestException }
  - call: GetSecretValue
    with: { SecretId: nothing }
    fails: { message: no, status: 500 }
breaks: [current-exists]
";

/// A scenario with two mistakes.
pub(crate) const MISTAKEN: &str = "scenario: mistakes\nsecret: db/app\nstpes: []\nseed: x\n";

/// Runs a command and presses Ctrl-C after a while.
#[cfg(unix)]
pub(crate) fn interrupted(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    child.wait_with_output().unwrap()
}

/// A folder of its own for one test, where the command runs.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        if path.exists() {
            fs::remove_dir_all(&path).unwrap();
        }
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A folder with some files.
    pub(crate) fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = Self::new(name);
        for (file, text) in files {
            folder.write(file, text);
        }
        folder
    }

    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn has(&self, file: &str) -> bool {
        self.0.join(file).exists()
    }

    /// A command in this folder that no setting of the terminal reaches.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.0).stdin(Stdio::null());
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_BACKTRACE"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the command and presses Ctrl-C after a while.
    #[cfg(unix)]
    pub(crate) fn interrupted(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(BINARY);
        command.args(arguments);
        interrupted(command)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(BINARY).args(arguments).output().unwrap()
    }

    /// Runs a line of a shell that finds the binary under its name.
    fn shell(&self, line: &str) -> Output {
        let bin = Path::new(BINARY).parent().unwrap().display().to_string();
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
        self.command("sh").args(["-c", line]).env("PATH", path).output().unwrap()
    }

    /// Runs the command with answers on its input.
    fn answer(&self, arguments: &[&str], answers: &str) -> Output {
        let mut command = self.command(BINARY);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The whole of some runs in one text.
    pub(crate) fn told(&self, runs: &[&[&str]]) -> String {
        runs.iter().map(|arguments| told(arguments, &self.run(arguments))).collect()
    }
}

/// What a run prints on both streams and how it ends, in one text.
pub(crate) fn told(arguments: &[&str], output: &Output) -> String {
    let mut text = format!("$ stagewright {}\n{}", arguments.join(" "), stdout(output));
    let errors = stderr(output);
    if !errors.is_empty() {
        let _ = write!(text, "--- stderr\n{errors}");
    }
    let _ = writeln!(text, "--- exit status {}\n", status(output));
    text
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

macro_rules! check {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!($name, $text);
        });
    };
}

#[test]
fn help() {
    let folder = Folder::new("help");
    let text =
        folder.told(&[&["--help"], &["run", "--help"], &["rules", "--help"], &["--version"]]);
    // The parser of the command line pads some empty lines.
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    check!("help", lines.join("\n"));
}

/// Arguments that make no sense end with status 2, say what would, and print nothing on stdout.
#[test]
fn usage() {
    let folder = Folder::with("usage", &[("a.yaml", GOOD)]);
    let text = folder.told(&[
        &[],
        &["frun"],
        &["run"],
        &["run", "--filtre", "x", "a.yaml"],
        &["run", "--format", "jsn", "a.yaml"],
        &["run", "--update", "--review", "a.yaml"],
        &["run", "--assume", "first-version", "a.yaml"],
        &["run", "--assume", "frist-version=only-given", "a.yaml"],
        &["run", "--assume", "first-version=maybe", "a.yaml"],
        &["run", "--assume", "weather=fine", "a.yaml"],
        &["run", "--assume", "frist-version", "a.yaml"],
        &["run", "--assume", "weather", "a.yaml"],
    ]);
    assert_eq!(text.matches("--- exit status 2").count(), 12, "{text}");
    check!("usage", text);
}

#[test]
fn a_scenario_that_passes() {
    let folder = Folder::with("passes", &[("good.yaml", GOOD)]);
    check!("passes", folder.told(&[&["run", "good.yaml"], &["run", "-q", "good.yaml"]]));
}

/// A rotation that doesn't come to rest in time leaves the answer incomplete: status 3, and no property at rest counts as
/// held, or as not broken.
#[test]
fn a_settle_that_gives_up() {
    let stuck = "scenario: stuck\nsecret: a\nfunction: { createSecret: fails }\nbreaks: [pending-cleared]\nsteps:\n  \
                 - { call: CreateSecret, with: { SecretString: one }, as: v1 }\n  - { rotate: {}, as: v2 }\n  \
                 - settle: { at-most: 2m 30s }\n    labels: { AWSCURRENT: v1, AWSPENDING: v2 }\n";
    let wrong = stuck.replace("AWSCURRENT: v1, AWSPENDING: v2", "AWSCURRENT: v2, AWSPENDING: v2");
    let folder = Folder::with("gives-up", &[("stuck.yaml", stuck), ("wrong.yaml", &wrong)]);
    let text = folder.told(&[
        &["run", "stuck.yaml"],
        &["run", "--all-assumptions", "stuck.yaml"],
        &["run", "--format", "junit", "stuck.yaml"],
        &["run", "-q", "."],
    ]);
    check!("gives-up", text);
    let output = folder.run(&["run", "--format", "json", "stuck.yaml"]);
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(status(&output), 3);
    assert_eq!(value["summary"]["incomplete"], 1);
    assert_eq!(value["summary"]["passed"], 0);
    let scenario = &value["scenarios"][0];
    assert_eq!(scenario["passed"], false);
    assert_eq!(scenario["incomplete"], true);
    assert_eq!(scenario["unjudged"], serde_json::json!(["pending-cleared", "no-empty-version"]));
}

/// Each difference is told with its place in the file; the values are not.
#[test]
fn a_scenario_that_fails() {
    let folder = Folder::with("fails", &[("bad.yaml", BAD), ("good.yaml", GOOD)]);
    let text = folder.told(&[&["run", "bad.yaml"], &["run", "-q", "."]]);
    check!("fails", text);
}

/// The line at the end of a failure is run as it stands, and gives the same failure: also with options, and for a file
/// whose name a shell would take apart.
#[test]
fn the_replay_line_repeats_a_failure() {
    let assumed = "scenario: the first version\nsecret: a\nsteps:\n  - call: CreateSecret\n  - call: PutSecretValue\n    \
                   with: { SecretString: x, VersionStages: [one] }\n    as: v\n    labels: { AWSCURRENT: v, one: v }\n";
    let folder = Folder::with(
        "replay",
        &[
            ("bad.yaml", BAD),
            ("it's (a) $file.yaml", BAD),
            ("-v.yaml", BAD),
            ("assumed.yaml", assumed),
        ],
    );
    folder.write("missing.yaml", GOOD);
    let only_given = ["run", "--assume", "first-version=only-given", "assumed.yaml"];
    for (arguments, replay) in [
        (&["run", "bad.yaml"][..], "stagewright run bad.yaml"),
        (&["run", "it's (a) $file.yaml"], r"stagewright run 'it'\''s (a) $file.yaml'"),
        (&["run", "./-v.yaml"], "stagewright run -- -v.yaml"),
        (&only_given, "stagewright run --assume first-version=only-given assumed.yaml"),
        (
            &["run", "--require-snapshots", "missing.yaml"],
            "stagewright run --require-snapshots missing.yaml",
        ),
    ] {
        let first = folder.run(arguments);
        assert_eq!(status(&first), 1, "{}", stdout(&first));
        let text = stdout(&first);
        let line = text.lines().find_map(|line| line.trim().strip_prefix("replay: ")).unwrap();
        assert_eq!(line, replay);
        let again = folder.shell(line);
        assert_eq!(told(&[], &again), told(&[], &first));
    }
    // Without the assumption there is nothing to repeat.
    assert_eq!(status(&folder.run(&["run", "assumed.yaml"])), 0);
}

/// Mistakes are told on stderr with status 2, and keep no other file from being played.
#[test]
fn files_with_mistakes() {
    let folder = Folder::with("mistakes", &[("a.yaml", MISTAKEN), ("good.yaml", GOOD)]);
    folder.write("b.yaml", b"scenario: caf\xe9\n");
    check!("mistakes", folder.told(&[&["run", "-q", "."]]));
}

/// The first key says what a file is: programs are passed over, and what is none of the kinds is a mistake.
#[test]
fn kinds_of_files() {
    let program = "# how it reacts\nprogram: a rotation function\nsetSecret: [return]\n";
    let folder = Folder::with(
        "kinds",
        &[
            ("program.yaml", program),
            ("good.yaml", GOOD),
            ("notes.txt", "not looked at"),
            (".hidden.yaml", MISTAKEN),
            ("wrong.yaml", "program: a rotation function\nsteps: what it does\n"),
            ("progam.yml", &program.replace("program:", "progam:")),
            ("later.yaml", "about: x\nscenario: y\nsteps:\n  - wait: 1s\n"),
            ("empty.yaml", ""),
        ],
    );
    check!("kinds", folder.told(&[&["run", "program.yaml"], &["run", "-q", "."]]));
}

/// A scenario names a program beside it, which is there, has a mistake, or is missing.
#[test]
fn programs_beside_scenarios() {
    let scenario = |name: &str| {
        format!(
            "scenario: a program beside it\nsecret: db\nfunction: {name}\nsteps:\n  - call: CreateSecret\n    \
             with: {{ SecretString: one }}\n  - rotate: {{}}\n"
        )
    };
    let folder = Folder::with(
        "programs",
        &[
            ("programs/good.yaml", "program: does nothing\n"),
            ("programs/bad.yaml", "program: x\nsetSecret:\n  - { call: ListSecrets }\n"),
            ("good.yaml", &scenario("programs/good.yaml")),
            ("bad.yaml", &scenario("programs/bad.yaml")),
            ("missing.yaml", &scenario("programs/none.yaml")),
            ("builtin.yaml", &scenario("builtin:postgres-single-user")),
            ("target.yaml", &scenario("builtin:postgresql-single-user")),
        ],
    );
    check!("programs", folder.told(&[&["run", "-q", "."]]));
}

#[test]
fn paths_that_are_not_there() {
    let folder = Folder::with("nowhere", &[("good.yaml", GOOD), ("folder/notes.txt", "")]);
    folder.write("good.snap", b"\xff");
    let text = folder.told(&[
        &["run", "none.yaml"],
        &["run", "good.yaml", "none"],
        &["run", "folder"],
        &["run", "good.yaml"],
    ]);
    check!("nowhere", text);
}

/// A filter looks at titles, tags and paths, in either case.
#[test]
fn filters() {
    let other = "scenario: Something else\nsteps:\n  - wait: 1s\n";
    let folder = Folder::with("filters", &[("good.yaml", GOOD), ("sub/other.yaml", other)]);
    let played = |filter: &str| {
        let output = folder.run(&["run", ".", "--filter", filter]);
        let text = stdout(&output);
        let titles: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("✓ ")).collect();
        (titles.join("; "), status(&output))
    };
    let good = "AWSPREVIOUS follows AWSCURRENT  good.yaml";
    let other = "Something else  sub/other.yaml";
    assert_eq!(played("awsprevious"), (good.to_owned(), 0));
    assert_eq!(played("LABELS"), (good.to_owned(), 0));
    assert_eq!(played("sub"), (other.to_owned(), 0));
    assert_eq!(played("o"), (format!("{good}; {other}"), 0));
    check!("filters", folder.told(&[&["run", ".", "--filter", "weather"]]));
}

/// The verdict over all combinations, two runs side by side, and the line that plays the other one.
#[test]
fn what_a_scenario_depends_on() {
    let depends = "scenario: The first version\nsecret: a\nsteps:\n  - call: CreateSecret\n  - call: PutSecretValue\n    \
                   with: { SecretString: x, VersionStages: [one] }\n    as: v\n    labels: { AWSCURRENT: v, one: v }\n";
    let folder = Folder::with("depends", &[("depends.yaml", depends), ("good.yaml", GOOD)]);
    let text = folder.told(&[
        &["run", "--all-assumptions", "."],
        &["run", "--all-assumptions", "-q", "good.yaml"],
        &["run", "--all-assumptions", "--format", "json", "."],
        &["run", "--all-assumptions", "--assume", "first-version=only-given", "depends.yaml"],
    ]);
    check!("all-assumptions", text);
}

/// The machine-readable form, whole for a small scenario.
#[test]
fn json() {
    let small = "scenario: small\nsecret: a\nsteps:\n  - call: CreateSecret\n    with: { SecretString: sentinel }\n    \
                 as: v1\n  - call: GetSecretValue\n    with: { VersionStage: none }\n    by: lambda\n  - wait: 1d\n";
    let folder = Folder::with("json", &[("small.yaml", small), ("mistakes.yaml", MISTAKEN)]);
    check!("json", folder.told(&[&["run", ".", "--format", "json"]]));
}

/// What the machine-readable form says of a longer run, and that it is one JSON value on stdout, whatever happens.
#[test]
fn json_tells_the_whole_trace() {
    let folder = Folder::with("trace", &[("good.yaml", GOOD), ("bad.yaml", BAD)]);
    let output = folder.run(&["run", ".", "--format", "json", "-q"]);
    assert_eq!((status(&output), stderr(&output).as_str()), (1, ""));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["schema_version"], 1);
    assert_eq!(told["summary"]["passed"], 1);
    assert_eq!(told["summary"]["failed"], 1);
    let [bad, good] = told["scenarios"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&bad["path"], &bad["passed"]), (&"bad.yaml".into(), &false.into()));
    assert_eq!(bad["not_broken"][0], "current-exists");
    assert_eq!((&good["path"], &good["passed"]), (&"good.yaml".into(), &true.into()));
    let calls: Vec<_> =
        good["trace"].as_array().unwrap().iter().map(|step| &step["call"]).collect();
    let expected =
        ["CreateSecret", "PutSecretValue", "UpdateSecretVersionStage", "UpdateSecretVersionStage"];
    assert_eq!(calls[..4], expected);
    assert_eq!(good["trace"][2]["fails"]["code"], "InvalidParameterException");
    assert_eq!(good["trace"][3]["moves"][1]["label"], "AWSPREVIOUS");
    assert_eq!(good["trace"][3]["moves"][1]["rule"], "USVS-5");

    // A missing snapshot that is required fails the scenario in every form.
    let output = folder.run(&["run", "good.yaml", "--format", "json", "--require-snapshots"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(status(&output), 1);
    assert_eq!(told["scenarios"][0]["passed"], false);
    assert_eq!(told["scenarios"][0]["snapshot"], "missing");
}

/// `--cloudtrail` writes the records of all scenarios beside the answer, without values; files with mistakes have none.
#[test]
fn cloudtrail() {
    let files = [("b.yaml", GOOD), ("a.yaml", BAD), ("mistakes.yaml", MISTAKEN)];
    let folder = Folder::with("cloudtrail", &files);
    let plain = folder.run(&["run", "."]);
    let output = folder.run(&["run", ".", "--cloudtrail", "log.json"]);
    assert_eq!(told(&[], &output), told(&[], &plain));
    let log = folder.read("log.json");
    let file: Value = serde_json::from_str(&log).unwrap();
    let records = file["Records"].as_array().unwrap();
    let names: Vec<_> = records.iter().filter_map(|record| record["eventName"].as_str()).collect();
    let (first, second) = names.split_at(7);
    assert_eq!(first[..3], ["CreateSecret", "GetSecretValue", "GetSecretValue"]);
    assert_eq!(second[..2], ["CreateSecret", "PutSecretValue"]);
    let again =
        folder.run(&["run", "b.yaml", "a.yaml", "--show-values", "--cloudtrail", "log2.json"]);
    assert_eq!(status(&again), 1);
    assert_eq!(folder.read("log2.json"), log);
    assert!(!log.contains("sentinel"));

    // With `-` the records have stdout for themselves, so that they can be piped.
    let output = folder.run(&["run", ".", "--cloudtrail", "-"]);
    assert_eq!((status(&output), stdout(&output)), (status(&plain), log));
    assert!(stderr(&output).contains(&stdout(&plain).lines().last().unwrap().to_owned()));
    let output = folder.run(&["run", "b.yaml", "--cloudtrail", "-", "--format", "json"]);
    assert_eq!((status(&output), stdout(&output).as_str()), (2, ""));
    assert!(stderr(&output).starts_with("error: `--cloudtrail -` and `--format` both ask for"));
    assert!(!folder.0.join("-").exists());
    assert_eq!(status(&folder.run(&["run", "b.yaml", "--cloudtrail", "./-"])), 0);
    assert!(folder.read("-").starts_with('{'));

    let output = folder.run(&["run", "b.yaml", "--cloudtrail", "no/log.json"]);
    assert_eq!((status(&output), stdout(&output).as_str()), (4, ""));
    assert!(stderr(&output).starts_with("error: failed to write `no/log.json`: "));
}

#[test]
fn junit() {
    let files = [("good.yaml", GOOD), ("bad.yaml", BAD), ("mistakes.yaml", MISTAKEN)];
    let folder = Folder::with("junit", &files);
    check!("junit", folder.told(&[&["run", ".", "--format", "junit"]]));
}

/// A snapshot from the first `--update` to a change of the scenario and the second.
#[test]
fn the_life_of_a_snapshot() {
    let folder = Folder::with("snapshots", &[("good.yaml", GOOD)]);
    let mut text =
        folder.told(&[&["run", "-q", "good.yaml"], &["run", "-q", "--update", "good.yaml"]]);
    let stored = folder.read("good.snap");
    let _ = writeln!(text, "good.snap:\n{stored}");
    text += &folder.told(&[&["run", "-q", "good.yaml"], &["run", "-q", "--update", "good.yaml"]]);
    assert_eq!(folder.read("good.snap"), stored);
    folder.write(
        "good.yaml",
        GOOD.replace("[AWSPENDING]", "[AWSPENDING, blue]")
            .replace("AWSPENDING: v2 }", "AWSPENDING: v2, blue: v2 }"),
    );
    text += &folder.told(&[&["run", "-q", "good.yaml"], &["run", "-q", "--update", "good.yaml"]]);
    text += &folder.told(&[&["run", "-q", "good.yaml"]]);
    check!("snapshots", text);
}

/// `--review` asks about each snapshot on stderr, and stores what is accepted and nothing else.
#[test]
fn review() {
    let second = GOOD.replace("AWSPREVIOUS follows", "Second, AWSPREVIOUS follows");
    let files = [("a.yaml", GOOD), ("b.yaml", &second), ("c.yaml", GOOD), ("d.yaml", GOOD)];
    let folder = Folder::with("review", &files);
    let arguments = ["run", "-q", "--review", "."];
    let stored = || ["a.snap", "b.snap", "c.snap", "d.snap"].map(|file| folder.has(file));

    let output = folder.answer(&arguments, "s\nwhat?\na\nq\n");
    assert_eq!((status(&output), stored()), (0, [false, true, false, false]));
    assert_eq!(stderr(&output).matches("accept (a), skip (s) or quit (q)?").count(), 4);
    let mut text = told(&arguments, &output);

    // The end of the input is the end of the answers.
    let output = folder.answer(&arguments, "a\n");
    assert_eq!((status(&output), stored()), (0, [true, true, false, false]));

    // What differs and is not accepted remains a failure.
    folder.write("b.snap", folder.read("b.snap").replace("v1 CS-1", "v1 CS-2"));
    let output = folder.answer(&["run", "-q", "--review", "b.yaml"], "s\n");
    assert_eq!(status(&output), 1);
    text += &told(&["run", "-q", "--review", "b.yaml"], &output);
    let output = folder.answer(&["run", "-q", "--review", "b.yaml"], "a\n");
    assert_eq!(status(&output), 0);
    assert_eq!(status(&folder.run(&["run", "-q", "b.yaml"])), 0);

    // The answer on stdout stays one value.
    let output = folder.answer(&["run", "--review", "--format", "json", "c.yaml"], "a\n");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["scenarios"][0]["snapshot"], "matches");
    assert_eq!(stored(), [true, true, true, false]);
    check!("review", text);
}

/// With `--require-snapshots`, a scenario without a snapshot fails and so does a snapshot without a scenario. Without
/// it, both are told in a line.
#[test]
fn snapshots_that_are_missing_or_left_over() {
    let folder = Folder::with("required", &[("good.yaml", GOOD), ("gone.snap", "left over")]);
    let mut text = folder.told(&[&["run", "-q", "."], &["run", "-q", "--require-snapshots", "."]]);
    assert_eq!(status(&folder.run(&["run", "--update", "."])), 0);
    text += &folder.told(&[&["run", "-q", "--require-snapshots", "."]]);
    fs::remove_file(folder.0.join("gone.snap")).unwrap();
    text += &folder.told(&[&["run", "-q", "--require-snapshots", "."]]);
    check!("required", text);
}

/// Color only where it is asked for or a terminal is; the words are the same.
#[test]
fn color() {
    let files = [("a.yaml", BAD), ("b.yaml", MISTAKEN), ("c.yaml", GOOD), ("c.snap", "other")];
    let folder = Folder::with("color", &files);
    let colored = |command: &mut Command, arguments: &[&str]| {
        let output = command.args(arguments).output().unwrap();
        [stdout(&output), stderr(&output)].map(|text| text.contains('\u{1b}'))
    };
    let command = || folder.command(BINARY);
    assert_eq!(colored(&mut command(), &["run", "."]), [false, false]);
    assert_eq!(colored(&mut command(), &["run", ".", "--color", "never"]), [false, false]);
    assert_eq!(colored(&mut command(), &["run", ".", "--color", "always"]), [true, true]);
    let forced = || {
        let mut command = command();
        command.env("CLICOLOR_FORCE", "1");
        command
    };
    assert_eq!(colored(&mut forced(), &["run", "."]), [true, true]);
    assert_eq!(colored(forced().env("NO_COLOR", "1"), &["run", "."]), [false, false]);
    assert_eq!(colored(&mut forced(), &["run", ".", "--color", "never"]), [false, false]);
    for format in ["json", "junit"] {
        let arguments = ["run", ".", "--color", "always", "--format", format];
        assert_eq!(colored(&mut command(), &arguments), [false, false], "{format}");
    }
    // The colors taken away, the text is that without color.
    let mut bare = stdout(&folder.run(&["run", ".", "--color", "always"]));
    while let Some((before, colored)) = bare.split_once('\u{1b}') {
        bare = format!("{before}{}", colored.split_once('m').unwrap().1);
    }
    assert_eq!(bare, stdout(&folder.run(&["run", "."])));
}

/// What a file says can't take over the terminal of who plays it, nor break the lines of the table.
#[test]
fn control_characters_are_written_out() {
    let text = "scenario: \"a\\nb\\e[31m\"\nabout: \"x\\e[1m\\ny\"\nsecret: a\nsteps:
  - call: CreateSecret
    by: \"me\\nyou\"
    with: { SecretString: one }
    note: \"n\\e[3m\"
    labels: { \"L\\n\\e[1m\": <any> }
  - call: GetSecretValue
    with: { VersionStage: \"x\\n\\e[2Jy\" }
    returns: { Name: \"\\e[2J\" }
  - call: PutSecretValue
    with: { SecretString: two, VersionStages: [\"1\\n\", \"2\\t\", \"3\\e\", \"4\\r\"] }
";
    let folder = Folder::with("control", &[("a.yaml", text)]);
    check!("control", folder.told(&[&["run", "a.yaml"]]));
    for format in ["text", "json", "junit"] {
        let output = folder.run(&["run", "a.yaml", "--format", format]);
        let is_bad = |letter: char| letter.is_control() && letter != '\n';
        assert!(!stdout(&output).contains(is_bad), "{format}");
    }
}

/// A reader that has seen enough is no error.
#[test]
fn a_closed_pipe() {
    let folder = Folder::new("pipe");
    for number in 0..300 {
        folder.write(&format!("{number}.yaml"), GOOD);
    }
    assert!(folder.run(&["run", "."]).stdout.len() > 200_000);
    for format in ["text", "json", "junit"] {
        let line =
            format!("{{ stagewright run . --format {format}; echo \"status $?\" >&2; }} | head -1");
        let output = folder.shell(&line);
        assert_eq!(stderr(&output), "status 0\n", "{format}");
        assert_eq!(stdout(&output).lines().count(), 1, "{format}");
    }
}

/// No form of the answer has a secret value in it, on either stream or in a snapshot, unless values are asked for.
#[test]
fn secret_values_are_shown_on_demand_alone() {
    let hidden = "scenario: values in odd places\nsecret: a\nsteps:
  - call: CreateSecret
    with: { SecretString: '[\"sentinel\"]' }
    fails: any
  - call: PutSecretValue
    with: { SecretBinary: c2VudGluZWw= }
  - call: GetSecretValue
    returns: { SecretBinary: eA== }
  - call: PutSecretValue
    with: { ClientRequestToken: ~, SecretString: sentinel, VersionStages: sentinel }
  - call: PutSecretValue
    with: { SecretString: sentinel, ClientRequestToken: <version:1> }
  - call: PutSecretValue
    with: { SecretString: sentinel-too, ClientRequestToken: <version:1> }
  - call: GetSecretValue
    returns: { SecretString: \"<version:2>\" }
  - call: GetRandomPassword
    with: { PasswordLength: 8, ExcludeCharacters: abc }
    returns: { RandomPassword: sentinel }
";
    let files = [("a.yaml", GOOD), ("b.yaml", BAD), ("c.yaml", hidden)];
    let folder = Folder::with("values", &files);
    let is_secret = |text: &str| text.contains("sentinel") || text.contains("c2VudGluZWw");
    for format in ["text", "json", "junit"] {
        for color in ["always", "never"] {
            let output = folder.run(&["run", ".", "--format", format, "--color", color]);
            assert_eq!(status(&output), 1);
            for text in [stdout(&output), stderr(&output)] {
                assert!(!is_secret(&text), "{format}: {text}");
            }
            let output = folder.run(&["run", ".", "--format", format, "--show-values"]);
            assert!(is_secret(&stdout(&output)), "{format}");
        }
    }
    // Snapshots are the same whether values are shown or not, and have none in them.
    assert_eq!(status(&folder.run(&["run", ".", "--update"])), 1);
    let snapshots = || ["a.snap", "b.snap", "c.snap"].map(|file| folder.read(file));
    let first = snapshots();
    assert!(!first.iter().any(|text| is_secret(text)), "{first:?}");
    let output = folder.run(&["run", ".", "--update", "--show-values"]);
    assert!(!stdout(&output).contains("written"));
    assert_eq!(snapshots(), first);
    let output = folder.run(&["run", ".", "--show-values"]);
    assert!(!stdout(&output).contains("snapshot"), "{}", stdout(&output));
    check!("values", folder.told(&[&["run", "--show-values", "b.yaml", "c.yaml"]]));
}

/// The same files give the same bytes: again, in any order of the arguments, and named twice.
#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = Folder::new("same");
    for number in 0..20 {
        folder.write(&format!("{}/{number}.yaml", number % 3), [GOOD, BAD, MISTAKEN][number % 3]);
    }
    for format in ["text", "json", "junit"] {
        let run = |paths: &[&str]| {
            let output = folder.run(&[&["run", "--format", format], paths].concat());
            (stdout(&output), stderr(&output), status(&output))
        };
        let first = run(&["0", "1", "2"]);
        assert_eq!(first.2, 2);
        for paths in [
            &["0", "1", "2"][..],
            &["2", "0", "1"],
            &["."],
            &["./2", "1/", "./0/."],
            &[".", "1", "2/2.yaml"],
        ] {
            assert_eq!(run(paths), first, "{paths:?}");
        }
    }
}

/// Editors get the schema as JSON.
#[test]
fn schema() {
    let output = Folder::new("schema").run(&["schema"]);
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema, stagewright::scenario::schema());
    assert_eq!((status(&output), stderr(&output).as_str()), (0, ""));
}
