//! The answers about replicas, in other Regions and in other accounts.

use serde::Serialize;

use crate::secret::SecretArn;
use crate::time::Timestamp;

/// How far a replica has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum ReplicaState {
    /// It is in another account, and its primary doesn't replicate to it yet.
    Pending,
    /// It is made, or something that changed is on its way to it.
    InProgress,
    /// It shows what its primary shows.
    InSync,
    /// It could not be made.
    Failed,
    /// It is in another account, and one of the two has ended the replication.
    Detached,
}

/// The primary in another account, as a replica shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrossAccountPrimary {
    /// ARN of the primary.
    #[serde(rename = "PrimarySecretARN")]
    pub primary_secret_arn: SecretArn,
    /// How far the replica has come.
    #[serde(rename = "ReplicationStatus")]
    pub replication_status: ReplicaState,
}

/// A replica in another account, as its primary shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrossAccountReplica {
    /// ARN of the replica.
    #[serde(rename = "ReplicaSecretARN")]
    pub replica_secret_arn: SecretArn,
    /// The role that replicates, if one was named.
    #[serde(rename = "ReplicationRoleARN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_role_arn: Option<String>,
    /// How far the replica has come.
    #[serde(rename = "ReplicationStatus")]
    pub replication_status: ReplicaState,
}

/// The answer of `AssociateCrossAccountReplica`, and without the status that of `DisassociateCrossAccountReplica`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssociationReply {
    /// ARN of the primary.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// ARN of the replica.
    #[serde(rename = "CrossAccountReplicaARN")]
    pub cross_account_replica_arn: SecretArn,
    /// How replication stands after the call.
    #[serde(rename = "ReplicationStatus")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_status: Option<ReplicaState>,
}

/// How the replication to one Region stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplicationStatus {
    /// The Region.
    pub region: String,
    /// The key of the replica.
    pub kms_key_id: String,
    /// How far it has come.
    pub status: ReplicaState,
    /// Why it failed.
    pub status_message: Option<String>,
    /// The day the replica was last read.
    pub last_accessed_date: Option<Timestamp>,
}

/// The answer of the operations about replication; `StopReplicationToReplica` has the ARN alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplicationReply {
    /// ARN of the secret.
    #[serde(rename = "ARN")]
    pub arn: SecretArn,
    /// How replication stands after the call.
    #[serde(rename = "ReplicationStatus")]
    pub replication_status: Option<Vec<ReplicationStatus>>,
}
