//! The columns that a Parquet file names at its end.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use object_store::{ObjectStore, ObjectStoreExt};

use super::listing::SourceObject;
use super::magic;
use super::objects::int96;
use crate::engine::{EngineError, EngineErrorKind, Session};

/// Bytes at the end of a file that are read at once, in the hope that all about columns is among them.
const LAST: usize = 1 << 19;
/// What a Parquet file begins and ends with.
const MAGIC: &[u8] = b"PAR1";
/// Bytes that tell what a file is.
const FIRST: u64 = 64;

/// The columns of `object`.
pub(super) async fn footer(
    session: &Session,
    store: &Arc<dyn ObjectStore>,
    object: &SourceObject,
) -> Result<SchemaRef, EngineError> {
    let footers = session.state().runtime_env().cache_manager.get_file_metadata_cache();
    let (unit, zone) = int96();
    // The format's own way merges columns of one name into one.
    let found = DFParquetMetadata::new(store.as_ref(), &object.meta)
        .with_metadata_size_hint(Some(LAST))
        .with_file_metadata_cache(Some(footers))
        .with_coerce_int96(Some(unit))
        .with_coerce_int96_tz(Some(zone))
        .fetch_schema()
        .await;
    match found {
        Ok(schema) => Ok(Arc::new(schema)),
        Err(error) => {
            let error = EngineError::running(&error);
            Err(if error.kind == EngineErrorKind::Runtime && error.code == "query_failed" {
                damage(store, object, &error.message).await?
            } else {
                error
            })
        }
    }
}

/// Says what is wrong with a file that is no Parquet to its reader, which gave `reason`.
async fn damage(
    store: &Arc<dyn ObjectStore>,
    object: &SourceObject,
    reason: &str,
) -> Result<EngineError, EngineError> {
    let (name, size) = (&object.name, object.meta.size);
    let error = |message: String| EngineError::new(EngineErrorKind::Source, "unreadable", message);
    let again = "write the file again, or copy it again from where it comes from";
    if size == 0 {
        return Ok(error(format!("{name} is empty, not even a Parquet file without rows")).with_help(again));
    }
    let location = &object.meta.location;
    let ranges = [0..size.min(FIRST), size - size.min(MAGIC.len() as u64)..size];
    let [head, tail] = ranges.map(|range| store.get_range(location, range));
    let (head, tail) =
        futures::try_join!(head, tail).map_err(|error| EngineError::store(&error).about(name))?;
    Ok(if !head.starts_with(MAGIC) {
        match magic::kind(&head) {
            Some(kind) => error(format!("{name} is {kind}, not a plain Parquet file"))
                .with_help("unpack or convert it, or correct `path` or `format`"),
            None if magic::is_text(&head) => error(format!("{name} looks like text, not like Parquet"))
                .with_help("if it is delimited text, set `format: { csv: {} }`"),
            None => error(format!("{name} does not begin as Parquet files do")).with_help(again),
        }
    } else if tail == MAGIC {
        error(format!("{name} is no readable Parquet file: {reason}")).with_help(again)
    } else {
        error(format!("{name} is cut off: the end of the file, which names its columns, is missing"))
            .with_help(again)
    })
}
