//! The violations that a person can bring about with calls that the service allows, each stated exactly.
//!
//! Over random calls every property must hold but for these. An excuse looks at what is visible and at the calls,
//! never at what the machine says about itself.

use crate::api::Operation;
use crate::property::{Property, Violation};
use crate::secret::{SecretArn, StagingLabel, VersionId};
use crate::service::SecretView;
use crate::world::{Trace, TraceStep};

use StagingLabel::{AwsCurrent, AwsPending, AwsPrevious};

/// Whether a person brought the violation about.
pub fn excused(trace: &Trace, violation: &Violation) -> bool {
    let before = before(trace, violation);
    let Some(step) = trace.steps.get(violation.step) else { return false };
    let arn = &violation.secret;
    let Some(property) = violation.property.known() else { return false };
    // A replica shows what its primary showed some time before, and that was judged there.
    if step.view(arn).is_some_and(SecretView::is_replica) {
        return true;
    }
    match property {
        // AWSPREVIOUS was put on the current version by name; or AWSCURRENT, which no version had, came to the
        // version where AWSPREVIOUS stood. It can only have stood there by name: it follows AWSCURRENT otherwise.
        Property::PreviousFollowsCurrent => {
            names(step, &AwsPrevious)
                || (names(step, &AwsCurrent) && before.is_some_and(|it| !held(it, &AwsCurrent)))
        }
        // One of the two labels was put on the version of the other by name; or a label call took AWSCURRENT off a
        // version and left AWSPENDING there. (A put takes AWSPENDING away with it.)
        Property::PendingAndPreviousApart => {
            names(step, &AwsPrevious)
                || names(step, &AwsPending)
                || (is_stage_call(step)
                    && names(step, &AwsCurrent)
                    && before.is_some_and(|it| shared(it, &AwsCurrent, &AwsPending)))
        }
        // The first value came to a secret that a rotation had given a version without one, so the put was not the
        // first version, and it didn't ask for AWSCURRENT.
        Property::CurrentExists => {
            !names(step, &AwsCurrent)
                && before.is_some_and(|it| {
                    !it.versions.is_empty()
                        && it.versions.iter().all(|version| version.value.is_none())
                })
        }
        // A label call had put a label on the version while it was without a value.
        Property::NoEmptyVersion => {
            let Some(view) = step.view(arn) else { return false };
            let mut empty = view
                .versions
                .iter()
                .filter(|version| version.value.is_none() && !version.labels.is_empty());
            empty.all(|version| was_labeled_while_empty(trace, violation, &version.id))
        }
        // The version was gone for a while: it was made for a test of the function, or collected. Its id is free
        // again (GC-7 leaves open whether it should be).
        Property::ValueIsImmutable => {
            let Some(view) = step.view(arn) else { return false };
            let returned = view.versions.iter().filter(|version| {
                let mut seen = trace
                    .steps
                    .iter()
                    .take(violation.step.saturating_add(1))
                    .filter_map(|step| step.view(arn))
                    .map(|view| view.version(&version.id).is_some())
                    .skip_while(|seen| !seen);
                seen.any(|seen| !seen)
            });
            returned.count() > 0
        }
        Property::OneVersionPerLabel
        | Property::OnlyNamedLabelsMove
        | Property::PendingCleared
        | Property::RefusedChangesNothing
        | Property::LimitsRespected
        | Property::TestRotationChangesNothing
        | Property::CurrentWorks
        | Property::PreviousWorks
        | Property::LiveIsLabelled
        | Property::PromotedWasTested
        | Property::SamePrivileges
        | Property::OldIsRevoked
        | Property::NoLostUpdate
        | Property::StepIsIdempotent
        | Property::RotationRecovers
        | Property::StaleTokenIsHarmless
        | Property::StoredBeforeUsed
        | Property::ClientGapBounded => false,
    }
}

/// The secret as it was before the step.
fn before<'t>(trace: &'t Trace, violation: &Violation) -> Option<&'t SecretView> {
    trace.steps.get(violation.step.checked_sub(1)?)?.view(&violation.secret)
}

fn held(view: &SecretView, label: &StagingLabel) -> bool {
    view.holder(label).is_some()
}

/// Whether one version has both labels.
fn shared(view: &SecretView, one: &StagingLabel, other: &StagingLabel) -> bool {
    view.holder(one).is_some_and(|version| version.labels.contains(other))
}

fn is_stage_call(step: &TraceStep) -> bool {
    matches!(step.call(), Some(Operation::UpdateSecretVersionStage(_)))
}

/// Whether the step is a call that names `label`; a put without labels asks for AWSCURRENT.
fn names(step: &TraceStep, label: &StagingLabel) -> bool {
    match step.call() {
        Some(Operation::PutSecretValue(request)) => match &request.version_stages {
            Some(labels) => labels.iter().any(|it| it == label.as_str()),
            None => *label == AwsCurrent,
        },
        Some(Operation::UpdateSecret(_)) => *label == AwsCurrent,
        Some(Operation::UpdateSecretVersionStage(request)) => {
            request.version_stage == label.as_str()
        }
        _ => false,
    }
}

fn was_labeled_while_empty(trace: &Trace, violation: &Violation, id: &VersionId) -> bool {
    let arn: &SecretArn = &violation.secret;
    trace.steps.iter().take(violation.step.saturating_add(1)).any(|step| match step.call() {
        Some(Operation::UpdateSecretVersionStage(request)) => {
            let target = request.move_to_version_id.as_deref() == Some(id.as_str());
            let is_empty =
                |view: &SecretView| view.version(id).is_some_and(|version| version.value.is_none());
            target
                && step.outcome.is_ok()
                && step.secret.as_ref() == Some(arn)
                && step.view(arn).is_some_and(is_empty)
        }
        _ => false,
    })
}
