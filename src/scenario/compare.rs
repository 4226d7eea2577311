//! Compares an answer with what a scenario states of it.

use serde_json::{Map, Value};

use super::bindings::Bindings;
use super::format::{Answers, LabelOrder};
use super::placeholder::{Pattern, Placeholder, Template};
use crate::mistake::suggest;
use crate::time::Timestamp;
use crate::yaml::{Path, Trail};

/// Something that is not as a scenario states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The step of the scenario, counted from 0.
    pub step: usize,
    /// Where it is stated in the file.
    pub path: Path,
    /// Line and column of that, counted from 1, once somebody has looked it up.
    pub place: Option<(usize, usize)>,
    /// What is different, in a line.
    pub message: String,
}

impl Difference {
    /// Where in its step it is stated, such as `returns.VersionStages`.
    pub fn member(&self) -> String {
        let segments = self.path.segments().iter().skip(2);
        segments.cloned().collect::<Path>().to_string()
    }
}

/// How one answer is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) answers: Answers,
    pub(super) label_order: LabelOrder,
    pub(super) show_values: bool,
}

/// Members whose order doesn't count.
const SETS: [&str; 2] = ["VersionStages", "Versions"];

/// Members that are compared exactly even where others may be left out.
const EXACT: [&str; 3] = ["VersionIdsToStages", "SecretVersionsToStages", "RotationRules"];

/// Members that hold secret values.
pub(crate) const SECRET_MEMBERS: [&str; 3] = ["SecretString", "SecretBinary", "RandomPassword"];

/// How many pairings of list entries are tried before a list counts as different.
const PAIRINGS_MAX: u32 = 10_000;

/// Where an answer differs from another one that came for the same request, as place and message. Dates need only be
/// dates, and what is random only as long.
pub(crate) fn answers_differ(
    expected: &Value,
    actual: &Value,
    show_values: bool,
) -> Vec<(Path, String)> {
    let manner =
        Manner { answers: Answers::Exact, label_order: LabelOrder::default(), show_values };
    let mut bindings = Bindings::default();
    let mut comparison = Comparison { bindings: &mut bindings, manner, found: Vec::new() };
    let expected = Template::of_answer("", expected);
    comparison.answer(&Trail::at(&Path::top()), &expected, actual);
    comparison.found
}

/// Compares one answer.
pub(super) struct Comparison<'b> {
    pub(super) bindings: &'b mut Bindings,
    pub(super) manner: Manner,
    pub(super) found: Vec<(Path, String)>,
}

/// What is known about the member that is being compared.
#[derive(Clone, Copy, Debug)]
struct Place<'n> {
    /// The name of the nearest member.
    member: &'n str,
    /// Whether members that are not stated are differences.
    exact: bool,
}

impl Comparison<'_> {
    /// Compares a whole answer with a template.
    pub(super) fn answer(&mut self, path: &Trail<'_>, expected: &Template, actual: &Value) {
        let exact = self.manner.answers == Answers::Exact;
        self.value(path, expected, actual, Place { member: "", exact });
    }

    /// Notes a difference. Without a reason of its own, it tells what came.
    fn differs(
        &mut self,
        path: &Trail<'_>,
        expected: &str,
        actual: &Value,
        place: Place<'_>,
        reason: &str,
    ) {
        let message = if SECRET_MEMBERS.contains(&place.member) && !self.manner.show_values {
            "the value is another one (--show-values shows it)".to_owned()
        } else if reason.is_empty() {
            format!("expected {expected}, got {}", self.shown(actual))
        } else {
            format!("expected {expected}, got {}: {reason}", self.shown(actual))
        };
        self.found.push((path.to_path(), message));
    }

    fn shown(&self, value: &Value) -> String {
        if self.manner.show_values { line(value) } else { brief(value) }
    }

    fn value(&mut self, path: &Trail<'_>, expected: &Template, actual: &Value, place: Place<'_>) {
        match (expected, actual) {
            (Template::Text(pattern), _) => self.text(path, pattern, actual, place),
            (Template::List(items), Value::Array(values)) => self.list(path, items, values, place),
            (Template::Map(members), Value::Object(values)) => {
                self.map(path, members, values, place);
            }
            (Template::Map(members), Value::String(text)) => match serde_json::from_str(text) {
                Ok(Value::Object(values)) => self.map(path, members, &values, place),
                _ => self.differs(path, "JSON text of an object", actual, place, ""),
            },
            (Template::Number(number), Value::Number(value))
                if number.as_f64() == value.as_f64() => {}
            (Template::Bool(yes), Value::Bool(value)) if yes == value => {}
            (Template::Null, Value::Null) => {}
            _ => {
                let expected = brief(&expected.as_written());
                self.differs(path, &expected, actual, place, "");
            }
        }
    }

    fn text(&mut self, path: &Trail<'_>, pattern: &Pattern, actual: &Value, place: Place<'_>) {
        let result = match (pattern.as_placeholder(), actual) {
            (Some(Placeholder::Any | Placeholder::Unrecorded), _) => Ok(()),
            (Some(Placeholder::Timestamp(number)), Value::Number(_)) => {
                match (millis(actual), number) {
                    (Some(millis), Some(number)) => self.bindings.bind_time(*number, millis),
                    (Some(_), None) => Ok(()),
                    (None, _) => Err(String::new()),
                }
            }
            (_, Value::String(text)) => self.bindings.match_text(pattern, text),
            (None, Value::Number(_)) => {
                let stated = pattern.as_plain().and_then(|text| text.parse::<Timestamp>().ok());
                let same = stated.is_some() && stated.map(Timestamp::millis) == millis(actual);
                if same { Ok(()) } else { Err(String::new()) }
            }
            _ => Err(String::new()),
        };
        if let Err(reason) = result {
            let stated = format!("`{pattern}`");
            // A date comes as seconds, which nobody can hold against the one that is stated.
            let date = millis(actual).filter(|_| states_a_date(pattern));
            let date = date.map(|it| Value::String(Timestamp::from_millis(it).to_string()));
            self.differs(path, &stated, date.as_ref().unwrap_or(actual), place, &reason);
        }
    }

    fn list(&mut self, path: &Trail<'_>, items: &[Template], values: &[Value], place: Place<'_>) {
        if items.len() != values.len() {
            let stated = format!("a list of {}", items.len());
            let got = Value::Array(values.to_vec());
            self.differs(path, &stated, &got, place, &format!("a list of {}", values.len()));
            return;
        }
        let ordered =
            place.member == "VersionStages" && self.manner.label_order == LabelOrder::Recorded;
        if SETS.contains(&place.member) && !ordered {
            self.set(path, items, values, place);
            return;
        }
        for (index, (item, value)) in items.iter().zip(values).enumerate() {
            self.value(&path.index(index), item, value, place);
        }
    }

    /// Pairs each stated entry with one that came, in any order.
    fn set(&mut self, path: &Trail<'_>, items: &[Template], values: &[Value], place: Place<'_>) {
        let mut budget = PAIRINGS_MAX;
        let mut free: Vec<&Value> = values.iter().collect();
        if items.iter().all(Template::is_plain) {
            // Nothing gets bound, so that each entry can be looked for on its own; mostly that is enough.
            let mut left = free.clone();
            let finds = |item: &Template, left: &mut Vec<&Value>| {
                let at = left.iter().position(|value| {
                    self.try_value(item, value, place, self.bindings).is_some()
                })?;
                left.remove(at);
                Some(())
            };
            if items.iter().all(|item| finds(item, &mut left).is_some()) {
                return;
            }
        }
        if let Some(bindings) =
            self.pair(items, &mut free, place, self.bindings.clone(), &mut budget)
        {
            *self.bindings = bindings;
            return;
        }
        // No pairing fits. Pair what can be paired, and tell what is left.
        let mut free: Vec<&Value> = values.iter().collect();
        for (index, item) in items.iter().enumerate() {
            let fits = free
                .iter()
                .position(|value| self.try_value(item, value, place, self.bindings).is_some());
            if let Some(at) = fits {
                let value = free.remove(at);
                if let Some(bindings) = self.try_value(item, value, place, self.bindings) {
                    *self.bindings = bindings;
                }
            } else {
                let left = Value::Array(free.iter().map(|value| (*value).clone()).collect());
                let stated = brief(&item.as_written());
                self.differs(&path.index(index), &format!("an entry {stated}"), &left, place, "");
            }
        }
    }

    fn pair(
        &self,
        items: &[Template],
        free: &mut Vec<&Value>,
        place: Place<'_>,
        bindings: Bindings,
        budget: &mut u32,
    ) -> Option<Bindings> {
        let Some((item, others)) = items.split_first() else { return Some(bindings) };
        for at in 0..free.len() {
            *budget = budget.checked_sub(1)?;
            let value = free.remove(at);
            let paired = self
                .try_value(item, value, place, &bindings)
                .and_then(|bindings| self.pair(others, free, place, bindings, budget));
            free.insert(at, value);
            if paired.is_some() {
                return paired;
            }
        }
        None
    }

    /// The bindings after comparing, if there is no difference.
    fn try_value(
        &self,
        item: &Template,
        value: &Value,
        place: Place<'_>,
        bindings: &Bindings,
    ) -> Option<Bindings> {
        if let (Template::Text(stated), Value::String(text)) = (item, value)
            && let Some(stated) = stated.as_plain()
        {
            return (stated == text).then(|| bindings.clone());
        }
        let mut bindings = bindings.clone();
        let mut trial =
            Comparison { bindings: &mut bindings, manner: self.manner, found: Vec::new() };
        trial.value(&Trail::at(&Path::top()), item, value, place);
        let same = trial.found.is_empty();
        same.then_some(bindings)
    }

    fn map(
        &mut self,
        path: &Trail<'_>,
        members: &[(Pattern, Template)],
        values: &Map<String, Value>,
        place: Place<'_>,
    ) {
        let mut seen: Vec<&str> = Vec::new();
        let mut open = false;
        // Keys that are known come first, so that what is left is what unknown ones can stand for.
        let is_known = |(key, _): &&(Pattern, Template)| key.placeholders().next().is_none();
        let known = members.iter().filter(is_known);
        for (key, expected) in known.chain(members.iter().filter(|member| !is_known(member))) {
            let written = key.written();
            if written == "..." {
                open = true;
                continue;
            }
            let path = path.key(&written);
            let Some((name, value)) = self.find(key, expected, values, &seen, place) else {
                let may_miss = matches!(
                    expected.as_placeholder(),
                    Some(Placeholder::Absent | Placeholder::Unrecorded)
                );
                if !may_miss {
                    let near = suggest(&written, values.keys().map(String::as_str));
                    let hint = near.map(|near| format!("; did you mean `{near}`?"));
                    let hint = hint.unwrap_or_default();
                    let message = format!("`{written}` is missing in the answer{hint}");
                    self.found.push((path.to_path(), message));
                }
                continue;
            };
            seen.push(name);
            if matches!(expected.as_placeholder(), Some(Placeholder::Absent)) {
                let message = format!("`{written}` is in the answer, and must not be there");
                self.found.push((path.to_path(), message));
                continue;
            }
            if let Err(reason) = self.bindings.match_text(key, name) {
                let message = format!("`{written}` is not `{name}`: {reason}");
                self.found.push((path.to_path(), message));
            }
            let exact = place.exact || EXACT.contains(&name);
            // What lies inside of these belongs to them: the labels of a map, the parts of a secret value.
            let lasts = EXACT.contains(&place.member) || SECRET_MEMBERS.contains(&place.member);
            let member = if lasts { place.member } else { name };
            self.value(&path, expected, value, Place { member, exact });
        }
        if place.exact && !open {
            for (name, value) in values.iter().filter(|(name, _)| !seen.contains(&name.as_str())) {
                let is_secret =
                    [name.as_str(), place.member].iter().any(|it| SECRET_MEMBERS.contains(it));
                let shown = if is_secret && !self.manner.show_values {
                    format!("`{name}`")
                } else {
                    self.shown(&Value::Object(Map::from_iter([(name.clone(), value.clone())])))
                };
                self.found.push((path.to_path(), format!("the answer has {shown} too")));
            }
        }
    }

    /// The member of an answer that a key stands for.
    fn find<'v>(
        &self,
        key: &Pattern,
        expected: &Template,
        values: &'v Map<String, Value>,
        seen: &[&str],
        place: Place<'_>,
    ) -> Option<(&'v str, &'v Value)> {
        if let Some(name) = key.as_plain() {
            return values.get_key_value(name).map(|(name, value)| (name.as_str(), value));
        }
        let free = || values.iter().filter(|(name, _)| !seen.contains(&name.as_str()));
        let fits = |name: &str| {
            let mut bindings = self.bindings.clone();
            bindings.match_text(key, name).is_ok().then_some(bindings)
        };
        let whole = free().find(|(name, value)| {
            fits(name)
                .is_some_and(|bindings| self.try_value(expected, value, place, &bindings).is_some())
        });
        let found = whole.or_else(|| free().find(|(name, _)| fits(name).is_some()));
        found.map(|(name, value)| (name.as_str(), value))
    }
}

/// Whether a text stands for a date.
fn states_a_date(pattern: &Pattern) -> bool {
    match (pattern.as_placeholder(), pattern.as_plain()) {
        (Some(placeholder), _) => matches!(placeholder, Placeholder::Timestamp(_)),
        (None, plain) => plain.is_some_and(|text| text.parse::<Timestamp>().is_ok()),
    }
}

/// A time of an answer in milliseconds.
fn millis(value: &Value) -> Option<i64> {
    let seconds = value.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "dates are far within the range of milliseconds in i64"
    )]
    let millis = (seconds * 1000.0).round() as i64;
    Some(millis)
}

/// A value in a line without what is secret in it, shortened if it is long.
pub(crate) fn brief(value: &Value) -> String {
    line(&redact(value))
}

/// A value in a line, shortened if it is long.
fn line(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("`{text}`"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    };
    if text.chars().count() <= 160 {
        return text;
    }
    let start: String = text.chars().take(157).collect();
    format!("{start}...")
}

/// The value without what is secret in it.
fn redact(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let secret = SECRET_MEMBERS.contains(&name.as_str());
                    (name.clone(), if secret { "(redacted)".into() } else { redact(value) })
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(redact).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
