//! The house is in order: imports point down, each file says what it is for, nothing is left over.

use std::collections::BTreeSet;

use crate::files;

/// The modules from the ground up. Each may use those before it.
const FLOORS: [&str; 32] = [
    "evidence",
    "time",
    "schedule",
    "secret",
    "assumption",
    "seed",
    "caller",
    "permission",
    "labels",
    "api",
    "target",
    "program",
    "service",
    "world",
    "property",
    "explore",
    "model",
    "mistake",
    "yaml",
    "library",
    "scenario",
    "coverage",
    "variation",
    "fuzz",
    "compare",
    "report",
    "snapshot",
    "lambda",
    "endpoint",
    "serve",
    "drill",
    "cli",
];

/// The name of the top-level module that a source file belongs to.
fn module(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Source files as path below `src` and text.
fn sources() -> Vec<(String, String)> {
    let src = files::root().join("src");
    let name =
        |path: &std::path::Path| path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
    files::under(&src, "rs").iter().map(|path| (name(path), files::text(path))).collect()
}

#[test]
fn imports_point_down() {
    let floor = |module: &str| FLOORS.iter().position(|it| *it == module);
    for (path, text) in
        sources().iter().filter(|(path, _)| !matches!(path.as_str(), "lib.rs" | "main.rs"))
    {
        let own = floor(module(path)).unwrap_or_else(|| panic!("{path} is on no floor"));
        for used in text.split("crate::").skip(1) {
            let used: String =
                used.chars().take_while(|it| it.is_ascii_lowercase() || *it == '_').collect();
            let Some(below) = floor(&used) else { continue };
            assert!(below <= own, "src/{path} uses `{used}`, which is above it");
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let tests = files::under(&files::root().join("tests"), "rs");
    let tests = tests.iter().map(|path| (path.display().to_string(), files::text(path)));
    for (path, text) in sources().into_iter().chain(tests) {
        assert!(text.starts_with("//! "), "{path} doesn't open with a sentence");
    }
}

#[test]
fn files_stay_short() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= 520,
            "src/{path} has {lines} lines; split it along a seam that a reader would expect"
        );
    }
}

/// The label rules are pure: they know nothing of names, texts and answers.
#[test]
fn the_label_rules_use_rules_and_assumptions_alone() {
    let (_, text) = sources().into_iter().find(|(path, _)| path == "labels.rs").unwrap();
    let used: BTreeSet<&str> = text
        .split("use crate::")
        .skip(1)
        .map(|used| used.split(|it: char| !it.is_ascii_lowercase()).next().unwrap())
        .collect();
    assert_eq!(used, BTreeSet::from(["assumption", "evidence"]));
}

/// Rules that are to be simulated one day.
pub(crate) const NOT_SIMULATED_YET: [&str; 0] = [];

/// Every snapshot has the scenario that it is of.
#[test]
fn no_snapshot_is_left_over() {
    for path in files::under(&files::root().join("scenarios"), "snap") {
        assert!(path.with_extension("yaml").exists(), "{} has no scenario", path.display());
    }
}

/// The project speaks of itself alone.
#[test]
fn no_path_of_a_machine_is_written_down() {
    let forbidden =
        [["/", "work", "/"].concat(), ["/", "tmp", "/"].concat(), ["semantics", ".md"].concat()];
    let docs = ["md", "yaml", "toml"].iter().flat_map(|end| files::under(files::root(), end));
    let docs = docs.filter(|path| !path.starts_with(files::root().join("target")));
    let docs = docs.map(|path| (path.display().to_string(), files::text(&path)));
    for (path, text) in sources().into_iter().chain(docs) {
        for word in &forbidden {
            assert!(!text.contains(word.as_str()), "{path} has `{word}`");
        }
    }
}
