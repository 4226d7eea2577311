//! Finds scenario files and snapshots.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// What was found under the paths of the command line.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// YAML files, by path; each once.
    pub(super) files: BTreeSet<PathBuf>,
    /// Snapshots that no YAML file stands beside.
    pub(super) unreferenced: Vec<PathBuf>,
}

/// Looks for files. A path that doesn't exist is an error with the path in it.
pub(super) fn find(paths: &[PathBuf]) -> io::Result<Found> {
    let mut found = Found::default();
    let mut snapshots = BTreeSet::new();
    for path in paths {
        let context = |error: io::Error| {
            io::Error::new(error.kind(), format!("failed to read `{}`: {error}", path.display()))
        };
        let is_folder = fs::metadata(path).map_err(context)?.is_dir();
        // Without `.` in it, so that a file has one path, however it is reached.
        let path: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
        if is_folder {
            walk(&path, &mut found.files, &mut snapshots).map_err(context)?;
        } else {
            found.files.insert(path);
        }
    }
    let has_scenario =
        |snapshot: &PathBuf| YAML.iter().any(|end| snapshot.with_extension(end).exists());
    found.unreferenced = snapshots.into_iter().filter(|snapshot| !has_scenario(snapshot)).collect();
    Ok(found)
}

/// How names of scenario files end.
const YAML: [&str; 2] = ["yaml", "yml"];

fn walk(
    folder: &Path,
    files: &mut BTreeSet<PathBuf>,
    snapshots: &mut BTreeSet<PathBuf>,
) -> io::Result<()> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in fs::read_dir(here)? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let kind = entry.file_type()?;
        let extension = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if hidden {
            continue;
        }
        if kind.is_dir() {
            walk(&path, files, snapshots)?;
        } else if YAML.contains(&extension) {
            files.insert(path);
        } else if extension == "snap" {
            snapshots.insert(path);
        }
    }
    Ok(())
}
