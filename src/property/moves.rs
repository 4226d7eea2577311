//! Properties of an action: what a call may move, and that a refused call changes nothing.

use super::Property;
use super::moment::{Change, Moment, holder, holders};
use crate::api::{Operation, PutSecretValue};
use crate::assumption::{Abandons, FirstVersion, OutgoingLabels, RefusalStores};
use crate::secret::{SecretArn, StagingLabel};
use crate::service::ServiceAct;
use crate::world::Event;

use StagingLabel::{AwsCurrent, AwsPending, AwsPrevious};

/// Judges what one step did to one secret.
pub(super) fn check(
    moment: &Moment<'_>,
    change: &Change<'_>,
    found: &mut Vec<(Property, SecretArn, String)>,
) {
    let mut violated = |property, message| found.push((property, change.arn.clone(), message));
    if moment.step.outcome.is_err() && !may_store(moment, change) {
        violated(
            Property::RefusedChangesNothing,
            "the call was refused, and yet the secret changed".to_owned(),
        );
    }
    if let Some(message) = previous_follows(change) {
        violated(Property::PreviousFollowsCurrent, message);
    }
    for label in change.moved() {
        if let Some(message) = not_allowed(moment, change, label) {
            violated(Property::OnlyNamedLabelsMove, message);
        }
    }
    if is_test(moment) && change.before.is_some() && !change.same_holders(&AwsCurrent) {
        violated(
            Property::TestRotationChangesNothing,
            "a test of the rotation function moved AWSCURRENT".to_owned(),
        );
    }
}

/// Whether a refused rotation keeps its configuration, as is assumed, and changes nothing else.
fn may_store(moment: &Moment<'_>, change: &Change<'_>) -> bool {
    let rotates = matches!(moment.step.call(), Some(Operation::RotateSecret(_)));
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return false };
    let before = before.view;
    let mut restored = after.view.clone();
    restored.rotation_enabled = before.rotation_enabled;
    restored.function.clone_from(&before.function);
    restored.rotation_rules.clone_from(&before.rotation_rules);
    restored.next_rotation = before.next_rotation;
    let stores = moment.assume.refusal_stores == RefusalStores::Configuration;
    rotates && stores && restored == *before
}

/// AWSCURRENT left a version for another: AWSPREVIOUS must be on the one it left.
fn previous_follows(change: &Change<'_>) -> Option<String> {
    let left = &holder(change.before.as_ref(), &AwsCurrent)?.id;
    let now = &holder(change.after.as_ref(), &AwsCurrent)?.id;
    if left == now || holders(change.after.as_ref(), &AwsPrevious).any(|version| version == left) {
        return None;
    }
    Some(format!("AWSCURRENT left {left} for {now}, but AWSPREVIOUS is not on {left}"))
}

/// Whether the step belongs to a test of the rotation function.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is about one of many")]
fn is_test(moment: &Moment<'_>) -> bool {
    match &moment.step.event {
        Event::Call(operation) => match &**operation {
            Operation::RotateSecret(request) => request.rotate_immediately == Some(false),
            _ => false,
        },
        Event::Service(ServiceAct::EndsTest) => true,
        Event::Target(_)
        | Event::TargetPasses(_)
        | Event::Fault(_)
        | Event::Service(_)
        | Event::Waited(_)
        | Event::Reached(_)
        | Event::Settling
        | Event::Settled
        | Event::Unsettled(_) => false,
    }
}

/// Whether a secret may change when a change arrives at a replica. What a replica shows is compared with its primary as
/// a whole.
fn replicates(moment: &Moment<'_>, change: &Change<'_>) -> bool {
    let arn = moment.step.secret.as_ref();
    let replica = arn.and_then(|arn| moment.step.view(arn));
    let gives_way = replica.zip(change.before.as_ref()).is_some_and(|(replica, before)| {
        replica.name == before.view.name && replica.arn.region() == before.view.arn.region()
    });
    arn == Some(change.arn) || (change.after.is_none() && gives_way)
}

/// What speaks against `label` having moved; `None` if the step may move it like that.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
fn not_allowed(moment: &Moment<'_>, change: &Change<'_>, label: &StagingLabel) -> Option<String> {
    let to = || holders(change.after.as_ref(), label);
    let is_gone = to().next().is_none();
    let lands_on = |id: Option<&str>| to().all(|version| Some(version.as_str()) == id);
    let allowed = match &moment.step.event {
        Event::Target(_)
        | Event::TargetPasses(_)
        | Event::Fault(_)
        | Event::Waited(_)
        | Event::Reached(_)
        | Event::Settling
        | Event::Settled
        | Event::Unsettled(_)
        | Event::Service(
            ServiceAct::CannotStart { .. }
            | ServiceAct::Invokes { .. }
            | ServiceAct::StepFails { .. },
        ) => false,
        Event::Service(ServiceAct::StartsRotation { version }) => {
            *label == AwsPending && lands_on(Some(version.as_str())) && !is_gone
        }
        Event::Service(ServiceAct::RemovesSecret) => change.after.is_none(),
        Event::Service(ServiceAct::Replicates { .. }) => replicates(moment, change),
        Event::Service(ServiceAct::CleansPending) => {
            let was_current = holders(change.before.as_ref(), &AwsPending)
                .eq(holders(change.before.as_ref(), &AwsCurrent));
            *label == AwsPending && is_gone && was_current
        }
        Event::Service(ServiceAct::EndsTest) => *label == AwsPending && is_gone,
        Event::Call(operation) => match &**operation {
            Operation::RemoveRegionsFromReplication(request) => {
                let is_replica = change.before.as_ref().is_some_and(|it| it.view.is_replica());
                let is_named =
                    request.remove_replica_regions.iter().any(|it| it == change.arn.region());
                change.after.is_none() && is_replica && is_named
            }
            _ if moment.step.secret.as_ref() != Some(change.arn) => false,
            Operation::CreateSecret(request) => {
                change.before.is_none()
                    && *label == AwsCurrent
                    && lands_on(request.client_request_token.as_deref())
            }
            Operation::PutSecretValue(request) => put_may_move(moment, change, label, request),
            Operation::UpdateSecret(request) => {
                let put = PutSecretValue {
                    client_request_token: request.client_request_token.clone(),
                    ..PutSecretValue::default()
                };
                let has_value = request.secret_string.is_some() || request.secret_binary.is_some();
                has_value && put_may_move(moment, change, label, &put)
            }
            Operation::UpdateSecretVersionStage(request) => {
                let named = StagingLabel::new(&request.version_stage);
                if *label == named {
                    lands_on(request.move_to_version_id.as_deref())
                } else {
                    let follows = !change.same_holders(&AwsCurrent)
                        && holder(change.before.as_ref(), &AwsCurrent).is_some();
                    named == AwsCurrent && *label == AwsPrevious && follows
                }
            }
            Operation::RotateSecret(request) => {
                *label == AwsPending && lands_on(request.client_request_token.as_deref())
            }
            _ => false,
        },
    };
    (!allowed).then(|| match to().next() {
        Some(version) => format!("{label} came to {version} though nothing asked for that"),
        None => format!("{label} went though nothing asked for that"),
    })
}

/// What a value that is stored may move.
fn put_may_move(
    moment: &Moment<'_>,
    change: &Change<'_>,
    label: &StagingLabel,
    request: &PutSecretValue,
) -> bool {
    let token = request.client_request_token.as_deref();
    let to = || holders(change.after.as_ref(), label);
    let is_gone = to().next().is_none();
    let lands_on = |id: Option<&str>| !is_gone && to().all(|version| Some(version.as_str()) == id);
    let is_named = match request.version_stages.as_deref() {
        None | Some([]) => *label == AwsCurrent,
        Some(labels) => labels.iter().any(|named| named == label.as_str()),
    };
    let is_first = change.before.as_ref().is_none_or(|before| before.view.versions.is_empty());
    let may_add_current = is_first && moment.assume.first_version == FirstVersion::AddsCurrent;
    if (is_named || (*label == AwsCurrent && may_add_current)) && lands_on(token) {
        return true;
    }
    let outgoing = holder(change.before.as_ref(), &AwsCurrent)
        .filter(|version| Some(version.id.as_str()) != token);
    let current_moved = !change.same_holders(&AwsCurrent);
    if *label == AwsPrevious {
        return current_moved && lands_on(outgoing.map(|version| version.id.as_str()));
    }
    if *label == AwsPending && is_gone {
        return current_moved || moment.assume.abandons == Abandons::AnyPutByOthers;
    }
    let leaves_outgoing = outgoing.is_some_and(|version| version.labels.contains(label));
    current_moved
        && is_gone
        && leaves_outgoing
        && moment.assume.outgoing_labels == OutgoingLabels::DropAll
}
