//! Publishes the tables of one run: everything is staged, one write makes it visible, plain folders
//! follow.
//!
//! Staging writes below a fresh publication id, where no reader looks. Up to the swap of the pointer
//! a failure leaves readers with what they had. Whatever the plain folders will need is staged too,
//! so that after the swap objects are only copied: on a local folder that takes no room on the disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::NaiveDate;
use object_store::ObjectStore;
use object_store::path::Path;
use object_store::prefix::PrefixStore;

use super::contents::{self, Contents, Cut, Encoded};
use super::error::PublishError;
use super::follow::{Follow, follow};
use super::guard::{Guard, Unguarded};
use super::kept::KeptTable;
use super::merge::with_earlier_periods;
use super::pointer::{self, Pointer, PointerTable, Seen, Swap};
use super::registry::Current;
use super::rows::OutputTable;
use super::schema::TableSchema;
use super::upload::{self, Write};
use super::{layout, split};
use crate::config::job::TableFormat;
use crate::domain::{Calendar, Window};
use crate::run::result::ObjectRead;

/// How long a run that is stopped waits for writes that are under way, and then for their removal: together they leave
/// room within the five seconds that a stop may take.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// Publishes to the target of one job.
#[derive(Debug, Clone)]
pub struct Publisher {
    target: Arc<dyn ObjectStore>,
    swap: Swap,
    job: String,
    calendar: Calendar,
    format: TableFormat,
}

/// What one run publishes.
#[derive(Debug)]
pub struct Publication {
    /// A fresh `UUIDv7`: never one that was tried before.
    pub publication: String,
    /// The run.
    pub run_id: String,
    /// The window; its end is the `as_of` of everything.
    pub window: Window,
    /// Result and run tables.
    pub results: Vec<OutputTable>,
    /// The job's own tables that are kept.
    pub kept: Vec<KeptTable>,
    /// Every object that the run read.
    pub inputs: Vec<ObjectRead>,
    /// From where on each source was read.
    pub source_starts: BTreeMap<String, Option<NaiveDate>>,
    /// Fingerprint of job and seed.
    pub fingerprint: String,
    /// The `as_of` of the publication whose results the run could read as `previous`.
    pub previous_as_of: Option<NaiveDate>,
    /// Whether readers of the last publication may break.
    pub allow_breaking: bool,
}

/// What is ready to become visible.
enum Staged {
    /// A window that is not the newest: files of `history/` to write.
    Older { history: Vec<Write>, published: Published },
    /// Files below the publication's own folder, and what is left to do.
    Newest { seen: Option<Box<Seen>>, next: Box<Pointer>, plan: Follow, published: Published },
}

/// What became visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The publication.
    pub publication: String,
    /// False for a window older than the newest published one: only `history/` was written.
    pub is_newest: bool,
    /// Tables in the order of the pointer.
    pub tables: Vec<PublishedTable>,
    /// Bytes of all tables.
    pub bytes: u64,
}

/// One table of a [`Published`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTable {
    /// Table name.
    pub name: String,
    /// Rows that this run wrote.
    pub rows: u64,
    /// Bytes that this run wrote.
    pub bytes: u64,
}

/// The part of a storage below `folder`, to be used for everything that concerns one target.
#[must_use]
pub fn target(storage: Arc<dyn ObjectStore>, folder: &str) -> Arc<dyn ObjectStore> {
    let folder = Path::from(folder.trim_matches('/'));
    if folder.as_ref().is_empty() { storage } else { Arc::new(PrefixStore::new(storage, folder)) }
}

impl Publisher {
    /// A publisher for the target of `job`, as [`target`] gives it.
    #[must_use]
    pub fn new(target: Arc<dyn ObjectStore>, swap: Swap, job: &str, calendar: Calendar) -> Self {
        Self { target, swap, job: job.to_owned(), calendar, format: TableFormat::default() }
    }

    /// The same, with tables in this format.
    #[must_use]
    pub fn with_format(self, format: TableFormat) -> Self {
        Self { format, ..self }
    }

    /// Publishes all tables, or none of them.
    ///
    /// A window older than the newest published one writes `history/` only. The job's lock must be
    /// held.
    ///
    /// # Errors
    ///
    /// Refuses a target of another job, changes that break readers, and tables that are not what
    /// their definition says. Up to the swap of the pointer an error leaves readers with what they
    /// had; [`PublishError::AfterSwitch`] says that only the plain folders lag behind.
    pub async fn commit(&self, publication: Publication) -> Result<Published, PublishError> {
        self.commit_unless(publication, std::future::pending(), &Unguarded).await
    }

    /// The same, unless `stopped` comes before the pointer is swapped, or `guard` says that the lock is lost: then nothing
    /// changes for readers. From the swap on only a lost lock cuts anything off, since a write that was sent may be
    /// carried out after we stopped waiting for it.
    ///
    /// # Errors
    ///
    /// As [`Publisher::commit`], [`PublishError::Stopped`], and what `guard` says.
    pub async fn commit_unless(
        &self,
        publication: Publication,
        stopped: impl Future<Output = ()>,
        guard: &dyn Guard,
    ) -> Result<Published, PublishError> {
        let id = publication.publication.clone();
        let halt = AtomicBool::new(false);
        let mut work = Box::pin(self.prepare(publication, &halt));
        let staged = tokio::select! {
            staged = &mut work => staged?,
            () = stopped => {
                // What is under way is waited for a little, so that nothing arrives after the rest was removed.
                halt.store(true, Ordering::Relaxed);
                let _ = tokio::time::timeout(LAST_WRITES, &mut work).await;
                let _ = tokio::time::timeout(LAST_WRITES, self.discard(&id)).await;
                return Err(PublishError::Stopped);
            }
        };
        if let Err(error) = guard.renew().await {
            self.discard(&id).await;
            return Err(error);
        }
        match staged {
            Staged::Older { history, published } => {
                upload::put_all(&self.target, history, &halt).await?;
                Ok(published)
            }
            Staged::Newest { seen, next, plan, published } => {
                self.switch(seen.as_deref(), &next).await?;
                let after =
                    |source| PublishError::AfterSwitch { publication: id.clone(), source: Box::new(source) };
                follow(&self.target, &id, &plan, guard).await.map_err(after)?;
                self.still_newest(&id).await.map_err(after)?;
                Ok(published)
            }
        }
    }

    /// That nobody has published since: where two runs held the lock, the plain folders may be a mixture.
    async fn still_newest(&self, id: &str) -> Result<(), PublishError> {
        match pointer::read(&self.target).await? {
            Some(now) if now.pointer.publication != id => {
                Err(PublishError::Overtaken { found: now.pointer.publication, run_id: now.pointer.run_id })
            }
            _ => Ok(()),
        }
    }

    /// Checks and stages everything. Nothing changes for readers.
    async fn prepare(&self, publication: Publication, halt: &AtomicBool) -> Result<Staged, PublishError> {
        let seen = pointer::read(&self.target).await?;
        let before = seen.as_ref().map(|seen| &seen.pointer);
        before.map_or(Ok(()), |before| before.refuse_other_owner(&self.job))?;
        let Publication {
            publication: id,
            run_id,
            window,
            results,
            kept,
            inputs,
            source_starts,
            fingerprint,
            previous_as_of,
            allow_breaking,
        } = publication;
        let results: Vec<Encoded> =
            blocking(move || results.into_iter().map(contents::encode).collect()).await?;
        let kept: Vec<_> = blocking(move || kept.into_iter().map(split::with_schema).collect()).await?;
        self.refuse_breaks(before, &results, kept.iter().map(|(_, schema)| schema), allow_breaking)?;
        if before.is_some_and(|before| before.as_of > window.end()) {
            let history = results.iter().map(|result| result.history(window)).collect();
            return Ok(Staged::Older { history, published: published(id, false, &results, &[]) });
        }
        let calendar = self.calendar;
        let earlier: BTreeMap<String, PointerTable> = before
            .iter()
            .flat_map(|before| &before.tables)
            .map(|table| (table.name().to_owned(), table.clone()))
            .collect();
        let cut = move |(table, schema): (KeptTable, TableSchema)| {
            let before = earlier.get(&table.name).filter(|before| schema.breaks(&before.schema).is_empty());
            contents::cut(table, schema, calendar, window, before)
        };
        let kept: Vec<Cut> = blocking(move || kept.into_iter().map(cut).collect()).await?;
        let results = self.with_current(results, window).await?;
        let delta = self.format == TableFormat::Delta;
        if !delta && before.is_some_and(|before| before.delta) {
            tracing::warn!(
                "the Delta tables below `delta/` stay as they are: the job publishes Parquet alone now"
            );
        }
        let contents = Contents { id: &id, before, results: &results, kept: &kept, window, delta };
        let plan = contents.follow();
        if let Err(error) = self.stage(&contents, &plan, halt).await {
            self.discard(&id).await;
            return Err(error);
        }
        let next = Pointer {
            format: Pointer::FORMAT,
            job: self.job.clone(),
            publication: id.clone(),
            run_id,
            window_start: window.start(),
            as_of: window.end(),
            tables: contents.entries(),
            inputs,
            source_starts,
            fingerprint: Some(fingerprint),
            previous_as_of,
            delta,
        };
        let published = published(id, true, &results, &kept);
        Ok(Staged::Newest { seen: seen.map(Box::new), next: Box::new(next), plan, published })
    }

    /// Removes what an attempt staged, as far as that works. Only for attempts that did not become
    /// visible, for example because the run was stopped while [`Publisher::commit`] was under way.
    pub async fn discard(&self, publication: &str) {
        match pointer::read(&self.target).await {
            Ok(Some(seen)) if seen.pointer.uses(publication) => {}
            Ok(_) => upload::remove_all(&self.target, &layout::snapshot(publication)).await,
            // Without the pointer it is unknown whether readers use these files.
            Err(error) => {
                tracing::warn!(publication, %error, "cannot tell whether a publication is visible; it stays");
            }
        }
    }

    fn refuse_breaks<'a>(
        &self,
        before: Option<&Pointer>,
        results: &'a [Encoded],
        kept: impl Iterator<Item = &'a TableSchema>,
        allow_breaking: bool,
    ) -> Result<(), PublishError> {
        let breaks = contents::breaks(before, results.iter().map(|result| &result.schema).chain(kept));
        if breaks.is_empty() {
            return Ok(());
        }
        if !allow_breaking {
            return Err(PublishError::Breaking(breaks));
        }
        tracing::warn!(job = %self.job, changes = %breaks.join("; "), "readers of the last publication may break");
        Ok(())
    }

    async fn stage(
        &self,
        contents: &Contents<'_>,
        plan: &Follow,
        halt: &AtomicBool,
    ) -> Result<(), PublishError> {
        let mut writes = contents.staged()?;
        writes.push(plan.staged(contents.id)?);
        writes.extend(contents.replaces()?);
        upload::put_all(&self.target, writes, halt).await
    }

    /// The tables with what `current/` will hold of earlier periods.
    async fn with_current(
        &self,
        results: Vec<Encoded>,
        window: Window,
    ) -> Result<Vec<Encoded>, PublishError> {
        let mut done = Vec::with_capacity(results.len());
        for result in results {
            done.push(match result.table.def.current {
                Current::Newest => result,
                Current::EveryPeriod => {
                    let merged = with_earlier_periods(&self.target, &result.table, window).await?;
                    blocking(move || result.with_current(&merged)).await?
                }
            });
        }
        Ok(done)
    }

    async fn switch(&self, seen: Option<&Seen>, next: &Pointer) -> Result<(), PublishError> {
        let Err(error) = pointer::swap(&self.target, self.swap, seen, next).await else { return Ok(()) };
        // The store may have written the pointer although its answer got lost.
        if let Ok(Some(now)) = pointer::read(&self.target).await
            && now.pointer.publication == next.publication
        {
            return Ok(());
        }
        // A request that timed out may still be carried out later by a remote store, and a pointer
        // must never lead to files that are gone.
        if matches!(error, PublishError::Overtaken { .. }) || self.swap == Swap::UnderLock {
            self.discard(&next.publication).await;
        }
        Err(error)
    }
}

/// Runs work that computes or reads local files where it does not hold up other tasks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PublishError> + Send + 'static,
) -> Result<T, PublishError> {
    tokio::task::spawn_blocking(work).await?
}

fn published(publication: String, is_newest: bool, results: &[Encoded], kept: &[Cut]) -> Published {
    let results = results.iter().map(|result| PublishedTable {
        name: result.table.def.name.to_owned(),
        rows: result.rows(),
        bytes: result.size(),
    });
    let kept = kept.iter().map(|cut| PublishedTable {
        name: cut.name().to_owned(),
        rows: cut.rows(),
        bytes: cut.size(),
    });
    let tables: Vec<PublishedTable> = results.chain(kept).collect();
    let bytes = tables.iter().map(|table| table.bytes).sum();
    Published { publication, is_newest, tables, bytes }
}
