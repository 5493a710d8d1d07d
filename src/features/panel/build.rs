//! The panel of a response model, from staged tables.
//!
//! Where cells are laid out and counted; channels, drivers and experiments have files of their own.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;

use super::channels;
use super::columns::Columns;
use super::drivers;
use super::experiments;
use super::frame::{PanelControl, PanelFrame, PanelInteractions};
use crate::config::job::{Margin, Media, ResponseModel};
use crate::domain::{Calendar, Form, Trend};
use crate::features::controls::Controls;
use crate::features::{FeatureError, ResolvedDriver};

/// Days in a year on average.
const DAYS_PER_YEAR: f64 = 365.25;
/// Fewest fitted periods that a panel is worth looking at.
const FEWEST_PERIODS: usize = 12;

/// What a panel is made of.
#[derive(Debug, Clone, Copy)]
pub struct PanelRequest<'a> {
    /// The model.
    pub model: &'a ResponseModel,
    /// One for each of the model's drivers, in the same order.
    pub drivers: &'a [ResolvedDriver],
    /// The model's table.
    pub table: &'a Path,
    /// The table of its channels, for long media.
    pub media: Option<&'a Path>,
    /// The table of its experiments.
    pub experiments: Option<&'a Path>,
    /// The job's calendar.
    pub calendar: &'a Calendar,
    /// First day that is fitted; `None` for all there is.
    pub history_start: Option<NaiveDate>,
    /// End of the window: first day that is not fitted.
    pub end: NaiveDate,
}

/// Where rows of any table belong.
pub(super) struct Cells<'a> {
    pub(super) request: &'a PanelRequest<'a>,
    pub(super) units: Vec<String>,
    unit_places: BTreeMap<String, usize>,
    pub(super) periods: Vec<NaiveDate>,
    pub(super) lead: usize,
}

impl Cells<'_> {
    pub(super) fn failed(&self, reason: String) -> FeatureError {
        failed(self.request.model, reason)
    }

    pub(super) fn len(&self) -> usize {
        self.units.len() * self.periods.len()
    }

    /// The place of a unit; the only one where the model has no units.
    pub(super) fn unit(&self, name: Option<&str>) -> Option<usize> {
        if self.request.model.unit.is_none() {
            return Some(0);
        }
        self.unit_places.get(name?).copied()
    }

    /// The place of the period that holds `day`.
    pub(super) fn period(&self, day: NaiveDate) -> Option<usize> {
        self.periods.binary_search(&self.request.calendar.floor(day)).ok()
    }

    /// The cell of a unit's row, if it is part of the panel.
    pub(super) fn cell(&self, unit: Option<&str>, day: Option<NaiveDate>) -> Option<usize> {
        Some(self.unit(unit)? * self.periods.len() + self.period(day?)?)
    }

    /// A place in words, for messages.
    pub(super) fn describe(&self, cell: usize) -> String {
        let (unit, period) = (cell / self.periods.len(), cell % self.periods.len());
        match &self.request.model.unit {
            Some(column) => format!("{column} `{}`, period {}", self.units[unit], self.periods[period]),
            None => format!("period {}", self.periods[period]),
        }
    }
}

fn failed(model: &ResponseModel, reason: String) -> FeatureError {
    FeatureError::Panel { model: model.name.clone(), reason }
}

/// Builds the panel of a response model.
///
/// Fitted are the periods from `history_start`, or from the first row with an outcome, to `end`; before
/// them stand as many periods as carry-over reaches. Before the first row of any channel, pressure is
/// taken to be what it was on average in as many periods after; a channel without a row where another
/// has one had no spend. Missing drivers are set to their mean. A unit's size is its mean outcome unless
/// the job names a column.
///
/// # Errors
///
/// When a file cannot be read, a column is missing, a cell has two rows, spend is negative, sizes or
/// logarithms do not exist, or there are too few periods.
pub fn panel_frame(request: &PanelRequest<'_>) -> Result<PanelFrame, FeatureError> {
    let model = request.model;
    let columns = Columns::read(&model.name, &model.table, request.table, &names(request))?;
    let dates = columns.dates(&model.at, request.calendar.time_zone)?;
    let units = match &model.unit {
        Some(unit) => columns.texts(unit)?,
        None => vec![None; columns.rows()],
    };
    let outcomes = columns.numbers(&model.outcome)?;
    let cells = lay_out(request, &dates, &units, &outcomes)?;
    let mut notes = Vec::new();

    let places: Vec<Option<usize>> =
        units.iter().zip(&dates).map(|(unit, day)| cells.cell(unit.as_deref(), *day)).collect();
    let mut rows: Vec<Option<usize>> = vec![None; cells.len()];
    for (row, place) in places.iter().enumerate() {
        let Some(place) = *place else { continue };
        if rows[place].replace(row).is_some() {
            let reason = format!(
                "`{}` has more than one row for {}; it must have one row per period and unit",
                model.table,
                cells.describe(place)
            );
            return Err(cells.failed(reason));
        }
    }
    let spread = |values: &[f64]| -> Vec<f64> {
        rows.iter().map(|row| row.map_or(f64::NAN, |row| values[row])).collect()
    };
    let mut outcome = spread(&outcomes);
    for (cell, value) in outcome.iter_mut().enumerate() {
        if cell % cells.periods.len() < cells.lead {
            *value = f64::NAN;
        }
    }
    let observed: Vec<usize> = (0..outcome.len()).filter(|cell| outcome[*cell].is_finite()).collect();
    let multiplicative = model.form == Form::Multiplicative;
    if multiplicative && let Some(cell) = observed.iter().find(|cell| outcome[**cell] <= 0.0) {
        let reason = format!(
            "`form: multiplicative` needs outcomes above 0, `{}` is {} for {}",
            model.outcome,
            outcome[*cell],
            cells.describe(*cell)
        );
        return Err(cells.failed(reason));
    }
    let empty = cells.units.len() * (cells.periods.len() - cells.lead) - observed.len();
    if empty > 0 {
        notes.push(format!("{empty} of its cells have no outcome and are not fitted"));
    }
    let width = cells.periods.len();
    let sizes = sizes(&cells, &columns, &rows, &outcome)?;
    let worth = worth(model, &columns, &rows, &outcome)?;
    let drivers = drivers::drivers(&cells, &columns, &rows, &mut notes)?;
    let channels = channels::channels(&cells, &columns, &rows, &mut notes)?;
    let experiments = experiments::experiments(&cells, &channels)?;
    let interactions = model.interactions.as_ref().map(|interactions| PanelInteractions {
        channels: interactions.channels,
        drivers: (0..model.drivers.len())
            .filter(|at| interactions.drivers.contains(&model.drivers[*at].name))
            .collect(),
        false_discovery_rate: interactions.false_discovery_rate,
    });
    Ok(PanelFrame {
        model: model.name.clone(),
        season_before: cells
            .periods
            .iter()
            .map(|start| cells.periods.binary_search(&request.calendar.year_before(*start)).ok())
            .collect(),
        end: request.end,
        lead: cells.lead,
        outcome,
        sizes,
        worth,
        channels,
        controls: controls(model, &cells.periods, cells.lead, width),
        drivers,
        multiplicative,
        interactions,
        experiments,
        notes,
        units: cells.units,
        periods: cells.periods,
    })
}

/// Every column of the model's own table that it needs.
fn names<'a>(request: &PanelRequest<'a>) -> Vec<&'a str> {
    let model = request.model;
    let mut names: Vec<&str> = vec![&model.at, &model.outcome];
    names.extend(model.unit.as_deref());
    names.extend(model.size.as_deref());
    if let Some(worth) = &model.worth {
        names.push(match &worth.margin {
            Margin::Amount(column) | Margin::Rate(column) => column,
        });
        names.extend(worth.minus.iter().map(String::as_str));
    }
    names.extend(model.drivers.iter().map(|driver| driver.name.as_str()));
    if model.media == Media::Wide {
        names.extend(
            model
                .channels
                .iter()
                .flat_map(|channel| channel.spend.as_deref().into_iter().chain(channel.exposure.as_deref())),
        );
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Units and periods of the panel.
pub(super) fn lay_out<'a>(
    request: &'a PanelRequest<'a>,
    dates: &[Option<NaiveDate>],
    units: &[Option<String>],
    outcomes: &[f64],
) -> Result<Cells<'a>, FeatureError> {
    let (model, calendar) = (request.model, request.calendar);
    let fitted = |day: NaiveDate| day < request.end && request.history_start.is_none_or(|start| day >= start);
    let mut first: Option<NaiveDate> = None;
    let mut names: Vec<&str> = Vec::new();
    for ((day, unit), outcome) in dates.iter().zip(units).zip(outcomes) {
        let Some(day) = day.filter(|day| fitted(*day) && outcome.is_finite()) else { continue };
        if model.unit.is_some() {
            let Some(unit) = unit else { continue };
            names.push(unit);
        }
        first = Some(first.map_or(day, |first| first.min(day)));
    }
    let Some(first) = first else {
        let reason = format!(
            "`{}` has no row with an outcome before {}; look at the window and at its `time`",
            model.table, request.end
        );
        return Err(failed(model, reason));
    };
    names.sort_unstable();
    names.dedup();
    let units: Vec<String> = if model.unit.is_some() {
        names.into_iter().map(str::to_owned).collect()
    } else {
        vec![String::new()]
    };
    let lead = model.longest_lag(calendar) as usize;
    let mut period = calendar.shift(calendar.floor(first), -i32::try_from(lead).unwrap_or(0));
    let mut periods = Vec::new();
    while period < request.end {
        periods.push(period);
        period = calendar.shift(period, 1);
    }
    if periods.len() < lead + FEWEST_PERIODS {
        let reason = format!(
            "{} periods are too few for a response model, it needs {FEWEST_PERIODS}; give it more history",
            periods.len() - lead
        );
        return Err(failed(model, reason));
    }
    let unit_places = units.iter().cloned().zip(0..).collect();
    Ok(Cells { request, units, unit_places, periods, lead })
}

fn sizes(
    cells: &Cells<'_>,
    columns: &Columns<'_>,
    rows: &[Option<usize>],
    outcome: &[f64],
) -> Result<Vec<f64>, FeatureError> {
    let model = cells.request.model;
    let width = cells.periods.len();
    let values: Vec<f64> = match &model.size {
        Some(column) => {
            let sizes = columns.numbers(column)?;
            rows.iter().map(|row| row.map_or(f64::NAN, |row| sizes[row])).collect()
        }
        None => outcome.to_vec(),
    };
    let mean = |unit: usize| {
        let of_unit = values[unit * width..(unit + 1) * width].iter().filter(|value| value.is_finite());
        let (sum, count) = of_unit.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        sum / count
    };
    let means: Vec<f64> = (0..cells.units.len()).map(mean).collect();
    match (means.iter().position(|mean| *mean <= 0.0 || mean.is_nan()), &model.size) {
        (None, _) => Ok(means),
        (Some(unit), Some(column)) => {
            let reason = format!(
                "size `{column}` of unit `{}` must be above 0, got {}",
                cells.units[unit], means[unit]
            );
            Err(cells.failed(reason))
        }
        // An outcome around zero, such as a profit, has no size of its own.
        (Some(_), None) if cells.units.len() == 1 => Ok(vec![1.0]),
        (Some(unit), None) => {
            let reason = format!(
                "the mean outcome of unit `{}` is not above 0, so it cannot stand for its size; name a column with `size`",
                cells.units[unit]
            );
            Err(cells.failed(reason))
        }
    }
}

/// What a unit of outcome is worth: sums over the fitted cells whose margin is known.
fn worth(
    model: &ResponseModel,
    columns: &Columns<'_>,
    rows: &[Option<usize>],
    outcome: &[f64],
) -> Result<Option<f64>, FeatureError> {
    let Some(worth) = &model.worth else { return Ok(None) };
    let outcomes = columns.numbers(&model.outcome)?;
    let margins = match &worth.margin {
        Margin::Amount(column) => columns.numbers(column)?,
        Margin::Rate(column) => {
            let rates = columns.numbers(column)?;
            rates.iter().zip(&outcomes).map(|(rate, outcome)| rate * outcome).collect()
        }
    };
    let fitted = rows.iter().zip(outcome).filter(|(_, outcome)| outcome.is_finite());
    // A gap is not a margin of nothing.
    let known: Vec<usize> =
        fitted.filter_map(|(row, _)| *row).filter(|row| margins[*row].is_finite()).collect();
    let sum = |values: &[f64]| -> f64 {
        known.iter().map(|row| values[*row]).filter(|value| value.is_finite()).sum()
    };
    let total = sum(&outcomes);
    let mut left = sum(&margins);
    for column in &worth.minus {
        left -= sum(&columns.numbers(column)?);
    }
    if total <= 0.0 {
        let reason = "the outcome of rows with a margin sums to nothing, so it has no worth per unit; leave `worth` out";
        return Err(failed(model, reason.to_owned()));
    }
    Ok(Some(left / total))
}

/// Trend and season by period.
fn controls(model: &ResponseModel, periods: &[NaiveDate], lead: usize, width: usize) -> Vec<PanelControl> {
    let start = periods[lead];
    let years = |day: &NaiveDate| day.signed_duration_since(start).num_days() as f64 / DAYS_PER_YEAR;
    let mut controls = Vec::new();
    let mut push = |name: String, part: &'static str, values: Vec<f64>| {
        controls.push(PanelControl { name, part, values });
    };
    if model.trend != Trend::None {
        push("trend".into(), "trend", periods.iter().map(years).collect());
    }
    if model.trend == Trend::Bending {
        let last = periods.last().map_or(0.0, years);
        let mut bend = 1.0;
        while bend + 0.5 < last {
            push(
                format!("trend_after_year_{bend}"),
                "trend",
                periods.iter().map(|day| (years(day) - bend).max(0.0)).collect(),
            );
            bend += 1.0;
        }
    }
    let waves = Controls { trend_from: None, yearly_harmonics: model.yearly_harmonics };
    let mut values = vec![0.0; width * waves.names().len()];
    waves.fill(periods, &mut values);
    for (name, values) in waves.names().into_iter().zip(values.chunks_exact(width)) {
        push(name, "seasonality", values.to_vec());
    }
    controls
}
