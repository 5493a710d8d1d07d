//! `trichter backfill`.

use std::fmt::Write;

use serde_json::json;

use super::load;
use crate::cli::args::{BackfillArgs, GlobalArgs, OutputForm};
use crate::cli::{output, progress, scheduler, stop};
use crate::domain::Window;
use crate::run::{BackfillOutcome, BackfillRequest, BackfilledWindow, Failure, RunContext, WindowRequest};

/// Runs a job for every window between two days.
pub(in crate::cli) fn backfill(global: &GlobalArgs, args: &BackfillArgs) -> Result<u8, Failure> {
    let (platform, job) = load::both(global, &args.job, args.options.threads)?;
    let threads = platform.engine.threads;
    let asked = BackfillRequest {
        from: args.from.clone(),
        to: args.to.clone(),
        periods: args.periods.get(),
        again: args.again,
    };
    let request = |window: Option<Window>| {
        let day = |of: fn(&Window) -> chrono::NaiveDate| window.as_ref().map(|window| of(window).to_string());
        // One label for all would make each run take the others for its own earlier attempts.
        let run_id = args.run_id.as_ref().map(|label| match &window {
            Some(window) => format!("{label}-{}", window.end()),
            None => label.clone(),
        });
        let window = WindowRequest { start: day(Window::start), end: day(Window::end), as_of: None };
        let context = RunContext::new(run_id, args.seed);
        load::request(platform.clone(), job.clone(), window, context, &args.options)
    };
    let runtime = load::runtime(threads)?;
    let outcome = runtime.block_on(async {
        let observer = progress::observer(global);
        let told = |number, count, window: Window| {
            tracing::info!("window {number} of {count}: [{}, {})", window.start(), window.end());
        };
        let first = request(None);
        let each = |window| request(Some(window));
        crate::run::backfill(&asked, &first, each, observer.as_ref(), told, stop::asked()).await
    });
    // A model fit that was cut off by a signal may still hold a thread; the process ends without it.
    runtime.shutdown_background();
    let BackfillOutcome { windows, failure } = outcome?;
    let value = json!({
        "job": job.name,
        "windows": windows,
        "exit_code": failure.as_ref().map_or(0, |failure| failure.class.exit_code()),
        "error": failure.as_ref().map(Failure::plain),
    });
    scheduler::write_xcom(&value);
    match global.output {
        OutputForm::Json => output::json(&value)?,
        OutputForm::Text => output::text(&describe(&windows))?,
    }
    let Some(failure) = failure else { return Ok(0) };
    let without = if args.again { " without `--again`" } else { "" };
    tracing::warn!("the same command{without} goes on with the window that failed");
    Err(failure)
}

fn describe(windows: &[BackfilledWindow]) -> String {
    let mut text = String::new();
    for window in windows {
        let state = match (window.done_before, window.exit_code) {
            (true, _) => "done before".to_owned(),
            (false, Some(0)) => "done".to_owned(),
            (false, Some(code)) => format!("failed with {code}"),
            (false, None) => "not run".to_owned(),
        };
        let _ = writeln!(text, "[{}, {})  {state}", window.window_start, window.window_end);
    }
    text
}
