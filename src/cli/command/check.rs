//! `trichter check`.

use std::path::Path;

use serde_json::{Value, json};

use super::load;
use crate::cli::args::{CheckArgs, GlobalArgs, OutputForm};
use crate::cli::output;
use crate::config::diagnostic::Problems;
use crate::config::{self, Job, Platform};
use crate::engine::Engine;
use crate::run::{Failure, FailureClass};
use crate::transform::PlannedJob;

/// Checks jobs, their SQL and the platform configuration without reading data.
pub(in crate::cli) fn check(global: &GlobalArgs, args: &CheckArgs) -> Result<u8, Failure> {
    let platform = load::platform(global);
    if let Err(problems) = &platform {
        output::problems(problems);
    }
    let runtime = load::runtime(Some(1))?;
    let mut bad = usize::from(platform.is_err());
    let mut reports = Vec::new();
    for file in &args.jobs {
        let checked = load::job(global, file).and_then(|job| {
            let planned = match &platform {
                Ok(platform) => runtime.block_on(plan(platform, &job))?,
                Err(_) => PlannedJob::default(),
            };
            Ok((job, planned))
        });
        match checked {
            Ok((job, planned)) => {
                output::problems(&planned.warnings);
                if global.output == OutputForm::Text {
                    output::text(&describe(file, &job, &planned))?;
                }
                reports.push(report(file, Some(&planned.warnings), true));
            }
            Err(failure) => {
                bad += 1;
                output::explain(&failure);
                reports.push(report(file, failure.problems.as_ref(), false));
            }
        }
    }
    if global.output == OutputForm::Json {
        output::json(&json!({ "ok": bad == 0, "jobs": reports }))?;
    }
    Ok(if bad == 0 { 0 } else { FailureClass::Job.exit_code() })
}

async fn plan(platform: &Platform, job: &Job) -> Result<PlannedJob, Failure> {
    config::check_storages(job, platform)?;
    let engine = Engine::new(platform)?;
    crate::run::plan(&engine, job, None).await
}

fn describe(file: &Path, job: &Job, planned: &PlannedJob) -> String {
    let count = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let mut line = format!(
        "{}: ok, {}, {}, {}, {}\n",
        file.display(),
        count(job.sources.len(), "source"),
        count(job.tables.len(), "table"),
        count(job.kpis.len(), "KPI"),
        count(job.models.len(), "model")
    );
    if !planned.unplanned.is_empty() {
        line.push_str("  not planned, because only its files tell the columns of a source: ");
        line.push_str(&planned.unplanned.join(", "));
        line.push('\n');
    }
    line
}

fn report(file: &Path, problems: Option<&Problems>, ok: bool) -> Value {
    json!({ "job": file.display().to_string(), "ok": ok, "problems": problems.cloned().unwrap_or_default() })
}
