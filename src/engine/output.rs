//! The types that tables may have, and what other types become.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef, TimeUnit};

use super::error::EngineError;
use super::text::SqlOrigin;
use crate::domain;

/// The type of every instant in tables: microseconds in UTC.
#[must_use]
pub(crate) fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// How tables hold a column of the type that contracts call `data_type`.
#[must_use]
pub fn arrow_type(data_type: domain::DataType) -> DataType {
    match data_type {
        domain::DataType::String => DataType::Utf8,
        domain::DataType::Boolean => DataType::Boolean,
        domain::DataType::Integer => DataType::Int32,
        domain::DataType::Bigint => DataType::Int64,
        domain::DataType::Double => DataType::Float64,
        domain::DataType::Date => DataType::Date32,
        domain::DataType::Timestamp => timestamp_type(),
        domain::DataType::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
    }
}

/// What contracts call the type that a table holds values of `data_type` in; `None` if no table can.
#[must_use]
pub fn domain_type(data_type: &DataType) -> Option<domain::DataType> {
    Some(match table_type(data_type)? {
        DataType::Utf8 => domain::DataType::String,
        DataType::Boolean => domain::DataType::Boolean,
        DataType::Int32 => domain::DataType::Integer,
        DataType::Int64 => domain::DataType::Bigint,
        DataType::Float64 => domain::DataType::Double,
        DataType::Date32 => domain::DataType::Date,
        DataType::Timestamp(..) => domain::DataType::Timestamp,
        DataType::Decimal128(precision, scale) => domain::DataType::Decimal { precision, scale },
        _ => return None,
    })
}

/// The table type that values of `data_type` are written as; `None` if there is none.
///
/// Widens, never narrows: only `UInt64` (what `row_number()` gives) may fail, on values above 2^63.
#[must_use]
pub(crate) fn table_type(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Boolean => DataType::Boolean,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => {
            DataType::Int32
        }
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
        DataType::Date32 | DataType::Date64 => DataType::Date32,
        DataType::Timestamp(..) => timestamp_type(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => DataType::Decimal128(*precision, *scale),
        DataType::Decimal256(_, scale) => DataType::Decimal128(38, *scale),
        DataType::Dictionary(_, values) => table_type(values)?,
        _ => return None,
    })
}

/// The column with NaN and infinity as missing values; any other column unchanged.
#[must_use]
pub(crate) fn finite(column: ArrayRef) -> ArrayRef {
    match column.as_primitive_opt::<Float64Type>() {
        Some(numbers) if numbers.iter().flatten().any(|number| !number.is_finite()) => {
            let cleaned: Float64Array =
                numbers.iter().map(|number| number.filter(|number| number.is_finite())).collect();
            Arc::new(cleaned)
        }
        _ => column,
    }
}

/// The columns that a query's rows are written with.
///
/// # Errors
///
/// One for every column without a table type and for every name that occurs twice.
pub(crate) fn table_schema(origin: &SqlOrigin, planned: &Schema) -> Result<SchemaRef, Vec<EngineError>> {
    let mut fields: Vec<Field> = Vec::new();
    let mut errors = Vec::new();
    for field in planned.fields() {
        let name = field.name();
        if fields.iter().any(|known| known.name() == name) {
            let message = format!("column `{name}` occurs twice");
            errors.push(
                origin.error("duplicate_column", message, None).with_help("rename one of them with `as`"),
            );
            continue;
        }
        match table_type(field.data_type()) {
            Some(data_type) => fields.push(Field::new(name, data_type, true)),
            None if field.data_type() == &DataType::Null => {
                let message = format!("column `{name}` is NULL in every row and has no type");
                errors.push(
                    origin
                        .error("untyped_column", message, None)
                        .with_help("give it one: `cast(null as double)`"),
                );
            }
            None => {
                let message =
                    format!("column `{name}` has the type {}, which no table can hold", field.data_type());
                errors.push(
                    origin
                        .error("unsupported_type", message, None)
                        .with_help("tables hold strings, numbers, booleans, dates and timestamps"),
                );
            }
        }
    }
    if errors.is_empty() { Ok(Arc::new(Schema::new(fields))) } else { Err(errors) }
}
