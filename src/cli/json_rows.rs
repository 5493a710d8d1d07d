//! Rows of a table as a JSON array of objects.

use arrow::array::RecordBatch;
use arrow::json::WriterBuilder;
use arrow::json::writer::JsonArray;
use serde_json::Value;

use crate::run::{Failure, FailureClass};

/// One object per row; NULLs are written out, so that every row has every key.
pub(super) fn rows(batches: &[RecordBatch]) -> Result<Value, Failure> {
    let mut bytes = Vec::new();
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(&mut bytes);
    let batches: Vec<&RecordBatch> = batches.iter().collect();
    let written = writer.write_batches(&batches).and_then(|()| writer.finish());
    let defect = |error: &dyn std::error::Error| Failure::new(FailureClass::Internal, error.to_string());
    written.map_err(|error| defect(&error))?;
    if bytes.is_empty() {
        return Ok(Value::Array(Vec::new()));
    }
    serde_json::from_slice(&bytes).map_err(|error| defect(&error))
}
