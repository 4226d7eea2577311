//! The event by which Secrets Manager invokes a rotation function.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::secret::{SecretArn, VersionId};

/// `Step` of the event: what the function is to do (LAM-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RotationStep {
    /// Makes a new value and stores it in the pending version.
    CreateSecret,
    /// Gives the new value to the database or service.
    SetSecret,
    /// Tries the new value there.
    TestSecret,
    /// Moves AWSCURRENT to the pending version.
    FinishSecret,
}

impl RotationStep {
    /// The steps in their order (LAM-2).
    pub const ALL: [Self; 4] =
        [Self::CreateSecret, Self::SetSecret, Self::TestSecret, Self::FinishSecret];

    /// The name as the event has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateSecret => "createSecret",
            Self::SetSecret => "setSecret",
            Self::TestSecret => "testSecret",
            Self::FinishSecret => "finishSecret",
        }
    }

    /// The step after this one; `None` after the last.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::CreateSecret => Some(Self::SetSecret),
            Self::SetSecret => Some(Self::TestSecret),
            Self::TestSecret => Some(Self::FinishSecret),
            Self::FinishSecret => None,
        }
    }
}

impl fmt::Display for RotationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No step has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown step `{0}`")]
pub struct UnknownStep(pub String);

impl FromStr for RotationStep {
    type Err = UnknownStep;

    fn from_str(name: &str) -> Result<Self, UnknownStep> {
        let found = Self::ALL.into_iter().find(|step| step.as_str() == name);
        found.ok_or_else(|| UnknownStep(name.to_owned()))
    }
}

/// The event (LAM-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RotationEvent {
    /// What to do.
    #[serde(rename = "Step")]
    pub step: RotationStep,
    /// The ARN of the secret.
    #[serde(rename = "SecretId")]
    pub secret_id: SecretArn,
    /// The version that is to become current.
    #[serde(rename = "ClientRequestToken")]
    pub client_request_token: VersionId,
    /// What a function of another account proves itself with.
    #[serde(rename = "RotationToken")]
    pub rotation_token: String,
}
