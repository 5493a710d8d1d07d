//! `tests`: what a table's SQL makes of given rows.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::value::Day;
use crate::config::yaml::{Entries, List, Located, Required};

/// A test of a table's SQL: from the given rows it makes the expected ones.
///
/// `trichter test` runs it on these rows alone, without reading any data. Tables between the given ones and the tested
/// one are computed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestSpec {
    /// What the test shows, as a sentence.
    pub(crate) about: Option<Located<String>>,
    /// Table whose SQL is tested.
    pub(crate) table: Required<String>,
    /// Window that SQL sees as `$start`, `$end` and `$as_of`; that of the job by default.
    pub(crate) window: Option<Located<TestWindowSpec>>,
    /// Values of variables in this test, over those of the job.
    #[serde(default)]
    pub(crate) vars: Entries<Located<Cell>>,
    /// Rows of each source or table that is read, by its name; `[]` for none. A column that a row leaves out is empty.
    #[serde(default)]
    pub(crate) given: Entries<Required<List<Entries<Located<Cell>>>>>,
    /// All rows that come out, in any order, with the columns that are compared. Doubles may differ by 1e-9 of their size.
    pub(crate) expect: Required<List<Entries<Located<Cell>>>>,
}

/// The window of a test.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestWindowSpec {
    /// First day.
    pub(crate) start: Required<Day>,
    /// First day after it.
    pub(crate) end: Required<Day>,
}

/// One value of a row: a text, a number, `true` or `false`, a date or a time; `null` for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<String>::deserialize(deserializer).map(Self)
    }
}

impl JsonSchema for Cell {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cell".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "value", "type": ["string", "number", "boolean", "null"] })
    }
}
