//! Outcome and media of a response model by unit and period, as they stand in its tables: nothing filled in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::config::job::Media;
use crate::features::FeatureError;
use crate::features::panel::PanelRequest;
use crate::features::panel::build::{Cells, lay_out};
use crate::features::panel::columns::Columns;

/// What the tables hold for the units and the fitted periods of a panel.
#[derive(Debug, Clone, Default)]
pub(super) struct Joined {
    /// Name of the model's table.
    pub(super) table: String,
    /// Its column of the outcome.
    pub(super) outcome_name: String,
    /// Its column of the unit; `None` for one series.
    pub(super) unit_name: Option<String>,
    pub(super) units: Vec<String>,
    pub(super) periods: Vec<NaiveDate>,
    /// Rows of the table by cell: unit by unit, the periods of each in order.
    pub(super) rows: Vec<u32>,
    /// Outcome by cell; NaN where there is none.
    pub(super) outcome: Vec<f64>,
    pub(super) channels: Vec<JoinedChannel>,
    /// The table of the channels, if they have one of their own.
    pub(super) media: Option<JoinedMedia>,
}

/// One channel by cell; NaN where there is nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct JoinedChannel {
    pub(super) name: String,
    pub(super) spend: Option<Vec<f64>>,
    pub(super) exposure: Option<Vec<f64>>,
    /// Rows of the table of channels.
    pub(super) rows: Vec<u32>,
}

/// What is known of a table of channels as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct JoinedMedia {
    pub(super) table: String,
    /// Its rows by cell.
    pub(super) rows: Vec<u32>,
    /// Units with spend or exposure in the fitted periods that the panel lacks.
    pub(super) strangers: BTreeSet<String>,
    /// Rows by period, of any unit.
    pub(super) by_period: Vec<u32>,
}

impl Joined {
    /// A cell in words.
    pub(super) fn describe(&self, cell: usize) -> String {
        let (unit, period) = (cell / self.periods.len(), cell % self.periods.len());
        match &self.unit_name {
            Some(_) => format!("`{}` {}", self.units[unit], self.periods[period]),
            None => self.periods[period].to_string(),
        }
    }

    /// Cells of each unit.
    pub(super) fn by_unit(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let width = self.periods.len();
        (0..self.units.len()).map(move |unit| unit * width..(unit + 1) * width)
    }

    /// Money of all channels by cell; 0 where there is none.
    pub(super) fn spend(&self) -> Vec<f64> {
        let mut all = vec![0.0; self.rows.len()];
        for spend in self.channels.iter().filter_map(|channel| channel.spend.as_ref()) {
            for (sum, value) in all.iter_mut().zip(spend).filter(|(_, value)| value.is_finite()) {
                *sum += value;
            }
        }
        all
    }
}

/// Reads the tables of a model.
pub(super) fn read(request: &PanelRequest<'_>) -> Result<Joined, FeatureError> {
    let model = request.model;
    let mut names: Vec<&str> = vec![&model.at, &model.outcome];
    names.extend(model.unit.as_deref());
    if model.media == Media::Wide {
        let inputs = model.channels.iter().flat_map(|channel| [&channel.spend, &channel.exposure]);
        names.extend(inputs.filter_map(|column| column.as_deref()));
    }
    names.sort_unstable();
    names.dedup();
    let columns = Columns::read(&model.name, &model.table, request.table, &names)?;
    let dates = columns.dates(&model.at, request.calendar.time_zone)?;
    let units = units_of(&columns, model.unit.as_deref())?;
    let outcomes = columns.numbers(&model.outcome)?;
    let cells = lay_out(request, &dates, &units, &outcomes)?;
    let places: Vec<Option<usize>> =
        units.iter().zip(&dates).map(|(unit, day)| place(&cells, unit.as_deref(), *day)).collect();
    let empty = cells.units.len() * fitted(&cells).len();
    let spread = |values: &[f64]| {
        let mut by_cell = vec![f64::NAN; empty];
        for (place, value) in places.iter().zip(values) {
            if let Some(place) = place {
                by_cell[*place] = *value;
            }
        }
        by_cell
    };
    let mut joined = Joined {
        table: model.table.clone(),
        outcome_name: model.outcome.clone(),
        unit_name: model.unit.clone(),
        outcome: spread(&outcomes),
        rows: vec![0; empty],
        ..Joined::default()
    };
    for place in places.iter().flatten() {
        joined.rows[*place] += 1;
    }
    if model.media == Media::Wide {
        for channel in &model.channels {
            let numbers = |column: &Option<String>| {
                column.as_ref().map(|column| Ok(spread(&columns.numbers(column)?))).transpose()
            };
            joined.channels.push(JoinedChannel {
                name: channel.name.clone(),
                spend: numbers(&channel.spend)?,
                exposure: numbers(&channel.exposure)?,
                rows: Vec::new(),
            });
        }
    } else {
        long(&cells, &mut joined)?;
    }
    joined.periods = fitted(&cells).to_vec();
    joined.units = cells.units;
    Ok(joined)
}

/// Adds what a table of channels holds.
fn long(cells: &Cells<'_>, joined: &mut Joined) -> Result<(), FeatureError> {
    let (model, Some(file)) = (cells.request.model, cells.request.media) else { return Ok(()) };
    let Media::Long { table, key, at, spend, exposure } = &model.media else { return Ok(()) };
    let mut names = vec![key.as_str(), at.as_str()];
    names.extend([&model.unit, spend, exposure].into_iter().filter_map(|column| column.as_deref()));
    names.sort_unstable();
    names.dedup();
    let columns = Columns::read(&model.name, table, file, &names)?;
    let (keys, dates) = (columns.texts(key)?, columns.dates(at, cells.request.calendar.time_zone)?);
    let units = units_of(&columns, model.unit.as_deref())?;
    let numbers = |column: &Option<String>| column.as_ref().map(|column| columns.numbers(column)).transpose();
    let (spend, exposure) = (numbers(spend)?, numbers(exposure)?);
    let (empty, width) = (joined.rows.len(), fitted(cells).len());
    let mut media = JoinedMedia {
        table: table.clone(),
        rows: vec![0; empty],
        by_period: vec![0; width],
        ..JoinedMedia::default()
    };
    let mut channels: BTreeMap<&str, JoinedChannel> = BTreeMap::new();
    for (row, name) in keys.iter().enumerate() {
        let period = dates[row].and_then(|day| cells.period(day)).and_then(|at| at.checked_sub(cells.lead));
        let (Some(name), Some(period)) = (name, period) else { continue };
        let unit = units[row].as_deref();
        let Some(place) = place(cells, unit, dates[row]) else {
            let amounts = [&spend, &exposure].into_iter().flatten().map(|values| values[row]);
            if let Some(unit) = unit.filter(|_| amounts.into_iter().any(|amount| amount > 0.0)) {
                media.strangers.insert(unit.to_owned());
            }
            continue;
        };
        media.rows[place] += 1;
        media.by_period[period] += 1;
        let channel = channels.entry(name).or_insert_with(|| JoinedChannel {
            name: name.clone(),
            spend: spend.is_some().then(|| vec![f64::NAN; empty]),
            exposure: exposure.is_some().then(|| vec![f64::NAN; empty]),
            rows: vec![0; empty],
        });
        channel.rows[place] += 1;
        for (sums, values) in [(&mut channel.spend, &spend), (&mut channel.exposure, &exposure)] {
            if let (Some(sums), Some(values)) = (sums, values)
                && values[row].is_finite()
            {
                let sum = &mut sums[place];
                *sum = if sum.is_finite() { *sum + values[row] } else { values[row] };
            }
        }
    }
    joined.channels = channels.into_values().collect();
    joined.media = Some(media);
    Ok(())
}

fn units_of(columns: &Columns<'_>, unit: Option<&str>) -> Result<Vec<Option<String>>, FeatureError> {
    unit.map_or_else(|| Ok(vec![None; columns.rows()]), |unit| columns.texts(unit))
}

fn fitted<'a>(cells: &'a Cells<'_>) -> &'a [NaiveDate] {
    &cells.periods[cells.lead..]
}

/// The cell of a row among the fitted periods.
fn place(cells: &Cells<'_>, unit: Option<&str>, day: Option<NaiveDate>) -> Option<usize> {
    let period = cells.period(day?)?.checked_sub(cells.lead)?;
    Some(cells.unit(unit)? * fitted(cells).len() + period)
}
