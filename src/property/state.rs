//! Properties of a state: where labels may be, and that values don't change.

use super::moment::{Change, Moment, holders};
use super::{Property, Values};
use crate::api::Reply;
use crate::secret::{SecretArn, SecretValue, StagingLabel};
use crate::service::SecretView;

/// Finds the properties that hold before a step but not after it, or fail in another way.
pub(super) fn check(change: &Change<'_>, found: &mut Vec<(Property, SecretArn, String)>) {
    let Some(after) = change.after else { return };
    for (property, broken) in [
        (Property::OneVersionPerLabel, one_version_per_label as fn(&SecretView) -> Option<String>),
        (Property::CurrentExists, current_exists),
        (Property::PreviousFollowsCurrent, previous_not_current),
        (Property::PendingAndPreviousApart, pending_and_previous_apart),
    ] {
        if let Some(message) = broken(after)
            && change.before.and_then(broken).as_ref() != Some(&message)
        {
            found.push((property, change.arn.clone(), message));
        }
    }
}

fn one_version_per_label(view: &SecretView) -> Option<String> {
    let labels = view.versions.iter().flat_map(|version| &version.labels);
    let twice = labels.into_iter().find(|label| view.holders(label).count() > 1)?;
    let ids: Vec<_> = view.holders(twice).map(|version| version.id.as_str()).collect();
    Some(format!("{twice} is on {}", ids.join(" and ")))
}

fn current_exists(view: &SecretView) -> Option<String> {
    view.versions.iter().any(|version| version.value.is_some()).then_some(())?;
    match view.holders(&StagingLabel::AwsCurrent).count() {
        1 => None,
        0 => Some("the secret has a value, but no version has AWSCURRENT".to_owned()),
        count => Some(format!("{count} versions have AWSCURRENT")),
    }
}

fn previous_not_current(view: &SecretView) -> Option<String> {
    let both = [StagingLabel::AwsCurrent, StagingLabel::AwsPrevious];
    version_with(view, &both).map(|id| format!("{id} has both AWSCURRENT and AWSPREVIOUS"))
}

fn pending_and_previous_apart(view: &SecretView) -> Option<String> {
    let both = [StagingLabel::AwsPending, StagingLabel::AwsPrevious];
    version_with(view, &both).map(|id| format!("{id} has both AWSPENDING and AWSPREVIOUS"))
}

fn version_with<'v>(view: &'v SecretView, labels: &[StagingLabel; 2]) -> Option<&'v str> {
    let has_all = view
        .versions
        .iter()
        .find(|version| labels.iter().all(|label| version.labels.contains(label)));
    has_all.map(|version| version.id.as_str())
}

/// Finds version ids under which another value shows than before, in the state or in an answer.
pub(super) fn check_values(
    moment: &Moment<'_>,
    changes: &[Change<'_>],
    values: &mut Values,
    found: &mut Vec<(Property, SecretArn, String)>,
) {
    // A replica may have the ARN of a secret that was there before.
    for change in changes.iter().filter(|change| change.before.is_none()) {
        if change.after.is_some_and(SecretView::is_replica) {
            values.retain(|(arn, _), _| arn != change.arn);
        }
    }
    let mut see = |arn: &SecretArn, id: &crate::secret::VersionId, value: &SecretValue| {
        let known = values.entry((arn.clone(), id.clone())).or_insert_with(|| value.clone());
        if known != value {
            found.push((
                Property::ValueIsImmutable,
                arn.clone(),
                format!("{id} shows another value than before"),
            ));
            *known = value.clone();
        }
    };
    for change in changes {
        for (place, version) in change.after.iter().flat_map(|view| &view.versions).enumerate() {
            let before = change.before.and_then(|view| view.version_near(&version.id, place));
            let known = before.is_some_and(|before| before.value == version.value);
            if let Some(value) = version.value.as_ref().filter(|_| !known) {
                see(change.arn, &version.id, value);
            }
        }
    }
    if let Ok(Reply::Value(reply)) = &moment.step.outcome {
        let text =
            reply.secret_string.as_ref().map(|text| SecretValue::Text(text.0.as_str().into()));
        let bytes = reply
            .secret_binary
            .as_ref()
            .map(|bytes| SecretValue::Binary(bytes.0.as_slice().into()));
        if let Some(value) = text.or(bytes) {
            see(&reply.arn, &reply.version_id, &value);
        }
    }
    for change in changes {
        vanished_values(change, found);
    }
}

/// A version that had a value has none.
fn vanished_values(change: &Change<'_>, found: &mut Vec<(Property, SecretArn, String)>) {
    let (Some(before), Some(after)) = (change.before, change.after) else { return };
    let versions = before.versions.iter().enumerate();
    for (place, version) in versions.filter(|(_, version)| version.value.is_some()) {
        if after.version_near(&version.id, place).is_some_and(|now| now.value.is_none()) {
            found.push((
                Property::ValueIsImmutable,
                change.arn.clone(),
                format!("{} lost its value", version.id),
            ));
        }
    }
}

/// Whether the two sides have `label` on the same versions.
pub(super) fn same_holders(change: &Change<'_>, label: &StagingLabel) -> bool {
    holders(change.before, label) == holders(change.after, label)
}
