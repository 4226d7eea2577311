//! The AWS JSON 1.1 protocol: one path, the operation in a header.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode, Uri};
use serde_json::{Value, json};

use super::authorization::Authorization;
use super::engine::{Answer, Engine};
use super::http::{Body, RequestIds, Server, full};
use super::refusal::Refusal;
use super::{clock, signature};
use crate::api::{Operation, OperationName, Reply, ServiceError};
use crate::caller::Caller;
use crate::secret::AccountId;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const SDK_INVOCATION: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const JSON_1_1: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// A call that has come in.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Who makes it.
    pub(crate) by: Caller,
    /// The access key that it is signed with.
    pub(crate) access_key: String,
    /// What all attempts of an SDK at one call have in common.
    pub(crate) sdk_invocation: Option<String>,
    /// What it asks for.
    pub(crate) operation: Operation,
}

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
        return Some(refused(&server.request_ids, &refusal));
    }
    let answer = match read((&server.account, &server.region), name, &head.headers, body) {
        Ok(Received { by, operation, .. }) => engine.call(by, operation).await,
        Err(refusal) => Answer::Refused(refusal),
    };
    response(&server.request_ids, &answer)
}

/// Reads a call to a server in that account and Region.
pub(super) fn read(
    (account, region): (&AccountId, &Arc<str>),
    name: OperationName,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Received, Refusal> {
    let authorization = Authorization::read(headers)?;
    let by = authorization.caller(account, region);
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::not_json())?;
    let sdk_invocation = headers.get(SDK_INVOCATION).and_then(|id| id.to_str().ok());
    Ok(Received {
        by,
        access_key: authorization.access_key.to_owned(),
        sdk_invocation: sdk_invocation.map(str::to_owned),
        operation: name.receive(body),
    })
}

/// The response to a call. `None` if a fault cuts the connection.
pub(super) fn response(ids: &RequestIds, answer: &Answer) -> Option<Response<Body>> {
    match answer {
        Answer::Service(outcome) => Some(told(ids, outcome)),
        Answer::Refused(refusal) => Some(refused(ids, refusal)),
        Answer::Cut => None,
    }
}

fn told(ids: &RequestIds, outcome: &Result<Reply, ServiceError>) -> Response<Body> {
    match outcome {
        Ok(reply) => respond(ids, StatusCode::OK, None, &reply.members()),
        Err(error) => {
            let status = StatusCode::from_u16(error.code.status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            failed(ids, status, error.code.as_str(), &error.message)
        }
    }
}

/// The response to what is no call.
pub(super) fn refused(ids: &RequestIds, refusal: &Refusal) -> Response<Body> {
    failed(ids, refusal.status, refusal.code, &refusal.message)
}

fn failed(
    ids: &RequestIds,
    status: StatusCode,
    code: &'static str,
    message: &str,
) -> Response<Body> {
    let mut body = json!({ "__type": code });
    if let Some(members) = body.as_object_mut().filter(|_| !message.is_empty()) {
        members.insert("Message".to_owned(), message.into());
    }
    respond(ids, status, Some(code), &body)
}

fn respond(
    ids: &RequestIds,
    status: StatusCode,
    error: Option<&'static str>,
    body: &Value,
) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON_1_1);
    if let Ok(id) = ids.next().parse() {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(code) = error {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(code));
    }
    response
}
