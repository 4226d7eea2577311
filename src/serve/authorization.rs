//! Who calls, as the Authorization header of a signed request says.

use std::sync::Arc;

use hyper::header::{AUTHORIZATION, HeaderMap};

use super::refusal::Refusal;
use crate::caller::Caller;
use crate::secret::AccountId;

/// The only algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What an Authorization header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Authorization<'h> {
    pub(super) access_key: &'h str,
    /// The day of the credential scope: `20260101`.
    pub(super) day: &'h str,
    pub(super) region: &'h str,
    pub(super) service: &'h str,
    pub(super) signed_headers: &'h str,
    pub(super) signature: &'h str,
}

impl<'h> Authorization<'h> {
    /// Reads the header, or tells what AWS says of one like that.
    pub(super) fn read(headers: &'h HeaderMap) -> Result<Self, Refusal> {
        let header = headers.get(AUTHORIZATION).ok_or_else(Refusal::missing_token)?;
        let text = header.to_str().map_err(|_| Refusal::incomplete_signature())?.trim();
        let members = text.strip_prefix(ALGORITHM).ok_or_else(Refusal::incomplete_signature)?;
        let member = |name: &str| {
            let mut members = members.split(',').filter_map(|member| member.trim().split_once('='));
            members.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let read = || {
            let mut scope = member("Credential")?.rsplit('/');
            let is_request = scope.next()? == "aws4_request";
            let (service, region, day) = (scope.next()?, scope.next()?, scope.next()?);
            let access_key = scope.next()?;
            let signed_headers = member("SignedHeaders")?;
            let signature = member("Signature")?;
            let fits = is_request && scope.next().is_none() && is_region(region);
            let read = Self { access_key, day, region, service, signed_headers, signature };
            fits.then_some(read)
        };
        read().ok_or_else(Refusal::incomplete_signature)
    }

    /// The caller: in the Region of the scope, and in the account that the access key is, if it is one.
    pub(super) fn caller(&self, account: &AccountId, region: &Arc<str>) -> Caller {
        let key = self.access_key;
        let is_account = key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit());
        let own = if is_account { &AccountId::new(key) } else { account };
        let elsewhere = *self.region != **region;
        Caller::named("", own).in_region(elsewhere.then(|| self.region.into()))
    }
}

/// Whether it looks like a Region: it becomes part of ARNs.
fn is_region(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, text.parse().expect("a header"));
        headers
    }

    #[test]
    fn the_scope_tells_who_calls_and_where() {
        let headers = headers(
            "AWS4-HMAC-SHA256 Credential=222222222222/20260101/eu-west-1/secretsmanager/aws4_request, \
             SignedHeaders=host;x-amz-date,Signature=ab",
        );
        let read = Authorization::read(&headers).expect("complete");
        assert_eq!((read.day, read.service), ("20260101", "secretsmanager"));
        assert_eq!((read.signed_headers, read.signature), ("host;x-amz-date", "ab"));
        let caller = read.caller(&AccountId::new("111111111111"), &"us-east-1".into());
        assert_eq!(caller.account.as_str(), "222222222222");
        assert_eq!(caller.region.as_deref(), Some("eu-west-1"));
        let caller = read.caller(&AccountId::new("111111111111"), &"eu-west-1".into());
        assert_eq!(caller.region, None);
    }

    #[test]
    fn what_is_incomplete_is_refused() {
        for text in [
            "Basic abc",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/secretsmanager, SignedHeaders=a, Signature=b",
            "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=a",
            "AWS4-HMAC-SHA256 Credential=a/1/US:EAST/secretsmanager/aws4_request, SignedHeaders=a, Signature=b",
        ] {
            let headers = headers(text);
            let refused = Authorization::read(&headers).expect_err(text);
            assert_eq!(refused.code, "IncompleteSignatureException");
        }
        let refused = Authorization::read(&HeaderMap::new()).expect_err("nothing");
        assert_eq!(refused.code, "MissingAuthenticationTokenException");
    }
}
