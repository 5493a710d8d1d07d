//! Removes what no reader needs any more: superseded publications and what failed ones left behind.
//!
//! A publication keeps the pointer that it replaced. So it is known when a publication was superseded and which files its
//! readers may still want: all of them stay until that is long enough ago, and so do those of the newest one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectMeta, ObjectStore};

use super::error::PublishError;
use super::pointer::{self, Pointer};
use super::{delta, layout};

/// What [`vacuum`] removed, or would remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Publications with objects that were removed, oldest first.
    pub publications: Vec<String>,
    /// Objects that were removed.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Publications that were superseded, or left unfinished, too short a while ago.
    pub too_young: Vec<String>,
}

/// Removes objects that no publication needs which is the newest or was superseded less than `age` before `now`, and that
/// were written at least `age` ago; the same of Delta tables; and locks that were moved aside. The job's lock must be held.
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
    let cut = now - age;
    let newest = pointer::read(target).await?.map(|seen| seen.pointer);
    newest.as_ref().map_or(Ok(()), |newest| newest.refuse_other_owner(job))?;
    let found = by_publication(list(target, &layout::snapshots()).await?);
    let read: Vec<Pointer> = newest.into_iter().chain(superseded_since(target, &found, cut).await?).collect();
    let needed: BTreeSet<&str> = read
        .iter()
        .flat_map(|one| &one.tables)
        .flat_map(|table| &table.files)
        .map(|file| file.path.as_str())
        .collect();
    let newest = read.first().map(|newest| newest.publication.as_str());
    let mut vacuumed = Vacuumed::default();
    let mut removed: Vec<Path> = Vec::new();
    for (publication, objects) in &found {
        if Some(publication.as_str()) == newest {
            continue;
        }
        let unused: Vec<&ObjectMeta> =
            objects.iter().filter(|object| !needed.contains(object.location.as_ref())).collect();
        let is_young = read.iter().any(|one| one.publication == *publication)
            || unused.iter().any(|object| object.last_modified > cut);
        if is_young {
            vacuumed.too_young.push(publication.clone());
        } else if !unused.is_empty() {
            vacuumed.publications.push(publication.clone());
            vacuumed.objects += unused.len() as u64;
            vacuumed.bytes += unused.iter().map(|object| object.size).sum::<u64>();
            removed.extend(unused.into_iter().map(|object| object.location.clone()));
        }
    }
    for object in list(target, &layout::locks()).await? {
        if layout::is_stale_lock(&object.location) && object.last_modified <= cut {
            vacuumed.objects += 1;
            vacuumed.bytes += object.size;
            removed.push(object.location);
        }
    }
    for object in unused_by_delta_tables(target, cut).await? {
        vacuumed.objects += 1;
        vacuumed.bytes += object.size;
        removed.push(object.location);
    }
    if !only_look {
        remove(target, removed).await?;
    }
    Ok(vacuumed)
}

/// What no Delta table has consisted of since `cut`.
async fn unused_by_delta_tables(
    target: &Arc<dyn ObjectStore>,
    cut: DateTime<Utc>,
) -> Result<Vec<ObjectMeta>, PublishError> {
    let folder = layout::delta_tables();
    let found = target.list_with_delimiter(Some(&folder)).await;
    let tables = found.map_err(PublishError::store("list", &folder))?.common_prefixes;
    let mut unused = Vec::new();
    for name in tables.iter().filter_map(Path::filename) {
        unused.extend(delta::unused(target, name, cut).await?);
    }
    Ok(unused)
}

/// The pointers that were replaced after `cut`.
async fn superseded_since(
    target: &Arc<dyn ObjectStore>,
    found: &BTreeMap<String, Vec<ObjectMeta>>,
    cut: DateTime<Utc>,
) -> Result<Vec<Pointer>, PublishError> {
    let mut pointers = Vec::new();
    for (publication, objects) in found {
        let path = layout::snapshot_replaced(publication);
        let is_recent = |object: &ObjectMeta| object.location == path && object.last_modified > cut;
        if objects.iter().any(is_recent)
            && let Some((bytes, _)) = pointer::get(target, &path).await?
        {
            pointers.push(pointer::parse(&bytes, &path)?);
        }
    }
    Ok(pointers)
}

async fn remove(target: &Arc<dyn ObjectStore>, objects: Vec<Path>) -> Result<(), PublishError> {
    let mut removed = target.delete_stream(stream::iter(objects.into_iter().map(Ok)).boxed());
    while let Some(gone) = removed.next().await {
        match gone {
            Ok(_) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(PublishError::store("remove", &layout::snapshots())(error)),
        }
    }
    Ok(())
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
