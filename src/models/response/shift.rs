//! How changed spend and changed drivers move the outcome, draw by draw.
//!
//! Whatever changes, it moves the linear predictor by series of the same columns that were fitted, each times its
//! coefficient in a draw. What that is worth differs by form alone: where parts are added, the size of the unit; where
//! they are factors, the outcome times e^shift − 1, exactly and not for small shifts alone.

use std::ops::Range;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::core::contributions;
use super::design::{ControlColumn, Design};
use super::interactions::Of;
use super::posterior::Posterior;
use super::returns::usual_worth;
use super::scenario_request::Item;
use crate::features::PanelFrame;

/// Part of the seed's stream that is this file's.
const STREAM: u64 = 3_000;

/// Change of the outcome, by draw.
pub(super) struct Shifts {
    /// Of each item alone.
    pub(super) items: Vec<Vec<f64>>,
    /// Of each claimed joint effect that moves, all items changed: place among [`Posterior::joint`], draws.
    pub(super) joint: Vec<(usize, Vec<f64>)>,
    /// Of all together.
    pub(super) all: Vec<f64>,
}

/// A part of the linear predictor that moves.
enum Mover {
    /// Responses of the candidates that any draw chose.
    Channel {
        channel: usize,
        /// Ascending.
        chosen: Vec<usize>,
        /// By draw: what comes by way of carriers, as a multiple of what the channel brings itself.
        along: Vec<f64>,
        /// By draw: what comes by way of carriers where the channel brings nothing itself, per unit of worth.
        flat: Vec<f64>,
    },
    /// Columns of a driver with the draws of their coefficients.
    Driver(Vec<(ControlColumn, Vec<f64>)>),
    /// What a unit of a joint effect's coefficient moves in every cell, and the coefficient by draw.
    Joint(Vec<f64>, Vec<f64>),
}

/// Works out what `items` move in `units` (ascending); `changed` is the panel with the changes made, `coefficients`
/// the draws of every control's coefficient.
pub(super) fn shifts(
    posterior: &Posterior<'_>,
    changed: &PanelFrame,
    items: &[Item],
    units: &[usize],
    coefficients: &[Vec<f64>],
    seed: u64,
) -> Shifts {
    let other = posterior.core.design.over(changed);
    let mut movers: Vec<Mover> =
        items.iter().map(|item| Mover::of_item(posterior, item, units, coefficients)).collect();
    let joint = joint_movers(posterior, &other, items, seed);
    let places: Vec<usize> = joint.iter().map(|(place, _)| *place).collect();
    movers.extend(joint.into_iter().map(|(_, mover)| mover));
    let by_unit: Vec<Vec<Vec<f64>>> =
        units.par_iter().map(|unit| in_unit(posterior, &other, &movers, *unit)).collect();
    // Units in their order, whichever thread was first.
    let draws = posterior.core.draws.draws.len();
    let mut sums = vec![vec![0.0; draws]; movers.len() + 1];
    for (sum, draw) in by_unit.iter().flatten().enumerate().map(|(at, of)| (at % (movers.len() + 1), of)) {
        sums[sum].iter_mut().zip(draw).for_each(|(sum, value)| *sum += value);
    }
    let all = sums.pop().unwrap_or_default();
    let joint = places.into_iter().zip(sums.split_off(items.len())).collect();
    Shifts { items: sums, joint, all }
}

impl Mover {
    fn of_item(posterior: &Posterior<'_>, item: &Item, units: &[usize], coefficients: &[Vec<f64>]) -> Self {
        let core = &posterior.core;
        match item.of {
            Of::Driver(driver) => {
                let is_of = |column: &ControlColumn| matches!(column, ControlColumn::Driver(at) | ControlColumn::Square(at) if *at == driver);
                let columns = core.design.controls.iter().zip(coefficients);
                // A column that others make up has no coefficient of its own.
                let columns = columns.filter(|(column, draws)| is_of(column) && !draws.is_empty());
                Self::Driver(columns.map(|(column, draws)| (*column, draws.clone())).collect())
            }
            Of::Channel(channel) => {
                let share = item.change.apply(1.0) - 1.0;
                let (along, flat) = carried(posterior, channel, share, units);
                let mut chosen: Vec<usize> = core
                    .draws
                    .draws
                    .iter()
                    .map(|draw| draw.effects[channel])
                    .filter(|(_, effect)| *effect > 0.0)
                    .map(|(k, _)| k)
                    .collect();
                chosen.sort_unstable();
                chosen.dedup();
                Self::Channel { channel, chosen, along, flat }
            }
        }
    }

    /// The series of a unit from the first fitted period on, changed less as it was.
    fn series(&self, design: &Design<'_>, other: &Design<'_>, unit: usize, horizon: usize) -> Vec<Vec<f64>> {
        let frame = design.frame;
        // What is not observed has no outcome that could change.
        let observed = |value: &dyn Fn(usize) -> f64| {
            let mut series = vec![0.0; horizon];
            for row in &design.rows[unit] {
                series[row - frame.lead] = value(*row);
            }
            series
        };
        match self {
            Self::Channel { channel, chosen, .. } => {
                let own = responses(design, *channel, chosen, unit, horizon);
                let mut series = responses(other, *channel, chosen, unit, horizon);
                for (series, own) in series.iter_mut().zip(own) {
                    series.iter_mut().zip(own).for_each(|(value, own)| *value -= own);
                }
                series.push(observed(&|_| 1.0));
                series
            }
            Self::Driver(columns) => columns
                .iter()
                .map(|(column, _)| {
                    let (own, changed) = (design.control(*column, unit), other.control(*column, unit));
                    observed(&|row| changed[row] - own[row])
                })
                .collect(),
            Self::Joint(moved, _) => vec![observed(&|row| moved[frame.at(unit, row)])],
        }
    }

    /// What each series of [`Self::series`] counts in a draw; others count nothing.
    fn weights(&self, posterior: &Posterior<'_>, draw: usize, unit: usize) -> Vec<(usize, f64)> {
        match self {
            Self::Channel { channel, chosen, along, flat } => {
                let (k, effect) = posterior.core.draws.draws[draw].effects[*channel];
                let factor = posterior.deviations.factor(draw, *channel, unit);
                let own = chosen
                    .binary_search(&k)
                    .ok()
                    .filter(|_| effect > 0.0)
                    .map(|place| (place, effect * factor * (1.0 + along[draw])));
                own.into_iter().chain(std::iter::once((chosen.len(), flat[draw]))).collect()
            }
            Self::Driver(columns) => {
                columns.iter().enumerate().map(|(place, (_, draws))| (place, draws[draw])).collect()
            }
            Self::Joint(_, draws) => vec![(0, draws[draw])],
        }
    }
}

/// What comes by way of carriers moves along with what the channel brings itself; where it brings nothing itself,
/// with `share` of its spend. See [`Mover::Channel`].
fn carried(posterior: &Posterior<'_>, channel: usize, share: f64, units: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let design = &posterior.core.design;
    let worth: f64 = units
        .iter()
        .flat_map(|unit| design.rows[*unit].iter().map(move |row| design.worth_of_one(*unit, *row)))
        .sum();
    let mut both = vec![(0.0, 0.0); posterior.core.draws.draws.len()];
    for range in ranges(units) {
        let of_range = posterior.own_and_mediated(channel, &range);
        for (sum, (own, mediated)) in both.iter_mut().zip(of_range) {
            *sum = (sum.0 + own, sum.1 + mediated);
        }
    }
    let split = |(own, mediated): (f64, f64)| {
        if own > 0.0 { (mediated / own, 0.0) } else { (0.0, share * mediated / worth) }
    };
    both.into_iter().map(split).unzip()
}

/// Runs of neighbors among ascending places.
fn ranges(places: &[usize]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for place in places {
        match ranges.last_mut().filter(|range| range.end == *place) {
            Some(range) => range.end += 1,
            None => ranges.push(*place..place + 1),
        }
    }
    ranges
}

/// Joint effects with a side that is changed.
fn joint_movers(
    posterior: &Posterior<'_>,
    other: &Design<'_>,
    items: &[Item],
    seed: u64,
) -> Vec<(usize, Mover)> {
    let moves = |place: &usize| items.iter().any(|item| posterior.joint[*place].has(item.of));
    let places: Vec<usize> = (0..posterior.joint.len()).filter(moves).collect();
    if places.is_empty() {
        return Vec::new();
    }
    let core = &posterior.core;
    let contributions = contributions(other, &core.draws.mean_effects(&core.design));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(STREAM);
    let mover = |place: usize| {
        let joint = &posterior.joint[place];
        let own = joint.product(&posterior.fitted.channels, core.design.frame);
        let mut moved = joint.product(&contributions, other.frame);
        moved.iter_mut().zip(own).for_each(|(value, own)| *value -= own);
        let (mean, deviation) = joint.coefficient;
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let draws = core.draws.draws.iter().map(|_| mean + deviation * draw()).collect();
        (place, Mover::Joint(moved, draws))
    };
    places.into_iter().map(mover).collect()
}

/// Responses of the candidates `chosen` of a channel in a unit, from the first fitted period until `horizon` periods
/// later; no pressure is known after the panel.
fn responses(
    design: &Design<'_>,
    channel: usize,
    chosen: &[usize],
    unit: usize,
    horizon: usize,
) -> Vec<Vec<f64>> {
    let lead = design.frame.lead;
    let mut pressure = Vec::new();
    design.pressure(channel, unit, &mut pressure);
    pressure.resize(lead + horizon, 0.0);
    let mut all = Vec::with_capacity(chosen.len() + 1);
    design.some_candidates(channel, chosen, &pressure, |_, response| all.push(response[lead..].to_vec()));
    all
}

/// Change of a unit's outcome by draw: of every mover alone, then of all together.
fn in_unit(posterior: &Posterior<'_>, other: &Design<'_>, movers: &[Mover], unit: usize) -> Vec<Vec<f64>> {
    let core = &posterior.core;
    let design = &core.design;
    let frame = design.frame;
    let lag = frame.channels.iter().map(|channel| channel.max_lag).max().unwrap_or(0);
    let horizon = frame.fitted_periods() + lag;
    let usual = usual_worth(design, unit);
    let worths: Vec<f64> = (frame.lead..frame.lead + horizon)
        .map(|period| if period < frame.width() { design.worth_of_one(unit, period) } else { usual })
        .map(|worth| if worth.is_finite() { worth } else { usual })
        .collect();
    let series: Vec<Vec<Vec<f64>>> =
        movers.iter().map(|mover| mover.series(design, other, unit, horizon)).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let draws = core.draws.draws.len();
    let mut changes = vec![Vec::with_capacity(draws); movers.len() + 1];
    if !frame.multiplicative {
        let amounts: Vec<Vec<f64>> =
            series.iter().map(|all| all.iter().map(|series| dot(series, &worths)).collect()).collect();
        for draw in 0..draws {
            let mut sum = 0.0;
            for (place, mover) in movers.iter().enumerate() {
                let weights = mover.weights(posterior, draw, unit);
                let change: f64 = weights.iter().map(|(at, weight)| weight * amounts[place][*at]).sum();
                changes[place].push(change);
                sum += change;
            }
            changes[movers.len()].push(sum);
        }
        return changes;
    }
    let worth_of =
        |shift: &[f64]| shift.iter().zip(&worths).map(|(shift, worth)| worth * shift.exp_m1()).sum::<f64>();
    for draw in 0..draws {
        let mut sum = vec![0.0; horizon];
        for (place, mover) in movers.iter().enumerate() {
            let mut shift = vec![0.0; horizon];
            for (at, weight) in mover.weights(posterior, draw, unit) {
                if weight != 0.0 {
                    shift.iter_mut().zip(&series[place][at]).for_each(|(sum, x)| *sum += weight * x);
                }
            }
            changes[place].push(worth_of(&shift));
            sum.iter_mut().zip(&shift).for_each(|(sum, x)| *sum += x);
        }
        changes[movers.len()].push(worth_of(&sum));
    }
    changes
}
