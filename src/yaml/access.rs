//! Goes through the lists, mappings and alternatives of a tree on behalf of the reader.

use serde::de::{self, DeserializeSeed, IntoDeserializer as _, Visitor};

use super::fault::Fault;
use super::path::Segment;
use super::reader::Reader;
use super::tree::{Entry, Id};
use crate::mistake::quoted;

/// The entries of a list, those passed over left out.
pub(super) struct Entries<'a, 't> {
    pub(super) reader: Reader<'a, 't>,
    pub(super) items: &'a [Id],
    pub(super) next: usize,
}

impl<'a> de::SeqAccess<'a> for Entries<'a, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        while let Some(item) = self.items.get(self.next) {
            let index = self.next;
            self.next = self.next.saturating_add(1);
            let container = self.reader.id;
            if self.reader.progress.dropped.contains(&(container, index)) {
                continue;
            }
            let read = self.reader.inner(*item).and_then(|reader| seed.deserialize(reader));
            return read.map(Some).map_err(|fault| {
                let fault = self.reader.blame(fault, None, *item);
                fault.within(container, index).via(Segment::Index(index))
            });
        }
        Ok(None)
    }
}

/// The entries of a mapping, those passed over left out.
pub(super) struct Pairs<'a, 't> {
    pub(super) reader: Reader<'a, 't>,
    pub(super) entries: &'a [Entry],
    pub(super) next: usize,
    /// The entry whose key has been read and whose value has not.
    pub(super) value: Option<(usize, Entry)>,
}

impl<'a> de::MapAccess<'a> for Pairs<'a, '_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        while let Some(entry) = self.entries.get(self.next) {
            let index = self.next;
            self.next = self.next.saturating_add(1);
            let container = self.reader.id;
            if self.reader.progress.dropped.contains(&(container, index)) {
                continue;
            }
            self.value = Some((index, *entry));
            let read = self.reader.inner(entry.key).and_then(|reader| seed.deserialize(reader));
            return read
                .map(Some)
                .map_err(|fault| fault.at(entry.key, None).within(container, index));
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some((index, entry)) = self.value.take() else {
            return Err(Fault::message("a value without a key"));
        };
        let read = self.reader.inner(entry.value).and_then(|reader| seed.deserialize(reader));
        read.map_err(|fault| {
            let key = self.reader.tree.key_text(entry.key).to_owned();
            let fault = self.reader.blame(fault, Some(entry.key), entry.value);
            fault.within(self.reader.id, index).via(Segment::Key(key.into()))
        })
    }
}

/// One of several alternatives: a word, or a mapping with one key and what belongs to it.
pub(super) struct Choice<'a, 't> {
    pub(super) reader: Reader<'a, 't>,
    pub(super) word: &'a str,
    pub(super) entry: Option<Entry>,
}

impl<'a> de::EnumAccess<'a> for Choice<'a, '_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let word: de::value::BorrowedStrDeserializer<'a, Fault> =
            de::value::BorrowedStrDeserializer::new(self.word);
        match (seed.deserialize(word.into_deserializer()), self.entry) {
            (Ok(value), _) => Ok((value, self)),
            (Err(fault), Some(entry)) => Err(fault.at(entry.key, None)),
            (Err(fault), None) => Err(fault),
        }
    }
}

impl<'a, 't> Choice<'a, 't> {
    /// Reads what belongs to the word.
    fn payload<T>(self, read: impl FnOnce(Reader<'a, 't>) -> Result<T, Fault>) -> Result<T, Fault> {
        let Some(entry) = self.entry else {
            let word = quoted(self.word);
            return Err(Fault::message(format!("{word} needs a value\nhelp: write it as a key")));
        };
        self.reader.inner(entry.value).and_then(read).map_err(|fault| {
            fault.at(entry.value, Some(entry.key)).via(Segment::Key(self.word.to_owned().into()))
        })
    }
}

impl<'a> de::VariantAccess<'a> for Choice<'a, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if self.entry.is_none() {
            return Ok(());
        }
        self.payload(de::Deserialize::deserialize)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, Fault> {
        self.payload(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.payload(|reader| reader.list(visitor, Some(length)))
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.payload(|reader| reader.mapping(visitor))
    }
}
