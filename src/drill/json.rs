//! What a drill came to, for programs.

use serde_json::{Value, json};

use super::matrix::{Told, word};
use super::turns;
use super::{Cell, Ended, Ran};
use crate::report::{Case, SCHEMA_VERSION, shortened, step_json};

/// The whole answer.
pub fn drilled_json(told: Told<'_>) -> Value {
    let drilled = told.drilled;
    let calls = drilled.calls.iter().map(|place| {
        let seen = drilled.seen.iter().find(|(at, _)| at == place).map(|(_, works)| works);
        json!({
            "step": place.step.as_str(),
            "call": place.name(),
            "current_works": seen.and_then(|works| works.current),
            "previous_works": seen.and_then(|works| works.previous),
        })
    });
    json!({
        "schema_version": SCHEMA_VERSION,
        "command": "drill",
        "secret": told.secret,
        "complete": drilled.is_complete(),
        "passed": !drilled.is_bad(),
        "planned": drilled.planned,
        "calls": calls.collect::<Vec<_>>(),
        "interleavings": turns::section_json(drilled),
        "recorded": ran_json(told, &drilled.recorded),
        "runs": drilled.ran.iter().map(|ran| ran_json(told, ran)).collect::<Vec<_>>(),
    })
}

fn ran_json(told: Told<'_>, ran: &Ran) -> Value {
    let (ended, retries, raised) = match &ran.ended {
        Ended::Recovered { retries, by_next: false } => ("recovered", Some(*retries), None),
        Ended::Recovered { by_next: true, .. } => ("recovered-by-next", None, None),
        Ended::Stuck { raised } => ("stuck", None, Some(shortened(&ran.trace, raised))),
        Ended::Hung { raised } => ("hung", None, Some(raised.clone())),
        Ended::Unreached => ("unreached", None, None),
        Ended::Inapplicable => ("inapplicable", None, None),
    };
    let broken = ran.broken.iter().map(|broken| {
        json!({
            "property": broken.property.id(),
            "message": shortened(&ran.trace, &broken.message),
            "trace_step": broken.step,
        })
    });
    let steps = || (1_usize..).zip(&ran.trace.steps);
    json!({
        "step": ran.cell.as_ref().map(|cell| cell.place.step.as_str()),
        "call": ran.cell.as_ref().map(Cell::call),
        "fault": ran.cell.as_ref().map(|cell| cell.kind.id()),
        "preemptions": ran.is_interleaved().then(|| ran.preemptions()),
        "waits": ran.is_interleaved().then(|| turns::waits(ran)),
        "ended": ended,
        "retries": retries,
        "raised": raised,
        "violations": broken.collect::<Vec<_>>(),
        "replay": ran.cell.as_ref().filter(|_| ran.is_bad()).map(|cell| (told.replay)(cell)),
        "trace": ran.is_bad().then(|| {
            steps().map(|(number, step)| step_json(step, number, false)).collect::<Vec<_>>()
        }),
    })
}

/// One test case for each run.
pub fn drilled_cases(told: Told<'_>) -> Vec<Case> {
    let case = |ran: &Ran| {
        let name =
            ran.cell.as_ref().map_or_else(|| "without faults".to_owned(), ToString::to_string);
        let lines = ran.broken.iter().map(|broken| {
            format!("{}: {}", broken.property, shortened(&ran.trace, &broken.message))
        });
        let replay = ran.cell.as_ref().map(|cell| format!("replay: {}", (told.replay)(cell)));
        let text: Vec<_> = lines.chain(replay).collect();
        let path = told.secret.to_owned();
        let why = match ran.ended {
            Ended::Unreached => "the function didn't make the call this time",
            Ended::Inapplicable => "it can't happen there: no version has the label",
            Ended::Recovered { .. } | Ended::Stuck { .. } | Ended::Hung { .. } => {
                let failure = ran.is_bad().then(|| (word(ran), text.join("\n")));
                return Case::new(path, name, failure);
            }
        };
        Case::skipped(path, name, why)
    };
    let drilled = told.drilled;
    std::iter::once(&drilled.recorded).chain(&drilled.ran).map(case).collect()
}
