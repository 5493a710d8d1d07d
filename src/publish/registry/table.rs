//! What a definition of an output table says: columns, types, units, key, meaning.
//!
//! Definitions are constants, so that the data dictionary, the schema of every file and the checks
//! before a publication can only say the same thing.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::domain::DataType;
use crate::publish::schema::{ColumnSchema, TableSchema, arrow_type};

/// Key of the meaning in a field's metadata. Readers such as Spark show it as the column's comment.
const COMMENT: &str = "comment";

/// Key of the unit in a field's metadata.
const UNIT: &str = "unit";

/// The definition of one output table.
#[derive(Debug, Clone, Copy)]
pub struct TableDef {
    /// Name, `snake_case`.
    pub name: &'static str,
    /// What one row stands for, after "one row per".
    pub grain: &'static str,
    /// What the table is for: full sentences.
    pub meaning: &'static str,
    /// Columns in the order of the files; `job` and `as_of` come first.
    pub columns: &'static [ColumnDef],
    /// Columns that identify a row: unique together, never NULL. Rows are ordered by them.
    pub key: &'static [&'static str],
    /// Whether rows may depend on the run that wrote them.
    pub kind: TableKind,
    /// What `current/` holds.
    pub current: Current,
}

/// Whether rows of a table may depend on the run that wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// The same inputs and seed give the same bytes.
    Result,
    /// Carries a run id and clock readings.
    Run,
}

/// What `current/` holds of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Current {
    /// The rows of the newest publication.
    Newest,
    /// Every published period once: the newest publication's rows, and those of earlier ones for
    /// all periods that it does not publish. The table has a `period_start` column.
    EveryPeriod,
}

/// The definition of one column.
#[derive(Debug, Clone, Copy)]
pub struct ColumnDef {
    /// Name, `snake_case`.
    pub name: &'static str,
    /// Type as BI tools name it.
    pub data_type: DataType,
    /// Whether values may be missing.
    pub nullable: bool,
    /// Unit of numbers, for example `share` (0 to 1) or `seconds`.
    pub unit: Option<&'static str>,
    /// What the column holds: one sentence.
    pub meaning: &'static str,
}

impl ColumnDef {
    /// A column in which no value is missing.
    pub(super) const fn required(name: &'static str, data_type: DataType, meaning: &'static str) -> Self {
        Self { name, data_type, nullable: false, unit: None, meaning }
    }

    /// A column in which values may be missing; the meaning says when.
    pub(super) const fn optional(name: &'static str, data_type: DataType, meaning: &'static str) -> Self {
        Self { name, data_type, nullable: true, unit: None, meaning }
    }

    /// The same column with a unit.
    pub(super) const fn unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }
}

impl TableDef {
    /// The position of the column called `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The Arrow schema of the table's files, with meaning and unit in each field's metadata.
    #[must_use]
    pub fn arrow_schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|column| {
                let mut metadata = HashMap::from([(COMMENT.to_owned(), column.meaning.to_owned())]);
                if let Some(unit) = column.unit {
                    metadata.insert(UNIT.to_owned(), unit.to_owned());
                }
                Field::new(column.name, arrow_type(column.data_type), column.nullable).with_metadata(metadata)
            })
            .collect();
        Arc::new(Schema::new(fields))
    }

    /// The schema as it stands in `schema.json`, in the pointer and in the data dictionary.
    #[must_use]
    pub fn schema(&self) -> TableSchema {
        let columns = self
            .columns
            .iter()
            .map(|column| ColumnSchema {
                name: column.name.to_owned(),
                data_type: column.data_type.to_string(),
                nullable: column.nullable,
                unit: column.unit.map(str::to_owned),
                meaning: Some(column.meaning.to_owned()),
            })
            .collect();
        TableSchema {
            table: self.name.to_owned(),
            grain: Some(self.grain.to_owned()),
            meaning: Some(self.meaning.to_owned()),
            key: self.key.iter().map(|&name| name.to_owned()).collect(),
            columns,
        }
    }
}
