//! Steps that can't be told from no step: calls that look only at what nobody else can change any more, and change nothing
//! but what their own invocation remembers.
//!
//! In whichever order such a call and the doings of all others happen, the same is reached, and no property sees whether
//! it was made yet. So it is made at once: every state is replaced by the one after all such calls (partial order
//! reduction, with sets of one call). What it asks for, in the words of the literature: the call is the only thing that
//! its invocation can do, it depends on nothing that others can do from here on, it is invisible, and it leads on within
//! its step, so that no circle consists of such calls alone. A fault at the call is no other thing to do if the same comes
//! of a fault at the next one. Sets of one call keep more than what holds always: from where a goal can be reached stays
//! the same too.

use super::Model;
use super::layout::places;
use super::memory::changes;
use super::rotation::{Act, Seat};
use super::setting::{Runs, WORKERS_MAX};
use super::table::{Asked, Op, OpCall};
use crate::assumption::RetryFrom;
use crate::explore::Packed;
use crate::program::{Credential, TargetVerb};
use crate::world::FaultKind;

/// What the calls of a program look at and change, as bits of a state.
#[derive(Clone, Debug)]
pub(super) struct Independence<const W: usize> {
    /// For each call of the program what its answer, and everything that is decided after it, depends on.
    reads: Vec<Packed<W>>,
    /// What an invocation changes from a step on, if it isn't invoked again.
    changes: [Packed<W>; 4],
    /// What each of the others has to do with.
    others: Vec<Packed<W>>,
    /// What a request for a rotation changes.
    request: Packed<W>,
    /// What changes by itself: the service cleans up, and delays of the target are over.
    by_itself: Packed<W>,
}

/// The states after each kind of fault.
type Faulty<const W: usize> = [Option<Packed<W>>; FaultKind::ALL.len()];

impl<const W: usize> Independence<W> {
    /// None if there is nothing that could be a step of the kind.
    pub(super) fn new(model: &Model<W>) -> Option<Self> {
        // A read that lags sees what changed last, whoever changed it.
        model.setting.program.as_ref().filter(|_| !model.table.uses.stale_reads)?;
        let secret = model.secret_bits();
        let layout = &model.layout;
        let ops = &model.table.ops;
        let mut changes = [Packed::default(); 4];
        for (step, changes) in (0_u8..).zip(&mut changes) {
            let later = ops.iter().filter(|op| op.step >= step);
            *changes = later.fold(Packed::default(), |all, op| all.or(model.changes(op)));
        }
        let made = places([layout.made, layout.cancelled]);
        let footprints = model.footprints.iter().map(|calls| {
            calls.iter().fold(Packed::default(), |all, it| all.or(it.reads).or(it.overwrites))
        });
        let none = Packed::default();
        let cleans = if layout.cleans.place() == 0 { none } else { secret };
        let delays = layout.target.iter().any(|it| it.coming.place() | it.leaving.place() != 0);
        let passes = if delays { model.target_bits() } else { none };
        let independence = Self {
            reads: ops.iter().map(|op| model.reads(op)).collect(),
            changes,
            others: footprints.collect(),
            request: made.or(secret),
            by_itself: cleans.or(passes),
        };
        Some(independence)
    }
}

impl<const W: usize> Model<W> {
    /// The labels, the versions, and how far the rotation is: what calls of the service change.
    fn secret_bits(&self) -> Packed<W> {
        let layout = &self.layout;
        let tokens = layout.tokens.iter();
        let tokens = tokens.flat_map(|it| [it.state, it.principal, it.derived, it.tested]);
        let rotation = [layout.rotating, layout.over, layout.cleans];
        let versions = [layout.puts, layout.origins, layout.users];
        places(layout.labels.into_iter().chain(tokens).chain(rotation).chain(versions))
    }

    /// What a call may change. That testSecret is done counts too, and that a secret is lost.
    fn changes(&self, op: &Op) -> Packed<W> {
        let tested = places(self.layout.tokens.map(|token| token.tested));
        let lost = if self.table.uses.unsaved { self.target_bits() } else { Packed::default() };
        let own = match &op.call {
            OpCall::Describe { .. } | OpCall::Get { .. } | OpCall::Password => Packed::default(),
            OpCall::Put { .. } | OpCall::Move { .. } => self.secret_bits(),
            OpCall::Target(Asked { verb, .. }) => {
                if changes(*verb) || *verb == TargetVerb::Commit {
                    self.target_bits()
                } else {
                    Packed::default()
                }
            }
        };
        own.or(tested).or(lost)
    }

    /// What the answer to a call, and what is decided after it, depends on.
    fn reads(&self, op: &Op) -> Packed<W> {
        let layout = &self.layout;
        let tokens = || layout.tokens.iter();
        // Conditions may ask whose a version is.
        let users = places(tokens().map(|it| it.principal).chain([layout.origins, layout.users]));
        let states = places(tokens().map(|it| it.state).chain([layout.puts]));
        let label = |slot: usize| layout.labels.get(slot).copied().unwrap_or_default();
        let own = match &op.call {
            OpCall::Describe { holders, enabled } => {
                let holders = places(holders.iter().map(|(slot, _)| label(slot.index())));
                holders.or(places(enabled.map(|_| layout.cancelled)))
            }
            OpCall::Get { version, label: asked } => {
                let asked = asked.map(|slot| label(slot.index()));
                let asked = asked.or_else(|| version.is_none().then(|| label(0)));
                states.or(places(asked.into_iter().chain([layout.deleted])))
            }
            OpCall::Password => Packed::default(),
            OpCall::Put { .. } | OpCall::Move { .. } => {
                self.secret_bits().or(places([layout.deleted]))
            }
            OpCall::Target(Asked { verb, is_in_transaction, .. }) => {
                let asks_nobody = matches!(
                    verb,
                    TargetVerb::Login(Credential::Administrator) | TargetVerb::Query
                );
                // In a transaction it is the answer to all that was said before, too.
                if asks_nobody && !is_in_transaction {
                    Packed::default()
                } else {
                    self.target_bits()
                }
            }
        };
        own.or(users)
    }

    /// The state after all calls that can't be told from none.
    pub(super) fn advanced(&self, facts: &Independence<W>, mut state: Packed<W>) -> Packed<W> {
        // Such calls change none of this: every invocation stays within its step.
        let (all, by_worker) = self.to_come(facts, &state);
        for worker in 0..self.setting.workers {
            let others = (0_u8..).zip(&by_worker).filter(|(other, _)| *other != worker);
            let changed = others.fold(all, |all, (_, changes)| all.or(*changes));
            while let Some(next) = self.step_of_its_own(facts, state, worker, changed) {
                state = next;
            }
        }
        state
    }

    /// The state after the next call of an invocation, if it can't be told from none. The others may still change what is
    /// `changed`.
    fn step_of_its_own(
        &self,
        facts: &Independence<W>,
        state: Packed<W>,
        worker: u8,
        changed: Packed<W>,
    ) -> Option<Packed<W>> {
        let seat = self.seat(&state, worker)?;
        let at = self.table.pc.get(seat.record);
        let reads = facts.reads.get(usize::try_from(at.checked_sub(1)?).ok()?)?;
        let depends = !reads.and(changed).is_empty();
        if depends || self.lacks_room(&state, seat.op) {
            return None;
        }
        let (next, faults) = self.call_and_faults(&state, worker)?;
        let after = self.seat(&next, worker)?;
        let goes_on = self.table.pc.get(after.record) > at && after.op.step == seat.op.step;
        let forgets = seat.record & self.table.unsaved_in(seat.op.step) & !after.record != 0;
        let unseen = state.and(self.shared) == next.and(self.shared)
            && !forgets
            && !matches!(after.op.call, OpCall::Put { fresh: true, .. });
        (goes_on && unseen && self.can_wait(&next, worker, &faults)).then_some(next)
    }

    /// The state after the next call of an invocation, and those after a fault there; none if something is wrong with any.
    fn call_and_faults(&self, state: &Packed<W>, worker: u8) -> Option<(Packed<W>, Faulty<W>)> {
        let mut call = None;
        let mut faults: Faulty<W> = [None; FaultKind::ALL.len()];
        let mut is_clean = true;
        self.worker(*state, worker, &mut (), &mut |it, ()| {
            is_clean &= it.broken.is_empty();
            if let Act::Fault { kind, .. } = Act::of(it.action) {
                if let Some(place) = faults.get_mut(kind as usize) {
                    *place = Some(it.state);
                }
            } else {
                call = Some(it.state);
            }
        });
        call.filter(|_| is_clean).map(|call| (call, faults))
    }

    /// Whether each of these faults may as well happen one call later: something comes to the same there.
    fn can_wait(&self, next: &Packed<W>, worker: u8, faults: &Faulty<W>) -> bool {
        if faults.iter().all(Option::is_none) {
            return true;
        }
        // When a secret is forgotten that is stored nowhere, it matters what has happened before.
        let later = self.call_and_faults(next, worker).filter(|_| !self.table.uses.unsaved);
        later.is_some_and(|(_, later)| faults.iter().flatten().all(|it| later.contains(&Some(*it))))
    }

    /// The invocation of a worker, if it is about to make a call.
    fn seat(&self, state: &Packed<W>, worker: u8) -> Option<Seat<'_>> {
        let field = self.layout.workers.get(usize::from(worker)).copied()?;
        let record = field.of(state);
        let at = usize::try_from(self.table.pc.get(record).checked_sub(1)?).ok()?;
        Some(Seat { field, record, op: self.table.ops.get(at)? })
    }

    /// What may still be changed from a state on: by everybody but the invocations, and by each worker.
    fn to_come(
        &self,
        facts: &Independence<W>,
        state: &Packed<W>,
    ) -> (Packed<W>, [Packed<W>; WORKERS_MAX]) {
        let layout = &self.layout;
        let requests = layout.made.of(state) < u64::from(self.setting.rotations);
        let mut all = if requests { facts.request.or(facts.by_itself) } else { facts.by_itself };
        for ((other, counter), changes) in
            self.setting.others.iter().zip(&layout.others).zip(&facts.others)
        {
            if other.times.is_none_or(|times| counter.of(state) < u64::from(times)) {
                all = all.or(*changes);
            }
        }
        let mut by_worker = [Packed::default(); WORKERS_MAX];
        for (worker, changes) in (0..self.setting.workers).zip(&mut by_worker) {
            *changes = self.to_come_of(facts, state, worker, requests);
        }
        (all, by_worker)
    }

    /// What a worker may still change. Whether there are requests to come is given.
    fn to_come_of(
        &self,
        facts: &Independence<W>,
        state: &Packed<W>,
        worker: u8,
        requests: bool,
    ) -> Packed<W> {
        let [from_start, ..] = facts.changes;
        let follows = self.setting.runs == Runs::WhileUnfinished;
        if requests || follows && self.layout.rotating.of(state) != 0 {
            return from_start;
        }
        match self.seat(state, worker) {
            // It fails and begins its step again, at worst.
            Some(seat) if follows || self.setting.assume.retry_from == RetryFrom::Step => {
                facts.changes.get(usize::from(seat.op.step)).copied().unwrap_or(from_start)
            }
            None if follows || self.is_done(state, worker) || self.layout.made.of(state) == 0 => {
                Packed::default()
            }
            Some(_) | None => from_start,
        }
    }

    /// Whether a worker has taken up the latest request and ended.
    fn is_done(&self, state: &Packed<W>, worker: u8) -> bool {
        let field = self.layout.workers.get(usize::from(worker)).copied().unwrap_or_default();
        self.table.pc.get(field.of(state)) == self.table.done
    }
}
