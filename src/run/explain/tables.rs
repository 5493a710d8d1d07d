//! Published tables, read through one pointer, as rows that explanations understand.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use object_store::ObjectStore;

use crate::publish::{self, Pointer, TableSchema};
use crate::report::explain::{Cell, Published, PublishedColumn, PublishedTable, Row};
use crate::run::{Failure, FailureClass};

/// Tables that explanations tell of. Others are read when evidence points to them.
const TABLES: [&str; 11] = [
    "channel_performance",
    "driver_effects",
    "driver_importance",
    "driver_interactions",
    "experiments",
    "kpi_catalog",
    "kpi_values",
    "model_quality",
    "recommendation_evidence",
    "recommendations",
    "response_curves",
];

/// Reads the tables that every explanation may need.
pub(super) async fn read(store: &Arc<dyn ObjectStore>, pointer: &Pointer) -> Result<Published, Failure> {
    let mut published = Published::default();
    for table in TABLES {
        add(store, pointer, table, &mut published).await?;
    }
    Ok(published)
}

/// Reads the tables that the evidence of a recommendation points to.
pub(super) async fn read_evidence(
    store: &Arc<dyn ObjectStore>,
    pointer: &Pointer,
    recommendation: &str,
    published: &mut Published,
) -> Result<(), Failure> {
    let is_its = |row: &&Row| row.text("recommendation_id") == recommendation;
    let rows = published.rows("recommendation_evidence").filter(is_its);
    let tables: Vec<String> = rows.map(|row| row.text("table_name").to_owned()).collect();
    for table in tables {
        add(store, pointer, &table, published).await?;
    }
    Ok(())
}

/// Reads `table` unless it was read before, or was not published.
async fn add(
    store: &Arc<dyn ObjectStore>,
    pointer: &Pointer,
    table: &str,
    published: &mut Published,
) -> Result<(), Failure> {
    let Some(described) = pointer.table(table).filter(|_| published.table(table).is_none()) else {
        return Ok(());
    };
    let batches = publish::read_published(store, pointer, table).await?.unwrap_or_default();
    published.0.insert(table.to_owned(), table_of(&described.schema, &batches)?);
    Ok(())
}

/// The rows of `batches` with what `schema` says about them.
pub(super) fn table_of(schema: &TableSchema, batches: &[RecordBatch]) -> Result<PublishedTable, Failure> {
    let columns = schema.columns.iter().map(|column| PublishedColumn {
        name: column.name.clone(),
        unit: column.unit.clone(),
        meaning: column.meaning.clone(),
    });
    let mut rows = Vec::new();
    for batch in batches {
        rows.append(&mut rows_of(batch)?);
    }
    Ok(PublishedTable { key: schema.key.clone(), columns: columns.collect(), rows })
}

fn rows_of(batch: &RecordBatch) -> Result<Vec<Row>, Failure> {
    let mut rows = vec![Row::default(); batch.num_rows()];
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let cells = cells(column).map_err(|error| {
            Failure::new(FailureClass::Internal, format!("column `{}`: {error}", field.name()))
        })?;
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.0.insert(field.name().clone(), cell);
        }
    }
    Ok(rows)
}

fn cells(column: &ArrayRef) -> Result<Vec<Cell>, arrow::error::ArrowError> {
    let places = 0..column.len();
    let or_missing = |place: usize, cell: Cell| if column.is_null(place) { Cell::Missing } else { cell };
    Ok(match column.data_type() {
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>();
            places.map(|place| or_missing(place, Cell::Number(values.value(place)))).collect()
        }
        DataType::Int64 => {
            let values = column.as_primitive::<Int64Type>();
            // Counts of rows and ranks are far below 2^53.
            places.map(|place| or_missing(place, Cell::Number(values.value(place) as f64))).collect()
        }
        DataType::Boolean => {
            let values = column.as_boolean();
            places.map(|place| or_missing(place, Cell::Flag(values.value(place)))).collect()
        }
        _ => {
            let options = FormatOptions::default();
            let values = ArrayFormatter::try_new(column.as_ref(), &options)?;
            places.map(|place| or_missing(place, Cell::Text(values.value(place).to_string()))).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use arrow::array::{BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};
    use arrow::datatypes::{Field, Schema};

    use super::*;

    #[test]
    fn cells_keep_what_they_hold() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("value", Arc::new(Float64Array::from(vec![Some(0.1), None]))),
            ("rank", Arc::new(Int64Array::from(vec![1, 2]))),
            ("is_observed", Arc::new(BooleanArray::from(vec![true, false]))),
            ("as_of", Arc::new(Date32Array::from(vec![Some(20_087), None]))),
            ("unit", Arc::new(StringArray::from(vec!["", "north"]))),
        ];
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
            .collect();
        let arrays = columns.into_iter().map(|(_, column)| column).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("a batch");
        let rows = rows_of(&batch).expect("rows");
        assert_eq!((rows[0].number("value"), rows[1].number("value")), (Some(0.1), None));
        assert!(rows[0].holds_all(&[("rank", "1"), ("is_observed", "true"), ("unit", "")]));
        assert_eq!(rows[0].day("as_of").map(|day| day.to_string()).as_deref(), Some("2024-12-30"));
        assert!(rows[1].holds_all(&[("as_of", ""), ("unit", "north")]));
    }
}
