//! Tests of panels: frames of real Parquet files.
//!
//! Here is the world that they share: two regions, two channels, weeks from the first Monday of 2024 on.

mod cells;
mod drivers;
mod experiments;
mod joined;
mod media;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, RecordBatch, StringArray};
use chrono::{NaiveDate, TimeDelta};

use super::{PanelFrame, PanelRequest, panel_frame};
use crate::config::job::{Channel, Driver, Media, ResponseModel};
use crate::domain::{Calendar, Form, LocalText, Party, PeriodKind, Role, StartOfWeek, Trend};
use crate::features::fixtures::write_table;
use crate::features::{FeatureError, ResolvedDriver};

/// Weeks of the world.
const WEEKS: i64 = 30;
/// Periods after its own in which a channel is felt.
const LAG: u16 = 2;
/// The same as a number of periods before the first fitted one.
const LEAD: usize = LAG as usize;
/// Days from 1970-01-01 to the first Monday of 2024.
const FIRST_DAY: i64 = 19_723;
const REGIONS: [&str; 2] = ["north", "south"];

/// First day of a week, which may lie before the world's first.
fn monday(week: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + TimeDelta::weeks(week)
}

/// A column of dates, from days after the world's first.
fn days(days: impl Iterator<Item = i64>) -> ArrayRef {
    let days: Vec<i32> = days.map(|day| i32::try_from(FIRST_DAY + day).unwrap()).collect();
    Arc::new(Date32Array::from(days))
}

/// Rows of a table, each for a week and a region.
#[derive(Clone)]
struct Rows {
    places: Vec<(i64, &'static str)>,
    columns: Vec<(String, ArrayRef)>,
}

impl Rows {
    /// A row for every week and region.
    fn every(weeks: Range<i64>) -> Self {
        Self::at(weeks.flat_map(|week| REGIONS.map(|region| (week, region))).collect())
    }

    fn at(places: Vec<(i64, &'static str)>) -> Self {
        let week = days(places.iter().map(|(week, _)| 7 * week));
        let region: ArrayRef =
            Arc::new(places.iter().map(|(_, region)| Some(*region)).collect::<StringArray>());
        let columns = vec![("week".to_owned(), week), ("region".to_owned(), region)];
        Self { places, columns }
    }

    /// The rows whose place `keep` keeps.
    fn only(&self, keep: impl Fn(i64, &str) -> bool) -> Self {
        let kept: BooleanArray = self.places.iter().map(|(week, region)| Some(keep(*week, region))).collect();
        let filter = |(name, column): &(String, ArrayRef)| {
            (name.clone(), arrow::compute::filter(column, &kept).unwrap())
        };
        Self {
            places: self.places.iter().copied().filter(|(week, region)| keep(*week, region)).collect(),
            columns: self.columns.iter().map(filter).collect(),
        }
    }

    /// These rows, then others with the same columns.
    fn and(&self, others: &Self) -> Self {
        let columns = self.columns.iter().zip(&others.columns).map(|((name, first), (_, second))| {
            (name.clone(), arrow::compute::concat(&[first.as_ref(), second.as_ref()]).unwrap())
        });
        Self { places: [&self.places[..], &others.places[..]].concat(), columns: columns.collect() }
    }

    fn numbers(self, name: &str, value: impl Fn(i64, &str) -> Option<f64>) -> Self {
        let values = self.places.iter().map(|(week, region)| value(*week, region));
        let column = values.collect::<Float64Array>();
        self.column(name, Arc::new(column))
    }

    fn texts(self, name: &str, value: &str) -> Self {
        let column = self.places.iter().map(|_| Some(value)).collect::<StringArray>();
        self.column(name, Arc::new(column))
    }

    /// Adds a column, or replaces the one of that name.
    fn column(mut self, name: &str, column: ArrayRef) -> Self {
        self.columns.retain(|(old, _)| old != name);
        self.columns.push((name.to_owned(), column));
        self
    }

    fn write(&self, folder: &Path, table: &str) -> PathBuf {
        let rows = RecordBatch::try_from_iter(self.columns.clone()).unwrap();
        // Several row groups, so that more than one batch is read.
        write_table(folder, table, &rows, 16)
    }
}

/// Revenue of a week and region.
fn revenue(week: i64, region: &str) -> f64 {
    if region == "north" { 100.0 + week as f64 } else { 200.0 - week as f64 }
}

/// Spend on TV: every third week.
fn tv(week: i64, _: &str) -> f64 {
    if week.rem_euclid(3) == 0 { 30.0 } else { 0.0 }
}

/// Contacts of TV, which is cheaper in the south.
fn contacts(week: i64, region: &str) -> f64 {
    tv(week, region) * if region == "north" { 10.0 } else { 20.0 }
}

/// Spend on search, which began ten weeks before the world.
fn search(week: i64, _: &str) -> f64 {
    (10.0 + week as f64).max(0.0)
}

/// A model with all that it reads.
#[derive(Clone)]
struct World {
    model: ResponseModel,
    table: Rows,
    media: Option<Rows>,
    experiments: Option<Rows>,
    history_start: Option<NaiveDate>,
}

impl World {
    /// Both regions with their channels in columns.
    fn new() -> Self {
        Self { model: model(), table: table(0..WEEKS), media: None, experiments: None, history_start: None }
    }

    /// The same with the channels in a table of their own, whose columns are those of long media.
    fn long() -> Self {
        let mut world = Self::new();
        for channel in &mut world.model.channels {
            (channel.spend, channel.exposure) = (None, None);
        }
        world.model.media = Media::Long {
            table: "media".to_owned(),
            key: "channel".to_owned(),
            at: "week".to_owned(),
            spend: Some("spend".to_owned()),
            exposure: Some("exposure".to_owned()),
        };
        let media = |name, spend: fn(i64, &str) -> f64, exposure: fn(i64, &str) -> Option<f64>| {
            let rows = Rows::every(0..WEEKS).texts("channel", name);
            rows.numbers("spend", move |week, region| Some(spend(week, region))).numbers("exposure", exposure)
        };
        let tv = media("tv", tv, |week, region| Some(contacts(week, region)));
        world.media = Some(tv.and(&media("search", search, |_, _| None)));
        world
    }

    fn result(&self) -> Result<PanelFrame, FeatureError> {
        self.ask(panel_frame)
    }

    /// Writes the tables and asks for something that is made of them.
    fn ask<T>(&self, ask: impl FnOnce(&PanelRequest<'_>) -> T) -> T {
        let folder = tempfile::tempdir().unwrap();
        let drivers: Vec<ResolvedDriver> = (self.model.drivers.iter())
            .map(|_| ResolvedDriver { party: Party::Third, about: Some("weather".to_owned()) })
            .collect();
        let calendar =
            Calendar { period: PeriodKind::Week, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC };
        let table = self.table.write(folder.path(), "sales");
        let media = self.media.as_ref().map(|media| media.write(folder.path(), "media"));
        let experiments =
            self.experiments.as_ref().map(|experiments| experiments.write(folder.path(), "lift_tests"));
        ask(&PanelRequest {
            model: &self.model,
            drivers: &drivers,
            table: &table,
            media: media.as_deref(),
            experiments: experiments.as_deref(),
            calendar: &calendar,
            history_start: self.history_start,
            end: monday(WEEKS),
        })
    }

    #[track_caller]
    fn frame(&self) -> PanelFrame {
        self.result().unwrap()
    }

    /// Asserts that there is no panel, and that the message holds all of `words`.
    #[track_caller]
    fn refused(&self, words: &[&str]) {
        let message = self.result().err().unwrap().to_string();
        for word in words {
            assert!(message.contains(word), "`{word}` is missing in: {message}");
        }
    }

    /// Adds a driver that is a column of numbers.
    fn with_driver(mut self, name: &str, value: impl Fn(i64, &str) -> Option<f64>) -> Self {
        self.table = self.table.numbers(name, value);
        self.model.drivers.push(driver(name));
        self
    }
}

/// The world's own table.
fn table(weeks: Range<i64>) -> Rows {
    Rows::every(weeks)
        .numbers("revenue", |week, region| Some(revenue(week, region)))
        .numbers("tv_spend", |week, region| Some(tv(week, region)))
        .numbers("tv_contacts", |week, region| Some(contacts(week, region)))
        .numbers("search_spend", |week, region| Some(search(week, region)))
}

fn driver(name: &str) -> Driver {
    Driver {
        name: name.to_owned(),
        label: LocalText::same(name),
        party: None,
        about: None,
        role: Role::Confounder,
        group: name.to_owned(),
        per: None,
        unit: None,
    }
}

fn channel(name: &str, spend: Option<&str>, exposure: Option<&str>) -> Channel {
    Channel {
        name: name.to_owned(),
        label: LocalText::same(&format!("{name} label")),
        spend: spend.map(str::to_owned),
        exposure: exposure.map(str::to_owned),
        side: None,
        carries: Vec::new(),
        adstock: None,
        max_lag: Some(LAG),
        saturation: None,
        prior: None,
        no_effect: None,
    }
}

fn model() -> ResponseModel {
    ResponseModel {
        name: "sales_response".to_owned(),
        label: LocalText::same("Sales"),
        table: "sales".to_owned(),
        outcome: "revenue".to_owned(),
        outcome_unit: "EUR".to_owned(),
        at: "week".to_owned(),
        unit: Some("region".to_owned()),
        size: None,
        worth: None,
        media: Media::Wide,
        channels: vec![
            channel("tv", Some("tv_spend"), Some("tv_contacts")),
            channel("search", Some("search_spend"), None),
        ],
        drivers: Vec::new(),
        trend: Trend::Linear,
        yearly_harmonics: 0,
        form: Form::Additive,
        interactions: None,
        experiments: None,
        explains: None,
    }
}

/// The values of one unit, the lead included.
fn of_unit<'a>(frame: &PanelFrame, values: &'a [f64], unit: usize) -> &'a [f64] {
    &values[frame.at(unit, 0)..frame.at(unit + 1, 0)]
}

/// Equal floats print equal digits, and a gap equals a gap: Rust prints the shortest text that reads back the same.
#[track_caller]
fn assert_same<T: std::fmt::Debug>(left: &T, right: &T) {
    assert_eq!(format!("{left:?}"), format!("{right:?}"));
}
