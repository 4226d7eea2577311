//! A rotation function behind an invoke URL: the Lambda runtime emulator, SAM local and others.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use tokio::time::timeout;

use super::{InvocationError, PAYLOAD_MAX};

/// Where the functions of an emulator are invoked when only its address is given; the runtime emulator calls each
/// function `function`.
const DEFAULT_PATH: &str = "/2015-03-31/functions/function/invocations";

/// Where a function is invoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvokeUrl {
    uri: Uri,
    timeout: Duration,
}

/// How an error looks in a body.
#[derive(Deserialize)]
struct ErrorBody {
    #[serde(rename = "errorMessage")]
    message: String,
    #[serde(rename = "errorType", default)]
    kind: Option<String>,
}

impl InvokeUrl {
    /// Reads `http://HOST:PORT[/2015-03-31/functions/NAME/invocations]`, where an invocation may take that long.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, timeout: Duration) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("`{text}` is no URL: {error}"))?;
        if uri.scheme_str() != Some("http") || uri.authority().is_none() {
            return Err(format!(
                "`{text}` is no URL that functions are invoked at: http://HOST:PORT"
            ));
        }
        let uri = if uri.path() == "/" {
            let whole = format!("{}{DEFAULT_PATH}", text.trim_end_matches('/'));
            whole.parse().map_err(|error| format!("`{whole}` is no URL: {error}"))?
        } else {
            uri
        };
        Ok(Self { uri, timeout })
    }

    /// Invokes the function and waits for its answer.
    ///
    /// # Errors
    /// What the function raised, or why it could not be reached. The emulators tell an error by a header, or only by
    /// a body with `errorMessage`.
    pub async fn invoke(&self, event: Bytes) -> Result<Bytes, InvocationError> {
        let asked = timeout(self.timeout, self.ask(event)).await;
        asked.unwrap_or(Err(InvocationError::TimedOut(self.timeout)))
    }

    async fn ask(&self, event: Bytes) -> Result<Bytes, InvocationError> {
        let failed = |error: &dyn std::error::Error| {
            let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            InvocationError::NotReached(format!("{}: {error}{source}", self.uri))
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.uri.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(event))
            .map_err(|error| failed(&error))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await.map_err(|error| failed(&error))?;
        let status = response.status();
        let is_error = response.headers().contains_key("x-amz-function-error");
        let body = Limited::new(response.into_body(), PAYLOAD_MAX).collect().await;
        let body = body.map_err(|error| failed(&*error))?.to_bytes();
        match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(ErrorBody { message, kind }) if is_error || kind.is_some() => {
                let kind = kind.unwrap_or_else(|| "Unhandled".to_owned());
                Err(InvocationError::Raised { kind, message })
            }
            _ if is_error || !status.is_success() => {
                Err(InvocationError::NotReached(format!("{} answers {status}", self.uri)))
            }
            _ => Ok(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_alone_is_the_runtime_emulator() {
        let url = InvokeUrl::parse("http://localhost:9000", Duration::ZERO).unwrap();
        assert_eq!(url.uri.path(), DEFAULT_PATH);
        let whole = "http://localhost:3001/2015-03-31/functions/rotate/invocations";
        assert_eq!(InvokeUrl::parse(whole, Duration::ZERO).unwrap().uri, whole);
    }

    #[test]
    fn other_schemes_are_refused() {
        for text in ["https://example.com", "rotate", "/path", ""] {
            assert!(InvokeUrl::parse(text, Duration::ZERO).is_err(), "{text}");
        }
    }
}
