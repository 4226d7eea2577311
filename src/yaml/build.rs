//! Builds the tree of a YAML file from the parser's events.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::scalar;
use super::syntax;
use super::tree::{Entry, Id, Kind, Node, Scalar, Tag, Tree, narrow};
use super::{COPIES_MAX, DEPTH_MAX, MISTAKES_MAX};
use crate::mistake::{Mistake, quoted, suggest};

/// The most names of anchors that are kept for suggestions.
const NAMES_MAX: usize = 1_000;

/// The most values of a tree, a bound on the memory it takes.
const NODES_MAX: usize = 5_000_000;

/// Reads a file as far as it is well-formed.
pub(super) fn tree(text: &str) -> Tree<'_> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
    };
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => builder.tree.fatal = Some(syntax::mistake(text, &error)),
        }
        if builder.done || builder.tree.fatal.is_some() {
            break;
        }
    }
    builder.finish()
}

/// The first key of a file whose top level is a mapping.
#[expect(clippy::wildcard_enum_match_arm, reason = "the parser's list is open")]
pub(super) fn first_key(text: &str) -> Option<String> {
    let options = granit_parser::options! { emit_comments: false };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut inside = false;
    while let Some(Ok((event, _))) = parser.next_event() {
        match event {
            Event::MappingStart(..) if !inside => inside = true,
            Event::Scalar(key, ..) if inside => return Some(key.into_owned()),
            Event::StreamStart | Event::DocumentStart(..) => {}
            _ => return None,
        }
    }
    None
}

struct Builder<'t> {
    tree: Tree<'t>,
    open: Vec<Frame>,
    /// Nodes by the parser's number of their anchor.
    anchors: BTreeMap<usize, Id>,
    /// Names of the anchors so far, for suggestions.
    names: Vec<Cow<'t, str>>,
    documents: usize,
    /// Entries copied by `<<` so far.
    copies: usize,
    done: bool,
}

/// A list or mapping whose end has not come yet.
struct Frame {
    id: Id,
    start: usize,
    end: usize,
    flow: bool,
    shape: Shape,
}

enum Shape {
    List(Vec<Id>),
    Mapping { entries: Vec<Entry>, merged: Vec<Entry>, key: Option<Id> },
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        let tree = Tree { text, nodes: Vec::new(), root: None, problems: Vec::new(), fatal: None };
        Self {
            tree,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            names: Vec::new(),
            documents: 0,
            copies: 0,
            done: false,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the parser's list is open")]
    fn event(&mut self, event: Event<'t>, span: &Span) {
        let place = range(span);
        match event {
            Event::DocumentStart(..) => self.document(place),
            Event::Scalar(text, style, anchor, tag) => {
                let as_text = tag.as_ref().is_some_and(|tag| is_bang(tag));
                let kind = match tag.map_or(Some(Tag::None), |tag| scalar_tag(&tag)) {
                    Some(tag) => {
                        let plain = style == ScalarStyle::Plain && !as_text;
                        Kind::Scalar(Scalar { text, plain, tag })
                    }
                    None => self.unknown_tag(span, &place),
                };
                self.leaf(&place, kind, anchor);
            }
            Event::SequenceStart(style, anchor, tag) => {
                if tag.is_some_and(|tag| tag.core_suffix() != Some("seq")) {
                    let _broken = self.unknown_tag(span, &place);
                }
                self.enter(place, style, anchor, Shape::List(Vec::new()));
            }
            Event::MappingStart(style, anchor, tag) => {
                if tag.is_some_and(|tag| tag.core_suffix() != Some("map")) {
                    let _broken = self.unknown_tag(span, &place);
                }
                let shape = Shape::Mapping { entries: Vec::new(), merged: Vec::new(), key: None };
                self.enter(place, style, anchor, shape);
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(place.end),
            Event::Alias(anchor) => self.alias(&place, anchor),
            Event::UnresolvedAlias(name) => self.unknown_alias(&place, &name),
            Event::Anchor(_, name) if self.names.len() < NAMES_MAX => self.names.push(name),
            _ => {}
        }
    }

    fn document(&mut self, place: Range<usize>) {
        self.documents = self.documents.saturating_add(1);
        if self.documents == 2 {
            self.problem(|_| {
                Mistake::new(place, "a file holds one document")
                    .label("a second one starts here")
                    .help("put it into a file of its own")
            });
            self.done = true;
        }
    }

    /// Takes note of a problem, unless there are more than anybody wants to read.
    fn problem(&mut self, mistake: impl FnOnce(&Self) -> Mistake) {
        if self.tree.problems.len() < MISTAKES_MAX {
            let mistake = mistake(self);
            self.tree.problems.push(mistake);
        }
    }

    /// Adds a node; its number stands for it from now on.
    fn add(&mut self, span: &Range<usize>, kind: Kind<'t>) -> Id {
        if self.tree.nodes.len() >= NODES_MAX {
            let mistake = Mistake::new(span.clone(), "the file holds too many values");
            self.tree.fatal = Some(mistake.label("more than 5 million by here"));
        }
        let id = Id(narrow(self.tree.nodes.len()));
        self.tree.nodes.push(Node::new(span, kind));
        id
    }

    fn leaf(&mut self, place: &Range<usize>, kind: Kind<'t>, anchor: usize) {
        let id = self.add(place, kind);
        self.anchored(anchor, id);
        self.attach(id, place.end);
    }

    fn anchored(&mut self, anchor: usize, id: Id) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn enter(&mut self, place: Range<usize>, style: StructureStyle, anchor: usize, shape: Shape) {
        if self.open.len() >= DEPTH_MAX {
            self.tree.fatal = Some(too_deep(place));
            return;
        }
        let id = self.add(&place, Kind::Broken);
        self.anchored(anchor, id);
        let flow = style == StructureStyle::Flow;
        self.open.push(Frame { id, start: place.start, end: place.start, flow, shape });
    }

    fn leave(&mut self, end: usize) {
        let Some(frame) = self.open.pop() else { return };
        let end = if frame.flow { end } else { frame.end };
        let kind = match frame.shape {
            Shape::List(items) => Kind::List(items),
            Shape::Mapping { entries, merged, .. } => Kind::Mapping(self.unique(entries, merged)),
        };
        let place = frame.start..end.max(frame.start);
        let slot = usize::try_from(frame.id.0).ok().and_then(|at| self.tree.nodes.get_mut(at));
        if let Some(slot) = slot {
            *slot = Node::new(&place, kind);
        }
        self.attach(frame.id, place.end);
    }

    /// Hands a finished node to the list or mapping around it.
    fn attach(&mut self, id: Id, end: usize) {
        let Some(frame) = self.open.last_mut() else {
            self.tree.root.get_or_insert(id);
            return;
        };
        frame.end = frame.end.max(end);
        match &mut frame.shape {
            Shape::List(items) => items.push(id),
            Shape::Mapping { key, .. } => match key.take() {
                None => *key = Some(id),
                Some(key) => self.entry(key, id),
            },
        }
    }

    /// Takes in a key with its value.
    fn entry(&mut self, key: Id, value: Id) {
        let found = match &self.tree.seen(key).kind {
            Kind::Scalar(scalar) if is_merge(scalar) => return self.merge(key, value),
            Kind::Scalar(_) => {
                if let Some(Shape::Mapping { entries, .. }) = self.shape() {
                    entries.push(Entry { key, value });
                }
                return;
            }
            Kind::List(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Alias(_) | Kind::Broken => return,
        };
        self.problem(|builder| {
            Mistake::new(builder.tree.node(key).span(), format!("{found} used as a key"))
                .label("a key is a word or a quoted string")
        });
    }

    /// Takes in what `<<` names.
    fn merge(&mut self, key: Id, value: Id) {
        let mut copied = Vec::new();
        if !self.sources(value, 0, &mut copied) {
            self.problem(|builder| {
                let at = builder.tree.place(Some(key), value);
                Mistake::new(at, "`<<` takes a mapping or a list of mappings").label("neither")
            });
        }
        if let Some(Shape::Mapping { merged, .. }) = self.shape() {
            merged.extend(copied);
        }
    }

    fn shape(&mut self) -> Option<&mut Shape> {
        self.open.last_mut().map(|frame| &mut frame.shape)
    }

    /// Collects the entries of the mappings that `<<` names; false if something else is there.
    fn sources(&mut self, value: Id, depth: usize, entries: &mut Vec<Entry>) -> bool {
        self.copies = self.copies.saturating_add(1);
        if self.copies > COPIES_MAX || depth > DEPTH_MAX {
            self.tree.fatal = Some(too_many_copies(self.tree.node(value).span()));
            return true;
        }
        let items = match &self.tree.seen(value).kind {
            Kind::Mapping(more) => {
                self.copies = self.copies.saturating_add(more.len());
                entries.extend(more);
                return true;
            }
            Kind::List(items) => items.clone(),
            Kind::Scalar(scalar) => return scalar::is_null(scalar),
            Kind::Alias(_) | Kind::Broken => return true,
        };
        let depth = depth.saturating_add(1);
        items.iter().all(|item| self.tree.fatal.is_some() || self.sources(*item, depth, entries))
    }

    /// The entries of a mapping, each key once: its own before those that `<<` brings.
    fn unique(&mut self, entries: Vec<Entry>, merged: Vec<Entry>) -> Vec<Entry> {
        let tree = &self.tree;
        let mut first: BTreeMap<&str, Id> = BTreeMap::new();
        let mut kept = Vec::with_capacity(entries.len().saturating_add(merged.len()));
        let mut again = Vec::new();
        for entry in entries {
            let text = tree.key_text(entry.key);
            if let Some(earlier) = first.get(text) {
                again.push((entry.key, *earlier));
            } else {
                first.insert(text, entry.key);
                kept.push(entry);
            }
        }
        for entry in merged {
            if !first.contains_key(tree.key_text(entry.key)) {
                first.insert(tree.key_text(entry.key), entry.key);
                kept.push(entry);
            }
        }
        for (key, earlier) in again {
            self.problem(|builder| twice(&builder.tree, key, earlier));
        }
        kept
    }

    fn alias(&mut self, place: &Range<usize>, anchor: usize) {
        let kind = match self.anchors.get(&anchor) {
            Some(target) if self.open.iter().any(|frame| frame.id == *target) => {
                self.problem(|_| {
                    Mistake::new(place.clone(), "an alias inside its own anchor")
                        .label("would repeat itself for ever")
                });
                Kind::Broken
            }
            Some(target) => Kind::Alias(*target),
            None => Kind::Broken,
        };
        self.leaf(place, kind, 0);
    }

    fn unknown_alias(&mut self, place: &Range<usize>, name: &str) {
        self.problem(|builder| {
            let alias = quoted(&format!("*{name}"));
            let mistake = Mistake::new(place.clone(), format!("unknown alias {alias}"))
                .label(format!("no {} comes before it", quoted(&format!("&{name}"))));
            match suggest(name, builder.names.iter().map(AsRef::as_ref)) {
                Some(near) => mistake.help(format!("did you mean `*{near}`?")),
                None => mistake.help("text that starts with `*` has to be quoted"),
            }
        });
        self.leaf(place, Kind::Broken, 0);
    }

    /// Reports a tag that means nothing here; the value is not looked at.
    fn unknown_tag(&mut self, span: &Span, place: &Range<usize>) -> Kind<'t> {
        self.problem(|builder| {
            let at = span.tag_span().map_or(place.clone(), |tag| range(&tag));
            let tag = builder.tree.text.get(at.clone()).unwrap_or("");
            Mistake::new(at, format!("the tag {} is not known here", quoted(tag)))
                .label("tag")
                .help("text that starts with `!` has to be quoted")
        });
        Kind::Broken
    }

    /// Closes what a syntax mistake left open, so that places before it can be found.
    fn finish(mut self) -> Tree<'t> {
        while let Some(frame) = self.open.last() {
            self.leave(frame.end);
        }
        self.tree
    }
}

fn twice(tree: &Tree<'_>, key: Id, earlier: Id) -> Mistake {
    let message = format!("the key {} is given twice", quoted(tree.key_text(key)));
    Mistake::new(tree.node(key).span(), message)
        .label("given again")
        .related(tree.node(earlier).span(), "first given here")
        .help("remove one of them, or give it another name")
}

pub(super) fn too_deep(place: Range<usize>) -> Mistake {
    let help = format!("at most {DEPTH_MAX} lists and mappings lie inside each other");
    Mistake::new(place, "nested too deeply").help(help)
}

pub(super) fn too_many_copies(place: Range<usize>) -> Mistake {
    Mistake::new(place, "anchors and aliases make the file too large")
        .label("too much by here")
        .help("write out what is needed, or use fewer aliases inside aliases")
}

/// Whether a key brings the entries of other mappings.
fn is_merge(scalar: &Scalar<'_>) -> bool {
    scalar.plain && scalar.tag == Tag::None && scalar.text == "<<"
}

/// Whether a tag is the lone `!`, which keeps plain text from being anything but text.
fn is_bang(tag: &granit_parser::Tag) -> bool {
    tag.suffix_in_namespace("!").is_some_and(|rest| rest.is_empty())
}

/// What a tag says about a scalar; `None` if nothing is known of it.
fn scalar_tag(tag: &granit_parser::Tag) -> Option<Tag> {
    let global = tag.suffix_in_namespace("tag:yaml.org,2002:");
    let name = global.or_else(|| tag.suffix_in_namespace("!"))?;
    match name.as_ref() {
        "" | "merge" | "value" => Some(Tag::None),
        "str" => Some(Tag::Text),
        "null" => Some(Tag::Null),
        "bool" => Some(Tag::Bool),
        "int" => Some(Tag::Integer),
        "float" => Some(Tag::Float),
        "binary" => Some(Tag::Binary),
        "timestamp" => Some(Tag::Misplaced),
        _ => None,
    }
}

fn range(span: &Span) -> Range<usize> {
    let start = span.start.byte_offset().unwrap_or(0);
    start..span.end.byte_offset().unwrap_or(start).max(start)
}
