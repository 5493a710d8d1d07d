//! How much is spent: plans, flights, reactions to demand and revenue, and chance.

use super::calendar::{ALL_WEEKS, monday, place_in_year};
use super::channel::Flights;
use super::outside::Memory;
use super::purpose;
use super::world::{CHANNEL_COUNT, CHANNELS, LEVEL, LIFT_TEST, REGIONS, UNITS, WARM_UP};
use crate::demo::random::Stream;

/// Spend of one region in one week.
pub(super) struct RegionSpend {
    /// Euros per 1,000 inhabitants.
    pub(super) euros: [f64; CHANNEL_COUNT],
    /// Pressure as a multiple of the plan.
    pub(super) pressure: [f64; CHANNEL_COUNT],
    /// Euros per 1,000 units of exposure.
    pub(super) cost: [f64; CHANNEL_COUNT],
}

/// What all regions share in one week.
pub(super) struct Shared {
    noise: [f64; CHANNEL_COUNT],
    cost: [f64; CHANNEL_COUNT],
}

/// The spending plan as it is carried out.
pub(super) struct Spending {
    stream: Stream,
    national: Vec<Memory>,
    regional: Vec<[Memory; UNITS]>,
    costs: Stream,
    cost: Vec<Memory>,
    /// Spend as a multiple of the plan, by channel, week and group of regions.
    flights: Vec<Option<Vec<Vec<f64>>>>,
}

impl Spending {
    pub(super) fn begin(seed: u64) -> Self {
        let mut stream = Stream::new(seed, purpose::SPEND, 0);
        let mut costs = Stream::new(seed, purpose::COST, 0);
        let national =
            CHANNELS.iter().map(|channel| Memory::begin(&mut stream, 0.7, channel.noise_national)).collect();
        let regional = CHANNELS
            .iter()
            .map(|channel| std::array::from_fn(|_| Memory::begin(&mut stream, 0.6, channel.noise_regional)))
            .collect();
        let cost = CHANNELS.iter().map(|_| Memory::begin(&mut costs, 0.9, 0.08)).collect();
        let flights = CHANNELS
            .iter()
            .zip(0..)
            .map(|(channel, place)| channel.flights.map(|flights| schedule(seed, place, flights)))
            .collect();
        Self { stream, national, regional, costs, cost, flights }
    }

    /// Draws what all regions share in the next week.
    pub(super) fn week(&mut self) -> Shared {
        let Self { stream, national, costs, cost, .. } = self;
        Shared {
            noise: std::array::from_fn(|channel| national[channel].next(stream)),
            cost: std::array::from_fn(|channel| cost[channel].next(costs)),
        }
    }

    /// Draws the spend of one region in the week of `shared`.
    ///
    /// `demand` and `revenue` are last week's, as logarithms of their ratio to an ordinary week.
    pub(super) fn region(
        &mut self,
        shared: &Shared,
        week: usize,
        unit: usize,
        affinity: f64,
        demand: f64,
        revenue: f64,
    ) -> RegionSpend {
        let mut spend = RegionSpend {
            euros: [0.0; CHANNEL_COUNT],
            pressure: [0.0; CHANNEL_COUNT],
            cost: [0.0; CHANNEL_COUNT],
        };
        // Air time is dearest before Christmas.
        let season = 0.12 * (std::f64::consts::TAU * (place_in_year(monday(week)) - 0.9)).cos();
        for (place, channel) in CHANNELS.iter().enumerate() {
            let flight = self.flights[place].as_ref().map_or(1.0, |groups| groups[unit % groups.len()][week]);
            let change = channel.follows_demand * demand
                + channel.follows_revenue * revenue
                + shared.noise[place]
                + self.regional[place][unit].next(&mut self.stream);
            let plan = channel.share * LEVEL;
            let euros = plan * affinity * flight * lift(place, week, unit) * change.exp();
            let dearer = (shared.cost[place] + season).exp();
            spend.euros[place] = euros;
            spend.cost[place] = channel.cost_per_thousand * dearer;
            spend.pressure[place] = euros / dearer / plan;
        }
        spend
    }
}

/// How much more is spent for the lift test.
pub(super) fn lift(channel: usize, week: usize, unit: usize) -> f64 {
    let first = WARM_UP + LIFT_TEST.first_week;
    let tested = channel == LIFT_TEST.channel
        && (first..first + LIFT_TEST.weeks).contains(&week)
        && LIFT_TEST.regions.contains(&REGIONS[unit].code);
    if tested { LIFT_TEST.factor } else { 1.0 }
}

/// Spend as a multiple of the plan, by group and week; 1 on average.
fn schedule(seed: u64, channel: u64, flights: Flights) -> Vec<Vec<f64>> {
    let middle = |(least, most): (u64, u64)| (least + most) as f64 / 2.0;
    let share_on = middle(flights.on) / (middle(flights.on) + middle(flights.off));
    let high = 1.0 / (share_on + (1.0 - share_on) * flights.low);
    (0..flights.groups)
        .map(|group| {
            let mut stream = Stream::new(seed, purpose::FLIGHTS, channel * 64 + group);
            let mut on = stream.happens(share_on);
            let mut weeks = Vec::with_capacity(ALL_WEEKS);
            while weeks.len() < ALL_WEEKS {
                let (least, most) = if on { flights.on } else { flights.off };
                let length = least + stream.below(most - least + 1);
                let level = if on { high } else { high * flights.low };
                weeks.extend((0..length).map(|_| level));
                on = !on;
            }
            weeks.truncate(ALL_WEEKS);
            weeks
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flights_keep_the_plan_on_average() {
        for (channel, place) in CHANNELS.iter().zip(0..) {
            let Some(flights) = channel.flights else { continue };
            let weeks: Vec<f64> = (1..40).flat_map(|seed| schedule(seed, place, flights)).flatten().collect();
            let mean = weeks.iter().sum::<f64>() / weeks.len() as f64;
            assert!((mean - 1.0).abs() < 0.05, "{}: {mean}", channel.name);
        }
    }

    #[test]
    fn the_lift_test_raises_one_channel_in_two_regions() {
        let raised =
            (0..UNITS).filter(|unit| lift(LIFT_TEST.channel, WARM_UP + LIFT_TEST.first_week, *unit) > 1.0);
        assert_eq!(raised.count(), 2);
        assert!((lift(LIFT_TEST.channel, WARM_UP + LIFT_TEST.first_week - 1, 6) - 1.0).abs() < 1e-12);
    }
}
