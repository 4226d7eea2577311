//! Events that the service logs by itself, beside the calls: how rotations and deletions went.

use crate::secret::VersionId;

/// The name of an event, as `CloudTrail` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventName {
    /// A rotation begins.
    RotationStarted,
    /// A rotation made its version current.
    RotationSucceeded,
    /// An attempt at a rotation failed.
    RotationFailed,
    /// A new version was made during a rotation, which ends it.
    RotationAbandoned,
    /// A test of the rotation function begins.
    TestRotationStarted,
    /// The rotation function passed its test.
    TestRotationSucceeded,
    /// The rotation function failed its test.
    TestRotationFailed,
    /// A version is going to be deleted.
    StartSecretVersionDelete,
    /// A version is not going to be deleted after all.
    CancelSecretVersionDelete,
    /// A version is deleted.
    EndSecretVersionDelete,
}

impl EventName {
    /// The name as `CloudTrail` writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RotationStarted => "RotationStarted",
            Self::RotationSucceeded => "RotationSucceeded",
            Self::RotationFailed => "RotationFailed",
            Self::RotationAbandoned => "RotationAbandoned",
            Self::TestRotationStarted => "TestRotationStarted",
            Self::TestRotationSucceeded => "TestRotationSucceeded",
            Self::TestRotationFailed => "TestRotationFailed",
            Self::StartSecretVersionDelete => "StartSecretVersionDelete",
            Self::CancelSecretVersionDelete => "CancelSecretVersionDelete",
            Self::EndSecretVersionDelete => "EndSecretVersionDelete",
        }
    }
}

impl std::fmt::Display for EventName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One event about a version of the secret that its step is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEvent {
    /// What happened.
    pub name: EventName,
    /// The version: the token of the rotation, or the version that is deleted.
    pub version: VersionId,
    /// `errorMessage`, if something failed.
    pub error: Option<String>,
}
