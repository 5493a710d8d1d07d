//! Resolved sources: where rows come from and what their contract guarantees.

use crate::domain::{DataType, Known, Party, Span};

/// A place in a storage: the storage's name and a path below it, without a leading `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    /// Name of a storage in the platform configuration.
    pub storage: String,
    /// Path below the storage. Ends with `/` when it is a folder.
    pub path: String,
}

/// A checked source.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name under which SQL reads it.
    pub name: String,
    /// Whose data it is.
    pub party: Party,
    /// What it is about, for example `weather`; free text.
    pub about: Option<String>,
    /// Object or folder.
    pub location: Location,
    /// File format.
    pub format: Format,
    /// Column that dates a row, one of `columns` or of `partitions`. Rows are cut to what the run needs by it.
    pub time: Option<String>,
    /// Hive partition columns in folder order, for example `region=north/`.
    pub partitions: Vec<PartitionColumn>,
    /// How old the newest row may be at the window's end.
    pub freshness: Option<Freshness>,
    /// What the contract guarantees. SQL sees these and `partitions`; files may hold more.
    /// Empty means: the columns of the first file, seen only when connected.
    pub columns: Vec<Column>,
    /// What happens when files do not all hold the same columns.
    pub schema_changes: SchemaChanges,
    /// True when the source is overwritten in place, so that past values are lost: no driver may come from it.
    pub snapshot_only: bool,
    /// True when a run may not go on without rows in its window.
    pub required: bool,
}

impl Source {
    /// True when SQL sees exactly what the contract names, so that queries can be planned without the files.
    #[must_use]
    pub fn is_known_offline(&self) -> bool {
        !self.columns.is_empty() && self.schema_changes != SchemaChanges::Append
    }
}

/// What happens when files of a source do not all hold the same columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SchemaChanges {
    /// Columns that are not declared are not read; declared ones that are missing are an error.
    #[default]
    Ignore,
    /// Columns that are not declared become part of the table; where a file lacks one it is NULL.
    Append,
    /// Columns that are not declared, and declared ones that are missing, are an error.
    Fail,
}

/// A file format with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Delimited text.
    Csv(CsvOptions),
}

/// How delimited text is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    /// Field delimiter, one ASCII byte.
    pub delimiter: u8,
    /// Quote character, one ASCII byte.
    pub quote: u8,
    /// Texts that stand for a missing value. The empty field always does.
    pub null_values: Vec<String>,
    /// Whether the first line names the columns.
    pub header: bool,
    /// How bytes stand for letters.
    pub encoding: Encoding,
}

/// Character encoding of delimited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// ISO 8859-1 with what Windows adds to it: the encoding that browsers call `windows-1252`.
    Latin1,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: b',', quote: b'"', null_values: Vec::new(), header: true, encoding: Encoding::Utf8 }
    }
}

/// A partition column whose values are folder names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionColumn {
    /// Column name, the part before `=`.
    pub name: String,
    /// Type that folder names are read as.
    pub data_type: DataType,
}

/// How old the newest row may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Older than this gives a warning.
    pub warn_after: Option<Span>,
    /// Older than this ends the run with exit code 4.
    pub fail_after: Option<Span>,
}

/// One column of a source's contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name as in the files.
    pub name: String,
    /// Type that SQL sees.
    pub data_type: DataType,
    /// No value may be missing.
    pub required: bool,
    /// No value may occur twice.
    pub unique: bool,
    /// Smallest allowed value.
    pub min: Option<f64>,
    /// Largest allowed value.
    pub max: Option<f64>,
    /// When the value is known.
    pub known: Known,
}
