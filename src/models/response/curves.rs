//! Response curves: what other levels of spend would have brought, spread over the fitted periods as spend was.

use rayon::prelude::*;

use super::design::Design;
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
    let mut shapes: Vec<usize> = chosen
        .iter()
        .map(|at| core.draws.draws[*at].effects[channel])
        .filter(|(_, effect)| *effect > 0.0)
        .map(|(k, _)| k)
        .collect();
    shapes.sort_unstable();
    shapes.dedup();
    let levels: Vec<f64> = MULTIPLES.iter().flat_map(|multiple| [*multiple, multiple + NEXT]).collect();
    let responses: Vec<Vec<Vec<f64>>> =
        shapes.par_iter().map(|k| respond(&core.design, channel, *k, &levels)).collect();
    let at_draw = |at: usize, place: usize| -> f64 {
        let (k, effect) = core.draws.draws[at].effects[channel];
        if effect <= 0.0 {
            return 0.0;
        }
        let Ok(found) = shapes.binary_search(&k) else { return 0.0 };
        let sum = |place: usize| {
            effect * posterior.deviations.sum(at, channel, &posterior.units(), &responses[found][place])
        };
        let today = sum(2 * TODAY);
        let scale = if today > 0.0 { whole[at] / today } else { 1.0 };
        sum(place) * scale
    };
    let (least, most) = extremes(posterior, channel);
    MULTIPLES
        .iter()
        .enumerate()
        .map(|(place, multiple)| {
            let values: Vec<f64> = chosen.iter().map(|at| at_draw(*at, 2 * place)).collect();
            let mroas = spend.filter(|spend| *spend > 0.0).map(|spend| {
                let next: Vec<f64> = chosen
                    .iter()
                    .map(|at| (at_draw(*at, 2 * place + 1) - at_draw(*at, 2 * place)) / (NEXT * spend))
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

/// Incremental outcome of one unit of effect, by level of pressure inside the fitted periods and unit.
fn respond(design: &Design<'_>, channel: usize, k: usize, levels: &[f64]) -> Vec<Vec<f64>> {
    let frame = design.frame;
    let shape = design.candidates[channel][k].shape;
    let lag = frame.channels[channel].max_lag;
    let mut sums = vec![Vec::with_capacity(frame.units.len()); levels.len()];
    let (mut pressure, mut felt, mut response) = (Vec::new(), Vec::new(), Vec::new());
    for unit in 0..frame.units.len() {
        design.pressure(channel, unit, &mut pressure);
        pressure.resize(frame.width() + lag, 0.0);
        let own = pressure.clone();
        let rows = &design.rows[unit];
        let usual =
            rows.iter().map(|row| design.worth_of_one(unit, *row)).sum::<f64>() / rows.len().max(1) as f64;
        let mut total = |factor: f64| -> f64 {
            for period in frame.lead..frame.width() {
                pressure[period] = own[period] * factor;
            }
            design.respond(channel, shape, &pressure, &mut felt, &mut response);
            (frame.lead..pressure.len())
                .map(|period| {
                    let worth =
                        if period < frame.width() { design.worth_of_one(unit, period) } else { usual };
                    response[period] * if worth.is_finite() { worth } else { usual }
                })
                .sum()
        };
        let nothing = total(0.0);
        for (sums, level) in sums.iter_mut().zip(levels) {
            sums.push(total(*level) - nothing);
        }
    }
    sums
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
