//! `stagewright fuzz`.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: writes scenarios and looks at the clock"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::Args;

use super::explore::watch::{Line, Watch};
use super::{ExitStatus, Format, Terminal};
use crate::assumption::Assumptions;
use crate::fuzz::{Case, Fuzzer, Service};
use crate::report::{self, Covered, Found, Fuzzed};
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
    if args.format == Format::Junit {
        Terminal::aside("error: `fuzz` tells its answer as text or json\n");
        return Ok(ExitStatus::BadInput);
    }
    let mut told = play(args, &Watch::begin()?);
    if let Some(folder) = args.folder() {
        for found in &mut told.found {
            fs::create_dir_all(folder)?;
            let text = report::scenario_of_calls(found.case, &found.smallest);
            let Case { seed, number } = found.case;
            let broke = found.smallest.finding.broke.id();
            let path = folder.join(format!("{broke}-{seed}-{number}.yaml"));
            fs::write(&path, text)?;
            found.written = Some(path.display().to_string());
        }
    }
    Terminal::answer(&match args.format {
        Format::Text => report::fuzzed(&told, terminal.paint()),
        Format::Json | Format::Junit => format!("{:#}\n", report::fuzzed_json(&told)),
    })?;
    Ok(match told {
        Fuzzed { ref found, .. } if !found.is_empty() => ExitStatus::Violated,
        Fuzzed { stopped: true, .. } => ExitStatus::BoundReached,
        Fuzzed { .. } => ExitStatus::Holds,
    })
}

/// Plays the cases until there are no more, or it is time to end.
fn play(args: &FuzzArgs, watch: &Watch) -> Fuzzed {
    let fuzzer = Fuzzer::new(Service::new(Assumptions::default()));
    let begun = Instant::now();
    let limit = args
        .time
        .map(|span| Duration::from_millis(u64::try_from(span.millis()).unwrap_or_default()));
    let mut line = Line::new();
    let mut told = Fuzzed { seed: args.seed, ..Fuzzed::default() };
    let mut covered = args.coverage.then(Covered::default);
    let mut known = Vec::new();
    for number in args.numbers() {
        if told.cases.is_multiple_of(16) {
            let elapsed = begun.elapsed();
            line.count(told.calls, "calls", elapsed, || format!(", {} found", told.found.len()));
            if watch.is_stopped() {
                told.stopped = true;
                break;
            }
            if limit.is_some_and(|limit| elapsed >= limit) {
                break;
            }
        }
        told.cases = told.cases.saturating_add(1);
        let case = Case { seed: args.seed, number };
        match fuzzer.play(case, &mut |duel| covered.iter_mut().for_each(|it| it.add(duel.trace())))
        {
            Ok(met) => told.calls = told.calls.saturating_add(met.calls),
            Err(broken) => {
                let of = broken.calls.len();
                told.calls = told.calls.saturating_add(of as u64);
                // One bug breaks many cases in the same way.
                let call = broken.calls.get(broken.finding.call).map(std::mem::discriminant);
                let kind = (broken.finding.broke, call);
                if known.contains(&kind) {
                    continue;
                }
                known.push(kind);
                let smallest = fuzzer.shrink(case, broken);
                let is_known =
                    told.found.iter().any(|found| found.smallest.calls == smallest.calls);
                if !is_known {
                    told.found.push(Found { case, of, smallest, written: None });
                }
                if told.found.len() >= FINDINGS {
                    told.stopped = true;
                    break;
                }
            }
        }
    }
    line.clear();
    told.covered = covered;
    told
}
