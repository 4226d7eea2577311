//! A machine and the naive service side by side: each call must get the same answer and leave the same state.

use std::collections::BTreeSet;
use std::fmt;

use super::call::{Call, MISSING, Word};
use super::excuse::excused;
use super::reference::{Answer, Labels, Reference, Secret};
use crate::api::{ErrorCode, Reply};
use crate::assumption::Assumptions;
use crate::caller::Caller;
use crate::property::{Property, judge};
use crate::secret::{SecretValue, StagingLabel, VersionId};
use crate::service::{SecretView, Setting};
use crate::time::Timestamp;
use crate::world::{Trace, World};

/// What can play calls and tell what happened.
pub trait Machine: Clone {
    /// Plays one call, and writes it and what followed into the trace.
    fn step(&mut self, call: &Call, trace: &mut Trace);
}

/// The service as it is.
#[derive(Clone, Debug)]
pub struct Service {
    world: World,
    operator: Caller,
}

impl Service {
    /// A service without secrets, for which the function `missing` can't be invoked.
    pub fn new(assume: Assumptions) -> Self {
        let missing_functions = [MISSING.to_owned()].into();
        let setting = Setting { assume, missing_functions, ..Setting::default() };
        let operator = Caller::named("", &setting.account);
        Self { world: World::new(setting, Timestamp::DEFAULT_START), operator }
    }

    /// The world that plays.
    pub const fn world(&self) -> &World {
        &self.world
    }
}

impl Machine for Service {
    fn step(&mut self, call: &Call, trace: &mut Trace) {
        self.world.step(call.action(&self.operator), trace);
    }
}

/// What doesn't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broke {
    /// A property.
    Property(Property),
    /// The answer is another one than the rules ask for.
    Answer,
    /// Versions, labels, values or dates are others than the rules ask for.
    State,
    /// Twice the same calls, and not twice the same answers.
    Repeats,
}

impl Broke {
    /// The name by which reports and files call it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Property(property) => property.id(),
            Self::Answer => "answer-differs",
            Self::State => "state-differs",
            Self::Repeats => "not-repeatable",
        }
    }
}

/// Something that doesn't hold, and after which call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub broke: Broke,
    /// The call, counted from 0.
    pub call: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.broke.id(), self.message)
    }
}

/// Both services, and what was played.
#[derive(Clone, Debug)]
pub struct Duel<M> {
    machine: M,
    trace: Trace,
    reference: Reference,
    /// For each call, where its first step stands in the trace.
    begins: Vec<usize>,
}

impl<M: Machine> Duel<M> {
    /// A duel that has not begun.
    pub fn new(machine: M) -> Self {
        let reference = Reference::new(Timestamp::DEFAULT_START.millis());
        Self { machine, trace: Trace::default(), reference, begins: Vec::new() }
    }

    /// What happened.
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The naive service.
    pub const fn reference(&self) -> &Reference {
        &self.reference
    }

    /// What plays beside it.
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// Plays one call on both sides, and compares.
    pub fn play(&mut self, call: &Call) -> Result<(), Finding> {
        let (index, number) = (self.trace.steps.len(), self.begins.len());
        self.begins.push(index);
        self.machine.step(call, &mut self.trace);
        let expected = self.reference.play(call);
        let found = |broke, message| Err(Finding { broke, call: number, message });
        let Some(step) = self.trace.steps.get(index) else {
            return found(Broke::Answer, "there is no answer".to_owned());
        };
        if !is_answer(&step.outcome.as_ref().map_err(|error| error.code), &expected) {
            let answered = step.outcome.as_ref().map(answer).map_err(|error| error.code);
            return found(
                Broke::Answer,
                format!("the answer is {}, not {}", told(&answered), told(&expected)),
            );
        }
        let views = self.trace.steps.last().map(|step| &*step.after).unwrap_or_default();
        let secrets = &self.reference.secrets;
        let differs = views.len() != secrets.len()
            || !views.iter().zip(secrets).all(|(view, secret)| is_shown(view, secret));
        if differs {
            let seen: Vec<_> = views.iter().map(|view| shown(view)).collect();
            let wanted: Vec<_> = secrets.iter().map(wanted).collect();
            return found(
                Broke::State,
                format!("after it, there is {}; not {}", seen.join("; "), wanted.join("; ")),
            );
        }
        Ok(())
    }

    /// Judges everything that was played.
    pub fn judge(&self) -> Result<(), Finding> {
        let judgment = judge(&self.trace, Property::ALL);
        let violations = judgment.violations.iter();
        let mut known = violations.filter_map(|it| Some((it.property.known()?, it)));
        let worst = known.find(|(_, it)| !excused(&self.trace, it));
        worst.map_or(Ok(()), |(property, violation)| {
            let after = self.begins.partition_point(|begin| *begin <= violation.step);
            Err(Finding {
                broke: Broke::Property(property),
                call: after.saturating_sub(1),
                message: shortened(&violation.message),
            })
        })
    }

    /// Plays calls until one breaks something. A property may have been broken by an earlier call than the one whose
    /// answer differs.
    pub fn play_all(&mut self, calls: &[Call]) -> Result<(), Finding> {
        let played = calls.iter().try_for_each(|call| self.play(call));
        self.judge().and(played)
    }
}

/// The properties that people violate with these calls, though the service does what it should.
pub fn violated_by_people(calls: &[Call]) -> BTreeSet<Property> {
    let mut duel = Duel::new(Service::new(Assumptions::default()));
    // Whatever is broken is told elsewhere.
    drop(calls.iter().try_for_each(|call| duel.play(call)));
    let judgment = judge(&duel.trace, Property::ALL);
    let excused = judgment.violations.iter().filter(|it| excused(&duel.trace, it));
    excused.filter_map(|it| it.property.known()).collect()
}

/// A message with the short forms of version ids.
fn shortened(message: &str) -> String {
    let words = message.split(' ').map(|word| {
        let id = word.trim_end_matches(',');
        let is_long = id.len() >= Word::LONG && id.ends_with('-');
        if is_long { word.replace("--", "").replacen('-', "", 1) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether the machine's answer says what the naive one says.
fn is_answer(answered: &Result<&Reply, ErrorCode>, expected: &Result<Answer, ErrorCode>) -> bool {
    match (answered, expected) {
        (Ok(Reply::Secret(_) | Reply::Empty(_)), Ok(expected)) => *expected == Answer::default(),
        (Ok(reply), Ok(expected)) => answer(reply) == *expected,
        (Err(code), Err(expected)) => code == expected,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

fn told(answer: &Result<Answer, ErrorCode>) -> String {
    let answer = match answer {
        Ok(answer) => answer,
        Err(code) => return code.to_string(),
    };
    let mut words: Vec<String> = answer.version.iter().map(|it| format!("version {it}")).collect();
    words.extend(answer.value.iter().map(|it| format!("value `{it}`")));
    words.extend(answer.listed.iter().map(|(id, labels)| version(*id, labels.iter(), "")));
    if words.is_empty() { "without a version".to_owned() } else { words.join(", ") }
}

fn labels(of: &[StagingLabel]) -> Labels {
    of.iter().map(|label| Word::new(label.as_str())).collect()
}

/// What the machine's answer shows, in the form of the naive service.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others show no versions")]
fn answer(reply: &Reply) -> Answer {
    let version = reply.version_id().map(|id| Word::short(id.as_str()));
    let entry = |id: &VersionId, stages: Option<&[StagingLabel]>| {
        (Word::short(id.as_str()), labels(stages.unwrap_or_default()))
    };
    let mut value = None;
    let mut listed = match reply {
        Reply::Put(reply) => vec![entry(&reply.version_id, Some(&reply.version_stages))],
        Reply::Description(reply) => {
            let map = reply.version_ids_to_stages.iter().flatten();
            map.map(|(id, stages)| entry(id, Some(stages))).collect()
        }
        Reply::Versions(reply) => {
            let versions = reply.versions.iter();
            versions.map(|it| entry(&it.version_id, it.version_stages.as_deref())).collect()
        }
        Reply::Value(reply) => {
            value = reply.secret_string.as_ref().map(|text| Word::new(&text.0));
            Vec::new()
        }
        _ => Vec::new(),
    };
    listed.sort();
    Answer { version, value, listed }
}

/// Whether a secret looks as the naive service has it.
fn is_shown(view: &SecretView, secret: &Secret) -> bool {
    let millis = |moment: Option<Timestamp>| moment.map(Timestamp::millis);
    view.name.as_str() == secret.name.as_str()
        && view.versions.len() == secret.versions.len()
        && view.rotation_enabled == secret.rotates()
        && millis(view.deleted) == secret.deleted()
        && millis(view.last_rotated) == secret.last_rotated()
        && view.versions.iter().zip(&secret.versions).all(|(seen, version)| {
            Word::short(seen.id.as_str()) == version.id
                && seen.labels.len() == version.labels.len()
                && seen.labels.iter().all(|it| version.labels.contains(&Word::new(it.as_str())))
                && text(seen.value.as_ref()) == version.value
        })
}

fn text(value: Option<&SecretValue>) -> Option<Word> {
    match value {
        Some(SecretValue::Text(text)) => Some(Word::new(text)),
        Some(SecretValue::Binary(_)) | None => None,
    }
}

/// A version as `a=AWSCURRENT,x (1)`, with its value.
fn version<'w>(id: Word, labels: impl Iterator<Item = &'w Word>, value: &str) -> String {
    let labels: Vec<_> = labels.map(Word::as_str).collect();
    let mut text = id.to_string();
    if !labels.is_empty() {
        text = format!("{text}={}", labels.join(","));
    }
    text + value
}

/// The value behind a version.
fn with(value: Option<Word>) -> String {
    value.map_or_else(|| " (without a value)".to_owned(), |value| format!(" (`{value}`)"))
}

fn shown(view: &SecretView) -> String {
    let versions = view.versions.iter().map(|seen| {
        let labels = labels(&seen.labels);
        let id = Word::short(seen.id.as_str());
        version(id, labels.iter(), &with(text(seen.value.as_ref())))
    });
    let millis = |moment: Option<Timestamp>| moment.map(Timestamp::millis);
    facts(
        view.name.as_str(),
        versions.collect(),
        view.rotation_enabled,
        millis(view.deleted),
        millis(view.last_rotated),
    )
}

fn wanted(secret: &Secret) -> String {
    let versions = secret.versions.iter();
    let versions = versions.map(|it| version(it.id, it.labels.iter(), &with(it.value)));
    facts(
        secret.name.as_str(),
        versions.collect(),
        secret.rotates(),
        secret.deleted(),
        secret.last_rotated(),
    )
}

fn facts(
    name: &str,
    versions: Vec<String>,
    rotates: Option<bool>,
    deleted: Option<i64>,
    last: Option<i64>,
) -> String {
    let date = |millis: i64| Timestamp::from_millis(millis).to_string();
    let mut words = versions;
    words.extend(rotates.map(|it| if it { "rotates" } else { "doesn't rotate" }.to_owned()));
    words.extend(deleted.map(|it| format!("to be deleted on {}", date(it))));
    words.extend(last.map(|it| format!("rotated on {}", date(it))));
    format!("{name}: {}", words.join(", "))
}
