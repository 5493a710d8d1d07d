//! Files below a folder whose names say that they hold rows.

use futures::TryStreamExt;
use object_store::ObjectMeta;
use object_store::path::Path;

use crate::engine::{EngineError, StorageHandle};
use crate::sources::listing::{HIVE_NULL, PARQUET, SourceObject, TEXT, ends_with, unescape};

/// What a file holds, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Apache Parquet.
    Parquet,
    /// Delimited text.
    Text,
}

/// A file that may hold rows.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Path below the storage.
    pub path: String,
    /// What its name says that it holds.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// Folders above it called `name=value`, outermost first; `None` is what Hive and Spark write for NULL.
    pub partitions: Vec<(String, Option<String>)>,
    pub(super) object: SourceObject,
}

/// The files below a folder.
#[derive(Debug, Clone, Default)]
pub struct DataFiles {
    /// Those that may hold rows, by path.
    pub files: Vec<DataFile>,
    /// Paths of all others but marks, logs and files being written.
    pub others: Vec<String>,
}

/// Lists the files below `folder` of the storage, which is `""` for its root.
///
/// # Errors
///
/// When the store cannot be listed.
pub async fn data_files(storage: &StorageHandle, folder: &str) -> Result<DataFiles, EngineError> {
    let about = storage.describe(folder);
    let prefix = Path::parse(folder.trim_end_matches('/'));
    let prefix = prefix.map_err(|error| EngineError::store(&error.into()).about(&about))?;
    let depth = prefix.parts().count();
    let listed = storage.store.list(Some(&prefix)).try_collect::<Vec<ObjectMeta>>().await;
    let mut metas = listed.map_err(|error| EngineError::store(&error).about(&about))?;
    metas.sort_by(|a, b| a.location.cmp(&b.location));
    let mut found = DataFiles::default();
    for meta in metas {
        let path = meta.location.to_string();
        let below: Vec<String> =
            meta.location.parts().skip(depth).map(|part| part.as_ref().to_owned()).collect();
        if below.iter().any(|part| part.starts_with('_') || part.starts_with('.')) {
            continue;
        }
        let kind = if ends_with(&path, PARQUET) {
            FileKind::Parquet
        } else if ends_with(&path, TEXT) {
            FileKind::Text
        } else {
            found.others.push(path);
            continue;
        };
        let named = below.iter().filter_map(|part| part.split_once('='));
        let value = |value: &str| (value != HIVE_NULL).then(|| unescape(value));
        let partitions = named.map(|(name, text)| (name.to_owned(), value(text))).collect();
        let object = SourceObject { name: storage.describe(&path), meta, partitions: Vec::new() };
        found.files.push(DataFile { path, kind, size: object.meta.size, partitions, object });
    }
    Ok(found)
}
