//! The rotation function of a scenario, the target whose passwords it changes, and what goes wrong with its calls.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::drafts::{Drafts, meant};
use crate::api::RotationStep;
use crate::mistake::{line_column, quoted};
use crate::program::{Call, Program};
use crate::scenario::Load;
use crate::scenario::format::{FaultFile, File, UserFile};
use crate::target::{CredentialSet, GrantSet, PRINCIPALS_MAX, Principal};
use crate::world::{Database, Fails, Fault, FaultKind, Function, other_user};
use crate::yaml::Path;

/// What a name of an embedded program begins with.
const BUILTIN: &str = "builtin:";

/// The rotation function that the service invokes, if the scenario has one.
pub(super) fn function(file: &File, load: Load<'_>, drafts: &mut Drafts) -> Option<Function> {
    let path = Path::top().key("function");
    match file.function.as_ref()? {
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

/// The target, if the scenario has one. `requests` are the members that each step sends.
pub(super) fn database(
    file: &File,
    requests: &[Option<&Map<String, Value>>],
    function: Option<&Function>,
    drafts: &mut Drafts,
) -> Option<Database> {
    let path = Path::top().key("target");
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
    Principal { exists: true, accepts, grants, tls: user.tls }
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
    requests: &'a [Option<&'a Map<String, Value>>],
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
        let members = self.requests.get(step).copied().flatten();
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
    path: &Path,
    faults: &[FaultFile],
    function: Option<&Function>,
    drafts: &mut Drafts,
) -> Vec<Fault> {
    let nodes = || function.into_iter().flat_map(|it| &it.program().nodes);
    let mut planned = Vec::new();
    for (index, fault) in faults.iter().enumerate() {
        let path = path.key("faults").index(index);
        let kind = FaultKind::ALL.into_iter().find(|kind| kind.as_str() == fault.kind);
        if kind.is_none() {
            let message = format!("unknown kind of fault {}", quoted(&fault.kind));
            let help = meant(&fault.kind, FaultKind::ALL.iter().map(|kind| kind.as_str()));
            drafts.value(path.key("kind"), message, "not a kind of fault", Some(help));
        }
        let known = nodes().any(|node| node.name == fault.at);
        if !known {
            let message = format!("the function makes no call {}", quoted(&fault.at));
            let names: Vec<&str> = nodes().map(|node| node.name.as_str()).collect();
            let help = meant(&fault.at, names.iter().copied());
            drafts.value(path.key("at"), message, "not a call of the function", Some(help));
        }
        let times = fault.times.unwrap_or(1);
        planned.extend(kind.map(|kind| Fault { at: fault.at.clone(), kind, times }));
    }
    planned
}
