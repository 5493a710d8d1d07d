//! The posterior of a response model: what every channel brought, draw by draw, and what the fit is made of.

use std::ops::Range;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::carried::{Carried, carried};
use super::core::Core;
use super::fitted::Fitted;
use super::gibbs::Draw;
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
    /// By draw and channel: what is left of it once joint effects have their own.
    left: Vec<Vec<f64>>,
}

/// Part of the seed's stream that is this file's.
const STREAM: u64 = 3_000;

impl<'a> Posterior<'a> {
    /// Works out the posterior of a fit; mediated effects have equations with the drivers at `drivers`.
    pub(super) fn new(core: Core<'a>, drivers: &[usize], settings: &ModelSettings) -> Self {
        let seed = settings.seed;
        let fitted = Fitted::new(&core);
        let (interactions, joint) = interactions(&core, &fitted, settings.interval_level);
        let left = left(&core, &joint, seed);
        let deviations = Deviations::draw(&core, &fitted, seed);
        let window = core.design.frame.lead..core.design.frame.width();
        let increments = increments(&core.design, &core.draws, &window);
        let carried = carried(&core, drivers, &window, seed);
        Self { core, fitted, deviations, increments, carried, interactions, joint, left }
    }

    /// Fitted periods.
    pub(super) fn window(&self) -> Range<usize> {
        self.core.design.frame.lead..self.core.design.frame.width()
    }

    /// Incremental outcome of `channel` over all units, draw by draw: its own and what runs through its
    /// carriers, less what it carries of others.
    pub(super) fn incremental(&self, channel: usize) -> Vec<f64> {
        let own = brought(&self.core.draws, &self.deviations, &self.increments, channel, |i| &i.all);
        self.own_and_mediated(own, channel, None)
    }

    /// Part of a channel's own contribution that is not a joint effect, on average.
    pub(super) fn left(&self, channel: usize) -> f64 {
        1.0 - self.joint.iter().map(|joint| joint.share(channel, joint.coefficient)).sum::<f64>()
    }

    fn own_and_mediated(&self, own: Vec<f64>, channel: usize, unit: Option<usize>) -> Vec<f64> {
        let mediated = self.mediated(channel, unit);
        let all = own.iter().zip(&mediated).map(|(own, mediated)| own + mediated);
        all.enumerate().map(|(at, all)| all * self.left_in(at, channel)).collect()
    }

    /// The same in one unit.
    pub(super) fn incremental_in(&self, channel: usize, unit: usize) -> Vec<f64> {
        let own = by_unit(&self.core.draws, &self.deviations, &self.increments, channel, unit, |i| &i.all);
        self.own_and_mediated(own, channel, Some(unit))
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
        scaled.enumerate().map(|(at, next)| next * self.left_in(at, channel)).collect()
    }

    /// That of one unit, without what is carried.
    pub(super) fn next_in(&self, channel: usize, unit: usize) -> Vec<f64> {
        let own = by_unit(&self.core.draws, &self.deviations, &self.increments, channel, unit, |i| &i.next);
        own.into_iter().enumerate().map(|(at, next)| next * self.left_in(at, channel)).collect()
    }

    /// Part of a channel's own contribution in a draw that is not a joint effect.
    fn left_in(&self, draw: usize, channel: usize) -> f64 {
        self.left.get(draw).map_or(1.0, |left| left[channel])
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
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum *= self.left_in(at, channel);
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

/// By draw and channel: what is left of it once joint effects, each drawn with its own uncertainty, have theirs.
/// Empty without joint effects.
fn left(core: &Core<'_>, joint: &[Joint], seed: u64) -> Vec<Vec<f64>> {
    if joint.is_empty() {
        return Vec::new();
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(STREAM);
    let channels = core.design.candidates.len();
    let of_draw = |_: &Draw| {
        let mut left = vec![1.0_f64; channels];
        for joint in joint {
            let noise: f64 = StandardNormal.sample(&mut random);
            let coefficient = joint.coefficient + joint.error * noise;
            for (channel, left) in left.iter_mut().enumerate() {
                *left -= joint.share(channel, coefficient);
            }
        }
        left.into_iter().map(|left| left.max(0.0)).collect()
    };
    core.draws.draws.iter().map(of_draw).collect()
}
