//! A serde deserializer over the tree.
//!
//! Checks types before serde's visitors do, because their messages speak of Rust ("invalid type:
//! map, expected a string"). A *hole* stands for a value with a reported problem: it decodes into
//! whatever is wanted, with nothing in it.

use serde::de::{DeserializeSeed, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{Fields, Form, Items, LocatedParts, Variant};
use super::error::DecodeError;
use super::faults::{Fault, Faults};
use super::located::{LOCATED, OPTIONAL, REQUIRED};
use super::node::{Entry, Node, Scalar, Value};
use super::suggest::listed;
use crate::config::diagnostic::Position;

pub(super) type Result<T> = std::result::Result<T, DecodeError>;

/// Decodes one node.
#[derive(Clone, Copy)]
pub(super) struct Decoder<'a> {
    /// `None`: a hole.
    pub(super) node: Option<&'a Node>,
    /// The key whose value this is: where people look for what is missing in the value.
    owner: Option<Position>,
    faults: &'a Faults,
}

impl<'a> Decoder<'a> {
    /// Decodes a whole tree.
    pub(super) fn root(node: &'a Node, faults: &'a Faults) -> Self {
        Self::new(node, None, faults)
    }

    /// Decodes one value.
    pub(super) fn new(node: &'a Node, owner: Option<Position>, faults: &'a Faults) -> Self {
        let hole = matches!(node.value, Value::Absent) || faults.skips(node);
        Self { node: (!hole).then_some(node), owner, faults }
    }

    /// Decodes a value about which a problem is reported.
    pub(super) fn hole(faults: &'a Faults) -> Self {
        Self { node: None, owner: None, faults }
    }

    /// Decodes the value with `seed` and gives an error without place the place of the value.
    pub(super) fn fill<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value> {
        let result = seed.deserialize(self);
        match self.node {
            Some(node) => Self::place(node, result),
            None => result,
        }
    }

    /// Gives an error about `node` its place.
    pub(super) fn place<T>(node: &Node, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.found(node).at(Some(node.position), Fault::Skip(node.id)))
    }

    fn wrong_type<T>(node: &Node, expected: &str) -> Result<T> {
        Self::place(node, Err(DecodeError::wrong_type(expected, &node.describe())))
    }

    /// Reads a scalar with `read`; `empty` stands in for a hole.
    fn scalar<T>(self, expected: &str, empty: T, read: impl Fn(&Scalar) -> Option<T>) -> Result<T> {
        let Some(node) = self.node else { return Ok(empty) };
        let value = match &node.value {
            Value::Scalar(scalar) if !scalar.is_null() => read(scalar),
            _ => None,
        };
        value.map_or_else(|| Self::wrong_type(node, expected), Ok)
    }

    /// The entries of a mapping; none for a hole and for a key without value.
    fn entries(self) -> Result<&'a [Entry]> {
        match self.node {
            None => Ok(&[]),
            Some(node) => match &node.value {
                Value::Mapping(entries) => Ok(entries),
                Value::Scalar(scalar) if scalar.is_null() => Ok(&[]),
                _ => Self::wrong_type(node, "a mapping (`key: value`)"),
            },
        }
    }

    fn text<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let read = |scalar: &Scalar| Some(scalar.text.clone());
        let text = self.scalar("a text", String::new(), read)?;
        let result = visitor.visit_string(text);
        match self.node {
            Some(node) => Self::place(node, result),
            None => result,
        }
    }

    fn integer(self) -> Result<i64> {
        self.scalar("a whole number", 0, |scalar| scalar.plain.then(|| scalar.text.parse().ok())?)
    }
}

impl<'a> Deserializer<'a> for Decoder<'a> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let Some(node) = self.node else { return visitor.visit_unit() };
        let result = match &node.value {
            Value::Scalar(scalar) if scalar.is_null() => visitor.visit_unit(),
            Value::Scalar(scalar) => visitor.visit_str(&scalar.text),
            Value::Sequence(_) => return self.deserialize_seq(visitor),
            Value::Mapping(_) => return self.deserialize_map(visitor),
            Value::Absent => visitor.visit_unit(),
        };
        Self::place(node, result)
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let read = |scalar: &Scalar| match scalar.text.as_str() {
            "true" if scalar.plain => Some(true),
            "false" if scalar.plain => Some(false),
            _ => None,
        };
        visitor.visit_bool(self.scalar("`true` or `false`", false, read)?)
    }

    fn deserialize_i64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_i64(self.integer()?)
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        // YAML writes infinity as `.inf`; what Rust takes for a number beyond digits is no number here.
        let read = |scalar: &Scalar| {
            let numeric =
                scalar.plain && scalar.text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
            if numeric { scalar.text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
        };
        visitor.visit_f64(self.scalar("a number", 0.0, read)?)
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match self.node.map(|node| &node.value) {
            None => visitor.visit_none(),
            Some(Value::Scalar(scalar)) if scalar.is_null() => visitor.visit_none(),
            Some(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        match (name, self.node) {
            (REQUIRED, None) => visitor.visit_none(),
            (REQUIRED, Some(_)) => visitor.visit_some(self),
            (OPTIONAL, None) => visitor.visit_unit(),
            (OPTIONAL, Some(_)) => self.deserialize_option(visitor),
            (LOCATED, node) => {
                let position = node.map_or(self.owner, |node| Some(node.position));
                visitor.visit_seq(LocatedParts { position, decoder: self, given: 0 })
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let items: &[Node] = match self.node {
            None => &[],
            Some(node) => match &node.value {
                Value::Sequence(items) => items,
                _ => return Self::wrong_type(node, "a list (`[a, b]`)"),
            },
        };
        visitor.visit_seq(Items { items: items.iter(), faults: self.faults })
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        if self.node.is_none() {
            return visitor.visit_none();
        }
        let entries = self.entries()?;
        visitor.visit_map(Fields::new(entries, &[], self.faults))
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let Some(node) = self.node else {
            return visitor.visit_map(Fields::new(&[], fields, self.faults));
        };
        let entries = self.entries()?;
        let filled = self.faults.filled(node);
        let map = Fields::new(entries, &filled, self.faults);
        visitor.visit_map(map).map_err(|error| {
            let given = |key: &str| entries.iter().any(|entry| entry.key.text() == key);
            if let Some(key) = error.missing_key() {
                return error.within(name).at(self.owner, Fault::Fill(node.id, key));
            }
            match error.near_key() {
                // Whoever misspells a key has not forgotten it as well.
                Some(meant) if !error.is_within() && !given(meant) => {
                    error.within(name).and(Fault::Fill(node.id, meant))
                }
                _ => error.within(name).at(Some(node.position), Fault::Skip(node.id)),
            }
        })
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let Some(node) = self.node else {
            let word = variants.first().copied().unwrap_or_default();
            return visitor.visit_enum(Variant { word, form: Form::Hole, content: self });
        };
        let variant = match &node.value {
            Value::Scalar(scalar) if !scalar.is_null() => {
                Variant { word: node.text(), form: Form::Word(node), content: self }
            }
            Value::Mapping(entries) if entries.len() == 1 => {
                let Entry { key, value } = &entries[0];
                let content = Decoder::new(value, Some(key.position), self.faults);
                Variant { word: key.text(), form: Form::Kind { key, whole: node }, content }
            }
            Value::Mapping(entries) if entries.len() > 1 => {
                let keys = listed(entries.iter().map(|entry| entry.key.text()));
                let error = DecodeError::wrong_type("one key", &format!("{}: {keys}", entries.len()))
                    .with_help(format!("keep one of {}", listed(variants.iter().copied())));
                return Err(error.at(Some(entries[1].key.position), Fault::Skip(node.id)));
            }
            _ => return Self::wrong_type(node, &format!("one of {}", listed(variants.iter().copied()))),
        };
        Self::place(node, visitor.visit_enum(variant).map_err(|error| error.within(name)))
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 char bytes byte_buf unit_struct tuple tuple_struct
    }
}
