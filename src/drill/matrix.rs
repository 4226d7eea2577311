//! What a drill came to, for people: the matrix of calls and faults, the windows, and each finding with its story.

use std::fmt::Write as _;

use super::turns;
use super::{Cell, Drilled, Ended, Kind, Place, Ran, Works};
use crate::report::{Paint, shortened, story};
use crate::service::ServiceAct;
use crate::time::Span;
use crate::world::{Event, Trace};

/// So many interleavings with the same finding are named beside the first one.
const INTERLEAVINGS_LISTED: usize = 8;

/// The drill, and how it is told.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// What came of it.
    pub drilled: &'a Drilled,
    /// The secret that rotates.
    pub secret: &'a str,
    /// Whether what the target accepts is known.
    pub has_target: bool,
    /// The line that runs one cell again.
    pub replay: &'a dyn Fn(&Cell) -> String,
}

impl std::fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").field("secret", &self.secret).finish_non_exhaustive()
    }
}

/// What stands in a place of the matrix, in a word.
pub(super) fn word(ran: &Ran) -> String {
    match &ran.ended {
        Ended::Inapplicable => "–".to_owned(),
        Ended::Unreached => "?".to_owned(),
        Ended::Stuck { .. } => "STUCK".to_owned(),
        Ended::Hung { .. } => "HUNG".to_owned(),
        Ended::Recovered { .. } if !ran.broken.is_empty() => "BROKEN".to_owned(),
        Ended::Recovered { by_next: true, .. } => "next".to_owned(),
        Ended::Recovered { retries: 0, .. } => "ok".to_owned(),
        Ended::Recovered { retries, .. } => retries.to_string(),
    }
}

/// The whole answer.
pub fn drilled(told: Told<'_>, paint: Paint) -> String {
    let Told { drilled, secret, .. } = told;
    let mut text = String::new();
    let (calls, runs) = (drilled.calls.len(), drilled.ran.len());
    let _ = writeln!(
        text,
        "{} of {secret}: {calls} call{}, {runs} run{}\n",
        paint.bold("drill"),
        plural(calls),
        plural(runs),
    );
    if !drilled.recorded.is_through() {
        text.push_str("The rotation fails without any fault, so that there is nothing to drill:\n");
        finding(&drilled.recorded, paint, &mut text);
        return text;
    }
    matrix(drilled, paint, &mut text);
    windows(told, &mut text);
    if drilled.recorded.is_bad() {
        let names = broken_names(&drilled.recorded);
        let told = "without any fault; it isn't told of the other runs";
        let _ = writeln!(text, "\n{} {names} {told}", paint.bad("✗"));
        finding(&drilled.recorded, paint, &mut text);
    }
    turns::section(drilled, paint, &mut text);
    for group in groups(drilled) {
        text.push('\n');
        let Some(first) = group.first() else { continue };
        let names = broken_names(first);
        let count = group.len();
        let at = if first.is_interleaved() { "in {} interleaving" } else { "at {} place" };
        let at = at.replace("{}", &count.to_string());
        let _ = writeln!(text, "{} {names} {at}{}", paint.bad("✗"), plural(count));
        // The shortest story tells it best.
        let length = |ran: &&&Ran| (ran.preemptions(), ran.trace.steps.len());
        let shortest = group.iter().min_by_key(length).unwrap_or(first);
        finding(shortest, paint, &mut text);
        replays(told, shortest, &group, &mut text);
    }
    text.push('\n');
    summary(drilled, paint, &mut text);
    text
}

/// The line that runs the one again whose story is told, and what is different in it for the others.
fn replays(told: Told<'_>, shortest: &Ran, group: &[&Ran], text: &mut String) {
    let Some(cell) = &shortest.cell else { return };
    let _ = writeln!(text, "  replay: {}", (told.replay)(cell));
    let mut head = "also:  ";
    let limit = if cell.is_interleaved() { INTERLEAVINGS_LISTED } else { usize::MAX };
    let others = group.iter().filter_map(|ran| ran.cell.as_ref()).filter(|it| *it != cell);
    for other in others.clone().take(limit) {
        let _ = writeln!(text, "  {head} --only {}", shell(&other.to_string()));
        head = "       ";
    }
    let more = others.count().saturating_sub(limit);
    if more > 0 {
        let _ = writeln!(text, "  {head} and {more} more");
    }
}

/// A word of a command line.
fn shell(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

pub(super) const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// What is wrong with a run, in the names of properties.
fn broken_names(ran: &Ran) -> String {
    ran.broken.iter().map(|it| it.property.id()).collect::<Vec<_>>().join(", ")
}

/// Runs in which the same is wrong, in the order in which it first came up.
fn groups(drilled: &Drilled) -> Vec<Vec<&Ran>> {
    let mut groups: Vec<Vec<&Ran>> = Vec::new();
    for ran in drilled.ran.iter().filter(|ran| ran.is_bad()) {
        let names = broken_names(ran);
        let is_same = |first: &&Ran| {
            broken_names(first) == names && first.is_interleaved() == ran.is_interleaved()
        };
        let known = groups.iter_mut().find(|group| group.first().is_some_and(is_same));
        match known {
            Some(group) => group.push(ran),
            None => groups.push(vec![ran]),
        }
    }
    groups
}

fn matrix(drilled: &Drilled, paint: Paint, text: &mut String) {
    let kinds: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| *kind != Kind::Interleaved)
        .filter(|kind| drilled.ran.iter().any(|ran| is_of(ran, *kind)))
        .collect();
    if kinds.is_empty() {
        for (number, place) in (1..).zip(&drilled.calls) {
            let _ = writeln!(text, "  {number:>3}  {place}");
        }
        return;
    }
    let name = |place: &Place| place.name().chars().count();
    let wide = drilled.calls.iter().map(name).max().unwrap_or(0).max(12);
    for part in [0, 1] {
        let mut line = format!("  {:>3}  {:wide$}", "", "");
        for kind in &kinds {
            let head = kind.head().split('/').nth(part).unwrap_or_default();
            let _ = write!(line, "  {head:>7}");
        }
        let _ = writeln!(text, "{}", paint.dim(line.trim_end()));
    }
    let mut step = None;
    for (number, place) in (1..).zip(&drilled.calls) {
        if step != Some(place.step) {
            step = Some(place.step);
            let whole = Place::step(place.step);
            row(drilled, &whole, &format!("{:wide$}", place.step.as_str()), &kinds, paint, text);
        }
        let head = format!("{number:>3}  {:wide$}", place.name());
        row(drilled, place, &head, &kinds, paint, text);
    }
}

fn is_of(ran: &Ran, kind: Kind) -> bool {
    ran.cell.as_ref().is_some_and(|cell| cell.kind == kind)
}

fn row(
    drilled: &Drilled,
    place: &Place,
    head: &str,
    kinds: &[Kind],
    paint: Paint,
    text: &mut String,
) {
    let is_step = place.call == "*";
    let mut line = if is_step { format!("  {head}     ") } else { format!("  {head}") };
    for kind in kinds {
        let ran = drilled
            .ran
            .iter()
            .find(|ran| ran.cell.as_ref().is_some_and(|it| it.place == *place && it.kind == *kind));
        let word = ran.map(word).unwrap_or_default();
        let padding = " ".repeat(7_usize.saturating_sub(word.chars().count()));
        let word = match ran {
            Some(ran) if ran.is_bad() => paint.bad(word),
            Some(ran) if ran.ended == Ended::Unreached => paint.warn(word),
            Some(_) | None => word,
        };
        let _ = write!(line, "  {padding}{word}");
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

/// Whether that credential works.
fn works(seen: Works, name: &str) -> Option<bool> {
    if name == "current" { seen.current } else { seen.previous }
}

/// How long the credentials are refused without any fault.
fn windows(told: Told<'_>, text: &mut String) {
    let seen = &told.drilled.seen;
    if !told.has_target || seen.is_empty() {
        return;
    }
    text.push_str("\nwithout faults, ");
    let parts = ["current", "previous"].map(|name| {
        let refused: Vec<_> = (1_usize..)
            .zip(seen)
            .filter(|(_, (_, seen))| works(*seen, name) == Some(false))
            .map(|(number, _)| number)
            .collect();
        let what = format!("the {name} credential is");
        match (refused.first(), refused.last()) {
            (Some(first), Some(last)) if seen.len() == refused.len() && first < last => {
                format!("{what} always refused")
            }
            (Some(first), Some(last)) if first < last => {
                let runs = refused.len() == last.saturating_sub(*first).saturating_add(1);
                let at = if runs { "after calls" } else { "at times after calls" };
                format!("{what} refused {at} {first} to {last} of {}", seen.len())
            }
            (Some(first), _) => format!("{what} refused after call {first} of {}", seen.len()),
            (None, _) => format!("{what} never refused"),
        }
    });
    let _ = writeln!(text, "{}", parts.join("; "));
}

/// One finding with its story.
fn finding(ran: &Ran, paint: Paint, text: &mut String) {
    if let Some(cell) = ran.cell.as_ref().filter(|cell| cell.is_interleaved()) {
        let _ = writeln!(text, "  {}", turns::sentence(cell));
        for line in turns::waits(ran) {
            let _ = writeln!(text, "  {line}");
        }
    } else if let Some(cell) = &ran.cell {
        let place = if cell.kind == Kind::Doubled {
            cell.place.step.to_string()
        } else {
            format!("{} of {}", cell.place.name(), cell.place.step)
        };
        let _ = writeln!(text, "  {}: {}", place, cell.kind.sentence());
    }
    for broken in &ran.broken {
        let message = shortened(&ran.trace, &broken.message).replace('\n', " ");
        let _ = writeln!(text, "  {}: {message}", paint.bold(broken.property.id()));
    }
    for line in story(&shown(ran), 0, paint).lines() {
        let _ = writeln!(text, "  {line}");
    }
}

/// The steps that tell something: until the last thing that is wrong, and of retries that fail alike the first and the
/// last.
fn shown(ran: &Ran) -> Trace {
    let last = ran.broken.iter().map(|it| it.step).max();
    let nothing = Event::Waited(Span::from_millis(0));
    let mut trace = ran.trace.clone();
    turns::tell_apart(ran, &mut trace);
    trace.steps.truncate(last.map_or(usize::MAX, |last| last.saturating_add(1)));
    let mut is_repeated = false;
    trace.steps.retain(|step| {
        match &step.event {
            Event::Service(ServiceAct::Invokes { retry, .. }) => is_repeated = *retry > 1,
            Event::Service(ServiceAct::StepFails { retry_at: None, .. }) => is_repeated = false,
            Event::Call(_) if step.invoked.is_none() => is_repeated = false,
            Event::Service(_)
            | Event::Call(_)
            | Event::Target(_)
            | Event::TargetPasses(_)
            | Event::Fault(_)
            | Event::Waited(_)
            | Event::Reached(_)
            | Event::Settling
            | Event::Settled
            | Event::Unsettled(_) => {}
        }
        !is_repeated && step.event != nothing && step.event != Event::Settling
    });
    trace
}

fn summary(drilled: &Drilled, paint: Paint, text: &mut String) {
    let count = |is: &dyn Fn(&Ran) -> bool| drilled.ran.iter().filter(|ran| is(ran)).count();
    let bad = count(&|ran| ran.is_bad());
    let unreached = count(&|ran| ran.ended == Ended::Unreached);
    let total = drilled.ran.len();
    let runs = format!("{total} run{}", plural(total));
    if bad == 0 {
        let _ = if drilled.recorded.is_bad() {
            write!(text, "{runs}, none worse than without faults")
        } else {
            write!(text, "{}", paint.good(format!("{runs}, all well")))
        };
    } else {
        let _ = write!(text, "{}", paint.bad(format!("{bad} of {total} runs end badly")));
    }
    if unreached > 0 {
        let told = format!("; {unreached} did not reach their call (?)");
        text.push_str(&paint.warn(told));
    }
    let left = drilled.planned.saturating_sub(total);
    if left > 0 {
        let told = format!("; stopped with {left} runs to go");
        text.push_str(&paint.warn(told));
    }
    text.push('\n');
}
