//! Which objects a source consists of, and what their folders say about their rows.
//!
//! The list is taken once. A file that arrives while the run reads is not part of it, so that
//! `sources_read` names exactly what results rest on.

use arrow::datatypes::DataType;
use chrono::NaiveDate;
use datafusion::common::ScalarValue;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use super::read::ReadWindow;
use crate::config::job::{Format, PartitionColumn, Source};
use crate::engine::{EngineError, EngineErrorKind, StorageHandle, arrow_type};

/// Folder name that Hive and Spark give to NULL.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// An object of a source, with the values of its partition columns.
#[derive(Debug, Clone)]
pub(super) struct SourceObject {
    /// What people call it, also when `meta` is that of a copy.
    pub(super) name: String,
    pub(super) meta: ObjectMeta,
    pub(super) partitions: Vec<ScalarValue>,
}

/// The objects of a source that may hold rows of the window, by path.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) objects: Vec<SourceObject>,
    /// Objects below the folder whose names do not fit the format.
    pub(super) ignored: Vec<String>,
}

/// Lists the objects of `source`.
pub(super) async fn list(
    storage: &StorageHandle,
    source: &Source,
    window: &ReadWindow,
) -> Result<Listed, EngineError> {
    let path = source.location.path.as_str();
    if let Some(folder) = storage.missing_folder() {
        let message = format!("the folder {} of storage `{}` does not exist", folder.display(), storage.name);
        let help = "look for the data, or correct the folder of the storage in the platform file";
        return Err(EngineError::new(EngineErrorKind::Source, "missing_source", message).with_help(help));
    }
    if !path.is_empty() && !path.ends_with('/') {
        let path = Path::from(path);
        let mut meta = storage.store.head(&path).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => missing(storage, path.as_ref(), "there is no object"),
            error => EngineError::store(&error),
        })?;
        // A prefixed store lists paths below its prefix, but names the whole path here.
        meta.location = path;
        let partitions = partition_values(source, &meta.location, 0)?;
        let name = storage.describe(meta.location.as_ref());
        return Ok(Listed { objects: vec![SourceObject { name, meta, partitions }], ignored: Vec::new() });
    }
    list_folder(storage, source, window).await
}

async fn list_folder(
    storage: &StorageHandle,
    source: &Source,
    window: &ReadWindow,
) -> Result<Listed, EngineError> {
    let folder = Path::from(source.location.path.trim_end_matches('/'));
    let depth = folder.parts().count();
    let mut metas: Vec<ObjectMeta> =
        storage.store.list(Some(&folder)).try_collect().await.map_err(|error| EngineError::store(&error))?;
    metas.sort_by(|a, b| a.location.cmp(&b.location));
    let mut listed = Listed::default();
    for meta in metas {
        let below: Vec<String> =
            meta.location.parts().skip(depth).map(|part| part.as_ref().to_owned()).collect();
        // Job marks, commit logs and files being written start so, by the conventions of Hive and Spark.
        if below.iter().any(|part| part.starts_with('_') || part.starts_with('.')) {
            continue;
        }
        if !has_extension(&meta.location, &source.format) {
            listed.ignored.push(meta.location.to_string());
            continue;
        }
        let partitions = partition_values(source, &meta.location, depth)?;
        if may_hold_rows(source, &partitions, window) {
            let name = storage.describe(meta.location.as_ref());
            listed.objects.push(SourceObject { name, meta, partitions });
        } else {
            listed.ignored.retain(|path| *path != meta.location.to_string());
        }
    }
    if listed.objects.is_empty() && listed.ignored.is_empty() && source.required {
        return Err(missing(storage, &source.location.path, "no object lies under"));
    }
    Ok(listed)
}

fn missing(storage: &StorageHandle, path: &str, what: &str) -> EngineError {
    EngineError::new(EngineErrorKind::Source, "missing_source", format!("{what} {}", storage.describe(path)))
}

fn has_extension(path: &Path, format: &Format) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match format {
        Format::Parquet => matches!(extension.as_str(), "parquet" | "parq" | "pq"),
        Format::Csv(_) => matches!(extension.as_str(), "csv" | "tsv" | "txt"),
    }
}

/// The values of the source's partition columns, read from the folders below `depth`.
fn partition_values(source: &Source, path: &Path, depth: usize) -> Result<Vec<ScalarValue>, EngineError> {
    let folders: Vec<String> = path.parts().skip(depth).map(|part| part.as_ref().to_owned()).collect();
    let value = |column: &PartitionColumn| {
        let wrong = |reason: String| {
            let message = format!("object `{path}`: {reason}");
            EngineError::new(EngineErrorKind::Source, "partition", message)
        };
        let text = folders
            .iter()
            .filter_map(|folder| folder.split_once('='))
            .find(|(name, _)| *name == column.name)
            .map(|(_, value)| unescape(value))
            .ok_or_else(|| wrong(format!("no folder of its path is called `{}=…`", column.name)))?;
        let data_type = arrow_type(column.data_type);
        if text == HIVE_NULL {
            return ScalarValue::try_from(&data_type).map_err(|error| wrong(error.to_string()));
        }
        ScalarValue::try_from_string(text.clone(), &data_type).map_err(|_| {
            wrong(format!("`{}` is no {}, the type of partition `{}`", text, column.data_type, column.name))
        })
    };
    source.partitions.iter().map(value).collect()
}

/// Undoes the `%3A` of folder names.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// False when a date partition says that all rows lie outside the window.
fn may_hold_rows(source: &Source, partitions: &[ScalarValue], window: &ReadWindow) -> bool {
    let position = source.partitions.iter().position(|column| Some(&column.name) == source.time.as_ref());
    let date = match position.and_then(|position| partitions.get(position)) {
        Some(ScalarValue::Date32(Some(days))) => date_of(*days),
        Some(value) if value.data_type() == DataType::Date32 => return false,
        _ => return true,
    };
    date.is_none_or(|date| date < window.end && window.start.is_none_or(|start| date >= start))
}

/// The date that lies `days` after 1970-01-01.
pub(super) fn date_of(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escaped_folder_names_read_back() {
        assert_eq!(unescape("10%3A30%2f"), "10:30/");
        assert_eq!(unescape("50%"), "50%");
        assert_eq!(unescape("a%zz%C3%A4"), "a%zzä");
    }
}
