//! Turns the rows of a job's SQL into types that every BI tool reads.
//!
//! A query may well end in unsigned counts, string views or timestamps in nanoseconds. Their values
//! are kept and only the type changes; where a value does not fit the run fails instead of losing it.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};

use super::error::PublishError;
use super::schema::{arrow_type, column_type};
use crate::domain::DataType;
use crate::engine::finite;

/// The schema that rows of `schema` are published with: key columns are required, all others may
/// have missing values whatever the query plan knows about them, so that the published schema does
/// not move with the optimizer.
///
/// # Errors
///
/// [`PublishError::Unpublishable`] for lists, structs and other types that BI tools cannot read.
pub(crate) fn portable_schema(
    table: &str,
    key: &[String],
    schema: &Schema,
) -> Result<SchemaRef, PublishError> {
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let data_type = portable_type(field.data_type()).ok_or_else(|| PublishError::Unpublishable {
            table: table.to_owned(),
            column: field.name().clone(),
            data_type: field.data_type().to_string(),
        })?;
        fields.push(Field::new(field.name(), data_type, !key.contains(field.name())));
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// The rows of `batch` in the types of `schema`, which [`portable_schema`] made from its own.
/// NaN and infinity become missing values.
pub(crate) fn portable_batch(
    table: &str,
    schema: &SchemaRef,
    batch: &RecordBatch,
) -> Result<RecordBatch, PublishError> {
    let defect = |error: arrow::error::ArrowError| PublishError::Defect {
        table: table.to_owned(),
        reason: error.to_string(),
    };
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (column, field) in batch.columns().iter().zip(schema.fields()) {
        let column = cast_with_options(column, field.data_type(), &strict).map_err(defect)?;
        columns.push(finite(column));
    }
    RecordBatch::try_new(schema.clone(), columns).map_err(defect)
}

fn portable_type(arrow: &ArrowType) -> Option<ArrowType> {
    let data_type = match arrow {
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => DataType::String,
        ArrowType::Int8 | ArrowType::Int16 | ArrowType::UInt8 | ArrowType::UInt16 => DataType::Integer,
        ArrowType::UInt32 | ArrowType::UInt64 => DataType::Bigint,
        ArrowType::Float16 | ArrowType::Float32 => DataType::Double,
        ArrowType::Date64 => DataType::Date,
        ArrowType::Timestamp(_, _) => DataType::Timestamp,
        ArrowType::Decimal32(precision, scale) | ArrowType::Decimal64(precision, scale) => {
            DataType::Decimal { precision: *precision, scale: *scale }
        }
        ArrowType::Dictionary(_, values) => return portable_type(values),
        other => column_type(other)?,
    };
    Some(arrow_type(data_type))
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        Array, ArrayRef, Float64Array, StringViewArray, TimestampNanosecondArray, UInt64Array,
    };
    use arrow::datatypes::TimeUnit;

    use super::*;

    fn publish(column: ArrayRef) -> Result<RecordBatch, PublishError> {
        let field = Field::new("x", column.data_type().clone(), true);
        let batch =
            RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).expect("one column");
        let schema = portable_schema("t", &[], &batch.schema())?;
        portable_batch("t", &schema, &batch)
    }

    #[test]
    fn values_survive_in_types_that_bi_tools_read() {
        let cases: [(ArrayRef, &str, &str); 3] = [
            (Arc::new(UInt64Array::from(vec![7])), "Int64", "7"),
            (Arc::new(StringViewArray::from(vec!["a"])), "Utf8", "a"),
            (
                Arc::new(TimestampNanosecondArray::from(vec![1_000_000_000])),
                "Timestamp(µs, \"UTC\")",
                "1970-01-01T00:00:01Z",
            ),
        ];
        for (column, data_type, text) in cases {
            let batch = publish(column).expect("the value fits");
            assert_eq!(batch.column(0).data_type().to_string(), data_type);
            let shown = arrow::util::display::array_value_to_string(batch.column(0), 0).expect("shown");
            assert_eq!(shown, text);
        }
    }

    #[test]
    fn a_count_that_does_not_fit_is_not_lost_silently() {
        assert!(publish(Arc::new(UInt64Array::from(vec![u64::MAX]))).is_err());
    }

    #[test]
    fn numbers_that_are_not_finite_become_missing() {
        let batch =
            publish(Arc::new(Float64Array::from(vec![1.0, f64::NAN, f64::INFINITY]))).expect("doubles");
        assert_eq!(batch.column(0).null_count(), 2);
    }

    #[test]
    fn lists_are_refused_by_name() {
        let list = ArrowType::List(Arc::new(Field::new("item", ArrowType::Int64, true)));
        let schema = Schema::new(vec![Field::new("tags", list, true)]);
        let error = portable_schema("t", &[], &schema).expect_err("a list");
        assert!(error.to_string().starts_with("column `tags` of table `t` has type List("), "{error}");
    }

    #[test]
    fn naive_timestamps_are_taken_as_utc() {
        assert_eq!(
            portable_type(&ArrowType::Timestamp(TimeUnit::Second, None)),
            Some(arrow_type(DataType::Timestamp))
        );
    }
}
