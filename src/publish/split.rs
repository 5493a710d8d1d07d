//! Cuts a staged table of the job into one local Parquet file per period.
//!
//! The table may be far larger than memory and is not ordered by time, so rows are set aside by period first, on the disk if
//! they are many, and encoded period by period then. Where a row group or a page of a period ends must not depend on how
//! many other periods there are: a run that computes one week and one that computes all write the same bytes.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{BatchCoalescer, take_record_batch};
use arrow::datatypes::{DataType as ArrowType, Date32Type, SchemaRef, TimestampMicrosecondType};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use chrono::{DateTime, NaiveDate};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
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

/// Rows of all periods together that may wait in memory; beyond it those of the fullest period go to the disk.
const WAITING_ROWS: usize = 262_144;

/// Rows that are encoded at once: where a batch ends decides where pages end.
const BATCH_ROWS: usize = 8_192;

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
    let mut periods =
        Periods { arrow, schema, folder: folder.path().to_owned(), waiting: BTreeMap::new(), rows: 0 };
    let range = table.start.unwrap_or(NaiveDate::MIN)..window.end();
    for batch in open(table)?.build().map_err(PublishError::parquet("read", &table.file.display()))? {
        let batch = batch
            .map_err(|error| PublishError::parquet("read", &table.file.display())(error.into()))
            .and_then(|batch| portable_batch(&table.name, &periods.arrow, &batch))?;
        order.follow(&batch).map_err(defect)?;
        for (period, rows) in rows_by_period(table, calendar, &batch)? {
            if range.contains(&period) {
                let rows = take_record_batch(&batch, &rows).map_err(|error| defect(error.to_string()))?;
                periods.set_aside(period, rows)?;
            }
        }
    }
    if periods.waiting.is_empty() {
        periods.waiting.insert(window.start(), Waiting::default());
    }
    Ok(Split { files: periods.encode()?, _folder: folder })
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

/// Rows by period, on their way into files.
struct Periods {
    arrow: SchemaRef,
    schema: TableSchema,
    folder: PathBuf,
    waiting: BTreeMap<NaiveDate, Waiting>,
    /// Rows of all periods that wait in memory.
    rows: usize,
}

/// Rows of one period, in their order: first those on the disk, then those in memory.
#[derive(Default)]
struct Waiting {
    on_disk: bool,
    batches: Vec<RecordBatch>,
    rows: usize,
}

impl Periods {
    fn set_aside(&mut self, period: NaiveDate, batch: RecordBatch) -> Result<(), PublishError> {
        let waiting = self.waiting.entry(period).or_default();
        waiting.rows += batch.num_rows();
        self.rows += batch.num_rows();
        waiting.batches.push(batch);
        if self.rows > WAITING_ROWS {
            let fullest =
                self.waiting.iter().max_by_key(|(_, waiting)| waiting.rows).map(|(period, _)| *period);
            if let Some(period) = fullest {
                self.spill(period)?;
            }
        }
        Ok(())
    }

    fn spilled(&self, period: NaiveDate) -> PathBuf {
        self.folder.join(format!("{period}.arrows"))
    }

    /// Adds the waiting rows of a period to its file on the disk, as a stream of its own.
    fn spill(&mut self, period: NaiveDate) -> Result<(), PublishError> {
        let path = self.spilled(period);
        let Some(waiting) = self.waiting.get_mut(&period) else { return Ok(()) };
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = BufWriter::new(file.map_err(PublishError::file("write", &path))?);
        let write = || {
            let mut stream = StreamWriter::try_new(file, &self.arrow)?;
            for batch in &waiting.batches {
                stream.write(batch)?;
            }
            stream.finish()?;
            stream.into_inner()?.flush().map_err(ArrowError::from)
        };
        write().map_err(|error| PublishError::parquet("write", &path.display())(error.into()))?;
        self.rows -= std::mem::take(&mut waiting.rows);
        waiting.batches.clear();
        waiting.on_disk = true;
        Ok(())
    }

    fn encode(mut self) -> Result<Vec<PeriodFile>, PublishError> {
        let mut files = Vec::with_capacity(self.waiting.len());
        for (period, waiting) in std::mem::take(&mut self.waiting) {
            files.push(self.encode_one(period, waiting)?);
        }
        Ok(files)
    }

    fn encode_one(&self, period: NaiveDate, waiting: Waiting) -> Result<PeriodFile, PublishError> {
        let name = &self.schema.table;
        let file = self.folder.join(format!("{period}.parquet"));
        let sink = File::create(&file).map_err(PublishError::file("write", &file))?;
        let sink = Sink { file: BufWriter::new(sink), hash: Sha256::new(), bytes: 0 };
        let mut writer = parquet_file::writer(sink, self.arrow.clone(), &self.schema)?;
        let mut coalescer = BatchCoalescer::new(self.arrow.clone(), BATCH_ROWS);
        let mut rows = 0;
        let mut take = |batch: RecordBatch| {
            rows += batch.num_rows() as u64;
            coalescer.push_batch(batch)?;
            while let Some(batch) = coalescer.next_completed_batch() {
                writer.write(&batch)?;
            }
            Ok::<_, ParquetError>(())
        };
        if waiting.on_disk {
            let path = self.spilled(period);
            Self::read_spilled(&path, &mut take).map_err(PublishError::parquet("read", &path.display()))?;
        }
        for batch in waiting.batches {
            take(batch).map_err(PublishError::parquet("write", name))?;
        }
        let rest = coalescer.finish_buffered_batch().map_err(ParquetError::from);
        rest.map_err(PublishError::parquet("write", name))?;
        while let Some(batch) = coalescer.next_completed_batch() {
            writer.write(&batch).map_err(PublishError::parquet("write", name))?;
        }
        let mut sink = writer.into_inner().map_err(PublishError::parquet("write", name))?;
        sink.file.flush().map_err(PublishError::file("write", &file))?;
        let sha256 = hexadecimal(&sink.hash.finalize());
        Ok(PeriodFile { period, rows, bytes: sink.bytes, sha256, file })
    }

    /// Reads the streams of a file, one after the other, and removes it.
    fn read_spilled(
        path: &Path,
        take: &mut impl FnMut(RecordBatch) -> Result<(), ParquetError>,
    ) -> Result<(), ParquetError> {
        let mut file = BufReader::new(File::open(path)?);
        while !file.fill_buf()?.is_empty() {
            for batch in StreamReader::try_new(&mut file, None)? {
                take(batch?)?;
            }
        }
        std::fs::remove_file(path)?;
        Ok(())
    }
}

/// A file with the checksum of what was written to it.
struct Sink {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int32Array;
    use arrow::datatypes::Int32Type;

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
    fn a_period_has_the_same_bytes_whatever_else_is_cut() {
        let folder = tempfile::tempdir().expect("folder");
        let rows: i32 = 1_200_010;
        let first = Date32Type::from_naive_date(fixture::window().start());
        let dates: Vec<i32> = (0..rows).map(|row| first + row % 14).collect();
        let ids: ArrayRef = Arc::new((0..rows).map(Some).collect::<Int32Array>());
        let mut table = fixture::staged(folder.path(), dates, ("id", ids));
        table.key = vec!["id".into()];
        let hashes = |split: &Split| split.files.iter().map(|file| file.sha256.clone()).collect::<Vec<_>>();
        let both = cut(&table).expect("rows are dated");
        assert_eq!(both.files.iter().map(|file| file.rows).collect::<Vec<_>>(), [600_005, 600_005]);
        for file in &both.files {
            let read = parquet_file::decode(File::open(&file.file).expect("file"), "t").expect("parquet");
            let ids =
                read.iter().flat_map(|batch| batch.column(1).as_primitive::<Int32Type>().values().to_vec());
            assert!(ids.is_sorted(), "rows that went to the disk come before those that did not");
        }
        table.start = Some(fixture::day("2012-01-09"));
        let second = cut(&table).expect("rows are dated");
        assert_eq!(hashes(&second), hashes(&both)[1..], "the second week alone");
    }

    #[test]
    fn a_repeated_key_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let error =
            cut(&daily_rows(folder.path(), &["2012-01-02", "2012-01-02"])).err().expect("the key repeats");
        assert!(error.to_string().contains("`day=2012-01-02` occurs twice"), "{error}");
    }
}
