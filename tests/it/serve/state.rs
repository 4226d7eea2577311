//! A state file: what was answered is there after a kill, and one process has it at a time.

use std::panic::AssertUnwindSafe;
use std::process::Command;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;

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

/// How often the server is killed: 100 times in the long tests.
fn kills() -> u32 {
    let given = std::env::var("STAGEWRIGHT_KILLS").ok();
    given.map_or(5, |given| given.parse().expect("a number"))
}

/// Clients that write at the same time.
const CLIENTS: u32 = 4;

/// Creates secrets from that number on until the server is gone. Gives the numbers that were answered.
fn create_until_killed(
    server: &Server,
    client: u32,
    from: u32,
    answered: &AtomicU32,
) -> Vec<String> {
    let key = super::client::signed("test", "us-east-1");
    let create = |name: &str, number| {
        let with = json!({"Name": name, "SecretString": name, "ClientRequestToken": token(number)});
        server.raw("secretsmanager.CreateSecret", &key, &with.to_string())
    };
    let mut names = Vec::new();
    for number in from.. {
        let name = format!("s{client}-{number}");
        // The connection may be refused, which the client of these tests takes for a failure.
        match std::panic::catch_unwind(AssertUnwindSafe(|| create(&name, number))) {
            Ok(Some(made)) => assert_eq!(made.status, 200, "{}", made.body),
            Ok(None) | Err(_) => break,
        }
        names.push(name);
        answered.fetch_add(1, SeqCst);
    }
    names
}

#[test]
fn a_kill_under_load_loses_no_answer() {
    let path = tempfile().join("state.redb");
    let args = ["--state", path.to_str().expect("text")];
    let is_there = |server: &Server, names: &[String]| {
        for name in names {
            assert_eq!(
                server.ok("GetSecretValue", json!({"SecretId": name}))["SecretString"],
                **name
            );
        }
    };
    let (mut all, mut last) = (Vec::new(), Vec::new());
    for round in 0..kills() {
        let server = Server::start(&args);
        is_there(&server, &last);
        all.append(&mut last);
        let answered = AtomicU32::new(0);
        last = std::thread::scope(|scope| {
            // A number that an earlier round may have stored without an answer is not used again.
            let from = round * 10_000;
            let (server, answered) = (&server, &answered);
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    scope.spawn(move || create_until_killed(server, client, from, answered))
                })
                .collect();
            while answered.load(SeqCst) < 10 + round % 7 * 5 {
                std::thread::yield_now();
            }
            server.kill();
            clients.into_iter().flat_map(|client| client.join().expect("names")).collect()
        });
        assert!(last.len() >= 10);
    }
    let server = Server::start(&args);
    is_there(&server, &last);
    is_there(&server, &all);
}

#[cfg(unix)]
#[test]
fn a_state_that_can_not_be_written_ends_the_server() {
    let path = tempfile().join("state.redb");
    let mut command = Command::new("sh");
    // No file may grow beyond some megabytes; the signal that says so is ignored, so that writing fails.
    command.args(["-c", "trap '' XFSZ; ulimit -f 8192; exec \"$0\" \"$@\"", BINARY]);
    let server = Server::start_by(command, &["--state", path.to_str().expect("text")]);
    let key = super::client::signed("test", "us-east-1");
    let mut number = 0;
    loop {
        let value = "x".repeat(60_000);
        let with = json!({"Name": format!("s{number}"), "SecretString": value, "ClientRequestToken": token(number)});
        match server.raw("secretsmanager.CreateSecret", &key, &with.to_string()) {
            Some(made) if made.status == 200 => number += 1,
            _ => break,
        }
        assert!(number < 1_000, "it goes on");
    }
    let (status, told) = server.wait();
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains(&format!("failed to use `{}`: ", path.display())), "{told}");
    // What was answered is there.
    let server = Server::start(&["--state", path.to_str().expect("text")]);
    for number in 0..number {
        server.ok("DescribeSecret", json!({"SecretId": format!("s{number}")}));
    }
}

/// What a start with that file tells when it is refused.
fn refused(args: &[&str]) -> String {
    let mut command = Command::new(BINARY);
    let output = command.args(["serve", "--listen", "127.0.0.1:0", "--state"]).args(args).output();
    let output = output.expect("it runs");
    assert_eq!(output.status.code(), Some(4));
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn what_can_not_be_read_in_a_state_file_is_an_error() {
    const ENTRIES: redb::TableDefinition<'_, u64, &[u8]> = redb::TableDefinition::new("entries");
    const MADE: redb::TableDefinition<'_, &str, &str> = redb::TableDefinition::new("made");
    let write = |path: &str, act: &dyn Fn(&redb::WriteTransaction)| {
        let database = redb::Database::open(path).expect("a store");
        let transaction = database.begin_write().expect("a transaction");
        act(&transaction);
        transaction.commit().expect("a commit");
    };
    let entries = [
        "nonsense",
        r#"{"at": 0, "deed": {"call": {"account": "1", "region": null, "call": "Nothing", "with": {}}}}"#,
        r#"{"at": 0, "deed": {"call": {"account": "1", "region": null, "call": "DescribeSecret", "with": {}}}}"#,
        r#"{"at": 0, "deed": {"plan": [["ListSecrets", "nothing", 1]]}}"#,
        r#"{"at": 0, "deed": {"assume": {"first-version": "nothing"}}}"#,
        r#"{"at": 0, "deed": {"load": "nothing"}}"#,
        r#"{"at": 0, "deed": {"return": {"step": "x", "secret": "", "token": "", "rotation_token": "", "raised": null}}}"#,
    ];
    for entry in entries {
        let path = tempfile().join("state.redb");
        let path = path.to_str().expect("text");
        drop(Server::start(&["--state", path]));
        write(path, &|transaction| {
            let mut table = transaction.open_table(ENTRIES).expect("a table");
            table.insert(7, entry.as_bytes()).expect("an entry");
        });
        let told = refused(&[path]);
        assert!(told.contains("entry 7 in it can't be read"), "{entry}: {told}");
    }
    for (format, told) in [(Some("2"), "format 2"), (None, "format 0")] {
        let path = tempfile().join("state.redb");
        let path = path.to_str().expect("text");
        drop(Server::start(&["--state", path]));
        write(path, &|transaction| {
            let mut table = transaction.open_table(MADE).expect("a table");
            table.remove("format").expect("a format");
            format.map(|format| table.insert("format", format).expect("a format").is_none());
        });
        let refused = refused(&[path]);
        assert!(
            refused.contains(&format!("it has {told}, and this version reads format 1")),
            "{refused}"
        );
    }
}

#[test]
fn a_state_file_is_for_one_process_and_one_setting() {
    let path = tempfile().join("state.redb");
    let path = path.to_str().expect("text");
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
