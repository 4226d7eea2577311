//! From a scenario to its state space: what may happen at any moment, from the state after its first steps.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Scenario, StepKind, version_names};
use crate::api::{OperationName, SecretText};
use crate::explore::{Packed, Reached};
use crate::labels::{LabelSet, LabelSlot, VersionSlot};
use crate::model::{
    CUSTOM_LABELS_MAX, Faults, Gate, Model, Other, OtherCall, OwnProperties, Pace, PutValue, Runs,
    Setting, Start, Waited,
};
use crate::program::{Call, Program, PutToken};
use crate::property::PropertyName;
use crate::property::own::OwnProperty;
use crate::secret::{SecretArn, SecretValue, StagingLabel};
use crate::service::{SecretView, VersionView};
use crate::target::{CredentialSlot, PrincipalSlot, Target};
use crate::time::Span;
use crate::world::{Credentials, Database};

/// States in which clients are followed: a graph of more takes too much memory.
const CLIENT_STATES_MAX: usize = 1_000_000;

/// What the file says under `explore`.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) rotations: Option<u8>,
    pub(super) workers: Option<u8>,
    pub(super) faults: Faults,
    pub(super) gate: Gate,
    pub(super) runs: Runs,
    pub(super) versions: Option<u8>,
    /// How long nothing happens before another rotation is requested, at least.
    pub(super) apart: Span,
    pub(super) others: Vec<PlannedOther>,
    /// Custom labels that others name, in the order in which they do.
    pub(super) custom: Vec<String>,
    /// The properties that must be violated.
    pub(super) breaks: BTreeSet<PropertyName>,
}

/// Someone else, before the versions have places.
#[derive(Clone, Debug)]
pub(super) struct PlannedOther {
    pub(super) who: String,
    pub(super) times: Option<u8>,
    pub(super) during_rotation: bool,
    pub(super) calls: Vec<PlannedCall>,
}

/// A call of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PlannedCall {
    /// One that speaks of no version by name.
    Ready(OtherCall),
    /// A put of the value that a version has.
    PutAgain { labels: Option<LabelSet>, version: String },
}

/// What the versions of a state space are called, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The secret.
    pub secret: Option<SecretArn>,
    /// The versions.
    pub versions: Vec<String>,
    /// The texts of their values.
    pub values: Vec<Option<SecretText>>,
    /// The users of the target, by [`PrincipalSlot`].
    pub users: Vec<String>,
}

/// Why a scenario has no state space.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotExplorable {
    /// Nothing is said of it.
    #[error("the scenario has no `explore:`")]
    NoPlan,
    /// The steps before the exploration don't come to what the file says.
    #[error("the steps before the exploration fail: {0}")]
    Fails(String),
    /// There is no secret, or more than one.
    #[error("an exploration is about one secret, and the steps before it make {0}")]
    Secrets(usize),
    /// A version that is named isn't there.
    #[error("`{0}` names no version that is there when the exploration begins")]
    NoVersion(String),
    /// The target accepts a password that no version has.
    #[error("the password of `{0}` is in no version that is there when the exploration begins")]
    NoPassword(String),
    /// Own properties look at more labels than a state has room for.
    #[error(
        "the others and the properties speak of {0} custom labels, and a search takes at most {CUSTOM_LABELS_MAX}"
    )]
    Labels(usize),
    /// The function may put any number of versions.
    #[error(
        "the function puts under tokens that the SDK makes up, any number of them; say how many versions there may be \
         in all with `versions:` under `explore`"
    )]
    Versions,
}

impl Scenario {
    /// Whether it says what may happen at any moment.
    pub const fn is_explorable(&self) -> bool {
        self.plan.is_some()
    }

    /// How fast things go for its clients.
    pub fn pace(&self, call: Span) -> Pace {
        let apart = self.plan.as_ref().map(|plan| plan.apart).unwrap_or_default();
        Pace { call, apart }
    }

    /// The worst that an exploration finds for each of its clients.
    pub fn explored_clients<const W: usize>(
        &self,
        model: &Model<W>,
        reached: &Reached<Packed<W>>,
        call: Span,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Vec<Waited<Packed<W>>> {
        model.clients(reached, &self.clients, self.pace(call), CLIENT_STATES_MAX, go_on)
    }

    /// The step with which rotations begin.
    pub(super) fn rotates_at(&self) -> usize {
        let rotates = |kind: &StepKind| matches!(kind, StepKind::Call(call) if call.operation == OperationName::RotateSecret);
        let first = self.steps.iter().position(|step| rotates(&step.kind));
        first.unwrap_or(self.steps.len())
    }

    /// Its state space: it begins after the steps before the first `rotate`.
    ///
    /// # Errors
    ///
    /// If the scenario says nothing of one, or its steps don't lead to one secret.
    pub fn state_space(&self) -> Result<(Setting, Names), NotExplorable> {
        let plan = self.plan.as_ref().ok_or(NotExplorable::NoPlan)?;
        let program = self.function().cloned();
        let mut before = self.clone();
        before.steps.truncate(self.rotates_at());
        before.breaks.clear();
        before.own.clear();
        before.clients.clear();
        let played = before.play(false);
        if let Some(difference) = played.differences.first() {
            return Err(NotExplorable::Fails(difference.message.clone()));
        }
        let views = played.trace.steps.last().map_or(&[][..], |step| &step.after);
        let [view] = views else { return Err(NotExplorable::Secrets(views.len())) };
        let called = version_names(&played.names, &played.trace);
        let called = |version: &VersionView| called.get(version.id.as_str()).cloned();
        let names: Vec<String> =
            view.versions.iter().map(|it| called(it).unwrap_or_default()).collect();
        let makes_versions = |program: &Arc<Program>| {
            program.nodes.iter().any(|node| {
                matches!(node.call, Call::PutSecretValue { token: PutToken::Fresh, .. })
            })
        };
        if plan.versions.is_none() && program.as_ref().is_some_and(makes_versions) {
            return Err(NotExplorable::Versions);
        }
        let functions = u8::from(program.is_some());
        let rotations = plan.rotations.unwrap_or(functions);
        let (target, target_setting, users) = match &played.database {
            Some(database) => {
                let target = target(database, view)?;
                (target, Some(database.setting), database.users.to_vec())
            }
            None => (Target::default(), None, Vec::new()),
        };
        let principal = |version: &VersionView| {
            let value = version.value.as_ref().map(Credentials::of);
            let user = value.and_then(|value| value.user);
            let database = self.database.as_ref();
            let slot = database.and_then(|database| database.principal(user.as_deref()));
            slot.unwrap_or(PrincipalSlot(0))
        };
        let custom = custom(plan, &self.own, view)?;
        let start = Start {
            versions: view.versions.iter().map(|version| principal(version)).collect(),
            labels: labels(view, &custom),
            target,
        };
        let setting = Setting {
            program,
            assume: self.setting.assume,
            puts: puts(plan, &start, rotations),
            start,
            target: target_setting,
            rotations,
            gate: plan.gate,
            runs: plan.runs,
            workers: plan.workers.unwrap_or(functions),
            faults: plan.faults,
            others: others(plan, &names)?,
            custom,
            check: self.explored.clone(),
            own: OwnProperties { properties: self.own.clone(), names: names.clone() },
        };
        let text = |version: &VersionView| match version.value.as_ref()? {
            SecretValue::Text(text) => Some(SecretText(Arc::clone(text))),
            SecretValue::Binary(_) => None,
        };
        let values = view.versions.iter().map(|version| text(version)).collect();
        let secret = Some(view.arn.clone());
        Ok((setting, Names { secret, versions: names, values, users }))
    }
}

/// The target at the beginning, with credentials numbered as the versions that hold them.
fn target(database: &Database, view: &SecretView) -> Result<Target, NotExplorable> {
    let secrets: Vec<Option<SecretText>> = view
        .versions
        .iter()
        .map(|version| Some(Credentials::of(version.value.as_ref()?).secret))
        .collect();
    let mut target = database.target;
    let sets = target.principals.iter_mut().zip(&database.users).flat_map(|(user, name)| {
        [&mut user.accepts, &mut user.coming, &mut user.leaving].map(|set| (set, name))
    });
    for (set, user) in sets {
        let old = std::mem::take(set);
        for (slot, text) in (0..).map(CredentialSlot).zip(&database.credentials) {
            if !old.contains(slot) {
                continue;
            }
            let index = secrets.iter().position(|secret| secret.as_ref() == Some(text));
            let index = index.and_then(|index| u8::try_from(index).ok());
            let index = index.ok_or_else(|| NotExplorable::NoPassword(user.clone()))?;
            *set = set.with(CredentialSlot(index));
        }
    }
    Ok(target)
}

/// The custom labels that a state keeps: those that others name, and those that own properties look at.
fn custom(
    plan: &Plan,
    own: &[OwnProperty],
    view: &SecretView,
) -> Result<Vec<String>, NotExplorable> {
    let mut custom = plan.custom.clone();
    let carried = || view.versions.iter().flat_map(|version| &version.labels);
    let named = own.iter().flat_map(|own| own.uses.labels.iter().map(String::as_str));
    let looks_at_all = own.iter().any(|own| own.uses.all_labels);
    let unnamed = carried().map(StagingLabel::as_str).filter(|_| looks_at_all);
    for label in named.chain(unnamed) {
        let is_custom = matches!(StagingLabel::new(label), StagingLabel::Custom(_));
        if is_custom && !custom.iter().any(|it| it == label) {
            custom.push(label.to_owned());
        }
    }
    if custom.len() > CUSTOM_LABELS_MAX {
        return Err(NotExplorable::Labels(custom.len()));
    }
    Ok(custom)
}

/// Which version carries each label that a state has room for.
fn labels(view: &SecretView, custom: &[String]) -> Vec<(LabelSlot, VersionSlot)> {
    let mut labels = Vec::new();
    for (index, version) in view.versions.iter().enumerate() {
        let Some(slot) = VersionSlot::from_index(index) else { continue };
        for label in &version.labels {
            let place = match label {
                StagingLabel::AwsCurrent => Some(LabelSlot::CURRENT),
                StagingLabel::AwsPrevious => Some(LabelSlot::PREVIOUS),
                StagingLabel::AwsPending => Some(LabelSlot::PENDING),
                StagingLabel::Custom(name) => custom_slot(custom, name),
            };
            labels.extend(place.map(|place| (place, slot)));
        }
    }
    labels
}

/// The slot of a custom label that others name.
pub(super) fn custom_slot(custom: &[String], name: &str) -> Option<LabelSlot> {
    let index = custom.iter().position(|it| it == name)?;
    LabelSlot::from_index(LabelSlot::OF_AWS.saturating_add(index))
}

/// How many versions others may put: as many as there is room for, or as often as they may call.
fn puts(plan: &Plan, start: &Start, rotations: u8) -> u8 {
    let given = u8::try_from(start.versions.len()).unwrap_or(u8::MAX).saturating_add(rotations);
    let is_put = |call: &PlannedCall| {
        matches!(call, PlannedCall::PutAgain { .. } | PlannedCall::Ready(OtherCall::Put { .. }))
    };
    let may_put = plan.others.iter().filter(|other| other.calls.iter().any(is_put));
    let times = may_put.fold(0_u8, |sum, other| sum.saturating_add(other.times.unwrap_or(0)));
    plan.versions.map_or(times, |versions| versions.saturating_sub(given))
}

fn others(plan: &Plan, names: &[String]) -> Result<Vec<Other>, NotExplorable> {
    let call = |call: &PlannedCall| match call {
        PlannedCall::Ready(call) => Ok(*call),
        PlannedCall::PutAgain { labels, version } => {
            let index = names.iter().position(|name| name == version);
            let slot = index.and_then(VersionSlot::from_index);
            let slot = slot.ok_or_else(|| NotExplorable::NoVersion(version.clone()))?;
            Ok(OtherCall::Put { labels: *labels, value: PutValue::Again(slot) })
        }
    };
    let other = |other: &PlannedOther| {
        Ok(Other {
            who: other.who.clone(),
            calls: other.calls.iter().map(call).collect::<Result<_, _>>()?,
            times: other.times,
            during_rotation: other.during_rotation,
        })
    };
    plan.others.iter().map(other).collect()
}
