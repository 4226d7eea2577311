//! The machine-readable form of a run, with a version of its own.

use serde_json::{Map, Value, json};

use super::names::{Names, reply_value, request_value};
use super::{Told, describe};
use crate::scenario::SECRET_MEMBERS;
use crate::service::SecretView;
use crate::world::{Actor, Event, TraceStep};

/// Goes up whenever a member changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// One scenario with its verdict and its whole trace.
pub fn run_json(told: Told<'_>) -> Value {
    let names = Names::of(told.played, told.show_values);
    let played = told.played;
    let differences = played.differences.iter().map(|difference| {
        json!({
            "step": difference.step.saturating_add(1),
            "path": difference.path.to_string(),
            "line": difference.place.map(|(line, _)| line),
            "column": difference.place.map(|(_, column)| column),
            "message": difference.message,
        })
    });
    let violations = played.judgment.violations.iter().map(|violation| {
        json!({
            "property": violation.property.id(),
            "trace_step": violation.step,
            "secret": violation.secret,
            "message": violation.message,
            "stated": told.scenario.breaks.contains(&violation.property),
        })
    });
    let left_over = played.judgment.left_over.iter().map(
        |left| json!({ "trace_step": left.step, "secret": left.secret, "message": left.message }),
    );
    let versions: Map<String, Value> = played
        .trace
        .views()
        .flat_map(|view| &view.versions)
        .map(|version| (version.id.as_str().to_owned(), names.id(&version.id).into()))
        .collect();
    let assume: Map<String, Value> =
        played.trace.assume.chosen().map(|(id, option)| (id.to_owned(), option.into())).collect();
    json!({
        "path": told.path,
        "scenario": told.scenario.title,
        "passed": played.passed(),
        "assume": assume,
        "checked": told.scenario.check.iter().map(|property| property.id()).collect::<Vec<_>>(),
        "differences": differences.collect::<Vec<_>>(),
        "violations": violations.collect::<Vec<_>>(),
        "not_broken": played.unbroken.iter().map(|property| property.id()).collect::<Vec<_>>(),
        "left_over": left_over.collect::<Vec<_>>(),
        "versions": versions,
        "trace": trace(told, &names),
    })
}

/// The steps of the trace, each with the step of the scenario that it comes from, counted from 1.
fn trace(told: Told<'_>, names: &Names) -> Vec<Value> {
    let mut results = told.played.results.iter().enumerate().peekable();
    let mut number = 0_usize;
    let mut stated = false;
    let steps = told.played.trace.steps.iter().enumerate();
    steps
        .map(|(index, step)| {
            while let Some((at, result)) = results.next_if(|(_, result)| result.first <= index) {
                number = at.saturating_add(1);
                stated = result.is_expected;
            }
            trace_step(step, number, stated, names, told.show_values)
        })
        .collect()
}

fn trace_step(
    step: &TraceStep,
    number: usize,
    stated: bool,
    names: &Names,
    show_values: bool,
) -> Value {
    let mut members = Map::new();
    members.insert("step".to_owned(), number.into());
    members.insert("stated".to_owned(), stated.into());
    members.insert("at".to_owned(), step.at.to_string().into());
    let who = match &step.actor {
        Actor::Caller(caller) => json!({ "name": &*caller.name, "arn": &*caller.arn }),
        Actor::Service => json!({ "name": "service" }),
        Actor::Nobody => Value::Null,
    };
    members.insert("who".to_owned(), who);
    match &step.event {
        Event::Call(operation) => {
            members.insert("call".to_owned(), operation.name().as_str().into());
            let value = request_value(operation).map(|value| names.value(&value));
            members.insert(
                "with".to_owned(),
                redacted(operation.members(), value.as_deref(), show_values),
            );
        }
        Event::Settling => {
            members.insert("settle".to_owned(), "begins".into());
        }
        Event::Settled => {
            members.insert("settle".to_owned(), "ends".into());
        }
        Event::Unsettled => {
            members.insert("settle".to_owned(), "gives up".into());
        }
        Event::Service(_) => {
            members.insert("does".to_owned(), describe::what(step, None, names).into());
        }
        Event::Waited(span) => {
            members.insert("waited".to_owned(), span.to_string().into());
        }
        Event::Reached(moment) => {
            members.insert("until".to_owned(), moment.to_string().into());
        }
    }
    match &step.outcome {
        Ok(reply) => {
            let value = reply_value(&step.outcome).map(|value| names.value(&value));
            members.insert(
                "returns".to_owned(),
                redacted(reply.members(), value.as_deref(), show_values),
            );
        }
        Err(error) => {
            let fails = json!({
                "code": error.code.as_str(),
                "message": error.message,
                "status": error.code.status(),
                "rule": error.rule.id(),
            });
            members.insert("fails".to_owned(), fails);
        }
    }
    let moves = step.moves.iter().map(
        |it| json!({ "label": it.label, "from": it.from, "to": it.to, "rule": it.because.id() }),
    );
    members.insert("moves".to_owned(), moves.collect());
    let events = step
        .events
        .iter()
        .map(|it| json!({ "name": it.name.as_str(), "version": it.version, "error": it.error }));
    members.insert("events".to_owned(), events.collect());
    members
        .insert("rules".to_owned(), step.rules.iter().map(|rule| Value::from(rule.id())).collect());
    members
        .insert("secrets".to_owned(), step.after.iter().map(|view| secret(view, names)).collect());
    Value::Object(members)
}

fn secret(view: &SecretView, names: &Names) -> Value {
    let versions = view.versions.iter().map(|version| {
        json!({
            "id": version.id,
            "labels": version.labels,
            "value": version.value.as_ref().map(|value| names.value(value)),
            "created": version.created.to_string(),
        })
    });
    json!({
        "arn": view.arn,
        "name": view.name,
        "versions": versions.collect::<Vec<_>>(),
        "deleted": view.deleted.map(|date| date.to_string()),
        "rotation_enabled": view.rotation_enabled,
        "last_changed": view.last_changed.to_string(),
    })
}

/// Members with what stands for the value in place of the value.
fn redacted(mut members: Value, value: Option<&str>, show_values: bool) -> Value {
    if let Value::Object(members) = &mut members
        && !show_values
    {
        for name in SECRET_MEMBERS {
            if let Some(member) = members.get_mut(name) {
                *member = value.unwrap_or("(redacted)").into();
            }
        }
    }
    members
}
