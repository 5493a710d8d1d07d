//! What a sampler works on: cross products of candidates and outcome with the controls projected out.
//!
//! By Frisch, Waugh and Lovell the effects of channels are the same as in the full regression, so controls
//! need no prior and cost nothing per draw; [`Controls`] gives their coefficients back.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rayon::prelude::*;

use super::design::Design;
use super::gibbs::Draw;
use super::moments::{Moments, Partial, pair, take_off};
use super::whiten::Whitening;
use crate::models::fit::Factor;

/// Share of a column's own square that must be left once earlier columns are taken out of it.
const ALIAS_TOLERANCE: f64 = 1e-9;

/// Cross products of candidates and outcome, controls taken out.
pub(super) struct Problem {
    /// Square of the outcome.
    pub(super) yy: f64,
    /// By channel: product of each candidate with the outcome.
    pub(super) with_outcome: Vec<Vec<f64>>,
    /// By channel: square of each candidate.
    pub(super) squares: Vec<Vec<f64>>,
    /// By channel c and other channel d: candidates of c (rows) with candidates of d (columns).
    cross: Vec<Vec<Mat<f64>>>,
    /// Rows less everything that was taken out.
    pub(super) freedom: f64,
    /// The controls that took part.
    pub(super) solved: Controls,
}

/// Coefficients of controls, given those of candidates.
pub(super) struct Controls {
    /// Columns of group 0 that are in, outcome excluded; others were aliased or not asked for.
    pub(super) kept: Vec<usize>,
    /// Their coefficients on the outcome alone.
    pub(super) on_outcome: Vec<f64>,
    /// By channel: their coefficients on each candidate, one row per control.
    pub(super) on_candidates: Vec<Mat<f64>>,
    /// Factor of their cross products.
    pub(super) factor: Factor,
}

/// Cross products of the whole panel, and the same with every control of `design` taken out, for errors shaped as
/// `whitening`.
pub(super) fn regression(design: &Design<'_>, whitening: &Whitening) -> (Partial, Problem) {
    let partial = Moments::new(design, whitening, design.frame.whole()).partial(1);
    let problem = Problem::new(&partial, &design.all_controls());
    (partial, problem)
}

impl Problem {
    /// Takes the columns `controls` of group 0 (counted from 1, since 0 is the outcome) out of everything.
    pub(super) fn new(partial: &Partial, controls: &[usize]) -> Self {
        let groups = partial.sizes.len();
        let of_zero = &partial.tiles[pair(groups, 0, 0)];
        let among = Mat::from_fn(controls.len(), controls.len(), |i, j| of_zero[(controls[i], controls[j])]);
        let reference: Vec<f64> = controls.iter().map(|at| partial.squares[*at]).collect();
        let factor = Factor::new(among.as_ref(), &reference, ALIAS_TOLERANCE);
        let kept: Vec<usize> = factor.kept.iter().map(|at| controls[*at]).collect();

        // L⁻¹ Z'X, for the outcome and for every candidate.
        let forward = |tile: &Mat<f64>, columns: usize| {
            let mut out = Mat::<f64>::zeros(kept.len(), columns);
            for column in 0..columns {
                let products: Vec<f64> = kept.iter().map(|control| tile[(*control, column)]).collect();
                for (row, z) in factor.forward(&products).into_iter().enumerate() {
                    out[(row, column)] = z;
                }
            }
            out
        };
        let outcome = forward(of_zero, 1);
        let channels: Vec<Mat<f64>> = (1..groups)
            .into_par_iter()
            .map(|group| forward(&partial.tiles[pair(groups, 0, group)], partial.sizes[group]))
            .collect();
        let yy = of_zero[(0, 0)] - outcome.col(0).iter().map(|z| z * z).sum::<f64>();
        let with_outcome = (1..groups)
            .map(|group| {
                let tile = &partial.tiles[pair(groups, 0, group)];
                let left = outcome.transpose() * &channels[group - 1];
                (0..partial.sizes[group]).map(|k| tile[(0, k)] - left[(0, k)]).collect()
            })
            .collect();
        let squares = (1..groups)
            .map(|group| {
                let mut tile = partial.tiles[pair(groups, group, group)].clone();
                take_off(&mut tile, &channels[group - 1], &channels[group - 1], true);
                (0..partial.sizes[group]).map(|k| tile[(0, k)].max(0.0)).collect()
            })
            .collect();
        let cross = (1..groups)
            .into_par_iter()
            .map(|g| {
                let one = |h: usize| {
                    if h == g {
                        return Mat::<f64>::zeros(0, 0);
                    }
                    let tile = &partial.tiles[pair(groups, g.min(h), g.max(h))];
                    let mut tile = if g < h { tile.clone() } else { tile.transpose().to_owned() };
                    matmul(
                        &mut tile,
                        Accum::Add,
                        channels[g - 1].transpose(),
                        &channels[h - 1],
                        -1.0,
                        Par::Seq,
                    );
                    tile
                };
                (1..groups).map(one).collect()
            })
            .collect();
        let backward = |z: &Mat<f64>| {
            let mut out = Mat::<f64>::zeros(z.nrows(), z.ncols());
            for column in 0..z.ncols() {
                let solved = factor.backward(&z.col(column).iter().copied().collect::<Vec<f64>>());
                for (row, value) in solved.into_iter().enumerate() {
                    out[(row, column)] = value;
                }
            }
            out
        };
        Self {
            yy: yy.max(0.0),
            with_outcome,
            squares,
            cross,
            freedom: partial.freedom - kept.len() as f64,
            solved: Controls {
                on_outcome: backward(&outcome).col(0).iter().copied().collect(),
                on_candidates: channels.iter().map(&backward).collect(),
                kept,
                factor,
            },
        }
    }

    /// Number of channels.
    pub(super) fn channels(&self) -> usize {
        self.squares.len()
    }

    /// Squares of the outcome that are left by the chosen candidates and their effects.
    pub(super) fn squares_left(&self, effects: &[(usize, f64)]) -> f64 {
        let mut squares = self.yy;
        for (channel, (k, effect)) in effects.iter().enumerate() {
            if *effect == 0.0 {
                continue;
            }
            squares += effect * (effect * self.squares[channel][*k] - 2.0 * self.with_outcome[channel][*k]);
            for (other, (j, more)) in effects.iter().enumerate().take(channel) {
                if *more != 0.0 {
                    squares += 2.0 * effect * more * self.products(channel, other, *j)[*k];
                }
            }
        }
        squares
    }

    /// Deviance of a draw, up to a constant.
    pub(super) fn deviance(&self, draw: &Draw) -> f64 {
        self.squares_left(&draw.effects) / draw.variance + self.freedom * draw.variance.ln()
    }

    /// Products of every candidate of `channel` with candidate `k` of another channel.
    pub(super) fn products(&self, channel: usize, other: usize, k: usize) -> &[f64] {
        self.cross[channel][other].col_as_slice(k)
    }
}
