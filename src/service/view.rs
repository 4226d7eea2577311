//! What can be seen of a secret from outside, for those who judge what calls did.

use std::sync::Arc;

use super::facts::Facts;
use super::secret::Secret;
use super::{SecretsManager, Serial};
use crate::api::{CrossAccountReplica, ReplicationStatus, RotationRules, Tag};
use crate::secret::{Labels, SecretArn, SecretName, SecretValue, StagingLabel, VersionId};
use crate::time::Timestamp;

/// One version as the service shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionView {
    /// Its id.
    pub id: VersionId,
    /// Its labels, in the order in which answers show them.
    pub labels: Labels,
    /// Its value; `None` for the placeholder of a rotation.
    pub value: Option<SecretValue>,
    /// When it was made.
    pub created: Timestamp,
    /// The day it was last read.
    pub last_accessed: Option<Timestamp>,
}

/// Everything that can be seen of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretView {
    /// Its ARN.
    pub arn: SecretArn,
    /// Its name.
    pub name: SecretName,
    /// Its versions, oldest first, with and without labels. What doesn't change is shared between moments.
    pub versions: Vec<Arc<VersionView>>,
    /// When it was created.
    pub created: Timestamp,
    /// Its description.
    pub description: Option<String>,
    /// Its key, unless it is the default key.
    pub kms_key_id: Option<String>,
    /// Its tags.
    pub tags: Option<Vec<Tag>>,
    /// Its resource policy.
    pub policy: Option<String>,
    /// When it is going to be deleted.
    pub deleted: Option<Timestamp>,
    /// When it was last changed.
    pub last_changed: Timestamp,
    /// The day it was last read.
    pub last_accessed: Option<Timestamp>,
    /// Whether it rotates.
    pub rotation_enabled: Option<bool>,
    /// The rotation function.
    pub function: Option<Arc<str>>,
    /// The Region of its primary, or its own if it is one; `None` if it isn't replicated.
    pub primary_region: Option<String>,
    /// Its primary in another account. How the replication from there stands, the primary shows.
    pub cross_account_primary: Option<SecretArn>,
    /// How the replication to another account stands.
    pub cross_account_replica: Option<CrossAccountReplica>,
    /// How the replication to other Regions stands, without the dates of access.
    pub replication: Vec<ReplicationStatus>,
    /// When it rotates.
    pub rotation_rules: Option<RotationRules>,
    /// When it last rotated successfully.
    pub last_rotated: Option<Timestamp>,
    /// The latest moment of the next rotation.
    pub next_rotation: Option<Timestamp>,
}

impl SecretView {
    /// The versions that carry `label`. The service allows one; what is judged may have more.
    pub fn holders<'a>(&'a self, label: &'a StagingLabel) -> impl Iterator<Item = &'a VersionView> {
        self.versions
            .iter()
            .filter(move |version| version.labels.contains(label))
            .map(|version| &**version)
    }

    /// Whether it follows a primary in another Region or account.
    pub fn is_replica(&self) -> bool {
        self.cross_account_primary.is_some()
            || self.primary_region.as_deref().is_some_and(|region| region != self.arn.region())
    }

    /// The secret that it follows, if it is a replica.
    pub fn primary(&self) -> Option<SecretArn> {
        let region = self.primary_region.as_deref().filter(|it| *it != self.arn.region());
        self.cross_account_primary.clone().or_else(|| Some(self.arn.in_region(region?)))
    }

    /// Whether others follow it.
    pub fn is_primary(&self) -> bool {
        !self.replication.is_empty() || self.cross_account_replica.is_some()
    }

    /// The first version that carries `label`.
    pub fn holder(&self, label: &StagingLabel) -> Option<&VersionView> {
        let version = self.versions.iter().find(|version| version.labels.contains(label));
        version.map(|version| &**version)
    }

    /// The version of that id, which most likely stands at `place`: versions seldom go.
    pub fn version_near(&self, id: &VersionId, place: usize) -> Option<&VersionView> {
        let there = self.versions.get(place).filter(|version| version.id == *id);
        there.map(|version| &**version).or_else(|| self.version(id))
    }

    /// The version of that id.
    pub fn version(&self, id: &VersionId) -> Option<&VersionView> {
        self.versions.iter().find(|version| version.id == *id).map(|version| &**version)
    }
}

/// One secret as it was seen at some moment. What didn't change is shared between moments.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What was seen.
    pub view: Arc<SecretView>,
    serial: Serial,
    revision: u64,
}

impl SecretsManager {
    /// A number that is another one whenever something may look different.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// What can be seen of every secret, oldest first.
    pub fn observe(&self) -> Vec<Observed> {
        let mut seen = Vec::new();
        self.refresh(&mut seen);
        seen
    }

    /// Brings what was seen of every secret up to date. Tells whether anything looks different.
    pub fn refresh(&self, seen: &mut Vec<Observed>) -> bool {
        let there = seen.len();
        seen.retain(|old| self.secrets.contains_key(&old.serial));
        let mut differs = seen.len() != there;
        // Both are ordered by serial.
        for (place, (serial, secret)) in self.secrets.iter().enumerate() {
            let revision = secret.revision;
            match seen.get_mut(place).filter(|old| old.serial == *serial) {
                Some(old) if old.revision == revision => {}
                Some(old) => {
                    let view = self.view(secret, Some(&old.view));
                    old.revision = revision;
                    if *old.view != view {
                        old.view = Arc::new(view);
                        differs = true;
                    }
                }
                None => {
                    let view = Arc::new(self.view(secret, None));
                    seen.insert(place, Observed { view, serial: *serial, revision });
                    differs = true;
                }
            }
        }
        differs
    }

    /// What can be seen of one secret. Versions that look as they did in `last` are taken over from there.
    fn view(&self, secret: &Secret, last: Option<&SecretView>) -> SecretView {
        let assume = &self.setting.assume;
        let facts = Facts::of(secret);
        let attached = secret.attached();
        let mut last = last.map(|view| view.versions.as_slice()).unwrap_or_default().iter();
        let mut versions = Vec::with_capacity(last.len().saturating_add(1));
        versions.extend(secret.oldest_first().map(|(slot, version)| {
            // Both are in one order, so that a version that is gone is passed over.
            let old = last.find(|old| old.id == version.id).filter(|old| {
                old.value == version.value
                    && old.created == version.created
                    && old.last_accessed == version.last_accessed
            });
            if let Some(old) = old.filter(|old| attached.is_at_most_one(slot, &old.labels)) {
                return Arc::clone(old);
            }
            let mut labels = attached.to(slot);
            super::order::sort(&mut labels, assume.label_order);
            if let Some(old) = old.filter(|old| old.labels == labels) {
                return Arc::clone(old);
            }
            Arc::new(VersionView {
                id: version.id.clone(),
                labels,
                value: version.value.clone(),
                created: version.created,
                last_accessed: version.last_accessed,
            })
        }));
        SecretView {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            versions,
            created: secret.created,
            description: secret.description.clone(),
            kms_key_id: secret.kms_key_id.as_deref().map(str::to_owned),
            tags: secret.tags.clone(),
            policy: secret.policy.clone(),
            deleted: secret.deletion.map(|deletion| deletion.date),
            last_changed: secret.last_changed,
            last_accessed: secret.last_accessed,
            rotation_enabled: facts.enabled,
            function: facts.function,
            primary_region: secret.primary_region().map(str::to_owned),
            cross_account_primary: secret.cross_account().map(|it| it.primary.clone()),
            cross_account_replica: secret.account_link().and_then(super::replica::Link::in_account),
            replication: secret.region_links().map(super::replica::Link::status).collect(),
            rotation_rules: facts.rules,
            last_rotated: facts.last_rotated,
            next_rotation: facts.next_rotation,
        }
    }
}
