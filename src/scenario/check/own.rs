//! Properties that a scenario states itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Members;
use super::drafts::{Drafts, meant};
use crate::mistake::quoted;
use crate::property::own::{Known, OWN_MAX, OwnKind, OwnMistake, OwnProperty, statement};
use crate::property::{Property, PropertyName};
use crate::scenario::format::{File, Own};
use crate::world::Function;
use crate::yaml::Path;

impl Own {
    /// The expressions that it has, each with when it must hold.
    fn expressions(&self) -> impl Iterator<Item = (OwnKind, &str)> {
        OwnKind::ALL.into_iter().filter_map(|kind| {
            let expression = match kind {
                OwnKind::Always => &self.always,
                OwnKind::AtRest => &self.at_rest,
                OwnKind::Sometimes => &self.sometimes,
                OwnKind::Eventually => &self.eventually,
            };
            Some((kind, expression.as_deref()?))
        })
    }

    /// What it is called.
    pub(super) fn property_name(&self) -> PropertyName {
        let stated = self.expressions().next();
        let statement = stated.map(|(kind, text)| statement(self.about.as_deref(), kind, text));
        let statement = statement.unwrap_or_default();
        PropertyName::Own { name: self.name.as_str().into(), statement: statement.into() }
    }
}

/// Reads `properties`. `labels`: those that the file names; `declared`: the names of versions.
pub(super) fn properties(
    file: &File,
    labels: &BTreeSet<String>,
    declared: &BTreeMap<&str, usize>,
    drafts: &mut Drafts,
) -> Vec<OwnProperty> {
    if file.properties.is_empty() {
        return Vec::new();
    }
    let path = Path::top().key("properties");
    if file.secret.is_none() {
        let message = "`properties` are about the secret of the scenario".to_owned();
        let help = "name it at the top, as in `secret: db/app`".to_owned();
        drafts.key(path.clone(), message, "about no secret", Some(help));
    }
    if let Some(secret) =
        file.secret.as_ref().filter(|it| it.starts_with(['<']) || it.starts_with("arn:"))
    {
        let message = format!("{} is not the name of a secret", quoted(secret));
        let help = "`properties` find their secret by its name".to_owned();
        drafts.value(Path::top().key("secret"), message, "not a name", Some(help));
    }
    if file.properties.len() > OWN_MAX {
        let message = format!("a scenario has at most {OWN_MAX} properties of its own");
        let help = "join some with `&&`, or make two scenarios of it".to_owned();
        drafts.value(path.index(OWN_MAX), message, "one too many", Some(help));
    }
    let versions: BTreeSet<String> = declared.keys().map(|name| (*name).to_owned()).collect();
    let known = Known { labels, versions: &versions };
    let mut properties = Vec::new();
    for (index, own) in file.properties.iter().enumerate() {
        let path = path.index(index);
        named(file, index, own, &path, drafts);
        let mut expressions = own.expressions();
        match (expressions.next(), expressions.next()) {
            (Some((kind, text)), None) => {
                match OwnProperty::new(own.property_name(), kind, text, &known) {
                    Ok(property) => properties.push(property),
                    Err(mistakes) => {
                        for mistake in mistakes {
                            wrong(&path.key(kind.as_str()), text, mistake, drafts);
                        }
                    }
                }
            }
            (None, _) => {
                let message = format!("{} says nothing that must hold", quoted(&own.name));
                let help =
                    "write an expression under `always`, `at-rest`, `sometimes` or `eventually`";
                drafts.value(path, message, "no expression", Some(help.to_owned()));
            }
            (Some((first, _)), Some((second, _))) => {
                let message = format!("a property has either `{first}` or `{second}`");
                let help = "make two properties of it".to_owned();
                drafts.key(path.key(second.as_str()), message, "a second expression", Some(help));
            }
        }
    }
    properties
}

/// Checks the name of a property.
fn named(file: &File, index: usize, own: &Own, path: &Path, drafts: &mut Drafts) {
    let path = path.key("name");
    let is_name = !own.name.is_empty()
        && own.name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
    if !is_name {
        let message = format!("{} is not a name for a property", quoted(&own.name));
        let help = "a name has small letters, digits and `-`".to_owned();
        drafts.value(path, message, "not a name", Some(help));
    } else if own.name.parse::<Property>().is_ok() || own.name == "defaults" {
        let message = format!("{} is a property already", quoted(&own.name));
        let help = Some("choose another name".to_owned());
        drafts.value(path, message, "one that always exists", help);
    } else if file.properties.iter().take(index).any(|other| other.name == own.name) {
        let message = format!("{} is a property already", quoted(&own.name));
        let help = Some("choose another name".to_owned());
        drafts.value(path, message, "named above", help);
    }
}

/// Reports what is wrong with an expression.
fn wrong(path: &Path, text: &str, mistake: OwnMistake, drafts: &mut Drafts) {
    let help = mistake.help.or_else(|| {
        let (word, known) = mistake.unknown?;
        Some(meant(&word, known.iter().map(String::as_str)))
    });
    drafts.inside(path.clone(), text, mistake.span, mistake.message, mistake.label, help);
}

/// The labels that a file names, with those of AWS; none if no property is there to ask for them.
pub(super) fn labels(
    file: &File,
    steps: &[Members],
    function: Option<&Function>,
) -> BTreeSet<String> {
    if file.properties.is_empty() {
        return BTreeSet::new();
    }
    let mut labels: BTreeSet<String> =
        ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"].map(str::to_owned).into();
    for stated in steps.iter().filter_map(|step| step.labels.as_ref()) {
        labels.extend(stated.keys().cloned());
    }
    for members in steps.iter().filter_map(|step| step.with.as_ref()) {
        members.iter().for_each(|(key, value)| gather(key, value, &mut labels));
    }
    let others = file.explore.iter().flat_map(|explore| &explore.others);
    for call in others.flat_map(|other| &other.calls) {
        gather("", call, &mut labels);
    }
    let program = function.map(Function::program);
    labels.extend(program.iter().flat_map(|it| it.labels()).map(|label| label.as_str().to_owned()));
    labels
}

/// Adds the labels that a request names.
fn gather(key: &str, value: &Value, labels: &mut BTreeSet<String>) {
    match value {
        Value::String(label) if matches!(key, "VersionStage" | "VersionStages") => {
            labels.insert(label.clone());
        }
        // A choice of labels stands under the member that takes one.
        Value::Array(items) => items.iter().for_each(|item| gather(key, item, labels)),
        Value::Object(members) => members.iter().for_each(|(inner, value)| {
            gather(if inner == "any-of" { key } else { inner }, value, labels);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
