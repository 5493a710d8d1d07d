//! What spec structs hold so that positions survive decoding.
//!
//! Required and optional values look alike to checks: both give `Option<&Located<T>>`, where
//! `None` means "not given, or given with a problem that is reported already". A check that has
//! nothing to look at has nothing to say.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::config::diagnostic::Position;

/// Name by which the decoder recognizes [`Located`].
pub(super) const LOCATED: &str = "$located";
/// Name by which the decoder recognizes [`Optional`].
pub(super) const OPTIONAL: &str = "$optional";
/// Name by which the decoder recognizes [`Required`].
pub(super) const REQUIRED: &str = "$required";

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    /// The value.
    pub(crate) value: T,
    /// Where it stands.
    pub(crate) position: Position,
}

/// A value whose key must be given.
#[derive(Debug, Clone)]
pub(crate) struct Required<T>(Option<Located<T>>);

impl<T> Required<T> {
    /// The value, or `None` if a problem with it is reported already.
    pub(crate) fn get(&self) -> Option<&Located<T>> {
        self.0.as_ref()
    }
}

/// A value whose key may be left out, where it matters whether it is.
#[derive(Debug, Clone, Default)]
pub(crate) enum Optional<T> {
    /// The key is not there.
    #[default]
    Absent,
    /// The key is there; a problem with its value is reported already.
    Faulty,
    /// The value.
    Given(Located<T>),
}

impl<T> Optional<T> {
    /// The value, if it is given and has no problem.
    pub(crate) fn get(&self) -> Option<&Located<T>> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Faulty => None,
        }
    }

    /// True when the key is not there.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// A list whose elements have positions.
pub(crate) type List<T> = Vec<Required<T>>;

/// A mapping with names chosen by the author, in the order of the file.
#[derive(Debug, Clone)]
pub(crate) struct Entries<T> {
    entries: Vec<(Located<String>, T)>,
    faulty: bool,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), faulty: false }
    }
}

impl<T> Entries<T> {
    /// The names.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.entries.iter().map(|(name, _)| name.value.as_str()).collect()
    }

    /// The names to which references can resolve; `None` when a problem with the mapping as a whole
    /// is reported already, so that nothing is known.
    pub(crate) fn known(&self) -> Option<Vec<&str>> {
        (!self.faulty).then(|| self.names())
    }

    /// Names and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Located<String>, &T)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// True when a problem with the mapping as a whole is reported already.
    pub(crate) fn is_faulty(&self) -> bool {
        self.faulty
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LocatedVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for LocatedVisitor<T> {
            type Value = Located<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its position")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
                let lost = || A::Error::custom("a position is lost");
                let (line, column, length) = parts.next_element()?.ok_or_else(lost)?;
                let value = parts.next_element()?.ok_or_else(lost)?;
                Ok(Located { value, position: Position { line, column, length } })
            }
        }

        deserializer.deserialize_newtype_struct(LOCATED, LocatedVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Required<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RequiredVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for RequiredVisitor<T> {
            type Value = Required<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Required(None))
            }

            fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
                Located::deserialize(value).map(|located| Required(Some(located)))
            }
        }

        deserializer.deserialize_newtype_struct(REQUIRED, RequiredVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Optional<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OptionalVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OptionalVisitor<T> {
            type Value = Optional<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Optional::Faulty)
            }

            fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Optional::Absent)
            }

            fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
                Located::deserialize(value).map(Optional::Given)
            }
        }

        deserializer.deserialize_newtype_struct(OPTIONAL, OptionalVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries { entries, faulty: false })
            }

            fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Entries { entries: Vec::new(), faulty: true })
            }
        }

        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

/// In the schema, positions do not exist.
macro_rules! transparent_schema {
    ($($wrapper:ident)+) => {
        $(impl<T: JsonSchema> JsonSchema for $wrapper<T> {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                T::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                T::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                generator.subschema_for::<T>()
            }
        })+
    };
}

transparent_schema!(Located Optional Required);

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Entries_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": entry })
    }
}
