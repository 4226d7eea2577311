//! The README is true: what it shows is what the command prints, and its scenario passes.

use std::process::Command;

use stagewright::scenario::Scenario;

use crate::files;

/// The blocks of the README that are fenced as `kind`.
fn blocks(kind: &str) -> Vec<String> {
    let text = files::text(&files::root().join("README.md"));
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn transcripts_are_what_the_command_prints() {
    let transcripts = blocks("console");
    assert!(!transcripts.is_empty());
    for transcript in transcripts {
        let (command, shown) = transcript.split_once('\n').unwrap();
        let words: Vec<_> = command.strip_prefix("$ stagewright ").unwrap().split(' ').collect();
        let output = Command::new(env!("CARGO_BIN_EXE_stagewright"))
            .args(words)
            .current_dir(files::root())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), shown, "{command}");
    }
}

#[test]
fn the_scenario_passes() {
    for text in blocks("yaml") {
        let scenario = Scenario::read(&text).unwrap();
        assert!(scenario.play(false).passed());
    }
}

/// Numbers that the README states.
#[test]
fn figures_are_right() {
    let readme = files::text(&files::root().join("README.md"));
    let lessons = files::under(&files::root().join("scenarios/lessons"), "yaml").len();
    assert!(readme.contains(&format!("a course in {lessons} short files")));
    let recordings = files::recordings();
    if !recordings.is_empty() {
        let calls: usize =
            recordings.iter().map(|path| files::text(path).matches("- call: ").count()).sum();
        assert!(readme.contains(&format!("the {} recordings", recordings.len())));
        assert!(readme.contains(&format!("{calls} calls")), "{calls}");
    }
}
