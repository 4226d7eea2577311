//! `stagewright fuzz`.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: writes scenarios and looks at the clock"
)]

mod calls;
mod mutants;
mod walks;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::Args;

use super::explore::watch::{Line, Watch};
use super::explore::{self, Loaded};
use super::{ExitStatus, Format, Terminal};
use crate::fuzz::{Case, with_function};
use crate::report::{self, Fuzzed, Paint};
use crate::time::Span;

/// How many cases are played unless the command line says otherwise.
const CASES: u64 = 20_000;

/// After so many findings it ends: whoever has these has enough to do.
const FINDINGS: usize = 10;

/// Where scenarios go that are kept.
const KEPT: &str = "scenarios/regressions";

/// What to play, and how much of it.
#[derive(Debug, Args)]
pub(super) struct FuzzArgs {
    /// A scenario or a program: its world is played, with more of everything; without one, the service itself
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Where all that is random comes from: the same seed, the same cases
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Play so many cases [default: 20000, or as many as `--for` has room for]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    cases: Option<u64>,
    /// Play this case alone
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["cases", "time", "shard"])]
    case: Option<u64>,
    /// Play for so long: 30s, 10m
    #[arg(long = "for", id = "time", value_name = "SPAN")]
    time: Option<Span>,
    /// Play the third of eight parts of the cases: 3/8
    #[arg(long, value_name = "PART/PARTS", default_value = "1/1")]
    shard: Shard,
    /// Write what is found into this folder, each as a scenario
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
    /// Write what is found into scenarios/regressions
    #[arg(long, conflicts_with = "write")]
    keep: bool,
    /// Tell which rules were met, how many pairs of them by one call, and which never
    #[arg(long)]
    coverage: bool,
    /// Form of the answer on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// One of several parts of the cases.
#[derive(Clone, Copy, Debug)]
struct Shard {
    part: u64,
    parts: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(part, parts)| {
            Some(Self { part: part.parse().ok()?, parts: parts.parse().ok()? })
        });
        parts
            .filter(|shard| shard.part >= 1 && shard.part <= shard.parts)
            .ok_or_else(|| "a part and how many there are, such as 3/8".to_owned())
    }
}

impl FuzzArgs {
    /// The numbers of the cases to play.
    fn numbers(&self) -> impl Iterator<Item = u64> {
        let all = self.time.map_or(CASES, |_| u64::MAX);
        let part = self.shard.part.saturating_sub(1);
        let last = self.cases.unwrap_or(all).saturating_sub(1);
        let (first, last) = self.case.map_or((part, last), |case| (case, case));
        let step = usize::try_from(self.shard.parts).unwrap_or(usize::MAX).max(1);
        (first..=last).step_by(step)
    }

    /// Where scenarios are written to.
    fn folder(&self) -> Option<&Path> {
        self.write.as_deref().or_else(|| self.keep.then(|| Path::new(KEPT)))
    }
}

/// Plays random cases.
pub(super) fn fuzz(args: &FuzzArgs, terminal: &Terminal) -> io::Result<ExitStatus> {
    let told = match &args.path {
        None => Ok(calls::play(args, &Watch::begin()?)),
        Some(path) => of_file(args, path, terminal)?,
    };
    let mut told = match told {
        Ok(told) => told,
        Err(status) => return Ok(status),
    };
    if let Some(folder) = args.folder() {
        write(folder, &mut told)?;
    }
    Terminal::answer(&match args.format {
        Format::Text => report::fuzzed(&told, terminal.paint()),
        Format::Json => format!("{:#}\n", report::fuzzed_json(&told)),
        Format::Junit => {
            let cases = report::fuzzed_junit(&told);
            report::junit("fuzz", "cases", cases).map_err(io::Error::other)?
        }
    })?;
    Ok(match told {
        Fuzzed { ref found, .. } if !found.is_empty() => ExitStatus::Violated,
        Fuzzed { stopped: true, .. } => ExitStatus::BoundReached,
        Fuzzed { .. } => ExitStatus::Holds,
    })
}

/// Plays the world of a scenario.
fn of_file(
    args: &FuzzArgs,
    path: &Path,
    terminal: &Terminal,
) -> io::Result<Result<Fuzzed, ExitStatus>> {
    let failed = |message: &str| Ok(Err(explore::usage(&format!("{}: {message}", path.display()))));
    if path.is_dir() {
        return failed("is a folder; name one scenario");
    }
    let loaded = match explore::read(path, terminal)? {
        Some(loaded) => loaded,
        None => explore::around(path, terminal)?,
    };
    let Loaded::Ready(ready) = loaded else { return Ok(Err(ExitStatus::BadInput)) };
    if !ready.scenario.is_explorable() {
        let told = mutants::play(args, &Watch::begin()?, &ready);
        return told.map_or_else(|message| failed(&message), |told| Ok(Ok(told)));
    }
    let paint = if args.format == Format::Text { terminal.paint() } else { Paint::Plain };
    let told = walks::play(args, &Watch::begin()?, &ready, paint);
    told.map_or_else(|message| failed(&message), |told| Ok(Ok(told)))
}

/// Writes what was found, each as a scenario named by what broke.
fn write(folder: &Path, told: &mut Fuzzed) -> io::Result<()> {
    for found in &mut told.found {
        fs::create_dir_all(folder)?;
        let Case { seed, number } = found.case;
        let path = folder.join(format!("{}-{seed}-{number}.yaml", found.broke));
        if let (Some(function), Some(from)) = (&found.function, &told.path) {
            let new = from_folder(&Path::new(from).with_file_name(function), folder)?;
            found.scenario = with_function(&found.scenario, function, &new);
        }
        keep(&path, &found.scenario)?;
        found.written = Some(path.display().to_string());
    }
    Ok(())
}

/// Writes a file, unless another one has its name.
fn keep(path: &Path, text: &str) -> io::Result<()> {
    match fs::read(path) {
        Ok(there) if there == text.as_bytes() => Ok(()),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!(
                "`{}` is there with another text; move it away, or write to another folder",
                path.display()
            ),
        )),
        Err(_) => fs::write(path, text),
    }
}

/// The way from a folder to a file.
fn from_folder(file: &Path, folder: &Path) -> io::Result<String> {
    let (file, folder) = (file.canonicalize()?, folder.canonicalize()?);
    let way = pathdiff::diff_paths(&file, folder).unwrap_or(file);
    Ok(way.display().to_string())
}

/// Plays one case after the other until there are no more, it is time to end, or enough is found.
fn each_case(
    args: &FuzzArgs,
    watch: &Watch,
    told: &mut Fuzzed,
    mut play: impl FnMut(Case, &mut Fuzzed),
) {
    let begun = Instant::now();
    let limit = args
        .time
        .map(|span| Duration::from_millis(u64::try_from(span.millis()).unwrap_or_default()));
    let mut line = Line::new();
    told.seed = args.seed;
    for number in args.numbers() {
        if told.cases.is_multiple_of(16) {
            let elapsed = begun.elapsed();
            let found = || format!(", {} found", told.found.len());
            line.count(told.played, told.unit.plural(), elapsed, found);
            if watch.is_stopped() {
                told.stopped = true;
                break;
            }
            if limit.is_some_and(|limit| elapsed >= limit) {
                break;
            }
        }
        told.cases = told.cases.saturating_add(1);
        play(Case { seed: args.seed, number }, told);
        if told.found.len() >= FINDINGS {
            told.stopped = true;
            break;
        }
    }
    line.clear();
}
