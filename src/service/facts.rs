//! What several answers show alike: the labels of versions, and the state of rotation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::order;
use super::secret::{Attached, Secret};
use crate::api::{DescribeSecretReply, LabelMap, RotationRules};
use crate::assumption::Assumptions;
use crate::labels::VersionSlot;
use crate::secret::Labels;
use crate::time::Timestamp;

/// The labels of a version as answers show them; `None` if it has none.
pub(super) fn wire_labels(
    attached: &Attached<'_>,
    slot: VersionSlot,
    assume: &Assumptions,
) -> Option<Labels> {
    let mut labels = attached.to(slot);
    order::sort(&mut labels, assume.label_order);
    (!labels.is_empty()).then_some(labels)
}

/// What can be seen of a secret's rotation.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) enabled: Option<bool>,
    pub(super) function: Option<Arc<str>>,
    pub(super) rules: Option<RotationRules>,
    pub(super) last_rotated: Option<Timestamp>,
    pub(super) next_rotation: Option<Timestamp>,
}

impl Facts {
    pub(super) fn of(secret: &Secret) -> Self {
        let rotation = secret.rotation.as_ref();
        let enabled = rotation.filter(|rotation| rotation.enabled);
        Self {
            enabled: rotation.map(|rotation| rotation.enabled),
            // A rotation that the owning service does has none.
            function: rotation
                .map(|rotation| rotation.function.clone())
                .filter(|function| !function.is_empty()),
            rules: rotation.and_then(|rotation| rotation.rules.clone()).map(shown_rules),
            last_rotated: enabled.and_then(|rotation| rotation.last_rotated),
            next_rotation: enabled.and_then(|rotation| rotation.next),
        }
    }
}

/// The labels of each version that has any; `None` if no version has.
fn label_map(secret: &Secret, assume: &Assumptions) -> Option<LabelMap> {
    let attached = secret.attached();
    let mut labels = BTreeMap::new();
    for (slot, version) in secret.slots() {
        if let Some(own) = wire_labels(&attached, slot, assume) {
            labels.insert(version.id.clone(), own);
        }
    }
    (!labels.is_empty()).then_some(labels)
}

/// Rules are shown with the days that follow from an expression, as far as that is known.
fn shown_rules(mut rules: RotationRules) -> RotationRules {
    if let Ok(Some(schedule)) = rules.schedule() {
        rules.automatically_after_days = schedule.days();
    }
    rules
}

/// Whether days are shown that nobody sent: those of an expression.
pub(super) fn shows_computed_days(reply: &DescribeSecretReply) -> bool {
    let rules = reply.rotation_rules.as_ref();
    rules
        .is_some_and(|it| it.schedule_expression.is_some() && it.automatically_after_days.is_some())
}

/// Everything about a secret but its values, as `DescribeSecret` shows it.
pub(super) fn describe(secret: &Secret, assume: &Assumptions) -> DescribeSecretReply {
    let facts = Facts::of(secret);
    DescribeSecretReply {
        arn: secret.arn.clone(),
        name: secret.name.clone(),
        created_date: secret.created,
        deleted_date: secret.deletion.map(|deletion| deletion.date),
        description: secret.description.clone(),
        kms_key_id: secret.kms_key_id.as_deref().map(str::to_owned),
        owning_service: secret.owner.as_deref().map(str::to_owned),
        primary_region: secret.primary_region().map(str::to_owned),
        replication_status: None,
        cross_account_primary: None,
        cross_account_replicas: None,
        last_accessed_date: secret.last_accessed,
        last_changed_date: secret.last_changed,
        last_rotated_date: facts.last_rotated,
        next_rotation_date: facts.next_rotation,
        rotation_enabled: facts.enabled,
        rotation_lambda_arn: facts.function.as_deref().map(str::to_owned),
        rotation_rules: facts.rules,
        tags: secret.tags.clone(),
        version_ids_to_stages: label_map(secret, assume),
        secret_versions_to_stages: None,
    }
}
