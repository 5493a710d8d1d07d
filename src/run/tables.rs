//! The tables of a run, one step each, and what is said about checks that did not hold.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use super::failure::{Failure, FailureClass};
use super::pipeline::{RunState, Stage};
use super::record::StepReport;
use super::result::CheckResult;
use crate::config::Job;
use crate::domain::Status;
use crate::transform::{Staged, Staging};

/// Computes and checks every table. A check that fails ends the run only after all tables had their
/// turn, so that one run tells everything that is wrong with the data.
pub(super) async fn run_all(
    stage: &Stage<'_>,
    (oldest, kept): (&BTreeMap<String, NaiveDate>, &BTreeMap<String, PathBuf>),
    state: &mut RunState<'_>,
) -> Result<Vec<Staged>, Failure> {
    let plan = &stage.work.plan;
    let keeper = state.keeper.clone();
    let mut staging = Staging::new((&stage.session, stage.engine), stage.job(), plan, oldest, kept)
        .keeping_failures(keeper.is_some());
    let mut staged = Vec::new();
    let mut failed = Vec::new();
    for name in &stage.planned.order {
        let work = async {
            let mut run = staging.run(name).await?;
            let unkept = match &keeper {
                Some(keeper) => keeper.keep(&mut run).await,
                None => Vec::new(),
            };
            let mut told = findings(&run.checks);
            told.extend(unkept.iter().cloned());
            let report = StepReport { rows: Some(run.staged.rows), warning: joined(&told) };
            Ok::<_, Failure>(((run, unkept), report))
        };
        let (run, unkept) = match state.record.step(&format!("table.{name}"), work).await {
            Ok(run) => run,
            // Bad data found before is the likelier cause of a query that fails after it.
            Err(failure) if !failed.is_empty() => {
                failed.push(failure.message);
                break;
            }
            Err(failure) => return Err(failure),
        };
        for warning in unkept {
            state.warn(warning);
        }
        for check in run.checks.iter().filter(|check| check.status == Status::Warn) {
            state.warn(finding(check));
        }
        let broken = run.checks.iter().filter(|check| check.status == Status::Fail);
        failed.extend(broken.map(|check| format!("{}\n    {}", finding(check), place(stage.job(), check))));
        state.checks.extend(run.checks);
        staged.push(run.staged);
    }
    if failed.is_empty() {
        return Ok(staged);
    }
    let message = format!("data checks failed, nothing was published:\n  {}", failed.join("\n  "));
    let help = "correct the data or the SQL; `severity: warn` lets a run go on in spite of a check";
    Err(Failure::new(FailureClass::Check, message).with_help(help))
}

fn findings(checks: &[CheckResult]) -> Vec<String> {
    let broken = checks.iter().filter(|check| matches!(check.status, Status::Warn | Status::Fail));
    broken.map(finding).collect()
}

/// Where the job states a check: `checks` are counted from 1 in its name, the key stands beside them.
fn place(job: &Job, check: &CheckResult) -> String {
    let number = check.check.rsplit('.').next().and_then(|number| number.parse::<usize>().ok());
    let path = match number.and_then(|number| number.checked_sub(1)) {
        Some(index) => format!("tables.{}.checks.{index}", check.table_name),
        None => format!("tables.{}.key", check.table_name),
    };
    let line = job.positions.find(&path).map(|position| format!(":{}", position.line));
    format!("stated at {}{}", job.file.display(), line.unwrap_or_default())
}

/// A check that did not hold, as a sentence.
pub(super) fn finding(check: &CheckResult) -> String {
    let all =
        check.failures_file.as_ref().map(|file| format!("; all of them are in {file}")).unwrap_or_default();
    format!("{}: {}{all}", check.check, check.message.as_deref().unwrap_or("does not hold"))
}

/// Warnings in one line; `None` if there are none.
pub(super) fn joined(warnings: &[String]) -> Option<String> {
    (!warnings.is_empty()).then(|| warnings.join("; "))
}
