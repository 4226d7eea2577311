//! What is known of a claim: that it holds, that it doesn't, or neither.

/// A truth value with room for what the model can't tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// It doesn't hold.
    No,
    /// The model can't tell.
    Unknown,
    /// It holds.
    Yes,
}

impl Truth {
    /// Whether all of it holds. One claim that doesn't is enough to know.
    pub(super) fn all(claims: impl IntoIterator<Item = Self>) -> Self {
        claims.into_iter().min().unwrap_or(Self::Yes)
    }

    /// Whether any of it holds. One claim that does is enough to know.
    pub(super) fn any(claims: impl IntoIterator<Item = Self>) -> Self {
        claims.into_iter().max().unwrap_or(Self::No)
    }

    /// Whether the opposite holds.
    pub(super) const fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
