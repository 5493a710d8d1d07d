//! Web analytics, visitors in stores, service costs, sales effort, and the lift test's report.

use super::calendar::{days_after, epoch_days, monday, signed};
use super::company::{Company, cells};
use super::effects::{AS_IT_WAS, Effects};
use super::purpose;
use super::world::{CHANNELS, LIFT_TEST, REGIONS, UNITS, WARM_UP, place};
use crate::demo::random::{Stream, to_cents};
use crate::demo::sheet::Sheet;

/// Where sessions come from, per 1,000 inhabitants and day, and the channel that raises them.
const SESSIONS: [(&str, f64, Option<usize>); 6] = [
    ("direct", 1.2, Some(place::TV)),
    ("organic_search", 1.6, None),
    ("paid_search", 0.9, Some(place::SEARCH)),
    ("social", 0.7, Some(place::SOCIAL)),
    ("email", 0.3, Some(place::EMAIL)),
    ("display", 0.2, Some(place::DISPLAY)),
];

/// One row per day, region and source of sessions.
pub(super) fn sessions(company: &Company) -> Sheet {
    struct Row {
        day: i32,
        unit: usize,
        source: &'static str,
        sessions: u64,
        product_views: u64,
        carts: u64,
    }
    let mut rows = Vec::new();
    for (week, unit) in cells() {
        let mut stream = Stream::new(company.market.seed, purpose::WEB, (week * 64 + unit) as u64);
        let now = &company.market.weeks[week][unit];
        let demand = (company.market.outside.demand[week][unit] / 100.0).powf(0.6);
        for day in 0..7 {
            let weekday = if day >= 5 { 1.25 } else { 0.9 };
            for (source, rate, raised_by) in SESSIONS {
                let raised = raised_by.map_or(1.0, |channel| 0.4 + 1.5 * now.responses[channel]);
                let mean = company.size(unit) * rate * demand * raised * weekday * stream.spread(0.08);
                let sessions = stream.count(mean);
                let product_views = stream.count((2.4 * sessions as f64).max(1e-9));
                let carts = stream.count((0.06 * sessions as f64).max(1e-9));
                let day = epoch_days(days_after(monday(week), signed(day)));
                rows.push(Row { day, unit, source, sessions, product_views, carts });
            }
        }
    }
    Sheet::default()
        .days("day", rows.iter().map(|row| row.day))
        .texts("region", rows.iter().map(|row| REGIONS[row.unit].code))
        .texts("source", rows.iter().map(|row| row.source))
        .counts("sessions", rows.iter().map(|row| row.sessions))
        .counts("product_views", rows.iter().map(|row| row.product_views))
        .counts("carts", rows.iter().map(|row| row.carts))
}

/// One row per day of opening and region: people who came through the doors.
pub(super) fn visitors(company: &Company) -> Sheet {
    let mut rows: Vec<(i32, &str, u64)> = Vec::new();
    for (week, unit) in cells() {
        let mut stream =
            Stream::new(company.market.seed, purpose::WEB, (1 << 40) + (week * 64 + unit) as u64);
        let now = &company.market.weeks[week][unit];
        let usual = company.market.affinity[unit] * super::world::LEVEL;
        for day in 0..6 {
            let date = days_after(monday(week), day);
            if super::calendar::holiday(date, REGIONS[unit].code).is_some() {
                continue;
            }
            let weekday = if day == 5 { 2.1 } else { 0.8 };
            let mean =
                company.size(unit) * 0.11 * weekday * (now.revenue / usual).max(0.05) * stream.spread(0.06);
            rows.push((epoch_days(date), REGIONS[unit].code, stream.count(mean)));
        }
    }
    Sheet::default()
        .days("day", rows.iter().map(|row| row.0))
        .texts("region", rows.iter().map(|row| row.1))
        .counts("visitors", rows.iter().map(|row| row.2))
}

/// One row per week and region: what delivery, assembly and complaints cost.
pub(super) fn service_costs(company: &Company) -> Sheet {
    let rows: Vec<(usize, usize, [i64; 3])> = cells()
        .map(|(week, unit)| {
            let mut stream = Stream::new(company.market.seed, purpose::SERVICE, (week * 64 + unit) as u64);
            let revenue = company.revenue(week, unit);
            let cost = [0.055, 0.03, 0.015].map(|share| to_cents(share * revenue * stream.spread(0.08)));
            (week, unit, cost)
        })
        .collect();
    Sheet::default()
        .days("week", rows.iter().map(|row| epoch_days(monday(row.0))))
        .texts("region", rows.iter().map(|row| REGIONS[row.1].code))
        .money("delivery_cost", rows.iter().map(|row| row.2[0]))
        .money("assembly_cost", rows.iter().map(|row| row.2[1]))
        .money("complaint_cost", rows.iter().map(|row| row.2[2]))
}

/// One row per week and region: what the company's basket cost, 100 is normal.
pub(super) fn price_index(company: &Company) -> Sheet {
    let weeks = &company.market.weeks;
    Sheet::default()
        .days("week", cells().map(|(week, _)| epoch_days(monday(week))))
        .texts("region", cells().map(|(_, unit)| REGIONS[unit].code))
        .numbers("price_index", cells().map(|(week, unit)| weeks[week][unit].own_price))
}

/// One row per week and region: hours of field sales and what they cost.
pub(super) fn sales_effort(company: &Company) -> Sheet {
    let channel = place::FIELD_SALES;
    Sheet::default()
        .days("week", cells().map(|(week, _)| epoch_days(monday(week))))
        .texts("region", cells().map(|(_, unit)| REGIONS[unit].code))
        .numbers(
            "hours",
            cells().map(|(week, unit)| (company.exposure(week, unit, channel) * 10.0).round() / 10.0),
        )
        .money("cost", cells().map(|(week, unit)| to_cents(company.spend(week, unit, channel))))
}

/// One row per region of the lift test, as the test's report has it.
pub(super) fn lift_tests(company: &Company) -> Sheet {
    let window = WARM_UP + LIFT_TEST.first_week..WARM_UP + LIFT_TEST.first_week + LIFT_TEST.weeks;
    let units: Vec<usize> =
        (0..UNITS).filter(|unit| LIFT_TEST.regions.contains(&REGIONS[*unit].code)).collect();
    let mut stream = Stream::new(company.market.seed, purpose::LIFT, 0);
    let results: Vec<(i64, i64, i64)> = units
        .iter()
        .map(|unit| {
            let effects = Effects::new(&company.market, *unit, window.clone());
            let mut without = AS_IT_WAS;
            without[LIFT_TEST.channel] = 1.0 / LIFT_TEST.factor;
            let (with, without) = (effects.outcome(&AS_IT_WAS), effects.outcome(&without));
            let spend = company.scale * (with.total_spend() - without.total_spend());
            let lift = company.scale * (with.revenue() - without.revenue());
            // A test of a channel without effect has an error too.
            let error = LIFT_TEST.relative_error * lift.abs().max(spend);
            (to_cents(spend), to_cents(lift + error * stream.normal()), to_cents(error))
        })
        .collect();
    let day = |week: usize| epoch_days(monday(week));
    Sheet::default()
        .texts("test", units.iter().map(|_| "social_2023"))
        .texts("channel", units.iter().map(|_| CHANNELS[LIFT_TEST.channel].name))
        .texts("region", units.iter().map(|unit| REGIONS[*unit].code))
        .days("start_date", units.iter().map(|_| day(window.start)))
        .days("end_date", units.iter().map(|_| day(window.end)))
        .money("spend_change", results.iter().map(|result| result.0))
        .money("lift", results.iter().map(|result| result.1))
        .money("lift_standard_error", results.iter().map(|result| result.2))
}
