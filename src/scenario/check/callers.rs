//! What the callers of a scenario may do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::drafts::{Drafts, kind, meant};
use crate::api::OperationName;
use crate::caller::Caller;
use crate::mistake::{quoted, suggest};
use crate::permission::{Pattern, Permissions, Statement};
use crate::scenario::format::{File, Step};
use crate::yaml::Path;

/// How an action is written, for help texts.
const ACTION: &str =
    "an action is written like `secretsmanager:PutSecretValue` or `secretsmanager:Get*`";

pub(super) fn callers(file: &File, drafts: &mut Drafts) -> BTreeMap<Arc<str>, Permissions> {
    let mut callers = BTreeMap::new();
    for (name, caller) in &file.callers {
        let path = Path::top().key("callers").key(name.clone());
        let allow = caller.allow.as_ref().map(|list| statements(&path.key("allow"), list, drafts));
        let deny = statements(&path.key("deny"), &caller.deny, drafts);
        callers.insert(name.as_str().into(), Permissions { allow, deny });
    }
    callers
}

/// Reports callers that call nothing, and names after `by` that are nearly those of callers: what is declared for a
/// misspelled one would have no effect.
pub(super) fn names<'f>(file: &'f File, drafts: &mut Drafts) {
    if file.callers.is_empty() {
        return;
    }
    let by = |step: &'f Step| step.by.as_deref().unwrap_or_default();
    let mut calling: BTreeSet<&str> = file.steps.iter().map(by).collect();
    let is_played = |step: &Step| step.within.is_some() && step.by.is_none();
    if file.function.is_some() || file.steps.iter().any(is_played) {
        calling.insert(Caller::FUNCTION);
    }
    let declared: BTreeSet<&str> = file.callers.keys().map(String::as_str).collect();
    let mut meant_by_steps = BTreeSet::new();
    for (index, step) in file.steps.iter().enumerate() {
        let Some(name) = step.by.as_deref().filter(|it| !is_known(it, file)) else { continue };
        let Some(near) = suggest(name, declared.iter().copied()) else { continue };
        meant_by_steps.insert(near);
        let message = format!("{} is not among `callers`", quoted(name));
        let help = format!(
            "did you mean `{near}`? another caller can be declared as `{name}: {{}}`, which may do everything"
        );
        let path = Path::top().key("steps").index(index).key("by");
        drafts.value(path, message, "nearly the name of a caller", Some(help));
    }
    for name in declared {
        if calling.contains(name) || meant_by_steps.contains(name) {
            continue;
        }
        let help = match suggest(name, calling.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "name it after `by` in a step; a step without `by` has no named caller".to_owned()
            }
        };
        let message = format!("the caller {} calls nothing", quoted(name));
        let path = Path::top().key("callers").key(name.to_owned());
        drafts.key(path, message, "what is said of it has no effect", Some(help));
    }
}

/// Whether a caller is declared, or one that is there without being declared.
fn is_known(name: &str, file: &File) -> bool {
    file.callers.contains_key(name) || [Caller::FUNCTION, Caller::OTHER, "operator"].contains(&name)
}

fn statements(path: &Path, list: &[Value], drafts: &mut Drafts) -> Vec<Statement> {
    let entries = list.iter().enumerate();
    entries.filter_map(|(index, entry)| statement(&path.index(index), entry, drafts)).collect()
}

/// An action, or a mapping with an action and what it is limited to.
fn statement(path: &Path, entry: &Value, drafts: &mut Drafts) -> Option<Statement> {
    let members = match entry {
        Value::String(text) => {
            let actions = vec![action(path, text, drafts)?];
            return Some(Statement { actions, secret: None, version_stage: None });
        }
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            let message = format!("expected an action or a mapping, found {}", kind(entry));
            drafts.value(path.clone(), message, "not an action", Some(ACTION.to_owned()));
            return None;
        }
    };
    let known = ["action", "secret", "version-stage"];
    for key in members.keys().filter(|key| !known.contains(&key.as_str())) {
        let help = meant(key, known);
        let message = format!("unknown key {}", quoted(key));
        drafts.key(path.key(key.clone()), message, "not a key of a permission", Some(help));
    }
    let mut text = |key: &'static str| match members.get(key) {
        None => None,
        Some(Value::String(text)) => Some(Pattern::new(text)),
        Some(other) => {
            let message = format!("expected text, found {}", kind(other));
            drafts.value(path.key(key), message, "not text", None);
            None
        }
    };
    let (secret, version_stage) = (text("secret"), text("version-stage"));
    let actions = match members.get("action") {
        Some(Value::String(text)) => vec![action(&path.key("action"), text, drafts)?],
        Some(Value::Array(list)) => {
            let path = path.key("action");
            let texts = list.iter().enumerate();
            texts
                .filter_map(|(index, it)| action(&path.index(index), it.as_str()?, drafts))
                .collect()
        }
        Some(_) | None => {
            let message = "a permission needs an action".to_owned();
            let label = "no action or list of actions here";
            drafts.value(path.clone(), message, label, Some(ACTION.to_owned()));
            return None;
        }
    };
    Some(Statement { actions, secret, version_stage })
}

/// A pattern for actions, which must mean one at least.
fn action(path: &Path, text: &str, drafts: &mut Drafts) -> Option<Pattern> {
    let pattern = Pattern::new(text);
    if OperationName::actions().any(|name| pattern.means(name, true)) {
        return Some(pattern);
    }
    let is_bare = OperationName::from_name(text).is_some();
    let help = if is_bare {
        format!("write `secretsmanager:{text}`")
    } else if text.starts_with("secretsmanager:") {
        meant(text, OperationName::actions())
    } else {
        ACTION.to_owned()
    };
    let message = format!("unknown action {}", quoted(text));
    drafts.value(path.clone(), message, "no action of Secrets Manager", Some(help));
    None
}
