//! The built-in rotation function: does what AWS's sample functions do with the secret, and fails where it is told to.
//!
//! The calls of `createSecret` and `finishSecret` are those of AWS's template; `setSecret` and `testSecret` read the versions
//! that the functions for databases read. There is no database: what would happen there succeeds.

use crate::api::{
    DescribeSecret, DescribeSecretReply, Empty, ErrorCode, GetRandomPassword, GetSecretValue,
    Operation, PutSecretValue, Reply, RotationEvent, RotationStep, ServiceError,
    UpdateSecretVersionStage,
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

/// What the function has to know of an answer: that it came, and what is in it only where it looks there.
pub(super) fn remembered(
    waits: Waits,
    answer: &Result<Reply, ServiceError>,
) -> Result<Reply, ServiceError> {
    let looks = matches!(waits, Waits::Checks | Waits::Holder | Waits::Password);
    if answer.is_ok() && !looks { Ok(Reply::Empty(Empty {})) } else { answer.clone() }
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
    match (waits, reply) {
        (Waits::Nothing, _) => {
            return describe(event, Rule::TemplateChecksFirst, Waits::Checks);
        }
        (Waits::Checks, Some(Reply::Description(secret))) => match checks(event, secret) {
            Ok(true) => {}
            Ok(false) => return Next::Return,
            Err(raised) => return Next::Raise(raised),
        },
        _ => {}
    }
    if waits == Waits::Checks && function.fails(event.step) {
        return Next::Raise(format!("{} fails, as the scenario says", event.step));
    }
    match event.step {
        RotationStep::CreateSecret => create_secret(event, waits, reply),
        RotationStep::SetSecret => set_secret(event, waits),
        RotationStep::TestSecret => test_secret(event, waits),
        RotationStep::FinishSecret => finish_secret(event, waits, reply),
    }
}

/// Makes a password, unless there is a pending value already (LAM-6).
fn create_secret(event: &RotationEvent, waits: Waits, reply: Option<&Reply>) -> Next {
    let rule = Rule::TemplateReusesPendingValue;
    match (waits, reply) {
        (Waits::Checks, _) => read(event, None, "AWSCURRENT", rule, Waits::Current),
        (Waits::Current, _) => read_pending(event, rule, Waits::Pending),
        (Waits::Pending, None) => {
            let request = GetRandomPassword {
                exclude_characters: Some("/@\"'\\".to_owned()),
                ..GetRandomPassword::default()
            };
            Next::Call(Operation::GetRandomPassword(request), rule, Waits::Password)
        }
        (Waits::Password, Some(Reply::Password(reply))) => {
            let request = PutSecretValue {
                secret_id: event.secret_id.as_str().to_owned(),
                client_request_token: Some(event.client_request_token.as_str().to_owned()),
                secret_string: Some(reply.random_password.clone()),
                version_stages: Some(vec!["AWSPENDING".to_owned()]),
                ..PutSecretValue::default()
            };
            Next::Call(Operation::PutSecretValue(request), rule, Waits::Last)
        }
        _ => Next::Return,
    }
}

/// Reads the values that a function for databases tries (LAM-10).
#[expect(clippy::wildcard_enum_match_arm, reason = "a step waits for few of all answers")]
fn set_secret(event: &RotationEvent, waits: Waits) -> Next {
    let rule = Rule::SetSecretTriesCredentials;
    match waits {
        Waits::Checks => read_pending(event, rule, Waits::NewValue),
        Waits::NewValue => read(event, None, "AWSCURRENT", rule, Waits::OldValue),
        Waits::OldValue => read(event, None, "AWSPREVIOUS", rule, Waits::OlderValue),
        _ => Next::Return,
    }
}

/// Reads the value that a function for databases tests.
#[expect(clippy::wildcard_enum_match_arm, reason = "a step waits for few of all answers")]
fn test_secret(event: &RotationEvent, waits: Waits) -> Next {
    match waits {
        Waits::Checks => read_pending(event, Rule::SetSecretTriesCredentials, Waits::Last),
        _ => Next::Return,
    }
}

/// Moves AWSCURRENT to the pending version, and nothing else (LAM-7).
fn finish_secret(event: &RotationEvent, waits: Waits, reply: Option<&Reply>) -> Next {
    let rule = Rule::TemplateMovesCurrentOnly;
    match (waits, reply) {
        (Waits::Checks, _) => describe(event, rule, Waits::Holder),
        (Waits::Holder, Some(Reply::Description(secret))) => match holder(secret) {
            Some(current) if *current == event.client_request_token => Next::Return,
            current => {
                let request = UpdateSecretVersionStage {
                    secret_id: event.secret_id.as_str().to_owned(),
                    version_stage: "AWSCURRENT".to_owned(),
                    remove_from_version_id: current.map(|id| id.as_str().to_owned()),
                    move_to_version_id: Some(event.client_request_token.as_str().to_owned()),
                };
                Next::Call(Operation::UpdateSecretVersionStage(request), rule, Waits::Last)
            }
        },
        _ => Next::Return,
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

fn read_pending(event: &RotationEvent, rule: Rule, waits: Waits) -> Next {
    read(event, Some(event.client_request_token.as_str()), "AWSPENDING", rule, waits)
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
