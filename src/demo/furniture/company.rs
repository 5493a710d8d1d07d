//! The company of a given size in its market.

use super::market::Market;
use super::outside::in_lake;
use super::world::{REGIONS, UNITS};

/// The market, and how large the company in it is.
pub(super) struct Company {
    pub(super) market: Market,
    /// Size as a multiple of the mid-sized company.
    pub(super) scale: f64,
}

impl Company {
    /// Lives the market of `seed`.
    pub(super) fn live(seed: u64, scale: f64, without_effects: bool) -> Self {
        Self { market: Market::live_with(seed, without_effects), scale }
    }

    /// The number of euros that one euro per 1,000 inhabitants of a region is.
    pub(super) fn size(&self, unit: usize) -> f64 {
        self.scale * REGIONS[unit].inhabitants
    }

    /// Revenue of a region and week in euros.
    pub(super) fn revenue(&self, week: usize, unit: usize) -> f64 {
        self.size(unit) * self.market.weeks[week][unit].revenue
    }

    /// Spend of a channel in a region and week in euros.
    pub(super) fn spend(&self, week: usize, unit: usize, channel: usize) -> f64 {
        self.size(unit) * self.market.weeks[week][unit].spend[channel]
    }

    /// Units of exposure of a channel in a region and week.
    pub(super) fn exposure(&self, week: usize, unit: usize, channel: usize) -> f64 {
        self.size(unit) * self.market.weeks[week][unit].exposure(channel)
    }
}

/// Weeks of the lake and regions, in order.
pub(super) fn cells() -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..super::calendar::ALL_WEEKS)
        .filter(|week| in_lake(*week))
        .flat_map(|week| (0..UNITS).map(move |unit| (week, unit)))
}
