//! One run from the outside: the lock around it, the signal that may stop it, the record after it.
//!
//! Kept apart from the stages, because all of this must happen however they end.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use super::context::RunContext;
use super::failure::{Failure, FailureClass};
use super::failures::FailureKeeper;
use super::hold::{self, Held};
use super::pipeline::{self, Prepared, RunState};
use super::record::Observer;
use super::result::{RunResult, StorageTraffic};
use super::target::{self, OpenTarget};
use super::unchanged;
use super::window::{self, WindowRequest};
use crate::config::{Job, Platform};
use crate::domain::{Gate, Status, Window};
use crate::engine::{Engine, Traffic};
use crate::publish::{self, PublishError};

/// Everything that a run is asked to do.
#[allow(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct RunRequest {
    /// The job.
    pub job: Job,
    /// Where it runs.
    pub platform: Platform,
    /// What the command line says about the window.
    pub window: WindowRequest,
    /// Identity, seed and clock.
    pub context: RunContext,
    /// Whether a gate that withholds advice is a failure.
    pub fail_on_gate: bool,
    /// Whether to do nothing if inputs, job and earlier results are those of the newest publication.
    pub skip_unchanged: bool,
    /// Whether every period of every table is computed, also those that earlier runs kept.
    pub full_refresh: bool,
    /// Whether published tables may lose columns or change types.
    pub allow_breaking: bool,
    /// How long to wait for another run of the job.
    pub lock_wait: Duration,
    /// Folder that also gets `run_results.json`.
    pub artifacts: Option<PathBuf>,
    /// What people type to start this program, for the commands that the summary names.
    pub program: String,
}

impl RunRequest {
    /// A run that is asked for nothing special.
    #[must_use]
    pub fn new(
        job: Job,
        platform: Platform,
        window: WindowRequest,
        context: RunContext,
        program: String,
    ) -> Self {
        Self {
            job,
            platform,
            window,
            context,
            fail_on_gate: false,
            skip_unchanged: false,
            full_refresh: false,
            allow_breaking: false,
            lock_wait: Duration::ZERO,
            artifacts: None,
            program,
        }
    }
}

/// How a run ended.
pub struct RunOutcome {
    /// What happened, for machines.
    pub result: RunResult,
    /// What was found, for people; only if tables were published.
    pub summary: Option<String>,
    /// Why the run failed.
    pub failure: Option<Failure>,
}

/// Exit code of a run that had nothing to do: schedulers mark such a task skipped.
const UNCHANGED: u8 = 99;

/// What a run that published has to show.
pub(super) struct Finished {
    /// Publication id; `None` for a window older than the newest published one.
    pub(super) publication: Option<String>,
    /// Where the tables lie, for people.
    pub(super) target: String,
    /// The page of text that the run ends with.
    pub(super) summary: String,
    /// Whether nothing was done, since nothing has changed.
    pub(super) is_unchanged: bool,
}

/// Runs a job until it is done, has failed, or `stop` asks it to end.
///
/// Whatever happens, the lock is released and `run_results.json` is written where it can be.
pub async fn run(
    request: RunRequest,
    observer: &dyn Observer,
    stop: impl Future<Output = FailureClass>,
) -> RunOutcome {
    let mut state = RunState::new(&request.job, &request.context, observer);
    let window = window::resolve(&request.window, &request.job);
    let mut target = None;
    let outcome = match &window {
        Err(error) => Err(Failure::from(error.clone())),
        Ok(window) => attempt(&request, *window, &mut state, &mut target, stop).await,
    };
    let (finished, failure) = match outcome {
        Ok(finished) => (Some(finished), gate_failure(&request, &state)),
        Err(failure) => (None, Some(failure)),
    };
    let result = result(&request, window.ok(), &state, finished.as_ref(), failure.as_ref());
    write_artifacts(&request, &result, &state.reads, target.as_ref()).await;
    RunOutcome { result, summary: finished.map(|finished| finished.summary), failure }
}

async fn attempt(
    request: &RunRequest,
    window: Window,
    state: &mut RunState<'_>,
    opened: &mut Option<OpenTarget>,
    stop: impl Future<Output = FailureClass>,
) -> Result<Finished, Failure> {
    let engine = Engine::new(&request.platform)?;
    let target = opened.insert(target::open(&engine, &request.job)?);
    state.keeper = Some(FailureKeeper::new(target, &request.context, request.artifacts.clone()));
    let publication = request.context.new_publication();
    tokio::pin!(stop);
    let held =
        hold::take(target, &request.job.name, &publication, &request.context, request.lock_wait, &mut stop)
            .await?;
    let prepared = tokio::select! {
        prepared = prepare(request, window, &engine, target, &held, state) => prepared,
        class = &mut stop => Err(stopped(class)),
        error = held.lost() => Err(lost(error)),
    };
    let outcome = match prepared {
        Ok(Next::Nothing(finished)) => Ok(finished),
        Ok(Next::Publish(prepared)) => {
            let asked = OnceLock::new();
            let stop = async {
                // The cell is empty: nobody else sets it.
                let _ = asked.set(tokio::select! {
                    class = stop => stopped(class),
                    error = held.lost() => lost(error),
                });
            };
            let published = pipeline::publish(&prepared, (target, &held), &publication, state, stop).await;
            // Once the pointer is swapped nobody listens any more.
            asked.get().map_or(published, |failure| Err(failure.clone()))
        }
        Err(failure) => Err(failure),
    };
    held.release().await;
    state.storages = storages(&engine);
    outcome
}

/// What is left to do once everything is computed.
enum Next<'a> {
    Publish(Box<Prepared<'a>>),
    /// All of it is published already.
    Nothing(Finished),
}

async fn prepare<'a>(
    request: &'a RunRequest,
    window: Window,
    engine: &'a Engine,
    target: &OpenTarget,
    held: &Held,
    state: &mut RunState<'_>,
) -> Result<Next<'a>, Failure> {
    let had_to_follow = target.heal(&request.job.name, held).await?;
    // Whoever wants to know of gates needs a run that looks at them; and what an earlier attempt of this run published is
    // no news that could be skipped.
    if request.skip_unchanged && !request.fail_on_gate && !request.full_refresh && !had_to_follow {
        let seed = request.context.seed;
        let unchanged = unchanged::unchanged(engine, &request.job, seed, window, target).await?;
        if let Some(pointer) = unchanged.filter(|pointer| pointer.run_id != request.context.run_id) {
            let summary = format!(
                "Nothing has changed since publication {}: inputs, job and earlier results are the same.\n",
                pointer.publication
            );
            let (publication, target) = (Some(pointer.publication), target.place.clone());
            return Ok(Next::Nothing(Finished { publication, target, summary, is_unchanged: true }));
        }
    }
    let prepared = pipeline::prepare(request, window, engine, target, state).await?;
    Ok(Next::Publish(Box::new(prepared)))
}

fn storages(engine: &Engine) -> Vec<StorageTraffic> {
    let of = |(storage, traffic): (String, Traffic)| StorageTraffic {
        storage,
        requests: traffic.requests,
        bytes_read: traffic.bytes_read,
        bytes_written: traffic.bytes_written,
    };
    engine.traffic().into_iter().map(of).collect()
}

/// The failure of a run whose lock is gone.
pub(super) fn lost(error: PublishError) -> Failure {
    let failure = Failure::from(error).with_help("run again");
    Failure { message: format!("{}; published tables are untouched", failure.message), ..failure }
}

pub(super) fn stopped(class: FailureClass) -> Failure {
    let who = if class == FailureClass::Terminated { "terminated by the scheduler" } else { "interrupted" };
    Failure::new(class, format!("{who}; published tables are untouched"))
        .with_help("run again: the same window replaces exactly the same tables")
}

/// A gate that withheld advice is a result; only who asked for it gets a failure.
fn gate_failure(request: &RunRequest, state: &RunState<'_>) -> Option<Failure> {
    let withheld: Vec<String> = state
        .gates
        .iter()
        .filter(|gate| gate.gate == Gate::Withheld)
        .map(|gate| format!("`{}`", gate.model))
        .collect();
    (request.fail_on_gate && !withheld.is_empty()).then(|| {
        let message =
            format!("the gate withheld advice of {}; the tables are published", withheld.join(", "));
        Failure::new(FailureClass::Gate, message).with_help("the table `model_quality` has the reasons")
    })
}

/// The run as a record for machines.
pub(super) fn result(
    request: &RunRequest,
    window: Option<Window>,
    state: &RunState<'_>,
    finished: Option<&Finished>,
    failure: Option<&Failure>,
) -> RunResult {
    let context = &request.context;
    let is_unchanged = finished.is_some_and(|finished| finished.is_unchanged);
    let status = match (failure, state.warnings.is_empty()) {
        (Some(_), _) => Status::Error,
        (None, _) if is_unchanged => Status::Skipped,
        (None, false) => Status::Warn,
        (None, true) => Status::Success,
    };
    RunResult {
        job: request.job.name.clone(),
        run_id: context.run_id.clone(),
        trichter_version: env!("CARGO_PKG_VERSION").to_owned(),
        status,
        exit_code: match failure {
            Some(failure) => failure.class.exit_code(),
            None if is_unchanged => UNCHANGED,
            None => 0,
        },
        seed: context.seed,
        full_refresh: request.full_refresh,
        window_start: window.map(|window| window.start()),
        window_end: window.map(|window| window.end()),
        started_at: context.started_at,
        completed_at: context.now(),
        seconds: context.elapsed(),
        steps: state.record.steps(),
        checks: state.checks.clone(),
        sources_read: state.objects.clone(),
        storages: state.storages.clone(),
        gates: state.gates.clone(),
        warnings: state.warnings.clone(),
        publication: finished.and_then(|finished| finished.publication.clone()),
        target: finished.map(|finished| finished.target.clone()),
        error: failure.map(Failure::plain),
    }
}

/// Writes `run_results.json`. That it cannot be written does not change how the run ended.
async fn write_artifacts(
    request: &RunRequest,
    result: &RunResult,
    reads: &BTreeMap<String, Vec<String>>,
    target: Option<&OpenTarget>,
) {
    let job = publish::job_description(&request.job, reads);
    if let Some(target) = target
        && let Err(error) = publish::write_artifacts(&target.store, result, &job).await
    {
        tracing::warn!("cannot write run_results.json to the target: {error}");
    }
    if let Some(folder) = &request.artifacts
        && let Err(error) = publish::write_local_artifacts(folder, result, Some(&job))
    {
        tracing::warn!("cannot write run_results.json to {}: {error}", folder.display());
    }
}
