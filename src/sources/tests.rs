//! Sources end to end, on files made here and on published ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow::util::pretty::pretty_format_batches;
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use super::{ReadWindow, SourcesFailed, SourcesRead, read};
use crate::config::Job;
use crate::config::diagnostic::{Position, Problems};
use crate::config::job::{
    Column, CsvOptions, Format, JobWindow, Location, PartitionColumn, Positions, SchemaChanges, Source,
    TableFormat,
};
use crate::domain::{Calendar, DataType, Known, LocalText, Party, PeriodKind, StartOfWeek};
use crate::engine::fixture::{day, engine, parameters};
use crate::engine::{Engine, EngineErrorKind, Session, SqlOrigin};
use crate::published::published;

mod bad_input;
mod encodings;
mod narrow;
mod schema_changes;
mod types;

/// A column of a contract that promises nothing but its type.
pub(crate) fn column(name: &str, data_type: DataType) -> Column {
    Column {
        name: name.into(),
        data_type,
        required: false,
        unique: false,
        min: None,
        max: None,
        known: Known::AtEntry,
    }
}

/// A first-party source of delimited text in the storage `lake`.
pub(crate) fn csv_source(name: &str, path: &str, columns: &[Column]) -> Source {
    Source {
        name: name.into(),
        party: Party::First,
        about: None,
        location: Location { storage: "lake".into(), path: path.into() },
        format: Format::Csv(CsvOptions::default()),
        time: None,
        partitions: Vec::new(),
        freshness: None,
        columns: columns.to_vec(),
        schema_changes: SchemaChanges::default(),
        snapshot_only: false,
        required: true,
    }
}

/// A job that has nothing but sources.
pub(crate) fn job(sources: Vec<Source>) -> Job {
    let mut positions = Positions::default();
    for (index, source) in sources.iter().enumerate() {
        let line = 10 * (u32::try_from(index).unwrap() + 1);
        positions.insert(format!("sources.{}", source.name), Position { line, column: 3, length: 1 });
        for (index, column) in source.columns.iter().enumerate() {
            let line = line + 1 + u32::try_from(index).unwrap();
            positions.insert(
                format!("sources.{}.columns.{}", source.name, column.name),
                Position { line, column: 7, length: 1 },
            );
        }
    }
    Job {
        name: "test".into(),
        title: LocalText(BTreeMap::new()),
        owner: None,
        currency: "EUR".into(),
        languages: Vec::new(),
        calendar: Calendar {
            period: PeriodKind::Week,
            starts: StartOfWeek::Monday,
            time_zone: chrono_tz::UTC,
        },
        window: JobWindow::default(),
        sources,
        vars: Vec::new(),
        tables: Vec::new(),

        tests: Vec::new(),
        recipients: Vec::new(),
        decisions: Vec::new(),
        kpis: Vec::new(),
        models: Vec::new(),
        steering: None,
        publish: Location { storage: "lake".into(), path: "out/".into() },
        format: TableFormat::default(),
        file: "jobs/test.yaml".into(),
        positions,
    }
}

fn window(start: &str, end: &str) -> ReadWindow {
    ReadWindow { start: Some(day(start)), end: day(end), time_zone: chrono_tz::UTC }
}

fn all() -> ReadWindow {
    ReadWindow { start: None, end: day("2100-01-01"), time_zone: chrono_tz::UTC }
}

async fn try_read(
    folder: &Path,
    sources: Vec<Source>,
    window: ReadWindow,
) -> (Session, Result<SourcesRead, Box<SourcesFailed>>) {
    try_read_with(&engine(folder), sources, window).await
}

async fn try_read_with(
    engine: &Engine,
    sources: Vec<Source>,
    window: ReadWindow,
) -> (Session, Result<SourcesRead, Box<SourcesFailed>>) {
    let session = engine.session(parameters());
    let read = read(engine, &session, &job(sources), &window.into(), &mut |_| {}).await;
    (session, read)
}

async fn rows(session: &Session, sql: &str) -> String {
    let batches = session.query(&SqlOrigin::file("a.sql"), sql).await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

fn told(problems: &Problems) -> Vec<String> {
    let line = |problem: &&crate::config::diagnostic::Problem| {
        let line = problem.position.map_or(0, |at| at.line);
        let help = problem.help.as_deref().unwrap_or("-");
        format!("{line} {}: {} ({help})", problem.code, problem.message)
    };
    problems.sorted().iter().map(line).collect()
}

fn lake<T: AsRef<[u8]>>(files: &[(&str, T)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[tokio::test]
async fn columns_are_found_by_name_whatever_their_order() {
    let lake = lake(&[
        ("s/a.csv", "\u{feff}day,\"cons.price\",n,more\n2012-01-02,1.5,7,x\n2012-01-03,,8,\"y\nz\"\n"),
        ("s/b.csv", "n;day\n"),
        ("s/sub/c.csv", "n,day,cons.price\n9,2012-01-04,NA\n"),
        ("s/_SUCCESS", ""),
        ("s/.tmp.csv", "junk"),
        ("s/notes.md", "junk"),
    ]);
    fs::remove_file(lake.path().join("s/b.csv")).unwrap();
    let mut source = csv_source(
        "s",
        "s/",
        &[
            column("n", DataType::Bigint),
            column("cons.price", DataType::Double),
            column("day", DataType::Date),
        ],
    );
    source.format = Format::Csv(CsvOptions { null_values: vec!["NA".into()], ..CsvOptions::default() });
    let (session, read) = try_read(lake.path(), vec![source], all()).await;
    let read = read.unwrap();
    let text = rows(&session, "select * from s order by n").await;
    let expected = [
        "+---+------------+------------+",
        "| n | cons.price | day        |",
        "+---+------------+------------+",
        "| 7 | 1.5        | 2012-01-02 |",
        "| 8 |            | 2012-01-03 |",
        "| 9 |            | 2012-01-04 |",
        "+---+------------+------------+",
    ];
    assert_eq!(text, expected.join("\n"));
    let objects: Vec<&str> = read.objects.iter().map(|object| object.object.as_str()).collect();
    assert_eq!(objects, ["lake/s/a.csv", "lake/s/sub/c.csv"]);
    assert_eq!(read.rows, [("s".to_owned(), 3)]);
    assert!(read.warnings[0].contains("notes.md"), "{:?}", read.warnings);
}

#[tokio::test]
async fn everything_wrong_is_told_at_once_with_its_place() {
    let lake =
        lake(&[("a.csv", "day,registerd\n2012-01-02,5\n"), ("b.csv", "n\n1\n2\nthree\n"), ("e.csv", "")]);
    let sources = vec![
        csv_source("a", "a.csv", &[column("day", DataType::Date), column("registered", DataType::Bigint)]),
        csv_source("b", "b.csv", &[column("n", DataType::Bigint)]),
        csv_source("c", "c.csv", &[column("n", DataType::Bigint)]),
        csv_source("d", "d/", &[column("n", DataType::Bigint)]),
        csv_source("e", "e.csv", &[column("n", DataType::Bigint)]),
    ];
    let (_, read) = try_read(lake.path(), sources, all()).await;
    let failed = read.unwrap_err();
    assert_eq!(failed.kind, EngineErrorKind::Source);
    assert_eq!(failed.failed, ["a", "b", "c", "d", "e"]);
    let told = told(&failed.problems);
    let expected = [
        "12 missing_column: source `a`: there is no column `registered` in ",
        "20 contract: source `b`: column `n`: cannot read `three` as bigint without loss, in ",
        "30 missing_source: source `c`: there is no object ",
        "40 missing_source: source `d`: no object lies under ",
        "50 unreadable: source `e`: ",
    ];
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}");
    }
    assert_eq!(told.len(), expected.len(), "{told:?}");
    assert!(
        told[0].ends_with("(did you mean `registerd`? the columns are `day`, `registerd`)"),
        "{}",
        told[0]
    );
}

#[tokio::test]
async fn rows_of_different_length_are_an_error() {
    let lake = lake(&[("a.csv", "x,y\n1,2\n3\n")]);
    let source = csv_source("a", "a.csv", &[column("x", DataType::Bigint)]);
    let (_, read) = try_read(lake.path(), vec![source], all()).await;
    let failed = read.unwrap_err();
    assert_eq!(failed.kind, EngineErrorKind::Source);
    let told = told(&failed.problems);
    assert!(told[0].contains("a.csv: line 3 has 1 field, expected 2 ("), "{told:?}");
}

#[tokio::test]
async fn broken_promises_are_counted() {
    let lake = lake(&[("a.csv", "id,x\n1,5\n1,-2\n,7\n2,11\n2,\n")]);
    let mut id = column("id", DataType::Bigint);
    (id.required, id.unique) = (true, true);
    let mut x = column("x", DataType::Double);
    (x.min, x.max) = (Some(0.0), Some(10.0));
    let (_, read) = try_read(lake.path(), vec![csv_source("a", "a.csv", &[id, x])], all()).await;
    let failed = read.unwrap_err();
    let told = told(&failed.problems);
    assert_eq!(
        told,
        [
            "11 contract: source `a`: 1 row breaks the contract: `id` is never missing (-)",
            "11 contract: source `a`: 2 rows repeat a value of `id`, which the contract calls unique, for example `1` (-)",
            "12 contract: source `a`: 1 row breaks the contract: `x` is at least 0 (-)",
            "12 contract: source `a`: 1 row breaks the contract: `x` is at most 10 (-)",
        ]
    );
    let checks: Vec<&str> = failed.read.checks.iter().map(|check| check.check.as_str()).collect();
    assert_eq!(checks, ["source.a.required.id", "source.a.min.x", "source.a.max.x", "source.a.unique.id"]);
}

#[tokio::test]
async fn only_rows_of_the_window_are_seen() {
    let lake = lake(&[("a.csv", "day,x\n2012-01-01,a\n2012-01-02,b\n2012-01-09,c\n2012-01-10,later\n")]);
    let mut source =
        csv_source("a", "a.csv", &[column("day", DataType::Date), column("x", DataType::String)]);
    source.time = Some("day".into());
    let (session, read) =
        try_read(lake.path(), vec![source.clone()], window("2012-01-02", "2012-01-10")).await;
    assert_eq!(read.unwrap().rows, [("a".to_owned(), 2)]);
    assert!(rows(&session, "select min(x), max(x) from a").await.contains("| b        | c        |"));

    let empty = window("2013-01-01", "2013-02-01");
    let (_, read) = try_read(lake.path(), vec![source.clone()], empty).await;
    let told = told(&read.unwrap_err().problems);
    assert!(told[0].contains("empty_source: source `a` has no rows from 2013-01-01 to before 2013-02-01"));
    source.required = false;
    let (session, read) = try_read(lake.path(), vec![source], empty).await;
    assert_eq!(read.unwrap().rows, [("a".to_owned(), 0)]);
    assert!(rows(&session, "select count(*) from a").await.contains("| 0 "));
}

#[tokio::test]
async fn timestamps_belong_to_days_of_the_calendars_zone() {
    let lake = lake(&[(
        "a.csv",
        "at,x\n2012-07-01T21:59:59Z,early\n2012-07-01T22:00:00Z,first\n2012-07-02T21:59:59,last\n2012-07-02T22:00:00Z,late\n",
    )]);
    let mut source =
        csv_source("a", "a.csv", &[column("at", DataType::Timestamp), column("x", DataType::String)]);
    source.time = Some("at".into());
    source.freshness = Some(crate::config::job::Freshness {
        warn_after: None,
        fail_after: crate::domain::Span::parse("1 day"),
    });
    let window = ReadWindow {
        start: Some(day("2012-07-02")),
        end: day("2012-07-03"),
        time_zone: chrono_tz::Europe::Berlin,
    };
    let (session, read) = try_read(lake.path(), vec![source], window).await;
    read.unwrap();
    let text = rows(&session, "select x from a order by at").await;
    assert!(
        text.contains("first") && text.contains("last") && !text.contains("early") && !text.contains("late ")
    );
}

fn write_parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[tokio::test]
async fn partitions_come_from_folders_and_prune() {
    let lake = tempfile::tempdir().unwrap();
    for (folder, id) in [
        ("day=2012-01-01/region=north", 1),
        ("day=2012-01-02/region=a%3Ab", 2),
        ("day=2012-01-03/region=__HIVE_DEFAULT_PARTITION__", 3),
        ("day=2012-01-04/region=north", 4),
    ] {
        let path = lake.path().join("t").join(folder).join("part-0.parquet");
        let micros = TimestampNanosecondArray::from(vec![id * 1_000]);
        let mut columns: Vec<(&str, ArrayRef)> =
            vec![("id", Arc::new(Int64Array::from(vec![id]))), ("at", Arc::new(micros))];
        if id == 3 {
            // Columns may stand in another order and more may be there.
            columns.reverse();
            columns.push(("more", Arc::new(StringArray::from(vec!["x"]))));
        }
        write_parquet(&path, columns);
    }
    let mut source =
        csv_source("t", "t/", &[column("id", DataType::Integer), column("at", DataType::Timestamp)]);
    source.format = Format::Parquet;
    source.time = Some("day".into());
    source.partitions = [("day", DataType::Date), ("region", DataType::String)]
        .map(|(name, data_type)| PartitionColumn { name: name.into(), data_type })
        .to_vec();
    let (session, read) =
        try_read(lake.path(), vec![source.clone()], window("2012-01-02", "2012-01-04")).await;
    assert_eq!(read.unwrap().objects.len(), 2);
    let text = rows(&session, "select id, day, region from t order by id").await;
    assert!(
        text.contains("| 2  | 2012-01-02 | a:b    |") && text.contains("| 3  | 2012-01-03 |        |"),
        "{text}"
    );

    source.columns = vec![column("id", DataType::Date), column("at", DataType::Timestamp)];
    let (_, read) = try_read(lake.path(), vec![source.clone()], all()).await;
    let message = told(&read.unwrap_err().problems).join("\n");
    assert!(
        message.contains("column `id` is declared as date, but") && message.contains("holds bigint"),
        "{message}"
    );

    source.columns = Vec::new();
    let (session, read) = try_read(lake.path(), vec![source], all()).await;
    read.unwrap();
    assert!(rows(&session, "select sum(id) from t").await.contains("| 10 "));
}

#[tokio::test]
async fn columns_may_be_left_to_the_files() {
    let lake = lake(&[("a.csv", "i,d,t,n,b\n1,2012-01-01,x,,true\n2,2012-01-02,y,NA,false\n")]);
    let mut source = csv_source("a", "a.csv", &[]);
    source.format = Format::Csv(CsvOptions { null_values: vec!["NA".into()], ..CsvOptions::default() });
    let (session, read) = try_read(lake.path(), vec![source], all()).await;
    read.unwrap();
    let text = rows(
        &session,
        "select arrow_typeof(i), arrow_typeof(d), arrow_typeof(n), arrow_typeof(b) from a limit 1",
    )
    .await;
    assert!(
        text.contains("| Int64 ")
            && text.contains("Date32")
            && text.contains("Utf8")
            && text.contains("Boolean"),
        "{text}"
    );
}

#[tokio::test]
async fn a_missing_storage_folder_is_the_sources_trouble() {
    let source = csv_source("a", "a.csv", &[column("x", DataType::Bigint)]);
    let (_, read) = try_read(Path::new("/nonexistent/lake"), vec![source], all()).await;
    let failed = read.unwrap_err();
    assert_eq!(failed.kind, EngineErrorKind::Source);
    assert!(
        told(&failed.problems)[0].contains("the folder /nonexistent/lake of storage `lake` does not exist")
    );
}

#[tokio::test]
async fn the_published_bank_contacts_keep_their_contract() {
    let Some(folder) = published() else { return };
    let mut age = column("age", DataType::Integer);
    (age.required, age.min, age.max) = (true, Some(15.0), Some(100.0));
    let mut source = csv_source(
        "contacts",
        "bank_marketing/bank-additional-full.csv",
        &[age, column("cons.price.idx", DataType::Double), column("y", DataType::String)],
    );
    source.format = Format::Csv(CsvOptions { delimiter: b';', ..CsvOptions::default() });
    let (session, read) = try_read(&folder, vec![source], all()).await;
    assert_eq!(read.unwrap().rows, [("contacts".to_owned(), 41_188)]);
    let text =
        rows(&session, "select count(distinct \"cons.price.idx\") as n, count(*) filter (where y = 'yes') as y from contacts")
            .await;
    assert!(text.contains("| 26 | 4640 |"), "{text}");
}
