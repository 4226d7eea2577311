//! What callers may do: what they are allowed and denied themselves, and what the policy of a secret adds to that.

mod condition;
mod policy;
#[cfg(test)]
mod tests;
mod truth;

use std::str::Chars;
use std::sync::Arc;

pub use policy::{Access, Policy, Said};

/// A pattern in the form of IAM: `*` stands for any text, `?` for one character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(Arc<str>);

impl Pattern {
    /// The pattern that `text` is.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Whether it means `text`, in upper or lower case if `any_case`.
    pub fn means(&self, text: &str, any_case: bool) -> bool {
        let same =
            |one: char, other: char| one == other || (any_case && one.eq_ignore_ascii_case(&other));
        let (mut pattern, mut text) = (self.0.chars(), text.chars());
        // What stands behind the last `*`, and behind the text that it stands for so far.
        let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
        loop {
            let (mut wanted, mut read) = (pattern.clone(), text.clone());
            let Some(letter) = read.next() else { break };
            match wanted.next() {
                Some('*') => {
                    star = Some((wanted.clone(), text.clone()));
                    pattern = wanted;
                }
                Some(it) if it == '?' || same(it, letter) => (pattern, text) = (wanted, read),
                Some(_) | None => {
                    let Some((behind, reach)) = &mut star else { return false };
                    reach.next();
                    (pattern, text) = (behind.clone(), reach.clone());
                }
            }
        }
        pattern.all(|rest| rest == '*')
    }
}

/// Whether a pattern for ARNs means `arn`: part by part, so that a `*` doesn't reach over a colon, but in the last part.
fn arn_is_like(pattern: &str, arn: &str) -> bool {
    let (patterns, parts) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    patterns.clone().count() == parts.clone().count()
        && patterns.zip(parts).all(|(pattern, part)| Pattern::new(pattern).means(part, false))
}

/// Whether a text of a policy has a variable in it, such as `${aws:username}`. The model fills in none.
fn has_variable(text: &str) -> bool {
    text.contains("${")
}

/// Actions, and the calls of them that are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Statement {
    /// The actions, such as `secretsmanager:Get*`.
    pub actions: Vec<Pattern>,
    /// The secrets, by name or ARN; all if left out. A call that is about no single secret is about `*`.
    pub secret: Option<Pattern>,
    /// The condition key `secretsmanager:VersionStage`. It means only calls that name a stage (GSV-12).
    pub version_stage: Option<Pattern>,
}

/// What a call is about, as far as permissions go.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The action, such as `secretsmanager:GetSecretValue`.
    pub action: &'a str,
    /// Name and ARN of the secret, as far as they are known; empty if the call is about no single secret.
    pub secrets: &'a [&'a str],
    /// The stage that the request names.
    pub version_stage: Option<&'a str>,
}

impl Statement {
    fn means(&self, asked: Asked<'_>) -> bool {
        let secret = self.secret.as_ref().is_none_or(|pattern| {
            let named = asked.secrets.iter().any(|secret| pattern.means(secret, false));
            named || (asked.secrets.is_empty() && pattern.means("*", false))
        });
        let stage = self.version_stage.as_ref().is_none_or(|pattern| {
            asked.version_stage.is_some_and(|stage| pattern.means(stage, false))
        });
        secret && stage && self.actions.iter().any(|pattern| pattern.means(asked.action, true))
    }
}

/// What one caller may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permissions {
    /// What is allowed; everything if `None`.
    pub allow: Option<Vec<Statement>>,
    /// What is denied, whatever is allowed.
    pub deny: Vec<Statement>,
}

/// Which policies a decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Those of the caller.
    Identity,
    /// That of the secret.
    Resource,
}

/// Why a caller may not make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Something denies it.
    Explicit(Basis),
    /// Nothing allows it.
    Implicit(Basis),
}

impl Permissions {
    /// Whether the caller itself may do what it asks for.
    pub fn check(&self, asked: Asked<'_>) -> Result<(), Denial> {
        if self.deny.iter().any(|statement| statement.means(asked)) {
            return Err(Denial::Explicit(Basis::Identity));
        }
        let allowed = |allow: &Vec<Statement>| allow.iter().any(|it| it.means(asked));
        if self.allow.as_ref().is_none_or(allowed) {
            Ok(())
        } else {
            Err(Denial::Implicit(Basis::Identity))
        }
    }
}

/// What comes of the caller's own permissions and the policy of the secret, as IAM decides it: a denial on either side
/// wins; in the secret's own account one of them must allow the call, across accounts both.
///
/// An allowance for the account alone is for the account to pass on, so its callers need one of their own as well.
pub fn decide(identity: Result<(), Denial>, policy: Said, own_account: bool) -> Result<(), Denial> {
    if matches!(identity, Err(Denial::Explicit(_))) {
        return identity;
    }
    if policy.denied {
        return Err(Denial::Explicit(Basis::Resource));
    }
    if own_account {
        return if policy.allowed { Ok(()) } else { identity };
    }
    if policy.allowed || policy.allowed_to_account {
        identity
    } else {
        Err(Denial::Implicit(Basis::Resource))
    }
}
