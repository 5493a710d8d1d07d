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

/// Which change of spend is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// With the window's pressure less without.
    All,
    /// With a hundredth more less as it was.
    Next,
}

/// What a candidate brings, by unit of the panel, in the unit of the outcome.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Increment {
    /// In proportion to its effect: what one unit of effect brings.
    Additive {
        /// See [`Change::All`].
        all: Vec<f64>,
        /// See [`Change::Next`].
        next: Vec<f64>,
    },
    /// As a factor of the outcome, cell by cell.
    Multiplicative(Vec<Vec<Cell>>),
}

/// A cell whose outcome a candidate multiplies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// The outcome.
    outcome: f64,
    /// Logarithm of the factor per unit of effect, by change.
    all: f64,
    next: f64,
}

impl Increment {
    /// What the change brings in a unit, at the given effect.
    pub(super) fn brings(&self, change: Change, unit: usize, effect: f64) -> f64 {
        match (self, change) {
            (Self::Additive { all, .. }, Change::All) => effect * all[unit],
            (Self::Additive { next, .. }, Change::Next) => effect * next[unit],
            (Self::Multiplicative(cells), Change::All) => {
                cells[unit].iter().map(|cell| -cell.outcome * (-effect * cell.all).exp_m1()).sum()
            }
            (Self::Multiplicative(cells), Change::Next) => {
                cells[unit].iter().map(|cell| cell.outcome * (effect * cell.next).exp_m1()).sum()
            }
        }
    }

    /// What one unit of a small effect brings with all pressure, over all units.
    pub(super) fn per_effect(&self) -> f64 {
        match self {
            Self::Additive { all, .. } => all.iter().sum(),
            Self::Multiplicative(cells) => cells.iter().flatten().map(|cell| cell.outcome * cell.all).sum(),
        }
    }
}

/// Increments of every candidate that any draw chose, by channel.
pub(super) type Increments = Vec<BTreeMap<usize, Increment>>;

/// Computes the increments of every candidate that occurs in `draws`, for spend inside `window`.
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

/// What `shape` brings for pressure inside `window`.
fn increment(design: &Design<'_>, channel: usize, shape: Shape, window: &Range<usize>) -> Increment {
    let frame = design.frame;
    let lag = frame.channels[channel].max_lag;
    let (mut all, mut next, mut cells) = (Vec::new(), Vec::new(), Vec::new());
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
        let of_unit: Vec<Cell> = (window.start..end)
            .map(|period| {
                let worth = if period < frame.width() { design.worth_of_one(unit, period) } else { usual };
                Cell {
                    outcome: if worth.is_finite() { worth } else { usual },
                    all: with[period] - without[period],
                    next: more[period] - with[period],
                }
            })
            .collect();
        all.push(of_unit.iter().map(|cell| cell.outcome * cell.all).sum());
        next.push(of_unit.iter().map(|cell| cell.outcome * cell.next).sum());
        if frame.multiplicative {
            cells.push(of_unit);
        }
    }
    if frame.multiplicative { Increment::Multiplicative(cells) } else { Increment::Additive { all, next } }
}

/// What one unit of a column stands for in an ordinary period of a unit.
pub(super) fn usual_worth(design: &Design<'_>, unit: usize) -> f64 {
    let rows = &design.rows[unit];
    let sum: f64 = rows.iter().map(|row| design.worth_of_one(unit, *row)).sum();
    sum / rows.len().max(1) as f64
}

/// What a change of the spend of `channel` brings in the units `units`, in each draw.
pub(super) fn brought(
    draws: &Draws,
    deviations: &Deviations,
    increments: &Increments,
    channel: usize,
    units: &Range<usize>,
    change: Change,
) -> Vec<f64> {
    let of_draw = |(at, draw): (usize, &Draw)| -> f64 {
        let (k, effect) = draw.effects[channel];
        let Some(increment) = increments[channel].get(&k).filter(|_| effect > 0.0) else { return 0.0 };
        let of_unit = |unit| increment.brings(change, unit, effect * deviations.factor(at, channel, unit));
        units.clone().map(of_unit).sum()
    };
    draws.draws.par_iter().enumerate().map(of_draw).collect()
}
