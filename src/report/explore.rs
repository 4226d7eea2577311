//! What an exploration found: the verdict, the counts, and for each violation the shortest story.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::scene::{scene_json, story};
use super::table::line;
use super::{Paint, clients, replay};
use crate::explore::{Bound, Exploration, Finding, Packed, Verdict};
use crate::model::{CLIENT_NUMBER, Model, Pace, Reductions, Scene, VersionNumber, Waited};
use crate::property::own::OwnKind;
use crate::property::{Property, PropertyName};
use crate::scenario::Names;

/// One exploration, with what is needed to tell about it.
#[derive(Debug)]
pub struct Explored<'a, const W: usize> {
    /// The file, as the user named it.
    pub path: &'a str,
    /// The title of the scenario.
    pub title: &'a str,
    /// What was explored.
    pub model: &'a Model<W>,
    /// What versions and users are called.
    pub names: &'a Names,
    /// What came of it.
    pub found: &'a Exploration<Packed<W>>,
    /// Which states were taken for one.
    pub reductions: Reductions,
    /// For each property that isn't reached from everywhere, a state from which retries alone don't lead there.
    pub stuck: &'a [(PropertyName, Finding<Packed<W>>)],
    /// What becomes of clients at worst.
    pub clients: &'a [Waited<Packed<W>>],
    /// How fast things are taken to go for them.
    pub pace: Pace,
    /// The properties that must be violated.
    pub breaks: &'a BTreeSet<PropertyName>,
    /// The options of `--assume`, which whoever replays a path has to give again.
    pub assume: &'a [String],
    /// What took how long, if somebody has a clock.
    pub seconds: Option<f64>,
}

/// The name of a bound, for people.
pub fn bound_name(bound: Bound) -> &'static str {
    match bound {
        Bound::States => "states",
        Bound::Depth => "depth",
        Bound::Bytes => "memory",
        Bound::Time => "time",
        Bound::Canceled => "cancelled",
        Bound::Enough => "first violation",
        Bound::Room => "versions",
    }
}

impl<const W: usize> Explored<'_, W> {
    /// What the whole of it comes to.
    pub fn verdict(&self) -> Verdict {
        match self.found.verdict() {
            _ if !self.stuck.is_empty() || !self.never().is_empty() => Verdict::Violated,
            _ if self.outwaited().is_some() => Verdict::Violated,
            verdict @ (Verdict::Holds | Verdict::Violated | Verdict::BoundHit(_)) => verdict,
        }
    }

    /// The properties that are violated though nobody said so, and those that are not though somebody did.
    pub fn surprises(&self) -> (Vec<PropertyName>, Vec<PropertyName>) {
        let mut broken: BTreeSet<PropertyName> =
            self.violations().map(|(property, _)| property).collect();
        broken.extend(self.never());
        (
            broken.difference(self.breaks).cloned().collect(),
            self.breaks.difference(&broken).cloned().collect(),
        )
    }

    /// What must happen sometimes and never does. Nothing is said while there may be more states.
    pub fn never(&self) -> Vec<PropertyName> {
        if self.found.bound.is_some() {
            return Vec::new();
        }
        let sometimes = self.model.own_of(OwnKind::Sometimes);
        let seen = |number: u32| self.found.witnesses.iter().any(|it| it.property == number);
        sometimes.filter(|(number, _)| !seen(*number)).map(|(_, own)| own.name.clone()).collect()
    }

    /// What must happen sometimes and does, each with the shortest path to it.
    pub fn happens(&self) -> impl Iterator<Item = (PropertyName, &Finding<Packed<W>>)> {
        let witnesses = self.found.witnesses.iter();
        witnesses.filter_map(|it| Some((self.model.own_property(it.property)?.name.clone(), it)))
    }

    /// Why nothing can be said of a property at the end of a path, if that is what is wrong.
    pub(super) fn undecided(&self, finding: &Finding<Packed<W>>) -> Option<String> {
        if finding.property == CLIENT_NUMBER {
            return None;
        }
        let why = self.model.own_undecided(finding.property, finding.path.end())?;
        Some(format!("it can't be evaluated: {why}"))
    }

    /// The violations, each with the property and its path.
    pub fn violations(&self) -> impl Iterator<Item = (PropertyName, &Finding<Packed<W>>)> {
        let judged = self
            .found
            .violations
            .iter()
            .filter_map(|finding| Some((self.model.property(finding.property)?, finding)));
        let stuck = self.stuck.iter().map(|(property, finding)| (property.clone(), finding));
        let refused = self.outwaited().into_iter();
        let refused = refused.map(|it| (Property::ClientGapBounded.into(), &it.finding));
        judged.chain(stuck).chain(refused)
    }

    /// The story of a violation.
    pub fn story(&self, finding: &Finding<Packed<W>>) -> Vec<Scene> {
        self.model.tell(finding.path.hops.iter().map(|hop| (hop.action, hop.state)))
    }

    pub(super) fn version(&self, version: VersionNumber) -> String {
        self.model.version_name(&self.names.versions, version)
    }

    /// The properties that can be judged here.
    fn judged(&self) -> Vec<PropertyName> {
        let client = Property::ClientGapBounded;
        let is_judged = !self.clients.is_empty() && self.model.setting().check.contains(&client);
        self.model.judged().into_iter().chain(is_judged.then(|| client.into())).collect()
    }
}

/// What was found, for people.
pub fn explored<const W: usize>(told: &Explored<'_, W>, paint: Paint) -> String {
    let mut text = String::new();
    let (unexpected, unbroken) = told.surprises();
    let mark = match told.verdict() {
        _ if !unexpected.is_empty() => paint.bad("✗"),
        _ if told.found.bound.is_some() => paint.warn("?"),
        _ if !unbroken.is_empty() => paint.bad("✗"),
        Verdict::Holds | Verdict::Violated | Verdict::BoundHit(_) => paint.good("✓"),
    };
    let _ = writeln!(text, "{mark} {}  {}", paint.bold(told.title), paint.dim(told.path));
    let found = told.found;
    let _ = writeln!(
        text,
        "  {} states, {} transitions, depth {}, {} without an end; {}",
        grouped(found.states),
        grouped(found.transitions),
        found.levels.saturating_sub(1),
        grouped(found.terminal),
        size(told),
    );
    effort(told, paint, &mut text);
    verdicts(told, &unbroken, paint, &mut text);
    clients::clients(told, paint, &mut text);
    for (property, finding) in told.violations() {
        text.push('\n');
        let meant = if unexpected.contains(&property) { "" } else { ", as the file says:" };
        let _ = writeln!(
            text,
            "  {} {}{meant} {}",
            paint.bad("✗"),
            paint.bold(property.id()),
            paint.dim(property.statement())
        );
        if let Some(why) = told.undecided(finding) {
            let _ = writeln!(text, "    {why}");
        }
        if let Some(waited) = told.outwaited().filter(|_| finding.property == CLIENT_NUMBER) {
            let _ = writeln!(text, "    {}", clients::refused(told, waited).unwrap_or_default());
        }
        story(told, &told.story(finding), paint, &mut text);
        replay::beside(told, finding, paint, &mut text);
    }
    for (property, finding) in told.happens() {
        let _ = writeln!(
            text,
            "\n  {} {} happens: {}",
            paint.good("✓"),
            paint.bold(property.id()),
            paint.dim(property.statement())
        );
        story(told, &told.story(finding), paint, &mut text);
        replay::line(told, &finding.path, &mut text);
    }
    text
}

/// What holds, what is not known, and what is not as it must be without a story to tell.
fn verdicts<const W: usize>(
    told: &Explored<'_, W>,
    unbroken: &[PropertyName],
    paint: Paint,
    text: &mut String,
) {
    let bound = told.found.bound;
    let never = told.never();
    let mut broken: Vec<PropertyName> = told.violations().map(|(property, _)| property).collect();
    broken.extend(told.happens().map(|(property, _)| property));
    broken.extend(never.iter().cloned());
    let judged = told.judged();
    let holds = judged.iter().filter(|property| !broken.contains(property));
    let holds: Vec<&str> = holds.map(PropertyName::id).collect();
    if !holds.is_empty() {
        let how = match bound {
            None => "holds",
            Some(_) => "not violated so far",
        };
        line(text, "  ", &format!("{how}: {}", holds.join(", ")));
    }
    if let Some(bound) = bound {
        let _ = writeln!(
            text,
            "  {}",
            paint.warn(format!("bound reached ({}): the answer is incomplete", bound_name(bound)))
        );
    }
    for property in never {
        let meant = if told.breaks.contains(&property) { ", as the file says" } else { "" };
        let (mark, statement) = (paint.bad("✗"), paint.dim(property.statement()));
        let _ = writeln!(text, "  {mark} {} never happens{meant}: {statement}", property.id());
    }
    // What a bound has cut off isn't known to hold.
    for property in unbroken.iter().filter(|_| bound.is_none()) {
        let _ = writeln!(text, "  {} {} holds, and must not", paint.bad("✗"), property.id());
    }
}

/// What a state takes: its bits, and its share of the memory once that is more than what is set aside at the start.
fn size<const W: usize>(told: &Explored<'_, W>) -> String {
    const TELLING: u64 = 100_000;
    let (states, bits) = (told.found.states, told.model.bits());
    if states < TELLING {
        return format!("{bits} bits a state");
    }
    #[expect(clippy::cast_precision_loss, reason = "for people, with one digit")]
    let bytes = told.found.reached.bytes() as f64 / states as f64;
    format!("{bits} bits and {bytes:.1} bytes a state")
}

/// What was spared and how long it took.
fn effort<const W: usize>(told: &Explored<'_, W>, paint: Paint, text: &mut String) {
    let reductions = told.reductions.names();
    if !reductions.is_empty() {
        let _ = writeln!(text, "  {}", paint.dim(format!("reduced: {}", reductions.join(", "))));
    }
    if let Some(seconds) = told.seconds {
        let _ = writeln!(text, "  {}", paint.dim(timing(told.found.states, seconds)));
    }
}

/// How long it took.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number for people"
)]
fn timing(states: u64, seconds: f64) -> String {
    let rate = states as f64 / seconds.max(1e-9);
    format!("{seconds:.2} s, {} states a second", grouped(rate as u64))
}

/// A number with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What was found, for programs.
pub fn explored_json<const W: usize>(told: &Explored<'_, W>) -> Value {
    let found = told.found;
    let violations: Vec<Value> = told
        .violations()
        .map(|(property, finding)| {
            let scenes = told.story(finding);
            let steps: Vec<Value> = scenes.iter().map(|scene| scene_json(told, scene)).collect();
            json!({
                "property": property.id(),
                "undecided": told.undecided(finding),
                "path": told.model.indices(&finding.path),
                "trace": told.trace(&finding.path),
                "steps": steps,
                "nearest_good_run": replay::good_json(told, finding),
            })
        })
        .collect();
    let happens: Vec<Value> = told
        .happens()
        .map(|(property, finding)| {
            let scenes = told.story(finding);
            json!({
                "property": property.id(),
                "path": told.model.indices(&finding.path),
                "trace": told.trace(&finding.path),
                "steps": scenes.iter().map(|scene| scene_json(told, scene)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let verdict = match told.verdict() {
        Verdict::Holds => "holds",
        Verdict::Violated => "violated",
        Verdict::BoundHit(_) => "bound reached",
    };
    json!({
        "path": told.path,
        "title": told.title,
        "verdict": verdict,
        "bound": found.bound.map(bound_name),
        "states": found.states,
        "transitions": found.transitions,
        "depth": found.levels.saturating_sub(1),
        "terminal": found.terminal,
        "reductions": told.reductions.names(),
        "bits": told.model.bits(),
        "bytes": found.reached.bytes(),
        "judged": told.judged().iter().map(PropertyName::id).collect::<Vec<_>>(),
        "happens": happens,
        "clients": clients::clients_json(told),
        "never": told.never().iter().map(PropertyName::id).collect::<Vec<_>>(),
        "violations": violations,
    })
}
