//! A program made ready for the search: its registers are bits of a word, its labels slots.

#![expect(clippy::arithmetic_side_effects, reason = "counts of a handful of bits")]

use super::layout::{Field, bits};
use super::memory::{Placing, changes, ends, scopes, statements};
use super::setting::{
    CREDENTIALS_MAX, CUSTOM_LABELS_MAX, GRANTS_MAX, OTHERS_MAX, OtherCall, PutValue, ROTATIONS_MAX,
    Runs, Setting, TooLarge, VERSIONS_MAX, WORKERS_MAX,
};
use crate::api::{ErrorCode, RotationStep};
use crate::labels::{LabelSet, LabelSlot};
use crate::program::{
    Call, Caught, Condition, Flow, FlowId, Node, Program, PutToken, Register, RegisterId,
    RegisterKind, RegisterSet, TargetVerb, Term,
};
use crate::secret::StagingLabel;

/// What a setting makes use of, so that a state holds nothing else.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a use of its own")]
pub(super) struct Uses {
    /// The program puts under tokens that the SDK makes up.
    pub(super) fresh: bool,
    pub(super) cancel: bool,
    pub(super) delete: bool,
    /// Others put values of more than one kind.
    pub(super) origins: bool,
    pub(super) other_user: bool,
    /// Others put new values, and there are two users whom they can be for.
    pub(super) new_users: bool,
    /// The program makes users.
    pub(super) users: bool,
    /// How many grants there are.
    pub(super) grants: u32,
    pub(super) tls: bool,
    /// The target is told of secrets that no version holds yet.
    pub(super) unsaved: bool,
    /// The function may read what was there before the last change.
    pub(super) stale_reads: bool,
}

/// Where a step begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// With a call.
    Call(u8),
    /// It is over without one.
    Return,
    /// It fails without one.
    Fail,
    /// It ends the rotation without one.
    Quit,
}

/// A version that a program speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    /// That of the rotation.
    Token,
    /// The one in a register.
    Register(Field),
}

/// One place where a call is made.
#[derive(Clone, Debug)]
pub(super) struct Op {
    pub(super) step: u8,
    pub(super) call: OpCall,
    pub(super) binds: Option<Field>,
    pub(super) then: FlowId,
    pub(super) on_error: Vec<(Caught, FlowId)>,
    /// The bits of the record that are kept on the way here.
    pub(super) keep: u64,
    /// Where passwords and tokens are that it has then, or that the call binds.
    pub(super) secrets: Vec<Field>,
}

/// A call, with handles.
#[derive(Clone, Debug)]
pub(super) enum OpCall {
    Describe {
        holders: Vec<(LabelSlot, Field)>,
        enabled: Option<Field>,
    },
    Get {
        version: Option<Of>,
        label: Option<LabelSlot>,
    },
    Password,
    Put {
        fresh: bool,
        /// The password or token that is stored. Without one the value is made from others.
        secret: Option<Field>,
        from: Option<Field>,
        other_user: bool,
        labels: Option<LabelSet>,
    },
    Move {
        label: LabelSlot,
        move_to: Option<Of>,
        remove_from: Option<Of>,
    },
    Target(Asked),
}

/// A call of the target.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) verb: TargetVerb,
    /// Whether it stands in a transaction.
    pub(super) is_in_transaction: bool,
    /// Its bit among what waits for the end of the transaction, if it changes anything.
    pub(super) waits: Option<u8>,
    /// The bits and statements of its transaction that stand before it.
    pub(super) before: Vec<(u8, TargetVerb)>,
}

/// What is decided between two calls, with handles.
#[derive(Clone, Copy, Debug)]
pub(super) enum Decision {
    Call(u8),
    Return,
    Fail,
    Quit,
    If { condition: Question, then: FlowId, otherwise: FlowId },
}

/// A condition, with handles.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    Same(Of, Of),
    SameUser(Field, Field),
    IsSet(Field),
}

/// A program, and how many of everything there is.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// All versions: those of the start, one for each rotation, those that others put.
    pub(super) versions: usize,
    /// How many credentials there are.
    pub(super) credentials: u32,
    pub(super) uses: Uses,
    /// Bits of the record of an invocation.
    pub(super) worker_bits: u32,
    /// About to make which call: 0 idle, from 1 on the place in `ops`, then done.
    pub(super) pc: Field,
    /// The rotation it works for, by request.
    pub(super) token: Field,
    /// Which statements of a transaction are waiting for its end.
    pub(super) waiting: Field,
    /// The first credential of those that invocations have made and no version holds: each worker has its own.
    pub(super) in_hand: u32,
    /// What a register holds that has such a credential. Once it is stored, it holds the version instead, where that
    /// makes a difference.
    pub(super) made: u64,
    /// The registers for passwords and tokens.
    pub(super) secrets: RegisterSet,
    /// For each step, the bits of all registers that hold a secret which may be stored nowhere.
    pub(super) unsaved: [u64; 4],
    /// Each step remembers for itself, so a register lies elsewhere in each.
    pub(super) registers: [Vec<Field>; 4],
    pub(super) entries: [Entry; 4],
    pub(super) ops: Vec<Op>,
    /// What each step decides.
    pub(super) flows: [Vec<Decision>; 4],
    /// `pc` of an invocation that has ended for the current request.
    pub(super) done: u64,
}

fn at_most(what: &'static str, found: usize, max: usize) -> Result<(), TooLarge> {
    if found <= max { Ok(()) } else { Err(TooLarge::Count { what, found, max }) }
}

impl Table {
    /// Makes a setting ready.
    pub(super) fn new(setting: &Setting) -> Result<Self, TooLarge> {
        let rotations = usize::from(setting.rotations);
        let versions = setting.start.versions.len() + rotations + usize::from(setting.puts);
        at_most("rotations", rotations, ROTATIONS_MAX)?;
        at_most("versions", versions, VERSIONS_MAX)?;
        at_most("workers", usize::from(setting.workers), WORKERS_MAX)?;
        at_most("custom labels", setting.custom.len(), CUSTOM_LABELS_MAX)?;
        at_most("others", setting.others.len(), OTHERS_MAX)?;
        let uses = Uses::of(setting);
        at_most("grants", uses.grants as usize, GRANTS_MAX)?;
        let counted = setting.target.and_then(|target| target.live).unwrap_or(1);
        let forgotten = if uses.unsaved { usize::from(counted) } else { 0 };
        let in_hand = versions + forgotten;
        let made = if uses.unsaved { usize::from(setting.workers) } else { 0 };
        at_most("passwords and tokens", in_hand + made, CREDENTIALS_MAX)?;
        let number = |count: usize| u32::try_from(count).unwrap_or_default();
        let nodes = setting.program.as_ref().map_or(0, |program| program.nodes.len());
        let once = setting.runs == Runs::OncePerRequest;
        let mut table = Self {
            versions,
            credentials: number(in_hand + made),
            in_hand: number(in_hand),
            made: if uses.unsaved { versions as u64 + 1 } else { 1 },
            secrets: RegisterSet::EMPTY,
            uses,
            worker_bits: 0,
            pc: Field::default(),
            token: Field::default(),
            waiting: Field::default(),
            unsaved: [0; 4],
            registers: Default::default(),
            entries: [Entry::Return; 4],
            ops: Vec::new(),
            flows: Default::default(),
            done: nodes as u64 + 1,
        };
        if let Some(program) = &setting.program {
            table.place(program, bits(nodes + usize::from(once)), bits(rotations));
            table.compile(setting, program);
        }
        Ok(table)
    }

    /// Gives the record of an invocation its bits. Registers that are never remembered at the same time share theirs.
    fn place(&mut self, program: &Program, pc: u32, token: u32) {
        let transactions = program.nodes.iter().enumerate().filter(|(_, node)| ends(node));
        let longest = transactions.map(|(at, node)| statements(program, at, node.step).len()).max();
        let waiting = u32::try_from(longest.unwrap_or(0)).unwrap_or(u32::MAX);
        let field = |shift: u32, bits| Field::within(u8::try_from(shift).unwrap_or(63), bits);
        self.pc = field(0, pc);
        self.token = field(pc, token);
        self.waiting = field(pc + token, waiting);
        let base = pc + token + waiting;
        let holder = bits(self.versions);
        let secret = if self.uses.unsaved { bits(self.versions + 1) } else { 1 };
        let scopes = scopes(program);
        let widths = (holder, secret);
        let placed = RotationStep::ALL.map(|step| Placing::new(program, &scopes, step, widths));
        let is_secret = |register: &Register| {
            matches!(register.kind, RegisterKind::Password | RegisterKind::Token)
        };
        let secrets = (0..).map(RegisterId).zip(&program.registers).filter(|it| is_secret(it.1));
        self.secrets = secrets.fold(RegisterSet::EMPTY, |all, (id, _)| all.with(id));
        self.worker_bits = base + placed.iter().map(|placing| placing.stored).max().unwrap_or(0);
        for ((registers, unsaved_bits), placing) in
            self.registers.iter_mut().zip(&mut self.unsaved).zip(placed)
        {
            *registers = placing
                .fields
                .iter()
                .map(|(is_stored, at, width)| {
                    field(if *is_stored { base } else { self.worker_bits } + at, *width)
                })
                .collect();
            let unsaved = registers.iter().zip(&program.registers).filter(|it| is_secret(it.1));
            *unsaved_bits = unsaved.fold(0, |all, (field, _)| all | field.place());
        }
    }

    fn compile(&mut self, setting: &Setting, program: &Program) {
        let scopes = scopes(program);
        let base = self.pc.place() | self.token.place() | self.waiting.place();
        self.ops = program
            .nodes
            .iter()
            .zip(&scopes)
            .enumerate()
            .map(|(index, (node, scope))| Op {
                step: node.step as u8,
                call: self.call(setting, program, index, node),
                binds: node.binds.map(|register| self.register(node.step, register)),
                then: node.then,
                on_error: node.on_error.clone(),
                keep: (0..program.registers.len())
                    .filter_map(|id| u8::try_from(id).ok().map(RegisterId))
                    .filter(|id| scope.contains(*id))
                    .fold(base, |keep, id| keep | self.register(node.step, id).place()),
                secrets: (0..program.registers.len())
                    .filter_map(|id| u8::try_from(id).ok().map(RegisterId))
                    .filter(|id| self.secrets.contains(*id))
                    .filter(|id| scope.contains(*id) || node.binds == Some(*id))
                    .map(|id| self.register(node.step, id))
                    .collect(),
            })
            .collect();
        self.flows = RotationStep::ALL
            .map(|step| program.flows.iter().map(|flow| self.decision(step, *flow)).collect());
        // At the beginning of a step nothing is remembered, so the way to its first call is always the same.
        let nothing = |condition| match condition {
            Condition::Same(Term::Token, Term::Token) => true,
            Condition::Same(..) | Condition::SameUser(..) | Condition::IsSet(_) => false,
        };
        self.entries = program.entries.map(|entry| match program.follow(entry, nothing) {
            Flow::Go(node) => Entry::Call(node.0.saturating_add(1)),
            Flow::Fail(_) => Entry::Fail,
            Flow::Quit => Entry::Quit,
            Flow::Return | Flow::If { .. } => Entry::Return,
        });
    }

    fn register(&self, step: RotationStep, id: RegisterId) -> Field {
        let registers = self.registers.get(step as usize);
        registers.and_then(|registers| registers.get(id.index())).copied().unwrap_or_default()
    }

    fn of(&self, step: RotationStep, term: Term) -> Of {
        match term {
            Term::Token => Of::Token,
            Term::Register(register) => Of::Register(self.register(step, register)),
        }
    }

    fn call(&self, setting: &Setting, program: &Program, index: usize, node: &Node) -> OpCall {
        let slot = |label: &StagingLabel| setting.slot(label);
        let register = |id: RegisterId| self.register(node.step, id);
        let of = |term: Term| self.of(node.step, term);
        match &node.call {
            Call::DescribeSecret { holders, rotation_enabled } => OpCall::Describe {
                holders: holders
                    .iter()
                    .filter_map(|(label, id)| Some((slot(label)?, register(*id))))
                    .collect(),
                enabled: rotation_enabled.map(register),
            },
            Call::GetSecretValue { version, label } => {
                OpCall::Get { version: version.map(of), label: label.as_ref().and_then(slot) }
            }
            Call::GetRandomPassword => OpCall::Password,
            Call::PutSecretValue { token, value, labels } => OpCall::Put {
                fresh: *token == PutToken::Fresh,
                secret: value.secret.map(register),
                from: value.from.map(register),
                other_user: value.other_user,
                labels: labels.as_ref().map(|labels| {
                    labels.iter().filter_map(slot).fold(LabelSet::EMPTY, LabelSet::with)
                }),
            },
            Call::UpdateSecretVersionStage { label, move_to, remove_from } => OpCall::Move {
                label: slot(label).unwrap_or(LabelSlot::CURRENT),
                move_to: move_to.map(of),
                remove_from: remove_from.map(of),
            },
            Call::Target(call) => {
                let in_transaction = call.in_transaction.is_some() || ends(node);
                let before =
                    if in_transaction { statements(program, index, node.step) } else { Vec::new() };
                let bit = u8::try_from(before.len()).unwrap_or(u8::MAX);
                OpCall::Target(Asked {
                    verb: call.verb,
                    is_in_transaction: in_transaction,
                    waits: (in_transaction && changes(call.verb)).then_some(bit),
                    before,
                })
            }
        }
    }

    fn decision(&self, step: RotationStep, flow: Flow) -> Decision {
        let register = |id: RegisterId| self.register(step, id);
        match flow {
            Flow::Go(node) => Decision::Call(node.0.saturating_add(1)),
            Flow::Return => Decision::Return,
            Flow::Fail(_) => Decision::Fail,
            Flow::Quit => Decision::Quit,
            Flow::If { condition, then, otherwise } => Decision::If {
                condition: match condition {
                    Condition::Same(one, other) => {
                        Question::Same(self.of(step, one), self.of(step, other))
                    }
                    Condition::SameUser(one, other) => {
                        Question::SameUser(register(one), register(other))
                    }
                    Condition::IsSet(id) => Question::IsSet(register(id)),
                },
                then,
                otherwise,
            },
        }
    }

    /// The labels that the function reads.
    pub(super) fn labels_read(&self) -> LabelSet {
        let mut read = LabelSet::EMPTY;
        for op in &self.ops {
            match &op.call {
                OpCall::Describe { holders, .. } => {
                    read = holders.iter().fold(read, |read, (label, _)| read.with(*label));
                }
                OpCall::Get { version: None, label: None } => read = read.with(LabelSlot::CURRENT),
                OpCall::Get { label, .. } => {
                    read = label.iter().copied().fold(read, LabelSet::with);
                }
                OpCall::Password | OpCall::Put { .. } | OpCall::Move { .. } | OpCall::Target(_) => {
                }
            }
        }
        read
    }

    /// Whether the function asks if rotation is on.
    pub(super) fn asks_if_rotation_is_on(&self) -> bool {
        self.ops.iter().any(|op| matches!(op.call, OpCall::Describe { enabled: Some(_), .. }))
    }

    /// Whether two workers at the same place are not alike: the target knows what each of them has made.
    pub(super) const fn tells_workers_apart(&self) -> bool {
        self.uses.unsaved && self.credentials > self.in_hand + 1
    }

    /// The bits in which a step holds secrets that may be stored nowhere.
    pub(super) fn unsaved_in(&self, step: u8) -> u64 {
        self.unsaved.get(usize::from(step)).copied().unwrap_or_default()
    }

    /// Whether an error of the service is the one that is caught.
    pub(super) fn catches(caught: Caught, error: Failure) -> bool {
        match (caught, error) {
            (Caught::Any, _)
            | (Caught::Denied, Failure::Denied)
            | (Caught::Unavailable, Failure::Unavailable) => true,
            (Caught::Service(code), Failure::Service(found)) => code == found,
            (Caught::Service(_) | Caught::Denied | Caught::Unavailable, _) => false,
        }
    }
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The service answers with that error.
    Service(ErrorCode),
    /// The target refuses.
    Denied,
    /// The target can't be reached, or the connection broke.
    Unavailable,
}

impl Setting {
    /// The slot of a label. A label that nothing else names has none.
    pub(super) fn slot(&self, label: &StagingLabel) -> Option<LabelSlot> {
        match label {
            StagingLabel::AwsCurrent => Some(LabelSlot::CURRENT),
            StagingLabel::AwsPrevious => Some(LabelSlot::PREVIOUS),
            StagingLabel::AwsPending => Some(LabelSlot::PENDING),
            StagingLabel::Custom(name) => {
                let index = self.custom.iter().position(|custom| custom.as_str() == &**name)?;
                LabelSlot::from_index(LabelSlot::OF_AWS + index)
            }
        }
    }
}

impl Uses {
    #[expect(clippy::wildcard_enum_match_arm, reason = "few calls need room of their own")]
    fn of(setting: &Setting) -> Self {
        let mut uses = Self::default();
        let mut kinds: Vec<PutValue> = Vec::new();
        for call in setting.others.iter().flat_map(|other| &other.calls) {
            match call {
                OtherCall::CancelRotateSecret => uses.cancel = true,
                OtherCall::DeleteSecret | OtherCall::RestoreSecret => uses.delete = true,
                OtherCall::Put { value, .. } if !kinds.contains(value) => kinds.push(*value),
                OtherCall::Put { .. } | OtherCall::Move { .. } | OtherCall::Remove(_) => {}
            }
        }
        // A value that is there already is the only kind that has another credential than its own version.
        uses.origins = kinds.iter().any(|kind| matches!(kind, PutValue::Again(_)));
        let Some(program) = &setting.program else { return uses };
        uses.stale_reads = setting.faults.stale_reads > 0;
        let unsaved = |id: &RegisterId| {
            program
                .registers
                .get(id.index())
                .is_some_and(|register| register.kind != RegisterKind::Version)
        };
        for node in &program.nodes {
            match &node.call {
                Call::PutSecretValue { token, value, .. } => {
                    uses.other_user |= value.other_user;
                    uses.fresh |= *token == PutToken::Fresh;
                }
                Call::Target(call) => {
                    uses.unsaved |= call.verb.mentions().iter().any(unsaved);
                    match call.verb {
                        TargetVerb::CreateUser(_) => uses.users = true,
                        TargetVerb::Grant { grant, .. } => {
                            uses.grants = uses.grants.max(u32::from(grant) + 1);
                        }
                        TargetVerb::CopyGrants { .. } => uses.grants = uses.grants.max(1),
                        TargetVerb::CopyTls { .. } => uses.tls = true,
                        TargetVerb::CreateToken => uses.unsaved = true,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        uses.new_users = uses.other_user
            && kinds.iter().any(|kind| matches!(kind, PutValue::New | PutValue::NewOnTarget));
        for principal in &setting.start.target.principals {
            let grants = u8::BITS - principal.grants.0.leading_zeros();
            uses.grants = uses.grants.max(grants);
            uses.tls |= principal.tls;
        }
        uses
    }
}
