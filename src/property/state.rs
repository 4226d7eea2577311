//! Properties of a state: where labels may be, and that values don't change.

use super::moment::{Change, Moment, Side};
use super::{Property, Values};
use crate::api::Reply;
use crate::secret::{SecretArn, SecretValue, StagingLabel, VersionId};

/// Finds the properties that hold before a step but not after it, or fail in another way.
pub(super) fn check(change: &Change<'_>, found: &mut Vec<(Property, SecretArn, String)>) {
    let Some(after) = &change.after else { return };
    for (property, broken) in [
        (Property::OneVersionPerLabel, one_version_per_label as fn(&Side<'_>) -> Option<String>),
        (Property::CurrentExists, current_exists),
        (Property::PreviousFollowsCurrent, previous_not_current),
        (Property::PendingAndPreviousApart, pending_and_previous_apart),
    ] {
        if let Some(message) = broken(after)
            && change.before.as_ref().and_then(broken).as_ref() != Some(&message)
        {
            found.push((property, change.arn.clone(), message));
        }
    }
}

fn one_version_per_label(side: &Side<'_>) -> Option<String> {
    let labels = side.labeled.iter().flat_map(|version| &version.labels);
    let twice = labels.into_iter().find(|label| side.holders(label).count() > 1)?;
    let ids: Vec<_> = side.holders(twice).map(|version| version.id.as_str()).collect();
    Some(format!("{twice} is on {}", ids.join(" and ")))
}

fn current_exists(side: &Side<'_>) -> Option<String> {
    side.view.versions.iter().any(|version| version.value.is_some()).then_some(())?;
    match side.holders(&StagingLabel::AwsCurrent).count() {
        1 => None,
        0 => Some("the secret has a value, but no version has AWSCURRENT".to_owned()),
        count => Some(format!("{count} versions have AWSCURRENT")),
    }
}

fn previous_not_current(side: &Side<'_>) -> Option<String> {
    let both = [StagingLabel::AwsCurrent, StagingLabel::AwsPrevious];
    version_with(side, &both).map(|id| format!("{id} has both AWSCURRENT and AWSPREVIOUS"))
}

fn pending_and_previous_apart(side: &Side<'_>) -> Option<String> {
    let both = [StagingLabel::AwsPending, StagingLabel::AwsPrevious];
    version_with(side, &both).map(|id| format!("{id} has both AWSPENDING and AWSPREVIOUS"))
}

fn version_with<'v>(side: &Side<'v>, labels: &[StagingLabel; 2]) -> Option<&'v str> {
    let has_all = side
        .labeled
        .iter()
        .find(|version| labels.iter().all(|label| version.labels.contains(label)));
    has_all.map(|version| version.id.as_str())
}

/// A value as it is seen: in the state, or in an answer.
#[derive(Clone, Copy)]
enum Seen<'t> {
    Value(&'t SecretValue),
    Text(&'t str),
    Binary(&'t [u8]),
}

impl Seen<'_> {
    /// Whether it is that value.
    fn is(self, value: &SecretValue) -> bool {
        match (self, value) {
            (Self::Value(seen), value) => seen == value,
            (Self::Text(seen), SecretValue::Text(text)) => *seen == **text,
            (Self::Binary(seen), SecretValue::Binary(bytes)) => *seen == **bytes,
            (Self::Text(_), SecretValue::Binary(_)) | (Self::Binary(_), SecretValue::Text(_)) => {
                false
            }
        }
    }

    fn to_value(self) -> SecretValue {
        match self {
            Self::Value(seen) => seen.clone(),
            Self::Text(seen) => SecretValue::Text(seen.into()),
            Self::Binary(seen) => SecretValue::Binary(seen.into()),
        }
    }
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
        if change.after.as_ref().is_some_and(|after| after.view.is_replica()) {
            values.retain(|(_, arn), _| arn != change.arn);
        }
    }
    let mut see = |arn: &SecretArn, id: &VersionId, seen: Seen<'_>| {
        let known = values.entry((id.clone(), arn.clone())).or_insert_with(|| seen.to_value());
        if !seen.is(known) {
            found.push((
                Property::ValueIsImmutable,
                arn.clone(),
                format!("{id} shows another value than before"),
            ));
            *known = seen.to_value();
        }
    };
    for change in changes {
        let after = change.after.iter().flat_map(|after| &after.view.versions).enumerate();
        for (place, version) in after.skip(change.shared) {
            let before = change.before.as_ref();
            let before = before.and_then(|it| it.view.version_near(&version.id, place));
            let known = before.is_some_and(|before| before.value == version.value);
            if let Some(value) = version.value.as_ref().filter(|_| !known) {
                see(change.arn, &version.id, Seen::Value(value));
            }
        }
    }
    if let Ok(Reply::Value(reply)) = &moment.step.outcome {
        let text = reply.secret_string.as_ref().map(|text| Seen::Text(&text.0));
        let bytes = reply.secret_binary.as_ref().map(|bytes| Seen::Binary(&bytes.0));
        if let Some(seen) = text.or(bytes) {
            see(&reply.arn, &reply.version_id, seen);
        }
    }
    for change in changes {
        vanished_values(change, found);
    }
}

/// A version that had a value has none.
fn vanished_values(change: &Change<'_>, found: &mut Vec<(Property, SecretArn, String)>) {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return };
    let versions = before.view.versions.iter().enumerate().skip(change.shared);
    for (place, version) in versions.filter(|(_, version)| version.value.is_some()) {
        if after.view.version_near(&version.id, place).is_some_and(|now| now.value.is_none()) {
            found.push((
                Property::ValueIsImmutable,
                change.arn.clone(),
                format!("{} lost its value", version.id),
            ));
        }
    }
}
