//! Random calls: a few small numbers, read against the state of the naive service, so that telling cases are common.
//!
//! The numbers say things like "the version that has AWSPENDING now" rather than "version 3". So a sequence stays
//! telling when it shrinks, and the line that is played names what the numbers came to.

use super::call::{Call, Word};
use super::reference::{Reference, Secret};
use crate::time::Span;

/// The numbers behind one call; 0 is the simplest choice everywhere.
pub type Numbers = [u8; 8];

/// What the call does. The more often a word stands here, the more often it is drawn.
const VERBS: &[&str] = &[
    "put", "put", "put", "put", "stage", "stage", "stage", "stage", "stage", "finish", "finish",
    "finish", "rotate", "rotate", "rotate", "update", "test", "get", "describe", "list", "cancel",
    "create", "delete", "force", "restore", "wait", "wait", "wait",
];

/// Labels of a put: none in the request, AWSPENDING, and everything that could get in the way of another.
const PUTS: &[Option<&[&str]>] = &[
    None,
    None,
    None,
    Some(&["AWSPENDING"]),
    Some(&["AWSPENDING"]),
    Some(&["AWSCURRENT"]),
    Some(&["x"]),
    Some(&["x", "y"]),
    Some(&["AWSCURRENT", "AWSPENDING"]),
    Some(&["AWSCURRENT", "x"]),
    Some(&["AWSPENDING", "y"]),
    Some(&["AWSPREVIOUS"]),
    Some(&["AWSCURRENT", "AWSPREVIOUS"]),
    Some(&["AWSPENDING", "AWSPREVIOUS"]),
    Some(&[]),
];

const LABELS: &[&str] =
    &["AWSCURRENT", "AWSCURRENT", "AWSPENDING", "AWSPENDING", "AWSPREVIOUS", "x", "y"];

/// Which version id a call names.
#[derive(Clone, Copy, Default)]
enum Pick {
    /// None.
    #[default]
    Absent,
    /// One that no call has used.
    Fresh,
    /// One that some call has used, for whichever secret, whether the version is still there or not.
    Used,
    /// One of the secret's versions.
    Any,
    /// One of those without labels.
    Deprecated,
    /// The version that has this label.
    Holder(&'static str),
    /// The version that has the label that the call is about.
    OfLabel,
}

use Pick::{Absent, Any, Deprecated, Fresh, Holder, OfLabel, Used};

const TOKENS: &[Pick] = &[
    Fresh,
    Fresh,
    Fresh,
    Fresh,
    Fresh,
    Holder("AWSPENDING"),
    Holder("AWSPENDING"),
    Holder("AWSCURRENT"),
    Any,
    Used,
];

const SOURCES: &[Pick] =
    &[OfLabel, OfLabel, OfLabel, OfLabel, Absent, Absent, Holder("AWSCURRENT"), Any, Used];

const TARGETS: &[Pick] = &[
    Holder("AWSPENDING"),
    Holder("AWSPREVIOUS"),
    Any,
    Deprecated,
    Absent,
    Absent,
    Holder("AWSCURRENT"),
    OfLabel,
    Used,
];

const READS: &[Pick] = &[Absent, Absent, Any, Deprecated, Holder("AWSPENDING"), Used];

/// Seconds that pass.
const WAITS: &[i64] = &[1, 15, 45, 70, 70, 15, 10, 30, 60, 8 * 86_400, 31 * 86_400, 86_400];

/// Turns numbers into calls, and remembers the version ids it has given out.
#[derive(Debug, Default)]
pub struct Draw {
    used: Vec<Word>,
}

/// The numbers of one call, taken one after the other.
struct Dice<'n>(std::iter::Copied<std::slice::Iter<'n, u8>>);

impl Dice<'_> {
    fn index(&mut self, bound: usize) -> usize {
        usize::from(self.0.next().unwrap_or(0)).checked_rem(bound).unwrap_or(0)
    }

    fn one_of<T: Copy + Default>(&mut self, from: &[T]) -> T {
        from.get(self.index(from.len())).copied().unwrap_or_default()
    }
}

impl Draw {
    /// The call that the numbers mean in this state.
    pub fn call(&mut self, numbers: Numbers, state: &Reference) -> Call {
        let mut dice = Dice(numbers.iter().copied());
        let verb = dice.one_of(VERBS);
        let name = Word::new(dice.one_of(&["db", "db", "db", "api"]));
        if verb == "wait" {
            return Call::Wait(Span::seconds(dice.one_of(WAITS)));
        }
        let secret = state.secret(name);
        if secret.is_none() && dice.index(8) != 7 {
            // Most calls to a secret that isn't there would be the same refusal.
            let token = self.id(Fresh, None, "", 0);
            let value = dice.one_of(&[Some("1"), Some("1"), None]).map(Word::new);
            return Call::Create { secret: name, token, value };
        }
        self.on_secret(verb, name, secret, &mut dice)
    }

    fn on_secret(
        &mut self,
        verb: &str,
        secret: Word,
        state: Option<&Secret>,
        dice: &mut Dice<'_>,
    ) -> Call {
        match verb {
            "put" | "update" | "create" => {
                let pick = dice.one_of(TOKENS);
                let token = self.id(pick, state, "", dice.index(256));
                let value = value(dice, state, token);
                let labels = dice.one_of(PUTS).map(texts);
                match verb {
                    "put" => Call::Put { secret, token, value, labels },
                    "update" => Call::Update { secret, token, value },
                    _ => Call::Create { secret, token, value },
                }
            }
            "stage" => {
                let label = dice.one_of(LABELS);
                let (from, to) = (dice.one_of(SOURCES), dice.one_of(TARGETS));
                let number = dice.index(256);
                let from = self.maybe_id(from, state, label, number);
                let to = self.maybe_id(to, state, label, number / 16);
                Call::Stage { secret, label: Word::new(label), from, to }
            }
            "finish" => finish(secret, state),
            "rotate" | "test" => {
                let pick = dice.one_of(TOKENS);
                let token = self.id(pick, state, "", dice.index(256));
                let function = dice.one_of(&["fn", "fn", "fn", "", "", "missing"]);
                let function = (!function.is_empty()).then(|| Word::new(function));
                Call::Rotate { secret, token, function, test: verb == "test" }
            }
            "get" => {
                let label = dice.one_of(&["", "AWSPENDING", "AWSPREVIOUS", "x"]);
                let pick = dice.one_of(READS);
                let id = self.maybe_id(pick, state, label, dice.index(256));
                let label = (!label.is_empty()).then(|| Word::new(label));
                Call::Get { secret, label, id }
            }
            "describe" => Call::Describe { secret },
            "list" => Call::List { secret, all: dice.index(2) == 0 },
            "cancel" => Call::Cancel { secret },
            "delete" => {
                Call::Delete { secret, days: dice.one_of(&[Some(7), None, Some(30), Some(6)]) }
            }
            "force" => Call::Force { secret },
            _ => Call::Restore { secret },
        }
    }

    /// The version id that a pick means; a fresh one if it means none.
    fn id(&mut self, pick: Pick, state: Option<&Secret>, label: &str, number: usize) -> Word {
        self.maybe_id(pick, state, label, number).unwrap_or_else(|| {
            let fresh = Word::new(&format!("t{}", self.used.len()));
            self.used.push(fresh);
            fresh
        })
    }

    /// The version id that a pick means.
    fn maybe_id(
        &self,
        pick: Pick,
        state: Option<&Secret>,
        label: &str,
        number: usize,
    ) -> Option<Word> {
        let nth = |ids: &[Word]| {
            let index = number.checked_rem(ids.len())?;
            ids.get(index).copied()
        };
        match pick {
            Absent | Fresh => None,
            Used => nth(&self.used),
            Any => nth(&state?.versions.iter().map(|version| version.id).collect::<Vec<_>>()),
            Deprecated => {
                let deprecated = state?.versions.iter().filter(|it| it.labels.is_empty());
                nth(&deprecated.map(|version| version.id).collect::<Vec<_>>())
            }
            Holder(label) => state?.holder(Word::new(label)),
            OfLabel => state?.holder(Word::new(label)),
        }
    }
}

/// What a rotation function would do next: store the value, then make its version current.
fn finish(secret: Word, state: Option<&Secret>) -> Call {
    let held = |label| state.and_then(|state| state.holder(Word::new(label)));
    let Some(pending) = held("AWSPENDING") else {
        return Call::Get { secret, label: Some(Word::new("AWSPENDING")), id: None };
    };
    let filled = state.and_then(|state| state.find(pending)?.value.as_ref()).is_some();
    if filled {
        let label = Word::new("AWSCURRENT");
        return Call::Stage { secret, label, from: held("AWSCURRENT"), to: Some(pending) };
    }
    let labels = Some(vec![Word::new("AWSPENDING")]);
    Call::Put { secret, token: pending, value: Some(Word::new("3")), labels }
}

/// A value: mostly the one that the version has already, if it has one.
fn value(dice: &mut Dice<'_>, state: Option<&Secret>, token: Word) -> Option<Word> {
    let held = state.and_then(|state| state.find(token)?.value);
    let held = held.unwrap_or(Word::new("1"));
    match dice.index(8) {
        0..=4 => Some(held),
        5 | 6 => Some(Word::new("2")),
        _ => None,
    }
}

fn texts(labels: &[&str]) -> Vec<Word> {
    labels.iter().map(|label| Word::new(label)).collect()
}
