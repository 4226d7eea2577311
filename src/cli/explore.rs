//! `stagewright explore`.
#![expect(clippy::disallowed_methods, reason = "I/O boundary: reads files")]

mod assumptions;
mod graph;
pub(super) mod job;
pub(super) mod replay;
pub(super) mod watch;
mod windows;

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use self::job::{Job, Outcome};
use self::watch::Watch;
use super::{Asked, ExitStatus, Format, Terminal, files, input, run};
use crate::mistake::{self, Mistake};
use crate::model::{self, Model};
use crate::program::Program;
use crate::report::{self, Paint, SCHEMA_VERSION};
use crate::scenario::Scenario;
use crate::time::Span;
use crate::yaml;

/// What to explore, and how far.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub(super) struct ExploreArgs {
    #[command(flatten)]
    asked: Asked,
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
    threads: Option<NonZeroUsize>,
    /// Write each shortest counterexample as a scenario into this folder
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
    /// Visit also the states that nothing can tell from others
    #[arg(long)]
    no_reductions: bool,
    /// Explore under every combination of assumptions that it can feel, and tell what it depends on
    #[arg(long, conflicts_with_all = ["write", "graph", "timing"])]
    all_assumptions: bool,
    /// Try also any two options together that change nothing alone, however long that takes
    #[arg(long, requires = "all_assumptions")]
    pairs: bool,
    /// Tell for how many calls the current and the previous credential are refused, in a good rotation and at worst
    #[arg(long, conflicts_with = "all_assumptions")]
    windows: bool,
    /// How long a call takes in that, and for clients
    #[arg(long, value_name = "SPAN", default_value_t = Span::CALL)]
    call_time: Span,
    /// Write the graph of the states to a file: .dot (Graphviz), .mmd (Mermaid) or .json
    #[arg(long, value_name = "FILE")]
    graph: Option<PathBuf>,
    /// Draw at most so many states, those nearest to the beginning
    #[arg(long, value_name = "COUNT", default_value_t = report::STATES_DRAWN, requires = "graph")]
    graph_states: usize,
    /// Tell how long it took
    #[arg(long)]
    timing: bool,
}

/// A file of the command line.
pub(in crate::cli) enum Loaded {
    /// It can be explored.
    Ready(Box<Ready>),
    /// It can't be read.
    Mistaken(Outcome),
}

/// A scenario that can be explored.
pub(in crate::cli) struct Ready {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) text: String,
    pub(in crate::cli) scenario: Scenario,
}

impl ExploreArgs {
    /// What is wrong with the arguments, beyond what the parser sees.
    fn mistake(&self) -> Option<String> {
        if self.asked.format == Format::Junit {
            return Some("`explore` tells its answer as text or json".to_owned());
        }
        self.graph.as_deref().and_then(|path| graph::form(path).err())
    }
}

/// Ends with a mistake of usage.
pub(in crate::cli) fn usage(message: &str) -> ExitStatus {
    Terminal::aside(&format!("error: {message}\n"));
    ExitStatus::BadInput
}

/// Explores the scenarios of the command line.
pub(super) fn run_explore(args: &ExploreArgs, terminal: &Terminal) -> io::Result<ExitStatus> {
    let assume = match run::chosen(&args.asked.assume) {
        Ok(assume) => assume,
        Err(message) => return Ok(usage(&message)),
    };
    if let Some(message) = args.mistake() {
        return Ok(usage(&message));
    }
    let mut inputs = Vec::new();
    for path in &files::find(&args.asked.paths)?.files {
        inputs.extend(load(path, args.asked.filter.as_deref(), &assume, terminal)?);
    }
    match inputs.as_slice() {
        [] => return Ok(usage("no scenario with `explore:` in these places")),
        [_, _, ..] if args.graph.is_some() => {
            return Ok(usage(
                "`--graph` takes one scenario, and there are more in these places; choose one with `--filter`",
            ));
        }
        _ => {}
    }
    let watch = Watch::begin()?;
    let mut status = ExitStatus::Holds;
    let mut all = Vec::new();
    for input in inputs {
        let outcome = match input {
            _ if watch.is_stopped() => break,
            Loaded::Mistaken(outcome) => outcome,
            Loaded::Ready(ready) if args.all_assumptions => {
                assumptions::survey(args, terminal, &watch, &ready)
            }
            Loaded::Ready(ready) => explore_one(args, terminal, &watch, &ready)?,
        };
        status = status.max(outcome.status);
        match args.asked.format {
            Format::Text => Terminal::answer(&format!("{}\n", outcome.text))?,
            Format::Json | Format::Junit => all.push(outcome.json),
        }
    }
    if watch.is_stopped() {
        status = status.max(ExitStatus::BoundReached);
    }
    if args.asked.format == Format::Json {
        let answer = json!({
            "schema_version": SCHEMA_VERSION,
            "command": if args.all_assumptions { "explore --all-assumptions" } else { "explore" },
            "explorations": all,
        });
        Terminal::answer(&format!("{answer:#}\n"))?;
    }
    Ok(status)
}

/// Reads a file; nothing if there is nothing to explore in it.
pub(in crate::cli) fn load(
    path: &Path,
    filter: Option<&str>,
    assume: &[(String, String)],
    terminal: &Terminal,
) -> io::Result<Option<Loaded>> {
    let mut loaded = read(path, terminal)?;
    if let Some(Loaded::Ready(ready)) = &mut loaded {
        let scenario = &mut ready.scenario;
        let shown = path.to_string_lossy();
        if !scenario.is_explorable()
            || filter.is_some_and(|filter| !scenario.matches(filter, &shown))
        {
            return Ok(None);
        }
        for (id, option) in assume {
            drop(scenario.assume(id, option));
        }
    }
    Ok(loaded)
}

/// Reads a scenario; nothing if the file is a program.
pub(in crate::cli) fn read(path: &Path, terminal: &Terminal) -> io::Result<Option<Loaded>> {
    let text = text(path)?;
    if yaml::first_key(&text).as_deref() == Some("program") {
        return Ok(None);
    }
    let read = Scenario::read_with(&text, &|name: &str| input::load_program(path, name));
    Ok(Some(match read {
        Ok(scenario) => Loaded::Ready(Box::new(Ready { path: path.to_owned(), text, scenario })),
        Err(mistakes) => Loaded::Mistaken(mistaken(path, &text, &mistakes, terminal)),
    }))
}

/// Reads a program, with a scenario around it.
pub(in crate::cli) fn around(path: &Path, terminal: &Terminal) -> io::Result<Loaded> {
    let text = text(path)?;
    let read = Program::read(&text).and_then(|program| {
        let around = program.in_a_scenario();
        let scenario = Scenario::read_with(&around, &|_: &str| Ok(text.clone()))?;
        Ok(Ready { path: path.to_owned(), text: around, scenario })
    });
    Ok(match read {
        Ok(ready) => Loaded::Ready(Box::new(ready)),
        Err(mistakes) => Loaded::Mistaken(mistaken(path, &text, &mistakes, terminal)),
    })
}

/// The text of a file.
fn text(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| {
        io::Error::new(error.kind(), format!("failed to read `{}`: {error}", path.display()))
    })
}

/// What becomes of a file with mistakes.
fn mistaken(path: &Path, text: &str, mistakes: &[Mistake], terminal: &Terminal) -> Outcome {
    let colored = terminal.paint_err() == Paint::Color;
    wrong(path, &mistake::render(&path.to_string_lossy(), text, mistakes, colored))
}

/// What becomes of a file that can't be explored.
fn wrong(path: &Path, message: &str) -> Outcome {
    Terminal::aside(message);
    let path = path.to_string_lossy();
    let json = json!({ "path": path, "verdict": "not explored", "error": message });
    Outcome { status: ExitStatus::BadInput, text: String::new(), json }
}

fn explore_one(
    args: &ExploreArgs,
    terminal: &Terminal,
    watch: &Watch,
    ready: &Ready,
) -> io::Result<Outcome> {
    let Ready { path, text, scenario } = ready;
    let wrong = |error: &dyn std::fmt::Display| {
        wrong(path, &format!("error: {}: {error}\n", path.display()))
    };
    let (setting, names) = match scenario.state_space() {
        Ok(space) => space,
        Err(error) => return Ok(wrong(&error)),
    };
    let job = Job { args, terminal, watch, path, text, scenario, names: &names };
    let answer = match model::words(&setting) {
        Ok(1) => Model::<1>::new(setting).map(|model| job.explore(&model)),
        Ok(2) => Model::<2>::new(setting).map(|model| job.explore(&model)),
        Ok(_) => Model::<4>::new(setting).map(|model| job.explore(&model)),
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| Ok(wrong(&error)))
}
