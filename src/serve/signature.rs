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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    /// 2026-01-01T12:00:00Z, when botocore made the signatures below.
    const SIGNED: i64 = 1_767_268_800_000;
    /// With `secret`, and with a secret of AWS's length.
    const SHORT: &str = "01fa0240bc55f211c5f2a64c73e18f216bfc39d0c00ea4fda32f37c06f876133";
    const LONG: &str = "ba04aca6a0d80db8cdab118d06f3ea901d6d0228dd3d5c8f74529a6a50beb4a5";

    /// A request of botocore after a change.
    fn head(change: impl FnOnce(&mut Parts)) -> Parts {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=111111111111/20260101/us-east-1/secretsmanager/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={SHORT}"
        );
        let request = Request::post("/")
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", "secretsmanager.GetSecretValue")
            .header("Host", "127.0.0.1:4566")
            .header("X-Amz-Date", "20260101T120000Z")
            .header("Authorization", authorization)
            .header("Accept", "not signed");
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        change(&mut head);
        head
    }

    /// The code and the text of the refusal after that many milliseconds, if it is refused.
    fn checked(key: &str, head: &Parts, body: &'static str, after: i64) -> (&'static str, String) {
        let keys: Arc<[SigningKey]> = ["other:other", key].map(|it| it.parse().unwrap()).into();
        let now = Timestamp::from_millis(SIGNED).plus(Span::from_millis(after));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let came = runtime.block_on(check(&keys, head, &Bytes::from_static(body.as_bytes()), now));
        came.map_or_else(|refusal| (refusal.code, refusal.message), |()| ("", String::new()))
    }

    const KEY: &str = "111111111111:secret";
    const BODY: &str = r#"{"SecretId": "db/app"}"#;
    const WRONG: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
                         Secret Access Key and signing method. Consult the service documentation for details.";

    fn replace(head: &mut Parts, name: &'static str, from: &str, to: &str) {
        let text = head.headers[name].to_str().unwrap().replace(from, to);
        head.headers.insert(name, text.parse().unwrap());
    }

    #[test]
    fn a_signature_of_botocore_is_right_for_five_minutes() {
        let fine = ("", String::new());
        let signed = head(|_| {});
        for after in [0, 300_000, -300_000] {
            assert_eq!(checked(KEY, &signed, BODY, after), fine, "{after}");
        }
        let expired = "Signature expired: 20260101T120000Z is now earlier than 20260101T120001Z (20260101T120501Z - 5 min.)";
        let told = checked(KEY, &signed, BODY, 301_000);
        assert_eq!(told, ("InvalidSignatureException", expired.to_owned()));
        let early = "Signature not yet current: 20260101T120000Z is still later than 20260101T115959Z \
                     (20260101T115459Z + 5 min.)";
        let told = checked(KEY, &signed, BODY, -301_000);
        assert_eq!(told, ("InvalidSignatureException", early.to_owned()));
        let long = head(|head| replace(head, "authorization", SHORT, LONG));
        let key = "111111111111:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        assert_eq!(checked(key, &long, BODY, 0), fine);
    }

    #[test]
    fn what_was_changed_is_refused() {
        let wrong = ("InvalidSignatureException", WRONG.to_owned());
        assert_eq!(checked("111111111111:Secret", &head(|_| {}), BODY, 0), wrong);
        assert_eq!(checked(KEY, &head(|_| {}), r#"{"SecretId": "db/apq"}"#, 0), wrong);
        for (name, from, to) in [
            ("x-amz-target", "Get", "Put"),
            ("host", "4566", "80"),
            ("x-amz-date", "120000", "120001"),
            ("authorization", "us-east-1", "us-east-2"),
            ("authorization", "content-type;", ""),
            ("authorization", "133", "134"),
        ] {
            let changed = head(|head| replace(head, name, from, to));
            assert_eq!(checked(KEY, &changed, BODY, 0), wrong, "{name}");
        }
        let query = head(|head| head.uri = "/?a=b".parse().unwrap());
        assert_eq!(checked(KEY, &query, BODY, 0), wrong);
    }

    #[test]
    fn each_refusal_has_its_code_and_text() {
        let told = |head: &Parts| checked(KEY, head, BODY, 0);
        let other = head(|head| replace(head, "authorization", "=111", "=311"));
        let text = "The security token included in the request is invalid.";
        assert_eq!(told(&other), ("UnrecognizedClientException", text.to_owned()));
        let none = head(|head| drop(head.headers.remove("authorization")));
        let text = "Missing Authentication Token";
        assert_eq!(told(&none), ("MissingAuthenticationTokenException", text.to_owned()));
        for (code, text, changed) in [
            (
                "IncompleteSignatureException",
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
                 Authorization=AWS4-HMAC-SHA256",
                head(|head| drop(head.headers.remove("x-amz-date"))),
            ),
            (
                "InvalidSignatureException",
                "Credential should be scoped to correct service: 'secretsmanager'.",
                head(|head| replace(head, "authorization", "secretsmanager", "s3")),
            ),
            (
                "InvalidSignatureException",
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260102' != \
                 '20260101', from '20260101T120000Z'.",
                head(|head| replace(head, "authorization", "20260101", "20260102")),
            ),
            (
                "InvalidSignatureException",
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
                head(|head| replace(head, "authorization", "host;", "")),
            ),
        ] {
            assert_eq!(told(&changed), (code, text.to_owned()));
        }
    }

    #[test]
    fn a_key_that_is_none_is_not_repeated() {
        for text in ["", "a", "a:", ":b", "a/b:c", "a:\u{e4}", &format!("a:{}", "b".repeat(41))] {
            let error = text.parse::<SigningKey>().expect_err(text).to_string();
            assert_eq!(error, "give KEY:SECRET; the secret has 1 to 40 characters of ASCII");
        }
        let key: SigningKey = "a:b:c".parse().unwrap();
        assert_eq!((&*key.access_key, &*key.secret), ("a", "b:c"));
        assert_eq!(format!("{key:?}"), r#"SigningKey("a")"#);
    }
}
