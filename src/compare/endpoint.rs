//! What is compared with the model: something that answers calls.

use serde_json::Value;

use crate::api::OperationName;
use crate::time::{Span, Timestamp};

/// One call as it goes to an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The operation.
    pub operation: OperationName,
    /// Its members, in the words of the endpoint.
    pub members: &'a Value,
    /// The Region in which it is made, unless that is the endpoint's own.
    pub region: Option<&'a str>,
    /// The account of the caller.
    pub account: &'a str,
}

/// How an endpoint refuses a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The code of the error.
    pub code: String,
    /// Its text.
    pub message: String,
}

/// What an endpoint answers: members, or a refusal.
pub type Answer = Result<Value, Refusal>;

/// Why an endpoint gives no answer at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// How time passes at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// As it is told.
    AsTold,
    /// By itself; scenarios that want no more than that are waited for.
    ByItself {
        /// The longest wait.
        patience: Span,
    },
}

/// What can be asked of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// How time passes.
    pub time: Time,
    /// Whether it takes every rotation function to exist, and leaves its part to the callers, as the model does.
    pub any_function: bool,
    /// A rotation function that exists there.
    pub function: Option<String>,
    /// Whether calls can come from any account and go to any Region.
    pub anyone_anywhere: bool,
    /// Whether what a request names has to exist, other than secrets: keys, principals, other Regions.
    pub is_aws: bool,
}

/// Something that answers calls.
pub trait Endpoint {
    /// What can be asked of it.
    fn abilities(&self) -> &Abilities;

    /// Sends one call and waits for the answer.
    fn call(&mut self, request: Request<'_>) -> Result<Answer, Unreachable>;

    /// Sends a call that must not count: no time passes by it where that can be had.
    fn look(&mut self, request: Request<'_>) -> Result<Answer, Unreachable> {
        self.call(request)
    }

    /// Makes ready for calls from that moment on. Tells whether it is that moment there.
    fn begin(&mut self, start: Timestamp) -> Result<bool, Unreachable>;

    /// Lets time pass between two moments of the model.
    fn pass(&mut self, from: Timestamp, to: Timestamp) -> Result<(), Unreachable>;

    /// Whether somebody wants no more calls.
    fn is_stopped(&self) -> bool {
        false
    }
}
