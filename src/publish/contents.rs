//! What one publication consists of, and what follows from it: objects to stage, entries of the
//! pointer, copies into the plain folders. Plans only; `commit` carries them out.

use std::ops::Range;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use object_store::PutPayload;
use object_store::path::Path;

use super::delta::{Mirror, MirrorFile};
use super::digest::sha256;
use super::error::PublishError;
use super::follow::Follow;
use super::kept::KeptTable;
use super::pointer::{Pointer, PointerFile, PointerKind, PointerTable, json};
use super::registry::TableKind;
use super::rows::OutputTable;
use super::schema::TableSchema;
use super::split::{self, Split};
use super::upload::Write;
use super::{layout, parquet_file, verify};
use crate::domain::{Calendar, Window};

/// A result or run table as a file.
pub(super) struct Encoded {
    pub(super) table: OutputTable,
    pub(super) schema: TableSchema,
    own: FileContent,
    /// What `current/` will hold where that is more than the table's own rows.
    current: Option<FileContent>,
}

/// A Parquet file in memory.
struct FileContent {
    bytes: PutPayload,
    sha256: String,
    rows: u64,
}

impl FileContent {
    fn new(rows: &RecordBatch, schema: &TableSchema) -> Result<Self, PublishError> {
        let bytes = parquet_file::encode(rows, schema)?;
        let (sha256, rows) = (sha256(&bytes), rows.num_rows() as u64);
        Ok(Self { bytes: bytes.into(), sha256, rows })
    }

    fn size(&self) -> u64 {
        self.bytes.content_length() as u64
    }

    /// The same, staged at `path`.
    fn at(&self, path: &Path) -> PointerFile {
        let (rows, bytes, sha256) = (self.rows, self.size(), self.sha256.clone());
        PointerFile { path: path.to_string(), period_start: None, rows, bytes, sha256 }
    }
}

/// A job's table cut into files by period.
pub(super) struct Cut {
    split: Split,
    table: KeptTable,
    schema: TableSchema,
}

/// Everything that one publication of a window consists of.
pub(super) struct Contents<'a> {
    pub(super) id: &'a str,
    pub(super) before: Option<&'a Pointer>,
    pub(super) results: &'a [Encoded],
    pub(super) kept: &'a [Cut],
    pub(super) window: Window,
    /// Whether the tables become Delta tables too.
    pub(super) delta: bool,
}

/// Checks a table once more and writes it as a file in memory.
pub(super) fn encode(table: OutputTable) -> Result<Encoded, PublishError> {
    verify::verify(table.def, &table.batch)?;
    let schema = table.def.schema();
    let own = FileContent::new(&table.batch, &schema)?;
    Ok(Encoded { table, schema, own, current: None })
}

/// Cuts a table into local files.
pub(super) fn cut(
    table: KeptTable,
    schema: TableSchema,
    calendar: Calendar,
    window: Window,
    before: Option<&PointerTable>,
) -> Result<Cut, PublishError> {
    let mut split = split::split(&table, calendar, window)?;
    // A file without rows only serves a table that has no other.
    let stays = |file: &PointerFile| {
        file.period_start.is_some_and(|period| table.start.is_some_and(|start| period < start))
    };
    if split.files.iter().all(|file| file.rows == 0)
        && before.is_some_and(|before| before.files.iter().any(stays))
    {
        split.files.clear();
    }
    Ok(Cut { split, table, schema })
}

impl Encoded {
    /// The file in `history/`, for a window that is not the newest.
    pub(super) fn history(&self, window: Window) -> Write {
        Write::bytes(layout::history(self.table.def.name, window.end()), self.own.bytes.clone())
    }

    /// Sets what `current/` will hold.
    pub(super) fn with_current(mut self, merged: &RecordBatch) -> Result<Self, PublishError> {
        self.current = Some(FileContent::new(merged, &self.schema)?);
        Ok(self)
    }

    pub(super) fn size(&self) -> u64 {
        self.own.size()
    }

    pub(super) fn rows(&self) -> u64 {
        self.own.rows
    }

    fn entry(&self, id: &str) -> PointerTable {
        let def = self.table.def;
        let kind = match def.kind {
            TableKind::Result => PointerKind::Result,
            TableKind::Run => PointerKind::Run,
        };
        let file = self.own.at(&layout::snapshot_table(id, def.name));
        PointerTable::new(kind, self.schema.clone(), vec![file])
    }

    /// The staged file for `current/`.
    fn current_file(&self, id: &str) -> PointerFile {
        let name = self.table.def.name;
        match &self.current {
            Some(current) => current.at(&layout::snapshot_current(id, name)),
            None => self.own.at(&layout::snapshot_table(id, name)),
        }
    }
}

impl Cut {
    pub(super) fn name(&self) -> &str {
        &self.table.name
    }

    pub(super) fn size(&self) -> u64 {
        self.split.files.iter().map(|file| file.bytes).sum()
    }

    pub(super) fn rows(&self) -> u64 {
        self.split.files.iter().map(|file| file.rows).sum()
    }

    /// The new files, and those that the last publication lists for periods that stay.
    fn entry(
        &self,
        id: &str,
        before: Option<&PointerTable>,
        stays: impl Fn(NaiveDate) -> bool,
    ) -> PointerTable {
        let new = self.split.files.iter().map(|file| PointerFile {
            path: layout::snapshot_period(id, self.name(), file.period).to_string(),
            period_start: Some(file.period),
            rows: file.rows,
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        });
        let old = before.into_iter().flat_map(|before| &before.files);
        let old = old.filter(|file| file.period_start.is_some_and(&stays));
        let mut files: Vec<PointerFile> = old.cloned().chain(new).collect();
        files.sort_by_key(|file| file.period_start);
        let table = PointerTable::new(self.table.kind, self.schema.clone(), files);
        PointerTable { logic: self.table.logic.clone(), ..table }
    }
}

impl Contents<'_> {
    /// The objects to stage.
    pub(super) fn staged(&self) -> Result<Vec<Write>, PublishError> {
        let mut writes = Vec::new();
        for result in self.results {
            let name = result.table.def.name;
            writes.push(schema_file(layout::snapshot_schema(self.id, name), &result.schema)?);
            writes.push(Write::bytes(layout::snapshot_table(self.id, name), result.own.bytes.clone()));
            writes.extend(
                result.current.as_ref().map(|current| {
                    Write::bytes(layout::snapshot_current(self.id, name), current.bytes.clone())
                }),
            );
        }
        for kept in self.kept {
            writes.push(schema_file(layout::snapshot_schema(self.id, kept.name()), &kept.schema)?);
            for file in &kept.split.files {
                let path = layout::snapshot_period(self.id, kept.name(), file.period);
                writes.push(Write::file(path, file.file.clone()));
            }
        }
        Ok(writes)
    }

    /// The pointer that this publication replaces, as an object of it: readers may go on with that one for a while.
    pub(super) fn replaces(&self) -> Result<Option<Write>, PublishError> {
        let Some(before) = self.before else { return Ok(None) };
        let path = layout::snapshot_replaced(self.id);
        let bytes = json(before, &path)?;
        Ok(Some(Write::bytes(path, bytes.into())))
    }

    /// The tables of the pointer.
    pub(super) fn entries(&self) -> Vec<PointerTable> {
        self.results.iter().map(|result| result.entry(self.id)).chain(self.kept_entries()).collect()
    }

    fn kept_entries(&self) -> impl Iterator<Item = PointerTable> {
        self.kept.iter().map(|kept| {
            let before = self.before.and_then(|before| before.table(kept.name()));
            let replaced = self.replaced(kept);
            kept.entry(self.id, before, |period| !replaced.contains(&period))
        })
    }

    /// What the plain folders have to do once the pointer is swapped.
    pub(super) fn follow(&self) -> Follow {
        let mut follow = Follow::default();
        for result in self.results {
            let def = result.table.def;
            let staged = layout::snapshot_table(self.id, def.name);
            let current = Path::from(result.current_file(self.id).path);
            follow.copy(&staged, &layout::history(def.name, self.window.end()));
            follow.copy(&current, &layout::current(def.name));
            follow.copy(&layout::snapshot_schema(self.id, def.name), &layout::current_schema(def.name));
        }
        for kept in self.kept {
            let name = kept.name();
            follow.copy(&layout::snapshot_schema(self.id, name), &layout::kept_schema(name));
            for file in &kept.split.files {
                let staged = layout::snapshot_period(self.id, name, file.period);
                follow.copy(&staged, &layout::kept_period(name, file.period));
            }
            let periods = kept.split.files.iter().map(|file| file.period).collect();
            follow.replace(name, self.replaced(kept), periods);
        }
        if self.delta {
            self.mirrors().for_each(|mirror| follow.mirror(mirror));
        }
        follow
    }

    /// The announced tables as Delta tables.
    fn mirrors(&self) -> impl Iterator<Item = Mirror> {
        let results = self.results.iter().map(|result| Mirror {
            schema: result.schema.clone(),
            files: vec![MirrorFile::new(&result.current_file(self.id))],
        });
        let kept = self.kept_entries().filter(|entry| entry.kind == PointerKind::Publish);
        let kept = kept.map(|entry| Mirror {
            files: entry.files.iter().map(MirrorFile::new).collect(),
            schema: entry.schema,
        });
        results.chain(kept)
    }

    /// The periods that this publication replaces: all of them if earlier files cannot be read
    /// together with new ones, since no reader copes with a folder of two schemas.
    fn replaced(&self, kept: &Cut) -> Range<NaiveDate> {
        let before = self.before.and_then(|before| before.table(kept.name()));
        if before.is_some_and(|before| !kept.schema.breaks(&before.schema).is_empty()) {
            return NaiveDate::MIN..NaiveDate::MAX;
        }
        // Periods before the oldest row stay, if they are not of the window itself: sources may have dropped what they were
        // computed from.
        let oldest = kept.split.files.first().map_or(self.window.start(), |file| file.period);
        let first = kept.table.start.map_or(oldest, |start| start.max(oldest));
        first.min(self.window.start())..self.window.end()
    }
}

/// Everything in which readers of the last publication would break, tables that are gone included.
pub(super) fn breaks<'a>(
    before: Option<&Pointer>,
    now: impl Iterator<Item = &'a TableSchema>,
) -> Vec<String> {
    let now: Vec<&TableSchema> = now.collect();
    let old = before.iter().flat_map(|before| &before.tables);
    old.flat_map(|old| match now.iter().find(|schema| schema.table == old.name()) {
        Some(schema) => schema.breaks(&old.schema),
        None => vec![format!("table `{}` is no longer published", old.name())],
    })
    .collect()
}

fn schema_file(path: Path, schema: &TableSchema) -> Result<Write, PublishError> {
    let bytes = json(schema, &path)?;
    Ok(Write::bytes(path, bytes.into()))
}
