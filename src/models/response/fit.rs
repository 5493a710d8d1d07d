//! The steps of a response model, in their order: fit, posterior, forecasts, checks, verdicts.

use super::core::Core;
use super::curves::curves;
use super::drivers::{coefficients, effects, parameters};
use super::fitted::Fitted;
use super::gate::verdict;
use super::gibbs::Effort;
use super::interactions::interactions;
use super::parts::Parts;
use super::performance::performance;
use super::plan::plan_curves;
use super::portmanteau::{Leftover, leftover};
use super::posterior::Posterior;
use super::predictions::predictions;
use super::prior::spend;
use super::rolling::{Forecasts, VARIANTS, blocks, forecasts};
use crate::domain::{Estimate, Gate, Role};
use crate::features::{DriverValues, PanelFrame};
use crate::models::ModelSettings;
use crate::models::result::{Interaction, Parameter, PlanCurves, PlanRequest, QualityMetric, ResponseResult};

/// Draws that everything published rests on.
const EFFORT: Effort = Effort { chains: 4, warm_up: 300, kept: 500 };

/// Fits a response model and says what every channel brought, how surely, and how far to trust it.
///
/// Runs on the rayon pool it is called in; the result does not depend on the number of threads.
#[must_use]
pub fn fit_response(frame: &PanelFrame, settings: &ModelSettings) -> ResponseResult {
    planned_response(frame, settings, None).0
}

/// The same, with curves for the cells of a plan where one is asked for.
#[must_use]
pub fn planned_response(
    frame: &PanelFrame,
    settings: &ModelSettings,
    plan: Option<&PlanRequest>,
) -> (ResponseResult, Option<PlanCurves>) {
    let drivers = total_effect_drivers(frame);
    let blocks = blocks(frame);
    let level = settings.interval_level;
    let posterior = posterior(frame, &drivers, settings);
    let parts = Parts::new(&posterior);
    let forecasts = forecasts(frame, &drivers, &blocks, settings.seed);
    let (channels, experiments) = performance(&posterior, settings);
    let draws = coefficients(&posterior.core, settings.seed);
    let spends: Vec<Option<f64>> = (0..frame.channels.len())
        .map(|channel| spend(&posterior.core.design, channel, &posterior.units()))
        .collect();
    let errors = forecasts.errors(frame);
    let gate = verdict(forecasts.origins.len(), &errors);
    let mut warnings = frame.notes.clone();
    for channel in channels.iter().filter(|channel| channel.unit.is_none() && channel.gate != Gate::Trusted) {
        warnings.extend(
            channel.reasons.iter().map(|reason| format!("channel `{}`: {}", channel.channel, reason.message)),
        );
    }
    let left = leftover(&posterior.core, &posterior.fitted);
    warnings.extend(left.and_then(|left| left.warning()));
    let model = |sentence: &String| format!("model `{}`: {sentence}", frame.model);
    let curves_of_plan = plan.map(|plan| plan_curves(&posterior, plan, settings.seed));
    let result = ResponseResult {
        model: frame.model.clone(),
        gate,
        start: frame.periods[frame.lead],
        end: frame.end,
        channels,
        effects: effects(&posterior.core, &draws, level),
        contributions: parts.contributions(&posterior),
        interactions: posterior.interactions.clone(),
        curves: curves(&posterior, &spends, level),
        predictions: predictions(&posterior, &parts, &forecasts, level),
        parameters: all_parameters(&posterior, &draws, level),
        quality: quality(&posterior, &parts, &forecasts, &errors, left),
        experiments,
        warnings: warnings.iter().map(model).collect(),
    };
    (result, curves_of_plan)
}

/// Finds what channels do together and nothing else: the joint effects of [`fit_response`], without what it makes of
/// them. For programs that count how often they are claimed.
#[must_use]
pub fn joint_effects(frame: &PanelFrame, settings: &ModelSettings) -> Vec<Interaction> {
    let drivers = total_effect_drivers(frame);
    let core = Core::fit(frame, &drivers, frame.whole(), EFFORT, settings.seed);
    let fitted = Fitted::new(&core);
    interactions(&core, &fitted, settings.interval_level).0
}

/// The posterior of all periods, with the drivers at `drivers`: what everything published rests on.
pub(super) fn posterior<'a>(
    frame: &'a PanelFrame,
    drivers: &[usize],
    settings: &ModelSettings,
) -> Posterior<'a> {
    let core = Core::fit(frame, drivers, blocks(frame), EFFORT, settings.seed);
    Posterior::new(core, drivers, settings)
}

/// Drivers of the equation of total effects: not what our own action moved, and nothing constant.
pub(super) fn total_effect_drivers(frame: &PanelFrame) -> Vec<usize> {
    let takes_part = |at: &usize| {
        let driver = &frame.drivers[*at].driver;
        driver.role != Role::MovedByUs && matches!(driver.values, DriverValues::Numeric { .. })
    };
    (0..frame.drivers.len()).filter(takes_part).collect()
}

/// Coefficients of controls and drivers, then the shape of the errors.
fn all_parameters(posterior: &Posterior<'_>, draws: &[Vec<f64>], level: f64) -> Vec<Parameter> {
    let core = &posterior.core;
    let mut all = parameters(core, draws, level);
    let note = "estimated once, by restricted maximum likelihood";
    let mut push = |name: &str, value: f64| {
        all.push(Parameter {
            name: name.to_owned(),
            estimate: Estimate::without_interval(value, note),
            standard_error: f64::NAN,
        });
    };
    push("error_memory", core.whitening.memory);
    push("shared_shocks", core.whitening.shared);
    all
}

/// Fit, forecasts, size of the design.
fn quality(
    posterior: &Posterior<'_>,
    parts: &Parts,
    forecasts: &Forecasts,
    errors: &[Option<f64>],
    left: Option<Leftover>,
) -> Vec<QualityMetric> {
    let core = &posterior.core;
    let frame = core.design.frame;
    let mut rows = Vec::new();
    let mut push = |metric, variant, split, value| rows.push(QualityMetric { metric, variant, split, value });
    let cells: Vec<(usize, usize)> = core
        .design
        .rows
        .iter()
        .enumerate()
        .flat_map(|(unit, rows)| rows.iter().map(move |row| (unit, *row)))
        .collect();
    let actual: Vec<f64> = cells.iter().map(|(unit, row)| frame.outcome[frame.at(*unit, *row)]).collect();
    let fit: Vec<f64> = cells.iter().map(|(unit, row)| parts.fitted[frame.at(*unit, *row)]).collect();
    let mean = super::summary::mean(&actual);
    let squares: f64 = actual.iter().zip(&fit).map(|(actual, fit)| (actual - fit).powi(2)).sum();
    let total: f64 = actual.iter().map(|actual| (actual - mean).powi(2)).sum();
    let absolute: f64 = actual.iter().zip(&fit).map(|(actual, fit)| (actual - fit).abs()).sum();
    push("r_squared", "model", "in_sample", 1.0 - squares / total);
    push("rmse", "model", "in_sample", (squares / actual.len() as f64).sqrt());
    push(
        "weighted_mape",
        "model",
        "in_sample",
        absolute / actual.iter().map(|actual| actual.abs()).sum::<f64>(),
    );
    for ((variant, error), values) in VARIANTS.into_iter().zip(errors).zip(&forecasts.values) {
        if let Some(error) = error {
            push("rmse", variant, "out_of_sample", *error);
            let judged = (0..frame.outcome.len())
                .filter(|cell| values[*cell].is_finite() && frame.outcome[*cell].is_finite());
            let (missed, all) = judged.fold((0.0, 0.0), |(missed, all), cell| {
                (missed + (values[cell] - frame.outcome[cell]).abs(), all + frame.outcome[cell].abs())
            });
            push("weighted_mape", variant, "out_of_sample", missed / all);
        }
    }
    let of = |name: &str| VARIANTS.iter().position(|variant| *variant == name).and_then(|at| errors[at]);
    if let (Some(model), Some(without)) = (of("model"), of("without_channels")) {
        push("skill_against_without_channels", "model", "out_of_sample", 1.0 - (model / without).powi(2));
    }
    push("rows", "model", "design", cells.len() as f64);
    push("periods", "model", "design", frame.fitted_periods() as f64);
    push("units", "model", "design", frame.units.len() as f64);
    push("origins", "model", "design", forecasts.origins.len() as f64);
    if let Some(left) = left {
        push("error_correlation_left", "model", "in_sample", left.correlation);
        push("error_whiteness_p_value", "model", "in_sample", left.p_value);
    }
    push("effective_parameters", "model", "design", effective_parameters(posterior));
    rows
}

/// Number of parameters that the data pay for: intercepts and controls, what channels take of freedom, and what
/// differences between units do.
///
/// That of the channels is half the variance of the deviance over the draws (Gelman et al. 2014), which needs no
/// point estimate of a shape.
fn effective_parameters(posterior: &Posterior<'_>) -> f64 {
    let core = &posterior.core;
    let rows: usize = core.design.rows.iter().map(Vec::len).sum();
    let fixed = rows as f64 - core.problem.freedom;
    let deviance: Vec<f64> = core.draws.draws.iter().map(|draw| core.problem.deviance(draw)).collect();
    fixed + 0.5 * super::summary::deviation(&deviance).powi(2) + posterior.deviations.effective
}
