//! A rotation function as it runs: what it remembers, and which call it makes next.

use std::sync::Arc;

use serde_json::Value;

use super::database::{Answer, Credentials, Party};
use super::trace::Event;
use crate::api::{
    DescribeSecret, DescribeSecretReply, GetRandomPassword, GetSecretValue, GetSecretValueReply,
    Operation, PutSecretValue, Reply, RotationEvent, RotationStep, SecretText, ServiceError,
    UpdateSecretVersionStage,
};
use crate::program::{
    Call, Caught, Condition, Credential, Flow, FlowId, MessageId, NewValue, Node, NodeId, Program,
    PutToken, REGISTERS_MAX, RegisterId, Term,
};
use crate::secret::{SecretValue, VersionId};
use crate::seed::Stream;

/// A rotation function, and how often each of its steps fails whatever it says, in the order of [`RotationStep::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    program: Arc<Program>,
    fails: [Fails; 4],
}

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
    /// The function that `program` says.
    pub fn new(program: Arc<Program>) -> Self {
        Self { program, fails: [Fails::Never; 4] }
    }

    /// What it does.
    pub const fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Has `step` fail that often: when it goes on after its first call, which is the one that checks.
    pub fn fail(&mut self, step: RotationStep, fails: Fails) {
        if let Some(entry) = self.fails.get_mut(step as usize) {
            *entry = fails;
        }
    }

    /// Whether `step` fails this time.
    pub(super) fn fails(&mut self, step: RotationStep) -> bool {
        match self.fails.get_mut(step as usize) {
            Some(Fails::Always) => true,
            Some(Fails::Times(left)) if *left > 0 => {
                *left = left.saturating_sub(1);
                true
            }
            Some(_) | None => false,
        }
    }
}

/// Something that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// A version, with its value if that was read.
    Version(VersionId, Option<SecretValue>),
    /// A password, or a token of the target.
    Secret(SecretText),
    /// Yes.
    Yes,
}

/// What a call was answered. It stays where it is: the trace has it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answered<'a> {
    /// By the service.
    Service(&'a Result<Reply, ServiceError>),
    /// By the target.
    Target(&'a Answer),
}

impl<'a> Answered<'a> {
    /// The answer in what is told of a call.
    pub(super) fn of(event: &'a Event, outcome: &'a Result<Reply, ServiceError>) -> Self {
        if let Event::Target(step) = event {
            Self::Target(&step.answer)
        } else {
            Self::Service(outcome)
        }
    }

    /// The text of the error that it is.
    fn error(self) -> String {
        match self {
            Self::Service(Err(error)) => error.to_string(),
            Self::Target(answer) => format!("the target says: {}", answer.in_words()),
            Self::Service(Ok(_)) => String::new(),
        }
    }
}

/// An invocation of a function: where it stands and what it remembers.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// How it goes on after the call that was made last, or the error that it raises because nothing catches it.
    goes_on: Option<Result<FlowId, String>>,
    calls: u32,
    memory: [Option<Held>; REGISTERS_MAX],
}

/// What a function does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Makes a call.
    Call(NodeId),
    /// Comes back.
    Return,
    /// Raises a text.
    Raise(MessageId),
    /// Raises the error that its last call was answered with.
    RaiseAnswer(String),
    /// Fails because it was told to.
    RaiseAsTold,
    /// Is killed while it waits for an answer.
    TimesOut,
    /// Has nothing left to do.
    Quit,
}

impl Running {
    /// At the beginning of a step.
    pub(super) fn new() -> Self {
        Self { goes_on: None, calls: 0, memory: std::array::from_fn(|_| None) }
    }

    /// Takes the answer to a call.
    pub(super) fn answered(&mut self, node: &Node, answer: Answered<'_>) {
        self.calls = self.calls.saturating_add(1);
        self.goes_on = Some(self.caught(node, answer).ok_or_else(|| answer.error()));
    }

    /// Goes on to the next call, or to the end of the step.
    pub(super) fn go_on(&mut self, function: &mut Function, event: &RotationEvent) -> Next {
        let program = Arc::clone(&function.program);
        let entry = program.entries.get(event.step as usize).copied();
        let flow = match self.goes_on.take() {
            Some(Ok(flow)) => flow,
            Some(Err(error)) => return Next::RaiseAnswer(error),
            None => {
                let Some(entry) = entry else { return Next::Return };
                entry
            }
        };
        match program.follow(flow, |condition| self.holds(condition, event)) {
            Flow::Go(_) if self.calls == 1 && function.fails(event.step) => Next::RaiseAsTold,
            Flow::Go(node) => {
                let scope = program.node(node).map(|node| node.scope).unwrap_or_default();
                for (index, held) in self.memory.iter_mut().enumerate() {
                    let register = u8::try_from(index).map_or(RegisterId(0), RegisterId);
                    if held.is_some() && !scope.contains(register) {
                        *held = None;
                    }
                }
                Next::Call(node)
            }
            Flow::Fail(message) => Next::Raise(message),
            Flow::Quit => Next::Quit,
            Flow::Return | Flow::If { .. } => Next::Return,
        }
    }

    /// Keeps what an answer tells, and gives the flow that follows it; `None` for an error that nothing catches.
    fn caught(&mut self, node: &Node, answer: Answered<'_>) -> Option<FlowId> {
        let error = match answer {
            Answered::Service(Ok(reply)) => {
                self.keep(node, reply);
                return Some(node.then);
            }
            Answered::Service(Err(error)) => Caught::Service(error.code),
            Answered::Target(Answer::Denied) => Caught::Denied,
            Answered::Target(Answer::Unavailable) => Caught::Unavailable,
            Answered::Target(answer) => {
                if let Some(register) = node.binds {
                    let held = match answer {
                        Answer::Yes => Some(Held::Yes),
                        Answer::Made(token) => Some(Held::Secret(token.clone())),
                        Answer::Done | Answer::No | Answer::Denied | Answer::Unavailable => None,
                    };
                    self.set(register, held);
                }
                return Some(node.then);
            }
        };
        let mut handlers = node.on_error.iter();
        let fits = handlers.find(|(caught, _)| matches!(caught, Caught::Any) || *caught == error);
        fits.map(|(_, flow)| *flow)
    }

    fn set(&mut self, register: RegisterId, held: Option<Held>) {
        if let Some(place) = self.memory.get_mut(register.index()) {
            *place = held;
        }
    }

    fn keep(&mut self, node: &Node, reply: &Reply) {
        match (&node.call, reply) {
            (Call::DescribeSecret { holders, rotation_enabled }, Reply::Description(secret)) => {
                for (label, register) in holders {
                    let held = holder(secret, label).map(|id| Held::Version(id.clone(), None));
                    self.set(*register, held);
                }
                if let Some(register) = rotation_enabled {
                    self.set(
                        *register,
                        (secret.rotation_enabled == Some(true)).then_some(Held::Yes),
                    );
                }
            }
            (_, Reply::Value(reply)) => {
                if let Some(register) = node.binds {
                    let held = Held::Version(reply.version_id.clone(), value(reply));
                    self.set(register, Some(held));
                }
            }
            (_, Reply::Password(reply)) => {
                if let Some(register) = node.binds {
                    self.set(register, Some(Held::Secret(reply.random_password.clone())));
                }
            }
            _ => {}
        }
    }

    fn held(&self, register: RegisterId) -> Option<&Held> {
        self.memory.get(register.index())?.as_ref()
    }

    fn version<'a>(&'a self, term: Term, event: &'a RotationEvent) -> Option<&'a VersionId> {
        match term {
            Term::Token => Some(&event.client_request_token),
            Term::Register(register) => match self.held(register)? {
                Held::Version(id, _) => Some(id),
                Held::Secret(_) | Held::Yes => None,
            },
        }
    }

    fn holds(&self, condition: Condition, event: &RotationEvent) -> bool {
        match condition {
            Condition::Same(one, other) => {
                let one = self.version(one, event);
                one.is_some() && one == self.version(other, event)
            }
            Condition::SameUser(one, other) => {
                let user = |register| Some(self.credentials(register)?.user);
                let one = user(one);
                one.is_some() && one == user(other)
            }
            Condition::IsSet(register) => self.held(register).is_some(),
        }
    }

    /// Whose credential something is.
    pub(super) fn party(&self, credential: Credential) -> Party {
        match credential {
            Credential::Administrator => Party::Administrator,
            Credential::Register(register) => {
                self.credentials(register).map_or(Party::Nobody, Party::User)
            }
        }
    }

    /// Who the credential in a register is for and what it is; `None` if it isn't set.
    fn credentials(&self, register: RegisterId) -> Option<Credentials> {
        Some(match self.held(register)? {
            Held::Version(id, value) => {
                Credentials { version: Some(id.clone()), ..Credentials::of(value.as_ref()?) }
            }
            Held::Secret(secret) => {
                Credentials { user: None, secret: secret.clone(), version: None }
            }
            Held::Yes => return None,
        })
    }

    /// The request of a call of the service; `None` for a call of the target.
    pub(super) fn request(
        &self,
        call: &Call,
        event: &RotationEvent,
        tokens: &mut Stream,
    ) -> Option<Operation> {
        let secret_id = event.secret_id.as_str().to_owned();
        let id = |term: &Option<Term>| {
            let version = term.and_then(|term| self.version(term, event));
            version.map(|id| id.as_str().to_owned())
        };
        Some(match call {
            Call::DescribeSecret { .. } => Operation::DescribeSecret(DescribeSecret { secret_id }),
            Call::GetSecretValue { version, label } => Operation::GetSecretValue(GetSecretValue {
                secret_id,
                version_id: id(version),
                version_stage: label.as_ref().map(|label| label.as_str().to_owned()),
            }),
            Call::GetRandomPassword => Operation::GetRandomPassword(GetRandomPassword {
                exclude_characters: Some("/@\"'\\".to_owned()),
                ..GetRandomPassword::default()
            }),
            Call::PutSecretValue { token, value, labels } => {
                let token = match token {
                    PutToken::Rotation => event.client_request_token.as_str().to_owned(),
                    PutToken::Fresh => tokens.token_text(),
                };
                Operation::PutSecretValue(PutSecretValue {
                    secret_id,
                    client_request_token: Some(token),
                    secret_string: Some(SecretText(self.new_value(*value, event).into())),
                    version_stages: labels.as_ref().map(|labels| {
                        labels.iter().map(|label| label.as_str().to_owned()).collect()
                    }),
                    ..PutSecretValue::default()
                })
            }
            Call::UpdateSecretVersionStage { label, move_to, remove_from } => {
                Operation::UpdateSecretVersionStage(UpdateSecretVersionStage {
                    secret_id,
                    version_stage: label.as_str().to_owned(),
                    remove_from_version_id: id(remove_from),
                    move_to_version_id: id(move_to),
                })
            }
            Call::Target(_) => return None,
        })
    }

    /// The text that a put stores: JSON if it is derived from JSON, or the bare password.
    fn new_value(&self, value: NewValue, event: &RotationEvent) -> String {
        let secret = match value.secret.map(|register| self.held(register)) {
            None => format!("derived-{}", event.client_request_token),
            Some(Some(Held::Secret(secret))) => secret.0.to_string(),
            Some(_) => String::new(),
        };
        let Some(Held::Version(_, Some(SecretValue::Text(old)))) =
            value.from.and_then(|register| self.held(register))
        else {
            return secret;
        };
        let Ok(Value::Object(mut members)) = serde_json::from_str(old) else { return secret };
        let member = Credentials::member(&members);
        members.insert(member.to_owned(), secret.into());
        if value.other_user
            && let Some(Value::String(user)) = members.get_mut("username")
        {
            *user = super::database::other_user(user);
        }
        Value::Object(members).to_string()
    }
}

/// The version that has a label.
fn holder<'r>(
    secret: &'r DescribeSecretReply,
    label: &crate::secret::StagingLabel,
) -> Option<&'r VersionId> {
    let mut versions = secret.version_ids_to_stages.iter().flatten();
    versions.find(|(_, labels)| labels.contains(label)).map(|(id, _)| id)
}

/// The value in an answer.
fn value(reply: &GetSecretValueReply) -> Option<SecretValue> {
    let text = reply.secret_string.as_ref().map(|text| SecretValue::Text(text.0.clone()));
    let bytes =
        || reply.secret_binary.as_ref().map(|bytes| SecretValue::Binary(bytes.0.as_slice().into()));
    text.or_else(bytes)
}
