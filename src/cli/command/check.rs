//! `trichter check`.

use std::path::Path;
use std::sync::Arc;

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
    let mut bad = usize::from(platform.is_err());
    let engine = platform.as_ref().ok().map(Engine::new).transpose()?;
    let place = Arc::new(Place { global: global.clone(), platform: platform.ok(), engine });
    let threads = load::threads(None);
    let mut told = Problems::default();
    let mut reports = Vec::new();
    load::runtime(Some(threads))?.block_on(async {
        let checks = args.jobs.iter().map(|file| {
            let (place, file) = (Arc::clone(&place), file.clone());
            tokio::spawn(async move { checked(&place, &file).await })
        });
        // Told in the order in which they were asked for, whichever is done first.
        for (file, check) in args.jobs.iter().zip(checks.collect::<Vec<_>>()) {
            let checked =
                check.await.map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
            output::problems(&checked.warnings);
            match checked.outcome {
                Ok((job, planned)) => {
                    output::problems(&planned.warnings);
                    if global.output == OutputForm::Text {
                        output::text(&describe(file, &job, &planned))?;
                    }
                    let mut warnings = checked.warnings;
                    warnings.extend(planned.warnings);
                    reports.push(report(file, Some(&warnings), true));
                }
                Err(failure) => {
                    bad += 1;
                    explain(file, &failure, &mut told);
                    reports.push(report(file, failure.problems.as_ref(), false));
                }
            }
        }
        Ok::<_, Failure>(())
    })?;
    if global.output == OutputForm::Json {
        output::json(&json!({ "ok": bad == 0, "jobs": reports }))?;
    }
    Ok(if bad == 0 { 0 } else { FailureClass::Job.exit_code() })
}

/// Explains why a job is refused. What many jobs share, such as a storage that nothing says the place of, is told once.
fn explain(file: &Path, failure: &Failure, told: &mut Problems) {
    let Some(found) = &failure.problems else { return output::explain(failure) };
    let new = found.except(told);
    if new.is_empty() {
        output::note(&format!("{}: refused, for what is told above\n", file.display()));
    }
    output::problems(&new);
    told.extend(new);
}

/// What every job is checked against.
struct Place {
    global: GlobalArgs,
    /// `None` if it has problems of its own; then jobs are not planned.
    platform: Option<Platform>,
    engine: Option<Engine>,
}

/// What was found out about one job.
struct Checked {
    /// About the job file alone.
    warnings: Problems,
    outcome: Result<(Job, PlannedJob), Failure>,
}

async fn checked(place: &Place, file: &Path) -> Checked {
    let (job, warnings) = match load::quietly(&place.global, file) {
        Ok(loaded) => loaded,
        Err(problems) => return Checked { warnings: Problems::default(), outcome: Err(problems.into()) },
    };
    let planned = async {
        let (Some(platform), Some(engine)) = (&place.platform, &place.engine) else {
            return Ok(PlannedJob::default());
        };
        config::check_storages(&job, platform)?;
        crate::run::plan(engine, &job, None).await
    };
    let outcome = planned.await;
    Checked { warnings, outcome: outcome.map(|planned| (job, planned)) }
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
