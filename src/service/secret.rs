//! One secret with its versions, and the bookkeeping around a label move.

mod attached;
mod content;

use std::sync::Arc;

use super::event::{EventName, ServiceEvent};
use super::refusal;
use super::replica::Replication;
use crate::api::{RotationRules, RotationStep, ServiceError, Tag};
use crate::assumption::{Assumptions, Collection, LostPlaceholder, VersionOrder};
use crate::evidence::{Rule, RuleSet};
use crate::labels::{LABEL_SLOTS, LabelSet, LabelSlot, Ledger, Move, Named, Stages, VersionSlot};
use crate::schedule::Schedule;
use crate::secret::{AccountId, SecretArn, SecretName, SecretValue, StagingLabel, VersionId};
use crate::time::{Span, Timestamp};

pub(crate) use attached::Attached;
pub(crate) use content::Content;

/// Versions a secret may have before old ones without labels are collected.
pub const VERSIONS_MAX: usize = 100;

/// Younger versions are never collected (GC-3).
const COLLECT_AFTER: Span = Span::days(1);

/// One version of a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Version {
    pub(crate) id: VersionId,
    /// `None` for the placeholder of a rotation.
    pub(crate) value: Option<SecretValue>,
    pub(crate) created: Timestamp,
    pub(crate) last_accessed: Option<Timestamp>,
    pub(crate) kms_key_id: Option<Arc<str>>,
    /// Whether the rotation function stored the value (PSV-26).
    pub(crate) by_function: bool,
    /// Counts versions of the secret from the first one ever made.
    sequence: u32,
}

/// A version that has just been made, and the one that was collected to make room.
#[derive(Debug)]
pub(crate) struct Added {
    pub(crate) slot: VersionSlot,
    collected: Option<(VersionSlot, Version)>,
    /// Whether it stands in a place of its own behind all others.
    is_last: bool,
}

/// A deletion that is scheduled or under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Deletion {
    /// The date that answers show.
    pub(crate) date: Timestamp,
    /// When the secret is gone.
    pub(crate) done_at: Timestamp,
    /// Whether there is no way back.
    pub(crate) forced: bool,
}

/// The configuration of rotation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rotation {
    pub(crate) enabled: bool,
    pub(crate) function: Arc<str>,
    pub(crate) rules: Option<RotationRules>,
    pub(crate) last_rotated: Option<Timestamp>,
    /// The latest moment of the next rotation, as answers show it.
    pub(crate) next: Option<Timestamp>,
    /// What intervals of the schedule count from: the last rotation, or what counts as one.
    pub(crate) anchor: Timestamp,
    /// When the next rotation starts; `None` if nobody invokes the function.
    pub(crate) starts: Option<Timestamp>,
}

/// A rotation that is under way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Run {
    pub(crate) version: VersionSlot,
    pub(crate) test: Option<Test>,
    /// How far the function has come; `None` if the callers play its part.
    pub(crate) work: Option<Work>,
}

/// What is special about a run that only tests the function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Test {
    /// When its version goes.
    pub(crate) until: Timestamp,
    pub(crate) failed: bool,
    /// The configuration before the call that asked for the test.
    pub(crate) before: Option<Box<Rotation>>,
}

/// How far a rotation function has come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Work {
    pub(crate) step: RotationStep,
    pub(crate) state: WorkState,
    /// Attempts that failed.
    pub(crate) failures: u32,
    /// How many of them failed in windows before this one.
    pub(crate) failures_before: u32,
    /// What the function proves itself with.
    pub(crate) rotation_token: String,
    /// When the window ends in which it may be retried.
    pub(crate) window_end: Timestamp,
}

/// What a run waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WorkState {
    /// The step is invoked then.
    Due(Timestamp),
    /// The rotation starts with another token then.
    DueAnew(Timestamp),
    /// The function is at its step.
    Running,
    /// All retries are spent; the next window brings new ones.
    Spent,
}

impl Rotation {
    /// A rotation is over, or something that counts as one: the schedule goes on from there.
    pub(crate) fn restart(&mut self, at: Timestamp) {
        self.anchor = at;
        self.next = self.schedule().and_then(|schedule| schedule.next_rotation(at));
    }

    /// The schedule, if there is one.
    pub(crate) fn schedule(&self) -> Option<Schedule> {
        self.rules.as_ref()?.schedule().ok()?
    }
}

impl WorkState {
    /// When the function is invoked next.
    pub(crate) const fn due(self) -> Option<Timestamp> {
        match self {
            Self::Due(at) | Self::DueAnew(at) => Some(at),
            Self::Running | Self::Spent => None,
        }
    }
}

/// One secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Secret {
    pub(crate) arn: SecretArn,
    pub(crate) name: SecretName,
    pub(crate) account: AccountId,
    /// The service that manages it, if it isn't the account's own.
    pub(crate) owner: Option<Arc<str>>,
    pub(crate) description: Option<String>,
    pub(crate) kms_key_id: Option<Arc<str>>,
    pub(crate) tags: Option<Vec<Tag>>,
    pub(crate) policy: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) last_changed: Timestamp,
    pub(crate) last_accessed: Option<Timestamp>,
    pub(crate) deletion: Option<Deletion>,
    pub(crate) rotation: Option<Rotation>,
    pub(crate) run: Option<Run>,
    /// Its part in replication; `None` for most secrets.
    pub(crate) replication: Option<Box<Replication>>,
    /// When AWSPENDING is cleaned off the current version.
    pub(crate) cleanup_at: Option<Timestamp>,
    versions: Vec<Option<Version>>,
    versions_made: u32,
    stages: Stages,
    // INVARIANT: the name of every attached custom label stands here, by slot.
    custom: [Option<Arc<str>>; LABEL_SLOTS],
    /// When each label came to its version, as a count: labels of one hash bucket come in this order.
    attached: [u32; LABEL_SLOTS],
    moves_made: u32,
    /// Goes up whenever somebody gets hold of the secret to change it.
    pub(crate) revision: u64,
}

/// A label that moved, with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelMove {
    /// Which label.
    pub label: StagingLabel,
    /// The version it left.
    pub from: Option<VersionId>,
    /// The version it is on now.
    pub to: Option<VersionId>,
    /// Why.
    pub because: Rule,
}

/// What one call did, as it is told by the label rules and the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) moves: Vec<LabelMove>,
    pub(crate) events: Vec<ServiceEvent>,
    pub(crate) rules: RuleSet,
    by_slot: Vec<Move>,
}

impl Ledger for Book {
    fn moved(&mut self, label_move: Move) {
        self.by_slot.push(label_move);
    }

    fn cite(&mut self, rule: Rule) {
        self.rules.insert(rule);
    }
}

impl Book {
    /// Logs an event about a version.
    pub(crate) fn log(&mut self, name: EventName, version: &VersionId) {
        self.events.push(ServiceEvent { name, version: version.clone(), error: None });
    }
}

/// Handles for the labels of a request, and names for those that the secret doesn't have yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handles {
    fresh: Vec<(LabelSlot, Arc<str>)>,
    /// Whether a label differs from one of the secret in upper and lower case alone.
    differs_in_case: bool,
}

impl Secret {
    pub(crate) fn new(arn: SecretArn, name: SecretName, account: AccountId, at: Timestamp) -> Self {
        Self {
            arn,
            name,
            account,
            owner: None,
            description: None,
            kms_key_id: None,
            tags: None,
            policy: None,
            created: at,
            last_changed: at,
            last_accessed: None,
            deletion: None,
            rotation: None,
            run: None,
            replication: None,
            cleanup_at: None,
            versions: Vec::new(),
            versions_made: 0,
            stages: Stages::NONE,
            custom: [const { None }; LABEL_SLOTS],
            attached: [0; LABEL_SLOTS],
            moves_made: 0,
            revision: 0,
        }
    }

    pub(crate) const fn stages(&self) -> Stages {
        self.stages
    }

    pub(crate) fn version(&self, slot: VersionSlot) -> Option<&Version> {
        self.versions.get(slot.index())?.as_ref()
    }

    pub(crate) fn version_mut(&mut self, slot: VersionSlot) -> Option<&mut Version> {
        self.versions.get_mut(slot.index())?.as_mut()
    }

    pub(crate) fn slot_of(&self, id: &str) -> Option<VersionSlot> {
        let same =
            |version: &Option<Version>| version.as_ref().is_some_and(|it| it.id.as_str() == id);
        VersionSlot::from_index(self.versions.iter().position(same)?)
    }

    /// How a request names a version.
    pub(crate) fn named(&self, id: Option<&str>) -> Named {
        match id {
            None => Named::Absent,
            Some(id) => self.slot_of(id).map_or(Named::Unknown, Named::Version),
        }
    }

    pub(crate) fn has_versions(&self) -> bool {
        self.versions.iter().any(Option::is_some)
    }

    /// Versions in no order that means anything.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (VersionSlot, &Version)> {
        self.versions.iter().enumerate().filter_map(|(index, version)| {
            Some((VersionSlot::from_index(index)?, version.as_ref()?))
        })
    }

    /// Versions in the order in which the service lists them.
    pub(crate) fn versions(&self, order: VersionOrder) -> Vec<(VersionSlot, &Version)> {
        let mut listed: Vec<_> = self.slots().collect();
        listed.sort_by_key(|(_, version)| version.sequence);
        if order == VersionOrder::NewestFirst {
            listed.reverse();
        }
        listed
    }

    /// Versions, oldest first.
    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = (VersionSlot, &Version)> {
        // They stand in that order until one is collected and another one takes its slot.
        let stands = self.slots().map(|(_, version)| version.sequence).is_sorted();
        let sorted = if stands { Vec::new() } else { self.versions(VersionOrder::OldestFirst) };
        self.slots().filter(move |_| stands).chain(sorted)
    }

    /// Makes a version; the caller labels it.
    pub(crate) fn add_version(
        &mut self,
        id: VersionId,
        value: Option<SecretValue>,
        at: Timestamp,
        assume: &Assumptions,
        book: &mut Book,
    ) -> Result<Added, ServiceError> {
        let collected = self.make_room(at, assume, book)?;
        let index = self.versions.iter().position(Option::is_none).unwrap_or(self.versions.len());
        let slot = VersionSlot::from_index(index).ok_or_else(refusal::too_many_versions)?;
        self.versions_made = self.versions_made.saturating_add(1);
        let version = Version {
            id,
            value,
            created: at,
            last_accessed: None,
            kms_key_id: self.kms_key_id.clone(),
            by_function: false,
            sequence: self.versions_made,
        };
        let is_last = index == self.versions.len();
        match self.versions.get_mut(index) {
            Some(free) => *free = Some(version),
            None => self.versions.push(Some(version)),
        }
        Ok(Added { slot, collected, is_last })
    }

    /// Takes back a version that [`Self::add_version`] made, when its labels are refused, as if nothing had been.
    pub(crate) fn undo(&mut self, added: Added) {
        self.drop_version(added.slot);
        if added.is_last {
            self.versions.pop();
        }
        self.versions_made = self.versions_made.saturating_sub(1);
        if let Some((slot, version)) = added.collected
            && let Some(free) = self.versions.get_mut(slot.index())
        {
            *free = Some(version);
        }
    }

    /// Drops a version. Its slot is free for another one, so a rotation to it is over.
    pub(crate) fn drop_version(&mut self, slot: VersionSlot) -> Option<Version> {
        if self.run.as_ref().is_some_and(|run| run.version == slot) {
            self.run = None;
        }
        self.versions.get_mut(slot.index())?.take()
    }

    /// Collects the oldest version without labels when one more would be too many.
    fn make_room(
        &mut self,
        at: Timestamp,
        assume: &Assumptions,
        book: &mut Book,
    ) -> Result<Option<(VersionSlot, Version)>, ServiceError> {
        if self.versions.len() < VERSIONS_MAX {
            return Ok(None);
        }
        let counts = |slot: VersionSlot| match assume.collection {
            Collection::AllVersions => true,
            Collection::UnlabelledOnly => !self.stages.is_labelled(slot),
        };
        let listed = self.versions(VersionOrder::OldestFirst);
        if listed.iter().filter(|(slot, _)| counts(*slot)).count() < VERSIONS_MAX {
            return Ok(None);
        }
        book.cite(Rule::DeprecatedIsCollectedAboveHundred);
        book.cite(Rule::CollectionCountsVersions);
        let collectable = listed.iter().find(|(slot, version)| {
            !self.stages.is_labelled(*slot) && at.since(version.created) >= COLLECT_AFTER
        });
        let oldest = collectable.map(|(slot, _)| *slot).ok_or_else(refusal::too_many_versions)?;
        book.cite(Rule::LabeledIsNeverCollected);
        book.cite(Rule::VersionsPerSecret);
        book.cite(Rule::CollectionAgeFromCreation);
        let collected = self.drop_version(oldest);
        if let Some(version) = &collected {
            book.log(EventName::StartSecretVersionDelete, &version.id);
            book.log(EventName::EndSecretVersionDelete, &version.id);
        }
        Ok(collected.map(|version| (oldest, version)))
    }

    /// The handle of `label`: the one it has, or a free one.
    pub(crate) fn handle(&self, label: &StagingLabel, handles: &mut Handles) -> Option<LabelSlot> {
        let text = match label {
            StagingLabel::AwsCurrent => return Some(LabelSlot::CURRENT),
            StagingLabel::AwsPrevious => return Some(LabelSlot::PREVIOUS),
            StagingLabel::AwsPending => return Some(LabelSlot::PENDING),
            StagingLabel::Custom(text) => text,
        };
        let slots = || (LabelSlot::OF_AWS..LABEL_SLOTS).filter_map(LabelSlot::from_index);
        if let Some(slot) = slots().find(|slot| self.custom_name(*slot) == Some(text)) {
            return Some(slot);
        }
        if let Some((slot, _)) = handles.fresh.iter().find(|(_, name)| name == text) {
            return Some(*slot);
        }
        let taken = |slot: &LabelSlot| {
            self.stages.holder(*slot).is_some()
                || handles.fresh.iter().any(|(fresh, _)| fresh == slot)
        };
        let slot = slots().find(|slot| !taken(slot))?;
        let is_near = |slot| self.custom_name(slot).is_some_and(|it| it.eq_ignore_ascii_case(text));
        handles.differs_in_case |= slots().any(is_near);
        handles.fresh.push((slot, text.clone()));
        Some(slot)
    }

    /// The handles of several labels; `None` if the secret can't have that many.
    pub(crate) fn handle_all(&self, labels: &[String], handles: &mut Handles) -> Option<LabelSet> {
        labels.iter().try_fold(LabelSet::EMPTY, |set, label| {
            Some(set.with(self.handle(&StagingLabel::new(label), handles)?))
        })
    }

    /// The text of an attached custom label.
    fn custom_name(&self, slot: LabelSlot) -> Option<&Arc<str>> {
        self.stages.holder(slot)?;
        self.custom.get(slot.index())?.as_ref()
    }

    /// The label of a handle.
    fn label(&self, slot: LabelSlot) -> StagingLabel {
        match slot {
            LabelSlot::CURRENT => StagingLabel::AwsCurrent,
            LabelSlot::PREVIOUS => StagingLabel::AwsPrevious,
            LabelSlot::PENDING => StagingLabel::AwsPending,
            _ => {
                let name = self.custom.get(slot.index()).and_then(Option::as_ref);
                name.map_or_else(
                    || StagingLabel::new("?"),
                    |text| StagingLabel::Custom(text.clone()),
                )
            }
        }
    }

    /// Logs an event about each version.
    pub(crate) fn log_versions(&self, name: EventName, book: &mut Book) {
        for (_, version) in self.versions(VersionOrder::OldestFirst) {
            book.log(name, &version.id);
        }
    }

    /// The secret is changed now, in whatever way.
    pub(crate) fn touch(&mut self, at: Timestamp, book: &mut Book) {
        book.cite(Rule::WritesMoveLastChanged);
        self.last_changed = at;
    }

    /// Takes over new stages: names the moves, and lets go of placeholders that lost their last label.
    pub(crate) fn commit(
        &mut self,
        stages: Stages,
        handles: Handles,
        assume: &Assumptions,
        book: &mut Book,
    ) {
        if handles.differs_in_case {
            book.cite(Rule::LabelsAreCaseSensitive);
        }
        for (slot, name) in handles.fresh {
            if let Some(entry) = self.custom.get_mut(slot.index()) {
                *entry = Some(name);
            }
        }
        self.stages = stages;
        let moves = std::mem::take(&mut book.by_slot);
        for label_move in &moves {
            self.moves_made = self.moves_made.saturating_add(1);
            if let Some(count) = self.attached.get_mut(label_move.label.index()) {
                *count = self.moves_made;
            }
            let id = |slot: Option<VersionSlot>| Some(self.version(slot?)?.id.clone());
            book.moves.push(LabelMove {
                label: self.label(label_move.label),
                from: id(label_move.from),
                to: id(label_move.to),
                because: label_move.because,
            });
        }
        for left in moves.iter().filter_map(|label_move| label_move.from) {
            if self.stages.is_labelled(left) {
                book.cite(Rule::TakingLeavesOtherLabels);
                continue;
            }
            if self.version(left).is_some_and(|version| version.value.is_some()) {
                book.cite(Rule::LosingLastLabelDeprecates);
                book.cite(Rule::UnlabeledIsDeprecated);
                book.cite(Rule::VersionsCannotBeDeleted);
                continue;
            }
            book.cite(Rule::LostPlaceholderIsDropped);
            if assume.lost_placeholder == LostPlaceholder::Dropped {
                self.drop_version(left);
            }
        }
    }
}
