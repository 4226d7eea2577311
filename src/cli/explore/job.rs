//! One exploration: the search, what is told of it, and what is written.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: writes counterexamples and looks at the clock"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::input::{self, Options};
use super::super::{ExitStatus, Terminal};
use super::watch::{Line, Watch};
use super::{ExploreArgs, graph, windows};
use crate::explore::{
    Bound, Bounds, Exploration, Finding, Liveness, Packed, Progress, Verdict, eventually, explore,
};
use crate::model::{CUT_NUMBER, Model, Reduced, Reductions, Waited};
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
pub(super) struct Searched<const W: usize> {
    pub(super) found: Exploration<Packed<W>>,
    /// For each property that isn't reached from everywhere, a state from which retries alone don't lead there.
    pub(super) stuck: Vec<(PropertyName, Finding<Packed<W>>)>,
    /// What becomes of clients at worst.
    pub(super) clients: Vec<Waited<Packed<W>>>,
    /// What was spared.
    pub(super) reductions: Reductions,
    pub(super) seconds: f64,
}

/// Visits every state.
pub(super) fn search<const W: usize>(
    model: &Model<W>,
    scenario: &Scenario,
    args: &ExploreArgs,
    watch: &Watch,
) -> Searched<W> {
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
    let mut line = Line::new();
    let reduced = Reduced::new(model, Reductions::ALL);
    // Whoever looks at the states themselves wants to see each.
    let has_clients = !scenario.clients.is_empty();
    let plain = args.no_reductions || args.windows || args.graph.is_some() || has_clients;
    let reductions = if plain { Reductions::NONE } else { reduced.applied() };
    let is_reduced = reductions != Reductions::NONE;
    let progress = |progress: Progress| {
        let elapsed = begun.elapsed();
        line.show(&progress, elapsed);
        match limit {
            _ if watch.is_stopped() => ControlFlow::Break(Bound::Canceled),
            Some(limit) if elapsed > limit => ControlFlow::Break(Bound::Time),
            Some(_) | None => ControlFlow::Continue(()),
        }
    };
    let mut found = if is_reduced {
        reduced.explore(&bounds, threads, progress)
    } else {
        explore(model, &bounds, threads, progress)
    };
    if found.witnesses.iter().any(|it| it.property == CUT_NUMBER) {
        found.bound.get_or_insert(Bound::Room);
    }
    let mut stuck = Vec::new();
    for (number, property) in model.goals() {
        line.say("looking for states from which retries alone lead nowhere");
        let mut late = None;
        let go_on = || {
            late = match limit {
                _ if watch.is_stopped() => Some(Bound::Canceled),
                Some(limit) if begun.elapsed() > limit => Some(Bound::Time),
                Some(_) | None => None,
            };
            late.is_none()
        };
        let answer = if is_reduced {
            reduced.eventually(&found, number, bounds.bytes, go_on)
        } else {
            eventually(model, &found.reached, number, bounds.bytes, go_on)
        };
        match answer {
            Liveness::Violated { shortest, .. } => stuck.push((property, shortest)),
            Liveness::Holds => {}
            // What nobody waited for, or had no room for, isn't known to hold.
            Liveness::Unknown => {
                found.bound.get_or_insert(late.unwrap_or(Bound::Bytes));
            }
        }
    }
    if has_clients {
        line.say("looking for the worst that can happen to clients");
    }
    let clients = scenario.explored_clients(model, &found.reached, args.call_time);
    if clients.iter().any(|it| it.is_partial) {
        found.bound.get_or_insert(Bound::Bytes);
    }
    line.clear();
    Searched { found, stuck, clients, reductions, seconds: begun.elapsed().as_secs_f64() }
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
        let Searched { found, stuck, clients, reductions, seconds } =
            search(model, self.scenario, args, self.watch);
        let path = self.path.to_string_lossy();
        let none = BTreeSet::new();
        let told = Explored {
            path: &path,
            title: &self.scenario.title,
            model,
            names: self.names,
            found: &found,
            reductions,
            stuck: &stuck,
            clients: &clients,
            pace: self.scenario.pace(args.call_time),
            breaks: self.scenario.explored_breaks().unwrap_or(&none),
            assume: &args.assume,
            seconds: args.timing.then_some(seconds),
        };
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
            _ if found.bound.is_some() => ExitStatus::BoundReached,
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
