//! How far a backfill has come, so that one that was stopped goes on where it was.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use object_store::ObjectStore;
use serde::{Deserialize, Serialize};

use super::error::PublishError;
use super::{layout, pointer, upload};

/// Windows of a backfill that are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackfillProgress {
    /// First day of the first window.
    pub from: NaiveDate,
    /// First day after the last window.
    pub to: NaiveDate,
    /// Fingerprint of job and seed: windows of another job are not done.
    pub fingerprint: String,
    /// Ends of the windows that are done.
    pub done: BTreeSet<NaiveDate>,
}

impl BackfillProgress {
    /// The progress of the backfill from `from` to `to`, if one with this fingerprint was stopped.
    ///
    /// # Errors
    ///
    /// The store's error, or that the object is not what this code writes.
    pub async fn read(
        target: &Arc<dyn ObjectStore>,
        (from, to): (NaiveDate, NaiveDate),
        fingerprint: &str,
    ) -> Result<Option<Self>, PublishError> {
        let path = layout::backfill(from, to);
        let Some((bytes, _)) = pointer::get(target, &path).await? else { return Ok(None) };
        let progress: Self = pointer::parse(&bytes, &path)?;
        Ok((progress.fingerprint == fingerprint).then_some(progress))
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// The store's error.
    pub async fn write(&self, target: &Arc<dyn ObjectStore>) -> Result<(), PublishError> {
        let path = layout::backfill(self.from, self.to);
        upload::put_bytes(target, &path, pointer::json(self, &path)?.into()).await
    }

    /// Removes it: everything is done.
    ///
    /// # Errors
    ///
    /// The store's error.
    pub async fn remove(&self, target: &Arc<dyn ObjectStore>) -> Result<(), PublishError> {
        upload::remove(target, &layout::backfill(self.from, self.to)).await
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;
    use crate::publish::fixture::day;

    #[tokio::test]
    async fn what_is_done_is_found_again_for_the_same_job_alone() {
        let target: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let window = (day("2012-01-02"), day("2012-02-06"));
        assert_eq!(BackfillProgress::read(&target, window, "a").await.expect("readable"), None);
        let done = BTreeSet::from([day("2012-01-09")]);
        let progress = BackfillProgress { from: window.0, to: window.1, fingerprint: "a".into(), done };
        progress.write(&target).await.expect("written");
        let found = BackfillProgress::read(&target, window, "a").await.expect("readable");
        assert_eq!(found.as_ref(), Some(&progress));
        assert_eq!(BackfillProgress::read(&target, window, "b").await.expect("readable"), None);
        progress.remove(&target).await.expect("removed");
        assert_eq!(BackfillProgress::read(&target, window, "a").await.expect("readable"), None);
    }
}
