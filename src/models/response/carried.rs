//! Mediated effects: part of a channel's effect runs through another that carries it.
//!
//! Television sends people to search. The carrier's pressure then has an equation of its own: its logarithm on
//! season, trend, drivers and the responses of what it carries, sampled like any other. What is lost of the
//! carrier's response without the carried channel is the carried channel's; the carrier keeps the rest, so the sum closes.

use std::ops::Range;

use rayon::prelude::*;

use super::core::Core;
use super::gibbs::Effort;
use crate::features::{PanelChannel, PanelFrame};

/// Draws of an equation of a carrier's pressure.
const EFFORT: Effort = Effort { chains: 2, warm_up: 200, kept: 200 };
/// Draws for which mediated effects are computed row by row.
const DRAWS: usize = 100;

/// What runs through one carrier.
pub(super) struct Carried {
    /// Place of the carrier.
    pub(super) carrier: usize,
    /// Place of the carried channel.
    pub(super) channel: usize,
    /// By draw, and within it by unit: incremental outcome of the window's pressure that comes by way of the carrier.
    pub(super) brought: Vec<Vec<f64>>,
    /// Mean contribution by cell, per unit of size.
    pub(super) series: Vec<f64>,
}

/// Estimates what every carrier carries.
pub(super) fn carried(core: &Core<'_>, drivers: &[usize], window: &Range<usize>, seed: u64) -> Vec<Carried> {
    let frame = core.design.frame;
    let mut found = Vec::new();
    for carrier in 0..frame.channels.len() {
        let carries = frame.channels[carrier].carries.clone();
        if carries.is_empty() {
            continue;
        }
        let equation = equation(frame, carrier, &carries);
        let of_pressure =
            Core::fit(&equation, drivers, equation.whole(), EFFORT, seed ^ (carrier as u64 + 1));
        for (place, channel) in carries.iter().enumerate() {
            found.push(mediated(core, &of_pressure, carrier, place, *channel, window));
        }
    }
    found
}

/// The panel in which the carrier's pressure is the outcome.
fn equation(frame: &PanelFrame, carrier: usize, carries: &[usize]) -> PanelFrame {
    let mut equation = frame.clone();
    for (cell, outcome) in equation.outcome.iter_mut().enumerate() {
        let pressure = frame.channels[carrier].exposure[cell];
        *outcome = if cell % frame.width() >= frame.lead && pressure > 0.0 { pressure } else { f64::NAN };
    }
    equation.channels = carries
        .iter()
        .map(|place| PanelChannel {
            // Priced in its own pressure: the belief is about how much of the carrier's it brings.
            spend: None,
            prior: None,
            carries: Vec::new(),
            ..frame.channels[*place].clone()
        })
        .collect();
    equation.multiplicative = true;
    equation.experiments = Vec::new();
    equation.interactions = None;
    equation
}

/// What `channel` brings by way of `carrier`, draw by draw.
fn mediated(
    core: &Core<'_>,
    of_pressure: &Core<'_>,
    carrier: usize,
    place: usize,
    channel: usize,
    window: &Range<usize>,
) -> Carried {
    let design = &core.design;
    let frame = design.frame;
    let draws = &core.draws.draws;
    let step = (draws.len() / DRAWS).max(1);
    let chosen: Vec<usize> = (0..draws.len()).step_by(step).collect();
    let pressure_draws = &of_pressure.draws.draws;
    let results: Vec<(Vec<f64>, Vec<f64>)> = chosen
        .par_iter()
        .map(|at| {
            let (shape_at, effect) = draws[*at].effects[carrier];
            let (link_at, link) = pressure_draws[at % pressure_draws.len()].effects[place];
            let mut brought = vec![0.0; frame.units.len()];
            let mut series = vec![0.0; frame.outcome.len()];
            if effect <= 0.0 || link <= 0.0 {
                return (brought, series);
            }
            let shape = design.candidates[carrier][shape_at].shape;
            let link_shape = of_pressure.design.candidates[place][link_at].shape;
            let (mut own, mut sent, mut felt) = (Vec::new(), Vec::new(), Vec::new());
            let (mut all, mut outside, mut with, mut without) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for (unit, brought) in brought.iter_mut().enumerate() {
                of_pressure.design.pressure(place, unit, &mut sent);
                of_pressure.design.respond(place, link_shape, &sent, &mut felt, &mut all);
                for value in &mut sent[window.clone()] {
                    *value = 0.0;
                }
                of_pressure.design.respond(place, link_shape, &sent, &mut felt, &mut outside);
                design.pressure(carrier, unit, &mut own);
                design.respond(carrier, shape, &own, &mut felt, &mut with);
                // Without what the channel ever sent, for contributions; without the window's, for returns.
                let mut less: Vec<f64> =
                    own.iter().zip(&all).map(|(own, all)| own * (-link * all).exp()).collect();
                design.respond(carrier, shape, &less, &mut felt, &mut without);
                let from = frame.at(unit, 0);
                for period in 0..frame.width() {
                    series[from + period] = effect * (with[period] - without[period]);
                }
                for (period, less) in less.iter_mut().enumerate() {
                    *less = own[period] * (-link * (all[period] - outside[period])).exp();
                }
                design.respond(carrier, shape, &less, &mut felt, &mut without);
                *brought = window
                    .clone()
                    .map(|period| {
                        let worth = design.worth_of_one(unit, period);
                        let moved = effect * (with[period] - without[period]);
                        let moved = if frame.multiplicative { -(-moved).exp_m1() } else { moved };
                        if worth.is_finite() { worth * moved } else { 0.0 }
                    })
                    .sum();
            }
            (brought, series)
        })
        .collect();
    let mut mean = vec![0.0; frame.outcome.len()];
    for (_, series) in &results {
        for (mean, value) in mean.iter_mut().zip(series) {
            *mean += value / results.len() as f64;
        }
    }
    // Draws between those that were computed repeat the one before.
    let brought = (0..draws.len()).map(|at| results[(at / step).min(results.len() - 1)].0.clone()).collect();
    Carried { carrier, channel, brought, series: mean }
}
