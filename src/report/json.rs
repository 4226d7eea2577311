//! The machine-readable form of a run, with a version of its own.

use serde_json::{Map, Value, json};

use super::names::{Names, reply_values, request_value};
use super::{Told, describe, target};
use crate::caller::Caller;
use crate::evidence::Rule;
use crate::property::PropertyName;
use crate::property::client::Followed;
use crate::scenario::SECRET_MEMBERS;
use crate::service::SecretView;
use crate::time::Span;
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
        "incomplete": played.trace.gave_up(),
        "assume": assume,
        "checked": told.scenario.checked().iter().map(PropertyName::id).collect::<Vec<_>>(),
        "differences": differences.collect::<Vec<_>>(),
        "violations": violations.collect::<Vec<_>>(),
        "not_broken": played.unbroken.iter().map(PropertyName::id).collect::<Vec<_>>(),
        "unjudged": played.judgment.unjudged.iter().map(PropertyName::id).collect::<Vec<_>>(),
        "clients": played.judgment.clients.iter().map(|it| client(it, &names)).collect::<Vec<_>>(),
        "left_over": left_over.collect::<Vec<_>>(),
        "versions": versions,
        "trace": trace(told, &names),
    })
}

/// What became of a client.
fn client(followed: &Followed, names: &Names) -> Value {
    let Followed { client, gap } = followed;
    json!({
        "name": client.name,
        "cache_milliseconds": client.cache.millis(),
        "retry": client.retry.as_str(),
        "limit_milliseconds": client.limit.millis(),
        "refused_from": gap.as_ref().map(|gap| gap.from.to_string()),
        "refused_until": gap.as_ref().and_then(|gap| Some(gap.until?.to_string())),
        "refused_milliseconds": match gap {
            None => Some(0),
            Some(gap) => gap.length().map(Span::millis),
        },
        "cached": gap.as_ref().map(|gap| names.id(&gap.cached)),
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

/// One step of a trace that goes on, with its number.
pub fn step_json(step: &TraceStep, number: usize, show_values: bool) -> Value {
    let mut told = trace_step(step, number, false, &Names::none(show_values), show_values);
    if let Some(members) = told.as_object_mut() {
        members.remove("stated");
    }
    told
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
    if let Actor::Caller(Caller { region: Some(region), .. }) = &step.actor {
        members.insert("region".to_owned(), (**region).into());
    }
    event(step, names, show_values, &mut members);
    match &step.outcome {
        Ok(reply) => {
            let values = reply_values(&step.outcome).into_iter().map(|value| names.value(&value));
            let returns = redacted(reply.members(), values, show_values);
            members.insert("returns".to_owned(), returns);
        }
        Err(error) => {
            let fails = json!({
                "code": error.code.as_str(),
                "message": error.message,
                "status": error.code.status(),
                "rule": error.rule.map(Rule::id),
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
    if let Some(database) = &step.target {
        members.insert("users".to_owned(), target::users_json(database, names));
    }
    Value::Object(members)
}

/// Adds what a step is.
fn event(step: &TraceStep, names: &Names, show_values: bool, members: &mut Map<String, Value>) {
    match &step.event {
        Event::Call(operation) => {
            members.insert("call".to_owned(), operation.name().as_str().into());
            let values = request_value(operation).map(|value| names.value(&value));
            let with = redacted(operation.members(), values, show_values);
            members.insert("with".to_owned(), with);
        }
        Event::Target(step) => {
            members.insert("target".to_owned(), target::json(step, names));
        }
        Event::TargetPasses(passes) => {
            members.insert("target_passes".to_owned(), target::passes_json(passes, names));
        }
        Event::Fault(fault) => {
            let fault = json!({ "at": fault.at, "kind": fault.kind.as_str() });
            members.insert("fault".to_owned(), fault);
        }
        Event::Settling => {
            members.insert("settle".to_owned(), "begins".into());
        }
        Event::Settled => {
            members.insert("settle".to_owned(), "ends".into());
        }
        Event::Unsettled(_) => {
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
    let mut told = json!({
        "arn": view.arn,
        "name": view.name,
        "versions": versions.collect::<Vec<_>>(),
        "deleted": view.deleted.map(|date| date.to_string()),
        "rotation_enabled": view.rotation_enabled,
        "last_changed": view.last_changed.to_string(),
    });
    if let (Some(region), Value::Object(members)) = (&view.primary_region, &mut told) {
        members.insert("primary_region".to_owned(), region.as_str().into());
        let regions = view.replication.iter().map(
            |it| json!({ "region": it.region, "status": it.status, "message": it.status_message }),
        );
        members.insert("replication".to_owned(), regions.collect());
    }
    if let Value::Object(members) = &mut told {
        let primary = view.cross_account_primary.as_ref().map(|arn| json!(arn));
        let replica = view.cross_account_replica.as_ref();
        let replica = replica
            .map(|it| json!({ "arn": it.replica_secret_arn, "status": it.replication_status }));
        let told = [("cross_account_primary", primary), ("cross_account_replica", replica)];
        let told = told.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?)));
        members.extend(told);
    }
    told
}

/// Members with what stands for the values, which come in order, in place of the values.
fn redacted(
    mut members: Value,
    values: impl IntoIterator<Item = String>,
    show_values: bool,
) -> Value {
    if !show_values {
        redact(&mut members, &mut values.into_iter());
    }
    members
}

fn redact(value: &mut Value, values: &mut dyn Iterator<Item = String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if SECRET_MEMBERS.contains(&name.as_str()) {
                    *member = values.next().unwrap_or_else(|| "(redacted)".to_owned()).into();
                } else {
                    redact(member, values);
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| redact(entry, values)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
