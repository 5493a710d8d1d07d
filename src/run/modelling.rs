//! The models stage: a frame for each model, a fit on all cores, a gate for the record.
//!
//! Fits are synchronous and take every core, so they run beside the asynchronous runtime, on a pool
//! of threads of their own.

use std::sync::Arc;

use chrono::NaiveDate;

use super::budget::{Answer, Asking};
use super::failure::{Failure, FailureClass};
use super::pipeline::{RunState, Stage, staged_file};
use super::record::StepReport;
use super::response;
use super::result::ModelGate;
use crate::config::Job;
use crate::config::job::{Model, OutcomeModel};
use crate::domain::Gate;
use crate::features::{FrameRequest, ResolvedDriver, outcome_frame};
use crate::models::result::{ModelResults, OutcomeResult, SharedResult};
use crate::models::{ModelSettings, fit_outcome};
use crate::transform::Staged;

/// The periods that a model is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Periods {
    /// First day; `None` for all there is.
    pub(super) history_start: Option<NaiveDate>,
    /// First day after them.
    pub(super) end: NaiveDate,
}

impl Periods {
    /// As much history before `end` as the job asks for.
    pub(super) fn before(job: &Job, end: NaiveDate) -> Self {
        let history_start = job.window.history.map(|history| job.calendar.floor(history.before(end)));
        Self { history_start, end }
    }
}

/// Fits every model of the job, and asks what the budget needs to know.
pub(super) async fn fit_models(
    stage: &Stage<'_>,
    staged: &[Staged],
    state: &mut RunState<'_>,
) -> Result<(ModelResults, Option<Answer>), Failure> {
    let job = &stage.request.job;
    let (mut results, mut budget) = (ModelResults::default(), None);
    if job.models.is_empty() {
        return Ok((results, budget));
    }
    let pool = pool(stage.request.platform.engine.threads)?;
    let periods = Periods::before(job, stage.window.end());
    for model in &job.models {
        let step = format!("model.{}", model.name());
        let drivers = planned_drivers(stage, model)?;
        match model {
            Model::Outcome(model) => {
                let work = async {
                    let (result, rows) = fit(stage, staged, model, drivers, &pool, periods).await?;
                    let report = StepReport { rows: Some(rows), warning: warning(result.shared()) };
                    Ok::<_, Failure>((result, report))
                };
                let result = state.record.step(&step, work).await?;
                note(result.shared(), state);
                results.outcome.push(result);
            }
            Model::Response(model) => {
                let work = async {
                    let asking = Asking::of(stage, staged, model)?;
                    let ((result, rows), answer) =
                        response::planned(stage, staged, model, drivers, &pool, periods, asking).await?;
                    let report = StepReport { rows: Some(rows), warning: warning(result.shared()) };
                    Ok::<_, Failure>(((result, answer), report))
                };
                let (result, answer) = state.record.step(&step, work).await?;
                note(result.shared(), state);
                budget = budget.or(answer);
                results.response.push(result);
            }
        }
    }
    Ok((results, budget))
}

/// What planning found out about the drivers of a model, in their order.
pub(super) fn planned_drivers(stage: &Stage<'_>, model: &Model) -> Result<Vec<ResolvedDriver>, Failure> {
    model
        .drivers()
        .iter()
        .map(|driver| {
            let planned = stage.planned.drivers.get(&(model.name().to_owned(), driver.name.clone()));
            planned.map(|origin| ResolvedDriver { party: origin.party, about: origin.about.clone() })
        })
        .collect::<Option<_>>()
        .ok_or_else(|| Failure::new(FailureClass::Internal, "a driver was not planned"))
}

/// Keeps a model's gate and warnings for the record of the run.
fn note(result: SharedResult<'_>, state: &mut RunState<'_>) {
    state.gates.push(ModelGate {
        model: result.model.to_owned(),
        gate: result.gate.gate,
        reasons: result.gate.reasons.iter().map(|reason| reason.message.clone()).collect(),
    });
    state.warnings.extend(result.warnings.iter().cloned());
}

pub(super) fn pool(threads: Option<usize>) -> Result<Arc<rayon::ThreadPool>, Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .build()
        .map(Arc::new)
        .map_err(|error| Failure::new(FailureClass::Step, format!("cannot start threads: {error}")))
}

/// Fits an outcome model to `periods`. Also gives the number of its rows.
pub(super) async fn fit(
    stage: &Stage<'_>,
    staged: &[Staged],
    model: &OutcomeModel,
    drivers: Vec<ResolvedDriver>,
    pool: &Arc<rayon::ThreadPool>,
    periods: Periods,
) -> Result<(OutcomeResult, u64), Failure> {
    let job = &stage.request.job;
    let missing = || Failure::new(FailureClass::Internal, format!("table `{}` was not staged", model.table));
    let file = staged_file(staged, &model.table).ok_or_else(missing)?.to_path_buf();
    let (model, calendar, Periods { history_start, end }) = (model.clone(), job.calendar, periods);
    let settings = ModelSettings { seed: stage.request.context.seed, ..ModelSettings::default() };
    let pool = Arc::clone(pool);
    let fit = tokio::task::spawn_blocking(move || {
        pool.install(|| {
            let frame = outcome_frame(&FrameRequest {
                model: &model,
                drivers: &drivers,
                file: &file,
                calendar: &calendar,
                history_start,
                end,
            })?;
            let result = fit_outcome(&frame, &settings)?;
            Ok::<_, Failure>((result, frame.rows))
        })
    });
    fit.await
        .map_err(|error| Failure::new(FailureClass::Internal, format!("a model fit ended early: {error}")))?
}

/// What the step says about a model that is not trusted.
fn warning(result: SharedResult<'_>) -> Option<String> {
    let reasons: Vec<&str> = result.gate.reasons.iter().map(|reason| reason.message.as_str()).collect();
    match result.gate.gate {
        Gate::Trusted => None,
        gate => Some(format!("gate {gate}: {}", reasons.join("; "))),
    }
}
