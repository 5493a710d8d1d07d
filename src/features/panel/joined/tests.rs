//! Rules of amounts and prices, on panels whose answer is plain.

use chrono::NaiveDate;

use super::check::{JoinedCheck, all};
use super::read::{Joined, JoinedChannel};

const WEEKS: usize = 20;
const UNITS: usize = 6;

/// Six regions over twenty weeks: outcomes around 1000, spend around 50 at a price of 0.01.
fn world() -> Joined {
    let cells = || (0..UNITS * WEEKS).map(|cell| (cell / WEEKS, cell % WEEKS));
    let wave = |unit: usize, week: usize| 1.0 + 0.2 * ((unit * 7 + week * 3) % 11) as f64 / 11.0;
    let spend: Vec<f64> = cells().map(|(unit, week)| 50.0 * wave(week, unit) * (1.0 + unit as f64)).collect();
    let price = |cell: usize| 0.01 * wave(cell % 5, cell % 13);
    Joined {
        table: "panel".into(),
        outcome_name: "revenue".into(),
        unit_name: Some("region".into()),
        units: (0..UNITS).map(|unit| format!("r{unit}")).collect(),
        periods: (0..WEEKS)
            .map(|week| NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new(7 * week as u64))
            .collect(),
        rows: vec![1; UNITS * WEEKS],
        outcome: cells().map(|(unit, week)| 1000.0 * wave(unit, week) * (1.0 + unit as f64)).collect(),
        channels: vec![JoinedChannel {
            name: "tv".into(),
            exposure: Some(spend.iter().enumerate().map(|(cell, spend)| spend / price(cell)).collect()),
            spend: Some(spend),
            rows: Vec::new(),
        }],
        media: None,
    }
}

/// The finding of one check; all others must hold.
#[track_caller]
fn only(joined: &Joined, kind: &str) -> JoinedCheck {
    let mut checks = all(joined);
    let place = checks.iter().position(|check| check.kind == kind).unwrap();
    let found = checks.remove(place);
    let others: Vec<&JoinedCheck> = checks.iter().filter(|check| check.message.is_some()).collect();
    assert!(others.is_empty(), "{others:?}");
    found
}

fn scaled(values: &mut [f64], unit: usize, factor: f64) {
    for value in &mut values[unit * WEEKS..(unit + 1) * WEEKS] {
        *value *= factor;
    }
}

#[test]
fn a_sound_panel_passes() {
    assert!(all(&world()).iter().all(|check| check.message.is_none()), "{:?}", all(&world()));
}

#[test]
fn a_region_in_cents_is_told() {
    for factor in [100.0, 0.01, 1000.0, 0.001] {
        let mut joined = world();
        scaled(&mut joined.outcome, 2, factor);
        let found = only(&joined, "unit_mismatch");
        let message = found.message.unwrap();
        assert!(message.starts_with("revenue of `r2` is usually "), "{message}");
        assert_eq!(found.failures, 1, "{message}");
    }
    let mut joined = world();
    let channel = &mut joined.channels[0];
    scaled(channel.spend.as_mut().unwrap(), 4, 100.0);
    channel.exposure = None;
    let message = only(&joined, "unit_mismatch").message.unwrap();
    assert!(message.starts_with("spend of `tv` of `r4` is usually "), "{message}");
    assert!(message.ends_with("times that of the others; is it in another unit?"), "{message}");
}

#[test]
fn small_units_and_units_that_differ_by_nature_are_not() {
    // A region a hundredth as large spends a hundredth.
    let mut joined = world();
    scaled(&mut joined.outcome, 2, 0.01);
    let channel = &mut joined.channels[0];
    scaled(channel.spend.as_mut().unwrap(), 2, 0.01);
    scaled(channel.exposure.as_mut().unwrap(), 2, 0.01);
    assert_eq!(only(&joined, "unit_mismatch").message, None);
    // A factor of ten is no mistake of units.
    let mut joined = world();
    scaled(&mut joined.outcome, 2, 10.0);
    assert_eq!(only(&joined, "unit_mismatch").message, None);
    // Where regions differ by powers of ten, one more says nothing.
    let mut joined = world();
    for unit in 0..UNITS {
        scaled(&mut joined.outcome, unit, 10_f64.powi(i32::try_from(unit).unwrap() - 3));
    }
    assert_eq!(only(&joined, "unit_mismatch").message, None);
}

#[test]
fn a_week_in_cents_is_told_also_without_units() {
    let mut joined = world();
    joined.outcome[3 * WEEKS + 5] *= 100.0;
    let message = only(&joined, "unit_mismatch").message.unwrap();
    assert!(message.starts_with("`revenue` of 1 period is about a power of ten away"), "{message}");
    assert!(message.contains("`r3` 2024-02-05"), "{message}");
    let mut single = world();
    (single.unit_name, single.units) = (None, vec![String::new()]);
    let channel = &mut single.channels[0];
    for values in [&mut single.outcome, channel.spend.as_mut().unwrap(), channel.exposure.as_mut().unwrap()] {
        values.truncate(WEEKS);
    }
    single.rows.truncate(WEEKS);
    assert!(all(&single).iter().all(|check| check.message.is_none()));
    single.outcome[0] *= 0.001;
    assert!(only(&single, "unit_mismatch").message.unwrap().contains("unit? 2024-01-01 (1/"));
}

#[test]
fn money_without_an_outcome_is_told_with_its_share() {
    let mut joined = world();
    (joined.outcome[4], joined.outcome[WEEKS + 1]) = (f64::NAN, 0.0);
    let spend = joined.channels[0].spend.as_mut().unwrap();
    spend[7] = 0.0;
    joined.outcome[7] = f64::NAN;
    let found = only(&joined, "spend_without_outcome");
    let message = found.message.unwrap();
    assert!(message.starts_with("1 combination with spend and no `revenue`: `r0` 2024-01-29; 1 combination with spend and `revenue` 0: `r1` 2024-01-08 ("), "{message}");
    assert_eq!(found.failures, 2, "a week without spend is none of them");
    // Where nothing is sold every other week, an outcome of 0 is no news.
    let mut joined = world();
    for week in (0..WEEKS).step_by(2) {
        joined.outcome[week] = 0.0;
    }
    assert_eq!(only(&joined, "spend_without_outcome").message, None);
}

#[test]
fn wild_prices_and_money_for_nothing_are_told() {
    let mut joined = world();
    let exposure = joined.channels[0].exposure.as_mut().unwrap();
    exposure[10] /= 50.0;
    exposure[30] *= 20.0;
    exposure[31] *= 3.0;
    exposure[32] = 0.0;
    exposure[33] = f64::NAN;
    let found = only(&joined, "cost_per_exposure");
    let message = found.message.unwrap();
    assert!(
        message.starts_with("`tv` has spend and an exposure of 0 1 time: `r1` 2024-03-25; "),
        "{message}"
    );
    assert!(message.contains("than usual 2 times: `r0` 2024-03-11 ("), "{message}");
    assert_eq!(found.failures, 3, "three times the usual may happen: {message}");
    // A channel whose prices are wild by nature has no unusual one.
    let mut joined = world();
    for (cell, exposure) in joined.channels[0].exposure.as_mut().unwrap().iter_mut().enumerate() {
        *exposure *= 10_f64.powi(i32::try_from(cell * 7 % 5).unwrap() - 2);
    }
    assert_eq!(only(&joined, "cost_per_exposure").message, None);
}
