//! Where an endpoint is, and how careful one has to be there.

use std::fmt;

use hyper::Uri;

use crate::compare::Unreachable;

/// The address of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    uri: Uri,
}

/// Why a text is no address of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no URL of an endpoint: {why}")]
pub struct TargetError {
    text: String,
    why: String,
}

impl Target {
    /// Reads `http://HOST[:PORT]` or `https://HOST[:PORT]`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let wrong = |why: String| TargetError { text: text.to_owned(), why };
        let uri: Uri = text.parse().map_err(|error| wrong(format!("{error}")))?;
        let has_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        if !has_scheme || uri.authority().is_none() {
            return Err(wrong("give http://HOST:PORT or https://HOST".to_owned()));
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(wrong("nothing may follow the host".to_owned()));
        }
        let target = Self { uri };
        if target.is_aws() && target.uri.scheme_str() == Some("http") {
            return Err(wrong("AWS answers over https only".to_owned()));
        }
        Ok(target)
    }

    /// Secrets Manager of AWS in a Region.
    ///
    /// # Errors
    /// The Region has characters that no host name has.
    pub fn aws(region: &str) -> Result<Self, TargetError> {
        let end = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        Self::parse(&format!("https://secretsmanager.{region}.{end}"))
    }

    /// Where calls go.
    pub(super) fn uri(&self) -> Uri {
        self.uri.clone()
    }

    /// Where a control route of `stagewright serve` is.
    pub(super) fn control(&self, route: &str) -> Result<Uri, Unreachable> {
        let start = self.to_string();
        let uri = format!("{start}/_stagewright/{route}");
        uri.parse().map_err(|error| Unreachable(format!("`{uri}`: {error}")))
    }

    /// Whether it is AWS itself, so that calls cost money and change what others may use.
    pub fn is_aws(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        ["amazonaws.com", "amazonaws.com.cn", "api.aws", "amazonaws.eu"].iter().any(|end| {
            host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let address: Option<std::net::IpAddr> = host.parse().ok();
        host == "localhost"
            || host.ends_with(".localhost")
            || address.is_some_and(|address| address.is_loopback())
    }

    /// Whether calls go over TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }
}

/// Writes it without a slash at the end.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri.to_string().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_where_care_is_needed() {
        for (text, is_aws, is_loopback) in [
            ("https://secretsmanager.eu-west-1.amazonaws.com", true, false),
            ("https://secretsmanager.cn-north-1.amazonaws.com.cn", true, false),
            ("https://secretsmanager.us-east-1.api.aws", true, false),
            ("http://127.0.0.1:4566", false, true),
            ("http://[::1]:4566/", false, true),
            ("http://localhost:5000", false, true),
            ("http://emulator:5000", false, false),
            ("https://notamazonaws.com", false, false),
        ] {
            let target = Target::parse(text).expect(text);
            assert_eq!((target.is_aws(), target.is_loopback()), (is_aws, is_loopback), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "localhost:5000",
            "ftp://localhost",
            "http://localhost/path",
            "http://secretsmanager.us-east-1.amazonaws.com",
        ] {
            assert!(Target::parse(text).is_err(), "{text}");
        }
        assert!(Target::aws("us east").is_err());
    }
}
