//! A run, written out as a scenario that makes the same calls against the model.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::Ran;
use crate::api::{Operation, RotationStep};
use crate::report::shortened;
use crate::scenario::version_names;
use crate::secret::{SecretArn, SecretName};
use crate::service::ServiceAct;
use crate::world::{Actor, Event, Fault, FaultKind, TraceStep};
use crate::yaml::{flow, scalar};

/// The scenario of a run, in which `secret` rotates. Values are replaced by others that differ as they do.
pub fn scenario_of_run(ran: &Ran, secret: &str) -> String {
    let cell = ran.cell.as_ref().map_or_else(|| "without faults".to_owned(), ToString::to_string);
    let broken: Vec<_> = ran.broken.iter().map(|it| it.property.id()).collect();
    let title = format!("{cell}: {}", broken.join(", "));
    let about: Vec<_> = ran
        .broken
        .iter()
        .map(|it| format!("{}: {}", it.property, shortened(&ran.trace, &it.message)))
        .collect();
    let mut text = format!("scenario: {}\n", scalar(&title));
    if !about.is_empty() {
        let _ = writeln!(text, "about: {}", scalar(&about.join(". ").replace('\n', " ")));
    }
    let _ = writeln!(text, "secret: {}", scalar(secret));
    let assume: Vec<String> = ran
        .trace
        .assume
        .chosen()
        .map(|(id, option)| format!("{id}: {}", scalar(&option)))
        .collect();
    if !assume.is_empty() {
        let _ = writeln!(text, "assume: {{ {} }}", assume.join(", "));
    }
    text.push_str("steps:\n");
    let views = ran.trace.views();
    let mut writer = Writer {
        text,
        secret,
        versions: version_names(&[], &ran.trace),
        secrets: views.map(|view| (view.arn.clone(), view.name.clone())).collect(),
        named: BTreeSet::new(),
        values: Vec::new(),
        remarks: Vec::new(),
        both: ran.interleaved.as_ref().map_or([0; 2], |came| came.numbers),
    };
    ran.trace.steps.iter().for_each(|step| writer.step(step));
    writer.text
}

struct Writer<'a> {
    text: String,
    /// The secret of steps that name none.
    secret: &'a str,
    /// What versions are called.
    versions: BTreeMap<String, String>,
    secrets: BTreeMap<SecretArn, SecretName>,
    /// The names of versions that a step has given.
    named: BTreeSet<String>,
    /// The values so far: each gets a number.
    values: Vec<String>,
    /// What happened since the last call.
    remarks: Vec<String>,
    /// The two invocations that take turns.
    both: [u32; 2],
}

impl Writer<'_> {
    fn step(&mut self, step: &TraceStep) {
        let number = step.invoked.as_ref().map(|invoked| invoked.number);
        let [first, second] = self.both.map(|own| Some(own) == number);
        if first || second {
            let which = if first { "first" } else { "second" };
            self.remarks.push(format!("the {which} of two invocations"));
        }
        match &step.event {
            Event::Call(operation) => self.call(step, operation),
            Event::Target(said) => {
                let statement = said.statement.as_deref().unwrap_or_default();
                self.remarks.push(format!("the function asks its target: {statement}"));
            }
            Event::Fault(fault) => self.remarks.push(remark(fault)),
            Event::Service(ServiceAct::Invokes { event, .. }) => {
                self.remarks.push(invoked(event.step));
            }
            Event::Service(ServiceAct::CleansPending) => {
                self.text.push_str("  - wait: 60s\n");
                self.end(step);
            }
            Event::Service(_)
            | Event::TargetPasses(_)
            | Event::Waited(_)
            | Event::Reached(_)
            | Event::Settling
            | Event::Settled
            | Event::Unsettled(_) => {}
        }
    }

    fn call(&mut self, step: &TraceStep, operation: &Operation) {
        let mut members = operation.members().as_object().cloned().unwrap_or_default();
        let mut gives = None;
        if let Some(token) = members.get("ClientRequestToken").and_then(Value::as_str)
            && let Some(name) = self.versions.get(token).cloned()
            && step.outcome.is_ok()
            && self.named.insert(name.clone())
        {
            gives = Some(name);
        }
        if gives.is_some() || !self.is_known(members.get("ClientRequestToken")) {
            members.remove("ClientRequestToken");
        }
        let is_own = |id: &Value| id.as_str().is_some_and(|id| self.name_of(id) == self.secret);
        for member in ["SecretId", "Name"] {
            if members.get(member).is_some_and(is_own) {
                members.remove(member);
            }
        }
        for (member, value) in &mut members {
            self.replace(member, value);
        }
        let _ = writeln!(self.text, "  - call: {}", operation.name().as_str());
        if let Actor::Caller(by) = &step.actor
            && !by.name.is_empty()
        {
            let _ = writeln!(self.text, "    by: {}", scalar(&by.name));
        }
        if !members.is_empty() {
            let _ = writeln!(self.text, "    with: {}", flow(&Value::Object(members)));
        }
        if let Some(name) = gives {
            let _ = writeln!(self.text, "    as: {name}");
        }
        if let Err(error) = &step.outcome {
            let _ = writeln!(self.text, "    fails: {}", error.code.as_str());
        }
        self.end(step);
    }

    /// Whether a member names a version that has a name by now.
    fn is_known(&self, id: Option<&Value>) -> bool {
        let name = id.and_then(Value::as_str).and_then(|id| self.versions.get(id));
        name.is_some_and(|name| self.named.contains(name))
    }

    /// The name of a secret, of which that is the name or the ARN.
    fn name_of<'n>(&'n self, id: &'n str) -> &'n str {
        let known = self.secrets.iter().find(|(arn, _)| arn.as_str() == id);
        known.map_or(id, |(_, name)| name.as_str())
    }

    /// Replaces what the run made up.
    fn replace(&mut self, member: &str, value: &mut Value) {
        let Value::String(text) = value else { return };
        if member == "SecretString" {
            let known = self.values.iter().position(|it| it == text);
            let index = known.unwrap_or(self.values.len());
            if known.is_none() {
                self.values.push(text.clone());
            }
            *text = format!("value {}", index.saturating_add(1));
        } else if let Some(name) = self.versions.get(text) {
            text.clone_from(name);
        } else if let Some(name) = self.secrets.get(&SecretArn::new(text.as_str())) {
            name.as_str().clone_into(text);
        }
    }

    /// The remark and the labels of a step.
    fn end(&mut self, step: &TraceStep) {
        if !self.remarks.is_empty() {
            let note = self.remarks.join("; ");
            let _ = writeln!(self.text, "    note: {}", scalar(&note));
            self.remarks.clear();
        }
        let is_own =
            step.secret.as_ref().is_some_and(|arn| self.name_of(arn.as_str()) == self.secret);
        let view = step.secret.as_ref().and_then(|arn| step.view(arn)).filter(|_| is_own);
        let Some(view) = view else { return };
        let labels = view.versions.iter().flat_map(|version| {
            let name = self.versions.get(version.id.as_str()).cloned().unwrap_or_default();
            version.labels.iter().map(move |label| format!("{label}: {name}"))
        });
        let labels: Vec<_> = labels.collect();
        let _ = writeln!(self.text, "    labels: {{ {} }}", labels.join(", "));
    }
}

fn invoked(step: RotationStep) -> String {
    format!("the service invokes {step}")
}

fn remark(fault: &Fault) -> String {
    let at = &fault.at;
    match fault.kind {
        FaultKind::KilledBefore => format!("the function is killed before {at}"),
        FaultKind::KilledAfter => format!("the function was killed after {at}"),
        FaultKind::ErrorBefore
        | FaultKind::Throttled
        | FaultKind::TimedOutBefore
        | FaultKind::TimedOutAfter
        | FaultKind::StaleRead => format!("{at} fails"),
        FaultKind::ErrorAfter => format!("the answer to {at} was lost"),
    }
}
