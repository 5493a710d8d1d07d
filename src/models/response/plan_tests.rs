//! Curves for plans against what the model publishes, and identities of their phasing.

use super::planned_response;
use crate::features::PanelFrame;
use crate::models::ModelSettings;
use crate::models::accuracy::World;
use crate::models::result::{PlanCell, PlanCurves, PlanPhasing, PlanRequest, ResponseResult};

fn frame() -> PanelFrame {
    let world = World {
        units: 4,
        periods: 110,
        channels: 3,
        noise: 0.04,
        memory: 0.3,
        shared: 0.2,
        confounding: 0.5,
        correlation: 0.2,
        heterogeneity: 0.0,
        media_share: 0.25,
        misspecified: false,
        ..World::draw(11)
    };
    world.live().0
}

/// Every channel in every unit, from nothing to twice of what `horizon` periods cost so far.
fn request(frame: &PanelFrame, reference: usize, horizon: usize, phasing: PlanPhasing) -> PlanRequest {
    let cell = |channel: usize, unit: usize| {
        let spend = frame.channels[channel].spend.as_deref().unwrap_or(&frame.channels[channel].exposure);
        let now = frame.rate(spend, unit, reference) * horizon as f64;
        PlanCell { channel, unit, amounts: [0.0, 0.5, 1.0, 2.0].map(|share| share * now).to_vec() }
    };
    let cells = (0..frame.channels.len())
        .flat_map(|channel| (0..frame.units.len()).map(move |unit| (channel, unit)))
        .map(|(channel, unit)| cell(channel, unit))
        .collect();
    PlanRequest { reference, horizon, phasing, cells }
}

fn planned(frame: &PanelFrame, request: &PlanRequest) -> (ResponseResult, PlanCurves) {
    let (result, curves) = planned_response(frame, &ModelSettings::default(), Some(request));
    (result, curves.expect("curves were asked for"))
}

#[test]
fn what_was_spent_brings_in_a_plan_what_the_tables_say_it_brought() {
    let frame = frame();
    let all = frame.fitted_periods();
    let (result, curves) = planned(&frame, &request(&frame, all, all, PlanPhasing::AsBefore));
    for (channel, known) in frame.channels.iter().enumerate() {
        let cells = channel * frame.units.len()..(channel + 1) * frame.units.len();
        let planned: f64 = curves.cells[cells].iter().map(|cell| cell.mean()[2]).sum();
        let published = result
            .channels
            .iter()
            .find(|row| row.channel == known.name && row.unit.is_none())
            .map(|row| row.incremental_outcome.clone())
            .expect("a row");
        // Every tenth draw stands for all: a tenth of the interval's width is three of their standard errors.
        let width = published.upper().unwrap_or(0.0) - published.lower().unwrap_or(0.0);
        assert!((planned - published.value).abs() < 0.1 * width + 1e-9, "{planned} {published:?}");
    }
}

#[test]
fn nothing_brings_nothing_and_more_brings_no_less() {
    let frame = frame();
    let even = PlanPhasing::Shares(vec![0.25; 4]);
    for phasing in [PlanPhasing::AsBefore, even] {
        let (_, curves) = planned(&frame, &request(&frame, 52, 4, phasing));
        for curve in &curves.cells {
            let halves = curve.halves.iter().flatten();
            assert_eq!(curve.halves.len(), 4);
            for values in curve.draws.iter().chain(halves) {
                assert!(values[0].abs() < 1e-9, "{values:?}");
                assert!(values.windows(2).all(|pair| pair[1] >= pair[0] - 1e-9), "{values:?}");
            }
        }
    }
}

#[test]
fn half_the_horizon_at_the_same_rate_brings_half() {
    let frame = frame();
    let (_, long) = planned(&frame, &request(&frame, 52, 8, PlanPhasing::AsBefore));
    let (_, short) = planned(&frame, &request(&frame, 52, 4, PlanPhasing::AsBefore));
    for (long, short) in long.cells.iter().zip(&short.cells) {
        for (long, short) in long.mean().iter().zip(short.mean()) {
            assert!((0.5 * long - short).abs() <= 1e-9 * long.abs().max(1.0));
        }
    }
}

#[test]
fn money_counts_after_the_plan_and_on_top_of_what_is_felt() {
    // With a straight line and no other effects, phasing cannot matter: what is spent brings its return in the end.
    let mut frame = frame();
    for channel in &mut frame.channels {
        channel.saturation = Some(crate::domain::Saturation::None);
    }
    let late = PlanPhasing::Shares(vec![0.0, 0.0, 0.0, 1.0]);
    let early = PlanPhasing::Shares(vec![1.0, 0.0, 0.0, 0.0]);
    let (_, late) = planned(&frame, &request(&frame, 52, 4, late));
    let (_, early) = planned(&frame, &request(&frame, 52, 4, early));
    let (_, before) = planned(&frame, &request(&frame, 52, 4, PlanPhasing::AsBefore));
    for ((late, early), before) in late.cells.iter().zip(&early.cells).zip(&before.cells) {
        let (late, early, before) = (late.mean()[2], early.mean()[2], before.mean()[2]);
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(1e-9);
        assert!(near(late, early) && near(late, before), "{late} {early} {before}");
    }
}

#[test]
fn halves_say_other_things_than_the_whole_and_than_each_other() {
    let frame = frame();
    let (_, curves) = planned(&frame, &request(&frame, 52, 4, PlanPhasing::AsBefore));
    let strong = curves.cells.iter().max_by(|a, b| a.mean()[2].total_cmp(&b.mean()[2])).expect("cells");
    for [one, other] in &strong.halves {
        assert!((one[2] - other[2]).abs() > 1e-6 * one[2].abs());
        assert!((one[2] - strong.mean()[2]).abs() > 1e-6 * one[2].abs());
    }
    // Where there is too little history nothing is said of halves.
    let short = frame.until(frame.lead + 40);
    let (_, curves) = planned(&short, &request(&short, 26, 4, PlanPhasing::AsBefore));
    assert!(curves.cells.iter().all(|cell| cell.halves.is_empty()));
}
