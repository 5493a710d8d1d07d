//! The pointer to a target's newest publication, and how it is swapped.
//!
//! Swapping the pointer is the moment at which a publication becomes visible. Stores with conditional
//! writes refuse the swap when anyone else was faster. Local folders have no conditional update:
//! there the job's lock keeps others out and the swap is a rename.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::NaiveDate;
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::PublishError;
use super::layout;
use super::schema::TableSchema;
use crate::run::result::ObjectRead;

/// Version of the pointer's form that this code writes and understands.
const FORMAT: u32 = 1;

/// How a target's pointer is swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// By a write that the store refuses if the pointer changed since it was read.
    Conditional,
    /// By rename. Whoever publishes holds the job's lock.
    UnderLock,
}

/// The newest publication of a target, as readers find it in `_trichter/publication.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// Version of this form.
    pub format: u32,
    /// Job that owns the target.
    pub job: String,
    /// Publication, a `UUIDv7`.
    pub publication: String,
    /// Run that wrote it.
    pub run_id: String,
    /// First day of its window.
    pub window_start: NaiveDate,
    /// First day after its window.
    pub as_of: NaiveDate,
    /// Every table with its files: together the state of all tables after one run.
    pub tables: Vec<PointerTable>,
    /// Every object that the run read.
    pub inputs: Vec<ObjectRead>,
    /// From where on each source was read; null: from the beginning.
    #[serde(default)]
    pub source_starts: BTreeMap<String, Option<NaiveDate>>,
    /// Fingerprint of job and seed; publications of old versions have none.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// The `as_of` of the publication whose results the run could read as `previous`; `None` if there was none.
    #[serde(default)]
    pub previous_as_of: Option<NaiveDate>,
    /// Whether the tables are Delta tables too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delta: bool,
}

/// One table of a [`Pointer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointerTable {
    /// What kind of table it is.
    pub kind: PointerKind,
    /// Name, key and columns.
    pub schema: TableSchema,
    /// Rows in all files.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Files in order; a job's table has one per period.
    pub files: Vec<PointerFile>,
    /// Fingerprint of the SQL of a job's table, if its periods up to `as_of` are complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logic: Option<String>,
}

/// What kind of table a [`PointerTable`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointerKind {
    /// A result table: the rows of this publication alone.
    Result,
    /// A run table.
    Run,
    /// A job's table with `store: keep`: every kept period.
    Keep,
    /// A job's table with `store: publish`: every published period.
    Publish,
}

/// One immutable file of a [`PointerTable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointerFile {
    /// Path below the target.
    pub path: String,
    /// The period of a job's table; null for others.
    pub period_start: Option<NaiveDate>,
    /// Rows.
    pub rows: u64,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of the content in hexadecimal digits.
    pub sha256: String,
}

impl PointerTable {
    /// Adds up the files of a table.
    pub(crate) fn new(kind: PointerKind, schema: TableSchema, files: Vec<PointerFile>) -> Self {
        let rows = files.iter().map(|file| file.rows).sum();
        let bytes = files.iter().map(|file| file.bytes).sum();
        Self { kind, schema, rows, bytes, files, logic: None }
    }

    /// Table name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.schema.table
    }
}

impl Pointer {
    /// The form that this code writes.
    pub(crate) const FORMAT: u32 = FORMAT;

    /// True if `publication` is this one, or one whose files this one still lists.
    pub(crate) fn uses(&self, publication: &str) -> bool {
        let folder = format!("{}/", layout::snapshot(publication));
        let mut files = self.tables.iter().flat_map(|table| &table.files);
        self.publication == publication || files.any(|file| file.path.starts_with(&folder))
    }

    /// Refuses a target that belongs to another job than `job`.
    ///
    /// # Errors
    ///
    /// [`PublishError::WrongOwner`].
    pub fn refuse_other_owner(&self, job: &str) -> Result<(), PublishError> {
        if self.job == job {
            return Ok(());
        }
        Err(PublishError::WrongOwner { owner: self.job.clone(), job: job.to_owned() })
    }

    /// The table called `name`.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&PointerTable> {
        self.tables.iter().find(|table| table.name() == name)
    }
}

/// A pointer with the version under which it was read.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) pointer: Pointer,
    version: UpdateVersion,
}

/// Reads the pointer; `None` where nothing was published yet.
pub(crate) async fn read(store: &Arc<dyn ObjectStore>) -> Result<Option<Seen>, PublishError> {
    let path = layout::pointer();
    let Some((bytes, version)) = get(store, &path).await? else { return Ok(None) };
    let form: Form = parse(&bytes, &path)?;
    if form.format != FORMAT {
        let reason = format!("it has format {}, this version of trichter knows {FORMAT}", form.format);
        return Err(PublishError::Pointer { path: path.to_string(), reason });
    }
    Ok(Some(Seen { pointer: parse(&bytes, &path)?, version }))
}

/// An object with the version under which it was read; `None` if there is none.
pub(crate) async fn get(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
) -> Result<Option<(Bytes, UpdateVersion)>, PublishError> {
    let found = match store.get(path).await {
        Err(StoreError::NotFound { .. }) => return Ok(None),
        found => found.map_err(PublishError::store("read", path))?,
    };
    let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
    let bytes = found.bytes().await.map_err(PublishError::store("read", path))?;
    Ok(Some((bytes, version)))
}

/// Reads what [`json`] wrote.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T, PublishError> {
    serde_json::from_slice(bytes)
        .map_err(|error| PublishError::Pointer { path: path.to_string(), reason: error.to_string() })
}

/// Makes `next` the target's pointer in place of `seen`.
///
/// # Errors
///
/// [`PublishError::Overtaken`] if someone else swapped it first, or the store's error. After any
/// other error than the first it is unknown whether the swap happened.
pub(crate) async fn swap(
    store: &Arc<dyn ObjectStore>,
    how: Swap,
    seen: Option<&Seen>,
    next: &Pointer,
) -> Result<(), PublishError> {
    let path = layout::pointer();
    let body = json(next, &path)?;
    let mode = match (seen, how) {
        (None, _) => PutMode::Create,
        (Some(_), Swap::UnderLock) => PutMode::Overwrite,
        (Some(seen), Swap::Conditional) => PutMode::Update(seen.version.clone()),
    };
    let mut attempts = 0;
    loop {
        attempts += 1;
        let Err(refused) = store.put_opts(&path, body.clone().into(), mode.clone().into()).await else {
            return Ok(());
        };
        // A refusal may answer the client's own repetition of a write that had gone through, some stores
        // refuse while an unrelated request is under way, and an answer may get lost: clients do not repeat
        // conditional writes by themselves. So the pointer is looked at.
        let Ok(now) = read(store).await else { return Err(PublishError::store("write", &path)(refused)) };
        match &now {
            Some(now) if now.pointer.publication == next.publication => return Ok(()),
            Some(now) if seen.is_none_or(|seen| seen.pointer.publication != now.pointer.publication) => {
                return Err(PublishError::Overtaken {
                    found: now.pointer.publication.clone(),
                    run_id: now.pointer.run_id.clone(),
                });
            }
            // A local folder says for sure that nothing was written.
            _ if attempts >= ATTEMPTS || how == Swap::UnderLock => {
                return Err(PublishError::store("write", &path)(refused));
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// How often a swap is tried that fails although nothing changed.
const ATTEMPTS: u32 = 5;

/// Pause between two such attempts.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// The part of a pointer that says how to read the rest.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

/// Pretty JSON with a line break at the end.
pub(crate) fn json(value: &impl Serialize, path: &Path) -> Result<Vec<u8>, PublishError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| PublishError::Pointer { path: path.to_string(), reason: error.to_string() })?;
    bytes.push(b'\n');
    Ok(bytes)
}
