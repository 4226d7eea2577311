//! Who calls, as the Authorization header of a signed request says.

use std::sync::Arc;

use hyper::header::{AUTHORIZATION, HeaderMap};

use super::refusal::Refusal;
use crate::caller::Caller;
use crate::secret::{AccountId, is_region};

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
        let text = header.to_str().unwrap_or_default().trim();
        let (algorithm, members) = text.split_once(' ').unwrap_or((text, ""));
        if algorithm != ALGORITHM {
            let why = format!("Unsupported AWS 'algorithm': '{algorithm}'.");
            return Err(Refusal::incomplete_signature(why));
        }
        let member = |name: &str| {
            let mut members = members.split(',').filter_map(|member| member.trim().split_once('='));
            members.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let names = ["Credential", "Signature", "SignedHeaders"];
        let [Some(credential), Some(signature), Some(signed_headers)] = names.map(member) else {
            let missing = names.into_iter().filter(|name| member(name).is_none());
            let missing =
                missing.map(|name| format!("Authorization header requires '{name}' parameter. "));
            let why = missing.chain([format!("Authorization={ALGORITHM}")]).collect::<String>();
            return Err(Refusal::incomplete_signature(why));
        };
        let mut scope = credential.split('/');
        let mut next = || scope.next().unwrap_or_default();
        let [access_key, day, region, service, end] = [(); 5].map(|()| next());
        if end.is_empty() || scope.next().is_some() {
            let why = format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{credential}'"
            );
            return Err(Refusal::incomplete_signature(why));
        }
        // It becomes part of ARNs.
        if !is_region(region) {
            let why = format!("Credential should be scoped to a valid region, not '{region}'. ");
            return Err(Refusal::wrong_signature(why));
        }
        Ok(Self { access_key, day, region, service, signed_headers, signature })
    }

    /// The caller: in the Region of the scope, and in the account that the access key is, if it is one.
    pub(super) fn caller(&self, account: &AccountId, region: &Arc<str>) -> Caller {
        let key = self.access_key;
        let own = if AccountId::is_valid(key) { &AccountId::new(key) } else { account };
        let elsewhere = *self.region != **region;
        Caller::named("", own).in_region(elsewhere.then(|| self.region.into()))
    }
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
    fn what_is_incomplete_is_refused_as_aws_does() {
        for (text, code, why) in [
            ("Basic abc", "Incomplete", "Unsupported AWS 'algorithm': 'Basic'."),
            (
                "AWS4-HMAC-SHA256",
                "Incomplete",
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
                 parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/secretsmanager, SignedHeaders=a, Signature=b",
                "Incomplete",
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 'a/20260101/us-east-1/secretsmanager'",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=a",
                "Incomplete",
                "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/1/US:EAST/secretsmanager/aws4_request, SignedHeaders=a, Signature=b",
                "Invalid",
                "Credential should be scoped to a valid region, not 'US:EAST'. ",
            ),
        ] {
            let headers = headers(text);
            let refused = Authorization::read(&headers).expect_err(text);
            assert_eq!(refused.code, format!("{code}SignatureException"));
            assert_eq!(refused.message, why);
        }
        let refused = Authorization::read(&HeaderMap::new()).expect_err("nothing");
        assert_eq!(refused.code, "MissingAuthenticationTokenException");
    }
}
