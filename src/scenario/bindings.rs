//! What the placeholders of a scenario stand for, as a run finds out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::placeholder::{Part, Pattern, Placeholder, Template};
use crate::secret::{SecretArn, VersionId};
use crate::seed::Stream;
use crate::time::Timestamp;

/// The values bound so far. A placeholder is bound at first sight and must agree from then on.
///
/// Comparing tries things out on a copy, which is the same object until something is bound.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings(Arc<Bound>);

/// What is bound.
#[derive(Clone, Debug, Default)]
struct Bound {
    versions: BTreeMap<u32, String>,
    names: BTreeMap<String, VersionId>,
    arns: Vec<NamedArn>,
    timestamps: BTreeMap<u32, i64>,
}

/// The ARN of the n-th secret of a name.
#[derive(Clone, Debug)]
struct NamedArn {
    name: String,
    count: u32,
    arn: SecretArn,
}

/// A placeholder of a request that nothing has bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unbound(pub(super) Placeholder);

impl Bindings {
    /// A secret was created: `<arn:NAME>`, or `<arn:NAME#2>` if there was one of that name before.
    pub(super) fn created(&mut self, name: &str, arn: &SecretArn) {
        let of_name = || self.0.arns.iter().filter(|bound| bound.name == name);
        if of_name().any(|bound| bound.arn == *arn) {
            return;
        }
        let count = of_name().map(|bound| bound.count).max().unwrap_or(0).saturating_add(1);
        self.bind_arn(name, count, arn.clone());
    }

    fn bind_arn(&mut self, name: &str, count: u32, arn: SecretArn) {
        let named = NamedArn { name: name.to_owned(), count, arn };
        Arc::make_mut(&mut self.0).arns.push(named);
    }

    /// The ARN of the secret of that name and number.
    fn arn(&self, name: &str, count: u32) -> Option<&str> {
        let bound = self.0.arns.iter().find(|bound| bound.name == name && bound.count == count);
        bound.map(|bound| bound.arn.as_str())
    }

    /// A step called the version of its answer `name`.
    pub(super) fn name(&mut self, name: &str, version: &VersionId) {
        Arc::make_mut(&mut self.0).names.insert(name.to_owned(), version.clone());
    }

    /// The versions that steps gave a name, by name.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &VersionId)> {
        self.0.names.iter().map(|(name, id)| (name.as_str(), id))
    }

    /// The text that a placeholder is bound to.
    #[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
    fn bound(&self, placeholder: &Placeholder) -> Option<&str> {
        match placeholder {
            Placeholder::Version(number) => self.0.versions.get(number).map(String::as_str),
            Placeholder::Named(name) => self.0.names.get(name).map(VersionId::as_str),
            Placeholder::Arn(name, count) => self.arn(name, *count),
            Placeholder::ArnWithoutSuffix(name, count) => {
                let arn = self.arn(name, *count)?;
                arn.get(..arn.len().saturating_sub(7))
            }
            _ => None,
        }
    }

    /// Binds a placeholder to `text`, if that agrees with what is known.
    fn bind(&mut self, placeholder: &Placeholder, text: &str) -> Result<(), String> {
        if let Some(bound) = self.bound(placeholder) {
            return if bound == text { Ok(()) } else { Err(format!("{placeholder} is {bound}")) };
        }
        match placeholder {
            Placeholder::Version(number) => {
                if let Some((other, _)) = self.0.versions.iter().find(|(_, bound)| *bound == text) {
                    return Err(format!(
                        "that is <version:{other}>, and different numbers are different versions"
                    ));
                }
                if !is_version_id(text) {
                    return Err("a version id has 32 to 64 characters".to_owned());
                }
                Arc::make_mut(&mut self.0).versions.insert(*number, text.to_owned());
                Ok(())
            }
            Placeholder::Arn(name, count) => {
                if self.0.arns.iter().any(|bound| bound.arn.as_str() == text) {
                    return Err(format!("that is the ARN of another secret than {placeholder}"));
                }
                if !text.starts_with("arn:") {
                    return Err("an ARN was expected".to_owned());
                }
                self.bind_arn(name, *count, SecretArn::new(text));
                Ok(())
            }
            Placeholder::Named(name) => Err(format!("no version is called {name}")),
            Placeholder::ArnWithoutSuffix(..) => Err(format!("{placeholder} is not known yet")),
            Placeholder::Uuid if is_uuid(text) => Ok(()),
            Placeholder::Uuid => Err("a UUID was expected".to_owned()),
            Placeholder::Any | Placeholder::Unrecorded => Ok(()),
            Placeholder::Absent => Err("it must not be there".to_owned()),
            Placeholder::Timestamp(_) => Err("a time was expected".to_owned()),
            Placeholder::Characters(count, none) => {
                let length = text.chars().count();
                if length != *count {
                    return Err(format!("{count} characters were expected, not {length}"));
                }
                match text.chars().find(|found| none.contains(*found)) {
                    Some(found) => Err(format!("`{found}` is excluded")),
                    None => Ok(()),
                }
            }
        }
    }

    /// Binds a time, in milliseconds.
    pub(super) fn bind_time(&mut self, number: u32, millis: i64) -> Result<(), String> {
        match self.0.timestamps.get(&number) {
            Some(bound) if *bound != millis => {
                let bound = Timestamp::from_millis(*bound);
                return Err(format!("<timestamp:{number}> is {bound}"));
            }
            Some(_) => return Ok(()),
            None => {}
        }
        for (other, bound) in &self.0.timestamps {
            let fits = if *other < number { *bound < millis } else { millis < *bound };
            if !fits {
                let order = if *other < number { "after" } else { "before" };
                return Err(format!("<timestamp:{number}> must be {order} <timestamp:{other}>"));
            }
        }
        Arc::make_mut(&mut self.0).timestamps.insert(number, millis);
        Ok(())
    }

    /// Compares a text with a pattern and binds what is in it.
    pub(super) fn match_text(&mut self, pattern: &Pattern, text: &str) -> Result<(), String> {
        let mut rest = text;
        let mut parts = pattern.parts().peekable();
        while let Some(part) = parts.next() {
            let placeholder = match part {
                Part::Text(plain) => {
                    rest = rest.strip_prefix(plain.as_str()).ok_or_else(String::new)?;
                    continue;
                }
                Part::Placeholder(placeholder) => placeholder,
            };
            if let Some(bound) = self.bound(placeholder)
                && let Some(tail) = rest.strip_prefix(bound)
            {
                rest = tail;
                continue;
            }
            // What the placeholder stands for reaches to the next plain text, or to the end.
            let end = match parts.peek() {
                Some(Part::Text(next)) => rest.find(next.as_str()).ok_or_else(String::new)?,
                Some(Part::Placeholder(_)) | None => rest.len(),
            };
            let (value, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            self.bind(placeholder, value)?;
            rest = tail;
        }
        if rest.is_empty() { Ok(()) } else { Err(String::new()) }
    }

    /// The text to send for a pattern. Version ids that nothing has bound are made up.
    pub(super) fn fill_text(
        &mut self,
        pattern: &Pattern,
        tokens: &mut Stream,
    ) -> Result<String, Unbound> {
        if let Some(plain) = pattern.as_plain() {
            return Ok(plain.to_owned());
        }
        let mut text = String::new();
        for part in pattern.parts() {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Placeholder(placeholder) => {
                    if let Placeholder::Version(number) = placeholder {
                        let made_up = || tokens.token_text();
                        let versions = &mut Arc::make_mut(&mut self.0).versions;
                        text.push_str(versions.entry(*number).or_insert_with(made_up));
                    } else {
                        text.push_str(
                            self.bound(placeholder).ok_or_else(|| Unbound(placeholder.clone()))?,
                        );
                    }
                }
            }
        }
        Ok(text)
    }

    /// The value to send for a template.
    pub(super) fn fill(
        &mut self,
        template: &Template,
        tokens: &mut Stream,
    ) -> Result<Value, Unbound> {
        Ok(match template {
            Template::Null => Value::Null,
            Template::Bool(yes) => Value::Bool(*yes),
            Template::Number(number) => Value::Number(number.clone()),
            Template::Text(text) => Value::String(self.fill_text(text, tokens)?),
            Template::List(items) => {
                let items = items.iter().map(|item| self.fill(item, tokens));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Template::Map(members) => {
                let mut filled = Map::new();
                for (key, value) in members {
                    filled.insert(self.fill_text(key, tokens)?, self.fill(value, tokens)?);
                }
                Value::Object(filled)
            }
        })
    }
}

/// Whether `text` is as long as a version id.
pub(super) fn is_version_id(text: &str) -> bool {
    (32..=64).contains(&text.chars().count())
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
