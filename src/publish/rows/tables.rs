//! All tables of a publication, each from the results that it shows.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use chrono::NaiveDate;

use super::{budget, channels, goals, kpi_values, models, run, steering};
use crate::config::Job;
use crate::domain::Window;
use crate::kpis::result::KpiValue;
use crate::models::result::ModelResults;
use crate::publish::error::PublishError;
use crate::publish::registry::TableDef;
use crate::run::result::RunResult;
use crate::steering::result::SteeringPlan;

/// The rows of one output table, ordered by key and checked against the definition.
#[derive(Debug, Clone)]
pub struct OutputTable {
    /// The definition.
    pub def: &'static TableDef,
    /// The rows, in one batch; may be empty.
    pub batch: RecordBatch,
}

/// What every row of a publication shares.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) job: String,
    pub(super) as_of: NaiveDate,
}

/// Builds every result table, those without rows included, so that readers always find all of them.
///
/// # Errors
///
/// [`PublishError::Defect`] if a stage broke its promise, for example with two values of one KPI in
/// one cell and period.
pub fn result_tables(
    job: &Job,
    window: Window,
    kpi_values: &[KpiValue],
    models: &ModelResults,
    plan: &SteeringPlan,
) -> Result<Vec<OutputTable>, PublishError> {
    let scope = Scope { job: job.name.clone(), as_of: window.end() };
    let mut dated: BTreeSet<NaiveDate> = kpi_values.iter().map(|value| value.period_start).collect();
    for model in &models.outcome {
        dated.extend(model.predictions.iter().map(|period| period.period_start));
    }
    for model in &models.response {
        dated.extend(model.predictions.iter().map(|line| line.period_start));
        dated.extend(model.contributions.iter().map(|line| line.period_start));
    }
    dated.extend(plan.budget.iter().flat_map(|plan| plan.periods.iter().copied()));
    let (shared, response) = (models.shared(), models.response.as_slice());
    Ok(vec![
        kpi_values::kpi_values(&scope, job, window, kpi_values)?,
        goals::kpi_catalog(&scope, job)?,
        goals::kpi_links(&scope, job)?,
        goals::kpi_decisions(&scope, job)?,
        goals::decisions(&scope, job)?,
        goals::recipients(&scope, job)?,
        goals::calendar(&scope, job.calendar, window, dated)?,
        models::driver_importance(&scope, &models.outcome)?,
        models::driver_effects(&scope, job, &shared)?,
        channels::driver_interactions(&scope, job, response)?,
        channels::channel_performance(&scope, job, response)?,
        channels::response_curves(&scope, job, response)?,
        channels::contributions(&scope, job, response)?,
        channels::experiments(&scope, job, response)?,
        models::model_parameters(&scope, &shared)?,
        models::model_quality(&scope, &shared, &models.configurations)?,
        models::model_changes(&scope, &models.changes)?,
        models::predictions(&scope, job, models)?,
        budget::budget_plan(&scope, job, plan.budget.as_ref())?,
        budget::budget_summary(&scope, job, plan.budget.as_ref())?,
        budget::budget_limits(&scope, job, plan.budget.as_ref())?,
        steering::recommendations(&scope, plan)?,
        steering::recommendation_evidence(&scope, plan)?,
        steering::proposed_tests(&scope, plan)?,
        steering::briefings(&scope, plan)?,
    ])
}

/// Builds the four run tables from a run as it stands just before it publishes.
///
/// # Errors
///
/// [`PublishError::Defect`] if two steps, checks or objects share a name.
pub fn run_tables(run: &RunResult, window: Window) -> Result<Vec<OutputTable>, PublishError> {
    let scope = Scope { job: run.job.clone(), as_of: window.end() };
    Ok(vec![
        run::runs(&scope, run, window)?,
        run::steps(&scope, run)?,
        run::checks(&scope, run)?,
        run::sources_read(&scope, run)?,
    ])
}
