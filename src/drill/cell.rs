//! What is drilled: a call of the function, and what happens to it.

use std::fmt;
use std::str::FromStr;

use crate::api::RotationStep;

/// Declares the kinds once: id, group, what it is for people, and whether it stands for a call of the target too.
macro_rules! kinds {
    ($($kind:ident = $id:literal $group:ident $target:literal $head:literal $doc:literal,)+) => {
        /// What happens to a call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $doc] $kind,)+
        }

        impl Kind {
            /// All kinds, in the order of the columns.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// What it is called on the command line.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$kind => $id,)+ }
            }

            /// What it belongs to.
            pub const fn group(self) -> Group {
                match self { $(Self::$kind => Group::$group,)+ }
            }

            /// Whether it can happen to a call of the target.
            pub const fn hits_target(self) -> bool {
                match self { $(Self::$kind => $target,)+ }
            }

            /// The two lines at the head of its column.
            pub const fn head(self) -> &'static str {
                match self { $(Self::$kind => $head,)+ }
            }

            /// What happens, in a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$kind => $doc,)+ }
            }
        }
    };
}

/// Kinds that go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Faults of a call.
    Calls,
    /// More than one invocation.
    Overlaps,
    /// Other people and tools.
    People,
}

impl Group {
    /// All groups.
    pub const ALL: [Self; 3] = [Self::Calls, Self::Overlaps, Self::People];

    /// What it is called on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Overlaps => "overlaps",
            Self::People => "people",
        }
    }
}

kinds! {
    KilledBefore = "killed-before" Calls true "killed/before"
        "The function is killed before the call.",
    KilledAfter = "killed-after" Calls true "killed/after"
        "The function is killed after the call, whose answer it never sees.",
    ErrorBefore = "error-before" Calls true "error/before"
        "The call fails before it takes effect.",
    LostReply = "lost-reply" Calls true "lost/reply"
        "The call takes effect, and its answer is lost.",
    Throttled = "throttled" Calls false "throt-/tled"
        "The call is refused: there are too many.",
    Doubled = "doubled" Overlaps false "doub-/led"
        "The step is invoked a second time when it has come back.",
    Overlapped = "overlapped" Overlaps true "over-/lapped"
        "The function pauses before the call, a second invocation of the step runs from beginning to end, and then the first goes on.",
    Interleaved = "interleaved" Overlaps false "inter-/leaved"
        "The step is invoked twice at once, and the calls of both are let through one at a time.",
    Straggler = "straggler" Overlaps true "strag-/gler"
        "The function pauses before the call, the service tries again until the rotation has ended, and then it goes on.",
    Zombie = "zombie" Overlaps true "zom-/bie"
        "The function pauses before the call, another rotation begins and ends, and then it goes on.",
    ValuePut = "value-put" People true "value/put"
        "Before the call, somebody puts the value again that was current at first, as Terraform does.",
    CurrentBack = "current-back" People true "current/back"
        "Before the call, somebody moves AWSCURRENT to the version with AWSPREVIOUS.",
    PendingRemoved = "pending-removed" People true "pending/removed"
        "Before the call, somebody takes AWSPENDING off.",
    RotationCancelled = "rotation-cancelled" People true "can-/celled"
        "Before the call, somebody cancels the rotation.",
}

impl Kind {
    /// The kinds that a name means: one, those of a group, or all.
    pub fn named(name: &str) -> Option<Vec<Self>> {
        let all = Self::ALL.iter().copied();
        let found: Vec<Self> =
            all.filter(|it| name == "all" || name == it.id() || name == it.group().id()).collect();
        (!found.is_empty()).then_some(found)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A call of the function: the so-many-th of its name in its step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The step.
    pub step: RotationStep,
    /// The operation or statement; `*` is the whole step.
    pub call: String,
    /// Which one of that name, counted from 1.
    pub nth: u32,
}

impl Place {
    /// A whole step.
    pub fn step(step: RotationStep) -> Self {
        Self { step, call: "*".to_owned(), nth: 1 }
    }

    /// Whether it is a call of the target: those of Secrets Manager are named like operations.
    pub fn is_of_target(&self) -> bool {
        self.call != "*" && crate::api::OperationName::from_name(&self.call).is_none()
    }

    /// The call without its step.
    pub fn name(&self) -> String {
        if self.nth > 1 { format!("{}#{}", self.call, self.nth) } else { self.call.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.step, self.name())
    }
}

/// One run of the drill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Where.
    pub place: Place,
    /// What.
    pub kind: Kind,
    /// When two invocations take turns: after how many calls each time. The last one goes on until it is over.
    pub switches: Vec<u32>,
}

impl Cell {
    /// What happens there.
    pub const fn new(place: Place, kind: Kind) -> Self {
        Self { place, kind, switches: Vec::new() }
    }

    /// The call without its step; for two invocations, how they take turns.
    pub fn call(&self) -> String {
        if self.switches.is_empty() {
            return self.place.name();
        }
        self.switches.iter().map(u32::to_string).collect::<Vec<_>>().join("+")
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.place.step, self.call(), self.kind)
    }
}

/// What is wrong with the text of a cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CellError {
    /// It hasn't three parts.
    #[error("`{0}` is not STEP:CALL:FAULT, such as createSecret:PutSecretValue:killed-after")]
    Parts(String),
    /// The step is unknown.
    #[error("`{0}` is no step; the steps are createSecret, setSecret, testSecret and finishSecret")]
    Step(String),
    /// The fault is unknown.
    #[error("`{0}` is no fault; the faults are {faults}", faults = ids())]
    Kind(String),
    /// It isn't told how two invocations take turns.
    #[error(
        "`{0}` doesn't tell when two invocations take turns: give the number of calls until each switch, such as \
         2+3, or * for none"
    )]
    Switches(String),
}

fn ids() -> String {
    Kind::ALL.iter().map(|it| it.id()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Cell {
    type Err = CellError;

    fn from_str(text: &str) -> Result<Self, CellError> {
        let parts = || {
            let (step, rest) = text.split_once(':')?;
            let (call, kind) = rest.rsplit_once(':')?;
            Some((step, call, kind))
        };
        let (step, call, kind) = parts().ok_or_else(|| CellError::Parts(text.to_owned()))?;
        let step = step.parse().map_err(|_| CellError::Step(step.to_owned()))?;
        let found = Kind::ALL.iter().copied().find(|it| it.id() == kind);
        let kind = found.ok_or_else(|| CellError::Kind(kind.to_owned()))?;
        if kind == Kind::Interleaved {
            let switches = switches(call).ok_or_else(|| CellError::Switches(call.to_owned()))?;
            return Ok(Self { switches, ..Self::new(Place::step(step), kind) });
        }
        let (call, nth) = match call.rsplit_once('#').map(|(call, nth)| (call, nth.parse())) {
            Some((call, Ok(nth))) if nth > 0 => (call, nth),
            Some(_) | None => (call, 1),
        };
        Ok(Self::new(Place { step, call: call.to_owned(), nth }, kind))
    }
}

/// After how many calls two invocations take turns.
fn switches(text: &str) -> Option<Vec<u32>> {
    if text == "*" {
        return Some(Vec::new());
    }
    text.split('+').map(|count| count.parse().ok().filter(|count| *count > 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_as_it_is_written() {
        for text in [
            "createSecret:PutSecretValue:killed-after",
            "setSecret:GetSecretValue#2:lost-reply",
            "setSecret:ALTER-USER:zombie",
            "finishSecret:*:doubled",
            "setSecret:*:interleaved",
            "setSecret:2+13:interleaved",
        ] {
            assert_eq!(text.parse::<Cell>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_cell_is_told() {
        for (text, told) in [
            ("killed-before", "is not STEP:CALL:FAULT"),
            ("begin:PutSecretValue:killed-before", "`begin` is no step"),
            ("setSecret:2+0:interleaved", "`2+0` doesn't tell when two invocations take turns"),
            ("setSecret:PutSecretValue:gone", "`gone` is no fault; the faults are killed-before"),
        ] {
            let error = text.parse::<Cell>().err().map(|it| it.to_string()).unwrap_or_default();
            assert!(error.contains(told), "{error}");
        }
    }
}
