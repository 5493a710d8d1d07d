//! What is read of real tables before a panel is built.

use super::*;
use crate::features::{JoinedCheck, joined_checks};

fn checks(world: &World) -> Vec<JoinedCheck> {
    world.ask(joined_checks).unwrap()
}

/// The message of a check; panics if the check is not made.
#[track_caller]
fn found(world: &World, kind: &str) -> Option<String> {
    checks(world).into_iter().find(|check| check.kind == kind).unwrap().message
}

#[test]
fn sound_worlds_give_no_warning() {
    let kinds = |world: &World| {
        let checks = checks(world);
        assert!(checks.iter().all(|check| check.message.is_none() && check.failures == 0), "{checks:?}");
        checks.iter().map(|check| check.kind).collect::<Vec<_>>()
    };
    let of_amounts = ["calendar_gaps", "spend_without_outcome", "unit_mismatch", "cost_per_exposure"];
    assert_eq!(kinds(&World::new()), of_amounts);
    assert_eq!(kinds(&World::long())[..2], ["key_coverage", "duplicate_periods"]);
    assert_eq!(kinds(&World::long())[2..], of_amounts);
}

#[test]
fn media_of_units_and_periods_that_the_panel_lacks_are_told() {
    let mut world = World::long();
    world.table = world.table.only(|week, region| region == "north" && week != 7);
    let media = world.media.take().unwrap();
    world.media = Some(media.only(|week, _| week != 9 && week < WEEKS - 1));
    let message = found(&world, "key_coverage").unwrap();
    for part in [
        "1 unit of `media` whose media are lost, as `sales` has no outcome of it: `south`",
        "2 periods of `sales` without a row in `media`, which is taken for no media at all: 2024-03-04, 2024-07-22",
        "1 period of `media` without a row in `sales`: 2024-02-19",
    ] {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
    assert_eq!(
        found(&world, "calendar_gaps").unwrap(),
        "1 period without a row in `sales` between the first and the last of its region: `north` 2024-02-19"
    );
    // Told as a period already.
    assert_eq!(found(&world, "spend_without_outcome"), None);
    world.media = world.media.map(|media| media.only(|_, region| region == "south"));
    assert!(
        found(&world, "key_coverage")
            .unwrap()
            .starts_with("1 unit of `sales` without a row in `media`: `north`")
    );
}

#[test]
fn a_delivery_in_double_is_told_and_a_finer_table_is_not() {
    let world = World::long();
    let media = world.media.clone().unwrap();
    let twice = World {
        media: Some(media.and(&media.only(|week, region| week == 3 && region == "south"))),
        ..world.clone()
    };
    assert_eq!(
        found(&twice, "duplicate_periods").unwrap(),
        "2 combinations of channel and period with several rows in `media`, where one is the rule; they are summed: \
         `search` `south` 2024-01-22 (2 rows), `tv` `south` 2024-01-22 (2 rows)"
    );
    assert_eq!(found(&World { media: Some(media.and(&media)), ..world }, "duplicate_periods"), None);
}

#[test]
fn what_cannot_be_laid_out_is_left_to_the_panel() {
    let mut world = World::new();
    world.table = world.table.numbers("revenue", |_, _| None);
    assert_eq!(world.ask(joined_checks).unwrap_err().to_string(), world.result().err().unwrap().to_string());
}
