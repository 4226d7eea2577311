//! Functions with bugs of the samples that AWS gives away, each as small as it can be, and where the drill finds them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use serde_json::{Value, json};

use super::function::{file, give, promote, random_password, read, store};
use super::{drill, found};

/// Every fault of a call.
const CALLS: [&str; 2] = ["--fault", "calls"];

/// setSecret as for Oracle: a user is made, may log in later, and gets its grants last. One that is there gets its
/// password, and is taken to have all else. A user that may not log in has a `!` before its password.
pub(super) fn late_login(id: &str, pending: &Value) -> Result<(), String> {
    let file = file(pending["username"].as_str().unwrap());
    let password = pending["password"].as_str().unwrap();
    if let Ok(text) = fs::read_to_string(&file) {
        if text.starts_with('!') {
            fs::write(&file, format!("!{password}\n")).unwrap();
        } else {
            give(pending);
        }
        return Ok(());
    }
    fs::write(&file, format!("!{password}\n")).unwrap();
    read(id, "AWSCURRENT", None)?;
    fs::write(&file, format!("{password}\n")).unwrap();
    read(id, "AWSCURRENT", None)?;
    fs::write(&file, format!("{password}\nreads and writes\n")).unwrap();
    Ok(())
}

/// A target that makes tokens, with a protocol that nobody knows: a line is asked and a line is answered. What it accepts
/// stands in a folder, for those who look. Gives where it listens.
pub(super) fn serve_tokens(folder: &Path) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            drop(BufReader::new(&stream).read_line(&mut line));
            // Somebody may only have looked whether there is anyone.
            let Some((verb, token)) = line.trim_end().split_once(' ') else { continue };
            let token = folder.join(token);
            let is_there = token.exists();
            match verb {
                "make" => drop(fs::write(token, "")),
                "delete" => drop(fs::remove_file(token)),
                _ => {}
            }
            let answer = if is_there || verb == "make" { "yes\n" } else { "no\n" };
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    at
}

/// Asks the target that makes tokens.
fn ask_target(verb: &str, value: &Value) -> Result<bool, String> {
    let mut stream = TcpStream::connect(std::env::var("TOKENS").unwrap()).unwrap();
    let asked = format!("{verb} {}\n", value["token"].as_str().unwrap());
    let mut answer = String::new();
    let answered =
        stream.write_all(asked.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
    match answered {
        Ok(_) if !answer.is_empty() => Ok(answer == "yes\n"),
        Ok(_) | Err(_) => Err(format!("the target doesn't answer to {verb}")),
    }
}

/// One step of a function whose target makes tokens, as InfluxDB does. The sound one has them named after the version,
/// so that a second attempt meets the first one's, and revokes before the promotion what nobody needs any more.
pub(super) fn tokens(
    (step, id, token): (&str, &str, &str),
    behavior: &str,
    stages: &Value,
) -> Result<(), String> {
    match step {
        "createSecret" => {
            let mut value = read(id, "AWSCURRENT", None)?.ok_or("nothing is current")?;
            if read(id, "AWSPENDING", Some(token))?.is_some() {
                return Ok(());
            }
            let orphans = behavior == "tokens that nobody knows";
            value["token"] =
                if orphans { random_password()? } else { json!(format!("of-{token}")) };
            ask_target("make", &value)?;
            let stored = store(id, token, &value);
            if stored.is_err() && behavior == "tokens deleted on an error" {
                ask_target("delete", &value)?;
            }
            stored
        }
        "setSecret" => read(id, "AWSPENDING", Some(token)).map(drop),
        "testSecret" => {
            let pending = read(id, "AWSPENDING", Some(token))?.ok_or("nothing is pending")?;
            let is_there = ask_target("find", &pending)?;
            is_there.then_some(()).ok_or_else(|| "it is refused".to_owned())
        }
        _ => {
            let is_last = behavior == "tokens revoked at last";
            let label = if is_last { "AWSCURRENT" } else { "AWSPREVIOUS" };
            let old = read(id, label, None)?;
            let revoke = || old.iter().try_for_each(|old| ask_target("delete", old).map(drop));
            if !is_last {
                revoke()?;
            }
            promote(id, token, stages)?;
            if is_last { revoke() } else { Ok(()) }
        }
    }
}

#[test]
fn a_login_that_is_granted_after_the_user_is_made() {
    let found = found("alternates with a late login", &CALLS);
    // Between the user and its login nobody gets any further; between login and grants the rotation goes on without them.
    let (login, grants) = ("setSecret:GetSecretValue#2", "setSecret:GetSecretValue#3");
    let each = |place: &str, properties: &str| {
        let faults = ["killed-before", "killed-after", "error-before", "lost-reply", "throttled"];
        faults.map(|fault| format!("{place}:{fault} {properties}"))
    };
    let expected =
        [each(login, "pending-cleared rotation-recovers"), each(grants, "same-privileges")];
    assert_eq!(found, expected.concat());
}

#[test]
fn tokens_that_are_made_by_the_name_of_their_version_are_sound() {
    let arguments = [&CALLS[..], &["--rotations-before", "1"]].concat();
    assert_eq!(found("tokens", &arguments), Vec::<String>::new());
}

#[test]
fn a_token_that_is_made_and_not_stored_is_left_over() {
    let found = found("tokens that nobody knows", &CALLS);
    let expected = [
        "burst:killed-after",
        "burst:lost-reply",
        "PutSecretValue:killed-before",
        "PutSecretValue:error-before",
        "PutSecretValue:throttled",
    ];
    let expected = expected.map(|at| format!("createSecret:{at} live-is-labelled old-is-revoked"));
    assert_eq!(found, expected);
}

#[test]
fn a_stored_token_that_is_deleted_is_never_accepted() {
    let found = found("tokens deleted on an error", &CALLS);
    assert_eq!(found, ["createSecret:PutSecretValue:lost-reply pending-cleared rotation-recovers"]);
}

#[test]
fn a_token_that_is_revoked_at_last_is_left_over_and_leaves_no_grace() {
    let found = found("tokens revoked at last", &CALLS);
    let expected = [
        "UpdateSecretVersionStage:killed-after",
        "UpdateSecretVersionStage:lost-reply",
        "burst:killed-before",
        "burst:error-before",
    ];
    let expected = expected.map(|at| format!("finishSecret:{at} live-is-labelled old-is-revoked"));
    assert_eq!(found, expected);
    // Clients that have the previous token cached are refused at once, without any fault.
    let place = "finishSecret:UpdateSecretVersionStage:killed-after";
    let output = drill("tokens revoked at last", &["--only", place]);
    let text = String::from_utf8(output.stdout).unwrap();
    for told in [
        "✗ previous-works without any fault; it isn't told of the other runs\n  previous-works: the target refuses the \
         previous credential, v1\n",
        "✗ live-is-labelled, old-is-revoked at 1 place\n",
        "  old-is-revoked: the target accepts a credential that was to be revoked\n",
        "1 of 1 runs end badly\n",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    let output = drill("tokens revoked at last", &["--fault", "doubled"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("4 runs, none worse than without faults\n"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}
