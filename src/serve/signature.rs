//! Signatures of requests, checked as AWS checks them.

use std::error::Error;
use std::fmt;
use std::future::ready;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::HeaderName;
use hyper::http::request::Parts;
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, NO_ADDITIONAL_SIGNED_HEADERS,
    SignatureError, SignatureOptions, service_for_signing_key_fn, sigv4_validate_request,
};

use super::authorization::Authorization;
use super::refusal::Refusal;
use crate::time::Timestamp;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");

/// How a moment is written in requests.
const BASIC: &str = "%Y%m%dT%H%M%SZ";

/// How far the moment of a request may be from that of its arrival. The library has a limit of its own, which is wider.
const SKEW_MAX: TimeDelta = TimeDelta::minutes(5);

/// The service that every signature is for.
const SERVICE: &str = "secretsmanager";

/// The longest secret access key: AWS's have 40 characters.
const SECRET_MAX: usize = 40;

/// A key that requests are signed with.
#[derive(Clone)]
pub struct SigningKey {
    /// Its id, which goes with the request.
    pub access_key: String,
    /// What the caller and the service know alone.
    pub secret: String,
    key: KSecretKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.access_key).finish()
    }
}

/// Why a text is no key. It doesn't repeat the text, which may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give KEY:SECRET; the secret has 1 to {SECRET_MAX} characters of ASCII")]
pub struct SigningKeyError;

impl FromStr for SigningKey {
    type Err = SigningKeyError;

    /// Reads `KEY:SECRET`.
    fn from_str(text: &str) -> Result<Self, SigningKeyError> {
        let (access_key, secret) = text.split_once(':').ok_or(SigningKeyError)?;
        if access_key.is_empty()
            || access_key.contains('/')
            || secret.is_empty()
            || !secret.is_ascii()
        {
            return Err(SigningKeyError);
        }
        // The library takes keys of AWS's length alone. HMAC fills shorter ones up with zeros, so that this is the same
        // key.
        let whole = format!("{secret:\0<SECRET_MAX$}");
        let key = KSecretKey::from_str(&whole).map_err(|_| SigningKeyError)?;
        Ok(Self { access_key: access_key.to_owned(), secret: secret.to_owned(), key })
    }
}

/// Checks the signature of a request that arrives at that moment: it must have been made with one of these keys.
pub(super) async fn check(
    keys: &Arc<[SigningKey]>,
    head: &Parts,
    body: &Bytes,
    now: Timestamp,
) -> Result<(), Refusal> {
    let region = Authorization::read(&head.headers)?.region;
    let now = DateTime::from_timestamp_millis(now.millis()).unwrap_or_default();
    check_moment(head, now)?;
    let keys = Arc::clone(keys);
    let find = move |asked: GetSigningKeyRequest| {
        let key = keys.iter().find(|key| key.access_key == asked.access_key());
        let unknown = || SignatureError::InvalidClientTokenId(String::new());
        let found = key.ok_or_else(unknown).map_err(BoxError::from).and_then(|key| {
            let key = key.key.to_ksigning(asked.request_date(), asked.region(), asked.service());
            Ok(GetSigningKeyResponse::builder().signing_key(key).build()?)
        });
        ready(found)
    };
    let mut find = service_for_signing_key_fn(find);
    let checked = sigv4_validate_request(
        Request::from_parts(head.clone(), body.clone()),
        region,
        SERVICE,
        &mut find,
        now,
        &NO_ADDITIONAL_SIGNED_HEADERS,
        SignatureOptions::default(),
    );
    checked.await.map(drop).map_err(|error| {
        let error = error.downcast::<SignatureError>();
        error.map_or_else(|_| Refusal::wrong_signature(""), |error| refusal(&error))
    })
}

/// Why the library can't go on.
type BoxError = Box<dyn Error + Send + Sync>;

/// Refuses what comes too late or too early.
fn check_moment(head: &Parts, now: DateTime<Utc>) -> Result<(), Refusal> {
    let sent = head.headers.get(DATE).and_then(|date| date.to_str().ok());
    let sent = sent.and_then(|date| NaiveDateTime::parse_from_str(date, BASIC).ok());
    let Some(sent) = sent.map(|date| date.and_utc()) else { return Ok(()) }; // the library tells what is wrong
    let first = now.checked_sub_signed(SKEW_MAX).unwrap_or(now);
    let last = now.checked_add_signed(SKEW_MAX).unwrap_or(now);
    let text = |moment: DateTime<Utc>| moment.format(BASIC).to_string();
    let (sent_text, now) = (text(sent), text(now));
    if sent < first {
        let first = text(first);
        return Err(Refusal::wrong_signature(format!(
            "Signature expired: {sent_text} is now earlier than {first} ({now} - 5 min.)"
        )));
    }
    if sent > last {
        let last = text(last);
        return Err(Refusal::wrong_signature(format!(
            "Signature not yet current: {sent_text} is still later than {last} ({now} + 5 min.)"
        )));
    }
    Ok(())
}

/// What a service with JSON says where others have codes without `Exception`.
fn refusal(error: &SignatureError) -> Refusal {
    let message = error.to_string();
    if matches!(error, SignatureError::InvalidClientTokenId(_)) {
        Refusal::unknown_key()
    } else if matches!(error, SignatureError::IncompleteSignature(_)) {
        Refusal::incomplete_signature(message)
    } else {
        Refusal::wrong_signature(message)
    }
}
