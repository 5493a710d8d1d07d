//! Removing superseded publications of a job, as a run of its own: under the job's lock.

use std::time::Duration;

use chrono::TimeDelta;

use super::context::RunContext;
use super::execute;
use super::failure::{Failure, FailureClass};
use super::hold;
use super::target;
use crate::config::Job;
use crate::engine::Engine;
use crate::publish::Vacuumed;

/// Removes publications of `job` that were superseded at least `age` ago, and what stopped runs left behind; with
/// `only_look` it only says what it would remove. Waits up to `lock_wait` for a run that is at work.
///
/// # Errors
///
/// That another run holds the job's lock, that `stop` came first, or the store's error.
pub async fn vacuum(
    engine: &Engine,
    job: &Job,
    context: &RunContext,
    (age, only_look): (TimeDelta, bool),
    lock_wait: Duration,
    stop: impl Future<Output = FailureClass>,
) -> Result<Vacuumed, Failure> {
    let target = target::open(engine, job)?;
    let attempt = context.new_publication();
    tokio::pin!(stop);
    let held = hold::take(&target, &job.name, &attempt, context, lock_wait, &mut stop).await?;
    let work = async {
        if !only_look {
            target.heal(&job.name, &held).await?;
        }
        target.vacuum(&job.name, context.now(), age, only_look).await
    };
    // What is removed is of no use to anybody, so that this may end anywhere.
    let vacuumed = tokio::select! {
        vacuumed = work => vacuumed,
        class = &mut stop => Err(execute::stopped(class)),
        error = held.lost() => Err(execute::lost(error)),
    };
    held.release().await;
    vacuumed
}
