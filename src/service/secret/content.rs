//! What a replica takes over from its primary.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Book, LABEL_SLOTS, LabelMove, Secret, Stages, Version};
use crate::api::Tag;
use crate::evidence::Rule;
use crate::secret::{StagingLabel, VersionId};
use crate::time::Timestamp;

/// Values, labels and metadata of a secret: what is the same in all Regions.
///
/// Key and access dates belong to each Region or account. A replica in another account has "its own access policies", too.
/// What the guide says of its other metadata is not at hand: here it has its own tags, which `CreateSecret` takes, and the
/// description of its primary, which `CreateSecret` refuses.
/// Whether `DescribeSecret` shows the settings of rotation at a replica is not
/// known; here they stay with the primary, which rotates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Content {
    description: Option<String>,
    tags: Option<Vec<Tag>>,
    policy: Option<String>,
    versions: Vec<Option<Version>>,
    versions_made: u32,
    stages: Stages,
    custom: [Option<Arc<str>>; LABEL_SLOTS],
    attached: [u32; LABEL_SLOTS],
    moves_made: u32,
}

impl Secret {
    /// What its replicas take over.
    pub(crate) fn content(&self) -> Content {
        let mut versions = self.versions.clone();
        for version in versions.iter_mut().flatten() {
            version.last_accessed = None;
            version.kms_key_id = None;
        }
        Content {
            description: self.description.clone(),
            tags: self.tags.clone(),
            policy: self.policy.clone(),
            versions,
            versions_made: self.versions_made,
            stages: self.stages,
            custom: self.custom.clone(),
            attached: self.attached,
            moves_made: self.moves_made,
        }
    }

    /// Becomes as its primary was, and tells which labels move by that.
    pub(crate) fn take_over(&mut self, content: &Content, at: Timestamp, book: &mut Book) {
        let (labels, versions) = (self.label_map(), self.versions.clone());
        self.description.clone_from(&content.description);
        let because = if self.cross_account().is_some() {
            Rule::ReplicasMayCrossAccounts
        } else {
            (self.tags, self.policy) = (content.tags.clone(), content.policy.clone());
            Rule::ReplicationCopiesLabels
        };
        book.rules.insert(because);
        self.versions.clone_from(&content.versions);
        for version in self.versions.iter_mut().flatten() {
            let known = versions.iter().flatten().find(|old| old.id == version.id);
            version.last_accessed = known.and_then(|old| old.last_accessed);
            version.kms_key_id.clone_from(&self.kms_key_id);
        }
        self.versions_made = content.versions_made;
        self.stages = content.stages;
        self.custom.clone_from(&content.custom);
        self.attached = content.attached;
        self.moves_made = content.moves_made;
        self.touch(at, book);
        let now = self.label_map();
        let known: Vec<_> = labels.keys().chain(now.keys()).collect();
        for (place, label) in known.iter().enumerate() {
            let (from, to) = (labels.get(*label), now.get(*label));
            if from != to && !known.iter().take(place).any(|earlier| earlier == label) {
                book.moves.push(LabelMove {
                    label: (*label).clone(),
                    from: from.cloned(),
                    to: to.cloned(),
                    because,
                });
            }
        }
    }

    /// Where each label is.
    fn label_map(&self) -> BTreeMap<StagingLabel, VersionId> {
        let attached = self.attached();
        let labels = self.slots().flat_map(|(slot, version)| {
            attached.to(slot).into_iter().map(|label| (label, version.id.clone()))
        });
        labels.collect()
    }
}
