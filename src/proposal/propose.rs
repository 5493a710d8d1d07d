//! From a place to a proposal: lists files, looks at them, and writes a job and its SQL.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use futures::StreamExt;

use super::calendar::calendar;
use super::error::ProposalError;
use super::folders::{Folder, folders};
use super::goals::goals;
use super::names::distinct;
use super::place::Place;
use super::source::{Files, Source, source};
use super::sql::sql;
use super::tables::tables;
use super::yaml::Parts;
use crate::domain::Language;
use crate::engine::{Engine, EngineError, EngineErrorKind, Parameters, Session, StorageHandle};
use crate::sources::survey::{DataFile, FileKind, FileSeen, data_files, look};

/// Most files of one source whose columns are looked at.
const MOST_FILES: usize = 2_000;
/// Files that are looked at at once.
const CONCURRENT: usize = 16;

/// What a person says about the job.
#[derive(Debug, Clone)]
pub struct Request {
    /// Name of the job.
    pub job: String,
    /// Currency, if it is known.
    pub currency: Option<String>,
    /// Languages, at least one.
    pub languages: Vec<Language>,
    /// Zone in which instants become days.
    pub time_zone: chrono_tz::Tz,
    /// Most rows of each source that are looked at.
    pub rows: usize,
}

/// A job and its SQL.
#[derive(Debug)]
pub struct Proposal {
    /// The job file.
    pub job: String,
    /// SQL files by their path below the SQL folder.
    pub sql: BTreeMap<String, String>,
    /// What was looked at, as people find it.
    pub place: String,
    /// What was found.
    pub(super) sources: Vec<Source>,
    /// What was left out, and why.
    pub left_out: Vec<String>,
    /// Names of tables and of KPIs.
    pub(super) tables: Vec<String>,
    pub(super) kpis: Vec<String>,
}

/// Looks at the files of `place` and proposes a job.
///
/// # Errors
///
/// When the store cannot be read, or no file below the place can be used.
pub async fn propose(engine: &Engine, place: &Place, request: &Request) -> Result<Proposal, ProposalError> {
    let storage = engine.storage(&place.storage)?;
    let shown = storage.describe(&place.prefix);
    if let Some(folder) = storage.missing_folder() {
        return Err(ProposalError::NoPlace(folder.display().to_string()));
    }
    let found = data_files(storage, &place.prefix).await?;
    if found.files.is_empty() {
        return Err(ProposalError::NoFiles { place: shown, other: found.others.into_iter().next() });
    }
    let day = NaiveDate::default();
    let session =
        engine.session(Parameters { start: day, end: day, as_of: day, vars: std::sync::Arc::default() });
    let looked = Looked::at(&session, storage, place, &found.files).await?;
    let files = looked.files();
    let mut left_out = looked.left_out;
    let paths: Vec<Vec<String>> = files.iter().map(|(called, _)| called.clone()).collect();
    let mut sources = Vec::new();
    for (name, (_, files)) in distinct(&paths).into_iter().zip(files) {
        let proposed = source(storage, Files { name, ..files }, request.rows).await?;
        if proposed.guaranteed().next().is_some() && proposed.broken.len() < proposed.files {
            sources.push(proposed);
        } else {
            left_out.push(format!(
                "{}, which has no column that a table can hold or no row that can be read",
                proposed.path
            ));
        }
    }
    if sources.is_empty() {
        let first = left_out.first().cloned().unwrap_or_default();
        return Err(ProposalError::NothingUsable { place: shown, files: found.files.len(), first });
    }
    sources.sort_by(|a, b| (a.outside.is_some(), &a.path).cmp(&(b.outside.is_some(), &b.path)));
    Ok(written(request, shown, sources, left_out))
}

fn written(request: &Request, place: String, sources: Vec<Source>, left_out: Vec<String>) -> Proposal {
    let calendar = calendar(&sources, request.time_zone);
    let tables = tables(&sources, &calendar);
    let goals = goals(&tables);
    let parts = Parts {
        request,
        place: place.clone(),
        sources: &sources,
        calendar: &calendar,
        tables: &tables,
        goals: &goals,
        sql: &request.job,
        left_out: &left_out,
    };
    let job = parts.yaml();
    let file = |table: &super::tables::Table<'_>| format!("{}/{}.sql", request.job, table.name);
    let sql = tables.iter().map(|table| (file(table), sql(table, &calendar))).collect();
    let table_names = tables.iter().map(|table| table.name.clone()).collect();
    let kpis = goals.iter().map(|goal| goal.name.clone()).collect();
    drop(goals);
    drop(tables);
    Proposal { job, sql, place, sources, left_out, tables: table_names, kpis }
}

/// Folders with what is known of their files.
struct Looked<'a> {
    place: &'a Place,
    folders: Vec<Folder>,
    seen: BTreeMap<String, Result<FileSeen, String>>,
    left_out: Vec<String>,
}

impl<'a> Looked<'a> {
    /// Looks at the columns of `files`, of large folders at some of them.
    async fn at(
        session: &Session,
        storage: &StorageHandle,
        place: &'a Place,
        files: &[DataFile],
    ) -> Result<Self, ProposalError> {
        let folders = folders(files, &place.prefix);
        let mut seen = BTreeMap::new();
        let mut left_out = Vec::new();
        for folder in &folders {
            let results: Vec<(&DataFile, Result<FileSeen, EngineError>)> =
                futures::stream::iter(spread(&folder.files))
                    .map(|file| async move { (file, look(session, storage, file).await) })
                    .buffered(CONCURRENT)
                    .collect()
                    .await;
            for (file, result) in results {
                let result = match result {
                    Err(error) if error.kind != EngineErrorKind::Source => return Err(error.into()),
                    other => other.map_err(|error| error.message),
                };
                seen.insert(file.path.clone(), result);
            }
        }
        for folder in &folders {
            let is_broken = |file: &&DataFile| matches!(seen.get(&file.path), Some(Err(_)));
            let broken: Vec<&DataFile> = folder.files.iter().filter(is_broken).collect();
            if broken.len() == folder.files.len()
                && let Some(Err(reason)) = broken.first().and_then(|file| seen.get(&file.path))
            {
                left_out.push(reason.clone());
            }
        }
        Ok(Self { place, folders, seen, left_out })
    }

    /// What is to become a source: folders above it with what it is called after, and its files.
    fn files(&self) -> Vec<(Vec<String>, Files)> {
        let mut all = Vec::new();
        for folder in &self.folders {
            let read: Vec<FileSeen> = folder
                .files
                .iter()
                .filter_map(|file| self.seen.get(&file.path)?.as_ref().ok().cloned())
                .collect();
            if read.is_empty() {
                continue;
            }
            let columns: Vec<BTreeSet<String>> = read
                .iter()
                .map(|file| file.columns.iter().map(|column| column.name.clone()).collect())
                .collect();
            let is_below_storage = !(self.place.prefix.is_empty() && folder.parts.is_empty());
            if is_below_storage && folder.is_one(&self.folders, &columns) {
                all.extend(self.of_folder(folder, read));
            } else {
                all.extend(read.into_iter().filter_map(|file| self.of_file(folder, file)));
            }
        }
        all
    }

    fn of_folder(&self, folder: &Folder, seen: Vec<FileSeen>) -> Option<(Vec<String>, Files)> {
        let below =
            if folder.parts.is_empty() { String::new() } else { format!("{}/", folder.parts.join("/")) };
        let mut called = vec![self.place.base()];
        called.extend(folder.parts.iter().cloned());
        if folder.kind == FileKind::Text
            && self.folders.iter().any(|other| other.kind == FileKind::Parquet && other.parts == folder.parts)
        {
            // The same folder holds Parquet as well.
            called.push("text".to_owned());
        }
        let broken = folder
            .files
            .iter()
            .filter_map(|file| self.seen.get(&file.path)?.as_ref().err().cloned())
            .collect();
        self.entry(
            called,
            &below,
            Files {
                name: String::new(),
                path: String::new(),
                below: String::new(),
                count: folder.files.len(),
                bytes: folder.files.iter().map(|file| file.size).sum(),
                seen,
                broken,
            },
        )
    }

    fn of_file(&self, folder: &Folder, file: FileSeen) -> Option<(Vec<String>, Files)> {
        let below = file.file.path.strip_prefix(&self.place.prefix)?.to_owned();
        let base = below.rsplit('/').next()?;
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem).to_owned();
        let mut called = vec![self.place.base()];
        called.extend(folder.parts.iter().cloned());
        called.push(stem);
        let bytes = file.file.size;
        let files = Files {
            name: String::new(),
            path: String::new(),
            below: String::new(),
            count: 1,
            bytes,
            seen: vec![file],
            broken: Vec::new(),
        };
        self.entry(called, &below, files)
    }

    /// The entry, unless no job can name its path.
    fn entry(&self, called: Vec<String>, below: &str, files: Files) -> Option<(Vec<String>, Files)> {
        let path = format!("{}/{}{below}", self.place.storage, self.place.prefix);
        let is_sayable = !path.contains(['*', '?', '[', '\\', '$']);
        is_sayable.then(|| (called, Files { path, below: below.to_owned(), ..files }))
    }
}

/// All of `files`, or as many as are looked at, evenly spread, with the last one.
fn spread(files: &[DataFile]) -> Vec<&DataFile> {
    if files.len() <= MOST_FILES {
        return files.iter().collect();
    }
    (1..=MOST_FILES).map(|place| &files[place * files.len() / MOST_FILES - 1]).collect()
}
