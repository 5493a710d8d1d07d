//! Rows that the tests of this room share.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use chrono::NaiveDate;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::raw::{DriverKind, RawRows, RowLayout};
use super::selection::Selection;
use crate::config::job::{Driver, OutcomeModel, Success};
use crate::domain::{LocalText, Role, Span};

/// The columns of [`batch`] that a model reads.
pub(super) fn layout() -> RowLayout {
    RowLayout {
        at: "day".to_owned(),
        outcome: "won".to_owned(),
        drivers: vec![
            ("price".to_owned(), DriverKind::Numbers),
            ("region".to_owned(), DriverKind::Texts),
            ("is_regular".to_owned(), DriverKind::Booleans),
        ],
        time_zone: chrono_tz::UTC,
    }
}

/// Rows from 2011-12-22 on, three a day, with gaps in every column.
pub(super) fn batch(rows: Range<usize>) -> RecordBatch {
    let start = 15_330;
    let every = |row: usize, n: usize| row % n == n - 1;
    let day: ArrayRef = Arc::new(
        rows.clone()
            .map(|row| (!every(row, 97)).then(|| start + i32::try_from(row / 3).unwrap()))
            .collect::<Date32Array>(),
    );
    let won: ArrayRef = Arc::new(
        rows.clone().map(|row| (!every(row, 31)).then_some(row * row % 7 < 3)).collect::<BooleanArray>(),
    );
    let price: ArrayRef = Arc::new(
        rows.clone().map(|row| (!every(row, 5)).then_some((row % 50) as f64 / 4.0)).collect::<Float64Array>(),
    );
    let region: ArrayRef = Arc::new(
        rows.clone()
            .map(|row| match row % 251 {
                250 => None,
                249 => Some("east"),
                248 => Some("west"),
                other => Some(if other % 3 == 0 { "north" } else { "south" }),
            })
            .collect::<StringArray>(),
    );
    let regular: ArrayRef = Arc::new(
        rows.clone().map(|row| (!every(row, 211)).then_some(row % 11 == 0)).collect::<BooleanArray>(),
    );
    let unused: ArrayRef = Arc::new(
        rows.map(|row| i64::try_from(row).unwrap()).collect::<Vec<_>>().into_iter().collect::<Int64Array>(),
    );
    RecordBatch::try_from_iter([
        ("id", unused),
        ("day", day),
        ("region", region),
        ("price", price),
        ("won", won),
        ("is_regular", regular),
    ])
    .unwrap()
}

/// The same rows without Arrow.
pub(super) fn raw_rows(rows: Range<usize>) -> RawRows {
    layout().rows(&batch(rows)).unwrap()
}

/// A model of the fixtures' rows with all their drivers, a trend and one wave per year.
pub(super) fn model() -> OutcomeModel {
    let driver = |name: &str, per: Option<f64>| Driver {
        name: name.to_owned(),
        label: LocalText::same(name),
        party: None,
        about: None,
        role: Role::Precision,
        group: name.to_owned(),
        per,
        unit: None,
    };
    OutcomeModel {
        name: "deal_won".to_owned(),
        label: LocalText::same("Deal won"),
        table: "deals".to_owned(),
        success: success(),
        at: "day".to_owned(),
        drivers: vec![driver("price", Some(2.0)), driver("region", None), driver("is_regular", None)],
        yearly_harmonics: 1,
        trend: true,
        explains: None,
    }
}

/// Writes rows as Parquet with row groups of `row_group` rows.
pub(super) fn write(folder: &Path, rows: &RecordBatch, row_group: usize) -> PathBuf {
    write_table(folder, "deals", rows, row_group)
}

/// Writes the rows of `table`.
pub(super) fn write_table(folder: &Path, table: &str, rows: &RecordBatch, row_group: usize) -> PathBuf {
    let path = folder.join(format!("{table}.parquet"));
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(row_group)).build();
    let file = File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties)).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
    path
}

/// Success of a row: known after ten days.
pub(super) fn success() -> Success {
    Success::YesNo { column: "won".to_owned(), matures_after: Span::parse("10 days") }
}

/// First day of the fixtures' history.
pub(super) fn history_start() -> NaiveDate {
    "2012-01-01".parse().unwrap()
}

/// End of the fixtures' window.
pub(super) fn end() -> NaiveDate {
    "2014-07-01".parse().unwrap()
}

/// Keeps mature rows of the fixtures' window.
pub(super) fn selection() -> Selection {
    Selection::new(&success(), Some(history_start()), end())
}
