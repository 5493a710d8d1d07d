//! Cuts a staged table of the job into one local Parquet file per period.
//!
//! The table may be far larger than memory and is not ordered by time, so rows stream from one file
//! into many. Two limits hold whatever the number of periods: rows that wait to be encoded, and
//! open files (none between two writes).

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType as ArrowType, Date32Type, SchemaRef, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::digest::hexadecimal;
use super::error::PublishError;
use super::kept::KeptTable;
use super::parquet_file;
use super::portable::{portable_batch, portable_schema};
use super::schema::TableSchema;
use super::verify::KeyOrder;
use crate::domain::{Calendar, Window};

/// Rows of all periods together that may wait in memory; beyond it the longest row group is written.
const WAITING_ROWS: usize = 262_144;

/// Encoded bytes of one period that may wait in memory.
const WAITING_BYTES: usize = 64 * 1024;

/// A table cut into periods. The files are removed when this is dropped.
pub(crate) struct Split {
    pub(crate) files: Vec<PeriodFile>,
    _folder: TempDir,
}

/// The rows of one period in a local file.
pub(crate) struct PeriodFile {
    pub(crate) period: NaiveDate,
    pub(crate) file: PathBuf,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// The table with the schema that it is published with, read from its staged file.
pub(crate) fn with_schema(table: KeptTable) -> Result<(KeptTable, TableSchema), PublishError> {
    let (_, schema) = schema_of(&table)?;
    Ok((table, schema))
}

fn schema_of(table: &KeptTable) -> Result<(SchemaRef, TableSchema), PublishError> {
    let reader = open(table)?;
    let arrow = portable_schema(&table.name, &table.key, reader.schema())?;
    let schema = TableSchema::of_sql_table(&table.name, &table.key, &arrow);
    Ok((arrow, schema))
}

/// Cuts the rows from the table's start to the end of the window into files by period; other rows
/// stay unpublished. Without any such row there is one file without rows for the first period.
///
/// Blocks on local files; rows are checked against the key on the way.
pub(crate) fn split(table: &KeptTable, calendar: Calendar, window: Window) -> Result<Split, PublishError> {
    let (arrow, schema) = schema_of(table)?;
    let parent = table.file.parent().unwrap_or(Path::new("."));
    let folder = tempfile::Builder::new()
        .prefix("periods-")
        .tempdir_in(parent)
        .map_err(PublishError::file("create a folder in", parent))?;
    let defect = |reason| PublishError::Defect { table: table.name.clone(), reason };
    let mut order = KeyOrder::new(&table.key, &arrow).map_err(defect)?;
    let mut periods = Periods { arrow, schema, folder: folder.path().to_owned(), open: BTreeMap::new() };
    let range = table.start.unwrap_or(NaiveDate::MIN)..window.end();
    for batch in open(table)?.build().map_err(PublishError::parquet("read", &table.file.display()))? {
        let batch = batch
            .map_err(|error| PublishError::parquet("read", &table.file.display())(error.into()))
            .and_then(|batch| portable_batch(&table.name, &periods.arrow, &batch))?;
        order.follow(&batch).map_err(defect)?;
        for (period, rows) in rows_by_period(table, calendar, &batch)? {
            if range.contains(&period) {
                let rows = take_record_batch(&batch, &rows).map_err(|error| defect(error.to_string()))?;
                periods.write(period, &rows)?;
            }
        }
    }
    if periods.open.is_empty() {
        let nothing = RecordBatch::new_empty(periods.arrow.clone());
        periods.write(window.start(), &nothing)?;
    }
    Ok(Split { files: periods.close()?, _folder: folder })
}

fn open(table: &KeptTable) -> Result<ParquetRecordBatchReaderBuilder<File>, PublishError> {
    let file = File::open(&table.file).map_err(PublishError::file("open", &table.file))?;
    ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(PublishError::parquet("read", &table.file.display()))
}

/// The rows of each period, in their order.
fn rows_by_period(
    table: &KeptTable,
    calendar: Calendar,
    batch: &RecordBatch,
) -> Result<Vec<(NaiveDate, UInt32Array)>, PublishError> {
    let undated = |reason: &str| PublishError::Undated {
        table: table.name.clone(),
        column: table.time.clone(),
        reason: reason.to_owned(),
    };
    let column = batch.column_by_name(&table.time).ok_or_else(|| undated("does not exist"))?;
    if column.null_count() > 0 {
        return Err(undated("is missing"));
    }
    let days = days(column, calendar).ok_or_else(|| undated("is no date or timestamp"))?;
    let mut rows: BTreeMap<NaiveDate, Vec<u32>> = BTreeMap::new();
    for (row, day) in (0_u32..).zip(days) {
        let day = day.ok_or_else(|| undated("lies outside the calendar"))?;
        rows.entry(calendar.floor(day)).or_default().push(row);
    }
    Ok(rows.into_iter().map(|(period, rows)| (period, UInt32Array::from(rows))).collect())
}

/// The day of each value; `None` for a column that holds no dates. Timestamps are turned into days
/// in the calendar's time zone.
fn days(column: &ArrayRef, calendar: Calendar) -> Option<Vec<Option<NaiveDate>>> {
    match column.data_type() {
        ArrowType::Date32 => {
            let dates = column.as_primitive::<Date32Type>().values();
            Some(dates.iter().map(|&day| Date32Type::to_naive_date_opt(day)).collect())
        }
        ArrowType::Timestamp(_, _) => {
            let instants = column.as_primitive_opt::<TimestampMicrosecondType>()?.values();
            let day = |&micros: &i64| {
                let instant = DateTime::from_timestamp_micros(micros)?;
                Some(instant.with_timezone(&calendar.time_zone).date_naive())
            };
            Some(instants.iter().map(day).collect())
        }
        _ => None,
    }
}

/// The open files of all periods.
struct Periods {
    arrow: SchemaRef,
    schema: TableSchema,
    folder: PathBuf,
    open: BTreeMap<NaiveDate, (ArrowWriter<Sink>, u64)>,
}

impl Periods {
    fn write(&mut self, period: NaiveDate, rows: &RecordBatch) -> Result<(), PublishError> {
        let name = &self.schema.table;
        let (writer, count) = match self.open.entry(period) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => {
                let sink = Sink::new(self.folder.join(format!("{period}.parquet")));
                new.insert((parquet_file::writer(sink, self.arrow.clone(), &self.schema)?, 0))
            }
        };
        writer.write(rows).map_err(PublishError::parquet("write", name))?;
        *count += rows.num_rows() as u64;
        // What is written early depends on the rows alone, so the bytes do too.
        let waiting: usize = self.open.values().map(|(writer, _)| writer.in_progress_rows()).sum();
        if waiting > WAITING_ROWS {
            let longest = self.open.values_mut().max_by_key(|(writer, _)| writer.in_progress_rows());
            if let Some((writer, _)) = longest {
                writer.flush().map_err(PublishError::parquet("write", name))?;
            }
        }
        Ok(())
    }

    fn close(self) -> Result<Vec<PeriodFile>, PublishError> {
        let mut files = Vec::with_capacity(self.open.len());
        for (period, (writer, rows)) in self.open {
            let mut sink = writer.into_inner().map_err(PublishError::parquet("write", &self.schema.table))?;
            sink.spill().map_err(PublishError::file("write", &sink.file))?;
            let sha256 = hexadecimal(&sink.hash.finalize());
            files.push(PeriodFile { period, file: sink.file, rows, bytes: sink.bytes, sha256 });
        }
        Ok(files)
    }
}

/// A file that is open only while it is written to, so that thousands of periods need no more
/// file handles than one.
struct Sink {
    file: PathBuf,
    waiting: Vec<u8>,
    hash: Sha256,
    bytes: u64,
}

impl Sink {
    fn new(file: PathBuf) -> Self {
        Self { file, waiting: Vec::new(), hash: Sha256::new(), bytes: 0 }
    }

    fn spill(&mut self) -> io::Result<()> {
        OpenOptions::new().create(true).append(true).open(&self.file)?.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() > WAITING_BYTES {
            self.spill()?;
        }
        Ok(bytes.len())
    }

    /// Does nothing: a flush must not open the file for every page. [`Periods::close`] writes the rest.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int32Array;

    use super::*;
    use crate::publish::digest::sha256;
    use crate::publish::fixture::{self, daily_rows};

    fn cut(table: &KeptTable) -> Result<Split, PublishError> {
        split(table, fixture::calendar(), fixture::window())
    }

    #[test]
    fn rows_go_to_their_week_and_rows_outside_the_window_to_none() {
        let folder = tempfile::tempdir().expect("folder");
        let table = daily_rows(
            folder.path(),
            &["2011-12-30", "2012-01-02", "2012-01-08", "2012-01-09", "2012-01-16"],
        );
        let split = cut(&table).expect("rows are dated");
        let found: Vec<(String, u64)> =
            split.files.iter().map(|file| (file.period.to_string(), file.rows)).collect();
        assert_eq!(found, [("2012-01-02".to_owned(), 2), ("2012-01-09".to_owned(), 1)]);
        for file in &split.files {
            let bytes = std::fs::read(&file.file).expect("file");
            assert_eq!((bytes.len() as u64, sha256(&bytes)), (file.bytes, file.sha256.clone()));
        }
    }

    #[test]
    fn restated_periods_are_cut_too() {
        let folder = tempfile::tempdir().expect("folder");
        let mut table = daily_rows(folder.path(), &["2011-12-18", "2011-12-19", "2012-01-02"]);
        table.start = Some(fixture::day("2011-12-19"));
        let periods: Vec<String> =
            cut(&table).expect("rows are dated").files.iter().map(|file| file.period.to_string()).collect();
        assert_eq!(periods, ["2011-12-19", "2012-01-02"]);
    }

    #[test]
    fn without_a_start_every_period_before_the_end_is_cut() {
        let folder = tempfile::tempdir().expect("folder");
        let mut table = daily_rows(folder.path(), &["2010-03-02", "2012-01-02", "2012-01-16"]);
        table.start = None;
        let split = cut(&table).expect("rows are dated");
        let periods: Vec<String> = split.files.iter().map(|file| file.period.to_string()).collect();
        assert_eq!(periods, ["2010-03-01", "2012-01-02"]);
    }

    #[test]
    fn no_rows_make_one_file_with_a_schema() {
        let folder = tempfile::tempdir().expect("folder");
        let split = cut(&daily_rows(folder.path(), &[])).expect("no rows");
        assert_eq!(split.files.len(), 1);
        let file = File::open(&split.files[0].file).expect("file");
        let batches = parquet_file::decode(file, "t").expect("parquet");
        assert_eq!((batches[0].num_rows(), batches[0].num_columns()), (0, 2));
    }

    #[test]
    fn the_bytes_depend_on_the_rows_alone_though_many_periods_wait() {
        let folder = tempfile::tempdir().expect("folder");
        let rows: i32 = 308_000;
        let first = Date32Type::from_naive_date(fixture::window().start());
        let dates: Vec<i32> = (0..rows).map(|row| first + row % 14).collect();
        let ids: ArrayRef = Arc::new((0..rows).map(Some).collect::<Int32Array>());
        let mut table = fixture::staged(folder.path(), dates, ("id", ids));
        table.key = vec!["id".into()];
        let hashes = |split: Split| split.files.iter().map(|file| file.sha256.clone()).collect::<Vec<_>>();
        let first = cut(&table).expect("rows are dated");
        assert_eq!(first.files.iter().map(|file| file.rows).collect::<Vec<_>>(), [154_000, 154_000]);
        assert_eq!(hashes(first), hashes(cut(&table).expect("rows are dated")));
    }

    #[test]
    fn a_repeated_key_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let error =
            cut(&daily_rows(folder.path(), &["2012-01-02", "2012-01-02"])).err().expect("the key repeats");
        assert!(error.to_string().contains("`day=2012-01-02` occurs twice"), "{error}");
    }
}
