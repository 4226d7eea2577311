//! The calls of a rotation function, on the service and on the target.

use super::Model;
use super::layout::Field;
use super::rotation::Seat;
use super::state::{number, slot};
use super::table::{Asked, Failure, Of, OpCall};
use crate::api::ErrorCode;
use crate::assumption::{ReplayLabels, StageUnknownTarget, StageWrongSource};
use crate::explore::Packed;
use crate::labels::{
    self, LabelRefusal, LabelSet, LabelSlot, Ledger, Named, Put, StageUpdate, Writer,
};
use crate::program::{Credential, TargetVerb};
use crate::target::{CredentialSlot, Denied, PrincipalSlot, Request};

/// What a call came to.
pub(super) struct Done<const W: usize> {
    /// The state after it, apart from the invocation.
    pub(super) state: Packed<W>,
    /// The record of the invocation with the answer in it, or why the call failed.
    pub(super) result: Result<u64, Failure>,
}

/// A value to store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Storing {
    /// The password or token in it: each attempt makes another one. Without one the value is made from others.
    secret: Option<Field>,
    /// The version it is derived from; 0 for none.
    from: u64,
    /// Whether it is for the other one of two principals.
    other_user: bool,
    /// `VersionStages`.
    labels: Option<LabelSet>,
}

impl<const W: usize> Model<W> {
    /// Makes the call that an invocation is about to make.
    #[inline]
    pub(super) fn call(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        ledger: &mut impl Ledger,
    ) -> Done<W> {
        let record = seat.record;
        match &seat.op.call {
            OpCall::Describe { holders, enabled } => {
                let bound = holders.iter().fold(record, |record, (label, register)| {
                    register.put(record, self.holder(&state, *label))
                });
                let is_enabled = 1 ^ self.layout.cancelled.of(&state);
                let bound = enabled.map_or(bound, |register| register.put(bound, is_enabled));
                Done { state, result: Ok(bound) }
            }
            OpCall::Get { version, label } => {
                let found = self.read(&state, record, *version, *label);
                let bound = |version| seat.op.binds.map_or(record, |it| it.put(record, version));
                Done { state, result: found.map(bound).map_err(Failure::Service) }
            }
            OpCall::Password => {
                let made = self.table.made;
                let bound = seat.op.binds.map_or(record, |register| register.put(record, made));
                Done { state, result: Ok(bound) }
            }
            OpCall::Put { fresh, secret, from, other_user, labels } => {
                let from = from.map_or(0, |register| register.get(record));
                let storing =
                    Storing { secret: *secret, from, other_user: *other_user, labels: *labels };
                if *fresh {
                    self.put_fresh(state, seat, storing, ledger)
                } else {
                    self.put(state, seat, storing, ledger)
                }
            }
            OpCall::Move { label, move_to, remove_from } => {
                self.update_stage(state, seat, (*label, *move_to, *remove_from), ledger)
            }
            OpCall::Target(asked) => self.ask(state, seat, asked),
        }
    }

    /// The number of the version that a read finds.
    fn read(
        &self,
        state: &Packed<W>,
        record: u64,
        version: Option<Of>,
        label: Option<LabelSlot>,
    ) -> Result<u64, ErrorCode> {
        if self.layout.deleted.of(state) == 1 {
            return Err(ErrorCode::InvalidRequestException);
        }
        let asked = version.map_or(0, |of| self.version(record, of));
        let held = |label| self.holder(state, label);
        let found = match (asked, label) {
            (0, label) => held(label.unwrap_or(LabelSlot::CURRENT)),
            (id, _) if !self.exists(state, id) => 0,
            (id, Some(label)) if held(label) != id => {
                return Err(ErrorCode::InvalidRequestException);
            }
            (id, _) => id,
        };
        let has_value = found != 0 && self.has_value(state, found);
        if has_value { Ok(found) } else { Err(ErrorCode::ResourceNotFoundException) }
    }

    /// `PutSecretValue` under the token of the rotation.
    fn put(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        storing: Storing,
        ledger: &mut impl Ledger,
    ) -> Done<W> {
        if self.layout.deleted.of(&state) == 1 {
            return Done::refused(state, ErrorCode::InvalidRequestException);
        }
        let request = self.table.token.get(seat.record);
        let version = self.version_of(request);
        let held = self.has_value(&state, version);
        let is_other = |it| self.stored_in(seat.record, it) != Some(version);
        if held && storing.secret.is_some_and(is_other) {
            return Done::refused(state, ErrorCode::ResourceExistsException);
        }
        let replays = self.setting.assume.replay_labels == ReplayLabels::Applied;
        if held && !(replays && storing.labels.is_some()) {
            return Done { state, result: Ok(seat.record) };
        }
        let fills = !held && self.exists(&state, version);
        let next = self.labelled(state, version, storing.labels, fills, ledger);
        let Some(mut next) = next else {
            return Done::refused(state, ErrorCode::LimitExceededException);
        };
        if !held {
            next = self.with_value(next, request);
            if let Some(token) = self.tokens(request) {
                let of = self.principal(&state, storing.from);
                let of = if storing.other_user { of.other() } else { of };
                next = token.principal.with(next, u64::from(of.0));
                next = token.derived.with(next, storing.from);
            }
        }
        self.stored(next, seat, version, storing.secret)
    }

    /// `PutSecretValue` under a token that the SDK makes up: a version of its own.
    fn put_fresh(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        storing: Storing,
        ledger: &mut impl Ledger,
    ) -> Done<W> {
        if self.layout.deleted.of(&state) == 1 {
            return Done::refused(state, ErrorCode::InvalidRequestException);
        }
        match self.put_by_others(state, storing.labels, ledger) {
            Some(next) => self.stored(next, seat, self.last_put(&next), storing.secret),
            None => Done::refused(state, ErrorCode::LimitExceededException),
        }
    }

    /// The state with a new version that others put; `None` if there is no room for one, or the labels are refused.
    pub(super) fn put_by_others(
        &self,
        state: Packed<W>,
        labels: Option<LabelSet>,
        ledger: &mut impl Ledger,
    ) -> Option<Packed<W>> {
        let puts = self.layout.puts.of(&state);
        if puts >= u64::from(self.setting.puts) {
            return None;
        }
        let next = self.layout.puts.with(state, puts.wrapping_add(1));
        let version = self.last_put(&next);
        self.labelled(next, version, labels, false, ledger)
    }

    /// The state with the labels of a version that has just taken a value.
    fn labelled(
        &self,
        state: Packed<W>,
        version: u64,
        labels: Option<LabelSet>,
        fills: bool,
        ledger: &mut impl Ledger,
    ) -> Option<Packed<W>> {
        let stages = self.stages(&state);
        let rotating = self.layout.rotating.of(&state);
        let put = Put {
            version: slot(version)?,
            writer: Writer::PutSecretValue,
            labels,
            first: !fills && self.is_empty(&state, version),
            fills,
            rotating: if rotating == 0 { None } else { slot(self.version_of(rotating)) },
        };
        let after = labels::put_value(stages, &put, &self.setting.assume, ledger).ok()?;
        Some(self.with_stages(state, stages, after, ledger))
    }

    /// Whether the secret has no version but that one.
    fn is_empty(&self, state: &Packed<W>, but: u64) -> bool {
        self.given() == 0
            && !(1..=self.table.versions as u64)
                .any(|version| version != but && self.exists(state, version))
    }

    /// `UpdateSecretVersionStage`.
    fn update_stage(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        (label, move_to, remove_from): (LabelSlot, Option<Of>, Option<Of>),
        ledger: &mut impl Ledger,
    ) -> Done<W> {
        if self.layout.deleted.of(&state) == 1 {
            return Done::refused(state, ErrorCode::InvalidRequestException);
        }
        let version = |of: Option<Of>| of.map_or(0, |of| self.version(seat.record, of));
        match self.move_label(state, label, version(move_to), version(remove_from), ledger) {
            Ok(state) => Done { state, result: Ok(seat.record) },
            Err(refused) => Done::refused(state, self.code(refused)),
        }
    }

    /// The state with a label moved; 0 for a version that isn't named.
    pub(super) fn move_label(
        &self,
        state: Packed<W>,
        label: LabelSlot,
        move_to: u64,
        remove_from: u64,
        ledger: &mut impl Ledger,
    ) -> Result<Packed<W>, LabelRefusal> {
        let named = |version: u64| match slot(version) {
            None => Named::Absent,
            Some(version) if self.exists(&state, number(Some(version))) => Named::Version(version),
            Some(_) => Named::Unknown,
        };
        let stages = self.stages(&state);
        let update = StageUpdate {
            label,
            remove_from: named(remove_from),
            move_to: named(move_to),
            target_has_value: move_to == 0 || self.has_value(&state, move_to),
        };
        let after = labels::update_stage(stages, update, &self.setting.assume, ledger)?;
        Ok(self.with_stages(state, stages, after, ledger))
    }

    /// The code that a refused label call is answered with.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are answered alike")]
    fn code(&self, refused: LabelRefusal) -> ErrorCode {
        let assume = &self.setting.assume;
        let invalid = ErrorCode::InvalidParameterException;
        match refused {
            LabelRefusal::UnknownTarget
                if assume.stage_unknown_target == StageUnknownTarget::ResourceNotFound =>
            {
                ErrorCode::ResourceNotFoundException
            }
            LabelRefusal::UnknownSource | LabelRefusal::NotOnSource
                if assume.stage_wrong_source == StageWrongSource::ResourceNotFound =>
            {
                ErrorCode::ResourceNotFoundException
            }
            LabelRefusal::TooManyLabels => ErrorCode::LimitExceededException,
            LabelRefusal::RotationUnfinished => ErrorCode::InvalidRequestException,
            _ => invalid,
        }
    }

    /// One call of the target. What stands in a transaction is answered as if it were over, and waits for its end.
    fn ask(&self, state: Packed<W>, seat: &Seat<'_>, asked: &Asked) -> Done<W> {
        let denied = Done { state, result: Err(Failure::Denied) };
        let waiting = self.table.waiting.get(seat.record);
        let mut next = state;
        for (bit, verb) in asked.before.iter().filter(|(bit, _)| waiting & 1 << *bit != 0) {
            debug_assert!(*bit < 64, "statements of one transaction");
            match self.answer(next, seat, *verb) {
                Ok((after, _)) => next = after,
                Err(Denied) => return denied,
            }
        }
        if asked.verb == TargetVerb::Commit {
            let record = self.table.waiting.put(seat.record, 0);
            return Done { state: next, result: Ok(record) };
        }
        let Ok((after, yes)) = self.answer(next, seat, asked.verb) else { return denied };
        let makes = asked.verb == TargetVerb::CreateToken;
        let answer = if makes { self.table.made } else { u64::from(yes) };
        let record = seat.op.binds.map(|it| it.put(seat.record, answer));
        let record = record.unwrap_or(seat.record);
        match (asked.waits, asked.is_in_transaction) {
            (Some(bit), _) => {
                let record = self.table.waiting.put(record, waiting | 1 << bit);
                Done { state, result: Ok(record) }
            }
            (None, true) => Done { state, result: Ok(record) },
            (None, false) => Done { state: after, result: Ok(record) },
        }
    }

    /// The target after a call, and its answer.
    fn answer(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        verb: TargetVerb,
    ) -> Result<(Packed<W>, bool), Denied> {
        let Some(setting) = self.setting.target else { return Ok((state, true)) };
        let who = |credential| self.who(&state, seat, credential);
        let request = match verb {
            TargetVerb::Login(Credential::Administrator)
            | TargetVerb::Query
            | TargetVerb::Commit => {
                return Ok((state, true));
            }
            TargetVerb::Login(by) => who(by).map(|(of, by)| Request::Login(of, by)),
            TargetVerb::UserExists(of) => who(of).map(|(of, _)| Request::UserExists(of)),
            TargetVerb::CreateUser(by) => who(by).map(|(of, by)| Request::CreateUser(of, by)),
            TargetVerb::SetPassword { with, old, keep } => {
                let part = |it: Option<Credential>| it.and_then(who).map(|(_, it)| it);
                who(with).map(|(of, with)| Request::SetPassword {
                    of,
                    with,
                    old: part(old),
                    keep: part(keep),
                })
            }
            TargetVerb::Grant { to, grant } => who(to).map(|(to, _)| Request::Grant(to, grant)),
            TargetVerb::CopyGrants { from, to } => {
                who(from).zip(who(to)).map(|((from, _), (to, _))| Request::CopyGrants(from, to))
            }
            TargetVerb::CopyTls { from, to } => {
                who(from).zip(who(to)).map(|((from, _), (to, _))| Request::CopyTls(from, to))
            }
            TargetVerb::CreateToken => {
                Some(Request::CreateToken(PrincipalSlot(0), self.in_hand(seat)))
            }
            TargetVerb::TokenExists(token) => {
                who(token).map(|(of, token)| Request::TokenExists(of, token))
            }
            TargetVerb::DeleteToken(token) => {
                who(token).map(|(of, token)| Request::DeleteToken(of, token))
            }
        };
        let (target, yes) = self.target(&state).ask(setting, request.ok_or(Denied)?)?;
        Ok((self.with_target(state, target), yes))
    }

    /// The user and the password of a credential; `None` if the register isn't set.
    fn who(
        &self,
        state: &Packed<W>,
        seat: &Seat<'_>,
        credential: Credential,
    ) -> Option<(PrincipalSlot, CredentialSlot)> {
        let Credential::Register(register) = credential else { return None };
        let registers = self.table.registers.get(usize::from(seat.op.step))?;
        let field = registers.get(register.index())?;
        let version = field.get(seat.record);
        if version == 0 {
            return None;
        }
        if !self.table.secrets.contains(register) {
            return Some((self.principal(state, version), self.credential(state, version)));
        }
        // A bare password or token is that of the one user there is.
        let is_made = version == self.table.made;
        let by = if is_made { self.in_hand(seat) } else { self.credential(state, version) };
        Some((PrincipalSlot(0), by))
    }
}
