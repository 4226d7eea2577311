//! What an endpoint answered, written as a scenario that states all of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::compare::CaseCompared;
use crate::api::Operation;
use crate::compare::{Answer, Compared};
use crate::scenario::SECRET_MEMBERS;
use crate::secret::SecretArn;
use crate::world::{Actor, Event, TraceStep};
use crate::yaml::scalar;

/// Members that take the id of a version.
const VERSION_MEMBERS: [&str; 4] =
    ["ClientRequestToken", "VersionId", "MoveToVersionId", "RemoveFromVersionId"];

/// How many characters the id of a version has.
const VERSION_ID: RangeInclusive<usize> = 32..=64;

/// Writes what an endpoint answered as a scenario; `None` if the case was not played. `about` says where and when.
pub fn recording(case: &CaseCompared, about: &str) -> Option<String> {
    let compared = case.compared()?;
    let mut text = format!(
        "scenario: {}\nsource: {}\nanswers: exact\ncheck: []\n",
        scalar(&case.title),
        scalar(about)
    );
    let missing = &case.missing_functions;
    if !missing.is_empty() {
        let arns: Vec<_> = missing.iter().map(|arn| scalar(arn)).collect();
        let _ = writeln!(text, "given: {{ missing-functions: [{}] }}", arns.join(", "));
    }
    text.push_str("steps:\n");
    let mut writer = Writer { text, versions: BTreeMap::new(), arns: Vec::new(), is_answer: false };
    writer.steps(case, compared);
    Some(writer.text)
}

struct Writer {
    text: String,
    /// Ids of versions, numbered as they come.
    versions: BTreeMap<String, usize>,
    /// ARNs of secrets and what stands for them, the longest first.
    arns: Vec<(String, String)>,
    /// Whether what is written is an answer.
    is_answer: bool,
}

impl Writer {
    fn steps(&mut self, case: &CaseCompared, compared: &Compared) {
        let mut exchanges = compared.exchanges.iter().peekable();
        let last = compared.exchanges.last().map_or(0, |it| it.step);
        for (index, step) in case.trace.steps.iter().enumerate().take(last.saturating_add(1)) {
            match &step.event {
                Event::Waited(span) => {
                    let _ = writeln!(self.text, "  - wait: {}", span.to_string().replace(' ', ""));
                }
                Event::Reached(moment) => {
                    let _ = writeln!(self.text, "  - until: {moment}");
                }
                Event::Call(operation) => {
                    if let Some(exchange) = exchanges.next_if(|it| it.step == index) {
                        self.call(step, operation, &exchange.answer);
                    }
                }
                Event::Target(_)
                | Event::TargetPasses(_)
                | Event::Fault(_)
                | Event::Service(_)
                | Event::Settling
                | Event::Settled
                | Event::Unsettled(_) => {}
            }
        }
    }

    fn call(&mut self, step: &TraceStep, operation: &Operation, answer: &Answer) {
        let _ = writeln!(self.text, "  - call: {}", operation.name().as_str());
        if let Actor::Caller(by) = &step.actor {
            if !by.name.is_empty() {
                let _ = writeln!(self.text, "    by: {}", scalar(&by.name));
            }
            if let Some(region) = &by.region {
                let _ = writeln!(self.text, "    region: {}", scalar(region));
            }
        }
        let members = operation.members();
        let mut members = members.as_object().cloned().unwrap_or_default();
        self.learn_versions(&members);
        let takes_token = operation.name().members().contains(&"ClientRequestToken");
        if takes_token && operation.token().is_none() {
            // Otherwise a run would put one in.
            members.insert("ClientRequestToken".to_owned(), Value::Null);
        }
        let is_short = |name: &str| {
            let id = members.get(name).and_then(Value::as_str);
            id.is_some_and(|id| !VERSION_ID.contains(&id.chars().count()))
        };
        if VERSION_MEMBERS.iter().any(|name| is_short(name)) {
            self.text.push_str("    literal: true\n");
        }
        self.members("with", &members);
        match answer {
            Ok(answer) => {
                if let (Operation::CreateSecret(call), Some(arn)) =
                    (operation, answer.get("ARN").and_then(Value::as_str))
                {
                    self.learn_arn(&call.name, arn);
                }
                if let Value::Object(members) = answer {
                    self.learn_versions(members);
                    self.members("returns", members);
                }
            }
            Err(refusal) => {
                let _ = writeln!(self.text, "    fails:");
                let _ = writeln!(self.text, "      code: {}", scalar(&refusal.code));
                // A server that breaks down answers with a page, which would read as placeholders.
                let is_page = refusal.message.contains('<');
                let message = self.placed(&refusal.message);
                let message = if is_page { "<any>".to_owned() } else { message };
                let _ = writeln!(self.text, "      message: {}", Value::String(message));
                let _ = writeln!(self.text, "      status: {}", refusal.status);
            }
        }
    }

    /// Writes members, a line each.
    fn members(&mut self, key: &str, members: &Map<String, Value>) {
        self.is_answer = key == "returns";
        if members.is_empty() {
            let _ = writeln!(self.text, "    {key}: {{}}");
            return;
        }
        let _ = writeln!(self.text, "    {key}:");
        for (name, value) in members {
            let value = self.value(name, value);
            let _ = writeln!(self.text, "      {name}: {value}");
        }
    }

    /// A value with placeholders for what another run has otherwise.
    fn value(&self, member: &str, value: &Value) -> Value {
        match value {
            Value::Number(_) if member.ends_with("Date") => "<timestamp>".into(),
            Value::String(_) if member == "NextToken" && self.is_answer => "<any>".into(),
            Value::String(text) if member == "RandomPassword" => {
                format!("<string of {} characters>", text.chars().count()).into()
            }
            // A secret value is what it is.
            Value::String(_) if SECRET_MEMBERS.contains(&member) => value.clone(),
            Value::String(text) => self.placed(text).into(),
            Value::Array(items) => items.iter().map(|item| self.value(member, item)).collect(),
            Value::Object(members) => {
                let member =
                    |(name, value): (&String, &Value)| (self.placed(name), self.value(name, value));
                Value::Object(members.iter().map(member).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// A text with placeholders for ARNs and ids of versions.
    fn placed(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (arn, placeholder) in &self.arns {
            text = text.replace(arn.as_str(), placeholder);
        }
        for (id, number) in &self.versions {
            text = text.replace(id.as_str(), &format!("<version:{number}>"));
        }
        text
    }

    /// Numbers the versions that members name.
    fn learn_versions(&mut self, members: &Map<String, Value>) {
        let named = VERSION_MEMBERS.iter().filter_map(|name| members.get(*name)?.as_str());
        for id in named.filter(|id| VERSION_ID.contains(&id.chars().count())) {
            let next = self.versions.len().saturating_add(1);
            self.versions.entry(id.to_owned()).or_insert(next);
        }
    }

    fn learn_arn(&mut self, name: &str, arn: &str) {
        let placeholder = |form: &str, count: usize| match count {
            // Some emulator takes an empty name, which nothing stands for.
            _ if name.is_empty() => "<any>".to_owned(),
            0 | 1 => format!("<{form}:{name}>"),
            count => format!("<{form}:{name}#{count}>"),
        };
        if self.arns.iter().any(|(known, _)| known == arn) {
            return;
        }
        let of_name = self.arns.iter().filter(|(_, it)| {
            *it == placeholder("arn", 1) || it.starts_with(&format!("<arn:{name}#"))
        });
        let count = of_name.count().saturating_add(1);
        let short = SecretArn::new(arn).without_suffix().to_owned();
        self.arns.push((arn.to_owned(), placeholder("arn", count)));
        self.arns.push((short, placeholder("arn-without-suffix", count)));
        self.arns.sort_by_key(|(arn, _)| std::cmp::Reverse(arn.len()));
    }
}
