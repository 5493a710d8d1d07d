//! What the decoder hands to serde piece by piece: list elements, keys and values, kinds.

use serde::de::value::SeqDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::decoder::{Decoder, Result};
use super::error::DecodeError;
use super::faults::{Fault, Faults};
use super::node::{Entry, Node};
use crate::config::diagnostic::Position;

/// Position and value of a [`super::Located`].
pub(super) struct LocatedParts<'a> {
    /// Where the value stands.
    pub(super) position: Option<Position>,
    /// Decodes the value.
    pub(super) decoder: Decoder<'a>,
    /// How many of the two are given away.
    pub(super) given: u8,
}

impl<'a> SeqAccess<'a> for LocatedParts<'a> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        self.given += 1;
        if self.given > 1 {
            return self.decoder.fill(seed).map(Some);
        }
        let Position { line, column, length } =
            self.position.unwrap_or(Position { line: 1, column: 1, length: 1 });
        seed.deserialize(SeqDeserializer::new([line, column, length].into_iter())).map(Some)
    }
}

/// Elements of a list.
pub(super) struct Items<'a> {
    /// Elements to come.
    pub(super) items: std::slice::Iter<'a, Node>,
    /// What to leave out.
    pub(super) faults: &'a Faults,
}

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(item) = self.items.next() else { return Ok(None) };
        Decoder::new(item, Some(item.position), self.faults).fill(seed).map(Some)
    }
}

/// Keys and values of a mapping, then the keys that are only read as if they stood there.
pub(super) struct Fields<'a, 'f> {
    entries: std::slice::Iter<'a, Entry>,
    filled: std::slice::Iter<'f, &'static str>,
    value: Option<Decoder<'a>>,
    faults: &'a Faults,
}

impl<'a, 'f> Fields<'a, 'f> {
    /// Entries of the file, then keys to fill.
    pub(super) fn new(entries: &'a [Entry], filled: &'f [&'static str], faults: &'a Faults) -> Self {
        Self { entries: entries.iter(), filled: filled.iter(), value: None, faults }
    }
}

impl<'a> MapAccess<'a> for Fields<'a, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let faults = self.faults;
        if let Some(entry) = self.entries.by_ref().find(|entry| !faults.skips(&entry.key)) {
            self.value = Some(Decoder::new(&entry.value, Some(entry.key.position), self.faults));
            let key = Decoder::new(&entry.key, None, self.faults);
            return Decoder::place(&entry.key, seed.deserialize(key)).map(Some);
        }
        let Some(name) = self.filled.next() else { return Ok(None) };
        self.value = Some(Decoder::hole(self.faults));
        seed.deserialize((*name).into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value> {
        match self.value.take() {
            Some(value) => value.fill(seed),
            None => Err(DecodeError::custom("a value is read before its key")),
        }
    }
}

/// One of several words (`better: higher`) or kinds (`format: { csv: {} }`).
pub(super) struct Variant<'a> {
    /// The word, or the only key of the mapping.
    pub(super) word: &'a str,
    /// How it is written.
    pub(super) form: Form<'a>,
    /// What belongs to the kind.
    pub(super) content: Decoder<'a>,
}

/// How a word or kind is written.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    /// Not at all: a problem with it is reported.
    Hole,
    /// As a word.
    Word(&'a Node),
    /// As the only key of a mapping.
    Kind {
        /// The key.
        key: &'a Node,
        /// The mapping.
        whole: &'a Node,
    },
}

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self)> {
        let known = seed.deserialize(IntoDeserializer::<DecodeError>::into_deserializer(self.word));
        let known = known.map_err(|error| match self.form {
            Form::Hole => error,
            Form::Word(node) => error.at(Some(node.position), Fault::Skip(node.id)),
            // The problem is the key, but without it nothing is left of the mapping.
            Form::Kind { key, whole } => error.about_key().at(Some(key.position), Fault::Skip(whole.id)),
        })?;
        Ok((known, self))
    }
}

impl<'a> VariantAccess<'a> for Variant<'a> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<()> {
        match self.form {
            Form::Hole | Form::Word(_) => Ok(()),
            Form::Kind { whole, .. } => {
                let expected = format!("just `{}`", self.word);
                Decoder::place(whole, Err(DecodeError::wrong_type(&expected, "a mapping")))
            }
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value> {
        match self.form {
            Form::Hole | Form::Kind { .. } => self.content.fill(seed),
            Form::Word(node) => {
                let word = self.word;
                let error = DecodeError::wrong_type(&format!("`{word}` with its settings"), "the word alone")
                    .with_help(format!(
                        "write `{{ {word}: {{}} }}` and put settings, if any, into the inner braces"
                    ));
                Decoder::place(node, Err(error))
            }
        }
    }

    fn tuple_variant<V: Visitor<'a>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.content.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'a>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.content.deserialize_struct("", fields, visitor)
    }
}
