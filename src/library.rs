//! The scenario library, carried inside the binary so that it is there wherever the command is.

use include_dir::{Dir, DirEntry, include_dir};

/// The folder `scenarios` as it was when the crate was built.
static SCENARIOS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// One scenario file of the library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LibraryFile {
    /// Its path in the repository, such as `scenarios/lessons/10-rollback.yaml`.
    pub path: String,
    /// What is in it.
    pub text: &'static str,
}

/// The program of that name, such as `template`.
pub fn program(name: &str) -> Option<LibraryFile> {
    let file = SCENARIOS.get_file(format!("programs/{name}.yaml"))?;
    Some(LibraryFile {
        path: format!("scenarios/programs/{name}.yaml"),
        text: file.contents_utf8()?,
    })
}

/// The names of all programs that come along.
pub fn programs() -> Vec<String> {
    let mut all = Vec::new();
    if let Some(folder) = SCENARIOS.get_dir("programs") {
        collect(folder, &mut all);
    }
    let mut names: Vec<String> = all
        .iter()
        .filter_map(|file| file.path.strip_prefix("scenarios/programs/")?.strip_suffix(".yaml"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

/// All scenario files of the library, by path, without the programs.
pub fn files() -> Vec<LibraryFile> {
    let mut files = Vec::new();
    collect(&SCENARIOS, &mut files);
    files.retain(|file| crate::yaml::first_key(file.text).as_deref() != Some("program"));
    files.sort();
    files
}

fn collect(folder: &Dir<'static>, files: &mut Vec<LibraryFile>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(folder) => collect(folder, files),
            DirEntry::File(file) => {
                let is_scenario = file.path().extension().is_some_and(|end| end == "yaml");
                if let Some(text) = file.contents_utf8().filter(|_| is_scenario) {
                    let parts = file.path().iter().map(|part| part.to_string_lossy());
                    let path: String = std::iter::once("scenarios".into())
                        .chain(parts)
                        .collect::<Vec<_>>()
                        .join("/");
                    files.push(LibraryFile { path, text });
                }
            }
        }
    }
}
