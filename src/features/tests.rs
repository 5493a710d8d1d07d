//! Tests of the room as a whole: frames of real Parquet files.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};

use super::fixtures::{batch, end, history_start, layout, model, raw_rows, success, write};
use super::*;
use crate::config::job::{OutcomeModel, Success};
use crate::domain::{Calendar, Party, PeriodKind, StartOfWeek};

const ROWS: usize = 3_000;
const ROW_GROUP: usize = 256;

fn framed(model: &OutcomeModel, file: &Path) -> Result<ModelFrame, FeatureError> {
    let drivers: Vec<ResolvedDriver> =
        model.drivers.iter().map(|_| ResolvedDriver { party: Party::First, about: None }).collect();
    let calendar =
        Calendar { period: PeriodKind::Month, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC };
    outcome_frame(&FrameRequest {
        model,
        drivers: &drivers,
        file,
        calendar: &calendar,
        history_start: Some(history_start()),
        end: end(),
    })
}

fn frame_of(rows: &RecordBatch) -> Result<ModelFrame, FeatureError> {
    let folder = tempfile::tempdir().unwrap();
    framed(&model(), &write(folder.path(), rows, ROW_GROUP))
}

/// Replaces a column of the fixtures' rows.
fn with_column(name: &str, column: &ArrayRef) -> RecordBatch {
    let rows = batch(0..column.len());
    let schema = rows.schema();
    let columns = schema.fields().iter().zip(rows.columns()).map(|(field, old)| {
        (field.name().clone(), if field.name() == name { ArrayRef::clone(column) } else { old.clone() })
    });
    RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap()
}

fn message(result: Result<ModelFrame, FeatureError>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn the_frame_describes_rows_columns_and_drivers() {
    let folder = tempfile::tempdir().unwrap();
    let frame = framed(&model(), &write(folder.path(), &batch(0..ROWS), ROW_GROUP)).unwrap();
    let names: Vec<&str> = frame.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "trend",
            "yearly_sin_1",
            "yearly_cos_1",
            "price",
            "price is missing",
            "region=north",
            "region=(other)",
            "is_regular=true"
        ]
    );
    assert_eq!(frame.rows + frame.left_out.iter().map(|(_, rows)| rows).sum::<u64>(), ROWS as u64);
    assert_eq!(frame.rows_per_period.iter().sum::<u64>(), frame.rows);
    let reasons: Vec<&str> = frame.left_out.iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "no date",
            "before the history that the model reads",
            "at or after the end of the window",
            "still open at the end of the window",
            "no outcome"
        ]
    );
    assert_eq!(frame.periods[0].to_string(), "2012-01-01");
    assert_eq!((frame.season_before[0], frame.season_before[12]), (None, Some(0)));
    assert!(matches!(frame.drivers[0].values, DriverValues::Numeric { per: 2.0, min: 0.0, .. }));
    let DriverValues::Categorical { reference, levels } = &frame.drivers[1].values else { panic!("levels") };
    assert_eq!((reference.as_str(), levels[0].0.as_str()), ("south", "south"));
    assert_eq!(levels.iter().map(|(_, rows)| rows).sum::<u64>(), frame.rows);
}

#[test]
fn blocks_of_a_file_equal_the_same_rows_encoded_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), &batch(0..ROWS), ROW_GROUP);
    let frame = framed(&model(), &file).unwrap();
    let encoder = encoder_of(&file);
    let in_memory = MemoryBlocks::new(
        (0..ROWS)
            .step_by(ROW_GROUP)
            .map(|from| encoder.encode(&raw_rows(from..(from + ROW_GROUP).min(ROWS))).unwrap())
            .collect(),
    );
    assert_eq!(frame.blocks.len(), in_memory.len());
    let mut rows = 0;
    for index in 0..in_memory.len() {
        let (read, expected) = (frame.blocks.read(index).unwrap(), in_memory.read(index).unwrap());
        assert_eq!((read.rows, &read.x), (expected.rows, &expected.x));
        assert_eq!((&read.y, &read.period), (&expected.y, &expected.period));
        assert!(read.rows <= ROW_GROUP, "a read holds one row group");
        assert!(read.x.iter().chain(&read.y).all(|value| value.is_finite()));
        assert_eq!(read.x.len(), read.rows * frame.columns.len());
        rows += read.rows as u64;
    }
    assert_eq!(rows, frame.rows);
}

/// The encoder that a frame of `file` uses, by way of the same two steps without the frame.
fn encoder_of(file: &Path) -> encoding::Encoder {
    let selection = selection::Selection::new(&success(), Some(history_start()), end());
    let file = parquet_blocks::ParquetFile::open(file).unwrap();
    let mut profile = profile::Profile::empty(&layout());
    for row_group in 0..file.row_groups() {
        let rows = file.read(row_group, &layout()).unwrap();
        let block = profile::Profile::of(&rows, &selection, OutcomeKind::YesNo).unwrap();
        profile = profile.merge(&block).unwrap();
    }
    let pooling = [levels::Pooling::Rare, levels::Pooling::Rare, levels::Pooling::Never];
    let drivers = profile.drivers.iter().zip(pooling).map(|(driver, pooling)| match driver {
        profile::DriverProfile::Numbers(moments) => encoding::DriverEncoding::numbers(moments, None).1,
        profile::DriverProfile::Levels(counts) => encoding::DriverEncoding::levels(counts, pooling).1,
    });
    let mut periods: Vec<_> =
        profile.days.keys().map(|day| chrono::Datelike::with_day(day, 1).unwrap()).collect();
    periods.dedup();
    encoding::Encoder {
        selection,
        controls: controls::Controls { trend_from: Some(history_start()), yearly_harmonics: 1 },
        drivers: drivers.collect(),
        periods,
    }
}

#[test]
fn the_frame_is_the_same_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), &batch(0..ROWS), ROW_GROUP);
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| framed(&model(), &file)).unwrap()
    };
    let (one, four) = (with_threads(1), with_threads(4));
    // Equal floats print equal digits: Rust prints the shortest text that reads back the same bits.
    assert_eq!(format!("{:?}", one.drivers), format!("{:?}", four.drivers));
    assert_eq!(
        (one.columns, one.periods, one.rows_per_period),
        (four.columns, four.periods, four.rows_per_period)
    );
}

#[test]
fn a_table_without_rows_gives_a_frame_without_rows() {
    let frame = frame_of(&batch(0..0)).unwrap();
    assert_eq!((frame.rows, frame.periods.len(), frame.columns.len()), (0, 0, 3));
    assert!(frame.drivers.iter().all(|driver| matches!(driver.values, DriverValues::Constant { .. })));
}

#[test]
fn columns_that_cannot_play_their_part_are_refused() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["yes"; 100]));
    assert!(message(frame_of(&with_column("won", &texts))).contains("make it a boolean or 0 and 1"));
    assert!(message(frame_of(&with_column("day", &texts))).contains("cast it to a date"));
    let days = batch(0..100).column_by_name("day").unwrap().clone();
    assert!(message(frame_of(&with_column("price", &days))).contains("a date drives nothing by itself"));
    let twos: ArrayRef = Arc::new(Float64Array::from(vec![2.0; 100]));
    assert!(message(frame_of(&with_column("won", &twos))).contains("must be 0 or 1, got 2"));
    let huge: ArrayRef = Arc::new(
        (0..100).map(|i| Some(if i % 2 == 0 { f64::MAX } else { f64::MIN })).collect::<Float64Array>(),
    );
    assert!(message(frame_of(&with_column("price", &huge))).contains("too large"));
    let names: ArrayRef =
        Arc::new((0..3_000).map(|i| Some(format!("customer {i}"))).collect::<StringArray>());
    assert!(message(frame_of(&with_column("region", &names))).contains("more than 1000 different values"));
}

#[test]
fn a_model_that_asks_for_what_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), &batch(0..100), ROW_GROUP);
    let changed = |change: fn(&mut OutcomeModel)| {
        let mut model = model();
        change(&mut model);
        message(framed(&model, &file))
    };
    assert!(changed(|model| model.at = "no_such".to_owned()).contains("`no_such`, which its table `deals`"));
    assert!(changed(|model| model.drivers[1].per = Some(1.0)).contains("`per` means nothing"));
    assert!(changed(|model| model.drivers[1].name = "price".to_owned()).contains("are called `price`"));
    let amount = Success::Amount { column: "won".to_owned(), unit: "EUR".to_owned() };
    assert!(
        message(framed(&OutcomeModel { success: amount, ..model() }, &file)).contains("make it a number")
    );
    assert!(message(framed(&model(), Path::new("no/such.parquet"))).contains("cannot open"));
}

#[test]
fn a_file_that_has_gone_is_an_error_of_the_block() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), &batch(0..ROWS), ROW_GROUP);
    let frame = framed(&model(), &file).unwrap();
    assert!(frame.blocks.read(999).is_err());
    File::create(&file).unwrap();
    assert_eq!(frame.blocks.read(3).unwrap_err().block, 3);
}
