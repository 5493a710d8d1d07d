//! What moved in the models since the publication before, and why.
//!
//! A model that is told the same as before is compared as it is. One that is told something else is
//! fitted once more, to the window before: what that gives instead of what was published is the new
//! configuration's doing, the rest of the way is new data.

use std::sync::Arc;

use chrono::NaiveDate;

use super::configuration::fingerprint;
use super::failure::Failure;
use super::modelling::{Periods, planned_drivers};
use super::pipeline::{RunState, Stage, read_from};
use super::previous::remember;
use super::target::OpenTarget;
use super::{modelling, response};
use crate::config::job::Model;
use crate::engine::PREVIOUS;
use crate::models::result::{Between, Figure, ModelResults, changes};
use crate::publish::Previous;
use crate::transform::Staged;

/// Compares `results` with the publication before, and notes what each model was told.
pub(super) async fn compare(
    stage: &Stage<'_>,
    staged: &[Staged],
    previous: &Previous,
    target: &OpenTarget,
    results: &mut ModelResults,
    state: &mut RunState<'_>,
) -> Result<(), Failure> {
    let job = &stage.request.job;
    if job.models.is_empty() {
        return Ok(());
    }
    for model in &job.models {
        let told = fingerprint(job, &stage.planned, model);
        results.configurations.insert(model.name().to_owned(), told);
    }
    let Some(before) = previous.figures().await? else { return Ok(()) };
    for (table, object) in before.objects {
        remember(state, target, &format!("{PREVIOUS}.{table}"), [object]);
    }
    for model in &job.models {
        let name = model.name();
        if !before.figures.iter().any(|figure| figure.model == name) {
            continue;
        }
        let between = if before.configurations.get(name) == results.configurations.get(name) {
            Between::Data
        } else {
            fitted_again(stage, staged, model, before.as_of, state).await?
        };
        let current = results.figures(name);
        results.changes.extend(changes(before.as_of, &before.figures, &current, &between));
    }
    Ok(())
}

/// The model as it is told now, on the window that ended at `as_of`.
///
/// That it cannot be fitted there is no failure of the run: its rows say so by what they leave open.
async fn fitted_again(
    stage: &Stage<'_>,
    staged: &[Staged],
    model: &Model,
    as_of: NaiveDate,
    state: &mut RunState<'_>,
) -> Result<Between, Failure> {
    let job = &stage.request.job;
    let periods = Periods::before(job, as_of);
    let read = read_from(job, stage.window);
    if !is_held(periods.history_start, read) {
        return Ok(Between::Unknown);
    }
    tracing::info!(model = model.name(), %as_of, "its configuration changed: fitting it to the window before too");
    match figures(stage, staged, model, periods).await {
        Ok(figures) => Ok(Between::Configuration(figures)),
        Err(failure) => {
            state.warn(format!(
                "model `{}`: what its new configuration changed cannot be told apart from new data: {}",
                model.name(),
                failure.message
            ));
            Ok(Between::Unknown)
        }
    }
}

/// Whether all periods from `start` on are among what was read from `read` on; `None` is the beginning.
fn is_held(start: Option<NaiveDate>, read: Option<NaiveDate>) -> bool {
    match (start, read) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(start), Some(read)) => start >= read,
    }
}

async fn figures(
    stage: &Stage<'_>,
    staged: &[Staged],
    model: &Model,
    periods: Periods,
) -> Result<Vec<Figure>, Failure> {
    let pool = modelling::pool(stage.request.platform.engine.threads)?;
    let drivers = planned_drivers(stage, model)?;
    Ok(match model {
        Model::Outcome(model) => {
            modelling::fit(stage, staged, model, drivers, &pool, periods).await?.0.figures()
        }
        Model::Response(model) => {
            response::fit(stage, staged, model, drivers, &Arc::clone(&pool), periods).await?.0.figures()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_held_if_nothing_of_it_was_cut_off() {
        let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        assert!(
            is_held(day("2022-01-03"), day("2021-10-04")) && is_held(day("2022-01-03"), day("2022-01-03"))
        );
        assert!(!is_held(day("2022-01-03"), day("2022-01-10")) && !is_held(None, day("2022-01-10")));
        assert!(is_held(None, None) && is_held(day("2022-01-03"), None));
    }
}
