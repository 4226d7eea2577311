//! The quotas: labels and versions of a secret, and the age of what is collected.

use super::Property;
use super::moment::{Change, Moment};
use crate::assumption::Collection;
use crate::labels::LABELS_PER_SECRET;
use crate::secret::SecretArn;
use crate::service::{ServiceAct, VERSIONS_MAX};
use crate::time::Span;
use crate::world::Event;

/// Judges one secret after a step.
pub(super) fn check(
    moment: &Moment<'_>,
    change: &Change<'_>,
    found: &mut Vec<(Property, SecretArn, String)>,
) {
    let Some(after) = &change.after else { return };
    let mut violated =
        |message| found.push((Property::LimitsRespected, change.arn.clone(), message));
    let labels: usize = after.labeled.iter().map(|version| version.labels.len()).sum();
    if labels > LABELS_PER_SECRET {
        violated(format!("the secret has {labels} labels; {LABELS_PER_SECRET} are allowed"));
    }
    let all = after.view.versions.len();
    let versions = match moment.assume.collection {
        Collection::AllVersions => all,
        Collection::UnlabelledOnly => all.saturating_sub(after.labeled.len()),
    };
    if versions > VERSIONS_MAX {
        violated(format!("the secret has {versions} versions; about {VERSIONS_MAX} are kept"));
    }
    // The end of a test, at the primary or at a replica that follows it, takes a young version away.
    let test_ended = matches!(
        moment.step.event,
        Event::Service(ServiceAct::EndsTest | ServiceAct::Replicates { .. })
    );
    let before = change.before.iter().flat_map(|before| &before.view.versions).enumerate();
    for (place, version) in before.skip(change.shared) {
        let is_gone = after.view.version_near(&version.id, place).is_none();
        let collected = version.value.is_some() && is_gone && !test_ended;
        if collected && !version.labels.is_empty() {
            violated(format!("{} was collected though it had a label", version.id));
        } else if collected && moment.step.at.since(version.created) < Span::days(1) {
            violated(format!("{} was collected though it is younger than 24 hours", version.id));
        }
    }
}
