//! The clock of the server: the real one, or one that calls and the control route move.

use std::time::SystemTime;

use crate::time::{Span, Timestamp};

/// Which clock the world follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// That of the machine.
    Real,
    /// One that stands still but for calls, each of which takes [`Span::CALL`], and for what it is told.
    Virtual,
}

impl Clock {
    /// The moment it is, if it runs by itself.
    pub(super) fn now(self) -> Option<Timestamp> {
        (self == Self::Real).then(real_now)
    }

    /// How long a call takes on it.
    pub(super) const fn call(self) -> Span {
        match self {
            Self::Real => Span::from_millis(0),
            Self::Virtual => Span::CALL,
        }
    }
}

/// The moment it really is.
#[expect(clippy::disallowed_methods, reason = "real clients live in real time")]
pub(super) fn real_now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)).min(Timestamp::LAST)
}
