//! One step of a trace, beside what was visible before it.

use std::sync::Arc;

use crate::assumption::Assumptions;
use crate::secret::{SecretArn, StagingLabel, VersionId};
use crate::service::{SecretView, VersionView};
use crate::world::TraceStep;

/// One step and the states on both sides of it.
#[derive(Debug)]
pub(super) struct Moment<'t> {
    pub(super) assume: &'t Assumptions,
    before: &'t [Arc<SecretView>],
    pub(super) step: &'t TraceStep,
}

/// One secret on both sides of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'t> {
    pub(super) arn: &'t SecretArn,
    pub(super) before: Option<&'t SecretView>,
    pub(super) after: Option<&'t SecretView>,
}

impl<'t> Moment<'t> {
    pub(super) const fn new(
        assume: &'t Assumptions,
        before: &'t [Arc<SecretView>],
        step: &'t TraceStep,
    ) -> Self {
        Self { assume, before, step }
    }

    /// A secret as it was before the step.
    pub(super) fn before(&self, arn: &SecretArn) -> Option<&'t SecretView> {
        self.before.iter().find(|view| view.arn == *arn).map(|view| &**view)
    }

    /// The secrets that look different after the step.
    pub(super) fn changes(&self) -> impl Iterator<Item = Change<'t>> {
        let (before, after) = (self.before, self.step.after.as_slice());
        let changed = after.iter().filter_map(move |view| {
            // A secret doesn't become a replica: one that is a replica now and was none has taken its place.
            let is_it = |old: &&Arc<SecretView>| {
                old.arn == view.arn && (old.is_replica() || !view.is_replica())
            };
            let old = before.iter().find(is_it);
            let same = old.is_some_and(|old| Arc::ptr_eq(old, view) || **old == **view);
            (!same).then_some(Change {
                arn: &view.arn,
                before: old.map(|old| &**old),
                after: Some(&**view),
            })
        });
        let gone = before
            .iter()
            .filter(move |old| !after.iter().any(|view| view.arn == old.arn))
            .map(|old| Change { arn: &old.arn, before: Some(&**old), after: None });
        changed.chain(gone)
    }
}

impl<'t> Change<'t> {
    /// The labels on either side, each once.
    pub(super) fn labels(&self) -> Vec<&'t StagingLabel> {
        let mut labels: Vec<_> = [self.before, self.after]
            .into_iter()
            .flatten()
            .flat_map(|view| &view.versions)
            .flat_map(|version| &version.labels)
            .collect();
        labels.sort();
        labels.dedup();
        labels
    }
}

/// The versions that carry `label`, by id.
pub(super) fn holders<'v>(
    view: Option<&'v SecretView>,
    label: &StagingLabel,
) -> Vec<&'v VersionId> {
    let versions = view.map(|view| view.versions.as_slice()).unwrap_or_default();
    versions
        .iter()
        .filter(|version| version.labels.contains(label))
        .map(|version| &version.id)
        .collect()
}

/// The first version that carries `label`.
pub(super) fn holder<'v>(
    view: Option<&'v SecretView>,
    label: &StagingLabel,
) -> Option<&'v VersionView> {
    view?.holder(label)
}
