//! Experiments: where they lie, and which say nothing about the panel.

use super::*;

/// An experiment: channel, units, first and last week.
type Test = (&'static str, Option<&'static str>, i64, i64);

fn with_experiments(tests: &[Test]) -> World {
    let mut world = World::new();
    let rows = Rows::at(vec![(0, "north"); tests.len()])
        .column("channel", Arc::new(tests.iter().map(|test| Some(test.0)).collect::<StringArray>()))
        .column("unit", Arc::new(tests.iter().map(|test| test.1).collect::<StringArray>()))
        .column("start", days(tests.iter().map(|test| 7 * test.2)))
        .column("end", days(tests.iter().map(|test| 7 * test.3)))
        .numbers("spend_change", |_, _| Some(-20.0))
        .numbers("lift", |_, _| Some(-60.0))
        .numbers("lift_se", |_, _| Some(15.0));
    world.experiments = Some(rows);
    world.model.experiments = Some("lift_tests".to_owned());
    world
}

#[test]
fn an_experiment_lies_in_its_units_and_weeks() {
    let frame = with_experiments(&[
        ("search", Some("south, north"), 4, 8),
        ("tv", Some("south"), 20, 21),
        // Without a unit: everywhere.
        ("tv", None, 0, WEEKS),
        // Named twice, treated once.
        ("tv", Some("north,north"), 3, 4),
    ])
    .frame();
    let found: Vec<_> = (frame.experiments.iter())
        .map(|test| (test.channel, test.units.clone(), test.start, test.end))
        .collect();
    assert_eq!(
        found,
        [
            (1, vec![0, 1], LEAD + 4, LEAD + 8),
            (0, vec![1], LEAD + 20, LEAD + 21),
            (0, vec![0, 1], LEAD, LEAD + 30),
            (0, vec![0], LEAD + 3, LEAD + 4)
        ]
    );
    let first = &frame.experiments[0];
    assert_eq!((first.spend_change, first.lift, first.standard_error), (-20.0, -60.0, 15.0));
}

#[test]
fn an_experiment_outside_the_panel_is_left_out() {
    let frame = with_experiments(&[
        ("tv", Some("west"), 4, 8),
        ("tv", Some("north, west"), 4, 8),
        ("tv", Some("north"), -2, 2),
        ("tv", Some("north"), WEEKS - 2, WEEKS + 1),
        ("tv", Some("north"), -60, -50),
        ("tv", Some("north"), 8, 8),
        ("tv", Some("north"), 5, 6),
    ])
    .frame();
    assert_eq!(frame.experiments.len(), 1);
    assert_eq!(frame.experiments[0].start, LEAD + 5);
}

#[test]
fn a_model_without_units_needs_none_in_its_experiments() {
    let mut world = with_experiments(&[("search", None, 4, 8)]);
    world.model.unit = None;
    world.table = world.table.only(|_, region| region == "north");
    let experiments = world.experiments.as_mut().unwrap();
    experiments.columns.retain(|(name, _)| name != "unit");
    assert_eq!(world.frame().experiments[0].units, [0]);
}

#[test]
fn an_experiment_of_an_unknown_channel_is_refused() {
    let world = with_experiments(&[("tv", None, 4, 8), ("radio", None, 4, 8)]);
    world.refused(&["row 2 of `lift_tests`", "there is no channel `radio`"]);
}

#[test]
fn an_experiment_needs_money_and_numbers() {
    let mut world = with_experiments(&[("tv", None, 4, 8)]);
    world.model.channels[0].spend = None;
    world.refused(&["channel `tv` has no spend that an experiment could change"]);
    for (column, value) in [("lift_se", Some(0.0)), ("lift_se", None), ("lift", None), ("spend_change", None)]
    {
        let mut world = with_experiments(&[("tv", None, 4, 8)]);
        world.experiments = world.experiments.map(|rows| rows.numbers(column, |_, _| value));
        world.refused(&["row 1 of `lift_tests`", "must be numbers, `lift_se` above 0"]);
    }
}
