//! The functions that are drilled: this test binary plays them itself, a sound one and one for each way to be wrong.

#![expect(
    clippy::exit,
    reason = "one test is a function that runs on its own, and ends as badly as functions do"
)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

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

pub(super) fn read(id: &str, stage: &str, version: Option<&str>) -> Result<Option<Value>, String> {
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
pub(super) fn file(user: &str) -> PathBuf {
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
        return super::shapes::tokens(
            (step, id, token),
            behavior,
            &described["VersionIdsToStages"],
        );
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
pub(super) fn promote(id: &str, token: &str, stages: &Value) -> Result<(), String> {
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
pub(super) fn store(id: &str, token: &str, value: &Value) -> Result<(), String> {
    let members = json!({
        "SecretId": id,
        "ClientRequestToken": token,
        "SecretString": value.to_string(),
        "VersionStages": ["AWSPENDING"],
    });
    call("PutSecretValue", &members).map(drop)
}

pub(super) fn random_password() -> Result<Value, String> {
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
pub(super) fn give(value: &Value) {
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
        return super::shapes::late_login(id, &pending);
    }
    // The clone is made with its password first, and gets its grants later: a call stands between.
    give(&pending);
    read(id, "AWSCURRENT", None)?.ok_or("nothing is current")?;
    let file = file(pending["username"].as_str().unwrap());
    fs::write(&file, format!("{}\nreads and writes\n", pending["password"].as_str().unwrap()))
        .unwrap();
    Ok(())
}
