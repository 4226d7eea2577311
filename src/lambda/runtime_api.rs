//! The Lambda Runtime API as one process sees it: it asks for its next invocation, and tells how that ended.
//!
//! Paths and headers are those of <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{InvocationError, PAYLOAD_MAX};

/// The version of the API, which is the beginning of its paths.
const PREFIX: &str = "/2018-06-01/runtime/";

/// One invocation on its way to a process.
#[derive(Debug)]
pub(super) struct Work {
    pub id: String,
    /// Milliseconds since 1970.
    pub deadline: u128,
    pub arn: String,
    pub event: Bytes,
    /// Told when the process has taken it.
    pub taken: oneshot::Sender<()>,
    pub ended: oneshot::Sender<Result<Bytes, InvocationError>>,
}

/// The API for one process, on a port of its own.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub address: SocketAddr,
    desk: Arc<Desk>,
    work: mpsc::Sender<Work>,
    server: JoinHandle<()>,
}

/// Where invocations lie until they are taken, and while they are worked on.
#[derive(Debug)]
struct Desk {
    waiting: tokio::sync::Mutex<mpsc::Receiver<Work>>,
    open: Mutex<Option<Open>>,
    /// Why the process can't start.
    init: mpsc::Sender<InvocationError>,
}

/// An invocation that a process works on: its id, and who waits for its end.
type Open = (String, oneshot::Sender<Result<Bytes, InvocationError>>);

/// An error as runtimes tell it.
#[derive(Deserialize)]
struct ErrorBody {
    #[serde(rename = "errorMessage", default)]
    message: String,
    #[serde(rename = "errorType", default)]
    kind: Option<String>,
}

impl RuntimeApi {
    /// Listens for a process, which is told through the receiver if it can't start.
    pub(super) async fn listen() -> io::Result<(Self, mpsc::Receiver<InvocationError>)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (work, waiting) = mpsc::channel(1);
        let (init, init_failed) = mpsc::channel(1);
        let waiting = tokio::sync::Mutex::new(waiting);
        let desk = Arc::new(Desk { waiting, open: Mutex::new(None), init });
        let server = tokio::spawn(serve(listener, Arc::clone(&desk)));
        Ok((Self { address, desk, work, server }, init_failed))
    }

    /// Lays an invocation on the desk. There is never more than one.
    pub(super) async fn give(&self, work: Work) {
        // It can't fail while the desk, which has the other end, is there.
        let _sent = self.work.send(work).await;
    }

    /// Takes back the invocation that is being worked on: what is told of it later is ignored.
    pub(super) fn take_back(&self) {
        drop(self.desk.open().take());
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Desk {
    fn open(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next invocation, once there is one.
    async fn next(&self) -> Response<Full<Bytes>> {
        let Some(work) = self.waiting.lock().await.recv().await else {
            return refuse(StatusCode::GONE, "there are no more invocations");
        };
        let Work { id, deadline, arn, event, taken, ended } = work;
        let _told = taken.send(());
        let mut response = Response::new(Full::new(event));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            ("lambda-runtime-aws-request-id", id.as_str()),
            ("lambda-runtime-deadline-ms", &deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", &arn),
            ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        *self.open() = Some((id, ended));
        response
    }

    /// The process tells how an invocation ended.
    fn end(&self, id: &str, result: Result<Bytes, InvocationError>) -> Response<Full<Bytes>> {
        let mut open = self.open();
        let Some((_, ended)) = open.take_if(|(it, _)| it == id) else {
            return refuse(StatusCode::BAD_REQUEST, "no such invocation is open");
        };
        let _told = ended.send(result);
        accepted()
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Some(path) = parts.uri.path().strip_prefix(PREFIX) else {
            return refuse(StatusCode::NOT_FOUND, "no such path");
        };
        if parts.method == Method::GET && path == "invocation/next" {
            return self.next().await;
        }
        let Ok(body) = Limited::new(body, PAYLOAD_MAX).collect().await else {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the answer is larger than 6 MB");
        };
        let body = body.to_bytes();
        let kind = parts.headers.get("lambda-runtime-function-error-type");
        let kind = kind.and_then(|it| it.to_str().ok());
        let invocation = path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'));
        match invocation {
            _ if parts.method != Method::POST => refuse(StatusCode::NOT_FOUND, "no such path"),
            Some((id, "response")) => self.end(id, Ok(body)),
            Some((id, "error")) => {
                let (kind, message) = read_error(&body, kind);
                self.end(id, Err(InvocationError::Raised { kind, message }))
            }
            None if path == "init/error" => {
                let (kind, message) = read_error(&body, kind);
                // One is enough.
                let _told = self.init.try_send(InvocationError::InitFailed { kind, message });
                accepted()
            }
            Some(_) | None => refuse(StatusCode::NOT_FOUND, "no such path"),
        }
    }
}

/// What an error says. A runtime that says nothing has raised something all the same.
fn read_error(body: &[u8], header: Option<&str>) -> (String, String) {
    let read: Option<ErrorBody> = serde_json::from_slice(body).ok();
    let (kind, message) = read.map_or((None, String::new()), |it| (it.kind, it.message));
    let kind = kind.or_else(|| header.map(str::to_owned));
    (kind.unwrap_or_else(|| "Runtime.Unknown".to_owned()), message)
}

fn accepted() -> Response<Full<Bytes>> {
    told(StatusCode::ACCEPTED, r#"{"status":"OK"}"#.to_owned())
}

fn refuse(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "errorType": "InvalidRequest", "errorMessage": message });
    told(status, body.to_string())
}

fn told(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Answers a process until it is dropped.
async fn serve(listener: TcpListener, desk: Arc<Desk>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // There are no files left: some are going to be.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let desk = Arc::clone(&desk);
        let service = service_fn(move |request| {
            let desk = Arc::clone(&desk);
            async move { Ok::<_, Infallible>(desk.answer(request).await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        // A connection that breaks is a process that went away, and that is seen elsewhere.
        tokio::spawn(async move { drop(connection.await) });
    }
}
