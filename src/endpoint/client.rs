//! The HTTP client, for calls and for whoever gives credentials.

use std::fmt::Write as _;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

use super::{Options, roots};
use crate::compare::Unreachable;

/// The longest answer: no call of the API has one as long.
const BODY_MAX: usize = 16 << 20;

/// With what calls are made.
pub(super) const AGENT: &str = concat!("stagewright/", env!("CARGO_PKG_VERSION"));

/// A client that keeps its connections.
#[derive(Clone, Debug)]
pub(super) struct Client {
    inner: Inner,
    timeout: Duration,
}

#[derive(Clone, Debug)]
enum Inner {
    /// An emulator, mostly. No certificates are read.
    Plain(legacy::Client<HttpConnector, Full<Bytes>>),
    Tls(legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

impl Client {
    /// A client that goes by these options.
    pub(super) fn new(options: &Options) -> Result<Self, Unreachable> {
        let timeout = options.timeout;
        let builder = legacy::Client::builder(TokioExecutor::new());
        if !options.target.is_tls() {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            return Ok(Self { inner: Inner::Plain(builder.build(connector)), timeout });
        }
        let builder_of_tls = HttpsConnectorBuilder::new();
        let roots = match &options.ca_bundle {
            Some(path) => builder_of_tls.with_tls_config(roots::trusting(path)?),
            None => builder_of_tls.with_native_roots().map_err(|error| {
                Unreachable(format!("the certificates of this system can't be read: {error}"))
            })?,
        };
        // Those who give credentials to machines answer without TLS.
        let connector = roots.https_or_http().enable_http1().build();
        Ok(Self { inner: Inner::Tls(builder.build(connector)), timeout })
    }

    /// Sends a request and gives the answer.
    pub(super) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, Unreachable> {
        let uri = request.uri().clone();
        let failed = |error: &dyn std::error::Error| {
            let mut told = format!("{uri}: {error}");
            let mut source = error.source();
            while let Some(error) = source {
                let _ = write!(told, ": {error}");
                source = error.source();
            }
            if told.contains("UnknownIssuer") {
                told.push_str(
                    "; name the file with the certificate that signed it in AWS_CA_BUNDLE",
                );
            }
            Unreachable(told)
        };
        let whole = async {
            let response = match &self.inner {
                Inner::Plain(client) => client.request(request),
                Inner::Tls(client) => client.request(request),
            };
            let response = response.await.map_err(|error| failed(&error))?;
            let (head, body) = response.into_parts();
            let body =
                Limited::new(body, BODY_MAX).collect().await.map_err(|error| failed(&*error))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        let late = |_| Unreachable(format!("{uri} gives no answer within {:?}", self.timeout));
        timeout(self.timeout, whole).await.map_err(late)?
    }

    /// Sends a request that was signed.
    pub(super) async fn signed(
        &self,
        head: Parts,
        body: String,
    ) -> Result<(u16, String), Unreachable> {
        self.told(Request::from_parts(head, Full::from(body))).await
    }

    /// Sends a request that needs no signature.
    pub(super) async fn plain(
        &self,
        method: &str,
        uri: Uri,
        body: String,
    ) -> Result<(u16, String), Unreachable> {
        let method: Method = method.parse().unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT)
            .body(Full::from(body))
            .map_err(|error| Unreachable(error.to_string()))?;
        self.told(request).await
    }

    async fn told(&self, request: Request<Full<Bytes>>) -> Result<(u16, String), Unreachable> {
        let (head, body) = self.send(request).await?.into_parts();
        Ok((head.status.as_u16(), String::from_utf8_lossy(&body).into_owned()))
    }
}
