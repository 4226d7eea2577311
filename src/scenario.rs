//! A scenario: calls in order, with what is expected of each; read from YAML, valid by construction, played.

mod around;
mod bindings;
mod check;
mod compare;
mod explore;
mod format;
mod placeholder;
mod play;
pub mod program;
mod rewrite;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::api::{Operation, OperationName, RotationStep, SecretText};
use crate::assumption::{self, AssumptionError};
use crate::mistake::Mistake;
use crate::program::{Program, Strategy, TargetVerb};
use crate::property::client::Client;
use crate::property::own::{OwnKind, OwnProperty};
use crate::property::{Property, PropertyName};
use crate::service::Setting;
use crate::time::{Span, Timestamp};
use crate::world::{Credentials, Database, Fault, FaultKind, Function};
use crate::yaml;

use placeholder::{Pattern, Template};

pub use compare::Difference;
pub(crate) use compare::{SECRET_MEMBERS, answers_differ, brief};
pub use explore::{Names, NotExplorable};
pub use format::{Answers, LabelOrder};
pub(crate) use play::version_names;
pub use play::{Played, StepResult};

/// Reads a program file by the name that a scenario gives it. The error is what to tell the user.
pub type Load<'l> = &'l dyn Fn(&str) -> Result<String, String>;

/// A scenario without mistakes.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows, in a few words.
    pub title: String,
    /// What happens and why it matters.
    pub about: Option<String>,
    /// Where the expected answers come from.
    pub source: Option<String>,
    /// What sources disagree about.
    pub contested: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Where and with what the service stands.
    pub setting: Setting,
    /// When the virtual clock starts.
    pub start: Timestamp,
    /// The rotation function that the service invokes.
    function: Option<Function>,
    /// The target, with its names, as it is at the start.
    pub database: Option<Database>,
    /// How the credentials of a secret follow on each other, if steps play the function's part.
    strategy: Option<Strategy>,
    /// The properties that a run of it is judged by.
    pub check: Vec<Property>,
    /// The properties that an exploration of it is judged by.
    pub explored: Vec<Property>,
    /// The properties it must violate.
    pub breaks: BTreeSet<PropertyName>,
    /// The properties that it states itself.
    pub own: Vec<OwnProperty>,
    /// Applications that cache its secret.
    pub clients: Vec<Client>,
    /// The assumptions that somebody has decided on, in the file or on the command line.
    pub fixed: BTreeSet<&'static str>,
    secret: Option<String>,
    label_order: LabelOrder,
    steps: Vec<Step>,
    /// What may happen at any moment, if it is to be explored.
    plan: Option<explore::Plan>,
}

/// One step of a scenario.
#[derive(Clone, Debug)]
struct Step {
    kind: StepKind,
    labels: Option<Vec<(String, Pattern)>>,
    note: Option<String>,
}

#[derive(Clone, Debug)]
enum StepKind {
    Call(Box<CallStep>),
    Target(Box<TargetCall>),
    Wait(Span),
    Until(Timestamp),
    Settle(Span),
}

/// A call, and what is expected of it.
#[derive(Clone, Debug)]
struct CallStep {
    operation: OperationName,
    by: String,
    /// Where it is made, if not in the scenario's Region.
    region: Option<Arc<str>>,
    request: Request,
    /// Whether the request goes without a token on purpose, and isn't checked by us.
    raw: bool,
    name: Option<String>,
    answers: Answers,
    expect: Expect,
    /// What goes wrong with calls of the function from here on.
    faults: Vec<Fault>,
    /// Whether it is a read that answers with what was there before the last change.
    stale: bool,
    /// The invocation whose part it plays.
    within: Option<Within>,
    /// What goes wrong with it.
    fault: Option<FaultKind>,
}

/// The invocation of a function whose part a step plays.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Within {
    /// What the version of its rotation is called.
    version: String,
    /// Which one it is of those for that rotation, from 1.
    number: u32,
    /// With which step.
    step: RotationStep,
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.version)?;
        if self.number > 1 {
            write!(f, "#{}", self.number)?;
        }
        write!(f, " {}", self.step)
    }
}

/// A call of the target, and what is expected of it.
#[derive(Clone, Debug)]
struct TargetCall {
    by: String,
    verb: TargetVerb<Named>,
    in_transaction: bool,
    /// The token that is made, if the file says so.
    token: Option<SecretText>,
    expect: TargetExpect,
    within: Option<Within>,
    fault: Option<FaultKind>,
}

/// Whose credential a step speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    /// The administrator's.
    Administrator,
    /// That of a version, by its name.
    Version(String),
    /// One that stands in the file.
    Stated(Credentials),
}

/// What the target is expected to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TargetExpect {
    /// Success, whatever it says.
    Success,
    /// Yes or no.
    Says(bool),
    /// That it refuses.
    Denied,
    /// That it doesn't answer.
    Unavailable,
    /// Either of these.
    AnyError,
}

/// What a call sends.
#[derive(Clone, Debug)]
enum Request {
    /// The same in every run, but for a token that is left out.
    Ready(Arc<Operation>),
    /// Members that a run fills in.
    Template(Vec<(Pattern, Template)>),
}

#[derive(Clone, Debug)]
enum Expect {
    /// Success; nothing is known of the answer.
    Success,
    /// Success with this answer.
    Returns(Template),
    /// An error.
    Fails { code: Option<String>, message: Option<Pattern>, status: Option<u16> },
}

impl Scenario {
    /// Reads a scenario whose function, if it has one, is embedded; all mistakes at once if there are any.
    pub fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        Self::read_with(text, &|_| Err("a program in a file needs a scenario in a file".to_owned()))
    }

    /// Reads a scenario. `load` reads a program file that it names.
    pub fn read_with(text: &str, load: Load<'_>) -> Result<Self, Vec<Mistake>> {
        match yaml::read_rest::<format::File>(text) {
            Ok(file) => check::check(file, text, load),
            Err(unread) => Err(check::unread(text, unread, load)),
        }
    }

    /// The rotation function that the service invokes, if it has one.
    pub fn function(&self) -> Option<&Arc<Program>> {
        self.function.as_ref().map(Function::program)
    }

    /// How the credentials of a secret follow on each other, if that is known.
    pub(crate) fn turns(&self) -> Option<Strategy> {
        self.function().and_then(|program| program.turns()).or(self.strategy)
    }

    /// Reads a file into the types of the format and stops there. Benchmarks compare with this.
    pub fn deserialise_only(text: &str) -> Result<(), Vec<Mistake>> {
        yaml::read::<format::File>(text).map(drop)
    }

    /// Decides on an assumption.
    pub fn assume(&mut self, id: &str, option: &str) -> Result<(), AssumptionError> {
        self.setting.assume.choose(id, option)?;
        self.fixed.extend(assumption::TABLE.iter().map(|it| it.id).filter(|known| *known == id));
        Ok(())
    }

    /// Its own properties that a run of it is judged by. Steps that only prepare an exploration say nothing of what
    /// happens sometimes or eventually.
    fn own_of_run(&self) -> Vec<OwnProperty> {
        let rotates = self.plan.is_none() || self.rotates_at() < self.steps.len();
        let needs_all = |kind| matches!(kind, OwnKind::Sometimes | OwnKind::Eventually);
        self.own.iter().filter(|own| rotates || !needs_all(own.kind)).cloned().collect()
    }

    /// The properties that a run of it is judged by, with its own.
    pub fn checked(&self) -> Vec<PropertyName> {
        let known = self.check.iter().copied().map(PropertyName::from);
        let clients = self.clients.first().map(|_| Property::ClientGapBounded.into());
        known.chain(clients).chain(self.own_of_run().into_iter().map(|own| own.name)).collect()
    }

    /// The properties that an exploration of it must violate.
    pub fn explored_breaks(&self) -> Option<&BTreeSet<PropertyName>> {
        self.plan.as_ref().map(|plan| &plan.breaks)
    }

    /// The secret that steps are about where they name none.
    pub fn secret_name(&self) -> Option<&str> {
        self.secret.as_deref()
    }

    /// Whether title, path or a tag has the text in it, in either case.
    pub fn matches(&self, filter: &str, path: &str) -> bool {
        let filter = filter.to_lowercase();
        let tags = self.tags.iter().map(String::as_str);
        [path, self.title.as_str()]
            .into_iter()
            .chain(tags)
            .any(|text| text.to_lowercase().contains(&filter))
    }

    /// How many steps it has.
    pub fn step_count(&self) -> usize {
        self.steps.len()
    }

    /// Plays it. The result is the same every time.
    pub fn play(&self, show_values: bool) -> Played {
        play::play(self, show_values)
    }
}

/// The JSON Schema of a scenario file, for editors.
pub fn schema() -> serde_json::Value {
    format::schema()
}
