//! What spend brought: incremental outcome, ROAS and marginal ROAS, draw by draw.
//!
//! ROAS counts all effects of the spend *inside* the window, also after it, and none of the spend before it:
//! the response as it was, less the response with the window's pressure taken away, until it is no longer
//! felt. Marginal ROAS is that of the next hundredth, spread over the window as spend was.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use super::design::Design;
use super::gibbs::{Draw, Draws};
use super::pooling::Deviations;
use super::transform::Shape;

/// Additional share of spend behind marginal returns.
pub(super) const NEXT: f64 = 0.01;

/// What one unit of effect of a candidate brings, by unit of the panel, in the unit of the outcome.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Increment {
    /// With the window's pressure less without.
    pub(super) all: Vec<f64>,
    /// With a hundredth more less as it was.
    pub(super) next: Vec<f64>,
}

/// Increments of every candidate that any draw chose, by channel.
pub(super) type Increments = Vec<BTreeMap<usize, Increment>>;

/// Computes the increments of every candidate that occurs in `draws`, for spend inside `window`.
///
/// For a multiplicative model they hold for small effects; see `docs/methods/response.md`.
pub(super) fn increments(design: &Design<'_>, draws: &Draws, window: &Range<usize>) -> Increments {
    let mut chosen: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); design.candidates.len()];
    for draw in &draws.draws {
        for (chosen, (candidate, effect)) in chosen.iter_mut().zip(&draw.effects) {
            if *effect > 0.0 {
                chosen.insert(*candidate);
            }
        }
    }
    let work: Vec<(usize, usize)> = chosen
        .iter()
        .enumerate()
        .flat_map(|(channel, chosen)| chosen.iter().map(move |k| (channel, *k)))
        .collect();
    let done: Vec<Increment> = work
        .par_iter()
        .map(|(channel, k)| increment(design, *channel, design.candidates[*channel][*k].shape, window))
        .collect();
    let mut increments: Increments = vec![BTreeMap::new(); design.candidates.len()];
    for ((channel, k), increment) in work.into_iter().zip(done) {
        increments[channel].insert(k, increment);
    }
    increments
}

/// What one unit of effect of `shape` brings for pressure inside `window`.
fn increment(design: &Design<'_>, channel: usize, shape: Shape, window: &Range<usize>) -> Increment {
    let frame = design.frame;
    let lag = frame.channels[channel].max_lag;
    let mut result = Increment { all: Vec::new(), next: Vec::new() };
    let (mut pressure, mut felt) = (Vec::new(), Vec::new());
    let (mut with, mut without, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for unit in 0..frame.units.len() {
        design.pressure(channel, unit, &mut pressure);
        // Nothing is known of pressure after the panel: what is carried over fades on its own.
        pressure.resize(frame.width() + lag, 0.0);
        design.respond(channel, shape, &pressure, &mut felt, &mut with);
        for value in &mut pressure[window.clone()] {
            *value *= 1.0 + NEXT;
        }
        design.respond(channel, shape, &pressure, &mut felt, &mut more);
        for value in &mut pressure[window.clone()] {
            *value = 0.0;
        }
        design.respond(channel, shape, &pressure, &mut felt, &mut without);
        let end = (window.end + lag).min(pressure.len());
        let usual = usual_worth(design, unit);
        let (mut all, mut next) = (0.0, 0.0);
        for period in window.start..end {
            let worth = if period < frame.width() { design.worth_of_one(unit, period) } else { usual };
            let worth = if worth.is_finite() { worth } else { usual };
            all += worth * (with[period] - without[period]);
            next += worth * (more[period] - with[period]);
        }
        result.all.push(all);
        result.next.push(next);
    }
    result
}

/// What one unit of a column stands for in an ordinary period of a unit.
pub(super) fn usual_worth(design: &Design<'_>, unit: usize) -> f64 {
    let rows = &design.rows[unit];
    let sum: f64 = rows.iter().map(|row| design.worth_of_one(unit, *row)).sum();
    sum / rows.len().max(1) as f64
}

/// What `channel` brought in each draw in the units `units`: `pick` says which increments are meant.
pub(super) fn brought(
    draws: &Draws,
    deviations: &Deviations,
    increments: &Increments,
    channel: usize,
    units: &Range<usize>,
    pick: impl Fn(&Increment) -> &[f64],
) -> Vec<f64> {
    let of_draw = |(at, draw): (usize, &Draw)| {
        let (k, effect) = draw.effects[channel];
        let Some(increment) = increments[channel].get(&k).filter(|_| effect > 0.0) else { return 0.0 };
        effect * deviations.sum(at, channel, units, pick(increment))
    };
    draws.draws.iter().enumerate().map(of_draw).collect()
}
