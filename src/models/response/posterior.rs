//! The posterior of a response model: what every channel brought, draw by draw, and what the fit is made of.

use std::ops::Range;

use super::carried::{Carried, carried};
use super::core::Core;
use super::fitted::Fitted;
use super::interactions::{Joint, interactions};
use super::pooling::Deviations;
use super::returns::{Increments, brought, by_unit, increments};
use crate::models::ModelSettings;
use crate::models::result::Interaction;

/// Everything that questions about channels are answered from.
pub(super) struct Posterior<'a> {
    /// The fit.
    pub(super) core: Core<'a>,
    /// Its mean.
    pub(super) fitted: Fitted,
    /// Differences between units.
    pub(super) deviations: Deviations,
    /// Increments of the fitted periods' spend.
    pub(super) increments: Increments,
    /// Mediated effects.
    pub(super) carried: Vec<Carried>,
    /// Joint effects that were looked for.
    pub(super) interactions: Vec<Interaction>,
    /// Those that were claimed.
    pub(super) joint: Vec<Joint>,
}

impl<'a> Posterior<'a> {
    /// Works out the posterior of a fit; mediated effects have equations with the drivers at `drivers`.
    pub(super) fn new(core: Core<'a>, drivers: &[usize], settings: &ModelSettings) -> Self {
        let seed = settings.seed;
        let fitted = Fitted::new(&core);
        let (interactions, joint) = interactions(&core, &fitted, settings.interval_level);
        let deviations = Deviations::draw(&core, &fitted, seed);
        let window = core.design.frame.lead..core.design.frame.width();
        let increments = increments(&core.design, &core.draws, &window);
        let carried = carried(&core, drivers, &window, seed);
        Self { core, fitted, deviations, increments, carried, interactions, joint }
    }

    /// Fitted periods.
    pub(super) fn window(&self) -> Range<usize> {
        self.core.design.frame.lead..self.core.design.frame.width()
    }

    /// Incremental outcome of `channel` over all units, draw by draw: its own and what runs through its
    /// carriers, less what it carries of others.
    pub(super) fn incremental(&self, channel: usize) -> Vec<f64> {
        let own = brought(&self.core.draws, &self.deviations, &self.increments, channel, |i| &i.all);
        self.own_and_mediated(&own, channel, None)
    }

    fn own_and_mediated(&self, own: &[f64], channel: usize, unit: Option<usize>) -> Vec<f64> {
        let mediated = self.mediated(channel, unit);
        own.iter().zip(&mediated).map(|(own, mediated)| own + mediated).collect()
    }

    /// The same in one unit.
    pub(super) fn incremental_in(&self, channel: usize, unit: usize) -> Vec<f64> {
        let own = by_unit(&self.core.draws, &self.deviations, &self.increments, channel, unit, |i| &i.all);
        self.own_and_mediated(&own, channel, Some(unit))
    }

    /// Incremental outcome of the next hundredth of spend, over all units. What is carried grows in
    /// proportion to what is carried today.
    pub(super) fn next(&self, channel: usize) -> Vec<f64> {
        let own = brought(&self.core.draws, &self.deviations, &self.increments, channel, |i| &i.next);
        let all = brought(&self.core.draws, &self.deviations, &self.increments, channel, |i| &i.all);
        let mediated = self.mediated(channel, None);
        let scaled = own.iter().zip(&all).zip(&mediated).map(|((next, all), mediated)| {
            if *all > 0.0 { next * (1.0 + (mediated / all).max(-1.0)) } else { *next }
        });
        scaled.collect()
    }

    /// That of one unit, without what is carried.
    pub(super) fn next_in(&self, channel: usize, unit: usize) -> Vec<f64> {
        by_unit(&self.core.draws, &self.deviations, &self.increments, channel, unit, |i| &i.next)
    }

    /// Share of a channel's incremental outcome that comes by way of its carriers; `None` without any.
    pub(super) fn through_carriers(&self, channel: usize) -> Option<Vec<f64>> {
        self.carried.iter().any(|carried| carried.channel == channel).then(|| {
            let mut sums = vec![0.0; self.core.draws.draws.len()];
            for carried in self.carried.iter().filter(|carried| carried.channel == channel) {
                for (sum, of_draw) in sums.iter_mut().zip(&carried.brought) {
                    *sum += of_draw.iter().sum::<f64>();
                }
            }
            sums
        })
    }

    /// What a channel gains by its carriers less what it carries of others.
    fn mediated(&self, channel: usize, unit: Option<usize>) -> Vec<f64> {
        let mut sums = vec![0.0; self.core.draws.draws.len()];
        for carried in &self.carried {
            let sign = f64::from(i8::from(carried.channel == channel) - i8::from(carried.carrier == channel));
            if sign == 0.0 {
                continue;
            }
            for (at, (sum, of_draw)) in sums.iter_mut().zip(&carried.brought).enumerate() {
                let factors = self.deviations.factors(at, carried.carrier);
                let factor = |unit: usize| factors.map_or(1.0, |factors| factors[unit]);
                *sum += sign
                    * match unit {
                        Some(unit) => of_draw[unit] * factor(unit),
                        None => of_draw.iter().enumerate().map(|(unit, value)| value * factor(unit)).sum(),
                    };
            }
        }
        sums
    }
}
