//! What came of two invocations that took turns, for people and for programs.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::matrix::plural;
use super::{Cell, Drilled, Ended, Kind, Ran};
use crate::api::RotationStep;
use crate::caller::Caller;
use crate::report::Paint;
use crate::world::{Actor, Trace};

impl Cell {
    /// Whether two invocations take turns.
    pub(super) fn is_interleaved(&self) -> bool {
        self.kind == Kind::Interleaved
    }
}

impl Ran {
    /// Whether two invocations took turns.
    pub(super) fn is_interleaved(&self) -> bool {
        self.cell.as_ref().is_some_and(Cell::is_interleaved)
    }

    /// How often one of them was interrupted.
    pub(super) fn preemptions(&self) -> usize {
        self.cell.as_ref().map_or(0, |cell| cell.switches.len())
    }
}

/// What came of some interleavings.
struct Count {
    schedules: usize,
    run: usize,
    ok: usize,
    recovered: usize,
    broken: usize,
}

impl Count {
    fn of(drilled: &Drilled, step: RotationStep) -> Self {
        let is_of = |ran: &&Ran| {
            let cell = ran.cell.as_ref();
            cell.is_some_and(|cell| cell.is_interleaved() && cell.place.step == step)
        };
        let count = |is: &dyn Fn(&Ran) -> bool| {
            drilled.ran.iter().filter(is_of).filter(|ran| is(ran)).count()
        };
        let ok = Ended::Recovered { retries: 0, by_next: false };
        let levels = drilled.schedules.levels.iter();
        Self {
            schedules: levels.filter_map(|level| level.schedules.get(&step)).sum(),
            run: count(&|_| true),
            ok: count(&|ran| !ran.is_bad() && ran.ended == ok),
            recovered: count(&|ran| {
                !ran.is_bad() && ran.ended != ok && matches!(ran.ended, Ended::Recovered { .. })
            }),
            broken: count(&Ran::is_bad),
        }
    }
}

fn steps(drilled: &Drilled) -> impl Iterator<Item = RotationStep> {
    let levels = drilled.schedules.levels.iter();
    levels.take(1).flat_map(|level| level.schedules.keys().copied())
}

/// How many schedules there are with at most so many preemptions, and how many of them were run.
fn within(drilled: &Drilled, preemptions: usize) -> (usize, usize) {
    let levels = drilled.schedules.levels.iter().take(preemptions.saturating_add(1));
    let is_within = |ran: &&Ran| ran.is_interleaved() && ran.preemptions() <= preemptions;
    (levels.map(super::Level::total).sum(), drilled.ran.iter().filter(is_within).count())
}

/// The most preemptions with which all schedules were run.
fn covered(drilled: &Drilled) -> Option<usize> {
    let is_covered = |preemptions: &usize| {
        let (schedules, run) = within(drilled, *preemptions);
        schedules == run
    };
    (0..drilled.schedules.levels.len()).take_while(is_covered).last()
}

/// The part of the answer that is about interleavings.
pub(super) fn section(drilled: &Drilled, paint: Paint, text: &mut String) {
    if drilled.schedules.levels.is_empty() {
        return;
    }
    text.push_str("\ninterleavings of two invocations of a step\n");
    let head = ["schedules", "run", "ok", "recovered", "broken"];
    let mut line = format!("  {:12}", "");
    for word in head {
        let _ = write!(line, "  {word:>9}");
    }
    let _ = writeln!(text, "{}", paint.dim(line));
    for step in steps(drilled) {
        let Count { schedules, run, ok, recovered, broken } = Count::of(drilled, step);
        let mut line = format!("  {:12}", step.as_str());
        for count in [schedules, run, ok, recovered] {
            let _ = write!(line, "  {count:>9}");
        }
        let last = format!("{broken:>9}");
        let last = if broken > 0 { paint.bad(last) } else { last };
        let _ = writeln!(text, "{line}  {last}");
    }
    let most = drilled.schedules.levels.len().saturating_sub(1);
    let (schedules, run) = within(drilled, most);
    let bound = |preemptions: usize| match preemptions {
        0 => "without a preemption".to_owned(),
        1 => "with at most 1 preemption".to_owned(),
        count => format!("with at most {count} preemptions"),
    };
    let told = match covered(drilled) {
        Some(_) if schedules == run && drilled.schedules.is_all => {
            format!("all {schedules} schedules that there are")
        }
        Some(_) if schedules == run => format!("all {schedules} schedules {}", bound(most)),
        covered => {
            let whole = covered.map_or_else(String::new, |covered| {
                format!("; all {} {}", within(drilled, covered).0, bound(covered))
            });
            format!("{run} of {schedules} schedules {}{whole}", bound(most))
        }
    };
    let _ = writeln!(text, "  {told}");
}

/// How two invocations take turns, in a sentence.
pub(super) fn sentence(cell: &Cell) -> String {
    let step = cell.place.step;
    let who = |index: usize| if index.is_multiple_of(2) { "the first" } else { "the second" };
    let Some((begun, rest)) = cell.switches.split_first() else {
        return format!("{step} twice at once: the first runs to its end, then the second");
    };
    let mut text = format!("{step} twice at once: the first makes {begun} call");
    text.push_str(plural(usize::try_from(*begun).unwrap_or(usize::MAX)));
    for (index, count) in (1..).zip(rest) {
        let _ = write!(text, ", {} {count}", who(index));
    }
    let last = cell.switches.len();
    let end = if last == 1 { "runs to its end, and the first goes on" } else { "goes on" };
    let _ = write!(text, ", then {} {end}", who(last));
    text
}

/// Where one waited for the other.
pub(super) fn waits(ran: &Ran) -> Vec<String> {
    let came = ran.interleaved.iter();
    let waits = came.flat_map(|came| {
        came.waits.iter().map(move |(number, place)| {
            let [first, _] = came.numbers;
            let (who, other) = if *number == first {
                ("the first", "the second")
            } else {
                ("the second", "the first")
            };
            format!("at {}, {who} waits for {other}", place.name())
        })
    });
    waits.collect()
}

/// Has it stand in a trace which of both makes a call.
pub(super) fn tell_apart(ran: &Ran, trace: &mut Trace) {
    let Some(came) = &ran.interleaved else { return };
    for step in &mut trace.steps {
        let number = step.invoked.as_ref().map(|invoked| invoked.number);
        let index = came.numbers.iter().position(|own| Some(*own) == number);
        if let (Some(index), Actor::Caller(by)) = (index, &mut step.actor) {
            let name = format!("{} #{}", Caller::FUNCTION, index.saturating_add(1));
            by.name = Arc::from(name);
        }
    }
}

/// What is known of the schedules, for programs.
pub(super) fn section_json(drilled: &Drilled) -> Option<Value> {
    if drilled.schedules.levels.is_empty() {
        return None;
    }
    let levels = drilled.schedules.levels.iter().enumerate().map(|(preemptions, level)| {
        let is_of = |ran: &&Ran| ran.is_interleaved() && ran.preemptions() == preemptions;
        json!({
            "preemptions": preemptions,
            "schedules": level.total(),
            "run": drilled.ran.iter().filter(is_of).count(),
        })
    });
    let steps = steps(drilled).map(|step| {
        let Count { schedules, run, ok, recovered, broken } = Count::of(drilled, step);
        json!({
            "step": step.as_str(),
            "schedules": schedules,
            "run": run,
            "ok": ok,
            "recovered": recovered,
            "broken": broken,
        })
    });
    let most = drilled.schedules.levels.len().saturating_sub(1);
    Some(json!({
        "levels": levels.collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "covered_preemptions": covered(drilled),
        "exhaustive": drilled.schedules.is_all && covered(drilled) == Some(most),
    }))
}
