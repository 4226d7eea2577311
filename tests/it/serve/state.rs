//! A state file: what was answered is there after a kill, and one process has it at a time.

use std::process::Command;

use serde_json::json;

use super::client::Server;
use super::control::tempfile;
use crate::cli::BINARY;

fn token(number: u32) -> String {
    format!("{number:036}")
}

/// What every secret looks like from outside.
fn look(server: &Server) -> String {
    let listed = server.ok("ListSecrets", json!({"IncludePlannedDeletion": true}));
    let secrets = listed["SecretList"].as_array().expect("a list");
    let told = secrets.iter().map(|secret| {
        let with = json!({"SecretId": secret["ARN"]});
        let versions = json!({"SecretId": secret["ARN"], "IncludeDeprecated": true});
        let described = server.ok("DescribeSecret", with);
        format!("{described}\n{}\n", server.ok("ListSecretVersionIds", versions))
    });
    told.collect()
}

#[test]
fn an_answered_call_survives_a_kill() {
    for clock in ["real", "virtual"] {
        let path = tempfile().join("state.redb");
        let args = ["--clock", clock, "--state", path.to_str().expect("text")];
        let server = Server::start(&args);
        for number in 0..20 {
            let name = format!("s{number}");
            let with =
                json!({"Name": name, "SecretString": name, "ClientRequestToken": token(number)});
            server.ok("CreateSecret", with);
            server.ok("GetSecretValue", json!({"SecretId": name}));
            // What is refused draws from the seed as well.
            let with = json!({"Name": name, "SecretString": "x", "ClientRequestToken": token(99)});
            assert_eq!(server.call("CreateSecret", with).status, 400);
        }
        server.ok("GetRandomPassword", json!({}));
        server.ok("DeleteSecret", json!({"SecretId": "s3", "RecoveryWindowInDays": 7}));
        server.control("PUT snapshots/one", "");
        server.control("POST assumptions", r#"{"pending-cleanup": "never"}"#);
        let before = look(&server);
        drop(server); // by SIGKILL
        let server = Server::start(&args);
        assert_eq!(look(&server), before, "{clock}");
        assert_eq!(server.control("GET assumptions", "").1["pending-cleanup"], "never");
        assert_eq!(server.control("GET snapshots", "").1, json!({"snapshots": ["one"]}));
        let with = json!({"Name": "new", "SecretString": "x", "ClientRequestToken": token(7)});
        let made = server.ok("CreateSecret", with);
        let (_, told) = server.end("-TERM");
        assert_eq!(told, "");
        let server = Server::start(&args);
        assert_eq!(server.ok("DescribeSecret", json!({"SecretId": "new"}))["ARN"], made["ARN"]);
    }
}

#[test]
fn a_kill_under_load_loses_no_answer() {
    let path = tempfile().join("state.redb");
    let args = ["--state", path.to_str().expect("text")];
    let mut answered = 0;
    for round in 0..5_u32 {
        let server = Server::start(&args);
        for number in 0..answered {
            server.ok("GetSecretValue", json!({"SecretId": format!("s{number}")}));
        }
        let last = std::sync::atomic::AtomicU32::new(answered);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in answered.. {
                    let with = json!({"Name": format!("s{number}"), "SecretString": "x", "ClientRequestToken": token(number)}).to_string();
                    let key = super::client::signed("test", "us-east-1");
                    let sent = std::panic::catch_unwind(|| server.raw("secretsmanager.CreateSecret", &key, &with));
                    // One that was not answered may have been stored all the same.
                    match sent {
                        Ok(Some(made)) if made.status == 200 || made.code() == "ResourceExistsException" => {}
                        Ok(Some(other)) => panic!("{}", other.body),
                        Ok(None) | Err(_) => break,
                    }
                    last.store(number + 1, std::sync::atomic::Ordering::SeqCst);
                }
            });
            while last.load(std::sync::atomic::Ordering::SeqCst) < answered + 5 + round * 3 {
                std::thread::yield_now();
            }
            server.kill();
        });
        answered = last.into_inner();
    }
    assert!(answered >= 25, "{answered}");
}

#[test]
fn a_state_file_is_for_one_process_and_one_setting() {
    let path = tempfile().join("state.redb");
    let path = path.to_str().expect("text");
    let refused = |args: &[&str]| {
        let mut command = Command::new(BINARY);
        let output =
            command.args(["serve", "--listen", "127.0.0.1:0", "--state"]).args(args).output();
        let output = output.expect("it runs");
        assert_eq!(output.status.code(), Some(4));
        String::from_utf8(output.stderr).expect("text")
    };
    let server = Server::start(&["--state", path]);
    let told = refused(&[path]);
    assert_eq!(
        told,
        format!(
            "error: failed to use `{path}`: another process serves from it; stop that one, or use another file\n"
        )
    );
    drop(server);
    let told = refused(&[path, "--seed", "3"]);
    assert!(told.contains("it was made with --seed 0, not 3"), "{told}");
    let other = tempfile().join("other");
    std::fs::write(&other, "no such file").expect("a file");
    let told = refused(&[other.to_str().expect("text")]);
    assert!(told.starts_with("error: failed to use"), "{told}");
    assert_eq!(std::fs::read_to_string(&other).expect("text"), "no such file");
}
