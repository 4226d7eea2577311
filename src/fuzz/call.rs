//! One call of a random sequence, in words that fit into a register: cheap to draw, to compare and to drop.

use std::fmt;

use crate::api::{
    CancelRotateSecret, CreateSecret, DeleteSecret, DescribeSecret, GetSecretValue,
    ListSecretVersionIds, Operation, PutSecretValue, RestoreSecret, RotateSecret, SecretText,
    UpdateSecret, UpdateSecretVersionStage,
};
use crate::caller::Caller;
use crate::time::Span;
use crate::world::Action;

/// A rotation function that can be invoked, as `fn`.
pub const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:rotate";

/// One that can't be, as `missing`.
pub const MISSING: &str = "arn:aws:lambda:us-east-1:111111111111:function:missing";

/// A name, a label, a value or a version id of at most 16 ASCII characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word([u8; 16]);

impl Word {
    /// How long version ids are: AWS wants at least so many characters.
    pub(super) const LONG: usize = 32;

    /// The first 16 characters of a text.
    #[expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "constants are made of it, where iterators are not allowed; the index is below both lengths"
    )]
    pub const fn new(text: &str) -> Self {
        let (from, mut word) = (text.as_bytes(), [0; 16]);
        let mut at = 0;
        while at < from.len() && at < word.len() {
            word[at] = from[at];
            at += 1;
        }
        Self(word)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// The word as a version id: made as long as AWS wants it.
    pub fn long(self) -> String {
        format!("{self:-<width$}", width = Self::LONG)
    }

    /// The word that was made a version id.
    pub fn short(id: &str) -> Self {
        Self::new(id.trim_end_matches('-'))
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// One call, or time that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members are those of the requests, by shorter names")]
pub enum Call {
    /// `CreateSecret`.
    Create { secret: Word, token: Word, value: Option<Word> },
    /// `PutSecretValue`.
    Put { secret: Word, token: Word, value: Option<Word>, labels: Option<Vec<Word>> },
    /// `UpdateSecret`.
    Update { secret: Word, token: Word, value: Option<Word> },
    /// `UpdateSecretVersionStage`.
    Stage { secret: Word, label: Word, from: Option<Word>, to: Option<Word> },
    /// `GetSecretValue`.
    Get { secret: Word, label: Option<Word>, id: Option<Word> },
    /// `DescribeSecret`.
    Describe { secret: Word },
    /// `ListSecretVersionIds`; `all` with the versions that have no label.
    List { secret: Word, all: bool },
    /// `RotateSecret`. With `test`, the call asks for a test of the function alone.
    Rotate { secret: Word, token: Word, function: Option<Word>, test: bool },
    /// `CancelRotateSecret`.
    Cancel { secret: Word },
    /// `DeleteSecret` with a window.
    Delete { secret: Word, days: Option<i64> },
    /// `DeleteSecret` without a window.
    Force { secret: Word },
    /// `RestoreSecret`.
    Restore { secret: Word },
    /// Time passes.
    Wait(Span),
}

impl Call {
    /// The secret that it is about.
    pub const fn secret(&self) -> Option<Word> {
        match self {
            Self::Create { secret, .. }
            | Self::Put { secret, .. }
            | Self::Update { secret, .. }
            | Self::Stage { secret, .. }
            | Self::Get { secret, .. }
            | Self::Describe { secret }
            | Self::List { secret, .. }
            | Self::Rotate { secret, .. }
            | Self::Cancel { secret }
            | Self::Delete { secret, .. }
            | Self::Force { secret }
            | Self::Restore { secret } => Some(*secret),
            Self::Wait(_) => None,
        }
    }

    /// What the world is told to do.
    pub fn action(&self, by: &Caller) -> Action {
        match (self, self.operation()) {
            (Self::Wait(span), _) => Action::Wait(*span),
            (_, Some(operation)) => Action::Call { by: by.clone(), operation: operation.into() },
            (_, None) => Action::Wait(Span::from_millis(0)),
        }
    }

    /// The request, with long version ids; `None` if time passes.
    pub fn operation(&self) -> Option<Operation> {
        let text = |word: &Word| word.as_str().to_owned();
        let long = |id: &Option<Word>| id.map(Word::long);
        let secret_string = |value: &Option<Word>| value.map(|it| SecretText(it.as_str().into()));
        let secret_id = self.secret().map(|it| it.to_string())?;
        Some(match self {
            Self::Create { token, value, .. } => Operation::CreateSecret(CreateSecret {
                name: secret_id,
                client_request_token: Some(token.long()),
                secret_string: secret_string(value),
                ..CreateSecret::default()
            }),
            Self::Put { token, value, labels, .. } => Operation::PutSecretValue(PutSecretValue {
                secret_id,
                client_request_token: Some(token.long()),
                secret_string: secret_string(value),
                version_stages: labels.as_ref().map(|labels| labels.iter().map(text).collect()),
                ..PutSecretValue::default()
            }),
            Self::Update { token, value, .. } => Operation::UpdateSecret(UpdateSecret {
                secret_id,
                client_request_token: Some(token.long()),
                secret_string: secret_string(value),
                ..UpdateSecret::default()
            }),
            Self::Stage { label, from, to, .. } => {
                Operation::UpdateSecretVersionStage(UpdateSecretVersionStage {
                    secret_id,
                    version_stage: text(label),
                    remove_from_version_id: long(from),
                    move_to_version_id: long(to),
                })
            }
            Self::Get { label, id, .. } => Operation::GetSecretValue(GetSecretValue {
                secret_id,
                version_id: long(id),
                version_stage: label.as_ref().map(text),
            }),
            Self::Describe { .. } => Operation::DescribeSecret(DescribeSecret { secret_id }),
            Self::List { all, .. } => Operation::ListSecretVersionIds(ListSecretVersionIds {
                secret_id,
                include_deprecated: Some(*all),
                ..ListSecretVersionIds::default()
            }),
            Self::Rotate { token, function, test, .. } => Operation::RotateSecret(RotateSecret {
                secret_id,
                client_request_token: Some(token.long()),
                rotation_lambda_arn: function.map(|it| arn(it).to_owned()),
                rotate_immediately: test.then_some(false),
                ..RotateSecret::default()
            }),
            Self::Cancel { .. } => Operation::CancelRotateSecret(CancelRotateSecret { secret_id }),
            Self::Delete { days, .. } => Operation::DeleteSecret(DeleteSecret {
                secret_id,
                recovery_window_in_days: *days,
                ..DeleteSecret::default()
            }),
            Self::Force { .. } => Operation::DeleteSecret(DeleteSecret {
                secret_id,
                force_delete_without_recovery: Some(true),
                ..DeleteSecret::default()
            }),
            Self::Restore { .. } => Operation::RestoreSecret(RestoreSecret { secret_id }),
            Self::Wait(_) => return None,
        })
    }
}

/// The function that a word means.
pub fn arn(function: Word) -> &'static str {
    if function == Word::new("missing") { MISSING } else { FUNCTION }
}

impl fmt::Display for Call {
    /// A line as in `put db b=2 AWSPENDING,x`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_value =
            |value: &Option<Word>| value.map(|value| format!("={value}")).unwrap_or_default();
        match self {
            Self::Create { secret, token, value } => {
                write!(f, "create {secret} {token}{}", with_value(value))
            }
            Self::Put { secret, token, value, labels } => {
                write!(f, "put {secret} {token}{}", with_value(value))?;
                match labels.as_deref() {
                    None => Ok(()),
                    Some([]) => write!(f, " []"),
                    Some(labels) => {
                        let labels: Vec<_> = labels.iter().map(Word::as_str).collect();
                        write!(f, " {}", labels.join(","))
                    }
                }
            }
            Self::Update { secret, token, value } => {
                write!(f, "update {secret} {token}{}", with_value(value))
            }
            Self::Stage { secret, label, from, to } => {
                let side = |id: &Option<Word>| id.unwrap_or(Word::new(""));
                write!(f, "stage {secret} {label} {}>{}", side(from), side(to))
            }
            Self::Get { secret, label, id } => {
                write!(f, "get {secret}")?;
                label.iter().try_for_each(|label| write!(f, " label={label}"))?;
                id.iter().try_for_each(|id| write!(f, " id={id}"))
            }
            Self::Describe { secret } => write!(f, "describe {secret}"),
            Self::List { secret, all } => {
                write!(f, "list {secret}{}", if *all { " all" } else { "" })
            }
            Self::Rotate { secret, token, function, test } => {
                let verb = if *test { "test" } else { "rotate" };
                write!(f, "{verb} {secret} {token}")?;
                function.iter().try_for_each(|function| write!(f, " {function}"))
            }
            Self::Cancel { secret } => write!(f, "cancel {secret}"),
            Self::Delete { secret, days } => {
                write!(f, "delete {secret}")?;
                days.iter().try_for_each(|days| write!(f, " {days}"))
            }
            Self::Force { secret } => write!(f, "force {secret}"),
            Self::Restore { secret } => write!(f, "restore {secret}"),
            Self::Wait(span) => write!(f, "wait {}", span.to_string().replace(' ', "")),
        }
    }
}
