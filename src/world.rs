//! The world: the service and its clock, moved by one action at a time.

mod trace;

use std::sync::Arc;

use crate::api::{Empty, Operation, Reply};
use crate::caller::Caller;
use crate::service::{Applied, Observed, SecretsManager, Setting};
use crate::time::{Span, Timestamp};

pub use trace::{Actor, Event, Trace, TraceStep};

/// One thing that can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all actions are calls, and none is kept")]
pub enum Action {
    /// Someone calls the service.
    Call {
        /// Who.
        by: Caller,
        /// With which request.
        operation: Operation,
    },
    /// Time passes.
    Wait(Span),
    /// Time passes until that moment; nothing happens if it is past.
    Until(Timestamp),
}

/// Everything that can change. Same world, same action, same result, on every machine.
#[derive(Clone, Debug)]
pub struct World {
    service: SecretsManager,
    now: Timestamp,
    /// What was visible after the last step: shared with the trace where nothing changed.
    seen: Vec<Observed>,
    /// The revision of the service that was seen.
    seen_at: u64,
}

impl World {
    /// A world without secrets but those that the setting says other services manage.
    pub fn new(setting: Setting, start: Timestamp) -> Self {
        let service = SecretsManager::new(setting).furnished(start);
        let (seen, seen_at) = (service.observe(&[]), service.revision());
        Self { service, now: start, seen, seen_at }
    }

    /// The virtual time.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The service.
    pub const fn service(&self) -> &SecretsManager {
        &self.service
    }

    /// Lets `action` happen, and then whatever has become due, and writes both into `trace`.
    ///
    /// A call takes [`Span::CALL`]. What the service does by itself comes as steps of its own, in order of time.
    pub fn step(&mut self, action: Action, trace: &mut Trace) {
        if trace.steps.is_empty() {
            trace.given = self.seen.iter().map(|seen| Arc::clone(&seen.view)).collect();
        }
        let at = self.now;
        let end = match &action {
            Action::Call { .. } => at.plus(Span::CALL),
            Action::Wait(span) => at.plus(*span),
            Action::Until(moment) => at.max(*moment),
        };
        let (actor, event, applied) = match action {
            Action::Call { by, operation } => {
                let applied = self.service.apply(at, &by, &operation);
                (Actor::Caller(by), Event::Call(operation), applied)
            }
            Action::Wait(span) => (Actor::Nobody, Event::Waited(span), nothing()),
            Action::Until(moment) => (Actor::Nobody, Event::Reached(moment), nothing()),
        };
        self.record(at, actor, event, applied, trace);
        while let Some((due, act, applied)) = self.service.fire(end) {
            self.now = due;
            self.record(due, Actor::Service, Event::Service(act), applied, trace);
        }
        self.now = end;
    }

    /// Writes one step, with what is visible after it.
    fn record(
        &mut self,
        at: Timestamp,
        actor: Actor,
        event: Event,
        applied: Applied,
        trace: &mut Trace,
    ) {
        if self.seen_at != self.service.revision() {
            self.seen = self.service.observe(&self.seen);
            self.seen_at = self.service.revision();
        }
        trace.steps.push(TraceStep {
            at,
            actor,
            event,
            outcome: applied.outcome,
            secret: applied.secret,
            moves: applied.moves,
            rules: applied.rules,
            after: self.seen.iter().map(|seen| Arc::clone(&seen.view)).collect(),
        });
    }
}

/// What the passing of time does.
fn nothing() -> Applied {
    Applied {
        outcome: Ok(Reply::Empty(Empty {})),
        secret: None,
        moves: Vec::new(),
        rules: crate::evidence::RuleSet::EMPTY,
    }
}
