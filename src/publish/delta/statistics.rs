//! What the log of a Delta table says about a file, so that readers can leave it out: rows, least and greatest values,
//! missing values.
//!
//! Source: the section "Per-file Statistics" of the Delta protocol.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{max, min};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType as ArrowType, Date32Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use chrono::{DateTime, SecondsFormat};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use serde_json::{Map, Value, json};

use crate::publish::error::PublishError;
use crate::publish::schema::TableSchema;

/// The statistics of a file, from its footer. Least and greatest values are given for numbers, dates and instants.
pub(super) fn statistics(table: &TableSchema, footer: &ParquetMetaData) -> Result<Value, PublishError> {
    of(footer).map_err(PublishError::parquet("read", &table.table))
}

fn of(footer: &ParquetMetaData) -> Result<Value, ParquetError> {
    let file = footer.file_metadata();
    let schema = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata())?;
    let (mut least, mut greatest, mut missing) = (Map::new(), Map::new(), Map::new());
    for field in schema.fields() {
        let column = StatisticsConverter::try_new(field.name(), &schema, file.schema_descr())?;
        let groups = || footer.row_groups().iter();
        let nulls = column.row_group_null_counts(groups())?;
        if nulls.null_count() == 0 {
            missing.insert(field.name().clone(), json!(nulls.values().iter().sum::<u64>()));
        }
        // A row group without values has none; one that does not tell could hide a value beyond all others.
        let told = |values: &ArrayRef| values.null_count() == 0 && !values.is_empty();
        let (mins, maxes) = (column.row_group_mins(groups())?, column.row_group_maxes(groups())?);
        if told(&mins) && told(&maxes) {
            least.extend(end(&mins, End::Least).map(|value| (field.name().clone(), value)));
            greatest.extend(end(&maxes, End::Greatest).map(|value| (field.name().clone(), value)));
        }
    }
    Ok(json!({
        "numRecords": file.num_rows(),
        "minValues": least,
        "maxValues": greatest,
        "nullCount": missing,
    }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Least,
    Greatest,
}

/// The least or greatest of `values` as the log writes it; `None` for types whose order readers do not use.
fn end(values: &ArrayRef, end: End) -> Option<Value> {
    match values.data_type() {
        ArrowType::Int32 => extreme::<Int32Type>(values, end).map(Value::from),
        ArrowType::Int64 => extreme::<Int64Type>(values, end).map(Value::from),
        ArrowType::Float64 => extreme::<Float64Type>(values, end).map(Value::from),
        ArrowType::Date32 => {
            let day = Date32Type::to_naive_date_opt(extreme::<Date32Type>(values, end)?)?;
            Some(Value::from(day.to_string()))
        }
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
            let micros = extreme::<TimestampMicrosecondType>(values, end)?;
            // Instants are written in milliseconds: down for the least one, up for the greatest.
            let millis =
                micros.div_euclid(1000) + i64::from(end == End::Greatest && micros.rem_euclid(1000) != 0);
            let instant = DateTime::from_timestamp_millis(millis)?;
            Some(Value::from(instant.to_rfc3339_opts(SecondsFormat::Millis, true)))
        }
        _ => None,
    }
}

fn extreme<T: ArrowPrimitiveType>(values: &ArrayRef, end: End) -> Option<T::Native> {
    let values = values.as_primitive_opt::<T>()?;
    match end {
        End::Least => min(values),
        End::Greatest => max(values),
    }
}
