//! Checks of joined data, made of every response model before anything is fitted.
//!
//! They never end a run: what keeps a model from being fitted is said by the fit.

use super::failure::{Failure, FailureClass};
use super::modelling::{Periods, planned_drivers};
use super::pipeline::{RunState, Stage};
use super::response::PanelFiles;
use super::result::CheckResult;
use super::tables::finding;
use crate::config::job::Model;
use crate::domain::{Severity, Status};
use crate::features::{JoinedCheck, PanelRequest, joined_checks};
use crate::transform::Staged;

/// Looks at the staged tables of every response model; what is unusual becomes a warning and a line among the checks.
pub(super) async fn check(
    stage: &Stage<'_>,
    staged: &[Staged],
    state: &mut RunState<'_>,
) -> Result<(), Failure> {
    let job = stage.job();
    let Periods { history_start, end } = Periods::before(job, stage.window.end());
    for described in &job.models {
        let Model::Response(model) = described else { continue };
        let (files, drivers) = (PanelFiles::of(staged, model)?, planned_drivers(stage, described)?);
        let (asked, calendar) = (model.clone(), job.calendar);
        let found = tokio::task::spawn_blocking(move || {
            joined_checks(&PanelRequest {
                model: &asked,
                drivers: &drivers,
                table: &files.table,
                media: files.media.as_deref(),
                experiments: files.experiments.as_deref(),
                calendar: &calendar,
                history_start,
                end,
            })
        });
        let ended = |error| {
            Failure::new(FailureClass::Internal, format!("checks of joined data ended early: {error}"))
        };
        match found.await.map_err(ended)? {
            Ok(found) => {
                for check in found {
                    let check = result(&model.name, &model.table, check);
                    if check.status == Status::Warn {
                        state.warn(finding(&check));
                    }
                    state.checks.push(check);
                }
            }
            // The panel cannot be laid out for the same reason, which the fit is about to say.
            Err(error) => tracing::debug!(model = model.name, %error, "joined data cannot be checked"),
        }
    }
    Ok(())
}

fn result(model: &str, table: &str, check: JoinedCheck) -> CheckResult {
    CheckResult {
        check: format!("{model}.{}", check.kind),
        table_name: table.to_owned(),
        kind: check.kind.to_owned(),
        severity: Severity::Warn,
        status: if check.message.is_some() { Status::Warn } else { Status::Pass },
        failures: Some(check.failures),
        message: check.message,
        failures_file: None,
    }
}
