//! Faults: what can go wrong with a call of a rotation function that is nobody's decision.

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
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 4] =
        [Self::KilledBefore, Self::KilledAfter, Self::ErrorBefore, Self::ErrorAfter];

    /// What it is called in a scenario.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KilledBefore => "killed-before",
            Self::KilledAfter => "killed-after",
            Self::ErrorBefore => "error-before",
            Self::ErrorAfter => "error-after",
        }
    }

    /// Whether the call has no effect.
    pub const fn is_before(self) -> bool {
        matches!(self, Self::KilledBefore | Self::ErrorBefore)
    }
}

/// What is going to hit a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of the node in the program, such as `setSecret set-password`.
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
}
