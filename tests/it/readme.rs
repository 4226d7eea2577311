//! The README and the page on exploring are true: what they show is what the command prints, and their scenarios pass.

use std::process::Command;

use stagewright::scenario::Scenario;

use crate::compare::wrong::Wrong;
use crate::files;

/// The texts that have transcripts.
const PAGES: [&str; 3] = ["README.md", "docs/comparing.md", "docs/exploring.md"];

/// Where the texts say that an emulator is.
const EMULATOR: &str = "127.0.0.1:5000";

/// The blocks of a page that are fenced as `kind`.
fn blocks(page: &str, kind: &str) -> Vec<String> {
    let text = files::text(&files::root().join(page));
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// With `INSTA_UPDATE=always` the pages are made true.
#[test]
fn transcripts_are_what_the_command_prints() {
    for page in PAGES {
        let transcripts = blocks(page, "console");
        assert!(!transcripts.is_empty());
        for transcript in transcripts {
            let (command, shown) = transcript.split_once('\n').unwrap();
            let words: Vec<_> =
                command.strip_prefix("$ stagewright ").unwrap().split(' ').collect();
            // In the place of the emulator of the text stands one that has the same fault.
            let emulator = Wrong::start();
            let words = words.into_iter().map(|word| word.replace(EMULATOR, &emulator.address));
            let output = Command::new(env!("CARGO_BIN_EXE_stagewright"))
                .args(words)
                .current_dir(files::root())
                .output()
                .unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            let printed = printed.replace(&emulator.address, EMULATOR);
            if std::env::var("INSTA_UPDATE").is_ok_and(|it| it == "always") {
                let path = files::root().join(page);
                let text =
                    files::text(&path).replace(&transcript, &format!("{command}\n{printed}"));
                std::fs::write(path, text).unwrap();
            } else {
                assert_eq!(printed, shown, "{page}: {command}");
            }
        }
    }
}

#[test]
fn the_scenarios_pass() {
    for page in PAGES {
        for text in blocks(page, "yaml") {
            let scenario = Scenario::read(&text).unwrap();
            assert!(scenario.play(false).passed(), "{page}");
        }
    }
}

/// The scenario on the page on exploring is the one in the library.
#[test]
fn the_page_on_exploring_shows_a_file() {
    let file = files::text(&files::root().join("scenarios/incidents/cancelled-while-it-runs.yaml"));
    assert_eq!(blocks("docs/exploring.md", "yaml"), [file]);
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
