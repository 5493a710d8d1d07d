//! `trichter retry`.

use super::{load, run};
use crate::cli::args::{GlobalArgs, RetryArgs, RunArgs, WindowArgs};
use crate::cli::output;
use crate::config;
use crate::domain::Status;
use crate::engine::Engine;
use crate::run::{Failure, FailureClass};

/// Runs again what failed last, with its window, seed and label.
pub(in crate::cli) fn retry(global: &GlobalArgs, args: &RetryArgs) -> Result<u8, Failure> {
    let platform = load::platform(global)?;
    let job = load::job(global, &args.job)?;
    config::check_target(&job, &platform)?;
    let engine = Engine::new(&platform)?;
    let last = load::runtime(platform.engine.threads)?.block_on(crate::run::last_run(&engine, &job))?;
    let Some(last) = last else {
        let failure = Failure::new(FailureClass::Job, format!("no run of `{}` has left a record", job.name));
        return Err(failure.with_help("run it with `trichter run`"));
    };
    if last.status != Status::Error {
        output::text(&format!("The last run, {}, ended well: there is nothing to do again.\n", last.run_id))?;
        return Ok(0);
    }
    let (Some(start), Some(end)) = (last.window_start, last.window_end) else {
        let message = format!("the last run, {}, failed before its window was known", last.run_id);
        return Err(
            Failure::new(FailureClass::Job, message).with_help("run it with `trichter run` and a window")
        );
    };
    let reason = last.error.as_deref().and_then(|error| error.lines().next()).unwrap_or_default();
    tracing::info!(run_id = %last.run_id, "running [{start}, {end}) again, which failed with {}: {reason}", last.exit_code);
    let again = RunArgs {
        job: args.job.clone(),
        window: WindowArgs { start: Some(start.to_string()), end: Some(end.to_string()), as_of: None },
        run_id: Some(last.run_id),
        seed: last.seed,
        skip_unchanged: false,
        full_refresh: last.full_refresh,
        options: args.options.clone(),
    };
    run::run_loaded(global, &again, platform, job)
}
