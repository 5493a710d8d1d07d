//! One run from the outside: the lock around it, the signal that may stop it, the record after it.
//!
//! Kept apart from the stages, because all of this must happen however they end.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;

use super::context::RunContext;
use super::failure::{Failure, FailureClass};
use super::pipeline::{self, RunState};
use super::record::Observer;
use super::result::RunResult;
use super::target::{self, OpenTarget};
use super::window::{self, WindowRequest};
use crate::config::{Job, Platform};
use crate::domain::{Gate, Status, Window};
use crate::engine::Engine;
use crate::publish;

/// Everything that a run is asked to do.
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
    /// Whether published tables may lose columns or change types.
    pub allow_breaking: bool,
    /// Folder that also gets `run_results.json`.
    pub artifacts: Option<PathBuf>,
    /// What people type to start this program, for the commands that the summary names.
    pub program: String,
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

/// What a run that published has to show.
pub(super) struct Finished {
    /// Publication id; `None` for a window older than the newest published one.
    pub(super) publication: Option<String>,
    /// Where the tables lie, for people.
    pub(super) target: String,
    /// The page of text that the run ends with.
    pub(super) summary: String,
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
    let publication = request.context.new_publication();
    // Taking the lock is not cut off: a lock that was written and forgotten would keep others out.
    let lock = target.lock(&request.job, &request.context).await?;
    let prepared = tokio::select! {
        prepared = pipeline::prepare(request, window, &engine, target, state) => prepared,
        class = stop => Err(stopped(class)),
    };
    // Nor is publishing: a write that was sent may be carried out after we stopped waiting for it.
    let outcome = match prepared {
        Ok(prepared) => pipeline::publish(&prepared, target, &publication, state).await,
        Err(failure) => Err(failure),
    };
    if let Err(error) = lock.release().await {
        tracing::warn!("cannot release the lock of the job: {error}");
    }
    outcome
}

fn stopped(class: FailureClass) -> Failure {
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
    let status = match (failure, state.warnings.is_empty()) {
        (Some(_), _) => Status::Error,
        (None, false) => Status::Warn,
        (None, true) => Status::Success,
    };
    RunResult {
        job: request.job.name.clone(),
        run_id: context.run_id.clone(),
        trichter_version: env!("CARGO_PKG_VERSION").to_owned(),
        status,
        exit_code: failure.map_or(0, |failure| failure.class.exit_code()),
        seed: context.seed,
        window_start: window.map(|window| window.start()),
        window_end: window.map(|window| window.end()),
        started_at: context.started_at,
        completed_at: context.now(),
        seconds: context.elapsed(),
        steps: state.record.steps(),
        checks: state.checks.clone(),
        sources_read: state.objects.clone(),
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
