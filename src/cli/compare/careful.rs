//! Care where secrets are made that are not ours alone: what is going to be made is told before, and removed after.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use super::super::Terminal;
use super::Ends;
use super::cases::Case;
use crate::api::{Operation, OperationName};
use crate::compare::{Compared, Endpoint as _, Made, Pairing, Request, compare};
use crate::endpoint::{HttpEndpoint, Target};
use crate::report::CaseOutcome;
use crate::world::TraceStep;

/// What every secret of a case is called at the beginning.
pub(super) fn numbered(prefix: &str, number: usize) -> String {
    format!("{prefix}{}/", number.saturating_add(1))
}

/// Tells what would be made.
pub(super) fn plan(
    target: &Target,
    prefix: &str,
    cases: impl Iterator<Item = (Case, Option<&'static str>)>,
) -> String {
    let mut names = BTreeSet::new();
    let mut calls = 0_usize;
    for (number, (case, unfit)) in cases.enumerate() {
        if unfit.is_some() {
            continue;
        }
        for operation in case.trace.steps.iter().filter_map(TraceStep::call) {
            calls = calls.saturating_add(1);
            if let Operation::CreateSecret(call) = operation {
                names.insert(format!("{}{}", numbered(prefix, number), call.name));
            }
        }
    }
    let mut text = format!(
        "{target} is not on this machine, so nothing was sent. With --yes, {calls} calls and as many looks at labels \
         go there, and these secrets are created and removed again ({}):\n",
        names.len()
    );
    for name in &names {
        let _ = writeln!(text, "  {name}");
    }
    text.push_str("the names begin with --prefix; give --yes to go ahead");
    text
}

/// Plays one case, and removes what it has made whatever happens.
pub(super) fn one(
    show_values: bool,
    endpoint: &mut HttpEndpoint,
    prefix: &str,
    case: &Case,
) -> Result<CaseOutcome, Ends> {
    let failed = |error| Ends::Io(std::io::Error::other(error));
    let start = case.trace.steps.first().map(|step| step.at);
    if let Some(start) = start
        && !endpoint.begin(start).map_err(failed)?
        && waits(case)
    {
        return Ok(CaseOutcome::Unfit("the clock of the endpoint is past its start"));
    }
    let pairing = Pairing { trace: &case.trace, prefix, show_values };
    let compared = compare(pairing, endpoint);
    if !endpoint.restores() {
        remove(endpoint, &compared);
    }
    Ok(CaseOutcome::Played(Box::new(compared)))
}

/// Whether time passes in a case other than by calls.
fn waits(case: &Case) -> bool {
    case.trace.steps.iter().any(|step| step.call().is_none())
}

/// Removes what may have been made. What can't be removed is told, with the command that does.
fn remove(endpoint: &mut HttpEndpoint, compared: &Compared) {
    for Made { name, region, account } in &compared.made {
        let members = json!({ "SecretId": name, "ForceDeleteWithoutRecovery": true });
        let request = Request {
            operation: OperationName::DeleteSecret,
            members: &members,
            region: region.as_deref(),
            account,
        };
        let left = match endpoint.call(request) {
            Ok(Ok(_)) => None,
            // It was never made, or is gone, or is none that could be there.
            Ok(Err(refusal))
                if matches!(
                    refusal.code.as_str(),
                    "ResourceNotFoundException" | "ValidationException"
                ) =>
            {
                None
            }
            Ok(Err(refusal)) => Some(format!("{}: {}", refusal.code, refusal.message)),
            Err(error) => Some(error.to_string()),
        };
        if let Some(why) = left {
            Terminal::aside(&format!(
                "warning: `{name}` may be left over ({why}); remove it with\n  aws secretsmanager delete-secret \
                 --force-delete-without-recovery --secret-id {name}\n"
            ));
        }
    }
}
