//! Clients: applications that keep a secret's value for a while, and how long the target refuses them at worst.
//!
//! A client uses the secret at every moment. It reads `AWSCURRENT`, keeps the value for the lifetime of its cache, and
//! reads again. It may have begun at any moment, so its cache may run out at any moment: the worst of all is meant. A read
//! that gives nothing, as from a secret that is scheduled for deletion, leaves it with the value that it has.

mod run;
pub mod search;

use std::fmt;

use crate::time::Span;

pub use run::{Followed, Gap, Look, judge_clients, worst};

/// What an application does when the target refuses what it has cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retry {
    /// Nothing, until the cache runs out.
    None,
    /// It reads `AWSCURRENT` anew, and tries that.
    OnDenied,
    /// The same, and if that is refused too, it reads `AWSPREVIOUS` and tries that.
    TryPrevious,
}

impl Retry {
    /// All of them, the most patient one first.
    pub const ALL: [Self; 3] = [Self::None, Self::OnDenied, Self::TryPrevious];

    /// The name by which a scenario calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::OnDenied => "on-denied",
            Self::TryPrevious => "try-previous",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|retry| retry.as_str() == name)
    }

    /// Whether a client gets in by none of the values that it tries. Each is told by whether the target accepts it; one
    /// that can't be read isn't accepted.
    pub const fn is_refused(self, cached: bool, current: bool, previous: bool) -> bool {
        match self {
            Self::None => !cached,
            Self::OnDenied => !cached && !current,
            Self::TryPrevious => !cached && !current && !previous,
        }
    }
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An application that caches the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What it is called.
    pub name: String,
    /// How long it keeps a value. No time: it reads before each use.
    pub cache: Span,
    /// What it does when it is refused.
    pub retry: Retry,
    /// How long it may be refused in a row.
    pub limit: Span,
}

impl Client {
    /// What it does when it is refused, if there is a cache at all: without one it has read `AWSCURRENT` just before.
    pub(crate) const fn habit(&self) -> Retry {
        match self.retry {
            Retry::None if self.cache.millis() == 0 => Retry::OnDenied,
            retry @ (Retry::None | Retry::OnDenied | Retry::TryPrevious) => retry,
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (cache {}, retry {})", self.name, self.cache, self.retry)
    }
}
