//! What the outcome does when a driver changes and all else stays: the average over the rows.
//!
//! For amounts that is the coefficient times the change. For yes/no outcomes a coefficient is a change
//! of log-odds, which nobody can judge; so every row's probability is computed twice, with and without
//! the change, and the differences are averaged (average marginal effect of a discrete change; standard
//! errors by the delta method).

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use crate::features::{FrameError, ModelFrame};
use crate::models::fit::{Fit, Link, Rows, Scaling, fold_blocks, linear_predictor, logistic};

/// Rows worked on at a time.
const CHUNK: usize = 512;

/// A change of one driver, in terms of the columns of a fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// The value of a numeric driver rises by `per`.
    Rise {
        /// Position of its column among the columns of the fit.
        position: usize,
        /// The change, in the driver's unit.
        per: f64,
    },
    /// A categorical driver goes from the reference to one of its levels, in all rows.
    Switch {
        /// Position of the level's column.
        position: usize,
        /// Positions of all columns of the driver, with this one.
        levels: Vec<usize>,
    },
}

/// An average effect and its derivatives by the coefficients on the scaled columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AverageEffect {
    /// In the outcome's unit, or as a difference of probabilities.
    pub(crate) value: f64,
    /// Derivative by each coefficient, intercept first.
    pub(crate) gradient: Vec<f64>,
}

/// Averages the effects of all changes; one pass over the rows for yes/no outcomes, none for amounts.
///
/// # Errors
///
/// When rows cannot be read.
pub(crate) fn average_effects(
    frame: &ModelFrame,
    scaling: &Scaling,
    fit: &Fit,
    changes: &[Change],
) -> Result<Vec<AverageEffect>, FrameError> {
    match fit.link {
        Link::Identity => Ok(changes.iter().map(|change| linear_effect(scaling, fit, change)).collect()),
        Link::Logit => logistic_effects(frame, scaling, fit, changes),
    }
}

fn linear_effect(scaling: &Scaling, fit: &Fit, change: &Change) -> AverageEffect {
    let (position, per) = match change {
        Change::Rise { position, per } => (*position, *per),
        Change::Switch { position, .. } => (*position, 1.0),
    };
    let slope = per * scaling.per_unit[fit.columns[position]] * scaling.y_scale;
    let mut gradient = vec![0.0; fit.beta.len()];
    gradient[position + 1] = slope;
    AverageEffect { value: slope * fit.beta[position + 1], gradient }
}

/// A change on the scaled columns: where each column that it touches stands without and with it.
struct Scaled {
    /// What the change adds to the log-odds.
    added: f64,
    /// Columns that the change sets, with their value without it; empty for a rise.
    set: Vec<(usize, f64)>,
    /// Column that rises, and by how much.
    rise: (usize, f64),
}

impl Scaled {
    fn new(scaling: &Scaling, fit: &Fit, change: &Change) -> Self {
        let per_unit = |position: usize| scaling.per_unit[fit.columns[position]];
        let (position, by, levels) = match change {
            Change::Rise { position, per } => (*position, per * per_unit(*position), &[][..]),
            Change::Switch { position, levels } => (*position, per_unit(*position), levels.as_slice()),
        };
        let without = |level: &usize| (*level, -scaling.center[fit.columns[*level]] * per_unit(*level));
        Self {
            added: fit.beta[position + 1] * by,
            set: levels.iter().map(without).collect(),
            rise: (position, by),
        }
    }
}

/// Sums over rows for all changes.
struct Sums {
    /// Difference of probabilities per change.
    difference: Vec<f64>,
    /// Slope of the logistic curve with the change, per change.
    slope: Vec<f64>,
    /// Columns (intercept first) × changes: Σ x (slope with − slope without).
    products: Mat<f64>,
}

fn logistic_effects(
    frame: &ModelFrame,
    scaling: &Scaling,
    fit: &Fit,
    changes: &[Change],
) -> Result<Vec<AverageEffect>, FrameError> {
    let scaled: Vec<Scaled> = changes.iter().map(|change| Scaled::new(scaling, fit, change)).collect();
    let zeros = || Sums {
        difference: vec![0.0; changes.len()],
        slope: vec![0.0; changes.len()],
        products: Mat::zeros(fit.beta.len(), changes.len()),
    };
    let mut all = zeros();
    fold_blocks(
        frame.blocks.as_ref(),
        |_, block| {
            let rows = Rows::new(block, scaling);
            let mut sums = zeros();
            let mut buffers = Buffers::default();
            for start in (0..rows.len).step_by(CHUNK) {
                buffers.add(&rows, start..rows.len.min(start + CHUNK), fit, &scaled, &mut sums);
            }
            sums
        },
        |part| {
            all.difference.iter_mut().zip(&part.difference).for_each(|(all, part)| *all += part);
            all.slope.iter_mut().zip(&part.slope).for_each(|(all, part)| *all += part);
            all.products += part.products;
        },
    )?;
    let rows = frame.rows as f64;
    Ok(scaled.iter().enumerate().map(|(at, change)| average(&all, at, change, rows)).collect())
}

fn average(sums: &Sums, at: usize, change: &Scaled, rows: f64) -> AverageEffect {
    let mut gradient: Vec<f64> = (0..sums.products.nrows()).map(|i| sums.products[(i, at)] / rows).collect();
    // Where the change sets a column, the rows' own values play no part.
    for (position, without) in &change.set {
        gradient[position + 1] = without * gradient[0];
    }
    gradient[change.rise.0 + 1] += change.rise.1 * sums.slope[at] / rows;
    AverageEffect { value: sums.difference[at] / rows, gradient }
}

#[derive(Default)]
struct Buffers {
    predictor: Vec<f64>,
    columns: Vec<f64>,
    steeper: Vec<f64>,
}

impl Buffers {
    fn add(
        &mut self,
        rows: &Rows,
        part: std::ops::Range<usize>,
        fit: &Fit,
        changes: &[Scaled],
        sums: &mut Sums,
    ) {
        linear_predictor(rows, &part, &fit.columns, &fit.beta, &mut self.predictor);
        self.columns.clear();
        self.columns.resize(part.len(), 1.0);
        fit.columns.iter().for_each(|column| self.columns.extend_from_slice(rows.column(*column, &part)));
        self.steeper.clear();
        for (at, change) in changes.iter().enumerate() {
            let (mut difference, mut slope) = (0.0, 0.0);
            for (row, eta) in self.predictor.iter().enumerate() {
                let set: f64 = change
                    .set
                    .iter()
                    .map(|(position, without)| {
                        let value = self.columns[(position + 1) * part.len() + row];
                        fit.beta[position + 1] * (without - value)
                    })
                    .sum();
                let (before, after) = (logistic(eta + set), logistic(eta + set + change.added));
                let (flat, steep) = (before * (1.0 - before), after * (1.0 - after));
                difference += after - before;
                slope += steep;
                self.steeper.push(steep - flat);
            }
            sums.difference[at] += difference;
            sums.slope[at] += slope;
        }
        let columns = MatRef::from_column_major_slice(&self.columns, part.len(), fit.beta.len());
        let steeper = MatRef::from_column_major_slice(&self.steeper, part.len(), changes.len());
        let products: MatMut<'_, f64> = sums.products.as_mut();
        matmul(products, Accum::Add, columns.transpose(), steeper, 1.0, Par::Seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::fit::{EXACT, Problem, Strata, Survey, fit_all};
    use crate::models::testing::simulate::{self, Simulated};

    fn table() -> Simulated {
        let mut table = simulate::panel(25, 1, 16);
        let levels: Vec<usize> = (0..400).map(|row| (row * 7 + row / 11) % 3).collect();
        table.add_levels(&levels);
        table
    }

    fn fitted(table: &Simulated) -> (ModelFrame, Scaling, Fit) {
        let frame = table.frame();
        let scaling = Survey::take(&frame, 0).unwrap().scaling;
        let strata = Strata::by_period(16, 5);
        let problem = Problem { columns: vec![0, 1, 2], strata, by_period: false };
        let fit = fit_all(&frame, &scaling, Link::Logit, vec![problem], EXACT).unwrap().remove(0).unwrap();
        (frame, scaling, fit)
    }

    /// Averages over raw rows, by the definition.
    fn by_hand(
        table: &Simulated,
        scaling: &Scaling,
        fit: &Fit,
        with: &dyn Fn(&mut [f64]),
        without: &dyn Fn(&mut [f64]),
    ) -> f64 {
        let rows = table.y.len();
        let probability = |row: &[f64]| {
            let eta: f64 = (0..3)
                .map(|i| fit.beta[i + 1] * (row[i] - scaling.center[i]) * scaling.per_unit[i])
                .sum::<f64>()
                + fit.beta[0];
            logistic(eta)
        };
        (0..rows)
            .map(|row| {
                let mut one: Vec<f64> = table.columns.iter().map(|column| column[row]).collect();
                let mut other = one.clone();
                with(&mut one);
                without(&mut other);
                probability(&one) - probability(&other)
            })
            .sum::<f64>()
            / rows as f64
    }

    #[test]
    fn effects_are_averages_of_differences_of_probabilities() {
        let table = table();
        let (frame, scaling, fit) = fitted(&table);
        let changes =
            [Change::Rise { position: 0, per: 0.7 }, Change::Switch { position: 2, levels: vec![1, 2] }];
        let effects = average_effects(&frame, &scaling, &fit, &changes).unwrap();
        let rise = by_hand(&table, &scaling, &fit, &|row| row[0] += 0.7, &|_| ());
        let switch = by_hand(&table, &scaling, &fit, &|row| (row[1], row[2]) = (0.0, 1.0), &|row| {
            (row[1], row[2]) = (0.0, 0.0);
        });
        assert!((effects[0].value - rise).abs() < 1e-13);
        assert!((effects[1].value - switch).abs() < 1e-13);
    }

    #[test]
    fn gradients_agree_with_differences() {
        let table = table();
        let (frame, scaling, mut fit) = fitted(&table);
        let changes =
            [Change::Rise { position: 0, per: 0.7 }, Change::Switch { position: 2, levels: vec![1, 2] }];
        let effects = average_effects(&frame, &scaling, &fit, &changes).unwrap();
        for coefficient in 0..4 {
            let step = 1e-6;
            fit.beta[coefficient] += step;
            let up = average_effects(&frame, &scaling, &fit, &changes).unwrap();
            fit.beta[coefficient] -= 2.0 * step;
            let down = average_effects(&frame, &scaling, &fit, &changes).unwrap();
            fit.beta[coefficient] += step;
            for at in 0..2 {
                let slope = (up[at].value - down[at].value) / (2.0 * step);
                assert!((slope - effects[at].gradient[coefficient]).abs() < 1e-8);
            }
        }
    }
}
