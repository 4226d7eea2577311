//! Which labels a version has, in the order in which they came to it.

use super::Secret;
use crate::labels::{LabelSlot, VersionSlot};
use crate::secret::StagingLabel;

/// The attached labels of a secret.
#[derive(Debug)]
pub(crate) struct Attached<'s> {
    secret: &'s Secret,
    slots: Vec<(LabelSlot, VersionSlot)>,
}

impl Secret {
    /// The attached labels, in the order in which they came to their versions.
    pub(crate) fn attached(&self) -> Attached<'_> {
        let mut slots: Vec<_> = self.stages.attached().collect();
        slots.sort_unstable_by_key(|(slot, _)| self.attached.get(slot.index()).copied());
        Attached { secret: self, slots }
    }
}

impl Attached<'_> {
    /// The labels of one version, in the order in which they came to it.
    pub(crate) fn to(&self, version: VersionSlot) -> Vec<StagingLabel> {
        let is_own = |(_, holder): &&(LabelSlot, VersionSlot)| *holder == version;
        // Most versions have none.
        if !self.slots.iter().any(|slot| is_own(&slot)) {
            return Vec::new();
        }
        self.slots.iter().filter(is_own).map(|(slot, _)| self.secret.label(*slot)).collect()
    }
}
