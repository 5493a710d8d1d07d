//! Drivers, trend and season, and which joint effects are asked for.

use super::*;
use crate::config::job::Interactions;
use crate::features::DriverValues;

#[test]
fn gaps_of_a_driver_are_set_to_its_mean() {
    let world = World::new().with_driver("rain", |week, region| {
        (region == "north" && week >= 10).then_some(if week % 2 == 0 { 4.0 } else { 8.0 })
    });
    let frame = world.frame();
    let rain = &frame.drivers[0];
    assert_eq!(rain.missing, 40);
    assert_eq!(frame.notes, ["driver `rain` has no value in 40 of its cells, which are set to its mean"]);
    let DriverValues::Numeric { mean, standard_deviation, per, min, max, missing } = rain.driver.values
    else {
        panic!("{:?}", rain.driver.values)
    };
    assert_eq!((mean, min, max, missing), (6.0, 4.0, 8.0, 40));
    assert_eq!(per.to_bits(), standard_deviation.to_bits());
    assert_eq!(of_unit(&frame, &rain.values, 0)[LEAD + 9..LEAD + 13], [6.0, 4.0, 8.0, 4.0]);
    // What stands before the history, and in the other region, is the mean as well.
    assert!(of_unit(&frame, &rain.values, 0)[..LEAD].iter().all(|value| (*value - 6.0).abs() < 1e-12));
    assert!(of_unit(&frame, &rain.values, 1).iter().all(|value| (*value - 6.0).abs() < 1e-12));
}

#[test]
fn a_cell_without_a_row_is_no_gap_of_a_driver() {
    let mut world = World::new().with_driver("rain", |week, _| Some(week as f64));
    world.table = world.table.only(|week, region| !(week == 3 && region == "south"));
    let frame = world.frame();
    assert_eq!(frame.drivers[0].missing, 0);
    assert!(frame.drivers[0].values.iter().all(|value| value.is_finite()));
}

#[test]
fn a_driver_is_described_as_planning_found_it() {
    let mut world = World::new().with_driver("rain", |week, _| Some(week as f64));
    world.model.drivers[0].per = Some(10.0);
    let frame = world.frame();
    let rain = &frame.drivers[0].driver;
    assert_eq!((rain.name.as_str(), rain.party, rain.role), ("rain", Party::Third, Role::Confounder));
    assert_eq!(rain.about.as_deref(), Some("weather"));
    assert!(matches!(rain.values, DriverValues::Numeric { per: 10.0, .. }));
}

#[test]
fn a_boolean_counts_one_where_it_holds() {
    let mut world = World::new();
    let strikes = world.table.places.iter().map(|(week, _)| Some(*week == 6)).collect::<BooleanArray>();
    world.table = world.table.column("strike", Arc::new(strikes));
    world.model.drivers.push(driver("strike"));
    let frame = world.frame();
    let strike = of_unit(&frame, &frame.drivers[0].values, 1);
    assert_eq!(strike[LEAD + 5..LEAD + 8], [0.0, 1.0, 0.0]);
    assert!(matches!(frame.drivers[0].driver.values, DriverValues::Numeric { min: 0.0, max: 1.0, .. }));
}

#[test]
fn a_driver_that_does_not_change_is_constant() {
    let world = World::new().with_driver("price", |_, _| Some(9.5)).with_driver("rain", |_, _| None);
    let frame = world.frame();
    let constant = |at: usize| match &frame.drivers[at].driver.values {
        DriverValues::Constant { value } => value.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(constant(0), "9.5");
    assert_eq!(constant(1), crate::features::levels::MISSING);
    assert!(frame.drivers[1].values.iter().all(|value| value.abs() < f64::MIN_POSITIVE));
}

#[test]
fn values_without_a_spread_are_refused() {
    let world =
        World::new().with_driver("rain", |week, _| Some(if week % 2 == 0 { f64::MAX } else { f64::MIN }));
    world.refused(&["`rain`", "too large"]);
}

#[test]
fn a_trend_counts_years_from_the_first_fitted_week() {
    let mut world = World::new();
    let frame = world.frame();
    let [trend] = &frame.controls[..] else { panic!("{:?}", frame.controls) };
    assert_eq!((trend.name.as_str(), trend.part), ("trend", "trend"));
    assert_eq!(trend.values.len(), frame.width());
    assert!(trend.values[LEAD].abs() < 1e-15);
    assert!((trend.values[LEAD + 26] - 26.0 * 7.0 / 365.25).abs() < 1e-12);
    assert!((trend.values[0] + 14.0 / 365.25).abs() < 1e-12);
    world.model.trend = Trend::None;
    assert!(world.frame().controls.is_empty());
}

#[test]
fn a_bending_trend_bends_once_a_year_and_not_in_the_last_half_year() {
    let mut world = World::new();
    world.model.trend = Trend::Bending;
    let names = |world: &World| -> Vec<String> {
        world.frame().controls.iter().map(|control| control.name.clone()).collect()
    };
    assert_eq!(names(&world), ["trend"]);
    // 130 weeks are not quite two and a half years.
    world.table = table(-100..WEEKS);
    assert_eq!(names(&world), ["trend", "trend_after_year_1"]);
    world.table = table(-110..WEEKS);
    assert_eq!(names(&world), ["trend", "trend_after_year_1", "trend_after_year_2"]);
    let frame = world.frame();
    let (trend, bend) = (&frame.controls[0], &frame.controls[1]);
    assert_eq!(bend.part, "trend");
    for (trend, bend) in trend.values.iter().zip(&bend.values) {
        assert!((bend - (trend - 1.0).max(0.0)).abs() < 1e-12);
    }
}

#[test]
fn seasons_are_waves_over_all_periods() {
    let mut world = World::new();
    world.model.yearly_harmonics = 2;
    let frame = world.frame();
    let seasons: Vec<_> = frame.controls.iter().filter(|control| control.part == "seasonality").collect();
    let names: Vec<&str> = seasons.iter().map(|control| control.name.as_str()).collect();
    assert_eq!(names, ["yearly_sin_1", "yearly_cos_1", "yearly_sin_2", "yearly_cos_2"]);
    for control in seasons {
        assert_eq!(control.values.len(), frame.width());
        assert!(control.values.iter().all(|value| value.abs() <= 1.0));
    }
}

#[test]
fn joint_effects_point_to_their_drivers() {
    let mut world = World::new()
        .with_driver("rain", |week, _| Some(week as f64))
        .with_driver("heat", |week, _| Some(week as f64));
    assert!(world.frame().interactions.is_none());
    world.model.interactions =
        Some(Interactions { channels: true, drivers: vec!["heat".to_owned()], false_discovery_rate: 0.2 });
    let interactions = world.frame().interactions.unwrap();
    assert!(interactions.channels);
    assert_eq!(interactions.drivers, [1]);
    assert!((interactions.false_discovery_rate - 0.2).abs() < 1e-15);
}
