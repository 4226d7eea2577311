//! A YAML file as nodes with their places, for everything that has to be said about it.

use std::borrow::Cow;
use std::ops::Range;

use crate::mistake::Mistake;

/// The number of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(pub(super) u32);

/// The nodes of one document.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    pub(super) text: &'t str,
    pub(super) nodes: Vec<Node<'t>>,
    pub(super) root: Option<Id>,
    /// What is wrong with the file as YAML, except what ended the reading of it.
    pub(super) problems: Vec<Mistake>,
    /// What ended the reading; the nodes up to there exist.
    pub(super) fatal: Option<Mistake>,
}

/// A value or a key, and where it stands.
#[derive(Debug)]
pub(super) struct Node<'t> {
    start: u32,
    end: u32,
    pub(super) kind: Kind<'t>,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind<'t> {
    Scalar(Scalar<'t>),
    List(Vec<Id>),
    Mapping(Vec<Entry>),
    /// Stands for the node that has the anchor.
    Alias(Id),
    /// Has been reported as a problem; nothing more can be said about it.
    Broken,
}

/// A single value.
#[derive(Debug)]
pub(super) struct Scalar<'t> {
    pub(super) text: Cow<'t, str>,
    /// Neither quoted nor a block, so that its text decides what it is.
    pub(super) plain: bool,
    pub(super) tag: Tag,
}

/// A key with its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) key: Id,
    pub(super) value: Id,
}

/// What an explicit tag such as `!!str` says about a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    Text,
    Null,
    Bool,
    Integer,
    Float,
    /// `!!binary`: the text is taken as it stands.
    Binary,
    /// Known, but fits no value that is read here.
    Misplaced,
}

impl<'t> Node<'t> {
    pub(super) fn new(span: &Range<usize>, kind: Kind<'t>) -> Self {
        Self { start: narrow(span.start), end: narrow(span.end), kind }
    }

    /// The place of the whole node.
    pub(super) fn span(&self) -> Range<usize> {
        widen(self.start)..widen(self.end)
    }
}

impl<'t> Tree<'t> {
    /// The node itself, which may be an alias.
    pub(super) fn node(&self, id: Id) -> &Node<'t> {
        const NOTHING: &Node<'static> = &Node { start: 0, end: 0, kind: Kind::Broken };
        self.nodes.get(widen(id.0)).unwrap_or(NOTHING)
    }

    /// The node behind any aliases.
    ///
    /// An alias comes after what it stands for, so the numbers fall and the loop ends.
    pub(super) fn target(&self, mut id: Id) -> Id {
        while let Kind::Alias(next) = self.node(id).kind
            && next < id
        {
            id = next;
        }
        id
    }

    /// The node behind any aliases, itself.
    pub(super) fn seen(&self, id: Id) -> &Node<'t> {
        self.node(self.target(id))
    }

    /// Whether a value is left out altogether.
    pub(super) fn is_blank(&self, id: Id) -> bool {
        let node = self.node(id);
        matches!(node.kind, Kind::Scalar(_)) && node.span().is_empty()
    }

    /// The text of a scalar key.
    pub(super) fn key_text(&self, id: Id) -> &str {
        match &self.seen(id).kind {
            Kind::Scalar(scalar) => &scalar.text,
            Kind::List(_) | Kind::Mapping(_) | Kind::Alias(_) | Kind::Broken => "",
        }
    }
}

/// Files are at most [`super::BYTES_MAX`] bytes, so an offset fits; what does not is clamped.
pub(super) fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn widen(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
