//! Channels: the same from columns and from rows, without gaps, and known before the history begins.

use super::*;
use crate::config::job::RoasPrior;
use crate::domain::{Adstock, Saturation};

/// A change of what long media hold.
fn with_media(change: impl Fn(&Rows) -> Rows) -> World {
    let mut world = World::long();
    world.media = world.media.as_ref().map(change);
    world
}

/// Rows of one channel alone.
fn rows_of(name: &str, rows: Rows, spend: f64) -> Rows {
    rows.texts("channel", name).numbers("spend", |_, _| Some(spend)).numbers("exposure", |_, _| None)
}

#[test]
fn columns_and_rows_give_the_same_panel() {
    let (mut wide, mut long) = (World::new(), World::long());
    // Rows of media may be of channels that the job does not know, so their reach back is at least the default.
    for channel in wide.model.channels.iter_mut().chain(&mut long.model.channels) {
        channel.max_lag = None;
    }
    let frame = wide.frame();
    assert_eq!(frame.lead, 13);
    assert_same(&frame, &long.frame());
}

#[test]
fn channels_are_as_the_job_describes_them() {
    let mut world = World::new();
    world.model.channels[1] = Channel {
        side: Some("sales".to_owned()),
        carries: vec!["tv".to_owned()],
        adstock: Some(Adstock::None),
        saturation: Some(Saturation::Hill),
        prior: Some(RoasPrior { mean: 2.0, standard_deviation: 0.5 }),
        no_effect: Some(0.1),
        ..channel("search", Some("search_spend"), None)
    };
    let frame = world.frame();
    let [tv, search] = &frame.channels[..] else { panic!("{:?}", frame.channels) };
    assert_eq!((tv.name.as_str(), tv.max_lag, &tv.carries), ("tv", LEAD, &vec![]));
    assert_eq!((tv.side.as_ref(), tv.prior, tv.no_effect), (None, None, None));
    assert_eq!(search.label, LocalText::same("search label"));
    // Without carry-over nothing is felt later, whatever the reach.
    assert_eq!((search.max_lag, &search.carries), (0, &vec![0]));
    assert_eq!((search.adstock, search.saturation), (Some(Adstock::None), Some(Saturation::Hill)));
    assert_eq!((search.side.as_deref(), search.prior), (Some("sales"), Some((2.0, 0.5))));
}

#[test]
fn pressure_is_exposure_where_it_is_counted_and_money_elsewhere() {
    let frame = World::long().frame();
    let [tv, search] = &frame.channels[..] else { panic!("{:?}", frame.channels) };
    let fitted = |values: &[f64], unit| of_unit(&frame, values, unit)[frame.lead..].to_vec();
    for (unit, region) in REGIONS.iter().enumerate() {
        let expected = |value: fn(i64, &str) -> f64| -> Vec<f64> {
            (0..WEEKS).map(|week| value(week, region)).collect()
        };
        assert_eq!(fitted(&tv.exposure, unit), expected(contacts));
        assert_eq!(fitted(tv.spend.as_ref().unwrap(), unit), expected(super::tv));
        assert_eq!(fitted(&search.exposure, unit), expected(super::search));
        assert_eq!(fitted(search.spend.as_ref().unwrap(), unit), expected(super::search));
    }
}

#[test]
fn rows_of_one_cell_are_summed() {
    let expected = World::long().frame();
    // Two campaigns, each with half of everything.
    let halved = with_media(|media| {
        let half = |name: &str, rows: &Rows| {
            let (_, column) = rows.columns.iter().find(|(old, _)| old == name).unwrap();
            let halves = raw_numbers(column).into_iter().map(|value| value.map(|value| value / 2.0));
            rows.clone().column(name, Arc::new(halves.collect::<Float64Array>()))
        };
        let half = half("exposure", &half("spend", media));
        // The columns stand in another order now, in both parts alike.
        half.and(&half)
    });
    assert_same(&expected, &halved.frame());
}

fn raw_numbers(column: &ArrayRef) -> Vec<Option<f64>> {
    column.as_any().downcast_ref::<Float64Array>().unwrap().iter().collect()
}

#[test]
fn channels_that_the_job_does_not_name_come_last_and_have_defaults() {
    let mut world = with_media(|media| {
        media.and(&rows_of("radio", Rows::every(0..WEEKS), 4.0)).and(&rows_of(
            "email",
            Rows::every(0..WEEKS),
            1.0,
        ))
    });
    let names = |world: &World| -> Vec<String> {
        world.frame().channels.iter().map(|channel| channel.name.clone()).collect()
    };
    assert_eq!(names(&world), ["tv", "search", "email", "radio"]);
    let frame = world.frame();
    let radio = &frame.channels[3];
    assert_eq!((&radio.label, radio.max_lag, frame.lead), (&LocalText::same("radio"), 13, 13));
    world.model.channels.remove(0);
    assert_eq!(names(&world), ["search", "email", "radio", "tv"]);
}

#[test]
fn a_channel_that_the_data_do_not_hold_is_refused_with_those_that_they_hold() {
    let mut world = World::long();
    world.model.channels.push(channel("serach", None, None));
    world.refused(&["channel `serach` is not in `media`, which holds search, tv"]);
    let mut world = World::long();
    world.model.channels[1].carries.push("radio".to_owned());
    world.refused(&["channel `search` carries `radio`", "they hold search, tv"]);
}

#[test]
fn media_without_a_row_for_the_panel_are_refused() {
    let mut elsewhere = with_media(|media| media.only(|week, _| week < 0));
    elsewhere.refused(&["`media` has no rows for the model's units and periods"]);
    elsewhere.model.channels.clear();
    elsewhere.refused(&["`media` has no rows for the model's units and periods"]);
}

#[test]
fn units_that_are_numbers_match_whatever_their_type() {
    let expected = World::long().frame();
    let number = |region: &&str| if *region == "north" { 1 } else { 20 };
    let mut world = with_media(|media| {
        let units = media.places.iter().map(|(_, region)| f64::from(number(region))).collect::<Vec<_>>();
        media.clone().column("region", Arc::new(Float64Array::from(units)))
    });
    let units = world.table.places.iter().map(|(_, region)| number(region)).collect::<Vec<_>>();
    world.table = world.table.clone().column("region", Arc::new(arrow::array::Int32Array::from(units)));
    let frame = world.frame();
    assert_eq!(frame.units, ["1", "20"]);
    assert_same(&expected.channels, &frame.channels);
}

#[test]
fn spend_below_zero_is_refused_unless_its_cell_makes_up_for_it() {
    let refund = |spend| rows_of("search", Rows::at(vec![(5, "south")]), spend);
    with_media(|media| media.and(&refund(-15.0))).frame();
    with_media(|media| media.and(&refund(-16.0))).refused(&[
        "spend of channel `search` must not be negative",
        "region `south`, period 2024-02-05",
        "book corrections in the period that they correct",
    ]);
    let mut world = World::new();
    world.table = world.table.numbers("tv_contacts", |week, _| Some(if week == 9 { -1.0 } else { 1.0 }));
    world.refused(&["exposure of channel `tv`", "region `north`, period 2024-03-04"]);
}

#[test]
fn money_without_contacts_buys_them_at_the_mean_price() {
    let mut world = World::new();
    world.table =
        (world.table).numbers("tv_contacts", |week, region| (week != 6).then(|| contacts(week, region)));
    let frame = world.frame();
    // Nine weeks on air in each region are left, at ten and at twenty contacts per euro.
    for unit in [0, 1] {
        assert!((frame.channels[0].exposure[frame.at(unit, LEAD + 6)] - 30.0 * 15.0).abs() < 1e-9);
    }
    assert_eq!(
        frame.notes,
        ["channel `tv` has spend but no exposure in 2 cells, where its mean price is taken"]
    );
    // No money and no contacts: off air.
    world.table =
        (world.table).numbers("tv_contacts", |week, region| (week != 7).then(|| contacts(week, region)));
    let frame = world.frame();
    assert_eq!(frame.channels[0].exposure[frame.at(0, LEAD + 7)].to_bits(), 0.0_f64.to_bits());
    assert!(frame.notes.is_empty());
}

#[test]
fn a_channel_without_spend_is_organic() {
    let mut world = World::new();
    world.model.channels[0] = channel("tv", None, Some("tv_contacts"));
    assert_eq!(world.frame().channels[0].spend, None);
    // So is one of rows that were never paid for, but that have contacts.
    let long = with_media(|media| {
        let free = rows_of("newsletter", Rows::every(0..WEEKS), 0.0);
        media.and(&free.numbers("spend", |_, _| None).numbers("exposure", |_, _| Some(7.0)))
    });
    let frame = long.frame();
    assert_eq!((frame.channels[2].name.as_str(), &frame.channels[2].spend), ("newsletter", &None));
    assert!(of_unit(&frame, &frame.channels[2].exposure, 1).iter().all(|value| (*value - 7.0).abs() < 1e-12));
}

#[test]
fn before_anything_is_known_pressure_is_what_it_was_on_average() {
    let frame = World::new().frame();
    let search = &frame.channels[1];
    for unit in [0, 1] {
        assert_eq!(of_unit(&frame, &search.exposure, unit)[..3], [10.5, 10.5, 10.0]);
        // Money that nobody knows of was not spent.
        assert_eq!(of_unit(&frame, search.spend.as_ref().unwrap(), unit)[..3], [0.0, 0.0, 10.0]);
    }
}

#[test]
fn rows_before_the_history_are_its_carry_over() {
    let mut world = World::new();
    // The table goes further back than its outcome.
    world.table =
        table(-1..WEEKS).numbers("revenue", |week, region| (week >= 0).then(|| revenue(week, region)));
    let frame = world.frame();
    let search = of_unit(&frame, &frame.channels[1].exposure, 0);
    // The week before is known, and with it the mean of two weeks for the one before that.
    assert_eq!(search[..3], [9.5, 9.0, 10.0]);
    assert_eq!(of_unit(&frame, frame.channels[1].spend.as_ref().unwrap(), 0)[..2], [0.0, 9.0]);
}

#[test]
fn a_channel_that_began_later_had_no_pressure_before() {
    let mut world = with_media(|media| {
        let radio = rows_of("radio", Rows::every(12..WEEKS), 50.0);
        media.only(|week, _| week >= 0).and(&radio)
    });
    world.history_start = Some(monday(10));
    world.model.channels.truncate(1);
    for channel in &mut world.model.channels {
        channel.max_lag = Some(4);
    }
    let frame = world.frame();
    // Thirteen weeks before the tenth: the last ten of them are known, and radio was not on air.
    let radio = frame.channels.iter().find(|channel| channel.name == "radio").unwrap();
    let of_north = of_unit(&frame, &radio.exposure, 0);
    assert_eq!(frame.periods[frame.lead], monday(10));
    assert!(of_north[3..frame.lead + 2].iter().all(|value| value.abs() < f64::MIN_POSITIVE), "{of_north:?}");
    assert_eq!(of_north[frame.lead + 2].to_bits(), 50.0_f64.to_bits());
}
