//! The lock of a job: one run publishes at a time.
//!
//! The lock is an object that exactly one run can create and that says until when it holds; whoever holds it
//! renews it well before. A killed run leaves it behind, so it may be taken over when its time is up, when its
//! process on this machine is gone, or when the same run id comes back: a scheduler's retry need not wait at
//! all. Where the store has conditional writes the pointer's swap guards against two holders once more.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use serde::{Deserialize, Serialize};

use super::error::PublishError;
use super::pointer::{self, Swap, json};
use super::{layout, upload};

/// Who holds a lock, as stored in `_trichter/locks/<job>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Job that is locked.
    pub job: String,
    /// Run that holds the lock.
    pub run_id: String,
    /// Machine that the run is on.
    pub host: String,
    /// Its process there.
    pub pid: u32,
    /// One attempt of that run: tells a retry from what it retries.
    #[serde(default)]
    pub attempt: String,
    /// When the lock may be taken over at the latest.
    pub expires_at: DateTime<Utc>,
}

impl Holder {
    /// Whether both are the same attempt, whenever its lock was renewed.
    fn is(&self, other: &Self) -> bool {
        Self { expires_at: other.expires_at, ..self.clone() } == *other
    }
}

/// A lock that this run holds, until [`Lock::release`].
#[derive(Debug)]
#[must_use = "a lock that is not released keeps other runs out until it expires"]
pub struct Lock {
    target: Arc<dyn ObjectStore>,
    path: Path,
    holder: Holder,
}

impl Lock {
    /// Takes the job's lock for `holder`.
    ///
    /// `now` is the time against which other locks expire; `is_alive` says whether a process of this
    /// machine is running.
    ///
    /// # Errors
    ///
    /// [`PublishError::Locked`] naming the holder, or the store's error.
    pub async fn acquire(
        target: Arc<dyn ObjectStore>,
        swap: Swap,
        holder: Holder,
        now: DateTime<Utc>,
        is_alive: &(dyn Fn(u32) -> bool + Sync),
    ) -> Result<Self, PublishError> {
        let path = layout::lock(&holder.job);
        let lock = Self { target, path, holder };
        for attempt in 1..=ATTEMPTS {
            let refused = match lock.write(&lock.holder, PutMode::Create).await {
                Ok(()) => return Ok(lock),
                Err(error) => error,
            };
            // A lock that is there was created by someone else, unless the answer to our own write got lost.
            let exists =
                matches!(&refused, PublishError::Store { source: StoreError::AlreadyExists { .. }, .. });
            let Ok(found) = lock.read(&lock.path).await else { return Err(refused) };
            let Some((other, version)) = found else {
                // Released in the meantime, or never written: try again.
                if !exists && attempt == ATTEMPTS {
                    return Err(refused);
                }
                continue;
            };
            // The client's own repetition of a write that had gone through.
            if other.is(&lock.holder) {
                return Ok(lock);
            }
            if !lock.may_replace(&other, now, is_alive) {
                return Err(locked(&other));
            }
            tracing::warn!(run_id = %other.run_id, expires_at = %other.expires_at, "taking over the lock of a run that is gone");
            if lock.take_over(swap, &other, version).await? {
                return Ok(lock);
            }
        }
        match lock.read(&lock.path).await? {
            Some((other, _)) => Err(locked(&other)),
            None => Err(locked(&lock.holder)),
        }
    }

    /// Holds the lock until `expires_at`.
    ///
    /// # Errors
    ///
    /// [`PublishError::LockLost`] if another run took it over; or the store's error, after which it is unknown
    /// until when the lock holds: at least as long as before.
    pub async fn renew(&mut self, swap: Swap, expires_at: DateTime<Utc>) -> Result<(), PublishError> {
        let version = match self.read(&self.path).await? {
            Some((found, version)) if found.is(&self.holder) => version,
            Some((other, _)) => return Err(self.lost(Some(other.run_id))),
            None => return Err(self.lost(None)),
        };
        let mode = match swap {
            Swap::Conditional => PutMode::Update(version),
            // Nobody else writes a lock that has not expired.
            Swap::UnderLock => PutMode::Overwrite,
        };
        let next = Holder { expires_at, ..self.holder.clone() };
        match self.write(&next, mode).await {
            Ok(()) => {}
            // Someone was faster; or this answers our own write, sent again by the client.
            Err(PublishError::Store {
                source: StoreError::Precondition { .. } | StoreError::AlreadyExists { .. },
                ..
            }) => match self.read(&self.path).await? {
                Some((found, _)) if found.is(&self.holder) => {}
                found => return Err(self.lost(found.map(|(other, _)| other.run_id))),
            },
            Err(error) => return Err(error),
        }
        self.holder = next;
        Ok(())
    }

    /// When the lock may be taken over by others.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.holder.expires_at
    }

    /// The error of a lock that is gone; `to` is the run that has it now.
    pub(crate) fn lost(&self, to: Option<String>) -> PublishError {
        PublishError::LockLost { job: self.holder.job.clone(), to }
    }

    /// Gives the lock back. A lock that someone else took over stays theirs.
    ///
    /// # Errors
    ///
    /// The store's error; the lock then stays until it expires.
    pub async fn release(self) -> Result<(), PublishError> {
        match self.read(&self.path).await? {
            Some((holder, _)) if holder.is(&self.holder) => upload::remove(&self.target, &self.path).await,
            _ => Ok(()),
        }
    }

    fn may_replace(
        &self,
        other: &Holder,
        now: DateTime<Utc>,
        is_alive: &(dyn Fn(u32) -> bool + Sync),
    ) -> bool {
        // In containers every run has the same process number: then it is ours, and theirs is gone.
        let is_gone = || {
            !other.host.is_empty()
                && other.host == self.holder.host
                && (other.pid == self.holder.pid || !is_alive(other.pid))
        };
        other.expires_at <= now || other.run_id == self.holder.run_id || is_gone()
    }

    /// Replaces a stale lock; false when someone else was faster.
    async fn take_over(
        &self,
        swap: Swap,
        other: &Holder,
        version: UpdateVersion,
    ) -> Result<bool, PublishError> {
        match swap {
            Swap::Conditional => match self.write(&self.holder, PutMode::Update(version)).await {
                Ok(()) => Ok(true),
                Err(PublishError::Store {
                    source: StoreError::Precondition { .. } | StoreError::AlreadyExists { .. },
                    ..
                }) => Ok(false),
                Err(error) => Err(error),
            },
            Swap::UnderLock => self.move_aside(other).await.map(|()| false),
        }
    }

    /// Takes a stale lock out of the way by a rename, which only one run can do, so that the next
    /// attempt may create its own. A lock that turns out to be a fresh one is put back.
    async fn move_aside(&self, other: &Holder) -> Result<(), PublishError> {
        let aside = layout::stale_lock(&self.holder.job, &self.holder.run_id);
        match self.target.rename(&self.path, &aside).await {
            Err(StoreError::NotFound { .. }) => return Ok(()),
            moved => moved.map_err(PublishError::store("move", &self.path))?,
        }
        match self.read(&aside).await? {
            Some((moved, _)) if moved != *other => {
                let back = self.target.rename_if_not_exists(&aside, &self.path).await;
                back.map_err(PublishError::store("move", &aside))
            }
            _ => self.target.delete(&aside).await.map_err(PublishError::store("remove", &aside)),
        }
    }

    async fn write(&self, holder: &Holder, mode: PutMode) -> Result<(), PublishError> {
        let body = json(holder, &self.path)?;
        let written = self.target.put_opts(&self.path, body.into(), mode.into()).await;
        written.map(|_| ()).map_err(PublishError::store("write", &self.path))
    }

    async fn read(&self, path: &Path) -> Result<Option<(Holder, UpdateVersion)>, PublishError> {
        let Some((bytes, version)) = pointer::get(&self.target, path).await? else { return Ok(None) };
        Ok(Some((pointer::parse(&bytes, path)?, version)))
    }
}

/// How often a lock is tried that changes hands at the same moment.
const ATTEMPTS: u32 = 5;

fn locked(other: &Holder) -> PublishError {
    PublishError::Locked {
        job: other.job.clone(),
        holder: other.run_id.clone(),
        host: other.host.clone(),
        pid: other.pid,
        expires_at: other.expires_at,
    }
}

#[cfg(test)]
mod tests {
    use object_store::local::LocalFileSystem;
    use object_store::memory::InMemory;

    use super::*;
    use crate::publish::Fault;

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2024-01-01T{hour:02}:00:00Z").parse().expect("instant")
    }

    fn holder(run_id: &str, host: &str, pid: u32) -> Holder {
        let attempt = format!("{run_id}-{host}-{pid}");
        Holder {
            job: "job".into(),
            run_id: run_id.into(),
            host: host.into(),
            pid,
            attempt,
            expires_at: at(6),
        }
    }

    async fn acquire(
        target: &Arc<dyn ObjectStore>,
        swap: Swap,
        holder: Holder,
        hour: u32,
        alive: bool,
    ) -> Result<Lock, PublishError> {
        Lock::acquire(target.clone(), swap, holder, at(hour), &|_| alive).await
    }

    type Targets = Vec<(Arc<dyn ObjectStore>, Swap)>;

    /// Tries everything on a store with conditional writes and on a local folder.
    fn targets() -> (Targets, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("folder");
        let local = LocalFileSystem::new_with_prefix(folder.path()).expect("folder exists");
        let memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        (vec![(memory, Swap::Conditional), (Arc::new(local), Swap::UnderLock)], folder)
    }

    #[tokio::test]
    async fn a_held_lock_names_its_holder_and_a_released_one_is_free() {
        let (targets, _folder) = targets();
        for (target, swap) in targets {
            let lock = acquire(&target, swap, holder("a", "h1", 1), 0, true).await.expect("free");
            let error = acquire(&target, swap, holder("b", "h2", 2), 1, true).await.expect_err("held");
            assert_eq!(
                error.to_string(),
                "job `job` is locked by run `a` (process 1 on `h1`) until 2024-01-01 06:00:00 UTC"
            );
            assert_eq!(error.fault(), Fault::TryLater);
            lock.release().await.expect("released");
            acquire(&target, swap, holder("b", "h2", 2), 1, true)
                .await
                .expect("free")
                .release()
                .await
                .expect("ok");
        }
    }

    #[tokio::test]
    async fn locks_of_runs_that_are_gone_are_taken_over() {
        let cases = [
            ("expired", holder("b", "h2", 2), 6, true),
            ("dead process", holder("b", "h1", 2), 1, false),
            ("our process number", holder("b", "h1", 1), 1, true),
            ("retry of the same run", holder("a", "h2", 2), 1, true),
        ];
        for (why, second, hour, alive) in cases {
            let (targets, _folder) = targets();
            for (target, swap) in targets {
                let first = acquire(&target, swap, holder("a", "h1", 1), 0, true).await.expect("free");
                let second = acquire(&target, swap, second.clone(), hour, alive).await;
                let second = second.unwrap_or_else(|error| panic!("{why}: {error}"));
                first.release().await.expect("nothing to release");
                let third = acquire(&target, swap, holder("c", "h3", 3), 2, true).await;
                assert!(third.is_err(), "{why}: the second run still holds it");
                second.release().await.expect("released");
            }
        }
    }

    #[tokio::test]
    async fn a_renewed_lock_holds_longer_and_a_lost_one_is_not_renewed() {
        let (targets, _folder) = targets();
        for (target, swap) in targets {
            let mut first = acquire(&target, swap, holder("a", "h1", 1), 0, true).await.expect("free");
            first.renew(swap, at(9)).await.expect("ours");
            assert_eq!(first.expires_at(), at(9));
            let early = acquire(&target, swap, holder("b", "h2", 2), 8, true).await;
            assert!(matches!(early, Err(PublishError::Locked { expires_at, .. }) if expires_at == at(9)));
            let second = acquire(&target, swap, holder("b", "h2", 2), 9, true).await.expect("expired");
            let error = first.renew(swap, at(12)).await.expect_err("lost");
            assert_eq!(error.to_string(), "the lock of job `job` went to run `b` while this run was at work");
            assert_eq!(error.fault(), Fault::TryLater);
            first.release().await.expect("nothing to release");
            second.release().await.expect("still ours");
            let mut third = acquire(&target, swap, holder("c", "h3", 3), 10, true).await.expect("free");
            target.delete(&third.path).await.expect("removed by hand");
            let error = third.renew(swap, at(12)).await.expect_err("gone");
            assert_eq!(error.to_string(), "the lock of job `job` was removed while this run was at work");
        }
    }

    #[tokio::test]
    async fn of_many_runs_one_gets_the_lock() {
        let target: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let tries = (0..16).map(|number| {
            let target = target.clone();
            tokio::spawn(async move {
                let holder = holder(&format!("run-{number}"), &format!("h{number}"), number);
                Lock::acquire(target, Swap::Conditional, holder, at(0), &|_| true).await.is_ok()
            })
        });
        let won = futures::future::join_all(tries).await;
        assert_eq!(won.iter().filter(|won| matches!(won, Ok(true))).count(), 1);
    }
}
