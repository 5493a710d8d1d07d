//! One fit from panel to draws: a coarse pass for the errors' shape, then the pass that counts.

use std::ops::Range;

use rayon::prelude::*;

use super::design::Design;
use super::errors;
use super::gibbs::{Draw, Draws, Effort, Prior, sample};
use super::grid::refined;
use super::moments::{Moments, Partial};
use super::prior::{Beliefs, priors};
use super::problem::{Problem, regression};
use super::whiten::Whitening;
use crate::features::PanelFrame;

/// Sampling for residuals alone.
const COARSE: Effort = Effort { chains: 2, warm_up: 100, kept: 200 };

/// A fit of all periods, with everything that later questions need.
pub(super) struct Core<'a> {
    /// Columns.
    pub(super) design: Design<'a>,
    /// Shape of the errors.
    pub(super) whitening: Whitening,
    /// Cross products by block of periods.
    pub(super) moments: Moments,
    /// Cross products of all periods.
    pub(super) partial: Partial,
    /// The same without controls.
    pub(super) problem: Problem,
    /// What was believed.
    pub(super) prior: Vec<Prior>,
    /// What is believed now.
    pub(super) draws: Draws,
}

impl<'a> Core<'a> {
    /// Fits `frame` with the drivers at `drivers`; cross products are kept by `blocks` of periods.
    pub(super) fn fit(
        frame: &'a PanelFrame,
        drivers: &[usize],
        blocks: Vec<Range<usize>>,
        effort: Effort,
        seed: u64,
    ) -> Self {
        let coarse = Design::new(frame, drivers);
        let (draws, whitening) = first_look(&coarse, &priors(&coarse, Beliefs::All), COARSE, seed);
        let candidates = draws
            .masses(&coarse)
            .iter()
            .enumerate()
            .map(|(at, mass)| refined(&frame.channels[at], &coarse.candidates[at], mass))
            .collect();
        let design = coarse.with_candidates(candidates);
        let moments = Moments::new(&design, &whitening, blocks);
        let partial = moments.partial(moments.blocks.len());
        let problem = Problem::new(&partial, &design.all_controls());
        let prior = priors(&design, Beliefs::All);
        let draws = sample(&problem, &prior, effort, seed);
        Self { design, whitening, moments, partial, problem, prior, draws }
    }
}

/// Draws with errors taken to be independent and alike, and what the errors that they leave look like.
pub(super) fn first_look(
    design: &Design<'_>,
    prior: &[Prior],
    effort: Effort,
    seed: u64,
) -> (Draws, Whitening) {
    let (_, problem) = regression(design, &Whitening::none(design.rows.len()));
    let draws = sample(&problem, prior, effort, seed);
    let whitening = errors::estimate(design, contributions(design, &draws.mean_effects(design)));
    (draws, whitening)
}

impl Draws {
    /// Share of the draws in which a channel acts that chose each candidate, by channel.
    pub(super) fn masses(&self, design: &Design<'_>) -> Vec<Vec<f64>> {
        let mut masses: Vec<Vec<f64>> = design.candidates.iter().map(|all| vec![0.0; all.len()]).collect();
        for Draw { effects, .. } in &self.draws {
            for (masses, (candidate, effect)) in masses.iter_mut().zip(effects) {
                masses[*candidate] += f64::from(u8::from(*effect > 0.0));
            }
        }
        for masses in &mut masses {
            let total: f64 = masses.iter().sum();
            for mass in masses {
                *mass /= total.max(1.0);
            }
        }
        masses
    }

    /// Mean effect of every candidate, by channel: draws in which another one is chosen count as 0.
    pub(super) fn mean_effects(&self, design: &Design<'_>) -> Vec<Vec<f64>> {
        let mut means: Vec<Vec<f64>> = design.candidates.iter().map(|all| vec![0.0; all.len()]).collect();
        for Draw { effects, .. } in &self.draws {
            for (means, (candidate, effect)) in means.iter_mut().zip(effects) {
                means[*candidate] += effect / self.draws.len() as f64;
            }
        }
        means
    }
}

/// Contribution of each channel to the fitted outcome, per unit of size: the whole panel, by channel.
pub(super) fn contributions(design: &Design<'_>, effects: &[Vec<f64>]) -> Vec<Vec<f64>> {
    contributions_within(design, effects, 0..design.frame.width())
}

/// The same for the periods `within` alone; 0 elsewhere.
pub(super) fn contributions_within(
    design: &Design<'_>,
    effects: &[Vec<f64>],
    within: Range<usize>,
) -> Vec<Vec<f64>> {
    let frame = design.frame;
    (0..frame.channels.len())
        .into_par_iter()
        .map(|channel| {
            let mut series = vec![0.0; frame.outcome.len()];
            let mut pressure = Vec::new();
            let chosen: Vec<usize> =
                (0..effects[channel].len()).filter(|k| effects[channel][*k] != 0.0).collect();
            for unit in 0..frame.units.len() {
                design.pressure(channel, unit, &mut pressure);
                let from = frame.at(unit, within.start);
                // Nothing before the reach of carry-over matters.
                let known = within.start.saturating_sub(frame.channels[channel].max_lag);
                design.some_candidates(channel, &chosen, &pressure[known..within.end], |k, response| {
                    for (sum, response) in series[from..].iter_mut().zip(&response[within.start - known..]) {
                        *sum += effects[channel][k] * response;
                    }
                });
            }
            series
        })
        .collect()
}
