//! What is done to the world, in a form that can be kept and done again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{Operation, OperationName, RotationEvent, RotationStep};
use crate::caller::Caller;
use crate::secret::{AccountId, SecretArn, VersionId};
use crate::world::{Fault, FaultKind};

/// One thing that is done, and the moment it is in the world before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) at: i64,
    pub(super) deed: Deed,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Deed {
    /// The server starts, with these functions.
    Start { functions: BTreeSet<String>, strict: bool },
    /// A call.
    Call { account: String, region: Option<String>, call: String, with: Value },
    /// A function came back, or failed with what it raised.
    Return {
        step: String,
        secret: String,
        token: String,
        rotation_token: String,
        raised: Option<String>,
    },
    /// Assumptions are chosen.
    Assume(BTreeMap<String, String>),
    /// Faults are planned: where, which, how often.
    Plan(Vec<(String, String, u32)>),
    /// A snapshot is taken.
    Take(String),
    /// A snapshot is loaded.
    Load(String),
    /// Time passes.
    Pass,
}

impl Deed {
    /// A call, if it is one that can be read again. Any other is refused and changes nothing.
    pub(super) fn call(by: &Caller, operation: &Operation) -> Option<Self> {
        let is_request = !matches!(operation, Operation::Malformed { .. });
        is_request.then(|| Self::Call {
            account: by.account.as_str().to_owned(),
            region: by.region.as_deref().map(str::to_owned),
            call: operation.name().as_str().to_owned(),
            with: operation.members(),
        })
    }

    /// The return of a function.
    pub(super) fn returned(event: &RotationEvent, result: &Result<(), String>) -> Self {
        Self::Return {
            step: event.step.to_string(),
            secret: event.secret_id.as_str().to_owned(),
            token: event.client_request_token.as_str().to_owned(),
            rotation_token: event.rotation_token.clone(),
            raised: result.clone().err(),
        }
    }

    /// Faults that are planned.
    pub(super) fn plan(faults: &[Fault]) -> Self {
        let faults = faults.iter();
        Self::Plan(
            faults.map(|it| (it.at.clone(), it.kind.as_str().to_owned(), it.times)).collect(),
        )
    }
}

/// An entry that this program would not have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry tells of something that can't be done")]
pub(super) struct Unreadable;

/// The call that an entry tells of.
pub(super) fn call(
    account: &str,
    region: Option<&str>,
    call: &str,
    with: Value,
) -> Result<(Caller, Operation), Unreadable> {
    let by = Caller::named("", &AccountId::new(account)).in_region(region.map(Into::into));
    let operation = OperationName::from_name(call).ok_or(Unreadable)?.receive(with);
    let is_request = !matches!(operation, Operation::Malformed { .. });
    is_request.then_some((by, operation)).ok_or(Unreadable)
}

/// The event that an entry tells of.
pub(super) fn event(
    step: &str,
    secret: &str,
    token: &str,
    rotation_token: String,
) -> Result<RotationEvent, Unreadable> {
    Ok(RotationEvent {
        step: step.parse::<RotationStep>().map_err(|_| Unreadable)?,
        secret_id: SecretArn::new(secret),
        client_request_token: VersionId::new(token),
        rotation_token,
    })
}

/// The faults that an entry tells of.
pub(super) fn faults(planned: Vec<(String, String, u32)>) -> Result<Vec<Fault>, Unreadable> {
    let kind = |name: &str| FaultKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    let fault = |(at, name, times): (String, String, u32)| {
        kind(&name).map(|kind| Fault { at, kind, times }).ok_or(Unreadable)
    };
    planned.into_iter().map(fault).collect()
}

/// Whether a call of that operation leaves the world as it is, but for the dates of access: it draws nothing from the
/// seed either, unless reads may lag.
pub(super) const fn only_reads(name: OperationName) -> bool {
    matches!(
        name,
        OperationName::GetSecretValue
            | OperationName::BatchGetSecretValue
            | OperationName::DescribeSecret
            | OperationName::ListSecrets
            | OperationName::ListSecretVersionIds
            | OperationName::GetResourcePolicy
            | OperationName::ValidateResourcePolicy
    )
}
