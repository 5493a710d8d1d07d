//! The first rows of a file of delimited text, all of them as texts.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::ReaderBuilder;
use arrow::datatypes::{DataType, Field, Schema};
use object_store::{ObjectStore, ObjectStoreExt};

use super::header::{TextForm, decoded, form};
use crate::engine::{EngineError, EngineErrorKind};
use crate::sources::listing::SourceObject;
use crate::sources::magic;

/// Bytes of one file that are looked at.
const MOST: u64 = 32 << 20;
/// Rows that are decoded at once.
const BATCH: usize = 1_024;

/// The beginning of a file of text.
pub(super) struct Beginning {
    pub(super) form: TextForm,
    /// In UTF-8, up to the end of a line.
    text: String,
    /// True if this is the whole file.
    is_whole: bool,
}

fn unreadable(object: &SourceObject, reason: &str) -> EngineError {
    EngineError::new(EngineErrorKind::Source, "unreadable", format!("{}: {reason}", object.name))
}

/// Reads the beginning of `object` and how it is written.
pub(super) async fn beginning(
    store: &Arc<dyn ObjectStore>,
    object: &SourceObject,
) -> Result<Beginning, EngineError> {
    if object.meta.size == 0 {
        return Err(unreadable(object, "the file is empty"));
    }
    let range: Range<u64> = 0..object.meta.size.min(MOST);
    let is_whole = range.end == object.meta.size;
    let bytes = store.get_range(&object.meta.location, range).await;
    let bytes = bytes.map_err(|error| EngineError::store(&error).about(&object.name))?;
    if let Some(kind) = magic::kind(&bytes) {
        return Err(unreadable(object, &format!("it is {kind}, not delimited text")));
    }
    let (mut text, encoding) = decoded(&bytes);
    if !is_whole {
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
    }
    let form = form(&text, encoding).map_err(|reason| unreadable(object, &reason))?;
    Ok(Beginning { form, text, is_whole })
}

/// The first rows of `object`, at most `limit`, and whether these are all.
pub(super) fn rows(
    object: &SourceObject,
    beginning: Beginning,
    limit: usize,
) -> Result<(Vec<RecordBatch>, bool), EngineError> {
    let Beginning { form, text, is_whole } = beginning;
    let fields = form.names.iter().map(|name| Field::new(name, DataType::Utf8, true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let reader = ReaderBuilder::new(schema)
        .with_header(true)
        .with_delimiter(form.options.delimiter)
        .with_quote(form.options.quote)
        .with_batch_size(BATCH)
        .build(Cursor::new(text.into_bytes()));
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut left = limit;
    for batch in reader.map_err(|error| unreadable(object, &error.to_string()))? {
        let batch = batch.map_err(|error| unreadable(object, &error.to_string()))?;
        if left == 0 {
            return Ok((batches, false));
        }
        let taken = batch.num_rows().min(left);
        let is_cut = taken < batch.num_rows();
        batches.push(batch.slice(0, taken));
        left -= taken;
        if is_cut {
            return Ok((batches, false));
        }
    }
    Ok((batches, is_whole))
}
