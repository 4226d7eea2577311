//! Drills of functions that this test binary plays itself: sound ones, and one for each way to be wrong.
//!
//! The target is a folder with a file for each user: the password, and the privileges in a second line.

mod function;
mod options;
mod shapes;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};

/// How many drills there were: each has a target of its own.
static DRILLS: AtomicU32 = AtomicU32::new(0);

/// A target of its own: a folder, which is gone with it.
struct Target(PathBuf);

impl Target {
    fn new() -> Self {
        let target = std::env::temp_dir().join(format!(
            "stagewright-drill-{}-{}",
            std::process::id(),
            DRILLS.fetch_add(1, Ordering::Relaxed)
        ));
        fs::create_dir_all(&target).unwrap();
        Self(target)
    }

    /// The command that drills a behavior.
    fn command(&self, behavior: &str, arguments: &[&str]) -> Command {
        let folder = self.0.display();
        let mut command = Command::new(env!("CARGO_BIN_EXE_stagewright"));
        command.arg("drill");
        if behavior == "has no target" {
            command.args(["--secret", r#"db/app={"username":"app","password":"first"}"#]);
        } else if behavior.starts_with("tokens") {
            command.args(["--secret", r#"db/app={"token":"first"}"#, "--strategy", "tokens"]);
            command.arg(format!("--probe=test -e '{folder}'/\"$SECRET_TOKEN\""));
            command.arg(format!("--tokens=ls '{folder}'"));
            let (listen, at) = (free_place(), shapes::serve_tokens(&self.0));
            command.args([format!("--target={listen}={at}"), format!("--env=TOKENS={listen}")]);
            command.arg(format!("--reset=rm -f '{folder}'/*; touch '{folder}'/first"));
        } else {
            let strategy = if behavior.starts_with("alternates") {
                "alternating-users"
            } else {
                "single-user"
            };
            command.args(["--secret", r#"db/app={"username":"app","password":"first"}"#]);
            command.args(["--strategy", strategy]);
            command.arg(format!(
                "--probe=f='{folder}'/$SECRET_USERNAME; test \"$(head -n 1 \"$f\")\" = \"$SECRET_PASSWORD\" && tail -n +2 \"$f\""
            ));
            command.arg(format!(
                "--reset=rm -f '{folder}'/*; printf 'first\\nreads and writes\\n' > '{folder}'/app"
            ));
        }
        command.arg(format!("--env=TARGET={folder}")).arg(format!("--env=BEHAVIOR={behavior}"));
        command.args(arguments).arg("--").arg(std::env::current_exe().unwrap());
        command.args(["--exact", "drill::function::as_a_function", "--nocapture"]);
        command
    }

    /// Drills a behavior, runs the lines again that are printed, each of which ends in the same way, and gives the cells
    /// that end badly.
    fn found(&self, behavior: &str, arguments: &[&str]) -> Vec<String> {
        let arguments = [arguments, &["--format", "json"]].concat();
        let drilled = json_of(&self.command(behavior, &arguments).output().unwrap());
        for run in drilled["runs"].as_array().unwrap() {
            let Some(line) = run["replay"].as_str() else { continue };
            let bin = Path::new(env!("CARGO_BIN_EXE_stagewright")).parent().unwrap();
            let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
            let line = line.replacen(" drill ", " drill --format json ", 1);
            let again = Command::new("sh").args(["-c", &line]).env("PATH", path).output().unwrap();
            let one = json!({ "runs": [run] });
            assert_eq!(bad(&json_of(&again)), bad(&one), "{line}");
            assert_eq!(again.status.code(), Some(1), "{line}");
        }
        bad(&drilled)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Where nobody listens yet.
fn free_place() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Drills a behavior, and gives how that ended.
fn drill(behavior: &str, arguments: &[&str]) -> Output {
    Target::new().command(behavior, arguments).output().unwrap()
}

/// The cells of a behavior that end badly, now and when the lines are run that are printed for them.
fn found(behavior: &str, arguments: &[&str]) -> Vec<String> {
    Target::new().found(behavior, arguments)
}

fn json_of(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// The cells that end badly, each with the properties that don't hold.
fn bad(drilled: &Value) -> Vec<String> {
    let runs = drilled["runs"].as_array().unwrap();
    let bad = runs.iter().filter(|run| !run["violations"].as_array().unwrap().is_empty());
    bad.map(|run| {
        let violations = run["violations"].as_array().unwrap().iter();
        let ids: Vec<_> = violations.map(|it| it["property"].as_str().unwrap()).collect();
        let part = |member: &str| run[member].as_str().unwrap().to_owned();
        format!("{}:{}:{} {}", part("step"), part("call"), part("fault"), ids.join(" "))
    })
    .collect()
}

/// Some of what a sound function stands: each kind costs a run a call.
const SOUND: [&str; 8] = [
    "--fault",
    "killed-after",
    "--fault",
    "lost-reply",
    "--fault",
    "doubled",
    "--fault",
    "overlapped",
];

#[test]
fn a_sound_function_is_clean_and_the_matrix_is_the_same_again() {
    let first = drill("is sound", &SOUND);
    let text = String::from_utf8(first.stdout).unwrap();
    insta::assert_snapshot!("drill_sound", text);
    assert_eq!(first.status.code(), Some(0));
    let again = drill("is sound", &SOUND);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), text);
}

#[test]
fn a_function_that_needs_the_old_password_is_stuck_after_the_change() {
    let bad = found("logs in first", &["--fault", "killed-before", "--fault", "lost-reply"]);
    // From the first call after the change on, until the promotion is through.
    let places = ["setSecret:GetSecretValue", "testSecret:", "finishSecret:"];
    let after = |cell: &String| places.iter().any(|place| cell.starts_with(place));
    assert!(bad.iter().all(after), "{bad:#?}");
    assert!(bad.iter().all(|cell| cell.contains("rotation-recovers")), "{bad:#?}");
    assert!(bad.iter().any(|cell| cell.contains("current-works")), "{bad:#?}");
    insta::assert_snapshot!("drill_logs_in_first", bad.join("\n"));
}

#[test]
fn two_invocations_take_turns_and_a_sound_function_is_clean() {
    let arguments = ["--fault", "interleaved", "--interleavings", "100"];
    let first = drill("is sound", &arguments);
    let text = String::from_utf8(first.stdout).unwrap();
    insta::assert_snapshot!("drill_interleaved", text);
    assert_eq!(first.status.code(), Some(0));
    // With fewer runs than it takes, each step has its share, and it is told what is covered.
    let some = drill("is sound", &["--fault", "interleaved", "--interleavings", "16"]);
    let text = String::from_utf8(some.stdout).unwrap();
    assert!(text.contains("16 of 30 schedules with at most 2 preemptions; all 11 with"), "{text}");
    assert_eq!(some.status.code(), Some(3));
}

#[test]
fn a_race_is_found_in_the_interleavings_that_have_it() {
    let once = ["--fault", "interleaved", "--interleavings", "100", "--preemptions", "1"];
    let found = drill("revokes what is current", &once);
    let text = String::from_utf8(found.stdout).unwrap();
    let (replay, told): (Vec<_>, Vec<_>) =
        text.lines().partition(|line| line.starts_with("  replay: stagewright drill --secret"));
    insta::assert_snapshot!("drill_race", told.join("\n"));
    assert!(replay[0].contains(" --only finishSecret:1:interleaved -- "), "{replay:?}");
    assert!(!replay[0].contains("--interleavings"), "{replay:?}");
    assert_eq!(found.status.code(), Some(1));
    // The line that is printed shows it again, and only it.
    let arguments = ["--only", "finishSecret:1:interleaved", "--format", "json"];
    let again = json_of(&drill("revokes what is current", &arguments));
    assert_eq!(bad(&again), ["finishSecret:1:interleaved current-works"]);
    let invoked_twice = drill("revokes what is current", &["--fault", "doubled"]);
    assert_eq!(invoked_twice.status.code(), Some(0));
}

#[test]
fn a_race_that_takes_two_preemptions_is_found_with_two() {
    let copy = ["--secret", "copy=none", "--fault", "interleaved", "--interleavings", "200"];
    let once = drill("keeps a copy", &[&copy[..], &["--preemptions", "1"]].concat());
    assert_eq!(once.status.code(), Some(0), "{}", String::from_utf8_lossy(&once.stdout));
    let folder = std::env::temp_dir().join(format!("stagewright-drill-{}-i", std::process::id()));
    let write = format!("--write={}", folder.display());
    let drilled =
        json_of(&drill("keeps a copy", &[&copy[..], &["--format=json", &write]].concat()));
    let bad = bad(&drilled);
    assert_eq!(bad.len(), 2, "{bad:#?}");
    // Both have put their copy, and one or both know that nothing is pending.
    assert!(bad[0].starts_with("createSecret:4+5:interleaved stored-before-used"), "{bad:#?}");
    assert!(bad[1].starts_with("createSecret:5+5:interleaved stored-before-used"), "{bad:#?}");
    assert_eq!(drilled["interleavings"]["covered_preemptions"], 2);
    let mut played = Command::new(env!("CARGO_BIN_EXE_stagewright"));
    let output = played.arg("run").arg(&folder).output().unwrap();
    let written = fs::read_to_string(folder.join("createSecret-5+5-interleaved.yaml")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(written.contains("the second of two invocations"), "{written}");
}

/// A target with one lock: `lock` is answered when nobody else has it.
fn locks() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let state = Arc::new((Mutex::new(false), Condvar::new()));
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, state) = (client.unwrap(), Arc::clone(&state));
            std::thread::spawn(move || {
                let (is_taken, freed) = &*state;
                let mut line = [0; 16];
                while let Ok(size @ 1..) = client.read(&mut line) {
                    let takes = line[..size].starts_with(b"lock");
                    let held = is_taken.lock().unwrap();
                    *freed.wait_while(held, |held| takes && *held).unwrap() = takes;
                    freed.notify_one();
                    client.write_all(b"ok\n").unwrap();
                }
            });
        }
    });
    address
}

#[test]
fn an_invocation_that_waits_for_a_lock_of_the_other_one_lets_it_go_on() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let arguments = [
        &format!("--target={free}={}", locks()),
        &format!("--env=LOCKS={free}"),
        // Between lock and unlock; and the second one, in whose turn the first one has its answer, makes a call more.
        "--only=setSecret:2:interleaved",
        "--only=setSecret:3+1:interleaved",
        "--only=setSecret:2+4:interleaved",
        "--format=json",
    ];
    let first = drill("locks", &arguments);
    let drilled = json_of(&first);
    assert_eq!(bad(&drilled), Vec::<String>::new());
    let runs = drilled["runs"].as_array().unwrap().iter();
    let waits = runs.map(|run| format!("{} {} {}", run["call"], run["ended"], run["waits"]));
    insta::assert_snapshot!("drill_waits", waits.collect::<Vec<_>>().join("\n"));
    assert_eq!(drill("locks", &arguments).stdout, first.stdout);
}

#[test]
fn invocations_that_hang_when_they_meet_are_a_finding() {
    let arguments = ["--only=setSecret:1:interleaved", "--function-timeout=2s", "--format=json"];
    let drilled = json_of(&drill("hangs in company", &arguments));
    assert_eq!(bad(&drilled), ["setSecret:1:interleaved rotation-recovers"]);
    let run = &drilled["runs"][0];
    assert_eq!(run["ended"], "hung");
    // The first one was held while the second one hung, and has all of its time afterwards.
    assert_eq!(run["raised"], "Task timed out after 2.00 seconds");
}

#[test]
fn a_clone_without_its_grants_is_found_where_it_is_made() {
    let arguments = ["--fault", "killed-after", "--fault", "error-before", "--format", "json"];
    let drilled = json_of(&drill("alternates", &arguments));
    let bad = bad(&drilled);
    assert!(!bad.is_empty());
    assert!(bad.iter().all(|cell| cell.ends_with(" same-privileges")), "{bad:#?}");
    assert!(bad.iter().all(|cell| cell.starts_with("setSecret:GetSecretValue#2:")), "{bad:#?}");
    // While the first one stands between both, a retry takes the clone to be complete.
    let straggler = ["--fault", "straggler", "--format", "json"];
    assert_eq!(
        self::bad(&json_of(&drill("alternates", &straggler))),
        ["setSecret:GetSecretValue#2:straggler same-privileges"]
    );
    let arguments = [&arguments[..], &straggler[..2]].concat();
    let sound = json_of(&drill("alternates soundly", &arguments));
    assert_eq!(self::bad(&sound), Vec::<String>::new());
    // The line that is printed shows it again.
    let again = drill("alternates", &["--only", "setSecret:GetSecretValue#2:killed-after"]);
    assert_eq!(again.status.code(), Some(1));
    let text = String::from_utf8(again.stdout).unwrap();
    assert!(text.contains("same-privileges"), "{text}");
    assert!(text.contains("--only 'setSecret:GetSecretValue#2:killed-after'"), "{text}");
}

#[test]
fn people_and_overtaken_invocations_do_their_damage() {
    let arguments = ["--fault", "people", "--fault", "zombie", "--format", "json"];
    let drilled = json_of(&drill("is sound", &arguments));
    insta::assert_snapshot!("drill_people", bad(&drilled).join("\n"));
}

#[test]
fn a_finding_is_a_scenario_that_the_model_plays() {
    let folder = std::env::temp_dir().join(format!("stagewright-drill-{}-w", std::process::id()));
    let arguments = ["--fault", "people", "--fault", "zombie"];
    let write = format!("--write={}", folder.display());
    drill("is sound", &[&arguments[..], &[&write]].concat());
    let mut played = Command::new(env!("CARGO_BIN_EXE_stagewright"));
    let output = played.arg("run").arg(&folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let written = fs::read_to_string(folder.join("testSecret-DescribeSecret-pending-removed.yaml"));
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    insta::assert_snapshot!("drill_scenario", written.unwrap());
}

#[test]
fn a_function_that_misbehaves_is_a_finding() {
    for (behavior, told) in [
        ("hangs", "Task timed out after 0.50 seconds"),
        ("prints garbage", "Runtime.Unknown"),
        ("exits", "Runtime.ExitError: Runtime exited with error: exit status: 3"),
        // It takes a while until it has as many as it gets, or waits for the next one in vain.
        ("floods", "rotation-recovers: "),
        ("sets before it stores", "the target accepts no credential that is stored"),
    ] {
        let limit = if behavior == "hangs" { "500ms" } else { "5s" };
        let arguments = &["--fault", "killed-before", "--function-timeout", limit];
        let output = drill(behavior, arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(told), "{behavior}: {text}");
        if behavior == "sets before it stores" {
            // Killed between, the new password is nowhere, and the old one is refused.
            assert!(text.contains("stored-before-used at 1 place"), "{text}");
            assert!(text.contains("--only createSecret:PutSecretValue:killed-before"), "{text}");
        }
        assert_eq!(output.status.code(), Some(1), "{behavior}: {text}");
    }
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    for (arguments, told) in [
        (
            &["--only", "createSecret:DeleteSecret:zombie"][..],
            "`--only createSecret:DeleteSecret:zombie`: a rotation without faults makes no such call; zombie can happen in \
             createSecret to DescribeSecret, GetSecretValue, GetSecretValue#2, GetRandomPassword, PutSecretValue",
        ),
        (
            &["--only", "setSecret:GetSecretValue:doubled"],
            "a step is doubled as a whole: `--only 'setSecret:*:doubled'`",
        ),
        (&["--only", "setSecret:*:zombie"], "`*` is for `doubled` alone; zombie can happen in"),
        (&["--jobs", "2", "--target", "0=127.0.0.1:1"], "`--jobs` with `--target`"),
        (&["--tokens", "exit 9"], "`--tokens` ends with exit status: 9"),
        (&["--only", "createSecret"], "is not STEP:CALL:FAULT"),
        (&["--only", "setSecret:1-2:interleaved"], "`1-2` doesn't tell when two invocations"),
        (&["--fault", "interleaved"], "`--fault interleaved` takes `--interleavings COUNT`"),
        (&["--preemptions", "3"], "--interleavings <COUNT>"),
        (&["--fault", "floods"], "`--fault floods`: there are calls, overlaps, people, all"),
        (&["--probe", "no-such-program"], "the probe can't tell whether a credential is accepted"),
        (&["--reset", "exit 9"], "`--reset` ends with exit status: 9"),
        (&["--secret", "nothing"], "`--secret nothing`: give NAME=VALUE or NAME=@FILE"),
    ] {
        let output = drill("is sound", arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(told), "{arguments:?}: {text}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
