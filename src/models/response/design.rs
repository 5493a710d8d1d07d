//! Columns of a response model: the outcome, its controls and every candidate of every channel.
//!
//! Everything is stated per unit of size, pressure in multiples of the channel's mean, so that units share
//! coefficients and channels share one grid.

use std::ops::Range;

use super::grid::{Candidate, grid};
use super::transform::{Adstock, Shape};
use crate::domain::Role;
use crate::features::PanelFrame;

/// Rows per control column from which on confounders enter with their squares.
const ROWS_PER_CONTROL: usize = 8;
/// Fewest different values of a driver whose square says more than itself.
const FEWEST_VALUES: usize = 8;

/// The columns of one fit, made on demand unit by unit.
pub(super) struct Design<'a> {
    /// The panel.
    pub(super) frame: &'a PanelFrame,
    /// Candidates by channel.
    pub(super) candidates: Vec<Vec<Candidate>>,
    /// Mean pressure per unit of size, by channel; 1 for a channel without any.
    pub(super) references: Vec<f64>,
    /// Outcome of each unit per unit of its size, relative to all: controls move a unit that sells twice as
    /// much per head by twice as much. 1 for a multiplicative model.
    pub(super) levels: Vec<f64>,
    /// Observed periods of each unit.
    pub(super) rows: Vec<Vec<usize>>,
    /// Control columns: trend and season, then drivers that take part, then [`Self::extra`].
    pub(super) controls: Vec<ControlColumn>,
    /// Series of the whole panel that are controls of this fit alone.
    pub(super) extra: Vec<Vec<f64>>,
}

/// A control column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ControlColumn {
    /// Place in [`PanelFrame::controls`].
    Calendar(usize),
    /// Place in [`PanelFrame::drivers`].
    Driver(usize),
    /// Square of a driver around its mean, by place in [`PanelFrame::drivers`].
    Square(usize),
    /// Place in [`Design::extra`].
    Extra(usize),
}

impl<'a> Design<'a> {
    /// Lays out the columns with the drivers at `drivers`.
    pub(super) fn new(frame: &'a PanelFrame, drivers: &[usize]) -> Self {
        let rows: Vec<Vec<usize>> = (0..frame.units.len())
            .map(|unit| {
                (frame.lead..frame.width()).filter(|period| frame.is_observed(unit, *period)).collect()
            })
            .collect();
        let calendar = (0..frame.controls.len()).map(ControlColumn::Calendar);
        let mut controls: Vec<ControlColumn> =
            calendar.chain(drivers.iter().copied().map(ControlColumn::Driver)).collect();
        let squares = squares(frame, drivers);
        let count: usize = rows.iter().map(Vec::len).sum();
        if count >= ROWS_PER_CONTROL * (rows.len() + controls.len() + squares.len()) {
            controls.extend(squares.into_iter().map(ControlColumn::Square));
        }
        Self {
            frame,
            candidates: frame.channels.iter().map(grid).collect(),
            references: (0..frame.channels.len()).map(|channel| reference(frame, channel)).collect(),
            levels: levels(frame, &rows),
            rows,
            controls,
            extra: Vec::new(),
        }
    }

    /// The same with other candidates.
    pub(super) fn with_candidates(self, candidates: Vec<Vec<Candidate>>) -> Self {
        Self { candidates, ..self }
    }

    /// The same columns, scaled and centered as here, over `frame`: a panel of the same cells with other values.
    pub(super) fn over<'b>(&self, frame: &'b PanelFrame) -> Design<'b> {
        Design {
            frame,
            candidates: self.candidates.clone(),
            references: self.references.clone(),
            levels: self.levels.clone(),
            rows: self.rows.clone(),
            controls: self.controls.clone(),
            extra: self.extra.clone(),
        }
    }

    /// The same columns over the rows in `periods` alone.
    pub(super) fn within(&self, periods: &[Range<usize>]) -> Design<'a> {
        let inside = |row: &usize| periods.iter().any(|range| range.contains(row));
        let rows = self.rows.iter().map(|rows| rows.iter().copied().filter(inside).collect()).collect();
        Design { rows, ..self.over(self.frame) }
    }

    /// The same rows and controls with `extra` as further controls and no candidates.
    pub(super) fn fixed(&self, extra: Vec<Vec<f64>>) -> Design<'a> {
        let further = (0..extra.len()).map(ControlColumn::Extra);
        Design {
            frame: self.frame,
            candidates: Vec::new(),
            references: Vec::new(),
            levels: self.levels.clone(),
            rows: self.rows.clone(),
            controls: self.controls.iter().copied().chain(further).collect(),
            extra,
        }
    }

    /// Every control column, as columns of group 0 of the cross products: the outcome comes first.
    pub(super) fn all_controls(&self) -> Vec<usize> {
        (1..=self.controls.len()).collect()
    }

    /// The outcome of `unit` as it is fitted, NaN where there is none.
    pub(super) fn outcome(&self, unit: usize, out: &mut Vec<f64>) {
        let frame = self.frame;
        let cells = frame.at(unit, 0)..frame.at(unit + 1, 0);
        out.clear();
        if frame.multiplicative {
            out.extend(frame.outcome[cells].iter().map(|outcome| outcome.ln()));
        } else {
            out.extend(frame.outcome[cells].iter().map(|outcome| outcome / frame.sizes[unit]));
        }
    }

    /// A control column of `unit`, all periods. Season, trend and drivers move a unit by its level; further series
    /// are taken as they are.
    pub(super) fn control(&self, column: ControlColumn, unit: usize) -> Vec<f64> {
        let cells = self.frame.at(unit, 0)..self.frame.at(unit + 1, 0);
        let level = self.levels[unit];
        let driver = |at: usize| &self.frame.drivers[at].values[cells.clone()];
        match column {
            ControlColumn::Calendar(at) => self.frame.controls[at].values.iter().map(|x| level * x).collect(),
            ControlColumn::Driver(at) => driver(at).iter().map(|x| level * x).collect(),
            ControlColumn::Square(at) => {
                let mean = self.frame.drivers[at].driver.mean();
                driver(at).iter().map(|x| level * (x - mean).powi(2)).collect()
            }
            ControlColumn::Extra(at) => self.extra[at][cells].to_vec(),
        }
    }

    /// Sum of the control columns of `unit` times `coefficients`, all periods.
    pub(super) fn weighted_controls(&self, coefficients: &[f64], unit: usize) -> Vec<f64> {
        let mut sum = vec![0.0; self.frame.width()];
        for (coefficient, column) in coefficients.iter().zip(&self.controls) {
            if *coefficient != 0.0 {
                for (sum, x) in sum.iter_mut().zip(self.control(*column, unit)) {
                    *sum += coefficient * x;
                }
            }
        }
        sum
    }

    /// Pressure of a channel in `unit`, in multiples of its mean.
    pub(super) fn pressure(&self, channel: usize, unit: usize, out: &mut Vec<f64>) {
        let frame = self.frame;
        let scale = 1.0 / (frame.sizes[unit] * self.references[channel]);
        out.clear();
        let from = frame.at(unit, 0);
        out.extend(frame.channels[channel].exposure[from..from + frame.width()].iter().map(|x| x * scale));
    }

    /// Response of one shape to `pressure`, into `out`; `felt` is scratch.
    pub(super) fn respond(
        &self,
        channel: usize,
        shape: Shape,
        pressure: &[f64],
        felt: &mut Vec<f64>,
        out: &mut Vec<f64>,
    ) {
        shape.adstock.apply(pressure, self.frame.channels[channel].max_lag, felt);
        out.clear();
        out.extend(felt.iter().map(|x| shape.saturation.at(*x)));
    }

    /// Calls `each` with every candidate's response to `pressure`, in their order.
    pub(super) fn each_candidate(&self, channel: usize, pressure: &[f64], each: impl FnMut(usize, &[f64])) {
        let all: Vec<usize> = (0..self.candidates[channel].len()).collect();
        self.some_candidates(channel, &all, pressure, each);
    }

    /// As [`Self::each_candidate`], for the candidates at `chosen` (ascending) alone.
    pub(super) fn some_candidates(
        &self,
        channel: usize,
        chosen: &[usize],
        pressure: &[f64],
        mut each: impl FnMut(usize, &[f64]),
    ) {
        let (mut felt, mut response) = (Vec::new(), Vec::new());
        let mut last: Option<Adstock> = None;
        for &at in chosen {
            let shape = self.candidates[channel][at].shape;
            if last != Some(shape.adstock) {
                shape.adstock.apply(pressure, self.frame.channels[channel].max_lag, &mut felt);
                last = Some(shape.adstock);
            }
            response.clear();
            response.extend(felt.iter().map(|x| shape.saturation.at(*x)));
            each(at, &response);
        }
    }

    /// How much outcome, in its own unit, one unit of a column stands for in a cell: the unit's size, or for a
    /// multiplicative model the outcome itself.
    pub(super) fn worth_of_one(&self, unit: usize, period: usize) -> f64 {
        if self.frame.multiplicative {
            self.frame.outcome[self.frame.at(unit, period)]
        } else {
            self.frame.sizes[unit]
        }
    }
}

/// Confounders that enter with their square too: what a straight line leaves of a confounder's effect would be
/// credited to spend that follows it.
fn squares(frame: &PanelFrame, drivers: &[usize]) -> Vec<usize> {
    let bends = |at: &usize| {
        let driver = &frame.drivers[*at];
        let mut values: Vec<u64> = driver.values.iter().map(|value| value.to_bits()).collect();
        values.sort_unstable();
        values.dedup();
        driver.driver.role == Role::Confounder && values.len() >= FEWEST_VALUES
    };
    drivers.iter().copied().filter(bends).collect()
}

/// See [`Design::levels`].
fn levels(frame: &PanelFrame, rows: &[Vec<usize>]) -> Vec<f64> {
    if frame.multiplicative {
        return vec![1.0; rows.len()];
    }
    let mean = |(unit, rows): (usize, &Vec<usize>)| {
        let sum: f64 = rows.iter().map(|row| frame.outcome[frame.at(unit, *row)]).sum();
        sum / rows.len().max(1) as f64 / frame.sizes[unit]
    };
    let means: Vec<f64> = rows.iter().enumerate().map(mean).collect();
    let overall = means.iter().sum::<f64>() / means.len().max(1) as f64;
    // Outcomes around zero have no level to speak of.
    if means.iter().all(|mean| *mean > 0.0) {
        means.into_iter().map(|mean| mean / overall).collect()
    } else {
        vec![1.0; rows.len()]
    }
}

/// Mean pressure per unit of size over the fitted periods.
fn reference(frame: &PanelFrame, channel: usize) -> f64 {
    let exposure = &frame.channels[channel].exposure;
    let mut sum = 0.0;
    for (unit, size) in frame.sizes.iter().enumerate() {
        let from = frame.at(unit, frame.lead);
        sum += exposure[from..frame.at(unit + 1, 0)].iter().sum::<f64>() / size;
    }
    let mean = sum / (frame.sizes.len() * frame.fitted_periods()) as f64;
    if mean > 0.0 && mean.is_finite() { mean } else { 1.0 }
}
