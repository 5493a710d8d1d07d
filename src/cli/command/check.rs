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
    let (platform, of_platform) = match load::platform(global) {
        Ok(platform) => (Some(platform), Problems::default()),
        Err(problems) => (None, problems),
    };
    let engine = load::planning_engine(platform.as_ref())?;
    let place = Arc::new(Place { global: global.clone(), platform, engine });
    let threads = load::threads(None);
    let (mut bad, mut told) = (0, Problems::default());
    let mut reports = Vec::new();
    load::runtime(Some(threads))?.block_on(async {
        let checks = args.jobs.iter().map(|file| {
            let (place, file) = (Arc::clone(&place), file.clone());
            tokio::spawn(async move { checked(&place, &file).await })
        });
        // Told in the order in which they were asked for, whichever is done first.
        for (file, check) in args.jobs.iter().zip(checks.collect::<Vec<_>>()) {
            let check =
                check.await.map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
            let Checked { mut problems, sound } = check?;
            problems.extend(of_platform.clone());
            let is_sound = !problems.has_errors();
            bad += usize::from(!is_sound);
            show(file, &problems, &mut told);
            if let (Some((job, planned)), true) = (&sound, is_sound)
                && global.output == OutputForm::Text
            {
                output::text(&describe(file, job, planned))?;
            }
            reports.push(report(file, &problems, is_sound));
        }
        Ok::<_, Failure>(())
    })?;
    if global.output == OutputForm::Json {
        output::json(&json!({ "ok": bad == 0, "jobs": reports }))?;
    }
    Ok(if bad == 0 { 0 } else { FailureClass::Job.exit_code() })
}

/// Shows what was found about a job. What many jobs share, such as a storage that nothing says the place of, is shown once.
fn show(file: &Path, problems: &Problems, told: &mut Problems) {
    let new = problems.except(told);
    if new.is_empty() && problems.has_errors() {
        output::note(&format!("{}: refused, for what is told above\n", file.display()));
    }
    output::problems(&new);
    told.extend(new);
}

/// What every job is checked against.
struct Place {
    global: GlobalArgs,
    /// `None` if it has problems of its own.
    platform: Option<Platform>,
    engine: Engine,
}

/// What was found out about one job.
struct Checked {
    /// All problems and warnings: of the job file, its SQL, and the storages that it names.
    problems: Problems,
    /// The job as far as it can be described: nothing is wrong with it.
    sound: Option<(Job, PlannedJob)>,
}

/// Checks one job.
///
/// # Errors
///
/// A failure that is no problem of the job.
async fn checked(place: &Place, file: &Path) -> Result<Checked, Failure> {
    let (job, mut problems) = match load::quietly(&place.global, file) {
        Ok(loaded) => loaded,
        Err(refused) => {
            let mut problems = refused.problems;
            if let Some(parts) = &refused.parts {
                problems.extend(crate::run::plan_parts(&place.engine, parts).await);
            }
            return Ok(Checked { problems, sound: None });
        }
    };
    if let Some(platform) = &place.platform {
        problems.extend(config::check_storages(&job, platform).err().unwrap_or_default());
    }
    let planned = match crate::run::plan(&place.engine, &job, None).await {
        Ok(planned) => planned,
        Err(failure) => match failure.problems {
            Some(found) => {
                problems.extend(found);
                return Ok(Checked { problems, sound: None });
            }
            None => return Err(failure),
        },
    };
    problems.extend(planned.warnings.clone());
    Ok(Checked { problems, sound: Some((job, planned)) })
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

fn report(file: &Path, problems: &Problems, ok: bool) -> Value {
    json!({ "job": file.display().to_string(), "ok": ok, "problems": problems })
}
