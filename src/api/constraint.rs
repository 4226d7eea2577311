//! What the API model allows in each member of a request: lengths, ranges, patterns, and sizes of lists.

use std::fmt;

use super::member::{
    Blob, ExternalMetadata, Filter, ReplicaRegion, RotationRules, SecretText, Tag,
};
use crate::evidence::Rule;

/// What the model allows in a member. `min` and `max` are a length, a size, or a range, by the type of the member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    min: i64,
    max: i64,
    form: Form,
    /// The rule that gives the numbers.
    rule: Rule,
    /// Whether the value may be a secret, which no message echoes.
    is_sensitive: bool,
    /// What is allowed in the entries of a list of texts.
    each: Option<&'static Limit>,
}

/// What a text must look like.
#[derive(Clone, Copy, Debug)]
enum Form {
    Any,
    /// A regular expression as the model has it, and what it means for a whole text.
    Pattern(&'static str, fn(&str) -> bool),
    OneOf(&'static [&'static str]),
}

impl Limit {
    /// A length or size, where what counts is the rule about the lengths of all members.
    const fn new(min: i64, max: i64) -> Self {
        Self {
            min,
            max,
            form: Form::Any,
            rule: Rule::LengthIsValidated,
            is_sensitive: false,
            each: None,
        }
    }

    const fn by(self, rule: Rule) -> Self {
        Self { rule, ..self }
    }

    const fn sensitive(self) -> Self {
        Self { is_sensitive: true, ..self }
    }

    const fn of(self, each: &'static Self) -> Self {
        Self { each: Some(each), ..self }
    }

    const fn pattern(self, pattern: &'static str, matches: fn(&str) -> bool) -> Self {
        Self { form: Form::Pattern(pattern, matches), ..self }
    }

    const fn one_of(options: &'static [&'static str]) -> Self {
        Self { form: Form::OneOf(options), ..Self::new(0, i64::MAX) }
    }
}

/// For members whose own members are limited, but not they themselves.
pub(super) const PARTS: Limit = Limit::new(0, i64::MAX);

pub(super) const NAME: Limit = Limit::new(1, 512).by(Rule::NameLength);
pub(super) const SECRET_ID: Limit = Limit::new(1, 2048).by(Rule::OtherTextLengths);
pub(super) const SECRET_ARN: Limit = Limit::new(20, 2048);
pub(super) const REPLICA_RESTRICTION: Limit = Limit::one_of(&["SameOrg", "NoRestriction"]);
pub(super) const SECRET_IDS: Limit =
    Limit::new(1, 20).by(Rule::BatchReadCollectsErrors).of(&SECRET_ID);
pub(super) const TOKEN: Limit = Limit::new(32, 64).by(Rule::VersionIdLength);
pub(super) const VERSION_ID: Limit = Limit::new(32, 64).by(Rule::VersionIdLength);
pub(super) const STAGE: Limit = Limit::new(1, 256).by(Rule::LabelLength);
pub(super) const STAGES: Limit = Limit::new(1, 20).by(Rule::LabelsPerRequest).of(&STAGE);
pub(super) const VALUE: Limit = Limit::new(1, 65_536).by(Rule::ValueSize).sensitive();
pub(super) const DESCRIPTION: Limit = Limit::new(0, 2048).by(Rule::OtherTextLengths);
pub(super) const KEY_ID: Limit = Limit::new(0, 2048);
pub(super) const SECRET_TYPE: Limit = Limit::new(0, 256);
pub(super) const POLICY: Limit = Limit::new(1, 20_480).by(Rule::OtherTextLengths);
pub(super) const TAG_KEY: Limit = Limit::new(1, 128).by(Rule::OtherTextLengths);
pub(super) const TAG_KEYS: Limit = PARTS.of(&TAG_KEY);
const TAG_VALUE: Limit = Limit::new(0, 256).by(Rule::OtherTextLengths);
pub(super) const REPLICA_REGIONS: Limit = Limit::new(1, i64::MAX);
pub(super) const REGIONS: Limit = REPLICA_REGIONS.of(&REGION);
const REGION: Limit = Limit::new(1, 128).pattern(r"^([a-z]+-)+\d+$", is_region);
pub(super) const FUNCTION_ARN: Limit = Limit::new(0, 2048);
pub(super) const ROLE_ARN: Limit = Limit::new(20, 2048);
const METADATA_KEY: Limit = Limit::new(1, 256);
const METADATA_VALUE: Limit = Limit::new(1, 2048);
pub(super) const ROTATION_TOKEN: Limit =
    Limit::new(36, 256).pattern(r"^[a-zA-Z0-9\-]+$", is_rotation_token).sensitive();
const DAYS: Limit = Limit::new(1, 1000);
const DURATION: Limit = Limit::new(2, 3).pattern("[0-9]+h", is_duration);
const SCHEDULE: Limit = Limit::new(1, 256).pattern(r"[0-9A-Za-z\(\)#\?\*\-\/, ]+", is_schedule);
pub(super) const PAGE: Limit = Limit::new(1, 100).by(Rule::VersionListOrder);
pub(super) const SECRETS_PAGE: Limit = Limit::new(1, 100);
pub(super) const BATCH_PAGE: Limit = Limit::new(1, 20).by(Rule::BatchReadCollectsErrors);
pub(super) const NEXT_TOKEN: Limit = Limit::new(1, 4096);
pub(super) const FILTERS: Limit = Limit::new(0, 10);
const FILTER_KEY: Limit = Limit::one_of(&[
    "description",
    "name",
    "tag-key",
    "tag-value",
    "primary-region",
    "owning-service",
    "all",
]);
const FILTER_VALUES: Limit = Limit::new(1, 10).of(&FILTER_VALUE);
const FILTER_VALUE: Limit =
    Limit::new(0, 512).pattern(r"^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$", is_filter_value);
pub(super) const SORT_ORDER: Limit = Limit::one_of(&["asc", "desc"]);
pub(super) const SORT_BY: Limit =
    Limit::one_of(&["created-date", "last-accessed-date", "last-changed-date", "name"]);
pub(super) const PASSWORD_LENGTH: Limit = Limit::new(1, 4096);
pub(super) const EXCLUDED: Limit = Limit::new(0, 4096);

fn is_region(text: &str) -> bool {
    let mut parts = text.split('-').rev();
    let number = parts.next().unwrap_or_default();
    let words: Vec<_> = parts.collect();
    let is_word = |it: &&str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_lowercase());
    !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !words.is_empty()
        && words.iter().all(is_word)
}

fn is_rotation_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_duration(text: &str) -> bool {
    let hours = text.strip_suffix('h').unwrap_or_default();
    !hours.is_empty() && hours.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_schedule(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"()#?*-/, ".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

fn is_filter_value(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" :_@/+=.-!".contains(&byte))
}

/// Where in a request a value stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum At<'a> {
    /// A member of the request.
    Member(&'static str),
    /// A member of that place.
    Within(&'a At<'a>, &'static str),
    /// An entry of that list.
    Entry(&'a At<'a>, usize),
}

impl fmt::Display for At<'_> {
    /// As AWS writes it: `tags.1.member.key`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => f.write_str(&lower_camel(name)),
            Self::Within(place, name) => write!(f, "{place}.{}", lower_camel(name)),
            Self::Entry(place, index) => write!(f, "{place}.{}.member", index.saturating_add(1)),
        }
    }
}

/// The name of a member as messages have it: `SecretId` is `secretId` there.
pub(super) fn lower_camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        let mut text = first.to_ascii_lowercase().to_string();
        text.push_str(letters.as_str());
        text
    })
}

/// A member that has not what the model allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where it stands, such as `tags.1.member.key`.
    pub place: String,
    /// What is wrong, in AWS's words.
    pub text: String,
    /// The rule that gives the limit.
    pub rule: Rule,
}

impl Violation {
    fn new(at: At<'_>, limit: &Limit, value: impl fmt::Display, constraint: &str) -> Self {
        let place = at.to_string();
        let value = if limit.is_sensitive { String::new() } else { format!(" '{value}'") };
        let text = format!("Value{value} at '{place}' failed to satisfy constraint: {constraint}");
        Self { place, text, rule: limit.rule }
    }

    /// A required member that is not there.
    pub fn missing(place: String) -> Self {
        let text = format!(
            "Value null at '{place}' failed to satisfy constraint: Member must not be null"
        );
        Self { place, text, rule: Rule::LengthIsValidated }
    }
}

/// A member that can be checked.
pub(super) trait Limited {
    /// Adds what is wrong with it.
    fn check(&self, limit: &Limit, at: At<'_>, found: &mut Vec<Violation>);
}

impl<T: Limited> Limited for Option<T> {
    fn check(&self, limit: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        if let Some(value) = self {
            value.check(limit, at, found);
        }
    }
}

/// Checks a number: a length, a size, or a value.
fn check_range(
    number: i64,
    (limit, what): (&Limit, &str),
    at: At<'_>,
    value: impl fmt::Display,
    found: &mut Vec<Violation>,
) {
    if number < limit.min {
        let constraint = format!("Member must have {what} greater than or equal to {}", limit.min);
        found.push(Violation::new(at, limit, value, &constraint));
    } else if number > limit.max {
        let constraint = format!("Member must have {what} less than or equal to {}", limit.max);
        found.push(Violation::new(at, limit, value, &constraint));
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// The length of a text: bytes for values, as the quota has it, and characters for the rest.
fn length(text: &str, limit: &Limit) -> i64 {
    // Most texts are so short that counting their bytes decides.
    let bytes = count(text.len());
    if limit.rule == Rule::ValueSize || (bytes <= limit.max && text.is_ascii()) {
        return bytes;
    }
    count(text.chars().count())
}

/// The constraint on its form that a text breaks.
fn broken_form(text: &str, limit: &Limit) -> Option<String> {
    match limit.form {
        Form::Pattern(pattern, matches) if !matches(text) => {
            Some(format!("Member must satisfy regular expression pattern: {pattern}"))
        }
        Form::OneOf(options) if !options.contains(&text) => {
            Some(format!("Member must satisfy enum value set: [{}]", options.join(", ")))
        }
        Form::Any | Form::Pattern(..) | Form::OneOf(_) => None,
    }
}

impl Limited for str {
    fn check(&self, limit: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        check_range(length(self, limit), (limit, "length"), at, self, found);
        if let Some(constraint) = broken_form(self, limit) {
            found.push(Violation::new(at, limit, self, &constraint));
        }
    }
}

impl Limited for String {
    fn check(&self, limit: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        self.as_str().check(limit, at, found);
    }
}

impl Limited for SecretText {
    fn check(&self, limit: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        self.0.check(limit, at, found);
    }
}

impl Limited for Blob {
    fn check(&self, limit: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        check_range(count(self.0.len()), (limit, "length"), at, "", found);
    }
}

impl Limited for i64 {
    fn check(&self, limit: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        check_range(*self, (limit, "value"), at, self, found);
    }
}

impl Limited for RotationRules {
    fn check(&self, _: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        self.automatically_after_days.check(
            &DAYS,
            At::Within(&at, "AutomaticallyAfterDays"),
            found,
        );
        self.duration.check(&DURATION, At::Within(&at, "Duration"), found);
        self.schedule_expression.check(&SCHEDULE, At::Within(&at, "ScheduleExpression"), found);
    }
}

/// An entry of a list.
pub(super) trait Entry: Sized {
    /// Adds what is wrong with the entries.
    fn check_all(entries: &[Self], limit: &Limit, at: At<'_>, found: &mut Vec<Violation>);

    /// The entry in a message.
    fn shown(&self) -> String;
}

impl<T: Entry> Limited for Vec<T> {
    fn check(&self, limit: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        let size = count(self.len());
        if size < limit.min || size > limit.max {
            check_range(size, (limit, "length"), at, shown(self), found);
        }
        T::check_all(self, limit, at, found);
    }
}

fn shown<T: Entry>(entries: &[T]) -> String {
    let entries: Vec<_> = entries.iter().map(Entry::shown).collect();
    format!("[{}]", entries.join(", "))
}

impl Entry for String {
    /// All texts of a list are told of at once, with all that is asked of each.
    fn check_all(entries: &[Self], limit: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
        let Some(each) = limit.each else { return };
        let fits = |text: &String| {
            let length = length(text, each);
            (each.min..=each.max).contains(&length) && broken_form(text, each).is_none()
        };
        if entries.iter().all(fits) {
            return;
        }
        let mut constraint = format!(
            "Member must satisfy constraint: [Member must have length less than or equal to {}, Member must have \
             length greater than or equal to {}",
            each.max, each.min
        );
        if let Form::Pattern(pattern, _) = each.form {
            constraint.push_str(", Member must satisfy regular expression pattern: ");
            constraint.push_str(pattern);
        }
        constraint.push(']');
        found.push(Violation::new(at, each, shown(entries), &constraint));
    }

    fn shown(&self) -> String {
        self.clone()
    }
}

/// Declares how the entries of a list of mappings are checked: by their members.
macro_rules! entries {
    ($($type:ident { $($field:ident / $member:literal = $limit:ident,)+ })+) => {
        $(
            impl Entry for $type {
                fn check_all(entries: &[Self], _: &Limit, at: At<'_>, found: &mut Vec<Violation>) {
                    for (index, entry) in entries.iter().enumerate() {
                        let at = At::Entry(&at, index);
                        $(entry.$field.check(&$limit, At::Within(&at, $member), found);)+
                    }
                }

                fn shown(&self) -> String {
                    stringify!($type).to_owned()
                }
            }
        )+
    };
}

entries! {
    Tag {
        key / "Key" = TAG_KEY,
        value / "Value" = TAG_VALUE,
    }
    Filter {
        key / "Key" = FILTER_KEY,
        values / "Values" = FILTER_VALUES,
    }
    ReplicaRegion {
        region / "Region" = REGION,
        kms_key_id / "KmsKeyId" = KEY_ID,
    }
    ExternalMetadata {
        key / "Key" = METADATA_KEY,
        value / "Value" = METADATA_VALUE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_what_their_patterns_say() {
        for (text, region, duration) in [
            ("us-east-1", true, false),
            ("us-gov-west-12", true, false),
            ("us-east", false, false),
            ("-1", false, false),
            ("1", false, false),
            ("us--1", false, false),
            ("3h", false, true),
            ("h", false, false),
            ("3", false, false),
            ("xh", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_region(text), is_duration(text)), (region, duration), "{text}");
        }
        assert!(is_schedule("cron(0 8 1 * ? *)") && !is_schedule("rate(1 day);"));
        assert!(is_filter_value("!a/b=c.d-e") && is_filter_value("") && !is_filter_value("ä"));
        assert!(is_rotation_token("a-1") && !is_rotation_token("a_1"));
    }

    #[test]
    fn lengths_are_characters_and_those_of_values_bytes() {
        let broken = |text: String, limit: &Limit| {
            let mut found = Vec::new();
            text.check(limit, At::Member("X"), &mut found);
            !found.is_empty()
        };
        assert!(!broken("ä".repeat(2048), &DESCRIPTION));
        assert!(broken("ä".repeat(2049), &DESCRIPTION));
        assert!(!broken("ä".repeat(32_768), &VALUE));
        assert!(broken("ä".repeat(32_769), &VALUE));
    }
}
