//! Reads YAML files strictly into serde types, and reports all mistakes of a file with their
//! places.
//!
//! The fast way is one typed read. Only when it fails is the file read a second time, as a tree of
//! nodes with places, from which every mistake is found.

use std::ops::Range;

use serde::de::DeserializeOwned;

use crate::mistake::Mistake;

mod access;
mod build;
mod fault;
mod gather;
mod path;
mod places;
mod reader;
mod refusal;
mod scalar;
mod syntax;
mod tree;
mod write;

pub(crate) use fault::in_words;
pub use path::{Path, Segment, Trail};
pub use places::Places;
pub(crate) use write::{flow, scalar};

/// The largest file that is read: 8 MiB.
pub const BYTES_MAX: usize = 8 * 1024 * 1024;

/// The deepest nesting of lists and mappings.
const DEPTH_MAX: usize = 64;

/// The most nodes that aliases may repeat, all together.
const COPIES_MAX: usize = 200_000;

/// The most mistakes that are reported for one file.
const MISTAKES_MAX: usize = 100;

/// Bytes that are not the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// Why not.
    pub mistake: Mistake,
    /// The text that the mistake's place refers to: the bytes with what is wrong in them replaced.
    pub text: String,
}

/// The text of a file: UTF-8 of at most [`BYTES_MAX`] bytes, without a byte order mark.
pub fn decode(bytes: &[u8]) -> Result<&str, Box<Undecodable>> {
    if bytes.len() > BYTES_MAX {
        let mistake =
            Mistake::new(0..0, "the file is larger than 8 MiB").help("make several files of it");
        return Err(Box::new(Undecodable { mistake, text: String::new() }));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let text = String::from_utf8_lossy(bytes).into_owned();
        let end = offset.saturating_add(char::REPLACEMENT_CHARACTER.len_utf8());
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let encoding = if utf16 { "it seems to be UTF-16; " } else { "" };
        let byte = bytes.get(offset).copied().unwrap_or(0);
        let mistake = Mistake::new(offset..end, "the file is not UTF-8")
            .label(format!("the byte 0x{byte:02x} starts no character"))
            .help(format!("{encoding}save the file as UTF-8"));
        Box::new(Undecodable { mistake, text })
    })
}

/// Reads a file's text; on failure, all its mistakes in order of place, at least one.
///
/// A message that `T` raises itself may end in a second line `help: …`, which becomes the mistake's
/// help.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Vec<Mistake>> {
    read_rest(text).map_err(|unread| unread.mistakes)
}

/// A file that is no `T`.
#[derive(Clone, Debug)]
pub struct Unread<T> {
    /// All its mistakes in order of place, at least one.
    pub mistakes: Vec<Mistake>,
    /// What it is without the keys that are wrong, so that the rest can be looked at too.
    pub rest: Option<T>,
}

/// Like [`read`], but gives what can be read of a file with mistakes.
pub fn read_rest<T: DeserializeOwned>(text: &str) -> Result<T, Unread<T>> {
    if let Some(mistake) = empty(text) {
        return Err(Unread { mistakes: vec![mistake], rest: None });
    }
    serde_yaml::from_str_with_options(text, options()).map_err(|error| unread(text, &error))
}

/// The first key of a file whose top level is a mapping, without reading further.
pub fn first_key(text: &str) -> Option<String> {
    build::first_key(text)
}

/// The rules of the fast way. What `scalar` and `build` do has to agree with them.
fn options() -> serde_yaml::Options {
    // Every node takes at least a byte, so a file within the size limit meets the limits on nodes
    // and events only through its aliases.
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: DEPTH_MAX,
            max_events: BYTES_MAX.saturating_mul(4),
            max_nodes: BYTES_MAX.saturating_mul(4),
            max_anchors: BYTES_MAX,
            max_aliases: BYTES_MAX,
            max_merge_keys: BYTES_MAX,
            max_recorded_anchor_events: COPIES_MAX,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_yaml::alias_limits! {
            max_total_replayed_events: COPIES_MAX,
        },
        duplicate_keys: serde_yaml::DuplicateKeyPolicy::Error,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        ignore_binary_tag_for_string: true,
        reject_unsupported_tags: true,
        emit_comments: false,
        with_snippet: false,
    }
}

/// A file without a value, which would otherwise be read as an empty mapping.
fn empty(text: &str) -> Option<Mistake> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let comment = |line: &str| line.starts_with('#');
    let mut lines = text.lines().map(str::trim_start);
    if lines.any(|line| !line.is_empty() && !comment(line)) {
        return None;
    }
    Some(nothing(text.lines().map(str::trim_start).any(comment), 0..0))
}

fn nothing(comments: bool, place: Range<usize>) -> Mistake {
    let message = if comments { "the file holds only comments" } else { "the file is empty" };
    Mistake::new(place, message)
}

/// All mistakes of a file that could not be read the fast way.
fn unread<T: DeserializeOwned>(text: &str, error: &serde_yaml::Error) -> Unread<T> {
    if let Some(mistake) = refusal::of_limits(text, error) {
        return Unread { mistakes: vec![mistake], rest: None };
    }
    let mut rest = None;
    let mut tree = build::tree(text);
    let mut mistakes = std::mem::take(&mut tree.problems);
    match (tree.fatal.take(), tree.root) {
        (Some(fatal), _) => mistakes.push(fatal),
        (None, Some(root)) if !tree.is_blank(root) => {
            let (found, left) = gather::mistakes::<T>(&tree, root);
            rest = left.filter(|_| mistakes.is_empty());
            mistakes.extend(found);
        }
        (None, _) => mistakes.push(nothing(text.contains('#'), 0..0)),
    }
    if mistakes.is_empty() {
        mistakes.push(refusal::of_last_resort(&tree, error));
    }
    mistakes.sort_by_key(|mistake| (mistake.span.start, mistake.span.end));
    mistakes.truncate(MISTAKES_MAX);
    Unread { mistakes, rest }
}

#[cfg(test)]
mod tests;
