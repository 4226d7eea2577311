//! What happened, step by step: made by everything that acts, read by everything that judges or shows.

use std::sync::Arc;

use crate::api::{Operation, Reply, RotationStep, ServiceError};
use crate::assumption::Assumptions;
use crate::caller::Caller;
use crate::evidence::RuleSet;
use crate::program::Strategy;
use crate::secret::{SecretArn, VersionId};
use crate::service::{LabelMove, SecretView, ServiceAct, ServiceEvent};
use crate::time::{Span, Timestamp};

use super::database::{Database, TargetPasses, TargetStep};
use super::fault::Fault;

/// Who made a step happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Someone who called the service.
    Caller(Caller),
    /// The service by itself.
    Service,
    /// Nobody: time passed.
    Nobody,
}

/// Which invocation of a rotation function makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// Which one, of all that there were.
    pub number: u32,
    /// With which step.
    pub step: RotationStep,
    /// For which secret.
    pub secret: SecretArn,
    /// For which version, which is the token of the rotation.
    pub version: VersionId,
}

/// What a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call.
    Call(Arc<Operation>),
    /// A function called the target.
    Target(Box<TargetStep>),
    /// The target did by itself what followed from a call.
    TargetPasses(Box<TargetPasses>),
    /// A fault hit a call of a function.
    Fault(Fault),
    /// Something the service did some time after a call.
    Service(ServiceAct),
    /// Time passed.
    Waited(Span),
    /// Time passed until that moment.
    Reached(Timestamp),
    /// Time begins to pass until no rotation has anything left to do.
    Settling,
    /// No rotation has anything left to do.
    Settled,
    /// After that time some rotation still has something to do, and nobody waits longer.
    Unsettled(Span),
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What it was.
    pub event: Event,
    /// The answer or the error.
    pub outcome: Result<Reply, ServiceError>,
    /// The secret it was about.
    pub secret: Option<SecretArn>,
    /// The labels that moved, and the rules that moved them, as the machine tells it.
    pub moves: Vec<LabelMove>,
    /// What the service logged by itself.
    pub events: Vec<ServiceEvent>,
    /// The rules that decided the answer and the moves.
    pub rules: RuleSet,
    /// What is visible of every secret after the step. Secrets that didn't change are shared with the step before, and
    /// so is the whole list if none did.
    pub after: Arc<[Arc<SecretView>]>,
    /// The invocation of a function that made the call, if one did and that is known.
    pub invoked: Option<Arc<Invoked>>,
    /// What the target is like after the step, if there is one: shared with the step before if nothing changed.
    pub target: Option<Arc<Database>>,
}

impl TraceStep {
    /// A secret as it is after the step.
    pub fn view(&self, arn: &SecretArn) -> Option<&SecretView> {
        self.after.iter().find(|view| view.arn == *arn).map(|view| &**view)
    }

    /// The call, if it is one.
    pub fn call(&self) -> Option<&Operation> {
        match &self.event {
            Event::Call(operation) => Some(operation),
            Event::Target(_)
            | Event::TargetPasses(_)
            | Event::Fault(_)
            | Event::Service(_)
            | Event::Waited(_)
            | Event::Reached(_)
            | Event::Settling
            | Event::Settled
            | Event::Unsettled(_) => None,
        }
    }
}

/// Everything that happened in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// How unknown behavior was taken to be.
    pub assume: Assumptions,
    /// What was visible before the first step.
    pub given: Arc<[Arc<SecretView>]>,
    /// What the target was like before the first step, if there is one.
    pub given_target: Option<Arc<Database>>,
    /// How the credentials of a secret follow on each other, if that is known.
    pub strategy: Option<Strategy>,
    /// The steps, in order.
    pub steps: Vec<TraceStep>,
}

impl Trace {
    /// Whether it stopped to wait for rotations that still had something to do, so that it doesn't tell the whole story.
    pub fn gave_up(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.event, Event::Unsettled(_)))
    }

    /// Each look of each secret once, in order: what a step leaves as it was is passed over.
    pub fn views(&self) -> impl Iterator<Item = &SecretView> {
        let before = std::iter::once([].as_slice()).chain(self.steps.iter().map(|it| &*it.after));
        self.steps.iter().zip(before).flat_map(|(step, before)| {
            let is_new = |view: &&Arc<SecretView>| !before.iter().any(|old| Arc::ptr_eq(old, view));
            step.after.iter().filter(is_new).map(|view| &**view)
        })
    }
}
