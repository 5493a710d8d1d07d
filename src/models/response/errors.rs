//! What the errors of a first pass look like: their memory, the shocks that all units share, each unit's noise.
//!
//! Memory is found by restricted maximum likelihood with the channels' estimated effects as regressors: plain
//! correlations of residuals come out too small where many columns were fitted to few periods, and intervals
//! with them.

use rayon::prelude::*;

use super::design::Design;
use super::fitted::coefficients;
use super::problem::regression;
use super::whiten::{Whitening, left_after};

/// Memory is looked for up to here: beyond, errors and trend are one.
const MOST_MEMORY: f64 = 0.95;
/// How finely memory is looked for.
const MEMORY_TOLERANCE: f64 = 0.01;
/// Rows that a unit's variance is drawn to the common one by.
const VARIANCE_WEIGHT: f64 = 20.0;
/// Rounds of memory, then variances.
const ROUNDS: usize = 2;

/// Estimates the shape of the errors, given the channels' estimated contributions `channels` (each a series
/// of the whole panel, per unit of size).
pub(super) fn estimate(design: &Design<'_>, channels: Vec<Vec<f64>>) -> Whitening {
    let fixed = design.fixed(channels);
    let mut whitening = Whitening::none(design.rows.len());
    for _ in 0..ROUNDS {
        whitening.memory = memory(&fixed, &whitening);
        variances(&fixed, &mut whitening);
    }
    whitening
}

/// The memory of largest restricted likelihood, by golden section.
fn memory(design: &Design<'_>, whitening: &Whitening) -> f64 {
    let ratio = f64::midpoint(5.0_f64.sqrt(), -1.0);
    let likelihood = |memory: f64| restricted_likelihood(design, &Whitening { memory, ..whitening.clone() });
    let (mut low, mut high) = (0.0, MOST_MEMORY);
    let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_a, mut at_b) = (likelihood(a), likelihood(b));
    while high - low > MEMORY_TOLERANCE {
        if at_a > at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - ratio * (high - low);
            at_a = likelihood(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + ratio * (high - low);
            at_b = likelihood(b);
        }
    }
    let found = f64::midpoint(low, high);
    if found < MEMORY_TOLERANCE { 0.0 } else { found }
}

/// Restricted log-likelihood of the panel with errors shaped as `whitening`, up to a constant.
fn restricted_likelihood(design: &Design<'_>, whitening: &Whitening) -> f64 {
    let (partial, problem) = regression(design, whitening);
    let jacobian: f64 = design.rows.iter().map(|rows| log_jacobian(whitening.memory, rows)).sum();
    let freedom = problem.freedom.max(1.0);
    jacobian
        - 0.5
            * (freedom * (problem.yy / freedom).max(f64::MIN_POSITIVE).ln()
                + partial.log_determinant
                + problem.solved.factor.log_determinant())
}

/// Logarithm of the determinant of the quasi-differences of one unit.
fn log_jacobian(memory: f64, rows: &[usize]) -> f64 {
    let innovation = 0.5 * (1.0 - memory * memory).ln();
    let gaps = rows.windows(2).map(|pair| {
        let left = left_after(memory, pair[1] - pair[0]);
        innovation - 0.5 * (1.0 - left * left).ln()
    });
    if rows.is_empty() { 0.0 } else { innovation + gaps.sum::<f64>() }
}

/// Sets unit weights and the size of shared shocks from the innovations of a fit.
fn variances(design: &Design<'_>, whitening: &mut Whitening) {
    let units = design.rows.len();
    if units < 2 {
        return;
    }
    let frame = design.frame;
    let innovations = innovations(design, whitening);
    // Undo the weights: from here on, innovations are in the outcome's own scale.
    let raw: Vec<Vec<f64>> = innovations
        .iter()
        .zip(&whitening.weights)
        .map(|(series, weight)| series.iter().map(|value| value / weight).collect())
        .collect();
    // Shared shocks first, by the units' weighted mean of each period.
    let mut means = vec![(0.0_f64, 0.0_f64); frame.fitted_periods()];
    for ((series, rows), weight) in raw.iter().zip(&design.rows).zip(&whitening.weights) {
        for (value, row) in series.iter().zip(rows) {
            let at = &mut means[row - frame.lead];
            *at = (at.0 + weight.powi(2) * value, at.1 + weight.powi(2));
        }
    }
    let shocks: Vec<Option<f64>> = means.iter().map(|(sum, of)| (*of > 0.0).then(|| sum / of)).collect();
    let mut own = vec![(0.0, 0.0); units];
    for (unit, (series, rows)) in raw.iter().zip(&design.rows).enumerate() {
        for (value, row) in series.iter().zip(rows) {
            let shock = shocks[row - frame.lead].unwrap_or(0.0);
            // A mean over n units takes 1/n of the own variance with it.
            let squares: f64 = means[row - frame.lead].1;
            let left = (1.0 - whitening.weights[unit].powi(2) / squares).max(0.1);
            own[unit] = (own[unit].0 + (value - shock).powi(2) / left, own[unit].1 + 1.0);
        }
    }
    let (sum, count) = own.iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
    let overall = sum / f64::max(count, 1.0);
    if overall <= 0.0 {
        return;
    }
    let deviations: Vec<f64> = own
        .iter()
        .map(|(sum, count)| ((sum + VARIANCE_WEIGHT * overall) / (count + VARIANCE_WEIGHT)).sqrt())
        .collect();
    let mean_weight = deviations.iter().map(|deviation| 1.0 / deviation).sum::<f64>() / units as f64;
    whitening.weights = deviations.iter().map(|deviation| 1.0 / deviation / mean_weight).collect();
    // Variance of a unit of weight 1.
    let variance = mean_weight.powi(2).recip();
    let present: Vec<(f64, f64)> = shocks
        .iter()
        .zip(&means)
        .filter_map(|(shock, (_, squares))| shock.map(|shock| (shock * shock, 1.0 / squares)))
        .collect();
    let periods = present.len() as f64;
    // Controls that all units share have taken part of the shocks.
    let common = frame.controls.len() as f64;
    let left = (periods - common).max(1.0);
    let observed = present.iter().map(|(square, _)| square).sum::<f64>() / left;
    let by_chance = variance * present.iter().map(|(_, inverse)| inverse).sum::<f64>() / periods.max(1.0);
    whitening.shared = ((observed - by_chance) / variance).max(0.0);
}

/// Whitened residuals of the fit on controls, by unit, in the order of its rows.
fn innovations(design: &Design<'_>, whitening: &Whitening) -> Vec<Vec<f64>> {
    let residuals = residuals(design, whitening);
    (0..design.rows.len())
        .into_par_iter()
        .map(|unit| {
            let mut white = vec![0.0; design.rows[unit].len()];
            let from = design.frame.at(unit, 0);
            let cells = &residuals[from..from + design.frame.width()];
            whitening.apply(unit, cells, &design.rows[unit], &mut white);
            white
        })
        .collect()
}

/// Residuals of the fit on controls and unit intercepts, whole panel, NaN where there is no row.
fn residuals(design: &Design<'_>, whitening: &Whitening) -> Vec<f64> {
    let frame = design.frame;
    let (partial, problem) = regression(design, whitening);
    let (coefficients, intercepts) = coefficients(&problem, &partial, &[], design.controls.len());
    let mut residuals = vec![f64::NAN; frame.outcome.len()];
    let mut outcome = Vec::new();
    for unit in 0..design.rows.len() {
        design.outcome(unit, &mut outcome);
        let controls = design.weighted_controls(&coefficients, unit);
        for row in &design.rows[unit] {
            residuals[frame.at(unit, *row)] = outcome[*row] - intercepts[unit] - controls[*row];
        }
    }
    residuals
}
