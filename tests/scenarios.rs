//! One test for each scenario of the repository: it passes, and tells what its snapshot tells.
//!
//! The snapshots are those that `stagewright run` compares; here insta reads the same files.
#![expect(clippy::disallowed_methods, reason = "tests read files")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use stagewright::report::{Told, canonical};
use stagewright::scenario::Scenario;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let trials = files.into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap().with_extension("").display().to_string();
        Trial::test(name, move || check(&path))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            files.push(path);
        }
    }
}

fn check(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    if stagewright::yaml::first_key(&text).as_deref() == Some("program") {
        return Ok(());
    }
    let scenario = Scenario::read(&text).map_err(|mistakes| format!("{mistakes:#?}"))?;
    let played = scenario.play(false);
    if !played.passed() {
        return Err(
            format!("{:#?} {:?} {:?}", played.differences, played.broken, played.unbroken).into()
        );
    }
    let told = Told { path: "", scenario: &scenario, played: &played, show_values: false };
    let name = path.file_stem().unwrap().to_str().unwrap();
    insta::with_settings!({
        snapshot_path => path.parent().unwrap(),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, canonical(told));
    });
    Ok(())
}
