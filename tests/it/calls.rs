//! Calls in one line of text each: what the tests play, and what a random sequence that fails prints.
//!
//! ```text
//! create db a=1                       a secret, with token `a` and value `1` (`create db a`: without a value)
//! put db b=2 AWSPENDING,x             PutSecretValue; `[]` is an empty list of labels
//! update db c=3
//! stage db AWSCURRENT a>b             UpdateSecretVersionStage; either side may be left out
//! get db label=AWSPENDING id=b
//! list db all                         `all`: with versions that have no label
//! rotate db t fn                      RotateSecret; `test` is the same with RotateImmediately=false
//! delete db 7                         days of the window; `force db` deletes without one
//! describe db, cancel db, restore db, wait 70s
//! ```

use std::fmt;

use stagewright::api::{
    CancelRotateSecret, CreateSecret, DeleteSecret, DescribeSecret, GetSecretValue,
    ListSecretVersionIds, Operation, PutSecretValue, RestoreSecret, RotateSecret, SecretText,
    UpdateSecret, UpdateSecretVersionStage,
};
use stagewright::assumption::Assumptions;
use stagewright::caller::Caller;
use stagewright::secret::StagingLabel;
use stagewright::service::Setting;
use stagewright::time::{Span, Timestamp};
use stagewright::world::{Action, Trace, World};

/// A rotation function that can be invoked, as `fn`.
pub(crate) const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:rotate";

/// One that can't be, as `missing`.
pub(crate) const MISSING: &str = "arn:aws:lambda:us-east-1:111111111111:function:missing";

/// One call, or time that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create {
        secret: String,
        token: String,
        value: Option<String>,
    },
    Put {
        secret: String,
        token: String,
        value: Option<String>,
        labels: Option<Vec<String>>,
    },
    Update {
        secret: String,
        token: String,
        value: Option<String>,
    },
    Stage {
        secret: String,
        label: String,
        from: Option<String>,
        to: Option<String>,
    },
    Get {
        secret: String,
        label: Option<String>,
        id: Option<String>,
    },
    Describe {
        secret: String,
    },
    List {
        secret: String,
        all: bool,
    },
    /// With `test`, the call asks for a test of the function alone.
    Rotate {
        secret: String,
        token: String,
        function: Option<String>,
        test: bool,
    },
    Cancel {
        secret: String,
    },
    Delete {
        secret: String,
        days: Option<i64>,
    },
    Force {
        secret: String,
    },
    Restore {
        secret: String,
    },
    Wait(Span),
}

/// A version id from a short name: AWS wants at least 32 characters.
pub(crate) fn token(name: &str) -> String {
    format!("{name:-<32}")
}

/// The short name of a version id.
pub(crate) fn short(id: &str) -> &str {
    id.trim_end_matches('-')
}

/// A token with or without a value: `a=1`, `a`.
fn token_and_value(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((token, value)) => (token.to_owned(), Some(value.to_owned())),
        None => (text.to_owned(), None),
    }
}

impl Call {
    /// Reads a line.
    pub(crate) fn parse(line: &str) -> Self {
        let words: Vec<_> = line.split_whitespace().collect();
        let (verb, words) = words.split_first().expect("a line has a verb");
        let (secret, words) = words.split_first().expect("a line has an object");
        let word = |index: usize| words.get(index).copied();
        let tagged = |tag: &str| words.iter().find_map(|word| word.strip_prefix(tag));
        let secret = (*secret).to_owned();
        match *verb {
            "create" | "put" | "update" => {
                let (token, value) = token_and_value(word(0).expect("a token"));
                match *verb {
                    "create" => Self::Create { secret, token, value },
                    "update" => Self::Update { secret, token, value },
                    _ => {
                        let labels = word(1).map(|list| match list {
                            "[]" => Vec::new(),
                            list => list.split(',').map(str::to_owned).collect(),
                        });
                        Self::Put { secret, token, value, labels }
                    }
                }
            }
            "stage" => {
                let (from, to) = word(1).and_then(|it| it.split_once('>')).expect("from>to");
                let side = |id: &str| (!id.is_empty()).then(|| id.to_owned());
                let label = word(0).expect("a label").to_owned();
                Self::Stage { secret, label, from: side(from), to: side(to) }
            }
            "get" => {
                let (label, id) = (tagged("label="), tagged("id="));
                Self::Get { secret, label: label.map(str::to_owned), id: id.map(str::to_owned) }
            }
            "describe" => Self::Describe { secret },
            "list" => Self::List { secret, all: word(0) == Some("all") },
            "rotate" | "test" => {
                let token = word(0).expect("a token").to_owned();
                let function = word(1).map(str::to_owned);
                Self::Rotate { secret, token, function, test: *verb == "test" }
            }
            "cancel" => Self::Cancel { secret },
            "delete" => {
                Self::Delete { secret, days: word(0).map(|days| days.parse().expect("days")) }
            }
            "force" => Self::Force { secret },
            "restore" => Self::Restore { secret },
            "wait" => Self::Wait(secret.parse().expect("a span")),
            verb => panic!("`{verb}` is not a call"),
        }
    }

    /// The request, with long version ids.
    fn operation(&self) -> Operation {
        let long = |id: &Option<String>| id.as_deref().map(token);
        let text = |value: &Option<String>| value.clone().map(SecretText);
        match self.clone() {
            Self::Create { secret: name, token: id, value } => {
                let client_request_token = Some(token(&id));
                let secret_string = text(&value);
                Operation::CreateSecret(CreateSecret {
                    name,
                    client_request_token,
                    secret_string,
                    ..CreateSecret::default()
                })
            }
            Self::Put { secret: secret_id, token: id, value, labels: version_stages } => {
                Operation::PutSecretValue(PutSecretValue {
                    secret_id,
                    client_request_token: Some(token(&id)),
                    secret_string: text(&value),
                    version_stages,
                    ..PutSecretValue::default()
                })
            }
            Self::Update { secret: secret_id, token: id, value } => {
                Operation::UpdateSecret(UpdateSecret {
                    secret_id,
                    client_request_token: Some(token(&id)),
                    secret_string: text(&value),
                    ..UpdateSecret::default()
                })
            }
            Self::Stage { secret: secret_id, label: version_stage, from, to } => {
                Operation::UpdateSecretVersionStage(UpdateSecretVersionStage {
                    secret_id,
                    version_stage,
                    remove_from_version_id: long(&from),
                    move_to_version_id: long(&to),
                })
            }
            Self::Get { secret: secret_id, label: version_stage, id } => {
                let version_id = long(&id);
                Operation::GetSecretValue(GetSecretValue { secret_id, version_id, version_stage })
            }
            Self::Describe { secret: secret_id } => {
                Operation::DescribeSecret(DescribeSecret { secret_id })
            }
            Self::List { secret: secret_id, all } => {
                Operation::ListSecretVersionIds(ListSecretVersionIds {
                    secret_id,
                    include_deprecated: Some(all),
                    ..ListSecretVersionIds::default()
                })
            }
            other => other.lifecycle_operation(),
        }
    }

    /// The request of a call that configures, cancels or deletes.
    fn lifecycle_operation(self) -> Operation {
        match self {
            Self::Rotate { secret: secret_id, token: id, function, test } => {
                let arn = |name: &str| if name == "missing" { MISSING } else { FUNCTION };
                Operation::RotateSecret(RotateSecret {
                    secret_id,
                    client_request_token: Some(token(&id)),
                    rotation_lambda_arn: function.as_deref().map(arn).map(str::to_owned),
                    rotate_immediately: test.then_some(false),
                    ..RotateSecret::default()
                })
            }
            Self::Cancel { secret: secret_id } => {
                Operation::CancelRotateSecret(CancelRotateSecret { secret_id })
            }
            Self::Delete { secret: secret_id, days: recovery_window_in_days } => {
                Operation::DeleteSecret(DeleteSecret {
                    secret_id,
                    recovery_window_in_days,
                    ..DeleteSecret::default()
                })
            }
            Self::Force { secret: secret_id } => Operation::DeleteSecret(DeleteSecret {
                secret_id,
                force_delete_without_recovery: Some(true),
                ..DeleteSecret::default()
            }),
            Self::Restore { secret: secret_id } => {
                Operation::RestoreSecret(RestoreSecret { secret_id })
            }
            other => panic!("`{other}` has no request"),
        }
    }

    /// What the world is told to do.
    pub(crate) fn action(&self) -> Action {
        match self {
            Self::Wait(span) => Action::Wait(*span),
            call => Action::Call {
                by: Caller::named("", &Setting::default().account),
                operation: call.operation(),
            },
        }
    }
}

impl fmt::Display for Call {
    /// The line that [`Call::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_value = |value: &Option<String>| {
            value.as_deref().map(|value| format!("={value}")).unwrap_or_default()
        };
        match self {
            Self::Create { secret, token, value } => {
                write!(f, "create {secret} {token}{}", with_value(value))
            }
            Self::Put { secret, token, value, labels } => {
                write!(f, "put {secret} {token}{}", with_value(value))?;
                match labels.as_deref() {
                    None => Ok(()),
                    Some([]) => write!(f, " []"),
                    Some(labels) => write!(f, " {}", labels.join(",")),
                }
            }
            Self::Update { secret, token, value } => {
                write!(f, "update {secret} {token}{}", with_value(value))
            }
            Self::Stage { secret, label, from, to } => {
                let (from, to) = (from.as_deref().unwrap_or(""), to.as_deref().unwrap_or(""));
                write!(f, "stage {secret} {label} {from}>{to}")
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

/// A world without secrets, in which the function `missing` can't be invoked.
pub(crate) fn world(assume: Assumptions) -> World {
    let missing_functions = [MISSING.to_owned()].into();
    let setting = Setting { missing_functions, assume, ..Setting::default() };
    World::new(setting, Timestamp::DEFAULT_START)
}

/// The calls of a text, one a line or separated by `;`.
pub(crate) fn script(text: &str) -> Vec<Call> {
    let lines = text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
    lines.map(Call::parse).collect()
}

/// Plays a text in a new world.
pub(crate) fn trace(text: &str) -> Trace {
    trace_if(Assumptions::default(), text)
}

/// [`trace`] under other assumptions.
pub(crate) fn trace_if(assume: Assumptions, text: &str) -> Trace {
    let (mut world, mut trace) = (world(assume), Trace { assume, ..Trace::default() });
    for call in script(text) {
        world.step(call.action(), &mut trace);
    }
    trace
}

/// The versions of the first secret at the end of a trace, with labels: `a=AWSPREVIOUS b=AWSCURRENT c`.
pub(crate) fn versions(trace: &Trace) -> String {
    let views = &trace.steps.last().expect("something was played").after;
    let versions = views.iter().take(1).flat_map(|view| &view.versions).map(|version| {
        let labels: Vec<_> = version.labels.iter().map(StagingLabel::as_str).collect();
        match labels.as_slice() {
            [] => short(version.id.as_str()).to_owned(),
            labels => format!("{}={}", short(version.id.as_str()), labels.join(",")),
        }
    });
    versions.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_line_is_read_as_it_is_written() {
    for line in [
        "create db a=1",
        "create db a",
        "put db b=2",
        "put db b",
        "put db b=2 AWSPENDING,x",
        "put db b=2 []",
        "update db c=3",
        "stage db AWSCURRENT a>b",
        "stage db x >b",
        "stage db x a>",
        "get db",
        "get db label=x id=a",
        "describe db",
        "list db",
        "list db all",
        "rotate db t",
        "test db t fn",
        "cancel db",
        "delete db",
        "delete db 7",
        "force db",
        "restore db",
        "wait 1m10s",
    ] {
        assert_eq!(Call::parse(line).to_string(), line);
    }
}
