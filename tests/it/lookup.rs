//! `stagewright rules` as its users meet it: lists, pages, coverage, and what is said of an id that doesn't exist.

use serde_json::Value;

use crate::cli::{BAD, Folder, GOOD, MISTAKEN, status, stderr, stdout};

macro_rules! check {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!($name, $text);
        });
    };
}

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let output = folder.run(arguments);
    assert_eq!(stderr(&output), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// One page of each kind, in the order asked for, in upper or lower case.
#[test]
fn pages() {
    let folder = Folder::new("pages");
    let text = folder.told(&[&[
        "rules",
        "usvs-6",
        "ROT-14",
        "lam-9",
        "pending-and-previous-apart",
        "ABANDONS",
    ]]);
    check!("pages", text);
}

/// A list has a line for every rule; a group is found by its prefix.
#[test]
fn lists() {
    let folder = Folder::new("lists");
    let all = stdout(&folder.run(&["rules"]));
    for id in ["USVS-25", "BGSV-1", "one-version-per-label", "first-version"] {
        assert!(all.contains(&format!("\n  {id} ")), "{id}");
    }
    assert!(all.lines().all(|line| line.chars().count() <= 120), "{all}");
    check!("group", folder.told(&[&["rules", "crs"]]));
}

/// What is asked for and not there is a mistake, all of it told at once, with a remedy.
#[test]
fn unknown_ids() {
    let folder = Folder::with("unknown", &[("a.yaml", GOOD)]);
    let text = folder.told(&[
        &["rules", "USVS-99", "USVS-5", "weather"],
        &["rules", "prevous-by-hand"],
        &["rules", "USVS-5", "--coverage", "a.yaml"],
        &["rules", "--threshold", "50"],
        &["rules", "--coverage", "a.yaml", "--threshold", "101"],
        &["rules", "--format", "junit"],
    ]);
    assert_eq!(text.matches("--- exit status 2").count(), 6, "{text}");
    check!("unknown", text);
}

/// Scenarios that pass count, those that fail are named and don't; the threshold decides how it ends.
#[test]
fn coverage() {
    let folder = Folder::with("coverage", &[("good.yaml", GOOD), ("bad.yaml", BAD)]);
    let text = folder.told(&[&["rules", "--coverage", "."]]);
    check!("coverage", text);
    for (threshold, expected) in [("0", 0), ("5", 0), ("50", 1), ("100", 1)] {
        for format in ["text", "json"] {
            let arguments =
                ["rules", "--coverage", ".", "--threshold", threshold, "--format", format];
            assert_eq!(status(&folder.run(&arguments)), expected, "{threshold} {format}");
        }
    }
    let told = json(&folder, &["rules", "--coverage", "good.yaml", "--format", "json"]);
    assert_eq!((&told["schema_version"], &told["scenarios"]), (&1.into(), &1.into()));
    assert!(told["exercised"].as_array().unwrap().contains(&"USVS-5".into()));
    // PSV-27 is our own choice: exercised, and not counted.
    let listed = told["exercised"].as_array().unwrap();
    assert!(listed.contains(&"PSV-27".into()), "{told}");
    assert_eq!(told["total"]["exercised"], listed.len() - 1);
}

/// Files with mistakes are told as `run` tells them, and nothing is counted.
#[test]
fn coverage_of_mistakes() {
    let folder = Folder::with("uncovered", &[("good.yaml", GOOD), ("mistakes.yaml", MISTAKEN)]);
    folder.write("notes/notes.txt", "");
    let text = folder.told(&[
        &["rules", "--coverage", "."],
        &["rules", "--coverage", "notes"],
        &["rules", "--coverage", "none.yaml"],
    ]);
    check!("uncovered", text);
}

/// Without a path the library that comes along is counted, wherever the command runs.
#[test]
fn coverage_of_the_library() {
    let folder = Folder::new("library");
    let own = json(&folder, &["rules", "--coverage", "--format", "json"]);
    let scenarios = crate::files::root().join("scenarios");
    let path = scenarios.to_str().unwrap();
    let stored = json(&folder, &["rules", "--format", "json", "--coverage", path]);
    assert_eq!(own, stored);
}

/// The machine-readable form has the same for lists and pages, and for a page what the library shows.
#[test]
fn json_of_topics() {
    let folder = Folder::new("topics");
    let all = json(&folder, &["rules", "--format", "json"]);
    assert_eq!((&all["schema_version"], &all["command"]), (&1.into(), &"rules".into()));
    let topics = all["topics"].as_array().unwrap();
    let page = json(&folder, &["rules", "usvs-6", "--format", "json"]);
    let [page] = page["topics"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!(page["example"]["before"]["AWSCURRENT"], "v2");
    assert_eq!(page["example"]["after"]["AWSCURRENT"], "v1");
    let listed = topics.iter().find(|topic| topic["id"] == "USVS-6").unwrap();
    for (member, value) in listed.as_object().unwrap() {
        assert_eq!(&page[member], value, "{member}");
    }
}

/// Color only where it is asked for; the words are the same.
#[test]
fn color() {
    let folder = Folder::with("lookup-color", &[("good.yaml", GOOD)]);
    for arguments in
        [&["rules", "USVS"][..], &["rules", "usvs-6", "abandons"], &["rules", "--coverage", "."]]
    {
        let plain = stdout(&folder.run(&[&["--color", "never"], arguments].concat()));
        let mut colored = stdout(&folder.run(&[&["--color", "always"], arguments].concat()));
        assert!(!plain.contains('\u{1b}') && colored.contains('\u{1b}'));
        while let Some((before, rest)) = colored.split_once('\u{1b}') {
            colored = format!("{before}{}", rest.split_once('m').unwrap().1);
        }
        assert_eq!(colored, plain);
    }
}
