//! Order lines, returns and the tills' daily closing, as the ERP system exports them.
//!
//! Revenue of a region and week is dealt out to lines to the cent, so that orders are the panel in pieces.
//! The dirt of the export is made here: orders that arrive weeks late, exports that broke off and were sent
//! again, and two clocks: stores write their wall clock, the web shop writes UTC.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{Datelike, NaiveDate, Weekday};

use super::calendar::{days_after, epoch_days, holiday, midnight, monday, signed, wall_clock};
use super::company::Company;
use super::purpose;
use super::world::{REGIONS, UNITS, WARM_UP, WEEKS};
use crate::demo::random::{Stream, to_cents, to_count};
use crate::demo::sheet::Sheet;
use crate::demo::write::Rows;

/// Mean amount of an order line, in euros.
pub(super) const LINE: f64 = 340.0;
/// Share of lines that arrive late, by weeks of delay from 1 to 5.
pub(super) const LATE: [f64; 5] = [0.012, 0.008, 0.005, 0.003, 0.002];
/// Share of days whose export broke off and was sent again.
pub(super) const SENT_AGAIN: f64 = 0.02;
/// Share of rows that got through before an export broke off.
pub(super) const BROKE_OFF_AFTER: f64 = 0.7;
/// Lines by number per order.
const LINES_PER_ORDER: [f64; 4] = [0.48, 0.30, 0.15, 0.07];
/// Orders by hour on the web, local time.
const WEB_HOURS: [f64; 24] = [
    2.0, 1.0, 0.5, 0.3, 0.2, 0.3, 0.6, 1.2, 2.0, 3.0, 3.5, 3.8, 4.0, 3.8, 3.6, 3.6, 3.8, 4.2, 5.0, 6.5, 8.0,
    8.0, 6.0, 3.8,
];
/// Orders by day in stores, Monday to Sunday.
const STORE_DAYS: [f64; 7] = [1.0, 0.9, 0.95, 1.05, 1.4, 2.4, 0.0];
/// Orders by day on the web.
const WEB_DAYS: [f64; 7] = [1.1, 1.0, 1.0, 1.0, 0.9, 0.9, 1.4];
const MICROS: i64 = 1_000_000;
/// Lines that are made at once.
const CHUNK: usize = 65_536;

/// A group of products.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProductGroup {
    pub(super) name: &'static str,
    weight: f64,
    price: f64,
    margin: f64,
    returned: f64,
    /// Relative change of the weight from winter to summer.
    summer: f64,
}

const fn group(
    name: &'static str,
    weight: f64,
    price: f64,
    margin: f64,
    returned: f64,
    summer: f64,
) -> ProductGroup {
    ProductGroup { name, weight, price, margin, returned, summer }
}

/// Product groups.
pub(super) const PRODUCTS: [ProductGroup; 8] = [
    group("sofas", 1.4, 850.0, 0.46, 0.6, 0.0),
    group("beds", 1.2, 560.0, 0.44, 0.7, 0.0),
    group("dining", 1.5, 330.0, 0.42, 0.8, 0.0),
    group("storage", 1.8, 240.0, 0.40, 0.7, 0.0),
    group("office", 1.0, 260.0, 0.38, 1.0, -0.1),
    group("garden", 1.0, 210.0, 0.36, 0.8, 0.8),
    group("lamps", 1.6, 90.0, 0.48, 1.6, -0.3),
    group("decor", 2.6, 45.0, 0.52, 1.8, -0.1),
];

/// What the tills counted: cents and orders by day and region.
pub(super) type Closing = BTreeMap<(NaiveDate, usize), (i64, u64)>;

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// One order line.
#[derive(Debug, Clone, Copy)]
struct Line {
    order: i64,
    number: i64,
    unit: usize,
    web: bool,
    customer: i64,
    product: usize,
    quantity: i64,
    /// Day on the company's clocks.
    day: NaiveDate,
    /// What the export writes: the wall clock of a store, UTC for the web shop.
    clock: i64,
    weight: f64,
    cents: i64,
    cost_cents: i64,
    exported: NaiveDate,
}

/// Lines of one region that were ordered in one week and are exported in one.
struct Batch {
    ordered_week: usize,
    exported_week: usize,
    unit: usize,
}

/// Whether the export of `day` broke off and was sent again.
pub(super) fn sent_again(seed: u64, day: NaiveDate) -> bool {
    let place = u64::try_from(epoch_days(day)).unwrap_or(0);
    Stream::new(seed, purpose::EXPORTS, place).happens(SENT_AGAIN)
}

/// Writes the lines that are exported in `week` of the lake, and counts them into `closing`.
pub(super) fn order_lines(company: &Company, week: usize, rows: &mut Rows, closing: &Mutex<Closing>) {
    let mut counted = Closing::new();
    let again: Vec<bool> =
        (0..7).map(|day| sent_again(company.market.seed, days_after(monday(week), day))).collect();
    for unit in 0..UNITS {
        for delay in 0..=LATE.len() {
            let Some(ordered_week) = week.checked_sub(delay).filter(|ordered| *ordered >= WARM_UP) else {
                continue;
            };
            let batch = Batch { ordered_week, exported_week: week, unit };
            let lines = batch.lines(company);
            count(&lines, &mut counted);
            let mut stream = Stream::new(company.market.seed, purpose::EXPORTS, (1 << 40) + batch.place());
            for chunk in lines.chunks(CHUNK) {
                push(chunk, &again, &mut stream, rows);
            }
        }
    }
    if week + 1 == WARM_UP + WEEKS {
        count_what_comes_later(company, &mut counted);
    }
    let mut closing = closing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (key, (cents, orders)) in counted {
        let entry = closing.entry(key).or_default();
        entry.0 += cents;
        entry.1 += orders;
    }
}

fn count(lines: &[Line], counted: &mut Closing) {
    for line in lines {
        let entry = counted.entry((line.day, line.unit)).or_default();
        entry.0 += line.cents;
        entry.1 += u64::from(line.number == 1);
    }
}

/// Counts orders of the last weeks whose export comes after the lake: the tills know them already.
fn count_what_comes_later(company: &Company, counted: &mut Closing) {
    let end = WARM_UP + WEEKS;
    for unit in 0..UNITS {
        for ordered_week in end - LATE.len()..end {
            for exported_week in end..=ordered_week + LATE.len() {
                count(&Batch { ordered_week, exported_week, unit }.lines(company), counted);
            }
        }
    }
}

/// Writes the returns of lines that were ordered in `week`, as far as they came back within the lake.
pub(super) fn returns(company: &Company, week: usize, rows: &mut Rows) {
    let end = monday(WARM_UP + WEEKS);
    for unit in 0..UNITS {
        let mut returned: Vec<(Line, NaiveDate)> = Vec::new();
        for delay in 0..=LATE.len() {
            let batch = Batch { ordered_week: week, exported_week: week + delay, unit };
            let mut stream = Stream::new(company.market.seed, purpose::RETURNS, batch.place());
            for line in batch.lines(company) {
                let chance = if line.web { 0.08 } else { 0.025 } * PRODUCTS[line.product].returned;
                let after = 7 + stream.whole_below(22);
                let day = days_after(line.exported, after);
                if stream.happens(chance) && day < end {
                    returned.push((line, day));
                }
            }
        }
        let lines = || returned.iter().map(|(line, _)| line);
        rows.push(
            Sheet::default()
                .wholes("order_id", lines().map(|line| line.order))
                .wholes("line_number", lines().map(|line| line.number))
                .texts("region", lines().map(|line| REGIONS[line.unit].code))
                .days("returned_on", returned.iter().map(|(_, day)| epoch_days(*day)))
                .money("net_amount", lines().map(|line| line.cents))
                .money("cost_amount", lines().map(|line| line.cost_cents)),
        );
    }
}

/// The tills' daily closing: what was ordered on each day of the lake, also where its export comes later.
pub(super) fn closing_sheet(closing: &Closing) -> Sheet {
    let entries = || closing.iter();
    Sheet::default()
        .days("day", entries().map(|((day, _), _)| epoch_days(*day)))
        .texts("region", entries().map(|((_, unit), _)| REGIONS[*unit].code))
        .money("net_amount", entries().map(|(_, (cents, _))| *cents))
        .counts("orders", entries().map(|(_, (_, orders))| *orders))
}

fn push(lines: &[Line], again: &[bool], stream: &mut Stream, rows: &mut Rows) {
    // What got through before an export broke off stands in the lake twice.
    let mut sent: Vec<(&Line, i64)> = Vec::with_capacity(lines.len());
    for line in lines {
        let day = line.exported.weekday().num_days_from_monday() as usize;
        if again[day] {
            if stream.happens(BROKE_OFF_AFTER) {
                sent.push((line, 1));
            }
            sent.push((line, 2));
        } else {
            sent.push((line, 1));
        }
    }
    let lines = || sent.iter().map(|(line, _)| *line);
    rows.push(
        Sheet::default()
            .wholes("order_id", lines().map(|line| line.order))
            .wholes("line_number", lines().map(|line| line.number))
            .clocks("ordered_at", lines().map(|line| line.clock))
            .texts("sales_channel", lines().map(|line| if line.web { "web" } else { "store" }))
            .texts("region", lines().map(|line| REGIONS[line.unit].code))
            .wholes("customer_id", lines().map(|line| line.customer))
            .texts("product_group", lines().map(|line| PRODUCTS[line.product].name))
            .wholes("quantity", lines().map(|line| line.quantity))
            .money("net_amount", lines().map(|line| line.cents))
            .money("cost_amount", lines().map(|line| line.cost_cents))
            .days("exported_on", lines().map(|line| epoch_days(line.exported)))
            .wholes("export_number", sent.iter().map(|(_, number)| *number)),
    );
}

impl Batch {
    fn place(&self) -> u64 {
        ((self.ordered_week * 8 + self.delay()) * UNITS + self.unit) as u64
    }

    fn delay(&self) -> usize {
        self.exported_week - self.ordered_week
    }

    /// Cents and number of lines: a share of those of the region and week.
    fn size(&self, company: &Company) -> (i64, usize) {
        let cents = to_cents(company.revenue(self.ordered_week, self.unit));
        let lines = to_count(cents as f64 / (100.0 * LINE)).max(1);
        let late = self.late(company, lines);
        // In proportion to lines, cut down: what is left over is on time.
        let cents_of = |count: u64| cents / whole(lines) * whole(count);
        let (cents, count) = match self.delay() {
            0 => (
                cents - late.iter().map(|count| cents_of(*count)).sum::<i64>(),
                lines - late.iter().sum::<u64>(),
            ),
            delay => (cents_of(late[delay - 1]), late[delay - 1]),
        };
        (cents, usize::try_from(count).unwrap_or(0))
    }

    /// Late lines of the region and week, by weeks of delay; at least one line is on time.
    fn late(&self, company: &Company, lines: u64) -> [u64; LATE.len()] {
        // Most shares of a small region are less than a line: chance rounds them, so that none gets lost.
        let cell = ((self.ordered_week * UNITS) + self.unit) as u64;
        let mut stream = Stream::new(company.market.seed, purpose::LATE_ORDERS, (1 << 40) + cell);
        let mut left = lines - 1;
        LATE.map(|share| {
            let count = to_count((share * lines as f64 + stream.share() - 0.5).max(0.0)).min(left);
            left -= count;
            count
        })
    }

    fn lines(&self, company: &Company) -> Vec<Line> {
        let (cents, count) = self.size(company);
        if count == 0 {
            return Vec::new();
        }
        let purpose = if self.delay() == 0 { purpose::ORDERS } else { purpose::LATE_ORDERS };
        let mut stream = Stream::new(company.market.seed, purpose, self.place());
        let days = OrderDays::of(self.ordered_week, self.unit);
        let years = (self.ordered_week as f64 - WARM_UP as f64) / 52.0;
        let web_share = 0.22 + 0.03 * years;
        let weights = product_weights(self.ordered_week);
        let customers = to_count(company.scale * REGIONS[self.unit].inhabitants * 6.0).max(1);
        let mut lines: Vec<Line> = Vec::with_capacity(count);
        // Batches of a region and week have number ranges of their own.
        let mut order = i64::try_from(self.place()).unwrap_or(0) * 10_000_000;
        while lines.len() < count {
            order += 1;
            let web = stream.happens(web_share);
            let (day, clock) = days.moment(web, &mut stream);
            let exported = match self.delay() {
                0 => day,
                _ => days_after(monday(self.exported_week), stream.whole_below(5)),
            };
            // Most customers order once; some come back.
            let place = stream.share();
            let first = 1_000_000_000 * signed(self.unit);
            let customer = first + stream.whole_below(1 + to_count(place * place * customers as f64));
            let wanted = 1 + stream.pick(&LINES_PER_ORDER);
            for number in 1..=wanted.min(count - lines.len()) {
                let product = stream.pick(&weights);
                let quantity = if stream.happens(0.2) { 2 + stream.whole_below(3) } else { 1 };
                let weight = PRODUCTS[product].price * stream.spread(0.45) * (quantity as f64).powf(0.9);
                let number = signed(number);
                lines.push(Line {
                    order,
                    number,
                    unit: self.unit,
                    web,
                    customer,
                    product,
                    quantity,
                    day,
                    clock,
                    weight,
                    cents: 0,
                    cost_cents: 0,
                    exported,
                });
            }
        }
        deal_out(cents, &mut lines, &mut stream);
        lines
    }
}

/// Deals out `cents` in proportion to the lines' weights, to the cent.
fn deal_out(cents: i64, lines: &mut [Line], stream: &mut Stream) {
    let total: f64 = lines.iter().map(|line| line.weight).sum();
    let mut weight = 0.0;
    let mut dealt = 0;
    let last = lines.len() - 1;
    for (index, line) in lines.iter_mut().enumerate() {
        weight += line.weight;
        let until = if index == last { cents } else { to_cents(cents as f64 / 100.0 * weight / total) };
        line.cents = until - dealt;
        dealt = until;
        let cost = (1.0 - PRODUCTS[line.product].margin) * (1.0 + 0.03 * stream.normal());
        line.cost_cents = to_cents(line.cents as f64 / 100.0 * cost);
    }
}

/// Weights of product groups in a week: garden furniture sells in spring and summer.
fn product_weights(week: usize) -> [f64; PRODUCTS.len()] {
    let angle = std::f64::consts::TAU * (super::calendar::place_in_year(monday(week)) - 0.42);
    PRODUCTS.map(|product| product.weight * (product.summer * angle.cos()).exp())
}

/// The days of a week on which a region orders.
struct OrderDays {
    dates: [NaiveDate; 7],
    store: [f64; 7],
    /// Beginning of each day in UTC, and of the day after the last.
    midnights: [i64; 8],
    clocks: [i64; 7],
}

impl OrderDays {
    fn of(week: usize, unit: usize) -> Self {
        let dates: [NaiveDate; 7] = std::array::from_fn(|day| days_after(monday(week), signed(day)));
        let open =
            |date: NaiveDate| date.weekday() != Weekday::Sun && holiday(date, REGIONS[unit].code).is_none();
        let store = std::array::from_fn(|day| if open(dates[day]) { STORE_DAYS[day] } else { 0.0 });
        let midnights = std::array::from_fn(|day| midnight(days_after(monday(week), signed(day))));
        Self { dates, store, midnights, clocks: dates.map(wall_clock) }
    }

    /// The day of an order, and the moment as the export writes it.
    fn moment(&self, web: bool, stream: &mut Stream) -> (NaiveDate, i64) {
        if web {
            let day = stream.pick(&WEB_DAYS);
            let hour = stream.pick(&WEB_HOURS) as f64 + stream.share();
            // Days are an hour shorter or longer when clocks change.
            let length = (self.midnights[day + 1] - self.midnights[day]) / MICROS;
            let second = to_count(hour / 24.0 * length as f64 - 0.5);
            (self.dates[day], self.midnights[day] + i64::try_from(second).unwrap_or(0) * MICROS)
        } else {
            let day = stream.pick(&self.store);
            (self.dates[day], self.clocks[day] + (36_000 + stream.whole_below(36_000)) * MICROS)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_week_sum_to_its_revenue() {
        for (seed, scale) in [(3, 1.0), (3, 0.05), (4, 0.05), (6, 0.05)] {
            let company = Company::live(seed, scale, false);
            for week in (WARM_UP..WARM_UP + WEEKS).step_by(29) {
                (0..UNITS).for_each(|unit| lines_sum(&company, week, unit));
            }
        }
    }

    fn lines_sum(company: &Company, week: usize, unit: usize) {
        let batches =
            (0..=LATE.len()).map(|delay| Batch { ordered_week: week, exported_week: week + delay, unit });
        let lines: Vec<Line> = batches.flat_map(|batch| batch.lines(company)).collect();
        let cents: i64 = lines.iter().map(|line| line.cents).sum();
        assert_eq!(cents, to_cents(company.revenue(week, unit)));
        assert!(lines.iter().all(|line| line.cents > 0 && line.day >= monday(week)));
        assert!(lines.iter().all(|line| line.day < monday(week + 1)));
        let mut keys: Vec<(i64, i64)> = lines.iter().map(|line| (line.order, line.number)).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), lines.len());
    }

    #[test]
    fn web_orders_fall_on_their_day_when_clocks_change() {
        // The last Sunday of March 2024 has 23 hours, that of October 25.
        for week in [WARM_UP + 168, WARM_UP + 198] {
            let days = OrderDays::of(week, 3);
            let mut stream = Stream::new(1, 60_001, 0);
            for _ in 0..20_000 {
                let (day, clock) = days.moment(true, &mut stream);
                assert!(clock >= midnight(day) && clock < midnight(days_after(day, 1)));
            }
        }
        assert_eq!(monday(WARM_UP + 168).to_string(), "2024-03-25");
        assert_eq!(monday(WARM_UP + 198).to_string(), "2024-10-21");
    }

    #[test]
    fn stores_are_closed_on_sundays_and_holidays() {
        // Good Friday 2021 and the Sunday after it.
        let days = OrderDays::of(WARM_UP + 12, 0);
        assert_eq!(days.dates[4].to_string(), "2021-04-02");
        assert!(days.store[4].abs() < 1e-12 && days.store[6].abs() < 1e-12);
    }
}
