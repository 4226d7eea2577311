//! `stagewright run FILE --trace 0/3/1`: one path of an exploration, played again.

use std::io;

use super::job::{Visited, told};
use super::{Loaded, Ready, load, usage};
use crate::cli::{ExitStatus, Format, RunArgs, Terminal};
use crate::model::{self, Model};
use crate::report::{self, Explored, Replayed};
use crate::scenario::Names;
use crate::time::Span;

/// Plays a path again.
pub(in crate::cli) fn run(
    args: &RunArgs,
    trace: &str,
    assume: &[(String, String)],
    terminal: &Terminal,
) -> io::Result<ExitStatus> {
    let indices = match indices(trace) {
        Ok(indices) => indices,
        Err(message) => return Ok(usage(&message)),
    };
    let [path] = args.asked.paths.as_slice() else {
        return Ok(usage("`--trace` plays a path of one exploration; name one scenario"));
    };
    let ready = match load(path, None, assume, terminal)? {
        Some(Loaded::Ready(ready)) => ready,
        Some(Loaded::Mistaken(_)) => return Ok(ExitStatus::BadInput),
        None => return Ok(usage("`--trace` plays a scenario with `explore:`, and this is none")),
    };
    let failed = |error: &dyn std::fmt::Display| Ok(usage(&format!("{}: {error}", path.display())));
    let (setting, names) = match ready.scenario.state_space() {
        Ok(space) => space,
        Err(error) => return failed(&error),
    };
    let replay = Replay { args, indices: &indices, ready: &ready, names: &names, terminal };
    let answer = match model::words(&setting) {
        Ok(1) => Model::<1>::new(setting).map(|model| replay.play(&model)),
        Ok(2) => Model::<2>::new(setting).map(|model| replay.play(&model)),
        Ok(_) => Model::<4>::new(setting).map(|model| replay.play(&model)),
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| failed(&error))
}

/// The numbers of a path.
fn indices(trace: &str) -> Result<Vec<u32>, String> {
    let numbers = trace.split('/').map(|number| {
        number.parse().map_err(|_| {
            format!("`--trace {trace}`: `{number}` is no number; a path looks like `0/3/1`, as `explore` prints it")
        })
    });
    if trace.is_empty() { Ok(Vec::new()) } else { numbers.collect() }
}

struct Replay<'a> {
    args: &'a RunArgs,
    indices: &'a [u32],
    ready: &'a Ready,
    names: &'a Names,
    terminal: &'a Terminal,
}

impl Replay<'_> {
    fn play<const W: usize>(&self, model: &Model<W>) -> io::Result<ExitStatus> {
        let path = match model.walk(self.indices) {
            Ok(path) => path,
            Err((place, count)) => {
                let number = self.indices.get(place).copied().unwrap_or_default();
                let step = place.saturating_add(1);
                return Ok(usage(&format!(
                    "`--trace`: step {step} has {count} choices, counted from 0, and {number} is none of them; the path is that of another file, or of other assumptions"
                )));
            }
        };
        let shown = self.ready.path.to_string_lossy();
        let visited = Visited::beginning(model);
        let pace = self.ready.scenario.pace(Span::CALL);
        let told = told(&visited, &shown, &self.ready.scenario, self.names, model, pace);
        let told = Explored { assume: &self.args.asked.assume, ..told };
        let replayed = Replayed { told: &told, path: &path };
        match self.args.asked.format {
            Format::Text => Terminal::answer(&report::replayed(&replayed, self.terminal.paint()))?,
            Format::Json => {
                Terminal::answer(&format!("{:#}\n", report::replayed_json(&replayed)))?;
            }
            Format::Junit => return Ok(usage("`--trace` tells its answer as text or json")),
        }
        Ok(if replayed.is_meant() { ExitStatus::Holds } else { ExitStatus::Violated })
    }
}
