//! What a comparison leaves behind: recordings and the page of quirks.
#![expect(clippy::disallowed_methods, reason = "I/O boundary: writes files and looks at the clock")]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{CompareArgs, Ends};
use crate::report::{self, CaseCompared, ComparedAll};
use crate::time::Timestamp;

/// Writes what the command line asks for.
pub(super) fn write(args: &CompareArgs, all: &ComparedAll<'_>) -> Result<(), Ends> {
    if let Some(path) = &args.record {
        for (path, text) in recordings(path, all)? {
            file(&path, &text)?;
        }
    }
    if let Some(path) = &args.profile_out {
        let name = path.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
        file(path, &report::quirks(all, &name))?;
    }
    Ok(())
}

/// The recordings, and where each goes.
fn recordings(path: &Path, all: &ComparedAll<'_>) -> Result<Vec<(PathBuf, String)>, Ends> {
    let about = format!("recorded at {} on {}", all.endpoint, today());
    let told = |case: &CaseCompared| Some((case.path.clone(), report::recording(case, &about)?));
    let recorded: Vec<_> = all.cases.iter().filter_map(told).collect();
    let is_file = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    match recorded.as_slice() {
        [(_, text)] if is_file => Ok(vec![(path.to_owned(), text.clone())]),
        several if is_file => Err(Ends::Told(format!(
            "{} scenarios were played, and `{}` has room for one; give a folder",
            several.len(),
            path.display()
        ))),
        _ => {
            fs::create_dir_all(path)?;
            let mut taken = BTreeSet::new();
            Ok(recorded
                .into_iter()
                .map(|(of, text)| (path.join(name(&of, &mut taken)), text))
                .collect())
        }
    }
}

/// A name for the recording of a file that no other one has.
fn name(of: &str, taken: &mut BTreeSet<String>) -> String {
    let stem = Path::new(of).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.unwrap_or_else(|| "recording".to_owned());
    let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
    let mut names = std::iter::once(stem.clone()).chain(numbered);
    let name = names.find(|name| taken.insert(name.clone())).unwrap_or(stem);
    format!("{name}.yaml")
}

/// The day it is.
fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or_default());
    now.to_string().chars().take(10).collect()
}

fn file(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text).map_err(|error| {
        io::Error::new(error.kind(), format!("failed to write `{}`: {error}", path.display()))
    })
}
