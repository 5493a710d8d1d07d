//! Writes Parquet whose bytes depend on the rows alone, and reads it back from memory.
//!
//! Compression, row group size and `created_by` are fixed, and file metadata is an ordered list, so
//! that two runs over the same inputs can be compared by checksum.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::ChunkReader;

use super::error::PublishError;
use super::schema::TableSchema;

/// Written as the file's author. Older readers distrust text statistics unless it has the form
/// `name version number`; the number is that of this module's way to write files, not a release.
const CREATED_BY: &str = "trichter version 1";

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 65_536;

/// Opens a writer for rows of one table.
pub(crate) fn writer<W: Write + Send>(
    sink: W,
    arrow: SchemaRef,
    table: &TableSchema,
) -> Result<ArrowWriter<W>, PublishError> {
    let properties = properties(&arrow, table)?;
    ArrowWriter::try_new(sink, arrow, Some(properties)).map_err(PublishError::parquet("write", &table.table))
}

/// Writes one batch as a whole file. No rows make a file with a schema and no row groups.
pub(crate) fn encode(batch: &RecordBatch, table: &TableSchema) -> Result<Vec<u8>, PublishError> {
    let mut bytes = Vec::new();
    let mut writer = writer(&mut bytes, batch.schema(), table)?;
    let name = &table.table;
    writer.write(batch).map_err(PublishError::parquet("write", name))?;
    writer.close().map_err(PublishError::parquet("write", name))?;
    Ok(bytes)
}

/// Reads a whole file.
pub(crate) fn decode(
    bytes: impl ChunkReader + 'static,
    path: &str,
) -> Result<Vec<RecordBatch>, PublishError> {
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(PublishError::parquet("read", path))?;
    let schema = builder.schema().clone();
    let reader = builder.build().map_err(PublishError::parquet("read", path))?;
    let mut batches = Vec::new();
    for batch in reader {
        batches.push(batch.map_err(|error| PublishError::parquet("read", path)(error.into()))?);
    }
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

fn properties(arrow: &Schema, table: &TableSchema) -> Result<WriterProperties, PublishError> {
    let level = ZstdLevel::try_new(3).map_err(PublishError::parquet("write", &table.table))?;
    let sorting = table
        .key
        .iter()
        .filter_map(|name| i32::try_from(arrow.index_of(name).ok()?).ok())
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: true })
        .collect();
    let mut notes = vec![KeyValue::new("trichter.table".to_owned(), table.table.clone())];
    notes.push(KeyValue::new("trichter.key".to_owned(), table.key.join(", ")));
    if let (Some(grain), Some(meaning)) = (&table.grain, &table.meaning) {
        notes.push(KeyValue::new("trichter.grain".to_owned(), format!("one row per {grain}")));
        notes.push(KeyValue::new("trichter.meaning".to_owned(), meaning.clone()));
    }
    Ok(WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_sorting_columns(Some(sorting))
        .set_key_value_metadata(Some(notes))
        .build())
}
