//! A scenario from the outside: sources and tables as a run has them, one model, a page of text.
//!
//! Nothing is written: there is no lock to take, and a scenario may run beside a run of the same job.

use std::future::Future;

use super::words::{self, ScenarioWords};
use crate::config::job::ResponseModel;
use crate::domain::{Language, Window};
use crate::engine::Engine;
use crate::models::result::ScenarioResult;
use crate::models::{ModelSettings, ScenarioRequest, response_scenario};
use crate::report::{self, ScenarioInputs};
use crate::run::execute::RunRequest;
use crate::run::failure::{Failure, FailureClass};
use crate::run::modelling;
use crate::run::pipeline::{RunState, SUMMARY_WIDTH, stage_tables};
use crate::run::record::{Observer, StepReport};
use crate::run::response;
use crate::run::target;
use crate::run::window;

/// The answer to a scenario.
#[derive(Debug)]
pub struct ScenarioOutcome {
    /// Window that the run was asked for; its end is the end of the fitted periods.
    pub window: Window,
    /// Seed of everything random.
    pub seed: u64,
    /// What was found, for machines.
    pub result: ScenarioResult,
    /// The same for people.
    pub page: String,
    /// Warnings about sources and tables.
    pub warnings: Vec<String>,
}

/// Answers what `words` ask of a job, until `stop` asks it to end.
///
/// # Errors
///
/// Whatever ends a run before its models are fitted, and questions that no model of the job can answer.
pub async fn scenario(
    request: RunRequest,
    words: ScenarioWords,
    observer: &dyn Observer,
    stop: impl Future<Output = FailureClass>,
) -> Result<ScenarioOutcome, Failure> {
    let (model, asked) = words::resolve(&words, &request.job)?;
    let window = window::resolve(&request.window, &request.job)?;
    let mut state = RunState::new(&request.job, &request.context, observer);
    let step = format!("model.{}", model.name);
    state.record.keep(|planned| matches!(planned.stage, "source" | "table") || planned.step == step);
    let engine = Engine::new(&request.platform)?;
    let result = tokio::select! {
        found = answer(&request, window, &engine, model, asked, &mut state) => found?,
        class = stop => {
            let who = if class == FailureClass::Terminated { "terminated by the scheduler" } else { "interrupted" };
            return Err(Failure::new(class, format!("{who}; a scenario writes nothing")));
        }
    };
    let inputs = ScenarioInputs { job: &request.job, model, result: &result, warnings: &state.warnings };
    let language = request.job.languages.first().copied().unwrap_or(Language::En);
    let page = report::scenario(&inputs, language, SUMMARY_WIDTH)
        .map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
    Ok(ScenarioOutcome { window, seed: request.context.seed, result, page, warnings: state.warnings })
}

/// Stages tables as a run does, then asks the model.
async fn answer(
    request: &RunRequest,
    window: Window,
    engine: &Engine,
    model: &ResponseModel,
    asked: ScenarioRequest,
    state: &mut RunState<'_>,
) -> Result<ScenarioResult, Failure> {
    let target = target::open(engine, &request.job)?;
    let (stage, _, staged, _) = stage_tables(request, window, engine, &target, state).await?;
    let defect = || Failure::new(FailureClass::Internal, format!("model `{}` is not in its job", model.name));
    let described = request.job.models.iter().find(|known| known.name() == model.name).ok_or_else(defect)?;
    let drivers = modelling::planned_drivers(&stage, described)?;
    let pool = modelling::pool(request.platform.engine.threads)?;
    let settings = ModelSettings { seed: request.context.seed, ..ModelSettings::default() };
    let periods = modelling::Periods::before(&request.job, stage.window.end());
    let work = async {
        let (found, rows) =
            response::with_panel(&stage, &staged, model, drivers, &pool, periods, move |panel| {
                (response_scenario(panel, &asked, &settings), panel.rows() as u64)
            })
            .await?;
        Ok::<_, Failure>((found?, StepReport { rows: Some(rows), warning: None }))
    };
    state.record.step(&format!("model.{}", model.name), work).await
}
