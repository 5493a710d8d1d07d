//! Reads published tables back, for people who want to look at them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::DecodeResult;
use parquet::arrow::push_decoder::ParquetPushDecoderBuilder;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataPushDecoder};

use super::error::PublishError;
use super::layout;
use super::pointer::{self, Pointer, PointerKind, PointerTable};

/// The newest publication of a target; `None` where nothing was published yet.
///
/// # Errors
///
/// The store's error, or [`PublishError::Pointer`] if a newer trichter wrote it.
pub async fn read_pointer(target: &Arc<dyn ObjectStore>) -> Result<Option<Pointer>, PublishError> {
    Ok(pointer::read(target).await?.map(|seen| seen.pointer))
}

/// The first `limit` rows of a published table in key order.
///
/// Result tables are read from `current/`, a job's own tables period by period through the pointer.
/// At least one batch is returned, for the columns, even if there are no rows; batches may be empty.
///
/// # Errors
///
/// [`PublishError::UnknownTable`] with all names and the nearest one,
/// [`PublishError::NothingPublished`], or what store and format say.
pub async fn read_current(
    target: &Arc<dyn ObjectStore>,
    table: &str,
    limit: usize,
) -> Result<Vec<RecordBatch>, PublishError> {
    let pointer = read_pointer(target).await?.ok_or(PublishError::NothingPublished)?;
    let found = pointer.table(table).ok_or_else(|| unknown(table, &pointer))?;
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut left = limit;
    for path in paths(found) {
        if left == 0 && !batches.is_empty() {
            break;
        }
        for batch in read_file(target, path, left).await? {
            left -= batch.num_rows().min(left);
            batches.push(batch);
        }
    }
    Ok(batches)
}

/// All rows of a table of one publication, as `pointer` lists its files; `None` if it has no such table.
///
/// Tables that are read through one pointer belong together, whatever is published in the meantime.
///
/// # Errors
///
/// What store and format say.
pub async fn read_published(
    target: &Arc<dyn ObjectStore>,
    pointer: &Pointer,
    table: &str,
) -> Result<Option<Vec<RecordBatch>>, PublishError> {
    let Some(found) = pointer.table(table) else { return Ok(None) };
    let mut batches: Vec<RecordBatch> = Vec::new();
    for file in &found.files {
        batches.append(&mut read_file(target, Path::from(file.path.as_str()), usize::MAX).await?);
    }
    Ok(Some(batches))
}

fn paths(table: &PointerTable) -> Vec<Path> {
    match table.kind {
        PointerKind::Result | PointerKind::Run => vec![layout::current(table.name())],
        PointerKind::Keep | PointerKind::Publish => {
            table.files.iter().map(|file| Path::from(file.path.as_str())).collect()
        }
    }
}

/// What a file of `size` bytes says about itself, read from its end alone.
pub(crate) async fn footer(
    target: &Arc<dyn ObjectStore>,
    path: &Path,
    size: u64,
) -> Result<ParquetMetaData, PublishError> {
    let name = path.to_string();
    let failed = |error| PublishError::parquet("read", &name)(error);
    let mut footer = ParquetMetaDataPushDecoder::try_new(size).map_err(failed)?;
    loop {
        match footer.try_decode().map_err(failed)? {
            DecodeResult::NeedsData(ranges) => {
                let found = target.get_ranges(path, &ranges).await;
                let found = found.map_err(PublishError::store("read", path))?;
                footer.push_ranges(ranges, found).map_err(failed)?;
            }
            DecodeResult::Data(metadata) => return Ok(metadata),
            DecodeResult::Finished => return Err(failed(ParquetError::EOF("it has no footer".into()))),
        }
    }
}

/// Reads only the byte ranges that the first `limit` rows need.
async fn read_file(
    target: &Arc<dyn ObjectStore>,
    path: Path,
    limit: usize,
) -> Result<Vec<RecordBatch>, PublishError> {
    let name = path.to_string();
    let failed = |error| PublishError::parquet("read", &name)(error);
    let size = target.head(&path).await.map_err(PublishError::store("read", &path))?.size;
    let metadata = footer(target, &path, size).await?;
    let builder = ParquetPushDecoderBuilder::try_new_decoder(Arc::new(metadata)).map_err(failed)?;
    let mut batches = vec![RecordBatch::new_empty(builder.schema().clone())];
    let mut decoder = builder.with_limit(limit).build().map_err(failed)?;
    loop {
        match decoder.try_decode().map_err(failed)? {
            DecodeResult::NeedsData(ranges) => {
                let found = target.get_ranges(&path, &ranges).await;
                let found = found.map_err(PublishError::store("read", &path))?;
                decoder.push_ranges(ranges, found).map_err(failed)?;
            }
            DecodeResult::Data(batch) => batches.push(batch),
            DecodeResult::Finished => return Ok(batches),
        }
    }
}

fn unknown(table: &str, pointer: &Pointer) -> PublishError {
    let available: Vec<String> = pointer.tables.iter().map(|table| table.name().to_owned()).collect();
    let suggestion = available
        .iter()
        .map(|name| (strsim::damerau_levenshtein(name, table), name))
        .filter(|(distance, name)| *distance <= name.len().max(table.len()) / 3)
        .min()
        .map(|(_, name)| name.clone());
    PublishError::UnknownTable { table: table.to_owned(), suggestion, available }
}
