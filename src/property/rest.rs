//! Properties at rest: what must hold when a rotation that the service started is over.

use std::collections::BTreeMap;
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

/// The rotations that are running, with the version each is to make current.
#[derive(Debug, Default)]
pub(super) struct Runs(BTreeMap<SecretArn, VersionId>);

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
            self.0.insert(arn.clone(), version.clone());
        }
        if moment.step.event == Event::Settled {
            let views = self.0.keys().filter_map(|arn| moment.step.view(arn));
            ended.extend(views.filter(|view| is_unfinished(view)));
            self.0.retain(|arn, _| !ended.iter().any(|view| view.arn == *arn));
        }
        self.0.retain(|arn, token| {
            let Some(view) = moment.step.view(arn) else { return false };
            let is_on = |label| view.holders(label).any(|version| version.id == *token);
            if is_on(&AwsCurrent) {
                ended.push(view);
                return false;
            }
            let cancelled = matches!(moment.step.call(), Some(Operation::CancelRotateSecret(_)))
                && moment.step.outcome.is_ok()
                && moment.step.secret.as_ref() == Some(arn);
            let what = match (cancelled, is_on(&AwsPending)) {
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
            && request.rotate_immediately != Some(false)
            && let (Some(arn), Some(token)) = (reply.arn(), reply.version_id())
            && moment.step.view(arn).is_some_and(|view| view.version(token).is_some())
        {
            self.0.insert(arn.clone(), token.clone());
        }
        ended
    }

    /// Tells which rotations are unfinished at the end of a trace.
    pub(super) fn finish(
        self,
        views: &[Arc<SecretView>],
        steps: usize,
        left_over: &mut Vec<LeftOver>,
    ) {
        for (arn, token) in self.0 {
            if views.iter().any(|view| view.arn == arn) {
                let message =
                    format!("the rotation to {token} is unfinished: AWSPENDING is still on it");
                left_over.push(LeftOver { step: steps.saturating_sub(1), secret: arn, message });
            }
        }
    }
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
