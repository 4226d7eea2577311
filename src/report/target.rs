//! A call of the target in a few words, and as JSON.

use std::sync::Arc;

use serde_json::{Value, json};

use super::names::Names;
use crate::api::SecretText;
use crate::program::TargetVerb;
use crate::secret::SecretValue;
use crate::service::{SecretView, VersionView};
use crate::target::{CredentialSet, CredentialSlot};
use crate::world::{
    Answer, Credentials, Database, Fault, FaultKind, Party, TargetPasses, TargetStep, TraceStep,
};

/// The passwords and tokens that a call has in it.
pub(super) fn values(step: &TargetStep) -> impl Iterator<Item = SecretValue> {
    let made = made(step).map(|token| SecretValue::Text(Arc::clone(&token.0)));
    step.credentials().into_iter().flatten().map(value).chain(made)
}

/// The token that was made, if one was.
const fn made(step: &TargetStep) -> Option<&SecretText> {
    if let Answer::Made(token) = &step.answer { Some(token) } else { None }
}

fn value(credentials: &Credentials) -> SecretValue {
    SecretValue::Text(credentials.secret.0.clone())
}

/// Whether a call is about the user alone, whatever the password.
const fn is_about_user(verb: &TargetVerb<Party>) -> bool {
    matches!(
        verb,
        TargetVerb::UserExists(_)
            | TargetVerb::Grant { .. }
            | TargetVerb::CopyGrants { .. }
            | TargetVerb::CopyTls { .. }
    )
}

/// The call: what is asked for, about whom, with which password.
pub(super) fn what(step: &TargetStep, names: &Names) -> String {
    if let Some(statement) = &step.statement {
        return format!("target {statement}");
    }
    let verb = &step.request.verb;
    let mut words = vec!["target".to_owned(), verb.name().to_owned()];
    if *verb == TargetVerb::Login(Party::Administrator) {
        words.push("administrator".to_owned());
    }
    let [with, ..] = step.credentials();
    if let Some(with) = with {
        words.extend(with.user.clone());
        if !is_about_user(verb) {
            words.push(secret(with, names));
        }
    }
    words.extend(made(step).map(|token| names.value(&SecretValue::Text(Arc::clone(&token.0)))));
    words.extend(step.grant.clone());
    if let TargetVerb::SetPassword { old, keep, .. } = verb {
        for (which, party) in [("old", old), ("keep", keep)] {
            let credentials = party.as_ref().and_then(Party::credentials);
            words.extend(credentials.map(|it| format!("{which} {}", secret(it, names))));
        }
    } else if let [_, Some(from), _] = step.credentials() {
        words.push(format!("from {}", from.user.as_deref().unwrap_or_default()));
    }
    if step.request.in_transaction && *verb != TargetVerb::Commit {
        words.push("(in a transaction)".to_owned());
    }
    words.join(" ")
}

fn secret(credentials: &Credentials, names: &Names) -> String {
    let value = names.value(&value(credentials));
    match &credentials.version {
        Some(version) => format!("{value} of {}", names.id(version)),
        None => value,
    }
}

/// The answer.
pub(super) fn answer(step: &TargetStep) -> &'static str {
    step.answer.in_words()
}

/// The call as members.
pub(super) fn json(step: &TargetStep, names: &Names) -> Value {
    let member = |it: &Credentials| {
        json!({
            "user": it.user,
            "password": names.value(&value(it)),
            "version": it.version,
        })
    };
    let [with, second, third] = step.credentials();
    let made = made(step).cloned();
    let made = made.map(|secret| Credentials { user: None, secret, version: None });
    let is_error = matches!(step.answer, Answer::Denied | Answer::Unavailable);
    if let Some(statement) = &step.statement {
        return json!({ "statement": statement, "answer": answer(step) });
    }
    json!({
        "verb": step.request.verb.name(),
        "with": with.or(made.as_ref()).map(member),
        "beside": second.or(third).map(member),
        "grant": step.grant,
        "in_transaction": step.request.in_transaction,
        "answer": answer(step),
        "is_error": is_error,
    })
}

/// What the target did by itself.
pub(super) fn passes(passes: &TargetPasses, names: &Names) -> String {
    let user = passes.of.user.as_deref().unwrap_or_default();
    let of = names.value(&value(&passes.of));
    let verb = if passes.accepted { "accepts" } else { "refuses" };
    format!("(the target {verb} {user} {of} from now on)")
}

/// What the target did by itself, as members.
pub(super) fn passes_json(passes: &TargetPasses, names: &Names) -> Value {
    json!({
        "user": passes.of.user,
        "password": names.value(&value(&passes.of)),
        "accepted": passes.accepted,
    })
}

/// The users of a target as members, with what lets each of them in.
pub(super) fn users_json(database: &Database, names: &Names) -> Value {
    let users = database.users.iter().zip(&database.target.principals);
    let users = users.filter(|(_, user)| user.exists).map(|(name, user)| {
        let grants = database.grants.iter().enumerate();
        let grants = grants.filter(|(index, _)| user.grants.0 & 1 << index != 0);
        json!({
            "user": name,
            "accepts": accepted(database, user.accepts)
                .map(|text| names.value(&SecretValue::Text(text.into())))
                .collect::<Vec<_>>(),
            "grants": grants.map(|(_, name)| name).collect::<Vec<_>>(),
            "tls": user.tls,
        })
    });
    users.collect()
}

/// The passwords and tokens in a set.
fn accepted(database: &Database, accepts: CredentialSet) -> impl Iterator<Item = &str> {
    let known = (0..).map(CredentialSlot).zip(&database.credentials);
    known.filter(move |(slot, _)| accepts.contains(*slot)).map(|(_, text)| &*text.0)
}

/// What lets a user of the target in: the versions that have it, in the short form of a table.
pub(super) fn lets_in(
    step: &TraceStep,
    user: &str,
    secret: Option<&SecretView>,
    names: &Names,
) -> Option<String> {
    let database = step.target.as_ref()?;
    let index = database.users.iter().position(|it| it == user)?;
    let principal = database.target.principals.get(index).filter(|user| user.exists)?;
    let versions = || secret.into_iter().flat_map(|view| &view.versions);
    let holders = accepted(database, principal.accepts).map(|text| {
        let has = |version: &&Arc<VersionView>| {
            let value = version.value.as_ref().map(Credentials::of);
            value.is_some_and(|value| {
                *value.secret.0 == *text && value.user.is_none_or(|name| name == user)
            })
        };
        match versions().find(has) {
            Some(version) => names.id(&version.id),
            None => names.value(&SecretValue::Text(text.into())),
        }
    });
    Some(holders.collect::<Vec<_>>().join("+"))
}

/// A fault, in words.
pub(super) fn fault(fault: &Fault) -> String {
    let at = &fault.at;
    match fault.kind {
        FaultKind::KilledBefore => format!("(killed before {at})"),
        FaultKind::KilledAfter => format!("(killed after {at})"),
        FaultKind::ErrorBefore => format!("(error before {at})"),
        FaultKind::ErrorAfter => format!("(the answer to {at} is lost)"),
        FaultKind::Throttled => format!("(the invocation of {at} is throttled)"),
        FaultKind::TimedOutBefore => format!("(times out at {at}, which is not done)"),
        FaultKind::TimedOutAfter => format!("(times out at {at}, which is done)"),
        FaultKind::StaleRead => format!("({at} reads what was there before the last change)"),
    }
}
