//! What checks find in tables whose answer is plain, and what they keep of it.

use std::fmt::Write;
use std::fs::File;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

/// Every check of a table in a line.
fn results(run: &TableRun) -> Vec<String> {
    let line = |check: &crate::run::result::CheckResult| {
        let message = check.message.clone().unwrap_or_default();
        format!("{} {} {:?} {message}", check.check, check.status, check.failures)
    };
    run.checks.iter().map(line).collect()
}

/// The table `t`, which holds `rows` of CSV under `header`, after these checks.
async fn checked(
    columns: &[Column],
    rows: &str,
    key: &[&str],
    time: Option<&str>,
    checks: Vec<Check>,
) -> (tempfile::TempDir, Engine, TableRun) {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    std::fs::write(folder.path().join("s.csv"), format!("{}\n{rows}", names.join(","))).unwrap();
    let mut job = job(vec![csv_source("s", "s.csv", columns)]);
    let sql = format!("select {} from s", names.join(", "));
    let time = time.map(str::to_owned);
    job.tables = vec![SqlTable { time, checks, ..table("t", key, &sql) }];
    let (engine, _, mut runs) = run(folder.path(), &job).await;
    (folder, engine, runs.remove(0))
}

fn numbered() -> [Column; 3] {
    [column("id", DataType::Bigint), column("x", DataType::Double), column("g", DataType::String)]
}

fn z_score(max: f64, by: &[&str]) -> Check {
    let by = by.iter().map(|name| (*name).to_owned()).collect();
    check(CheckKind::ZScore { column: "x".into(), max, by })
}

#[tokio::test]
async fn checks_count_and_show_offending_rows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "id,x,c\n1,5,red\n2,,blue\n2,-1,\n3,NaN,red\n").unwrap();
    let columns =
        [column("id", DataType::Bigint), column("x", DataType::Double), column("c", DataType::String)];
    let mut job = job(vec![csv_source("s", "a.csv", &columns)]);
    let mut a = table("a", &["id"], "select id, x, c from s");
    a.checks = vec![
        check(CheckKind::NotNull { columns: vec!["x".into(), "c".into()] }),
        check(CheckKind::Unique { columns: vec!["id".into(), "c".into()] }),
        check(CheckKind::AcceptedValues { column: "c".into(), values: vec!["red".into(), "it's".into()] }),
        Check {
            severity: Severity::Warn,
            filter: Some("id > 1".into()),
            ..check(CheckKind::Range { column: "x".into(), min: Some(0.0), max: None })
        },
        check(CheckKind::Relationship { column: "c".into(), to: "s".into(), field: "c".into() }),
        check(CheckKind::RowCount { min: Some(5), max: None }),
        check(CheckKind::Reconciles { sum: "id".into(), with: "select 8.04".into(), tolerance: 0.01 }),
        check(CheckKind::Reconciles { sum: "id".into(), with: "select 9".into(), tolerance: 0.01 }),
        check(CheckKind::Sql { query: "select id, c from a where c = 'blue'".into() }),
    ];
    job.tables = vec![a];
    let (_engine, _session, runs) = run(folder.path(), &job).await;
    assert_eq!(
        results(&runs[0]),
        [
            "a.key fail Some(2) 2 rows that share a key or lack one, for example id=2, rows=2",
            "a.not_null.1 fail Some(2) 2 rows with no value in `x` or `c`, for example id=2, x=-1.0, c=NULL; id=2, x=NULL, c=blue",
            "a.unique.2 pass Some(0) ",
            "a.accepted_values.3 fail Some(1) 1 row whose `c` is none of `red`, `it's`, for example id=2, c=blue",
            "a.range.4 warn Some(2) 2 rows whose `x` is not at least 0, for example id=2, x=-1.0; id=3, x=NaN",
            "a.relationship.5 pass Some(0) ",
            "a.row_count.6 fail None 4 rows, at least 5 are expected",
            "a.reconciles.7 pass None ",
            "a.reconciles.8 fail None the sum is 8, the other query gives 9 (tolerance 1%)",
            "a.sql.9 fail Some(1) 1 row returned by the query, for example id=2, c=blue",
        ]
    );
    assert!(runs[0].failed());
}

#[tokio::test]
async fn texts_match_a_pattern_anywhere_unless_it_is_anchored() {
    let matches = |matches: &str| check(CheckKind::Pattern { column: "g".into(), matches: matches.into() });
    let rows = "1,,DE\n2,,DEU\n3,,\n4,,it's\n5,,de\n";
    let checks = vec![matches("[A-Z]{2}"), matches("^[A-Z]{2}$"), matches("'|^D|^\\w{2}$")];
    let (_folder, _engine, run) = checked(&numbered(), rows, &["id"], None, checks).await;
    assert_eq!(
        results(&run)[1..],
        [
            "t.pattern.1 fail Some(2) 2 rows whose `g` does not match `[A-Z]{2}`, for example id=4, g=it's; id=5, g=de",
            "t.pattern.2 fail Some(3) 3 rows whose `g` does not match `^[A-Z]{2}$`, for example id=2, g=DEU; id=4, g=it's; id=5, g=de",
            "t.pattern.3 pass Some(0) ",
        ],
        "a missing text is no offence"
    );
}

#[tokio::test]
async fn distances_from_the_mean_are_those_of_the_group() {
    // Within `a` 9 is far away, in all of them it is not; `b` has no spread, the group without a name too few rows.
    let rows =
        "1,1,a\n2,1,a\n3,1,a\n4,1,a\n5,1,a\n6,1,a\n7,9,a\n8,50,b\n9,50,b\n10,50,b\n11,0,\n12,99,\n13,,a\n";
    let checks = vec![
        z_score(2.0, &[]),
        z_score(2.0, &["g"]),
        Check { filter: Some("x < 9".into()), ..z_score(2.0, &[]) },
    ];
    let (_folder, _engine, run) = checked(&numbered(), rows, &["id"], None, checks).await;
    assert_eq!(
        results(&run)[1..],
        [
            "t.z_score.1 fail Some(1) 1 row whose `x` is more than 2 standard deviations from the mean, for example id=12, x=99.0",
            "t.z_score.2 fail Some(1) 1 row whose `x` is more than 2 standard deviations from the mean of its `g`, for example id=7, g=a, x=9.0",
            "t.z_score.3 fail Some(1) 1 row whose `x` is more than 2 standard deviations from the mean, for example id=11, x=0.0",
        ]
    );
}

#[tokio::test]
async fn few_rows_and_no_spread_offend_nobody_but_infinity_does() {
    for rows in ["1,5,a\n", "1,5,a\n2,900,a\n", "1,0.1,a\n2,0.1,a\n3,0.1,a\n4,0.1,a\n", "1,,a\n2,,b\n"] {
        let none = Check { filter: Some("id > 100".into()), ..z_score(0.5, &[]) };
        let checks = vec![z_score(0.5, &[]), z_score(0.5, &["g"]), none];
        let (_folder, _engine, run) = checked(&numbered(), rows, &["id"], None, checks).await;
        assert!(!run.failed(), "{rows}: {:?}", results(&run));
    }
    // Neither moves the mean.
    let rows = "1,1,a\n2,2,a\n3,3,a\n4,NaN,a\n5,inf,b\n";
    let (_folder, _engine, run) = checked(&numbered(), rows, &["id"], None, vec![z_score(6.0, &["g"])]).await;
    assert!(
        results(&run)[1].ends_with("for example id=4, g=a, x=NaN; id=5, g=b, x=inf"),
        "{:?}",
        results(&run)
    );
}

#[tokio::test]
async fn means_lie_in_their_range_or_are_not_there() {
    let mean = |min, max| check(CheckKind::MeanInRange { column: "x".into(), min, max });
    let only = |filter: &str, check: Check| Check { filter: Some(filter.into()), ..check };
    let rows = "1,1,a\n2,2,a\n3,6,a\n4,,a\n5,NaN,b\n";
    let checks = vec![
        only("g = 'a'", mean(Some(3.0), Some(3.0))),
        only("g = 'a'", mean(Some(3.5), None)),
        only("g = 'a'", mean(None, Some(2.5))),
        only("g = 'c'", mean(Some(1.0), None)),
        mean(Some(1.0), None),
    ];
    let (_folder, _engine, run) = checked(&numbered(), rows, &["id"], None, checks).await;
    assert_eq!(
        results(&run)[1..],
        [
            "t.mean_in_range.1 pass None ",
            "t.mean_in_range.2 fail None the mean of `x` is 3, at least 3.5 is expected",
            "t.mean_in_range.3 fail None the mean of `x` is 3, at most 2.5 is expected",
            "t.mean_in_range.4 pass None not judged: `x` has no values",
            "t.mean_in_range.5 fail None the mean of `x` is NaN",
        ]
    );
}

#[tokio::test]
async fn rows_are_counted_by_periods_of_the_calendar() {
    // The window is 2012-01-02 to 2012-12-31, by weeks.
    let change = |min: f64, filter: Option<&str>| Check {
        filter: filter.map(str::to_owned),
        ..check(CheckKind::RowCountChange { min: Some(min), max: None, periods: 4 })
    };
    let columns = [column("id", DataType::Bigint), column("at", DataType::Timestamp)];
    let mut rows = String::new();
    let first = chrono::NaiveDate::from_ymd_opt(2011, 12, 5).unwrap();
    for day in 0..7 * 56 {
        // The last week has two rows only.
        if day < 7 * 55 || day % 7 < 2 {
            writeln!(rows, "{day},{}T12:00:00Z", first + chrono::Days::new(day)).unwrap();
        }
    }
    let checks = vec![change(-0.75, None), change(-0.5, None), change(-0.5, Some("id < 300"))];
    let (_folder, _engine, run) = checked(&columns, &rows, &["id"], Some("at"), checks).await;
    let results = results(&run);
    assert_eq!(results[1], "t.row_count_change.1 pass None ");
    assert!(
        results[2].ends_with("before: 2012-12-24 has 2, usual are 7 (-71%)")
            && results[2].contains("1 of 52 periods"),
        "{}",
        results[2]
    );
    assert!(results[3].starts_with("t.row_count_change.3 fail"), "{}", results[3]);
}

/// The first column of a file.
fn ids(file: &Path) -> Vec<i64> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
}

#[tokio::test]
async fn all_offending_rows_are_kept_in_order() {
    let keep = |kind: CheckKind| Check { keep_failures: true, severity: Severity::Warn, ..check(kind) };
    let line = |id: i32| format!("{},{},{}", 99 - id, id % 2, if id < 4 { "" } else { "b" });
    let rows = (0..100).map(line).collect::<Vec<_>>().join("\n");
    let checks = vec![
        keep(CheckKind::Range { column: "x".into(), min: Some(1.0), max: None }),
        keep(CheckKind::Unique { columns: vec!["x".into(), "g".into()] }),
        keep(CheckKind::Sql { query: "select id, g as \"the group\" from t where id < 3".into() }),
        keep(CheckKind::NotNull { columns: vec!["id".into()] }),
        check(CheckKind::NotNull { columns: vec!["g".into()] }),
        keep(CheckKind::ZScore { column: "id".into(), max: 1.7, by: vec!["g".into()] }),
    ];
    let (_folder, _engine, run) = checked(&numbered(), &rows, &["id"], None, checks).await;
    let kept: Vec<(&str, String, usize)> = run
        .failures
        .iter()
        .map(|kept| {
            let ids = ids(&kept.file);
            assert!(ids.is_sorted(), "{}: {ids:?}", kept.check);
            (kept.check.as_str(), kept.file.file_name().unwrap().to_string_lossy().into_owned(), ids.len())
        })
        .collect();
    assert_eq!(
        kept,
        [
            ("t.range.1", "t__range_1.parquet".to_owned(), 50),
            ("t.unique.2", "t__unique_2.parquet".to_owned(), 100),
            ("t.sql.3", "t__sql_3.parquet".to_owned(), 3),
            ("t.z_score.6", "t__z_score_6.parquet".to_owned(), 2),
        ],
        "not those of a check that holds, nor of one that keeps nothing"
    );
    for kept in &run.failures {
        let check = run.checks.iter().find(|check| check.check == kept.check).unwrap();
        assert_eq!(check.failures, Some(ids(&kept.file).len() as u64), "{}", kept.check);
    }
    // Missing values share a group like all others, and every column of the table is there.
    let unique =
        ParquetRecordBatchReaderBuilder::try_new(File::open(&run.failures[1].file).unwrap()).unwrap();
    assert_eq!(unique.schema().fields().len(), 3);
}

#[tokio::test]
async fn checks_must_fit_the_columns_and_the_calendar() {
    let mut job = job(three_sources());
    let count = |periods| CheckKind::RowCountChange { min: Some(-0.5), max: None, periods };
    let mut timeless = table("timeless", &["id"], "select id, age, y from contacts");
    timeless.checks = vec![
        check(CheckKind::Pattern { column: "age".into(), matches: "^x$".into() }),
        check(CheckKind::Pattern { column: "agee".into(), matches: "^x$".into() }),
        check(CheckKind::ZScore { column: "y".into(), max: 6.0, by: Vec::new() }),
        check(CheckKind::ZScore { column: "age".into(), max: 6.0, by: vec!["region".into()] }),
        check(CheckKind::MeanInRange { column: "y".into(), min: None, max: Some(1.0) }),
        check(count(4)),
    ];
    let mut dated = table("dated", &["id"], "select id, day from contacts");
    dated.time = Some("day".into());
    dated.checks = vec![check(count(53)), check(count(52))];
    let query = "select id, null as nothing from dated".into();
    dated.checks.push(Check { keep_failures: true, ..check(CheckKind::Sql { query }) });
    job.tables = vec![timeless, dated];
    place(&mut job, "tables.dated.checks.2", 31);
    for (index, kind) in ["pattern", "pattern", "z_score", "z_score", "mean_in_range"].iter().enumerate() {
        let line = 20 + u32::try_from(index).unwrap();
        place(&mut job, &format!("tables.timeless.checks.{index}.{kind}.column"), line);
        place(&mut job, &format!("tables.timeless.checks.{index}.{kind}.by"), line);
    }
    place(&mut job, "tables.timeless.checks.5", 25);
    place(&mut job, "tables.dated.checks.0.row_count_change.periods", 30);
    assert_eq!(
        told(&plan(&job).await.unwrap_err()),
        [
            "jobs/test.yaml:20:5 column_type: column `age` of `timeless` must be a text, it is integer",
            "jobs/test.yaml:21:5 unknown_column: table `timeless` has no column `agee`",
            "jobs/test.yaml:22:5 column_type: column `y` of `timeless` must be a number, it is boolean",
            "jobs/test.yaml:23:5 unknown_column: table `timeless` has no column `region`",
            "jobs/test.yaml:24:5 column_type: column `y` of `timeless` must be a number, it is boolean",
            "jobs/test.yaml:25:5 missing_time: rows of `timeless` cannot be counted by period, no column dates them",
            "jobs/test.yaml:30:5 out_of_range: `periods` must be between 1 and 52, a year, got 53",
            "jobs/test.yaml:31:5 untyped_column: column `nothing` is NULL in every row and has no type",
        ]
    );
}
