//! The fitted outcome and what it is made of: unit intercepts, controls, channels.

use rayon::prelude::*;

use super::core::{Core, contributions};
use super::design::Design;
use super::gibbs::Draws;
use super::moments::Partial;
use super::problem::Problem;

/// Coefficients of controls (0 for one that others make up) and unit intercepts, given the mean effects
/// of all candidates.
pub(super) fn coefficients(
    problem: &Problem,
    partial: &Partial,
    effects: &[Vec<f64>],
    columns: usize,
) -> (Vec<f64>, Vec<f64>) {
    let solved = &problem.solved;
    let mut left = solved.on_outcome.clone();
    for (of_channel, effects) in solved.on_candidates.iter().zip(effects) {
        for (row, coefficient) in left.iter_mut().enumerate() {
            *coefficient -=
                effects.iter().enumerate().map(|(k, effect)| effect * of_channel[(row, k)]).sum::<f64>();
        }
    }
    let mut controls = vec![0.0; columns];
    for (column, coefficient) in solved.kept.iter().zip(&left) {
        controls[column - 1] = *coefficient;
    }
    let taken: Vec<Vec<f64>> = (0..=effects.len())
        .into_par_iter()
        .map(|group| {
            // Outcome less controls first, then what each channel's candidates take.
            let weights: Vec<f64> = if group == 0 {
                std::iter::once(1.0).chain(controls.iter().map(|coefficient| -coefficient)).collect()
            } else {
                effects[group - 1].iter().map(|effect| -effect).collect()
            };
            partial.weighted_intercepts(group, &weights)
        })
        .collect();
    let units = taken.first().map_or(0, Vec::len);
    let intercepts = (0..units).map(|unit| taken.iter().map(|taken| taken[unit]).sum()).collect();
    (controls, intercepts)
}

/// Mean of the posterior, per unit of size.
pub(super) struct Fitted {
    /// By unit.
    pub(super) intercepts: Vec<f64>,
    /// By control column of the design; 0 for one that others make up.
    pub(super) controls: Vec<f64>,
    /// By channel: the whole panel.
    pub(super) channels: Vec<Vec<f64>>,
    /// Intercepts and controls: the whole panel.
    baseline: Vec<f64>,
}

impl Fitted {
    /// The posterior mean of `core`.
    pub(super) fn new(core: &Core<'_>) -> Self {
        Self::of(&core.design, &core.problem, &core.partial, &core.draws)
    }

    /// The posterior mean of `draws`, whose cross products are `problem` and, with controls, `partial`.
    pub(super) fn of(design: &Design<'_>, problem: &Problem, partial: &Partial, draws: &Draws) -> Self {
        let effects = draws.mean_effects(design);
        let (controls, intercepts) = coefficients(problem, partial, &effects, design.controls.len());
        let baseline = (0..design.rows.len())
            .flat_map(|unit| {
                let controls = design.weighted_controls(&controls, unit);
                let intercept = intercepts[unit];
                controls.into_iter().map(move |value| intercept + value)
            })
            .collect();
        Self { intercepts, controls, channels: contributions(design, &effects), baseline }
    }

    /// What is fitted for a cell, per unit of size.
    fn of_cell(&self, cell: usize) -> f64 {
        self.baseline[cell] + self.channels.iter().map(|series| series[cell]).sum::<f64>()
    }

    /// Outcome less fitted, whole panel, NaN where there is no row; per unit of size.
    pub(super) fn residuals(&self, design: &Design<'_>) -> Vec<f64> {
        let frame = design.frame;
        let mut residuals = vec![f64::NAN; frame.outcome.len()];
        let mut outcome = Vec::new();
        for unit in 0..design.rows.len() {
            design.outcome(unit, &mut outcome);
            for &row in &design.rows[unit] {
                residuals[frame.at(unit, row)] = outcome[row] - self.of_cell(frame.at(unit, row));
            }
        }
        residuals
    }
}
