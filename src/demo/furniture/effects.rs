//! What would have happened with other spend: the counterfactuals behind ROAS and budgets.
//!
//! Pressure of a window is multiplied by a factor per channel, everything else stays: demand, prices, noise,
//! and the plans of the other channels; spend on search follows television. Effects count until they have worn off, also after the window.

use std::ops::Range;

use super::channel::WEEKS_FELT;
use super::market::Market;
use super::response::{Media, carried};
use super::world::{AFTER, CHANNEL_COUNT, REGIONS, place};

/// A factor per channel.
pub type Factors = [f64; CHANNEL_COUNT];

/// Every channel as it was.
pub const AS_IT_WAS: Factors = [1.0; CHANNEL_COUNT];

/// Media of one region over a window and the weeks after it.
pub(super) struct Effects<'a> {
    market: &'a Market,
    unit: usize,
    window: Range<usize>,
}

/// What a window of one region brings and costs, in euros at scale 1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    /// Revenue of each channel on its own.
    pub(super) own: [f64; CHANNEL_COUNT],
    /// Revenue that television sends by way of search.
    pub(super) via_search: f64,
    /// Revenue of the synergy.
    pub(super) synergy: f64,
    /// Spend within the window.
    pub(super) spend: [f64; CHANNEL_COUNT],
}

impl Outcome {
    /// Revenue of all media.
    pub(super) fn revenue(&self) -> f64 {
        self.own.iter().sum::<f64>() + self.via_search + self.synergy
    }

    /// Spend of all channels.
    pub(super) fn total_spend(&self) -> f64 {
        self.spend.iter().sum()
    }

    /// Adds `other` to this.
    pub(super) fn add(&mut self, other: &Self) {
        for channel in 0..CHANNEL_COUNT {
            self.own[channel] += other.own[channel];
            self.spend[channel] += other.spend[channel];
        }
        self.via_search += other.via_search;
        self.synergy += other.synergy;
    }
}

impl<'a> Effects<'a> {
    /// Effects of spend in the weeks `window` of the region `unit`.
    pub(super) fn new(market: &'a Market, unit: usize, window: Range<usize>) -> Self {
        Self { market, unit, window }
    }

    /// Weeks in which spend of the window can be felt.
    pub(super) fn weeks(&self) -> Range<usize> {
        self.window.start..(self.window.end + AFTER.min(WEEKS_FELT)).min(self.market.weeks.len())
    }

    /// Inhabitants of the region in thousands.
    pub(super) fn inhabitants(&self) -> f64 {
        REGIONS[self.unit].inhabitants
    }

    fn pressure(&self, channel: usize, week: usize, factor: f64) -> f64 {
        let factor = if self.window.contains(&week) { factor } else { 1.0 };
        factor * self.market.weeks[week][self.unit].pressure[channel]
    }

    /// Response of a channel other than search in every week in which the window is felt.
    pub(super) fn responses(&self, channel: usize, factor: f64) -> Vec<f64> {
        let response = &self.market.response;
        self.weeks().map(|week| response.of(channel, week, |at| self.pressure(channel, at, factor))).collect()
    }

    /// Response of search, with and without what television sends, given television's responses.
    pub(super) fn search(&self, factor: f64, tv: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let start = self.window.start;
        let sent = |at: usize| {
            let response = at.checked_sub(start).and_then(|index| tv.get(index).copied());
            let response = response.unwrap_or_else(|| self.market.weeks[at][self.unit].responses[place::TV]);
            carried(response)
        };
        let response = &self.market.response;
        let pressure = |at: usize| self.pressure(place::SEARCH, at, factor);
        self.weeks()
            .map(|week| {
                let all = response.of(place::SEARCH, week, |at| pressure(at) * sent(at));
                (all, response.of(place::SEARCH, week, pressure))
            })
            .unzip()
    }

    /// Spend of a channel within the window; that of search goes up with television's responses.
    pub(super) fn spend(&self, channel: usize, factor: f64, tv: &[f64]) -> f64 {
        let start = self.window.start;
        let weeks = self.window.clone().map(|week| {
            let now = &self.market.weeks[week][self.unit];
            if channel == place::SEARCH {
                let planned = now.spend[channel] / carried(now.responses[place::TV]);
                planned * carried(tv[week - start])
            } else {
                now.spend[channel]
            }
        });
        factor * weeks.sum::<f64>() * self.inhabitants()
    }

    /// What the window brings and costs with `factors`.
    pub(super) fn outcome(&self, factors: &Factors) -> Outcome {
        let mut responses: Vec<Vec<f64>> =
            (0..CHANNEL_COUNT).map(|channel| self.responses(channel, factors[channel])).collect();
        let (all, own) = self.search(factors[place::SEARCH], &responses[place::TV]);
        responses[place::SEARCH] = all;
        let mut outcome = Outcome::default();
        for (index, week) in self.weeks().enumerate() {
            let media =
                self.media(week, &std::array::from_fn(|channel| responses[channel][index]), own[index]);
            let inhabitants = self.inhabitants();
            for channel in 0..CHANNEL_COUNT {
                outcome.own[channel] += inhabitants * media.own[channel];
            }
            outcome.via_search += inhabitants * media.via_search;
            outcome.synergy += inhabitants * media.synergy;
        }
        outcome.spend =
            std::array::from_fn(|channel| self.spend(channel, factors[channel], &responses[place::TV]));
        outcome
    }

    /// Media of one week with the given responses, in euros per 1,000 inhabitants.
    pub(super) fn media(&self, week: usize, responses: &[f64; CHANNEL_COUNT], own_search: f64) -> Media {
        if self.market.without_effects {
            return Media::default();
        }
        let demand = self.market.outside.demand[week][self.unit];
        self.market.response.media(responses, own_search, self.market.affinity[self.unit], demand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::furniture::world::{WARM_UP, WEEKS};

    #[test]
    fn as_it_was_is_what_the_market_lived() {
        let market = Market::live(5);
        let effects = Effects::new(&market, 9, WARM_UP + 100..WARM_UP + 152);
        let outcome = effects.outcome(&AS_IT_WAS);
        let lived: f64 =
            effects.weeks().map(|week| market.weeks[week][9].media.total() * REGIONS[9].inhabitants).sum();
        assert!((outcome.revenue() / lived - 1.0).abs() < 1e-9);
        let spent: f64 = (WARM_UP + 100..WARM_UP + 152)
            .map(|week| market.weeks[week][9].spend.iter().sum::<f64>() * REGIONS[9].inhabitants)
            .sum();
        assert!((outcome.total_spend() / spent - 1.0).abs() < 1e-9);
    }

    #[test]
    fn without_spend_nothing_comes_after_carry_over_is_gone() {
        let market = Market::live(5);
        let effects = Effects::new(&market, 0, WARM_UP..WARM_UP + WEEKS);
        let none = effects.responses(place::TV, 0.0);
        assert!(none[WEEKS_FELT..WEEKS].iter().all(|response| response.abs() < 1e-12));
    }
}
