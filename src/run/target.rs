//! The target of a run: where its tables go, and the lock on it.

use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::TimeDelta;
use object_store::ObjectStore;
use object_store::path::Path;

use super::context::RunContext;
use super::failure::Failure;
use crate::config::Job;
use crate::engine::{Engine, StoreKind};
use crate::publish::{self, Holder, Lock, PublishError, Publisher, Swap};

/// How long a lock holds at most: longer than a run should take. A run that was killed on this
/// machine, or is tried again with its run id, does not wait for it.
const LOCK_TIME: TimeDelta = TimeDelta::hours(6);

/// The opened target of a job.
pub(super) struct OpenTarget {
    /// The objects below the target.
    pub(super) store: Arc<dyn ObjectStore>,
    /// Where people find it.
    pub(super) place: String,
    /// Its storage and folder, as the list of objects read names them.
    name: String,
    swap: Swap,
}

/// Opens the target of `job`. Nothing is written yet.
pub(super) fn open(engine: &Engine, job: &Job) -> Result<OpenTarget, Failure> {
    let storage = engine.storage(&job.publish.storage)?;
    let swap = match storage.kind {
        StoreKind::Local => Swap::UnderLock,
        StoreKind::S3 => Swap::Conditional,
    };
    Ok(OpenTarget {
        store: publish::target(Arc::clone(&storage.store), &job.publish.path),
        place: storage.describe(&job.publish.path),
        name: format!("{}/{}", storage.name, job.publish.path.trim_matches('/')),
        swap,
    })
}

impl OpenTarget {
    /// An object below the target, as the list of objects read names it.
    pub(super) fn name_of(&self, object: &Path) -> String {
        format!("{}/{object}", self.name.trim_end_matches('/'))
    }

    /// A publisher for this target.
    pub(super) fn publisher(&self, job: &Job) -> Publisher {
        Publisher::new(Arc::clone(&self.store), self.swap, &job.name, job.calendar)
    }

    /// Takes the job's lock.
    pub(super) async fn lock(&self, job: &Job, context: &RunContext) -> Result<Lock, Failure> {
        let now = context.now();
        let holder = Holder {
            job: job.name.clone(),
            run_id: context.run_id.clone(),
            host: context.host.clone(),
            pid: context.pid,
            expires_at: now + LOCK_TIME,
        };
        Ok(Lock::acquire(Arc::clone(&self.store), self.swap, holder, now, &is_alive).await?)
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
