//! The company's market, lived week by week: what it spends, what it sells, and why.
//!
//! Spend reacts to last week's demand and revenue, prices to the competitors', so weeks follow from each
//! other and the whole history is drawn at once. All amounts are in euros per 1,000 inhabitants at scale 1.

use super::calendar::{ALL_WEEKS, monday, place_in_year};
use super::outside::{Memory, Outside, holidays, tenth};
use super::purpose;
use super::response::{Media, Response, Responses, carried};
use super::spending::Spending;
use super::world::{
    AFFINITY, AVERAGE_INHABITANTS, CHANNEL_COUNT, COMMON_NOISE, COMPETITOR_ADS, COMPETITOR_PRICE, CONFIDENCE,
    DEMAND, HEAT, HOLIDAY, LEVEL, NOISE, NOISE_MEMORY, OWN_PRICE, PRICE_FOLLOWS, RAIN, REGIONS, SEASON,
    TREND, UNITS, WARM, WARM_UP, place,
};
use crate::demo::random::Stream;

/// What moves the level of a week, in the order of [`Week::causes`].
pub(super) const CAUSES: [&str; 10] = [
    "trend",
    "season",
    "market_demand",
    "own_price",
    "competitor_price",
    "competitor_ads",
    "consumer_confidence",
    "heat",
    "rain",
    "holidays",
];

/// One week of one region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Week {
    /// The company's own price index, 100 is normal.
    pub(super) own_price: f64,
    /// Relative changes of the level, by cause.
    pub(super) causes: [f64; CAUSES.len()],
    /// Spend by channel; for search with what television sends it.
    pub(super) spend: [f64; CHANNEL_COUNT],
    /// Planned pressure by channel as a multiple of the plan; for search without television.
    pub(super) pressure: [f64; CHANNEL_COUNT],
    /// Euros per 1,000 units of exposure.
    pub(super) cost: [f64; CHANNEL_COUNT],
    /// Response of each channel.
    pub(super) responses: Responses,
    /// What media bring.
    pub(super) media: Media,
    /// What nothing explains.
    pub(super) noise: f64,
    /// Order intake.
    pub(super) revenue: f64,
}

impl Week {
    /// Revenue without media and noise.
    pub(super) fn level(&self, affinity: f64) -> f64 {
        affinity * LEVEL * self.causes.iter().sum::<f64>().exp()
    }

    /// Units of exposure per 1,000 inhabitants.
    pub(super) fn exposure(&self, channel: usize) -> f64 {
        1_000.0 * self.spend[channel] / self.cost[channel]
    }
}

/// The whole history of the furniture world of one seed.
pub struct Market {
    pub(super) seed: u64,
    pub(super) outside: Outside,
    pub(super) affinity: [f64; UNITS],
    pub(super) weeks: Vec<[Week; UNITS]>,
    pub(super) response: Response,
    /// Switches every channel off: spend goes on, but nothing comes of it.
    pub(super) without_effects: bool,
}

impl Market {
    /// Lives the world of `seed`.
    #[must_use]
    pub fn live(seed: u64) -> Self {
        Self::live_with(seed, false)
    }

    /// Lives the world of `seed`, in which no channel has any effect if `without_effects`.
    #[must_use]
    pub fn live_with(seed: u64, without_effects: bool) -> Self {
        let outside = Outside::draw(seed);
        let mut stream = Stream::new(seed, purpose::AFFINITY, 0);
        let affinity = std::array::from_fn(|_| stream.spread(AFFINITY));
        let response = Response::new();
        let mut market = Self { seed, outside, affinity, weeks: Vec::new(), response, without_effects };
        let mut drawn = Drawn::begin(seed);
        for week in 0..ALL_WEEKS {
            let next = market.next(week, &mut drawn);
            market.weeks.push(next);
        }
        market
    }

    /// The week after those that have been lived.
    fn next(&self, week: usize, drawn: &mut Drawn) -> [Week; UNITS] {
        let common = COMMON_NOISE * drawn.noise.normal();
        let shared = drawn.spending.week();
        std::array::from_fn(|unit| {
            let before = week.checked_sub(1).map(|week| &self.weeks[week][unit]);
            let own_price = self.own_price(week, unit, drawn);
            let causes = self.causes(week, unit, own_price);
            let revenue_before = before.map_or(0.0, |before| (before.revenue / self.normal(unit)).ln());
            let demand_before =
                week.checked_sub(1).map_or(0.0, |week| (self.outside.demand[week][unit] / 100.0).ln());
            let spend = drawn.spending.region(
                &shared,
                week,
                unit,
                self.affinity[unit],
                demand_before,
                revenue_before,
            );
            let mut now = Week {
                own_price,
                causes,
                spend: spend.euros,
                pressure: spend.pressure,
                cost: spend.cost,
                responses: [0.0; CHANNEL_COUNT],
                media: Media::default(),
                noise: 0.0,
                revenue: 0.0,
            };
            self.respond(week, unit, &mut now);
            let size = (AVERAGE_INHABITANTS / REGIONS[unit].inhabitants).powf(0.2);
            let memory = drawn.memory[unit].next(&mut drawn.noise);
            now.noise = self.affinity[unit] * LEVEL * (common + NOISE * size * memory);
            now.revenue = now.level(self.affinity[unit]) + now.media.total() + now.noise;
            now
        })
    }

    /// Revenue of an ordinary week.
    fn normal(&self, unit: usize) -> f64 {
        1.2 * LEVEL * self.affinity[unit]
    }

    /// The company's price index: it follows the competitors' of last week, with actions of its own.
    fn own_price(&self, week: usize, unit: usize, drawn: &mut Drawn) -> f64 {
        let before = week.saturating_sub(1);
        let competitors = (self.outside.competitor_price(before, unit) / 100.0).ln();
        if unit == 0 {
            drawn.action = if drawn.prices.happens(0.12) { -0.06 } else { 0.0 };
        }
        let change = PRICE_FOLLOWS * competitors + drawn.action + 0.015 * drawn.prices.normal();
        tenth(100.0 * change.exp())
    }

    fn causes(&self, week: usize, unit: usize, own_price: f64) -> [f64; CAUSES.len()] {
        let years = (week as f64 - WARM_UP as f64) / 52.178;
        let place = std::f64::consts::TAU * place_in_year(monday(week));
        let waves = SEASON.iter().zip(1..);
        let season = waves
            .map(|((sine, cosine), wave)| {
                let angle = f64::from(wave) * place;
                sine * angle.sin() + cosine * angle.cos()
            })
            .sum();
        let outside = &self.outside;
        let relative = |index: f64| (index / 100.0).ln();
        [
            TREND * years,
            season,
            DEMAND * relative(outside.demand[week][unit]),
            OWN_PRICE * relative(own_price),
            COMPETITOR_PRICE * relative(outside.competitor_price(week, unit)),
            COMPETITOR_ADS * (outside.competitor_pressure(week, unit) / 100.0 - 1.0),
            CONFIDENCE * (outside.confidence[week] + 12.0),
            HEAT * (outside.temperature(week, unit) - WARM).max(0.0),
            RAIN * outside.rain(week, unit),
            HOLIDAY * holidays(week, unit),
        ]
    }

    /// Fills in what media bring in `now`, the week after those that have been lived.
    fn respond(&self, week: usize, unit: usize, now: &mut Week) {
        let pressure = |channel: usize| {
            let current = now.pressure[channel];
            move |at: usize| if at == week { current } else { self.weeks[at][unit].pressure[channel] }
        };
        let mut responses: Responses =
            std::array::from_fn(|channel| self.response.of(channel, week, pressure(channel)));
        let own_search = responses[place::SEARCH];
        let carries = carried(responses[place::TV]);
        let search = |at: usize| {
            let sent = if at == week { carries } else { carried(self.weeks[at][unit].responses[place::TV]) };
            pressure(place::SEARCH)(at) * sent
        };
        responses[place::SEARCH] = self.response.of(place::SEARCH, week, search);
        now.spend[place::SEARCH] *= carries;
        now.responses = responses;
        if !self.without_effects {
            let demand = self.outside.demand[week][unit];
            now.media = self.response.media(&responses, own_search, self.affinity[unit], demand);
        }
    }
}

/// What is drawn along the way.
struct Drawn {
    prices: Stream,
    action: f64,
    spending: Spending,
    noise: Stream,
    memory: Vec<Memory>,
}

impl Drawn {
    fn begin(seed: u64) -> Self {
        let mut noise = Stream::new(seed, purpose::NOISE, 0);
        let memory = (0..UNITS).map(|_| Memory::begin(&mut noise, NOISE_MEMORY, 1.0)).collect();
        let prices = Stream::new(seed, purpose::OWN_PRICE, 0);
        Self { prices, action: 0.0, spending: Spending::begin(seed), noise, memory }
    }
}
