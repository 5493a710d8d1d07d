//! Many windows of a job, one after the other.
//!
//! In their order, since each run reads what the one before it found: its own tables, what its models and its advice were.
//! Which windows are done is kept with the target, so that a backfill that was stopped goes on where it was.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use futures::FutureExt;
use serde::Serialize;

use super::execute::{RunOutcome, RunRequest, run};
use super::failure::{Failure, FailureClass};
use super::record::Observer;
use super::target;
use super::unchanged::fingerprint;
use super::window::{self, WindowRequest};
use crate::config::Job;
use crate::domain::Window;
use crate::engine::Engine;
use crate::publish::BackfillProgress;

/// Which windows are run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackfillRequest {
    /// First day of the first window.
    pub from: String,
    /// First day after the last one.
    pub to: String,
    /// Periods of one window.
    pub periods: u16,
    /// Whether windows that an earlier attempt finished are run again.
    pub again: bool,
}

/// One window of a backfill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackfilledWindow {
    /// First day.
    pub window_start: NaiveDate,
    /// First day after it.
    pub window_end: NaiveDate,
    /// The run; null for windows that were done before.
    pub run_id: Option<String>,
    /// Exit code of the run; null for windows that were done before, and for those that did not get their turn.
    pub exit_code: Option<u8>,
    /// True if an earlier attempt finished it.
    pub done_before: bool,
}

/// How a backfill ended.
#[derive(Debug)]
pub struct BackfillOutcome {
    /// Every window, in order.
    pub windows: Vec<BackfilledWindow>,
    /// Why it ended early.
    pub failure: Option<Failure>,
}

/// Runs every window of `asked`, each as `request(window)` says, until one fails or `stop` asks to end. `told` hears of each window
/// before its turn, with its number and their count.
///
/// # Errors
///
/// When the bounds are no windows of the job, or the target cannot be read or written. What a run fails with is part of the outcome.
pub async fn backfill(
    asked: &BackfillRequest,
    first: &RunRequest,
    request: impl Fn(Window) -> RunRequest,
    observer: &dyn Observer,
    told: impl Fn(usize, usize, Window),
    stop: impl Future<Output = FailureClass>,
) -> Result<BackfillOutcome, Failure> {
    let job = &first.job;
    let windows = windows(asked, job)?;
    let (from, to) = (windows[0].start(), windows[windows.len() - 1].end());
    let target = target::open(&Engine::new(&first.platform)?, job)?;
    let fingerprint = format!("{} by {}", fingerprint(job, first.context.seed), asked.periods);
    let mut progress = BackfillProgress { from, to, fingerprint, done: BTreeSet::new() };
    if asked.again {
        progress.remove(&target.store).await?;
    } else if let Some(known) =
        BackfillProgress::read(&target.store, (from, to), &progress.fingerprint).await?
    {
        progress = known;
    }
    let stop = stop.shared();
    let mut outcome = BackfillOutcome { windows: Vec::new(), failure: None };
    for (number, window) in (1..).zip(&windows) {
        let mut line = BackfilledWindow {
            window_start: window.start(),
            window_end: window.end(),
            run_id: None,
            exit_code: None,
            done_before: progress.done.contains(&window.end()),
        };
        if !line.done_before && outcome.failure.is_none() {
            told(number, windows.len(), *window);
            let RunOutcome { result, failure, .. } = run(request(*window), observer, stop.clone()).await;
            (line.run_id, line.exit_code) = (Some(result.run_id), Some(result.exit_code));
            outcome.failure = failure;
            if outcome.failure.is_none() {
                progress.done.insert(window.end());
                outcome.failure = progress.write(&target.store).await.err().map(Failure::from);
            }
        }
        outcome.windows.push(line);
    }
    if outcome.failure.is_none() {
        progress.remove(&target.store).await?;
    }
    Ok(outcome)
}

/// The windows between two days, in order; never none.
fn windows(asked: &BackfillRequest, job: &Job) -> Result<Vec<Window>, Failure> {
    let whole = WindowRequest { start: Some(asked.from.clone()), end: Some(asked.to.clone()), as_of: None };
    let whole = window::resolve(&whole, job).map_err(|error| {
        let failure = Failure::from(error);
        let named = |text: String| text.replace("`--start`", "`--from`").replace("`--end`", "`--to`");
        Failure { message: named(failure.message), help: failure.help.map(named), ..failure }
    })?;
    let count = i32::from(asked.periods.max(1));
    let mut windows = Vec::new();
    let mut start = whole.start();
    while start < whole.end() {
        let end = job.calendar.shift(start, count).min(whole.end());
        windows.push(Window::new(&job.calendar, start, end).map_err(window::WindowRequestError::from)?);
        start = end;
    }
    Ok(windows)
}
