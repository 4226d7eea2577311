//! Why a value could not be read, as serde's visitors say it, in the words of YAML.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::path::Segment;
use super::tree::Id;
use crate::mistake::{listed, quoted};

/// The first thing that kept a value from being read, with its place.
#[derive(Debug)]
pub(super) struct Fault(pub(super) Box<Details>);

/// What went wrong, and where; the place is filled in on the way up.
#[derive(Debug)]
pub(super) struct Details {
    pub(super) cause: Cause,
    /// The key or value that is wrong.
    pub(super) node: Option<Id>,
    /// The key in front of that value.
    pub(super) key: Option<Id>,
    /// What has to go for the rest to be readable: an entry of a list or mapping.
    pub(super) entry: Option<(Id, usize)>,
    /// The way to the value, from the inside out.
    pub(super) trail: Vec<Segment>,
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Cause {
    UnknownKey {
        key: String,
        known: &'static [&'static str],
    },
    UnknownWord {
        word: String,
        known: &'static [&'static str],
    },
    MissingKey(&'static str),
    KeyTwice(&'static str),
    /// A value of the wrong kind.
    Kind {
        found: String,
        expected: String,
    },
    /// A value of the right kind that is not acceptable.
    Value {
        found: String,
        expected: String,
    },
    Length {
        found: usize,
        expected: String,
    },
    Message(String),
    /// The value has been reported before.
    Reported,
    /// More is read than any file should need.
    TooMuch,
    TooDeep,
}

impl Fault {
    pub(super) fn new(cause: Cause) -> Self {
        let trail = Vec::new();
        Self(Box::new(Details { cause, node: None, key: None, entry: None, trail }))
    }

    /// A value of the wrong kind, in words that are ready.
    pub(super) fn kind(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::new(Cause::Kind { found: found.into(), expected: expected.into() })
    }

    /// A message of its own.
    pub(super) fn message(message: impl Into<String>) -> Self {
        Self::new(Cause::Message(message.into()))
    }

    /// Says where it happened, unless that is known more closely.
    pub(super) fn at(mut self, node: Id, key: Option<Id>) -> Self {
        if self.0.node.is_none() {
            self.0.node = Some(node);
            self.0.key = key;
        }
        self
    }

    /// Says which entry has to go, unless a smaller one is known.
    pub(super) fn within(mut self, container: Id, entry: usize) -> Self {
        self.0.entry.get_or_insert((container, entry));
        self
    }

    /// Notes one step of the way to the value.
    pub(super) fn via(mut self, segment: Segment) -> Self {
        self.0.trail.push(segment);
        self
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        if message.starts_with("data did not match any variant of untagged enum ") {
            return Self::message("the value has none of the forms that are known here");
        }
        Self::message(message)
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::kind(kind_of(&unexpected), in_words(expected))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Cause::Value { found: value_of(&unexpected), expected: in_words(expected) })
    }

    fn invalid_length(found: usize, expected: &dyn Expected) -> Self {
        Self::new(Cause::Length { found, expected: in_words(expected) })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownWord { word: word.to_owned(), known })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownKey { key: key.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Cause::MissingKey(key))
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::new(Cause::KeyTwice(key))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.cause.message())
    }
}

impl std::error::Error for Fault {}

impl Cause {
    /// The message of the mistake.
    pub(super) fn message(&self) -> String {
        match self {
            Self::UnknownKey { key, .. } => format!("unknown key {}", quoted(key)),
            Self::UnknownWord { word, .. } => format!("unknown word {}", quoted(word)),
            Self::MissingKey(key) => format!("missing key `{key}`"),
            Self::KeyTwice(key) => format!("the key `{key}` is given twice"),
            Self::Kind { found, expected } | Self::Value { found, expected } => {
                format!("expected {expected}, found {found}")
            }
            Self::Length { found: 1, expected } => format!("expected {expected}, found 1 entry"),
            Self::Length { found, expected } => {
                format!("expected {expected}, found {found} entries")
            }
            Self::Message(message) => message.clone(),
            Self::Reported => "reported before".to_owned(),
            Self::TooMuch => "anchors and aliases make the file too large".to_owned(),
            Self::TooDeep => "nested too deeply".to_owned(),
        }
    }
}

/// What was found, by kind.
fn kind_of(unexpected: &Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(truth) => format!("`{truth}`"),
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => {
            "a number".to_owned()
        }
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a string".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq | Unexpected::TupleVariant => "a list".to_owned(),
        Unexpected::Map | Unexpected::StructVariant => "a mapping".to_owned(),
        Unexpected::NewtypeStruct | Unexpected::NewtypeVariant | Unexpected::Enum => {
            "a mapping".to_owned()
        }
        Unexpected::UnitVariant => "a word".to_owned(),
        Unexpected::Other(other) => (*other).to_owned(),
    }
}

/// What was found, with its text.
fn value_of(unexpected: &Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Unsigned(number) => format!("`{number}`"),
        Unexpected::Signed(number) => format!("`{number}`"),
        Unexpected::Float(number) => format!("`{number}`"),
        Unexpected::Char(character) => quoted(&character.to_string()),
        Unexpected::Str(text) => quoted(text),
        Unexpected::Bool(_)
        | Unexpected::Bytes(_)
        | Unexpected::Unit
        | Unexpected::Option
        | Unexpected::NewtypeStruct
        | Unexpected::Seq
        | Unexpected::Map
        | Unexpected::Enum
        | Unexpected::UnitVariant
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant
        | Unexpected::StructVariant
        | Unexpected::Other(_) => kind_of(unexpected),
    }
}

/// What a visitor expects. The phrases of serde's own visitors are put into words of YAML, those of
/// others are taken as they are.
pub(crate) fn in_words(expected: &dyn Expected) -> String {
    let phrase = expected.to_string();
    let words = match phrase.as_str() {
        "a boolean" | "bool" => "true or false",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
        | "usize" => "a whole number",
        "a nonzero u8" | "a nonzero u16" | "a nonzero u32" | "a nonzero u64" | "a nonzero u128"
        | "a nonzero usize" => "a whole number, 1 or more",
        "f32" | "f64" => "a number",
        "a borrowed string" | "str" | "string" => "a string",
        "a character" | "char" => "a single character",
        "unit" | "()" => "nothing",
        "option" => "a value or nothing",
        "a sequence" | "sequence" => "a list",
        "a map" | "map" => "a mapping",
        "variant identifier" | "identifier" => "a word",
        "field identifier" | "a string key" => "a key",
        "any valid JSON value" | "any value" | "anything at all" => "a value",
        _ => return in_words_of_derive(&phrase),
    };
    words.to_owned()
}

/// Phrases that name a Rust type, as the derived visitors do.
fn in_words_of_derive(phrase: &str) -> String {
    for (start, words) in [
        ("tuple of size ", "a list of"),
        ("a tuple of size ", "a list of"),
        ("an array of length ", "a list of"),
    ] {
        if let Some(count) = phrase.strip_prefix(start) {
            return format!("{words} {count} entries");
        }
    }
    for (start, words) in [
        ("struct ", "a mapping"),
        ("tuple struct ", "a list"),
        ("tuple variant ", "a list"),
        ("newtype struct ", "a value"),
        ("newtype variant ", "a value"),
        ("unit struct ", "nothing"),
        ("unit variant ", "a word"),
        ("enum ", "a word or a mapping with one key"),
        ("a nonzero i", "a whole number other than 0"),
    ] {
        if phrase.starts_with(start) {
            return words.to_owned();
        }
    }
    phrase.to_owned()
}

/// The words that an enum knows.
pub(super) fn one_of(known: &'static [&'static str]) -> String {
    match known {
        [only] => format!("`{only}`"),
        _ => format!("one of {}", listed(known.iter().copied(), 24)),
    }
}
