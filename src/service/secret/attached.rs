//! Which labels a version has, in the order in which they came to it.

use super::Secret;
use crate::labels::{LABEL_SLOTS, LabelSlot, VersionSlot};
use crate::secret::{Labels, StagingLabel};

/// The attached labels of a secret.
#[derive(Debug)]
pub(crate) struct Attached<'s> {
    secret: &'s Secret,
    /// As many as are attached; the rest is room.
    slots: [Option<(LabelSlot, VersionSlot)>; LABEL_SLOTS],
    count: usize,
}

impl Secret {
    /// The attached labels, in the order in which they came to their versions.
    pub(crate) fn attached(&self) -> Attached<'_> {
        let mut slots = [None; LABEL_SLOTS];
        let mut count = 0_usize;
        for (place, attached) in slots.iter_mut().zip(self.stages.attached()) {
            *place = Some(attached);
            count = count.saturating_add(1);
        }
        let came = |slot: &Option<(LabelSlot, VersionSlot)>| {
            slot.and_then(|(label, _)| self.attached.get(label.index()).copied())
        };
        if let Some(taken) = slots.get_mut(..count) {
            taken.sort_unstable_by_key(came);
        }
        Attached { secret: self, slots, count }
    }
}

impl Attached<'_> {
    /// The labels of one version, in the order in which they came to it.
    pub(crate) fn to(&self, version: VersionSlot) -> Labels {
        self.slots_of(version).map(|slot| self.secret.label(slot)).collect()
    }

    /// Whether a version has just these labels, none or a single one. Of more it isn't found out: their order counts.
    pub(crate) fn is_at_most_one(&self, version: VersionSlot, labels: &[StagingLabel]) -> bool {
        let mut own = self.slots_of(version);
        match labels {
            [] => own.next().is_none(),
            [label] => {
                own.next().is_some_and(|slot| self.secret.label(slot) == *label)
                    && own.next().is_none()
            }
            _ => false,
        }
    }

    fn slots_of(&self, version: VersionSlot) -> impl Iterator<Item = LabelSlot> + Clone {
        let taken = self.slots.iter().take(self.count).flatten();
        taken.filter(move |(_, holder)| *holder == version).map(|(slot, _)| *slot)
    }
}
