//! Curves for a plan: what amounts of money in a cell would bring, draw by draw and half by half.
//!
//! A plan fixes the money of every channel, that of carriers too. So what a channel sends to a carrier is no part of its
//! curve: those clicks are paid from the carrier's money, whoever sent them, and count there. Only what runs through a
//! carrier that the plan does not pay for is added.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::carried::Carried;
use super::felt::{Course, Felt};
use super::gibbs::Draws;
use super::halves::{Half, halves};
use super::pooling::Deviations;
use super::posterior::Posterior;
use crate::models::result::{PlanCell, PlanCurve, PlanCurves, PlanPhasing, PlanRequest};

/// Draws behind a curve.
const DRAWS: usize = 200;

/// What the amounts of every cell of `request` would bring.
pub(super) fn plan_curves(posterior: &Posterior<'_>, request: &PlanRequest, seed: u64) -> PlanCurves {
    let all = &posterior.core.draws.draws;
    let step = (all.len() / DRAWS).max(1);
    let chosen: Vec<usize> = (0..all.len()).step_by(step).collect();
    let halves = halves(posterior, seed);
    let of_cell = |cell: &PlanCell| -> PlanCurve {
        let amounts = Amounts::new(posterior, request, cell);
        let mut draws = amounts.brought(&posterior.core.draws, &posterior.deviations, &chosen);
        let along = along(posterior, request, cell, &chosen);
        for (draw, along) in draws.iter_mut().zip(&along) {
            for value in draw.iter_mut() {
                *value *= along;
            }
        }
        let usual = along.iter().sum::<f64>() / along.len().max(1) as f64;
        let mean = |half: &Half| -> Vec<f64> {
            let every: Vec<usize> = (0..half.draws.draws.len()).collect();
            let draws = amounts.brought(&half.draws, &half.deviations, &every);
            let sum = |amount: usize| draws.iter().map(|draw| draw[amount]).sum::<f64>();
            (0..cell.amounts.len()).map(|amount| usual * sum(amount) / draws.len() as f64).collect()
        };
        PlanCurve { halves: halves.iter().map(|[a, b]| [mean(a), mean(b)]).collect(), draws }
    };
    PlanCurves { cells: request.cells.par_iter().map(of_cell).collect() }
}

/// By draw: what a cell brings in all as a multiple of what it brings itself, by way of carriers whose money the plan
/// does not decide. What is carried is taken to grow in proportion.
fn along(posterior: &Posterior<'_>, request: &PlanRequest, cell: &PlanCell, chosen: &[usize]) -> Vec<f64> {
    let units = cell.unit..cell.unit + 1;
    let is_planned = |carrier: usize| {
        request.cells.iter().any(|other| other.channel == carrier && other.unit == cell.unit)
    };
    let carriers: Vec<&Carried> = posterior
        .carried
        .iter()
        .filter(|carried| carried.channel == cell.channel && !is_planned(carried.carrier))
        .collect();
    if carriers.is_empty() {
        return vec![1.0; chosen.len()];
    }
    let both = posterior.own_and_mediated(cell.channel, &units);
    let of_draw = |at: &usize| {
        let mediated: f64 = carriers.iter().map(|carried| posterior.moved(carried, &units, *at)).sum();
        if both[*at].0 > 0.0 { 1.0 + mediated / both[*at].0 } else { 1.0 }
    };
    chosen.iter().map(of_draw).collect()
}

/// The amounts of a cell as levels of its pressure.
struct Amounts<'p, 'a> {
    posterior: &'p Posterior<'a>,
    channel: usize,
    unit: usize,
    course: Course,
    levels: Vec<f64>,
    /// What a level's increment counts.
    share: f64,
}

impl<'p, 'a> Amounts<'p, 'a> {
    fn new(posterior: &'p Posterior<'a>, request: &PlanRequest, cell: &PlanCell) -> Self {
        let design = &posterior.core.design;
        let frame = design.frame;
        let (channel, unit) = (cell.channel, cell.unit);
        let money = frame.channels[channel].spend.as_deref().unwrap_or(&frame.channels[channel].exposure);
        let as_before = frame.rate(money, unit, request.reference) * request.horizon as f64;
        let level = |amount: &f64| if as_before > 0.0 { amount / as_before } else { 0.0 };
        let (course, share) = match &request.phasing {
            PlanPhasing::AsBefore => {
                let window = frame.width() - request.reference..frame.width();
                let share = request.horizon as f64 / request.reference as f64;
                (Course::of_window(design, channel, unit, &window), share)
            }
            PlanPhasing::Shares(shares) => {
                let mut pressure = Vec::new();
                design.pressure(channel, unit, &mut pressure);
                let last = &pressure[frame.width() - request.reference..];
                let usual = last.iter().sum::<f64>() / request.reference as f64;
                let weights: Vec<f64> =
                    shares.iter().map(|share| share * request.horizon as f64 * usual).collect();
                (Course::ahead(design, channel, unit, &weights, usual), 1.0)
            }
        };
        Self { posterior, channel, unit, course, levels: cell.amounts.iter().map(level).collect(), share }
    }

    /// What the levels bring in each draw at `chosen`.
    fn brought(&self, draws: &Draws, deviations: &Deviations, chosen: &[usize]) -> Vec<Vec<f64>> {
        let design = &self.posterior.core.design;
        let mut felt: BTreeMap<usize, Felt> = BTreeMap::new();
        let of_draw = |at: &usize| -> Vec<f64> {
            let (k, effect) = draws.draws[*at].effects[self.channel];
            if effect <= 0.0 {
                return vec![0.0; self.levels.len()];
            }
            let felt = felt.entry(k).or_insert_with(|| {
                let shape = design.candidates[self.channel][k].shape;
                Felt::new(design, self.channel, shape, self.unit, &self.course, &self.levels)
            });
            let effect = effect * deviations.factor(*at, self.channel, self.unit);
            (0..self.levels.len()).map(|level| self.share * felt.brings(level, effect)).collect()
        };
        chosen.iter().map(of_draw).collect()
    }
}
