//! Properties at rest: what must hold when a rotation that the service started is over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Property;
use super::moment::Moment;
use crate::api::Operation;
use crate::secret::{SecretArn, StagingLabel, VersionId};
use crate::service::{SecretView, ServiceAct};
use crate::world::Event;

use StagingLabel::{AwsCurrent, AwsPending};

/// What a rotation that didn't succeed left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOver {
    /// The step of the trace after which it shows.
    pub step: usize,
    /// The secret.
    pub secret: SecretArn,
    /// What is left.
    pub message: String,
}

/// What is running.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Rotations, with the version each is to make current.
    rotations: BTreeMap<SecretArn, VersionId>,
    /// Secrets whose last rotation is over by its own doing: it succeeded, or its function abandoned it.
    over: BTreeSet<SecretArn>,
    /// Tests of a function, with the version that each is made with.
    tests: BTreeMap<SecretArn, VersionId>,
}

impl Runs {
    /// Follows rotations through one step. Gives the secrets whose rotation has come to rest: it has just succeeded,
    /// or nothing more is going to be done for it.
    pub(super) fn follow<'t>(
        &mut self,
        index: usize,
        moment: &Moment<'t>,
        left_over: &mut Vec<LeftOver>,
    ) -> Vec<&'t SecretView> {
        let mut ended = Vec::new();
        if let Event::Service(ServiceAct::StartsRotation { version }) = &moment.step.event
            && let Some(arn) = &moment.step.secret
        {
            // It takes the place of one that failed, if retries have tokens of their own.
            self.rotations.insert(arn.clone(), version.clone());
            self.over.remove(arn);
        }
        if matches!(moment.step.event, Event::Settled) {
            let views = self.rotations.keys().filter_map(|arn| moment.step.view(arn));
            ended.extend(views.filter(|view| is_unfinished(view)));
            self.rotations.retain(|arn, _| !ended.iter().any(|view| view.arn == *arn));
            ended.extend(self.over.iter().filter_map(|arn| moment.step.view(arn)));
        }
        self.follow_tests(index, moment, left_over);
        let over = &mut self.over;
        self.rotations.retain(|arn, token| {
            let Some(view) = moment.step.view(arn) else { return false };
            let is_on = |label| view.holders(label).any(|version| version.id == *token);
            if is_on(&AwsCurrent) {
                ended.push(view);
                over.insert(arn.clone());
                return false;
            }
            if is_own_doing(moment, arn, token) && !is_on(&AwsPending) {
                over.insert(arn.clone());
            }
            let what = match (is_cancelled(moment, arn), is_on(&AwsPending)) {
                (true, true) => format!(
                    "the cancelled rotation left AWSPENDING on {token}, which blocks the next one"
                ),
                (true, false) => return false,
                (false, false) => {
                    format!("the rotation to {token} is abandoned: AWSPENDING left it")
                }
                (false, true) => return true,
            };
            left_over.push(LeftOver { step: index, secret: arn.clone(), message: what });
            false
        });
        if let Some(Operation::RotateSecret(request)) = moment.step.call()
            && let Ok(reply) = &moment.step.outcome
            && let (Some(arn), Some(token)) = (reply.arn(), reply.version_id())
            && moment.step.view(arn).is_some_and(|view| view.version(token).is_some())
        {
            let tests = request.rotate_immediately == Some(false);
            let runs = if tests { &mut self.tests } else { &mut self.rotations };
            self.over.remove(arn);
            runs.insert(arn.clone(), token.clone());
        }
        ended
    }

    /// Whether a rotation of a secret is unfinished.
    pub(super) fn is_running(&self, arn: &SecretArn) -> bool {
        self.rotations.contains_key(arn)
    }

    /// Follows tests through one step. One that is cancelled leaves its label for good; any other takes it along.
    fn follow_tests(&mut self, index: usize, moment: &Moment<'_>, left_over: &mut Vec<LeftOver>) {
        self.tests.retain(|arn, token| {
            let version = moment.step.view(arn).and_then(|view| view.version(token));
            if !version.is_some_and(|version| version.labels.contains(&AwsPending)) {
                return false;
            }
            if !is_cancelled(moment, arn) {
                return true;
            }
            let message = format!(
                "the cancelled test left AWSPENDING on {token}, which blocks the next rotation"
            );
            left_over.push(LeftOver { step: index, secret: arn.clone(), message });
            false
        });
    }

    /// Tells which rotations are unfinished at the end of a trace.
    pub(super) fn finish(
        self,
        views: &[Arc<SecretView>],
        steps: usize,
        left_over: &mut Vec<LeftOver>,
    ) {
        for (arn, token) in self.rotations {
            if views.iter().any(|view| view.arn == arn) {
                let message =
                    format!("the rotation to {token} is unfinished: AWSPENDING is still on it");
                left_over.push(LeftOver { step: steps.saturating_sub(1), secret: arn, message });
            }
        }
    }
}

/// Whether an invocation of a rotation makes this step.
pub(super) fn is_own_doing(moment: &Moment<'_>, arn: &SecretArn, version: &VersionId) -> bool {
    let invoked = moment.step.invoked.as_ref();
    invoked.is_some_and(|it| it.secret == *arn && it.version == *version)
}

/// Whether this step cancels what runs on a secret.
pub(super) fn is_cancelled(moment: &Moment<'_>, arn: &SecretArn) -> bool {
    matches!(moment.step.call(), Some(Operation::CancelRotateSecret(_)))
        && moment.step.outcome.is_ok()
        && moment.step.secret.as_ref() == Some(arn)
}

/// Whether a rotation that has come to rest has left something undone.
fn is_unfinished(view: &SecretView) -> bool {
    let mut found = Vec::new();
    check(view, &mut found);
    !found.is_empty()
}

/// Judges a secret whose rotation has come to rest.
pub(super) fn check(view: &SecretView, found: &mut Vec<(Property, SecretArn, String)>) {
    for version in view.holders(&AwsPending) {
        if !version.labels.contains(&AwsCurrent) {
            let message = format!("the rotation is at rest, but AWSPENDING is on {}", version.id);
            found.push((Property::PendingCleared, view.arn.clone(), message));
        }
    }
    for version in
        view.versions.iter().filter(|version| !version.labels.is_empty() && version.value.is_none())
    {
        let message =
            format!("the rotation is at rest, but {} has a label and no value", version.id);
        found.push((Property::NoEmptyVersion, view.arn.clone(), message));
    }
}
