//! The shapes of the API: requests, answers and errors, with AWS's member names.
//!
//! These types are what travels, so they are the one place below the scenario format that knows serde.

mod error;
mod reply;
mod request;
mod rotation;
mod subject;

pub use error::{ErrorCode, ServiceError};
pub use reply::{
    CreateSecretReply, DeleteSecretReply, DescribeSecretReply, Empty, GetRandomPasswordReply,
    GetResourcePolicyReply, GetSecretValueReply, LabelMap, ListSecretVersionIdsReply,
    ListSecretsReply, PutSecretValueReply, Reply, SecretReply, ValidateResourcePolicyReply,
    ValidationError, VersionEntry, VersionReply, json,
};
pub use request::*;
pub use rotation::{RotationEvent, RotationStep, UnknownStep};
