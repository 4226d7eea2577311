//! Rotation functions as tables: which calls a function makes at each step, and how it goes on after each answer.
//!
//! A program is compiled once. What runs is a table of [`Node`]s, one for each place where a call is made, and of [`Flow`]s,
//! what is decided between two calls. Nothing happens between two calls that anyone else could see, so an invocation is
//! always *about to make a call*: its whole state is a node and a few [`Register`]s. Both the world, which sends real
//! requests, and the search, whose states are a few machine words, run this table.

use crate::api::{ErrorCode, RotationStep};
use crate::evidence::Rule;
use crate::secret::StagingLabel;

/// How many registers a program may have.
pub const REGISTERS_MAX: usize = 16;

/// How many nodes a program may have.
pub const NODES_MAX: usize = 255;

/// A rotation function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What it is called, for people.
    pub name: String,
    /// How the credentials of a secret follow on each other, where a property asks for it.
    pub strategy: Option<Strategy>,
    /// What it can remember, by [`RegisterId`].
    pub registers: Vec<Register>,
    /// Where it makes calls, by [`NodeId`].
    pub nodes: Vec<Node>,
    /// What it decides, by [`FlowId`].
    pub flows: Vec<Flow>,
    /// How each step begins, in the order of [`RotationStep::ALL`].
    pub entries: [FlowId; 4],
    /// What it raises, by [`MessageId`]. `{token}` and `{arn}` stand for the version of the rotation and the secret.
    pub messages: Vec<String>,
    /// The grants that it names, by the number that [`TargetVerb::Grant`] has.
    pub grants: Vec<String>,
}

/// How the credentials of a secret follow on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// One principal whose password changes.
    SingleUser,
    /// Two principals that take turns, so that the previous credential works on.
    AlternatingUsers,
    /// Tokens that are made and revoked.
    Tokens,
}

impl Strategy {
    /// What it is called in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SingleUser => "single-user",
            Self::AlternatingUsers => "alternating-users",
            Self::Tokens => "tokens",
        }
    }
}

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident($of:ty)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $of);

        impl $name {
            /// Its place in the table.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

handles! {
    /// A place where a call is made.
    NodeId(u8),
    /// What is decided after an answer.
    FlowId(u16),
    /// Something that is remembered.
    RegisterId(u8),
    /// A text that is raised.
    MessageId(u16),
}

/// Something that a function remembers from one call to the next. At the beginning of a step nothing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// What the program calls it, such as `current` or `secret.AWSPENDING`.
    pub name: String,
    /// What it holds, once it is set.
    pub kind: RegisterKind,
}

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegisterKind {
    /// A version: one that was read with its value, or the holder of a label.
    Version,
    /// A password that `GetRandomPassword` made and that is stored nowhere yet.
    Password,
    /// A token that the target made.
    Token,
    /// Yes; a register that isn't set means no.
    Flag,
}

/// Some registers of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterSet(pub u16);

impl RegisterSet {
    /// None.
    pub const EMPTY: Self = Self(0);

    /// These and `register`.
    #[must_use]
    pub const fn with(self, register: RegisterId) -> Self {
        Self(self.0 | 1 << register.0)
    }

    /// These without `register`.
    #[must_use]
    pub const fn without(self, register: RegisterId) -> Self {
        Self(self.0 & !(1 << register.0))
    }

    /// Those of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `register` is among them.
    pub const fn contains(self, register: RegisterId) -> bool {
        self.0 & 1 << register.0 != 0
    }
}

/// A place where a function makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The step it belongs to.
    pub step: RotationStep,
    /// What it is called where a fault is put on it: step and call, such as `setSecret set-password`, with `#2` for the
    /// second of that name.
    pub name: String,
    /// The call.
    pub call: Call,
    /// What becomes of its answer, if that is kept: the version that was read, the password, the token, the yes.
    pub binds: Option<RegisterId>,
    /// How the function goes on after an answer.
    pub then: FlowId,
    /// How it goes on after an error: the first that fits. An error that none fits is raised.
    pub on_error: Vec<(Caught, FlowId)>,
    /// The registers that the text still mentions, here or further down: the others are forgotten on the way here.
    pub scope: RegisterSet,
    /// The rule of the catalog that says that the function does this, if one does.
    pub because: Option<Rule>,
}

/// Which errors are caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caught {
    /// Every error.
    Any,
    /// An error of Secrets Manager.
    Service(ErrorCode),
    /// The target refuses: a wrong password, no such principal, it is there already.
    Denied,
    /// The target doesn't answer.
    Unavailable,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `DescribeSecret`: who holds each of these labels, and more that its answer says.
    DescribeSecret {
        /// Registers that take the holder of a label.
        holders: Vec<(StagingLabel, RegisterId)>,
        /// The register that takes `RotationEnabled`.
        rotation_enabled: Option<RegisterId>,
    },
    /// `GetSecretValue`.
    GetSecretValue {
        /// `VersionId`.
        version: Option<Term>,
        /// `VersionStage`.
        label: Option<StagingLabel>,
    },
    /// `GetRandomPassword`.
    GetRandomPassword,
    /// `PutSecretValue`.
    PutSecretValue {
        /// `ClientRequestToken`.
        token: PutToken,
        /// What is stored.
        value: NewValue,
        /// `VersionStages`; `None` leaves them out.
        labels: Option<Vec<StagingLabel>>,
    },
    /// `UpdateSecretVersionStage`. A term that holds nothing leaves its member out.
    UpdateSecretVersionStage {
        /// `VersionStage`.
        label: StagingLabel,
        /// `MoveToVersionId`.
        move_to: Option<Term>,
        /// `RemoveFromVersionId`.
        remove_from: Option<Term>,
    },
    /// A call of the credential target.
    Target(TargetCall),
}

/// A version that a program speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// That of the rotation: `ClientRequestToken` of the event.
    Token,
    /// The one in a register.
    Register(RegisterId),
}

/// The token of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PutToken {
    /// That of the rotation.
    Rotation,
    /// One that the SDK makes up.
    Fresh,
}

/// What is stored by a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NewValue {
    /// The password or token. `None`: it follows from the token of the rotation, so that a repeated put stores the same.
    pub secret: Option<RegisterId>,
    /// The version whose value it is derived from, which tells the principal too.
    pub from: Option<RegisterId>,
    /// Whether the principal is the other one of two.
    pub other_user: bool,
}

/// A credential that a program uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Credential {
    /// That of the version in a register, or the token or password in it.
    Register(RegisterId),
    /// That of the administrator, which never changes.
    Administrator,
}

/// One call of the credential target. What stands in a transaction takes effect together, at [`TargetVerb::Commit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetCall {
    /// What is asked for.
    pub verb: TargetVerb,
    /// Its number in a transaction, from 0; `None` outside of one, where it takes effect at once.
    pub in_transaction: Option<u8>,
}

/// What a target is asked for, with credentials as `C` has them: as a program speaks of them, or as they are known. The
/// principal is the one of the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetVerb<C = Credential> {
    /// Logs in. Denied if the credential isn't accepted.
    Login(C),
    /// Asks something that changes nothing and decides nothing.
    Query,
    /// Whether the principal exists.
    UserExists(C),
    /// Makes the principal, with this credential and no grant. Denied if it exists.
    CreateUser(C),
    /// Sets the password. Denied if the principal doesn't exist, or `old` is given and not accepted.
    SetPassword {
        /// The new one.
        with: C,
        /// The old one, where the target asks for it.
        old: Option<C>,
        /// Another one that is accepted beside it.
        keep: Option<C>,
    },
    /// Gives one grant, by its number in the target's list. Denied if the principal doesn't exist.
    Grant {
        /// To whom.
        to: C,
        /// Which.
        grant: u8,
    },
    /// Gives every grant that another principal has.
    CopyGrants {
        /// From whom.
        from: C,
        /// To whom.
        to: C,
    },
    /// Sets the TLS requirement as another principal has it.
    CopyTls {
        /// From whom.
        from: C,
        /// To whom.
        to: C,
    },
    /// Makes a token that is accepted from then on.
    CreateToken,
    /// Whether the token is accepted.
    TokenExists(C),
    /// Revokes a token. Denied if it isn't accepted.
    DeleteToken(C),
    /// Ends a transaction: all of it takes effect.
    Commit,
}

impl<C> TargetVerb<C> {
    /// What it is called in a program.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Login(_) => "login",
            Self::Query => "query",
            Self::UserExists(_) => "user-exists",
            Self::CreateUser(_) => "create-user",
            Self::SetPassword { .. } => "set-password",
            Self::Grant { .. } => "grant",
            Self::CopyGrants { .. } => "copy-grants",
            Self::CopyTls { .. } => "copy-tls",
            Self::CreateToken => "create-token",
            Self::TokenExists(_) => "token-exists",
            Self::DeleteToken(_) => "delete-token",
            Self::Commit => "commit",
        }
    }

    /// Whether it is a question, which is answered with yes or no.
    pub const fn asks(&self) -> bool {
        matches!(self, Self::UserExists(_) | Self::TokenExists(_))
    }

    /// The same with other credentials.
    pub fn map<D>(self, mut of: impl FnMut(C) -> D) -> TargetVerb<D> {
        match self {
            Self::Login(with) => TargetVerb::Login(of(with)),
            Self::Query => TargetVerb::Query,
            Self::UserExists(with) => TargetVerb::UserExists(of(with)),
            Self::CreateUser(with) => TargetVerb::CreateUser(of(with)),
            Self::SetPassword { with, old, keep } => TargetVerb::SetPassword {
                with: of(with),
                old: old.map(&mut of),
                keep: keep.map(of),
            },
            Self::Grant { to, grant } => TargetVerb::Grant { to: of(to), grant },
            Self::CopyGrants { from, to } => TargetVerb::CopyGrants { from: of(from), to: of(to) },
            Self::CopyTls { from, to } => TargetVerb::CopyTls { from: of(from), to: of(to) },
            Self::CreateToken => TargetVerb::CreateToken,
            Self::TokenExists(with) => TargetVerb::TokenExists(of(with)),
            Self::DeleteToken(with) => TargetVerb::DeleteToken(of(with)),
            Self::Commit => TargetVerb::Commit,
        }
    }

    /// Whose credential it is about, and the others that it names: the old one and the one that is kept, or the user
    /// that is copied from.
    pub const fn credentials(&self) -> [Option<&C>; 3] {
        match self {
            Self::Login(with)
            | Self::UserExists(with)
            | Self::CreateUser(with)
            | Self::TokenExists(with)
            | Self::DeleteToken(with)
            | Self::Grant { to: with, .. } => [Some(with), None, None],
            Self::SetPassword { with, old, keep } => [Some(with), old.as_ref(), keep.as_ref()],
            Self::CopyGrants { from, to } | Self::CopyTls { from, to } => {
                [Some(to), Some(from), None]
            }
            Self::Query | Self::CreateToken | Self::Commit => [None; 3],
        }
    }
}

impl Call {
    /// What it is called in the name of a node.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DescribeSecret { .. } => "DescribeSecret",
            Self::GetSecretValue { .. } => "GetSecretValue",
            Self::GetRandomPassword => "GetRandomPassword",
            Self::PutSecretValue { .. } => "PutSecretValue",
            Self::UpdateSecretVersionStage { .. } => "UpdateSecretVersionStage",
            Self::Target(call) => call.verb.name(),
        }
    }
}

/// What is decided between two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// Makes the next call.
    Go(NodeId),
    /// The step is done.
    Return,
    /// The step fails.
    Fail(MessageId),
    /// The whole rotation has nothing left to do for this invocation: no later step, no retry.
    Quit,
    /// Goes on one way or the other.
    If {
        /// What is asked.
        condition: Condition,
        /// If so.
        then: FlowId,
        /// If not.
        otherwise: FlowId,
    },
}

/// What a program asks about what it remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// Both hold the same version. A register that isn't set holds none.
    Same(Term, Term),
    /// The values of both versions are for the same principal.
    SameUser(RegisterId, RegisterId),
    /// The register is set.
    IsSet(RegisterId),
}

impl Program {
    /// The labels that it names, some more than once.
    pub fn labels(&self) -> impl Iterator<Item = &StagingLabel> {
        self.nodes.iter().flat_map(|node| match &node.call {
            Call::DescribeSecret { holders, .. } => {
                holders.iter().map(|(label, _)| label).collect()
            }
            Call::GetSecretValue { label, .. } => label.iter().collect(),
            Call::PutSecretValue { labels, .. } => labels.iter().flatten().collect(),
            Call::UpdateSecretVersionStage { label, .. } => vec![label],
            Call::GetRandomPassword | Call::Target(_) => Vec::new(),
        })
    }

    /// How the credentials follow on each other as the target sees it: where it is told to accept an old one beside the
    /// new one, as tokens do.
    pub fn turns(&self) -> Option<Strategy> {
        let keeps = self.nodes.iter().any(|node| {
            matches!(&node.call, Call::Target(call)
                if matches!(call.verb, TargetVerb::SetPassword { keep: Some(_), .. }))
        });
        self.strategy.map(|strategy| if keeps { Strategy::Tokens } else { strategy })
    }

    /// The node with that handle.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    /// The flow with that handle. One that isn't there ends the step.
    pub fn flow(&self, id: FlowId) -> Flow {
        self.flows.get(id.index()).copied().unwrap_or(Flow::Return)
    }

    /// Goes from `flow` to the next call or the end of the step, asking `holds` about each condition on the way.
    ///
    /// Flows refer only to flows made before them, so this ends.
    pub fn follow(&self, flow: FlowId, mut holds: impl FnMut(Condition) -> bool) -> Flow {
        let mut at = self.flow(flow);
        while let Flow::If { condition, then, otherwise } = at {
            at = self.flow(if holds(condition) { then } else { otherwise });
        }
        at
    }
}

impl Node {
    /// The registers that its answer sets.
    pub fn bound(&self) -> Vec<RegisterId> {
        self.call.bound(self.binds)
    }
}

impl Call {
    /// The registers that its answer sets, with the one that takes all of it.
    pub fn bound(&self, binds: Option<RegisterId>) -> Vec<RegisterId> {
        let mut bound: Vec<RegisterId> = binds.into_iter().collect();
        if let Self::DescribeSecret { holders, rotation_enabled } = self {
            bound.extend(holders.iter().map(|(_, register)| *register));
            bound.extend(*rotation_enabled);
        }
        bound
    }
}

impl TargetVerb {
    /// The registers whose credentials it is about.
    pub fn mentions(self) -> Vec<RegisterId> {
        let register = |credential: &Credential| match credential {
            Credential::Register(register) => Some(*register),
            Credential::Administrator => None,
        };
        self.credentials().into_iter().flatten().filter_map(register).collect()
    }
}
