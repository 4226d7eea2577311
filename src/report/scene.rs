//! What happened on a path of an exploration, action by action.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Paint;
use super::explore::Explored;
use crate::labels::LabelSlot;
use crate::model::{Act, Called, FaultKind, Scene, Spoken, Then, VersionNumber, Who};
use crate::target::Passing;

/// The table of one story.
pub(super) fn story<const W: usize>(
    told: &Explored<'_, W>,
    scenes: &[Scene],
    paint: Paint,
    text: &mut String,
) {
    if scenes.is_empty() {
        text.push_str("    at the beginning, before anything happens\n");
    }
    let rows: Vec<[String; 4]> = scenes
        .iter()
        .enumerate()
        .map(|(index, scene)| {
            [
                index.saturating_add(1).to_string(),
                who(scene),
                what(told, scene),
                effects(told, scene),
            ]
        })
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    for row in &rows {
        let [number, who, what, effects] = row;
        let pad = |cell: &str, width: usize| " ".repeat(width.saturating_sub(cell.chars().count()));
        let [first, second, third] = widths;
        let line = format!(
            "    {}{number}  {who}{}  {what}{}  {}",
            pad(number, first),
            pad(who, second),
            pad(what, third),
            paint.moved(effects)
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

pub(super) fn who(scene: &Scene) -> String {
    match &scene.who {
        Who::Operator => "operator".to_owned(),
        Who::Service => "service".to_owned(),
        Who::Target => "target".to_owned(),
        Who::Function { worker, rotation, step } => {
            let twin = if *worker == 0 {
                String::new()
            } else {
                format!(" #{}", worker.saturating_add(1))
            };
            format!("t{rotation} {step}{twin}")
        }
        Who::Other(name) => name.clone(),
    }
}

/// What happened, in a few words.
pub(super) fn what<const W: usize>(told: &Explored<'_, W>, scene: &Scene) -> String {
    let call = scene.call.as_ref().map(|call| called(told, call));
    let mut text = match (scene.act, scene.fault, call) {
        (Act::Launch { .. }, ..) => "invoked".to_owned(),
        (Act::Clean, ..) => "cleans up after the rotation".to_owned(),
        (Act::Pass(Passing::Arrives(..)), ..) => "has spread what is new".to_owned(),
        (Act::Pass(Passing::Ends(..)), ..) => "the grace is over".to_owned(),
        (_, Some(FaultKind::KilledBefore), Some(call)) => format!("killed before {call}"),
        (_, Some(FaultKind::KilledAfter), Some(call)) => format!("{call}, then killed"),
        (_, Some(FaultKind::ErrorBefore), Some(call)) => format!("{call}: error, nothing done"),
        (_, Some(FaultKind::ErrorAfter), Some(call)) => format!("{call}: done, reply lost"),
        (_, Some(FaultKind::Throttled), _) => "throttled: nothing is run".to_owned(),
        (_, Some(FaultKind::TimedOutBefore), Some(call)) => {
            format!("times out at {call}: not done")
        }
        (_, Some(FaultKind::TimedOutAfter), Some(call)) => {
            format!("{call}: done, no answer until it times out")
        }
        (_, Some(FaultKind::StaleRead), Some(call)) => format!("{call} (stale)"),
        (_, None, Some(call)) => call,
        (_, _, None) => String::new(),
    };
    match scene.then {
        Then::Ends
            if !matches!(scene.act, Act::Launch { .. })
                && scene.fault != Some(FaultKind::Throttled)
                && scene.call.is_some() =>
        {
            text.push_str("; the invocation ends");
        }
        Then::Again if scene.fault == Some(FaultKind::Throttled) => {}
        Then::Again => text.push_str("; again from the first call"),
        Then::GoesOn | Then::NextStep(_) | Then::Ends => {}
    }
    text
}

fn called<const W: usize>(told: &Explored<'_, W>, called: &Called) -> String {
    let name = |version: &VersionNumber| told.version(*version);
    let label = |label: &LabelSlot| told.model.label_name(*label).to_string();
    let (text, fails) = match called {
        Called::RotateSecret(version) => (format!("RotateSecret → {}", name(version)), None),
        Called::DescribeSecret => ("DescribeSecret".to_owned(), None),
        Called::GetRandomPassword => ("GetRandomPassword".to_owned(), None),
        Called::GetSecretValue { version, label: stage, fails } => {
            let parts: Vec<String> =
                version.iter().map(name).chain(stage.iter().map(label)).collect();
            (format!("GetSecretValue {}", parts.join(" ")), *fails)
        }
        Called::PutSecretValue { version, again, labels, fails, .. } => {
            let labels = labels.as_ref().map(|labels| {
                format!(" [{}]", labels.iter().map(label).collect::<Vec<_>>().join(", "))
            });
            let again = again
                .filter(|again| again != version)
                .map(|again| format!(", the value of {}", told.version(again)));
            let text = format!(
                "PutSecretValue {}{}{}",
                name(version),
                labels.unwrap_or_default(),
                again.unwrap_or_default()
            );
            (text, *fails)
        }
        Called::UpdateSecretVersionStage { label: stage, move_to, remove_from, fails } => {
            let to = move_to.as_ref().map(|to| format!(" to {}", name(to)));
            let from = remove_from.as_ref().map(|from| format!(" from {}", name(from)));
            let text = format!(
                "UpdateSecretVersionStage {}{}{}",
                label(stage),
                from.unwrap_or_default(),
                to.unwrap_or_default()
            );
            (text, *fails)
        }
        Called::CancelRotateSecret => ("CancelRotateSecret".to_owned(), None),
        Called::DeleteSecret => ("DeleteSecret".to_owned(), None),
        Called::RestoreSecret => ("RestoreSecret".to_owned(), None),
        Called::Target { verb, waits, denied, .. } => {
            let [whose, ..] = verb.credentials();
            let whose = match whose {
                Some(Spoken::Version(version)) => format!(" with {}", name(version)),
                Some(Spoken::Unsaved(version)) => format!(" with one made for {}", name(version)),
                Some(Spoken::Administrator | Spoken::Nobody) | None => String::new(),
            };
            let mut text = format!("target: {}{whose}", verb.name());
            if *waits {
                text.push_str(" (waits for the commit)");
            }
            if *denied {
                text.push_str(": denied");
            }
            (text, None)
        }
    };
    match fails {
        Some(code) => format!("{text}: {code}"),
        None => text,
    }
}

/// What moved, and by which rule; what the target accepts now.
pub(super) fn effects<const W: usize>(told: &Explored<'_, W>, scene: &Scene) -> String {
    let place = |version: Option<crate::labels::VersionSlot>| {
        version.map_or_else(|| "—".to_owned(), |it| told.version(u64::from(it.number())))
    };
    let mut parts: Vec<String> = scene
        .moves
        .iter()
        .map(|it| {
            let label = told.model.label_name(it.label);
            format!("{label} {} → {} ({})", place(it.from), place(it.to), it.because.id())
        })
        .collect();
    for change in &scene.target {
        let credential = match change.version.map(|it| told.version(it)) {
            Some(version) if change.is_stored => version,
            Some(version) => format!("one made for {version}"),
            None => "one that nobody knows".to_owned(),
        };
        let verb = match (change.accepted, change.is_now) {
            (true, true) => "accepts",
            (false, true) => "refuses",
            (true, false) => "is going to accept",
            (false, false) => "is going to refuse",
        };
        parts.push(format!("target {verb} {credential}"));
    }
    parts.join(", ")
}

/// One action, for programs.
pub(super) fn scene_json<const W: usize>(told: &Explored<'_, W>, scene: &Scene) -> Value {
    json!({
        "who": who(scene),
        "what": what(told, scene),
        "moves": scene.moves.iter().map(|it| json!({
            "label": told.model.label_name(it.label).to_string(),
            "from": it.from.map(|it| told.version(u64::from(it.number()))),
            "to": it.to.map(|it| told.version(u64::from(it.number()))),
            "because": it.because.id(),
        })).collect::<Vec<_>>(),
        "current_works": scene.current_works,
        "previous_works": scene.previous_works,
    })
}
