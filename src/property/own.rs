//! A scenario's own properties: an expression in CEL over the labels and the target, and when it must hold.

mod judge;
mod syntax;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::objects::{Key, Map};
use cel::{Context, Env, ExecutionError, Program, Value};

use super::PropertyName;

pub use judge::{Told, judge_own};
pub use syntax::{Known, OwnMistake, VARIABLES};

/// The most own properties of one scenario: a search numbers its properties with a few bits.
pub const OWN_MAX: usize = 8;

/// When an own property must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnKind {
    /// In every state.
    Always,
    /// Whenever no rotation has anything left to do.
    AtRest,
    /// In at least one state.
    Sometimes,
    /// From every state that can be reached, retries alone get there; in a run, at its end.
    Eventually,
}

impl OwnKind {
    /// All of them, in the order in which help texts list them.
    pub const ALL: [Self; 4] = [Self::Always, Self::AtRest, Self::Sometimes, Self::Eventually];

    /// The key that files write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::AtRest => "at-rest",
            Self::Sometimes => "sometimes",
            Self::Eventually => "eventually",
        }
    }
}

impl fmt::Display for OwnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an expression looks at: what a search must keep apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The labels that it names.
    pub labels: BTreeSet<String>,
    /// Whether it looks at labels without naming them.
    pub all_labels: bool,
    /// Whether it can tell versions by what they are called or by their order.
    pub names_versions: bool,
}

/// One own property, ready to be judged.
#[derive(Clone, Debug)]
pub struct OwnProperty {
    /// Its name and its statement.
    pub name: PropertyName,
    /// When it must hold.
    pub kind: OwnKind,
    /// What it looks at.
    pub uses: Uses,
    program: Arc<Program>,
}

/// What is seen of a secret and its target at one moment, in the words of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Which version carries each label.
    pub labels: Vec<(String, String)>,
    /// The versions that have a value, oldest first.
    pub versions: Vec<String>,
    /// The versions whose credential the target accepts, oldest first; none without a target.
    pub accepts: Vec<String>,
    /// Whether a rotation is unfinished.
    pub is_rotating: bool,
}

/// Why an expression says neither yes nor no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// It asks for a label that is on no version.
    #[error("no version has {0}; ask `has(labels.{0})` first")]
    NoLabel(String),
    /// It asks for something that isn't there, and not by name.
    #[error("it asks for a label that no version has")]
    Unnamed,
    /// Its value is no yes or no.
    #[error("it says `{0}`, which is neither `true` nor `false`")]
    NotBoolean(String),
    /// Its parts don't fit together, whatever is seen.
    #[error("{0}")]
    IllTyped(String),
    /// Anything else, such as an entry of a list that is shorter.
    #[error("{0}")]
    Other(String),
}

impl OwnProperty {
    /// Compiles a property.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the expression, with places in it.
    pub fn new(
        name: PropertyName,
        kind: OwnKind,
        expression: &str,
        known: &Known<'_>,
    ) -> Result<Self, Vec<OwnMistake>> {
        let (program, uses) = syntax::compile(expression, known)?;
        Ok(Self { name, kind, uses, program: Arc::new(program) })
    }

    /// Whether it holds of what is seen.
    ///
    /// # Errors
    ///
    /// If the expression comes to no answer.
    pub fn holds(&self, seen: &Seen) -> Result<bool, Undecided> {
        let found = evaluate(&self.program, seen);
        match found {
            // Which of several labels is asked for first isn't the same every time.
            Err(Undecided::NoLabel(_)) if self.uses.all_labels => Err(Undecided::Unnamed),
            found => found,
        }
    }
}

/// What a property says, on one line: what the file tells about it, or the expression.
pub fn statement(about: Option<&str>, kind: OwnKind, expression: &str) -> String {
    let on_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let stated = || format!("{kind}: {}", on_one_line(expression));
    about.map_or_else(stated, on_one_line)
}

/// Whether an expression holds of what is seen.
fn evaluate(program: &Program, seen: &Seen) -> Result<bool, Undecided> {
    match program.execute(&context(seen)) {
        Ok(Value::Bool(holds)) => Ok(holds),
        Ok(other) => Err(Undecided::NotBoolean(shown(&other))),
        Err(ExecutionError::NoSuchKey(key)) => Err(Undecided::NoLabel(key.to_string())),
        Err(
            error @ (ExecutionError::IndexOutOfBounds(_)
            | ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..)
            | ExecutionError::FunctionError { .. }),
        ) => Err(Undecided::Other(error.to_string())),
        Err(error) => Err(Undecided::IllTyped(error.to_string())),
    }
}

/// A value in a few words.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{text}\""),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Null => "null".to_owned(),
        // What is in it has no fixed order.
        Value::Map(_) => "a map".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Bool(_)
        | Value::Bytes(_)
        | Value::Function(..)
        | Value::Opaque(_)
        | Value::Struct(_) => "something else".to_owned(),
    }
}

/// What CEL has by itself, such as `size`. Making it costs more than most expressions.
static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// The variables.
fn context(seen: &Seen) -> Context<'static, 'static> {
    let mut context = Context::with_env(Arc::clone(&STANDARD));
    let list = |names: &[String]| -> Value { names.to_vec().into() };
    let map = |entries: Vec<(&str, Value)>| -> Value {
        let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
        let entries = entries.map(|(key, value)| (Key::from(key), value)).collect();
        Value::Map(Map { map: Arc::new(entries) })
    };
    let works = |label: &str| -> Value {
        let holder = seen.labels.iter().find(|(it, _)| it == label);
        holder.is_some_and(|(_, version)| seen.accepts.contains(version)).into()
    };
    let labels =
        seen.labels.iter().map(|(label, version)| (label.as_str(), version.clone().into()));
    context.add_variable_from_value("labels", map(labels.collect()));
    context.add_variable_from_value("versions", list(&seen.versions));
    let target = vec![
        ("accepts", list(&seen.accepts)),
        ("current_works", works("AWSCURRENT")),
        ("pending_works", works("AWSPENDING")),
        ("previous_works", works("AWSPREVIOUS")),
    ];
    context.add_variable_from_value("target", map(target));
    context.add_variable_from_value("rotation", map(vec![("running", seen.is_rotating.into())]));
    context
}
