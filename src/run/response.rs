//! One response model: its panel from staged tables, its fit on all cores.

use std::path::PathBuf;
use std::sync::Arc;

use super::budget::{Answer, Asking};
use super::failure::{Failure, FailureClass};
use super::modelling::Periods;
use super::pipeline::{Stage, staged_file};
use crate::config::job::{Media, ResponseModel};
use crate::features::{PanelFrame, PanelRequest, ResolvedDriver, panel_frame};
use crate::models::result::ResponseResult;
use crate::models::{ModelSettings, planned_response};
use crate::steering::budget::Question;
use crate::transform::Staged;

/// The staged tables of a response model.
pub(super) struct PanelFiles {
    pub(super) table: PathBuf,
    /// That of its channels, if they have one of their own.
    pub(super) media: Option<PathBuf>,
    pub(super) experiments: Option<PathBuf>,
}

impl PanelFiles {
    pub(super) fn of(staged: &[Staged], model: &ResponseModel) -> Result<Self, Failure> {
        let file = |table: &str| -> Result<PathBuf, Failure> {
            let missing = || Failure::new(FailureClass::Internal, format!("table `{table}` was not staged"));
            Ok(staged_file(staged, table).ok_or_else(missing)?.to_path_buf())
        };
        let media = match &model.media {
            Media::Wide => None,
            Media::Long { table, .. } => Some(file(table)?),
        };
        let experiments = model.experiments.as_deref().map(file).transpose()?;
        Ok(Self { table: file(&model.table)?, media, experiments })
    }
}

/// Fits a response model to `periods`. Also gives the number of its rows.
pub(super) async fn fit(
    stage: &Stage<'_>,
    staged: &[Staged],
    model: &ResponseModel,
    drivers: Vec<ResolvedDriver>,
    pool: &Arc<rayon::ThreadPool>,
    periods: Periods,
) -> Result<(ResponseResult, u64), Failure> {
    Ok(planned(stage, staged, model, drivers, pool, periods, None).await?.0)
}

/// The same with curves for the budget that `asking` is about.
pub(super) async fn planned(
    stage: &Stage<'_>,
    staged: &[Staged],
    model: &ResponseModel,
    drivers: Vec<ResolvedDriver>,
    pool: &Arc<rayon::ThreadPool>,
    periods: Periods,
    asking: Option<Asking>,
) -> Result<((ResponseResult, u64), Option<Answer>), Failure> {
    let settings = ModelSettings { seed: stage.request.context.seed, ..ModelSettings::default() };
    let work = move |panel: &PanelFrame| {
        let question = asking.as_ref().map(|asking| asking.question(panel, periods.end)).transpose()?;
        let request = question.as_ref().map(Question::request);
        let (result, curves) = planned_response(panel, &settings, request);
        let answer = question.zip(curves);
        let answer = answer.map(|(question, curves)| Answer { question, curves, worth: panel.worth });
        Ok::<_, Failure>(((result, panel.rows() as u64), answer))
    };
    with_panel(stage, staged, model, drivers, pool, periods, work).await?
}

/// Builds the panel of a response model and hands it to `work`, on the pool and beside the runtime.
pub(super) async fn with_panel<T: Send + 'static>(
    stage: &Stage<'_>,
    staged: &[Staged],
    model: &ResponseModel,
    drivers: Vec<ResolvedDriver>,
    pool: &Arc<rayon::ThreadPool>,
    periods: Periods,
    work: impl FnOnce(&PanelFrame) -> T + Send + 'static,
) -> Result<T, Failure> {
    let job = &stage.request.job;
    let PanelFiles { table, media, experiments } = PanelFiles::of(staged, model)?;
    let (model, calendar, Periods { history_start, end }) = (model.clone(), job.calendar, periods);
    let pool = Arc::clone(pool);
    let done = tokio::task::spawn_blocking(move || {
        pool.install(|| {
            let panel = panel_frame(&PanelRequest {
                model: &model,
                drivers: &drivers,
                table: &table,
                media: media.as_deref(),
                experiments: experiments.as_deref(),
                calendar: &calendar,
                history_start,
                end,
            })?;
            Ok::<_, Failure>(work(&panel))
        })
    });
    done.await
        .map_err(|error| Failure::new(FailureClass::Internal, format!("a model fit ended early: {error}")))?
}
