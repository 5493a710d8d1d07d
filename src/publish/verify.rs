//! What must hold of every batch before anything is written: schema, no missing values, unique key.
//!
//! A violation is a defect of trichter, not of the data: builders and stages promise all of it.
//! It is looked at once more because a table that breaks its key silently doubles every join.

use arrow::array::AsArray;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Float64Type, Schema};
use arrow::row::{OwnedRow, RowConverter, SortField};

use super::error::PublishError;
use super::registry::TableDef;

/// Checks a finished batch against its definition.
///
/// # Errors
///
/// [`PublishError::Defect`] naming table, column and the first offending key.
pub(crate) fn verify(def: &TableDef, batch: &RecordBatch) -> Result<(), PublishError> {
    let defect = |reason: String| PublishError::Defect { table: def.name.to_owned(), reason };
    if batch.schema() != def.arrow_schema() {
        return Err(defect("the columns differ from the registry".to_owned()));
    }
    values_are_allowed(&batch.schema(), batch.columns()).map_err(defect)?;
    let key: Vec<String> = def.key.iter().map(|&name| name.to_owned()).collect();
    let mut order = KeyOrder::new(&key, &batch.schema()).map_err(defect)?;
    order.follow(batch).map_err(defect)
}

/// Checks that required columns have no missing values and that doubles are finite.
fn values_are_allowed(schema: &Schema, columns: &[ArrayRef]) -> Result<(), String> {
    for (field, column) in schema.fields().iter().zip(columns) {
        if !field.is_nullable() && column.null_count() > 0 {
            return Err(format!("`{}` has {} missing values", field.name(), column.null_count()));
        }
        let not_finite = column
            .as_primitive_opt::<Float64Type>()
            .is_some_and(|numbers| numbers.iter().flatten().any(|number| !number.is_finite()));
        if not_finite {
            return Err(format!("`{}` has a value that is not finite", field.name()));
        }
    }
    Ok(())
}

/// Follows rows through one or more batches and refuses any whose key is not above the one before:
/// that the key is unique and that rows are in its order are the same test.
pub(crate) struct KeyOrder {
    names: Vec<String>,
    positions: Vec<usize>,
    converter: RowConverter,
    last: Option<OwnedRow>,
}

impl KeyOrder {
    /// Starts before the first row. Fails when a key column is missing.
    pub(crate) fn new(key: &[String], schema: &Schema) -> Result<Self, String> {
        let positions = key
            .iter()
            .map(|name| schema.index_of(name).map_err(|_| format!("key column `{name}` is missing")))
            .collect::<Result<Vec<usize>, String>>()?;
        let fields =
            positions.iter().map(|&at| SortField::new(schema.field(at).data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(|error| error.to_string())?;
        Ok(Self { names: key.to_vec(), positions, converter, last: None })
    }

    /// Follows the rows of the next batch. Fails at a missing, repeated or misplaced key.
    pub(crate) fn follow(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let columns: Vec<ArrayRef> = self.positions.iter().map(|&at| batch.column(at).clone()).collect();
        for (name, column) in self.names.iter().zip(&columns) {
            if column.null_count() > 0 {
                return Err(format!("key column `{name}` has missing values"));
            }
        }
        let rows = self.converter.convert_columns(&columns).map_err(|error| error.to_string())?;
        for (index, row) in rows.iter().enumerate() {
            let before = match index {
                0 => self.last.as_ref().map(OwnedRow::row),
                _ => Some(rows.row(index - 1)),
            };
            if before.is_some_and(|before| before >= row) {
                let problem = if before == Some(row) { "occurs twice" } else { "is out of order" };
                return Err(format!("the key {} {problem}", self.describe(&columns, index)?));
            }
        }
        if batch.num_rows() > 0 {
            self.last = Some(rows.row(batch.num_rows() - 1).owned());
        }
        Ok(())
    }

    fn describe(&self, columns: &[ArrayRef], index: usize) -> Result<String, String> {
        let mut parts = Vec::new();
        for (name, column) in self.names.iter().zip(columns) {
            let value = arrow::util::display::array_value_to_string(column, index)
                .map_err(|error| error.to_string())?;
            parts.push(format!("{name}={value}"));
        }
        Ok(format!("`{}`", parts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Float64Array, StringArray};
    use arrow::datatypes::{DataType, Field};

    use super::*;
    use crate::publish::registry::KPI_LINKS;

    fn links(pairs: &[(&str, &str)]) -> Result<(), PublishError> {
        let column = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
        let columns = vec![
            column(vec!["j"; pairs.len()]),
            Arc::new(Date32Array::from(vec![0; pairs.len()])) as ArrayRef,
            column(pairs.iter().map(|pair| pair.0).collect()),
            column(pairs.iter().map(|pair| pair.1).collect()),
        ];
        verify(&KPI_LINKS, &RecordBatch::try_new(KPI_LINKS.arrow_schema(), columns).expect("columns fit"))
    }

    #[test]
    fn a_repeated_key_is_named() {
        assert!(links(&[("a", "b"), ("a", "c")]).is_ok());
        let error = links(&[("a", "b"), ("a", "b")]).expect_err("the key repeats");
        assert_eq!(
            error.to_string(),
            "table `kpi_links` is not what its definition says: the key \
             `job=j, as_of=1970-01-01, kpi=a, part_of=b` occurs twice"
        );
    }

    #[test]
    fn rows_out_of_order_are_refused() {
        assert!(links(&[("b", "a"), ("a", "a")]).expect_err("order").to_string().contains("out of order"));
    }

    #[test]
    fn the_order_is_followed_from_batch_to_batch() {
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Utf8, false)]));
        let batch = |id: &str| {
            let column: ArrayRef = Arc::new(StringArray::from(vec![id]));
            RecordBatch::try_new(schema.clone(), vec![column]).expect("columns fit")
        };
        let mut order = KeyOrder::new(&["id".to_owned()], &schema).expect("key exists");
        assert!(order.follow(&batch("a")).is_ok());
        assert!(order.follow(&batch("a")).is_err());
    }

    #[test]
    fn infinity_is_refused() {
        let schema = Schema::new(vec![Field::new("x", DataType::Float64, true)]);
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::INFINITY)]));
        assert!(values_are_allowed(&schema, &[numbers]).is_err());
    }
}
