//! A proposed source: files that belong together, and what they have in common.

use super::column::{Column, united, values};
use super::error::ProposalError;
use super::keys::{self, Key};
use super::sample::{Sample, sample};
use super::time::{self, Time};
use super::words::{is_change, outside};
use crate::domain::{DataType, Party};
use crate::engine::StorageHandle;
use crate::sources::survey::{FileSeen, TextForm, text_type};

/// Files that are to become a source.
#[derive(Debug)]
pub(super) struct Files {
    /// Name of the source.
    pub(super) name: String,
    /// `<storage>/<path>`.
    pub(super) path: String,
    /// Path below the place, which says what the data are about.
    pub(super) below: String,
    /// All files.
    pub(super) count: usize,
    /// Those that were looked at.
    pub(super) seen: Vec<FileSeen>,
    /// What is wrong with those that cannot be read.
    pub(super) broken: Vec<String>,
    pub(super) bytes: u64,
}

/// A proposed source.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) below: String,
    pub(super) files: usize,
    /// Files whose columns were looked at.
    pub(super) seen: usize,
    pub(super) broken: Vec<String>,
    pub(super) bytes: u64,
    /// Rows of all files, where their footers say so.
    pub(super) rows: Option<u64>,
    /// Rows that were looked at.
    pub(super) looked_at: usize,
    /// True if these are all.
    pub(super) is_whole: bool,
    pub(super) text: Option<TextForm>,
    pub(super) partitions: Vec<(String, DataType)>,
    pub(super) columns: Vec<Column>,
    pub(super) party: Party,
    /// The word that tells of outside data, and what those are about.
    pub(super) outside: Option<(String, String)>,
    pub(super) time: Option<Time>,
    /// Why no column dates the rows though there are dates.
    pub(super) no_time: Option<String>,
    pub(super) key: Option<Key>,
}

/// Looks at rows of `files`, at most `limit`.
pub(super) async fn source(
    storage: &StorageHandle,
    files: Files,
    limit: usize,
) -> Result<Source, ProposalError> {
    let partitions = partitions(&files.seen);
    let names = names(&files.seen);
    let types: Vec<(String, DataType)> =
        names.iter().filter_map(|name| Some((name.clone(), united(name, &files.seen)?))).collect();
    let folders: Vec<String> = partitions.iter().map(|(name, _)| name.clone()).collect();
    // A folder of that name stands for the column in the files, too.
    let types: Vec<_> = types.into_iter().filter(|(name, _)| !folders.contains(name)).collect();
    let found = sample(storage, &files.seen, &types, (&folders, limit)).await?;
    let mut text = files.seen.first().and_then(|file| file.text.clone());
    let all_seen = files.seen.len() == files.count;
    let is_whole = found.is_whole && all_seen && files.broken.is_empty() && found.broken.is_empty();
    let columns: Vec<Column> = names
        .iter()
        .filter(|name| !folders.contains(name))
        .map(|name| column(name, &files, &found, (is_whole, all_seen), &mut text))
        .collect();
    let keyed: Vec<Column> = columns
        .iter()
        .cloned()
        .chain(partitions.iter().map(|folder| folder_column(folder, &found)))
        .collect();
    let outside = outside(&files.below, &files.name);
    let (time, no_time) = match time::time(&columns) {
        Ok(time) => (time, None),
        Err(reason) => (None, Some(reason)),
    };
    let rows = files.seen.iter().map(|file| file.rows).sum::<Option<u64>>().filter(|_| all_seen);
    Ok(Source {
        rows: rows.or_else(|| is_whole.then_some(found.rows as u64)),
        name: files.name,
        path: files.path,
        below: files.below,
        files: files.count,
        seen: files.seen.len(),
        broken: files.broken.into_iter().chain(found.broken).collect(),
        bytes: files.bytes,
        looked_at: found.rows,
        is_whole,
        text,
        partitions,
        columns,
        party: if outside.is_some() { Party::Third } else { Party::First },
        outside,
        time,
        no_time,
        key: keys::key(&keyed, found.rows),
    })
}

/// Names of all columns: those of the newest file in its order, then the others by name.
fn names(files: &[FileSeen]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let of = |file: &FileSeen| file.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    for name in files.last().map(of).unwrap_or_default() {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    let mut others: Vec<String> = files.iter().flat_map(of).filter(|name| !name.is_empty()).collect();
    others.sort();
    for name in others {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The folders that all files lie in, as `name=value`, with the type that all values have.
fn partitions(files: &[FileSeen]) -> Vec<(String, DataType)> {
    let Some(first) = files.first() else { return Vec::new() };
    let of_all = |name: &String| {
        let values: Option<Vec<Option<&str>>> = files
            .iter()
            .map(|file| {
                let mut named = file.file.partitions.iter().filter(|(folder, _)| folder == name);
                let (value, other) = (named.next()?, named.next());
                other.is_none().then_some(value.1.as_deref())
            })
            .collect();
        values.map(|values| (name.clone(), folder_type(&values)))
    };
    first.file.partitions.iter().filter_map(|(name, _)| of_all(name)).collect()
}

fn folder_type(values: &[Option<&str>]) -> DataType {
    let texts: arrow::array::ArrayRef = std::sync::Arc::new(arrow::array::StringArray::from(values.to_vec()));
    match text_type(&[texts]) {
        found if !found.null_values.is_empty() => DataType::String,
        found if matches!(found.data_type, DataType::Bigint | DataType::Date) => found.data_type,
        _ => DataType::String,
    }
}

fn column(
    name: &str,
    files: &Files,
    found: &Sample,
    (is_whole, all_seen): (bool, bool),
    text: &mut Option<TextForm>,
) -> Column {
    let held: Vec<_> =
        files.seen.iter().filter_map(|file| file.columns.iter().find(|column| column.name == name)).collect();
    let kind = held.first().map(|column| column.kind.clone()).unwrap_or_default();
    let arrays = found.columns.get(name).cloned().unwrap_or_default();
    let mut data_type = united(name, &files.seen);
    let seen = match text {
        Some(form) if data_type.is_some() => {
            let typed = text_type(&arrays);
            data_type = Some(typed.data_type);
            for null in typed.null_values {
                if !form.options.null_values.contains(&null) {
                    form.options.null_values.push(null);
                }
            }
            values(&typed.values)
        }
        _ => values(&arrays),
    };
    let by_statistics =
        all_seen && files.broken.is_empty() && held.iter().all(|column| column.nulls == Some(0));
    let days = match held.iter().map(|column| column.days).collect::<Option<Vec<_>>>() {
        Some(days) => days.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
        None => seen.days.first().copied().zip(seen.days.last().copied()),
    };
    Column {
        name: name.to_owned(),
        data_type,
        kind,
        held_by: held.len(),
        is_never_missing: held.len() == files.seen.len()
            && (by_statistics || (is_whole && seen.missing == 0 && found.rows > 0)),
        days,
        values: seen,
    }
}

/// A folder as a column, to look for keys.
fn folder_column((name, data_type): &(String, DataType), found: &Sample) -> Column {
    Column {
        name: name.clone(),
        data_type: Some(*data_type),
        kind: String::new(),
        held_by: 0,
        is_never_missing: false,
        days: None,
        values: values(found.columns.get(name).map(Vec::as_slice).unwrap_or_default()),
    }
}

impl Source {
    /// Columns that the contract can guarantee: held by all files, in one type that tables can hold.
    pub(super) fn guaranteed(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.data_type.is_some() && column.is_everywhere(self.seen))
    }

    /// The column of that name, if the contract guarantees it.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.guaranteed().find(|column| column.name == name)
    }

    /// True if no two rows share the column: all rows were looked at.
    pub(super) fn is_unique(&self, column: &Column) -> bool {
        let is_key = self.key.as_ref().is_some_and(|key| key.columns == [column.name.clone()]);
        self.is_whole
            && self.looked_at > 1
            && column.values.missing == 0
            && column.values.distinct == self.looked_at
            && (is_key || super::words::is_id(&column.name))
    }

    /// The column that says when a row was last changed, if there is one row for each value of a single key: then
    /// earlier values may be lost.
    pub(super) fn overwritten(&self) -> Option<(&str, &str)> {
        let [key] = self.key.as_ref()?.columns.as_slice() else { return None };
        let changed = self.columns.iter().find(|column| is_change(&column.name))?;
        Some((key, &changed.name))
    }
}
