//! Placeholders such as `<version:1>`: texts that stand for values which only a run knows.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Number, Value};

/// A value with placeholders in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Template {
    Null,
    Bool(bool),
    Number(Number),
    Text(Pattern),
    List(Vec<Template>),
    Map(Vec<(Pattern, Template)>),
}

/// A text with placeholders in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Nearly always the only one.
    first: Part,
    more: Vec<Part>,
}

impl Default for Pattern {
    /// The empty text.
    fn default() -> Self {
        Self::plain(String::new())
    }
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// Something that is filled in by a run. The list is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    /// A version id; the same number is the same id.
    Version(u32),
    /// The version that a step called so with `as:`.
    Named(String),
    /// The ARN of the n-th secret of that name.
    Arn(String, u32),
    /// That ARN less its last seven characters.
    ArnWithoutSuffix(String, u32),
    /// A time; the same number is the same time, a higher one is later.
    Timestamp(Option<u32>),
    /// A UUID.
    Uuid,
    /// Anything, but it must be there.
    Any,
    /// The member must not be there.
    Absent,
    /// Nothing is known.
    Unrecorded,
    /// A text of that many characters with none of those.
    Characters(usize, String),
}

/// What can stand between angle brackets, for messages.
const FORMS: [&str; 9] = [
    "version:N",
    "arn:NAME",
    "arn-without-suffix:NAME",
    "timestamp",
    "timestamp:N",
    "uuid",
    "any",
    "absent",
    "unrecorded",
];

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(number) => write!(f, "<version:{number}>"),
            Self::Named(name) => f.write_str(name),
            Self::Arn(name, 1) => write!(f, "<arn:{name}>"),
            Self::Arn(name, count) => write!(f, "<arn:{name}#{count}>"),
            Self::ArnWithoutSuffix(name, 1) => write!(f, "<arn-without-suffix:{name}>"),
            Self::ArnWithoutSuffix(name, count) => write!(f, "<arn-without-suffix:{name}#{count}>"),
            Self::Timestamp(None) => f.write_str("<timestamp>"),
            Self::Timestamp(Some(number)) => write!(f, "<timestamp:{number}>"),
            Self::Uuid => f.write_str("<uuid>"),
            Self::Any => f.write_str("<any>"),
            Self::Absent => f.write_str("<absent>"),
            Self::Unrecorded => f.write_str("<unrecorded>"),
            Self::Characters(count, none) => {
                write!(f, "<string of {count} characters, none of {none}>")
            }
        }
    }
}

/// Text in the form of a placeholder that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoPlaceholder {
    /// The text, with its brackets.
    pub(super) text: String,
    /// What was probably meant.
    pub(super) suggestion: Option<&'static str>,
}

impl Placeholder {
    /// Reads what stands between angle brackets.
    fn parse(inner: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<u32>().ok();
        let named = |text: &str| match text.rsplit_once('#') {
            Some((name, count)) => {
                Some((name.to_owned(), number(count).filter(|count| *count > 0)?))
            }
            None => Some((text.to_owned(), 1)),
        };
        if let Some(rest) = inner.strip_prefix("string of ") {
            let (count, rest) = rest.split_once(" characters")?;
            let none = match rest {
                "" => "",
                _ => rest.strip_prefix(", none of ")?,
            };
            return Some(Self::Characters(count.parse().ok()?, none.to_owned()));
        }
        match inner.split_once(':') {
            Some(("version", text)) => number(text).map(Self::Version),
            Some(("arn", text)) if !text.is_empty() => {
                named(text).map(|(name, count)| Self::Arn(name, count))
            }
            Some(("arn-without-suffix", text)) if !text.is_empty() => {
                named(text).map(|(name, count)| Self::ArnWithoutSuffix(name, count))
            }
            Some(("timestamp", text)) => number(text).map(|number| Self::Timestamp(Some(number))),
            Some(_) => None,
            None => match inner {
                "timestamp" => Some(Self::Timestamp(None)),
                "uuid" => Some(Self::Uuid),
                "any" => Some(Self::Any),
                "absent" => Some(Self::Absent),
                "unrecorded" => Some(Self::Unrecorded),
                _ => None,
            },
        }
    }

    /// Whether a request can be sent with it.
    pub(super) const fn can_be_sent(&self) -> bool {
        matches!(
            self,
            Self::Version(_) | Self::Named(_) | Self::Arn(..) | Self::ArnWithoutSuffix(..)
        )
    }
}

/// Whether what stands between angle brackets has the form of a placeholder: a word, a colon and anything, or the
/// beginning of a `string of`.
fn has_the_form(inner: &str) -> bool {
    let word = inner.split(':').next().unwrap_or(inner);
    inner.starts_with("string of ")
        || (word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
}

/// The form that `inner` was probably meant to have.
fn suggestion(inner: &str) -> Option<&'static str> {
    if inner.starts_with("string") {
        return Some("string of N characters, none of XYZ");
    }
    let word = |text: &'static str| text.split(':').next().unwrap_or(text);
    let written = inner.split(':').next()?;
    let near = |colon: bool| {
        let mut forms = FORMS.into_iter().filter(move |form| form.contains(':') == colon);
        let meant = crate::mistake::suggest(written, forms.clone().map(word))?;
        forms.find(|form| word(form) == meant)
    };
    let colon = inner.contains(':');
    near(colon).or_else(|| near(!colon))
}

impl Pattern {
    /// A text without placeholders.
    pub(super) const fn plain(text: String) -> Self {
        Self { first: Part::Text(text), more: Vec::new() }
    }

    /// A text that is one placeholder.
    pub(super) const fn only(placeholder: Placeholder) -> Self {
        Self { first: Part::Placeholder(placeholder), more: Vec::new() }
    }

    /// The version that has this text for its name.
    pub(super) fn into_named(self) -> Self {
        match self.first {
            Part::Text(name) if self.more.is_empty() => {
                Self { first: Part::Placeholder(Placeholder::Named(name)), more: Vec::new() }
            }
            Part::Text(_) | Part::Placeholder(_) => self,
        }
    }

    /// Finds the placeholders in `text`. What only looks like one is told to `wrong`, and stays as it is.
    pub(super) fn parse(text: String, mut wrong: impl FnMut(NoPlaceholder)) -> Self {
        if !text.contains('<') {
            return Self::plain(text);
        }
        let mut first = None;
        let mut more = Vec::new();
        let mut push = |part| match first {
            None => first = Some(part),
            Some(_) => more.push(part),
        };
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('<') {
            plain.push_str(before);
            let end = placeholder_end(after);
            let Some((inner, tail)) = end.and_then(|end| after.split_at_checked(end)) else {
                plain.push('<');
                rest = after;
                continue;
            };
            if let Some(placeholder) = Placeholder::parse(inner) {
                if !plain.is_empty() {
                    push(Part::Text(std::mem::take(&mut plain)));
                }
                push(Part::Placeholder(placeholder));
                rest = tail.strip_prefix('>').unwrap_or(tail);
                continue;
            }
            if has_the_form(inner) {
                wrong(NoPlaceholder { text: format!("<{inner}>"), suggestion: suggestion(inner) });
            }
            plain.push('<');
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            push(Part::Text(plain));
        }
        Self { first: first.unwrap_or_else(|| Part::Text(String::new())), more }
    }

    /// Its pieces, of which there is at least one.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// The text, if there is no placeholder in it.
    pub(super) fn as_plain(&self) -> Option<&str> {
        match &self.first {
            Part::Text(text) if self.more.is_empty() => Some(text),
            Part::Text(_) | Part::Placeholder(_) => None,
        }
    }

    /// The text as it stands in the file.
    pub(super) fn written(&self) -> Cow<'_, str> {
        self.as_plain().map_or_else(|| Cow::Owned(self.to_string()), Cow::Borrowed)
    }

    /// The placeholder, if the text is nothing else.
    pub(super) fn as_placeholder(&self) -> Option<&Placeholder> {
        match &self.first {
            Part::Placeholder(placeholder) if self.more.is_empty() => Some(placeholder),
            Part::Text(_) | Part::Placeholder(_) => None,
        }
    }

    /// The placeholders in it.
    pub(super) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Text(_) => None,
        })
    }
}

/// Where the placeholder that begins before `after` ends. The characters that a `string of` excludes may be `>`.
fn placeholder_end(after: &str) -> Option<usize> {
    if after.starts_with("string of ") { after.rfind('>') } else { after.find('>') }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Placeholder(placeholder) => write!(f, "{placeholder}"),
        })
    }
}

impl Template {
    /// Finds the placeholders in all texts and keys of `value`.
    pub(super) fn parse(value: Value, wrong: &mut dyn FnMut(NoPlaceholder)) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(yes) => Self::Bool(yes),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(Pattern::parse(text, &mut *wrong)),
            Value::Array(items) => {
                Self::List(items.into_iter().map(|item| Self::parse(item, wrong)).collect())
            }
            Value::Object(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(key, value)| {
                        (Pattern::parse(key, &mut *wrong), Self::parse(value, wrong))
                    })
                    .collect(),
            ),
        }
    }

    /// What another answer to the same request must be like, from one that came: the same, but that no two worlds agree
    /// on moments, and none on what is random.
    pub(super) fn of_answer(member: &str, value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(yes) => Self::Bool(*yes),
            Value::Number(_) if member.ends_with("Date") => {
                Self::Text(Pattern::only(Placeholder::Timestamp(None)))
            }
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(_) if member == "NextToken" => {
                Self::Text(Pattern::only(Placeholder::Any))
            }
            Value::String(text) if member == "RandomPassword" => {
                let any = Placeholder::Characters(text.chars().count(), String::new());
                Self::Text(Pattern::only(any))
            }
            Value::String(text) => Self::Text(Pattern::plain(text.clone())),
            Value::Array(items) => {
                Self::List(items.iter().map(|item| Self::of_answer(member, item)).collect())
            }
            Value::Object(members) => Self::Map(
                members
                    .iter()
                    .map(|(key, value)| (Pattern::plain(key.clone()), Self::of_answer(key, value)))
                    .collect(),
            ),
        }
    }

    /// Whether there is no placeholder in it.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Self::Text(text) => text.as_plain().is_some(),
            Self::List(items) => items.iter().all(Self::is_plain),
            Self::Map(members) => {
                members.iter().all(|(key, value)| key.as_plain().is_some() && value.is_plain())
            }
            Self::Null | Self::Bool(_) | Self::Number(_) => true,
        }
    }

    /// The value as it stands in the file.
    pub(super) fn as_written(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(yes) => Value::Bool(*yes),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.to_string()),
            Self::List(items) => Value::Array(items.iter().map(Self::as_written).collect()),
            Self::Map(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.to_string(), value.as_written()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The placeholder, if the value is a text that is nothing else.
    pub(super) fn as_placeholder(&self) -> Option<&Placeholder> {
        if let Self::Text(text) = self { text.as_placeholder() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_in_texts() {
        // Each text with what is found in it, in the notation of Display, and what is wrong.
        for (text, parts, wrong) in [
            ("plain", vec!["plain"], vec![]),
            ("<version:2>", vec!["<version:2>"], vec![]),
            ("a <arn:db/app#2> b", vec!["a ", "<arn:db/app#2>", " b"], vec![]),
            ("<arn:Valid/_+=.@-Name>", vec!["<arn:Valid/_+=.@-Name>"], vec![]),
            (
                "<string of 120 characters, none of xyzDje@?!.>",
                vec!["<string of 120 characters, none of xyzDje@?!.>"],
                vec![],
            ),
            ("1 < 2", vec!["1 < 2"], vec![]),
            ("<B>", vec!["<B>"], vec![]),
            ("<verson:1>", vec!["<verson:1>"], vec![("<verson:1>", Some("version:N"))]),
            ("<version:x>", vec!["<version:x>"], vec![("<version:x>", Some("version:N"))]),
            ("<timestmp>", vec!["<timestmp>"], vec![("<timestmp>", Some("timestamp"))]),
        ] {
            let mut found = Vec::new();
            let pattern =
                Pattern::parse(text.to_owned(), |it| found.push((it.text, it.suggestion)));
            let shown: Vec<_> = pattern
                .parts()
                .map(|part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Placeholder(placeholder) => placeholder.to_string(),
                })
                .collect();
            assert_eq!(shown, parts, "{text}");
            let wrong: Vec<_> =
                wrong.into_iter().map(|(text, hint)| (text.to_owned(), hint)).collect();
            assert_eq!(found, wrong, "{text}");
            assert_eq!(pattern.to_string(), text);
        }
    }
}
