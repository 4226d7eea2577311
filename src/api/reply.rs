//! The answers, one type for each form.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::ErrorCode;
use super::member::{Blob, RotationRules, SecretText, Tag};
use super::replication::{
    AssociationReply, CrossAccountPrimary, CrossAccountReplica, ReplicationReply, ReplicationStatus,
};
use crate::secret::{Labels, SecretArn, SecretName, VersionId};
use crate::time::Timestamp;

impl Serialize for Timestamp {
    /// Seconds since 1970 with a fraction, as the protocol has it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = self.millis();
        if millis.rem_euclid(1000) == 0 {
            return serializer.serialize_i64(millis.div_euclid(1000));
        }
        #[expect(clippy::cast_precision_loss, reason = "a date in milliseconds is far below 2^53")]
        serializer.serialize_f64(millis as f64 / 1000.0)
    }
}

/// Which labels each version has.
pub type LabelMap = BTreeMap<VersionId, Labels>;

/// Members that say which secret: the answer of most writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    #[serde(rename = "Name")]
    pub name: SecretName,
}

/// Secret and version: the answer of `UpdateSecret`, `RotateSecret` and `CancelRotateSecret`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    #[serde(rename = "Name")]
    pub name: SecretName,
    /// The version, if the call has to do with one.
    #[serde(rename = "VersionId")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<VersionId>,
}

/// The answer of `CreateSecret`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreateSecretReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    #[serde(rename = "Name")]
    pub name: SecretName,
    /// The version, if a value was given.
    #[serde(rename = "VersionId")]
    pub version_id: Option<VersionId>,
    /// How replication stands, if replicas were asked for.
    #[serde(rename = "ReplicationStatus")]
    pub replication_status: Option<Vec<ReplicationStatus>>,
}

/// The answer of `PutSecretValue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PutSecretValueReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    #[serde(rename = "Name")]
    pub name: SecretName,
    /// The version that holds the value.
    #[serde(rename = "VersionId")]
    pub version_id: VersionId,
    /// The labels of that version.
    #[serde(rename = "VersionStages")]
    pub version_stages: Labels,
}

/// The answer of `GetSecretValue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GetSecretValueReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    #[serde(rename = "Name")]
    pub name: SecretName,
    /// The version that was read.
    #[serde(rename = "VersionId")]
    pub version_id: VersionId,
    /// The value, if it is text.
    #[serde(rename = "SecretString")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_string: Option<SecretText>,
    /// The value, if it is bytes.
    #[serde(rename = "SecretBinary")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_binary: Option<Blob>,
    /// The labels of that version; absent if it has none.
    #[serde(rename = "VersionStages")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_stages: Option<Labels>,
    /// When the version was made.
    #[serde(rename = "CreatedDate")]
    pub created_date: Timestamp,
}

/// A secret that a batch read could not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ApiError {
    /// The secret as the request names it; its ARN if a filter found it.
    pub secret_id: String,
    /// The code of the error.
    pub error_code: ErrorCode,
    /// Its text.
    pub message: String,
}

/// The answer of `BatchGetSecretValue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchGetSecretValueReply {
    /// What was read, secret by secret.
    pub secret_values: Vec<GetSecretValueReply>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// The secrets that could not be read.
    pub errors: Vec<ApiError>,
}

/// The answer of `DescribeSecret`, and one secret in the answer of `ListSecrets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecretReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    pub name: SecretName,
    /// When it was created.
    pub created_date: Timestamp,
    /// When it is going to be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_date: Option<Timestamp>,
    /// Its description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its key, unless it is the default key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// The service that manages it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owning_service: Option<String>,
    /// The Region of the primary, if the secret is replicated.
    pub primary_region: Option<String>,
    /// How replication stands, as `DescribeSecret` tells of a primary.
    pub replication_status: Option<Vec<ReplicationStatus>>,
    /// Its primary in another account, as `DescribeSecret` tells of a replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_account_primary: Option<CrossAccountPrimary>,
    /// Its replicas in other accounts, as `DescribeSecret` tells of a primary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_account_replicas: Option<Vec<CrossAccountReplica>>,
    /// The day it was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_accessed_date: Option<Timestamp>,
    /// When it was last changed in any way.
    pub last_changed_date: Timestamp,
    /// When it last rotated successfully.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rotated_date: Option<Timestamp>,
    /// The latest moment of the next rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_rotation_date: Option<Timestamp>,
    /// Whether it rotates; absent until rotation was first configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_enabled: Option<bool>,
    /// The rotation function.
    #[serde(rename = "RotationLambdaARN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_lambda_arn: Option<String>,
    /// When it rotates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_rules: Option<RotationRules>,
    /// Its tags; absent until the first tag, empty after the last one was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// The labels of each version that has any, as `DescribeSecret` calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_ids_to_stages: Option<LabelMap>,
    /// The labels of each version that has any, as `ListSecrets` calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_versions_to_stages: Option<LabelMap>,
}

/// One version in the answer of `ListSecretVersionIds`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionEntry {
    /// Id of the version.
    pub version_id: VersionId,
    /// Its labels; absent if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_stages: Option<Labels>,
    /// When it was made.
    pub created_date: Timestamp,
    /// The day it was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_accessed_date: Option<Timestamp>,
    /// The keys it is encrypted with.
    pub kms_key_ids: Vec<String>,
}

/// The answer of `ListSecretVersionIds`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSecretVersionIdsReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    pub name: SecretName,
    /// Its versions.
    pub versions: Vec<VersionEntry>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The answer of `ListSecrets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSecretsReply {
    /// The secrets.
    pub secret_list: Vec<DescribeSecretReply>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The answer of `DeleteSecret`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSecretReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    pub name: SecretName,
    /// When it is going to be deleted.
    pub deletion_date: Timestamp,
}

/// The answer of `GetResourcePolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetResourcePolicyReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// Name of the secret.
    pub name: SecretName,
    /// The policy as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_policy: Option<String>,
}

/// A resource policy in the answer of `ListResourcePolicies`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyEntry {
    /// Its name.
    pub policy_name: String,
}

/// The answer of `ListResourcePolicies`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListResourcePoliciesReply {
    /// The names of the policies.
    pub resource_policies: Vec<PolicyEntry>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// One problem found by `ValidateResourcePolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ValidationError {
    /// Which check failed.
    pub check_name: String,
    /// What is wrong.
    pub error_message: String,
}

/// The answer of `ValidateResourcePolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ValidateResourcePolicyReply {
    /// Whether the policy may be attached.
    pub policy_validation_passed: bool,
    /// What is wrong with it.
    pub validation_errors: Vec<ValidationError>,
}

/// The answer of `GetRandomPassword`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRandomPasswordReply {
    /// The password.
    pub random_password: SecretText,
}

/// The answer of a call that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Reply {
    /// `UpdateSecretVersionStage`, `RestoreSecret`, `PutResourcePolicy`, `DeleteResourcePolicy`.
    Secret(SecretReply),
    /// `CreateSecret`.
    Creation(CreateSecretReply),
    /// `UpdateSecret`, `RotateSecret`, `CancelRotateSecret`.
    Version(VersionReply),
    /// `PutSecretValue`.
    Put(PutSecretValueReply),
    /// `GetSecretValue`.
    Value(GetSecretValueReply),
    /// `BatchGetSecretValue`.
    Batch(BatchGetSecretValueReply),
    /// `DescribeSecret`.
    Description(Box<DescribeSecretReply>),
    /// `ListSecretVersionIds`.
    Versions(ListSecretVersionIdsReply),
    /// `ListSecrets`.
    Secrets(ListSecretsReply),
    /// `DeleteSecret`.
    Deletion(DeleteSecretReply),
    /// `GetResourcePolicy`.
    Policy(GetResourcePolicyReply),
    /// `ValidateResourcePolicy`.
    PolicyCheck(ValidateResourcePolicyReply),
    /// `GetRandomPassword`.
    Password(GetRandomPasswordReply),
    /// `ReplicateSecretToRegions`, `RemoveRegionsFromReplication`, `StopReplicationToReplica`.
    Replication(ReplicationReply),
    /// `AssociateCrossAccountReplica`, `DisassociateCrossAccountReplica`.
    Association(AssociationReply),
    /// `ListResourcePolicies`.
    Policies(ListResourcePoliciesReply),
    /// `TagResource`, `UntagResource`: an empty body.
    Empty(Empty),
}

/// An answer without members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Empty {}

impl Reply {
    /// The version that the answer names.
    #[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
    pub fn version_id(&self) -> Option<&VersionId> {
        match self {
            Self::Creation(reply) => reply.version_id.as_ref(),
            Self::Version(reply) => reply.version_id.as_ref(),
            Self::Put(reply) => Some(&reply.version_id),
            Self::Value(reply) => Some(&reply.version_id),
            _ => None,
        }
    }

    /// The secret that the answer names.
    pub fn arn(&self) -> Option<&SecretArn> {
        Some(match self {
            Self::Secret(reply) => &reply.arn,
            Self::Creation(reply) => &reply.arn,
            Self::Version(reply) => &reply.arn,
            Self::Replication(reply) => &reply.arn,
            Self::Association(reply) => &reply.arn,
            Self::Put(reply) => &reply.arn,
            Self::Value(reply) => &reply.arn,
            Self::Description(reply) => &reply.arn,
            Self::Versions(reply) => &reply.arn,
            Self::Deletion(reply) => &reply.arn,
            Self::Policy(reply) => &reply.arn,
            Self::Batch(_)
            | Self::Secrets(_)
            | Self::Policies(_)
            | Self::PolicyCheck(_)
            | Self::Password(_)
            | Self::Empty(_) => return None,
        })
    }

    /// The members of the answer as JSON; those without content are absent.
    pub fn members(&self) -> Value {
        json(serde_json::to_value(self))
    }
}

/// Whether there is a null anywhere inside.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(|it| it.is_null() || has_null(it)),
        Value::Array(items) => items.iter().any(has_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Drops members without content. What can't be written as JSON (nothing in the API) becomes null.
pub fn json(written: Result<Value, serde_json::Error>) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|_, value| !value.is_null());
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut value = written.unwrap_or(Value::Null);
    if has_null(&value) {
        strip(&mut value);
    }
    value
}
