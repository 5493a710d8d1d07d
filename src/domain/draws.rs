//! Draws of a posterior in a few numbers, the same wherever they are summed up.

use super::estimate::Estimate;

/// Mean of the draws with their equal-tailed interval of `level`.
#[must_use]
pub fn estimate(draws: &[f64], level: f64) -> Estimate {
    let mut sorted = draws.to_vec();
    sorted.sort_by(f64::total_cmp);
    let tail = f64::midpoint(1.0, -level);
    Estimate::with_bounds(mean(draws), quantile(&sorted, tail), quantile(&sorted, 1.0 - tail), level)
}

/// Arithmetic mean; 0 without draws.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The quantile of sorted values at `share`, between neighbors in proportion.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the values")]
#[must_use]
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}
