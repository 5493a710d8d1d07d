//! Rows of a demo table, column by column.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;

/// Columns of one batch, in their order.
#[derive(Default)]
pub(super) struct Sheet {
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
}

impl Sheet {
    fn with(mut self, name: &str, column: ArrayRef) -> Self {
        self.fields.push(Field::new(name, column.data_type().clone(), true));
        self.columns.push(column);
        self
    }

    /// Texts.
    pub(super) fn texts<'a>(self, name: &str, values: impl Iterator<Item = &'a str>) -> Self {
        self.with(name, Arc::new(values.map(Some).collect::<StringArray>()))
    }

    /// Texts, some missing.
    pub(super) fn maybe_texts<'a>(self, name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Self {
        self.with(name, Arc::new(values.collect::<StringArray>()))
    }

    /// Whole numbers.
    pub(super) fn wholes(self, name: &str, values: impl Iterator<Item = i64>) -> Self {
        self.with(name, Arc::new(Int64Array::from_iter_values(values)))
    }

    /// Counts.
    pub(super) fn counts(self, name: &str, values: impl Iterator<Item = u64>) -> Self {
        self.wholes(name, values.map(|value| i64::try_from(value).unwrap_or(i64::MAX)))
    }

    /// Counts, some missing.
    pub(super) fn maybe_counts(self, name: &str, values: impl Iterator<Item = Option<u64>>) -> Self {
        let values = values.map(|value| value.map(|value| i64::try_from(value).unwrap_or(i64::MAX)));
        self.with(name, Arc::new(values.collect::<Int64Array>()))
    }

    /// Numbers.
    pub(super) fn numbers(self, name: &str, values: impl Iterator<Item = f64>) -> Self {
        self.with(name, Arc::new(Float64Array::from_iter_values(values)))
    }

    /// Amounts of money, given in cents.
    pub(super) fn money(self, name: &str, cents: impl Iterator<Item = i64>) -> Self {
        self.maybe_money(name, cents.map(Some))
    }

    /// Amounts of money, given in cents, some missing.
    pub(super) fn maybe_money(self, name: &str, cents: impl Iterator<Item = Option<i64>>) -> Self {
        let array: Decimal128Array = cents.map(|cents| cents.map(i128::from)).collect();
        let data_type = arrow::datatypes::DataType::Decimal128(14, 2);
        self.with(name, Arc::new(array.with_data_type(data_type)))
    }

    /// Days since 1970-01-01.
    pub(super) fn days(self, name: &str, values: impl Iterator<Item = i32>) -> Self {
        self.with(name, Arc::new(Date32Array::from_iter_values(values)))
    }

    /// Clock readings without a zone, in microseconds since 1970-01-01.
    pub(super) fn clocks(self, name: &str, values: impl Iterator<Item = i64>) -> Self {
        self.with(name, Arc::new(TimestampMicrosecondArray::from_iter_values(values)))
    }

    /// Instants in microseconds since 1970-01-01 UTC.
    pub(super) fn instants(self, name: &str, values: impl Iterator<Item = i64>) -> Self {
        self.maybe_instants(name, values.map(Some))
    }

    /// Instants, some missing.
    pub(super) fn maybe_instants(self, name: &str, values: impl Iterator<Item = Option<i64>>) -> Self {
        let array: TimestampMicrosecondArray = values.collect();
        self.with(name, Arc::new(array.with_timezone("UTC")))
    }

    /// Yes or no.
    pub(super) fn flags(self, name: &str, values: impl Iterator<Item = bool>) -> Self {
        self.with(name, Arc::new(values.map(Some).collect::<BooleanArray>()))
    }

    /// All columns as one batch.
    pub(super) fn batch(self) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.columns)
    }
}
