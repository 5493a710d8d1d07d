//! What media do in this world, given the pressure of each week.

use super::channel::WEEKS_FELT;
use super::world::{
    CHANNEL_COUNT, CHANNELS, DEMAND_IN_MEDIA, LEVEL, SEARCH_CARRIES, SYNERGY, SYNERGY_OF, place,
};

/// Response of all channels in one week of one region, each from 0 towards 1.
pub(super) type Responses = [f64; CHANNEL_COUNT];

/// How the channels respond; precomputed weights and sizes.
#[derive(Debug, Clone)]
pub(super) struct Response {
    weights: [[f64; WEEKS_FELT]; CHANNEL_COUNT],
    /// Euros per 1,000 inhabitants that full response brings at normal demand and affinity.
    sizes: [f64; CHANNEL_COUNT],
}

/// One week of media, in euros per 1,000 inhabitants.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Media {
    /// What each channel brings on its own; for search without what television sends it.
    pub(super) own: [f64; CHANNEL_COUNT],
    /// What television brings by way of search.
    pub(super) via_search: f64,
    /// What television and social media bring beyond their sum.
    pub(super) synergy: f64,
}

impl Media {
    /// All of it.
    pub(super) fn total(&self) -> f64 {
        self.own.iter().sum::<f64>() + self.via_search + self.synergy
    }
}

impl Response {
    pub(super) fn new() -> Self {
        Self {
            weights: CHANNELS.map(|channel| channel.carry_over.weights()),
            sizes: CHANNELS.map(|channel| {
                channel.roas * channel.share * LEVEL / channel.saturation.at(1.0 / channel.half)
            }),
        }
    }

    /// Response of `channel` in `week`, whose pressure in week `w` is `pressure(w)`.
    pub(super) fn of(&self, channel: usize, week: usize, pressure: impl Fn(usize) -> f64) -> f64 {
        let weights = self.weights[channel].iter().enumerate().take(week + 1);
        let felt: f64 = weights.map(|(lag, weight)| weight * pressure(week - lag)).sum();
        CHANNELS[channel].saturation.at(felt / CHANNELS[channel].half)
    }

    /// Euros per 1,000 inhabitants: `own_search` is the response that search would have without television.
    pub(super) fn media(&self, responses: &Responses, own_search: f64, affinity: f64, demand: f64) -> Media {
        let scale = affinity * (demand / 100.0).powf(DEMAND_IN_MEDIA);
        let mut own: [f64; CHANNEL_COUNT] =
            std::array::from_fn(|channel| scale * self.sizes[channel] * responses[channel]);
        own[place::SEARCH] = scale * self.sizes[place::SEARCH] * own_search;
        let via_search = scale * self.sizes[place::SEARCH] * (responses[place::SEARCH] - own_search);
        let synergy = scale * SYNERGY * LEVEL * responses[SYNERGY_OF.0] * responses[SYNERGY_OF.1];
        Media { own, via_search, synergy }
    }
}

/// By how much television raises search pressure and search spend.
pub(super) fn carried(response_to_tv: f64) -> f64 {
    1.0 + SEARCH_CARRIES * response_to_tv
}
