//! Reading and writing the parts of a state.

#![expect(clippy::arithmetic_side_effects, reason = "counts of a handful of versions and labels")]

use super::Model;
use super::layout::{Field, LABELS, places};
use super::others::Origin;
use crate::assumption::{LostPlaceholder, PendingCleanup, Placeholder};
use crate::explore::Packed;
use crate::labels::{self, LabelSlot, Ledger, Stages, VersionSlot};
use crate::target::{CredentialSet, CredentialSlot, GrantSet, Principal, PrincipalSlot, Target};

/// The labels of a state.
pub(super) type Labels = Stages<LABELS>;

/// A version that a rotation made room for.
pub(super) mod token {
    pub(in crate::model) const ABSENT: u64 = 0;
    /// With a label and without a value.
    pub(in crate::model) const REGISTERED: u64 = 1;
}

/// The number of what is on no version.
pub(super) fn number(version: Option<VersionSlot>) -> u64 {
    version.map_or(0, |version| u64::from(version.number()))
}

/// The version with that number; none for 0.
#[expect(clippy::cast_possible_truncation, reason = "fields of versions have at most four bits")]
pub(super) const fn slot(number: u64) -> Option<VersionSlot> {
    VersionSlot::from_number(number as u8)
}

impl<const W: usize> Model<W> {
    /// The state everything begins with.
    pub(super) fn start(&self) -> Packed<W> {
        let mut state = Packed::default();
        for (label, version) in &self.setting.start.labels {
            state = self.label(*label).with(state, u64::from(version.number()));
        }
        state = self.with_target(state, self.setting.start.target);
        if self.layout.past.is_empty() { state } else { self.remembering(state, &state) }
    }

    /// The bits that hold the secret and the target.
    pub(super) fn effects(&self) -> Packed<W> {
        let layout = &self.layout;
        let tokens = layout.tokens.iter().map(|token| token.state);
        let secret = layout.labels.into_iter().chain(tokens).chain([layout.puts]);
        places(secret).or(self.target_bits())
    }

    /// The bits that hold the target.
    pub(super) fn target_bits(&self) -> Packed<W> {
        let principals = self.layout.target.iter();
        places(
            principals
                .flat_map(|it| [it.exists, it.accepts, it.coming, it.leaving, it.grants, it.tls]),
        )
    }

    fn label(&self, label: LabelSlot) -> Field {
        self.layout.labels.get(label.index()).copied().unwrap_or_default()
    }

    /// The number of the version that carries a label; 0 for none.
    #[inline]
    pub(super) fn holder(&self, state: &Packed<W>, label: LabelSlot) -> u64 {
        self.label(label).of(state)
    }

    /// The labels, unpacked.
    #[inline]
    pub(super) fn stages(&self, state: &Packed<W>) -> Labels {
        Stages::of(self.layout.labels.map(|field| slot(field.of(state))))
    }

    /// How many versions there are at the start.
    pub(super) fn given(&self) -> u64 {
        self.setting.start.versions.len() as u64
    }

    /// The number of the version of a rotation.
    #[inline]
    pub(super) fn version_of(&self, request: u64) -> u64 {
        self.given() + request
    }

    /// The rotation whose version that is; 0 if it is none's.
    #[inline]
    pub(super) fn request_of(&self, version: u64) -> u64 {
        let request = version.saturating_sub(self.given());
        if request > u64::from(self.setting.rotations) { 0 } else { request }
    }

    /// The number of the last version that others have put, or of the one before their first.
    pub(super) fn last_put(&self, state: &Packed<W>) -> u64 {
        self.given() + u64::from(self.setting.rotations) + self.layout.puts.of(state)
    }

    fn token_state(&self, request: u64) -> Field {
        let token = usize::try_from(request).ok().and_then(|at| self.layout.tokens.get(at - 1));
        token.map(|token| token.state).unwrap_or_default()
    }

    /// What `state` of a token with a value is.
    fn valued(&self) -> u64 {
        if self.setting.assume.placeholder == Placeholder::Registered { 2 } else { 1 }
    }

    /// Whether there is such a version.
    #[inline]
    pub(super) fn exists(&self, state: &Packed<W>, version: u64) -> bool {
        match self.request_of(version) {
            0 => version != 0 && (version <= self.given() || version <= self.last_put(state)),
            request => self.token_state(request).of(state) != token::ABSENT,
        }
    }

    /// Whether there is such a version, and it has a value.
    #[inline]
    pub(super) fn has_value(&self, state: &Packed<W>, version: u64) -> bool {
        match self.request_of(version) {
            0 => version != 0 && (version <= self.given() || version <= self.last_put(state)),
            request => self.token_state(request).of(state) == self.valued(),
        }
    }

    /// The state with a value in the version of a rotation.
    pub(super) fn with_value(&self, state: Packed<W>, request: u64) -> Packed<W> {
        self.token_state(request).with(state, self.valued())
    }

    /// The state with the version of a rotation registered.
    pub(super) fn with_placeholder(&self, state: Packed<W>, request: u64) -> Packed<W> {
        self.token_state(request).with(state, token::REGISTERED)
    }

    /// The credential that a version holds.
    pub(super) fn credential(&self, state: &Packed<W>, version: u64) -> CredentialSlot {
        let origin = self.origin(state, version);
        let own = if let Some(Origin::Again(version)) = origin { version } else { version };
        CredentialSlot(u8::try_from(own.saturating_sub(1)).unwrap_or(15))
    }

    /// The principal that the value of a version is for.
    pub(super) fn principal(&self, state: &Packed<W>, version: u64) -> PrincipalSlot {
        let given = |version: u64| {
            let at = usize::try_from(version.saturating_sub(1)).unwrap_or(usize::MAX);
            self.setting.start.versions.get(at).copied().unwrap_or(PrincipalSlot(0))
        };
        match (self.request_of(version), self.origin(state, version)) {
            (0, Some(Origin::Again(version))) => given(version),
            (0, _) if version <= self.given() => given(version),
            (0, _) => {
                let index = version - self.version_of(u64::from(self.setting.rotations)) - 1;
                let users = self.layout.users.of(state);
                PrincipalSlot(u8::from(users >> index & 1 == 1))
            }
            (request, _) => {
                let at = usize::try_from(request - 1).unwrap_or(usize::MAX);
                let field = self.layout.tokens.get(at).map(|token| token.principal);
                PrincipalSlot(u8::from(field.is_some_and(|field| field.of(state) == 1)))
            }
        }
    }

    /// The target, unpacked.
    pub(super) fn target(&self, state: &Packed<W>) -> Target {
        let start = self.setting.start.target;
        let uses = self.table.uses;
        let mut target = start;
        let set = |field: Field| CredentialSet(u16::try_from(field.of(state)).unwrap_or_default());
        for (principal, fields) in target.principals.iter_mut().zip(&self.layout.target) {
            *principal = Principal {
                exists: if uses.users { fields.exists.of(state) == 1 } else { principal.exists },
                accepts: set(fields.accepts),
                coming: set(fields.coming),
                leaving: set(fields.leaving),
                grants: if uses.grants > 0 {
                    GrantSet(u8::try_from(fields.grants.of(state)).unwrap_or_default())
                } else {
                    principal.grants
                },
                tls: if uses.tls { fields.tls.of(state) == 1 } else { principal.tls },
            };
        }
        target
    }

    /// The state with another target.
    pub(super) fn with_target(&self, mut state: Packed<W>, target: Target) -> Packed<W> {
        for (principal, fields) in target.principals.iter().zip(&self.layout.target) {
            state = fields.exists.with(state, u64::from(principal.exists));
            state = fields.accepts.with(state, u64::from(principal.accepts.0));
            state = fields.coming.with(state, u64::from(principal.coming.0));
            state = fields.leaving.with(state, u64::from(principal.leaving.0));
            state = fields.grants.with(state, u64::from(principal.grants.0));
            state = fields.tls.with(state, u64::from(principal.tls));
        }
        state
    }

    /// The state with other labels, and what follows from that for the rotation that is running.
    #[inline]
    pub(super) fn with_stages(
        &self,
        mut state: Packed<W>,
        before: Labels,
        mut after: Labels,
        ledger: &mut impl Ledger,
    ) -> Packed<W> {
        let rotating = self.layout.rotating.of(&state);
        let version = if rotating == 0 { 0 } else { self.version_of(rotating) };
        let pending = number(before.holder(LabelSlot::PENDING));
        if version != 0 && number(after.holder(LabelSlot::CURRENT)) == version {
            state = self.layout.rotating.with(state, 0);
            match self.setting.assume.pending_cleanup {
                PendingCleanup::After60s => state = self.layout.cleans.with(state, 1),
                PendingCleanup::Immediately => after = labels::clean_pending(after, ledger),
                PendingCleanup::Never => {}
            }
        } else if version != 0
            && pending == version
            && number(after.holder(LabelSlot::PENDING)) != version
        {
            state = self.layout.rotating.with(state, 0);
            state = self.layout.over.with(state, 1);
        }
        for ((field, left), taker) in
            self.layout.labels.iter().zip(before.holders()).zip(after.holders())
        {
            if left != taker {
                state = field.with(state, number(*taker));
                state = self.without_lost_placeholder(state, number(*left), after);
            }
        }
        state
    }

    /// A placeholder that has lost its last label is gone, or so it is assumed.
    fn without_lost_placeholder(&self, state: Packed<W>, left: u64, after: Labels) -> Packed<W> {
        let request = self.request_of(left);
        let lost = request != 0
            && self.setting.assume.placeholder == Placeholder::Registered
            && self.setting.assume.lost_placeholder == LostPlaceholder::Dropped
            && !slot(left).is_some_and(|version| after.is_labelled(version))
            && self.token_state(request).of(&state) == token::REGISTERED;
        if lost { self.token_state(request).with(state, token::ABSENT) } else { state }
    }
}
