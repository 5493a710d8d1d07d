//! Channels of a panel: money and pressure by cell, from columns or from a table of their own.

use std::collections::BTreeMap;
use std::path::Path;

use super::build::Cells;
use super::columns::Columns;
use super::frame::PanelChannel;
use crate::config::job::{Channel, Media};
use crate::domain::LocalText;
use crate::features::FeatureError;

/// Money and pressure of one channel, by cell; NaN where there is none.
#[derive(Clone)]
struct Series {
    spend: Option<Vec<f64>>,
    exposure: Option<Vec<f64>>,
}

/// A channel's name, what the job says about it, and what the data hold.
type Found<'a> = (String, Option<&'a Channel>, Series);

/// Reads every channel of the model.
pub(super) fn channels(
    cells: &Cells<'_>,
    columns: &Columns<'_>,
    rows: &[Option<usize>],
    notes: &mut Vec<String>,
) -> Result<Vec<PanelChannel>, FeatureError> {
    let model = cells.request.model;
    let named: Vec<Found<'_>> = match (&model.media, cells.request.media) {
        (Media::Long { table, key, at, spend, exposure }, Some(file)) => {
            let columns = Long { table, key, at, spend: spend.as_deref(), exposure: exposure.as_deref() };
            long(cells, &columns, file)?
        }
        _ => wide(cells, columns, rows)?,
    };
    let known_from = known_from(cells, &named);
    let places: BTreeMap<&str, usize> =
        named.iter().enumerate().map(|(at, (name, ..))| (name.as_str(), at)).collect();
    let mut channels = Vec::with_capacity(named.len());
    for (name, said, series) in &named {
        let mut carries = Vec::new();
        for carried in said.iter().flat_map(|said| &said.carries) {
            let Some(place) = places.get(carried.as_str()) else {
                let known: Vec<&str> = places.keys().copied().collect();
                return Err(cells.failed(format!(
                    "channel `{name}` carries `{carried}`, which the data do not hold; they hold {}",
                    known.join(", ")
                )));
            };
            carries.push(*place);
        }
        let (spend, exposure) = completed(cells, name, series.clone(), known_from, notes)?;
        channels.push(PanelChannel {
            name: name.clone(),
            label: said.map_or_else(|| LocalText::same(name), |said| said.label.clone()),
            side: said.and_then(|said| said.side.clone()),
            spend,
            exposure,
            carries,
            adstock: said.and_then(|said| said.adstock),
            max_lag: said.map_or_else(
                || Channel::default_lag(cells.request.calendar),
                |said| said.lag(cells.request.calendar),
            ) as usize,
            saturation: said.and_then(|said| said.saturation),
            prior: said.and_then(|said| said.prior).map(|prior| (prior.mean, prior.standard_deviation)),
            no_effect: said.and_then(|said| said.no_effect),
        });
    }
    Ok(channels)
}

fn wide<'a>(
    cells: &Cells<'a>,
    columns: &Columns<'_>,
    rows: &[Option<usize>],
) -> Result<Vec<Found<'a>>, FeatureError> {
    let spread = |column: &String| -> Result<Vec<f64>, FeatureError> {
        let numbers = columns.numbers(column)?;
        Ok(rows.iter().map(|row| row.map_or(f64::NAN, |row| numbers[row])).collect())
    };
    let mut found = Vec::new();
    for channel in &cells.request.model.channels {
        let series = Series {
            spend: channel.spend.as_ref().map(spread).transpose()?,
            exposure: channel.exposure.as_ref().map(spread).transpose()?,
        };
        found.push((channel.name.clone(), Some(channel), series));
    }
    Ok(found)
}

struct Long<'a> {
    table: &'a str,
    key: &'a str,
    at: &'a str,
    spend: Option<&'a str>,
    exposure: Option<&'a str>,
}

fn long<'a>(cells: &Cells<'a>, long: &Long<'_>, file: &Path) -> Result<Vec<Found<'a>>, FeatureError> {
    let model = cells.request.model;
    let mut names = vec![long.key, long.at];
    names.extend(model.unit.as_deref());
    names.extend(long.spend);
    names.extend(long.exposure);
    let columns = Columns::read(&model.name, long.table, file, &names)?;
    let keys = columns.texts(long.key)?;
    let dates = columns.dates(long.at, cells.request.calendar.time_zone)?;
    let units = match &model.unit {
        Some(unit) => columns.texts(unit)?,
        None => vec![None; columns.rows()],
    };
    let spend = long.spend.map(|spend| columns.numbers(spend)).transpose()?;
    let exposure = long.exposure.map(|exposure| columns.numbers(exposure)).transpose()?;
    let mut by_name: BTreeMap<&str, Series> = BTreeMap::new();
    let empty = Series {
        spend: spend.is_some().then(|| vec![f64::NAN; cells.len()]),
        exposure: exposure.is_some().then(|| vec![f64::NAN; cells.len()]),
    };
    for (row, key) in keys.iter().enumerate() {
        let (Some(key), Some(cell)) = (key, cells.cell(units[row].as_deref(), dates[row])) else { continue };
        let series = by_name.entry(key).or_insert_with(|| empty.clone());
        for (sums, values) in [(&mut series.spend, &spend), (&mut series.exposure, &exposure)] {
            if let (Some(sums), Some(values)) = (sums, values)
                && values[row].is_finite()
            {
                let sum = &mut sums[cell];
                *sum = if sum.is_finite() { *sum + values[row] } else { values[row] };
            }
        }
    }
    if by_name.is_empty() {
        let reason = format!("`{}` has no rows for the model's units and periods", long.table);
        return Err(cells.failed(reason));
    }
    for channel in &model.channels {
        if !by_name.contains_key(channel.name.as_str()) {
            let known: Vec<&str> = by_name.keys().copied().collect();
            return Err(cells.failed(format!(
                "channel `{}` is not in `{}`, which holds {}",
                channel.name,
                long.table,
                known.join(", ")
            )));
        }
    }
    // Those that the job says something about first, in its order.
    let said = model.channels.iter().map(|channel| (channel.name.as_str(), Some(channel)));
    let others = by_name.keys().filter(|name| model.channels.iter().all(|channel| channel.name != **name));
    let all: Vec<(&str, Option<&Channel>)> = said.chain(others.map(|name| (*name, None))).collect();
    Ok(all
        .into_iter()
        .filter_map(|(name, said)| Some((name.to_owned(), said, by_name.get(name)?.clone())))
        .collect())
}

/// Money and pressure without gaps.
fn completed(
    cells: &Cells<'_>,
    name: &str,
    series: Series,
    known_from: usize,
    notes: &mut Vec<String>,
) -> Result<(Option<Vec<f64>>, Vec<f64>), FeatureError> {
    let Series { spend, exposure } = series;
    for (what, values) in [("spend", &spend), ("exposure", &exposure)] {
        if let Some(cell) = values.iter().flatten().position(|value| *value < 0.0) {
            return Err(cells.failed(format!(
                "{what} of channel `{name}` must not be negative, it is for {}; book corrections in the period that they correct",
                cells.describe(cell)
            )));
        }
    }
    // A channel whose table has an exposure column, but not for it: money is its pressure.
    let exposure = exposure.filter(|values| values.iter().any(|value| value.is_finite()));
    let spend = spend.filter(|values| exposure.is_none() || values.iter().any(|value| value.is_finite()));
    let mut exposure = match (exposure, &spend) {
        (Some(mut exposure), Some(spend)) => {
            let both = || exposure.iter().zip(spend).filter(|(e, s)| e.is_finite() && s.is_finite());
            let (bought, paid) = both().fold((0.0, 0.0), |(bought, paid), (e, s)| (bought + e, paid + s));
            let mut gaps = 0;
            for (exposure, spend) in exposure.iter_mut().zip(spend) {
                if !exposure.is_finite() && *spend > 0.0 && paid > 0.0 {
                    *exposure = spend * bought / paid;
                    gaps += 1;
                }
            }
            if gaps > 0 {
                notes.push(format!(
                    "channel `{name}` has spend but no exposure in {gaps} cells, where its mean price is taken"
                ));
            }
            exposure
        }
        (Some(exposure), None) => exposure,
        (None, Some(spend)) => spend.clone(),
        (None, None) => return Err(cells.failed(format!("channel `{name}` has neither spend nor exposure"))),
    };
    before_the_data(cells, known_from, &mut exposure);
    for value in exposure.iter_mut().filter(|value| !value.is_finite()) {
        *value = 0.0;
    }
    let spend = spend
        .map(|spend| spend.into_iter().map(|value| if value.is_finite() { value } else { 0.0 }).collect());
    Ok((spend, exposure))
}

/// The first period of which anything is known about media, at the latest the first fitted one.
///
/// All channels count together: a channel without a row where others have one was off.
fn known_from(cells: &Cells<'_>, named: &[Found<'_>]) -> usize {
    let width = cells.periods.len();
    let series = named.iter().flat_map(|(.., series)| series.spend.iter().chain(&series.exposure));
    let known = series.flat_map(|values| (0..values.len()).filter(|cell| values[*cell].is_finite()));
    known.map(|cell| cell % width).min().unwrap_or(0).min(cells.lead)
}

/// Before media are known, pressure is taken to be what it was on average in as many periods after as carry-over
/// reaches: no pressure at all would make the first periods look weak.
fn before_the_data(cells: &Cells<'_>, known_from: usize, exposure: &mut [f64]) {
    let (width, lead) = (cells.periods.len(), cells.lead);
    for unit in exposure.chunks_exact_mut(width) {
        let first = &unit[known_from..(known_from + lead).min(width)];
        let mean = first.iter().filter(|value| value.is_finite()).sum::<f64>() / first.len().max(1) as f64;
        unit[..known_from].fill(mean);
    }
}
