//! The control routes: trace, time, assumptions, faults, snapshots.

use serde_json::{Value, json};

use super::client::Server;

/// A version of a secret that the tests write.
const FIRST: &str = "00000000-0000-0000-0000-000000000001";

fn create(server: &Server, value: &str) -> Value {
    let body = json!({"Name": "a", "SecretString": value, "ClientRequestToken": FIRST});
    server.ok("CreateSecret", body)
}

#[test]
fn a_virtual_clock_moves_by_calls_and_as_it_is_told() {
    let server = Server::start(&["--clock", "virtual", "--start", "2026-02-01T00:00:00Z"]);
    assert_eq!(server.control("GET time", "").1["now"], "2026-02-01T00:00:00Z");
    create(&server, "x");
    assert_eq!(server.control("GET time", "").1["now"], "2026-02-01T00:00:00.1Z");
    let (status, told) = server.control("POST time", r#"{"advance": "25h"}"#);
    assert_eq!((status, &told["now"]), (200, &json!("2026-02-02T01:00:00.1Z")));
    server.ok("DeleteSecret", json!({"SecretId": "a", "RecoveryWindowInDays": 7}));
    server.control("POST time", r#"{"until": "2026-02-20T00:00:00Z"}"#);
    let gone = server.call("DescribeSecret", json!({"SecretId": "a"}));
    assert_eq!(gone.code(), "ResourceNotFoundException");
    for bad in ["", "{}", r#"{"advance": "1 year"}"#, r#"{"until": "2026-01-01T00:00:00Z"}"#] {
        assert_eq!(server.control("POST time", bad).0, 400, "{bad}");
    }
}

#[test]
fn real_time_can_not_be_told_to_pass() {
    let server = Server::start(&[]);
    let (status, told) = server.control("POST time", r#"{"advance": "25h"}"#);
    assert_eq!(status, 409);
    assert!(told["error"].as_str().is_some_and(|it| it.contains("--clock virtual")), "{told}");
}

#[test]
fn the_trace_tells_what_happened_without_secret_values() {
    let server = Server::start(&["--clock", "virtual"]);
    create(&server, "a-secret-value");
    server.ok("GetSecretValue", json!({"SecretId": "a"}));
    let (_, told) = server.control("GET trace", "");
    let steps = told["trace"].as_array().expect("steps");
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0]["call"], "CreateSecret");
    assert_eq!(steps[0]["moves"][0]["label"], "AWSCURRENT");
    assert!(!told.to_string().contains("a-secret-value"), "{told}");
    let (_, later) = server.control("GET trace?since=2", "");
    assert_eq!(later["trace"].as_array().map(Vec::len), Some(1));
    assert_eq!(later["trace"][0]["step"], 2);
    assert_eq!(server.control("GET trace?since=x", "").0, 400);
}

#[test]
fn the_trace_goes_to_a_file_as_well() {
    let folder = tempfile();
    let path = folder.join("trace.jsonl");
    let server = Server::start(&["--trace", path.to_str().expect("text")]);
    create(&server, "a-secret-value");
    let text = std::fs::read_to_string(&path).expect("a file");
    let step: Value = serde_json::from_str(text.trim()).expect("a line of JSON");
    assert_eq!(step["call"], "CreateSecret");
    assert!(!text.contains("a-secret-value"), "{text}");
}

/// A folder of its own.
pub(crate) fn tempfile() -> std::path::PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("stagewright-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn assumptions_are_read_and_chosen() {
    let server = Server::start(&["--assume", "first-version=only-given"]);
    assert_eq!(server.control("GET assumptions", "").1["first-version"], "only-given");
    let (status, told) = server.control("POST assumptions", r#"{"first-version": "adds-current"}"#);
    assert_eq!(status, 200, "{told}");
    assert_ne!(server.control("GET assumptions", "").1["first-version"], "only-given");
    for bad in [r#"{"first-version": "nothing"}"#, r#"{"nothing": "x"}"#, "[]", r#"{"a": {}}"#] {
        assert_eq!(server.control("POST assumptions", bad).0, 400, "{bad}");
    }
}

#[test]
fn faults_hit_calls() {
    let server = Server::start(&["--clock", "virtual"]);
    create(&server, "x");
    let put = json!({"SecretId": "a", "SecretString": "y", "ClientRequestToken": "0".repeat(36)});
    let versions = |server: &Server| {
        let listed = server.ok("ListSecretVersionIds", json!({"SecretId": "a"}));
        listed["Versions"].as_array().map(Vec::len)
    };
    let plan = |kind: &str| {
        let faults = json!([{"at": "PutSecretValue", "kind": kind}]).to_string();
        assert_eq!(server.control("POST faults", &faults), (200, json!({"planned": 1})));
    };
    plan("error-before");
    let hit = server.call("PutSecretValue", put.clone());
    assert_eq!((hit.status, &*hit.code()), (500, "InternalServiceError"));
    assert_eq!(versions(&server), Some(1));
    plan("error-after");
    assert_eq!(server.call("PutSecretValue", put.clone()).status, 500);
    assert_eq!(versions(&server), Some(2));
    plan("killed-after");
    let key = super::client::signed("test", "us-east-1");
    assert!(server.raw("secretsmanager.PutSecretValue", &key, &put.to_string()).is_none());
    assert_eq!(server.call("PutSecretValue", put).status, 200);
    for bad in [
        r#"[{"at": "Nothing", "kind": "error-before"}]"#,
        r#"[{"at": "PutSecretValue", "kind": "nothing"}]"#,
        r#"[{"at": "nothing PutSecretValue", "kind": "error-before"}]"#,
        "{}",
    ] {
        assert_eq!(server.control("POST faults", bad).0, 400, "{bad}");
    }
}

#[test]
fn a_violation_is_told_at_once_and_at_the_end() {
    let folder = tempfile();
    let log = std::fs::File::create(folder.join("log")).expect("a file");
    let mut command = std::process::Command::new("sh");
    let tee = "exec \"$0\" \"$@\" 2>\"$LOG\"";
    command.args(["-c", tee, crate::cli::BINARY]).env("LOG", folder.join("log"));
    drop(log);
    let server = Server::start_by(command, &["--clock", "virtual"]);
    create(&server, "a-secret-value");
    let second = FIRST.replace('1', "2");
    server.ok(
        "PutSecretValue",
        json!({"SecretId": "a", "SecretString": "y", "ClientRequestToken": second}),
    );
    let told = || std::fs::read_to_string(folder.join("log")).expect("text");
    assert_eq!(told(), "");
    // The version that is AWSPREVIOUS becomes the pending one as well.
    server.ok(
        "UpdateSecretVersionStage",
        json!({"SecretId": "a", "VersionStage": "AWSPENDING", "MoveToVersionId": FIRST}),
    );
    let told = told();
    assert!(told.starts_with("violation of pending-and-previous-apart by step 3 on "), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(!told.contains("a-secret-value"));
    assert_eq!(server.control("GET health", "").1["violations"], 1);
    assert_eq!(server.end("-TERM").0, Some(1));
}

#[test]
fn a_snapshot_has_the_faults_that_were_planned_then() {
    let server = Server::start(&["--clock", "virtual"]);
    let planned = |server: &Server| {
        let listed = server.call("ListSecrets", json!({}));
        listed.status == 500
    };
    server.control("POST faults", r#"[{"at": "ListSecrets", "kind": "error-before"}]"#);
    server.control("PUT snapshots/one", "");
    assert!(planned(&server));
    assert!(!planned(&server));
    server.control("POST faults", r#"[{"at": "ListSecrets", "kind": "error-before", "times": 9}]"#);
    server.control("POST snapshots/one", "");
    assert!(planned(&server));
    assert!(!planned(&server));
}

#[test]
fn what_can_not_be_read_is_in_the_trace_only_with_values() {
    for (args, with) in [(&[][..], json!(null)), (&["--show-values"], json!({"SecretId": ["a"]}))] {
        let server = Server::start(args);
        assert_eq!(server.call("GetSecretValue", json!({"SecretId": ["a"]})).status, 400);
        let (_, told) = server.control("GET trace", "");
        assert_eq!(told["trace"][0]["with"], with);
    }
}

#[test]
fn a_world_can_have_what_scenarios_can_give_it() {
    let server = Server::start(&[
        "--clock",
        "virtual",
        "--arn-suffix",
        "AbCdEf",
        "--replication-lag",
        "1h",
        "--managed-secret",
        "rds!db=rds",
    ]);
    create(&server, "x");
    let region = json!({"SecretId": "a", "AddReplicaRegions": [{"Region": "eu-west-1"}]});
    let told = server.ok("ReplicateSecretToRegions", region);
    assert!(told["ARN"].as_str().is_some_and(|arn| arn.ends_with(":secret:a-AbCdEf")), "{told}");
    assert_eq!(told["ReplicationStatus"][0]["Status"], "InProgress");
    server.control("POST time", r#"{"advance": "1h"}"#);
    let told = server.ok("DescribeSecret", json!({"SecretId": "a"}));
    assert_eq!(told["ReplicationStatus"][0]["Status"], "InSync");
    assert_eq!(server.ok("DescribeSecret", json!({"SecretId": "rds!db"}))["OwningService"], "rds");
}

#[test]
fn a_snapshot_brings_the_world_back() {
    let server = Server::start(&["--clock", "virtual"]);
    create(&server, "x");
    let before = server.control("GET time", "").1["now"].clone();
    assert_eq!(server.control("PUT snapshots/one", "").0, 200);
    server.ok("DeleteSecret", json!({"SecretId": "a", "ForceDeleteWithoutRecovery": true}));
    server.control("POST time", r#"{"advance": "1h"}"#);
    assert_eq!(server.call("DescribeSecret", json!({"SecretId": "a"})).status, 400);
    assert_eq!(server.control("POST snapshots/one", "").0, 200);
    assert_eq!(server.control("GET time", "").1["now"], before);
    assert_eq!(server.ok("GetSecretValue", json!({"SecretId": "a"}))["SecretString"], "x");
    assert_eq!(server.control("GET snapshots", "").1, json!({"snapshots": ["one"]}));
    assert_eq!(server.control("POST snapshots/two", "").0, 404);
    assert_eq!(server.control("PUT snapshots/..%2f", "").0, 400);
    let (status, told) = server.end("-INT");
    assert_eq!((status, told.as_str()), (Some(0), ""));
}

#[test]
fn there_are_no_other_routes() {
    let server = Server::start(&[]);
    for line in ["GET nothing", "DELETE time", "GET ", "POST trace", "DELETE snapshots/a"] {
        assert!([404, 405].contains(&server.control(line, "").0), "{line}");
    }
    let (status, health) = server.control("GET health", "");
    assert_eq!((status, &health["status"], &health["clock"]), (200, &json!("ok"), &json!("real")));
}
