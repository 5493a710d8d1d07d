//! What a run would do: what it would read, compute and replace. Lists objects, reads the target's pointer, and no rows.

use chrono::NaiveDate;
use serde::Serialize;

use super::execute::RunRequest;
use super::failure::Failure;
use super::pipeline::{plan_all, read_windows};
use super::result::ObjectRead;
use super::target;
use super::window;
use super::work::Work;
use crate::config::Job;
use crate::config::job::{SqlTable, Store};
use crate::domain::Window;
use crate::engine::Engine;
use crate::publish::{Previous, first_replaced};
use crate::sources;
use crate::transform::PlannedJob;

/// What a run of a window would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Job name.
    pub job: String,
    /// First day of the window.
    pub window_start: NaiveDate,
    /// First day after it.
    pub window_end: NaiveDate,
    /// Where tables go.
    pub target: String,
    /// End of the newest published window; null if nothing is published.
    pub newest_as_of: Option<NaiveDate>,
    /// End of the published window before this one, whose results SQL sees as `previous`.
    pub previous_as_of: Option<NaiveDate>,
    /// What becomes of the results: `publish`, or `history` for a window older than the newest one.
    pub publishes_to: &'static str,
    /// What would be read of each source, in the order of the job.
    pub sources: Vec<SourcePreview>,
    /// What would be computed, in the order in which it would be.
    pub tables: Vec<TablePreview>,
    /// What is left open, as sentences.
    pub notes: Vec<String>,
}

/// What would be read of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourcePreview {
    /// Source.
    pub source: String,
    /// First day whose rows are read; null: from the beginning, or the source has no time.
    pub from: Option<NaiveDate>,
    /// Objects that may hold such rows.
    pub objects: usize,
    /// Their bytes. Of Parquet files only the columns and row groups that are needed are fetched.
    pub bytes: u64,
    /// Objects of the source before the end of the window.
    pub of_objects: usize,
    /// Their bytes.
    pub of_bytes: u64,
}

/// What would be computed of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TablePreview {
    /// Table.
    pub table: String,
    /// `view`, `keep` or `publish`.
    pub store: &'static str,
    /// First day whose rows are computed; null: all of them.
    pub from: Option<NaiveDate>,
    /// Why every period of a kept table is computed; null if it is not.
    pub anew: Option<&'static str>,
    /// Earlier periods that are read from the target, because something reads them.
    pub reads_kept_from: Option<NaiveDate>,
    /// True if earlier periods are read from the target.
    pub reads_kept: bool,
    /// What it needs all rows of, though only some of its own are computed: nothing in its SQL says which rows matter.
    pub reads_all_of: Vec<String>,
}

/// Says what a run would do.
///
/// # Errors
///
/// A window that is none, problems of the job, a source that is not there, a store that cannot be read.
pub async fn preview(request: &RunRequest) -> Result<Preview, Failure> {
    let job = &request.job;
    let window = window::resolve(&request.window, job)?;
    let engine = Engine::new(&request.platform)?;
    let target = target::open(&engine, job)?;
    let earlier = Previous::find(&target.store, &job.name, window).await?;
    let (planned, work) = plan_all(&engine, job, window, (&earlier, request.full_refresh)).await?;
    let windows = read_windows(job, window, work.plan.sources.clone());
    let would_read = sources::list(&engine, job, &windows).await?;
    let mut all = windows.clone();
    all.starts = job.sources.iter().map(|source| (source.name.clone(), None)).collect();
    let there = sources::list(&engine, job, &all).await?;
    let sources = job.sources.iter().map(|source| {
        let from = source.time.is_some().then(|| windows.of(&source.name).start).flatten();
        let (objects, bytes) = count(&would_read, &source.name);
        let (of_objects, of_bytes) = count(&there, &source.name);
        SourcePreview { source: source.name.clone(), from, objects, bytes, of_objects, of_bytes }
    });
    let newest_as_of = earlier.newest();
    let is_older = newest_as_of.is_some_and(|newest| newest > window.end());
    Ok(Preview {
        job: job.name.clone(),
        window_start: window.start(),
        window_end: window.end(),
        target: target.place.clone(),
        newest_as_of,
        previous_as_of: earlier.as_of(),
        publishes_to: if is_older { "history" } else { "publish" },
        sources: sources.collect(),
        tables: tables(job, &planned, &work),
        notes: notes(job, &planned, &work, window, is_older),
    })
}

fn count(objects: &[ObjectRead], source: &str) -> (usize, u64) {
    let of_source = objects.iter().filter(|object| object.source == source);
    of_source.fold((0, 0), |(count, bytes), object| (count + 1, bytes + object.bytes))
}

fn tables(job: &Job, planned: &PlannedJob, work: &Work) -> Vec<TablePreview> {
    let of = |table: &SqlTable| {
        let name = &table.name;
        let from = work.plan.start(name);
        let kept_from =
            work.plan.demanded.get(name).copied().filter(|wanted| from.is_some() && *wanted < from);
        let reads_all_of = match from {
            Some(_) if table.is_kept() => {
                work.plan.whole_inputs(name).filter(|input| has_time(job, input)).collect()
            }
            _ => Vec::new(),
        };
        TablePreview {
            table: name.clone(),
            store: match table.store {
                Store::View => "view",
                Store::Keep => "keep",
                Store::Publish => "publish",
            },
            from,
            anew: work.anew.get(name).map(|anew| anew.reason()),
            reads_kept: kept_from.is_some(),
            reads_kept_from: kept_from.flatten(),
            reads_all_of,
        }
    };
    planned.order.iter().filter_map(|name| job.table(name)).map(of).collect()
}

fn has_time(job: &Job, name: &str) -> bool {
    match job.source(name) {
        Some(source) => source.time.is_some(),
        None => job.table(name).is_some_and(|table| table.time.is_some()),
    }
}

fn notes(job: &Job, planned: &PlannedJob, work: &Work, window: Window, is_older: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if is_older {
        notes.push("a newer window is published already: this one would go to `history/` only".to_owned());
    }
    if !planned.unplanned.is_empty() {
        notes.push(format!(
            "{} name no columns or read what does not: what they need shows in the run",
            crate::config::listed(planned.unplanned.iter().map(String::as_str))
        ));
    }
    let replaced = job.tables.iter().filter(|table| table.is_kept() && !work.anew.contains_key(&table.name));
    for table in replaced {
        let usual = first_replaced(table.restate, job.calendar, window);
        if let Some(start) = work.plan.start(&table.name).filter(|start| *start < usual) {
            notes.push(format!(
                "`{}` is computed from {start} on instead of {usual}: periods before were not computed yet, or follow from \
                 what another table computes again",
                table.name
            ));
        }
    }
    notes.extend(work.remarks());
    notes
}
