//! Writes a lake once, and sees that it is there the next time.
//!
//! A marker beside the files says what was asked for and what was written. Only files that a marker
//! names are ever removed, and a place that holds anything else is left alone.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::DemoError;
use super::write::LakeFile;
use crate::engine::EngineError;

const LEAST_SCALE: f64 = 0.05;
const MOST_SCALE: f64 = 1_000.0;

/// What decides about every byte of a lake.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LakeSettings {
    /// Seed of the world.
    pub seed: u64,
    /// Size of the company as a multiple of the mid-sized one.
    pub scale: f64,
    /// Switches every channel off: spend goes on, but nothing comes of it.
    pub without_effects: bool,
}

impl LakeSettings {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// When the scale is out of range.
    pub fn check(&self) -> Result<(), DemoError> {
        if (LEAST_SCALE..=MOST_SCALE).contains(&self.scale) {
            return Ok(());
        }
        Err(DemoError::Scale { given: self.scale, least: LEAST_SCALE, most: MOST_SCALE })
    }
}

/// Where a lake goes.
#[derive(Debug, Clone)]
pub struct LakePlace {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// Path within the store, `""` for its root.
    pub path: String,
    /// What people call it.
    pub name: String,
}

impl LakePlace {
    fn object(&self, path: &str) -> Path {
        Path::from(format!("{}/{path}", self.path.trim_matches('/')))
    }
}

/// What is told while a lake is written.
pub type Progress<'a> = &'a (dyn Fn(usize, usize, &str) + Sync);

/// What was written, or was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LakeWritten {
    /// Number of files.
    pub files: usize,
    /// Rows of all Parquet files.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// True if the lake was there already.
    pub was_there: bool,
    /// True if another lake was there and has been replaced.
    pub replaced: bool,
}

/// What makes the lakes of one world.
pub(super) struct Generator {
    /// Folders that belong to the lake alone.
    pub(super) folders: &'static [&'static str],
    /// Path of the marker.
    pub(super) marker: &'static str,
    /// Source text of everything that decides about bytes.
    pub(super) sources: &'static [&'static str],
}

impl Generator {
    /// Changes with the sources, so that lakes of an earlier version are never taken for new ones.
    fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for source in self.sources {
            digest.update(source);
        }
        format!("{:x}", digest.finalize())
    }
}

/// The files of a lake. Those of a later group are made once all of the earlier ones are.
pub(super) struct Lake {
    pub(super) groups: Vec<Vec<LakeFile>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    /// Fingerprint of the generator.
    generator: String,
    settings: LakeSettings,
    /// False while files are being written.
    complete: bool,
    files: Vec<Written>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Written {
    path: String,
    rows: u64,
    bytes: u64,
}

impl Marker {
    fn summary(&self, was_there: bool) -> LakeWritten {
        LakeWritten {
            files: self.files.len(),
            rows: self.files.iter().map(|file| file.rows).sum(),
            bytes: self.files.iter().map(|file| file.bytes).sum(),
            was_there,
            replaced: false,
        }
    }
}

/// Writes the lake of `make` to `place`, unless it is there already. Makes up to `threads` files at once.
///
/// # Errors
///
/// When the place holds something else, or cannot be read or written.
pub(super) async fn write(
    place: &LakePlace,
    settings: LakeSettings,
    generator: &Generator,
    make: impl FnOnce() -> Lake,
    threads: usize,
    progress: Progress<'_>,
) -> Result<LakeWritten, DemoError> {
    let fingerprint = generator.fingerprint();
    let old = read_marker(place, generator.marker).await?;
    if let Some(old) = &old
        && old.complete
        && (&old.generator, old.settings) == (&fingerprint, settings)
        && is_there(place, generator, old).await?
    {
        return Ok(old.summary(true));
    }
    let lake = make();
    let replaced = old.is_some();
    let old_files = old.map(|old| old.files).unwrap_or_default();
    refuse_strangers(place, generator, &old_files).await?;
    let planned = |file: &LakeFile| Written { path: file.path.clone(), rows: 0, bytes: 0 };
    let mut files: Vec<Written> = lake.groups.iter().flatten().map(planned).collect();
    let stale: Vec<Written> =
        old_files.into_iter().filter(|old| !files.iter().any(|file| file.path == old.path)).collect();
    // While the marker is incomplete it names old and new files, so that a run that dies can be healed.
    let all: Vec<Written> = files.iter().chain(&stale).cloned().collect();
    let started = Marker { generator: fingerprint.clone(), settings, complete: false, files: all };
    put_marker(place, generator.marker, &started).await?;
    remove(place, &stale).await?;
    let total = files.len();
    let mut done = 0;
    for group in lake.groups {
        let mut written =
            futures::stream::iter(group).map(|file| write_file(place, file)).buffered(threads.max(1));
        while let Some(file) = written.try_next().await? {
            progress(done + 1, total, &file.path);
            files[done] = file;
            done += 1;
        }
    }
    let marker = Marker { generator: fingerprint, settings, complete: true, files };
    put_marker(place, generator.marker, &marker).await?;
    Ok(LakeWritten { replaced, ..marker.summary(false) })
}

async fn write_file(place: &LakePlace, file: LakeFile) -> Result<Written, DemoError> {
    let path = file.path.clone();
    let made = tokio::task::spawn_blocking(move || file.encode()).await;
    let made = made.map_err(|error| DemoError::Defect { path: path.clone(), reason: error.to_string() })?;
    let (bytes, rows) = made?;
    let size = bytes.len() as u64;
    place.store.put(&place.object(&path), bytes.into()).await.map_err(store(place))?;
    Ok(Written { path, rows, bytes: size })
}

/// An error of the store at `place`, with its name.
fn store(place: &LakePlace) -> impl Fn(object_store::Error) -> DemoError + '_ {
    |error| EngineError::store(&error).about(&place.name).into()
}

async fn read_marker(place: &LakePlace, marker: &str) -> Result<Option<Marker>, DemoError> {
    match place.store.get(&place.object(marker)).await {
        Ok(found) => {
            let bytes = found.bytes().await.map_err(store(place))?;
            // A marker that cannot be read is of another version: its place is a stranger's.
            Ok(serde_json::from_slice(&bytes).ok())
        }
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(store(place)(error)),
    }
}

async fn put_marker(place: &LakePlace, path: &str, marker: &Marker) -> Result<(), DemoError> {
    let text = serde_json::to_vec_pretty(marker)
        .map_err(|error| DemoError::Defect { path: path.to_owned(), reason: error.to_string() })?;
    place.store.put(&place.object(path), text.into()).await.map_err(store(place))?;
    Ok(())
}

/// True if every file that `marker` names is there with its size.
async fn is_there(place: &LakePlace, lake: &Generator, marker: &Marker) -> Result<bool, DemoError> {
    let mut sizes: std::collections::BTreeMap<Path, u64> = std::collections::BTreeMap::new();
    for folder in lake.folders {
        sizes.extend(list(place, folder).await?);
    }
    Ok(marker.files.iter().all(|file| sizes.get(&place.object(&file.path)) == Some(&file.bytes)))
}

async fn list(place: &LakePlace, folder: &str) -> Result<Vec<(Path, u64)>, DemoError> {
    let prefix = place.object(folder);
    let objects = place.store.list(Some(&prefix));
    objects.map_ok(|meta| (meta.location, meta.size)).try_collect().await.map_err(store(place))
}

/// Refuses a place with objects in the lake's folders that no marker names.
async fn refuse_strangers(place: &LakePlace, lake: &Generator, ours: &[Written]) -> Result<(), DemoError> {
    let mut known: std::collections::BTreeSet<Path> =
        ours.iter().map(|file| place.object(&file.path)).collect();
    known.insert(place.object(lake.marker));
    for folder in lake.folders {
        let found = list(place, folder).await?;
        if let Some((stranger, _)) = found.into_iter().find(|(path, _)| !known.contains(path)) {
            return Err(DemoError::NotOurs { place: place.name.clone(), object: stranger.to_string() });
        }
    }
    Ok(())
}

async fn remove(place: &LakePlace, files: &[Written]) -> Result<(), DemoError> {
    for file in files {
        match place.store.delete(&place.object(&file.path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(store(place)(error)),
        }
    }
    Ok(())
}
