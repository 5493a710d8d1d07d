//! The frame of an outcome model: from a staged table to blocks that a fit can read.
//!
//! Only the order of steps is here: read every row group once to learn what the drivers hold, decide
//! on the design from that, hand out an encoder. Works on the rayon pool that it is called in, and
//! gives the same frame for any number of threads.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::datatypes::DataType;
use chrono::NaiveDate;
use rayon::prelude::*;

use super::controls::Controls;
use super::encoding::{DriverEncoding, Encoder};
use super::error::FeatureError;
use super::frame::{ColumnPart, DesignColumn, DriverValues, FrameDriver, ModelFrame, OutcomeKind};
use super::levels::{MOST_LEVELS, Pooling};
use super::parquet_blocks::{ParquetBlocks, ParquetFile};
use super::profile::{DriverProfile, Profile, Unusable};
use super::raw::{DriverKind, RowLayout};
use super::selection::{Reason, Selection};
use crate::config::job::{Driver, OutcomeModel, Success};
use crate::domain::{Calendar, Party};

/// What planning found out about a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedDriver {
    /// Whose data it is.
    pub party: Party,
    /// What it is about, for example `weather`.
    pub about: Option<String>,
}

/// What a frame is made of.
#[derive(Debug, Clone, Copy)]
pub struct FrameRequest<'a> {
    /// The model.
    pub model: &'a OutcomeModel,
    /// One for each of the model's drivers, in the same order.
    pub drivers: &'a [ResolvedDriver],
    /// The model's table as a local Parquet file; rows in the order of its key.
    pub file: &'a Path,
    /// The job's calendar.
    pub calendar: &'a Calendar,
    /// First day that the model reads; `None` for all there is.
    pub history_start: Option<NaiveDate>,
    /// End of the window: first day that the model does not read, and the day at which outcomes
    /// must be mature.
    pub end: NaiveDate,
}

/// Builds the frame of an outcome model.
///
/// Design columns are the controls (`trend` in years since `history_start` or the first period with
/// rows; `yearly_sin_k`, `yearly_cos_k`), then the drivers in the order of the model:
///
/// - Numbers keep their unit. Missing values (also infinite ones) are set to the mean; if there are
///   at least 20 and 0.5 % of all rows of them, a column `<driver> is missing` marks them.
/// - Texts have a column `<driver>=<level>` for each level but the most frequent one. Levels with
///   fewer than 20 rows or 0.5 % of all are pooled as `(other)`; a pool that is still smaller counts
///   with the most frequent level. Missing texts are the level `(missing)`.
/// - Booleans have the one column `<driver>=true`, however rare, and perhaps `<driver>=(missing)`.
///
/// A frame without rows has periods, columns and blocks without rows; whether that is enough is for
/// the model to say.
///
/// # Errors
///
/// When the file cannot be read, a column is missing or of a type that cannot play its part, a
/// yes/no outcome is neither 0 nor 1, or a text driver has more than 1,000 levels.
pub fn outcome_frame(request: &FrameRequest<'_>) -> Result<ModelFrame, FeatureError> {
    let model = request.model;
    let file = ParquetFile::open(request.file).map_err(|reason| FeatureError::Open {
        model: model.name.clone(),
        file: request.file.to_owned(),
        reason,
    })?;
    let layout = layout(request, &file)?;
    let selection = Selection::new(&model.success, request.history_start, request.end);
    let outcome = match model.success {
        Success::YesNo { .. } => OutcomeKind::YesNo,
        Success::Amount { .. } => OutcomeKind::Amount,
    };
    let profile = first_pass(model, &file, &layout, &selection, outcome)?;

    let (periods, rows_per_period) = periods(&profile, *request.calendar);
    let trend_from = request.history_start.or(periods.first().copied());
    let controls =
        Controls { trend_from: trend_from.filter(|_| model.trend), yearly_harmonics: model.yearly_harmonics };
    let (drivers, encodings) = drivers(request, &layout, &profile)?;
    let columns = design(model, controls, &encodings)?;
    let season_before = season_before(&periods, *request.calendar);
    let known_before = known_before(&periods, &model.success, *request.calendar);
    let encoder = Encoder { selection, controls, drivers: encodings, periods: periods.clone() };
    Ok(ModelFrame {
        model: model.name.clone(),
        outcome,
        periods,
        season_before,
        known_before,
        rows_per_period,
        columns,
        drivers,
        rows: profile.rows(),
        left_out: left_out(&profile),
        blocks: Box::new(ParquetBlocks { file, layout, encoder }),
    })
}

/// Finds the model's columns in the file and refuses types that cannot play their part.
fn layout(request: &FrameRequest<'_>, file: &ParquetFile) -> Result<RowLayout, FeatureError> {
    let model = request.model;
    let type_of = |column: &str| {
        let field = file.schema().field_with_name(column);
        field.map(|field| field.data_type().clone()).map_err(|_| FeatureError::NoColumn {
            model: model.name.clone(),
            table: model.table.clone(),
            column: column.to_owned(),
        })
    };
    let wrong = |part, column: &str, found: &DataType, help| FeatureError::Type {
        model: model.name.clone(),
        part,
        column: column.to_owned(),
        found: found.to_string(),
        help,
    };

    let at = type_of(&model.at)?;
    if !matches!(at, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)) {
        return Err(wrong("at", &model.at, &at, "cast it to a date or a timestamp in SQL"));
    }
    let column = model.success.column();
    let outcome = type_of(column)?;
    let yes_no = matches!(model.success, Success::YesNo { .. });
    if !(outcome.is_numeric() || yes_no && outcome == DataType::Boolean) {
        let help = if yes_no { "make it a boolean or 0 and 1 in SQL" } else { "make it a number in SQL" };
        return Err(wrong("outcome", column, &outcome, help));
    }
    let mut drivers = Vec::with_capacity(model.drivers.len());
    for driver in &model.drivers {
        let found = type_of(&driver.name)?;
        let kind = DriverKind::of(&found).map_err(|help| wrong("driver", &driver.name, &found, help))?;
        drivers.push((driver.name.clone(), kind));
    }
    let time_zone = request.calendar.time_zone;
    Ok(RowLayout { at: model.at.clone(), outcome: column.to_owned(), drivers, time_zone })
}

/// Profiles all row groups in parallel and merges them in their order.
fn first_pass(
    model: &OutcomeModel,
    file: &ParquetFile,
    layout: &RowLayout,
    selection: &Selection,
    outcome: OutcomeKind,
) -> Result<Profile, FeatureError> {
    let unusable = |unusable| match unusable {
        Unusable::NotYesNo(value) => FeatureError::NotYesNo {
            model: model.name.clone(),
            column: model.success.column().to_owned(),
            value,
        },
        Unusable::TooManyLevels(driver) => FeatureError::TooManyLevels {
            model: model.name.clone(),
            driver: layout.drivers[driver].0.clone(),
            limit: MOST_LEVELS,
        },
    };
    let profiles: Vec<Result<Profile, FeatureError>> = (0..file.row_groups())
        .into_par_iter()
        .map(|row_group| {
            let rows = file
                .read(row_group, layout)
                .map_err(|source| FeatureError::Read { model: model.name.clone(), source })?;
            Profile::of(&rows, selection, outcome).map_err(unusable)
        })
        .collect();
    let mut merged = Profile::empty(layout);
    for profile in profiles {
        merged = merged.merge(&profile?).map_err(unusable)?;
    }
    Ok(merged)
}

/// Periods with rows, and how many.
fn periods(profile: &Profile, calendar: Calendar) -> (Vec<NaiveDate>, Vec<u64>) {
    let mut periods: Vec<NaiveDate> = Vec::new();
    let mut rows = Vec::new();
    for (day, count) in &profile.days {
        let start = calendar.floor(*day);
        match (periods.last(), rows.last_mut()) {
            (Some(last), Some(sum)) if *last == start => *sum += count,
            _ => {
                periods.push(start);
                rows.push(*count);
            }
        }
    }
    (periods, rows)
}

/// How many of the first periods had matured when each period began.
fn known_before(periods: &[NaiveDate], success: &Success, calendar: Calendar) -> Vec<usize> {
    let matures_after = match success {
        Success::YesNo { matures_after, .. } => *matures_after,
        Success::Amount { .. } => None,
    };
    let known = |start: &NaiveDate| {
        let mature = |before: &NaiveDate| {
            let end = calendar.shift(*before, 1);
            matures_after.map_or(end, |span| span.after(end)) <= *start
        };
        periods.iter().take_while(|before| mature(before)).count()
    };
    periods.iter().map(known).collect()
}

fn season_before(periods: &[NaiveDate], calendar: Calendar) -> Vec<Option<u32>> {
    let index = |start| periods.binary_search(&start).ok().and_then(|index| u32::try_from(index).ok());
    periods.iter().map(|start| index(calendar.year_before(*start))).collect()
}

/// Describes each driver and decides on its columns.
fn drivers(
    request: &FrameRequest<'_>,
    layout: &RowLayout,
    profile: &Profile,
) -> Result<(Vec<FrameDriver>, Vec<DriverEncoding>), FeatureError> {
    let model = || request.model.name.clone();
    let mut found = Vec::new();
    let parts = request.model.drivers.iter().zip(request.drivers).zip(&layout.drivers).zip(&profile.drivers);
    for (((driver, resolved), (_, kind)), profile) in parts {
        let (values, encoding) = match profile {
            DriverProfile::Numbers(moments) => DriverEncoding::numbers(moments, driver.per),
            DriverProfile::Levels(_) if driver.per.is_some() => {
                return Err(FeatureError::PerOfLevels { model: model(), driver: driver.name.clone() });
            }
            DriverProfile::Levels(counts) => {
                let boolean = *kind == DriverKind::Booleans;
                DriverEncoding::levels(counts, if boolean { Pooling::Never } else { Pooling::Rare })
            }
        };
        let driver = frame_driver(&request.model.name, driver, resolved, values)?;
        found.push((driver, encoding));
    }
    Ok(found.into_iter().unzip())
}

/// A driver of `model` with what the data hold for it.
pub(super) fn frame_driver(
    model: &str,
    driver: &Driver,
    resolved: &ResolvedDriver,
    values: DriverValues,
) -> Result<FrameDriver, FeatureError> {
    if let DriverValues::Numeric { mean, standard_deviation, .. } = values
        && !(mean.is_finite() && standard_deviation.is_finite())
    {
        return Err(FeatureError::TooLarge { model: model.to_owned(), driver: driver.name.clone() });
    }
    Ok(FrameDriver {
        name: driver.name.clone(),
        label: driver.label.clone(),
        party: resolved.party,
        about: resolved.about.clone(),
        role: driver.role,
        group: driver.group.clone(),
        unit: driver.unit.clone(),
        values,
    })
}

/// The design columns in order, each with a name of its own.
fn design(
    model: &OutcomeModel,
    controls: Controls,
    encodings: &[DriverEncoding],
) -> Result<Vec<DesignColumn>, FeatureError> {
    let controls = controls.names().into_iter().map(|name| DesignColumn { name, part: ColumnPart::Control });
    let drivers = model.drivers.iter().zip(encodings).enumerate();
    let drivers = drivers.flat_map(|(index, (driver, encoding))| encoding.columns(index, &driver.name));
    let columns: Vec<DesignColumn> = controls.chain(drivers).collect();
    let mut names = BTreeSet::new();
    match columns.iter().find(|column| !names.insert(column.name.as_str())) {
        Some(twice) => Err(FeatureError::SameName { model: model.name.clone(), column: twice.name.clone() }),
        None => Ok(columns),
    }
}

fn left_out(profile: &Profile) -> Vec<(String, u64)> {
    let reasons = Reason::ALL.into_iter().zip(profile.left_out);
    reasons.filter(|(_, rows)| *rows > 0).map(|(reason, rows)| (reason.text().to_owned(), rows)).collect()
}
