//! `sources`: files and what is guaranteed about them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{ColumnType, OneByte, SpanText};
use crate::config::yaml::{Entries, List, Located, Optional, Required};
use crate::domain::{Known, Party};

/// A source: one file or a folder of files that SQL reads as a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceSpec {
    /// Whose data it is.
    pub(crate) party: Required<Party>,
    /// What it is about, for example `weather`, `market` or `competitor`. Drivers from it are grouped by it.
    pub(crate) about: Option<Located<String>>,
    /// The name of a storage and a path below it. A folder ends with `/`, for example `lake/erp/orders/`.
    pub(crate) path: Required<String>,
    /// File format. By default CSV for a path that ends with `.csv`, otherwise Parquet.
    pub(crate) format: Option<Located<FormatSpec>>,
    /// Column that dates a row. Rows are cut to what the run needs by it. A source without it is read whole.
    #[serde(default)]
    pub(crate) time: Optional<String>,
    /// Columns whose values are names of folders, such as `region=north/`, with their types, in the order of the folders.
    #[serde(default)]
    pub(crate) partitions: Entries<Required<ColumnType>>,
    /// How old the newest row may be at the end of the window.
    pub(crate) freshness: Option<Located<FreshnessSpec>>,
    /// What is guaranteed about columns. SQL sees exactly these, unless `schema_changes` is `append`.
    #[serde(default)]
    pub(crate) columns: Entries<ColumnSpec>,
    /// What happens when files do not hold the columns of the contract, or not all the same ones; `ignore` by default.
    pub(crate) schema_changes: Option<Located<SchemaChangesSpec>>,
    /// Set to `snapshot_only` when the source is overwritten in place, so that past values are lost: then no driver may come from it.
    pub(crate) history: Option<Located<HistorySpec>>,
    /// Whether a run needs rows of this source in its window.
    #[serde(default = "yes")]
    pub(crate) required: bool,
}

fn yes() -> bool {
    true
}

/// What happens when files of a source do not all hold the same columns.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SchemaChangesSpec {
    /// Columns that the contract does not name are not read; a file without one that it names ends the run with exit code 4.
    Ignore,
    /// Columns that the contract does not name become part of the table, by name after those that it names; those of text are strings. Where a file lacks a column, it is NULL, unless it is `required`, the `time` of the source, or in no file at all.
    Append,
    /// Every file holds exactly the columns that the contract names; more or fewer end the run with exit code 4.
    Fail,
}

/// Whether past values of a source are kept.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HistorySpec {
    /// The source is overwritten in place.
    SnapshotOnly,
}

/// File format of a source.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FormatSpec {
    /// Apache Parquet, without settings: `{ parquet: {} }`.
    Parquet(ParquetSpec),
    /// Delimited text.
    Csv(CsvSpec),
}

/// Parquet has no settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParquetSpec {}

/// How delimited text is read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CsvSpec {
    /// What separates fields; a comma by default.
    pub(crate) delimiter: Option<Located<OneByte>>,
    /// What encloses fields that hold the delimiter; a double quote by default.
    pub(crate) quote: Option<Located<OneByte>>,
    /// Texts that stand for a missing value. The empty field always does.
    #[serde(default)]
    pub(crate) null_values: List<String>,
    /// Whether the first line names the columns.
    #[serde(default = "yes")]
    pub(crate) header: bool,
    /// How bytes stand for letters; `utf_8` by default.
    pub(crate) encoding: Option<Located<EncodingSpec>>,
}

/// Character encoding of delimited text.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(crate) enum EncodingSpec {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf_8")]
    Utf8,
    /// ISO 8859-1 with what Windows adds to it, such as the euro sign.
    #[serde(rename = "latin_1")]
    Latin1,
}

/// How old the newest row may be at the end of the window.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FreshnessSpec {
    /// Older than this gives a warning.
    pub(crate) warn_after: Option<Located<SpanText>>,
    /// Older than this ends the run with exit code 4.
    pub(crate) fail_after: Option<Located<SpanText>>,
}

/// What is guaranteed about a column.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnSpec {
    /// Type that SQL sees.
    #[serde(rename = "type")]
    pub(crate) data_type: Required<ColumnType>,
    /// No value may be missing.
    #[serde(default)]
    pub(crate) required: bool,
    /// No value may occur twice.
    #[serde(default)]
    pub(crate) unique: bool,
    /// Smallest allowed value.
    pub(crate) min: Option<Located<f64>>,
    /// Largest allowed value.
    pub(crate) max: Option<Located<f64>>,
    /// When the value is known. A column that is known only after the outcome can never be a driver.
    #[serde(default = "at_entry")]
    pub(crate) known: Known,
}

fn at_entry() -> Known {
    Known::AtEntry
}
