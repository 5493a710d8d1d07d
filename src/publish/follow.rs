//! Lets the plain folders follow the pointer, `current/`, `history/` and `tables/`, and the Delta tables.
//!
//! Each object is replaced in one step, so any reader finds old or new. Objects are copied first and
//! removed last: a reader may see a row twice for a moment, but never miss one.
//!
//! The plan is staged with the publication and removed when it is carried out. A run that finds the plan of
//! the newest publication carries it out first: whoever made it was killed on the way.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde::{Deserialize, Serialize};

use super::delta::{self, Mirror};
use super::error::PublishError;
use super::guard::Guard;
use super::upload::{UNDER_WAY, Write, remove};
use super::{layout, pointer};

/// Copies, removals and commits that make the plain folders and the Delta tables equal to a publication.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Follow {
    copies: Vec<Copied>,
    replaced: Vec<Replaced>,
    /// Missing in plans of old versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    delta: Vec<Mirror>,
}

/// One object of a publication with its place in a plain folder.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Copied {
    from: String,
    to: String,
}

/// The periods of a job's table that a publication replaces.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Replaced {
    table: String,
    range: Range<NaiveDate>,
    periods: BTreeSet<NaiveDate>,
}

impl Follow {
    /// Plans a copy within the target.
    pub(super) fn copy(&mut self, from: &Path, to: &Path) {
        self.copies.push(Copied { from: from.to_string(), to: to.to_string() });
    }

    /// Plans to remove the periods of `table` in `range` that are not in `periods`.
    pub(super) fn replace(&mut self, table: &str, range: Range<NaiveDate>, periods: BTreeSet<NaiveDate>) {
        self.replaced.push(Replaced { table: table.to_owned(), range, periods });
    }

    /// Plans to make a Delta table equal to `mirror`.
    pub(super) fn mirror(&mut self, mirror: Mirror) {
        self.delta.push(mirror);
    }

    /// The plan as an object of its publication.
    pub(super) fn staged(&self, publication: &str) -> Result<Write, PublishError> {
        let path = layout::snapshot_plan(publication);
        let bytes = pointer::json(self, &path)?;
        Ok(Write::bytes(path, bytes.into()))
    }
}

/// Carries out the plan of a publication and removes it. Doing it again does no harm, unless another run has published
/// since: `guard` is asked before every step.
pub(super) async fn follow(
    target: &Arc<dyn ObjectStore>,
    publication: &str,
    plan: &Follow,
    guard: &dyn Guard,
) -> Result<(), PublishError> {
    let path = |text: &str| Path::from(text);
    let copies: Vec<_> = plan
        .copies
        .iter()
        .map(|copied| copy(target.clone(), path(&copied.from), path(&copied.to), guard))
        .collect();
    stream::iter(copies).buffer_unordered(UNDER_WAY).try_collect::<()>().await?;
    let commits: Vec<_> =
        plan.delta.iter().map(|wanted| delta::commit(target, wanted, publication, guard)).collect();
    stream::iter(commits).buffer_unordered(UNDER_WAY).try_collect::<()>().await?;
    for replaced in &plan.replaced {
        guard.confirm()?;
        remove_empty_periods(target, replaced).await?;
    }
    guard.confirm()?;
    remove(target, &layout::snapshot_plan(publication)).await
}

/// Carries out what an earlier run of `job` left undone after its publication became visible; true if there was something.
pub(super) async fn catch_up(
    target: &Arc<dyn ObjectStore>,
    job: &str,
    guard: &dyn Guard,
) -> Result<bool, PublishError> {
    let Some(seen) = pointer::read(target).await? else { return Ok(false) };
    seen.pointer.refuse_other_owner(job)?;
    let publication = seen.pointer.publication;
    let path = layout::snapshot_plan(&publication);
    let Some((bytes, _)) = pointer::get(target, &path).await? else { return Ok(false) };
    let plan: Follow = pointer::parse(&bytes, &path)?;
    follow(target, &publication, &plan, guard).await?;
    Ok(true)
}

async fn copy(
    target: Arc<dyn ObjectStore>,
    from: Path,
    to: Path,
    guard: &dyn Guard,
) -> Result<(), PublishError> {
    guard.confirm()?;
    target.copy(&from, &to).await.map_err(PublishError::store("write", &to))
}

async fn remove_empty_periods(
    target: &Arc<dyn ObjectStore>,
    replaced: &Replaced,
) -> Result<(), PublishError> {
    let folder = layout::kept(&replaced.table);
    let objects: Vec<Path> = target
        .list(Some(&folder))
        .map_ok(|object| object.location)
        .try_collect()
        .await
        .map_err(PublishError::store("list", &folder))?;
    let is_left_over = |object: &&Path| {
        layout::period_of(&replaced.table, object)
            .is_some_and(|period| replaced.range.contains(&period) && !replaced.periods.contains(&period))
    };
    for object in objects.iter().filter(is_left_over) {
        remove(target, object).await?;
    }
    Ok(())
}
