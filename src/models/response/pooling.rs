//! How far a channel's effect differs between units: β(c, u) = β(c) (1 + δ(c, u)), shrunk as far as the data
//! support.
//!
//! Candidates are chosen on the pooled cross products. The deviations then need only the contributions that
//! came out, one small system per unit: given their spread ω(c) they are normal, and the spreads are
//! drawn from their own conditional (half-Cauchy prior, Wand et al. 2011). Units with little data stay close to the
//! common effect; where all units are alike, ω goes to zero and takes the deviations with it.

use std::ops::Range;

use faer::Mat;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::core::Core;
use super::design::Design;
use super::fitted::Fitted;
use super::gibbs::Draws;
use super::normal::gamma;
use super::whiten::Whitening;
use crate::models::fit::Factor;

/// Fewest units whose differences are looked at.
const FEWEST_UNITS: usize = 3;
/// Scale of the half-Cauchy prior of the spread.
const SPREAD: f64 = 0.2;
/// Sweeps that are thrown away.
const WARM_UP: usize = 200;
/// Part of the seed's stream that is this file's.
const STREAM: u64 = 1_000;

/// Draws of 1 + δ, not below 0.
pub(super) struct Deviations {
    units: usize,
    channels: usize,
    /// By draw, channel, unit; empty where units are not told apart.
    factors: Vec<f64>,
    /// Means of the factors by channel and unit.
    means: Vec<f64>,
    /// By unit: what the intercept gives up to the deviations.
    levels: Vec<f64>,
    /// Number of parameters that the deviations stand for.
    pub(super) effective: f64,
}

impl Deviations {
    /// Units that are not told apart.
    pub(super) fn none() -> Self {
        Self {
            units: 0,
            channels: 0,
            factors: Vec::new(),
            means: Vec::new(),
            levels: Vec::new(),
            effective: 0.0,
        }
    }

    /// Draws as many deviations as `core` has draws.
    pub(super) fn draw(core: &Core<'_>, fitted: &Fitted, seed: u64) -> Self {
        Self::of(&core.design, &core.whitening, &core.draws, fitted, seed)
    }

    /// Draws as many deviations as there are in `draws`, around their mean `fitted`, from the rows of `design`.
    pub(super) fn of(
        design: &Design<'_>,
        whitening: &Whitening,
        draws: &Draws,
        fitted: &Fitted,
        seed: u64,
    ) -> Self {
        let draws = &draws.draws;
        let (units, channels) = (design.rows.len(), fitted.channels.len());
        if units < FEWEST_UNITS || channels == 0 {
            let (means, levels) = (vec![1.0; units * channels], vec![0.0; units]);
            return Self { units, channels, factors: Vec::new(), means, levels, effective: 0.0 };
        }
        let systems = systems(design, whitening, fitted);
        let variance = draws.iter().map(|draw| draw.variance).sum::<f64>() / draws.len() as f64;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(STREAM);
        let mut spreads = vec![SPREAD * SPREAD; channels];
        let mut aids = vec![1.0; channels];
        let mut deviations = vec![vec![0.0; channels]; units];
        let mut factors = Vec::with_capacity(draws.len() * units * channels);
        let noise = |unit: usize| {
            let weight = whitening.weights[unit];
            variance * (1.0 + whitening.shared * weight * weight)
        };
        let mut usual = vec![0.0; channels];
        for sweep in 0..WARM_UP + draws.len() {
            for (deviation, (unit, system)) in deviations.iter_mut().zip(systems.iter().enumerate()) {
                *deviation = system.draw(&mut random, &spreads, noise(unit));
            }
            for channel in 0..channels {
                let squares: f64 = deviations.iter().map(|of_unit| of_unit[channel].powi(2)).sum();
                let shape = f64::midpoint(units as f64, 1.0);
                spreads[channel] =
                    (1.0 / aids[channel] + squares / 2.0) / gamma(&mut random, shape).max(1e-300);
                aids[channel] =
                    (1.0 / spreads[channel] + 1.0 / (SPREAD * SPREAD)) / gamma(&mut random, 1.0).max(1e-300);
            }
            if sweep >= WARM_UP {
                for channel in 0..channels {
                    usual[channel] += spreads[channel] / draws.len() as f64;
                    factors.extend(deviations.iter().map(|of_unit| (1.0 + of_unit[channel]).max(0.0)));
                }
            }
        }
        let mut means = vec![0.0; units * channels];
        for of_draw in factors.chunks_exact(units * channels) {
            for (mean, factor) in means.iter_mut().zip(of_draw) {
                *mean += factor / draws.len() as f64;
            }
        }
        let deviation = |channel: usize, unit: usize| means[channel * units + unit] - 1.0;
        let level = |(unit, system): (usize, &System)| -> f64 {
            system.levels.iter().enumerate().map(|(channel, level)| deviation(channel, unit) * level).sum()
        };
        let levels = systems.iter().enumerate().map(level).collect();
        let effective =
            systems.iter().enumerate().map(|(unit, system)| system.effective(&usual, noise(unit))).sum();
        Self { units, channels, factors, means, levels, effective }
    }

    /// Factors by unit of `channel` in a draw; `None` where units are not told apart.
    fn factors(&self, draw: usize, channel: usize) -> Option<&[f64]> {
        if self.factors.is_empty() {
            return None;
        }
        let from = (draw * self.channels + channel) * self.units;
        self.factors.get(from..from + self.units)
    }

    /// Factor of `channel` in a unit, in a draw; 1 where units are not told apart.
    pub(super) fn factor(&self, draw: usize, channel: usize, unit: usize) -> f64 {
        self.factors(draw, channel).map_or(1.0, |factors| factors[unit])
    }

    /// Sum of `amounts`, one per unit, over `units`, each times the factor of `channel` there in a draw.
    pub(super) fn sum(&self, draw: usize, channel: usize, units: &Range<usize>, amounts: &[f64]) -> f64 {
        let amounts = &amounts[units.clone()];
        match self.factors(draw, channel) {
            Some(factors) => {
                amounts.iter().zip(&factors[units.clone()]).map(|(amount, factor)| amount * factor).sum()
            }
            None => amounts.iter().sum(),
        }
    }

    /// What the deviations of a unit take from its intercept: where a channel is believed to do more than elsewhere,
    /// less is left for the rest.
    pub(super) fn level(&self, unit: usize) -> f64 {
        self.levels[unit]
    }

    /// Mean factor of a channel in a unit.
    pub(super) fn mean(&self, channel: usize, unit: usize) -> f64 {
        self.means[channel * self.units + unit]
    }
}

/// What a unit's rows say about its deviations.
struct System {
    /// Level of each channel's contribution as the unit's intercept sees it.
    levels: Vec<f64>,
    products: Mat<f64>,
    with_residual: Vec<f64>,
}

impl System {
    /// Precision of the deviations in multiples of their spreads, so that a spread close to zero is no division
    /// by it.
    fn precision(&self, root: &[f64], variance: f64) -> Mat<f64> {
        Mat::from_fn(root.len(), root.len(), |i, j| {
            self.products[(i, j)] * root[i] * root[j] / variance + f64::from(u8::from(i == j))
        })
    }

    /// Number of free parameters that the shrunken deviations are as good as: the trace of their hat matrix.
    fn effective(&self, spreads: &[f64], variance: f64) -> f64 {
        let size = spreads.len();
        let root: Vec<f64> = spreads.iter().map(|spread| spread.sqrt()).collect();
        let factor = Factor::new(self.precision(&root, variance).as_ref(), &vec![0.0; size], 0.0);
        let of_one = |at: usize| {
            let unit: Vec<f64> = (0..size).map(|i| f64::from(u8::from(i == at))).collect();
            1.0 - factor.backward(&factor.forward(&unit))[at]
        };
        (0..size).map(of_one).sum()
    }

    /// Draws the deviations of one unit, given their spreads and the variance of its errors.
    fn draw(&self, random: &mut impl Rng, spreads: &[f64], variance: f64) -> Vec<f64> {
        let size = spreads.len();
        let root: Vec<f64> = spreads.iter().map(|spread| spread.sqrt()).collect();
        let precision = self.precision(&root, variance);
        let right: Vec<f64> = (0..size).map(|i| self.with_residual[i] * root[i] / variance).collect();
        let factor = Factor::new(precision.as_ref(), &vec![0.0; size], 0.0);
        let mut z = factor.forward(&right);
        for value in &mut z {
            let noise: f64 = StandardNormal.sample(random);
            *value += noise;
        }
        factor.backward(&z).iter().zip(&root).map(|(value, root)| value * root).collect()
    }
}

/// Cross products of whitened contributions with each other and with residuals, intercepts taken out, by unit.
fn systems(design: &Design<'_>, whitening: &Whitening, fitted: &Fitted) -> Vec<System> {
    let frame = design.frame;
    let residuals = fitted.residuals(design);
    let channels = fitted.channels.len();
    let ones = vec![1.0; frame.width()];
    (0..design.rows.len())
        .map(|unit| {
            let cells = frame.at(unit, 0)..frame.at(unit + 1, 0);
            let rows = &design.rows[unit];
            let whiten = |values: &[f64]| {
                let mut white = vec![0.0; rows.len()];
                whitening.apply(unit, values, rows, &mut white);
                white
            };
            let intercept = whiten(&ones);
            let square: f64 = intercept.iter().map(|w| w * w).sum();
            // A series' level as the intercept sees it, and what is left of the series without it.
            let without = |mut values: Vec<f64>| {
                let level =
                    values.iter().zip(&intercept).map(|(v, w)| v * w).sum::<f64>() / square.max(1e-300);
                for (value, w) in values.iter_mut().zip(&intercept) {
                    *value -= level * w;
                }
                (level, values)
            };
            let (levels, columns): (Vec<f64>, Vec<Vec<f64>>) =
                fitted.channels.iter().map(|series| without(whiten(&series[cells.clone()]))).unzip();
            let (_, residual) = without(whiten(&residuals[cells]));
            let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            System {
                levels,
                products: Mat::from_fn(channels, channels, |i, j| product(&columns[i], &columns[j])),
                with_residual: columns.iter().map(|column| product(column, &residual)).collect(),
            }
        })
        .collect()
}
