//! What is believed before the data speak, stated as ROAS, where people can judge it.
//!
//! One belief about a channel's ROAS becomes one belief per candidate about its effect, by what a unit of the
//! effect would have contributed. So a shape is neither favored nor punished for the scale of its curve.

use std::ops::Range;

use rayon::prelude::*;

use super::design::Design;
use super::gibbs::Prior;

/// Probability of no effect, unless the job says otherwise.
pub const NO_EFFECT: f64 = 0.1;
/// Standard deviation of the default belief: this share of the outcome, spread over all spend.
pub const DEFAULT_SHARE: f64 = 0.5;

/// Which of the beliefs that a job may state count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beliefs {
    /// All of them.
    All,
    /// All but what experiments measured.
    WithoutExperiments,
    /// Neither returns that people expect nor chances of no effect: the defaults, and experiments.
    WithoutStated,
}

/// Priors by channel.
pub(super) fn priors(design: &Design<'_>, beliefs: Beliefs) -> Vec<Prior> {
    let frame = design.frame;
    let units = 0..frame.units.len();
    let outcome = total_outcome(design, &units);
    let spends: Vec<Option<f64>> =
        (0..frame.channels.len()).map(|channel| spend(design, channel, &units)).collect();
    let all_spend: f64 = spends.iter().flatten().sum();
    let default = if all_spend > 0.0 { DEFAULT_SHARE * outcome / all_spend } else { 0.0 };
    (0..frame.channels.len())
        .into_par_iter()
        .map(|at| {
            let channel = &frame.channels[at];
            let stated = beliefs != Beliefs::WithoutStated;
            let (expected, no_effect) =
                (channel.prior.filter(|_| stated), channel.no_effect.filter(|_| stated));
            let sums = unit_effects(design, at);
            // The belief in units of outcome: center and standard deviation of the whole contribution.
            let (center, deviation) = match (spends[at].filter(|spend| *spend > 0.0), expected) {
                (Some(spend), Some((mean, deviation))) => (mean * spend, deviation * spend),
                (Some(spend), None) => (0.0, default * spend),
                // Without a price: as if all channels shared the outcome alike.
                (None, _) => (0.0, DEFAULT_SHARE * outcome / frame.channels.len() as f64),
            };
            let per_effect = |amount: f64| -> Vec<f64> {
                sums.iter()
                    .map(|sum| if *sum > 0.0 { amount / sum } else { f64::MIN_POSITIVE.sqrt() })
                    .collect()
            };
            let candidates = design.candidates[at].len();
            Prior {
                shares: design.candidates[at].iter().map(|candidate| candidate.share).collect(),
                no_effect: if sums.iter().all(|sum| *sum <= 0.0) {
                    1.0
                } else {
                    no_effect.unwrap_or(NO_EFFECT)
                },
                centers: if center > 0.0 { per_effect(center) } else { vec![0.0; candidates] },
                scales: per_effect(deviation),
                experiments: if beliefs == Beliefs::WithoutExperiments {
                    vec![(0.0, 0.0); candidates]
                } else {
                    measured(design, at)
                },
            }
        })
        .collect()
}

/// Sum of the observed outcome of `units`, in its own unit.
pub(super) fn total_outcome(design: &Design<'_>, units: &Range<usize>) -> f64 {
    let frame = design.frame;
    let cells = units.clone().flat_map(|unit| design.rows[unit].iter().map(move |row| frame.at(unit, *row)));
    cells.map(|cell| frame.outcome[cell]).sum()
}

/// Spend of a channel in `units` in the fitted periods; `None` for an organic one.
pub(super) fn spend(design: &Design<'_>, channel: usize, units: &Range<usize>) -> Option<f64> {
    let frame = design.frame;
    let spend = frame.channels[channel].spend.as_ref()?;
    let of_unit = |unit: usize| spend[frame.at(unit, frame.lead)..frame.at(unit + 1, 0)].iter().sum::<f64>();
    Some(units.clone().map(of_unit).sum())
}

/// What one unit of effect contributes to the observed outcome, by candidate.
fn unit_effects(design: &Design<'_>, channel: usize) -> Vec<f64> {
    let mut sums = vec![0.0; design.candidates[channel].len()];
    let mut pressure = Vec::new();
    for unit in 0..design.rows.len() {
        design.pressure(channel, unit, &mut pressure);
        let rows = &design.rows[unit];
        design.each_candidate(channel, &pressure, |k, response| {
            sums[k] += rows.iter().map(|row| design.worth_of_one(unit, *row) * response[*row]).sum::<f64>();
        });
    }
    sums
}

/// What experiments say about each candidate: see [`Prior::experiments`].
fn measured(design: &Design<'_>, channel: usize) -> Vec<(f64, f64)> {
    let frame = design.frame;
    let mut sums = vec![(0.0, 0.0); design.candidates[channel].len()];
    for experiment in frame.experiments.iter().filter(|experiment| experiment.channel == channel) {
        let precision = experiment.standard_error.powi(2).recip();
        for (sum, lift) in sums.iter_mut().zip(experiment_lifts(design, channel, experiment)) {
            sum.0 += lift * lift * precision;
            sum.1 += lift * experiment.lift * precision;
        }
    }
    sums
}

/// What one unit of effect would have brought in an experiment, by candidate: response as it was less response
/// without the additional spend, over the experiment and as long as it is felt.
pub(super) fn experiment_lifts(
    design: &Design<'_>,
    channel: usize,
    experiment: &crate::features::PanelExperiment,
) -> Vec<f64> {
    let frame = design.frame;
    let exposure = &frame.channels[channel];
    let money = exposure.spend.as_ref().unwrap_or(&exposure.exposure);
    let cells = |unit: usize| frame.at(unit, experiment.start)..frame.at(unit, experiment.end);
    let spent: f64 = experiment.units.iter().map(|unit| money[cells(*unit)].iter().sum::<f64>()).sum();
    let factor = if spent > 0.0 { (1.0 - experiment.spend_change / spent).max(0.0) } else { 1.0 };
    let mut lifts = vec![0.0; design.candidates[channel].len()];
    let mut pressure = Vec::new();
    for &unit in &experiment.units {
        design.pressure(channel, unit, &mut pressure);
        let end = (experiment.end + exposure.max_lag).min(frame.width());
        let worth: Vec<f64> = (experiment.start..end)
            .map(|period| {
                let worth = design.worth_of_one(unit, period);
                if worth.is_finite() { worth } else { 0.0 }
            })
            .collect();
        let sum = |response: &[f64]| -> f64 {
            response[experiment.start..end].iter().zip(&worth).map(|(response, worth)| response * worth).sum()
        };
        design.each_candidate(channel, &pressure, |k, response| lifts[k] += sum(response));
        for value in &mut pressure[experiment.start..experiment.end] {
            *value *= factor;
        }
        design.each_candidate(channel, &pressure, |k, response| lifts[k] -= sum(response));
    }
    lifts
}
