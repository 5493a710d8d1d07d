//! Effects of drivers and coefficients of controls, with the uncertainty of the channels in them.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{ContinuousCDF, Normal};

use super::core::Core;
use super::design::ControlColumn;
use super::summary::{deviation, estimate, mean};
use crate::domain::Role;
use crate::features::{DriverValues, PanelDriver};
use crate::models::result::{DriverEffect, Finding, Parameter};

/// Part of the seed's stream that is this file's.
const STREAM: u64 = 2_000;

/// Draws of every control's coefficient, by place among [`super::design::Design::controls`]; empty for one
/// that others make up.
pub(super) fn coefficients(core: &Core<'_>, seed: u64) -> Vec<Vec<f64>> {
    let solved = &core.problem.solved;
    let size = solved.kept.len();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(STREAM);
    let mut draws = vec![Vec::with_capacity(core.draws.draws.len()); core.design.controls.len()];
    for draw in &core.draws.draws {
        // With L L' the cross products, L'⁻¹ z has their inverse as its covariance.
        let noise: Vec<f64> = (0..size).map(|_| StandardNormal.sample(&mut random)).collect();
        let noise = solved.factor.backward(&noise);
        for row in 0..size {
            let mut value = solved.on_outcome[row];
            for (of_channel, (k, effect)) in solved.on_candidates.iter().zip(&draw.effects) {
                if *effect > 0.0 {
                    value -= effect * of_channel[(row, *k)];
                }
            }
            draws[solved.kept[row] - 1].push(value + draw.variance.sqrt() * noise[row]);
        }
    }
    draws
}

/// Effects of the drivers, in the unit of the outcome of an average unit and period, for their stated change.
pub(super) fn effects(core: &Core<'_>, coefficients: &[Vec<f64>], level: f64) -> Vec<DriverEffect> {
    let design = &core.design;
    let frame = design.frame;
    // What one unit of the linear predictor is worth in an average cell.
    let cells =
        design.rows.iter().enumerate().flat_map(|(unit, rows)| rows.iter().map(move |row| (unit, *row)));
    let worths: Vec<f64> =
        cells.map(|(unit, row)| design.levels[unit] * design.worth_of_one(unit, row)).collect();
    let worth = mean(&worths);
    frame
        .drivers
        .iter()
        .enumerate()
        .map(|(at, driver)| {
            let of = |wanted: ControlColumn| {
                let column = design.controls.iter().position(|column| *column == wanted)?;
                Some(coefficients[column].as_slice()).filter(|draws| !draws.is_empty())
            };
            effect(driver, of(ControlColumn::Driver(at)), of(ControlColumn::Square(at)), worth, level)
        })
        .collect()
}

/// Mean change of the outcome when the driver rises by its stated change everywhere: β d + γ d² with a square around
/// the mean, since the product term averages out.
fn effect(
    driver: &PanelDriver,
    straight: Option<&[f64]>,
    squares: Option<&[f64]>,
    worth: f64,
    level: f64,
) -> DriverEffect {
    let known = &driver.driver;
    let per = match &known.values {
        DriverValues::Numeric { per, .. } => Some(*per),
        _ => None,
    };
    let changes: Option<Vec<f64>> = straight.zip(per).map(|(straight, per)| {
        let of_draw = |(at, coefficient): (usize, &f64)| {
            let bend = squares.map_or(0.0, |squares| squares[at] * per * per);
            worth * (coefficient * per + bend)
        };
        straight.iter().enumerate().map(of_draw).collect()
    });
    let found = changes.as_ref().map(|changes| estimate(changes, level));
    let p_value = changes.as_ref().map(|changes| {
        let z = mean(changes) / deviation(changes).max(f64::MIN_POSITIVE);
        Normal::standard().cdf(-z.abs()) * 2.0
    });
    let finding = match (&known.values, &found) {
        (DriverValues::Constant { .. }, _) => Finding::Constant,
        (_, Some(found)) if found.excludes_zero() => Finding::Effect,
        (_, Some(_)) => Finding::NoEvidence,
        (_, None) if known.role == Role::MovedByUs => Finding::MovedByUs,
        (_, None) => Finding::Aliased,
    };
    DriverEffect {
        driver: known.name.clone(),
        level: None,
        reference: None,
        party: known.party,
        about: known.about.clone(),
        role: known.role,
        evidence: crate::domain::Evidence::Observational,
        change: per,
        effect: found,
        p_value,
        placebo_p_value: None,
        finding,
    }
}

/// Coefficients of controls and drivers.
pub(super) fn parameters(core: &Core<'_>, coefficients: &[Vec<f64>], level: f64) -> Vec<Parameter> {
    let frame = core.design.frame;
    let name = |column: &ControlColumn| match column {
        ControlColumn::Calendar(at) => frame.controls[*at].name.clone(),
        ControlColumn::Driver(at) => frame.drivers[*at].driver.name.clone(),
        ControlColumn::Square(at) => format!("{} squared", frame.drivers[*at].driver.name),
        ControlColumn::Extra(at) => format!("further {at}"),
    };
    let columns = core.design.controls.iter().zip(coefficients).filter(|(_, draws)| !draws.is_empty());
    columns
        .map(|(column, draws)| Parameter {
            name: name(column),
            estimate: estimate(draws, level),
            standard_error: deviation(draws),
        })
        .collect()
}
