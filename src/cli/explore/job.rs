//! One exploration: the search, what is told of it, and what is written.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: writes counterexamples and looks at the clock"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::input::{self, Options};
use super::super::{ExitStatus, Terminal};
use super::watch::{Line, Watch};
use super::{ExploreArgs, graph, windows};
use crate::explore::{Bound, Bounds, Packed, Verdict, explore};
use crate::model::{Model, Pace, Reductions, Searched, Waited, search};
use crate::property::PropertyName;
use crate::report::{self, Counterexample, Explored, Paint};
use crate::scenario::{Names, Scenario};

/// What became of one file.
pub(in crate::cli) struct Outcome {
    pub(super) status: ExitStatus,
    pub(super) text: String,
    pub(super) json: Value,
}

/// What a search came to.
pub(in crate::cli) struct Visited<const W: usize> {
    searched: Searched<W>,
    /// What becomes of clients at worst.
    clients: Vec<Waited<Packed<W>>>,
}

impl<const W: usize> Visited<W> {
    /// Only the beginning: for whoever has a path already.
    pub(in crate::cli) fn beginning(model: &Model<W>) -> Self {
        let bounds = Bounds { depth: 0, ..Bounds::default() };
        let found = explore(model, &bounds, 1, |_| ControlFlow::Continue(()));
        let reductions = Reductions::NONE;
        let searched = Searched { found, stuck: Vec::new(), reductions };
        Self { searched, clients: Vec::new() }
    }
}

/// What must be violated where the file says nothing.
static NOTHING: BTreeSet<PropertyName> = BTreeSet::new();

/// What is told of a search.
pub(in crate::cli) fn told<'a, const W: usize>(
    Visited { searched, clients }: &'a Visited<W>,
    path: &'a str,
    scenario: &'a Scenario,
    names: &'a Names,
    model: &'a Model<W>,
    pace: Pace,
) -> Explored<'a, W> {
    Explored {
        path,
        title: &scenario.title,
        model,
        names,
        found: &searched.found,
        reductions: searched.reductions,
        stuck: &searched.stuck,
        clients,
        pace,
        breaks: scenario.explored_breaks().unwrap_or(&NOTHING),
        assume: &[],
        seconds: None,
    }
}

/// Visits every state.
pub(super) fn visit<const W: usize>(
    model: &Model<W>,
    scenario: &Scenario,
    args: &ExploreArgs,
    watch: &Watch,
) -> Visited<W> {
    let bounds = Bounds {
        states: args.states.unwrap_or(u64::MAX),
        depth: args.depth.unwrap_or(u32::MAX),
        bytes: args.memory.saturating_mul(1_000_000),
    };
    let threads = args.threads.or_else(|| std::thread::available_parallelism().ok());
    let threads = threads.map_or(1, NonZeroUsize::get);
    let begun = Instant::now();
    let limit = args.time.map(Duration::from_secs);
    // What ends the search from outside.
    let over = |elapsed: Duration| match limit {
        _ if watch.is_stopped() => Some(Bound::Canceled),
        Some(limit) if elapsed > limit => Some(Bound::Time),
        Some(_) | None => None,
    };
    let mut line = Line::new();
    // Whoever looks at the states themselves wants to see each.
    let has_clients = !scenario.clients.is_empty();
    let plain = args.no_reductions || args.windows || args.graph.is_some() || has_clients;
    let reductions = if plain { Reductions::NONE } else { Reductions::ALL };
    let mut searched = search(model, reductions, &bounds, threads, |progress| {
        let elapsed = begun.elapsed();
        match &progress {
            Some(progress) => line.show(progress, elapsed),
            None => line.say("looking for states from which retries alone lead nowhere"),
        }
        over(elapsed).map_or(ControlFlow::Continue(()), ControlFlow::Break)
    });
    if has_clients {
        line.say("looking for the worst that can happen to clients");
    }
    let mut ended = None;
    let mut go_on = || {
        ended = ended.or_else(|| over(begun.elapsed()));
        ended.is_none()
    };
    let reached = &searched.found.reached;
    let clients = scenario.explored_clients(model, reached, args.call_time, &mut go_on);
    if clients.iter().any(|it| it.is_partial) {
        searched.found.bound.get_or_insert(ended.unwrap_or(Bound::Bytes));
    }
    line.clear();
    Visited { searched, clients }
}

/// One exploration.
pub(super) struct Job<'a> {
    pub(super) args: &'a ExploreArgs,
    pub(super) terminal: &'a Terminal,
    pub(super) watch: &'a Watch,
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) scenario: &'a Scenario,
    pub(super) names: &'a Names,
}

impl Job<'_> {
    pub(super) fn explore<const W: usize>(&self, model: &Model<W>) -> io::Result<Outcome> {
        let args = self.args;
        let begun = Instant::now();
        let visited = visit(model, self.scenario, args, self.watch);
        let seconds = args.timing.then(|| begun.elapsed().as_secs_f64());
        let path = self.path.to_string_lossy();
        let pace = self.scenario.pace(args.call_time);
        let told = told(&visited, &path, self.scenario, self.names, model, pace);
        let told = Explored { assume: &args.asked.assume, seconds, ..told };
        let mut text = report::explored(&told, self.terminal.paint());
        let mut json = report::explored_json(&told);
        if args.windows {
            let windows = windows::measure(&told, args.call_time);
            text.push_str(&report::windows(&told, &windows, self.terminal.paint()));
            if let Some(json) = json.as_object_mut() {
                json.insert("windows".to_owned(), report::windows_json(&told, &windows));
            }
        }
        let mut differs = false;
        if let Some(folder) = &args.write {
            let written = self.write(folder, &told)?;
            differs = written.iter().any(|it| it.differs.is_some());
            text.extend(written.iter().map(|it| it.line(self.terminal.paint())));
            if let Some(json) = json.as_object_mut() {
                json.insert("written".to_owned(), written.iter().map(Written::json).collect());
            }
        }
        if let Some(path) = &args.graph
            && let Ok(form) = graph::form(path)
        {
            let line = graph::write(&told, path, form, args.graph_states)?;
            let _ = writeln!(text, "  {line}");
        }
        let (unexpected, unbroken) = told.surprises();
        let status = match told.verdict() {
            _ if !unexpected.is_empty() || differs => ExitStatus::Violated,
            _ if told.found.bound.is_some() => ExitStatus::BoundReached,
            _ if !unbroken.is_empty() => ExitStatus::Violated,
            Verdict::Holds | Verdict::Violated | Verdict::BoundHit(_) => ExitStatus::Holds,
        };
        Ok(Outcome { status, text, json })
    }

    /// Writes the counterexamples, and has each played as `run` plays it.
    fn write<const W: usize>(
        &self,
        folder: &Path,
        told: &Explored<'_, W>,
    ) -> io::Result<Vec<Written>> {
        let stem = self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let mut written = Vec::new();
        for (property, finding) in told.violations() {
            let Counterexample { text, shows } =
                told.counterexample(self.scenario, self.text, &property, finding);
            fs::create_dir_all(folder)?;
            let name = format!("{}-{}.yaml", stem.as_deref().unwrap_or("scenario"), property.id());
            let path = folder.join(name);
            fs::write(&path, text)?;
            let options = Options { filter: None, assume: &[], show_values: false, stores: false };
            let differs = input::load(&path, options)?.difference();
            written.push(Written { path, property, shows, differs });
        }
        Ok(written)
    }
}

/// A counterexample that was written, and what came of playing it.
struct Written {
    path: PathBuf,
    property: PropertyName,
    /// Whether a run can say that the property is broken.
    shows: bool,
    /// What a run of it comes to instead, if it doesn't come to the same.
    differs: Option<String>,
}

impl Written {
    /// Whether a run has shown that the property is broken.
    const fn is_confirmed(&self) -> bool {
        self.shows && self.differs.is_none()
    }

    fn line(&self, paint: Paint) -> String {
        let path = self.path.display();
        let property = self.property.id();
        match &self.differs {
            Some(difference) => {
                let mark = paint.bad("✗");
                format!("  {mark} written, and not confirmed: {path}: {difference}\n")
            }
            None if self.shows => {
                format!("  written: {path} (confirmed: a run of it breaks {property})\n")
            }
            None => format!(
                "  written: {path} (a run of it ends alike; only a search judges {property})\n"
            ),
        }
    }

    fn json(&self) -> Value {
        json!({
            "path": self.path.to_string_lossy(),
            "property": self.property.id(),
            "confirmed": self.is_confirmed(),
            "difference": self.differs,
        })
    }
}
