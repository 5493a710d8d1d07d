//! Amounts that do not fit together: money without an outcome, and figures in another unit of measurement.

use super::check::{JoinedCheck, center, check, counted, median, some};
use super::read::Joined;

/// Largest share of periods without any outcome in a unit where that is no rule. A small unit that sells nothing in many weeks
/// is small, not broken.
const SELDOM: f64 = 0.1;
/// Fewest units of which one can be unlike the others.
const FEWEST_UNITS: usize = 4;
/// Fewest amounts that say what is usual of a series.
const FEWEST_AMOUNTS: usize = 8;
/// Powers of ten by which amounts are mistaken: cents for euros, euros for thousands.
const MISTAKES: [f64; 2] = [2.0, 3.0];
/// How far from such a power another unit may be, in powers of ten: units of one job differ by a factor of 2 and more.
const UNIT_SLACK: f64 = 0.301;
/// The same for a period of one unit, whose own size is known: by a factor of 1.4.
const PERIOD_SLACK: f64 = 0.15;
/// Fewest spreads between an amount and what is usual: where amounts differ by powers of ten by nature, none is a mistake.
const FEWEST_SPREADS: f64 = 6.0;

/// Combinations of unit and period with money and no outcome, or with an outcome of 0 where that is seldom.
///
/// A missing outcome is not fitted, so that its money explains nothing; an outcome of 0 says that the money did nothing.
pub(super) fn spend_without_outcome(joined: &Joined) -> JoinedCheck {
    let (spend, width) = (joined.spend(), joined.periods.len());
    let is_late = |period: usize| {
        // Told as a period that only one of the tables has.
        joined.media.is_some() && (0..joined.units.len()).all(|unit| joined.rows[unit * width + period] == 0)
    };
    let (mut missing, mut zero, mut money) = (Vec::new(), Vec::new(), 0.0);
    for cells in joined.by_unit() {
        let known = cells.clone().filter(|cell| joined.outcome[*cell].is_finite()).count();
        let zeros = cells.clone().filter(|cell| joined.outcome[*cell] == 0.0).count();
        let zeros_are_seldom = zeros as f64 <= SELDOM * known as f64;
        for cell in cells.filter(|cell| spend[*cell] > 0.0 && !is_late(*cell % width)) {
            if joined.outcome[cell].is_nan() {
                missing.push(joined.describe(cell));
                money += spend[cell];
            } else if joined.outcome[cell] == 0.0 && zeros_are_seldom {
                zero.push(joined.describe(cell));
                money += spend[cell];
            }
        }
    }
    let noun = if joined.unit_name.is_some() { "combination" } else { "period" };
    let outcome = &joined.outcome_name;
    let mut found = Vec::new();
    for (places, what) in [(missing, format!("no `{outcome}`")), (zero, format!("`{outcome}` 0"))] {
        if !places.is_empty() {
            let count = counted(places.len(), noun);
            found.push((places.len() as u64, format!("{count} with spend and {what}: {}", some(&places))));
        }
    }
    if let Some((_, last)) = found.last_mut() {
        let share = 100.0 * money / spend.iter().sum::<f64>();
        *last = format!("{last} ({share:.1}% of all spend)");
    }
    check("spend_without_outcome", found)
}

/// Outcome and spend of units that are about 100 or 1000 times those of the others, or a hundredth or thousandth; and such
/// outcomes of single periods within a unit.
///
/// A unit may be that small or large by nature. So outcome and spend are told only if they are unlike those of the others by
/// themselves and in relation to each other: a small region spends little, too.
pub(super) fn unit_mismatch(joined: &Joined) -> JoinedCheck {
    let mut found = Vec::new();
    let outcomes = typical(joined, &joined.outcome);
    let all = joined.spend();
    let spends = typical(joined, &all);
    if joined.unit_name.is_some() {
        let per_spend = ratio(&outcomes, &spends);
        let known = per_spend.iter().flatten().count() >= FEWEST_UNITS;
        tell_units(joined, &joined.outcome_name, &outcomes, known.then_some(&per_spend), &mut found);
        for channel in &joined.channels {
            let Some(spend) = &channel.spend else { continue };
            let own = typical(joined, spend);
            let what = format!("spend of `{}`", channel.name);
            tell_units(joined, &what, &own, Some(&ratio(&own, &outcomes)), &mut found);
        }
    }
    tell_periods(joined, &mut found);
    check("unit_mismatch", found)
}

/// The usual amount of each unit as a power of ten; `None` where too few are known.
fn typical(joined: &Joined, amounts: &[f64]) -> Vec<Option<f64>> {
    let of = |cells: std::ops::Range<usize>| {
        let positive: Vec<f64> = amounts[cells].iter().copied().filter(|amount| *amount > 0.0).collect();
        (positive.len() >= FEWEST_AMOUNTS).then(|| median(positive)).flatten().map(f64::log10)
    };
    joined.by_unit().map(of).collect()
}

fn ratio(upper: &[Option<f64>], lower: &[Option<f64>]) -> Vec<Option<f64>> {
    upper.iter().zip(lower).map(|(upper, lower)| Some((*upper)? - (*lower)?)).collect()
}

/// How many powers of ten a unit is away from the usual of the others, if that looks like a mistake.
fn mistaken(usual: &[Option<f64>], unit: usize) -> Option<f64> {
    let own = usual[unit]?;
    let others: Vec<f64> = usual
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != unit)
        .filter_map(|(_, usual)| *usual)
        .collect();
    if others.len() + 1 < FEWEST_UNITS {
        return None;
    }
    let (middle, spread) = center(others)?;
    power(own - middle, spread, UNIT_SLACK).map(|_| own - middle)
}

/// The power of ten that a distance looks like.
fn power(distance: f64, spread: f64, slack: f64) -> Option<f64> {
    let is_far = distance.abs() > FEWEST_SPREADS * spread;
    MISTAKES.into_iter().find(|power| is_far && (distance.abs() - power).abs() <= slack)
}

fn tell_units(
    joined: &Joined,
    what: &str,
    usual: &[Option<f64>],
    related: Option<&Vec<Option<f64>>>,
    found: &mut Vec<(u64, String)>,
) {
    for (unit, name) in joined.units.iter().enumerate() {
        let Some(distance) = mistaken(usual, unit) else { continue };
        if related.is_some_and(|related| mistaken(related, unit).is_none()) {
            continue;
        }
        found.push((
            1,
            format!(
                "{what} of `{name}` is usually {} that of the others; is it in another unit?",
                times(distance)
            ),
        ));
    }
}

fn tell_periods(joined: &Joined, found: &mut Vec<(u64, String)>) {
    let mut places = Vec::new();
    for cells in joined.by_unit() {
        let positive = |cell: &usize| joined.outcome[*cell] > 0.0;
        let logs: Vec<f64> =
            cells.clone().filter(positive).map(|cell| joined.outcome[cell].log10()).collect();
        if logs.len() < FEWEST_AMOUNTS {
            continue;
        }
        let Some((middle, spread)) = center(logs) else { continue };
        for cell in cells.filter(positive) {
            let distance = joined.outcome[cell].log10() - middle;
            if power(distance, spread, PERIOD_SLACK).is_some() {
                places.push(format!("{} ({})", joined.describe(cell), times(distance)));
            }
        }
    }
    if !places.is_empty() {
        let message = format!(
            "`{}` of {} is about a power of ten away from the usual; is it in another unit? {}",
            joined.outcome_name,
            counted(places.len(), "period"),
            some(&places)
        );
        found.push((places.len() as u64, message));
    }
}

/// A distance in powers of ten as a factor.
fn times(distance: f64) -> String {
    let factor = 10_f64.powf(distance.abs());
    if distance > 0.0 { format!("{factor:.0} times") } else { format!("1/{factor:.0} of") }
}
