//! Placebos: does a driver explain more than copies of itself that were moved to other times?
//!
//! A driver with a slow rhythm fits almost any slow outcome a little, and shuffling its rows destroys
//! the rhythm, so a plain permutation test calls it real. A circular shift keeps the rhythm and breaks
//! only the link to the outcome. All rows of a period move together; placebos are shifts by at least
//! [`NEAREST`] periods.
//!
//! What people get wrong: leaving the near shifts out of the p-value. A slow series that fits by chance
//! fits a few periods on as well, so its own position is never a single one among the far ones, and the
//! test rejects too often. Here the near shifts are counted too, which makes the own
//! position one of all positions on the circle, equally likely to be at any rank when there is no effect.
//!
//! Per group: its columns are freed of the controls (a shifted trend would be a saw), shifted, freed of
//! all other columns, and what they add last to the explained variance is compared. They are not freed of
//! the other *drivers* before the shift: that takes slow movements out of the copies twice and out of
//! the original once, and the test would reject too often. The rows are those of the survey's sample.

use std::ops::Range;

use faer::{Mat, MatRef};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::models::fit::{ALIAS_TOLERANCE, Factor, Fit, Link, Sample, bernoulli};

use super::importance::Group;

/// Smallest shift in periods.
pub(crate) const NEAREST: usize = 8;

/// Fewest shifts that can show a p-value of 5 %.
pub(crate) const FEWEST_SHIFTS: usize = 19;

/// Smallest weight of a row, so that none divides by zero.
const SMALLEST_WEIGHT: f64 = 1e-12;

/// Largest p-value of a driver that beats its placebos.
pub(crate) const LARGEST_P: f64 = 0.05;

/// A group against its placebos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placebo {
    /// Share of the positions on the circle at which the driver explains at least as much as at its own.
    pub(crate) p_value: f64,
    /// Number of shifts.
    pub(crate) shifts: u32,
}

/// Compares every group with at most `most` shifts drawn with `seed`; `None` when there are too few periods.
pub(crate) fn placebo_tests(
    fit: &Fit,
    sample: &Sample,
    groups: &[Group],
    most: u32,
    seed: u64,
) -> Option<Vec<Placebo>> {
    let runs = runs(&sample.period);
    let mut far: Vec<usize> = (NEAREST..(runs.len() + 1).saturating_sub(NEAREST)).collect();
    let positions = far.len();
    far.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    far.truncate(most as usize);
    if far.len() < FEWEST_SHIFTS {
        return None;
    }
    let near: Vec<usize> = (1..NEAREST).chain(runs.len() + 1 - NEAREST..runs.len()).collect();
    // The drawn shifts stand for all far positions.
    let weight = positions as f64 / far.len() as f64;
    let working = Working::new(fit, sample, groups);
    let all: Vec<Placebo> = groups
        .par_iter()
        .map(|group| {
            let last = AddedLast::new(&working, fit, sample, &group.positions);
            let own = last.explained(0, &runs);
            let as_good = |shifts: &[usize]| {
                shifts.par_iter().filter(|shift| last.explained(**shift, &runs) >= own).count() as f64
            };
            Placebo {
                p_value: (1.0 + as_good(&near) + weight * as_good(&far)) / runs.len() as f64,
                shifts: u32::try_from(far.len()).unwrap_or(u32::MAX),
            }
        })
        .collect();
    Some(all)
}

fn runs(period: &[u32]) -> Vec<Range<usize>> {
    let mut start = 0;
    period
        .chunk_by(|one, other| one == other)
        .map(|run| {
            start += run.len();
            start - run.len()..start
        })
        .collect()
}

/// Columns to be taken out of others; everything is multiplied by the roots of the weights.
struct Projection {
    columns: Mat<f64>,
    factor: Factor,
}

impl Projection {
    /// The intercept and the columns of the fit at `positions`.
    fn new(root: &[f64], fit: &Fit, sample: &Sample, positions: &[usize]) -> Self {
        let columns = Mat::from_fn(root.len(), positions.len() + 1, |row, at| {
            root[row] * if at == 0 { 1.0 } else { sample.column(fit.columns[positions[at - 1]])[row] }
        });
        let gram = columns.transpose() * &columns;
        let reference: Vec<f64> = (0..gram.nrows()).map(|i| gram[(i, i)]).collect();
        Self { factor: Factor::new(gram.as_ref(), &reference, ALIAS_TOLERANCE), columns }
    }

    /// L⁻¹ × cross products with each of `others`: inner products of these are what is taken out.
    fn coordinates(&self, others: MatRef<'_, f64>) -> Vec<Vec<f64>> {
        let shared = self.columns.transpose() * others;
        (0..others.ncols())
            .map(|column| {
                let products: Vec<f64> = self.factor.kept.iter().map(|at| shared[(*at, column)]).collect();
                self.factor.forward(&products)
            })
            .collect()
    }

    /// What of `others` these columns do not explain.
    fn without(&self, others: MatRef<'_, f64>) -> Mat<f64> {
        let shared = self.columns.transpose() * others;
        let mut slopes = Mat::zeros(self.columns.ncols(), others.ncols());
        for column in 0..others.ncols() {
            let products: Vec<f64> = self.factor.kept.iter().map(|at| shared[(*at, column)]).collect();
            for (at, slope) in self.factor.kept.iter().zip(self.factor.solve(&products)) {
                slopes[(*at, column)] = slope;
            }
        }
        others - &self.columns * slopes
    }
}

/// The sample at the full fit.
struct Working {
    /// Roots of the weights.
    root: Vec<f64>,
    /// Working outcome, weighted.
    outcome: Vec<f64>,
    /// Intercept and controls.
    controls: Projection,
}

impl Working {
    fn new(fit: &Fit, sample: &Sample, groups: &[Group]) -> Self {
        let mut eta = vec![fit.beta[0]; sample.rows];
        for (column, coefficient) in fit.columns.iter().zip(&fit.beta[1..]) {
            eta.iter_mut().zip(sample.column(*column)).for_each(|(eta, x)| *eta += coefficient * x);
        }
        let row = |(eta, y): (&f64, &f64)| match fit.link {
            Link::Identity => (1.0, *y),
            Link::Logit => {
                let (probability, variance, _) = bernoulli(*eta, *y > 0.5);
                let root = variance.max(SMALLEST_WEIGHT).sqrt();
                (root, root * eta + (y - probability) / root)
            }
        };
        let (root, outcome): (Vec<f64>, Vec<f64>) = eta.iter().zip(&sample.y).map(row).unzip();
        let ranked: Vec<usize> = groups.iter().flat_map(|group| group.positions.clone()).collect();
        let controls: Vec<usize> = (0..fit.columns.len()).filter(|at| !ranked.contains(at)).collect();
        let controls = Projection::new(&root, fit, sample, &controls);
        Self { root, outcome, controls }
    }
}

/// One group against everything else.
struct AddedLast<'a> {
    root: &'a [f64],
    others: Projection,
    /// The group's columns without what the controls explain, not weighted.
    own: Mat<f64>,
    /// The outcome without what all others explain, weighted.
    outcome: Vec<f64>,
}

impl<'a> AddedLast<'a> {
    fn new(working: &'a Working, fit: &Fit, sample: &Sample, positions: &[usize]) -> Self {
        let root = working.root.as_slice();
        let rest: Vec<usize> = (0..fit.columns.len()).filter(|at| !positions.contains(at)).collect();
        let others = Projection::new(root, fit, sample, &rest);
        let weighted = Mat::from_fn(root.len(), positions.len(), |row, at| {
            root[row] * sample.column(fit.columns[positions[at]])[row]
        });
        let freed = working.controls.without(weighted.as_ref());
        let own = Mat::from_fn(root.len(), positions.len(), |row, at| freed[(row, at)] / root[row]);
        let outcome = MatRef::from_column_major_slice(&working.outcome, root.len(), 1);
        let outcome = others.without(outcome);
        let outcome = (0..root.len()).map(|row| outcome[(row, 0)]).collect();
        Self { root, others, own, outcome }
    }

    /// What the group's columns, moved on by `shift` periods, explain of the freed outcome.
    fn explained(&self, shift: usize, runs: &[Range<usize>]) -> f64 {
        let mut from = vec![0; self.root.len()];
        for (at, run) in runs.iter().enumerate() {
            let source = &runs[(at + shift) % runs.len()];
            for (rank, row) in run.clone().enumerate() {
                from[row] = source.start + rank * source.len() / run.len();
            }
        }
        let moved = Mat::from_fn(self.root.len(), self.own.ncols(), |row, at| {
            self.root[row] * self.own[(from[row], at)]
        });
        let square = moved.transpose() * &moved;
        let reference: Vec<f64> = (0..square.nrows()).map(|i| square[(i, i)]).collect();
        let taken = self.others.coordinates(moved.as_ref());
        let left = Mat::from_fn(square.nrows(), square.nrows(), |i, j| {
            square[(i, j)] - taken[i].iter().zip(&taken[j]).map(|(a, b)| a * b).sum::<f64>()
        });
        let factor = Factor::new(left.as_ref(), &reference, ALIAS_TOLERANCE);
        let products: Vec<f64> = factor
            .kept
            .iter()
            .map(|at| (0..self.outcome.len()).map(|row| moved[(row, *at)] * self.outcome[row]).sum())
            .collect();
        factor.forward(&products).iter().map(|z| z * z).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::OutcomeKind;
    use crate::models::fit::{EXACT, Problem, Strata, Survey, fit_all};
    use crate::models::testing::simulate::{self, Simulated};

    fn tests(table: &Simulated, link: Link, most: u32) -> Option<Vec<Placebo>> {
        let frame = table.frame();
        let survey = Survey::take(&frame, 0).unwrap();
        let columns: Vec<usize> = (0..frame.columns.len()).collect();
        let strata = Strata::by_period(frame.periods.len(), columns.len() + 2);
        let problem = Problem { columns: columns.clone(), strata, by_period: false };
        let fit = fit_all(&frame, &survey.scaling, link, vec![problem], EXACT).unwrap().remove(0).unwrap();
        let groups: Vec<Group> = columns
            .iter()
            .map(|at| Group { name: at.to_string(), drivers: vec![*at], positions: vec![*at] })
            .collect();
        placebo_tests(&fit, &survey.sample, &groups, most, 1)
    }

    #[test]
    fn a_real_driver_beats_all_its_placebos_and_noise_does_not() {
        let table =
            simulate::panel(3, 2, 60).outcome(OutcomeKind::Amount, |x| 2.0 * x[0] + (x[0] * 1e3).sin());
        let tests = tests(&table, Link::Identity, 99).unwrap();
        assert_eq!(tests[0], Placebo { p_value: 1.0 / 60.0, shifts: 45 });
        assert!(tests[1].p_value > LARGEST_P);
    }

    #[test]
    fn few_periods_allow_no_placebos() {
        assert_eq!(tests(&simulate::panel(3, 2, 33), Link::Logit, 99), None);
        assert_eq!(tests(&simulate::panel(9, 2, 34), Link::Logit, 99).unwrap()[0].shifts, 19);
        assert_eq!(tests(&simulate::panel(9, 2, 60), Link::Logit, 30).unwrap()[0].shifts, 30);
    }
}
