//! The AWS JSON 1.1 protocol: one path, the operation in a header.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode, Uri};
use serde_json::{Value, json};

use super::authorization::Authorization;
use super::engine::{Answer, Engine};
use super::http::{Body, Server, full};
use super::refusal::Refusal;
use super::{clock, signature};
use crate::api::{OperationName, Reply, ServiceError};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const JSON_1_1: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// The operation that a request names.
pub(super) fn operation(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<OperationName, Refusal> {
    if *method != Method::POST || uri.path() != "/" {
        return Err(Refusal { status: StatusCode::NOT_FOUND, ..Refusal::unknown_operation() });
    }
    let target = headers.get(TARGET).and_then(|target| target.to_str().ok());
    let name = target.and_then(|target| target.strip_prefix("secretsmanager."));
    name.and_then(OperationName::from_name).ok_or_else(Refusal::unknown_operation)
}

/// Answers a request that has come in whole. `None` if a fault cuts the connection.
pub(super) async fn answer(
    server: &Server,
    engine: &Arc<Engine>,
    name: OperationName,
    head: &Parts,
    body: &Bytes,
) -> Option<Response<Body>> {
    if let Some(keys) = &server.signing_keys
        && let Err(refusal) = signature::check(keys, head, body, clock::real_now()).await
    {
        return Some(refused(server, &refusal));
    }
    let read = || {
        let authorization = Authorization::read(&head.headers)?;
        let caller = authorization.caller(&server.account, &server.region);
        let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::not_json())?;
        Ok((caller, name.receive(body)))
    };
    let (caller, operation) = match read() {
        Ok(read) => read,
        Err(refusal) => return Some(refused(server, &refusal)),
    };
    match engine.call(caller, operation).await {
        Answer::Service(outcome) => Some(told(server, &outcome)),
        Answer::Cut => None,
    }
}

/// The response to a call.
fn told(server: &Server, outcome: &Result<Reply, ServiceError>) -> Response<Body> {
    match outcome {
        Ok(reply) => respond(server, StatusCode::OK, None, &reply.members()),
        Err(error) => {
            let status = StatusCode::from_u16(error.code.status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            failed(server, status, error.code.as_str(), &error.message)
        }
    }
}

/// The response to what is no call.
pub(super) fn refused(server: &Server, refusal: &Refusal) -> Response<Body> {
    failed(server, refusal.status, refusal.code, &refusal.message)
}

fn failed(
    server: &Server,
    status: StatusCode,
    code: &'static str,
    message: &str,
) -> Response<Body> {
    let mut body = json!({ "__type": code });
    if let Some(members) = body.as_object_mut().filter(|_| !message.is_empty()) {
        members.insert("Message".to_owned(), message.into());
    }
    respond(server, status, Some(code), &body)
}

fn respond(
    server: &Server,
    status: StatusCode,
    error: Option<&'static str>,
    body: &Value,
) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON_1_1);
    if let Ok(id) = server.request_id().parse() {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(code) = error {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(code));
    }
    response
}
