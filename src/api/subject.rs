//! What an operation is about: the secret, and the stage that a policy can tell apart.

use super::request::{Operation, Problem};

impl Operation {
    /// The `SecretId` of the request, or the `Name` of a secret to create.
    pub fn secret_id(&self) -> Option<&str> {
        Some(match self {
            Self::CreateSecret(call) => &call.name,
            Self::PutSecretValue(call) => &call.secret_id,
            Self::UpdateSecret(call) => &call.secret_id,
            Self::UpdateSecretVersionStage(call) => &call.secret_id,
            Self::GetSecretValue(call) => &call.secret_id,
            Self::DescribeSecret(call) => &call.secret_id,
            Self::ListSecretVersionIds(call) => &call.secret_id,
            Self::DeleteSecret(call) => &call.secret_id,
            Self::RestoreSecret(call) => &call.secret_id,
            Self::RotateSecret(call) => &call.secret_id,
            Self::CancelRotateSecret(call) => &call.secret_id,
            Self::ReplicateSecretToRegions(call) => &call.secret_id,
            Self::RemoveRegionsFromReplication(call) => &call.secret_id,
            Self::StopReplicationToReplica(call) => &call.secret_id,
            Self::AssociateCrossAccountReplica(call) => &call.secret_id,
            Self::DisassociateCrossAccountReplica(call) => &call.secret_id,
            Self::TagResource(call) => &call.secret_id,
            Self::UntagResource(call) => &call.secret_id,
            Self::PutResourcePolicy(call) => &call.secret_id,
            Self::GetResourcePolicy(call) => &call.secret_id,
            Self::DeleteResourcePolicy(call) => &call.secret_id,
            Self::ListResourcePolicies(call) => &call.secret_id,
            Self::ValidateResourcePolicy(call) => return call.secret_id.as_deref(),
            Self::ListSecrets(_)
            | Self::BatchGetSecretValue(_)
            | Self::GetRandomPassword(_)
            | Self::Malformed { problem: Problem::Unreadable(_), .. } => return None,
            // In place of members that are missing, the rest has empty ones.
            Self::Malformed { problem: Problem::Missing { rest, .. }, .. } => {
                return rest.secret_id().filter(|it| !it.is_empty());
            }
        })
    }

    /// The stage that the request names, where a policy can tell it apart: `secretsmanager:VersionStage`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "two operations have the condition key")]
    pub fn version_stage(&self) -> Option<&str> {
        match self {
            Self::GetSecretValue(call) => call.version_stage.as_deref(),
            Self::UpdateSecretVersionStage(call) => Some(&call.version_stage),
            _ => None,
        }
    }
}
