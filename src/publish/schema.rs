//! Schemas of published tables as plain data: in `schema.json`, in the pointer, in the dictionary.
//!
//! Kept apart from Arrow's schemas because they are compared from publication to publication:
//! readers may rely on every column that was ever published, so only additive changes pass.

use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Schema, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::domain::DataType;

/// The schema of one published table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSchema {
    /// Table name.
    pub table: String,
    /// What one row stands for, after "one row per"; null for a job's own tables.
    pub grain: Option<String>,
    /// What the table is for; null for a job's own tables.
    pub meaning: Option<String>,
    /// Columns that identify a row, in sort order.
    pub key: Vec<String>,
    /// Columns in the order of the files.
    pub columns: Vec<ColumnSchema>,
}

/// One column of a [`TableSchema`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSchema {
    /// Column name.
    pub name: String,
    /// Type as BI tools name it, for example `bigint`.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether values may be missing.
    pub nullable: bool,
    /// Unit of numbers; null if there is none.
    pub unit: Option<String>,
    /// What the column holds; null for a job's own tables.
    pub meaning: Option<String>,
}

impl TableSchema {
    /// The schema of a job's own table, from the Arrow schema that its files will have.
    pub(crate) fn of_sql_table(name: &str, key: &[String], schema: &Schema) -> Self {
        let columns = schema
            .fields()
            .iter()
            .map(|field| ColumnSchema {
                name: field.name().clone(),
                data_type: type_name(field.data_type()),
                nullable: field.is_nullable(),
                unit: None,
                meaning: None,
            })
            .collect();
        Self { table: name.to_owned(), grain: None, meaning: None, key: key.to_vec(), columns }
    }

    /// What keeps readers of `before` from reading `self`, as fragments; empty for additive changes.
    ///
    /// A new column is additive when it is nullable: earlier files do not have it. Meanings, units
    /// and the order of columns may change.
    #[must_use]
    pub fn breaks(&self, before: &Self) -> Vec<String> {
        let table = &self.table;
        let mut breaks = Vec::new();
        if self.key != before.key {
            let (old, new) = (before.key.join(", "), self.key.join(", "));
            breaks.push(format!("`{table}`: the key was `{old}` and is `{new}`"));
        }
        for old in &before.columns {
            let name = &old.name;
            match self.columns.iter().find(|column| column.name == *name) {
                None => breaks.push(format!("`{table}.{name}` is gone")),
                Some(new) if new.data_type != old.data_type => {
                    breaks.push(format!("`{table}.{name}` was {} and is {}", old.data_type, new.data_type));
                }
                Some(new) if new.nullable && !old.nullable => {
                    breaks.push(format!("`{table}.{name}` had no missing values and may have some now"));
                }
                Some(_) => {}
            }
        }
        for new in &self.columns {
            if !new.nullable && !before.columns.iter().any(|column| column.name == new.name) {
                breaks.push(format!("`{table}.{}` is new and not nullable", new.name));
            }
        }
        breaks
    }
}

/// The Arrow type of a column type.
#[must_use]
pub(crate) fn arrow_type(data_type: DataType) -> ArrowType {
    match data_type {
        DataType::String => ArrowType::Utf8,
        DataType::Boolean => ArrowType::Boolean,
        DataType::Integer => ArrowType::Int32,
        DataType::Bigint => ArrowType::Int64,
        DataType::Double => ArrowType::Float64,
        DataType::Date => ArrowType::Date32,
        DataType::Timestamp => ArrowType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
        DataType::Decimal { precision, scale } => ArrowType::Decimal128(precision, scale),
    }
}

/// The column type that is stored as `arrow`; `None` for types that published tables never have.
pub(crate) fn column_type(arrow: &ArrowType) -> Option<DataType> {
    Some(match arrow {
        ArrowType::Utf8 => DataType::String,
        ArrowType::Boolean => DataType::Boolean,
        ArrowType::Int32 => DataType::Integer,
        ArrowType::Int64 => DataType::Bigint,
        ArrowType::Float64 => DataType::Double,
        ArrowType::Date32 => DataType::Date,
        ArrowType::Timestamp(TimeUnit::Microsecond, Some(zone)) if zone.as_ref() == "UTC" => {
            DataType::Timestamp
        }
        ArrowType::Decimal128(precision, scale) => DataType::Decimal { precision: *precision, scale: *scale },
        _ => return None,
    })
}

/// The name of a type for people; Arrow's own for types that published tables never have.
fn type_name(arrow: &ArrowType) -> String {
    column_type(arrow).map_or_else(|| arrow.to_string(), |data_type| data_type.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, &str, bool)]) -> TableSchema {
        let columns = columns
            .iter()
            .map(|(name, data_type, nullable)| ColumnSchema {
                name: (*name).to_owned(),
                data_type: (*data_type).to_owned(),
                nullable: *nullable,
                unit: None,
                meaning: None,
            })
            .collect();
        TableSchema { table: "t".into(), grain: None, meaning: None, key: vec!["id".into()], columns }
    }

    #[test]
    fn a_new_nullable_column_is_additive_wherever_it_stands() {
        let before = schema(&[("id", "bigint", false), ("value", "double", true)]);
        let after = schema(&[("id", "bigint", false), ("extra", "string", true), ("value", "double", true)]);
        assert_eq!(after.breaks(&before), Vec::<String>::new());
    }

    #[test]
    fn everything_that_a_reader_could_miss_is_named() {
        let before = schema(&[("id", "bigint", false), ("value", "double", false), ("gone", "date", true)]);
        let mut after =
            schema(&[("id", "string", false), ("value", "double", true), ("must", "date", false)]);
        after.key = vec!["id".into(), "must".into()];
        assert_eq!(
            after.breaks(&before),
            [
                "`t`: the key was `id` and is `id, must`",
                "`t.id` was bigint and is string",
                "`t.value` had no missing values and may have some now",
                "`t.gone` is gone",
                "`t.must` is new and not nullable",
            ]
        );
    }

    #[test]
    fn every_column_type_survives_the_way_to_arrow_and_back() {
        for text in ["string", "boolean", "integer", "bigint", "double", "date", "timestamp", "decimal(12,2)"]
        {
            let data_type = DataType::parse(text);
            assert_eq!(data_type.and_then(|data_type| column_type(&arrow_type(data_type))), data_type);
        }
    }
}
