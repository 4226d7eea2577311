//! Which scenarios an endpoint can't play, and why.

use std::collections::BTreeSet;

use super::endpoint::{Abilities, Time};
use crate::api::Operation;
use crate::scenario::Scenario;
use crate::time::Span;
use crate::world::{Actor, Event, Trace, TraceStep};

/// The longest name that AWS takes.
const NAME_MAX: usize = 512;

/// Why an endpoint can't play what the model did; `None` if it can. Names get a prefix of that many characters.
pub fn unfit(
    scenario: &Scenario,
    trace: &Trace,
    abilities: &Abilities,
    prefix: usize,
) -> Option<&'static str> {
    let setting = &scenario.setting;
    if scenario.function().is_some() {
        return Some("the service invokes a rotation function of the file");
    }
    if !setting.permissions.is_empty() {
        return Some("callers may not do everything");
    }
    if !setting.managed_secrets.is_empty() || setting.replication_lag.millis() > 0 {
        return Some("what the file gives can't be given to an endpoint");
    }
    if setting.looks_back {
        return Some("a read is told to be stale");
    }
    trace_unfit(trace, abilities, setting.account.as_str())
        .or_else(|| functions_unfit(scenario, trace, abilities))
        .or_else(|| name_unfit(trace, prefix))
}

/// Why an endpoint can't play a trace that comes from no file.
pub fn trace_unfit(trace: &Trace, abilities: &Abilities, account: &str) -> Option<&'static str> {
    if let Time::ByItself { patience } = abilities.time
        && waits(trace).millis() > patience.millis()
    {
        return Some("time passes (--patience waits for it)");
    }
    let callers: BTreeSet<_> = trace.steps.iter().filter_map(caller).collect();
    let elsewhere = |caller: &&crate::caller::Caller| {
        caller.account.as_str() != account || caller.region.is_some()
    };
    if !abilities.anyone_anywhere && callers.iter().any(elsewhere) {
        return Some("calls come from another account or go to another Region");
    }
    let has_policy = |step: &TraceStep| {
        matches!(
            step.call(),
            Some(Operation::PutResourcePolicy(_) | Operation::ValidateResourcePolicy(_))
        )
    };
    if callers.len() > 1 && trace.steps.iter().any(has_policy) {
        return Some("a policy tells callers apart");
    }
    if abilities.is_aws && trace.steps.iter().filter_map(TraceStep::call).any(names_what_must_exist)
    {
        return Some("keys, principals or replicas would have to exist");
    }
    None
}

/// How long a trace waits.
fn waits(trace: &Trace) -> Span {
    let waits = |step: &&TraceStep| {
        matches!(step.event, Event::Waited(_) | Event::Reached(_) | Event::Settling)
    };
    let waited = trace.steps.iter().zip(trace.steps.iter().skip(1)).filter(|(step, _)| waits(step));
    let between = waited.map(|(step, next)| next.at.since(step.at).millis());
    // Nothing comes after the last one, so it need not be waited for.
    Span::from_millis(between.fold(0, i64::saturating_add))
}

fn caller(step: &TraceStep) -> Option<&crate::caller::Caller> {
    if let Actor::Caller(caller) = &step.actor { Some(caller) } else { None }
}

/// Whether a request names something beside secrets that AWS wants to find.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
fn names_what_must_exist(operation: &Operation) -> bool {
    match operation {
        Operation::CreateSecret(call) => {
            call.kms_key_id.is_some()
                || call.add_replica_regions.is_some()
                || call.cross_account_primary_arn.is_some()
        }
        Operation::UpdateSecret(call) => call.kms_key_id.is_some(),
        Operation::PutResourcePolicy(_)
        | Operation::ReplicateSecretToRegions(_)
        | Operation::AssociateCrossAccountReplica(_) => true,
        _ => false,
    }
}

/// Why the rotation functions of a scenario are not those of the endpoint.
fn functions_unfit(
    scenario: &Scenario,
    trace: &Trace,
    abilities: &Abilities,
) -> Option<&'static str> {
    let mut named = BTreeSet::new();
    for step in &trace.steps {
        if let Some(Operation::RotateSecret(call)) = step.call() {
            named.extend(call.rotation_lambda_arn.as_deref().filter(|arn| !arn.is_empty()));
        }
    }
    let missing = &scenario.setting.missing_functions;
    let (absent, present): (BTreeSet<&str>, BTreeSet<&str>) =
        named.into_iter().partition(|arn| missing.contains(*arn));
    if abilities.any_function {
        return (!absent.is_empty())
            .then_some("a rotation function is missing, and the endpoint has them all");
    }
    match &abilities.function {
        None if !present.is_empty() => Some("it needs a rotation function (--function-arn)"),
        Some(_) if present.len() > 1 || !absent.is_empty() => {
            Some("it needs several rotation functions")
        }
        _ => None,
    }
}

/// Whether a name has no room for a prefix.
fn name_unfit(trace: &Trace, prefix: usize) -> Option<&'static str> {
    let mut names = trace.steps.iter().filter_map(|step| {
        let Some(Operation::CreateSecret(call)) = step.call() else { return None };
        Some(call.name.chars().count())
    });
    let no_room = |length: usize| length <= NAME_MAX && length.saturating_add(prefix) > NAME_MAX;
    names.any(no_room).then_some("a name has no room for the prefix")
}
