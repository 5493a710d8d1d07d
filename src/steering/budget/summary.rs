//! Draws into estimates.

use crate::domain::Estimate;

/// Nominal coverage of intervals.
pub(super) const LEVEL: f64 = 0.9;

/// Mean; 0 of none.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Share of values above 0.
pub(super) fn share_above_zero(values: &[f64]) -> f64 {
    values.iter().filter(|value| **value > 0.0).count() as f64 / values.len().max(1) as f64
}

/// A quantile of ascending values, linear between them.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = share * last as f64;
    let below = (0..last).take_while(|at| (at + 1) as f64 <= place).count();
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Mean with the interval of [`LEVEL`].
pub(super) fn estimate(mut draws: Vec<f64>) -> Estimate {
    let value = mean(&draws);
    draws.sort_by(f64::total_cmp);
    let tail = (1.0 - LEVEL) / 2.0;
    Estimate::with_bounds(value, quantile(&draws, tail), quantile(&draws, 1.0 - tail), LEVEL)
}
