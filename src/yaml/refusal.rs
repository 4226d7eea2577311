//! What the fast way of reading refuses for reasons of its own, in our words.

use std::ops::Range;

use serde_yaml::{Error, budget::BudgetBreach};

use super::build::{too_deep, too_many_copies};
use super::tree::Tree;
use crate::mistake::Mistake;

/// The mistake of a file that takes more than any file should: aliases that multiply, endless
/// nesting.
pub(super) fn of_limits(text: &str, error: &Error) -> Option<Mistake> {
    let place = place(text, error);
    let within = inner(error);
    if matches!(within, Error::Budget { breach: BudgetBreach::Depth { .. }, .. }) {
        return Some(too_deep(place));
    }
    let too_large = matches!(
        within,
        Error::Budget { .. }
            | Error::AliasReplayCounterOverflow { .. }
            | Error::AliasReplayLimitExceeded { .. }
            | Error::AliasExpansionLimitExceeded { .. }
            | Error::AliasReplayStackDepthExceeded { .. }
    );
    too_large.then(|| too_many_copies(place))
}

/// The mistake that is left when everything else about the file looks right.
pub(super) fn of_last_resort(tree: &Tree<'_>, error: &Error) -> Mistake {
    let place = place(tree.text, error);
    let within = inner(error);
    if let Error::Message { msg, .. } = within {
        return Mistake::new(place, msg.clone());
    }
    if matches!(within, Error::DuplicateMappingKey { .. }) {
        return Mistake::new(place, "a key is given twice").label("given again");
    }
    Mistake::new(place, "this value cannot be read").help("if it is meant as text, quote it")
}

/// The error itself, without what surrounds it.
fn inner(mut error: &Error) -> &Error {
    while let Error::AliasError { error: within, .. } | Error::WithSnippet { error: within, .. } =
        error
    {
        error = within;
    }
    error
}

/// The place of an error: the use of an alias rather than what it stands for.
fn place(text: &str, error: &Error) -> Range<usize> {
    let location = if let Error::AliasError { locations, .. } = error {
        Some(locations.reference_location)
    } else {
        error.location()
    };
    let Some(location) = location else { return 0..0 };
    let to_offset = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
    if let Some(start) = location.span().byte_offset() {
        let length = location.span().byte_len().unwrap_or(0);
        return to_offset(start)..to_offset(start.saturating_add(length));
    }
    let line = usize::try_from(location.line()).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(location.column()).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    let within: usize = rest.chars().take(column).map(char::len_utf8).sum();
    let offset = start.saturating_add(within);
    offset..offset
}
