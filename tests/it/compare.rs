//! `compare`: nothing differs from `serve`, and what is wrong with an endpoint is found, by rule.

mod model;
pub(crate) mod wrong;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use stagewright::api::OperationName;
use stagewright::assumption::TABLE;
use stagewright::compare::{Abilities, Pairing, Time, compare, question, unfit};
use stagewright::library;
use stagewright::report::{self, Asked, CaseCompared, CaseOutcome, ComparedAll, Paint, SCENARIOS};
use stagewright::scenario::Scenario;
use stagewright::world::Trace;

use crate::cli::{BINARY, interrupted};
use crate::files;
use crate::serve::client::Server;
use crate::serve::control::tempfile;

use model::Model;
use wrong::{Fate, Wrong};

/// The command; no credentials and no endpoint come from the environment.
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("compare").args(args).current_dir(files::root());
    for name in [
        "AWS_CA_BUNDLE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        "AWS_REGION",
        "AWS_PROFILE",
    ] {
        command.env_remove(name);
    }
    command.env("AWS_CONFIG_FILE", "/nowhere").env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    command
}

/// Runs it.
fn run(args: &[&str]) -> Output {
    command(args).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// A scenario in which an emulator puts a label on two versions: create, put, and one move that is refused.
const LABEL_ON_TWO: &str = "scenarios/emulators/m04-a-move-names-its-source.yaml";

/// Compares the server with the model; gives the answer as JSON, and the status.
fn json(address: &str, args: &[&str]) -> (Value, Option<i32>) {
    let url = format!("http://{address}");
    let output = run(&[&["--endpoint-url", &url, "--format", "json"], args].concat());
    let told = serde_json::from_slice(&output.stdout);
    (told.unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr))), output.status.code())
}

fn virtual_server(args: &[&str]) -> Server {
    Server::start(&[&["--clock", "virtual", "--start", "2020-01-01T00:00:00Z"], args].concat())
}

/// The whole library, in time that passes as it is told. The server is afterwards what it was before.
#[test]
fn nothing_differs_from_serve() {
    let server = virtual_server(&[]);
    let before = server.control("GET time", "").1["now"].clone();
    let (told, status) = json(&server.address, &["scenarios"]);
    let summary = &told["summary"];
    assert_eq!((status, &summary["differ"]), (Some(0), &0.into()), "{told:#}");
    assert!(summary["alike"].as_u64() > Some(240), "{summary}");
    assert_eq!(server.control("GET time", "").1["now"], before);
    assert_eq!(
        server.ok("ListSecrets", serde_json::json!({}))["SecretList"],
        serde_json::json!([])
    );
}

/// In real time nothing brings a server back, so that all is removed.
#[test]
fn what_was_made_is_removed() {
    let server = Server::start(&[]);
    let (told, status) = json(
        &server.address,
        &["scenarios/emulators", "scenarios/rules", "--filter", "rules/usvs"],
    );
    assert_eq!(status, Some(0), "{told:#}");
    assert!(told["summary"]["alike"].as_u64() > Some(15), "{told:#}");
    let listed = server.ok("ListSecrets", serde_json::json!({ "IncludePlannedDeletion": false }));
    assert_eq!(listed["SecretList"], serde_json::json!([]));
}

/// Other people's secrets are none of ours: they stay, and no list has them.
#[test]
fn secrets_of_others_are_left_alone() {
    let server = Server::start(&[]);
    let body = serde_json::json!({ "Name": "db/app", "SecretString": "x", "ClientRequestToken": "0".repeat(36) });
    server.ok("CreateSecret", body);
    let (told, status) = json(&server.address, &["scenarios/rules", "--filter", "list"]);
    assert_eq!(status, Some(0), "{told:#}");
    assert_eq!(
        server.ok("GetSecretValue", serde_json::json!({ "SecretId": "db/app" }))["SecretString"],
        "x"
    );
}

#[test]
fn random_calls_do_not_differ_from_serve() {
    let server = virtual_server(&[]);
    let (told, status) = json(&server.address, &["--fuzz", "--cases", "12", "--seed", "3"]);
    assert_eq!(status, Some(0), "{told:#}");
    assert!(told["summary"]["calls"].as_u64() > Some(150), "{told:#}");
}

/// What differs is told once, by rule, with few calls that show it.
#[test]
fn random_calls_tell_each_difference_once() {
    let wrong = Wrong::start();
    let args = ["--fuzz", "--cases", "60", "--prefix", "test/"];
    let (told, status) = json(&wrong.address, &args);
    assert_eq!(status, Some(1), "{told:#}");
    let cases = told["scenarios"].as_array().expect("a list").iter();
    let mut known = BTreeSet::new();
    for case in cases.filter(|case| case["differences"] != serde_json::json!([])) {
        let own = case["differences"].as_array().expect("a list").iter();
        let own: Vec<_> = own.filter(|it| it["follows"] == false).collect();
        // A case that tells what another one has told, tells something new beside it.
        let key = |it: &&Value| format!("{} {} {}", it["kind"], it["rules"][0], it["place"]);
        let new: BTreeSet<_> = own.iter().map(key).collect();
        assert!(!new.is_subset(&known), "{case:#}");
        known.extend(new);
        assert!(case["calls"].as_u64() <= Some(5), "{case:#}");
    }
    let rules: BTreeSet<_> = told["rules"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["rule"].as_str())
        .collect();
    for rule in ["GEN-2", "USVS-10", "USVS-12"] {
        assert!(rules.contains(rule), "{rules:?}");
    }
    assert!(told["summary"]["known"].as_u64() > Some(10), "{told:#}");
}

/// What is recorded at `serve` is what `run` plays.
#[test]
fn recordings_are_scenarios_that_pass() {
    let server = virtual_server(&[]);
    let folder = tempfile();
    let path = folder.to_str().expect("text");
    let (told, status) =
        json(&server.address, &["scenarios/rules", "scenarios/lessons", "--record", path]);
    assert_eq!(status, Some(0), "{told:#}");
    let recorded = files::under(&folder, "yaml");
    assert!(recorded.len() > 120, "{}", recorded.len());
    let ran = Command::new(BINARY).args(["run", "-q", path]).output().expect("it runs");
    let told = text(&ran.stdout);
    assert!(told.contains(" 0 failed"), "{told}{}", text(&ran.stderr));
    assert_eq!(text(&ran.stderr), "");
    let one = recorded.iter().find(|path| path.ends_with("usvs-06-rollback-swaps-the-labels.yaml"));
    let one = files::text(one.expect("a recording"));
    let one = one.lines().filter(|line| !line.starts_with("source:")).collect::<Vec<_>>();
    insta::assert_snapshot!("recording", one.join("\n"));
}

/// An endpoint that has some of the faults that emulators have. Whoever reads the report finds each by its rule.
#[test]
fn what_is_wrong_is_told_by_rule() {
    let wrong = Wrong::start();
    let folder = tempfile();
    let profile = folder.join("wrong.yaml");
    let url = format!("http://{}", wrong.address);
    let output = run(&[
        "--endpoint-url",
        &url,
        "scenarios/emulators",
        "--profile-out",
        profile.to_str().expect("text"),
        "--prefix",
        "test/",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    insta::assert_snapshot!(
        "wrong",
        text(&output.stdout).replace(&wrong.address, "127.0.0.1:4566")
    );
    let page = files::text(&profile).replace(&wrong.address, "127.0.0.1:4566");
    insta::assert_snapshot!("quirks", page);
    assert!(!text(&output.stdout).contains("three"), "no secret value is shown");
}

/// Each question finds the option that an endpoint takes, whichever it is.
#[test]
fn questions_find_the_option() {
    let abilities = Abilities {
        time: Time::AsTold,
        any_function: true,
        function: None,
        anyone_anywhere: true,
        is_aws: false,
    };
    let library: Vec<(Scenario, Trace)> = library::files()
        .iter()
        .filter_map(|file| Scenario::read(file.text).ok())
        .map(|scenario| (scenario.play(false).trace, scenario))
        .filter(|(trace, scenario)| unfit(scenario, trace, &abilities, 0).is_none())
        .map(|(trace, scenario)| (scenario, trace))
        .collect();
    let mut untold = BTreeSet::new();
    for assumption in TABLE {
        let Some(question) = question(assumption, library.iter().map(|(it, trace)| (it, trace)))
        else {
            untold.insert(assumption.id);
            continue;
        };
        for (real, _) in &question.options {
            let cases: Vec<CaseCompared> = question
                .options
                .iter()
                .map(|(option, trace)| {
                    let mut endpoint =
                        Model::new(assumption.id, real, &question, abilities.clone());
                    let pairing = Pairing { trace, prefix: "p/", show_values: false };
                    CaseCompared {
                        path: String::new(),
                        title: String::new(),
                        trace: trace.clone(),
                        names: Vec::new(),
                        missing_functions: BTreeSet::new(),
                        asks: Some(Asked { assumption, option }),
                        outcome: CaseOutcome::Played(Box::new(compare(pairing, &mut endpoint))),
                    }
                })
                .collect();
            let all = ComparedAll {
                endpoint: "here",
                what: SCENARIOS,
                cases: &cases,
                ignore_wording: false,
                show_values: false,
                quiet: false,
            };
            let told = report::compared_json(&all);
            let fits: Vec<_> = told["questions"][0]["fits"].as_array().expect("a list").clone();
            assert!(fits.contains(&Value::from(*real)), "{}={real}: {fits:?}", assumption.id);
            let pairs = question.options.len() * (question.options.len() - 1) / 2;
            if question.told_apart == pairs {
                assert_eq!(fits.len(), 1, "{}={real}: {fits:?}", assumption.id);
            }
            assert!(report::compared(&all, Paint::Plain).contains(real), "{}", assumption.id);
        }
    }
    let known = UNTOLD.iter().copied().collect();
    assert_eq!(untold, known, "which questions no calls of the library can ask");
}

/// Assumptions about functions that the service invokes, and others whose options no few calls tell apart.
const UNTOLD: [&str; 10] = [
    "cancel-running",
    "collection",
    "delete-running",
    "failed-test",
    "old-schedule",
    "retry-count",
    "retry-from",
    "retry-token",
    "stale-reads",
    "test-lifetime",
];

#[test]
fn a_question_is_asked_over_the_wire() {
    let server = virtual_server(&["--assume", "abandons=any-put-by-others"]);
    let url = format!("http://{}", server.address);
    let output = run(&["--endpoint-url", &url, "--question", "abandons"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!("question", text(&output.stdout));
    let output = run(&["--endpoint-url", &url, "--question", "abandon"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean `abandons`?"));
}

/// Where it is not this machine, nothing is sent before somebody says yes.
#[test]
fn care_is_taken_elsewhere() {
    let scenario = "scenarios/emulators/m05-current-is-not-removed.yaml";
    let output = run(&["--region", "eu-west-1", scenario, "--prefix", "mine/"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("care", text(&output.stderr));
    let output = run(&["--endpoint-url", "http://emulator.invalid:5000", scenario]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_can_not_be_used_is_told() {
    let scenario = "scenarios/emulators/m05-current-is-not-removed.yaml";
    // A port that nobody listens on: it was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    for (args, status, says) in [
        (vec![scenario], 2, "which endpoint?"),
        (vec!["--endpoint-url", "localhost:5000", scenario], 2, "give http://HOST:PORT"),
        (
            vec!["--endpoint-url", "http://localhost/path", scenario],
            2,
            "nothing may follow the host",
        ),
        (vec!["--endpoint-url", &format!("http://{free}"), scenario], 4, "Connection refused"),
        (
            vec!["--endpoint-url", "http://localhost:1", "nothing.yaml"],
            4,
            "failed to read `nothing.yaml`",
        ),
        (
            vec!["--endpoint-url", "http://localhost:1", "--filter", "nothing at all"],
            2,
            "no scenario",
        ),
        (
            vec!["--endpoint-url", "http://localhost:1", "--question", "x", scenario],
            2,
            "cannot be used with",
        ),
    ] {
        let output = run(&args);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {told}");
        assert!(told.contains(says), "{args:?}: {told}");
    }
}

/// Half a run is no answer: the status says so, and what was made is named.
#[test]
fn an_endpoint_that_goes_away_is_told() {
    let wrong = Wrong::that(|call| if call < 3 { Fate::Answered } else { Fate::Cut });
    let url = format!("http://{}", wrong.address);
    let output = run(&["--endpoint-url", &url, LABEL_ON_TWO, "--prefix", "test/"]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("no answer"), "{}", text(&output.stdout));
    let told = text(&output.stderr);
    assert!(
        told.contains("may be left over") && told.contains("--secret-id test/1/db/app"),
        "{told}"
    );
}

/// A connection that breaks in the middle ends the comparison. What was made until then is removed.
#[test]
fn what_was_made_is_removed_after_a_failure() {
    let wrong = Wrong::that(|call| if call == 3 { Fate::Cut } else { Fate::Answered });
    let url = format!("http://{}", wrong.address);
    let output = run(&["--endpoint-url", &url, LABEL_ON_TWO]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr), "");
    let asked = wrong.asked.lock().expect("nobody panics with it").clone();
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert_eq!(asked.last(), Some(&OperationName::DeleteSecret));
}

/// A call that comes too early is sent again, and counts once.
#[test]
fn a_throttled_call_is_sent_again() {
    let wrong = Wrong::that(|call| if call == 2 { Fate::Throttled } else { Fate::Answered });
    let (told, status) = json(&wrong.address, &[LABEL_ON_TWO]);
    assert_eq!(status, Some(1), "{told:#}");
    let kinds: Vec<_> = told["scenarios"][0]["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["kind"].clone())
        .collect();
    assert_eq!(kinds, ["accepted"], "{told:#}");
    let asked = wrong.asked.lock().expect("nobody panics with it").clone();
    assert_eq!(asked[2], asked[3], "{asked:?}");
}

/// An endpoint with a certificate of its own is trusted if somebody says so, and no other way.
#[test]
fn certificates_come_from_the_bundle_that_is_named() {
    let (wrong, certificate) = Wrong::over_tls();
    let bundle = tempfile().join("bundle.pem");
    let nothing = bundle.with_file_name("nothing.pem");
    fs::write(&bundle, certificate).expect("a file");
    fs::write(&nothing, "").expect("a file");
    let url = format!("https://{}", wrong.address);
    let told = |bundle: Option<&Path>| {
        let mut command = command(&["--endpoint-url", &url, LABEL_ON_TWO]);
        let output =
            command.envs(bundle.map(|it| ("AWS_CA_BUNDLE", it))).output().expect("it runs");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (status, out, err) = told(Some(&bundle));
    assert_eq!(status, Some(1), "{err}");
    assert!(out.contains("USVS-10"), "{out}");
    let (status, _, err) = told(None);
    assert_eq!(status, Some(4));
    assert!(err.contains("AWS_CA_BUNDLE"), "{err}");
    let (status, _, err) = told(Some(&nothing));
    assert_eq!(status, Some(4));
    assert!(err.contains("there is none in it"), "{err}");
}

#[test]
#[cfg(unix)]
fn what_was_made_is_removed_after_an_interrupt() {
    let server = Server::start(&[]);
    let url = format!("http://{}", server.address);
    let output = interrupted(command(&["--endpoint-url", &url, "--fuzz", "--cases", "1000000"]));
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr), "");
    let listed = server.ok("ListSecrets", serde_json::json!({ "IncludePlannedDeletion": false }));
    assert_eq!(listed["SecretList"], serde_json::json!([]));
}
