//! Removes what no reader needs any more: superseded publications and what failed ones left behind.
//!
//! The pointer and the periods that it names in older publications always stay. Everything else stays for a while, since
//! a reader may still work with the pointer that it read before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::error::PublishError;
use super::{layout, pointer};

/// What [`vacuum`] removed, or would remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Publications with objects that were removed, oldest first.
    pub publications: Vec<String>,
    /// Objects that were removed.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Superseded publications that are too young.
    pub too_young: Vec<String>,
}

/// Removes objects of publications that the pointer does not use and that were last written at least `age` before `now`,
/// and locks that were moved aside. The job's lock must be held.
///
/// With `only_look` nothing is removed.
///
/// # Errors
///
/// [`PublishError::WrongOwner`] for a target of another job, or the store's error.
pub async fn vacuum(
    target: &Arc<dyn ObjectStore>,
    job: &str,
    now: DateTime<Utc>,
    age: TimeDelta,
    only_look: bool,
) -> Result<Vacuumed, PublishError> {
    let newest = pointer::read(target).await?.map(|seen| seen.pointer);
    if let Some(newest) = newest.as_ref().filter(|newest| newest.job != job) {
        return Err(PublishError::WrongOwner { owner: newest.job.clone(), job: job.to_owned() });
    }
    let used: BTreeSet<&str> = newest
        .iter()
        .flat_map(|newest| &newest.tables)
        .flat_map(|table| &table.files)
        .map(|file| file.path.as_str())
        .collect();
    let mut vacuumed = Vacuumed::default();
    let mut removed: Vec<Path> = Vec::new();
    for (publication, objects) in by_publication(list(target, &layout::snapshots()).await?) {
        if newest.as_ref().is_some_and(|newest| newest.publication == publication) {
            continue;
        }
        let unused: Vec<&ObjectMeta> =
            objects.iter().filter(|object| !used.contains(object.location.as_ref())).collect();
        if unused.is_empty() {
            continue;
        }
        if unused.iter().any(|object| object.last_modified > now - age) {
            vacuumed.too_young.push(publication);
            continue;
        }
        vacuumed.publications.push(publication);
        vacuumed.objects += unused.len() as u64;
        vacuumed.bytes += unused.iter().map(|object| object.size).sum::<u64>();
        removed.extend(unused.into_iter().map(|object| object.location.clone()));
    }
    for object in list(target, &layout::locks()).await? {
        if layout::is_stale_lock(&object.location) && object.last_modified <= now - age {
            vacuumed.objects += 1;
            vacuumed.bytes += object.size;
            removed.push(object.location);
        }
    }
    if !only_look {
        for object in &removed {
            match target.delete(object).await {
                Ok(()) | Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(PublishError::store("remove", object)(error)),
            }
        }
    }
    Ok(vacuumed)
}

async fn list(target: &Arc<dyn ObjectStore>, folder: &Path) -> Result<Vec<ObjectMeta>, PublishError> {
    let listed = target.list(Some(folder)).try_collect().await;
    listed.map_err(PublishError::store("list", folder))
}

/// Objects by the publication that wrote them. Ids begin with the time, so they come in its order.
fn by_publication(objects: Vec<ObjectMeta>) -> BTreeMap<String, Vec<ObjectMeta>> {
    let mut found: BTreeMap<String, Vec<ObjectMeta>> = BTreeMap::new();
    for object in objects {
        let below = object.location.prefix_match(&layout::snapshots());
        let publication = below.and_then(|mut parts| parts.next().map(|part| part.as_ref().to_owned()));
        if let Some(publication) = publication {
            found.entry(publication).or_default().push(object);
        }
    }
    found
}
