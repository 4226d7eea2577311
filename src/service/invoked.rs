//! Which rotation functions the service invokes.

use std::collections::BTreeSet;

/// The functions that are invoked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Invoked {
    /// None: the callers play their part.
    #[default]
    None,
    /// All. They are part of the world, and call as [`crate::caller::Caller::FUNCTION`].
    All,
    /// Some that run outside. They call with credentials that others have as well, so that nobody can tell whether a
    /// function or somebody else stored a value.
    Outside {
        /// Their ARNs or names.
        configured: BTreeSet<String>,
        /// Whether all others can't be invoked. If not, they are taken to exist, and the callers play their part.
        strict: bool,
    },
}

impl Invoked {
    /// Whether the function with that ARN is invoked.
    pub fn contains(&self, arn: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Outside { configured, .. } => {
                configured.contains(arn)
                    || function_name(arn).is_some_and(|name| configured.contains(name))
            }
        }
    }

    /// Whether the service is refused when it tries that function.
    pub(super) fn refuses(&self, arn: &str) -> bool {
        matches!(self, Self::Outside { strict: true, .. }) && !self.contains(arn)
    }

    /// Whether the calls of functions can be told from those of others.
    pub(super) const fn are_told_apart(&self) -> bool {
        !matches!(self, Self::Outside { .. })
    }
}

/// The name in the ARN of a function: `arn:aws:lambda:us-east-1:111111111111:function:NAME`, with or without the
/// alias or version that may follow.
fn function_name(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    let is_function = parts.next() == Some("arn") && parts.nth(1) == Some("lambda");
    (is_function && parts.nth(2) == Some("function")).then(|| parts.next()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_configured_by_name_or_arn() {
        let arn = "arn:aws:lambda:us-east-1:111111111111:function:rotate";
        let outside = |name: &str| Invoked::Outside {
            configured: BTreeSet::from([name.to_owned()]),
            strict: false,
        };
        assert!(outside("rotate").contains(arn));
        assert!(outside("rotate").contains(&format!("{arn}:live")));
        assert!(outside(arn).contains(arn));
        assert!(!outside(arn).contains(&format!("{arn}:live")));
        assert!(!outside("other").contains(arn));
        assert_eq!(function_name("arn:aws:iam::1:function:rotate"), None);
    }
}
