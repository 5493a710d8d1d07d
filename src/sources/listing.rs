//! Which objects a source consists of, and what their folders say about their rows.
//!
//! The list is taken once. A file that arrives while the run reads is not part of it, so that
//! `sources_read` names exactly what results rest on.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;
use chrono::NaiveDate;
use datafusion::common::ScalarValue;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use super::cast::ReadAs;
use super::read::ReadWindow;
use crate::config::job::{Format, PartitionColumn, Source};
use crate::engine::{EngineError, EngineErrorKind, StorageHandle, arrow_type};

/// Folder name that Hive and Spark give to NULL.
pub(super) const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// How names of Parquet files end.
pub(super) const PARQUET: &[&str] = &["parquet", "parq", "pq"];
/// How names of delimited text end.
pub(super) const TEXT: &[&str] = &["csv", "tsv", "txt"];

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
        let path = parsed(path)?;
        let mut meta = match storage.store.head(&path).await {
            Ok(meta) => meta,
            Err(object_store::Error::NotFound { .. }) => return Err(no_object(storage, &path).await),
            Err(error) => return Err(EngineError::store(&error)),
        };
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
    let folder = parsed(source.location.path.trim_end_matches('/'))?;
    let depth = folder.parts().count();
    let mut metas: Vec<ObjectMeta> =
        storage.store.list(Some(&folder)).try_collect().await.map_err(|error| EngineError::store(&error))?;
    metas.sort_by(|a, b| a.location.cmp(&b.location));
    let mut listed = Listed::default();
    let mut fitting = 0_usize;
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
        fitting += 1;
        let partitions = partition_values(source, &meta.location, depth)?;
        if may_hold_rows(source, &partitions, window) {
            let name = storage.describe(meta.location.as_ref());
            listed.objects.push(SourceObject { name, meta, partitions });
        }
    }
    if fitting == 0 && source.required {
        return Err(none_fits(storage, source, &listed.ignored));
    }
    Ok(listed)
}

/// A path as it is written: nothing in it stands for something else.
fn parsed(path: &str) -> Result<Path, EngineError> {
    Path::parse(path).map_err(|error| EngineError::store(&error.into()))
}

fn missing(message: String) -> EngineError {
    EngineError::new(EngineErrorKind::Source, "missing_source", message)
}

async fn no_object(storage: &StorageHandle, path: &Path) -> EngineError {
    let error = missing(format!("there is no object {}", storage.describe(path.as_ref())));
    match storage.store.list(Some(path)).try_next().await {
        Ok(Some(_)) => error.with_help("it is a folder: end the path with `/`"),
        _ => error.with_help(LOOK),
    }
}

/// What to do where a path leads nowhere.
const LOOK: &str = "look at `path`, and at the storage's folder or bucket in the platform file";

/// Nothing lies below the folder of `source` but `ignored`.
fn none_fits(storage: &StorageHandle, source: &Source, ignored: &[String]) -> EngineError {
    let folder = storage.describe(&source.location.path);
    let Some(first) = ignored.first() else {
        return missing(format!("no object lies under {folder}")).with_help(LOOK);
    };
    let (format, endings) = match source.format {
        Format::Parquet => ("Parquet", PARQUET),
        Format::Csv(_) => ("delimited text", TEXT),
    };
    let error = missing(format!("no object under {folder} has the name of {format}; `{first}` is there"));
    let is_other = |endings: &[&str]| ignored.iter().any(|path| ends_with(path, endings));
    error.with_help(match source.format {
        Format::Parquet if is_other(TEXT) => "if it is delimited text, set `format: { csv: {} }`".to_owned(),
        Format::Csv(_) if is_other(PARQUET) => "if it is Parquet, set `format: { parquet: {} }`".to_owned(),
        _ => format!("such names end with `.{}`", endings.join("`, `.")),
    })
}

fn has_extension(path: &Path, format: &Format) -> bool {
    match format {
        Format::Parquet => ends_with(path.as_ref(), PARQUET),
        Format::Csv(_) => ends_with(path.as_ref(), TEXT),
    }
}

pub(super) fn ends_with(path: &str, endings: &[&str]) -> bool {
    let extension = std::path::Path::new(path).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| endings.iter().any(|ending| ending.eq_ignore_ascii_case(extension)))
}

/// The values of the source's partition columns, read from the folders below `depth`.
fn partition_values(source: &Source, path: &Path, depth: usize) -> Result<Vec<ScalarValue>, EngineError> {
    let folders: Vec<String> = path.parts().skip(depth).map(|part| part.as_ref().to_owned()).collect();
    source.partitions.iter().map(|column| partition_value(source, column, path, &folders)).collect()
}

/// The value of `column`, which one of `folders` names.
fn partition_value(
    source: &Source,
    column: &PartitionColumn,
    path: &Path,
    folders: &[String],
) -> Result<ScalarValue, EngineError> {
    let wrong = |reason: String| {
        let message = format!("object `{path}`: {reason}");
        EngineError::new(EngineErrorKind::Source, "partition", message)
    };
    let name = &column.name;
    let named = || folders.iter().filter_map(|folder| folder.split_once('='));
    let mut values = named().filter(|(folder, _)| folder == name).map(|(_, value)| value);
    let (Some(value), other) = (values.next(), values.next()) else {
        let error = wrong(format!("no folder of its path is called `{name}=…`"));
        let near = named().find(|(folder, _)| folder.eq_ignore_ascii_case(name));
        return Err(match near {
            Some((near, _)) => error.with_help(format!("a folder is called `{near}=…`: names must be the same in every letter")),
            None => error.with_help(format!(
                "every object below the path of a source with partitions lies in such folders; leave `{name}` out \
                 of `partitions` if they have none"
            )),
        });
    };
    if let Some(other) = other {
        return Err(wrong(format!("its path says both `{name}={value}` and `{name}={other}`"))
            .with_help("move the object so that one folder of its path is called so"));
    }
    let data_type = arrow_type(column.data_type);
    if value == HIVE_NULL {
        return ScalarValue::try_new_null(&data_type).map_err(|error| wrong(error.to_string()));
    }
    let text = unescape(value);
    let read = ReadAs {
        source: source.name.clone(),
        column: name.clone(),
        data_type: column.data_type,
        null_values: Vec::new(),
    };
    let texts: ArrayRef = Arc::new(StringArray::from(vec![text.as_str()]));
    read.read(&texts).and_then(|values| ScalarValue::try_from_array(&values, 0)).map_err(|_| {
        wrong(format!("`{text}` is no {}, the type of partition `{name}`", column.data_type))
            .with_help("rename the folder, or declare the partition as `string` and convert it in SQL")
    })
}

/// Undoes the `%3A` of folder names.
pub(super) fn unescape(text: &str) -> String {
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
