//! The truth behind the lake, as tables that no job reads.

use std::ops::Range;

use super::calendar::{epoch_days, monday};
use super::channel::{CarryOver, Saturation};
use super::company::{Company, cells};
use super::deals::{HAZARDS, STAGES};
use super::effects::{AS_IT_WAS, Effects, Outcome};
use super::leads::{
    ACCEPTED, ACCEPTED_AUTHORITY, ACCEPTED_BUDGET, ACCEPTED_NEED, ACCEPTED_TIMELINE, SOURCES,
};
use super::market::CAUSES;
use super::media::{CALLS, CLICK_CALL, CLICK_CREATIVE, CLICK_KITCHEN_DESIGN, CREATIVES};
use super::reallocation::{LIMITS, Reallocation};
use super::world::{
    CHANNEL_COUNT, CHANNELS, COMPETITOR_ADS, COMPETITOR_PRICE, CONFIDENCE, DEMAND, DEMAND_IN_MEDIA, HEAT,
    HOLIDAY, LEVEL, OWN_PRICE, RAIN, REGIONS, UNITS, WARM, WARM_UP, WEEKS, place,
};
use crate::demo::random::to_cents;
use crate::demo::sheet::Sheet;
use crate::demo::write::Rows;

/// Name that stands for all regions together.
const ALL: &str = "ALL";

/// Windows that channels are judged over: the whole lake, three years, one year.
pub(super) fn windows() -> [Range<usize>; 3] {
    [WEEKS, 156, 52].map(|weeks| WARM_UP + WEEKS - weeks..WARM_UP + WEEKS)
}

/// The last year, whose budgets are laid out anew.
pub(super) fn last_year() -> Range<usize> {
    WARM_UP + WEEKS - 52..WARM_UP + WEEKS
}

/// What a channel did in a window.
#[derive(Debug, Clone, Copy, Default)]
struct Effect {
    spend: f64,
    own: f64,
    via_search: f64,
    synergy: f64,
    /// Revenue and spend of the next hundredth.
    next: (f64, f64),
}

impl Effect {
    fn of(effects: &Effects<'_>, channel: usize, lived: &Outcome) -> Self {
        let with = |factor: f64| {
            let mut factors = AS_IT_WAS;
            factors[channel] = factor;
            effects.outcome(&factors)
        };
        let (without, more) = (with(0.0), with(1.01));
        // What television sends by way of search is television's, not search's.
        let via = |outcome: &Outcome| if channel == place::TV { outcome.via_search } else { 0.0 };
        let credited = |outcome: &Outcome| outcome.own[channel] + via(outcome);
        Self {
            spend: lived.spend[channel],
            own: lived.own[channel] - without.own[channel],
            via_search: via(lived) - via(&without),
            synergy: lived.synergy - without.synergy,
            next: (credited(&more) - credited(lived), more.spend[channel] - lived.spend[channel]),
        }
    }

    fn add(&mut self, other: &Self) {
        self.spend += other.spend;
        self.own += other.own;
        self.via_search += other.via_search;
        self.synergy += other.synergy;
        self.next = (self.next.0 + other.next.0, self.next.1 + other.next.1);
    }
}

/// One row per channel, region and window; `ALL` stands for all regions.
///
/// Spend of search includes what television sends it; its own outcome does not.
pub(super) fn channels(company: &Company) -> Sheet {
    let mut rows: Vec<(usize, &str, Range<usize>, Effect)> = Vec::new();
    for window in windows() {
        let mut totals = [Effect::default(); CHANNEL_COUNT];
        for (unit, region) in REGIONS.iter().enumerate() {
            let effects = Effects::new(&company.market, unit, window.clone());
            let lived = effects.outcome(&AS_IT_WAS);
            for (channel, total) in totals.iter_mut().enumerate() {
                let effect = Effect::of(&effects, channel, &lived);
                total.add(&effect);
                rows.push((channel, region.code, window.clone(), effect));
            }
        }
        rows.extend(
            totals.into_iter().enumerate().map(|(channel, total)| (channel, ALL, window.clone(), total)),
        );
    }
    let day = |week: usize| epoch_days(monday(week));
    let euros = |amount: f64| company.scale * amount;
    Sheet::default()
        .texts("channel", rows.iter().map(|row| CHANNELS[row.0].name))
        .texts("region", rows.iter().map(|row| row.1))
        .days("window_start", rows.iter().map(|row| day(row.2.start)))
        .days("window_end", rows.iter().map(|row| day(row.2.end)))
        .numbers("spend", rows.iter().map(|row| euros(row.3.spend)))
        .numbers("own_outcome", rows.iter().map(|row| euros(row.3.own)))
        .numbers("via_search_outcome", rows.iter().map(|row| euros(row.3.via_search)))
        .numbers("synergy_outcome", rows.iter().map(|row| euros(row.3.synergy)))
        .numbers("incremental_outcome", rows.iter().map(|row| euros(row.3.own + row.3.via_search)))
        .numbers("roas", rows.iter().map(|row| (row.3.own + row.3.via_search) / row.3.spend))
        .numbers("mroas", rows.iter().map(|row| row.3.next.0 / row.3.next.1))
}

/// One row per channel: how its pressure lasts and wears off.
pub(super) fn transforms(company: &Company) -> Sheet {
    let all = || CHANNELS.iter();
    let carry_over = |channel: &super::channel::Channel| match channel.carry_over {
        CarryOver::Geometric { retention } => ("geometric", retention, 0.0),
        CarryOver::Delayed { retention, shape } => ("delayed", retention, shape),
    };
    let saturation = |channel: &super::channel::Channel| match channel.saturation {
        Saturation::Hill { slope } => ("hill", slope),
        Saturation::Exponential => ("exponential", 1.0),
        Saturation::Logistic => ("logistic", 1.0),
    };
    // Planned pressure is planned spend at the average cost, per 1,000 inhabitants and week: it grows with
    // the company.
    let half = |channel: &super::channel::Channel| {
        let plan = company.scale * channel.share * LEVEL;
        1_000.0 * channel.half * plan / channel.cost_per_thousand
    };
    Sheet::default()
        .texts("channel", all().map(|channel| channel.name))
        .texts("carry_over", all().map(|channel| carry_over(channel).0))
        .numbers("retention", all().map(|channel| carry_over(channel).1))
        .numbers("shape", all().map(|channel| carry_over(channel).2))
        .texts("saturation", all().map(|channel| saturation(channel).0))
        .numbers("slope", all().map(|channel| saturation(channel).1))
        .texts("exposure", all().map(|channel| channel.exposure))
        .numbers("half_saturation", all().map(half))
        .numbers("follows_demand", all().map(|channel| channel.follows_demand))
        .numbers("follows_revenue", all().map(|channel| channel.follows_revenue))
}

/// One row per week, region and cause. The causes of a week and region sum to its revenue.
pub(super) fn contributions(company: &Company, rows: &mut Rows) {
    for week in WARM_UP..WARM_UP + WEEKS {
        let mut all: Vec<(usize, &str, f64)> = Vec::new();
        for unit in 0..UNITS {
            let parts = contributions_of(company, week, unit);
            all.extend(parts.into_iter().map(|(cause, euros)| (unit, cause, euros)));
        }
        rows.push(
            Sheet::default()
                .days("week", all.iter().map(|_| epoch_days(monday(week))))
                .texts("region", all.iter().map(|row| REGIONS[row.0].code))
                .texts("cause", all.iter().map(|row| row.1))
                .numbers("contribution", all.iter().map(|row| row.2)),
        );
    }
}

/// Causes of a region's revenue in a week, in euros.
///
/// The level is a product; its parts are additive by the logarithmic mean (Ang 2004): each cause gets
/// its share of the logarithm of the level's ratio to the baseline.
pub(super) fn contributions_of(company: &Company, week: usize, unit: usize) -> Vec<(&'static str, f64)> {
    let now = &company.market.weeks[week][unit];
    let affinity = company.market.affinity[unit];
    let baseline = affinity * LEVEL;
    let sum: f64 = now.causes.iter().sum();
    let mean = if sum.abs() < 1e-12 { baseline } else { baseline * sum.exp_m1() / sum };
    let mut parts = vec![("baseline", baseline)];
    parts.extend(CAUSES.into_iter().zip(now.causes.map(|cause| cause * mean)));
    parts.extend(CHANNELS.iter().map(|channel| channel.name).zip(now.media.own));
    parts.extend([
        ("tv_via_search", now.media.via_search),
        ("synergy", now.media.synergy),
        ("noise", now.noise),
    ]);
    parts.into_iter().map(|(cause, amount)| (cause, company.size(unit) * amount)).collect()
}

/// One row per region and channel: what was spent in the last year, and what would have been best.
pub(super) fn reallocation(company: &Company, best: &Reallocation) -> Sheet {
    let cells = || (0..UNITS).flat_map(|unit| (0..CHANNEL_COUNT).map(move |channel| (unit, channel)));
    let window = last_year();
    let spend = |unit: usize, channel: usize| -> f64 {
        window.clone().map(|week| company.spend(week, unit, channel)).sum()
    };
    let day = |week: usize| epoch_days(monday(week));
    Sheet::default()
        .texts("region", cells().map(|(unit, _)| REGIONS[unit].code))
        .texts("channel", cells().map(|(_, channel)| CHANNELS[channel].name))
        .days("window_start", cells().map(|_| day(window.start)))
        .days("window_end", cells().map(|_| day(window.end)))
        .numbers("spend", cells().map(|(unit, channel)| spend(unit, channel)))
        .numbers("best_factor", cells().map(|(unit, channel)| best.factors[unit][channel]))
        .numbers("least_factor", cells().map(|_| LIMITS.0))
        .numbers("most_factor", cells().map(|_| LIMITS.1))
}

/// One row: what the best use of the last year's money would have gained.
pub(super) fn reallocation_gain(company: &Company, best: &Reallocation) -> Sheet {
    let one = |value: f64| std::iter::once(company.scale * value);
    Sheet::default()
        .numbers("spend", one(best.spend))
        .numbers("media_outcome", one(best.revenue))
        .numbers("best_media_outcome", one(best.best_revenue))
        .numbers("gain", one(best.best_revenue - best.revenue))
}

/// One row per outside driver or price: its effect on the level of revenue.
pub(super) fn drivers() -> Sheet {
    let rows = [
        ("market_demand", DEMAND, "elasticity of the level"),
        ("market_demand_in_media", DEMAND_IN_MEDIA, "elasticity of every channel's response"),
        ("own_price", OWN_PRICE, "elasticity of the level"),
        ("competitor_price", COMPETITOR_PRICE, "elasticity of the level"),
        ("competitor_ads", COMPETITOR_ADS, "relative change of the level per 100 rating points"),
        ("consumer_confidence", CONFIDENCE, "relative change of the level per point"),
        ("heat", HEAT, "relative change of the level per degree of a week's mean above the threshold"),
        ("heat_threshold", WARM, "degrees Celsius"),
        ("rain", RAIN, "relative change of the level per millimeter in a week"),
        ("holidays", HOLIDAY, "relative change of the level per holiday from Monday to Saturday"),
        ("building_permits", 0.0, "relative change of the level per thousand"),
    ];
    Sheet::default()
        .texts("driver", rows.iter().map(|row| row.0))
        .numbers("effect", rows.iter().map(|row| row.1))
        .texts("meaning", rows.iter().map(|row| row.2))
}

/// One row per stage, exit and driver: change of the weekly log-odds.
pub(super) fn hazards() -> Sheet {
    Sheet::default()
        .texts("stage", HAZARDS.iter().map(|hazard| STAGES[hazard.stage]))
        .texts("exit", HAZARDS.iter().map(|hazard| hazard.exit))
        .texts("driver", HAZARDS.iter().map(|hazard| hazard.driver))
        .numbers("effect", HAZARDS.iter().map(|hazard| hazard.effect))
}

/// One row per criterion: change of the log-odds that sales accepts a lead.
pub(super) fn acceptance() -> Sheet {
    let mut rows = vec![
        ("always".to_owned(), ACCEPTED),
        ("enough_budget".to_owned(), ACCEPTED_BUDGET),
        ("decision_maker".to_owned(), ACCEPTED_AUTHORITY),
        ("clear_need".to_owned(), ACCEPTED_NEED),
        ("within_twelve_weeks".to_owned(), ACCEPTED_TIMELINE),
    ];
    rows.extend(SOURCES.iter().map(|(channel, _, odds)| {
        let source = channel.map_or("organic", |channel| CHANNELS[channel].name);
        (format!("source={source}"), *odds)
    }));
    Sheet::default()
        .texts("criterion", rows.iter().map(|row| row.0.as_str()))
        .numbers("effect", rows.iter().map(|row| row.1))
}

/// One row per property of a creative: change of the log-odds of a click.
pub(super) fn clicks() -> Sheet {
    let creatives =
        CREATIVES.iter().zip(CLICK_CREATIVE).map(|(name, odds)| (format!("creative={name}"), odds));
    let calls = CALLS.iter().zip(CLICK_CALL).map(|(name, odds)| (format!("call_to_action={name}"), odds));
    let combined = ("topic=kitchen and creative=design".to_owned(), CLICK_KITCHEN_DESIGN);
    let rows: Vec<(String, f64)> = creatives.chain(calls).chain([combined]).collect();
    Sheet::default()
        .texts("property", rows.iter().map(|row| row.0.as_str()))
        .numbers("effect", rows.iter().map(|row| row.1))
}

/// One row per week and region: revenue as the world has it, to the cent.
pub(super) fn panel(company: &Company) -> Sheet {
    Sheet::default()
        .days("week", cells().map(|(week, _)| epoch_days(monday(week))))
        .texts("region", cells().map(|(_, unit)| REGIONS[unit].code))
        .money("revenue", cells().map(|(week, unit)| to_cents(company.revenue(week, unit))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_sum_to_revenue() {
        let company = Company::live(4, 2.0, false);
        for (week, unit) in cells().step_by(37) {
            let parts = contributions_of(&company, week, unit);
            let sum: f64 = parts.iter().map(|(_, euros)| euros).sum();
            assert!((sum / company.revenue(week, unit) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn roas_is_about_what_the_description_says() {
        let company = Company::live(4, 1.0, false);
        let window = windows()[1].clone();
        for (channel, plan) in CHANNELS.iter().enumerate() {
            let mut total = Effect::default();
            for unit in 0..UNITS {
                let effects = Effects::new(&company.market, unit, window.clone());
                total.add(&Effect::of(&effects, channel, &effects.outcome(&AS_IT_WAS)));
            }
            let roas = total.own / total.spend;
            // Flights and chance move spend along a curve that wears off; search also pays for television's clicks.
            assert!((0.6..1.2).contains(&(roas / plan.roas)) || plan.roas == 0.0, "{}: {roas}", plan.name);
            assert!(plan.roas > 0.0 || roas.abs() < 1e-12);
            assert!(total.next.0 / total.next.1 <= roas * 1.25, "{}", plan.name);
        }
    }

    #[test]
    fn half_saturation_is_in_units_of_the_lake() {
        let company = Company::live(4, 3.0, false);
        for (channel, plan) in CHANNELS.iter().enumerate() {
            let exposures =
                cells().map(|(week, unit)| company.exposure(week, unit, channel) / REGIONS[unit].inhabitants);
            let mean = exposures.sum::<f64>() / cells().count() as f64;
            let half = 1_000.0 * plan.half * company.scale * plan.share * LEVEL / plan.cost_per_thousand;
            // Exposure is about what was planned; search also has television's clicks.
            assert!((0.7..1.6).contains(&(mean * plan.half / half)), "{}: {mean} {half}", plan.name);
        }
    }

    #[test]
    fn without_effects_media_bring_nothing() {
        let company = Company::live(4, 1.0, true);
        let effects = Effects::new(&company.market, 3, windows()[2].clone());
        assert!(effects.outcome(&AS_IT_WAS).revenue().abs() < 1e-12);
    }
}
