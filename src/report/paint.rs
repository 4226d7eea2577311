//! Colors on a terminal, nothing elsewhere. Color is never the only sign.

use std::fmt::Display;

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

    /// What to look at.
    pub fn warn(self, text: impl Display) -> String {
        self.wrap("33", text)
    }
}
