//! What stands beside a violation: the nearest run in which all is well, and the line that plays the path again; and a
//! path that is played again.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Paint;
use super::explore::Explored;
use super::scene::{scene_json, story, what, who};
use crate::explore::{Detour, Finding, Packed, Path, detour};
use crate::model::CLIENT_NUMBER;
use crate::property::PropertyName;

/// States that are looked at from each state of a path. A service that goes on alone has few ways to go.
const GOOD_STATES_MAX: usize = 2_000;
/// Paths for which it is done: a longer one leaves too often.
const GOOD_HOPS_MAX: usize = 500;

impl<const W: usize> Explored<'_, W> {
    /// Where the path of a violation could have gone on well.
    pub(super) fn nearest_good(&self, finding: &Finding<Packed<W>>) -> Option<Detour<Packed<W>>> {
        // What befalls clients, time does: no action is at fault alone.
        if finding.path.hops.len() > GOOD_HOPS_MAX || finding.property == CLIENT_NUMBER {
            return None;
        }
        detour(self.model, &finding.path, GOOD_STATES_MAX, |state| self.model.rests(&state))
    }

    /// A path as the places of its actions among what can happen.
    pub(super) fn trace(&self, path: &Path<Packed<W>>) -> String {
        let indices = self.model.indices(path);
        let indices: Vec<String> = indices.iter().map(u32::to_string).collect();
        indices.join("/")
    }
}

/// The two lines under a story.
pub(super) fn beside<const W: usize>(
    told: &Explored<'_, W>,
    finding: &Finding<Packed<W>>,
    paint: Paint,
    text: &mut String,
) {
    if let Some(good) = told.nearest_good(finding) {
        let scenes = told.story(finding);
        let without = scenes.get(good.kept).map(|scene| {
            let fault = if scene.fault.is_some() { "the fault in " } else { "" };
            format!(", without {fault}`{}: {}`", who(scene), what(told, scene))
        });
        let more = match good.hops.len() {
            0 => "all was well".to_owned(),
            1 => "all is well after 1 action of the service".to_owned(),
            count => format!("all is well after {count} actions of the service"),
        };
        let from = good.kept.saturating_add(1);
        let head = paint.bold("nearest good run");
        let _ = writeln!(
            text,
            "    {head}: from step {from} on{}: {more}",
            without.unwrap_or_default()
        );
    }
    line(told, &finding.path, text);
}

/// The line that plays a path again.
pub(super) fn line<const W: usize>(
    told: &Explored<'_, W>,
    path: &Path<Packed<W>>,
    text: &mut String,
) {
    let mut line = String::from("stagewright run");
    for option in told.assume {
        let _ = write!(line, " --assume {}", shell(option));
    }
    let trace = shell(&told.trace(path));
    let _ = writeln!(text, "    replay: {line} {} --trace {trace}", shell(told.path));
}

/// The nearest good run, for programs.
pub(super) fn good_json<const W: usize>(
    told: &Explored<'_, W>,
    finding: &Finding<Packed<W>>,
) -> Value {
    told.nearest_good(finding).map_or(Value::Null, |good| {
        let mut path = finding.path.clone();
        path.hops.truncate(good.kept);
        path.hops.extend(good.hops.iter().copied());
        json!({
            "from_step": good.kept.saturating_add(1),
            "actions": good.hops.len(),
            "trace": told.trace(&path),
        })
    })
}

/// A word of a command line, quoted if the shell would read it differently.
pub(super) fn shell(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:,@".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A path that was played again.
#[derive(Debug)]
pub struct Replayed<'a, const W: usize> {
    /// What it belongs to.
    pub told: &'a Explored<'a, W>,
    /// The path.
    pub path: &'a Path<Packed<W>>,
}

impl<const W: usize> Replayed<'_, W> {
    /// What its last action violates, or the state after it.
    pub fn broken(&self) -> BTreeSet<PropertyName> {
        let broken = self.told.model.broken_at_end(self.path);
        broken.iter().filter_map(|it| self.told.model.property(it)).collect()
    }

    /// Whether that is what the file says.
    pub fn is_meant(&self) -> bool {
        self.broken().is_subset(self.told.breaks)
    }
}

/// The table of a path alone.
pub fn replayed_story<const W: usize>(replayed: &Replayed<'_, W>, paint: Paint) -> String {
    let told = replayed.told;
    let mut text = String::new();
    let scenes = told.model.tell(replayed.path.hops.iter().map(|hop| (hop.action, hop.state)));
    story(told, &scenes, paint, &mut text);
    text
}

/// A path that was played again, for people.
pub fn replayed<const W: usize>(replayed: &Replayed<'_, W>, paint: Paint) -> String {
    let told = replayed.told;
    let broken = replayed.broken();
    let mark = if replayed.is_meant() { paint.good("✓") } else { paint.bad("✗") };
    let mut text = format!("{mark} {}  {}\n", paint.bold(told.title), paint.dim(told.path));
    text.push_str(&replayed_story(replayed, paint));
    text.push('\n');
    if broken.is_empty() {
        text.push_str("  nothing is violated by the last action\n");
    }
    for property in broken {
        let meant = if told.breaks.contains(&property) { ", as the file says" } else { "" };
        let _ = writeln!(
            text,
            "  {} {} {}{meant}",
            paint.bad("✗"),
            paint.bold(property.id()),
            paint.dim(property.statement())
        );
    }
    text
}

/// A path that was played again, for programs.
pub fn replayed_json<const W: usize>(replayed: &Replayed<'_, W>) -> Value {
    let told = replayed.told;
    let scenes = told.model.tell(replayed.path.hops.iter().map(|hop| (hop.action, hop.state)));
    json!({
        "schema_version": super::SCHEMA_VERSION,
        "command": "run --trace",
        "path": told.path,
        "title": told.title,
        "trace": told.trace(replayed.path),
        "steps": scenes.iter().map(|scene| scene_json(told, scene)).collect::<Vec<_>>(),
        "violated": replayed.broken().iter().map(PropertyName::id).collect::<Vec<_>>(),
    })
}
