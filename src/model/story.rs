//! A path through the state space, told: who did what, what came of it, what moved and by which rule.

#![expect(clippy::arithmetic_side_effects, reason = "counts of a handful of versions")]

use super::Model;
use super::rotation::{Act, Seat};
use super::setting::{MoveTo, OtherCall, PutValue};
use super::state::slot;
use super::table::{Failure, Of, OpCall};
use crate::api::{ErrorCode, RotationStep};
use crate::explore::{ActionId, Packed};
use crate::labels::{LabelSlot, Ledger, Move};
use crate::program::{Credential, TargetVerb};
use crate::secret::StagingLabel;
use crate::target::{CredentialSet, PrincipalSlot};
use crate::world::FaultKind;

/// One action of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// What happened.
    pub act: Act,
    /// Who did it.
    pub who: Who,
    /// What was called, if anything was.
    pub call: Option<Called>,
    /// What went wrong around it.
    pub fault: Option<FaultKind>,
    /// What the function came to by it.
    pub then: Then,
    /// The labels that moved, and the rule that moved each.
    pub moves: Vec<Move>,
    /// What the target accepts now and didn't before, and the reverse.
    pub target: Vec<TargetChange>,
    /// The version that carries each label after it, counted from 1; 0 for none.
    pub labels: Vec<u64>,
    /// Whether the target accepts the current credential after it.
    pub current_works: bool,
    /// Whether the target accepts the previous credential after it.
    pub previous_works: bool,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever asks for rotations.
    Operator,
    /// The service by itself.
    Service,
    /// An invocation of the function for a rotation.
    Function {
        /// By which worker, from 0.
        worker: u8,
        /// For which rotation, from 1.
        rotation: u64,
        /// At which step.
        step: RotationStep,
    },
    /// The target by itself.
    Target,
    /// Someone else.
    Other(String),
}

/// A version of the state space, by its number from 1.
pub type VersionNumber = u64;

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// `RotateSecret`, for that version.
    RotateSecret(VersionNumber),
    /// `DescribeSecret`.
    DescribeSecret,
    /// `GetSecretValue`.
    GetSecretValue {
        /// `VersionId`.
        version: Option<VersionNumber>,
        /// `VersionStage`.
        label: Option<LabelSlot>,
        /// The error, if it fails.
        fails: Option<ErrorCode>,
    },
    /// `GetRandomPassword`.
    GetRandomPassword,
    /// `PutSecretValue`.
    PutSecretValue {
        /// The version that takes the value.
        version: VersionNumber,
        /// Whether its token is one of the caller's own.
        fresh: bool,
        /// The version whose value it is, if it is not a new one: another's, or its own that was put before.
        again: Option<VersionNumber>,
        /// The version whose value it is like, but for what is new in it.
        like: Option<VersionNumber>,
        /// The user that it is for.
        user: PrincipalSlot,
        /// Whether the target is given it in the same moment.
        on_target: bool,
        /// `VersionStages`.
        labels: Option<Vec<LabelSlot>>,
        /// The error, if it fails.
        fails: Option<ErrorCode>,
    },
    /// `UpdateSecretVersionStage`.
    UpdateSecretVersionStage {
        /// `VersionStage`.
        label: LabelSlot,
        /// `MoveToVersionId`.
        move_to: Option<VersionNumber>,
        /// `RemoveFromVersionId`.
        remove_from: Option<VersionNumber>,
        /// The error, if it fails.
        fails: Option<ErrorCode>,
    },
    /// `CancelRotateSecret`.
    CancelRotateSecret,
    /// `DeleteSecret`.
    DeleteSecret,
    /// `RestoreSecret`.
    RestoreSecret,
    /// A call of the target.
    Target {
        /// What is asked.
        verb: TargetVerb<Spoken>,
        /// Whether it stands in a transaction, and is not its end.
        in_transaction: bool,
        /// Whether it waits for the end of a transaction.
        waits: bool,
        /// Whether it is denied.
        denied: bool,
        /// What a question is answered with, if that is kept.
        says: Option<bool>,
    },
}

/// Whose credential a call of the target is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// The administrator's.
    Administrator,
    /// Nobody's: nothing is there that it would be.
    Nobody,
    /// That of a version.
    Version(VersionNumber),
    /// One that the function has made for that version and that is stored nowhere.
    Unsaved(VersionNumber),
}

/// What an invocation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It goes on within its step, or nothing of the kind is asked.
    GoesOn,
    /// The next step follows.
    NextStep(RotationStep),
    /// It is over.
    Ends,
    /// It begins again.
    Again,
}

/// A credential that the target began or ceased to accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetChange {
    /// The version that holds it or that it was made for, by number; `None` for one that nobody knows any more.
    pub version: Option<VersionNumber>,
    /// Whether a version holds it.
    pub is_stored: bool,
    /// Whether it is accepted now.
    pub accepted: bool,
    /// Whether it is so already, or is going to be after a delay or a grace.
    pub is_now: bool,
}

/// Remembers the moves.
#[derive(Default)]
struct Moves(Vec<Move>);

impl Ledger for Moves {
    fn moved(&mut self, it: Move) {
        self.0.push(it);
    }
}

impl<const W: usize> Model<W> {
    /// Tells a path from the beginning. It ends early if an action can't happen.
    pub fn tell(&self, path: impl IntoIterator<Item = (ActionId, Packed<W>)>) -> Vec<Scene> {
        self.tell_from(self.start(), path)
    }

    /// Tells a path from some state on.
    pub(super) fn tell_from(
        &self,
        mut state: Packed<W>,
        path: impl IntoIterator<Item = (ActionId, Packed<W>)>,
    ) -> Vec<Scene> {
        let mut scenes = Vec::new();
        for (action, next) in path {
            let mut moves = None;
            self.each(state, &mut Moves::default(), &mut |successor, ledger: &mut Moves| {
                if successor.action == action && successor.state == next && moves.is_none() {
                    moves = Some(ledger.0.clone());
                }
            });
            let Some(moves) = moves else { break };
            scenes.push(self.scene(&state, Act::of(action), &next, &moves));
            state = next;
        }
        scenes
    }

    fn scene(&self, before: &Packed<W>, act: Act, after: &Packed<W>, moves: &[Move]) -> Scene {
        let holder = |state: &Packed<W>, label| slot(self.holder(state, label));
        // Moves of what might have happened instead stand in the list too: only those that show are told.
        let mut shown: Vec<Move> = Vec::new();
        for it in moves.iter().rev() {
            let told = shown.iter().any(|other| other.label == it.label);
            let real = holder(before, it.label) == it.from && holder(after, it.label) == it.to;
            if real && !told {
                shown.push(*it);
            }
        }
        shown.sort_by_key(|it| it.label);
        let (who, call, fault, then) = self.deed(before, act, after);
        let works = |label| {
            let version = self.holder(after, label);
            version == 0 || self.works(after, version)
        };
        Scene {
            act,
            who,
            call,
            fault,
            then,
            moves: shown,
            target: self.target_changes(before, after),
            labels: self.layout.labels.iter().map(|field| field.of(after)).collect(),
            current_works: works(LabelSlot::CURRENT),
            previous_works: works(LabelSlot::PREVIOUS),
        }
    }

    fn deed(
        &self,
        before: &Packed<W>,
        act: Act,
        after: &Packed<W>,
    ) -> (Who, Option<Called>, Option<FaultKind>, Then) {
        match act {
            Act::Request => {
                let version = self.version_of(self.layout.made.of(after));
                (Who::Operator, Some(Called::RotateSecret(version)), None, Then::GoesOn)
            }
            Act::Launch { worker } => {
                let who = self.function(after, worker).unwrap_or(Who::Service);
                (who, None, None, Then::GoesOn)
            }
            Act::Clean => (Who::Service, None, None, Then::GoesOn),
            Act::Pass(_) => (Who::Target, None, None, Then::GoesOn),
            Act::Other { other, call, to } => {
                let other = self.setting.others.get(usize::from(other));
                let who = other.map(|other| other.who.clone()).unwrap_or_default();
                let call = other.and_then(|other| other.calls.get(usize::from(call)).copied());
                let called = call.map(|call| self.called_by_other(before, after, call, to));
                (Who::Other(who), called, None, Then::GoesOn)
            }
            Act::Call { worker, node } => self.call_scene(before, after, worker, node, None),
            Act::Fault { worker, node, kind } => {
                self.call_scene(before, after, worker, node, Some(kind))
            }
        }
    }

    fn call_scene(
        &self,
        before: &Packed<W>,
        after: &Packed<W>,
        worker: u8,
        node: u8,
        fault: Option<FaultKind>,
    ) -> (Who, Option<Called>, Option<FaultKind>, Then) {
        let who = self.function(before, worker).unwrap_or(Who::Service);
        let field = self.layout.workers.get(usize::from(worker)).copied().unwrap_or_default();
        let Some(op) = self.table.ops.get(usize::from(node)) else {
            return (who, None, fault, Then::GoesOn);
        };
        let seat = Seat { field, record: field.of(before), op };
        let is_stale = fault == Some(FaultKind::StaleRead);
        let read = if is_stale { self.looking_back(before) } else { *before };
        let result = self.call(read, &seat, &mut ()).result;
        let called = self.called(before, &seat, result);
        let then = self.then(before, after, &seat);
        (who, Some(called), fault, then)
    }

    /// Who an invocation is.
    fn function(&self, state: &Packed<W>, worker: u8) -> Option<Who> {
        let record = self.layout.workers.get(usize::from(worker))?.of(state);
        let at = usize::try_from(self.table.pc.get(record).checked_sub(1)?).ok()?;
        let step = RotationStep::ALL.get(usize::from(self.table.ops.get(at)?.step)).copied()?;
        Some(Who::Function { worker, rotation: self.table.token.get(record), step })
    }

    fn then(&self, before: &Packed<W>, after: &Packed<W>, seat: &Seat<'_>) -> Then {
        let at = |state: &Packed<W>| self.table.pc.get(seat.field.of(state));
        let now = at(after);
        if now == 0 || now == self.table.done {
            return Then::Ends;
        }
        let index = usize::try_from(now - 1).unwrap_or_default();
        let step = self.table.ops.get(index).map_or(seat.op.step, |op| op.step);
        match step.cmp(&seat.op.step) {
            std::cmp::Ordering::Less => Then::Again,
            std::cmp::Ordering::Equal if now <= at(before) => Then::Again,
            std::cmp::Ordering::Equal => Then::GoesOn,
            std::cmp::Ordering::Greater => {
                let step = RotationStep::ALL.get(usize::from(step)).copied();
                step.map_or(Then::GoesOn, Then::NextStep)
            }
        }
    }

    fn called(&self, state: &Packed<W>, seat: &Seat<'_>, result: Result<u64, Failure>) -> Called {
        let code = match result {
            Err(Failure::Service(code)) => Some(code),
            Err(Failure::Denied | Failure::Unavailable) | Ok(_) => None,
        };
        let version = |of: Option<Of>| {
            of.map(|of| self.version(seat.record, of)).filter(|version| *version != 0)
        };
        match &seat.op.call {
            OpCall::Describe { .. } => Called::DescribeSecret,
            OpCall::Get { version: of, label } => {
                Called::GetSecretValue { version: version(*of), label: *label, fails: code }
            }
            OpCall::Password => Called::GetRandomPassword,
            OpCall::Put { fresh, labels, secret, from, other_user } => {
                let own = self.version_of(self.table.token.get(seat.record));
                let like = from.map(|it| it.get(seat.record)).filter(|version| *version != 0);
                let user = self.principal(state, like.unwrap_or(0));
                Called::PutSecretValue {
                    version: if *fresh { self.last_put(state) + 1 } else { own },
                    fresh: *fresh,
                    again: match secret {
                        None => Some(own).filter(|_| !*fresh),
                        Some(secret) => self.stored_in(seat.record, *secret),
                    },
                    like,
                    user: if *other_user { user.other() } else { user },
                    on_target: false,
                    labels: labels.map(|labels| labels.iter().collect()),
                    fails: code,
                }
            }
            OpCall::Move { label, move_to, remove_from } => Called::UpdateSecretVersionStage {
                label: *label,
                move_to: version(*move_to),
                remove_from: version(*remove_from),
                fails: code,
            },
            OpCall::Target(asked) => Called::Target {
                verb: asked.verb.map(|credential| self.spoken_of(seat, credential)),
                in_transaction: asked.is_in_transaction && asked.verb != TargetVerb::Commit,
                waits: asked.waits.is_some(),
                denied: result.is_err(),
                says: result.ok().and_then(|record| {
                    let answer = seat.op.binds.filter(|_| asked.verb.asks())?;
                    Some(answer.get(record) != 0)
                }),
            },
        }
    }

    /// Whose credential a call of the target is about.
    fn spoken_of(&self, seat: &Seat<'_>, credential: Credential) -> Spoken {
        let Credential::Register(register) = credential else { return Spoken::Administrator };
        let registers = self.table.registers.get(usize::from(seat.op.step));
        let Some(field) = registers.and_then(|it| it.get(register.index())) else {
            return Spoken::Nobody;
        };
        match field.get(seat.record) {
            0 => Spoken::Nobody,
            made if self.table.secrets.contains(register) && made == self.table.made => {
                Spoken::Unsaved(self.version_of(self.table.token.get(seat.record)))
            }
            version => Spoken::Version(version),
        }
    }

    fn called_by_other(
        &self,
        before: &Packed<W>,
        after: &Packed<W>,
        call: OtherCall,
        to: u8,
    ) -> Called {
        let moves = |label: LabelSlot, to: u64| Called::UpdateSecretVersionStage {
            label,
            move_to: Some(to).filter(|to| *to != 0),
            remove_from: Some(self.holder(before, label)).filter(|from| *from != 0),
            fails: None,
        };
        match call {
            OtherCall::Put { labels, value } => Called::PutSecretValue {
                version: self.last_put(after),
                fresh: true,
                again: match value {
                    PutValue::Again(version) => Some(u64::from(version.number())),
                    PutValue::New | PutValue::NewOnTarget => None,
                },
                like: Some(self.holder(before, LabelSlot::CURRENT)).filter(|it| *it != 0),
                user: self.principal(after, self.last_put(after)),
                on_target: value == PutValue::NewOnTarget,
                labels: labels.map(|labels| labels.iter().collect()),
                fails: None,
            },
            OtherCall::Move { label, to: MoveTo::HolderOf(held) } => {
                moves(label, self.holder(before, held))
            }
            OtherCall::Move { label, to: MoveTo::AnyVersion } => moves(label, u64::from(to)),
            OtherCall::Remove(label) => moves(label, 0),
            OtherCall::CancelRotateSecret => Called::CancelRotateSecret,
            OtherCall::DeleteSecret => Called::DeleteSecret,
            OtherCall::RestoreSecret => Called::RestoreSecret,
        }
    }

    fn target_changes(&self, before: &Packed<W>, after: &Packed<W>) -> Vec<TargetChange> {
        if self.setting.target.is_none() {
            return Vec::new();
        }
        let (old, new) = (self.target_of_story(before, after), self.target(after));
        let mut changes = Vec::new();
        for (old, new) in old.principals.iter().zip(&new.principals) {
            let mut told = |set: CredentialSet, accepted, is_now| {
                changes.extend(set.each().map(|it| TargetChange {
                    version: self.version_with(before, it),
                    is_stored: usize::from(it.0) < self.table.versions,
                    accepted,
                    is_now,
                }));
            };
            let differs = CredentialSet(old.accepts.0 ^ new.accepts.0);
            for it in differs.each() {
                told(CredentialSet::of(it), new.accepts.contains(it), true);
            }
            told(new.coming.less(old.coming), true, false);
            told(new.leaving.less(old.leaving), false, false);
        }
        changes
    }

    /// The label of a slot.
    pub fn label_name(&self, label: LabelSlot) -> StagingLabel {
        match label.index() {
            0 => StagingLabel::AwsCurrent,
            1 => StagingLabel::AwsPrevious,
            2 => StagingLabel::AwsPending,
            index => {
                let custom = self.setting.custom.get(index - LabelSlot::OF_AWS);
                StagingLabel::new(custom.map_or("", String::as_str))
            }
        }
    }

    /// What a version is called: `names` are those of the start, `t1` is that of the first rotation, `x1` the first
    /// that others put.
    pub fn version_name(&self, names: &[String], version: VersionNumber) -> String {
        let index = usize::try_from(version).unwrap_or(0).wrapping_sub(1);
        if let Some(name) = names.get(index) {
            return name.clone();
        }
        match self.request_of(version) {
            0 => {
                let before = self.given() + u64::from(self.setting.rotations);
                format!("x{}", version.saturating_sub(before))
            }
            request => format!("t{request}"),
        }
    }
}
