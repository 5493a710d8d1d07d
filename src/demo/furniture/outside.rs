//! What happens outside the company: demand, competitors, economy, weather.
//!
//! Series are kept as they are published, rounding included, so that what the lake shows is exactly what
//! moved the world.

use super::calendar::{ALL_WEEKS, days_after, holiday, monday, place_in_year};
use super::purpose;
use super::world::{AVERAGE_INHABITANTS, REGIONS, UNITS, WARM_UP};
use crate::demo::random::Stream;

/// Competitors, with the number of stores of each in a region of average size.
pub(super) const COMPETITORS: [(&str, f64); 3] = [("nordhaus", 9.0), ("wohnwelt24", 6.0), ("casa_viva", 4.0)];

/// One day of weather in one region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    /// Mean temperature, °C.
    pub(super) temperature: f64,
    /// Rain and melted snow, mm.
    pub(super) rain: f64,
    /// Hours of sunshine.
    pub(super) sunshine: f64,
}

/// What happens outside, by week of the world and region.
pub(super) struct Outside {
    /// Market demand, 100 is normal.
    pub(super) demand: Vec<[f64; UNITS]>,
    /// Stores of each competitor, by region.
    pub(super) stores: [[u32; 3]; UNITS],
    /// Price index of each competitor, 100 is normal.
    pub(super) prices: Vec<[f64; 3]>,
    /// Gross rating points of each competitor, by region.
    pub(super) pressure: Vec<[[f64; 3]; UNITS]>,
    /// Consumer confidence as published before the week began.
    pub(super) confidence: Vec<f64>,
    /// Consumer confidence and building permits of each month, from the month before the first week.
    pub(super) months: Vec<Month>,
    /// Weather of the seven days of the week.
    pub(super) weather: Vec<[[Weather; 7]; UNITS]>,
}

/// One month of the economy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Month {
    /// First day.
    pub(super) first: chrono::NaiveDate,
    /// Consumer confidence in points.
    pub(super) confidence: f64,
    /// Building permits in thousands. Nothing in this world depends on them.
    pub(super) permits: f64,
}

/// A number as it is published, with one decimal.
pub(super) fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

impl Outside {
    /// Draws the outside world of `seed`.
    pub(super) fn draw(seed: u64) -> Self {
        let months = economy(seed);
        let confidence = (0..ALL_WEEKS).map(|week| known_confidence(&months, week)).collect();
        Self {
            demand: demand(seed),
            stores: stores(seed),
            prices: prices(seed),
            pressure: pressure(seed),
            confidence,
            months,
            weather: weather(seed),
        }
    }

    /// Competitors' price index in a region: that of its stores.
    pub(super) fn competitor_price(&self, week: usize, unit: usize) -> f64 {
        let stores = self.stores[unit].map(f64::from);
        let total: f64 = stores.iter().sum();
        stores.iter().zip(self.prices[week]).map(|(stores, price)| stores * price).sum::<f64>() / total
    }

    /// Competitors' advertising pressure in a region, gross rating points.
    pub(super) fn competitor_pressure(&self, week: usize, unit: usize) -> f64 {
        self.pressure[week][unit].iter().sum()
    }

    /// Mean temperature of a week.
    pub(super) fn temperature(&self, week: usize, unit: usize) -> f64 {
        self.weather[week][unit].iter().map(|day| day.temperature).sum::<f64>() / 7.0
    }

    /// Rain of a week.
    pub(super) fn rain(&self, week: usize, unit: usize) -> f64 {
        self.weather[week][unit].iter().map(|day| day.rain).sum()
    }
}

/// Public holidays of a week from Monday to Saturday.
pub(super) fn holidays(week: usize, unit: usize) -> f64 {
    let days = (0..6).map(|day| days_after(monday(week), day));
    days.filter(|day| holiday(*day, REGIONS[unit].code).is_some()).count() as f64
}

/// A series that forgets: each value keeps some of the last and has the standard deviation `spread`.
pub(super) struct Memory {
    value: f64,
    kept: f64,
    spread: f64,
}

impl Memory {
    /// Begins in its long-run distribution.
    pub(super) fn begin(stream: &mut Stream, kept: f64, spread: f64) -> Self {
        Self { value: spread * stream.normal(), kept, spread }
    }

    /// The next value.
    pub(super) fn next(&mut self, stream: &mut Stream) -> f64 {
        let fresh = self.spread * (1.0 - self.kept * self.kept).sqrt();
        self.value = self.kept * self.value + fresh * stream.normal();
        self.value
    }
}

fn demand(seed: u64) -> Vec<[f64; UNITS]> {
    let mut stream = Stream::new(seed, purpose::DEMAND, 0);
    let mut national = Memory::begin(&mut stream, 0.93, 0.10);
    let mut regional: Vec<Memory> = (0..UNITS).map(|_| Memory::begin(&mut stream, 0.85, 0.06)).collect();
    (0..ALL_WEEKS)
        .map(|week| {
            let angle = std::f64::consts::TAU * place_in_year(monday(week));
            let season = 0.07 * angle.cos() + 0.03 * (2.0 * angle).sin();
            let shared = national.next(&mut stream) + season;
            std::array::from_fn(|unit| tenth(100.0 * (shared + regional[unit].next(&mut stream)).exp()))
        })
        .collect()
}

fn stores(seed: u64) -> [[u32; 3]; UNITS] {
    let mut stream = Stream::new(seed, purpose::STORES, 0);
    REGIONS.map(|region| {
        COMPETITORS.map(|(_, average)| {
            let mean = average * region.inhabitants / AVERAGE_INHABITANTS * stream.spread(0.6);
            u32::try_from(crate::demo::random::to_count(mean)).unwrap_or(0).max(1)
        })
    })
}

fn prices(seed: u64) -> Vec<[f64; 3]> {
    let mut stream = Stream::new(seed, purpose::PRICES, 0);
    let mut level = COMPETITORS.map(|_| Memory::begin(&mut stream, 0.92, 0.05));
    let mut sale = [0_u64; 3];
    (0..ALL_WEEKS)
        .map(|_| {
            std::array::from_fn(|competitor| {
                if sale[competitor] == 0 && stream.happens(0.06) {
                    sale[competitor] = 1 + stream.below(3);
                }
                let on_sale = sale[competitor] > 0;
                sale[competitor] = sale[competitor].saturating_sub(1);
                let change = level[competitor].next(&mut stream) - if on_sale { 0.10 } else { 0.0 };
                tenth(100.0 * change.exp())
            })
        })
        .collect()
}

fn pressure(seed: u64) -> Vec<[[f64; 3]; UNITS]> {
    let mut stream = Stream::new(seed, purpose::PRESSURE, 0);
    let mut national = COMPETITORS.map(|_| Memory::begin(&mut stream, 0.8, 0.5));
    (0..ALL_WEEKS)
        .map(|_| {
            let shared: [f64; 3] = std::array::from_fn(|competitor| national[competitor].next(&mut stream));
            std::array::from_fn(|_| shared.map(|shared| tenth(33.0 * (shared + 0.4 * stream.normal()).exp())))
        })
        .collect()
}

/// Months from the one before the warm-up to the one after the last week.
fn economy(seed: u64) -> Vec<Month> {
    let mut stream = Stream::new(seed, purpose::ECONOMY, 0);
    let mut confidence = Memory::begin(&mut stream, 0.94, 9.0);
    let mut permits = Memory::begin(&mut stream, 0.9, 3.0);
    let first = first_of_month(days_after(monday(0), -31));
    let last = monday(ALL_WEEKS - 1);
    let months = std::iter::successors(Some(first), |month| month.checked_add_months(chrono::Months::new(1)));
    months
        .take_while(|month| *month <= last)
        .map(|first| Month {
            first,
            confidence: tenth(-12.0 + confidence.next(&mut stream)),
            permits: tenth(24.0 + permits.next(&mut stream)),
        })
        .collect()
}

fn first_of_month(day: chrono::NaiveDate) -> chrono::NaiveDate {
    use chrono::Datelike;
    day.with_day(1).unwrap_or(day)
}

/// The confidence of the last month that had ended when the week began.
fn known_confidence(months: &[Month], week: usize) -> f64 {
    let current = first_of_month(monday(week));
    let known = months.iter().take_while(|month| month.first < current).last();
    known.map_or(0.0, |month| month.confidence)
}

fn weather(seed: u64) -> Vec<[[Weather; 7]; UNITS]> {
    let mut stream = Stream::new(seed, purpose::WEATHER, 0);
    let mut front = Memory::begin(&mut stream, 0.8, 3.0);
    let mut local: Vec<Memory> = (0..UNITS).map(|_| Memory::begin(&mut stream, 0.6, 1.3)).collect();
    let quiet = Weather { temperature: 0.0, rain: 0.0, sunshine: 0.0 };
    (0..ALL_WEEKS)
        .map(|week| {
            let mut days = [[quiet; 7]; UNITS];
            for (day, after) in (0..7).enumerate() {
                let date = days_after(monday(week), after);
                let season = (std::f64::consts::TAU * (place_in_year(date) - 0.55)).cos();
                let shared = front.next(&mut stream);
                let wet_front = stream.happens(0.45);
                for (unit, region) in REGIONS.iter().enumerate() {
                    let wet = if stream.happens(0.75) { wet_front } else { stream.happens(0.45) };
                    let rain = if wet { -4.5 * (1.0 - stream.share()).ln() } else { 0.0 };
                    let warmth = region.temperature + 9.3 * season + shared + local[unit].next(&mut stream);
                    let sun =
                        (4.7 + 3.6 * season + 1.5 * stream.normal() - if wet { 2.5 } else { 0.0 }).max(0.0);
                    days[unit][day] =
                        Weather { temperature: tenth(warmth), rain: tenth(rain), sunshine: tenth(sun) };
                }
            }
            days
        })
        .collect()
}

/// True for weeks that belong to the lake.
pub(super) fn in_lake(week: usize) -> bool {
    (WARM_UP..WARM_UP + super::world::WEEKS).contains(&week)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand_is_around_its_normal_and_slow() {
        let outside = Outside::draw(3);
        let series: Vec<f64> = outside.demand.iter().map(|row| row[9].ln()).collect();
        let mean = series.iter().sum::<f64>() / series.len() as f64;
        // The national part has a standard deviation of .10 and forgets over about 14 weeks.
        assert!((mean - 100.0_f64.ln()).abs() < 0.12, "{mean}");
        let steps: f64 = series.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>();
        assert!(steps / (series.len() as f64) < 0.08);
    }

    #[test]
    fn confidence_is_known_only_after_its_month() {
        let outside = Outside::draw(1);
        for week in 0..ALL_WEEKS {
            let used = outside.confidence[week];
            let month =
                outside.months.iter().rfind(|month| month.first < first_of_month(monday(week))).unwrap();
            assert!((used - month.confidence).abs() < 1e-12);
        }
    }

    #[test]
    fn summers_are_warm() {
        let outside = Outside::draw(1);
        let july = (0..ALL_WEEKS).filter(|week| (0.5..0.6).contains(&place_in_year(monday(*week))));
        let temperatures: Vec<f64> = july.map(|week| outside.temperature(week, 3)).collect();
        let mean = temperatures.iter().sum::<f64>() / temperatures.len() as f64;
        assert!((15.0..21.0).contains(&mean), "{mean}");
    }
}
