//! The built-in rotation function: does what AWS's sample functions do with the secret, and fails where it is told to.
//!
//! The calls of `createSecret` and `finishSecret` are those of AWS's template; `setSecret` and `testSecret` read the versions
//! that the functions for databases read. There is no database: what would happen there succeeds.

use crate::api::{
    DescribeSecret, DescribeSecretReply, ErrorCode, GetRandomPassword, GetSecretValue, Operation,
    PutSecretValue, Reply, RotationEvent, RotationStep, ServiceError, UpdateSecretVersionStage,
};
use crate::evidence::Rule;
use crate::secret::{StagingLabel, VersionId};

/// How often each step fails, in the order of [`RotationStep::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function([Fails; 4]);

/// How often a step fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fails {
    /// Never.
    #[default]
    Never,
    /// The first so many times that the step is invoked.
    Times(u32),
    /// Always.
    Always,
}

impl Function {
    /// Has `step` fail that often.
    pub fn fail(&mut self, step: RotationStep, fails: Fails) {
        if let Some(entry) = self.0.get_mut(step as usize) {
            *entry = fails;
        }
    }

    /// Whether `step` fails this time.
    fn fails(&mut self, step: RotationStep) -> bool {
        match self.0.get_mut(step as usize) {
            Some(Fails::Always) => true,
            Some(Fails::Times(left)) if *left > 0 => {
                *left = left.saturating_sub(1);
                true
            }
            Some(_) | None => false,
        }
    }
}

/// Where an invocation stands: the call whose answer it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Waits {
    /// It has not made a call yet.
    Nothing,
    /// `DescribeSecret` at the beginning of every step.
    Checks,
    /// `createSecret`: the current value, which must exist.
    Current,
    /// `createSecret`: the pending value, which need not exist.
    Pending,
    /// `createSecret`: a password.
    Password,
    /// `setSecret`: the pending value.
    NewValue,
    /// `setSecret`: the current value.
    OldValue,
    /// `setSecret`: the previous value, which need not exist.
    OlderValue,
    /// `finishSecret`: `DescribeSecret`, for the version that is current.
    Holder,
    /// The last call of the step.
    Last,
}

/// What a function does next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "it is used up at once")]
pub(super) enum Next {
    /// Makes a call, for that reason, and waits for its answer.
    Call(Operation, Rule, Waits),
    /// Comes back.
    Return,
    /// Raises an error.
    Raise(String),
}

/// What the function does after an answer. `answer` is `None` at the beginning of the step.
pub(super) fn next(
    function: &mut Function,
    event: &RotationEvent,
    waits: Waits,
    answer: Option<&Result<Reply, ServiceError>>,
) -> Next {
    let reply = match answer {
        Some(Err(error)) => {
            let tolerated = matches!(waits, Waits::Pending | Waits::OlderValue)
                && error.code == ErrorCode::ResourceNotFoundException;
            if !tolerated {
                return Next::Raise(error.to_string());
            }
            None
        }
        Some(Ok(reply)) => Some(reply),
        None => None,
    };
    let token = event.client_request_token.as_str();
    match (waits, reply) {
        (Waits::Nothing, _) => describe(event, Rule::TemplateChecksFirst, Waits::Checks),
        (Waits::Checks, Some(Reply::Description(secret))) => {
            match checks(event, secret) {
                Ok(true) => {}
                Ok(false) => return Next::Return,
                Err(raised) => return Next::Raise(raised),
            }
            if function.fails(event.step) {
                return Next::Raise(format!("{} fails, as the scenario says", event.step));
            }
            match event.step {
                RotationStep::CreateSecret => read(
                    event,
                    None,
                    "AWSCURRENT",
                    Rule::TemplateReusesPendingValue,
                    Waits::Current,
                ),
                RotationStep::SetSecret => read(
                    event,
                    Some(token),
                    "AWSPENDING",
                    Rule::SetSecretTriesCredentials,
                    Waits::NewValue,
                ),
                RotationStep::TestSecret => read(
                    event,
                    Some(token),
                    "AWSPENDING",
                    Rule::SetSecretTriesCredentials,
                    Waits::Last,
                ),
                RotationStep::FinishSecret => {
                    describe(event, Rule::TemplateMovesCurrentOnly, Waits::Holder)
                }
            }
        }
        (Waits::Current, _) => {
            let rule = Rule::TemplateReusesPendingValue;
            read(event, Some(token), "AWSPENDING", rule, Waits::Pending)
        }
        (Waits::Pending, None) => Next::Call(
            Operation::GetRandomPassword(GetRandomPassword {
                exclude_characters: Some("/@\"'\\".to_owned()),
                ..GetRandomPassword::default()
            }),
            Rule::TemplateReusesPendingValue,
            Waits::Password,
        ),
        (Waits::Password, Some(Reply::Password(reply))) => Next::Call(
            Operation::PutSecretValue(PutSecretValue {
                secret_id: event.secret_id.as_str().to_owned(),
                client_request_token: Some(token.to_owned()),
                secret_string: Some(reply.random_password.clone()),
                version_stages: Some(vec!["AWSPENDING".to_owned()]),
                ..PutSecretValue::default()
            }),
            Rule::TemplateReusesPendingValue,
            Waits::Last,
        ),
        (Waits::NewValue, _) => {
            read(event, None, "AWSCURRENT", Rule::SetSecretTriesCredentials, Waits::OldValue)
        }
        (Waits::OldValue, _) => {
            read(event, None, "AWSPREVIOUS", Rule::SetSecretTriesCredentials, Waits::OlderValue)
        }
        (Waits::Holder, Some(Reply::Description(secret))) => match holder(secret) {
            Some(current) if *current == event.client_request_token => Next::Return,
            current => Next::Call(
                Operation::UpdateSecretVersionStage(UpdateSecretVersionStage {
                    secret_id: event.secret_id.as_str().to_owned(),
                    version_stage: "AWSCURRENT".to_owned(),
                    remove_from_version_id: current.map(|id| id.as_str().to_owned()),
                    move_to_version_id: Some(token.to_owned()),
                }),
                Rule::TemplateMovesCurrentOnly,
                Waits::Last,
            ),
        },
        (
            Waits::Pending
            | Waits::OlderValue
            | Waits::Last
            | Waits::Checks
            | Waits::Password
            | Waits::Holder,
            _,
        ) => Next::Return,
    }
}

/// What every step checks first (LAM-5): whether there is anything to do, or what the function raises.
fn checks(event: &RotationEvent, secret: &DescribeSecretReply) -> Result<bool, String> {
    let (token, arn) = (&event.client_request_token, &event.secret_id);
    if secret.rotation_enabled != Some(true) {
        return Err(format!("Secret {arn} is not enabled for rotation"));
    }
    let versions = secret.version_ids_to_stages.as_ref();
    let Some(labels) = versions.and_then(|versions| versions.get(token)) else {
        return Err(format!("Secret version {token} has no stage for rotation of secret {arn}."));
    };
    if labels.contains(&StagingLabel::AwsCurrent) {
        return Ok(false);
    }
    if !labels.contains(&StagingLabel::AwsPending) {
        return Err(format!(
            "Secret version {token} not set as AWSPENDING for rotation of secret {arn}."
        ));
    }
    Ok(true)
}

/// The version that has AWSCURRENT.
fn holder(secret: &DescribeSecretReply) -> Option<&VersionId> {
    let mut versions = secret.version_ids_to_stages.iter().flatten();
    versions.find(|(_, labels)| labels.contains(&StagingLabel::AwsCurrent)).map(|(id, _)| id)
}

fn describe(event: &RotationEvent, rule: Rule, waits: Waits) -> Next {
    let secret_id = event.secret_id.as_str().to_owned();
    Next::Call(Operation::DescribeSecret(DescribeSecret { secret_id }), rule, waits)
}

fn read(
    event: &RotationEvent,
    version: Option<&str>,
    label: &str,
    rule: Rule,
    waits: Waits,
) -> Next {
    let request = GetSecretValue {
        secret_id: event.secret_id.as_str().to_owned(),
        version_id: version.map(str::to_owned),
        version_stage: Some(label.to_owned()),
    };
    Next::Call(Operation::GetSecretValue(request), rule, waits)
}
