//! Windows: how long the current and the previous credential are refused, and between which calls.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Paint;
use super::clients::taken;
use super::explore::{Explored, grouped};
use super::scene::{what, who};
use super::table::line;
use crate::model::{Act, Scene};
use crate::time::Span;

/// What was measured.
#[derive(Clone, Debug)]
pub struct Windows {
    /// The last rotation, if nothing goes wrong and nobody interferes.
    pub scenes: Vec<Scene>,
    /// How long a call takes.
    pub call_time: Span,
    /// The worst that can happen to the current credential, and to the previous one.
    pub worst: [Worst; 2],
}

/// How long a credential can be refused in a row, within one rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worst {
    /// The states in which it is refused.
    pub states: u64,
    /// The longest run of actions, and the longest time; `None` if actions can go round and round meanwhile.
    pub longest: Option<(u64, Span)>,
    /// Whether it can be refused with nothing to come that would change that.
    pub never: bool,
    /// Whether not all states were looked at.
    pub is_partial: bool,
}

/// A part of a rotation in which a credential is refused.
struct Window<'a> {
    /// The action since which it is refused; `None`: it was so before.
    since: Option<&'a Scene>,
    /// The action that ends it; `None`: it isn't over when the rotation is.
    until: Option<&'a Scene>,
    calls: i64,
}

impl Windows {
    fn of(&self, works: fn(&Scene) -> bool) -> Vec<Window<'_>> {
        let mut windows: Vec<Window<'_>> = Vec::new();
        let mut open: Option<Window<'_>> = None;
        for scene in &self.scenes {
            let calls = i64::from(scene.call.is_some() && !matches!(scene.act, Act::Request));
            match (open.take(), works(scene)) {
                (None, true) => {}
                (None, false) => {
                    // A request for a rotation makes no credential refused: it was so before.
                    let since = Some(scene).filter(|scene| !matches!(scene.act, Act::Request));
                    open = Some(Window { since, until: None, calls: 0 });
                }
                (Some(mut window), works) => {
                    window.calls = window.calls.saturating_add(calls);
                    if works {
                        window.until = Some(scene);
                        windows.push(window);
                    } else {
                        open = Some(window);
                    }
                }
            }
        }
        windows.extend(open);
        windows
    }

    /// The credentials that are watched.
    fn both(&self) -> [(&'static str, Vec<Window<'_>>); 2] {
        [
            ("current", self.of(|scene| scene.current_works)),
            ("previous", self.of(|scene| scene.previous_works)),
        ]
    }
}

/// The report for people.
pub fn windows<const W: usize>(told: &Explored<'_, W>, measured: &Windows, paint: Paint) -> String {
    let mut text = format!("\n  {}\n", paint.bold("windows"));
    if told.model.setting().target.is_none() {
        text.push_str("    the scenario has no target, so no credential is ever refused\n");
        return text;
    }
    let action = |scene: &Scene| format!("`{}: {}`", who(scene), what(told, scene));
    for (name, windows) in measured.both() {
        if windows.is_empty() {
            let _ = writeln!(text, "    a good rotation: the {name} credential always works");
        }
        for window in windows {
            let since = match window.since {
                Some(scene) => format!("after {}", action(scene)),
                None => "from before it".to_owned(),
            };
            let plural = if window.calls == 1 { "" } else { "s" };
            let long = measured.call_time.times(window.calls);
            let until = match window.until {
                Some(scene) => {
                    format!(" for {} call{plural} ({long}), until {}", window.calls, action(scene))
                }
                None => " and from then on".to_owned(),
            };
            let told = format!("a good rotation: the {name} credential is refused {since}{until}");
            line(&mut text, "    ", &told);
        }
    }
    for (name, worst) in ["current", "previous"].into_iter().zip(measured.worst) {
        line(&mut text, "    ", &at_worst(name, worst));
    }
    let [current, previous] = measured.worst;
    if told.model.setting().program.is_some() && current.states.max(previous.states) > 0 {
        line(&mut text, "    ", &format!("taken for the worst: {}", taken(told)));
    }
    if current.is_partial {
        let warning = "not all states were looked at: there may be worse";
        let _ = writeln!(text, "    {}", paint.warn(warning));
    }
    text
}

/// The worst that can happen to a credential, in words.
fn at_worst(name: &str, worst: Worst) -> String {
    let told = format!("at worst: the {name} credential");
    let told = match (worst.states, worst.longest) {
        (0, _) => return format!("{told} always works"),
        (_, None) => format!("{told} is refused without end, while actions go round and round"),
        (_, Some((actions, long))) => {
            format!("{told} is refused for {} actions in one rotation ({long})", grouped(actions))
        }
    };
    let stays = if worst.never { ", and it can stay so with nothing more to come" } else { "" };
    format!("{told}{stays}")
}

/// The report for programs.
pub fn windows_json<const W: usize>(told: &Explored<'_, W>, measured: &Windows) -> Value {
    let action = |scene: &Scene| json!({ "who": who(scene), "what": what(told, scene) });
    let [current, previous] = measured.both().map(|(_, windows)| -> Vec<Value> {
        let windows = windows.iter().map(|window| {
            json!({
                "after": window.since.map(action),
                "until": window.until.map(action),
                "calls": window.calls,
                "milliseconds": measured.call_time.times(window.calls).millis(),
            })
        });
        windows.collect()
    });
    let worst = |worst: Worst| {
        json!({
            "states": worst.states,
            "actions": worst.longest.map(|(actions, _)| actions),
            "milliseconds": worst.longest.map(|(_, long)| long.millis()),
            "can_stay": worst.never,
            "partial": worst.is_partial,
        })
    };
    let [current_worst, previous_worst] = measured.worst;
    json!({
        "current_refused": current,
        "previous_refused": previous,
        "worst": worst(current_worst),
        "worst_previous": worst(previous_worst),
    })
}
