//! What must hold over a trace, judged from what is visible alone.
//!
//! The judge is independent of the machine: each property states for itself, call by call, what may move, and never
//! trusts the rule that the machine gives as its reason. So it works as well on a trace of another machine.

mod background;
pub mod client;
pub mod credential;
mod follow;
mod limits;
mod moment;
mod moves;
mod name;
mod named;
pub mod own;
mod rest;
mod state;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::assumption::Assumptions;
use crate::secret::{SecretArn, SecretValue, VersionId};
use crate::service::SecretView;
use crate::world::{Trace, TraceStep};

use moment::Moment;

pub use background::{Background, Incident};
pub use name::PropertyName;
pub use rest::LeftOver;

/// Declares the properties once: id, statement, when it is judged.
macro_rules! properties {
    ($($property:ident = $id:literal $when:ident $statement:literal,)+) => {
        /// Something that must hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Property {
            $(#[doc = $statement] $property,)+
        }

        impl Property {
            /// All properties, in the order in which reports list them.
            pub const ALL: &'static [Self] = &[$(Self::$property),+];

            /// The name by which scenarios and reports call it.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$property => $id,)+
                }
            }

            /// What must hold, in a sentence.
            pub const fn statement(self) -> &'static str {
                match self {
                    $(Self::$property => $statement,)+
                }
            }

            /// When it is judged.
            pub const fn when(self) -> When {
                match self {
                    $(Self::$property => When::$when,)+
                }
            }
        }
    };
}

/// When a property is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In every state.
    Always,
    /// At every action.
    EveryAction,
    /// At the end of a rotation that the service started.
    AtRest,
    /// When a version of a rotation becomes current.
    AtPromotion,
    /// After every step of a function.
    EveryStep,
    /// Once faults stop, from every state.
    Eventually,
    /// Over the time that passes between two moments.
    Bounded,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "always",
            Self::EveryAction => "every action",
            Self::AtRest => "at rest",
            Self::AtPromotion => "at promotion",
            Self::EveryStep => "every step",
            Self::Eventually => "eventually",
            Self::Bounded => "bounded",
        })
    }
}

properties! {
    OneVersionPerLabel = "one-version-per-label" Always
        "A label is on at most one version.",
    CurrentExists = "current-exists" Always
        "Once a value exists, exactly one version has AWSCURRENT.",
    PreviousFollowsCurrent = "previous-follows-current" EveryAction
        "When AWSCURRENT leaves a version for another, AWSPREVIOUS is on it right after, and never on the current version.",
    OnlyNamedLabelsMove = "only-named-labels-move" EveryAction
        "A call moves the labels it names and those that follow by a rule; nothing else.",
    RefusedChangesNothing = "refused-changes-nothing" EveryAction
        "A call that fails leaves everything as it was.",
    PendingAndPreviousApart = "pending-and-previous-apart" Always
        "No version has both AWSPENDING and AWSPREVIOUS.",
    PendingCleared = "pending-cleared" AtRest
        "AWSPENDING is absent or on the current version.",
    NoEmptyVersion = "no-empty-version" AtRest
        "No version with a label is without a value.",
    ValueIsImmutable = "value-is-immutable" Always
        "A version id never shows two values.",
    LimitsRespected = "limits-respected" Always
        "A secret has at most 20 labels and about 100 versions, and no version younger than 24 hours is collected.",
    TestRotationChangesNothing = "test-rotation-changes-nothing" EveryAction
        "A rotation that only tests the function (RotateImmediately=false) doesn't move AWSCURRENT.",
    CurrentWorks = "current-works" AtRest
        "The target accepts the current credential.",
    PreviousWorks = "previous-works" AtRest
        "With alternating users, or tokens with grace, the previous credential works one more cycle.",
    LiveIsLabelled = "live-is-labelled" AtRest
        "Every credential that the target accepts is stored on a version with a label.",
    PromotedWasTested = "promoted-was-tested" AtPromotion
        "The value that becomes current is the one that testSecret passed.",
    SamePrivileges = "same-privileges" AtPromotion
        "The promoted principal has the grants and the TLS requirement of the one it replaces.",
    OldIsRevoked = "old-is-revoked" AtRest
        "What was to be revoked is refused, and nothing orphaned is left on the target.",
    NoLostUpdate = "no-lost-update" AtPromotion
        "finishSecret replaces the version that createSecret derived the new value from.",
    StepIsIdempotent = "step-is-idempotent" EveryStep
        "A step run twice equals a step run once.",
    RotationRecovers = "rotation-recovers" Eventually
        "From every state that can be reached, retries alone complete the rotation.",
    StaleTokenIsHarmless = "stale-token-is-harmless" Always
        "An invocation whose rotation is over changes nothing, on the secret or the target.",
    StoredBeforeUsed = "stored-before-used" Always
        "A new credential is in the secret before the target knows it.",
    ClientGapBounded = "client-gap-bounded" Bounded
        "A client that caches the secret is refused by the target no longer than its limit.",
}

impl Property {
    /// The properties that a trace is judged by. The others need what only a search knows, what a step does when it is
    /// run again and what retries can still do, or the clients that a scenario has.
    pub fn of_traces() -> impl Iterator<Item = Self> + Clone {
        Self::ALL.iter().copied().filter(|property| property.is_of_traces())
    }

    /// Whether a trace is judged by it.
    pub const fn is_of_traces(self) -> bool {
        !matches!(self, Self::StepIsIdempotent | Self::RotationRecovers | Self::ClientGapBounded)
    }

    /// Whether a trace is judged by it, with a function and a target or without.
    pub const fn applies(self, has_function: bool, has_target: bool) -> bool {
        self.is_of_traces()
            && (has_target || !self.is_of_target())
            && (has_function || !self.is_of_functions())
    }

    /// Whether it is about what invocations of a rotation function do, so that it says nothing where there are none.
    pub const fn is_of_functions(self) -> bool {
        matches!(
            self,
            Self::PromotedWasTested
                | Self::SamePrivileges
                | Self::NoLostUpdate
                | Self::StaleTokenIsHarmless
                | Self::StoredBeforeUsed
        )
    }

    /// Whether it is about what the target accepts, so that it says nothing where there is none.
    pub const fn is_of_target(self) -> bool {
        matches!(
            self,
            Self::CurrentWorks
                | Self::PreviousWorks
                | Self::LiveIsLabelled
                | Self::SamePrivileges
                | Self::OldIsRevoked
                | Self::StoredBeforeUsed
                | Self::ClientGapBounded
        )
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// No property has that id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown property `{0}`")]
pub struct UnknownProperty(pub String);

impl FromStr for Property {
    type Err = UnknownProperty;

    fn from_str(id: &str) -> Result<Self, UnknownProperty> {
        let found = Self::ALL.iter().copied().find(|property| property.id() == id);
        found.ok_or_else(|| UnknownProperty(id.to_owned()))
    }
}

/// A property that doesn't hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which property.
    pub property: PropertyName,
    /// The step of the trace after which it doesn't hold, counted from 0.
    pub step: usize,
    /// The secret it is about.
    pub secret: SecretArn,
    /// What is wrong.
    pub message: String,
}

/// What the judge says of one trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgment {
    /// What doesn't hold, in order of steps.
    pub violations: Vec<Violation>,
    /// What an unfinished, cancelled or abandoned rotation left behind. Not a violation.
    pub left_over: Vec<LeftOver>,
    /// Properties at rest of which nothing can be said: a rotation was still not at rest when the wait for it was given
    /// up. Those that are violated elsewhere are not among them.
    pub unjudged: Vec<PropertyName>,
    /// What became of the clients of the scenario.
    pub clients: Vec<client::Followed>,
}

/// Values that were seen under each version id. Ids come first because ARNs begin alike.
type Values = BTreeMap<(VersionId, SecretArn), SecretValue>;

/// Judges step by step, and remembers what later steps are judged by. It follows the labels and values, and not what
/// functions and a target do.
#[derive(Debug, Default)]
pub struct Judge {
    /// How many steps it has seen.
    steps: usize,
    runs: rest::Runs,
    values: Values,
    followed: follow::Followed,
    judgment: Judgment,
}

impl Judge {
    /// Judges the next step, `before` which that was visible.
    pub fn follow(
        &mut self,
        assume: &Assumptions,
        before: &Arc<[Arc<SecretView>]>,
        step: &TraceStep,
        properties: &[Property],
    ) {
        let moment = Moment::new(assume, (before, &None), step);
        self.step(&moment, &mut Vec::new(), |_| {}, properties);
    }

    /// Judges one step, by what `also` finds in it as well. The list is for the changes in it.
    fn step<'t>(
        &mut self,
        moment: &Moment<'t>,
        changes: &mut Vec<moment::Change<'t>>,
        also: impl FnOnce(&mut Vec<(Property, SecretArn, String)>),
        properties: &[Property],
    ) {
        let index = self.steps;
        self.steps = index.saturating_add(1);
        let mut found: Vec<(Property, SecretArn, String)> = Vec::new();
        let ended = self.runs.follow(index, moment, &mut self.judgment.left_over);
        changes.clear();
        moment.changes(changes);
        for change in changes.iter() {
            state::check(change, &mut found);
            moves::check(moment, change, &mut found);
            limits::check(moment, change, &mut found);
            self.followed.check(moment, change, &mut found);
        }
        named::check(moment, &mut found);
        state::check_values(moment, changes, &mut self.values, &mut found);
        for view in ended {
            rest::check(view, &mut found);
        }
        also(&mut found);
        if found.is_empty() {
            return;
        }
        found.sort_by_key(|(property, ..)| *property);
        self.judgment.violations.extend(
            found.into_iter().filter(|(property, ..)| properties.contains(property)).map(
                |(property, secret, message)| Violation {
                    property: property.into(),
                    step: index,
                    secret,
                    message,
                },
            ),
        );
    }

    /// What was found since this was last asked.
    pub fn take(&mut self) -> Judgment {
        std::mem::take(&mut self.judgment)
    }

    /// Forgets what no step is going to be judged by while `shown` is visible, if that is worth it: versions that are
    /// gone, and what primaries looked like long ago.
    pub fn forget(&mut self, shown: &[Arc<SecretView>]) {
        let versions: usize = shown.iter().map(|view| view.versions.len()).sum();
        if self.values.len() > versions.saturating_mul(2).saturating_add(1_000) {
            let there: BTreeSet<_> = shown
                .iter()
                .flat_map(|view| view.versions.iter().map(move |it| (&it.id, &view.arn)))
                .collect();
            self.values.retain(|(id, arn), _| there.contains(&(id, arn)));
        }
        self.followed.forget();
    }
}

/// Judges a trace by some properties.
pub fn judge(trace: &Trace, properties: &[Property]) -> Judgment {
    let mut judge = Judge::default();
    let mut rotations = target::Rotations::default();
    let mut before = (&trace.given, &trace.given_target);
    // One list for the changes of all steps, one step after the other.
    let mut changes = Vec::new();
    for step in &trace.steps {
        let moment = Moment::new(&trace.assume, before, step);
        let also = |found: &mut _| rotations.follow(&moment, trace.strategy, found);
        judge.step(&moment, &mut changes, also, properties);
        before = (&step.after, &step.target);
    }
    let Judge { runs, mut judgment, .. } = judge;
    runs.finish(before.0, trace.steps.len(), &mut judgment.left_over);
    if trace.gave_up() {
        let unjudged = properties.iter().copied().filter(|property| {
            let is_violated = judgment.violations.iter().any(|it| it.property == *property);
            property.when() == When::AtRest && !is_violated
        });
        judgment.unjudged = unjudged.map(PropertyName::from).collect();
    }
    judgment
}
