//! What else can be asked of a drill: its formats, its jobs, rotations before it, the retries of SDKs, and its end.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;

use super::{Target, bad, drill, free_place, json_of};

#[test]
fn junit_has_a_case_for_each_run() {
    let arguments = ["--fault", "killed-after", "--fault", "current-back", "--format", "junit"];
    let output = drill("alternates", &arguments);
    assert_eq!(output.status.code(), Some(1));
    let report = Report::deserialize_from_str(&String::from_utf8(output.stdout).unwrap()).unwrap();
    assert_eq!(report.name.as_ref().unwrap().as_str(), "stagewright drill");
    let cases = &report.test_suites[0].test_cases;
    let told = cases.iter().map(|case| {
        let (word, why) = match &case.status {
            TestCaseStatus::Success { .. } => ("ok", ""),
            TestCaseStatus::NonSuccess { message, description, .. } => {
                let text = description.as_ref().unwrap().as_str();
                assert!(text.contains(&format!("--only '{}' --", case.name.as_str())), "{text}");
                ("failed", message.as_ref().unwrap().as_str())
            }
            TestCaseStatus::Skipped { message, .. } => {
                ("skipped", message.as_ref().unwrap().as_str())
            }
        };
        format!("{} {word} {why}", case.name.as_str()).trim_end().to_owned()
    });
    insta::assert_snapshot!("drill_junit", told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn json_has_each_run_with_its_verdict() {
    let drilled = json_of(&drill(
        "alternates",
        &["--fault", "killed-after", "--fault", "current-back", "--format", "json"],
    ));
    assert_eq!(drilled["passed"], false);
    assert_eq!(drilled["complete"], true);
    assert_eq!(drilled["planned"], drilled["runs"].as_array().unwrap().len());
    let told = drilled["runs"].as_array().unwrap().iter().map(|run| {
        let text = |member: &str| run[member].as_str().unwrap_or("-").to_owned();
        let is_bad = !run["violations"].as_array().unwrap().is_empty();
        assert_eq!(run["replay"].is_string(), is_bad, "{run}");
        assert_eq!(run["trace"].is_array(), is_bad, "{run}");
        let [step, call, fault, ended] = ["step", "call", "fault", "ended"].map(text);
        format!("{step}:{call}:{fault} {ended} {}", run["retries"])
    });
    insta::assert_snapshot!("drill_json", told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn several_jobs_come_to_the_same() {
    let of = |jobs: &str| {
        let output = drill("has no target", &["--fault", "calls", "--jobs", jobs]);
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let one = of("1");
    assert!(one.contains("55 runs, all well"), "{one}");
    assert_eq!(of("3"), one);
}

#[test]
fn there_is_a_previous_version_after_a_rotation_or_if_one_is_given() {
    let of = |arguments: &[&str]| {
        let only = ["--only", "createSecret:GetSecretValue:current-back", "--format", "json"];
        let drilled = json_of(&drill("is sound", &[&only[..], arguments].concat()));
        drilled["runs"][0]["ended"].clone()
    };
    assert_eq!(of(&[]), "inapplicable");
    assert_eq!(of(&["--rotations-before", "1"]), "recovered");
    assert_eq!(of(&["--previous", r#"{"username":"app","password":"older"}"#]), "recovered");
}

#[test]
fn an_sdk_gets_over_a_fault_if_it_may() {
    let faults = ["error-before", "lost-reply", "throttled"].map(|it| format!("--fault={it}"));
    let faults: Vec<&str> = faults.iter().map(String::as_str).chain(["--format=json"]).collect();
    let retried = |arguments: &[&str]| {
        let drilled = json_of(&drill("is sound", &[&faults, arguments].concat()));
        assert_eq!(bad(&drilled), Vec::<String>::new());
        let runs = drilled["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 33);
        let retried = runs.iter().filter(|run| run["retries"] == 1);
        let place = |run: &Value| format!("{} {}", run["call"], run["fault"]).replace('"', "");
        retried.map(place).collect::<Vec<_>>()
    };
    assert_eq!(retried(&[]).len(), 33, "a function is told to make one attempt");
    assert_eq!(retried(&["--env=AWS_MAX_ATTEMPTS=3"]).len(), 33, "a fault hits all attempts");
    // The label was moved from where the second attempt says that it is.
    assert_eq!(retried(&["--let-sdk-retry"]), ["UpdateSecretVersionStage lost-reply"]);
}

#[test]
fn a_function_that_floods_its_target_is_a_finding() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = target.local_addr().unwrap();
    // Whoever comes in is left alone.
    std::thread::spawn(move || target.incoming().collect::<Vec<_>>());
    let listen = free_place();
    // It waits for the next one in vain, or says how many it has.
    let (target, flooded) = (format!("--target={listen}={at}"), format!("--env=FLOODED={listen}"));
    let output = drill("floods", &[&target, &flooded, "--function-timeout", "2s"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("  rotation-recovers: "), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

/// Whether there is a process of that number.
fn is_there(process: &str) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-0", process]).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn control_c_tells_what_is_known_and_leaves_nothing_running() {
    let target = Target::new();
    let arguments = ["--fault", "killed-before", "--function-timeout", "10m"];
    let mut command = target.command("hangs later", &arguments);
    // The function ignores other signals than the last one.
    let words: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let at = words.iter().position(|word| word == "--").unwrap() + 1;
    let deaf = ["sh", "-c", "trap '' TERM INT HUP; exec \"$0\" \"$@\""].map(Into::into);
    let words = [&words[..at], &deaf, &words[at..]].concat();
    command = Command::new(command.get_program());
    command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    let drill = command.spawn().unwrap();
    let child = wait_for(&target.0.join(".child"));
    assert!(is_there(&child));
    let interrupted = Command::new("kill").args(["-INT", &drill.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let output = drill.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.ends_with("3 runs, all well; stopped with 8 runs to go\n"), "{text}");
    assert!(text.contains("    3  GetSecretValue#2                1\n"), "{text}");
    // It is killed with its group, which takes the system a moment.
    while is_there(&child) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn a_function_that_ignores_signals_leaves_nothing_running_when_it_takes_too_long() {
    let target = Target::new();
    fs::write(target.0.join(".begun"), "xxxxxxx").unwrap();
    let output = target.command("hangs later", &["--function-timeout", "500ms"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Task timed out after 0.50 seconds"), "{text}");
    assert_eq!(output.status.code(), Some(1));
    let child = wait_for(&target.0.join(".child"));
    while is_there(&child) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// What stands in a file once it is there.
fn wait_for(path: &Path) -> String {
    loop {
        match fs::read_to_string(path) {
            Ok(text) if !text.is_empty() => return text,
            _ => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
    }
}

#[test]
fn each_bad_run_is_written_and_nothing_else() {
    let folder = std::env::temp_dir().join(format!("stagewright-drill-{}-all", std::process::id()));
    let write = format!("--write={}", folder.display());
    let drilled = json_of(&drill("alternates", &["--fault=calls", "--format=json", &write]));
    let mut written: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    fs::remove_dir_all(&folder).unwrap();
    written.sort();
    let mut runs: Vec<_> = bad(&drilled)
        .iter()
        .map(|cell| cell.split(' ').next().unwrap().replace([':', '#'], "-") + ".yaml")
        .collect();
    runs.sort();
    assert_eq!(written, runs);
    assert!(!written.is_empty());
}
