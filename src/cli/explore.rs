//! `stagewright explore`.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: reads files, writes counterexamples, and looks at the clock"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use super::{ExitStatus, Format, Terminal, files, input, run};
use crate::explore::{Bound, Bounds, Liveness, Verdict, eventually, explore};
use crate::mistake;
use crate::model::{self, Model, Reduced, Reductions};
use crate::property::Property;
use crate::report::{self, Explored, Opening, Paint, SCHEMA_VERSION};
use crate::scenario::{Names, Scenario};
use crate::yaml;

/// What to explore, and how far.
#[derive(Debug, Args)]
pub(super) struct ExploreArgs {
    /// Scenario files with `explore:`, or folders to look for them in
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Explore only scenarios with this text in title, path or tags
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Form of the answer on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Take unknown behavior to be so
    #[arg(long, value_name = "ID=OPTION")]
    assume: Vec<String>,
    /// Visit at most so many states
    #[arg(long, value_name = "COUNT")]
    states: Option<u64>,
    /// Go at most so deep
    #[arg(long, value_name = "ACTIONS")]
    depth: Option<u32>,
    /// Take at most so many megabytes for the visited states
    #[arg(long, value_name = "MB", default_value_t = 4096)]
    memory: u64,
    /// Search for at most so many seconds
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// Threads; the answer doesn't depend on them
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
    /// Write each shortest counterexample as a scenario into this folder
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
    /// Visit also the states that nothing can tell from others
    #[arg(long)]
    no_reductions: bool,
    /// Tell how long it took
    #[arg(long)]
    timing: bool,
}

/// What became of one file.
struct Outcome {
    status: ExitStatus,
    text: String,
    json: Value,
}

/// Explores the scenarios of the command line.
pub(super) fn run_explore(args: &ExploreArgs, terminal: &Terminal) -> io::Result<ExitStatus> {
    let assume = match run::chosen(&args.assume) {
        Ok(assume) => assume,
        Err(message) => {
            Terminal::aside(&format!("error: {message}\n"));
            return Ok(ExitStatus::BadInput);
        }
    };
    let found = files::find(&args.paths)?;
    let mut status = ExitStatus::Holds;
    let mut all = Vec::new();
    let mut explored = 0_usize;
    for path in &found.files {
        let Some(outcome) = file(args, terminal, path, &assume)? else { continue };
        explored = explored.saturating_add(1);
        status = status.max(outcome.status);
        match args.format {
            Format::Text => Terminal::answer(&format!("{}\n", outcome.text))?,
            Format::Json => all.push(outcome.json),
            Format::Junit => {}
        }
    }
    if args.format == Format::Junit {
        Terminal::aside("error: `explore` tells its answer as text or json\n");
        return Ok(ExitStatus::BadInput);
    }
    if explored == 0 {
        Terminal::aside("error: no scenario with `explore:` in these places\n");
        return Ok(ExitStatus::BadInput);
    }
    if args.format == Format::Json {
        let answer = json!({
            "schema_version": SCHEMA_VERSION,
            "command": "explore",
            "explorations": all,
        });
        Terminal::answer(&format!("{answer:#}\n"))?;
    }
    Ok(status)
}

fn file(
    args: &ExploreArgs,
    terminal: &Terminal,
    path: &Path,
    assume: &[(String, String)],
) -> io::Result<Option<Outcome>> {
    let shown = path.to_string_lossy();
    let text = fs::read_to_string(path).map_err(|error| {
        io::Error::new(error.kind(), format!("failed to read `{shown}`: {error}"))
    })?;
    if yaml::first_key(&text).as_deref() == Some("program") {
        return Ok(None);
    }
    let colored = terminal.paint_err() == Paint::Color;
    let wrong = |message: String| {
        Terminal::aside(&message);
        let json = json!({ "path": shown, "verdict": "not explored", "error": message });
        Some(Outcome { status: ExitStatus::BadInput, text: String::new(), json })
    };
    let load = |name: &str| input::load_program(path, name);
    let mut scenario = match Scenario::read_with(&text, &load) {
        Ok(scenario) => scenario,
        Err(mistakes) => return Ok(wrong(mistake::render(&shown, &text, &mistakes, colored))),
    };
    if !scenario.is_explorable() {
        return Ok(None);
    }
    if args.filter.as_deref().is_some_and(|filter| !scenario.matches(filter, &shown)) {
        return Ok(None);
    }
    for (id, option) in assume {
        drop(scenario.assume(id, option));
    }
    let (setting, names) = match scenario.state_space() {
        Ok(space) => space,
        Err(error) => return Ok(wrong(format!("error: {shown}: {error}\n"))),
    };
    let job = Job { args, terminal, path, text: &text, scenario: &scenario, names: &names };
    let answer = match model::words(&setting) {
        Ok(1) => Model::<1>::new(setting).map(|model| job.explore(&model)),
        Ok(2) => Model::<2>::new(setting).map(|model| job.explore(&model)),
        Ok(_) => Model::<4>::new(setting).map(|model| job.explore(&model)),
        Err(error) => Err(error),
    };
    match answer {
        Ok(outcome) => outcome.map(Some),
        Err(error) => Ok(wrong(format!("error: {shown}: {error}\n"))),
    }
}

/// One exploration.
struct Job<'a> {
    args: &'a ExploreArgs,
    terminal: &'a Terminal,
    path: &'a Path,
    text: &'a str,
    scenario: &'a Scenario,
    names: &'a Names,
}

impl Job<'_> {
    fn explore<const W: usize>(&self, model: &Model<W>) -> io::Result<Outcome> {
        let args = self.args;
        let bounds = Bounds {
            states: args.states.unwrap_or(u64::MAX),
            depth: args.depth.unwrap_or(u32::MAX),
            bytes: args.memory.saturating_mul(1_000_000),
        };
        let threads = args.threads.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
        });
        let begun = Instant::now();
        let limit = args.time.map(Duration::from_secs);
        let progress = |_| {
            if limit.is_some_and(|limit| begun.elapsed() > limit) {
                ControlFlow::Break(Bound::Time)
            } else {
                ControlFlow::Continue(())
            }
        };
        let reduced = Reduced::new(model, Reductions::ALL);
        let reductions = if args.no_reductions { Reductions::NONE } else { reduced.applied() };
        let is_reduced = reductions != Reductions::NONE;
        let found = if is_reduced {
            reduced.explore(&bounds, threads, progress)
        } else {
            explore(model, &bounds, threads, progress)
        };
        let recovers = self.scenario.explored.contains(&Property::RotationRecovers);
        let stuck = if recovers && model.follows() {
            let answer = if is_reduced {
                reduced.eventually(&found, u32::MAX, bounds.bytes)
            } else {
                eventually(model, &found.reached, u32::MAX, bounds.bytes)
            };
            match answer {
                Liveness::Violated { shortest, .. } => Some(shortest),
                Liveness::Holds | Liveness::Unknown => None,
            }
        } else {
            None
        };
        let seconds = begun.elapsed().as_secs_f64();
        let path = self.path.to_string_lossy();
        let none = BTreeSet::new();
        let told = Explored {
            path: &path,
            title: &self.scenario.title,
            model,
            names: self.names,
            found: &found,
            reductions,
            stuck: stuck.as_ref(),
            breaks: self.scenario.explored_breaks().unwrap_or(&none),
            seconds: args.timing.then_some(seconds),
        };
        let mut text = report::explored(&told, self.terminal.paint());
        if let Some(folder) = &args.write {
            for written in self.write(folder, &told)? {
                let _ = writeln!(text, "  written: {}", written.display());
            }
        }
        let (unexpected, unbroken) = told.surprises();
        let status = match told.verdict() {
            _ if !unexpected.is_empty() => ExitStatus::Violated,
            _ if found.bound.is_some() => ExitStatus::BoundReached,
            _ if !unbroken.is_empty() => ExitStatus::Violated,
            Verdict::Holds | Verdict::Violated | Verdict::BoundHit(_) => ExitStatus::Holds,
        };
        Ok(Outcome { status, text, json: report::explored_json(&told) })
    }

    /// Writes the counterexamples.
    fn write<const W: usize>(
        &self,
        folder: &Path,
        told: &Explored<'_, W>,
    ) -> io::Result<Vec<PathBuf>> {
        let stem = self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let mut written = Vec::new();
        for (property, finding) in told.violations() {
            let title = format!("{}: {}", self.scenario.title, property.id());
            let opening = Opening {
                title: &title,
                about: property.statement(),
                secret: self.scenario.secret_name().unwrap_or("secret"),
                assume: self.scenario.setting.assume,
                steps: &self.scenario.steps_before(self.text),
                names: &self.names.versions,
            };
            let text = report::scenario_of(opening, told.model, &told.story(finding));
            fs::create_dir_all(folder)?;
            let name = format!("{}-{}.yaml", stem.as_deref().unwrap_or("scenario"), property.id());
            let path = folder.join(name);
            fs::write(&path, text)?;
            written.push(path);
        }
        Ok(written)
    }
}
