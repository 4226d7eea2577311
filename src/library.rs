//! The scenario library and the rotation functions, carried inside the binary so that they are there wherever the
//! command is.

use include_dir::{Dir, DirEntry, include_dir};

/// The folder `scenarios` as it was when the crate was built.
static SCENARIOS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The folder of it that has rotation functions.
const PROGRAMS: &str = "programs";

/// One file of the library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LibraryFile {
    /// Its path in the repository, such as `scenarios/lessons/10-rollback.yaml`.
    pub path: String,
    /// What is in it.
    pub text: &'static str,
}

/// All scenario files of the library, by path.
pub fn files() -> Vec<LibraryFile> {
    let mut files = Vec::new();
    for entry in SCENARIOS.entries().iter().filter(|entry| !entry.path().ends_with(PROGRAMS)) {
        collect(entry, &mut files);
    }
    files.sort();
    files
}

/// All rotation functions of the library, by path.
pub fn programs() -> Vec<LibraryFile> {
    let mut files = Vec::new();
    for entry in SCENARIOS.entries().iter().filter(|entry| entry.path().ends_with(PROGRAMS)) {
        collect(entry, &mut files);
    }
    files.sort();
    files
}

impl LibraryFile {
    /// What a rotation function is called after `builtin:`, such as `template` or `wrong/fresh-token`.
    pub fn builtin_name(&self) -> Option<&str> {
        self.path.strip_prefix("scenarios/programs/")?.strip_suffix(".yaml")
    }
}

fn collect(entry: &'static DirEntry<'static>, files: &mut Vec<LibraryFile>) {
    match entry {
        DirEntry::Dir(folder) => folder.entries().iter().for_each(|entry| collect(entry, files)),
        DirEntry::File(file) => {
            let is_yaml = file.path().extension().is_some_and(|end| end == "yaml");
            if let Some(text) = file.contents_utf8().filter(|_| is_yaml) {
                let parts = file.path().iter().map(|part| part.to_string_lossy());
                let path: String =
                    std::iter::once("scenarios".into()).chain(parts).collect::<Vec<_>>().join("/");
                files.push(LibraryFile { path, text });
            }
        }
    }
}
