//! `trichter check`.

use std::path::Path;

use serde_json::{Value, json};

use super::{connected, load};
use crate::cli::args::{CheckArgs, GlobalArgs, OutputForm};
use crate::cli::output;
use crate::config::diagnostic::Problems;
use crate::config::{self, Job, Platform};
use crate::engine::Engine;
use crate::run::{Failure, FailureClass};
use crate::transform::PlannedJob;

/// A job that was looked at.
pub(super) struct Checked {
    pub(super) job: Job,
    /// The plan, if all fits.
    pub(super) planned: Option<PlannedJob>,
    /// Everything that is wrong or worth knowing.
    pub(super) problems: Problems,
    /// What a scheduler would make of it, if something is wrong.
    pub(super) class: Option<FailureClass>,
    /// What else there is to say, as lines.
    pub(super) notes: Vec<String>,
}

/// Checks jobs, their SQL and the platform configuration, and with `--connect` their sources.
pub(in crate::cli) fn check(global: &GlobalArgs, args: &CheckArgs) -> Result<u8, Failure> {
    let platform = load::platform(global);
    if let Err(problems) = &platform {
        output::problems(problems);
    }
    // Planning needs one thread; footers are asked for at once.
    let runtime = load::runtime(Some(if args.connect { 2 } else { 1 }))?;
    let mut worst = platform.is_err().then_some(FailureClass::Job);
    let mut reports = Vec::new();
    for file in &args.jobs {
        let checked = load::job(global, file).and_then(|job| {
            let planned = Some(PlannedJob::default());
            match &platform {
                Ok(platform) if args.connect => runtime.block_on(connected::check(platform, job, args)),
                Ok(platform) => runtime.block_on(plan(platform, job, args)),
                Err(_) => Ok(Checked {
                    job,
                    planned,
                    problems: Problems::default(),
                    class: None,
                    notes: Vec::new(),
                }),
            }
        });
        match checked {
            Ok(checked) => {
                output::problems(&checked.problems);
                if let (OutputForm::Text, None, Some(planned)) =
                    (global.output, checked.class, &checked.planned)
                {
                    output::text(&describe(file, &checked.job, planned, &checked.notes))?;
                }
                worst = graver(worst, checked.class);
                reports.push(report(file, Some(&checked.problems), checked.class.is_none()));
            }
            Err(failure) => {
                worst = graver(worst, Some(failure.class));
                output::explain(&failure);
                reports.push(report(file, failure.problems.as_ref(), false));
            }
        }
    }
    if global.output == OutputForm::Json {
        output::json(&json!({ "ok": worst.is_none(), "jobs": reports }))?;
    }
    Ok(worst.map_or(0, FailureClass::exit_code))
}

/// Of two troubles the one that people have to look at first: a mistake before data, data before a store that is away.
fn graver(one: Option<FailureClass>, other: Option<FailureClass>) -> Option<FailureClass> {
    let rank = |class: &FailureClass| match class {
        FailureClass::Internal => 0,
        FailureClass::Job => 1,
        FailureClass::Source => 2,
        FailureClass::Busy => 4,
        _ => 3,
    };
    one.into_iter().chain(other).min_by_key(rank)
}

/// Plans a job with what its contracts promise, and with what was saved of its files.
async fn plan(platform: &Platform, job: Job, args: &CheckArgs) -> Result<Checked, Failure> {
    config::check_storages(&job, platform)?;
    let engine = Engine::new(platform)?;
    let saved = config::load_schemas(&args.schemas, &job);
    let mut problems = saved.problems;
    let is_broken = problems.has_errors();
    let planned = crate::run::plan_with(&engine, &job, &saved.columns).await;
    let planned = match planned {
        Ok(planned) if !is_broken => planned,
        Ok(_) => return Err(problems.into()),
        Err(Failure { class: FailureClass::Job, problems: Some(of_plan), .. }) => {
            problems.extend(of_plan);
            return Err(problems.into());
        }
        Err(failure) => return Err(failure),
    };
    problems.extend(planned.warnings.clone());
    Ok(Checked { job, planned: Some(planned), problems, class: None, notes: Vec::new() })
}

fn describe(file: &Path, job: &Job, planned: &PlannedJob, notes: &[String]) -> String {
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
    for note in notes {
        line.push_str("  ");
        line.push_str(note);
        line.push('\n');
    }
    line
}

fn report(file: &Path, problems: Option<&Problems>, ok: bool) -> Value {
    json!({ "job": file.display().to_string(), "ok": ok, "problems": problems.cloned().unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_comes_before_data_and_data_before_a_store_that_is_away() {
        let (job, source, busy) = (FailureClass::Job, FailureClass::Source, FailureClass::Busy);
        assert_eq!(graver(Some(busy), Some(source)), Some(source));
        assert_eq!(graver(Some(job), Some(source)), Some(job));
        assert_eq!(graver(None, Some(busy)), Some(busy));
        assert_eq!(graver(None, None), None);
    }
}
