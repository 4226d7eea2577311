//! What a program asks about what it remembers: `secret.AWSCURRENT is token`.

use super::statement::Reader;
use crate::program::{Condition, RegisterKind, Term};
use crate::yaml::Path;

/// How a condition is written, for help texts.
const FORM: &str = "write it like `secret.AWSCURRENT is token`, `pending.user is not current.user`, or `previous is set`";

/// A condition, and whether it is the opposite that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) condition: Condition,
    pub(super) negated: bool,
}

impl Reader<'_> {
    /// Reads a condition.
    pub(super) fn condition(&mut self, path: &Path, text: &str) -> Option<Asked> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (left, negated, right) = match words.as_slice() {
            [left, "is", "not", right] => (*left, true, *right),
            [left, "is", right] => (*left, false, *right),
            _ => {
                let message = "that is not a condition".to_owned();
                self.drafts.value(path.clone(), message, "not a condition", Some(FORM.to_owned()));
                return None;
            }
        };
        let condition = match (left, right) {
            (name, "set") => Condition::IsSet(self.used(path, name, None)?),
            (one, other) if one.ends_with(".user") || other.ends_with(".user") => {
                let one = self.user(path, one)?;
                let other = self.user(path, other)?;
                Condition::SameUser(one, other)
            }
            (one, other) => Condition::Same(self.term(path, one)?, self.term(path, other)?),
        };
        Some(Asked { condition, negated })
    }

    fn user(&mut self, path: &Path, text: &str) -> Option<crate::program::RegisterId> {
        let Some(name) = text.strip_suffix(".user") else {
            let message = format!("`{text}` is no user");
            let help = format!("write `{text}.user`");
            self.drafts.value(path.clone(), message, "compared with a user", Some(help));
            return None;
        };
        self.used(path, name, Some(RegisterKind::Version))
    }

    /// A version: `token`, or a name.
    pub(super) fn term(&mut self, path: &Path, text: &str) -> Option<Term> {
        if text == "token" {
            return Some(Term::Token);
        }
        self.used(path, text, Some(RegisterKind::Version)).map(Term::Register)
    }
}
