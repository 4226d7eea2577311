//! The heart: what moves a staging label, what follows by itself, and what is refused.
//!
//! Each rule of the service about labels is written here once, as a pure function over handles: a version is a
//! [`VersionSlot`], a label a [`LabelSlot`], and [`Stages`] says which version carries each label. The full service
//! and every search call these functions; names, texts and answers live above.
//!
//! Shape of each function: refusals first, in order of precedence; then the moves, each told to the [`Ledger`] with
//! the rule that made it. A refusal changes nothing, because the new stages are the return value.

mod stages;

use crate::assumption::{
    Abandons, Assumptions, FillWithoutLabels, FirstVersion, OutgoingLabels, PendingLeaves,
    PreviousByHand, StageFromNowhere, StageNeither, StagePlaceholder, StageSame,
};
use crate::evidence::Rule;

pub use stages::{
    LABEL_SLOTS, LABELS_PER_SECRET, LabelSet, LabelSlot, Ledger, Move, Stages, VersionSlot,
};

/// Why a call that would move labels is refused, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelRefusal {
    /// Neither version is given.
    NeitherVersion,
    /// The version to move to doesn't exist.
    UnknownTarget,
    /// The version to remove from doesn't exist.
    UnknownSource,
    /// AWSPREVIOUS is named, and we assume that this is forbidden.
    PreviousByHand,
    /// The version to remove from doesn't carry the label.
    NotOnSource,
    /// AWSCURRENT would be on no version.
    CurrentRemoved,
    /// AWSCURRENT is on the target already, which is named as the source too.
    MovedOntoItself,
    /// AWSCURRENT is on the target already.
    AlreadyThere,
    /// Another version carries the label and isn't named.
    SourceNotNamed(VersionSlot),
    /// AWSCURRENT would be on a version without a value.
    TargetWithoutValue,
    /// AWSCURRENT is attached though no version had it.
    CurrentFromNowhere,
    /// AWSPENDING is on a version other than the current one.
    RotationUnfinished,
    /// The secret would have more than 20 labels.
    TooManyLabels,
}

impl LabelRefusal {
    /// The rule that refuses.
    pub const fn rule(self) -> Rule {
        match self {
            Self::NeitherVersion => Rule::StageCallNamesAVersion,
            Self::UnknownTarget => Rule::TargetMustExist,
            Self::UnknownSource => Rule::SourceMustExist,
            Self::PreviousByHand => Rule::PreviousByHand,
            Self::NotOnSource => Rule::SourceMustHoldLabel,
            Self::CurrentRemoved => Rule::CurrentCannotBeRemoved,
            Self::MovedOntoItself => Rule::MoveOntoItself,
            Self::AlreadyThere => Rule::TargetAlreadyHoldsLabel,
            Self::SourceNotNamed(_) => Rule::MoveNamesTheSource,
            Self::TargetWithoutValue => Rule::CurrentOntoPlaceholder,
            Self::CurrentFromNowhere => Rule::CurrentFromNowhere,
            Self::RotationUnfinished => Rule::UnfinishedRotationBlocks,
            Self::TooManyLabels => Rule::StageRespectsLabelLimit,
        }
    }
}

/// Refuses stages with more labels than a secret may have.
fn within_limit<const N: usize>(
    stages: Stages<N>,
    ledger: &mut impl Ledger,
) -> Result<Stages<N>, LabelRefusal> {
    if stages.count() > LABELS_PER_SECRET {
        ledger.cite(Rule::LabelsPerSecret);
        return Err(LabelRefusal::TooManyLabels);
    }
    Ok(stages)
}

/// A version that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The member is left out.
    Absent,
    /// There is no such version.
    Unknown,
    /// This one.
    Version(VersionSlot),
}

impl Named {
    /// The version, if there is one.
    const fn version(self) -> Option<VersionSlot> {
        match self {
            Self::Version(version) => Some(version),
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// What `UpdateSecretVersionStage` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageUpdate {
    /// `VersionStage`.
    pub label: LabelSlot,
    /// `RemoveFromVersionId`.
    pub remove_from: Named,
    /// `MoveToVersionId`.
    pub move_to: Named,
    /// Whether the version to move to holds a value.
    pub target_has_value: bool,
}

/// Moves, adds or removes one label, as `UpdateSecretVersionStage` does.
pub fn update_stage<const N: usize>(
    stages: Stages<N>,
    call: StageUpdate,
    assume: &Assumptions,
    ledger: &mut impl Ledger,
) -> Result<Stages<N>, LabelRefusal> {
    let label = call.label;
    let holder = stages.holder(label);
    if call.remove_from == Named::Absent && call.move_to == Named::Absent {
        ledger.cite(Rule::StageCallNamesAVersion);
        return match assume.stage_neither {
            StageNeither::Refused => Err(LabelRefusal::NeitherVersion),
            StageNeither::NoOp => Ok(stages),
        };
    }
    if call.move_to == Named::Unknown {
        return Err(LabelRefusal::UnknownTarget);
    }
    if call.remove_from == Named::Unknown {
        return Err(LabelRefusal::UnknownSource);
    }
    if label == LabelSlot::PREVIOUS {
        ledger.cite(Rule::PreviousByHand);
        if assume.previous_by_hand == PreviousByHand::Refused {
            return Err(LabelRefusal::PreviousByHand);
        }
    }
    let source = call.remove_from.version();
    if source.is_some() && source != holder {
        return Err(LabelRefusal::NotOnSource);
    }
    match call.move_to.version() {
        None => remove(stages, label, ledger),
        Some(target) if holder == Some(target) => stay(stages, call, assume, ledger),
        Some(target) => move_to(stages, call, target, assume, ledger),
    }
}

/// Takes `label` off the version that carries it.
fn remove<const N: usize>(
    mut stages: Stages<N>,
    label: LabelSlot,
    ledger: &mut impl Ledger,
) -> Result<Stages<N>, LabelRefusal> {
    if label == LabelSlot::CURRENT {
        return Err(LabelRefusal::CurrentRemoved);
    }
    stages.put(label, None, Rule::LabelIsRemoved, ledger);
    ledger.cite(Rule::OtherMovesSparePrevious);
    Ok(stages)
}

/// The target carries the label already.
fn stay<const N: usize>(
    stages: Stages<N>,
    call: StageUpdate,
    assume: &Assumptions,
    ledger: &mut impl Ledger,
) -> Result<Stages<N>, LabelRefusal> {
    let named = call.remove_from != Named::Absent;
    ledger.cite(if named { Rule::MoveOntoItself } else { Rule::TargetAlreadyHoldsLabel });
    let refused = match assume.stage_same {
        StageSame::RefusedIfNamed => named,
        StageSame::NoOp => false,
        StageSame::Refused => true,
    };
    if refused && call.label == LabelSlot::CURRENT {
        let refusal =
            if named { LabelRefusal::MovedOntoItself } else { LabelRefusal::AlreadyThere };
        return Err(refusal);
    }
    Ok(stages)
}

/// Moves the label to a version that doesn't carry it.
fn move_to<const N: usize>(
    mut stages: Stages<N>,
    call: StageUpdate,
    target: VersionSlot,
    assume: &Assumptions,
    ledger: &mut impl Ledger,
) -> Result<Stages<N>, LabelRefusal> {
    let label = call.label;
    let holder = stages.holder(label);
    let is_current = label == LabelSlot::CURRENT;
    if let Some(holder) = holder
        && call.remove_from == Named::Absent
    {
        return Err(LabelRefusal::SourceNotNamed(holder));
    }
    if is_current && !call.target_has_value {
        ledger.cite(Rule::CurrentOntoPlaceholder);
        if assume.stage_placeholder == StagePlaceholder::Refused {
            return Err(LabelRefusal::TargetWithoutValue);
        }
    }
    if is_current && holder.is_none() {
        ledger.cite(Rule::CurrentFromNowhere);
        if assume.stage_from_nowhere == StageFromNowhere::Refused {
            return Err(LabelRefusal::CurrentFromNowhere);
        }
    }
    let rule = match holder {
        Some(_) => Rule::LabelMovesBetweenVersions,
        None if is_current => Rule::CurrentFromNowhere,
        None => Rule::FreeLabelIsAdded,
    };
    stages.put(label, Some(target), rule, ledger);
    if is_current && let Some(left) = holder {
        let rolls_back = stages.holder(LabelSlot::PREVIOUS) == Some(target);
        let rule = if rolls_back {
            Rule::RollbackSwapsCurrentAndPrevious
        } else {
            Rule::PreviousFollowsCurrent
        };
        stages.put(LabelSlot::PREVIOUS, Some(left), rule, ledger);
        if stages.holder(LabelSlot::PENDING) == Some(target) {
            ledger.cite(Rule::PendingStaysOnNewCurrent);
        }
        ledger.cite(Rule::CustomLabelsStayPut);
    } else if !is_current {
        ledger.cite(Rule::OtherMovesSparePrevious);
    }
    within_limit(stages, ledger)
}

/// Which call stores the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// `CreateSecret`.
    CreateSecret,
    /// `PutSecretValue`.
    PutSecretValue,
    /// `UpdateSecret`.
    UpdateSecret,
}

/// A value that is being stored in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// The version that takes the value.
    pub version: VersionSlot,
    /// The call that stores it.
    pub writer: Writer,
    /// `VersionStages`; `None` if the request has none, which asks for AWSCURRENT.
    pub labels: Option<LabelSet>,
    /// Whether the call makes the first version of the secret.
    pub first: bool,
    /// Whether the version was registered by a rotation and had no value so far.
    pub fills: bool,
    /// The version of the rotation that is running.
    pub rotating: Option<VersionSlot>,
}

impl Put {
    /// The rule that gives the new version AWSCURRENT.
    const fn current_rule(&self, outgoing: bool, asked: bool) -> Rule {
        match self.writer {
            Writer::CreateSecret => Rule::CreateMakesCurrentVersion,
            Writer::UpdateSecret => Rule::UpdateMovesCurrent,
            Writer::PutSecretValue if !asked => Rule::FirstPutWithOtherLabels,
            Writer::PutSecretValue if self.labels.is_some() => Rule::PutTakesCurrentAndOthers,
            Writer::PutSecretValue if self.fills => Rule::FillWithoutLabels,
            Writer::PutSecretValue if outgoing => Rule::PutMovesCurrent,
            Writer::PutSecretValue => Rule::FirstPutIsCurrent,
        }
    }
}

/// Labels the version that has just taken a value, as `PutSecretValue`, `UpdateSecret` and `CreateSecret` do.
pub fn put_value<const N: usize>(
    mut stages: Stages<N>,
    call: &Put,
    assume: &Assumptions,
    ledger: &mut impl Ledger,
) -> Result<Stages<N>, LabelRefusal> {
    if call.fills {
        ledger.cite(Rule::PutFillsPlaceholder);
        if call.labels.is_none() {
            ledger.cite(Rule::FillWithoutLabels);
            if assume.fill_without_labels == FillWithoutLabels::StaysPending {
                return Ok(stages);
            }
        }
    }
    let labels = call.labels.unwrap_or(LabelSet::EMPTY.with(LabelSlot::CURRENT));
    let asked = labels.contains(LabelSlot::CURRENT);
    let mut takes_current = asked;
    if call.first && !asked {
        ledger.cite(Rule::FirstPutWithOtherLabels);
        takes_current = assume.first_version == FirstVersion::AddsCurrent;
    }
    let current = stages.holder(LabelSlot::CURRENT);
    let outgoing = current.filter(|holder| *holder != call.version);
    let current_moves = takes_current && current != Some(call.version);
    let pending = stages.holder(LabelSlot::PENDING);
    if takes_current {
        let rule = call.current_rule(outgoing.is_some(), asked);
        stages.put(LabelSlot::CURRENT, Some(call.version), rule, ledger);
    }
    for label in labels.iter().filter(|label| *label != LabelSlot::CURRENT) {
        if label == LabelSlot::PREVIOUS && current_moves {
            // AWSPREVIOUS follows AWSCURRENT, whatever the request says: it can't be on two versions. If AWSCURRENT
            // leaves none, AWSPREVIOUS stays where it is, and that may be nowhere.
            let follows = outgoing.is_some();
            ledger.cite(if follows { Rule::PutMovesCurrent } else { Rule::FirstPutIsCurrent });
            if follows {
                ledger.cite(Rule::LabelIsExclusive);
            }
            continue;
        }
        stages.put(label, Some(call.version), label_rule(call, label, pending, outgoing), ledger);
    }
    if current_moves && let Some(left) = outgoing {
        stages.put(LabelSlot::PREVIOUS, Some(left), Rule::PutMovesCurrent, ledger);
        drop_outgoing(&mut stages, left, assume, ledger);
    }
    if !labels.contains(LabelSlot::PENDING) {
        drop_pending(&mut stages, call, current_moves, outgoing, assume, ledger);
    }
    within_limit(stages, ledger)
}

/// The rule by which a named label other than AWSCURRENT comes to the version.
fn label_rule(
    call: &Put,
    label: LabelSlot,
    pending: Option<VersionSlot>,
    outgoing: Option<VersionSlot>,
) -> Rule {
    if label == LabelSlot::PENDING {
        if pending == Some(call.version) {
            return Rule::PutFillsPlaceholder;
        }
        if pending.is_some() && pending == outgoing {
            return Rule::PutMovesPendingOffCurrent;
        }
    }
    Rule::PutTakesNamedLabels
}

/// AWSCURRENT was put on another version: what becomes of the custom labels of the one that had it.
fn drop_outgoing<const N: usize>(
    stages: &mut Stages<N>,
    outgoing: VersionSlot,
    assume: &Assumptions,
    ledger: &mut impl Ledger,
) {
    for index in LabelSlot::OF_AWS..N {
        let Some(label) = LabelSlot::from_index(index) else { return };
        if stages.holder(label) == Some(outgoing) {
            ledger.cite(Rule::OutgoingKeepsCustomLabels);
            if assume.outgoing_labels == OutgoingLabels::DropAll {
                stages.put(label, None, Rule::OutgoingKeepsCustomLabels, ledger);
            }
        }
    }
}

/// A value was stored without asking for AWSPENDING: whether AWSPENDING goes.
fn drop_pending<const N: usize>(
    stages: &mut Stages<N>,
    call: &Put,
    current_moves: bool,
    outgoing: Option<VersionSlot>,
    assume: &Assumptions,
    ledger: &mut impl Ledger,
) {
    let Some(pending) = stages.holder(LabelSlot::PENDING) else { return };
    if current_moves {
        let rule = if Some(pending) == outgoing {
            Rule::PendingLeavesWithCurrent
        } else if pending == call.version {
            Rule::FillWithoutLabels
        } else if Some(pending) == call.rotating && call.writer == Writer::UpdateSecret {
            ledger.cite(Rule::NewCurrentAbandonsRotation);
            Rule::UpdateAbandonsRotation
        } else if Some(pending) == call.rotating {
            Rule::NewCurrentAbandonsRotation
        } else {
            Rule::HandMadePendingIsCleared
        };
        ledger.cite(rule);
        if Some(pending) == outgoing {
            ledger.cite(Rule::OutgoingLabelsAreOpen);
        }
        if pending == call.version {
            // It is not the outgoing version's either, so the same question is open for it.
            ledger.cite(Rule::HandMadePendingIsCleared);
        }
        let goes =
            Some(pending) == outgoing || assume.pending_leaves == PendingLeaves::WhereverItIs;
        if goes {
            stages.put(LabelSlot::PENDING, None, rule, ledger);
        }
    } else if call.rotating == Some(pending) && pending != call.version {
        ledger.cite(Rule::OtherPutsDuringRotation);
        if assume.abandons == Abandons::AnyPutByOthers {
            stages.put(LabelSlot::PENDING, None, Rule::OtherPutsDuringRotation, ledger);
        }
    }
}

/// Refuses a rotation while AWSPENDING is on a version other than the current one.
pub fn admit_rotation<const N: usize>(
    stages: Stages<N>,
    ledger: &mut impl Ledger,
) -> Result<(), LabelRefusal> {
    let pending = stages.holder(LabelSlot::PENDING);
    if pending.is_some() && pending != stages.holder(LabelSlot::CURRENT) {
        return Err(LabelRefusal::RotationUnfinished);
    }
    ledger.cite(Rule::SettledPendingAllowsRotation);
    Ok(())
}

/// What `RotateSecret` makes a version for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationPurpose {
    /// The function is to fill it.
    Rotate,
    /// The function is to be tested with it (`RotateImmediately` is false).
    Test,
    /// The function failed and is to fill it instead of another one, if retries have tokens of their own.
    Retry,
}

/// Labels the version that an admitted rotation begins with, as `RotateSecret` does.
pub fn begin_rotation<const N: usize>(
    mut stages: Stages<N>,
    version: VersionSlot,
    purpose: RotationPurpose,
    ledger: &mut impl Ledger,
) -> Result<Stages<N>, LabelRefusal> {
    let rule = match purpose {
        RotationPurpose::Test => Rule::DeferredRotationOnlyTests,
        RotationPurpose::Retry => Rule::RotationIsRetried,
        RotationPurpose::Rotate if stages.holder(LabelSlot::PENDING).is_some() => {
            Rule::PendingMovesToNewRotation
        }
        RotationPurpose::Rotate => Rule::PlaceholderBeforeFunction,
    };
    stages.put(LabelSlot::PENDING, Some(version), rule, ledger);
    within_limit(stages, ledger)
}

/// Takes AWSPENDING off the current version, as the service does some time after a rotation.
#[must_use]
pub fn clean_pending<const N: usize>(mut stages: Stages<N>, ledger: &mut impl Ledger) -> Stages<N> {
    let pending = stages.holder(LabelSlot::PENDING);
    if pending.is_some() && pending == stages.holder(LabelSlot::CURRENT) {
        stages.put(LabelSlot::PENDING, None, Rule::ServiceCleansUpPending, ledger);
    }
    stages
}

/// Takes AWSPENDING off the version that a test of the rotation function made, if it is still there.
#[must_use]
pub fn end_test<const N: usize>(
    mut stages: Stages<N>,
    version: VersionSlot,
    ledger: &mut impl Ledger,
) -> Stages<N> {
    if stages.holder(LabelSlot::PENDING) == Some(version) {
        stages.put(LabelSlot::PENDING, None, Rule::DeferredRotationOnlyTests, ledger);
    }
    stages
}
