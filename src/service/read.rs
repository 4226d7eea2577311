//! `GetSecretValue`, `DescribeSecret`, `ListSecretVersionIds`.

use super::facts::{describe, shows_computed_days, wire_labels};
use super::refusal::{self, refuse};
use super::secret::{Secret, Version};
use super::write::default_key_is_for_own_account;
use super::{Call, SecretsManager, list};
use crate::api::{
    Blob, DescribeSecret, ErrorCode, GetSecretValue, GetSecretValueReply, ListSecretVersionIds,
    ListSecretVersionIdsReply, Reply, SecretText, ServiceError, VersionEntry,
};
use crate::assumption::ListDeleted;
use crate::evidence::Rule;
use crate::labels::VersionSlot;
use crate::secret::{Labels, SecretValue, StagingLabel};

impl SecretsManager {
    pub(super) fn get_secret_value(
        &mut self,
        call: &mut Call<'_>,
        request: &GetSecretValue,
    ) -> Result<Reply, ServiceError> {
        self.read_value(call, request).map(Reply::Value)
    }

    /// Reads one value, by itself or as part of a batch.
    pub(super) fn read_value(
        &mut self,
        call: &mut Call<'_>,
        request: &GetSecretValue,
    ) -> Result<GetSecretValueReply, ServiceError> {
        let serial = self.find_live(call, &request.secret_id, Rule::ScheduledSecretIsUnreadable)?;
        let assume = self.setting.assume;
        let secret = self.secret(serial)?;
        let slot = select(secret, call, request)?;
        let missing = || match &request.version_id {
            Some(id) => refusal::version_not_found(id, Rule::PlaceholderHasNoValue),
            None => refusal::label_not_found(asked_label(request), Rule::PlaceholderHasNoValue),
        };
        let version = secret.version(slot).ok_or_else(missing)?;
        let Some(value) = version.value.clone() else { return Err(missing()) };
        default_key_is_for_own_account(secret, call)?;
        let version_stages = wire_labels(&secret.attached(), slot, &assume);
        if version_stages.is_none() {
            call.cite(Rule::DeprecatedVersionIsReadable);
        }
        let (secret_string, secret_binary) = match value {
            SecretValue::Text(text) => (Some(SecretText(text)), None),
            SecretValue::Binary(bytes) => (None, Some(Blob(bytes.to_vec()))),
        };
        let reply = GetSecretValueReply {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version_id: version.id.clone(),
            secret_string,
            secret_binary,
            version_stages,
            created_date: version.created,
        };
        call.cite(Rule::ReadAnswerMembers);
        cite_form(call, [reply.version_stages.as_ref()]);
        call.cite(Rule::ReadStampsAccessDate);
        let today = call.at.midnight();
        if secret.last_accessed == Some(today) {
            call.cite(Rule::AccessDateIsADay);
            if version.last_accessed == Some(today) {
                return Ok(reply); // nothing changes by another read on one day
            }
        }
        let secret = self.secret_mut(serial)?;
        secret.last_accessed = Some(today);
        if let Some(version) = secret.version_mut(slot) {
            version.last_accessed = Some(today);
        }
        Ok(reply)
    }

    pub(super) fn describe_secret(
        &mut self,
        call: &mut Call<'_>,
        request: &DescribeSecret,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find(call, &request.secret_id)?;
        let assume = self.setting.assume;
        let secret = self.secret(serial)?;
        call.cite(Rule::DescribeOmitsEmptyFields);
        call.cite(Rule::DescribeShowsLabeledVersions);
        if secret.rotation.is_some() {
            call.cite(Rule::DescribeShowsRotation);
        }
        if secret.deletion.is_some() {
            call.cite(Rule::ScheduledSecretIsDescribable);
        }
        if secret.tags.is_some() {
            call.cite(Rule::TagsBelongToSecret);
        }
        let mut reply = describe(secret, &assume);
        reply.replication_status = self.replication_status(serial);
        reply.cross_account_primary = self.cross_account_primary(serial);
        reply.cross_account_replicas = self.cross_account_replicas(serial);
        if reply.cross_account_primary.is_some() || reply.cross_account_replicas.is_some() {
            call.cite(Rule::ReplicasMayCrossAccounts);
        }
        if reply.primary_region.is_some() {
            call.cite(Rule::ReplicationCopiesLabels);
        }
        if shows_computed_days(&reply) {
            call.cite(Rule::ScheduleShowsComputedDays);
        }
        let labels = reply.version_ids_to_stages.iter();
        cite_form(call, labels.flat_map(|labels| labels.values().map(Some)));
        Ok(Reply::Description(Box::new(reply)))
    }

    pub(super) fn list_secret_version_ids(
        &mut self,
        call: &mut Call<'_>,
        request: &ListSecretVersionIds,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find(call, &request.secret_id)?;
        let assume = self.setting.assume;
        let secret = self.secret(serial)?;
        if secret.deletion.is_some() {
            call.cite(Rule::ScheduledSecretListsVersions);
            if assume.list_deleted == ListDeleted::Refused {
                return Err(refusal::marked_for_deletion(Rule::ScheduledSecretListsVersions));
            }
        }
        let deprecated = request.include_deprecated == Some(true);
        let mut entries = Vec::new();
        let attached = secret.attached();
        for (slot, version) in secret.versions(assume.version_order) {
            if version.value.is_none() {
                call.cite(Rule::ListHidesPlaceholders);
                continue;
            }
            let labels = wire_labels(&attached, slot, &assume);
            if labels.is_none() {
                call.cite(Rule::ListHidesDeprecated);
                if !deprecated {
                    continue;
                }
            }
            entries.push(entry(version, labels));
        }
        let listing = list::Listing {
            seed: self.setting.seed,
            of: &("ListSecretVersionIds", &secret.arn, deprecated),
            page_default: list::PAGE_DEFAULT,
        };
        let (versions, next_token) =
            list::page(entries, &listing, request.max_results, request.next_token.as_deref())?;
        call.cite(Rule::VersionEntryMembers);
        cite_form(call, versions.iter().map(|entry| entry.version_stages.as_ref()));
        call.cite(Rule::VersionListOrder);
        Ok(Reply::Versions(ListSecretVersionIdsReply {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            versions,
            next_token,
        }))
    }
}

/// The label that a read asks for.
fn asked_label(request: &GetSecretValue) -> &str {
    request.version_stage.as_deref().unwrap_or("AWSCURRENT")
}

/// The version that a read means.
fn select(
    secret: &Secret,
    call: &mut Call<'_>,
    request: &GetSecretValue,
) -> Result<VersionSlot, ServiceError> {
    let held = |label: &str| {
        let slot =
            secret.handle(&StagingLabel::new(label), &mut super::secret::Handles::default())?;
        secret.stages().holder(slot)
    };
    let Some(id) = &request.version_id else {
        let default = request.version_stage.is_none();
        call.cite(if default { Rule::ReadDefaultsToCurrent } else { Rule::ReadByLabelOrId });
        let label = asked_label(request);
        return held(label)
            .ok_or_else(|| refusal::label_not_found(label, Rule::UnheldLabelIsNotFound));
    };
    let Some(slot) = secret.slot_of(id) else {
        let rule = if request.version_stage.is_some() {
            Rule::UnknownVersionWithLabel
        } else {
            Rule::UnknownVersionIsNotFound
        };
        return Err(refusal::version_not_found(id, rule));
    };
    if let Some(label) = &request.version_stage
        && held(label) != Some(slot)
    {
        return Err(refuse(
            ErrorCode::InvalidRequestException,
            Rule::ReadPairMustMatch,
            "You provided a VersionStage that is not associated to the provided VersionId.",
        ));
    }
    call.cite(Rule::ReadByLabelOrId);
    Ok(slot)
}

/// Cites the rules about the form of an answer with dates and labels.
fn cite_form<'l>(call: &mut Call<'_>, labels: impl IntoIterator<Item = Option<&'l Labels>>) {
    call.cite(Rule::SpeaksAwsJson);
    call.cite(Rule::DatesHaveMilliseconds);
    if labels.into_iter().flatten().any(|labels| labels.len() > 1) {
        call.cite(Rule::LabelsComeInHashOrder);
    }
}

fn entry(version: &Version, labels: Option<Labels>) -> VersionEntry {
    let key = version.kms_key_id.as_deref().unwrap_or("DefaultEncryptionKey");
    VersionEntry {
        version_id: version.id.clone(),
        version_stages: labels,
        created_date: version.created,
        last_accessed_date: version.last_accessed,
        kms_key_ids: vec![key.to_owned()],
    }
}
