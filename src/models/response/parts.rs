//! The fitted outcome cell by cell: baseline, trend, season, drivers, channels, summing to what is fitted.
//!
//! Drivers count against their own mean, which belongs to the baseline. A multiplicative model's parts
//! are factors; their share of the distance from the baseline is that of their logarithms (Ang 2004, the
//! logarithmic mean), which is exact, the same in any order and needs no enumeration of orders.

use super::design::ControlColumn;
use super::posterior::Posterior;
use crate::domain::Party;
use crate::models::result::{Contribution, Part};

/// One part over all cells, per unit of size or as a logarithm.
struct Line {
    name: String,
    part: Part,
    party: Option<Party>,
    values: Vec<f64>,
}

/// The lines that the fit is made of, and their sum.
pub(super) struct Parts {
    lines: Vec<Line>,
    /// What is fitted for each observed cell, in the unit of the outcome; NaN elsewhere.
    pub(super) fitted: Vec<f64>,
}

impl Parts {
    /// Takes the posterior mean apart.
    pub(super) fn new(posterior: &Posterior<'_>) -> Self {
        let frame = posterior.core.design.frame;
        let lines = lines(posterior);
        let mut fitted = vec![f64::NAN; frame.outcome.len()];
        for (unit, rows) in posterior.core.design.rows.iter().enumerate() {
            for row in rows {
                let cell = frame.at(unit, *row);
                fitted[cell] = amounts(posterior, &lines, unit, cell).iter().sum();
            }
        }
        Self { lines, fitted }
    }

    /// Contributions of every part to every fitted cell, by period.
    pub(super) fn contributions(&self, posterior: &Posterior<'_>) -> Vec<Contribution> {
        let frame = posterior.core.design.frame;
        let mut rows = Vec::with_capacity(self.lines.len() * frame.rows());
        for period in frame.lead..frame.width() {
            for unit in (0..frame.units.len()).filter(|unit| frame.is_observed(*unit, period)) {
                let cell = frame.at(unit, period);
                for (line, contribution) in self.lines.iter().zip(amounts(posterior, &self.lines, unit, cell))
                {
                    rows.push(Contribution {
                        period_start: frame.periods[period],
                        unit: frame.units[unit].clone(),
                        driver: line.name.clone(),
                        part: line.part,
                        party: line.party,
                        contribution,
                    });
                }
            }
        }
        rows
    }
}

/// What each line contributes to a cell, in the unit of the outcome.
fn amounts(posterior: &Posterior<'_>, lines: &[Line], unit: usize, cell: usize) -> Vec<f64> {
    let frame = posterior.core.design.frame;
    if !frame.multiplicative {
        return lines.iter().map(|line| line.values[cell] * frame.sizes[unit]).collect();
    }
    let is_base = |line: &Line| line.part == Part::Baseline;
    let baseline: f64 = lines.iter().filter(|line| is_base(line)).map(|line| line.values[cell]).sum();
    let rest: f64 = lines.iter().filter(|line| !is_base(line)).map(|line| line.values[cell]).sum();
    let mean = if rest.abs() < 1e-12 { baseline.exp() } else { baseline.exp() * rest.exp_m1() / rest };
    lines.iter().map(|line| if is_base(line) { baseline.exp() } else { line.values[cell] * mean }).collect()
}

fn lines(posterior: &Posterior<'_>) -> Vec<Line> {
    let design = &posterior.core.design;
    let frame = design.frame;
    let fitted = &posterior.fitted;
    let cells = frame.outcome.len();
    let empty = || vec![0.0; cells];
    let mut baseline = empty();
    let (mut trend, mut season) = (empty(), empty());
    let mut drivers: Vec<Line> = Vec::new();
    for (column, coefficient) in design.controls.iter().zip(&fitted.controls) {
        let mut values = empty();
        for unit in 0..frame.units.len() {
            let from = frame.at(unit, 0);
            for (value, x) in values[from..].iter_mut().zip(design.control(*column, unit)) {
                *value = coefficient * x;
            }
        }
        match column {
            ControlColumn::Calendar(at) => {
                let target = if frame.controls[*at].part == "trend" { &mut trend } else { &mut season };
                target.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
            }
            ControlColumn::Driver(at) | ControlColumn::Square(at) => {
                for unit in 0..frame.units.len() {
                    let rows = &design.rows[unit];
                    let mean = rows.iter().map(|row| values[frame.at(unit, *row)]).sum::<f64>()
                        / rows.len().max(1) as f64;
                    for cell in frame.at(unit, 0)..frame.at(unit + 1, 0) {
                        values[cell] -= mean;
                        baseline[cell] += mean;
                    }
                }
                let driver = &frame.drivers[*at].driver;
                // A driver's square belongs to the driver.
                match drivers.iter_mut().find(|line| line.name == driver.name) {
                    Some(line) => line.values.iter_mut().zip(values).for_each(|(sum, value)| *sum += value),
                    None => drivers.push(Line {
                        name: driver.name.clone(),
                        part: Part::Driver,
                        party: Some(driver.party),
                        values,
                    }),
                }
            }
            // Series of other fits.
            ControlColumn::Extra(_) => {}
        }
    }
    for unit in 0..frame.units.len() {
        let level = fitted.intercepts[unit] - posterior.deviations.level(unit);
        for value in &mut baseline[frame.at(unit, 0)..frame.at(unit + 1, 0)] {
            *value += level;
        }
    }
    let line =
        |part: Part, values: Vec<f64>| Line { name: part.as_str().to_owned(), part, party: None, values };
    let mut lines = vec![line(Part::Baseline, baseline)];
    for (part, values) in [(Part::Trend, trend), (Part::Seasonality, season)] {
        if frame.controls.iter().any(|control| control.part == part.as_str()) {
            lines.push(line(part, values));
        }
    }
    lines.extend(drivers);
    let mut channels: Vec<Vec<f64>> = (0..frame.channels.len())
        .map(|channel| {
            let mut values = fitted.channels[channel].clone();
            for unit in 0..frame.units.len() {
                let factor = posterior.deviations.mean(channel, unit);
                values[frame.at(unit, 0)..frame.at(unit + 1, 0)]
                    .iter_mut()
                    .for_each(|value| *value *= factor);
            }
            values
        })
        .collect();
    // What runs through a carrier is the carried channel's.
    for carried in &posterior.carried {
        for unit in 0..frame.units.len() {
            let factor = posterior.deviations.mean(carried.carrier, unit);
            let cells = frame.at(unit, 0)..frame.at(unit + 1, 0);
            for (channel, sign) in [(carried.carrier, -1.0), (carried.channel, 1.0)] {
                for (value, moved) in
                    channels[channel][cells.clone()].iter_mut().zip(&carried.series[cells.clone()])
                {
                    *value += sign * factor * moved;
                }
            }
        }
    }
    lines.extend(frame.channels.iter().zip(channels).map(|(channel, values)| Line {
        name: channel.name.clone(),
        part: Part::Channel,
        party: Some(Party::First),
        values,
    }));
    lines.extend(posterior.joint.iter().map(|joint| Line {
        name: joint.name.clone(),
        part: Part::Interaction,
        party: None,
        values: joint.series.clone(),
    }));
    lines
}
