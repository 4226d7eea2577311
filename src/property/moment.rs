//! One step of a trace, beside what was visible before it.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::assumption::Assumptions;
use crate::secret::{SecretArn, StagingLabel, VersionId};
use crate::service::{SecretView, VersionView};
use crate::world::{Database, TraceStep};

/// One step and the states on both sides of it.
#[derive(Debug)]
pub(super) struct Moment<'t> {
    pub(super) assume: &'t Assumptions,
    before: &'t Arc<[Arc<SecretView>]>,
    /// The target as it was before the step.
    pub(super) target_before: &'t Option<Arc<Database>>,
    pub(super) step: &'t TraceStep,
}

/// One secret on both sides of a step.
#[derive(Debug)]
pub(super) struct Change<'t> {
    pub(super) arn: &'t SecretArn,
    pub(super) before: Option<Side<'t>>,
    pub(super) after: Option<Side<'t>>,
    /// How many versions, from the first, are the same objects on both sides: nothing can have happened to them.
    pub(super) shared: usize,
    /// How many of these have labels.
    shared_labeled: usize,
}

/// Versions with labels. There are hardly ever more than three.
type Labeled<'t> = SmallVec<[&'t VersionView; 3]>;

/// One secret at one moment.
#[derive(Debug)]
pub(super) struct Side<'t> {
    pub(super) view: &'t SecretView,
    /// Its versions with labels, which are few, in their order.
    pub(super) labeled: Labeled<'t>,
}

impl<'t> Moment<'t> {
    pub(super) const fn new(
        assume: &'t Assumptions,
        (before, target_before): (&'t Arc<[Arc<SecretView>]>, &'t Option<Arc<Database>>),
        step: &'t TraceStep,
    ) -> Self {
        Self { assume, before, target_before, step }
    }

    /// A secret as it was before the step.
    pub(super) fn before(&self, arn: &SecretArn) -> Option<&'t SecretView> {
        self.before.iter().find(|view| view.arn == *arn).map(|view| &**view)
    }

    /// Adds the secrets that look different after the step.
    pub(super) fn changes(&self, changes: &mut Vec<Change<'t>>) {
        let (before, after) = (self.before, &self.step.after);
        if Arc::ptr_eq(before, after) {
            return;
        }
        let different = after.iter().enumerate().filter_map(|(place, view)| {
            if before.get(place).is_some_and(|old| Arc::ptr_eq(old, view)) {
                return None;
            }
            // A secret doesn't become a replica: one that is a replica now and was none has taken its place.
            let is_it = |old: &&Arc<SecretView>| {
                old.arn == view.arn && (old.is_replica() || !view.is_replica())
            };
            let old = before.iter().find(is_it);
            let same = old.is_some_and(|old| Arc::ptr_eq(old, view) || **old == **view);
            (!same).then(|| Change::new(&view.arn, old.map(|old| &**old), Some(&**view)))
        });
        // Most secrets stay where they were: there may be thousands, which are not to be looked for one by one.
        let gone = before.iter().enumerate().filter_map(|(place, old)| {
            let is_it = |view: &Arc<SecretView>| view.arn == old.arn;
            (!after.get(place).is_some_and(is_it) && !after.iter().any(is_it)).then_some(old)
        });
        changes.extend(different.chain(gone.map(|old| Change::new(&old.arn, Some(&**old), None))));
    }
}

impl<'t> Change<'t> {
    fn new(
        arn: &'t SecretArn,
        before: Option<&'t SecretView>,
        after: Option<&'t SecretView>,
    ) -> Self {
        let versions = |view: Option<&'t SecretView>| view.map_or([].as_slice(), |it| &it.versions);
        let pairs = versions(before).iter().zip(versions(after));
        let shared = pairs.take_while(|(old, new)| Arc::ptr_eq(old, new)).count();
        let common: Labeled<'t> = labeled(versions(after).iter().take(shared)).collect();
        let side = |view: &'t SecretView, mut versions: Labeled<'t>| {
            versions.extend(labeled(view.versions.iter().skip(shared)));
            Side { view, labeled: versions }
        };
        let shared_labeled = common.len();
        let before = before.map(|view| side(view, common.clone()));
        Self { arn, before, after: after.map(|view| side(view, common)), shared, shared_labeled }
    }

    /// The labels that are on other versions after the step than before, each once.
    pub(super) fn moved(&self) -> SmallVec<[&'t StagingLabel; 4]> {
        let (before, after) = (self.own(self.before.as_ref()), self.own(self.after.as_ref()));
        let same = |(old, new): (&&VersionView, &&VersionView)| {
            old.id == new.id && old.labels == new.labels
        };
        if before.len() == after.len() && before.iter().zip(after).all(same) {
            return SmallVec::new();
        }
        let labels = before.iter().chain(after).flat_map(|version| &version.labels);
        let mut moved: SmallVec<_> = labels.filter(|label| !self.same_holders(label)).collect();
        moved.sort();
        moved.dedup();
        moved
    }

    /// Whether the two sides have `label` on the same versions.
    pub(super) fn same_holders(&self, label: &StagingLabel) -> bool {
        let [before, after] = [self.before.as_ref(), self.after.as_ref()].map(|side| {
            let versions = self.own(side).iter();
            versions.filter(|version| version.labels.contains(label)).map(|version| &version.id)
        });
        before.eq(after)
    }

    /// The versions with labels that are not shared with the other side.
    fn own<'s>(&self, side: Option<&'s Side<'t>>) -> &'s [&'t VersionView] {
        side.and_then(|side| side.labeled.get(self.shared_labeled..)).unwrap_or_default()
    }
}

impl<'t> Side<'t> {
    /// The versions that carry `label`.
    pub(super) fn holders(&self, label: &StagingLabel) -> impl Iterator<Item = &'t VersionView> {
        self.labeled.iter().copied().filter(|version| version.labels.contains(label))
    }
}

/// The versions with labels among some.
fn labeled<'v>(
    versions: impl Iterator<Item = &'v Arc<VersionView>>,
) -> impl Iterator<Item = &'v VersionView> {
    versions.map(|version| &**version).filter(|version| !version.labels.is_empty())
}

/// The versions that carry `label`, by id.
pub(super) fn holders<'v>(
    side: Option<&Side<'v>>,
    label: &StagingLabel,
) -> impl Iterator<Item = &'v VersionId> {
    side.into_iter().flat_map(|side| side.holders(label)).map(|version| &version.id)
}

/// The first version that carries `label`.
pub(super) fn holder<'v>(side: Option<&Side<'v>>, label: &StagingLabel) -> Option<&'v VersionView> {
    side?.holders(label).next()
}
