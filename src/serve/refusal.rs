//! What AWS's JSON services say of requests that don't get as far as the service.

use hyper::StatusCode;

/// A request that is refused before it is one of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    /// A refusal with status 400.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// Too many requests.
    pub(crate) fn throttled() -> Self {
        Self::new("ThrottlingException", "Rate exceeded")
    }

    /// No operation of that name, or none named.
    pub(super) fn unknown_operation() -> Self {
        Self::new("UnknownOperationException", "")
    }

    /// No credentials.
    pub(super) fn missing_token() -> Self {
        Self::new("MissingAuthenticationTokenException", "Missing Authentication Token")
    }

    /// An Authorization header that isn't one, and why.
    pub(super) fn incomplete_signature(why: impl Into<String>) -> Self {
        Self::new("IncompleteSignatureException", why)
    }

    /// An access key that nobody has.
    pub(super) fn unknown_key() -> Self {
        Self::new(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
    }

    /// A signature that isn't right, and why.
    pub(super) fn wrong_signature(why: impl Into<String>) -> Self {
        Self::new("InvalidSignatureException", why)
    }

    /// A body that isn't JSON.
    pub(super) fn not_json() -> Self {
        Self::new("SerializationException", "")
    }

    /// A body that is longer than any request.
    pub(super) fn too_large(limit: usize) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            code: "RequestEntityTooLargeException",
            message: format!("The body has more than {limit} bytes"),
        }
    }

    /// A body that doesn't come.
    pub(super) fn too_slow() -> Self {
        Self {
            status: StatusCode::REQUEST_TIMEOUT,
            code: "RequestTimeoutException",
            message: "The body didn't arrive in time".to_owned(),
        }
    }
}
