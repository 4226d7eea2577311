//! Colors on a terminal, nothing elsewhere. Color is never the only sign.

use std::fmt::Display;

use crate::evidence::Strength;

/// Whether text is colored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// No escape codes.
    Plain,
    /// ANSI escape codes.
    Color,
}

impl Paint {
    fn wrap(self, code: &str, text: impl Display) -> String {
        match self {
            Self::Plain => text.to_string(),
            Self::Color => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    /// A heading.
    pub fn bold(self, text: impl Display) -> String {
        self.wrap("1", text)
    }

    /// What is less important.
    pub fn dim(self, text: impl Display) -> String {
        self.wrap("2", text)
    }

    /// What is well.
    pub fn good(self, text: impl Display) -> String {
        self.wrap("32", text)
    }

    /// What is not.
    pub fn bad(self, text: impl Display) -> String {
        self.wrap("31", text)
    }

    /// What changed.
    pub fn moved(self, text: impl Display) -> String {
        self.wrap("1;36", text)
    }

    /// The strength of evidence, set in so many columns: what was seen on the service stands out, and so does a guess.
    pub(super) fn strength(self, strength: Strength, columns: usize) -> String {
        let name = format!("{strength:columns$}");
        match strength {
            Strength::Recorded | Strength::Verified => self.good(name),
            Strength::Assumed => self.warn(name),
            Strength::Modelled
            | Strength::Documented
            | Strength::Quoted
            | Strength::Published
            | Strength::Emulated => name,
        }
    }

    /// What to look at.
    pub fn warn(self, text: impl Display) -> String {
        self.wrap("33", text)
    }
}
