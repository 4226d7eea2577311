//! What the text of a plain scalar means: nothing, true or false, a number, or just text.
//!
//! These are the rules that [`super::options`] sets for the fast way; a test holds the two
//! together.

use super::tree::{Scalar, Tag};

/// What a scalar is where any value may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    /// A number that JSON cannot hold, such as `.inf`.
    NotFinite,
    Text,
    /// The text is not what its tag says.
    Mistagged,
}

/// What a scalar is where any value may stand.
pub(super) fn meaning(scalar: &Scalar<'_>) -> Meaning {
    let text = trim(&scalar.text);
    let orelse = |found: Option<Meaning>| found.unwrap_or(Meaning::Mistagged);
    match scalar.tag {
        Tag::Null => Meaning::Null,
        Tag::Bool => orelse(boolean(text).map(Meaning::Bool)),
        Tag::Integer => orelse(whole(text)),
        Tag::Float => orelse(float(text)),
        Tag::Text | Tag::Binary => Meaning::Text,
        Tag::Misplaced => Meaning::Mistagged,
        Tag::None if !scalar.plain => Meaning::Text,
        Tag::None if is_null(scalar) => Meaning::Null,
        Tag::None => plain(text),
    }
}

/// What plain text without a tag is, when it is not nothing.
fn plain(text: &str) -> Meaning {
    if let Some(truth) = boolean(text) {
        return Meaning::Bool(truth);
    }
    if text.contains('_') || leading_zero(text) {
        return Meaning::Text;
    }
    whole(text).or_else(|| float(text)).unwrap_or(Meaning::Text)
}

/// Whether a scalar says "nothing", so that it is neither a string nor a key.
pub(super) fn is_null(scalar: &Scalar<'_>) -> bool {
    let nullish = matches!(&*scalar.text, "" | "~" | "null" | "Null" | "NULL");
    match scalar.tag {
        Tag::Null => true,
        Tag::None => scalar.plain && nullish,
        Tag::Text | Tag::Bool | Tag::Integer | Tag::Float | Tag::Binary | Tag::Misplaced => false,
    }
}

/// Reads the spellings of YAML 1.2; `yes` and `no` are text.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match trim(text) {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Reads a whole number: decimal, `0x`, `0o` or `0b`, with single underscores between digits.
///
/// A decimal number with a leading zero is none, so that it is not taken for an octal one.
pub(super) fn integer(text: &str) -> Option<i128> {
    let text = trim(text);
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixed = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let (radix, digits) = prefixed
        .iter()
        .find_map(|(prefix, radix)| Some((*radix, unsigned.strip_prefix(prefix)?)))
        .unwrap_or((10, unsigned));
    if radix == 10 && digits.starts_with('0') && digits != "0" {
        return None;
    }
    if digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    let mut value: i128 = 0;
    let mut any = false;
    for character in digits.chars().filter(|c| *c != '_') {
        let digit = i128::from(character.to_digit(radix)?);
        let signed = if negative { digit.checked_neg()? } else { digit };
        value = value.checked_mul(i128::from(radix))?.checked_add(signed)?;
        any = true;
    }
    any.then_some(value)
}

/// Reads a number with a fraction or an exponent, also one without either.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = trim(text);
    let finite = || text.parse::<f64>().ok().filter(|value| value.is_finite());
    non_finite(text).or_else(finite)
}

/// A whole number that JSON can hold.
fn whole(text: &str) -> Option<Meaning> {
    let value = integer(text)?;
    if text.starts_with('-') {
        i64::try_from(value).ok().map(Meaning::Signed)
    } else {
        u64::try_from(value).ok().map(Meaning::Unsigned)
    }
}

fn float(text: &str) -> Option<Meaning> {
    if non_finite(text).is_some() {
        return Some(Meaning::NotFinite);
    }
    let value: f64 = text.parse().ok()?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if value.is_finite() {
        Some(Meaning::Float(value))
    } else if unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        Some(Meaning::NotFinite)
    } else {
        None
    }
}

fn non_finite(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    match unsigned {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" if negative => Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => Some(f64::INFINITY),
        _ => None,
    }
}

fn leading_zero(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}
