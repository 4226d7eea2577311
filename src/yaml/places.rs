//! Where the keys and values of a file stand.

use std::ops::Range;

use super::build;
use super::path::{Path, Segment};
use super::tree::{Id, Kind, Tree};

/// Finds the place of each key and value of a file by its path.
///
/// Made only when there is something to report. In a file that is not well-formed, what comes
/// before the first mistake is found.
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"scenario: "ü: x"
steps:
  - call: &name Create
    with: { SecretId: db/app, Tags: [a, 'b'] }
    labels: &labels
      "<version:1>": [AWSCURRENT]
      a.b/c[0]: 5
  - call: *name
    labels: { <<: *labels, own: 1 }
  - with:
about: |
  two
  lines
last: [x]
"#;

    /// Keys, scalars with their quotes, aliases as written, whole lists and mappings; keys of any
    /// form; what `<<` brings is where it is written.
    #[test]
    fn places() {
        let places = Places::of(TEXT);
        let top = Path::top();
        let step = |index| top.key("steps").index(index);
        for (path, key, value) in [
            (top.key("scenario"), "scenario", "\"ü: x\""),
            (step(0).key("call"), "call", "Create"),
            (step(0).key("with"), "with", "{ SecretId: db/app, Tags: [a, 'b'] }"),
            (step(0).key("with").key("Tags").index(1), "", "'b'"),
            (step(0).key("labels"), "labels", "\"<version:1>\": [AWSCURRENT]\n      a.b/c[0]: 5"),
            (step(0).key("labels").key("<version:1>"), "\"<version:1>\"", "[AWSCURRENT]"),
            (step(0).key("labels").key("a.b/c[0]"), "a.b/c[0]", "5"),
            (step(1), "", "call: *name\n    labels: { <<: *labels, own: 1 }"),
            (step(1).key("call"), "call", "*name"),
            (step(1).key("labels").key("own"), "own", "1"),
            (step(1).key("labels").key("a.b/c[0]"), "a.b/c[0]", "5"),
            (step(2).key("with"), "with", "with"),
            (top.key("last"), "last", "[x]"),
        ] {
            let text = |range: Option<Range<usize>>| range.and_then(|range| TEXT.get(range));
            assert_eq!(text(places.key(&path)).unwrap_or(""), key, "{path}");
            assert_eq!(text(places.value(&path)), Some(value), "{path}");
            assert_eq!(Some(places.nearest(&path)), places.value(&path), "{path}");
        }
    }

    /// Where nothing is, the nearest place is the last value on the way.
    #[test]
    fn nearest() {
        let places = Places::of(TEXT);
        let last = Path::top().key("last");
        for (path, value) in [
            (last.index(0).key("x"), "x"),
            (last.index(7), "[x]"),
            (last.key("x").index(0), "[x]"),
            (Path::top().key("scenario").key("x"), "\"ü: x\""),
        ] {
            assert_eq!(TEXT.get(places.nearest(&path)), Some(value), "{path}");
            assert_eq!(places.value(&path), None, "{path}");
            assert_eq!(places.key(&path), None, "{path}");
        }
        let all = places.nearest(&Path::top().key("nothing"));
        assert_eq!(all, 0..TEXT.trim_end().len());
    }

    /// Before the first syntax mistake, places are known; in a file without a value, none is.
    #[test]
    fn broken_files() {
        let text = "a: 1\nb:\n  - c: x\n  - \"d\n";
        let path = Path::top().key("b").index(0).key("c");
        assert_eq!(Places::of(text).value(&path).and_then(|range| text.get(range)), Some("x"));
        for text in ["", "# a", "\t", "]"] {
            assert_eq!(Places::of(text).nearest(&path), 0..0, "{text:?}");
        }
    }
}
