//! The names and values of a secret: ids, staging labels, and the value that is never printed.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

/// Declares a text id: cheap to clone, ordered by its text, never made from another id by accident.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Eq)]
        pub struct $name(Arc<str>);

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                // Mostly one is a clone of the other.
                Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

text_id! {
    /// The id of a version. It is the `ClientRequestToken` of the call that made the version (32 to 64 characters).
    ///
    /// A secret's name doesn't become a version id:
    /// ```compile_fail
    /// use stagewright::secret::{SecretName, VersionId};
    /// let id: VersionId = SecretName::new("db/app");
    /// ```
    VersionId
}

text_id! {
    /// The name of a secret, unique in an account and Region.
    SecretName
}

text_id! {
    /// A whole ARN: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX`.
    SecretArn
}

text_id! {
    /// The twelve digits of an account.
    AccountId
}

impl SecretName {
    /// Whether AWS accepts `text` as a name: letters, digits and `/_+=.@!-`.
    ///
    /// The message of the refusal lists `!`, and managed secrets have it in their names (`rds!db-…`).
    pub fn is_valid(text: &str) -> bool {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@!-".contains(&byte))
    }
}

impl AccountId {
    /// Whether `text` is an account: twelve digits.
    pub fn is_valid(text: &str) -> bool {
        text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Whether `text` has the letters of a Region, which becomes part of ARNs.
pub fn is_region(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

/// Whether `text` can be the random part at the end of an ARN.
pub fn is_arn_suffix(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// How the ARNs of secrets begin, up to the Region.
const ARN_START: &str = "arn:aws:secretsmanager:";

/// The random part at the end of an ARN, with its hyphen: seven bytes.
const SUFFIX_LEN: usize = 7;

impl SecretArn {
    /// The account in the ARN; empty if this is not an ARN of a secret.
    pub fn account(&self) -> &str {
        self.0.split(':').nth(4).unwrap_or("")
    }

    /// The Region in the ARN; empty if this is not an ARN of a secret.
    pub fn region(&self) -> &str {
        // All that the service makes begin alike, and every call asks for it.
        let Some(rest) = self.0.strip_prefix(ARN_START) else {
            return self.0.split(':').nth(3).unwrap_or("");
        };
        let end = rest.bytes().position(|byte| byte == b':');
        end.and_then(|end| rest.get(..end)).unwrap_or(rest)
    }

    /// The ARN with another Region, as a replica has it.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        let parts = self.0.split(':').enumerate();
        let parts: Vec<_> = parts.map(|(at, part)| if at == 3 { region } else { part }).collect();
        Self::new(parts.join(":"))
    }

    /// The ARN less its last seven characters, which also finds the secret.
    pub fn without_suffix(&self) -> &str {
        self.0.get(..self.0.len().saturating_sub(SUFFIX_LEN)).unwrap_or("")
    }
}

/// How a request names a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretId<'a> {
    /// By name, in the caller's own account.
    Name(&'a str),
    /// By ARN, with or without the random suffix.
    Arn {
        /// The account in the ARN.
        account: &'a str,
        /// The Region in the ARN.
        region: &'a str,
        /// What follows `secret:`.
        resource: &'a str,
    },
}

impl<'a> SecretId<'a> {
    /// Reads a `SecretId`; `None` if it is neither a valid name nor an ARN of a secret.
    pub fn parse(text: &'a str) -> Option<Self> {
        if !text.starts_with("arn:") {
            return SecretName::is_valid(text).then_some(Self::Name(text));
        }
        let mut parts = text.splitn(7, ':');
        let (
            Some("arn"),
            Some(_),
            Some("secretsmanager"),
            Some(region),
            Some(account),
            Some("secret"),
            Some(resource),
        ) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        )
        else {
            return None;
        };
        SecretName::is_valid(resource).then_some(Self::Arn { account, region, resource })
    }

    /// The name, and whether a whole ARN must match too.
    ///
    /// A resource that ends in a hyphen and six letters or digits is taken for a whole ARN. So the ARN without its
    /// suffix doesn't find a secret whose own name ends that way.
    pub fn name(self) -> (&'a str, bool) {
        match self {
            Self::Name(name) => (name, false),
            Self::Arn { resource, .. } => match split_suffix(resource) {
                Some(name) => (name, true),
                None => (resource, false),
            },
        }
    }
}

/// The part before a hyphen and six letters or digits at the end, if that is how `resource` ends.
fn split_suffix(resource: &str) -> Option<&str> {
    let at = resource.len().checked_sub(SUFFIX_LEN)?;
    let (name, suffix) = resource.split_at_checked(at)?;
    let suffix = suffix.strip_prefix('-')?;
    suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(name)
}

/// A staging label, which the API calls `VersionStage`.
///
/// Labels are compared by their exact text; labels that begin with `AWS` but are none of the three are custom ones.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum StagingLabel {
    /// `AWSCURRENT`: the version that clients read.
    AwsCurrent,
    /// `AWSPENDING`: the version a rotation is preparing.
    AwsPending,
    /// `AWSPREVIOUS`: the version that was current before.
    AwsPrevious,
    /// Any other label.
    Custom(Arc<str>),
}

impl StagingLabel {
    /// The label of that text.
    pub fn new(text: &str) -> Self {
        match text {
            "AWSCURRENT" => Self::AwsCurrent,
            "AWSPENDING" => Self::AwsPending,
            "AWSPREVIOUS" => Self::AwsPrevious,
            _ => Self::Custom(text.into()),
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AwsCurrent => "AWSCURRENT",
            Self::AwsPending => "AWSPENDING",
            Self::AwsPrevious => "AWSPREVIOUS",
            Self::Custom(text) => text,
        }
    }
}

impl PartialOrd for StagingLabel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StagingLabel {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Display for StagingLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for StagingLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for StagingLabel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The labels of one version. Nearly always there is none or one, which stands in place.
pub type Labels = SmallVec<[StagingLabel; 1]>;

/// What a version holds. Two values are the same if they are of the same kind and have the same bytes.
///
/// `Debug` shows kind and length alone: no report may print a value by accident.
#[derive(Clone, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::derived_hash_with_manual_eq, reason = "equality is by bytes, found out faster")]
pub enum SecretValue {
    /// `SecretString`.
    Text(Arc<str>),
    /// `SecretBinary`, decoded.
    Binary(Arc<[u8]>),
}

impl PartialEq for SecretValue {
    fn eq(&self, other: &Self) -> bool {
        // Mostly one is a clone of the other.
        match (self, other) {
            (Self::Text(one), Self::Text(two)) => Arc::ptr_eq(one, two) || one == two,
            (Self::Binary(one), Self::Binary(two)) => Arc::ptr_eq(one, two) || one == two,
            (Self::Text(_), Self::Binary(_)) | (Self::Binary(_), Self::Text(_)) => false,
        }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_id_is_a_name_an_arn_or_an_arn_without_its_suffix() {
        // Text of a SecretId, the name it means, and whether the whole ARN must match.
        let arn = |resource: &str| {
            format!("arn:aws:secretsmanager:us-east-1:111111111111:secret:{resource}")
        };
        for (text, name) in [
            ("db/app".to_owned(), Some(("db/app", false))),
            (arn("db/app-Ab12Cd"), Some(("db/app", true))),
            (arn("db/app"), Some(("db/app", false))),
            (arn("db-a1b2c3-"), Some(("db-a1b2c3-", false))),
            (arn("db-abcd"), Some(("db-abcd", false))),
            (arn("db-a1b2c3"), Some(("db", true))),
            ("rds!db-1".to_owned(), Some(("rds!db-1", false))),
            ("Inv Name".to_owned(), None),
            (" db".to_owned(), None),
            (String::new(), None),
            ("arn:aws:s3:::bucket".to_owned(), None),
        ] {
            assert_eq!(SecretId::parse(&text).map(SecretId::name), name, "{text}");
        }
    }

    #[test]
    fn a_value_does_not_show_in_debug_output() {
        let value = SecretValue::Text("hunter2".into());
        assert_eq!(format!("{value:?}"), "Text(7 bytes)");
    }
}
