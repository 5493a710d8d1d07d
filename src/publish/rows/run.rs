//! What happened in a run, into rows: the only rows with a run id or a clock reading.

use super::columns::Columns;
use super::{OutputTable, Scope};
use crate::domain::Window;
use crate::publish::error::PublishError;
use crate::publish::registry::{CHECKS, RUNS, SOURCES_READ, STEPS};
use crate::run::result::{RunResult, StepResult};

/// Builds `runs`.
pub(super) fn runs(scope: &Scope, run: &RunResult, window: Window) -> Result<OutputTable, PublishError> {
    Columns::new(&RUNS, scope, std::slice::from_ref(run))
        .text("run_id", |run| &run.run_id)
        .text("trichter_version", |run| &run.trichter_version)
        .text("status", |run| run.status.as_str())
        .count("exit_code", |run| u64::from(run.exit_code))
        .text("seed", |run| run.seed.to_string())
        .day("window_start", |_| window.start())
        .day("window_end", |_| window.end())
        .instant("started_at", |run| run.started_at)
        .instant("completed_at", |run| run.completed_at)
        .number("seconds", |run| run.seconds)
        .text_or_null("warnings", |run| (!run.warnings.is_empty()).then(|| run.warnings.join("\n")))
        .finish()
}

/// Builds `steps`.
pub(super) fn steps(scope: &Scope, run: &RunResult) -> Result<OutputTable, PublishError> {
    let numbered: Vec<(u64, &StepResult)> = (1..).zip(&run.steps).collect();
    Columns::new(&STEPS, scope, &numbered)
        .text("run_id", |_| &run.run_id)
        .text("step", |(_, step)| &step.step)
        .count("step_number", |(number, _)| *number)
        .text("stage", |(_, step)| step.stage)
        .text("status", |(_, step)| step.status.as_str())
        .instant_or_null("started_at", |(_, step)| step.started_at)
        .number("seconds", |(_, step)| step.seconds)
        .count_or_null("row_count", |(_, step)| step.rows)
        .text_or_null("message", |(_, step)| step.message.as_ref())
        .finish()
}

/// Builds `checks`.
pub(super) fn checks(scope: &Scope, run: &RunResult) -> Result<OutputTable, PublishError> {
    Columns::new(&CHECKS, scope, &run.checks)
        .text("run_id", |_| &run.run_id)
        .text("check_name", |check| &check.check)
        .text("table_name", |check| &check.table_name)
        .text("kind", |check| &check.kind)
        .text("severity", |check| check.severity.as_str())
        .text("status", |check| check.status.as_str())
        .count_or_null("failures", |check| check.failures)
        .text_or_null("message", |check| check.message.as_ref())
        .text_or_null("failures_file", |check| check.failures_file.as_ref())
        .finish()
}

/// Builds `sources_read`.
pub(super) fn sources_read(scope: &Scope, run: &RunResult) -> Result<OutputTable, PublishError> {
    Columns::new(&SOURCES_READ, scope, &run.sources_read)
        .text("run_id", |_| &run.run_id)
        .text("source", |read| &read.source)
        .text("object", |read| &read.object)
        .count("bytes", |read| read.bytes)
        .text_or_null("e_tag", |read| read.e_tag.as_ref())
        .instant("last_modified", |read| read.last_modified)
        .finish()
}
