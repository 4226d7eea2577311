//! The errors of the service with their texts, each with the rule that asks for it.

use crate::api::{ErrorCode, ServiceError};
use crate::assumption::{Assumptions, StageUnknownTarget, StageWrongSource};
use crate::evidence::Rule;
use crate::labels::LabelRefusal;
use crate::schedule::ScheduleError;
use crate::secret::StagingLabel;

/// An error with its parts. The rule is one that says that the service refuses this; `None` if the catalog has none.
pub(crate) fn refuse(
    code: ErrorCode,
    rule: impl Into<Option<Rule>>,
    message: impl Into<String>,
) -> ServiceError {
    ServiceError { code, message: message.into(), rule: rule.into() }
}

/// A body that is no request.
pub(crate) fn unreadable(text: &str) -> ServiceError {
    refuse(ErrorCode::SerializationException, Rule::UnmodeledErrorsOccur, text)
}

pub(crate) fn not_found(rule: Rule) -> ServiceError {
    refuse(
        ErrorCode::ResourceNotFoundException,
        rule,
        "Secrets Manager can't find the specified secret.",
    )
}

pub(crate) fn label_not_found(label: &str, rule: Rule) -> ServiceError {
    let text =
        format!("Secrets Manager can't find the specified secret value for staging label: {label}");
    refuse(ErrorCode::ResourceNotFoundException, rule, text)
}

pub(crate) fn version_not_found(id: &str, rule: Rule) -> ServiceError {
    let text = format!("Secrets Manager can't find the specified secret value for VersionId: {id}");
    refuse(ErrorCode::ResourceNotFoundException, rule, text)
}

pub(crate) fn invalid_name() -> ServiceError {
    refuse(
        ErrorCode::ValidationException,
        Rule::NameCharactersAreLimited,
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )
}

/// `RotateSecret` has another code than the other calls.
pub(crate) fn token_missing(code: ErrorCode) -> ServiceError {
    refuse(
        code,
        Rule::TokenIsMandatory,
        "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    )
}

pub(crate) fn token_in_use(token: &str, arn: &str, rule: Rule) -> ServiceError {
    let text = format!(
        "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."
    );
    refuse(ErrorCode::ResourceExistsException, rule, text)
}

/// What a write refuses, as `RotateSecret` does: its model declares neither code. With which one it answers is not
/// known. A missing token is recorded as `InvalidParameterException`, so a wrong one is taken for one, too; a secret that
/// is full doesn't fit the call.
pub(crate) fn by_rotation(error: ServiceError) -> ServiceError {
    let code = if error.code == ErrorCode::ResourceExistsException {
        ErrorCode::InvalidParameterException
    } else if error.code == ErrorCode::LimitExceededException {
        ErrorCode::InvalidRequestException
    } else {
        error.code
    };
    ServiceError { code, ..error }
}

pub(crate) fn marked_for_deletion(rule: Rule) -> ServiceError {
    refuse(
        ErrorCode::InvalidRequestException,
        rule,
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
}

pub(crate) fn default_key() -> ServiceError {
    refuse(
        ErrorCode::InvalidRequestException,
        Rule::DefaultKeyStaysInAccount,
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    )
}

/// With which text the service refuses a bad schedule isn't known.
pub(crate) fn bad_schedule(error: &ScheduleError) -> ServiceError {
    let text = format!("The rotation rules aren't valid: {error}.");
    refuse(ErrorCode::InvalidParameterException, error.rule(), text)
}

pub(crate) fn two_values(rule: Option<Rule>) -> ServiceError {
    refuse(
        ErrorCode::InvalidParameterException,
        rule,
        "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
}

pub(crate) fn too_many_versions() -> ServiceError {
    refuse(
        ErrorCode::LimitExceededException,
        Rule::PutRespectsVersionLimit,
        "You exceeded the maximum number of versions allowed on a secret.",
    )
}

pub(crate) fn too_many_labels(rule: Rule) -> ServiceError {
    refuse(
        ErrorCode::LimitExceededException,
        rule,
        "You exceeded the maximum number of staging labels allowed on a secret.",
    )
}

/// What the text of a refused label call is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelCall<'a> {
    pub(crate) label: &'a StagingLabel,
    /// `RemoveFromVersionId`.
    pub(crate) source: &'a str,
    /// `MoveToVersionId`.
    pub(crate) target: &'a str,
    /// The version that has the label.
    pub(crate) holder: &'a str,
    /// Whether any version has the label.
    pub(crate) held: bool,
}

/// The answer to a label call that [`crate::labels`] refuses.
pub(crate) fn labels(
    refusal: LabelRefusal,
    call: LabelCall<'_>,
    assume: &Assumptions,
) -> ServiceError {
    use ErrorCode::{
        InvalidParameterException, InvalidRequestException, ResourceNotFoundException,
    };
    let LabelCall { label, source, target, holder, held } = call;
    let nowhere = refusal == LabelRefusal::NotOnSource && !held;
    let rule = if nowhere { Rule::FreeLabelHasNoSource } else { refusal.rule() };
    let (code, text) = match refusal {
        LabelRefusal::NeitherVersion => (
            InvalidParameterException,
            "You must provide RemoveFromVersionId or MoveToVersionId.".to_owned(),
        ),
        LabelRefusal::UnknownTarget => match assume.stage_unknown_target {
            StageUnknownTarget::ResourceNotFound => return version_not_found(target, rule),
            StageUnknownTarget::InvalidParameter => {
                (InvalidParameterException, format!("Not a valid version: {target}"))
            }
        },
        LabelRefusal::UnknownSource | LabelRefusal::NotOnSource => {
            match assume.stage_wrong_source {
                StageWrongSource::ResourceNotFound => return version_not_found(source, rule),
                StageWrongSource::InvalidParameter => (
                    InvalidParameterException,
                    format!(
                        "When you move staging label {label}, if you specify RemoveFromVersionId, it must be set to the \
                     version that currently has the staging label {label}."
                    ),
                ),
            }
        }
        LabelRefusal::PreviousByHand => (
            InvalidParameterException,
            format!("You can't move staging label {label}. It follows AWSCURRENT."),
        ),
        LabelRefusal::CurrentRemoved
        | LabelRefusal::MovedOntoItself
        | LabelRefusal::AlreadyThere => (
            InvalidParameterException,
            format!(
                "You can only move staging label {label} to a different secret version. It can\u{2019}t be completely \
                 removed."
            ),
        ),
        LabelRefusal::SourceNotNamed(_) => (
            InvalidParameterException,
            format!(
                "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to \
                 version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
            ),
        ),
        LabelRefusal::TargetWithoutValue => (
            InvalidRequestException,
            format!(
                "You can't move staging label {label} to version {target} because it has no value."
            ),
        ),
        LabelRefusal::CurrentFromNowhere => (
            ResourceNotFoundException,
            format!(
                "Secrets Manager can't find the specified secret value for staging label: {label}"
            ),
        ),
        LabelRefusal::RotationUnfinished => (
            InvalidRequestException,
            "A previous rotation isn't complete. That rotation will be reattempted.".to_owned(),
        ),
        LabelRefusal::TooManyLabels => return too_many_labels(rule),
    };
    refuse(code, rule, text)
}
