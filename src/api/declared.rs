//! The errors that the API model declares for each operation (botocore 1.44.5).

use super::{ErrorCode, OperationName};

use ErrorCode::{
    InternalServiceError, InvalidNextTokenException, InvalidParameterException,
    InvalidRequestException, LimitExceededException, MalformedPolicyDocumentException,
    PublicPolicyException, ResourceExistsException, ResourceNotFoundException,
};

impl OperationName {
    /// The errors that the model declares for it, and that do occur here. Left out are those of keys
    /// (`DecryptionFailure`, `EncryptionFailure`) and of policies that lock everybody out
    /// (`PreconditionNotMetException`), of which nothing is simulated.
    pub fn declared_errors(self) -> impl Iterator<Item = ErrorCode> {
        // All declare this one.
        std::iter::once(InternalServiceError).chain(self.own_errors().iter().copied())
    }

    const fn own_errors(self) -> &'static [ErrorCode] {
        match self {
            Self::CreateSecret | Self::UpdateSecret => &[
                InvalidParameterException,
                InvalidRequestException,
                LimitExceededException,
                MalformedPolicyDocumentException,
                ResourceExistsException,
                ResourceNotFoundException,
            ],
            Self::PutSecretValue => &[
                InvalidParameterException,
                InvalidRequestException,
                LimitExceededException,
                ResourceExistsException,
                ResourceNotFoundException,
            ],
            Self::UpdateSecretVersionStage | Self::AssociateCrossAccountReplica => &[
                InvalidParameterException,
                InvalidRequestException,
                LimitExceededException,
                ResourceNotFoundException,
            ],
            Self::PutResourcePolicy => &[
                InvalidParameterException,
                InvalidRequestException,
                MalformedPolicyDocumentException,
                PublicPolicyException,
                ResourceNotFoundException,
            ],
            Self::ValidateResourcePolicy => &[
                InvalidParameterException,
                InvalidRequestException,
                MalformedPolicyDocumentException,
                ResourceNotFoundException,
            ],
            Self::BatchGetSecretValue | Self::ListResourcePolicies => &[
                InvalidNextTokenException,
                InvalidParameterException,
                InvalidRequestException,
                ResourceNotFoundException,
            ],
            Self::ListSecrets => {
                &[InvalidNextTokenException, InvalidParameterException, InvalidRequestException]
            }
            Self::ListSecretVersionIds => {
                &[InvalidNextTokenException, InvalidParameterException, ResourceNotFoundException]
            }
            Self::DescribeSecret => &[InvalidParameterException, ResourceNotFoundException],
            Self::GetRandomPassword => &[InvalidParameterException, InvalidRequestException],
            Self::GetSecretValue
            | Self::DeleteSecret
            | Self::RestoreSecret
            | Self::RotateSecret
            | Self::CancelRotateSecret
            | Self::TagResource
            | Self::UntagResource
            | Self::GetResourcePolicy
            | Self::DeleteResourcePolicy
            | Self::ReplicateSecretToRegions
            | Self::RemoveRegionsFromReplication
            | Self::StopReplicationToReplica
            | Self::DisassociateCrossAccountReplica => {
                &[InvalidParameterException, InvalidRequestException, ResourceNotFoundException]
            }
        }
    }
}

impl ErrorCode {
    /// Whether any operation may answer it although none declares it: AWS services have these in common (GEN-3).
    pub const fn is_common(self) -> bool {
        matches!(
            self,
            Self::AccessDeniedException | Self::ValidationException | Self::SerializationException
        )
    }
}
