//! A mistake in a file that a user wrote: what is wrong, where, and what to do about it.

use std::ops::Range;

mod render;
mod suggest;

pub use render::render;
pub use suggest::suggest;

/// The most characters of the user's own text that one message repeats.
const QUOTED_MAX: usize = 60;

/// A mistake in a user's file, with its place.
///
/// The message is one line in lower case without a full stop, the user's text in backticks. The
/// label stands at the marked place; the remedy goes into the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The offending text, in bytes of the file's text.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What the marked text is; empty for a bare mark.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that explain the mistake.
    pub related: Vec<Related>,
}

/// Another place in the same file that belongs to a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The text, in bytes of the file's text.
    pub span: Range<usize>,
    /// What it has to do with the mistake.
    pub label: String,
}

impl Mistake {
    /// States a mistake, as yet without label, help and related places.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            label: String::new(),
            help: None,
            related: Vec::new(),
        }
    }

    /// Says what the marked text is.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Marks another place that belongs to the mistake.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push(Related { span, label: label.into() });
        self
    }
}

/// Line and column of a byte offset, both counted from 1, the column in characters.
///
/// An offset past the end is the end; one inside a character is that character's start.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..floor_boundary(text, offset)).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or("").chars().count().saturating_add(1);
    (line, column)
}

/// The user's own text in backticks, fit for a message: on one line, and cut when it is long.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == QUOTED_MAX {
            quoted.push('…');
            break;
        }
        if character.is_control() {
            quoted.extend(character.escape_debug());
        } else {
            quoted.push(character);
        }
    }
    quoted.push('`');
    quoted
}

/// Words in backticks with commas between them, for a help text; nothing past the first `max`.
pub fn listed<'a>(words: impl IntoIterator<Item = &'a str>, max: usize) -> String {
    let mut listed = String::new();
    for (count, word) in words.into_iter().enumerate() {
        if count > 0 {
            listed.push_str(", ");
        }
        if count == max {
            listed.push('…');
            break;
        }
        listed.push_str(&quoted(word));
    }
    listed
}

/// The nearest character boundary at or before an offset, at most the end of the text.
fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset = offset.saturating_sub(1);
    }
    offset
}

/// The nearest character boundary at or after an offset, at most the end of the text.
fn ceil_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset = offset.saturating_add(1);
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines and columns count from 1, columns count characters, and offsets that make no sense are
    /// clamped.
    #[test]
    fn line_and_column() {
        for (text, offset, expected) in [
            ("", 0, (1, 1)),
            ("", 9, (1, 1)),
            ("ab\ncd", 0, (1, 1)),
            ("ab\ncd", 2, (1, 3)),
            ("ab\ncd", 3, (2, 1)),
            ("ab\ncd", 99, (2, 3)),
            ("ab\n", 3, (2, 1)),
            ("äöx", 4, (1, 3)),
            ("äöx", 3, (1, 2)),
            ("a\r\nb", 3, (2, 1)),
        ] {
            assert_eq!(line_column(text, offset), expected, "{text:?} at {offset}");
        }
    }

    /// User text stays on one line and short, whatever it is.
    #[test]
    fn quoting() {
        for (text, expected) in [
            ("", "``"),
            ("steps", "`steps`"),
            ("a\nb\u{7}", "`a\\nb\\u{7}`"),
            (&"x".repeat(60), &format!("`{}`", "x".repeat(60))),
            (&"x".repeat(61), &format!("`{}…`", "x".repeat(60))),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    /// Lists of words are cut after so many.
    #[test]
    fn listing() {
        assert_eq!(listed([], 3), "");
        assert_eq!(listed(["a", "b"], 2), "`a`, `b`");
        assert_eq!(listed(["a", "b", "c"], 2), "`a`, `b`, …");
    }
}
