//! The posterior of a response model: what every channel brought, draw by draw, and what the fit is made of.

use std::ops::Range;

use super::carried::{Carried, carried};
use super::core::Core;
use super::fitted::Fitted;
use super::interactions::{Joint, interactions};
use super::pooling::Deviations;
use super::returns::{Change, Increments, brought, increments};
use super::summary::mean;
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

    /// All units.
    pub(super) fn units(&self) -> Range<usize> {
        0..self.core.design.rows.len()
    }

    /// Incremental outcome of `channel` in `units`, draw by draw: its own and what runs through its
    /// carriers, less what it carries of others.
    pub(super) fn incremental(&self, channel: usize, units: &Range<usize>) -> Vec<f64> {
        let own = self.own(channel, units, Change::All);
        own.iter().enumerate().map(|(at, own)| own + self.mediated(channel, units, at)).collect()
    }

    /// Incremental outcome of the next hundredth of spend in `units`. What is carried grows in proportion to what is
    /// carried today.
    pub(super) fn next(&self, channel: usize, units: &Range<usize>) -> Vec<f64> {
        let next = self.own(channel, units, Change::Next);
        let all = self.own(channel, units, Change::All);
        let grown = next.iter().zip(&all).enumerate().map(|(at, (next, all))| {
            if *all > 0.0 {
                next * (1.0 + (self.mediated(channel, units, at) / all).max(-1.0))
            } else {
                *next
            }
        });
        grown.collect()
    }

    /// Part of a channel's incremental outcome that comes by way of its carriers, over all units; `None` without any.
    pub(super) fn through_carriers(&self, channel: usize) -> Option<Vec<f64>> {
        let through: Vec<&Carried> =
            self.carried.iter().filter(|carried| carried.channel == channel).collect();
        let of_draw = |at: usize| through.iter().map(|carried| self.moved(carried, &self.units(), at)).sum();
        (!through.is_empty()).then(|| (0..self.core.draws.draws.len()).map(of_draw).collect())
    }

    /// Gives carried channels their part of what their carriers brought under another specification: the same share
    /// as here, where it was estimated. Without it, two different things would be compared.
    pub(super) fn with_carried(&self, own: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let units = self.units();
        let mut all = own.to_vec();
        for carried in &self.carried {
            let here = mean(&self.own(carried.carrier, &units, Change::All));
            let moved: Vec<f64> =
                (0..self.core.draws.draws.len()).map(|at| self.moved(carried, &units, at)).collect();
            let share = if here > 0.0 { mean(&moved) / here } else { 0.0 };
            for (at, brought) in own[carried.carrier].iter().enumerate() {
                all[carried.carrier][at] -= share * brought;
                all[carried.channel][at] += share * brought;
            }
        }
        all
    }

    /// What a channel brings in `units` on its own, and what it gains by its carriers less what it carries of others,
    /// draw by draw. Their sum is [`Self::incremental`].
    pub(super) fn own_and_mediated(&self, channel: usize, units: &Range<usize>) -> Vec<(f64, f64)> {
        let own = self.own(channel, units, Change::All);
        own.into_iter().enumerate().map(|(at, own)| (own, self.mediated(channel, units, at))).collect()
    }

    fn own(&self, channel: usize, units: &Range<usize>, change: Change) -> Vec<f64> {
        brought(&self.core.draws, &self.deviations, &self.increments, channel, units, change)
    }

    /// What a channel gains by its carriers less what it carries of others, in one draw.
    fn mediated(&self, channel: usize, units: &Range<usize>, at: usize) -> f64 {
        let mut sum = 0.0;
        for carried in &self.carried {
            if carried.channel == channel {
                sum += self.moved(carried, units, at);
            }
            if carried.carrier == channel {
                sum -= self.moved(carried, units, at);
            }
        }
        sum
    }

    /// What comes by way of a carrier, in one draw.
    pub(super) fn moved(&self, carried: &Carried, units: &Range<usize>, at: usize) -> f64 {
        self.deviations.sum(at, carried.carrier, units, &carried.brought[at])
    }
}
