//! The first checks of a call: that its body can be read, and that the API model allows what is in it.

use super::Call;
use super::refusal::{refuse, unreadable};
use crate::api::{ErrorCode, Operation, Problem, ServiceError, Violation};
use crate::assumption::{Assumptions, EmptyStages};
use crate::evidence::Rule;

/// Refuses what the model doesn't allow, all of it at once, before anything else is looked at.
///
/// No recording has a request that is wrong in length and in another way too. That the model comes first is how
/// AWS's services are built: they check it before their own code runs. What looks like an exception is none: names
/// with other characters and a missing `ClientRequestToken` have texts of the service's own (GEN-4, GEN-7), because
/// the model has no pattern for names and doesn't require the token.
///
/// An empty `SecretString` is too short, so this is where it is refused. Users of Terraform get "You must provide
/// either `SecretString` or `SecretBinary`." for empty strings (PSV-19), but their provider leaves a member out when
/// it is empty, while the quotation of GEN-8 is about exactly this member and comes from a client that sends it.
pub(super) fn check(
    call: &mut Call<'_>,
    operation: &Operation,
    assume: &Assumptions,
) -> Result<(), ServiceError> {
    if let Operation::Malformed { problem: Problem::Unreadable(text), .. } = operation {
        return Err(unreadable(text));
    }
    let mut violations = operation.violations();
    let mut rule = Rule::LengthIsValidated;
    if let Operation::PutSecretValue(request) = operation
        && request.version_stages.as_ref().is_some_and(Vec::is_empty)
    {
        call.cite(Rule::EmptyStagesAreRefused);
        match assume.empty_stages {
            EmptyStages::AsAbsent => violations.retain(|it| it.place != "versionStages"),
            EmptyStages::Refused if violations.len() == 1 => rule = Rule::EmptyStagesAreRefused,
            EmptyStages::Refused => {}
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(refusal(call, &violations, rule)) }
}

/// The error that lists what the model doesn't allow.
fn refusal(call: &mut Call<'_>, violations: &[Violation], rule: Rule) -> ServiceError {
    call.cite(Rule::LengthIsValidated);
    for violation in violations {
        call.cite(violation.rule);
    }
    let texts: Vec<_> = violations.iter().map(|it| it.text.as_str()).collect();
    let (count, texts) = (texts.len(), texts.join("; "));
    let errors = if count == 1 { "error" } else { "errors" };
    refuse(
        ErrorCode::ValidationException,
        rule,
        format!("{count} validation {errors} detected: {texts}"),
    )
}
