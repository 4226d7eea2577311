//! The rotation function of a scenario, the target whose passwords it changes, and what goes wrong with its calls.

use std::sync::Arc;

use serde_json::Value;

use super::Members;
use super::drafts::{Drafts, meant};
use crate::api::{OperationName, RotationStep};
use crate::mistake::{line_column, quoted};
use crate::program::{Call, Program};
use crate::scenario::format::{FaultFile, File, Step as StepFile, UserFile};
use crate::scenario::{Load, Step, StepKind};
use crate::target::{CredentialSet, GrantSet, PRINCIPALS_MAX, Principal};
use crate::time::Span;
use crate::world::{Database, Fails, Fault, FaultKind, Function, other_user};
use crate::yaml::{Path, Trail};

/// What a name of an embedded program begins with.
const BUILTIN: &str = "builtin:";

/// The rotation function that the service invokes, if the scenario has one.
pub(super) fn function(file: &File, load: Load<'_>, drafts: &mut Drafts) -> Option<Function> {
    let function = file.function.as_ref()?;
    let path = Path::top().key("function");
    match function {
        Value::String(name) => program(&path, name, load, drafts).map(Function::new),
        Value::Object(steps) => {
            let mut function = Function::new(Program::builtin("template")?);
            for (name, fails) in steps {
                let path = path.key(name.clone());
                match (name.parse::<RotationStep>(), outcome(fails)) {
                    (Ok(step), Some(fails)) => function.fail(step, fails),
                    (Ok(_), None) => {
                        let message = "that is not how a step can end".to_owned();
                        let help =
                            "write `fails`, or `{ fails: 2 }` for the first two times".to_owned();
                        drafts.value(path, message, "not an outcome", Some(help));
                    }
                    (Err(error), _) => {
                        let help = meant(name, RotationStep::ALL.iter().map(|step| step.as_str()));
                        drafts.key(path, error.to_string(), "not a step", Some(help));
                    }
                }
            }
            Some(function)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            not_a_function(path, drafts);
            None
        }
    }
}

fn not_a_function(path: Path, drafts: &mut Drafts) {
    let message = "that is not a rotation function".to_owned();
    let help = "write `builtin:template`, a file with a program, or which steps fail: `{ setSecret: fails }`";
    drafts.value(path, message, "not a function", Some(help.to_owned()));
}

/// The program of that name or file.
fn program(path: &Path, name: &str, load: Load<'_>, drafts: &mut Drafts) -> Option<Arc<Program>> {
    if let Some(builtin) = name.strip_prefix(BUILTIN) {
        let found = Program::builtin(builtin);
        if found.is_none() {
            let message = format!("no program {} is built in", quoted(builtin));
            let help = meant(builtin, Program::builtin_names());
            drafts.value(path.clone(), message, "not an embedded program", Some(help));
        }
        return found;
    }
    let end = std::path::Path::new(name).extension().and_then(|end| end.to_str());
    if !matches!(end, Some("yaml" | "yml")) {
        not_a_function(path.clone(), drafts);
        return None;
    }
    let text = match load(name) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the program {} can't be read", quoted(name));
            drafts.value(path.clone(), message, "a file relative to this one", Some(error));
            return None;
        }
    };
    match Program::read(&text) {
        Ok(program) => Some(Arc::new(program)),
        Err(mistakes) => {
            let message = match mistakes.len() {
                1 => format!("the program {} has a mistake", quoted(name)),
                count => format!("the program {} has {count} mistakes", quoted(name)),
            };
            let first = mistakes.first().map(|mistake| {
                let (line, column) = line_column(&text, mistake.span.start);
                format!("{name}:{line}:{column}: {}", mistake.message)
            });
            drafts.value(path.clone(), message, "can't be run", first);
            None
        }
    }
}

/// How a step ends: `fails`, or `{ fails: 2 }`.
fn outcome(value: &Value) -> Option<Fails> {
    if value.as_str() == Some("fails") {
        return Some(Fails::Always);
    }
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let times = members.get("fails")?.as_u64()?;
    u32::try_from(times).ok().filter(|times| *times > 0).map(Fails::Times)
}

/// The target, if the scenario has one. `requests` has what each step sends.
pub(super) fn database(
    file: &File,
    requests: &[Members],
    function: Option<&Function>,
    drafts: &mut Drafts,
) -> Option<Database> {
    let Some(target) = &file.target else {
        let calls = function.is_some_and(|it| {
            it.program().nodes.iter().any(|node| matches!(node.call, Call::Target(_)))
        });
        if calls {
            let message = "the function calls a target, and the scenario has none".to_owned();
            let help = "add `target: { users: { app: { password: v1 } } }`".to_owned();
            drafts.value(Path::top().key("function"), message, "needs a target", Some(help));
        }
        return None;
    };
    let path = Path::top().key("target");
    let users = path.key("users");
    let Some((first, _)) = target.users.first_key_value() else {
        let help = "name the user in the secret, such as `{ app: { password: v1 } }`".to_owned();
        drafts.value(users, "a target needs a user".to_owned(), "no users", Some(help));
        return None;
    };
    let mut database = Database::new(first);
    database.grants = function.map(|it| it.program().grants.clone()).unwrap_or_default();
    let passwords = Passwords { file, requests };
    for (name, user) in &target.users {
        let at = users.key(name.clone());
        let Some(slot) = database.principal(Some(name)) else {
            let help = if target.users.len() > PRINCIPALS_MAX {
                "a target has one user, and at most the one that takes turns with it".to_owned()
            } else {
                format!("the two would be {} and {}", quoted(first), quoted(&other_user(first)))
            };
            let message = format!("{} takes no turns with {}", quoted(name), quoted(first));
            drafts.key(at, message, "not the other user", Some(help));
            continue;
        };
        let principal = principal(&at, user, &mut database, &passwords, drafts);
        if let Some(place) = database.target.principals.get_mut(usize::from(slot.0)) {
            *place = principal;
        }
    }
    if let Some(name) = &target.login_needs {
        database.setting.login_needs = grant(&path.key("login-needs"), name, &mut database, drafts);
    }
    database.setting.live = target.live.filter(|most| *most > 0);
    if target.live == Some(0) {
        let message = "nobody could ever log in to a target that accepts nothing".to_owned();
        let help = "say how many passwords or tokens of a user are live at once, such as `2`";
        drafts.value(path.key("live"), message, "at least 1", Some(help.to_owned()));
    }
    let mut span = |key: &'static str, text: Option<&String>| {
        let text = text?;
        let parsed = text.parse::<Span>().ok();
        let span = parsed.filter(|span| *span > Span::from_millis(0));
        if span.is_none() {
            let what = if parsed.is_some() { "takes no time" } else { "is not a span of time" };
            let message = format!("{} {what}", quoted(text));
            let help = "write it like `10s` or `1h`, or leave it out if it takes no time";
            let label = "expected numbers with units";
            drafts.value(path.key(key), message, label, Some(help.to_owned()));
        }
        span
    };
    database.setting.delay = span("propagation-delay", target.propagation_delay.as_ref());
    database.setting.grace = span("grace", target.grace.as_ref());
    for (index, step) in file.steps.iter().enumerate() {
        let Some(name) = &step.grant else { continue };
        let path = Path::top().key("steps").index(index).key("grant");
        grant(&path, name, &mut database, drafts);
    }
    Some(database)
}

/// A user as it is at the start.
fn principal(
    path: &Path,
    user: &UserFile,
    database: &mut Database,
    passwords: &Passwords<'_>,
    drafts: &mut Drafts,
) -> Principal {
    let mut accepts = CredentialSet::default();
    let at = path.key("password");
    if let Some(version) = &user.password
        && let Some(password) = passwords.of(&at, version, drafts)
    {
        accepts = accepts.with(database.credential(&password, accepts));
    }
    let mut grants = GrantSet::default();
    for (index, name) in user.grants.iter().enumerate() {
        let grant = grant(&path.key("grants").index(index), name, database, drafts);
        grants.0 |= grant.map_or(0, |grant| 1 << grant);
    }
    Principal { exists: true, accepts, grants, tls: user.tls, ..Principal::default() }
}

/// The number of a grant.
fn grant(path: &Path, name: &str, database: &mut Database, drafts: &mut Drafts) -> Option<u8> {
    let grants = &mut database.grants;
    let index = grants.iter().position(|it| it == name).unwrap_or(grants.len());
    if index >= 8 {
        let message = "a target has at most 8 grants".to_owned();
        drafts.value(path.clone(), message, "one too many", None);
        return None;
    }
    if index == grants.len() {
        grants.push(name.to_owned());
    }
    u8::try_from(index).ok()
}

/// Finds the passwords of versions that steps make.
struct Passwords<'a> {
    file: &'a File,
    requests: &'a [Members],
}

impl Passwords<'_> {
    /// The password or token in the value of the version that a step names.
    fn of(&self, path: &Path, version: &str, drafts: &mut Drafts) -> Option<String> {
        let named = || self.file.steps.iter().filter_map(|step| step.name.as_deref());
        let Some(step) =
            self.file.steps.iter().position(|step| step.name.as_deref() == Some(version))
        else {
            let message = format!("no version is called {}", quoted(version));
            let help = meant(version, named());
            drafts.value(path.clone(), message, "not a name that a step gives", Some(help));
            return None;
        };
        let members = self.requests.get(step).and_then(|sent| sent.with.as_ref());
        let value = members.and_then(|members| members.get("SecretString"));
        let password = match value {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Object(members)) => {
                let secret = members.get("password").or_else(|| members.get("token"));
                secret.and_then(Value::as_str).map(str::to_owned)
            }
            _ => None,
        };
        if password.is_none() {
            let message = format!("the step that makes {} states no password", quoted(version));
            let help = "its SecretString has a `password`, or is one".to_owned();
            drafts.value(path.clone(), message, "has no known password", Some(help));
        }
        password
    }
}

/// What goes wrong with the calls of the function, as the step at `path` says.
pub(super) fn faults(
    path: &Trail<'_>,
    faults: &[FaultFile],
    function: Option<&Function>,
    drafts: &mut Drafts,
) -> Vec<Fault> {
    let mut planned = Vec::new();
    let path = path.key("faults");
    for (index, fault) in faults.iter().enumerate() {
        let path = path.index(index);
        let kind = FaultKind::ALL.into_iter().find(|kind| kind.as_str() == fault.kind);
        if kind.is_none() {
            let message = format!("unknown kind of fault {}", quoted(&fault.kind));
            let help = meant(&fault.kind, FaultKind::ALL.iter().map(|kind| kind.as_str()));
            drafts.value(path.key("kind"), message, "not a kind of fault", Some(help));
        }
        if let Some(kind) = kind {
            struck(path.key("at"), &fault.at, kind, function, drafts);
        }
        let times = fault.times.unwrap_or(1);
        planned.extend(kind.map(|kind| Fault { at: fault.at.clone(), kind, times }));
    }
    planned
}

/// Whether a call is a read that answers with what was there before the last change.
pub(super) fn stale(
    path: &Trail<'_>,
    step: &StepFile,
    operation: OperationName,
    drafts: &mut Drafts,
) -> bool {
    if step.stale && !operation.may_lag() {
        let message = format!("{} is no read, so it can't be stale", operation.as_str());
        let help = "a stale read is a DescribeSecret, say, or a GetSecretValue".to_owned();
        drafts.key(path.key("stale"), message, "not a read", Some(help));
    }
    step.stale
}

/// Whether some read is told to answer with what was there before the last change.
pub(super) fn looks_back(steps: &[Step]) -> bool {
    let is_stale = |fault: &Fault| fault.kind == FaultKind::StaleRead;
    steps.iter().any(|step| match &step.kind {
        StepKind::Call(call) => call.stale || call.faults.iter().any(is_stale),
        StepKind::Target(_) | StepKind::Wait(_) | StepKind::Until(_) | StepKind::Settle(_) => false,
    })
}

/// Reports what a fault of that kind can't hit: a call that the function doesn't make, and what is no step.
fn struck(
    path: Trail<'_>,
    at: &str,
    kind: FaultKind,
    function: Option<&Function>,
    drafts: &mut Drafts,
) {
    if kind == FaultKind::Throttled {
        let steps = RotationStep::ALL.map(RotationStep::as_str);
        if function.is_none() {
            let message = "nothing is invoked that could be throttled".to_owned();
            let help = "name the `function` that the service invokes".to_owned();
            drafts.value(path, message, "no function", Some(help));
        } else if !steps.contains(&at) {
            let message = format!("{} is no step whose invocation is throttled", quoted(at));
            drafts.value(path, message, "not a step", Some(meant(at, steps)));
        }
        return;
    }
    let nodes = || function.into_iter().flat_map(|it| &it.program().nodes);
    let Some(node) = nodes().find(|node| node.name == at) else {
        let message = format!("the function makes no call {}", quoted(at));
        let help = meant(at, nodes().map(|node| node.name.as_str()).collect::<Vec<_>>());
        drafts.value(path, message, "not a call of the function", Some(help));
        return;
    };
    let reads = matches!(node.call, Call::DescribeSecret { .. } | Call::GetSecretValue { .. });
    if kind == FaultKind::StaleRead && !reads {
        let message = format!("{} reads nothing of the secret", quoted(at));
        let help = "a stale read is one of DescribeSecret or GetSecretValue".to_owned();
        drafts.value(path, message, "not a read", Some(help));
    }
}
