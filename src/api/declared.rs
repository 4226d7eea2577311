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
    pub const fn declared_errors(self) -> &'static [ErrorCode] {
        match self {
            Self::CreateSecret | Self::UpdateSecret => &[
                InternalServiceError,
                InvalidParameterException,
                InvalidRequestException,
                LimitExceededException,
                MalformedPolicyDocumentException,
                ResourceExistsException,
                ResourceNotFoundException,
            ],
            Self::PutSecretValue => &[
                InternalServiceError,
                InvalidParameterException,
                InvalidRequestException,
                LimitExceededException,
                ResourceExistsException,
                ResourceNotFoundException,
            ],
            Self::UpdateSecretVersionStage => &[
                InternalServiceError,
                InvalidParameterException,
                InvalidRequestException,
                LimitExceededException,
                ResourceNotFoundException,
            ],
            Self::PutResourcePolicy => &[
                InternalServiceError,
                InvalidParameterException,
                InvalidRequestException,
                MalformedPolicyDocumentException,
                PublicPolicyException,
                ResourceNotFoundException,
            ],
            Self::ValidateResourcePolicy => &[
                InternalServiceError,
                InvalidParameterException,
                InvalidRequestException,
                MalformedPolicyDocumentException,
                ResourceNotFoundException,
            ],
            Self::GetSecretValue
            | Self::DeleteSecret
            | Self::RestoreSecret
            | Self::RotateSecret
            | Self::CancelRotateSecret
            | Self::TagResource
            | Self::UntagResource
            | Self::GetResourcePolicy
            | Self::DeleteResourcePolicy => &[
                InternalServiceError,
                InvalidParameterException,
                InvalidRequestException,
                ResourceNotFoundException,
            ],
            Self::BatchGetSecretValue => &[
                InternalServiceError,
                InvalidNextTokenException,
                InvalidParameterException,
                InvalidRequestException,
                ResourceNotFoundException,
            ],
            Self::ListSecrets => &[
                InternalServiceError,
                InvalidNextTokenException,
                InvalidParameterException,
                InvalidRequestException,
            ],
            Self::ListSecretVersionIds => &[
                InternalServiceError,
                InvalidNextTokenException,
                InvalidParameterException,
                ResourceNotFoundException,
            ],
            Self::DescribeSecret => {
                &[InternalServiceError, InvalidParameterException, ResourceNotFoundException]
            }
            Self::GetRandomPassword => {
                &[InternalServiceError, InvalidParameterException, InvalidRequestException]
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
