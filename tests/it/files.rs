//! Finds the files that tests are about.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under a folder whose name ends in `.end`, by path.
pub(crate) fn under(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == end) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The recorded answers of AWS, which stand beside the repository. Without them a test has nothing to show, says so,
/// and fails in CI.
pub(crate) fn recordings() -> Vec<PathBuf> {
    let files = under(&root().join("../shared/recorded"), "yaml");
    if files.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "there are no recordings in ../shared/recorded");
        eprintln!("there are no recordings in ../shared/recorded: nothing is compared with AWS");
    }
    files
}

/// The scenarios of the repository.
pub(crate) fn scenarios() -> Vec<PathBuf> {
    let files = under(&root().join("scenarios"), "yaml");
    assert!(!files.is_empty(), "there are no scenarios");
    files
}
