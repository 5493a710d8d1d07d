//! The target of a run: where its tables go, and the lock on it.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::{DateTime, TimeDelta, Utc};
use object_store::ObjectStore;
use object_store::path::Path;

use super::context::RunContext;
use super::failure::Failure;
use crate::config::Job;
use crate::engine::{Engine, StoreKind};
use crate::publish::{self, Guard, Holder, LastRun, Lock, PublishError, Publisher, Swap, Vacuumed};

/// The opened target of a job.
pub(super) struct OpenTarget {
    /// The objects below the target.
    pub(super) store: Arc<dyn ObjectStore>,
    /// Where people find it.
    pub(super) place: String,
    /// Its storage and folder, as the list of objects read names them.
    name: String,
    swap: Swap,
    /// Its folder on this machine, if it is there.
    folder: Option<PathBuf>,
}

/// Opens the target of `job`. Nothing is written yet.
pub(super) fn open(engine: &Engine, job: &Job) -> Result<OpenTarget, Failure> {
    let storage = engine.storage(&job.publish.storage)?;
    let swap = match storage.kind {
        StoreKind::Local => Swap::UnderLock,
        // By entity tag, on Google Cloud by generation: reading gives both, and the client takes the one it needs.
        StoreKind::S3 | StoreKind::GoogleCloud | StoreKind::Azure => Swap::Conditional,
    };
    let place = storage.describe(&job.publish.path);
    Ok(OpenTarget {
        folder: (storage.kind == StoreKind::Local).then(|| PathBuf::from(&place)),
        store: publish::target(Arc::clone(&storage.store), &job.publish.path),
        place,
        name: format!("{}/{}", storage.name, job.publish.path.trim_matches('/')),
        swap,
    })
}

impl OpenTarget {
    /// An object below the target, as the list of objects read names it.
    pub(super) fn name_of(&self, object: &Path) -> String {
        format!("{}/{object}", self.name.trim_end_matches('/'))
    }

    /// The path below the target of an object that [`OpenTarget::name_of`] named.
    pub(super) fn path_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(self.name.trim_end_matches('/'))?.strip_prefix('/')
    }

    /// A publisher for this target.
    pub(super) fn publisher(&self, job: &Job) -> Publisher {
        Publisher::new(Arc::clone(&self.store), self.swap, &job.name, job.calendar).with_format(job.format)
    }

    /// How its pointer and its locks are replaced.
    pub(super) fn swap(&self) -> Swap {
        self.swap
    }

    /// Takes the lock of `job` until `expires_at`; `attempt` is a fresh id.
    pub(super) async fn lock(
        &self,
        job: &str,
        attempt: &str,
        context: &RunContext,
        expires_at: DateTime<Utc>,
    ) -> Result<Lock, PublishError> {
        let holder = Holder {
            job: job.to_owned(),
            run_id: context.run_id.clone(),
            host: context.host.clone(),
            pid: context.pid,
            attempt: attempt.to_owned(),
            expires_at,
        };
        Lock::acquire(Arc::clone(&self.store), self.swap, holder, context.now(), &is_alive).await
    }

    /// Makes up for what a run that was killed left undone; true if its publication was already visible. The job's lock
    /// must be held.
    pub(super) async fn heal(&self, job: &str, guard: &dyn Guard) -> Result<bool, Failure> {
        let healed = publish::heal(&self.store, self.folder.clone(), job, guard).await?;
        if healed.followed {
            tracing::info!("`current/`, `history/` and `tables/` follow a publication whose run was stopped");
        }
        if healed.leftovers > 0 {
            tracing::info!("removed {} half-written files that a stopped run left", healed.leftovers);
        }
        Ok(healed.followed)
    }

    /// Removes what no reader needs any more; see [`publish::vacuum`].
    pub(super) async fn vacuum(
        &self,
        job: &str,
        now: DateTime<Utc>,
        age: TimeDelta,
        only_look: bool,
    ) -> Result<Vacuumed, Failure> {
        let vacuumed = publish::vacuum(&self.store, job, now, age, only_look).await?;
        if let Some(folder) = self.folder.as_ref().filter(|_| !only_look) {
            let snapshots = folder.join("_trichter/snapshots");
            let removed =
                tokio::task::spawn_blocking(move || publish::remove_empty_folders(&snapshots)).await;
            removed.map_err(PublishError::from)?;
        }
        Ok(vacuumed)
    }
}

/// Whether a process of this machine is running; where that cannot be told, it is taken to be.
fn is_alive(pid: u32) -> bool {
    let processes = std::path::Path::new("/proc");
    !processes.join("self").exists() || processes.join(pid.to_string()).exists()
}

/// Rows of a published table, for people who want to look at them.
///
/// # Errors
///
/// When nothing is published, there is no such table, or the store cannot be read.
pub async fn published_table(
    engine: &Engine,
    job: &Job,
    table: &str,
    limit: usize,
) -> Result<Vec<RecordBatch>, Failure> {
    Ok(publish::read_current(&open(engine, job)?.store, table, limit).await?)
}

/// The published tables, with name and rows.
///
/// # Errors
///
/// When nothing is published or the store cannot be read.
pub async fn published_tables(engine: &Engine, job: &Job) -> Result<Vec<(String, u64)>, Failure> {
    let pointer = publish::read_pointer(&open(engine, job)?.store).await?;
    let pointer = pointer.ok_or(PublishError::NothingPublished)?;
    Ok(pointer.tables.iter().map(|table| (table.name().to_owned(), table.rows)).collect())
}

/// What the run that wrote its record last says about how to run it again; `None` if no run has left one.
///
/// # Errors
///
/// When the store cannot be read.
pub async fn last_run(engine: &Engine, job: &Job) -> Result<Option<LastRun>, Failure> {
    Ok(publish::last_run(&open(engine, job)?.store, &job.name).await?)
}
