//! The sampler: which channels act, in which shape, how strongly.
//!
//! Given all other channels, the marginal likelihood of every candidate has a closed form, so a step draws
//! on or off, the shape and the effect at once. With r = x'(y − others), q = x'x, error variance σ² and a normal prior
//! N(m, s²) cut off below zero:
//!
//! ```text
//! a = q/σ² + 1/s²    μ = (r/σ² + m/s²) / a
//! log m = − log s − log Φ(m/s) − ½ log a + ½ μ² a − ½ m²/s² + log Φ(μ √a)
//! ```
//!
//! against log π₀ of the spike at zero. A sweep visits the channels in random order and then draws σ². Its cost
//! does not depend on the number of rows. The spike and slab are those of George and `McCulloch` (1997).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::normal::{gamma, log_cdf, truncated_normal};
use super::problem::Problem;

/// What is believed before the data speak, by channel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prior {
    /// Probability of no effect.
    pub(super) no_effect: f64,
    /// By candidate: its share of the probability of an effect.
    pub(super) shares: Vec<f64>,
    /// By candidate: center of the effect.
    pub(super) centers: Vec<f64>,
    /// By candidate: standard deviation of the effect before it is cut off at zero.
    pub(super) scales: Vec<f64>,
    /// By candidate: what experiments say, as (Σ d²/se², Σ d·lift/se²), where d is what one unit of effect would
    /// have brought in the experiment.
    pub(super) experiments: Vec<(f64, f64)>,
}

/// How long to sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Effort {
    /// Independent chains.
    pub(super) chains: usize,
    /// Sweeps that are thrown away.
    pub(super) warm_up: usize,
    /// Sweeps that are kept, per chain.
    pub(super) kept: usize,
}

/// One draw: by channel the candidate and its effect; an effect of 0 is "off".
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draw {
    /// Candidate and effect by channel.
    pub(super) effects: Vec<(usize, f64)>,
    /// Variance of the errors.
    pub(super) variance: f64,
}

/// Draws of all chains, chain by chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draws {
    /// Number of chains.
    pub(super) chains: usize,
    /// The draws.
    pub(super) draws: Vec<Draw>,
}

/// Samples `problem` with `prior`; chain c draws from stream c of `seed`, so threads change nothing.
pub(super) fn sample(problem: &Problem, prior: &[Prior], effort: Effort, seed: u64) -> Draws {
    let chains: Vec<Vec<Draw>> = (0..effort.chains)
        .into_par_iter()
        .map(|chain| run(problem, prior, effort, seed, chain as u64))
        .collect();
    Draws { chains: effort.chains, draws: chains.into_iter().flatten().collect() }
}

struct Sampler<'a> {
    problem: &'a Problem,
    prior: &'a [Prior],
    random: ChaCha8Rng,
    state: Draw,
    /// Products of each channel's candidates with the outcome less all other channels; scratch.
    left: Vec<f64>,
    weights: Vec<f64>,
    /// −log s − log Φ(m/s) − ½ m²/s², by channel and candidate.
    normalizers: Vec<Vec<f64>>,
}

fn run(problem: &Problem, prior: &[Prior], effort: Effort, seed: u64, chain: u64) -> Vec<Draw> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(chain);
    let normalizers = prior
        .iter()
        .map(|prior| {
            let pairs = prior.centers.iter().zip(&prior.scales);
            pairs.map(|(m, s)| -s.ln() - log_cdf(m / s) - 0.5 * (m / s).powi(2)).collect()
        })
        .collect();
    let start =
        Draw { effects: vec![(0, 0.0); problem.channels()], variance: problem.yy / problem.freedom.max(1.0) };
    let mut sampler =
        Sampler { problem, prior, random, state: start, left: Vec::new(), weights: Vec::new(), normalizers };
    let mut order: Vec<usize> = (0..problem.channels()).collect();
    let mut kept = Vec::with_capacity(effort.kept);
    for sweep in 0..effort.warm_up + effort.kept {
        // Fisher and Yates.
        for at in (1..order.len()).rev() {
            let other = sampler.random.random_range(0..=at);
            order.swap(at, other);
        }
        for channel in &order {
            sampler.visit(*channel);
        }
        sampler.draw_variance();
        if sweep >= effort.warm_up {
            kept.push(sampler.state.clone());
        }
    }
    kept
}

impl Sampler<'_> {
    /// Draws the candidate and effect of one channel, given all others.
    fn visit(&mut self, channel: usize) {
        let problem = self.problem;
        self.left.clear();
        self.left.extend_from_slice(&problem.with_outcome[channel]);
        for (other, (candidate, effect)) in self.state.effects.iter().enumerate() {
            if other != channel && *effect != 0.0 {
                let products = problem.products(channel, other, *candidate);
                for (left, product) in self.left.iter_mut().zip(products) {
                    *left -= effect * product;
                }
            }
        }
        let prior = &self.prior[channel];
        let precision = 1.0 / self.state.variance;
        let candidates = self.left.len();
        self.weights.clear();
        let mut highest = f64::NEG_INFINITY;
        for k in 0..candidates {
            let (a, mean) = self.posterior(channel, k, precision);
            let weight = self.normalizers[channel][k] - 0.5 * a.ln()
                + 0.5 * mean * mean * a
                + log_cdf(mean * a.sqrt());
            self.weights.push(weight);
            highest = highest.max(weight);
        }
        let slab = 1.0 - prior.no_effect;
        let mut total = 0.0;
        for (weight, share) in self.weights.iter_mut().zip(&prior.shares) {
            *weight = slab * share * (*weight - highest).exp();
            total += *weight;
        }
        let spike = prior.no_effect * (-highest).exp();
        let spike = if spike.is_finite() { spike } else { f64::MAX };
        let mut pick = self.random.random::<f64>() * (total + spike);
        self.state.effects[channel] = (0, 0.0);
        if pick < total {
            let last = candidates - 1;
            let k = self
                .weights
                .iter()
                .position(|weight| {
                    pick -= weight;
                    pick < 0.0
                })
                .unwrap_or(last);
            let (a, mean) = self.posterior(channel, k, precision);
            let effect = truncated_normal(&mut self.random, mean, 1.0 / a.sqrt());
            self.state.effects[channel] = (k, effect);
        }
    }

    /// Precision and mean of the effect of a candidate, before it is cut off at zero.
    fn posterior(&self, channel: usize, k: usize, precision: f64) -> (f64, f64) {
        let prior = &self.prior[channel];
        let inverse = prior.scales[k].powi(2).recip();
        let (squares, products) = prior.experiments[k];
        let a = self.problem.squares[channel][k] * precision + inverse + squares;
        (a, (self.left[k] * precision + prior.centers[k] * inverse + products) / a)
    }

    /// Draws σ² given all effects: inverse gamma with shape freedom/2 and scale half the squares left.
    fn draw_variance(&mut self) {
        let problem = self.problem;
        let squares = problem.squares_left(&self.state.effects);
        let least = 1e-12 * problem.yy.max(f64::MIN_POSITIVE);
        let shape = (problem.freedom / 2.0).max(0.5);
        self.state.variance =
            (squares.max(least) / 2.0) / gamma(&mut self.random, shape).max(f64::MIN_POSITIVE);
    }
}
