//! Faults: what can go wrong with a call of a rotation function that is nobody's decision.

use crate::api::RotationStep;
use crate::time::Span;

/// How long a function waits for an answer that doesn't come, until its time is over and it is killed: what AWS's own
/// rotation functions are given.
pub const TIMEOUT: Span = Span::seconds(30);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// The function is killed before the call.
    KilledBefore,
    /// The function is killed after the call, whose answer it never sees.
    KilledAfter,
    /// The call fails before it takes effect.
    ErrorBefore,
    /// The call takes effect, and its answer is lost.
    ErrorAfter,
    /// The invocation of a step is throttled: nothing of it runs, and the service tries again.
    Throttled,
    /// The call takes no effect, and the function waits for its answer until its time is over.
    TimedOutBefore,
    /// The call takes effect, and the function waits for its answer until its time is over.
    TimedOutAfter,
    /// A read answers with what was there before the last change of the secret.
    StaleRead,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::KilledBefore,
        Self::KilledAfter,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::Throttled,
        Self::TimedOutBefore,
        Self::TimedOutAfter,
        Self::StaleRead,
    ];

    /// Those that can hit every single call, and need nothing but the call: what a number of faults stands for.
    pub const OF_CALLS: [Self; 4] =
        [Self::KilledBefore, Self::KilledAfter, Self::ErrorBefore, Self::ErrorAfter];

    /// What it is called in a scenario.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KilledBefore => "killed-before",
            Self::KilledAfter => "killed-after",
            Self::ErrorBefore => "error-before",
            Self::ErrorAfter => "error-after",
            Self::Throttled => "throttled",
            Self::TimedOutBefore => "timed-out-before",
            Self::TimedOutAfter => "timed-out-after",
            Self::StaleRead => "stale-read",
        }
    }

    /// Whether the call is not made.
    pub const fn is_before(self) -> bool {
        matches!(
            self,
            Self::KilledBefore | Self::ErrorBefore | Self::Throttled | Self::TimedOutBefore
        )
    }
}

/// What is going to hit a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of the node in the program, such as `setSecret set-password`; the step for an invocation.
    pub at: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often: the first so many times that the call is made.
    pub times: u32,
}

/// What is going to hit the calls of functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, faults: &[Fault]) {
        self.0.extend_from_slice(faults);
    }

    /// The fault that hits the call this time.
    pub(super) fn strike(&mut self, at: &str) -> Option<Fault> {
        let fault = self.0.iter_mut().find(|fault| fault.times > 0 && fault.at == at)?;
        fault.times = fault.times.saturating_sub(1);
        Some(fault.clone())
    }

    /// The fault that hits the invocation of a step this time.
    pub(super) fn strike_invocation(&mut self, step: RotationStep) -> Option<Fault> {
        self.strike(step.as_str())
    }
}
