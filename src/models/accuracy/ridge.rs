//! The peer: plain ridge regression with bootstrapped intervals, as an analyst would write it in an afternoon.
//!
//! Geometric carry-over with one retention for all channels, straight lines, controls without penalty; retention
//! and penalty are chosen on the last fifth of the periods. Intervals come from a moving-block bootstrap over periods.

use faer::Mat;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::Estimate;
use crate::features::PanelFrame;
use crate::models::fit::Factor;

const RETENTIONS: [f64; 4] = [0.0, 0.3, 0.5, 0.7];
const PENALTIES: [f64; 6] = [0.001, 0.01, 0.05, 0.2, 1.0, 5.0];
const RESAMPLES: usize = 200;
const BLOCK: usize = 8;
const LEVEL: f64 = 0.9;

/// ROAS of every channel.
#[must_use]
pub fn ridge(frame: &PanelFrame, seed: u64) -> Vec<Estimate> {
    let periods = frame.fitted_periods();
    let train = periods * 4 / 5;
    let mut best: Option<(f64, Products, f64)> = None;
    for retention in RETENTIONS {
        let products = Products::new(frame, retention);
        let (known, held) = (products.sum(0..train), products.sum(train..periods));
        for penalty in PENALTIES {
            let beta = solve(&known, products.controls, penalty);
            let loss = squares(&held, &beta);
            if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
                best = Some((loss, Products::new(frame, retention), penalty));
            }
        }
    }
    let Some((_, products, penalty)) = best else { return Vec::new() };
    let all = products.sum(0..periods);
    let point = products.roas(frame, &solve(&all, products.controls, penalty));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut resampled: Vec<Vec<f64>> = vec![Vec::with_capacity(RESAMPLES); point.len()];
    for _ in 0..RESAMPLES {
        let mut sum = Mat::<f64>::zeros(all.nrows(), all.ncols());
        for _ in 0..periods.div_ceil(BLOCK) {
            let start = random.random_range(0..=periods.saturating_sub(BLOCK));
            sum += products.sum(start..(start + BLOCK).min(periods));
        }
        for (all, value) in
            resampled.iter_mut().zip(products.roas(frame, &solve(&sum, products.controls, penalty)))
        {
            all.push(value);
        }
    }
    let tail = f64::midpoint(1.0, -LEVEL);
    point
        .into_iter()
        .zip(resampled)
        .map(|(value, mut draws)| {
            draws.sort_by(f64::total_cmp);
            let at = |share: f64| draws[place(share, draws.len())];
            Estimate::with_bounds(value, at(tail), at(1.0 - tail), LEVEL)
        })
        .collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the draws")]
fn place(share: f64, length: usize) -> usize {
    ((length - 1) as f64 * share).round() as usize
}

/// Cross products by period; columns are controls, channels, outcome, each around the mean of its unit.
struct Products {
    controls: usize,
    by_period: Vec<Mat<f64>>,
    /// Money that one unit of a channel's coefficient stands for.
    pressure: Vec<f64>,
}

impl Products {
    fn new(frame: &PanelFrame, retention: f64) -> Self {
        let controls = frame.controls.len() + frame.drivers.len();
        let size = controls + frame.channels.len() + 1;
        let mut by_period: Vec<Mat<f64>> =
            (0..frame.fitted_periods()).map(|_| Mat::zeros(size, size)).collect();
        let mut pressure = vec![0.0; frame.channels.len()];
        for unit in 0..frame.units.len() {
            let mut columns: Vec<Vec<f64>> = Vec::with_capacity(size);
            columns.extend(frame.controls.iter().map(|control| control.values.clone()));
            columns.extend(frame.drivers.iter().map(|driver| driver.values[cells(frame, unit)].to_vec()));
            for (channel, pressure) in frame.channels.iter().zip(&mut pressure) {
                let mut felt = 0.0;
                let series: Vec<f64> = channel.exposure[cells(frame, unit)]
                    .iter()
                    .map(|x| {
                        felt = retention * felt + (1.0 - retention) * x / frame.sizes[unit];
                        felt
                    })
                    .collect();
                *pressure += frame.sizes[unit] * series[frame.lead..].iter().sum::<f64>();
                columns.push(series);
            }
            columns.push(frame.outcome[cells(frame, unit)].iter().map(|y| y / frame.sizes[unit]).collect());
            let rows: Vec<usize> =
                (frame.lead..frame.width()).filter(|t| frame.is_observed(unit, *t)).collect();
            for column in &mut columns {
                let mean = rows.iter().map(|row| column[*row]).sum::<f64>() / rows.len().max(1) as f64;
                for value in column {
                    *value -= mean;
                }
            }
            for &row in &rows {
                let products = &mut by_period[row - frame.lead];
                for i in 0..size {
                    for j in 0..size {
                        products[(i, j)] += columns[i][row] * columns[j][row];
                    }
                }
            }
        }
        Self { controls, by_period, pressure }
    }

    fn sum(&self, periods: std::ops::Range<usize>) -> Mat<f64> {
        let size = self.by_period[0].nrows();
        let mut sum = Mat::<f64>::zeros(size, size);
        for products in &self.by_period[periods] {
            sum += products;
        }
        sum
    }

    fn roas(&self, frame: &PanelFrame, beta: &[f64]) -> Vec<f64> {
        frame
            .channels
            .iter()
            .enumerate()
            .map(|(at, channel)| {
                let spend = channel.spend.as_ref().map_or(1.0, |spend| {
                    (0..frame.units.len())
                        .map(|unit| spend[cells(frame, unit)][frame.lead..].iter().sum::<f64>())
                        .sum()
                });
                beta[self.controls + at] * self.pressure[at] / spend
            })
            .collect()
    }
}

fn cells(frame: &PanelFrame, unit: usize) -> std::ops::Range<usize> {
    frame.at(unit, 0)..frame.at(unit + 1, 0)
}

/// Coefficients with a penalty of `penalty` × its own square on every channel.
fn solve(products: &Mat<f64>, controls: usize, penalty: f64) -> Vec<f64> {
    let size = products.nrows() - 1;
    let matrix = Mat::from_fn(size, size, |i, j| {
        let extra = if i == j && i >= controls { penalty * products[(i, i)] } else { 0.0 };
        products[(i, j)] + extra
    });
    let reference: Vec<f64> = (0..size).map(|at| matrix[(at, at)]).collect();
    let factor = Factor::new(matrix.as_ref(), &reference, 1e-9);
    let right: Vec<f64> = factor.kept.iter().map(|at| products[(*at, size)]).collect();
    let mut beta = vec![0.0; size];
    for (at, value) in factor.kept.iter().zip(factor.solve(&right)) {
        beta[*at] = value;
    }
    beta
}

/// Squared errors of `beta` on other rows.
fn squares(products: &Mat<f64>, beta: &[f64]) -> f64 {
    let last = beta.len();
    let mut sum = products[(last, last)];
    for (i, b) in beta.iter().enumerate() {
        sum -= 2.0 * b * products[(i, last)];
        for (j, c) in beta.iter().enumerate() {
            sum += b * c * products[(i, j)];
        }
    }
    sum
}
