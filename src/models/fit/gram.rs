//! The kernel: weighted cross products of intercept, columns and residual in one pass over the rows.
//!
//! For coefficients b the pass forms, row by row, the fitted value, its weight w and the working
//! residual t = (y − fitted) / w, and sums v v' with v = √w (1, x, t). With the identity link and b = 0
//! that is the ordinary Gram matrix of predictors and outcome; with the logit link it is one step of
//! iteratively reweighted least squares (Nelder and Wedderburn 1972). The residual stands where a
//! textbook puts the outcome: its sums are what is left to explain, so they lose no digits.

use std::ops::Range;

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, Mat, MatMut, MatRef, Par};

use crate::features::{FrameError, ModelFrame};

use super::rows::{Rows, linear_predictor};
use super::scan::fold_blocks;
use super::strata::{Slab, Strata};
use super::survey::Scaling;

/// Rows per matrix product: a chunk of 40 columns stays in the second-level cache.
const CHUNK: usize = 512;

/// Smallest weight: keeps a hopelessly misfitted row from dividing by zero.
const SMALLEST_WEIGHT: f64 = 1e-20;

/// How the linear predictor becomes the expected outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// It is the expected outcome.
    Identity,
    /// It is the log-odds of the outcome 1.
    Logit,
}

/// Probability at log-odds `eta`.
pub(crate) fn logistic(eta: f64) -> f64 {
    (1.0 + (-eta).exp()).recip()
}

/// Probability of a success, its variance and −log likelihood of `success` at log-odds `eta`.
///
/// One exponential serves all three, and none of them cancels at large odds.
pub(crate) fn bernoulli(eta: f64, success: bool) -> (f64, f64, f64) {
    let small = (-eta.abs()).exp();
    let (unlikely, likely) = (small / (1.0 + small), (1.0 + small).recip());
    let probability = if eta < 0.0 { unlikely } else { likely };
    let against = if success { -eta } else { eta };
    (probability, unlikely * likely, against.max(0.0) + small.ln_1p())
}

/// What to sum in a pass.
pub(crate) struct Task<'a> {
    /// The link.
    pub(crate) link: Link,
    /// Design columns, ascending.
    pub(crate) columns: &'a [usize],
    /// Coefficients on the scaled columns, intercept first.
    pub(crate) beta: &'a [f64],
    /// Where cross products go.
    pub(crate) strata: &'a Strata,
    /// Whether sums per period are wanted too.
    pub(crate) by_period: bool,
}

/// The sums of one task.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    size: usize,
    grams: Slab,
    periods: Slab,
    /// Residual sum of squares, or minus twice the log-likelihood.
    pub(crate) deviance: f64,
    /// Largest absolute linear predictor.
    pub(crate) largest: f64,
    /// Rows summed.
    pub(crate) rows: u64,
}

impl Sums {
    fn zeros(columns: usize, strata: Range<usize>, periods: Range<usize>, by_period: bool) -> Self {
        let size = columns + 2;
        Self {
            size,
            grams: Slab::zeros(strata, size * size),
            periods: Slab::zeros(periods, if by_period { 2 * size - 1 } else { 0 }),
            deviance: 0.0,
            largest: 0.0,
            rows: 0,
        }
    }

    fn add(&mut self, part: &Self) {
        self.grams.add(&part.grams);
        self.periods.add(&part.periods);
        self.deviance += part.deviance;
        self.largest = self.largest.max(part.largest);
        self.rows += part.rows;
    }

    /// The cross products of `strata`, each as often as it is named.
    pub(crate) fn gram(&self, strata: impl IntoIterator<Item = usize>) -> Gram {
        let mut sum = vec![0.0; self.size * self.size];
        for stratum in strata {
            sum.iter_mut().zip(self.grams.row(stratum)).for_each(|(sum, value)| *sum += value);
        }
        Gram { matrix: Mat::from_fn(self.size, self.size, |i, j| sum[i.max(j) + i.min(j) * self.size]) }
    }

    /// Sum of fitted values in `period`, on the outcome's scale in the fit.
    pub(crate) fn fitted(&self, period: usize) -> f64 {
        self.periods.row(period)[0]
    }

    /// Number of rows, then sum of each scaled column in `period`.
    pub(crate) fn column_sums(&self, period: usize) -> &[f64] {
        &self.periods.row(period)[1..self.size]
    }

    /// Score of `period`: Σ x (y − fitted), intercept first.
    pub(crate) fn scores(&self, period: usize) -> &[f64] {
        &self.periods.row(period)[self.size..]
    }
}

/// A symmetric matrix of cross products: intercept, columns, target.
#[derive(Debug, Clone)]
pub(crate) struct Gram {
    /// The matrix; index 0 is the intercept, the last one the target.
    pub(crate) matrix: Mat<f64>,
}

impl Gram {
    /// Number of columns without intercept and target.
    pub(crate) fn columns(&self) -> usize {
        self.matrix.nrows() - 2
    }

    /// Cross products of intercept and columns with the target.
    pub(crate) fn score(&self) -> Vec<f64> {
        let last = self.columns() + 1;
        (0..last).map(|i| self.matrix[(i, last)]).collect()
    }

    /// The same of some columns, by position among the columns.
    pub(crate) fn select(&self, positions: &[usize]) -> Self {
        let at: Vec<usize> =
            [0].into_iter().chain(positions.iter().map(|at| at + 1)).chain([self.columns() + 1]).collect();
        Self { matrix: Mat::from_fn(at.len(), at.len(), |i, j| self.matrix[(at[i], at[j])]) }
    }

    /// Turns the target from the residual at `beta` into the (working) outcome: target + X `beta`.
    pub(crate) fn with_outcome(mut self, beta: &[f64]) -> Self {
        let last = self.columns() + 1;
        let fitted: Vec<f64> =
            (0..=last).map(|i| (0..last).map(|j| self.matrix[(i, j)] * beta[j]).sum()).collect();
        let quadratic: f64 = (0..last).map(|i| fitted[i] * beta[i]).sum();
        self.matrix[(last, last)] += 2.0 * fitted[last] + quadratic;
        for (i, value) in fitted.iter().enumerate().take(last) {
            self.matrix[(i, last)] += value;
            self.matrix[(last, i)] = self.matrix[(i, last)];
        }
        self
    }

    /// Cross products of columns and target around their weighted means; the target comes last.
    pub(crate) fn centered(&self) -> Mat<f64> {
        let matrix = &self.matrix;
        let weight = matrix[(0, 0)];
        Mat::from_fn(self.columns() + 1, self.columns() + 1, |i, j| {
            matrix[(i + 1, j + 1)] - matrix[(i + 1, 0)] * matrix[(j + 1, 0)] / weight
        })
    }
}

/// Sums all tasks in one pass over the frame.
///
/// # Errors
///
/// When rows cannot be read.
pub(crate) fn accumulate(
    frame: &ModelFrame,
    scaling: &Scaling,
    tasks: &[Task<'_>],
) -> Result<Vec<Sums>, FrameError> {
    let periods = frame.periods.len();
    let mut all: Vec<Sums> = tasks
        .iter()
        .map(|task| Sums::zeros(task.columns.len(), 0..task.strata.count, 0..periods, task.by_period))
        .collect();
    fold_blocks(
        frame.blocks.as_ref(),
        |_, block| {
            let rows = Rows::new(block, scaling);
            tasks.iter().map(|task| sum_block(&rows, task)).collect::<Vec<Sums>>()
        },
        |parts| all.iter_mut().zip(&parts).for_each(|(all, part)| all.add(part)),
    )?;
    Ok(all)
}

/// Runs of rows that go to the same place: stratum, first period, range.
fn segments(rows: &Rows, task: &Task<'_>) -> Vec<(usize, usize, Range<usize>)> {
    let mut segments: Vec<(usize, usize, Range<usize>)> = Vec::with_capacity(rows.runs.len());
    for (period, range) in &rows.runs {
        let Some(stratum) = task.strata.of_period[*period] else { continue };
        match segments.last_mut() {
            Some((last, _, before)) if !task.by_period && *last == stratum && before.end == range.start => {
                before.end = range.end;
            }
            _ => segments.push((stratum, *period, range.clone())),
        }
    }
    segments
}

fn sum_block(rows: &Rows, task: &Task<'_>) -> Sums {
    let segments = segments(rows, task);
    let strata = match (segments.first(), segments.last()) {
        (Some((first, ..)), Some((last, ..))) => *first..*last + 1,
        _ => 0..0,
    };
    let periods = if task.by_period { rows.periods() } else { 0..0 };
    let mut sums = Sums::zeros(task.columns.len(), strata, periods, task.by_period);
    let mut chunk = Chunk::default();
    for (stratum, period, range) in segments {
        sums.rows += range.len() as u64;
        for start in range.clone().step_by(CHUNK) {
            let part = start..range.end.min(start + CHUNK);
            chunk.fill(rows, &part, task, &mut sums);
            if task.by_period {
                chunk.add_to_period(rows, &part, task, sums.periods.row_mut(period));
            }
            chunk.add_to_gram(part.len(), sums.grams.row_mut(stratum));
        }
    }
    sums
}

/// Buffers for the rows of one matrix product.
#[derive(Default)]
struct Chunk {
    predictor: Vec<f64>,
    fitted: Vec<f64>,
    residual: Vec<f64>,
    root: Vec<f64>,
    values: Vec<f64>,
}

impl Chunk {
    fn fill(&mut self, rows: &Rows, part: &Range<usize>, task: &Task<'_>, sums: &mut Sums) {
        linear_predictor(rows, part, task.columns, task.beta, &mut self.predictor);
        let outcome = &rows.y[part.clone()];
        self.fitted.clear();
        self.residual.clear();
        self.root.clear();
        for (eta, y) in self.predictor.iter().zip(outcome) {
            sums.largest = sums.largest.max(eta.abs());
            let (fitted, weight) = match task.link {
                Link::Identity => (*eta, 1.0),
                Link::Logit => {
                    let (probability, variance, loss) = bernoulli(*eta, *y > 0.5);
                    sums.deviance += 2.0 * loss;
                    (probability, variance.max(SMALLEST_WEIGHT))
                }
            };
            self.fitted.push(fitted);
            self.residual.push(y - fitted);
            self.root.push(weight.sqrt());
        }
        if task.link == Link::Identity {
            sums.deviance += self.residual.iter().map(|residual| residual * residual).sum::<f64>();
        }
        self.values.clear();
        self.values.extend_from_slice(&self.root);
        for column in task.columns {
            let values = rows.column(*column, part);
            self.values.extend(values.iter().zip(&self.root).map(|(value, root)| value * root));
        }
        self.values.extend(self.residual.iter().zip(&self.root).map(|(residual, root)| residual / root));
    }

    fn add_to_gram(&self, rows: usize, gram: &mut [f64]) {
        let size = self.values.len() / rows;
        let values = MatRef::from_column_major_slice(&self.values, rows, size);
        matmul(
            MatMut::from_column_major_slice_mut(gram, size, size),
            BlockStructure::TriangularLower,
            Accum::Add,
            values.transpose(),
            BlockStructure::Rectangular,
            values,
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
    }

    fn add_to_period(&self, rows: &Rows, part: &Range<usize>, task: &Task<'_>, sums: &mut [f64]) {
        let width = task.columns.len() + 1;
        sums[0] += self.fitted.iter().sum::<f64>();
        sums[1] += part.len() as f64;
        sums[1 + width] += self.residual.iter().sum::<f64>();
        for (at, column) in task.columns.iter().enumerate() {
            let values = rows.column(*column, part);
            sums[2 + at] += values.iter().sum::<f64>();
            sums[2 + width + at] += dot(values, &self.residual);
        }
    }
}

/// Σ a b with eight running sums, so that the processor need not wait for each addition.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (eights, rest) = a.as_chunks::<8>();
    let (other, other_rest) = b.as_chunks::<8>();
    for (a, b) in eights.iter().zip(other) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let tail: f64 = rest.iter().zip(other_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::simulate;

    fn sums(block_rows: usize, link: Link, beta: &[f64]) -> (Sums, usize) {
        let frame = simulate::panel(7, 3, 12).blocks_of(block_rows).frame();
        let scaling = super::super::Survey::take(&frame, 0).unwrap().scaling;
        let strata = Strata::by_period(frame.periods.len(), 5);
        let task = Task { link, columns: &[0, 1, 2], beta, strata: &strata, by_period: true };
        (accumulate(&frame, &scaling, &[task]).unwrap().remove(0), frame.periods.len())
    }

    #[test]
    fn far_odds_keep_their_digits() {
        for (eta, success) in [(0.3_f64, true), (-2.0, false), (-2.0, true), (9.0, false)] {
            let (probability, variance, loss) = bernoulli(eta, success);
            let expected = if success { logistic(eta) } else { logistic(-eta) };
            assert!((probability - logistic(eta)).abs() < 1e-16);
            assert!((variance - logistic(eta) * logistic(-eta)).abs() < 1e-16);
            assert!((loss + expected.ln()).abs() < 1e-14);
        }
        let (probability, variance, loss) = bernoulli(-600.0, true);
        assert!(probability > 0.0 && variance > 0.0 && (loss - 600.0).abs() < 1e-12);
    }

    #[test]
    fn block_size_does_not_matter_beyond_rounding() {
        let beta = [0.3, -0.2, 0.5, 0.1];
        for link in [Link::Identity, Link::Logit] {
            let (whole, periods) = sums(1 << 20, link, &beta);
            let (parts, _) = sums(17, link, &beta);
            let (one, other) = (whole.gram(0..periods), parts.gram(0..periods));
            for i in 0..5 {
                for j in 0..5 {
                    assert!((one.matrix[(i, j)] - other.matrix[(i, j)]).abs() < 1e-9);
                }
            }
            assert_eq!(whole.rows, parts.rows);
        }
    }

    #[test]
    fn the_sums_of_periods_agree_with_the_cross_products() {
        let beta = [0.3, -0.2, 0.5, 0.1];
        for link in [Link::Identity, Link::Logit] {
            let (sums, periods) = sums(50, link, &beta);
            let score = sums.gram(0..periods).score();
            for (at, expected) in score.iter().enumerate() {
                let total: f64 = (0..periods).map(|period| sums.scores(period)[at]).sum();
                assert!((total - expected).abs() < 1e-9 * (1.0 + expected.abs()));
            }
            let rows: f64 = (0..periods).map(|period| sums.column_sums(period)[0]).sum();
            assert!((rows - sums.rows as f64).abs() < 1e-9);
        }
    }

    #[test]
    fn the_outcome_comes_back_from_the_residual() {
        let (at_zero, periods) = sums(64, Link::Identity, &[0.0; 4]);
        let beta = [0.3, -0.2, 0.5, 0.1];
        let (at_beta, _) = sums(64, Link::Identity, &beta);
        let (one, other) = (at_zero.gram(0..periods), at_beta.gram(0..periods).with_outcome(&beta));
        for i in 0..5 {
            assert!((one.matrix[(i, 4)] - other.matrix[(i, 4)]).abs() < 1e-9);
        }
    }
}
