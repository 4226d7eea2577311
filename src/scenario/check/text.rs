//! Texts with placeholders: what is wrong with them, and where.

use serde_json::Value;

use super::StepReader;
use super::drafts::Drafts;
use crate::mistake::quoted;
use crate::scenario::placeholder::{NoPlaceholder, Pattern, Placeholder, Template};
use crate::yaml::{Path, Trail};

/// What placeholders a request takes, for help texts.
const SENT: &str = "a request takes `<version:N>`, `<arn:NAME>` and `<arn-without-suffix:NAME>`";

/// What to do about text in angle brackets in a step.
const AS_IT_STANDS: &str = "if the text is meant as it stands, set `literal: true` in this step";

impl StepReader<'_> {
    /// A text of the step.
    pub(super) fn pattern(&mut self, path: &Trail<'_>, text: String) -> Pattern {
        let literal = self.step.literal;
        Pattern::parse(text, |wrong| {
            if !literal {
                wrong_placeholder(self.drafts, path.to_path(), false, &wrong, AS_IT_STANDS);
            }
        })
    }

    /// A value of the step.
    pub(super) fn template(&mut self, path: &Trail<'_>, value: Value) -> Template {
        let mut strange = false;
        let template = Template::parse(value, &mut |_| strange = true);
        if strange && !self.step.literal {
            each_text(&path.to_path(), &template.as_written(), &mut |path, on_key, text| {
                Pattern::parse(text.to_owned(), |wrong| {
                    wrong_placeholder(self.drafts, path.clone(), on_key, &wrong, AS_IT_STANDS);
                });
            });
        }
        template
    }
}

pub(super) fn wrong_placeholder(
    drafts: &mut Drafts,
    path: Path,
    on_key: bool,
    wrong: &NoPlaceholder,
    or: &str,
) {
    let message = format!("unknown placeholder {}", quoted(&wrong.text));
    let help = match wrong.suggestion {
        Some(near) => format!("did you mean `<{near}>`? {or}"),
        None => or.to_owned(),
    };
    drafts.push(path, on_key, message, "not a placeholder", Some(help));
}

pub(super) fn looks_like_placeholder(text: &str) -> bool {
    let mut strange = false;
    Pattern::parse(text.to_owned(), |_| strange = true);
    strange
}

pub(super) fn unsendable(drafts: &mut Drafts, path: Path, on_key: bool, wrong: &Placeholder) {
    let message = format!("`{wrong}` can't be sent");
    drafts.push(path, on_key, message, "stands for something in an answer", Some(SENT.to_owned()));
}

/// Whether all placeholders are such that a request can be sent with them.
pub(super) fn can_be_sent(template: &Template) -> bool {
    let sendable = |pattern: &Pattern| pattern.placeholders().all(Placeholder::can_be_sent);
    match template {
        Template::Text(pattern) => sendable(pattern),
        Template::List(items) => items.iter().all(can_be_sent),
        Template::Map(members) => {
            members.iter().all(|(key, value)| sendable(key) && can_be_sent(value))
        }
        Template::Null | Template::Bool(_) | Template::Number(_) => true,
    }
}

/// Calls `look` with each text in a value, its place, and whether it is a key.
pub(super) fn each_text(path: &Path, value: &Value, look: &mut dyn FnMut(&Path, bool, &str)) {
    match value {
        Value::String(text) => look(path, false, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                each_text(&path.index(index), item, look);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                let path = path.key(key.clone());
                look(&path, true, key);
                each_text(&path, value, look);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
