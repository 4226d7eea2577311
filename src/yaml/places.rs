//! Where the keys and values of a file stand.

use std::ops::Range;

use super::build;
use super::path::{Path, Segment};
use super::tree::{Id, Kind, Tree};

/// Finds the place of each key and value of a file by its path.
///
/// Made only when there is something to report. In a file that is not well-formed, what comes before the
/// first mistake is found.
#[derive(Debug)]
pub struct Places<'t> {
    tree: Tree<'t>,
}

/// What a path leads to.
#[derive(Clone, Copy)]
struct Found {
    key: Option<Id>,
    value: Id,
}

impl<'t> Places<'t> {
    /// Reads where everything in a file stands.
    pub fn of(text: &'t str) -> Self {
        Self { tree: build::tree(text) }
    }

    /// The key of the value at a path; none for the entry of a list, and none if nothing is there.
    pub fn key(&self, path: &Path) -> Option<Range<usize>> {
        let found = self.walk(path.segments()).last()?;
        Some(self.tree.node(found?.key?).span())
    }

    /// The value at a path: a scalar with its quotes, an alias as written, a whole list or mapping.
    ///
    /// A value that is left out has the place of its key.
    pub fn value(&self, path: &Path) -> Option<Range<usize>> {
        let found = self.walk(path.segments()).last()??;
        Some(self.tree.place(found.key, found.value))
    }

    /// The value at a path or, if nothing is there, the deepest one on the way to it.
    pub fn nearest(&self, path: &Path) -> Range<usize> {
        let deepest = self.walk(path.segments()).map_while(|found| found).last();
        deepest.map_or(0..0, |found| self.tree.place(found.key, found.value))
    }

    /// The value at the top and at each step of the way; the last is `None` if the way ends early.
    fn walk<'a>(&'a self, segments: &'a [Segment]) -> impl Iterator<Item = Option<Found>> + 'a {
        let root = self.tree.root.map(|value| Found { key: None, value });
        let mut here = root;
        std::iter::once(root).chain(segments.iter().map_while(move |segment| {
            let from = here?;
            here = self.step(from.value, segment);
            Some(here)
        }))
    }

    fn step(&self, from: Id, segment: &Segment) -> Option<Found> {
        match (&self.tree.seen(from).kind, segment) {
            (Kind::List(items), Segment::Index(index)) => {
                items.get(*index).map(|value| Found { key: None, value: *value })
            }
            (Kind::Mapping(entries), Segment::Key(key)) => entries
                .iter()
                .find(|entry| self.tree.key_text(entry.key) == key)
                .map(|entry| Found { key: Some(entry.key), value: entry.value }),
            (
                Kind::Scalar(_) | Kind::List(_) | Kind::Mapping(_) | Kind::Alias(_) | Kind::Broken,
                _,
            ) => None,
        }
    }
}

impl Tree<'_> {
    /// The place of a value, or of its key if the value is left out.
    pub(super) fn place(&self, key: Option<Id>, value: Id) -> Range<usize> {
        let span = self.node(value).span();
        match key {
            Some(key) if span.is_empty() => self.node(key).span(),
            _ => span,
        }
    }
}
