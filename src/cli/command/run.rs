//! `trichter run`.

use serde_json::{Value, json};

use super::load;
use crate::cli::args::{GlobalArgs, OutputForm, RunArgs};
use crate::cli::{output, progress, scheduler, stop};
use crate::config::{self, Job, Platform};
use crate::run::{Failure, RunContext, RunOutcome, RunRequest};

/// Runs a job and shows what was found.
pub(in crate::cli) fn run(global: &GlobalArgs, args: &RunArgs) -> Result<u8, Failure> {
    let platform = load::platform(global)?;
    let job = load::job(global, &args.job)?;
    run_loaded(global, args, platform, job)
}

/// Runs `job`, which was read from the file that `args` name.
pub(super) fn run_loaded(
    global: &GlobalArgs,
    args: &RunArgs,
    platform: Platform,
    job: Job,
) -> Result<u8, Failure> {
    let platform = load::with_threads(platform, args.options.threads);
    let threads = platform.engine.threads;
    config::check_storages(&job, &platform)?;
    let context = RunContext::new(args.run_id.clone(), args.seed);
    let request = RunRequest {
        skip_unchanged: args.skip_unchanged,
        full_refresh: args.full_refresh,
        ..load::request(platform, job, args.window.request(), context, &args.options)
    };
    let runtime = load::runtime(threads)?;
    let outcome = runtime.block_on(async {
        let observer = progress::observer(global);
        crate::run::run(request, observer.as_ref(), stop::asked()).await
    });
    // A model fit that was cut off by a signal may still hold a thread; the process ends without it.
    runtime.shutdown_background();
    let shown = show(global, &outcome);
    match outcome.failure {
        Some(failure) => Err(failure),
        None => shown.map(|()| outcome.result.exit_code),
    }
}

fn show(global: &GlobalArgs, outcome: &RunOutcome) -> Result<(), Failure> {
    let value = machine_readable(outcome);
    scheduler::write_xcom(&value);
    match (global.output, &outcome.summary) {
        (OutputForm::Json, _) => output::json(&value),
        (OutputForm::Text, Some(summary)) => output::text(summary),
        (OutputForm::Text, None) => Ok(()),
    }
}

/// The result as one small object: what an orchestrator branches on, not the tables' content.
fn machine_readable(outcome: &RunOutcome) -> Value {
    let result = &outcome.result;
    json!({
        "job": result.job,
        "run_id": result.run_id,
        "status": result.status,
        "exit_code": result.exit_code,
        "window_start": result.window_start,
        "window_end": result.window_end,
        "publication": result.publication,
        "target": result.target,
        "gates": result.gates,
        "warnings": result.warnings,
        "error": result.error,
        "seconds": result.seconds,
    })
}
