//! Response curves: what other levels of spend would have brought, spread over the fitted periods as spend was.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::felt::{Course, Felt};
use super::posterior::Posterior;
use super::returns::NEXT;
use super::summary::{estimate, mean, quantile};
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
                .map(|unit| {
                    let course = Course::of_window(&core.design, channel, unit, &posterior.window());
                    Felt::new(&core.design, channel, shape, unit, &course, &levels)
                })
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
