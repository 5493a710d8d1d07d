//! `trichter check`.

use std::path::Path;
use std::sync::Arc;

use futures::StreamExt;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::{connected, load};
use crate::cli::args::{CheckArgs, GlobalArgs, OutputForm};
use crate::cli::output;
use crate::config::diagnostic::Problems;
use crate::config::{self, Job, Platform};
use crate::engine::Engine;
use crate::run::{Failure, FailureClass};
use crate::transform::PlannedJob;

/// Checks jobs, their SQL and the platform configuration, and with `--connect` their sources.
pub(in crate::cli) fn check(global: &GlobalArgs, args: &CheckArgs) -> Result<u8, Failure> {
    let (platform, of_platform) = match load::platform(global) {
        Ok(platform) => (Some(platform), Problems::default()),
        Err(problems) => (None, problems),
    };
    let engine = load::planning_engine(platform.as_ref())?;
    let place = Arc::new(Place { global: global.clone(), args: args.clone(), platform, engine });
    let (mut worst, mut told) = (None, Problems::default());
    let mut reports = Vec::new();
    let threads = load::threads(None);
    load::runtime(Some(threads))?.block_on(async {
        let checks = args.jobs.iter().map(|file| {
            let (place, file, runtime) = (Arc::clone(&place), file.clone(), Handle::current());
            tokio::task::spawn_blocking(move || runtime.block_on(checked(&place, &file)))
        });
        // Told in the order in which they were asked for, whichever is done first.
        let mut checks = std::pin::pin!(futures::stream::iter(checks).buffered(threads));
        for file in &args.jobs {
            let Some(check) = checks.next().await else { break };
            let check = check.map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
            let Checked { mut problems, class, sound } = check?;
            problems.extend(of_platform.clone());
            let of_platform = of_platform.has_errors().then_some(FailureClass::Job);
            let class = graver(class, of_platform);
            worst = graver(worst, class);
            show(file, &problems, &mut told);
            if let (Some(sound), None, OutputForm::Text) = (&sound, class, global.output) {
                output::text(&describe(file, sound))?;
            }
            reports.push(report(file, &problems, class.is_none()));
        }
        Ok::<_, Failure>(())
    })?;
    if global.output == OutputForm::Json {
        output::json(&json!({ "ok": worst.is_none(), "jobs": reports }))?;
    }
    Ok(worst.map_or(0, FailureClass::exit_code))
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
    args: CheckArgs,
    /// `None` if it has problems of its own.
    platform: Option<Platform>,
    /// For planning alone.
    engine: Engine,
}

/// What was found out about one job.
struct Checked {
    /// All problems and warnings: of the job file, its SQL, its sources, and the storages that it names.
    problems: Problems,
    /// What a scheduler would make of it, if something is wrong.
    class: Option<FailureClass>,
    /// The job as far as it can be described, if nothing is wrong with it.
    sound: Option<Sound>,
}

/// A job that can be run.
struct Sound {
    job: Job,
    planned: PlannedJob,
    /// What else there is to say, as lines.
    notes: Vec<String>,
}

/// What a look at a job's SQL, and at its sources if these were looked at too, showed.
pub(super) struct Look {
    /// The plan, if all fits.
    pub(super) planned: Option<PlannedJob>,
    /// Everything that is wrong or worth knowing.
    pub(super) problems: Problems,
    /// What a scheduler would make of it, if something is wrong.
    pub(super) class: Option<FailureClass>,
    /// What else there is to say, as lines.
    pub(super) notes: Vec<String>,
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
            return Ok(Checked { problems, class: Some(FailureClass::Job), sound: None });
        }
    };
    if let Some(platform) = &place.platform {
        problems.extend(config::check_storages(&job, platform).err().unwrap_or_default());
    }
    let look = match &place.platform {
        Some(platform) if place.args.connect && !problems.has_errors() => {
            connected::look(platform, &job, &place.args).await?
        }
        _ => plan(&place.engine, &job, &place.args).await?,
    };
    problems.extend(look.problems);
    let class = look.class.or(problems.has_errors().then_some(FailureClass::Job));
    let sound = look.planned.map(|planned| Sound { job, planned, notes: look.notes });
    Ok(Checked { problems, class, sound })
}

/// Plans a job with what its contracts promise, and with what was saved of its files.
async fn plan(engine: &Engine, job: &Job, args: &CheckArgs) -> Result<Look, Failure> {
    let saved = config::load_schemas(&args.schemas, job);
    let mut problems = saved.problems;
    let planned = match crate::run::plan_with(engine, job, &saved.columns).await {
        Ok(planned) => {
            problems.extend(planned.warnings.clone());
            Some(planned)
        }
        Err(Failure { class: FailureClass::Job, problems: Some(of_plan), .. }) => {
            problems.extend(of_plan);
            None
        }
        Err(failure) => return Err(failure),
    };
    let class = problems.has_errors().then_some(FailureClass::Job);
    Ok(Look { planned, problems, class, notes: Vec::new() })
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

fn describe(file: &Path, Sound { job, planned, notes }: &Sound) -> String {
    let count = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let mut text = format!(
        "{}: ok, {}, {}, {}, {}\n",
        file.display(),
        count(job.sources.len(), "source"),
        count(job.tables.len(), "table"),
        count(job.kpis.len(), "KPI"),
        count(job.models.len(), "model")
    );
    if !planned.unplanned.is_empty() {
        text.push_str("  not planned, because only its files tell the columns of a source: ");
        text.push_str(&planned.unplanned.join(", "));
        text.push('\n');
    }
    for note in notes {
        text.push_str("  ");
        text.push_str(note);
        text.push('\n');
    }
    text
}

fn report(file: &Path, problems: &Problems, ok: bool) -> Value {
    json!({ "job": file.display().to_string(), "ok": ok, "problems": problems })
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
