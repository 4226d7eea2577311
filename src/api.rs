//! The shapes of the API: requests, answers and errors, with AWS's member names.
//!
//! These types are what travels, so they are the one place below the scenario format that knows serde.

mod constraint;
mod declared;
mod error;
mod member;
mod replication;
mod reply;
mod request;
mod rotation;
mod subject;
mod wire;

pub use constraint::Violation;
pub use error::{ErrorCode, ServiceError};
pub use member::{Blob, ExternalMetadata, Filter, ReplicaRegion, RotationRules, SecretText, Tag};
pub use replication::{
    AssociationReply, CrossAccountPrimary, CrossAccountReplica, ReplicaState, ReplicationReply,
    ReplicationStatus,
};
pub use reply::{
    ApiError, BatchGetSecretValueReply, CreateSecretReply, DeleteSecretReply, DescribeSecretReply,
    Empty, GetRandomPasswordReply, GetResourcePolicyReply, GetSecretValueReply, LabelMap,
    ListResourcePoliciesReply, ListSecretVersionIdsReply, ListSecretsReply, PolicyEntry,
    PutSecretValueReply, Reply, SecretReply, ValidateResourcePolicyReply, ValidationError,
    VersionEntry, VersionReply, json,
};
pub use request::*;
pub use rotation::{RotationEvent, RotationStep, UnknownStep};
