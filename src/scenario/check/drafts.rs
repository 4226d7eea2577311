//! Mistakes on the way to their places.

use std::ops::Range;

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
    /// The text of the value, and the part of it that is meant.
    inside: Option<(String, Range<usize>)>,
}

impl Draft {
    /// The part of the value that is meant, if the file shows the text without escapes. It may be indented and folded,
    /// so blanks don't count.
    fn part(&self, text: &str, value: &Range<usize>) -> Option<Range<usize>> {
        let (inner, part) = self.inside.as_ref()?;
        let dense = |(_, letter): &(usize, char)| !letter.is_whitespace();
        let inner: Vec<_> = inner.char_indices().filter(dense).collect();
        let shown: Vec<_> = text.get(value.clone())?.char_indices().filter(dense).collect();
        let same = |shown: &[(usize, char)]| shown.iter().zip(&inner).all(|(a, b)| a.1 == b.1);
        let shown = shown.windows(inner.len().max(1)).find(|shown| same(shown))?;
        let mut meant = shown.iter().zip(&inner).filter(|(_, (at, _))| *at >= part.start);
        let Some(((start, _), _)) = meant.next() else {
            let end = shown.last().map_or(0, |(at, letter)| at.saturating_add(letter.len_utf8()));
            let end = value.start.saturating_add(end);
            return Some(end..end);
        };
        let inside = meant.take_while(|(_, (at, _))| *at < part.end);
        let (end, letter) = inside.last().map_or_else(
            || shown.iter().find(|(at, _)| at == start).copied(),
            |(last, _)| Some(*last),
        )?;
        let end = end.saturating_add(letter.len_utf8());
        Some(value.start.saturating_add(*start)..value.start.saturating_add(end))
    }
}

/// Collects mistakes. The index of places is built only if there are any.
#[derive(Default)]
pub(in crate::scenario) struct Drafts(Vec<Draft>);

impl Drafts {
    pub(in crate::scenario) fn push(
        &mut self,
        path: impl Into<Path>,
        on_key: bool,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        let path = path.into();
        self.0.push(Draft { path, on_key, message, label: label.to_owned(), help, inside: None });
    }

    /// A mistake in a part of a text.
    pub(in crate::scenario) fn inside(
        &mut self,
        path: Path,
        inner: &str,
        part: Range<usize>,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        let inside = Some((inner.to_owned(), part));
        self.0.push(Draft { path, on_key: false, message, label: label.to_owned(), help, inside });
    }

    pub(in crate::scenario) fn value(
        &mut self,
        path: impl Into<Path>,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        self.push(path, false, message, label, help);
    }

    pub(in crate::scenario) fn key(
        &mut self,
        path: impl Into<Path>,
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
                let span = draft.part(text, &span).unwrap_or(span);
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
