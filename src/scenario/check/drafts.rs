//! Mistakes on the way to their places.

use serde_json::Value;

use crate::mistake::{Mistake, listed, suggest};
use crate::yaml::{Path, Places};

/// A mistake before its place in the text is known.
struct Draft {
    path: Path,
    on_key: bool,
    message: String,
    label: String,
    help: Option<String>,
}

/// Collects mistakes. The index of places is built only if there are any.
#[derive(Default)]
pub(in crate::scenario) struct Drafts(Vec<Draft>);

impl Drafts {
    pub(in crate::scenario) fn push(
        &mut self,
        path: Path,
        on_key: bool,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        self.0.push(Draft { path, on_key, message, label: label.to_owned(), help });
    }

    pub(in crate::scenario) fn value(
        &mut self,
        path: Path,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        self.push(path, false, message, label, help);
    }

    pub(in crate::scenario) fn key(
        &mut self,
        path: Path,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        self.push(path, true, message, label, help);
    }

    pub(in crate::scenario) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::scenario) fn into_mistakes(self, text: &str) -> Vec<Mistake> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let places = Places::of(text);
        let mut mistakes: Vec<_> = self
            .0
            .into_iter()
            .map(|draft| {
                let exact =
                    if draft.on_key { places.key(&draft.path) } else { places.value(&draft.path) };
                let span = exact.unwrap_or_else(|| places.nearest(&draft.path));
                let mistake = Mistake::new(span, draft.message).label(draft.label);
                match draft.help {
                    Some(help) => mistake.help(help),
                    None => mistake,
                }
            })
            .collect();
        mistakes.sort_by_key(|mistake| mistake.span.start);
        mistakes
    }
}

/// "did you mean", or what there is to choose from.
pub(in crate::scenario) fn meant<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    match suggest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", listed(known, 30)),
    }
}

/// What a value is, for "expected …, found …".
pub(in crate::scenario) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(yes) => format!("`{yes}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}
