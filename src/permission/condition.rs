//! Conditions of policies: the common operators, over the keys that are known of a call.

use std::borrow::Cow;

use serde_json::Value;

use super::policy::{Access, one_or_many};
use super::truth::Truth;
use super::{Pattern, arn_is_like, has_variable};

/// What a condition key has in a call.
enum Held<'a> {
    /// The model doesn't know the key.
    Unknown,
    /// The call doesn't have it.
    Absent,
    /// The call has this value.
    Value(Cow<'a, str>),
}

/// Whether the condition of a statement holds: all operators, and all keys of each.
pub(super) fn holds(condition: Option<&Value>, access: &Access<'_>) -> Truth {
    let Some(condition) = condition else { return Truth::Yes };
    let Some(operators) = condition.as_object() else { return Truth::Unknown };
    Truth::all(operators.iter().map(|(operator, keys)| {
        let Some(keys) = keys.as_object() else { return Truth::Unknown };
        Truth::all(keys.iter().map(|(key, wanted)| one(operator, &held(key, access), wanted)))
    }))
}

/// What a call has for a condition key, whose name is read in upper or lower case.
///
/// Nobody calls here on behalf of a service, so what tells of that is known: the call has no source.
fn held<'a>(key: &str, access: &Access<'a>) -> Held<'a> {
    let caller = access.caller;
    let value: Option<Cow<'a, str>> = match key.to_ascii_lowercase().as_str() {
        "secretsmanager:secretid" => Some(access.secret_id.into()),
        "secretsmanager:versionstage" => access.version_stage.map(Into::into),
        "secretsmanager:resource/allowrotationlambdaarn" => {
            access.rotation_function.map(Into::into)
        }
        // Of a session, this key has the role.
        "aws:principalarn" => {
            Some(caller.role().map_or_else(|| Cow::from(&*caller.arn), Cow::from))
        }
        "aws:principalaccount" => Some(caller.account.as_str().into()),
        "aws:sourceaccount" | "aws:sourcearn" => None,
        "aws:principalisawsservice" | "aws:viaawsservice" => Some("false".into()),
        "aws:securetransport" => Some("true".into()),
        _ => return Held::Unknown,
    };
    value.map_or(Held::Absent, Held::Value)
}

/// How values are compared.
#[derive(Clone, Copy)]
enum Comparison {
    Equals { any_case: bool },
    Like,
    Arn,
    Bool,
}

/// Whether one operator holds for one key.
fn one(operator: &str, held: &Held<'_>, wanted: &Value) -> Truth {
    let (set, operator) = match operator.split_once(':') {
        Some((set, operator)) => (Some(set), operator),
        None => (None, operator),
    };
    if operator == "Null" {
        let wanted = one_or_many(Some(wanted)).map(|it| match (as_text(it).as_deref(), held) {
            (_, Held::Unknown) | (None, _) => Truth::Unknown,
            (Some("true"), it) => matches!(it, Held::Absent).into(),
            (Some("false"), it) => matches!(it, Held::Value(_)).into(),
            (Some(_), _) => Truth::Unknown,
        });
        return Truth::any(wanted);
    }
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let (comparison, negated) = match operator {
        "StringEquals" => (Comparison::Equals { any_case: false }, false),
        "StringNotEquals" => (Comparison::Equals { any_case: false }, true),
        "StringEqualsIgnoreCase" => (Comparison::Equals { any_case: true }, false),
        "StringNotEqualsIgnoreCase" => (Comparison::Equals { any_case: true }, true),
        "StringLike" => (Comparison::Like, false),
        "StringNotLike" => (Comparison::Like, true),
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        "Bool" => (Comparison::Bool, false),
        _ => return Truth::Unknown,
    };
    // A key that is not there has no value to match, and none that must not match. Of a set, `ForAllValues` is true of
    // no values and `ForAnyValue` false; the keys here have one value, for which both are as without.
    let of_none = match set {
        None => negated,
        Some("ForAllValues") => true,
        Some("ForAnyValue") => false,
        Some(_) => return Truth::Unknown,
    };
    let value = match held {
        Held::Unknown => return Truth::Unknown,
        Held::Absent => return (if_exists || of_none).into(),
        Held::Value(value) => value,
    };
    let matches = Truth::any(one_or_many(Some(wanted)).map(|wanted| match as_text(wanted) {
        Some(wanted) => compare(comparison, &wanted, value),
        None => Truth::Unknown,
    }));
    if negated { matches.not() } else { matches }
}

fn compare(comparison: Comparison, wanted: &str, value: &str) -> Truth {
    if has_variable(wanted) {
        return Truth::Unknown;
    }
    let same = match comparison {
        Comparison::Equals { any_case: false } => wanted == value,
        Comparison::Equals { any_case: true } | Comparison::Bool => {
            wanted.eq_ignore_ascii_case(value)
        }
        Comparison::Like => Pattern::new(wanted).means(value, false),
        Comparison::Arn => arn_is_like(wanted, value),
    };
    same.into()
}

/// A value of a policy as text: `true` may stand without quotes.
fn as_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Bool(yes) => Some(if *yes { "true" } else { "false" }.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
