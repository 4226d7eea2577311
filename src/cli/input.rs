//! One file of the command line: read, played, and compared with its snapshot.
#![expect(clippy::disallowed_methods, reason = "I/O boundary: reads scenarios and snapshots")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::mistake::{Mistake, suggest};
use crate::program::Program;
use crate::property::PropertyName;
use crate::report::{Told, canonical};
use crate::scenario::{Played, Scenario};
use crate::snapshot;
use crate::yaml;

/// One file and what came of it.
#[derive(Debug)]
pub(super) struct Input {
    /// The path as the user gave it or as it was found.
    pub(super) path: PathBuf,
    /// What it is.
    pub(super) content: Content,
}

impl Input {
    /// Why it isn't a scenario that comes out as it says, if it isn't one.
    pub(super) fn difference(&self) -> Option<String> {
        let file = match &self.content {
            Content::Played(file) => file,
            Content::Skipped => return Some("there is nothing to play in it".to_owned()),
            Content::Mistaken { mistakes, .. } => {
                let first = mistakes.first().map(|it| it.message.clone());
                return Some(format!("it can't be read: {}", first.unwrap_or_default()));
            }
        };
        let played = &file.played;
        if let Some(difference) = played.differences.first() {
            let step = difference.step.saturating_add(1);
            return Some(format!("step {step}: {}", difference.message));
        }
        let of = |list: &[PropertyName]| {
            list.iter().map(PropertyName::to_string).collect::<Vec<_>>().join(", ")
        };
        if !played.unbroken.is_empty() {
            return Some(format!("it doesn't break {}", of(&played.unbroken)));
        }
        (!played.broken.is_empty()).then(|| format!("it breaks {} too", of(&played.broken)))
    }
}

#[derive(Debug)]
pub(super) enum Content {
    /// A scenario that was played.
    Played(Box<PlayedFile>),
    /// A scenario that the filter leaves out, or a program.
    Skipped,
    /// A file with mistakes.
    Mistaken { text: String, mistakes: Vec<Mistake> },
}

#[derive(Debug)]
pub(super) struct PlayedFile {
    pub(super) scenario: Scenario,
    pub(super) played: Played,
    /// The canonical text of the run; `None` if there is nothing to compare it with and nowhere to store it.
    pub(super) canonical: Option<String>,
    pub(super) snapshot: Snapshot,
}

/// How a run compares with its snapshot.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Snapshot {
    /// None is stored.
    Missing,
    /// The stored one is the same.
    Matches,
    /// The stored one differs.
    Differs { stored: String },
}

/// How files are played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    pub(super) filter: Option<&'a str>,
    pub(super) assume: &'a [(String, String)],
    pub(super) show_values: bool,
    /// Whether new snapshots may be stored.
    pub(super) stores: bool,
}

/// Where the snapshot of a scenario stands.
pub(super) fn snapshot_path(path: &Path) -> PathBuf {
    path.with_extension("snap")
}

/// What a file is, before anything is played.
#[derive(Debug)]
pub(super) enum Parsed {
    /// A scenario, with the assumptions of the command line.
    Scenario(Box<Scenario>),
    /// A scenario that the filter leaves out, or a program.
    Skipped,
    /// A file with mistakes.
    Mistaken(Vec<Mistake>),
}

/// Reads one file. Gives its text too, in which mistakes have their places.
pub(super) fn parse(path: &Path, options: Options<'_>) -> io::Result<(String, Parsed)> {
    let context = |error: io::Error| {
        io::Error::new(error.kind(), format!("failed to read `{}`: {error}", path.display()))
    };
    let bytes = fs::read(path).map_err(context)?;
    Ok(match yaml::decode(&bytes) {
        Ok(text) => (text.to_owned(), read(path, text, options)),
        Err(bad) => (bad.text.clone(), Parsed::Mistaken(vec![bad.mistake])),
    })
}

/// Reads and plays one file.
pub(super) fn load(path: &Path, options: Options<'_>) -> io::Result<Input> {
    let (text, parsed) = parse(path, options)?;
    let content = match parsed {
        Parsed::Scenario(scenario) => play(path, &text, *scenario, options)?,
        Parsed::Skipped => Content::Skipped,
        Parsed::Mistaken(mistakes) => Content::Mistaken { text, mistakes },
    };
    Ok(Input { path: path.to_owned(), content })
}

/// Reads the text of a file.
pub(super) fn read(path: &Path, text: &str, options: Options<'_>) -> Parsed {
    let first = yaml::first_key(text);
    match first.as_deref().map(|key| (key, text.find(key).unwrap_or(0))) {
        Some(("program", _)) => {
            return Program::read(text).map_or_else(Parsed::Mistaken, |_| Parsed::Skipped);
        }
        Some((key, at)) if key != "scenario" && is_known_later(text) => {
            let mistake = Mistake::new(
                at..at.saturating_add(key.len()),
                "the first key doesn't say what the file is",
            )
            .label("`scenario` comes later")
            .help("put `scenario:` first");
            return Parsed::Mistaken(vec![mistake]);
        }
        Some((key, at)) if suggest(key, ["program"]).is_some() => {
            let mistake = Mistake::new(
                at..at.saturating_add(key.len()),
                format!("unknown kind of file `{key}`"),
            )
            .label("not a kind of file")
            .help("did you mean `program`?");
            return Parsed::Mistaken(vec![mistake]);
        }
        _ => {}
    }
    let load = |name: &str| load_program(path, name);
    let mut scenario = match Scenario::read_with(text, &load) {
        Ok(scenario) => scenario,
        Err(mistakes) => return Parsed::Mistaken(mistakes),
    };
    if options.filter.is_some_and(|filter| !scenario.matches(filter, &path.to_string_lossy())) {
        return Parsed::Skipped;
    }
    assume(&mut scenario, options.assume);
    Parsed::Scenario(Box::new(scenario))
}

/// Plays a scenario, and holds it against its snapshot.
fn play(path: &Path, text: &str, scenario: Scenario, options: Options<'_>) -> io::Result<Content> {
    let shown = path.to_string_lossy();
    let mut played = scenario.play(options.show_values);
    played.locate(text);
    let stored = stored_snapshot(&snapshot_path(path))?;
    let canonical = (stored.is_some() || options.stores).then(|| {
        // Differences that were found with values shown have values in them.
        let hidden =
            (options.show_values && !played.differences.is_empty()).then(|| scenario.play(false));
        let played = hidden.as_ref().unwrap_or(&played);
        canonical(Told { path: &shown, scenario: &scenario, played, show_values: false })
    });
    let snapshot = match (stored, &canonical) {
        (None, _) | (_, None) => Snapshot::Missing,
        (Some(stored), Some(canonical)) if snapshot::matches(&stored, canonical) => {
            Snapshot::Matches
        }
        (Some(stored), Some(_)) => Snapshot::Differs { stored },
    };
    Ok(Content::Played(Box::new(PlayedFile { scenario, played, canonical, snapshot })))
}

/// Reads a program file that stands relative to a scenario.
pub(super) fn load_program(scenario: &Path, name: &str) -> Result<String, String> {
    let path = scenario.parent().unwrap_or(Path::new("")).join(name);
    let told = |error: &dyn std::fmt::Display| format!("`{}`: {error}", path.display());
    let bytes = fs::read(&path).map_err(|error| told(&error))?;
    yaml::decode(&bytes).map(str::to_owned).map_err(|bad| told(&bad.mistake.message))
}

/// The stored snapshot, if there is one.
fn stored_snapshot(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(stored) => Ok(Some(stored)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let message = format!("failed to read `{}`: {error}", path.display());
            Err(io::Error::new(error.kind(), message))
        }
    }
}

/// Sets assumptions that were checked before.
fn assume(scenario: &mut Scenario, chosen: &[(String, String)]) {
    for (id, option) in chosen {
        debug_assert!(scenario.clone().assume(id, option).is_ok(), "checked by the caller");
        drop(scenario.assume(id, option));
    }
}

/// Whether a later line begins with `scenario:`.
fn is_known_later(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("scenario:"))
}
