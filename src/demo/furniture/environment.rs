//! The outside world as its publishers sell it: weather, search demand, competitors, economy, holidays.

use super::calendar::{days_after, epoch_days, holiday, monday, signed};
use super::company::{Company, cells};
use super::outside::{COMPETITORS, Weather};
use super::world::{REGIONS, UNITS, WARM_UP, WEEKS};
use crate::demo::sheet::Sheet;

/// Week of the lake whose weather the provider never delivered.
pub(super) const WITHOUT_WEATHER: usize = 110;

/// One row per day and region.
pub(super) fn weather(company: &Company) -> Sheet {
    let weeks = cells().filter(|(week, _)| *week != WARM_UP + WITHOUT_WEATHER);
    let rows: Vec<(i32, &str, Weather)> = weeks
        .flat_map(|(week, unit)| {
            let days = company.market.outside.weather[week][unit];
            days.into_iter().zip(0..).map(move |(weather, day)| {
                (epoch_days(days_after(monday(week), day)), REGIONS[unit].code, weather)
            })
        })
        .collect();
    Sheet::default()
        .days("day", rows.iter().map(|row| row.0))
        .texts("region", rows.iter().map(|row| row.1))
        .numbers("temperature", rows.iter().map(|row| row.2.temperature))
        .numbers("rain", rows.iter().map(|row| row.2.rain))
        .numbers("sunshine", rows.iter().map(|row| row.2.sunshine))
}

/// One row per week and region.
pub(super) fn search_demand(company: &Company) -> Sheet {
    let demand = &company.market.outside.demand;
    Sheet::default()
        .days("week", cells().map(|(week, _)| epoch_days(monday(week))))
        .texts("region", cells().map(|(_, unit)| REGIONS[unit].code))
        .numbers("search_index", cells().map(|(week, unit)| demand[week][unit]))
}

/// Weeks of the lake and competitors.
fn offers() -> impl Iterator<Item = (usize, usize)> {
    (WARM_UP..WARM_UP + WEEKS)
        .flat_map(|week| (0..COMPETITORS.len()).map(move |competitor| (week, competitor)))
}

/// One row per week and competitor.
pub(super) fn competitor_prices(company: &Company) -> Sheet {
    let prices = &company.market.outside.prices;
    Sheet::default()
        .days("week", offers().map(|(week, _)| epoch_days(monday(week))))
        .texts("competitor", offers().map(|(_, competitor)| COMPETITORS[competitor].0))
        .numbers("price_index", offers().map(|(week, competitor)| prices[week][competitor]))
}

/// One row per competitor and region.
pub(super) fn competitor_stores(company: &Company) -> Sheet {
    let places =
        || (0..UNITS).flat_map(|unit| (0..COMPETITORS.len()).map(move |competitor| (unit, competitor)));
    let stores = &company.market.outside.stores;
    Sheet::default()
        .texts("region", places().map(|(unit, _)| REGIONS[unit].code))
        .texts("competitor", places().map(|(_, competitor)| COMPETITORS[competitor].0))
        .wholes("stores", places().map(|(unit, competitor)| i64::from(stores[unit][competitor])))
}

/// One row per week, region and competitor.
pub(super) fn competitor_ads(company: &Company) -> Sheet {
    let rows = || cells().flat_map(|(week, unit)| (0..COMPETITORS.len()).map(move |of| (week, unit, of)));
    let pressure = &company.market.outside.pressure;
    Sheet::default()
        .days("week", rows().map(|(week, ..)| epoch_days(monday(week))))
        .texts("region", rows().map(|(_, unit, _)| REGIONS[unit].code))
        .texts("competitor", rows().map(|(.., of)| COMPETITORS[of].0))
        .numbers("rating_points", rows().map(|(week, unit, of)| pressure[week][unit][of]))
}

/// One row per month, from before the lake to its end.
pub(super) fn economy(company: &Company) -> Sheet {
    let first = days_after(monday(WARM_UP), -62);
    let end = monday(WARM_UP + WEEKS);
    let months = &company.market.outside.months;
    let months = || months.iter().filter(|month| month.first >= first && month.first < end);
    Sheet::default()
        .days("month", months().map(|month| epoch_days(month.first)))
        .numbers("consumer_confidence", months().map(|month| month.confidence))
        .numbers("building_permits", months().map(|month| month.permits))
}

/// One row per public holiday and region.
pub(super) fn holidays() -> Sheet {
    let days = (0..signed(7 * WEEKS)).map(|day| days_after(monday(WARM_UP), day));
    let rows: Vec<(i32, &str, &str)> = days
        .flat_map(|day| {
            REGIONS
                .into_iter()
                .filter_map(move |region| Some((epoch_days(day), region.code, holiday(day, region.code)?)))
        })
        .collect();
    Sheet::default()
        .days("day", rows.iter().map(|row| row.0))
        .texts("region", rows.iter().map(|row| row.1))
        .texts("holiday", rows.iter().map(|row| row.2))
}

/// One row per region: its code, its name, and how many people live there.
pub(super) fn regions() -> Sheet {
    Sheet::default()
        .texts("region", REGIONS.iter().map(|region| region.code))
        .texts("name", REGIONS.iter().map(|region| region.name))
        .numbers("inhabitants_thousands", REGIONS.iter().map(|region| region.inhabitants))
}
