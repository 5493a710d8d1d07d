//! Lets the plain folders follow the pointer: `current/`, `history/` and `tables/`.
//!
//! Each object is replaced in one step, so any reader finds old or new. Objects are copied first and
//! removed last: a reader may see a row twice for a moment, but never miss one.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::error::PublishError;
use super::layout;
use super::upload::UNDER_WAY;

/// Copies and removals that make the plain folders equal to a publication.
#[derive(Debug, Default)]
pub(super) struct Follow {
    copies: Vec<(Path, Path)>,
    replaced: Vec<Replaced>,
}

/// The periods of a job's table that a publication replaces.
#[derive(Debug)]
struct Replaced {
    table: String,
    range: Range<NaiveDate>,
    periods: BTreeSet<NaiveDate>,
}

impl Follow {
    /// Plans a copy within the target.
    pub(super) fn copy(&mut self, from: Path, to: Path) {
        self.copies.push((from, to));
    }

    /// Plans to remove the periods of `table` in `range` that are not in `periods`.
    pub(super) fn replace(&mut self, table: &str, range: Range<NaiveDate>, periods: BTreeSet<NaiveDate>) {
        self.replaced.push(Replaced { table: table.to_owned(), range, periods });
    }
}

/// Carries out the plan. Doing it again does no harm.
pub(super) async fn follow(target: &Arc<dyn ObjectStore>, plan: Follow) -> Result<(), PublishError> {
    let copies = plan.copies.into_iter().map(|(from, to)| copy(target.clone(), from, to));
    stream::iter(copies).buffer_unordered(UNDER_WAY).try_collect::<()>().await?;
    for replaced in &plan.replaced {
        remove_empty_periods(target, replaced).await?;
    }
    Ok(())
}

async fn copy(target: Arc<dyn ObjectStore>, from: Path, to: Path) -> Result<(), PublishError> {
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
        match target.delete(object).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(PublishError::store("remove", object)(error)),
        }
    }
    Ok(())
}
