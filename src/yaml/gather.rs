//! Finds every mistake of a file, although serde stops at the first: what is wrong is left out, and
//! the rest is read again.

use serde::de::DeserializeOwned;

use super::fault::{Cause, Fault};
use super::path::Path;
use super::reader::{Progress, Reader};
use super::tree::{Id, Kind, Tree};
use super::{MISTAKES_MAX, build};
use crate::mistake::{Mistake, listed, quoted, suggest};

/// The most nodes looked at for all rounds together, so that a large file full of mistakes is
/// answered in a few seconds.
const WORK_MAX: usize = 20_000_000;

/// The most known words that a help text lists.
const KNOWN_MAX: usize = 24;

/// All that keeps a well-formed file from being a `T`, and the `T` that is left without it.
///
/// Nothing is left if an entry of a list had to go, since the others would have other places then.
pub(super) fn mistakes<T: DeserializeOwned>(
    tree: &Tree<'_>,
    root: Id,
) -> (Vec<Mistake>, Option<T>) {
    let mut progress = Progress::new(tree);
    let mut gathering = Gathering { tree, root, gone: Vec::new() };
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut work: usize = 0;
    let rest = loop {
        let fault = match T::deserialize(Reader::new(tree, &progress, root)) {
            Ok(rest) => break Some(rest),
            Err(fault) => fault,
        };
        work = work.saturating_add(progress.restart());
        if !gathering.follows(&fault) {
            let mistake = gathering.mistake(&fault);
            let known =
                |other: &Mistake| other.span == mistake.span && other.message == mistake.message;
            if !mistakes.iter().any(known) {
                mistakes.push(mistake);
            }
        }
        let over = matches!(fault.0.cause, Cause::TooMuch);
        if over || work > WORK_MAX || mistakes.len() >= MISTAKES_MAX {
            break None;
        }
        match fault.0.entry {
            Some(entry) if progress.dropped.insert(entry) => gathering.leave_out(entry, &fault),
            _ => break None,
        }
    };
    let of_lists =
        gathering.gone.iter().any(|gone| matches!(tree.node(gone.container).kind, Kind::List(_)));
    (mistakes, rest.filter(|_| !of_lists))
}

struct Gathering<'a, 't> {
    tree: &'a Tree<'t>,
    root: Id,
    gone: Vec<Gone>,
}

/// An entry that has been left out.
struct Gone {
    container: Id,
    key: String,
    /// The known key that an unknown one was probably meant to be.
    meant: Option<&'static str>,
}

impl Gathering<'_, '_> {
    fn leave_out(&mut self, (container, index): (Id, usize), fault: &Fault) {
        let key = match &self.tree.node(container).kind {
            Kind::Mapping(entries) => entries.get(index).map(|entry| self.tree.key_text(entry.key)),
            Kind::Scalar(_) | Kind::List(_) | Kind::Alias(_) | Kind::Broken => None,
        };
        let meant = if let Cause::UnknownKey { key, known } = &fault.0.cause {
            suggest(key, known.iter().copied())
        } else {
            None
        };
        self.gone.push(Gone { container, key: key.unwrap_or("").to_owned(), meant });
    }

    /// Whether a fault only follows from what has been left out, so that it would confuse.
    fn follows(&self, fault: &Fault) -> bool {
        let node = self.tree.target(fault.0.node.unwrap_or(self.root));
        let mut gone = self.gone.iter().filter(|gone| gone.container == node);
        match &fault.0.cause {
            Cause::Reported => true,
            Cause::MissingKey(key) => gone.any(|gone| gone.key == *key || gone.meant == Some(*key)),
            Cause::Message(_) | Cause::Length { .. } | Cause::Value { .. } => gone.next().is_some(),
            Cause::UnknownKey { .. }
            | Cause::UnknownWord { .. }
            | Cause::KeyTwice(_)
            | Cause::Kind { .. }
            | Cause::TooMuch
            | Cause::TooDeep => false,
        }
    }

    /// The fault as a mistake of the file.
    fn mistake(&self, fault: &Fault) -> Mistake {
        let details = &fault.0;
        let node = details.node.unwrap_or(self.root);
        let span = self.tree.place(details.key, node);
        let path: Path = details.trail.iter().rev().cloned().collect();
        let within = if path.is_top() {
            "at the top level".to_owned()
        } else {
            format!("in {}", quoted(&path.to_string()))
        };
        let mistake = Mistake::new(span.clone(), details.cause.message()).label(within);
        match &details.cause {
            Cause::UnknownKey { key, known } => {
                let of = if path.is_top() {
                    "the top level".to_owned()
                } else {
                    quoted(&path.to_string())
                };
                let help = help(key, known, "keys");
                mistake.label(format!("not a key of {of}")).help(help)
            }
            Cause::UnknownWord { word, known } => mistake.help(help(word, known, "words")),
            Cause::Kind { found, expected }
                if expected == "true or false" && found == "a string" =>
            {
                match self.tree.text.get(span).map(str::to_lowercase).as_deref() {
                    Some("yes" | "on" | "y") => mistake.help("write `true`"),
                    Some("no" | "off" | "n") => mistake.help("write `false`"),
                    _ => mistake,
                }
            }
            Cause::Message(message) => match message.split_once("\nhelp: ") {
                Some((message, help)) => {
                    Mistake { message: message.to_owned(), ..mistake }.help(help)
                }
                None => mistake,
            },
            Cause::Kind { found, expected } if expected == "a list" && found == "a string" => {
                match self.tree.text.get(span) {
                    Some(text) if !text.contains('\n') => {
                        mistake.help(format!("write {}", quoted(&format!("[{text}]"))))
                    }
                    _ => mistake,
                }
            }
            Cause::MissingKey(key) => mistake.help(format!("add `{key}:`")),
            Cause::TooMuch => build::too_many_copies(span),
            Cause::TooDeep => build::too_deep(span),
            Cause::KeyTwice(_)
            | Cause::Kind { .. }
            | Cause::Value { .. }
            | Cause::Length { .. }
            | Cause::Reported => mistake,
        }
    }
}

/// The remedy for an unknown word: the one that was meant, or those there are.
fn help(word: &str, known: &'static [&'static str], what: &str) -> String {
    match suggest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("no {what} are known here"),
        None => format!("known {what}: {}", listed(known.iter().copied(), KNOWN_MAX)),
    }
}
