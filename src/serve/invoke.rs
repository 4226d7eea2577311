//! The seam to rotation functions: who runs them, and how a step that was invoked ends.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::api::RotationEvent;

/// How an invocation ends: with nothing, or with the text of what went wrong.
pub type Ends = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Runs the rotation functions that are configured.
pub trait Invoker: fmt::Debug + Send + Sync {
    /// The ARNs or names of the functions that it runs. A name stands for the function of that name in every account
    /// and Region. No other function is invoked.
    fn configured(&self) -> BTreeSet<String>;

    /// Has the function with that ARN run a step, until it comes back, fails, or its time is over.
    ///
    /// The text of a failure is shown in traces and logs. It must not contain secret values of our own making.
    fn invoke(&self, arn: &str, event: RotationEvent) -> Ends;
}

/// Runs no function: the callers play their part.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFunctions;

impl Invoker for NoFunctions {
    fn configured(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn invoke(&self, arn: &str, _event: RotationEvent) -> Ends {
        let missing = format!("nothing is configured for {arn}");
        Box::pin(async move { Err(missing) })
    }
}
