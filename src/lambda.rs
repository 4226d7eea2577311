//! Rotation functions as AWS Lambda runs them: processes that speak the Lambda Runtime API, and invoke URLs.
//!
//! A function written for AWS runs here without a changed line. Its runtime (awslambdaric for Python, and those of the
//! other languages) asks `AWS_LAMBDA_RUNTIME_API` for the next invocation; here it asks an [`Instance`].

mod process;
mod runtime_api;
mod url;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Bytes;

pub use process::{Instance, MoreTime, ProcessConfig};
pub use url::InvokeUrl;

/// The largest answer of a function, in bytes; AWS Lambda's limit of a synchronous invocation.
pub const PAYLOAD_MAX: usize = 6 * 1024 * 1024;

/// What tells the SDK in a function where Secrets Manager is, and how it signs. The sample functions of AWS read a name of
/// their own.
pub fn endpoint_variables(
    url: &str,
    access_key: &str,
    secret: &str,
) -> [(&'static str, String); 5] {
    [
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", url.to_owned()),
        ("SECRETS_MANAGER_ENDPOINT", url.to_owned()),
        ("AWS_ACCESS_KEY_ID", access_key.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
        ("AWS_SESSION_TOKEN", String::new()),
    ]
}

/// How an invocation ended badly. The texts are those that AWS Lambda gives in such a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvocationError {
    /// The function raised an error, or its runtime could not read what it was given.
    #[error("{kind}: {message}")]
    Raised {
        /// `errorType`.
        kind: String,
        /// `errorMessage`.
        message: String,
    },
    /// The function took longer than it may, and was killed.
    #[error("Task timed out after {}.{:02} seconds", .0.as_secs(), .0.subsec_millis() / 10)]
    TimedOut(Duration),
    /// The process ended, or was killed, before it answered.
    #[error("Runtime.ExitError: Runtime exited with error: {0}")]
    Exited(String),
    /// The process didn't ask for its first invocation in time.
    #[error("Init phase timed out after {}.{:02} seconds", .0.as_secs(), .0.subsec_millis() / 10)]
    InitTimedOut(Duration),
    /// The process told that it can't start.
    #[error("{kind}: {message}")]
    InitFailed {
        /// `errorType`.
        kind: String,
        /// `errorMessage`.
        message: String,
    },
    /// The process could not be started, or the URL not be reached.
    #[error("the function could not be invoked: {0}")]
    NotReached(String),
}

/// Takes what a function prints, line by line.
#[derive(Clone)]
pub struct Log(Arc<dyn Fn(&str) + Send + Sync>);

impl Log {
    /// Calls `take` with each line.
    pub fn to(take: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// Forgets all.
    pub fn nowhere() -> Self {
        Self::to(|_| {})
    }

    fn line(&self, line: &str) {
        (self.0)(line);
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

/// Where a function is run.
#[derive(Clone, Debug)]
pub enum Runtime {
    /// As a process of our own.
    Process(ProcessConfig),
    /// Behind an invoke URL.
    Url(InvokeUrl),
}

/// The functions that are configured, by name.
///
/// Each process is given one invocation at a time; for more at once, more are started, as Lambda does.
#[derive(Debug, Default)]
pub struct Functions {
    runtimes: BTreeMap<String, Runtime>,
    /// Processes that wait for their next invocation.
    idle: Mutex<BTreeMap<String, Vec<Instance>>>,
    /// Set for every process, beside its own variables.
    environment: Mutex<BTreeMap<String, String>>,
}

impl Functions {
    /// No functions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function: every ARN whose last part is `name`, or that is `name`, means it.
    pub fn add(&mut self, name: &str, runtime: Runtime) {
        self.runtimes.insert(name.to_owned(), runtime);
    }

    /// The names that were given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.runtimes.keys().map(String::as_str)
    }

    /// Sets a variable for every process that is started from now on.
    pub fn set_variable(&self, name: &str, value: &str) {
        let mut environment = self.environment.lock().unwrap_or_else(PoisonError::into_inner);
        environment.insert(name.to_owned(), value.to_owned());
    }

    /// Whether there is one for that ARN.
    pub fn is_configured(&self, arn: &str) -> bool {
        self.find(arn).is_some()
    }

    fn find(&self, arn: &str) -> Option<(&str, &Runtime)> {
        let named = |name: &str| self.runtimes.get_key_value(name);
        let (name, runtime) = named(arn).or_else(|| named(name_in(arn)))?;
        Some((name.as_str(), runtime))
    }

    /// Invokes a function with a JSON event and waits for its answer.
    ///
    /// # Errors
    /// What went wrong, as Lambda would tell it.
    pub async fn invoke(&self, arn: &str, event: Bytes) -> Result<Bytes, InvocationError> {
        let Some((name, runtime)) = self.find(arn) else {
            return Err(InvocationError::NotReached(format!("Function not found: {arn}")));
        };
        let config = match runtime {
            Runtime::Url(url) => return url.invoke(event).await,
            Runtime::Process(config) => config,
        };
        let mut instance = match self.waiting(name) {
            Some(instance) => instance,
            None => Instance::start(&self.furnished(config, arn)).await?,
        };
        let ended = instance.invoke(arn, event).await;
        if matches!(ended, Ok(_) | Err(InvocationError::Raised { .. })) {
            self.idle().entry(name.to_owned()).or_default().push(instance);
        }
        ended
    }

    /// How a process for that ARN is started. What a user has set for a function goes before what all get.
    fn furnished(&self, config: &ProcessConfig, arn: &str) -> ProcessConfig {
        let environment = self.environment.lock().unwrap_or_else(PoisonError::into_inner);
        let mut config = config.clone();
        if let Some(region) = arn.split(':').nth(3) {
            for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
                config.environment.entry(name.to_owned()).or_insert_with(|| region.to_owned());
            }
        }
        for (name, value) in &*environment {
            config.environment.entry(name.clone()).or_insert_with(|| value.clone());
        }
        config
    }

    /// A process that waits for its next invocation. One that ended meanwhile is forgotten.
    fn waiting(&self, name: &str) -> Option<Instance> {
        let mut idle = self.idle();
        let waiting = idle.get_mut(name)?;
        waiting.retain_mut(Instance::is_alive);
        waiting.pop()
    }

    /// Ends all processes.
    pub fn shut_down(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<Instance>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the function in an ARN: `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`.
fn name_in(arn: &str) -> &str {
    arn.split(':').nth(6).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_name_and_by_arn() {
        let mut functions = Functions::new();
        let url = InvokeUrl::parse("http://127.0.0.1:9000", Duration::ZERO).unwrap();
        functions.add("rotate", Runtime::Url(url));
        assert!(functions.is_configured("rotate"));
        assert!(functions.is_configured("arn:aws:lambda:eu-west-1:111111111111:function:rotate"));
        assert!(functions.is_configured("arn:aws:lambda:eu-west-1:111111111111:function:rotate:2"));
        assert!(!functions.is_configured("arn:aws:lambda:eu-west-1:111111111111:function:other"));
    }

    #[test]
    fn time_is_told_as_lambda_tells_it() {
        let error = InvocationError::TimedOut(Duration::from_millis(3050));
        assert_eq!(error.to_string(), "Task timed out after 3.05 seconds");
    }
}
