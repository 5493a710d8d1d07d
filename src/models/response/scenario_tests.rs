//! Scenarios held to what the same draws say elsewhere, to each other, and to worlds whose truth is known.

use super::core::Core;
use super::curves::curves;
use super::drivers::{coefficients, effects};
use super::gibbs::Effort;
use super::interactions::Of;
use super::posterior::Posterior;
use super::prior::spend;
use super::response_scenario;
use super::scenario_request::{Item, ScenarioError, ScenarioRequest, changed, items, units};
use super::shift::{Shifts, shifts};
use super::summary::mean;
use crate::domain::{Change, Gate, Role};
use crate::features::{DriverValues, PanelFrame, PanelInteractions};
use crate::models::ModelSettings;
use crate::models::accuracy::World;
use crate::models::result::{OutsideObserved, ScenarioSubject};

fn world(seed: u64, units: usize) -> World {
    World {
        units,
        periods: 110,
        channels: 4,
        noise: 0.04,
        memory: 0.3,
        shared: 0.2,
        confounding: 0.5,
        correlation: 0.2,
        heterogeneity: 0.2,
        media_share: 0.25,
        misspecified: false,
        ..World::draw(seed)
    }
}

fn posterior(frame: &PanelFrame) -> Posterior<'_> {
    let effort = Effort { chains: 2, warm_up: 100, kept: 160 };
    let core = Core::fit(frame, &[0, 1], frame.whole(), effort, 1);
    Posterior::new(core, &[0, 1], &ModelSettings::default())
}

fn share(channel: usize, share: f64) -> Item {
    Item { of: Of::Channel(channel), change: Change::Share(share) }
}

fn amount(driver: usize, amount: f64) -> Item {
    Item { of: Of::Driver(driver), change: Change::Shift(amount) }
}

fn moved(posterior: &Posterior<'_>, items: &[Item], units: &[usize]) -> Shifts {
    let coefficients = coefficients(&posterior.core, 1);
    let other = changed(posterior.core.design.frame, items, units);
    shifts(posterior, &other, items, units, &coefficients, 1)
}

fn whole(posterior: &Posterior<'_>, items: &[Item]) -> Shifts {
    moved(posterior, items, &posterior.units().collect::<Vec<_>>())
}

/// Asserts that two sets of draws are the same but for rounding.
#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    let most = expected.iter().fold(f64::MIN_POSITIVE, |most: f64, value| most.max(value.abs()));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-9 * most, "{found} is not {expected}");
    }
}

#[test]
fn no_change_changes_nothing() {
    for multiplicative in [false, true] {
        let (mut frame, _) = world(3, 4).live();
        frame.multiplicative = multiplicative;
        frame.channels[1].carries = vec![0];
        let posterior = posterior(&frame);
        let found = whole(&posterior, &[share(0, 0.0), share(1, 0.0), amount(0, 0.0)]);
        assert!(found.items.iter().flatten().chain(&found.all).all(|draw| *draw == 0.0));
    }
}

#[test]
fn to_take_all_spend_away_is_to_lose_what_it_brought() {
    let (mut frame, _) = world(4, 5).live();
    frame.channels[1].carries = vec![0];
    // A gap: what spend brings there counts in both.
    frame.outcome[100] = f64::NAN;
    let posterior = posterior(&frame);
    for channel in 0..4 {
        let found = whole(&posterior, &[share(channel, -1.0)]);
        let brought = posterior.incremental(channel, &posterior.units());
        assert!(brought.iter().any(|draw| *draw != 0.0));
        let lost: Vec<f64> = brought.iter().map(|draw| -draw).collect();
        assert_close(&found.items[0], &lost);
        assert_close(&found.all, &lost);
    }
    // And in one unit alone.
    let found = moved(&posterior, &[share(2, -1.0)], &[3]);
    let lost: Vec<f64> = posterior.incremental(2, &(3..4)).iter().map(|draw| -draw).collect();
    assert_close(&found.all, &lost);
}

#[test]
fn a_hundredth_more_is_the_marginal_return_and_a_fifth_more_is_on_the_curve() {
    let (frame, _) = world(5, 4).live();
    let posterior = posterior(&frame);
    let units = posterior.units();
    let spends: Vec<Option<f64>> =
        (0..4).map(|channel| spend(&posterior.core.design, channel, &units)).collect();
    let curves = curves(&posterior, &spends, 0.9);
    for channel in 0..4 {
        let found = whole(&posterior, &[share(channel, 0.01)]);
        assert_close(&found.all, &posterior.next(channel, &units));

        let found = whole(&posterior, &[share(channel, 0.2)]).all;
        let at = |multiple: f64| {
            let name = &frame.channels[channel].name;
            let point = curves
                .iter()
                .find(|point| point.channel == *name && (point.multiple - multiple).abs() < 1e-9);
            point.unwrap().incremental_outcome.value
        };
        // Curves rest on every second draw of these.
        let every_second: Vec<f64> = found.iter().copied().step_by(2).collect();
        assert_close(&[mean(&every_second)], &[at(1.2) - at(1.0)]);
    }
}

#[test]
fn changes_add_up_where_parts_are_added() {
    let (frame, _) = world(6, 4).live();
    let posterior = posterior(&frame);
    let (one, other, third) = (share(0, 0.3), share(2, -0.5), amount(1, 0.7));
    let together = whole(&posterior, &[one.clone(), other.clone(), third.clone()]);
    let alone = [one, other, third].map(|item| whole(&posterior, &[item]).all);
    for (together, alone) in together.items.iter().zip(&alone) {
        assert_close(together, alone);
    }
    let sum: Vec<f64> = (0..together.all.len()).map(|at| alone.iter().map(|of| of[at]).sum()).collect();
    assert_close(&together.all, &sum);
    // Units do not touch each other.
    let parts: Vec<Vec<f64>> = (0..4).map(|unit| moved(&posterior, &[share(0, 0.3)], &[unit]).all).collect();
    let sum: Vec<f64> = (0..together.all.len()).map(|at| parts.iter().map(|of| of[at]).sum()).collect();
    assert_close(&alone[0], &sum);
}

#[test]
fn a_driver_moved_by_its_stated_change_does_what_driver_effects_say() {
    let (mut frame, _) = world(7, 1).live();
    let design_rows = frame.rows();
    let DriverValues::Numeric { per, .. } = frame.drivers[0].driver.values else { unreachable!() };
    // The mean of the driver is that of the fitted cells, as it is in panels that are read.
    let fitted = frame.drivers[0].values[frame.lead..].to_vec();
    let center = mean(&fitted);
    if let DriverValues::Numeric { mean, .. } = &mut frame.drivers[0].driver.values {
        *mean = center;
    }
    let posterior = posterior(&frame);
    let known = effects(&posterior.core, &coefficients(&posterior.core, 1), 0.9);
    let expected = known[0].effect.as_ref().unwrap().value * design_rows as f64;
    let found = whole(&posterior, &[amount(0, per)]).all;
    assert!((mean(&found) / expected - 1.0).abs() < 1e-9, "{} is not {expected}", mean(&found));
    // The square of a confounder bends it: up and down are not mirror images.
    let down = whole(&posterior, &[amount(0, -per)]).all;
    assert!(found.iter().zip(&down).any(|(up, down)| (up + down).abs() > 1e-6 * up.abs()));
}

#[test]
fn factors_multiply_exactly() {
    let (mut frame, _) = world(8, 3).live();
    frame.multiplicative = true;
    frame.channels[1].carries = vec![0];
    let posterior = posterior(&frame);
    let core = &posterior.core;
    // A driver by hand: outcome × (e^(β d + γ ((x + d − m)² − (x − m)²)) − 1), cell by cell.
    let draws = coefficients(core, 1);
    let found = whole(&posterior, &[amount(0, 0.5), share(2, -1.0)]);
    let center = frame.drivers[0].driver.mean();
    let column = |wanted| core.design.controls.iter().position(|column| *column == wanted).unwrap();
    let straight = column(super::design::ControlColumn::Driver(0));
    let square = column(super::design::ControlColumn::Square(0));
    let by_hand: Vec<f64> = (0..found.all.len())
        .map(|at| {
            let cells = (0..frame.outcome.len()).filter(|cell| frame.outcome[*cell].is_finite());
            cells
                .map(|cell| {
                    let x = frame.drivers[0].values[cell] - center;
                    let bend = (x + 0.5).powi(2) - x * x;
                    let shift = 0.5 * draws[straight][at] + draws[square].get(at).unwrap_or(&0.0) * bend;
                    frame.outcome[cell] * shift.exp_m1()
                })
                .sum()
        })
        .collect();
    assert_close(&found.items[0], &by_hand);
    // All spend away is what the channel brought.
    let lost: Vec<f64> = posterior.incremental(2, &posterior.units()).iter().map(|draw| -draw).collect();
    assert_close(&found.items[1], &lost);
    assert!(mean(&found.items[1]) < 0.0);
    // Small changes are the marginal returns.
    let small = whole(&posterior, &[share(2, 0.01)]).all;
    let next = posterior.next(2, &posterior.units());
    assert!((mean(&small) / mean(&next) - 1.0).abs() < 0.01);
    // A fifth more demand makes television's loss a fifth larger: together they are not their sum.
    let sum: f64 = found.items.iter().map(|draws| mean(draws)).sum();
    assert!((mean(&found.all) - sum).abs() > 1e-6 * sum.abs());
}

#[test]
fn claimed_joint_effects_have_a_line_and_are_in_the_total() {
    let (mut frame, _) = world(6, 10).live();
    frame.interactions =
        Some(PanelInteractions { channels: true, drivers: vec![0], false_discovery_rate: 0.9 });
    let posterior = posterior(&frame);
    let pair = posterior.joint.iter().find(|joint| joint.has(Of::Driver(0))).unwrap();
    let channel = (0..4).find(|channel| pair.has(Of::Channel(*channel))).unwrap();
    let found = whole(&posterior, &[share(channel, 0.2), amount(0, 0.1)]);
    let at = posterior.joint.iter().position(|joint| joint.name == pair.name).unwrap();
    let line = &found.joint.iter().find(|(place, _)| *place == at).unwrap().1;
    assert!(line.iter().any(|draw| *draw != 0.0));
    for at in 0..found.all.len() {
        let parts = found.items.iter().chain(found.joint.iter().map(|(_, draws)| draws));
        let sum: f64 = parts.map(|draws| draws[at]).sum();
        assert!((sum - found.all[at]).abs() <= 1e-9 * sum.abs().max(1.0));
    }
    // Untouched pairs have no line.
    let untouched = (0..4).find(|other| *other != channel).unwrap();
    let found = whole(&posterior, &[share(untouched, 0.2)]);
    assert!(found.joint.iter().all(|(place, _)| posterior.joint[*place].has(Of::Channel(untouched))));
    // The product is the one that contributions are made of.
    let product = pair.product(&posterior.fitted.channels, &frame);
    let again: Vec<f64> = product.iter().map(|product| product * pair.coefficient.0).collect();
    assert_close(&again, &pair.series);
}

#[test]
fn a_world_without_noise_is_told_as_it_is() {
    let (mut frame, _) = world(9, 3).live();
    // Straight lines: demand moves the outcome by 3 per unit of size, spend of one channel by 2 per unit of money.
    for (channel, effect) in [(0, 2.0), (1, 0.0), (2, 0.0), (3, 0.0)] {
        frame.channels[channel].saturation = Some(crate::domain::Saturation::None);
        frame.channels[channel].adstock = Some(crate::domain::Adstock::None);
        frame.channels[channel].max_lag = 0;
        let money = frame.channels[channel].spend.clone().unwrap();
        frame.channels[channel].exposure.clone_from(&money);
        for unit in 0..3 {
            for period in frame.lead..frame.width() {
                let cell = frame.at(unit, period);
                let noise = f64::from(u16::try_from((cell * 7_919) % 101).unwrap()) / 101.0 - 0.5;
                if channel == 0 {
                    let size = frame.sizes[unit];
                    let base = 20.0 + 3.0 * frame.drivers[0].values[cell] + 0.02 * noise;
                    frame.outcome[cell] = size * base;
                }
                frame.outcome[cell] += effect * money[cell];
            }
        }
    }
    let request = ScenarioRequest {
        changes: vec![("channel_0".into(), Change::Share(0.25)), ("demand".into(), Change::Shift(0.02))],
        units: Vec::new(),
    };
    let found = response_scenario(&frame, &request, &ModelSettings::default()).unwrap();
    let money = found.items[0].effect.spend.unwrap().0;
    let levels: f64 = frame.sizes.iter().sum::<f64>() * frame.fitted_periods() as f64;
    for (found, truth) in [
        (&found.items[0].effect.outcome, 2.0 * 0.25 * money),
        (&found.items[1].effect.outcome, 3.0 * 0.02 * levels),
        (&found.total.outcome, 2.0 * 0.25 * money + 3.0 * 0.02 * levels),
    ] {
        assert!((found.value / truth - 1.0).abs() < 0.05, "{found:?} is not {truth}");
    }
    let marginal = found.items[0].effect.marginal_roas.as_ref().unwrap();
    assert!((marginal.value - 2.0).abs() < 0.1, "{marginal:?}");
    assert!((found.items[0].effect.share.value * found.fitted - 0.5 * money).abs() < 0.05 * money);
    assert!(found.total.marginal_roas.is_none() && found.total.spend.is_some());
    assert!((found.fitted / found.actual - 1.0).abs() < 1e-3);
}

#[test]
fn verdicts_and_what_was_observed_stand_beside_the_figures() {
    let (mut frame, _) = world(10, 3).live();
    frame.worth = Some(0.4);
    frame.channels[1].carries = vec![0];
    let request = ScenarioRequest {
        changes: vec![("channel_0".into(), Change::Share(4.0)), ("weather".into(), Change::Shift(100.0))],
        units: vec![frame.units[1].clone()],
    };
    let settings = ModelSettings::default();
    let found = response_scenario(&frame, &request, &settings).unwrap();
    let published = super::fit_response(&frame, &settings);
    assert_eq!(found.gate, published.gate);
    let row = published.channels.iter().find(|row| row.channel == "channel_0").unwrap();
    let ScenarioSubject::Channel { gate, carried_by, .. } = &found.items[0].subject else { unreachable!() };
    assert_eq!((gate.gate, &gate.reasons), (row.gate, &row.reasons));
    assert_eq!(carried_by, &["channel_1"]);
    assert_eq!(found.doubtful().count(), usize::from(row.gate != Gate::Trusted));
    assert_eq!(found.units, request.units);
    assert!(
        matches!(found.items[0].outside, Some(OutsideObserved::Pressure { multiple, .. }) if multiple > 4.9)
    );
    let Some(OutsideObserved::Values { share, .. }) = found.items[1].outside else { unreachable!() };
    assert!((share - 1.0).abs() < 1e-12);
    // Worth is a share of the outcome, gain is what is left of it after spend.
    let effect = &found.items[0].effect;
    let (before, after) = effect.spend.unwrap();
    let of_unit = published
        .channels
        .iter()
        .find(|row| row.channel == "channel_0" && row.unit == Some(found.units[0].clone()));
    assert!((before / of_unit.unwrap().spend.unwrap() - 1.0).abs() < 1e-12);
    let worth = effect.worth.as_ref().unwrap().value;
    assert!((worth - 0.4 * effect.outcome.value).abs() < 1e-9 * worth.abs());
    assert!((effect.gain.as_ref().unwrap().value - (worth - after + before)).abs() < 1e-6);
}

#[test]
fn what_a_panel_cannot_answer_is_refused() {
    let (mut frame, _) = world(11, 2).live();
    frame.channels[3].exposure.fill(0.0);
    frame.drivers[1].driver.role = Role::MovedByUs;
    let ask = |changes: &[(&str, Change)], place: &[&str], frame: &PanelFrame| {
        let request = ScenarioRequest {
            changes: changes.iter().map(|(name, change)| ((*name).to_owned(), *change)).collect(),
            units: place.iter().map(|unit| (*unit).to_owned()).collect(),
        };
        let units = units(frame, &request)?;
        items(frame, &request, &units).map(|items| items.len())
    };
    let fifth = Change::Share(0.2);
    assert_eq!(ask(&[("channel_0", fifth), ("demand", Change::Shift(1.0))], &[], &frame), Ok(2));
    let why = |changes: &[(&str, Change)], frame: &PanelFrame| ask(changes, &[], frame).unwrap_err();
    assert!(matches!(
        why(&[("chanel_0", fifth)], &frame),
        ScenarioError::UnknownName { known, .. } if known.len() == 6
    ));
    assert!(matches!(
        why(&[("channel_0", fifth), ("channel_0", fifth)], &frame),
        ScenarioError::Twice { .. }
    ));
    assert!(matches!(why(&[("channel_0", Change::Shift(5.0))], &frame), ScenarioError::AmountOfSpend { .. }));
    assert!(matches!(why(&[("channel_3", fifth)], &frame), ScenarioError::NoPressure { .. }));
    assert!(matches!(why(&[("weather", fifth)], &frame), ScenarioError::MovedByUs { .. }));
    let mut signed = frame.clone();
    if let DriverValues::Numeric { min, .. } = &mut signed.drivers[0].driver.values {
        *min = -0.3;
    }
    assert!(matches!(why(&[("demand", fifth)], &signed), ScenarioError::ShareOfSigned { .. }));
    frame.drivers[0].driver.values = DriverValues::Constant { value: "3".to_owned() };
    assert!(matches!(why(&[("demand", Change::Shift(1.0))], &frame), ScenarioError::Constant { .. }));
    frame.channels[0].name = "demand".to_owned();
    assert!(matches!(why(&[("demand", fifth)], &frame), ScenarioError::Ambiguous { .. }));
    let unknown = ask(&[("channel_1", fifth)], &["north"], &frame).unwrap_err();
    assert!(unknown.help().contains(&frame.units[1]), "{}", unknown.help());
}

#[test]
fn a_driver_that_follows_from_another_is_refused() {
    let (mut frame, _) = world(12, 2).live();
    let mut copy = frame.drivers[0].clone();
    copy.driver.name = "demand again".to_owned();
    copy.values.iter_mut().for_each(|value| *value = 2.0 * *value + 1.0);
    frame.drivers.push(copy);
    let request =
        ScenarioRequest { changes: vec![("demand again".into(), Change::Shift(1.0))], units: Vec::new() };
    let found = response_scenario(&frame, &request, &ModelSettings::default());
    assert!(matches!(found, Err(ScenarioError::Aliased { .. })), "{found:?}");
}
