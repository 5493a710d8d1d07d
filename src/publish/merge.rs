//! What `current/` will hold of tables that keep every published period.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, new_null_array};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Date32Type, SchemaRef};
use chrono::NaiveDate;
use object_store::ObjectStore;

use super::error::PublishError;
use super::registry::TableDef;
use super::rows::{OutputTable, ordered_by_key};
use super::verify::verify;
use super::{layout, parquet_file, pointer};
use crate::domain::Window;

/// The rows of `table` and, for all periods that it does not publish, those that `current/` holds.
///
/// A period is replaced as a whole: the window's periods, and any other in which `table` has rows.
/// So a cell that no longer exists does not linger. Earlier rows in a form that the table no longer
/// has stay out; whoever published that form allowed it to break.
pub(crate) async fn with_earlier_periods(
    store: &Arc<dyn ObjectStore>,
    table: &OutputTable,
    window: Window,
) -> Result<RecordBatch, PublishError> {
    let path = layout::current(table.def.name);
    let Some((bytes, _)) = pointer::get(store, &path).await? else { return Ok(table.batch.clone()) };
    let earlier = parquet_file::decode(bytes, path.as_ref())?;
    merge(table, &earlier, window)
}

fn merge(table: &OutputTable, earlier: &[RecordBatch], window: Window) -> Result<RecordBatch, PublishError> {
    let def = table.def;
    let defect = |error: arrow::error::ArrowError| PublishError::Defect {
        table: def.name.to_owned(),
        reason: error.to_string(),
    };
    let replaced: BTreeSet<NaiveDate> = periods(&table.batch).into_iter().flatten().collect();
    let schema = def.arrow_schema();
    let mut batches = Vec::with_capacity(earlier.len() + 1);
    for batch in earlier.iter().filter_map(|batch| in_form_of(def, &schema, batch)) {
        let stays = |period: Option<NaiveDate>| {
            period.is_some_and(|period| {
                !replaced.contains(&period) && !(window.start()..window.end()).contains(&period)
            })
        };
        let stay: BooleanArray = periods(&batch).into_iter().map(|period| Some(stays(period))).collect();
        batches.push(filter_record_batch(&batch, &stay).map_err(defect)?);
    }
    batches.push(table.batch.clone());
    let merged = concat_batches(&schema, &batches).map_err(defect)?;
    let merged = ordered_by_key(def, &merged)?;
    verify(def, &merged)?;
    Ok(merged)
}

/// The batch with the table's columns, new ones without values; `None` if it cannot have them.
fn in_form_of(def: &TableDef, schema: &SchemaRef, batch: &RecordBatch) -> Option<RecordBatch> {
    let mut columns = Vec::with_capacity(def.columns.len());
    for field in schema.fields() {
        let column = match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => column.clone(),
            None if field.is_nullable() => new_null_array(field.data_type(), batch.num_rows()),
            Some(_) | None => return None,
        };
        columns.push(column);
    }
    RecordBatch::try_new(schema.clone(), columns).ok()
}

fn periods(batch: &RecordBatch) -> Vec<Option<NaiveDate>> {
    let column =
        batch.column_by_name("period_start").and_then(|column| column.as_primitive_opt::<Date32Type>());
    column.map_or_else(Vec::new, |days| {
        days.iter().map(|day| day.and_then(Date32Type::to_naive_date_opt)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::fixture;

    fn week(start: &str) -> Window {
        let start: NaiveDate = start.parse().expect("date");
        Window::new(&fixture::calendar(), start, fixture::calendar().shift(start, 1)).expect("one week")
    }

    fn values(window: Window, cells: &[&str]) -> OutputTable {
        fixture::kpi_table(window, cells)
    }

    #[test]
    fn a_new_week_is_added_and_a_repeated_week_replaced_with_all_its_cells() {
        let (first, second) = (week("2012-01-02"), week("2012-01-09"));
        let both =
            merge(&values(second, &["a"]), &[values(first, &["a", "b"]).batch], second).expect("merged");
        assert_eq!(both.num_rows(), 3);
        let again = merge(&values(second, &["c"]), &[both], second).expect("merged");
        assert_eq!(again.num_rows(), 3);
        let cells: BTreeSet<&str> =
            again.column_by_name("cell").expect("cell").as_string::<i32>().iter().flatten().collect();
        assert_eq!(cells, BTreeSet::from(["region=a", "region=b", "region=c"]));
    }

    #[test]
    fn earlier_files_without_a_nullable_column_still_count() {
        let (first, second) = (week("2012-01-02"), week("2012-01-09"));
        let earlier = values(first, &["a"]).batch;
        let keep: Vec<usize> = (0..earlier.num_columns())
            .filter(|&at| earlier.schema().field(at).name() != "numerator")
            .collect();
        let earlier = earlier.project(&keep).expect("columns exist");
        let both = merge(&values(second, &["a"]), &[earlier], second).expect("merged");
        assert_eq!(both.num_rows(), 2);
    }
}
