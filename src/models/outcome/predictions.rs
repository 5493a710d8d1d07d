//! Actual, fitted and forecast outcome by period.
//!
//! The interval of a forecast comes from the errors that earlier forecasts really made (split conformal
//! prediction, Vovk et al. 2005): it is as wide as the model has been wrong, whatever its formulas say.

use crate::domain::{Estimate, Interval};
use crate::features::{ModelFrame, OutcomeKind};
use crate::models::fit::{Fit, Survey};
use crate::models::result::PeriodPrediction;
use crate::models::validate::{Forecast, Origin};

/// One line per period with rows; `forecast` is that of the full model, made at `origins`.
pub(crate) fn predictions(
    frame: &ModelFrame,
    survey: &Survey,
    fit: &Fit,
    forecast: Option<&Forecast>,
    origins: &[Origin],
    level: f64,
) -> Vec<PeriodPrediction> {
    let mut lines = Vec::with_capacity(frame.periods.len());
    for (period, start) in frame.periods.iter().enumerate() {
        let outcome = &survey.outcome[period];
        if outcome.count == 0.0 {
            continue;
        }
        // Amounts are published as sums, rates as means.
        let unit = match frame.outcome {
            OutcomeKind::Amount => outcome.count,
            OutcomeKind::YesNo => 1.0,
        };
        let fitted =
            survey.scaling.y_center + survey.scaling.y_scale * fit.sums.fitted(period) / outcome.count;
        let origin = origins.iter().find(|origin| origin.test.contains(&period));
        let out_of_sample = forecast.zip(origin).and_then(|(forecast, origin)| {
            let predicted = forecast.predicted[period]?;
            let mut errors = earlier_errors(survey, forecast, origin);
            let estimate = estimate(predicted, unit, &mut errors, level);
            Some(if frame.outcome == OutcomeKind::YesNo { within_a_rate(estimate) } else { estimate })
        });
        lines.push(PeriodPrediction {
            period_start: *start,
            rows: frame.rows_per_period[period],
            actual: outcome.mean * unit,
            fitted: fitted * unit,
            out_of_sample,
        });
    }
    lines
}

/// Absolute errors per row of the forecasts that were known when this origin's forecast was made.
fn earlier_errors(survey: &Survey, forecast: &Forecast, origin: &Origin) -> Vec<f64> {
    (0..origin.trained_periods)
        .filter_map(|period| Some((survey.outcome[period].mean - forecast.predicted[period]?).abs()))
        .collect()
}

fn estimate(predicted: f64, unit: f64, errors: &mut [f64], level: f64) -> Estimate {
    errors.sort_by(f64::total_cmp);
    let needed = (0..=errors.len()).find(|rank| *rank as f64 >= (errors.len() + 1) as f64 * level);
    match needed.and_then(|rank| errors.get(rank.checked_sub(1)?)) {
        Some(reach) => Estimate::with_bounds(
            predicted * unit,
            (predicted - reach) * unit,
            (predicted + reach) * unit,
            level,
        ),
        None => Estimate::without_interval(
            predicted * unit,
            format!("{} earlier forecasts are too few to tell how far this one may be off", errors.len()),
        ),
    }
}

/// A rate cannot leave 0 to 1, and neither can its interval.
fn within_a_rate(mut estimate: Estimate) -> Estimate {
    if let Interval::Bounds { lower, upper, .. } = &mut estimate.interval {
        (*lower, *upper) = (lower.clamp(0.0, 1.0), upper.clamp(0.0, 1.0));
    }
    estimate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_reaches_as_far_as_earlier_errors_did() {
        let mut errors: Vec<f64> = (1..=9).rev().map(f64::from).collect();
        let nine = estimate(100.0, 2.0, &mut errors, 0.9);
        assert_eq!((nine.lower(), nine.upper()), (Some(182.0), Some(218.0)));
        let eight = estimate(100.0, 2.0, &mut errors[..8], 0.9);
        assert_eq!((eight.value, eight.lower()), (200.0, None));
    }
}
