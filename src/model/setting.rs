//! What is explored: the program, who else shares the secret, and how much may go wrong.

use std::sync::Arc;

use super::own::OwnProperties;
use crate::assumption::Assumptions;
use crate::labels::{LabelSet, LabelSlot, VersionSlot};
use crate::program::Program;
use crate::property::Property;
use crate::target::{PrincipalSlot, Target, TargetSetting};
use crate::world::FaultKind;

/// Custom labels beside the three of AWS.
pub const CUSTOM_LABELS_MAX: usize = 5;
/// Versions of the secret, with those that can still come.
pub(super) const VERSIONS_MAX: usize = 15;
/// Requests for a rotation.
pub(super) const ROTATIONS_MAX: usize = 7;
/// Invocations in flight.
pub(super) const WORKERS_MAX: usize = 8;
/// Others who share the secret.
pub(super) const OTHERS_MAX: usize = 8;
/// Passwords and tokens that the target can know.
pub(super) const CREDENTIALS_MAX: usize = 16;
/// Grants of the target.
pub(super) const GRANTS_MAX: usize = 8;

/// Everything that a state space is made from.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The rotation function. Without one nothing is invoked.
    pub program: Option<Arc<Program>>,
    /// How unknown behavior is taken to be.
    pub assume: Assumptions,
    /// Where everything begins.
    pub start: Start,
    /// What the target is like. Without one there is none.
    pub target: Option<TargetSetting>,
    /// How many rotations are requested.
    pub rotations: u8,
    /// When the next one may be requested.
    pub gate: Gate,
    /// When the function is invoked.
    pub runs: Runs,
    /// How many invocations may be in flight at once.
    pub workers: u8,
    /// What may go wrong.
    pub faults: Faults,
    /// Other people and tools that share the secret.
    pub others: Vec<Other>,
    /// The names of the custom labels that are used, from slot [`LabelSlot::OF_AWS`] on.
    pub custom: Vec<String>,
    /// How many versions others may put.
    pub puts: u8,
    /// The properties to judge by.
    pub check: Vec<Property>,
    /// The properties that the scenario states itself.
    pub own: OwnProperties,
}

impl Setting {
    /// The same world with more of everything: one rotation more, twice as many faults, and twice as many calls of others.
    /// Of what there is none, there is still none.
    #[must_use]
    pub fn enlarged(&self) -> Self {
        let mut more = self.clone();
        if more.rotations > 0 {
            more.rotations = more.rotations.saturating_add(1);
        }
        more.faults.times = more.faults.times.saturating_mul(2);
        more.puts = more.puts.saturating_mul(2);
        for times in more.others.iter_mut().filter_map(|other| other.times.as_mut()) {
            *times = times.saturating_mul(2);
        }
        more
    }
}

/// Where everything begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The principal of the value of each version, oldest first. All have values.
    pub versions: Vec<PrincipalSlot>,
    /// Which version carries each label.
    pub labels: Vec<(LabelSlot, VersionSlot)>,
    /// The target. Its credentials are numbered as the versions that hold them, from 0.
    pub target: Target,
}

/// When the next rotation may be requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// When the service admits it: AWSPENDING is nowhere or on the current version.
    #[default]
    Service,
    /// When, moreover, no invocation is in flight.
    Idle,
}

/// When the function is invoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Runs {
    /// As the service does: from the first step on, again after a failure, until the rotation succeeds or is over.
    #[default]
    WhileUnfinished,
    /// Each worker takes up each request once and runs it to its end; the next request waits until one of them has.
    OncePerRequest,
}

/// How much may go wrong, and in which ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// How many faults in all.
    pub times: u8,
    /// Of which kinds.
    pub kinds: FaultKinds,
    /// How many stale reads, beside the faults: reads that answer with what was there before the last change.
    pub stale_reads: u8,
}

impl Faults {
    /// That many, of the four kinds that can hit every call.
    pub fn any(times: u8) -> Self {
        let kinds = FaultKind::OF_CALLS.into_iter().fold(FaultKinds::default(), FaultKinds::with);
        Self { times, kinds, stale_reads: 0 }
    }
}

/// Some kinds of faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultKinds(u8);

impl FaultKinds {
    /// These and that one.
    #[must_use]
    pub const fn with(self, kind: FaultKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// Whether it is among them.
    pub const fn contains(self, kind: FaultKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

/// Someone else who shares the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Who.
    pub who: String,
    /// What they may call, one at a time, at any moment.
    pub calls: Vec<OtherCall>,
    /// How many calls they make in all; `None`: any number.
    pub times: Option<u8>,
    /// Whether they act only while a rotation is unfinished.
    pub during_rotation: bool,
}

/// A call that someone else may make. One that would be refused or change nothing is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherCall {
    /// `PutSecretValue` under a token of its own, with these labels; `None` leaves them out.
    Put {
        /// `VersionStages`.
        labels: Option<LabelSet>,
        /// What is put.
        value: PutValue,
    },
    /// `UpdateSecretVersionStage` that moves a label from where it is to another version.
    Move {
        /// Which.
        label: LabelSlot,
        /// Where to.
        to: MoveTo,
    },
    /// `UpdateSecretVersionStage` that removes a label from where it is.
    Remove(LabelSlot),
    /// `CancelRotateSecret`.
    CancelRotateSecret,
    /// `DeleteSecret` with a recovery window.
    DeleteSecret,
    /// `RestoreSecret`.
    RestoreSecret,
}

/// What someone puts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutValue {
    /// A new password that the target doesn't know.
    New,
    /// A new password, which the target is given in the same moment.
    NewOnTarget,
    /// The value that this version of the start has.
    Again(VersionSlot),
}

/// Where a label is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveTo {
    /// To each version that exists, one at a time.
    AnyVersion,
    /// To the version that carries this label.
    HolderOf(LabelSlot),
}

/// Why a setting can't be explored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// There is more of something than a state has room for.
    #[error("there are {found} {what}, and a search takes at most {max}")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// The state takes too many bits.
    #[error("a state would take {bits} bits, and a search takes at most 256")]
    Bits {
        /// How many.
        bits: u32,
    },
}
