//! What a replica may show: versions, values and labels that its primary had, one state after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Property;
use super::moment::{Change, Moment};
use crate::secret::SecretArn;
use crate::service::SecretView;

/// What primaries looked like, and how far each replica has come.
#[derive(Debug, Default)]
pub(super) struct Followed {
    looks: BTreeMap<SecretArn, Vec<Arc<SecretView>>>,
    reached: BTreeMap<SecretArn, usize>,
}

/// Looks of one primary that are kept when others are forgotten; no replica lags behind so far.
const LOOKS_KEPT: usize = 1_000;

impl Followed {
    /// Judges one secret after a step, and keeps in mind what others may come to show because of it.
    pub(super) fn check(
        &mut self,
        moment: &Moment<'_>,
        change: &Change<'_>,
        found: &mut Vec<(Property, SecretArn, String)>,
    ) {
        let Some(after) = change.after.as_ref().map(|after| after.view) else { return };
        let Some(primary) = after.primary() else {
            if after.is_primary() {
                let is_it = |view: &&Arc<SecretView>| std::ptr::eq(Arc::as_ptr(view), after);
                let look = moment.step.after.iter().find(is_it);
                self.looks.entry(change.arn.clone()).or_default().extend(look.cloned());
            }
            return;
        };
        // One in another account is made before its primary replicates to it.
        if after.cross_account_primary.is_some() && after.versions.is_empty() {
            return;
        }
        if change.before.as_ref().is_some_and(|before| is_same(before.view, after)) {
            return;
        }
        if change.before.is_none() {
            self.reached.remove(change.arn);
        }
        let looks = self.looks.get(&primary);
        let looks = looks.map(Vec::as_slice).unwrap_or_default();
        let from = self.reached.get(change.arn).copied().unwrap_or(0);
        let mut later = looks.iter().enumerate().skip(from);
        if let Some((index, _)) = later.find(|(_, look)| is_same(look, after)) {
            self.reached.insert(change.arn.clone(), index);
        } else {
            let message = "the replica shows what its primary didn't, or no longer did".to_owned();
            found.push((Property::OnlyNamedLabelsMove, change.arn.clone(), message));
        }
    }

    /// Forgets what primaries looked like long ago.
    pub(super) fn forget(&mut self) {
        for (arn, looks) in &mut self.looks {
            let gone = looks.len().saturating_sub(LOOKS_KEPT);
            if gone < LOOKS_KEPT {
                continue;
            }
            looks.drain(..gone);
            let replicas = self.reached.iter_mut();
            for (_, reached) in
                replicas.filter(|(replica, _)| replica.in_region(arn.region()) == *arn)
            {
                *reached = reached.saturating_sub(gone);
            }
        }
    }
}

/// Whether both have the same versions with the same values and labels.
pub(super) fn is_same(one: &SecretView, other: &SecretView) -> bool {
    one.versions.len() == other.versions.len()
        && one.versions.iter().zip(&other.versions).all(|(one, other)| {
            one.id == other.id
                && one.value == other.value
                && one.labels.len() == other.labels.len()
                && one.labels.iter().all(|label| other.labels.contains(label))
        })
}
