//! What a run came to: how the rotation ended, and which properties don't hold.

use super::cell::Cell;
use super::run::{End, Interleaved};
use super::stage::Stage;
use super::{Options, Played};
use crate::property::{Property, judge};
use crate::world::Trace;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The rotation succeeded, or the one after it did.
    Recovered {
        /// Attempts that failed before.
        retries: u32,
        /// Whether it took another rotation.
        by_next: bool,
    },
    /// Neither retries nor another rotation get any further.
    Stuck {
        /// What the function raised last.
        raised: String,
    },
    /// The function took too long, again and again.
    Hung {
        /// What was told of that.
        raised: String,
    },
    /// The call was not made this time, so that nothing happened to it.
    Unreached,
    /// What is to happen can't happen there: there is no such version or label.
    Inapplicable,
}

/// A property that doesn't hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub property: Property,
    /// What is wrong.
    pub message: String,
    /// The step of the trace after which it is so.
    pub step: usize,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What happened to which call; nothing in the first rotation.
    pub cell: Option<Cell>,
    /// How it ended.
    pub ended: Ended,
    /// What doesn't hold, each property once.
    pub broken: Vec<Broken>,
    /// How two invocations took turns, if they did.
    pub interleaved: Option<Interleaved>,
    /// All that happened.
    pub trace: Trace,
}

impl Ran {
    /// Whether it must not be so.
    pub fn is_bad(&self) -> bool {
        !self.broken.is_empty() || matches!(self.ended, Ended::Stuck { .. } | Ended::Hung { .. })
    }

    /// Whether the rotation came to its end, however well.
    pub const fn is_through(&self) -> bool {
        matches!(self.ended, Ended::Recovered { .. })
    }

    /// Leaves out what is no better in that run.
    pub(super) fn forgive(&mut self, other: &Self) {
        self.broken.retain(|it| !other.broken.iter().any(|known| known.property == it.property));
    }
}

/// Judges a run that is over.
pub(super) fn judged(options: &Options, stage: &Stage, cell: Option<Cell>, played: Played) -> Ran {
    let mut inner = stage.lock();
    let trace = std::mem::take(&mut inner.trace);
    let (struck, inapplicable) = (inner.struck, inner.inapplicable);
    drop(inner);
    let Played { end, next, not_twice, locked_out, interleaved } = played;
    let ended = if cell.is_some() && inapplicable {
        Ended::Inapplicable
    } else if cell.is_some() && !struck {
        Ended::Unreached
    } else {
        ended(end, next)
    };
    let has_target = options.probe.is_some();
    let properties: Vec<Property> =
        Property::of_traces().filter(|it| it.applies(true, has_target)).collect();
    let mut broken: Vec<Broken> = Vec::new();
    for violation in judge(&trace, &properties).violations {
        let Some(property) = properties.iter().copied().find(|it| violation.property == *it) else {
            continue;
        };
        if !broken.iter().any(|known| known.property == property) {
            broken.push(Broken { property, message: violation.message, step: violation.step });
        }
    }
    let last = trace.steps.len().saturating_sub(1);
    let unstored = "after the failed attempt, the target accepts no credential that is stored";
    let more = [
        (Property::StoredBeforeUsed, locked_out.then(|| unstored.to_owned())),
        (Property::StepIsIdempotent, not_twice),
        (
            Property::RotationRecovers,
            match &ended {
                Ended::Stuck { raised } | Ended::Hung { raised } => Some(raised.clone()),
                Ended::Recovered { .. } | Ended::Unreached | Ended::Inapplicable => None,
            },
        ),
    ];
    for (property, message) in more {
        broken.extend(message.map(|message| Broken { property, message, step: last }));
    }
    broken.sort_by_key(|it| it.property);
    if matches!(ended, Ended::Inapplicable | Ended::Unreached) {
        broken.clear();
    }
    Ran { cell, ended, broken, interleaved, trace }
}

fn ended(end: End, next: Option<Result<(), String>>) -> Ended {
    match (end, next) {
        (End::Hung { raised }, _) => Ended::Hung { raised },
        (_, Some(Err(raised))) | (End::Failed { raised }, None) => Ended::Stuck { raised },
        (End::Refused { message }, _) => Ended::Stuck { raised: message },
        (End::Succeeded { retries }, _) => Ended::Recovered { retries, by_next: false },
        (End::Abandoned, None) => Ended::Stuck { raised: "the rotation is abandoned".to_owned() },
        (End::Failed { .. } | End::Abandoned, Some(Ok(()))) => {
            Ended::Recovered { retries: 0, by_next: true }
        }
    }
}
