//! A company with known noise: every unit has its own, autocorrelated, and a shock that all share.

use std::ops::RangeInclusive;

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::super::{Direction, TestOptions, TestPlan, TestPlanError, TestQuestion, plan_test};

/// What the units of a company are like. All spend alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    pub(super) units: usize,
    /// Standard deviation of a unit's own noise in one period.
    pub(super) own: f64,
    /// Autocorrelation of it from one period to the next.
    pub(super) autocorrelation: f64,
    /// Standard deviation of the shock that is added to every unit in one period.
    pub(super) shared: f64,
}

impl World {
    pub(super) const WHITE: Self = Self { units: 6, own: 3.0, autocorrelation: 0.0, shared: 0.0 };

    /// Residuals by unit, from the stationary distribution.
    pub(super) fn residuals(&self, periods: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
        let mut draw = |sd: f64| sd * rng.sample::<f64, _>(StandardNormal);
        let shared: Vec<f64> = (0..periods).map(|_| draw(self.shared)).collect();
        let fresh = self.own * (1.0 - self.autocorrelation.powi(2)).sqrt();
        let mut unit = || -> Vec<f64> {
            let mut level = draw(self.own);
            let mut next = |shock: &f64| {
                let now = level + shock;
                level = self.autocorrelation * level + draw(fresh);
                now
            };
            shared.iter().map(&mut next).collect()
        };
        (0..self.units).map(|_| unit()).collect()
    }

    /// Variance of the statistic over `periods`, with `treated` units and the rest weighted by `weight`.
    pub(super) fn variance(&self, periods: usize, treated: usize, weight: f64) -> f64 {
        let (n, t) = (periods as f64, treated as f64);
        let c = (self.units - treated) as f64;
        let along: f64 = (1..periods)
            .map(|lag| 2.0 * (periods - lag) as f64 * self.autocorrelation.powf(lag as f64))
            .sum();
        let own = self.own.powi(2) * (n + along) * (t + weight.powi(2) * c);
        own + self.shared.powi(2) * n * (t - weight * c).powi(2)
    }
}

/// A question with everything it borrows. Every unit's effect is `effect` × change.
#[derive(Debug, Clone)]
pub(super) struct Company {
    pub(super) units: Vec<String>,
    pub(super) spend: Vec<f64>,
    pub(super) residuals: Vec<Vec<f64>>,
    pub(super) effect: f64,
    pub(super) felt: Vec<f64>,
    pub(super) direction: Option<Direction>,
    pub(super) worth: Option<f64>,
    pub(super) options: TestOptions,
}

impl Company {
    /// Units that spend 100 each.
    pub(super) fn of(world: World, periods: usize, seed: u64) -> Self {
        let residuals = world.residuals(periods, &mut ChaCha8Rng::seed_from_u64(seed));
        Self::with(residuals)
    }

    pub(super) fn with(residuals: Vec<Vec<f64>>) -> Self {
        Self {
            units: (0..residuals.len()).map(|unit| format!("unit {unit}")).collect(),
            spend: vec![100.0; residuals.len()],
            residuals,
            effect: 5.0,
            felt: Vec::new(),
            direction: None,
            worth: None,
            options: TestOptions::default(),
        }
    }

    pub(super) fn only(mut self, durations: RangeInclusive<usize>, change: f64) -> Self {
        self.options = TestOptions { durations, changes: vec![change] };
        self
    }

    pub(super) fn plan(&self) -> Result<TestPlan, TestPlanError> {
        let question = TestQuestion {
            units: &self.units,
            spend: &self.spend,
            residuals: &self.residuals,
            expected: &|_, change| self.effect * change,
            felt: &self.felt,
            direction: self.direction,
            worth: self.worth,
        };
        plan_test(&question, &self.options)
    }
}
