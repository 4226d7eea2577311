//! The request of a call: its members, their types, and what can't be sent.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::StepReader;
use super::drafts::{kind, meant};
use super::text::{can_be_sent, each_text, unsendable};
use crate::api::{Operation, OperationName, Place};
use crate::mistake::quoted;
use crate::scenario::Request;
use crate::scenario::bindings::is_version_id;
use crate::scenario::placeholder::{Pattern, Template};
use crate::yaml::{Path, in_words};

/// Members of a request that take a version id.
const VERSION_MEMBERS: [&str; 4] =
    ["ClientRequestToken", "VersionId", "MoveToVersionId", "RemoveFromVersionId"];

/// Members of a request that are mappings, or lists of mappings, with the members of these.
const INNER_MEMBERS: [(&str, &[&str]); 5] = [
    ("RotationRules", &["AutomaticallyAfterDays", "Duration", "ScheduleExpression"]),
    ("Tags", &["Key", "Value"]),
    ("Filters", &["Key", "Values"]),
    ("AddReplicaRegions", &["Region", "KmsKeyId"]),
    ("ExternalSecretRotationMetadata", &["Key", "Value"]),
];

/// Members of a request for which a mapping is no text: those that are mappings themselves, and bytes.
const NOT_TEXT: [&str; 2] = ["RotationRules", "SecretBinary"];

impl StepReader<'_> {
    /// The members of the request, with the scenario's secret where the step leaves it out.
    pub(super) fn request(&mut self, operation: OperationName, raw: bool) -> Request {
        let mut with = std::mem::take(&mut self.with);
        if raw {
            with.remove("ClientRequestToken");
        }
        let members = operation.members();
        if !raw {
            for name in with.keys().filter(|name| !members.contains(&name.as_str())) {
                let message = format!("{} has no member {}", operation.as_str(), quoted(name));
                let help = meant(name, members.iter().copied());
                let path = self.path.key(self.members_key());
                self.drafts.key(path.key(name), message, "not in the request", Some(help));
            }
        }
        let first = members.first().filter(|name| ["SecretId", "Name"].contains(name));
        let left_out = first.copied().filter(|name| !with.contains_key(*name));
        let default = left_out.zip(self.secret);
        if let Some(operation) = ready(operation, raw, &with, default) {
            return Request::Ready(Arc::new(operation));
        }
        if let Some((name, secret)) = default {
            with.insert(name.to_owned(), secret.clone());
        }
        if !raw {
            self.shape(operation, &with);
        }
        let step = self.path;
        let path = step.key(self.members_key());
        let mut request = Vec::with_capacity(with.len());
        for (name, value) in with {
            let path = path.key(&name);
            let is_default = left_out == Some(name.as_str());
            let template = match value {
                Value::String(text) if VERSION_MEMBERS.contains(&name.as_str()) => {
                    let pattern = self.pattern(&path, text);
                    Template::Text(self.version(&path, false, self.index, pattern))
                }
                // Has been checked where it stands.
                Value::String(secret) if is_default => Template::Text(Pattern::parse(secret, drop)),
                value @ (Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_)) => self.template(&path, value),
            };
            if !is_default && !can_be_sent(&template) {
                self.unsendable(&path.to_path(), &template.as_written());
            }
            request.push((Pattern::plain(name), template));
        }
        Request::Template(request)
    }

    /// Checks that the request has the members and types that the operation wants.
    fn shape(&mut self, operation: OperationName, with: &Map<String, Value>) {
        // A mapping is going to be JSON text.
        let text = Value::String(String::new());
        // A placeholder is checked when it is filled in.
        let is_open = |name: &str, value: &Value| {
            name == "SecretBinary" && value.as_str().is_some_and(|text| text.contains('<'))
        };
        let known = with.iter().map(|(name, value)| (name.as_str(), value));
        let known = known
            .filter(|(name, value)| operation.members().contains(name) && !is_open(name, value));
        let body = known.map(|(name, value)| {
            let is_text = value.is_object() && !NOT_TEXT.contains(&name);
            (name, if is_text { &text } else { value })
        });
        for (name, value) in body.clone() {
            self.inner_members(operation, name, value);
        }
        if operation.read_members(body.clone()).is_ok() {
            return;
        }
        let mut body: Map<_, _> =
            body.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        // What is wrong is taken out, and what is missing is put in, until the rest is right.
        let mut settled: Vec<String> = Vec::new();
        while let Err((place, message)) = operation.check(&Value::Object(body.clone())) {
            let missing =
                message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
            let Some(Place::Member(member)) = place.first() else {
                let Some(missing) = missing.filter(|name| !body.contains_key(*name)) else { break };
                if !settled.iter().any(|it| it == missing) {
                    self.missing(operation, missing);
                    settled.push(missing.to_owned());
                }
                body.insert(missing.to_owned(), Value::String(String::new()));
                continue;
            };
            if settled.contains(member) {
                // What was put in for a missing text fits no list.
                let list = Value::Array(Vec::new());
                if body.get(member) == Some(&list) {
                    break;
                }
                body.insert(member.clone(), list);
                continue;
            }
            self.wrong_type(operation, with, &place, missing, &message);
            settled.push(member.clone());
            body.remove(member);
        }
    }

    fn missing(&mut self, operation: OperationName, member: &str) {
        let message = format!("{} needs `{member}`", operation.as_str());
        let key = self.members_key();
        let help = if operation.members().first() == Some(&member) {
            format!(
                "add `{member}` to `{key}`, or name the secret of all steps with `secret:` at the top"
            )
        } else {
            format!("add `{member}` to `{key}`")
        };
        self.drafts.value(self.path.key("call"), message, "not in its request", Some(help));
    }

    /// Tells of a member whose value has the wrong type, in the words that are used of the rest of the file.
    fn wrong_type(
        &mut self,
        operation: OperationName,
        with: &Map<String, Value>,
        place: &[Place],
        missing: Option<&str>,
        message: &str,
    ) {
        let mut path = self.path.key(self.members_key()).to_path();
        let mut value = None;
        for segment in place {
            let before = value;
            (path, value) = match segment {
                Place::Member(name) => {
                    let members = before.map_or(Some(with), Value::as_object);
                    (path.key(name.clone()), members.and_then(|members| members.get(name)))
                }
                Place::Entry(index) => {
                    (path.index(*index), before.and_then(|list| list.get(*index)))
                }
            };
        }
        let Some(Place::Member(member)) = place.first() else { return };
        let label = format!("in `{member}` of {}", operation.as_str());
        let expected = message.rsplit_once(", expected ").map(|(_, expected)| in_words(&expected));
        let found = value.map_or("nothing".to_owned(), kind);
        let (message, help) = match (missing, expected) {
            (Some(missing), _) => {
                (format!("missing key `{missing}`"), Some(format!("add `{missing}:`")))
            }
            (None, Some(expected)) => {
                let help = remedy(&expected, value);
                (format!("expected {expected}, found {found}"), help)
            }
            (None, None) => (message.to_owned(), None),
        };
        self.drafts.value(path, message, &label, help);
    }

    /// Finds unknown members of the mappings in a member.
    fn inner_members(&mut self, operation: OperationName, member: &str, value: &Value) {
        let Some((_, known)) = INNER_MEMBERS.iter().find(|(name, _)| *name == member) else {
            return;
        };
        let path = self.path.key(self.members_key()).key(member).to_path();
        let mappings: Vec<_> = match value.as_array() {
            Some(entries) => {
                let entries = entries.iter().enumerate();
                entries.map(|(index, entry)| (path.index(index), entry)).collect()
            }
            None => vec![(path, value)],
        };
        for (path, mapping) in mappings {
            for name in mapping.as_object().iter().flat_map(|members| members.keys()) {
                if !known.contains(&name.as_str()) {
                    let message = format!(
                        "`{member}` of {} has no member {}",
                        operation.as_str(),
                        quoted(name)
                    );
                    let help = meant(name, known.iter().copied());
                    self.drafts.key(
                        path.key(name.clone()),
                        message,
                        "not in the request",
                        Some(help),
                    );
                }
            }
        }
    }

    /// Finds the placeholders in a request that stand for what only an answer has.
    fn unsendable(&mut self, path: &Path, value: &Value) {
        each_text(path, value, &mut |path, on_key, text| {
            let pattern = Pattern::parse(text.to_owned(), drop);
            if let Some(wrong) = pattern.placeholders().find(|it| !it.can_be_sent()) {
                unsendable(self.drafts, path.clone(), on_key, wrong);
            }
        });
    }
}

/// The request of a call in which a run has nothing to fill in; `None` if it has, or if something is wrong with it.
fn ready(
    operation: OperationName,
    raw: bool,
    with: &Map<String, Value>,
    default: Option<(&str, &Value)>,
) -> Option<Operation> {
    if raw || default.is_some_and(|(_, secret)| has_bracket(secret)) {
        return None;
    }
    let mut texts = Vec::new();
    for (name, value) in with {
        let is_version = VERSION_MEMBERS.contains(&name.as_str());
        if is_version && !value.as_str().is_some_and(is_version_id) {
            return None;
        }
        let inner = INNER_MEMBERS.iter().any(|(member, _)| member == name);
        if inner || !operation.members().contains(&name.as_str()) || has_bracket(value) {
            return None;
        }
        if value.is_object() && !NOT_TEXT.contains(&name.as_str()) {
            texts.push((name.as_str(), Value::String(value.to_string())));
        }
    }
    let members = with.iter().map(|(name, value)| {
        let text = texts.iter().find(|(of, _)| of == name);
        (name.as_str(), text.map_or(value, |(_, text)| text))
    });
    operation.read_members(members.chain(default)).ok()
}

/// Whether a text or a key has what a placeholder begins with.
fn has_bracket(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('<'),
        Value::Array(items) => items.iter().any(has_bracket),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains('<') || has_bracket(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What to do about a member of another type.
fn remedy(expected: &str, value: Option<&Value>) -> Option<String> {
    match (expected, value?) {
        ("a string", Value::Number(_) | Value::Bool(_)) => Some("quote it".to_owned()),
        ("a list", Value::String(text)) => Some(format!("write {}", quoted(&format!("[{text}]")))),
        ("true or false", Value::String(text)) => match text.to_lowercase().as_str() {
            "yes" | "on" | "y" => Some("write `true`".to_owned()),
            "no" | "off" | "n" => Some("write `false`".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The members that are written down here are those of the operations.
    #[test]
    fn inner_members_are_those_of_the_schemas() {
        for operation in OperationName::ALL {
            let schema = operation.schema().to_value();
            for member in operation.members() {
                let text = schema["properties"][member].to_string();
                let inner = text.split("#/$defs/").nth(1).and_then(|rest| rest.split('"').next());
                let inner = inner.map(|name| &schema["$defs"][name]["properties"]);
                let inner: Option<BTreeSet<&str>> = inner
                    .and_then(Value::as_object)
                    .map(|members| members.keys().map(String::as_str).collect());
                let listed = INNER_MEMBERS.iter().find(|(name, _)| name == member);
                let listed = listed.map(|(_, members)| members.iter().copied().collect());
                assert_eq!(inner, listed);
            }
        }
    }
}
