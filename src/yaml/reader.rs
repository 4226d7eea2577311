//! Reads serde types from a tree, by the rules of the fast way, and knows where it stopped.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, Expected, Visitor};

use super::access::{Choice, Entries, Pairs};
use super::fault::{Cause, Fault, in_words, one_of};
use super::scalar::{self, Meaning};
use super::tree::{Id, Kind, Scalar, Tag, Tree};
use super::{COPIES_MAX, DEPTH_MAX};
use crate::mistake::quoted;

/// What is kept between the rounds of reading the same tree.
#[derive(Debug)]
pub(super) struct Progress {
    /// Entries of lists and mappings that are passed over, because what is wrong in them is known.
    pub(super) dropped: BTreeSet<(Id, usize)>,
    /// Nodes looked at in this round.
    visits: Cell<usize>,
    visits_max: usize,
}

impl Progress {
    pub(super) fn new(tree: &Tree<'_>) -> Self {
        let visits_max = tree.nodes.len().saturating_add(COPIES_MAX).saturating_mul(2);
        Self { dropped: BTreeSet::new(), visits: Cell::new(0), visits_max }
    }

    /// Starts another round; returns the nodes looked at in the last one.
    pub(super) fn restart(&self) -> usize {
        self.visits.replace(0)
    }

    fn visit(&self) -> Result<(), Fault> {
        self.visits.set(self.visits.get().saturating_add(1));
        if self.visits.get() > self.visits_max {
            return Err(Fault::new(Cause::TooMuch));
        }
        Ok(())
    }
}

/// One value of the tree, to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a, 't> {
    pub(super) tree: &'a Tree<'t>,
    pub(super) progress: &'a Progress,
    /// Never an alias.
    pub(super) id: Id,
    depth: usize,
}

impl<'a, 't> Reader<'a, 't> {
    pub(super) fn new(tree: &'a Tree<'t>, progress: &'a Progress, id: Id) -> Self {
        Self { tree, progress, id: tree.target(id), depth: 0 }
    }

    /// A value inside this one.
    pub(super) fn inner(&self, id: Id) -> Result<Self, Fault> {
        self.progress.visit()?;
        let depth = self.depth.saturating_add(1);
        if depth > DEPTH_MAX {
            return Err(Fault::new(Cause::TooDeep));
        }
        Ok(Self { id: self.tree.target(id), depth, ..*self })
    }

    /// Says that a fault happened at a value inside this one, or deeper.
    ///
    /// Where aliases make too much of it, the outermost one is to blame.
    pub(super) fn blame(&self, fault: Fault, key: Option<Id>, value: Id) -> Fault {
        let mut fault = fault.at(value, key);
        let endless = matches!(fault.0.cause, Cause::TooMuch | Cause::TooDeep);
        if endless && matches!(self.tree.node(value).kind, Kind::Alias(_)) {
            fault.0.node = Some(value);
            fault.0.key = key;
        }
        fault
    }

    fn kind(&self) -> &'a Kind<'t> {
        &self.tree.node(self.id).kind
    }

    fn scalar(&self) -> Option<&'a Scalar<'t>> {
        match self.kind() {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::List(_) | Kind::Mapping(_) | Kind::Alias(_) | Kind::Broken => None,
        }
    }

    fn is_null(&self) -> bool {
        self.scalar().is_some_and(scalar::is_null)
    }

    /// Says that something else is here.
    fn unexpected(&self, expected: impl Into<String>) -> Fault {
        let found = match self.kind() {
            Kind::Broken | Kind::Alias(_) => return Fault::new(Cause::Reported),
            Kind::List(_) => "a list".to_owned(),
            Kind::Mapping(_) => "a mapping".to_owned(),
            Kind::Scalar(scalar) => match scalar::meaning(scalar) {
                Meaning::Null => "nothing".to_owned(),
                Meaning::Bool(truth) => format!("`{truth}`"),
                Meaning::Unsigned(_)
                | Meaning::Signed(_)
                | Meaning::Float(_)
                | Meaning::NotFinite => format!("the number {}", quoted(&scalar.text)),
                Meaning::Text => "a string".to_owned(),
                Meaning::Mistagged => return Fault::message("the value does not fit its tag"),
            },
        };
        Fault::kind(found, expected)
    }

    /// Reads a whole number of a type with these bounds.
    fn whole<T>(&self, visitor: &dyn Expected, least: &T, most: &T) -> Result<T, Fault>
    where
        T: TryFrom<i128> + fmt::Display,
    {
        let fits = |scalar: &&Scalar<'_>| matches!(scalar.tag, Tag::None | Tag::Integer);
        let read = |scalar: &'a Scalar<'t>| Some((scalar, scalar::integer(&scalar.text)?));
        let Some((scalar, value)) = self.scalar().filter(fits).and_then(read) else {
            return Err(self.unexpected(in_words(visitor)));
        };
        // The fast way refuses `-0` where nothing below 0 can stand.
        let signed = T::try_from(-1).is_ok();
        let negative = scalar.text.trim_start().starts_with('-');
        let fitting = T::try_from(value).ok().filter(|_| signed || !negative);
        fitting.ok_or_else(|| {
            let expected = if negative {
                format!("a whole number of at least {least}")
            } else {
                format!("a whole number of at most {most}")
            };
            Fault::new(Cause::Value { found: quoted(&scalar.text), expected })
        })
    }

    fn float(&self, visitor: &dyn Expected) -> Result<f64, Fault> {
        let fits = |scalar: &&Scalar<'_>| matches!(scalar.tag, Tag::None | Tag::Float);
        let number = self.scalar().filter(fits).and_then(|scalar| scalar::number(&scalar.text));
        number.ok_or_else(|| self.unexpected(in_words(visitor)))
    }

    /// Reads the text of anything but nothing: a number that stands for a string keeps its
    /// spelling.
    fn string(&self, visitor: &dyn Expected) -> Result<&'a str, Fault> {
        let fits = |scalar: &&Scalar<'_>| {
            !scalar::is_null(scalar) && matches!(scalar.tag, Tag::None | Tag::Text | Tag::Binary)
        };
        let scalar = self.scalar().filter(fits);
        scalar.map(|scalar| &*scalar.text).ok_or_else(|| self.unexpected(in_words(visitor)))
    }

    pub(super) fn list<V: Visitor<'a>>(
        self,
        visitor: V,
        length: Option<usize>,
    ) -> Result<V::Value, Fault> {
        let Kind::List(items) = self.kind() else {
            return Err(self.unexpected(in_words(&visitor)));
        };
        let mut entries = Entries { reader: self, items, next: 0 };
        let value = visitor.visit_seq(&mut entries)?;
        match length {
            Some(length) if items.len() > length => {
                let expected = format!("a list of {length} entries");
                Err(Fault::new(Cause::Length { found: items.len(), expected }))
            }
            _ => Ok(value),
        }
    }

    pub(super) fn mapping<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Kind::Mapping(entries) = self.kind() else {
            return Err(self.unexpected(in_words(&visitor)));
        };
        visitor.visit_map(Pairs { reader: self, entries, next: 0, value: None })
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty),*) => {
        $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = self.whole::<$type>(&visitor, &<$type>::MIN, &<$type>::MAX)?;
            visitor.$visit(number)
        })*
    };
}

impl<'a> de::Deserializer<'a> for Reader<'a, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let scalar = match self.kind() {
            Kind::List(_) => return self.list(visitor, None),
            Kind::Mapping(_) => return self.mapping(visitor),
            Kind::Alias(_) | Kind::Broken => return Err(Fault::new(Cause::Reported)),
            Kind::Scalar(scalar) => scalar,
        };
        match scalar::meaning(scalar) {
            Meaning::Null => visitor.visit_unit(),
            Meaning::Bool(truth) => visitor.visit_bool(truth),
            Meaning::Unsigned(number) => visitor.visit_u64(number),
            Meaning::Signed(number) => visitor.visit_i64(number),
            Meaning::Float(number) => visitor.visit_f64(number),
            Meaning::Text => visitor.visit_borrowed_str(&scalar.text),
            Meaning::NotFinite => Err(Fault::new(Cause::Value {
                found: quoted(&scalar.text),
                expected: "a number that JSON can hold, or a quoted string".to_owned(),
            })),
            Meaning::Mistagged => Err(self.unexpected("")),
        }
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let fits = |scalar: &&Scalar<'_>| matches!(scalar.tag, Tag::None | Tag::Bool);
        match self.scalar().filter(fits).and_then(|scalar| scalar::boolean(&scalar.text)) {
            Some(truth) => visitor.visit_bool(truth),
            None => Err(self.unexpected(in_words(&visitor))),
        }
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_u128 visit_u128 u128
    }

    fn deserialize_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = self.float(&visitor)?;
        visitor.visit_f64(number)
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.string(&visitor)?;
        visitor.visit_borrowed_str(text)
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.list(visitor, None)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.list(visitor, None)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_null() {
            return visitor.visit_unit();
        }
        Err(self.unexpected("nothing"))
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Mapping(entries) if entries.is_empty() => visitor.visit_unit(),
            Kind::Scalar(_) | Kind::List(_) | Kind::Mapping(_) | Kind::Alias(_) | Kind::Broken => {
                self.deserialize_unit(visitor)
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.list(visitor, None)
    }

    fn deserialize_tuple<V: Visitor<'a>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.list(visitor, Some(length))
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.list(visitor, Some(length))
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.mapping(visitor)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.mapping(visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Scalar(scalar) if !self.is_null() => {
                visitor.visit_enum(Choice { reader: self, word: &scalar.text, entry: None })
            }
            Kind::Mapping(entries) => {
                let [entry] = entries.as_slice() else {
                    let expected = format!("a mapping with one key, {}", one_of(variants));
                    return Err(Fault::kind(format!("{} keys", entries.len()), expected));
                };
                let word = self.tree.key_text(entry.key);
                visitor.visit_enum(Choice { reader: self, word, entry: Some(*entry) })
            }
            Kind::Scalar(_) | Kind::List(_) | Kind::Alias(_) | Kind::Broken => {
                Err(self.unexpected(one_of(variants)))
            }
        }
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}
