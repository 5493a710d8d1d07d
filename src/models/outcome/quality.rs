//! Fit and forecast quality as named figures.

use crate::features::{ModelFrame, OutcomeKind};
use crate::models::fit::{Fit, Survey};
use crate::models::result::QualityMetric;
use crate::models::validate::Forecast;

/// Figures of the fit on its own rows; `scored` is its forecast of them, for yes/no outcomes.
pub(crate) fn in_sample(survey: &Survey, fit: &Fit, scored: Option<&Forecast>) -> Vec<QualityMetric> {
    let metric = |metric, value| QualityMetric { metric, variant: "model", split: "in_sample", value };
    let total = survey.total();
    if let Some(scored) = scored {
        let rate = total.mean;
        let without = -(rate * rate.ln() + (1.0 - rate) * (-rate).ln_1p());
        let mut all = losses(OutcomeKind::YesNo, "model", "in_sample", scored, None);
        all.push(metric("deviance_explained", 1.0 - scored.log_loss / scored.rows / without));
        return all;
    }
    let squares = fit.sums.deviance * survey.scaling.y_scale.powi(2);
    vec![metric("rmse", (squares / total.count).sqrt()), metric("r_squared", 1.0 - squares / total.squares)]
}

/// Figures of forecasts at rolling origins; R² is against the mean of the rows trained on.
pub(crate) fn out_of_sample(kind: OutcomeKind, forecasts: &[(&'static str, Forecast)]) -> Vec<QualityMetric> {
    let mean = forecasts.iter().find(|(name, _)| *name == "naive_mean").map(|(_, forecast)| forecast.squares);
    forecasts
        .iter()
        .filter(|(_, forecast)| forecast.rows > 0.0)
        .flat_map(|(name, forecast)| losses(kind, name, "out_of_sample", forecast, mean))
        .collect()
}

/// Figures of the data behind the model.
pub(crate) fn design(
    frame: &ModelFrame,
    parameters: usize,
    periods: usize,
    origins: usize,
) -> Vec<QualityMetric> {
    let left_out: u64 = frame.left_out.iter().map(|(_, rows)| rows).sum();
    [
        ("rows", frame.rows as f64),
        ("rows_left_out", left_out as f64),
        ("parameters", parameters as f64),
        ("periods", periods as f64),
        ("origins", origins as f64),
    ]
    .into_iter()
    .map(|(metric, value)| QualityMetric { metric, variant: "model", split: "design", value })
    .collect()
}

fn losses(
    kind: OutcomeKind,
    variant: &'static str,
    split: &'static str,
    forecast: &Forecast,
    mean_squares: Option<f64>,
) -> Vec<QualityMetric> {
    let metric = |metric, value| QualityMetric { metric, variant, split, value };
    let per_row = forecast.squares / forecast.rows;
    match kind {
        OutcomeKind::Amount => {
            let mut all = vec![metric("rmse", per_row.sqrt())];
            if let Some(mean) = mean_squares.filter(|mean| *mean > 0.0) {
                all.push(metric("r_squared", 1.0 - forecast.squares / mean));
            }
            all
        }
        OutcomeKind::YesNo => {
            let mut all =
                vec![metric("log_loss", forecast.log_loss / forecast.rows), metric("brier", per_row)];
            all.extend(forecast.auc.map(|auc| metric("auc", auc)));
            all
        }
    }
}
