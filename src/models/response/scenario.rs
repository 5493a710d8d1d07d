//! What would have happened in the fitted periods, had spend or drivers been otherwise.
//!
//! Answered from the same draws as everything published, so `tv=-100%` is what the model says television brought, with
//! the sign turned. Spend keeps its spread over periods and units; what it brings after the last period counts, as in
//! ROAS; what comes by way of carriers moves along in proportion, as in response curves.

use super::curves::extremes;
use super::design::ControlColumn;
use super::drivers::coefficients;
use super::fit::{posterior, total_effect_drivers};
use super::gate::verdict;
use super::interactions::Of;
use super::parts::Parts;
use super::performance::performance;
use super::posterior::Posterior;
use super::prior::spend;
use super::rolling::{blocks, forecasts};
use super::scenario_request::{Item, ScenarioError, ScenarioRequest, changed, items, units};
use super::shift::shifts;
use super::summary::{estimate, mean};
use crate::domain::Change;
use crate::features::{DriverValues, PanelFrame};
use crate::models::ModelSettings;
use crate::models::result::{
    ChannelPerformance, GateVerdict, OutsideObserved, ScenarioEffect, ScenarioItem, ScenarioResult,
    ScenarioSubject,
};

/// Fits a response model and says what its outcome would have been with the changes that `request` asks for.
///
/// Runs on the rayon pool it is called in; the result does not depend on the number of threads, and with the seed of a
/// run rests on the draws of that run.
///
/// # Errors
///
/// When the panel has no such channel, driver or unit, or when it says nothing about such a change.
pub fn response_scenario(
    frame: &PanelFrame,
    request: &ScenarioRequest,
    settings: &ModelSettings,
) -> Result<ScenarioResult, ScenarioError> {
    let units = units(frame, request)?;
    let items = items(frame, request, &units)?;
    let drivers = total_effect_drivers(frame);
    let posterior = posterior(frame, &drivers, settings);
    let coefficients = coefficients(&posterior.core, settings.seed);
    refuse_aliased(&posterior, &items, &coefficients)?;
    let forecasts = forecasts(frame, &drivers, &blocks(frame), settings.seed);
    let gate = verdict(forecasts.origins.len(), &forecasts.errors(frame));
    // Verdicts on channels take a while, and drivers have none.
    let channels = if items.iter().any(|item| matches!(item.of, Of::Channel(_))) {
        performance(&posterior, settings).0
    } else {
        Vec::new()
    };
    Ok(answer(&posterior, &items, &units, &coefficients, gate, &channels, settings))
}

/// A driver whose straight column is made up of others has no effect of its own.
fn refuse_aliased(
    posterior: &Posterior<'_>,
    items: &[Item],
    coefficients: &[Vec<f64>],
) -> Result<(), ScenarioError> {
    let design = &posterior.core.design;
    for item in items {
        let Of::Driver(driver) = item.of else { continue };
        let column = design.controls.iter().position(|column| *column == ControlColumn::Driver(driver));
        if column.is_none_or(|column| coefficients[column].is_empty()) {
            let driver = design.frame.drivers[driver].driver.name.clone();
            return Err(ScenarioError::Aliased { driver });
        }
    }
    Ok(())
}

/// Puts the answer together; `channels` are the verdicts on channels if any is changed.
fn answer(
    posterior: &Posterior<'_>,
    items: &[Item],
    units: &[usize],
    coefficients: &[Vec<f64>],
    gate: GateVerdict,
    channels: &[ChannelPerformance],
    settings: &ModelSettings,
) -> ScenarioResult {
    let frame = posterior.core.design.frame;
    let level = settings.interval_level;
    let changed = changed(frame, items, units);
    let moved = shifts(posterior, &changed, items, units, coefficients, settings.seed);
    let parts = Parts::new(posterior);
    let (actual, fitted) = observed(posterior, &parts, units);
    let scale = Scale { fitted, worth: frame.worth, level };
    let money: Vec<Money> = items.iter().map(|item| Money::of(posterior, item, units)).collect();
    let beyond_sum = (frame.multiplicative && moved.items.len() + moved.joint.len() > 1).then(|| {
        let parts = moved.items.iter().chain(moved.joint.iter().map(|(_, draws)| draws));
        let mut left = moved.all.clone();
        for part in parts {
            left.iter_mut().zip(part).for_each(|(left, value)| *left -= value);
        }
        estimate(&left, level)
    });
    let all_units = units.len() == frame.units.len();
    ScenarioResult {
        model: frame.model.clone(),
        gate,
        start: frame.periods[frame.lead],
        end: frame.end,
        periods: frame.fitted_periods(),
        units: if all_units { Vec::new() } else { units.iter().map(|at| frame.units[*at].clone()).collect() },
        multiplicative: frame.multiplicative,
        actual,
        fitted,
        worth: frame.worth,
        items: items
            .iter()
            .zip(&moved.items)
            .zip(&money)
            .map(|((item, draws), money)| {
                let (name, subject, outside) = match item.of {
                    Of::Channel(at) => channel(posterior, at, item.change, channels),
                    Of::Driver(at) => driver(posterior, at, &changed, units),
                };
                ScenarioItem {
                    name,
                    change: item.change,
                    effect: scale.effect(draws, *money),
                    subject,
                    outside,
                }
            })
            .collect(),
        joint: moved
            .joint
            .iter()
            .map(|(place, draws)| (posterior.joint[*place].name.clone(), estimate(draws, level)))
            .collect(),
        beyond_sum,
        total: scale.effect(&moved.all, Money::together(&money)),
        notes: frame.notes.clone(),
    }
}

/// Observed and fitted outcome of `units`.
fn observed(posterior: &Posterior<'_>, parts: &Parts, units: &[usize]) -> (f64, f64) {
    let design = &posterior.core.design;
    let cells =
        units.iter().flat_map(|unit| design.rows[*unit].iter().map(move |row| design.frame.at(*unit, *row)));
    cells.fold((0.0, 0.0), |(actual, fitted), cell| {
        (actual + design.frame.outcome[cell], fitted + parts.fitted[cell])
    })
}

/// What a change costs.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Money {
    /// Spend before and after of what has a price.
    spend: Option<(f64, f64)>,
    /// No channel without a price changes.
    is_whole: bool,
    /// Nothing but spend changes.
    is_alone: bool,
}

impl Money {
    fn of(posterior: &Posterior<'_>, item: &Item, units: &[usize]) -> Self {
        let Of::Channel(channel) = item.of else {
            return Self { spend: None, is_whole: true, is_alone: false };
        };
        let spend: Option<f64> =
            units.iter().map(|unit| spend(&posterior.core.design, channel, &(*unit..unit + 1))).sum();
        Self {
            spend: spend.map(|spend| (spend, item.change.apply(spend))),
            is_whole: spend.is_some(),
            is_alone: spend.is_some(),
        }
    }

    fn together(all: &[Self]) -> Self {
        let priced: Vec<(f64, f64)> = all.iter().filter_map(|money| money.spend).collect();
        let sum = |pick: fn(&(f64, f64)) -> f64| priced.iter().map(pick).sum::<f64>();
        Self {
            spend: (!priced.is_empty()).then(|| (sum(|spend| spend.0), sum(|spend| spend.1))),
            is_whole: all.iter().all(|money| money.is_whole),
            is_alone: all.iter().all(|money| money.is_alone),
        }
    }
}

/// What changes of the outcome are held against.
struct Scale {
    fitted: f64,
    worth: Option<f64>,
    level: f64,
}

impl Scale {
    fn effect(&self, draws: &[f64], money: Money) -> ScenarioEffect {
        let of = |change: &dyn Fn(f64) -> f64| {
            let draws: Vec<f64> = draws.iter().map(|draw| change(*draw)).collect();
            estimate(&draws, self.level)
        };
        let more = money.spend.map_or(0.0, |(before, after)| after - before);
        let has_marginal = money.is_alone && more != 0.0;
        ScenarioEffect {
            outcome: of(&|draw| draw),
            share: of(&|draw| draw / self.fitted),
            spend: money.spend,
            marginal_roas: has_marginal.then(|| of(&|draw| draw / more)),
            worth: self.worth.map(|worth| of(&|draw| worth * draw)),
            gain: self
                .worth
                .filter(|_| money.spend.is_some() && money.is_whole)
                .map(|worth| of(&|draw| worth * draw - more)),
        }
    }
}

/// What is known of a channel, and whether the change leaves what was observed.
fn channel(
    posterior: &Posterior<'_>,
    at: usize,
    change: Change,
    channels: &[ChannelPerformance],
) -> (String, ScenarioSubject, Option<OutsideObserved>) {
    let frame = posterior.core.design.frame;
    let known = &frame.channels[at];
    // Channels over all units come first, in the order of the model.
    let gate = GateVerdict { gate: channels[at].gate, reasons: channels[at].reasons.clone() };
    let (least, most) = extremes(posterior, at);
    let multiple = change.apply(1.0);
    // A channel that stays as it was goes nowhere, however it was spread.
    let stays = change.apply(1.0).total_cmp(&1.0).is_eq();
    let outside = (!stays && !(least..=most).contains(&multiple)).then_some(OutsideObserved::Pressure {
        multiple,
        least,
        most,
    });
    let name = |at: usize| frame.channels[at].name.clone();
    let carriers = (0..frame.channels.len()).filter(|carrier| frame.channels[*carrier].carries.contains(&at));
    let subject = ScenarioSubject::Channel {
        gate,
        carries: known.carries.iter().map(|carried| name(*carried)).collect(),
        carried_by: carriers.map(name).collect(),
    };
    (known.name.clone(), subject, outside)
}

/// What is known of a driver, and whether the change leaves what was observed.
fn driver(
    posterior: &Posterior<'_>,
    at: usize,
    changed: &PanelFrame,
    units: &[usize],
) -> (String, ScenarioSubject, Option<OutsideObserved>) {
    let design = &posterior.core.design;
    let known = &design.frame.drivers[at];
    let values = |frame: &PanelFrame| -> Vec<f64> {
        let cells = units.iter().flat_map(|unit| design.rows[*unit].iter().map(|row| frame.at(*unit, *row)));
        cells.map(|cell| frame.drivers[at].values[cell]).collect()
    };
    let (before, after) = (values(design.frame), values(changed));
    let outside = match known.driver.values {
        DriverValues::Numeric { min: least, max: most, .. } => {
            let beyond = after.iter().filter(|value| **value < least || **value > most).count();
            (beyond > 0).then(|| OutsideObserved::Values {
                least,
                most,
                reaches_down_to: after.iter().copied().fold(f64::INFINITY, f64::min),
                reaches_up_to: after.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                share: beyond as f64 / after.len() as f64,
            })
        }
        DriverValues::Categorical { .. } | DriverValues::Constant { .. } => None,
    };
    let subject = ScenarioSubject::Driver {
        role: known.driver.role,
        mean_before: mean(&before),
        mean_after: mean(&after),
    };
    (known.driver.name.clone(), subject, outside)
}
