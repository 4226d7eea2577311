//! Drills of functions that this test binary plays itself: sound ones, and one for each way to be wrong.
//!
//! The target is a folder with a file for each user: the password, and the privileges in a second line.

#![expect(
    clippy::exit,
    reason = "one test is a function that runs on its own, and ends as badly as functions do"
)]

mod options;
mod shapes;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};

/// The function that is drilled: this very test binary, started anew to run this one "test", which is over at once when
/// nobody asks for a runtime.
#[test]
fn as_a_function() {
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    let Ok(behavior) = std::env::var("BEHAVIOR") else { return };
    let runtime = |method: &str, path: &str, body: &str| {
        ask(&api, method, &format!("/2018-06-01/runtime/{path}"), &[], body).unwrap()
    };
    loop {
        let (head, event) = runtime("GET", "invocation/next", "");
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        let id = lines.find(|(key, _)| *key == "lambda-runtime-aws-request-id").unwrap().1;
        match rotate(&serde_json::from_str(&event).unwrap(), &behavior) {
            Ok(()) => runtime("POST", &format!("invocation/{id}/response"), "null"),
            Err(raised) if behavior == "prints garbage" => {
                let garbage = b"\xff\0\x1b[2J".repeat(1 << 16);
                std::io::stdout().write_all(&garbage).unwrap();
                runtime("POST", &format!("invocation/{id}/error"), &format!("{{]{raised}"))
            }
            Err(raised) => {
                let told = json!({ "errorType": "Error", "errorMessage": raised }).to_string();
                runtime("POST", &format!("invocation/{id}/error"), &told)
            }
        };
    }
}

/// Sends one request; nothing comes back if the connection is cut.
fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<(String, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let headers: String =
        headers.iter().map(|(key, value)| format!("{key}: {value}\r\n")).collect();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len(),
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.to_owned(), body.to_owned()))
}

/// How many calls of Secrets Manager this process has made.
static CALLS_MADE: AtomicU32 = AtomicU32::new(0);

/// Calls Secrets Manager, as often as an SDK would if it is told how often that is.
fn call(operation: &str, members: &Value) -> Result<Value, String> {
    let attempts = std::env::var("AWS_MAX_ATTEMPTS").map_or(3, |text| text.parse().unwrap());
    let id = format!("{}-{}", std::process::id(), CALLS_MADE.fetch_add(1, Ordering::Relaxed));
    let attempt = || attempt(operation, members, &id);
    let is_over = |answer: &Result<Value, String>| {
        let code = answer.as_ref().err().map_or("", String::as_str);
        !code.contains("is cut") && !matches!(code, "ThrottlingException" | "InternalServiceError")
    };
    (1..attempts).map(|_| attempt()).find(is_over).unwrap_or_else(attempt)
}

fn attempt(operation: &str, members: &Value, id: &str) -> Result<Value, String> {
    let url = std::env::var("AWS_ENDPOINT_URL_SECRETS_MANAGER").unwrap();
    let key = std::env::var("AWS_ACCESS_KEY_ID").unwrap();
    let scope = format!("{key}/20260101/us-east-1/secretsmanager/aws4_request");
    let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
    let target = format!("secretsmanager.{operation}");
    let headers = [
        ("authorization", signed.as_str()),
        ("x-amz-target", &target),
        ("amz-sdk-invocation-id", id),
    ];
    let address = url.strip_prefix("http://").unwrap();
    let (head, body) = ask(address, "POST", "/", &headers, &members.to_string())
        .ok_or_else(|| format!("{operation}: the connection is cut"))?;
    let body: Value = serde_json::from_str(&body).unwrap();
    if head.starts_with("HTTP/1.1 200") {
        return Ok(body);
    }
    Err(body["__type"].as_str().unwrap_or_default().to_owned())
}

fn read(id: &str, stage: &str, version: Option<&str>) -> Result<Option<Value>, String> {
    let mut members = json!({ "SecretId": id, "VersionStage": stage });
    if let Some(version) = version {
        members["VersionId"] = version.into();
    }
    match call("GetSecretValue", &members) {
        Ok(answer) => Ok(serde_json::from_str(answer["SecretString"].as_str().unwrap()).ok()),
        Err(code) if code == "ResourceNotFoundException" => Ok(None),
        Err(code) => Err(code),
    }
}

/// Where the password of a user is.
fn file(user: &str) -> PathBuf {
    PathBuf::from(std::env::var("TARGET").unwrap()).join(user)
}

fn accepts(value: &Value) -> bool {
    if std::env::var("BEHAVIOR").unwrap() == "has no target" {
        return true;
    }
    let text = fs::read_to_string(file(value["username"].as_str().unwrap())).unwrap_or_default();
    text.lines().next() == value["password"].as_str()
}

/// One step of a rotation, as the behavior has it.
fn rotate(event: &Value, behavior: &str) -> Result<(), String> {
    let [step, id, token] =
        ["Step", "SecretId", "ClientRequestToken"].map(|member| event[member].as_str().unwrap());
    let described = call("DescribeSecret", &json!({ "SecretId": id }))?;
    let stages = described["VersionIdsToStages"][token].to_string();
    if stages.contains("AWSCURRENT") {
        return Ok(());
    }
    if !stages.contains("AWSPENDING") {
        return Err("the version is not pending".to_owned());
    }
    if behavior.starts_with("tokens") {
        return shapes::tokens((step, id, token), behavior, &described["VersionIdsToStages"]);
    }
    match step {
        "createSecret" => create(id, token, behavior),
        "setSecret" => set(id, token, behavior),
        "testSecret" => {
            let pending = read(id, "AWSPENDING", Some(token))?.ok_or("nothing is pending")?;
            accepts(&pending).then_some(()).ok_or_else(|| "the new password is refused".to_owned())
        }
        _ if behavior == "revokes what is current" => {
            let outgoing = read(id, "AWSCURRENT", None)?.ok_or("nothing is current")?;
            // The other invocation may have moved the label.
            drop(promote(id, token, &described["VersionIdsToStages"]));
            if accepts(&outgoing) {
                fs::write(file("app"), "revoked\n").unwrap();
            }
            Ok(())
        }
        _ => promote(id, token, &described["VersionIdsToStages"]),
    }
}

/// Moves AWSCURRENT to the pending version.
fn promote(id: &str, token: &str, stages: &Value) -> Result<(), String> {
    let is_current = |labels: &Value| labels.to_string().contains("AWSCURRENT");
    let mut versions = stages.as_object().unwrap().iter();
    let current = versions.find(|(_, labels)| is_current(labels)).unwrap().0;
    let members = json!({
        "SecretId": id,
        "VersionStage": "AWSCURRENT",
        "MoveToVersionId": token,
        "RemoveFromVersionId": current,
    });
    call("UpdateSecretVersionStage", &members).map(drop)
}

/// Makes the new value known elsewhere first, and takes that back if another one is pending by then.
fn copy(id: &str, token: &str) -> Result<(), String> {
    let mut value = read(id, "AWSCURRENT", None)?.ok_or("nothing is current")?;
    value["password"] = random_password()?;
    let mut unique: String = value["password"].as_str().unwrap().to_owned();
    let mut put = |value: &Value| {
        unique = unique.chars().rev().collect();
        let members = json!({
            "SecretId": "copy",
            "ClientRequestToken": unique,
            "SecretString": value.to_string(),
        });
        call("PutSecretValue", &members)
    };
    put(&value)?;
    if let Some(pending) = read(id, "AWSPENDING", Some(token))? {
        return put(&pending).map(drop);
    }
    store(id, token, &value)
}

/// Stores a new value under the token of the rotation.
fn store(id: &str, token: &str, value: &Value) -> Result<(), String> {
    let members = json!({
        "SecretId": id,
        "ClientRequestToken": token,
        "SecretString": value.to_string(),
        "VersionStages": ["AWSPENDING"],
    });
    call("PutSecretValue", &members).map(drop)
}

fn random_password() -> Result<Value, String> {
    let answer = call("GetRandomPassword", &json!({ "ExcludePunctuation": true }))?;
    Ok(answer["RandomPassword"].clone())
}

/// Says a line to the target, and waits for its answer.
fn say(target: &mut TcpStream, line: &str) {
    target.write_all(format!("{line}\n").as_bytes()).unwrap();
    assert_eq!(target.read(&mut [0; 8]).unwrap(), 3);
}

fn create(id: &str, token: &str, behavior: &str) -> Result<(), String> {
    match behavior {
        "hangs" => loop {
            std::thread::park();
        },
        "hangs later" => {
            let count = file(".begun");
            let begun = fs::read_to_string(&count).unwrap_or_default() + "x";
            fs::write(&count, &begun).unwrap();
            // The rotation without faults, and three runs of two attempts.
            if begun.len() > 7 {
                let mut child = Command::new("sleep").arg("86399").spawn().unwrap();
                fs::write(file(".child"), child.id().to_string()).unwrap();
                child.wait().unwrap();
            }
        }
        "prints garbage" => return Err("garbage".to_owned()),
        "exits" => std::process::exit(3),
        "floods" => {
            let url = std::env::var("AWS_ENDPOINT_URL_SECRETS_MANAGER").unwrap();
            let flooded = std::env::var("FLOODED");
            let address = flooded.as_deref().unwrap_or(url.strip_prefix("http://").unwrap());
            // As many as it can get; all of them stay open until it is gone.
            let open: Vec<_> = (0..1_000).map_while(|_| TcpStream::connect(address).ok()).collect();
            return Err(format!("{} connections, and nothing done", open.len().min(1)));
        }
        _ => {}
    }
    if behavior == "keeps a copy" {
        return copy(id, token);
    }
    let current = read(id, "AWSCURRENT", None)?.ok_or("nothing is current")?;
    // As in Active Directory: nothing goes without the old password.
    if behavior == "logs in first" && !accepts(&current) {
        return Err("the current password is refused".to_owned());
    }
    if read(id, "AWSPENDING", Some(token))?.is_some() {
        return Ok(());
    }
    let mut value = current.clone();
    value["password"] = random_password()?;
    let user = current["username"].as_str().unwrap().to_owned();
    if behavior.starts_with("alternates") {
        let other =
            user.strip_suffix("_clone").map_or_else(|| format!("{user}_clone"), str::to_owned);
        value["username"] = other.into();
    }
    if behavior == "sets before it stores" {
        give(&value);
    }
    store(id, token, &value)
}

/// Gives a user its password; what it may do is left as it is.
fn give(value: &Value) {
    let file = file(value["username"].as_str().unwrap());
    let text = fs::read_to_string(&file).unwrap_or_default();
    let may = text.lines().nth(1).unwrap_or_default();
    fs::write(&file, format!("{}\n{may}\n", value["password"].as_str().unwrap())).unwrap();
}

fn set(id: &str, token: &str, behavior: &str) -> Result<(), String> {
    if behavior == "keeps a copy" {
        give(&read("copy", "AWSCURRENT", None)?.ok_or("there is no copy")?);
        return Ok(());
    }
    if behavior == "hangs in company" {
        let [first, second] = ["first", "second"].map(file);
        let hang = || loop {
            std::thread::park();
        };
        if first.exists() {
            fs::write(&second, "").unwrap();
            hang();
        }
        fs::write(&first, "").unwrap();
        give(&read(id, "AWSPENDING", Some(token))?.ok_or("nothing is pending")?);
        if second.exists() {
            hang();
        }
        return fs::remove_file(first).map_err(|error| error.to_string());
    }
    let mut lock = (behavior == "locks").then(|| {
        let mut target = TcpStream::connect(std::env::var("LOCKS").unwrap()).unwrap();
        say(&mut target, "lock");
        target
    });
    let pending = read(id, "AWSPENDING", Some(token))?.ok_or("nothing is pending")?;
    if let Some(lock) = &mut lock {
        give(&pending);
        say(lock, "unlock");
        return read(id, "AWSCURRENT", None).map(drop);
    }
    if accepts(&pending) && behavior != "alternates soundly" {
        return Ok(());
    }
    if !behavior.starts_with("alternates") {
        give(&pending);
        return Ok(());
    }
    if behavior == "alternates with a late login" {
        return shapes::late_login(id, &pending);
    }
    // The clone is made with its password first, and gets its grants later: a call stands between.
    give(&pending);
    read(id, "AWSCURRENT", None)?.ok_or("nothing is current")?;
    let file = file(pending["username"].as_str().unwrap());
    fs::write(&file, format!("{}\nreads and writes\n", pending["password"].as_str().unwrap()))
        .unwrap();
    Ok(())
}

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
        command.args(["--exact", "drill::as_a_function", "--nocapture"]);
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
