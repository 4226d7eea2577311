//! A call and its answer in a few words.

use std::fmt::Write as _;

use super::names::{Names, reply_values, request_value};
use super::target;
use crate::api::{Filter, Operation, ReplicaRegion, Reply};
use crate::caller::Caller;
use crate::service::ServiceAct;
use crate::world::{Actor, Event, TraceStep};

/// Labels or secrets of one request that are listed.
const LISTED: usize = 4;

/// Characters of one word that are shown; no name or id that is in use has so many.
const WORD: usize = 100;

/// Who made a step happen.
pub(super) fn who(step: &TraceStep) -> &str {
    match &step.actor {
        Actor::Caller(caller) => &caller.name,
        Actor::Service => "service",
        Actor::Nobody => "",
    }
}

/// What a step is, after what was visible `before` it.
pub(super) fn what(step: &TraceStep, before: Option<&TraceStep>, names: &Names) -> String {
    match &step.event {
        Event::Call(operation) => {
            let mut words = call(operation, names);
            if let Actor::Caller(Caller { region: Some(region), .. }) = &step.actor {
                let _ = write!(words, " in {region}");
            }
            // A token that is a version already tells that the call is sent again.
            let token = operation.token().filter(|token| {
                let views = before.iter().flat_map(|before| &*before.after);
                views.flat_map(|view| &view.versions).any(|version| version.id.as_str() == *token)
            });
            if let Some(token) = token {
                let _ = write!(words, " (token {})", names.version(token));
            }
            words
        }
        Event::Target(step) => target::what(step, names),
        Event::TargetPasses(passes) => target::passes(passes, names),
        Event::Fault(fault) => target::fault(fault),
        Event::Waited(span) => format!("({span} pass)"),
        Event::Reached(moment) => format!("(until {moment})"),
        Event::Settling => "(until rotations rest)".to_owned(),
        Event::Settled => "(at rest)".to_owned(),
        Event::Unsettled(at_most) => format!("(not at rest after {at_most})"),
        Event::Service(act) => match act {
            ServiceAct::StartsRotation { version } => {
                format!("starts the rotation to {} at {}", names.id(version), step.at)
            }
            ServiceAct::CannotStart { .. } => format!("can't start a rotation at {}", step.at),
            ServiceAct::Invokes { event, retry: 0 } => format!("invokes {}", event.step),
            ServiceAct::Invokes { event, retry } => {
                format!("invokes {} (retry {retry})", event.step)
            }
            ServiceAct::StepFails { step, .. } => format!("sees {step} fail"),
            ServiceAct::CleansPending => "removes AWSPENDING after the rotation".to_owned(),
            ServiceAct::EndsTest => "ends the test of the rotation function".to_owned(),
            ServiceAct::RemovesSecret => "removes the secret".to_owned(),
            ServiceAct::Replicates { to, failed: None } => format!("replicates to {to}"),
            ServiceAct::Replicates { to, failed: Some(_) } => {
                format!("can't replicate to {to}")
            }
        },
    }
}

fn call(operation: &Operation, names: &Names) -> String {
    let mut words = vec![operation.name().as_str().to_owned()];
    let creates = matches!(operation, Operation::CreateSecret(_));
    if let Some(id) = operation.secret_id().filter(|_| creates || names.many_secrets()) {
        words.push(names.secret(id));
    }
    words.extend(details(operation, names));
    words.iter_mut().for_each(clip);
    if let Some(value) = request_value(operation) {
        words.push(names.value(&value));
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// Leaves the beginning of each word that is as long as only a mistake is.
fn clip(text: &mut String) {
    let clipped = |word: &str| match word.char_indices().nth(WORD) {
        Some((end, _)) => format!("{}…", word.get(..end).unwrap_or_default()),
        None => word.to_owned(),
    };
    if text.len() > WORD {
        *text = text.split(' ').map(clipped).collect::<Vec<_>>().join(" ");
    }
}

/// The first few of a list, and how many more there are.
fn listed(entries: &[String], separator: &str) -> String {
    let (shown, rest) = entries.split_at_checked(LISTED).unwrap_or((entries, &[]));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    format!("{}{more}", shown.join(separator))
}

/// What a request says beside secret and value.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
fn details(operation: &Operation, names: &Names) -> Option<String> {
    Some(match operation {
        Operation::PutSecretValue(call) => {
            format!("[{}]", listed(call.version_stages.as_ref()?, ", "))
        }
        Operation::UpdateSecretVersionStage(call) => {
            let from = call.remove_from_version_id.as_deref().map(|id| names.version(id));
            let to = call.move_to_version_id.as_deref().map(|id| names.version(id));
            let label = &call.version_stage;
            match (from, to) {
                (Some(from), Some(to)) => format!("{label} {from} → {to}"),
                (None, Some(to)) => format!("{label} → {to}"),
                (Some(from), None) => format!("{label} off {from}"),
                (None, None) => label.clone(),
            }
        }
        Operation::GetSecretValue(call) => {
            let version = call.version_id.as_deref().map(|id| names.version(id));
            let label = call.version_stage.as_ref().map(|label| format!("[{label}]"));
            [version, label].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        Operation::ListSecretVersionIds(call) if call.include_deprecated == Some(true) => {
            "(deprecated too)".to_owned()
        }
        Operation::ListSecrets(call) => filters(call.filters.as_deref()),
        Operation::BatchGetSecretValue(call) => match &call.secret_id_list {
            Some(ids) => {
                let ids: Vec<_> = ids.iter().map(|id| names.secret(id)).collect();
                listed(&ids, " ")
            }
            None => filters(call.filters.as_deref()),
        },
        Operation::DeleteSecret(call) => {
            match (call.force_delete_without_recovery, call.recovery_window_in_days) {
                (Some(true), _) => "(without recovery)".to_owned(),
                (_, Some(days)) => format!("({days} days)"),
                (_, None) => return None,
            }
        }
        Operation::RotateSecret(call) if call.rotate_immediately == Some(false) => {
            "(test only)".to_owned()
        }
        Operation::CreateSecret(call) => match &call.cross_account_primary_arn {
            Some(primary) => format!("(replica of {})", names.secret(primary)),
            None => regions(call.add_replica_regions.as_ref()?),
        },
        Operation::AssociateCrossAccountReplica(call) => {
            format!("→ {}", names.secret(&call.cross_account_replica_arn))
        }
        Operation::DisassociateCrossAccountReplica(call) => {
            format!("→ {}", names.secret(&call.cross_account_replica_arn))
        }
        Operation::ReplicateSecretToRegions(call) => regions(&call.add_replica_regions),
        Operation::RemoveRegionsFromReplication(call) => {
            format!("[{}]", listed(&call.remove_replica_regions, ", "))
        }
        Operation::TagResource(call) => call
            .tags
            .iter()
            .map(|tag| format!("{}={}", tag.key, tag.value))
            .collect::<Vec<_>>()
            .join(" "),
        Operation::UntagResource(call) => call.tag_keys.join(" "),
        _ => return None,
    })
}

/// What is told below a step of the service: why a step failed and what comes of it, and the events.
pub(super) fn remarks(step: &TraceStep, names: &Names) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Event::Service(ServiceAct::Replicates { failed: Some(why), .. }) = &step.event {
        remarks.push(names.shorten(why));
    }
    if let Event::Service(ServiceAct::StepFails { raised, retry_at, .. }) = &step.event {
        remarks.push(names.shorten(raised));
        remarks.push(match retry_at {
            Some(at) => format!("the rotation is tried again at {at} (ROT-21)"),
            None => "the rotation is not tried again".to_owned(),
        });
    }
    if let Event::Service(ServiceAct::CannotStart { reason }) = &step.event {
        remarks.push(names.shorten(reason));
    }
    let mut events: Vec<(&str, usize)> = Vec::new();
    for event in &step.events {
        match events.last_mut() {
            Some((name, count)) if *name == event.name.as_str() => *count = count.saturating_add(1),
            Some(_) | None => events.push((event.name.as_str(), 1)),
        }
    }
    if !events.is_empty() {
        let listed = events.iter().map(|(name, count)| match count {
            1 => (*name).to_owned(),
            count => format!("{name} ×{count}"),
        });
        remarks.push(format!("logs {}", listed.collect::<Vec<_>>().join(", ")));
    }
    remarks
}

/// The Regions to replicate to.
fn regions(regions: &[ReplicaRegion]) -> String {
    let regions = regions.iter().filter_map(|it| it.region.clone()).collect::<Vec<_>>();
    format!("→ [{}]", listed(&regions, ", "))
}

fn filters(filters: Option<&[Filter]>) -> String {
    let words = filters.into_iter().flatten();
    let words = words.map(|filter| format!("{}={}", filter.key, filter.values.join("|")));
    words.collect::<Vec<_>>().join(" ")
}

/// The answer to a step.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
pub(super) fn answer(step: &TraceStep, names: &Names) -> String {
    let reply = match &step.outcome {
        Err(error) => return error.code.to_string(),
        Ok(reply) => reply,
    };
    if let Event::Target(step) = &step.event {
        return target::answer(step).to_owned();
    }
    if !matches!(step.event, Event::Call(_)) {
        return String::new();
    }
    let version = reply.version_id().map(|id| names.id(id));
    let values = reply_values(&step.outcome).into_iter().map(|value| names.value(&value));
    let words: Vec<_> = match reply {
        Reply::Versions(reply) => {
            let listed = reply.versions.iter().map(|entry| names.id(&entry.version_id));
            vec![if reply.versions.is_empty() {
                "none".to_owned()
            } else {
                listed.collect::<Vec<_>>().join(" ")
            }]
        }
        Reply::Replication(reply) => {
            let statuses = reply.replication_status.iter().flatten();
            statuses.map(|it| format!("{} {:?}", it.region, it.status)).collect()
        }
        Reply::Association(reply) => {
            reply.replication_status.iter().map(|it| format!("{it:?}")).collect()
        }
        Reply::Policies(reply) => {
            let listed = reply.resource_policies.iter().map(|entry| entry.policy_name.clone());
            let words: Vec<_> = listed.collect();
            if words.is_empty() { vec!["none".to_owned()] } else { words }
        }
        Reply::Secrets(reply) => vec![format!("{} secrets", reply.secret_list.len())],
        Reply::PolicyCheck(reply) => {
            vec![if reply.policy_validation_passed { "valid" } else { "invalid" }.to_owned()]
        }
        Reply::Batch(reply) => {
            let failed = reply.errors.iter().map(|error| error.error_code.to_string());
            let words: Vec<_> = values.chain(failed).collect();
            if words.is_empty() { vec!["none".to_owned()] } else { words }
        }
        _ => version.into_iter().chain(values).collect(),
    };
    if words.is_empty() { "ok".to_owned() } else { words.join(" ") }
}
