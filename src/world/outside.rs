//! A world among others: its time is given to it, and the functions that it invokes run elsewhere.

use std::sync::Arc;

use super::{
    Actor, Database, Event, Fault, Invocation, Invoked, Running, TargetStep, Trace, World,
};
use crate::api::{Operation, RotationEvent};
use crate::assumption::Assumptions;
use crate::caller::Caller;
use crate::service::{self, Applied};
use crate::time::{Span, Timestamp};

/// A function outside is to run a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideInvocation {
    /// The ARN of the function.
    pub function: String,
    /// What it is invoked with.
    pub event: RotationEvent,
}

impl World {
    /// Lets everything happen that is due until that moment. Unlike [`super::Action::Until`] it is no step by itself.
    pub fn reach(&mut self, moment: Timestamp, trace: &mut Trace) {
        self.begin(trace);
        self.catch_up(moment.max(self.now), trace);
    }

    /// Answers a call that takes that long.
    pub fn apply(&mut self, by: Caller, operation: Operation, takes: Span, trace: &mut Trace) {
        self.begin(trace);
        let at = self.now;
        let applied = self.service.apply(at, &by, &operation);
        let event = Event::Call(Arc::new(operation));
        self.record(at, Actor::Caller(by), event, applied, trace);
        self.catch_up(at.plus(takes), trace);
    }

    /// When something is due next, if anything is.
    pub fn next_due(&self) -> Option<Timestamp> {
        let invoked = self.invocations.iter().map(|invocation| invocation.next_at).min();
        [self.service.next_due(), invoked].into_iter().flatten().min()
    }

    /// The functions outside that have been invoked since this was last asked, in order.
    pub fn take_invocations(&mut self) -> Vec<OutsideInvocation> {
        std::mem::take(&mut self.outside)
    }

    /// Whether there are invocations that nobody has taken.
    pub const fn has_invocations(&self) -> bool {
        !self.outside.is_empty()
    }

    /// The fault that hits a call which is made from outside at that place, if one is planned.
    pub fn strike(&mut self, at: &str) -> Option<Fault> {
        self.faults.strike(at)
    }

    /// Tells that a fault has hit a call which was made from outside.
    pub fn tell_fault(&mut self, fault: Fault, trace: &mut Trace) {
        self.begin(trace);
        self.record(self.now, Actor::Nobody, Event::Fault(fault), Applied::nothing(), trace);
    }

    /// Tells of a statement that a function outside has sent to its target, which took that long.
    pub fn tell_statement(
        &mut self,
        by: Caller,
        (statement, invoked): (TargetStep, Option<Arc<Invoked>>),
        takes: Span,
        trace: &mut Trace,
    ) {
        self.begin(trace);
        let at = self.now;
        let event = Event::Target(Box::new(statement));
        self.record(at, Actor::Caller(by), event, Applied::nothing(), trace);
        if let Some(step) = trace.steps.last_mut() {
            step.invoked = invoked;
        }
        self.catch_up(at.plus(takes), trace);
    }

    /// A function outside has come back from a step, or failed in it with what it raised.
    ///
    /// What comes back too late is told and ignored: its rotation is over, or a retry has taken its place.
    pub fn function_returned(
        &mut self,
        event: &RotationEvent,
        result: Result<(), String>,
        trace: &mut Trace,
    ) {
        self.begin(trace);
        self.came_back(event, result, trace);
        self.catch_up(self.now, trace);
    }

    /// From now on the target is as it was found to be, by somebody who can look at a real one.
    pub fn find_target(&mut self, database: Database) {
        self.shown_target = Some(Arc::new(database.clone()));
        self.database = Some(database);
    }

    /// The target as traces have it, if there is one.
    pub const fn shown_target(&self) -> Option<&Arc<Database>> {
        self.shown_target.as_ref()
    }

    /// From now on takes unknown behavior to be so.
    pub fn assume(&mut self, assume: Assumptions) {
        self.service.assume(assume);
    }

    /// From now on has those functions invoked.
    pub fn choose_invoked(&mut self, invokes: service::Invoked) {
        self.service.choose_invoked(invokes);
    }

    /// Has a function begin a step.
    pub(super) fn begin_step(&mut self, event: &RotationEvent, due: Timestamp) {
        if matches!(self.service.setting().invokes, service::Invoked::Outside { .. }) {
            if let Some(function) = self.service.function_of(&event.secret_id) {
                let (function, event) = (function.to_owned(), event.clone());
                self.outside.push(OutsideInvocation { function, event });
            }
            return;
        }
        let caller = self.caller(event);
        self.invoked = self.invoked.saturating_add(1);
        let invoked = Invoked {
            number: self.invoked,
            step: event.step,
            secret: event.secret_id.clone(),
            version: event.client_request_token.clone(),
        };
        self.invocations.push(Invocation {
            caller,
            invoked: Arc::new(invoked),
            event: event.clone(),
            running: Running::new(),
            staged: Vec::new(),
            next_at: due,
            hangs: false,
        });
    }
}
