//! The properties, over packed states and the transitions between them.

use super::Model;
use super::layout::TokenFields;
use super::rotation::Seat;
use super::setting::{Runs, Setting};
use super::state::slot;
use super::table::OpCall;
use crate::explore::{Findings, Packed, PropertySet};
use crate::labels::LabelSlot;
use crate::program::{Program, Strategy};
use crate::property::Property;
use crate::property::credential::{
    Login, accepts_only, old_is_revoked, previous_counts, same_privileges,
};

/// The number by which the search knows what is left out.
pub const CUT_NUMBER: u32 = 31;
/// Witnessed by states in which something is left out for lack of room.
const CUT: PropertySet = PropertySet::one(CUT_NUMBER);

/// Which properties are judged, by their numbers in [`Setting::check`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Judged {
    current_exists: Option<u32>,
    apart: Option<u32>,
    cleared: Option<u32>,
    no_empty: Option<u32>,
    current_works: Option<u32>,
    previous_works: Option<u32>,
    live_is_labelled: Option<u32>,
    revoked: Option<u32>,
    tested: Option<u32>,
    privileges: Option<u32>,
    lost_update: Option<u32>,
    stale: Option<u32>,
    stored_first: Option<u32>,
    idempotent: Option<u32>,
    /// Whether any of them is about transitions.
    transitions: bool,
    /// How credentials follow on each other.
    turns: Option<Strategy>,
}

impl Judged {
    pub(super) fn new(setting: &Setting) -> Self {
        let at = |property| {
            let index = setting.check.iter().position(|it| *it == property)?;
            u32::try_from(index).ok()
        };
        let on_target = |property| setting.target.and_then(|_| at(property));
        let mut judged = Self {
            current_exists: at(Property::CurrentExists),
            apart: at(Property::PendingAndPreviousApart),
            cleared: at(Property::PendingCleared),
            no_empty: at(Property::NoEmptyVersion),
            current_works: on_target(Property::CurrentWorks),
            previous_works: on_target(Property::PreviousWorks),
            live_is_labelled: on_target(Property::LiveIsLabelled),
            revoked: on_target(Property::OldIsRevoked),
            tested: at(Property::PromotedWasTested),
            privileges: on_target(Property::SamePrivileges),
            lost_update: at(Property::NoLostUpdate),
            stale: at(Property::StaleTokenIsHarmless),
            stored_first: on_target(Property::StoredBeforeUsed),
            // Between two invocations at once, what one of them finds undone may be the doing of the other.
            idempotent: (setting.program.is_some() && setting.workers == 1)
                .then(|| at(Property::StepIsIdempotent))
                .flatten(),
            transitions: false,
            turns: setting.program.as_deref().and_then(Program::turns),
        };
        judged.transitions = [
            judged.tested,
            judged.privileges,
            judged.lost_update,
            judged.stale,
            judged.stored_first,
        ]
        .iter()
        .any(Option::is_some);
        judged
    }
}

impl Judged {
    /// Whether a property is judged.
    pub(super) const fn judges(&self, property: Property) -> bool {
        let number = match property {
            Property::CurrentExists => self.current_exists,
            Property::PendingAndPreviousApart => self.apart,
            Property::PendingCleared => self.cleared,
            Property::NoEmptyVersion => self.no_empty,
            Property::CurrentWorks => self.current_works,
            Property::PreviousWorks => self.previous_works,
            Property::LiveIsLabelled => self.live_is_labelled,
            Property::OldIsRevoked => self.revoked,
            Property::PromotedWasTested => self.tested,
            Property::SamePrivileges => self.privileges,
            Property::NoLostUpdate => self.lost_update,
            Property::StaleTokenIsHarmless => self.stale,
            Property::StoredBeforeUsed => self.stored_first,
            Property::StepIsIdempotent => self.idempotent,
            Property::OneVersionPerLabel
            | Property::PreviousFollowsCurrent
            | Property::OnlyNamedLabelsMove
            | Property::RefusedChangesNothing
            | Property::ValueIsImmutable
            | Property::LimitsRespected
            | Property::TestRotationChangesNothing
            | Property::RotationRecovers
            | Property::ClientGapBounded => None,
        };
        number.is_some()
    }
}

/// Adds a property to a set, if it is judged and doesn't hold.
fn unless(set: PropertySet, property: Option<u32>, holds: impl FnOnce() -> bool) -> PropertySet {
    match property {
        Some(property) if !holds() => set.or(PropertySet::one(property)),
        Some(_) | None => set,
    }
}

impl<const W: usize> Model<W> {
    /// The parts of the version of a rotation.
    pub(super) fn tokens(&self, request: u64) -> Option<&TokenFields> {
        let index = usize::try_from(request.checked_sub(1)?).ok()?;
        self.layout.tokens.get(index)
    }

    /// What a state by itself says.
    pub(super) fn findings(&self, state: Packed<W>) -> Findings {
        let judged = &self.judged;
        let current = self.holder(&state, LabelSlot::CURRENT);
        let previous = self.holder(&state, LabelSlot::PREVIOUS);
        let pending = self.pending(&state);
        let unfinished = self.layout.rotating.of(&state) != 0;
        let mut broken = PropertySet::NONE;
        broken = unless(broken, judged.current_exists, || {
            current != 0 && self.has_value(&state, current) || self.given() == 0
        });
        broken = unless(broken, judged.apart, || pending == 0 || pending != previous);
        if self.rests(&state) {
            broken = self.at_rest(&state, broken);
        }
        let is_cut = self.is_cut(&state);
        let mut witnessed = if is_cut { CUT } else { PropertySet::NONE };
        if !self.own.is_empty() {
            let (fails, seen) = self.own_findings(&state);
            broken = broken.or(fails);
            witnessed = witnessed.or(seen);
        }
        // Nothing is known of what comes after a cut, so nothing is held against it.
        Findings { broken, witnessed, goal: !unfinished || is_cut }
    }

    /// What must hold when no invocation is in flight and none is going to come.
    fn at_rest(&self, state: &Packed<W>, mut broken: PropertySet) -> PropertySet {
        let judged = &self.judged;
        let current = self.holder(state, LabelSlot::CURRENT);
        let previous = self.holder(state, LabelSlot::PREVIOUS);
        let pending = self.pending(state);
        let follows = self.setting.runs == Runs::WhileUnfinished;
        // What a rotation leaves that was abandoned or cancelled is left over, and no violation.
        if self.layout.over.of(state) == 0 {
            broken = unless(broken, judged.cleared, || pending == 0 || pending == current);
            let labels = &self.layout.labels;
            broken = unless(broken, judged.no_empty, || {
                labels
                    .iter()
                    .map(|field| field.of(state))
                    .all(|version| version == 0 || self.has_value(state, version))
            });
        }
        let works = |version| version == 0 || self.works(state, version);
        broken = unless(broken, judged.current_works, || works(current));
        broken = unless(broken, judged.live_is_labelled, || self.live_is_labelled(state));
        let made = self.layout.made.of(state);
        if made == 0 || follows && self.layout.over.of(state) == 1 {
            return broken;
        }
        broken = unless(broken, judged.previous_works, || {
            !previous_counts(judged.turns) || works(previous)
        });
        unless(broken, judged.revoked, || self.old_is_revoked(state, current, previous))
    }

    /// Whether the target accepts the credential of a version.
    pub(super) fn works(&self, state: &Packed<W>, version: u64) -> bool {
        let Some(setting) = self.setting.target else { return true };
        let (of, by) = (self.principal(state, version), self.credential(state, version));
        self.target(state).lets_in(setting, of, by)
    }

    /// The credential of a version; none for no version.
    fn login(&self, state: &Packed<W>, version: u64) -> Option<Login> {
        let login =
            || Login { of: self.principal(state, version), by: self.credential(state, version) };
        (version != 0).then(login)
    }

    /// Whether everything that the target accepts is the value of a version with a label.
    fn live_is_labelled(&self, state: &Packed<W>) -> bool {
        let labels = self.layout.labels.iter().map(|field| field.of(state));
        let valued = labels.filter(|version| self.has_value(state, *version));
        accepts_only(&self.target(state), valued.filter_map(|it| self.login(state, it)))
    }

    /// Whether what was to be revoked is refused, and nothing is accepted that nobody knows.
    fn old_is_revoked(&self, state: &Packed<W>, current: u64, previous: u64) -> bool {
        let target = self.target(state);
        let setting = self.setting.target.unwrap_or_default();
        let [current, previous] = [current, previous].map(|version| self.login(state, version));
        !target.principals.iter().any(|it| self.has_orphan(it.accepts))
            && old_is_revoked(&target, setting, self.judged.turns, current, previous)
    }

    /// What is wrong with a call that an invocation made, by the state right `after` it: what the function forgets then is
    /// no doing of the call.
    #[inline]
    pub(super) fn transition(
        &self,
        before: &Packed<W>,
        after: &Packed<W>,
        seat: &Seat<'_>,
    ) -> PropertySet {
        let judged = &self.judged;
        if !judged.transitions || !self.differs(before, after) {
            return PropertySet::NONE;
        }
        let mut broken = PropertySet::NONE;
        let request = self.table.token.get(seat.record);
        let version = self.version_of(request);
        let current = self.holder(before, LabelSlot::CURRENT);
        broken = unless(broken, judged.stale, || !self.is_outdated(before, request));
        broken = unless(broken, judged.stored_first, || {
            !matches!(seat.op.call, OpCall::Target(_))
                || !self.knows_in_hand(after, seat)
                || self.knows_in_hand(before, seat)
        });
        if self.holder(after, LabelSlot::CURRENT) != version || current == version {
            return broken;
        }
        let token = self.tokens(request);
        broken = unless(broken, judged.tested, || {
            token.is_some_and(|token| token.tested.of(before) == 1)
        });
        broken = unless(broken, judged.lost_update, || {
            // A put may store and promote at once.
            let derived = token.map_or(0, |token| token.derived.of(after));
            derived == 0 || derived == current
        });
        unless(broken, judged.privileges, || {
            let target = self.target(before);
            let user = |version| target.principal(self.principal(before, version));
            current == 0 || slot(current).is_none() || same_privileges(user(current), user(version))
        })
    }

    /// Whether steps are judged by what they do when they are run again.
    pub(super) const fn judges_repeats(&self) -> bool {
        self.judged.idempotent.is_some()
    }

    /// What is wrong with a step that has come back: that it doesn't equal itself if it is run once more. If its rotation
    /// was abandoned meanwhile, it has nothing to repeat.
    pub(super) fn repetition(&self, state: &Packed<W>, seat: &Seat<'_>) -> PropertySet {
        let request = self.table.token.get(seat.record);
        let interrupted = [self.layout.over, self.layout.cancelled, self.layout.deleted];
        let is_over = self.follows()
            && (self.is_outdated(state, request)
                || interrupted.iter().any(|field| field.of(state) == 1));
        unless(PropertySet::NONE, self.judged.idempotent, || is_over || self.repeats(state, seat))
    }

    /// Whether a transition touched the secret or the target.
    pub(super) fn differs(&self, before: &Packed<W>, after: &Packed<W>) -> bool {
        before
            .0
            .iter()
            .zip(&after.0)
            .zip(&self.effects.0)
            .any(|((before, after), mask)| (before ^ after) & mask != 0)
    }

    /// Whether the rotation of a request is over, without success, or another one has been requested since.
    fn is_outdated(&self, state: &Packed<W>, request: u64) -> bool {
        if self.layout.made.of(state) != request {
            return true;
        }
        self.setting.runs == Runs::WhileUnfinished
            && self.layout.rotating.of(state) != request
            && self.holder(state, LabelSlot::CURRENT) != self.version_of(request)
    }
}
