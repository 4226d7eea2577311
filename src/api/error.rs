//! The errors of the API: a code, a message, and the rule that asks for them, if there is one.

use std::fmt;

use crate::evidence::Rule;

/// Declares the error codes once.
macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident,)+) => {
        /// The code of an error, as AWS writes it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $code,)+
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The code as AWS writes it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)+
                }
            }
        }
    };
}

codes! {
    /// The secret or the version doesn't exist.
    ResourceNotFoundException,
    /// A member has a value that the service doesn't accept.
    InvalidParameterException,
    /// The call doesn't fit the state of the secret.
    InvalidRequestException,
    /// Name or token are in use.
    ResourceExistsException,
    /// A quota would be exceeded.
    LimitExceededException,
    /// The policy isn't valid JSON.
    MalformedPolicyDocumentException,
    /// The policy is open to everybody and the request forbids that.
    PublicPolicyException,
    /// The page token is not one that the service gave.
    InvalidNextTokenException,
    /// The caller or the service itself lacks a permission. Not in the API model.
    AccessDeniedException,
    /// A member breaks a length or a pattern. Not in the API model.
    ValidationException,
    /// The body is no request of the operation. Not in the API model.
    SerializationException,
    /// The service failed; the only error with status 500.
    InternalServiceError,
}

impl ErrorCode {
    /// The HTTP status it comes with.
    pub const fn status(self) -> u16 {
        if matches!(self, Self::InternalServiceError) { 500 } else { 400 }
    }
}

impl serde::Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error that answers a call. It is a value of the model, not a mistake of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// Its code.
    pub code: ErrorCode,
    /// Its text, word for word where the text of AWS is known.
    pub message: String,
    /// The rule that refuses the call; `None` if the catalog has none that says so.
    pub rule: Option<Rule>,
}

impl ServiceError {
    /// The error that a client sees when a fault hits its call.
    pub fn injected() -> Self {
        Self {
            code: ErrorCode::InternalServiceError,
            message: "An error occurred on the server side.".to_owned(),
            rule: None,
        }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ServiceError {}
