//! Stable short names for what a run makes up: versions are `v1`, values `p1`, secrets go by name.

use std::collections::BTreeMap;

use super::target;
use crate::api::{GetSecretValueReply, Operation, Reply};
use crate::scenario::{Played, version_names};
use crate::secret::{SecretArn, SecretName, SecretValue, VersionId};
use crate::world::{Event, Trace};

/// The names of one run.
#[derive(Debug)]
pub(super) struct Names {
    versions: BTreeMap<String, String>,
    values: Vec<SecretValue>,
    secrets: BTreeMap<SecretArn, SecretName>,
    /// In order of creation.
    secrets_made: Vec<SecretArn>,
    show_values: bool,
}

impl Names {
    /// Names everything in order of appearance. Names that the scenario gives to versions are kept.
    pub(super) fn of(played: &Played, show_values: bool) -> Self {
        Self::of_trace(&played.names, &played.trace, show_values)
    }

    /// Names what is in a trace. Names that versions have are kept.
    pub(super) fn of_trace(
        given: &[(VersionId, String)],
        trace: &Trace,
        show_values: bool,
    ) -> Self {
        let mut names = Self {
            versions: version_names(given, trace),
            values: Vec::new(),
            secrets: BTreeMap::new(),
            secrets_made: Vec::new(),
            show_values,
        };
        names.read(trace);
        names
    }

    /// Names nothing: versions are shortened, and all values look alike.
    pub(super) fn none(show_values: bool) -> Self {
        Self {
            versions: BTreeMap::new(),
            values: Vec::new(),
            secrets: BTreeMap::new(),
            secrets_made: Vec::new(),
            show_values,
        }
    }

    fn read(&mut self, trace: &Trace) {
        for step in &trace.steps {
            let asked = step.call().and_then(request_value);
            for value in asked.iter().chain(&reply_values(&step.outcome)) {
                self.see(value);
            }
            if let Event::Target(step) = &step.event {
                target::values(step).for_each(|value| self.see(&value));
            }
        }
        let targets = trace.steps.iter().filter_map(|step| step.target.as_ref());
        let mut last = None;
        for database in trace.given_target.iter().chain(targets) {
            if last.is_none_or(|last| !std::sync::Arc::ptr_eq(last, database)) {
                database
                    .credentials
                    .iter()
                    .for_each(|it| self.see(&SecretValue::Text(it.0.clone())));
            }
            last = Some(database);
        }
        for view in trace.views() {
            if !self.secrets.contains_key(&view.arn) {
                self.secrets.insert(view.arn.clone(), view.name.clone());
                self.secrets_made.push(view.arn.clone());
            }
        }
    }

    fn see(&mut self, value: &SecretValue) {
        if !self.values.contains(value) {
            self.values.push(value.clone());
        }
    }

    /// The name of a version; ids that never came up are shortened.
    pub(super) fn version(&self, id: &str) -> String {
        self.versions.get(id).cloned().unwrap_or_else(|| {
            let start: String = id.chars().take(8).collect();
            if start.len() < id.len() { format!("{start}…") } else { start }
        })
    }

    /// The name of a version.
    pub(super) fn id(&self, id: &VersionId) -> String {
        self.version(id.as_str())
    }

    /// What stands for a value: its number among the values of the run, or itself if values are shown.
    pub(super) fn value(&self, value: &SecretValue) -> String {
        if self.show_values {
            return match value {
                SecretValue::Text(text) => format!("{text:?}"),
                SecretValue::Binary(bytes) => format!("{} bytes", bytes.len()),
            };
        }
        if self.values.is_empty() {
            return "(redacted)".to_owned();
        }
        let number = self.values.iter().position(|it| it == value).unwrap_or(0).saturating_add(1);
        format!("‹p{number}›")
    }

    /// The text with ids and ARNs replaced by names.
    pub(super) fn shorten(&self, text: &str) -> String {
        let mut short = text.to_owned();
        for (arn, name) in &self.secrets {
            short = short.replace(arn.as_str(), name.as_str());
            let partial = arn.without_suffix();
            if !partial.is_empty() {
                short = short.replace(partial, name.as_str());
            }
        }
        self.shorten_ids(&short)
    }

    /// The text with ids of versions replaced by names.
    pub(super) fn shorten_ids(&self, text: &str) -> String {
        let mut short = text.to_owned();
        for (id, name) in &self.versions {
            short = short.replace(id.as_str(), name);
        }
        short
    }

    /// A `SecretId` as a scenario writes it: by name, or with the placeholders for ARNs.
    pub(super) fn secret(&self, id: &str) -> String {
        if !id.starts_with("arn:") {
            return self.shorten(id);
        }
        let known = self.secrets.iter().find_map(|(arn, name)| {
            let count = self.secrets_made.iter().filter(|it| self.secrets.get(*it) == Some(name));
            let number = count.take_while(|it| *it != arn).count().saturating_add(1);
            let number = if number > 1 { format!("#{number}") } else { String::new() };
            let form = match id {
                _ if id == arn.as_str() => "arn",
                _ if id == arn.without_suffix() => "arn-without-suffix",
                _ => return None,
            };
            Some(format!("<{form}:{name}{number}>"))
        });
        known.unwrap_or_else(|| id.to_owned())
    }

    /// Whether there is more than one secret.
    pub(super) fn many_secrets(&self) -> bool {
        self.secrets.len() > 1
    }
}

/// The value in a request.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
pub(super) fn request_value(operation: &Operation) -> Option<SecretValue> {
    let (text, bytes) = match operation {
        Operation::CreateSecret(call) => (&call.secret_string, &call.secret_binary),
        Operation::PutSecretValue(call) => (&call.secret_string, &call.secret_binary),
        Operation::UpdateSecret(call) => (&call.secret_string, &call.secret_binary),
        _ => return None,
    };
    let text = text.as_ref().map(|text| SecretValue::Text(text.0.clone()));
    text.or_else(|| bytes.as_ref().map(|bytes| SecretValue::Binary(bytes.0.as_slice().into())))
}

/// The values in an answer.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
pub(super) fn reply_values<E>(outcome: &Result<Reply, E>) -> Vec<SecretValue> {
    let Ok(reply) = outcome else { return Vec::new() };
    match reply {
        Reply::Value(reply) => read_value(reply).into_iter().collect(),
        Reply::Batch(reply) => reply.secret_values.iter().filter_map(read_value).collect(),
        Reply::Password(reply) => vec![SecretValue::Text(reply.random_password.0.clone())],
        _ => Vec::new(),
    }
}

fn read_value(reply: &GetSecretValueReply) -> Option<SecretValue> {
    let text = reply.secret_string.as_ref().map(|text| SecretValue::Text(text.0.clone()));
    let bytes =
        || reply.secret_binary.as_ref().map(|bytes| SecretValue::Binary(bytes.0.as_slice().into()));
    text.or_else(bytes)
}
