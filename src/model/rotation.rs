//! Requests for rotations, and how an invocation goes from call to call and from step to step.

#![expect(clippy::arithmetic_side_effects, reason = "counts of a handful of requests and workers")]

use super::calls::Done;
use super::layout::Field;
use super::setting::Gate;
use super::table::{Decision, Entry, Failure, Of, Op, OpCall, Question, Table};
use super::{Model, plain};
use crate::api::{ErrorCode, RotationStep};
use crate::assumption::{Placeholder, RetryFrom};
use crate::explore::{ActionId, Packed, Successor};
use crate::labels::{self, LabelSlot, Ledger, RotationPurpose};
use crate::program::{FlowId, TargetVerb};
use crate::target::{CredentialSet, CredentialSlot, Passing, PrincipalSlot};
use crate::world::FaultKind;

use super::state::slot;

/// One thing that can happen in a [`Model`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `RotateSecret`.
    Request,
    /// The function is invoked.
    Launch {
        /// By which worker.
        worker: u8,
    },
    /// An invocation makes its next call.
    Call {
        /// Which.
        worker: u8,
        /// The place of the call in the program, counted from 0.
        node: u8,
    },
    /// Something goes wrong at a call.
    Fault {
        /// In which invocation.
        worker: u8,
        /// The place of the call in the program, counted from 0.
        node: u8,
        /// What.
        kind: FaultKind,
    },
    /// The service takes AWSPENDING off the current version.
    Clean,
    /// The target does by itself what followed from a call: a delay or a grace is over.
    Pass(Passing),
    /// Someone else calls.
    Other {
        /// Who, by place in the setting.
        other: u8,
        /// Which of their calls.
        call: u8,
        /// The version that a label is moved to, counted from 1; 0 where that isn't asked.
        to: u8,
    },
}

impl Act {
    /// As a number.
    pub(super) const fn id(self) -> ActionId {
        ActionId(match self {
            Self::Request => 0,
            Self::Launch { worker } => 1 << 28 | worker as u32,
            Self::Call { worker, node } => 2 << 28 | (node as u32) << 8 | worker as u32,
            Self::Fault { worker, node, kind } => {
                3 << 28 | (kind as u32) << 16 | (node as u32) << 8 | worker as u32
            }
            Self::Clean => 4 << 28,
            Self::Other { other, call, to } => {
                5 << 28 | (to as u32) << 16 | (call as u32) << 8 | other as u32
            }
            Self::Pass(Passing::Arrives(of, it)) => 6 << 28 | (it.0 as u32) << 8 | of.0 as u32,
            Self::Pass(Passing::Ends(of, it)) => 7 << 28 | (it.0 as u32) << 8 | of.0 as u32,
        })
    }

    /// What a number stands for.
    pub fn of(action: ActionId) -> Self {
        let [worker, node, third, top] = action.0.to_le_bytes();
        match top >> 4 {
            0 => Self::Request,
            1 => Self::Launch { worker },
            2 => Self::Call { worker, node },
            3 => {
                let kind = FaultKind::ALL.get(usize::from(third)).copied();
                Self::Fault { worker, node, kind: kind.unwrap_or(FaultKind::KilledBefore) }
            }
            4 => Self::Clean,
            6 => Self::Pass(Passing::Arrives(PrincipalSlot(worker), CredentialSlot(node))),
            7 => Self::Pass(Passing::Ends(PrincipalSlot(worker), CredentialSlot(node))),
            _ => Self::Other { other: worker, call: node, to: third },
        }
    }
}

impl<const W: usize> Model<W> {
    fn workers(&self) -> impl Iterator<Item = Field> {
        self.layout.workers.iter().copied().take(usize::from(self.setting.workers))
    }

    /// Whether no invocation is in flight.
    #[inline]
    pub(super) fn is_idle(&self, state: &Packed<W>) -> bool {
        self.workers().all(|field| {
            let at = self.table.pc.get(field.of(state));
            at == 0 || at == self.table.done
        })
    }

    /// Whether an invocation stands at the first call of a step.
    pub(super) fn stands_at_a_beginning(&self, state: &Packed<W>) -> bool {
        let begins = |at: u64| {
            let mut calls = self.table.entries.iter();
            calls.any(|entry| matches!(entry, Entry::Call(to) if u64::from(*to) == at))
        };
        self.workers().any(|field| begins(self.table.pc.get(field.of(state))))
    }

    /// `RotateSecret`, if one may come.
    #[inline]
    pub(super) fn request<L: Ledger>(
        &self,
        state: Packed<W>,
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        if self.layout.made.of(&state) < u64::from(self.setting.rotations) {
            self.another_request(state, ledger, emit);
        }
    }

    /// Apart, because in most states of a search all rotations have been requested.
    #[inline(never)]
    fn another_request<L: Ledger>(
        &self,
        state: Packed<W>,
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        let made = self.layout.made.of(&state);
        if self.layout.deleted.of(&state) == 1
            || (self.setting.gate == Gate::Idle && !self.is_idle(&state))
        {
            return;
        }
        let done = |record: u64| self.table.pc.get(record) == self.table.done;
        if !self.follows() && made > 0 && !self.workers().any(|field| done(field.of(&state))) {
            return;
        }
        let stages = self.stages(&state);
        if labels::admit_rotation(stages, ledger).is_err() {
            return;
        }
        let mut next = self.layout.made.with(state, made + 1);
        for field in self.workers() {
            if done(field.of(&next)) {
                next = field.with(next, 0);
            }
        }
        next = self.layout.cancelled.with(next, 0);
        next = self.layout.over.with(next, 0);
        next = self.layout.cleans.with(next, 0);
        let version = slot(self.version_of(made + 1));
        if self.setting.assume.placeholder == Placeholder::Registered
            && let Some(version) = version
        {
            let purpose = RotationPurpose::Rotate;
            let Ok(after) = labels::begin_rotation(stages, version, purpose, ledger) else {
                return;
            };
            next = self.layout.rotating.with(next, 0);
            next = self.with_placeholder(next, made + 1);
            next = self.with_stages(next, stages, after, ledger);
        }
        next = self.layout.rotating.with(next, made + 1);
        emit(plain(Act::Request.id(), next), ledger);
    }

    /// What an invocation can do next.
    #[inline]
    pub(super) fn worker<L: Ledger>(
        &self,
        state: Packed<W>,
        worker: u8,
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        let field = self.layout.workers.get(usize::from(worker)).copied().unwrap_or_default();
        let record = field.of(&state);
        let at = self.table.pc.get(record);
        if at == 0 {
            self.launch(state, worker, field, ledger, emit);
            return;
        }
        let Some(op) = usize::try_from(at - 1).ok().and_then(|at| self.table.ops.get(at)) else {
            return;
        };
        let node = u8::try_from(at - 1).unwrap_or_default();
        let seat = Seat { field, record, op };
        if self.lacks_room(&state, op) {
            return;
        }
        let mut done = self.call(state, &seat, ledger);
        done.state = self.own_doing(&state, done.state, &seat);
        let comes_back = self.judges_repeats() && self.comes_back(&done, &seat);
        let (after, answered) = match done.result {
            Ok(record) => (done.state, self.go_on(done.state, &seat, record, op.then)),
            Err(failure) => (done.state, self.fails(done.state, &seat, failure)),
        };
        let made = self.transition(&state, &done.state, &seat);
        let mut broken = made;
        if comes_back {
            broken = broken.or(self.repetition(&answered, &seat));
        }
        emit(
            Successor { action: Act::Call { worker, node }.id(), state: answered, broken },
            ledger,
        );
        self.faults(state, (worker, node), &seat, (after, made), ledger, emit);
    }

    /// A rotation that its own function abandons was not ended by others: what it leaves is judged.
    fn own_doing(&self, before: &Packed<W>, after: Packed<W>, seat: &Seat<'_>) -> Packed<W> {
        let over = self.layout.over;
        let own = self.layout.rotating.of(before) == self.table.token.get(seat.record);
        if own && over.of(before) == 0 { over.with(after, 0) } else { after }
    }

    /// Whether a call makes a version of its own, and the state has no room for another one. It isn't made then: what the
    /// service would answer is not what the search would say.
    pub(super) fn lacks_room(&self, state: &Packed<W>, op: &Op) -> bool {
        matches!(op.call, OpCall::Put { fresh: true, .. })
            && self.layout.puts.of(state) >= u64::from(self.setting.puts)
    }

    /// Whether an invocation stands at a call that is left out for lack of room.
    pub(super) fn is_cut(&self, state: &Packed<W>) -> bool {
        self.table.uses.fresh
            && self.workers().any(|field| {
                let at = self.table.pc.get(field.of(state));
                let op = at.checked_sub(1).and_then(|at| usize::try_from(at).ok());
                let op = op.and_then(|at| self.table.ops.get(at));
                op.is_some_and(|op| self.lacks_room(state, op))
            })
    }

    /// The function is invoked for the latest request.
    fn launch<L: Ledger>(
        &self,
        state: Packed<W>,
        worker: u8,
        field: Field,
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        let made = self.layout.made.of(&state);
        let wanted = if self.follows() { self.layout.rotating.of(&state) == made } else { true };
        if made == 0 || !wanted || self.layout.deleted.of(&state) == 1 {
            return;
        }
        let Some(first) = self.first() else { return };
        let record = self.table.token.put(first, made);
        emit(plain(Act::Launch { worker }.id(), field.with(state, record)), ledger);
    }

    /// The record of an invocation about to make the first call of all.
    fn first(&self) -> Option<u64> {
        let call = self.table.entries.iter().find(|entry| **entry != Entry::Return)?;
        match call {
            Entry::Call(at) => Some(self.table.pc.put(0, u64::from(*at))),
            Entry::Return | Entry::Fail | Entry::Quit => None,
        }
    }

    /// The function has an error: it catches it, or the step fails.
    pub(super) fn fails(&self, state: Packed<W>, seat: &Seat<'_>, failure: Failure) -> Packed<W> {
        let caught = seat.op.on_error.iter().find(|(caught, _)| Table::catches(*caught, failure));
        match caught {
            Some((_, flow)) => self.go_on(state, seat, seat.record, *flow),
            None => self.again(state, seat, seat.record),
        }
    }

    /// The function goes on with what it remembers.
    #[inline]
    pub(super) fn go_on(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        record: u64,
        flow: FlowId,
    ) -> Packed<W> {
        match self.decide(&state, seat, record, flow) {
            Decision::Call(to) => {
                let keep = self.table.ops.get(usize::from(to) - 1).map_or(0, |op| op.keep);
                let kept = self.table.pc.put(record & keep, u64::from(to));
                let state = self.without_lost_secret(state, seat, record, kept);
                seat.field.with(state, kept)
            }
            Decision::Return => self.step_done(state, seat, record),
            Decision::Quit => self.ends(self.without_lost_secret(state, seat, record, 0), seat),
            Decision::Fail | Decision::If { .. } => self.again(state, seat, record),
        }
    }

    /// What a flow comes to with what is remembered.
    #[inline]
    pub(super) fn decide(
        &self,
        state: &Packed<W>,
        seat: &Seat<'_>,
        record: u64,
        flow: FlowId,
    ) -> Decision {
        let mut at = self.decision(seat, flow);
        while let Decision::If { condition, then, otherwise } = at {
            let holds = self.holds(state, record, condition);
            at = self.decision(seat, if holds { then } else { otherwise });
        }
        at
    }

    fn decision(&self, seat: &Seat<'_>, flow: FlowId) -> Decision {
        let flows = self.table.flows.get(usize::from(seat.op.step));
        flows.and_then(|flows| flows.get(flow.index())).copied().unwrap_or(Decision::Return)
    }

    /// The version that is spoken of; 0 for none.
    pub(super) fn version(&self, record: u64, of: Of) -> u64 {
        match of {
            Of::Token => self.version_of(self.table.token.get(record)),
            Of::Register(field) => field.get(record),
        }
    }

    fn holds(&self, state: &Packed<W>, record: u64, question: Question) -> bool {
        match question {
            Question::Same(one, other) => {
                let one = self.version(record, one);
                one != 0 && one == self.version(record, other)
            }
            Question::SameUser(one, other) => {
                let (one, other) = (one.get(record), other.get(record));
                one != 0 && other != 0 && self.principal(state, one) == self.principal(state, other)
            }
            Question::IsSet(field) => field.get(record) != 0,
        }
    }

    /// A step is done: the next one follows, if the rotation still runs.
    fn step_done(&self, mut state: Packed<W>, seat: &Seat<'_>, record: u64) -> Packed<W> {
        let request = self.table.token.get(record);
        state = self.without_lost_secret(state, seat, record, 0);
        if seat.op.step == RotationStep::TestSecret as u8
            && let Some(token) = self.tokens(request)
        {
            state = token.tested.with(state, 1);
        }
        if self.follows() && self.layout.rotating.of(&state) != request {
            return self.ends(state, seat);
        }
        let later = self.table.entries.iter().skip(usize::from(seat.op.step) + 1);
        for entry in later {
            match entry {
                Entry::Call(at) => {
                    let record = self.table.pc.put(0, u64::from(*at));
                    return seat.field.with(state, self.table.token.put(record, request));
                }
                Entry::Return => {}
                Entry::Fail => return self.again(state, seat, record),
                Entry::Quit => break,
            }
        }
        self.ends(state, seat)
    }

    /// The invocation is over, and no other follows on it by itself.
    fn ends(&self, state: Packed<W>, seat: &Seat<'_>) -> Packed<W> {
        let request = self.table.token.get(seat.record);
        let done = !self.follows() && request == self.layout.made.of(&state);
        seat.field.with(state, if done { self.table.pc.put(0, self.table.done) } else { 0 })
    }

    /// The invocation failed or was killed: the service tries again.
    pub(super) fn again(&self, state: Packed<W>, seat: &Seat<'_>, record: u64) -> Packed<W> {
        let request = self.table.token.get(record);
        let state = self.without_lost_secret(state, seat, record, 0);
        let from_step = self.setting.assume.retry_from == RetryFrom::Step;
        if self.follows() && (!from_step || self.layout.rotating.of(&state) != request) {
            // What is unfinished is invoked again from the beginning, which is an action of its own.
            return seat.field.with(state, 0);
        }
        let first = if from_step {
            match self.table.entries.get(usize::from(seat.op.step)) {
                Some(Entry::Call(at)) => Some(self.table.pc.put(0, u64::from(*at))),
                _ => None,
            }
        } else {
            self.first()
        };
        let record = first.map_or(0, |first| self.table.token.put(first, request));
        seat.field.with(state, record)
    }

    /// A password or token that the function has forgotten and that no version holds: the target may accept it still.
    #[inline]
    fn without_lost_secret(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        record: u64,
        kept: u64,
    ) -> Packed<W> {
        if !self.table.uses.unsaved || record & self.table.unsaved_in(seat.op.step) & !kept == 0 {
            return state;
        }
        let version = self.version_of(self.table.token.get(record));
        if self.has_value(&state, version) { state } else { self.orphaned(state, version) }
    }

    /// The state after a call whose answer the function never sees: a token that was made is lost at once.
    pub(super) fn unseen(&self, state: Packed<W>, seat: &Seat<'_>) -> Packed<W> {
        let makes = |call: &OpCall| matches!(call, OpCall::Target(it) if it.verb == TargetVerb::CreateToken);
        let version = self.version_of(self.table.token.get(seat.record));
        if makes(&seat.op.call) && !self.has_value(&state, version) {
            return self.orphaned(state, version);
        }
        state
    }

    /// The credential that was made for a version is one that nobody knows any more.
    fn orphaned(&self, state: Packed<W>, version: u64) -> Packed<W> {
        let own = CredentialSlot(u8::try_from(version - 1).unwrap_or_default());
        let mut target = self.target(&state);
        for principal in target.principals.iter_mut().filter(|it| it.known().contains(own)) {
            let orphan = self.free_orphan(principal.known());
            let stays = [own, orphan].into_iter().any(|it| principal.live().contains(it));
            let sets = [&mut principal.accepts, &mut principal.coming, &mut principal.leaving];
            for set in sets.into_iter().filter(|set| set.contains(own)) {
                *set = set.without(own).with(orphan);
            }
            // Where one stands for several, it stays as long as the last of them.
            if stays {
                principal.leaving = principal.leaving.without(orphan);
            }
        }
        self.with_target(state, target)
    }

    /// The credentials that stand for those that nobody knows any more: one for all, unless it counts how many there are.
    fn orphans(&self) -> impl Iterator<Item = CredentialSlot> {
        let first = u8::try_from(self.table.versions).unwrap_or(15);
        let end = u8::try_from(self.table.credentials).unwrap_or(15);
        (first..end).map(CredentialSlot)
    }

    /// The one that stands for what is forgotten next.
    fn free_orphan(&self, known: CredentialSet) -> CredentialSlot {
        let free = self.orphans().find(|it| !known.contains(*it));
        free.or_else(|| self.orphans().last()).unwrap_or(CredentialSlot(15))
    }

    /// Whether the target accepts a credential that no version ever held.
    pub(super) fn has_orphan(&self, accepts: CredentialSet) -> bool {
        self.orphans().any(|it| accepts.contains(it))
    }

    /// AWSPENDING is cleaned off the current version.
    pub(super) fn clean<L: Ledger>(
        &self,
        state: Packed<W>,
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        if self.layout.cleans.of(&state) == 0 {
            return;
        }
        let stages = self.stages(&state);
        let after = labels::clean_pending(stages, ledger);
        let next = self.layout.cleans.with(state, 0);
        let next = self.with_stages(next, stages, after, ledger);
        emit(plain(Act::Clean.id(), next), ledger);
    }

    /// The number of the version that is pending.
    pub(super) fn pending(&self, state: &Packed<W>) -> u64 {
        self.holder(state, LabelSlot::PENDING)
    }
}

/// An invocation at a call.
pub(super) struct Seat<'t> {
    /// Where its record lies.
    pub(super) field: Field,
    /// Its record.
    pub(super) record: u64,
    /// The call.
    pub(super) op: &'t Op,
}

impl<const W: usize> Done<W> {
    /// The call was refused and changed nothing.
    pub(super) const fn refused(state: Packed<W>, code: ErrorCode) -> Self {
        Self { state, result: Err(Failure::Service(code)) }
    }
}
