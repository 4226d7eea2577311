//! The way from the top of a file to one of its values.

use std::borrow::Cow;
use std::fmt;

/// One step of the way: into a mapping by key, or into a list by position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// The key of a mapping.
    Key(Cow<'static, str>),
    /// The position in a list, counted from 0.
    Index(usize),
}

/// The way from the top of a file to a value, printed like `steps[3].with.SecretId`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The top of the file.
    pub const fn top() -> Self {
        Self(Vec::new())
    }

    /// The value of a key in the mapping at this path.
    #[must_use]
    pub fn key(&self, key: impl Into<Cow<'static, str>>) -> Self {
        self.with(Segment::Key(key.into()))
    }

    /// The entry of the list at this path, counted from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// The steps of the way, from the top.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this is the top of the file.
    pub fn is_top(&self) -> bool {
        self.0.is_empty()
    }

    fn with(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.0.len().saturating_add(1));
        segments.extend_from_slice(&self.0);
        segments.push(segment);
        Self(segments)
    }
}

/// A way that is only being gone: it lives on the stack, and costs nothing until it becomes a [`Path`].
#[derive(Clone, Copy, Debug)]
pub struct Trail<'t> {
    before: Before<'t>,
    last: Step<'t>,
}

/// Where a trail comes from.
#[derive(Clone, Copy, Debug)]
enum Before<'t> {
    Path(&'t Path),
    Trail(&'t Trail<'t>),
}

/// The last step of a trail.
#[derive(Clone, Copy, Debug)]
enum Step<'t> {
    None,
    Key(&'t str),
    Index(usize),
}

impl<'t> Trail<'t> {
    /// The top of the file.
    pub const fn top() -> Self {
        const TOP: &Path = &Path::top();
        Self::at(TOP)
    }

    /// The trail that begins at `path`.
    pub const fn at(path: &'t Path) -> Self {
        Self { before: Before::Path(path), last: Step::None }
    }

    /// The value of a key in the mapping at this place.
    #[must_use]
    pub const fn key(&'t self, key: &'t str) -> Self {
        Self { before: Before::Trail(self), last: Step::Key(key) }
    }

    /// The entry of the list at this place, counted from 0.
    #[must_use]
    pub const fn index(&'t self, index: usize) -> Self {
        Self { before: Before::Trail(self), last: Step::Index(index) }
    }

    /// The way, written down.
    pub fn to_path(self) -> Path {
        let before = match self.before {
            Before::Path(path) => path.clone(),
            Before::Trail(trail) => trail.to_path(),
        };
        match self.last {
            Step::None => before,
            Step::Key(key) => before.key(key.to_owned()),
            Step::Index(index) => before.index(index),
        }
    }
}

impl From<Trail<'_>> for Path {
    fn from(trail: Trail<'_>) -> Self {
        trail.to_path()
    }
}

impl FromIterator<Segment> for Path {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if !is_word(key) => write!(f, "[{key:?}]")?,
                Segment::Key(key) if count == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// Whether a key can stand in a path without quotes.
fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths print as one would write them down; keys that would be misread are quoted.
    #[test]
    fn display() {
        let top = Path::top();
        let step = top.key("steps").index(3);
        assert_eq!(top.to_string(), "");
        assert_eq!(step.key("with").key("SecretId").to_string(), "steps[3].with.SecretId");
        assert_eq!(top.index(0).index(1).to_string(), "[0][1]");
        for key in ["<version:1>", "a.b", "a/b", "a[0]", "", "a b", "say \"x\"\n"] {
            assert_eq!(step.key(key).to_string(), format!("steps[3][{key:?}]"));
        }
        assert_eq!(top.key("größe-1_x").to_string(), "größe-1_x");
    }
}
