//! Makes up for runs that were killed, before a run begins.

use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;

use super::error::PublishError;
use super::follow::catch_up;
use super::guard::Guard;
use super::leftovers::remove_leftovers;

/// What [`heal`] found to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Healed {
    /// Whether the plain folders had to follow a publication that was visible already.
    pub followed: bool,
    /// Half-written files that were removed.
    pub leftovers: usize,
}

/// Carries out what earlier runs of `job` left undone, and removes half-written files from the target's local `folder`, if
/// it has one. The job's lock must be held.
///
/// Files are removed last: where an object is copied to a place that holds it already, a local store leaves a link behind.
///
/// # Errors
///
/// [`PublishError::WrongOwner`] for a target of another job, what `guard` says, or the store's error.
pub async fn heal(
    target: &Arc<dyn ObjectStore>,
    folder: Option<PathBuf>,
    job: &str,
    guard: &dyn Guard,
) -> Result<Healed, PublishError> {
    let followed = catch_up(target, job, guard).await?;
    let leftovers = match folder {
        Some(folder) => tokio::task::spawn_blocking(move || remove_leftovers(&folder)).await??,
        None => 0,
    };
    Ok(Healed { followed, leftovers })
}
