//! Response curves: what other levels of spend would have brought, spread over the fitted periods as spend was.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::design::Design;
use super::posterior::Posterior;
use super::returns::{NEXT, usual_worth};
use super::summary::{estimate, mean, quantile};
use super::transform::Shape;
use crate::models::result::CurvePoint;

/// Levels of spend, as multiples of what was spent.
const MULTIPLES: [f64; 13] = [0.0, 0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 2.0];
/// Place of what was spent among [`MULTIPLES`].
const TODAY: usize = 7;
/// Draws behind a curve.
const DRAWS: usize = 160;

/// The curve of every channel.
pub(super) fn curves(posterior: &Posterior<'_>, spends: &[Option<f64>], level: f64) -> Vec<CurvePoint> {
    let draws = &posterior.core.draws.draws;
    let step = (draws.len() / DRAWS).max(1);
    let chosen: Vec<usize> = (0..draws.len()).step_by(step).collect();
    (0..spends.len()).flat_map(|channel| curve(posterior, channel, spends[channel], &chosen, level)).collect()
}

fn curve(
    posterior: &Posterior<'_>,
    channel: usize,
    spend: Option<f64>,
    chosen: &[usize],
    level: f64,
) -> Vec<CurvePoint> {
    let core = &posterior.core;
    let frame = core.design.frame;
    // Today's increments carry mediated effects with them, in proportion.
    let whole = posterior.incremental(channel, &posterior.units());
    let reached = reached(posterior, channel, chosen, &whole);
    let (least, most) = extremes(posterior, channel);
    MULTIPLES
        .iter()
        .enumerate()
        .map(|(place, multiple)| {
            let values: Vec<f64> = reached.iter().map(|sums| sums[2 * place]).collect();
            let mroas = spend.filter(|spend| *spend > 0.0).map(|spend| {
                let next: Vec<f64> = reached
                    .iter()
                    .map(|sums| (sums[2 * place + 1] - sums[2 * place]) / (NEXT * spend))
                    .collect();
                estimate(&next, level)
            });
            CurvePoint {
                channel: frame.channels[channel].name.clone(),
                multiple: *multiple,
                spend: spend.map(|spend| spend * multiple),
                incremental_outcome: estimate(&values, level),
                mroas,
                is_observed: (least..=most).contains(multiple),
            }
        })
        .collect()
}

/// Incremental outcome by draw of `chosen` and, within it, by multiple of spend: each followed by a little more of it.
/// `whole` says what all spend brings by draw, mediated effects with it.
fn reached(posterior: &Posterior<'_>, channel: usize, chosen: &[usize], whole: &[f64]) -> Vec<Vec<f64>> {
    let core = &posterior.core;
    let levels: Vec<f64> = MULTIPLES.iter().flat_map(|multiple| [*multiple, multiple + NEXT]).collect();
    let mut by_shape: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, at) in chosen.iter().enumerate() {
        let (k, effect) = core.draws.draws[*at].effects[channel];
        if effect > 0.0 {
            by_shape.entry(k).or_default().push(place);
        }
    }
    let by_shape: Vec<(usize, Vec<usize>)> = by_shape.into_iter().collect();
    let found: Vec<Vec<(usize, Vec<f64>)>> = by_shape
        .par_iter()
        .map(|(k, places)| {
            let shape = core.design.candidates[channel][*k].shape;
            let units: Vec<Felt> = posterior
                .units()
                .map(|unit| Felt::new(&core.design, channel, shape, unit, &levels))
                .collect();
            let of_draw = |place: usize| -> Vec<f64> {
                let at = chosen[place];
                let effect = core.draws.draws[at].effects[channel].1;
                let factor = |unit: usize| effect * posterior.deviations.factor(at, channel, unit);
                let mut sums: Vec<f64> = (0..levels.len())
                    .map(|level| {
                        units.iter().enumerate().map(|(unit, felt)| felt.brings(level, factor(unit))).sum()
                    })
                    .collect();
                let today = sums[2 * TODAY];
                let scale = if today > 0.0 { whole[at] / today } else { 1.0 };
                for sum in &mut sums {
                    *sum *= scale;
                }
                sums
            };
            places.iter().map(|place| (*place, of_draw(*place))).collect()
        })
        .collect();
    let mut reached = vec![vec![0.0; levels.len()]; chosen.len()];
    for (place, sums) in found.into_iter().flatten() {
        reached[place] = sums;
    }
    reached
}

/// What a shape does in one unit at every level of pressure.
enum Felt {
    /// Incremental outcome of one unit of effect, by level.
    Additive(Vec<f64>),
    /// Outcome as it was, and by level the response less today's.
    Multiplicative { outcome: Vec<f64>, without: Vec<f64>, by_level: Vec<Vec<f64>> },
}

impl Felt {
    /// Carry-over is linear, so one pass serves every level of the pressure inside the fitted periods.
    fn new(design: &Design<'_>, channel: usize, shape: Shape, unit: usize, levels: &[f64]) -> Self {
        let frame = design.frame;
        let lag = frame.channels[channel].max_lag;
        let mut pressure = Vec::new();
        design.pressure(channel, unit, &mut pressure);
        pressure.resize(frame.width() + lag, 0.0);
        let mut inside = vec![0.0; pressure.len()];
        inside[frame.lead..frame.width()].copy_from_slice(&pressure[frame.lead..frame.width()]);
        pressure[frame.lead..].fill(0.0);
        let (mut before, mut own) = (Vec::new(), Vec::new());
        shape.adstock.apply(&pressure, lag, &mut before);
        shape.adstock.apply(&inside, lag, &mut own);
        let response = |level: f64| -> Vec<f64> {
            let felt = before[frame.lead..].iter().zip(&own[frame.lead..]);
            felt.map(|(before, own)| shape.saturation.at(before + level * own)).collect()
        };
        let usual = usual_worth(design, unit);
        let worth = (frame.lead..pressure.len()).map(|period| {
            let worth = if period < frame.width() { design.worth_of_one(unit, period) } else { usual };
            if worth.is_finite() { worth } else { usual }
        });
        let worth: Vec<f64> = worth.collect();
        let (nothing, today) = (response(0.0), response(1.0));
        let less = |response: Vec<f64>, other: &[f64]| -> Vec<f64> {
            response.iter().zip(other).map(|(response, other)| response - other).collect()
        };
        if frame.multiplicative {
            let by_level = levels.iter().map(|level| less(response(*level), &today)).collect();
            return Self::Multiplicative { outcome: worth, without: less(nothing, &today), by_level };
        }
        let brings = |level: &f64| -> f64 {
            let more = less(response(*level), &nothing);
            more.iter().zip(&worth).map(|(more, worth)| more * worth).sum()
        };
        Self::Additive(levels.iter().map(brings).collect())
    }

    /// Incremental outcome at a level, for a given effect.
    fn brings(&self, level: usize, effect: f64) -> f64 {
        match self {
            Self::Additive(by_level) => effect * by_level[level],
            Self::Multiplicative { outcome, without, by_level } => outcome
                .iter()
                .zip(without.iter().zip(&by_level[level]))
                .map(|(outcome, (without, with))| {
                    outcome * ((effect * with).exp() - (effect * without).exp())
                })
                .sum(),
        }
    }
}

/// Smallest and largest pressure of single periods, as multiples of the mean: the middle 98 %.
pub(super) fn extremes(posterior: &Posterior<'_>, channel: usize) -> (f64, f64) {
    let design = &posterior.core.design;
    let mut all = Vec::new();
    let mut pressure = Vec::new();
    for (unit, rows) in design.rows.iter().enumerate() {
        design.pressure(channel, unit, &mut pressure);
        let own = mean(&rows.iter().map(|row| pressure[*row]).collect::<Vec<_>>());
        if own > 0.0 {
            all.extend(rows.iter().map(|row| pressure[*row] / own));
        }
    }
    all.sort_by(f64::total_cmp);
    if all.is_empty() { (0.0, 0.0) } else { (quantile(&all, 0.01), quantile(&all, 0.99)) }
}
