//! Publications as readers see them, on stores in memory and on local folders.

mod clouds;
#[cfg(feature = "delta")]
mod delta;
mod failures;
mod faults;
mod guarantees;
mod kept_tables;
mod previous;
mod vacuum;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::{DateTime, NaiveDate, Utc};
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};

use super::fixture;
use super::{KeptTable, Publication, PublishError, Published, Publisher, Swap, run_tables};
use crate::domain::Window;
use crate::run::RunContext;

/// The time, as stores tell it.
fn now() -> DateTime<Utc> {
    RunContext::new(None, 1).started_at
}

/// A target in memory.
fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

fn publisher(target: &Arc<dyn ObjectStore>, swap: Swap) -> Publisher {
    Publisher::new(target.clone(), swap, "sample", fixture::calendar())
}

/// One or more weeks from a Monday.
fn weeks(start: &str, count: i32) -> Window {
    let start: NaiveDate = fixture::day(start);
    let calendar = fixture::calendar();
    Window::new(&calendar, start, calendar.shift(start, count)).expect("window")
}

/// A publication of all result and run tables.
fn publication(id: &str, window: Window, regions: &[&str]) -> Publication {
    let mut results = fixture::results(window, regions);
    let run = fixture::run_result(&format!("run-{id}"));
    results.extend(run_tables(&run, window).expect("the fixture is sound"));
    Publication {
        publication: id.to_owned(),
        run_id: run.run_id,
        window,
        results,
        kept: Vec::new(),
        inputs: run.sources_read,
        source_starts: BTreeMap::new(),
        fingerprint: "sample".into(),
        previous_as_of: None,
        allow_breaking: false,
    }
}

/// The same with the window's rows of a job's table.
fn with_kept(mut publication: Publication, kept: KeptTable) -> Publication {
    let start = Some(publication.window.start());
    publication.kept.push(KeptTable { start, ..kept });
    publication
}

async fn commit(target: &Arc<dyn ObjectStore>, publication: Publication) -> Result<Published, PublishError> {
    publisher(target, Swap::Conditional).commit(publication).await
}

/// Every object with its content.
async fn contents(target: &Arc<dyn ObjectStore>) -> BTreeMap<String, Vec<u8>> {
    let objects: Vec<_> = target.list(None).try_collect().await.expect("list");
    let mut contents = BTreeMap::new();
    for object in objects {
        let bytes = target.get(&object.location).await.expect("object").bytes().await.expect("bytes");
        contents.insert(object.location.to_string(), bytes.to_vec());
    }
    contents
}

/// Rows in all batches.
fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

/// What readers see: everything but snapshots, which are only reached through the pointer.
async fn visible(target: &Arc<dyn ObjectStore>) -> BTreeMap<String, Vec<u8>> {
    let mut contents = contents(target).await;
    contents.retain(|path, _| !path.starts_with("_trichter/snapshots/"));
    contents
}
