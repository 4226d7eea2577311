//! The policy of a resource: whom it means, and what it allows and denies.
//!
//! What the model can't evaluate counts against the caller: a statement that it can't decide allows nothing, and denies.

use serde_json::Value;

use super::truth::Truth;
use super::{Pattern, condition, has_variable};
use crate::caller::Caller;

/// A call to a secret, as far as the policy of the secret can tell calls apart.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Who calls.
    pub caller: &'a Caller,
    /// The action, such as `secretsmanager:GetSecretValue`.
    pub action: &'a str,
    /// The ARN of the secret.
    pub secret: &'a str,
    /// The secret as the request names it.
    pub secret_id: &'a str,
    /// The stage that the request names.
    pub version_stage: Option<&'a str>,
    /// The ARN of the secret's rotation function.
    pub rotation_function: Option<&'a str>,
}

/// What a policy says about a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// A statement denies it.
    pub denied: bool,
    /// A statement allows it to the caller, by name or to everybody.
    pub allowed: bool,
    /// A statement allows it to the account of the caller, which may pass that on to its callers.
    pub allowed_to_account: bool,
}

/// A policy document.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy(Value);

impl Policy {
    /// Reads a document; `None` if it is no JSON object.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Value>(text).ok().filter(Value::is_object).map(Self)
    }

    /// The statements: one, or a list of them.
    fn statements(&self) -> impl Iterator<Item = &Value> {
        one_or_many(self.0.get("Statement"))
    }

    /// Whether it allows something to everybody. Conditions that narrow this down are not looked at.
    pub fn is_public(&self) -> bool {
        self.statements().any(|statement| {
            effect(statement) == Some("Allow")
                && (statement.get("NotPrincipal").is_some()
                    || principals(statement.get("Principal")).any(|it| it == "*"))
        })
    }

    /// What it says about a call.
    pub fn says(&self, access: &Access<'_>) -> Said {
        let mut said = Said::default();
        for statement in self.statements() {
            let Some(effect) = effect(statement) else { continue };
            let (whom, means_caller) = whom(statement, access.caller);
            let means = Truth::all([means_call(statement, access), whom]);
            match effect {
                "Deny" => said.denied |= means >= Truth::Unknown,
                "Allow" if means == Truth::Yes && means_caller => said.allowed = true,
                "Allow" if means == Truth::Yes => said.allowed_to_account = true,
                _ => {}
            }
        }
        said
    }
}

fn effect(statement: &Value) -> Option<&str> {
    statement.get("Effect").and_then(Value::as_str)
}

/// A value, or each of a list of them.
pub(super) fn one_or_many(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Some(Value::Array(items)) => (None, items.as_slice()),
        other => (other, [].as_slice()),
    };
    one.into_iter().chain(many)
}

/// The principals of an element: `"*"`, `{"AWS": …}`, or a list under `AWS`. Nobody here is a service.
fn principals(element: Option<&Value>) -> impl Iterator<Item = &str> {
    let nested = element.and_then(|it| it.get("AWS"));
    one_or_many(nested.or(element)).filter_map(Value::as_str)
}

/// Whether the statement is about this action, this secret, and this kind of request.
fn means_call(statement: &Value, access: &Access<'_>) -> Truth {
    let actions = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(actions), None) => any_means(actions, access.action, true),
        (None, Some(others)) => any_means(others, access.action, true).not(),
        // AWS takes no such policy.
        (None, None) | (Some(_), Some(_)) => Truth::Unknown,
    };
    let resources = match (statement.get("Resource"), statement.get("NotResource")) {
        // The policy is attached to the secret, so it is about the secret.
        (None, None) => Truth::Yes,
        (Some(secrets), None) => any_means(secrets, access.secret, false),
        (None, Some(others)) => any_means(others, access.secret, false).not(),
        (Some(_), Some(_)) => Truth::Unknown,
    };
    Truth::all([actions, resources, condition::holds(statement.get("Condition"), access)])
}

/// Whether a pattern, or any of a list of them, means `text`.
fn any_means(patterns: &Value, text: &str, any_case: bool) -> Truth {
    Truth::any(one_or_many(Some(patterns)).map(|pattern| match pattern.as_str() {
        Some(pattern) if !has_variable(pattern) => {
            Pattern::new(pattern).means(text, any_case).into()
        }
        Some(_) | None => Truth::Unknown,
    }))
}

/// Whether the statement is about the caller, and whether it means more than its account.
fn whom(statement: &Value, caller: &Caller) -> (Truth, bool) {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), None) => {
            let means_caller = principals(Some(principal)).any(|it| it == "*" || is(it, caller));
            let means_account = principals(Some(principal)).any(|it| is_account_of(it, caller));
            ((means_caller || means_account).into(), means_caller)
        }
        // IAM supports it in denials alone.
        (None, Some(_)) if effect(statement) != Some("Deny") => (Truth::Unknown, false),
        (None, Some(others)) => (is_none_of(others, caller), true),
        (None, None) | (Some(_), Some(_)) => (Truth::Unknown, false),
    }
}

/// Whether a principal of a policy is the caller itself, or the role of its session.
fn is(principal: &str, caller: &Caller) -> bool {
    principal == &*caller.arn || caller.role().is_some_and(|role| principal == role)
}

/// Whether a principal of a policy is the account of the caller.
fn is_account_of(principal: &str, caller: &Caller) -> bool {
    let account = caller.account.as_str();
    let of_root = || principal.strip_prefix("arn:")?.strip_suffix(":root")?.split_once(":iam::");
    principal == account || of_root().is_some_and(|(_, it)| it == account)
}

/// Whether `NotPrincipal` leaves the caller out of its exceptions.
///
/// IAM looks at the account, then at the role, then at the session; somebody of whom only a part is listed may or may
/// not be excepted, "depending on the service".
fn is_none_of(others: &Value, caller: &Caller) -> Truth {
    let listed = |wanted: &dyn Fn(&str) -> bool| principals(Some(others)).any(wanted);
    if listed(&|it| it == "*") {
        return Truth::No;
    }
    let itself = listed(&|it| it == &*caller.arn);
    let role = caller.role().map(|role| listed(&|it| it == role));
    let account = listed(&|it| is_account_of(it, caller));
    match (itself, role) {
        (true, None | Some(true)) if account => Truth::No,
        (false, None | Some(false)) => Truth::Yes,
        _ => Truth::Unknown,
    }
}
