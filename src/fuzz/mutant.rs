//! Mutants of a scenario: its steps repeated, left out and exchanged, with time and others in between, and with faults.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use proptest::prelude::Rng as _;
use proptest::test_runner::TestRng;
use serde_json::{Map, Value, json};

use super::case::{Case, runner};
use super::excuse::excused;
use crate::api::OperationName;
use crate::mistake::Mistake;
use crate::property::PropertyName;
use crate::property::own::OwnKind;
use crate::scenario::{Load, Played, Scenario, version_names};
use crate::world::{Answer, Event, FaultKind, TraceStep};
use crate::yaml::{self, Path, Places, flow};

/// At most so many changes make a mutant.
const CHANGES_MAX: usize = 10;

/// At most so many faults hit a mutant: fewer than a rotation has retries, so that it comes to its end.
const FAULTS_MAX: usize = 3;

/// What is said of a file as a whole and isn't true of its mutants.
const OF_THE_WHOLE: [&str; 8] =
    ["scenario", "about", "source", "contested", "tags", "breaks", "explore", "steps"];

/// What is expected of a step, and remarks: mutants come to something else.
const EXPECTED: [&str; 5] = ["returns", "fails", "labels", "answers", "note"];

/// The keys of a step that are written first, in this order.
const FIRST: [&str; 8] = ["call", "target", "rotate", "settle", "wait", "until", "in", "with"];

/// Spans that pass between two steps.
const WAITS: [&str; 6] = ["1s", "61s", "30m", "4h", "25h", "8d"];

/// One step, without what is expected of it.
pub type Step = Map<String, Value>;

/// A scenario that mutants are made of.
pub struct Original<'l> {
    title: String,
    /// The lines before the steps, without [`OF_THE_WHOLE`] and the file of the function.
    head: String,
    /// The file of the function.
    function: Option<String>,
    steps: Vec<Step>,
    load: Load<'l>,
    /// The secret that steps are about where they name none.
    secret: Option<String>,
    /// The calls of the function that faults can hit.
    places: Vec<String>,
    /// What it violates as it stands, and what may be violated by any mutant.
    meant: BTreeSet<PropertyName>,
}

/// Steps that violate a property.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// The steps.
    pub steps: Vec<Step>,
    /// What they violate.
    pub property: PropertyName,
    /// What is wrong.
    pub message: String,
}

/// What became of one mutant.
#[derive(Clone, Debug)]
pub enum Bred {
    /// It makes no sense, such as a version that is named before it is there.
    Unreadable,
    /// It was played.
    Sound(Box<Played>),
    /// It was played, and violates something.
    Broken(Broken),
    /// It was played twice, and didn't come to the same.
    Fickle {
        /// How many steps it has.
        steps: usize,
        /// What was played.
        scenario: String,
    },
}

impl fmt::Debug for Original<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Original").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Bred {
    /// Whether the same came of both.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unreadable, Self::Unreadable) => true,
            (Self::Sound(one), Self::Sound(other)) => one.trace == other.trace,
            (Self::Broken(one), Self::Broken(other)) => one == other,
            _ => false,
        }
    }
}

impl<'l> Original<'l> {
    /// Takes a scenario apart.
    ///
    /// # Errors
    ///
    /// Its mistakes.
    pub fn new(text: &str, load: Load<'l>) -> Result<Self, Vec<Mistake>> {
        let scenario = Scenario::read_with(text, load)?;
        let file: Map<String, Value> = yaml::read(text)?;
        let places = Places::of(text);
        let mut head = String::new();
        let function = file.get("function").and_then(Value::as_str).map(str::to_owned);
        let kept = file.keys().filter(|key| {
            !OF_THE_WHOLE.contains(&key.as_str()) && (*key != "function" || function.is_none())
        });
        let mut spans: Vec<_> = kept
            .filter_map(|key| {
                let path = Path::top().key(key.clone());
                Some(places.key(&path)?.start..places.value(&path)?.end)
            })
            .collect();
        spans.sort_by_key(|span| span.start);
        for span in spans {
            let _ = writeln!(head, "{}", text.get(span).unwrap_or_default().trim_end());
        }
        let steps = file.get("steps").and_then(Value::as_array).into_iter().flatten();
        let steps = steps.filter_map(Value::as_object).map(|step| {
            let kept = step.iter().filter(|(key, _)| !EXPECTED.contains(&key.as_str()));
            kept.map(|(key, value)| (key.clone(), value.clone())).collect()
        });
        let ends = |kind| matches!(kind, OwnKind::Sometimes | OwnKind::Eventually);
        let own = scenario.own.iter().filter(|own| ends(own.kind)).map(|own| own.name.clone());
        let violated = scenario.play(false).judgment.violations;
        let meant = violated.into_iter().map(|it| it.property).chain(own).collect();
        let nodes = scenario.function().into_iter().flat_map(|program| &program.nodes);
        let original = Self {
            title: scenario.title.clone(),
            head,
            function,
            steps: steps.collect(),
            load,
            secret: scenario.secret_name().map(str::to_owned),
            places: nodes.map(|node| node.name.clone()).collect(),
            meant,
        };
        // What can't be put together again would have no mutants.
        original.together().map(|_| original)
    }

    /// The scenario put together again, without what it expects.
    ///
    /// # Errors
    ///
    /// If it isn't a scenario any more.
    pub fn together(&self) -> Result<Scenario, Vec<Mistake>> {
        Scenario::read_with(&self.text(&self.title, &self.steps), self.load)
    }

    /// The file of the function, as the scenario names it.
    pub fn function_file(&self) -> Option<&str> {
        self.function.as_deref().filter(|it| !it.starts_with("builtin:"))
    }

    /// Makes and plays the mutant of a case.
    pub fn breed(&self, case: Case) -> Bred {
        let mut breeder = Breeder { random: runner(case).rng().clone(), fresh: 0, original: self };
        let mut steps = self.steps.clone();
        for _ in 0..=breeder.below(CHANGES_MAX) {
            breeder.change(&mut steps);
        }
        let again = case.is_played_twice().then(|| steps.clone());
        let bred = self.play(steps);
        match again {
            Some(steps) if !bred.is_like(&self.play(steps.clone())) => {
                Bred::Fickle { steps: steps.len(), scenario: self.text(&self.title, &steps) }
            }
            Some(_) | None => bred,
        }
    }

    fn play(&self, steps: Vec<Step>) -> Bred {
        let Ok(scenario) = Scenario::read_with(&self.text("mutant", &steps), self.load) else {
            return Bred::Unreadable;
        };
        let played = scenario.play(false);
        let found = played.judgment.violations.iter();
        let mut found =
            found.filter(|it| !self.meant.contains(&it.property) && !excused(&played.trace, it));
        match found.next() {
            None => Bred::Sound(Box::new(played)),
            Some(violation) => Bred::Broken(Broken {
                property: violation.property.clone(),
                message: named(&violation.message, &played),
                steps,
            }),
        }
    }

    /// The fewest and simplest of the steps that still violate the same.
    pub fn shrink(&self, found: Broken) -> Broken {
        let mut best = found;
        loop {
            let simpler =
                simpler(&best.steps).into_iter().find_map(|steps| match self.play(steps) {
                    Bred::Broken(broken) if broken.property == best.property => Some(broken),
                    Bred::Broken(_) | Bred::Sound(_) | Bred::Unreadable | Bred::Fickle { .. } => {
                        None
                    }
                });
            match simpler {
                Some(simpler) => best = simpler,
                None => return best,
            }
        }
    }

    /// Steps that violate something as a scenario that fails because of it alone.
    pub fn scenario(&self, broken: &Broken, found_by: &str) -> String {
        let mut steps = broken.steps.clone();
        let mut head = String::new();
        let title = format!("{}: {}", self.title, broken.property.id());
        let about = format!("{}. Found by {found_by}", broken.message);
        let read = Scenario::read_with(&self.text("mutant", &steps), self.load);
        if let Ok(played) = read.map(|scenario| scenario.play(false)) {
            for (step, result) in steps.iter_mut().zip(&played.results) {
                let told = played.trace.steps.get(result.first);
                if let Some(error) = told.and_then(refusal) {
                    step.remove("as");
                    step.insert("fails".to_owned(), error.into());
                }
            }
            let others = played.judgment.violations.iter().map(|it| it.property.id());
            let others: BTreeSet<&str> = others.filter(|it| *it != broken.property.id()).collect();
            if !others.is_empty() {
                let others: Vec<_> = others.into_iter().collect();
                head = format!("breaks: [{}]\n", others.join(", "));
            }
        }
        let text = self.text(&title, &steps);
        let about = format!("about: {}\n{head}", flow(&about.into()));
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        format!("{first}\n{about}{rest}")
    }

    /// A file with these steps.
    fn text(&self, title: &str, steps: &[Step]) -> String {
        let mut text = format!("scenario: {}\n{}", flow(&title.into()), self.head);
        if let Some(function) = &self.function {
            let _ = writeln!(text, "{}", function_line(function));
        }
        text.push_str("steps:\n");
        for step in steps {
            let first = FIRST.iter().filter_map(|key| step.get_key_value(*key));
            let later = step.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
            let lines = first.chain(later);
            for (number, (key, value)) in lines.enumerate() {
                let dash = if number == 0 { "  - " } else { "    " };
                let _ = writeln!(text, "{dash}{key}: {}", flow(value));
            }
        }
        text
    }
}

/// The error that a step was answered with, as a scenario states it.
fn refusal(step: &TraceStep) -> Option<&'static str> {
    if let Event::Target(asked) = &step.event {
        return match asked.answer {
            Answer::Denied => Some("denied"),
            Answer::Unavailable => Some("unavailable"),
            Answer::Done | Answer::Yes | Answer::No | Answer::Made(_) => None,
        };
    }
    step.outcome.as_ref().err().map(|error| error.code.as_str())
}

/// The line of a scenario that names its function.
fn function_line(function: &str) -> String {
    format!("function: {}", yaml::scalar(function))
}

/// The text of a mutant with the file of its function named in another way, since the text goes to another folder.
pub fn with_function(text: &str, old: &str, new: &str) -> String {
    text.replacen(&function_line(old), &function_line(new), 1)
}

/// A message with the names of versions for their ids.
fn named(message: &str, played: &Played) -> String {
    let names = version_names(&played.names, &played.trace);
    names.iter().fold(message.to_owned(), |text, (id, name)| text.replace(id, name))
}

/// Draws the changes of one mutant.
struct Breeder<'o, 'l> {
    random: TestRng,
    /// How many versions were named so far.
    fresh: u32,
    original: &'o Original<'l>,
}

impl Breeder<'_, '_> {
    fn below(&mut self, bound: usize) -> usize {
        let number = usize::try_from(self.random.next_u32()).unwrap_or_default();
        number.checked_rem(bound).unwrap_or_default()
    }

    fn one_of<'v, T>(&mut self, of: &'v [T]) -> Option<&'v T> {
        of.get(self.below(of.len()))
    }

    fn change(&mut self, steps: &mut Vec<Step>) {
        let place = self.below(steps.len());
        let later = place.saturating_add(1).saturating_add(self.below(3)).min(steps.len());
        match self.below(8) {
            0 | 1 => {
                if let Some(mut again) = steps.get(place).cloned() {
                    again.remove("as");
                    again.remove("faults");
                    steps.insert(later, again);
                }
            }
            2 if steps.len() > 1 => drop(steps.remove(place)),
            3 if later < steps.len() => steps.swap(place, later),
            4 => {
                let wait = self.one_of(&WAITS).copied().unwrap_or_default();
                steps.insert(later, object(json!({ "wait": wait })));
            }
            _ if !self.original.places.is_empty() => self.fault(steps),
            _ => {
                if let Some(call) = self.call(steps.get(..later).unwrap_or_default()) {
                    steps.insert(later, call);
                }
            }
        }
    }

    /// A fault from one of the rotations on.
    fn fault(&mut self, steps: &mut [Step]) {
        let rotates = |step: &&mut Step| {
            step.contains_key("rotate")
                || step.get("call").and_then(Value::as_str)
                    == Some(OperationName::RotateSecret.as_str())
        };
        let kind = self.one_of(&FaultKind::OF_CALLS).map_or("", |kind| kind.as_str());
        let at = self.one_of(&self.original.places).cloned().unwrap_or_default();
        let planned = steps.iter().filter_map(|step| step.get("faults")?.as_array().map(Vec::len));
        if planned.sum::<usize>() >= FAULTS_MAX {
            return;
        }
        let mut rotations: Vec<_> = steps.iter_mut().filter(rotates).collect();
        let chosen = self.below(rotations.len());
        if let Some(rotation) = rotations.get_mut(chosen) {
            let faults = rotation.entry("faults").or_insert_with(|| json!([]));
            if let Some(faults) = faults.as_array_mut() {
                faults.push(json!({ "at": at, "kind": kind }));
            }
        }
    }

    /// A call of somebody else. Where a function rotates, others would break what the function can't mend, so there are
    /// none.
    fn call(&mut self, before: &[Step]) -> Option<Step> {
        self.original.secret.as_ref()?;
        let names: Vec<String> =
            before.iter().filter_map(|step| step.get("as")?.as_str().map(str::to_owned)).collect();
        let label = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "custom"].get(self.below(4))?;
        Some(object(match self.below(8) {
            0 | 1 => {
                self.fresh = self.fresh.saturating_add(1);
                let (value, name) =
                    (format!("other {}", self.fresh), format!("other{}", self.fresh));
                match self.below(3) {
                    0 => json!({
                        "call": "PutSecretValue", "with": { "SecretString": value }, "as": name
                    }),
                    _ => json!({
                        "call": "PutSecretValue",
                        "with": { "SecretString": value, "VersionStages": [label] },
                        "as": name,
                    }),
                }
            }
            2 => json!({ "call": "CancelRotateSecret" }),
            3 => json!({ "call": "DeleteSecret" }),
            4 => json!({ "call": "RestoreSecret" }),
            _ => {
                let mut with = json!({ "VersionStage": label });
                for side in ["MoveToVersionId", "RemoveFromVersionId"] {
                    if self.below(4) > 0
                        && let (Some(name), Some(with)) =
                            (self.one_of(&names), with.as_object_mut())
                    {
                        with.insert(side.to_owned(), name.as_str().into());
                    }
                }
                json!({ "call": "UpdateSecretVersionStage", "with": with })
            }
        }))
    }
}

fn object(value: Value) -> Step {
    if let Value::Object(step) = value { step } else { Step::new() }
}

/// Steps with less in them, those with the least first.
fn simpler(steps: &[Step]) -> Vec<Vec<Step>> {
    let without = |place: usize| -> Vec<Step> {
        let others = steps.iter().enumerate().filter(|(at, _)| *at != place);
        others.map(|(_, step)| step.clone()).collect()
    };
    let mut simpler: Vec<Vec<Step>> = (0..steps.len()).map(without).collect();
    let mut with = |place: usize, changed: Step| {
        let mut steps = steps.to_vec();
        if let Some(step) = steps.get_mut(place) {
            *step = changed;
            simpler.push(steps);
        }
    };
    for (place, step) in steps.iter().enumerate() {
        let faults = step.get("faults").and_then(Value::as_array).cloned().unwrap_or_default();
        for left_out in 0..faults.len() {
            let mut fewer = step.clone();
            let kept = faults.iter().enumerate().filter(|(at, _)| *at != left_out);
            let kept: Vec<Value> = kept.map(|(_, fault)| fault.clone()).collect();
            if kept.is_empty() {
                fewer.remove("faults");
            } else {
                fewer.insert("faults".to_owned(), kept.into());
            }
            with(place, fewer);
        }
        let shorter = step.get("wait").and_then(Value::as_str).and_then(|wait| {
            let place = WAITS.iter().position(|it| *it == wait)?;
            WAITS.get(place.checked_sub(1)?)
        });
        if let Some(shorter) = shorter {
            with(place, object(json!({ "wait": shorter })));
        }
    }
    simpler
}
