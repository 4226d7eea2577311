//! The protocol alone, for those who answer calls in their own way.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::aws::{self, Received};
use super::engine::Answer;
use super::http::{Body, Cut, RequestIds, receive};
use super::{HEAD_MAX, HEADERS_MAX};
use crate::secret::AccountId;

/// How long a head or a body may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Connections at once; more have to wait.
const CONNECTIONS: usize = 500;

/// How the answer to a call comes.
pub(crate) type Answers = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Answers calls.
pub(crate) trait Desk: fmt::Debug + Send + Sync {
    /// The account of callers whose access key is none, and the Region.
    fn place(&self) -> (&AccountId, &Arc<str>);

    /// Answers a call.
    fn call(self: Arc<Self>, received: Received) -> Answers;
}

/// Has a desk answer whatever comes in, until this future is dropped, and every connection with it.
pub(crate) async fn attend(listener: &TcpListener, desk: Arc<dyn Desk>) {
    let ids = Arc::new(RequestIds::new(0));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS {
            connections.join_next().await;
            continue;
        }
        let Ok((stream, _)) = listener.accept().await else {
            // The process has no files left, or the client is gone already.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        drop(stream.set_nodelay(true));
        let (desk, ids) = (Arc::clone(&desk), Arc::clone(&ids));
        let handle = service_fn(move |request| {
            let (desk, ids) = (Arc::clone(&desk), Arc::clone(&ids));
            async move { answer(desk, &ids, request).await.ok_or(Cut) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(TIMEOUT)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), handle);
        connections.spawn(async move {
            // A client that goes away has its own log.
            drop(connection.await);
        });
    }
}

/// Answers one request. `None` cuts the connection.
async fn answer(
    desk: Arc<dyn Desk>,
    ids: &RequestIds,
    request: Request<Incoming>,
) -> Option<Response<Body>> {
    let (head, body) = request.into_parts();
    let received = match aws::operation(&head.method, &head.uri, &head.headers) {
        Ok(name) => receive(body, TIMEOUT)
            .await
            .and_then(|body| aws::read(desk.place(), name, &head.headers, &body)),
        Err(refusal) => Err(refusal),
    };
    let answer = match received {
        Ok(received) => desk.call(received).await,
        Err(refusal) => Answer::Refused(refusal),
    };
    aws::response(ids, &answer)
}
