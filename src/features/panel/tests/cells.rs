//! Cells: which there are, what an outcome is worth, how large a unit is.

use super::*;
use crate::config::job::{Margin, Worth};

#[test]
fn the_panel_holds_every_week_of_every_region() {
    let frame = World::new().frame();
    assert_eq!(frame.model, "sales_response");
    assert_eq!(frame.units, REGIONS);
    assert_eq!((frame.lead, frame.width(), frame.fitted_periods()), (LEAD, LEAD + 30, 30));
    assert_eq!((frame.periods[0], frame.periods[LEAD]), (monday(-2), monday(0)));
    assert_eq!((frame.periods[frame.width() - 1], frame.end), (monday(WEEKS - 1), monday(WEEKS)));
    assert_eq!(frame.rows(), 60);
    assert!(of_unit(&frame, &frame.outcome, 1)[..LEAD].iter().all(|value| value.is_nan()));
    for (unit, region) in REGIONS.iter().enumerate() {
        let expected: Vec<f64> = (0..WEEKS).map(|week| revenue(week, region)).collect();
        assert_eq!(of_unit(&frame, &frame.outcome, unit)[LEAD..], expected);
    }
    assert!(!frame.is_observed(0, LEAD - 1) && frame.is_observed(0, LEAD));
    assert!(frame.notes.is_empty(), "{:?}", frame.notes);
}

#[test]
fn rows_need_no_order() {
    let mut world = World::new();
    let expected = world.frame();
    world.table = table(15..WEEKS).and(&table(0..15));
    assert_same(&expected, &world.frame());
}

#[test]
fn a_period_knows_the_same_one_a_year_before() {
    let mut world = World::new();
    world.table = table(-30..WEEKS);
    let frame = world.frame();
    assert_eq!(frame.fitted_periods(), 60);
    assert_eq!((frame.season_before[51], frame.season_before[52]), (None, Some(0)));
    assert_eq!(frame.season_before[LEAD + 59], Some(LEAD + 7));
}

#[test]
fn a_table_without_units_is_one_series() {
    let mut world = World::new();
    world.model.unit = None;
    world.table = world.table.only(|_, region| region == "south");
    let frame = world.frame();
    assert_eq!((frame.units.len(), frame.rows()), (1, 30));
    assert_eq!(frame.units[0], "");
    // Two regions without saying so are two rows of one period.
    world.table = table(0..WEEKS);
    world.refused(&["`sales` has more than one row for period 2024-01-01;"]);
}

#[test]
fn a_second_row_of_a_cell_is_named() {
    let mut world = World::new();
    world.table = world.table.and(&table(5..6).only(|_, region| region == "south"));
    world.refused(&["`sales_response`", "`sales`", "region `south`, period 2024-02-05"]);
    // Also where it is a later day of the same week.
    let days = days((0..61).map(|row| if row == 60 { 38 } else { row / 2 * 7 }));
    world.table = world.table.column("week", days);
    world.refused(&["region `south`, period 2024-02-05"]);
}

#[test]
fn cells_without_an_outcome_are_not_fitted_and_said() {
    let mut world = World::new();
    let missing = |week: i64, region: &str| region == "north" && week == 7;
    let null = |week: i64, region: &str| region == "south" && (week == 8 || week == 9);
    world.table = (world.table.only(|week, region| !missing(week, region)))
        .numbers("revenue", |week, region| (!null(week, region)).then(|| revenue(week, region)));
    let frame = world.frame();
    assert_eq!(frame.rows(), 57);
    for (unit, week) in [(0, 7), (1, 8), (1, 9)] {
        assert!(!frame.is_observed(unit, LEAD + week));
    }
    assert_eq!(frame.notes, ["3 of its cells have no outcome and are not fitted"]);
    // What was spent in a week without an outcome is felt in the next. Without a row, there was no spend.
    let search = &frame.channels[1].exposure;
    assert_eq!(search[frame.at(1, LEAD + 8)].to_bits(), 18.0_f64.to_bits());
    assert_eq!(search[frame.at(0, LEAD + 7)].to_bits(), 0.0_f64.to_bits());
}

#[test]
fn the_history_begins_with_the_first_outcome_or_where_the_model_says() {
    let mut world = World::new();
    world.table = world.table.numbers("revenue", |week, region| (week >= 4).then(|| revenue(week, region)));
    let frame = world.frame();
    assert_eq!((frame.periods[LEAD], frame.rows()), (monday(4), 52));

    let mut world = World::new();
    world.history_start = Some(monday(10));
    let frame = world.frame();
    assert_eq!((frame.periods[0], frame.periods[LEAD], frame.rows()), (monday(8), monday(10), 40));
    // The outcome before is known, and is none of the model's business.
    assert!(of_unit(&frame, &frame.outcome, 0)[..LEAD].iter().all(|value| value.is_nan()));
    assert_eq!(of_unit(&frame, &frame.channels[1].exposure, 0)[..3], [18.0, 19.0, 20.0]);
}

#[test]
fn rows_after_the_window_and_regions_without_an_outcome_in_it_are_left_out() {
    let mut world = World::new();
    let expected = world.frame();
    let late = table(WEEKS..WEEKS + 5);
    let west = Rows::at(vec![(3, "west"), (WEEKS, "west")]);
    let west = (["tv_spend", "tv_contacts", "search_spend"].into_iter())
        .fold(west.numbers("revenue", |week, _| (week == WEEKS).then_some(1.0)), |rows, name| {
            rows.numbers(name, |_, _| Some(9.0))
        });
    world.table = world.table.and(&late).and(&west);
    assert_same(&expected, &world.frame());
}

#[test]
fn too_little_history_is_refused() {
    let mut world = World::new();
    world.history_start = Some(monday(WEEKS - 11));
    world.refused(&["11 periods are too few", "it needs 12", "more history"]);
    world.history_start = Some(monday(WEEKS - 12));
    assert_eq!(world.frame().fitted_periods(), 12);
}

#[test]
fn no_rows_at_all_are_refused() {
    let mut world = World::new();
    for rows in [table(0..0), table(WEEKS..WEEKS + 20), table(0..WEEKS).numbers("revenue", |_, _| None)] {
        world.table = rows;
        world.refused(&["`sales` has no row with an outcome before 2024-07-29", "look at the window"]);
    }
}

#[test]
fn a_column_that_is_not_there_is_named() {
    let mut world = World::new();
    world.model.size = Some("inhabitants".to_owned());
    world.refused(&["`sales_response`", "`inhabitants`", "`sales`"]);
}

#[test]
fn a_regions_size_is_its_mean_outcome_or_the_mean_of_a_column() {
    let mut world = World::new();
    assert_eq!(world.frame().sizes, [114.5, 185.5]);
    world.model.size = Some("inhabitants".to_owned());
    world.table = world.table.numbers("inhabitants", |week, region| {
        (week != 3).then_some(if region == "north" { 40.0 } else { 50.0 + 4.0 * (week % 2) as f64 })
    });
    let sizes = world.frame().sizes;
    assert_eq!(sizes[0].to_bits(), 40.0_f64.to_bits());
    // Fifteen even weeks and fourteen odd ones, for the third is not known.
    assert!((sizes[1] - (50.0 + 4.0 * 14.0 / 29.0)).abs() < 1e-12);
}

#[test]
fn a_size_must_be_above_zero() {
    let mut world = World::new();
    world.model.size = Some("inhabitants".to_owned());
    world.table = world.table.numbers("inhabitants", |_, region| Some(f64::from(region == "north")));
    world.refused(&["size `inhabitants` of unit `south` must be above 0, got 0"]);

    // A profit around zero is no size. One series needs none.
    let mut world = World::new();
    world.table = world.table.numbers("revenue", |week, _| Some(if week % 2 == 0 { 5.0 } else { -6.0 }));
    world.refused(&["mean outcome of unit `north` is not above 0", "`size`"]);
    world.model.unit = None;
    world.table = world.table.only(|_, region| region == "north");
    assert_eq!(world.frame().sizes, [1.0]);
}

#[test]
fn worth_is_what_is_left_of_a_unit_of_outcome() {
    let mut world = World::new();
    assert_eq!(world.frame().worth, None);
    world.table = (world.table.numbers("margin", |week, region| Some(0.4 * revenue(week, region))))
        .numbers("service", |week, region| (region == "south").then(|| 0.1 * revenue(week, region)))
        .numbers("rate", |_, region| Some(if region == "north" { 0.2 } else { 0.6 }));
    let worth = |margin| Some(Worth { margin, minus: Vec::new() });
    world.model.worth = worth(Margin::Amount("margin".to_owned()));
    assert!((world.frame().worth.unwrap() - 0.4).abs() < 1e-12);
    // A rate counts for as much as was sold at it.
    let (north, south) = (114.5, 185.5);
    world.model.worth = worth(Margin::Rate("rate".to_owned()));
    let rate = (0.2 * north + 0.6 * south) / (north + south);
    assert!((world.frame().worth.unwrap() - rate).abs() < 1e-12);
    // No cost in a row is no cost.
    world.model.worth.as_mut().unwrap().minus.push("service".to_owned());
    let left = rate - 0.1 * south / (north + south);
    assert!((world.frame().worth.unwrap() - left).abs() < 1e-12);
}

#[test]
fn worth_counts_fitted_cells_whose_margin_is_known() {
    let mut world = World::new();
    world.history_start = Some(monday(5));
    world.model.worth = Some(Worth { margin: Margin::Amount("margin".to_owned()), minus: Vec::new() });
    world.table = world.table.numbers("margin", |week, region| match week {
        // Before the history, everything was given away.
        ..5 => Some(0.0),
        20.. => None,
        _ => Some(0.4 * revenue(week, region)),
    });
    assert!((world.frame().worth.unwrap() - 0.4).abs() < 1e-12);
    world.table = world.table.numbers("margin", |_, _| None);
    world.refused(&["no worth per unit", "leave `worth` out"]);
}

#[test]
fn a_logarithm_needs_outcomes_above_zero() {
    let mut world = World::new();
    world.model.form = Form::Multiplicative;
    assert!(world.frame().multiplicative);
    let closed = |week: i64, region: &str| region == "south" && week == 4;
    world.table = world.table.numbers("revenue", |week, region| {
        Some(if closed(week, region) { 0.0 } else { revenue(week, region) })
    });
    world.refused(&["`form: multiplicative`", "`revenue` is 0", "region `south`, period 2024-01-29"]);
    world.model.form = Form::Additive;
    assert!(!world.frame().multiplicative);
}
