//! Estimates against truth: error, coverage, interval score, false positives, contribution error.

use super::world::{Truth, World};
use crate::domain::Estimate;

/// Estimates of one world's channels, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The world.
    pub world: World,
    /// Relative error of ROAS of each channel with an effect, without sign.
    pub errors: Vec<f64>,
    /// Whether the interval holds the truth, of each channel with an effect.
    pub covered: Vec<bool>,
    /// Interval score of every channel (Gneiting and Raftery 2007), in multiples of the world's mean ROAS.
    pub scores: Vec<f64>,
    /// Whether the interval excludes zero, of each channel without effect.
    pub false_positives: Vec<bool>,
    /// Contribution ÷ outcome of each channel without effect.
    pub null_shares: Vec<f64>,
    /// Absolute error of every channel's contribution ÷ outcome.
    pub contribution_errors: Vec<f64>,
}

/// What many worlds say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Worlds.
    pub worlds: usize,
    /// Channels with an effect.
    pub channels: usize,
    /// Median relative error of ROAS.
    pub error: f64,
    /// Share of intervals that hold the truth.
    pub coverage: f64,
    /// Mean interval score; less is better.
    pub interval_score: f64,
    /// Share of channels without effect whose interval excludes zero.
    pub false_positives: f64,
    /// Mean error of a channel's contribution, as a share of the outcome.
    pub contribution_error: f64,
}

/// Judges the ROAS of every channel of a world.
#[must_use]
pub fn judge(world: &World, outcome: f64, truths: &[Truth], estimates: &[Estimate]) -> Judged {
    let mut judged = Judged {
        world: world.clone(),
        errors: Vec::new(),
        covered: Vec::new(),
        scores: Vec::new(),
        false_positives: Vec::new(),
        null_shares: Vec::new(),
        contribution_errors: Vec::new(),
    };
    let brought: f64 = truths.iter().map(|truth| truth.incremental).sum();
    let spent: f64 = truths.iter().map(|truth| truth.spend).sum();
    let mean = brought / spent;
    for (truth, estimate) in truths.iter().zip(estimates) {
        let (Some(lower), Some(upper), Some(level)) = (estimate.lower(), estimate.upper(), estimate.level())
        else {
            continue;
        };
        let missed = (lower - truth.roas).max(0.0) + (truth.roas - upper).max(0.0);
        if mean > 0.0 {
            judged.scores.push((upper - lower + 2.0 / (1.0 - level) * missed) / mean);
        }
        judged.contribution_errors.push((estimate.value - truth.roas).abs() * truth.spend / outcome);
        if truth.roas > 0.0 {
            judged.errors.push((estimate.value / truth.roas - 1.0).abs());
            judged.covered.push(missed <= 0.0);
        } else {
            judged.false_positives.push(lower > 0.0);
            judged.null_shares.push(estimate.value.abs() * truth.spend / outcome);
        }
    }
    judged
}

/// Takes many worlds together.
#[must_use]
pub fn score<'a>(worlds: impl IntoIterator<Item = &'a Judged>) -> Score {
    let worlds: Vec<&Judged> = worlds.into_iter().collect();
    let mut errors: Vec<f64> = worlds.iter().flat_map(|world| world.errors.iter().copied()).collect();
    errors.sort_by(f64::total_cmp);
    let share = |flags: Vec<bool>| flags.iter().filter(|flag| **flag).count() as f64 / flags.len() as f64;
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    Score {
        worlds: worlds.len(),
        channels: errors.len(),
        error: errors.get(errors.len() / 2).copied().unwrap_or(f64::NAN),
        coverage: share(worlds.iter().flat_map(|world| world.covered.iter().copied()).collect()),
        interval_score: mean(worlds.iter().flat_map(|world| world.scores.iter().copied()).collect()),
        false_positives: share(
            worlds.iter().flat_map(|world| world.false_positives.iter().copied()).collect(),
        ),
        contribution_error: mean(
            worlds.iter().flat_map(|world| world.contribution_errors.iter().copied()).collect(),
        ),
    }
}
