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

/// A file or folder of what stands beside the repository: in the folder that `STAGEWRIGHT_SHARED` names, or in the
/// nearest `shared` next to a folder above. Without it a test has nothing to show, says so, and fails in CI.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("STAGEWRIGHT_SHARED").map(PathBuf::from);
    let above = root().ancestors().skip(1).map(|folder| folder.join("shared"));
    let found = named.into_iter().chain(above).map(|it| it.join(name)).find(|it| it.exists());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "there is no ../shared/{name}");
        eprintln!("there is no ../shared/{name}: nothing is compared with it");
    }
    found
}

/// The recorded answers of AWS.
pub(crate) fn recordings() -> Vec<PathBuf> {
    shared("recorded").map(|folder| under(&folder, "yaml")).unwrap_or_default()
}

/// The scenarios of the repository, without the programs.
pub(crate) fn scenarios() -> Vec<PathBuf> {
    let mut files = under(&root().join("scenarios"), "yaml");
    files.retain(|path| stagewright::yaml::first_key(&text(path)).as_deref() != Some("program"));
    assert!(!files.is_empty(), "there are no scenarios");
    files
}
