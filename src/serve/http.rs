//! Connections and requests: what comes in within limits, and goes where it belongs.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Request, Response, StatusCode, Uri};

use super::engine::Engine;
use super::refusal::Refusal;
use super::signature::SigningKey;
use super::{aws, control};
use crate::secret::AccountId;
use crate::seed::{Purpose, Stream};

/// A body that is ready.
pub(super) type Body = Full<Bytes>;

/// The longest body: a secret value of 65,536 bytes, all of whose characters are escaped, needs 400 KiB.
pub(super) const BODY_MAX: usize = 1 << 20;

/// Why a connection ends without an answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a fault cuts the connection")]
pub(super) struct Cut;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) engine: Arc<Engine>,
    pub(super) account: AccountId,
    pub(super) region: Arc<str>,
    pub(super) listen: SocketAddr,
    /// Names by which it may be called, beside those of the loopback.
    pub(super) hosts: Vec<String>,
    pub(super) request_ids: RequestIds,
    /// The keys that calls must be signed with, if signatures are checked.
    pub(super) signing_keys: Option<Arc<[SigningKey]>>,
    /// How long a body may take to arrive.
    pub(super) body_timeout: Duration,
    /// How long a request may wait for time to pass on a virtual clock.
    pub(super) pass_timeout: Duration,
}

/// Makes an id for every request.
#[derive(Debug)]
pub(super) struct RequestIds(Mutex<Stream>);

impl RequestIds {
    /// Ids that depend on a seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(Mutex::new(Stream::new(seed, Purpose::Records)))
    }

    /// The next one.
    pub(super) fn next(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).token_text()
    }
}

impl Server {
    /// Answers one request.
    pub(super) async fn handle(&self, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        let (head, body) = request.into_parts();
        if !self.is_for_us(&head.uri, &head.headers) {
            let text = "This Host or Origin is not served; --allow-host NAME serves another one\n";
            let mut response = Response::new(full(text));
            *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
            return Ok(response);
        }
        if let Some(route) = head.uri.path().strip_prefix(control::PREFIX) {
            let body = match receive(body, self.body_timeout).await {
                Ok(body) => body,
                Err(refusal) => return Ok(aws::refused(&self.request_ids, &refusal)),
            };
            let query = head.uri.query().unwrap_or_default();
            return Ok(control::answer(self, &head.method, route, query, &body).await);
        }
        let name = match aws::operation(&head.method, &head.uri, &head.headers) {
            Ok(name) => name,
            Err(refusal) => return Ok(aws::refused(&self.request_ids, &refusal)),
        };
        let body = match receive(body, self.body_timeout).await {
            Ok(body) => body,
            Err(refusal) => return Ok(aws::refused(&self.request_ids, &refusal)),
        };
        aws::answer(self, &self.engine, name, &head, &body).await.ok_or(Cut)
    }

    /// Whether a request is meant for this server. A web page can make a browser send requests here under a name of its
    /// own, and is refused by that name.
    fn is_for_us(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).map(|host| host.to_str().unwrap_or_default());
        let mut named = host.into_iter().chain(uri.authority().map(Authority::as_str)).peekable();
        let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
        let origin_fits = origin.is_none_or(|origin| {
            let host = origin.strip_prefix("http://");
            host.or_else(|| origin.strip_prefix("https://")).is_some_and(|it| self.serves(it))
        });
        named.peek().is_some() && named.all(|name| self.serves(name)) && origin_fits
    }

    /// Whether it may be called by that name, with or without a port.
    fn serves(&self, authority: &str) -> bool {
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
            _ => authority,
        };
        let address = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name);
        if let Ok(address) = address.parse::<IpAddr>() {
            let own = self.listen.ip();
            return address.is_loopback() || own.is_unspecified() || address == own;
        }
        let name = name.to_ascii_lowercase();
        name == "localhost"
            || name.ends_with(".localhost")
            || self.hosts.iter().any(|host| host.eq_ignore_ascii_case(&name))
    }
}

/// Reads a body within limits.
pub(super) async fn receive(body: Incoming, timeout: Duration) -> Result<Bytes, Refusal> {
    let whole = Limited::new(body, BODY_MAX).collect();
    match tokio::time::timeout(timeout, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::too_large(BODY_MAX)),
        Ok(Err(_)) => Err(Refusal::not_json()),
        Err(_) => Err(Refusal::too_slow()),
    }
}

/// A body of that text.
pub(super) fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into())
}
