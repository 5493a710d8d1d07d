//! Files of one source whose columns change over time.

use arrow::array::{Decimal128Array, Float64Array, Int32Array, ListArray, NullArray};
use arrow::datatypes::Int32Type;

use super::types::lines;
use super::*;
use crate::sources::register_planned;

fn integers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// A lake with the Parquet files `s/a.parquet`, `s/b.parquet`, … with these columns.
fn files(files: Vec<Vec<(&str, ArrayRef)>>) -> TempDir {
    let lake = tempfile::tempdir().unwrap();
    for (letter, columns) in ('a'..='z').zip(files) {
        write_parquet(&lake.path().join(format!("s/{letter}.parquet")), columns);
    }
    lake
}

/// `id` from the beginning, `price` from the second file on, `note` and `clicks` in the third alone.
fn growing() -> TempDir {
    files(vec![
        vec![("id", integers(&[1]))],
        vec![("price", integers(&[20])), ("id", integers(&[2]))],
        vec![
            ("note", texts(&["new"])),
            ("id", integers(&[3])),
            ("price", integers(&[30])),
            ("clicks", integers(&[9])),
        ],
    ])
}

fn source(changes: SchemaChanges, columns: &[Column]) -> Source {
    let mut source = csv_source("s", "s/", columns);
    source.format = Format::Parquet;
    source.schema_changes = changes;
    source
}

fn id() -> Column {
    column("id", DataType::Bigint)
}

fn price() -> Column {
    column("price", DataType::Double)
}

/// Rows and warnings, or problems, with files named as they stand in the lake.
async fn outcome(lake: &TempDir, source: Source) -> Result<(Vec<String>, Vec<String>), Vec<String>> {
    let folder = format!("{}/", lake.path().display());
    let plain = |lines: Vec<String>| lines.iter().map(|line| line.replace(&folder, "")).collect();
    let (session, read) = try_read(lake.path(), vec![source], all()).await;
    match read {
        Ok(read) => {
            let schema = session.schema("s").await.unwrap();
            let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            let mut rows = vec![names.join("|")];
            rows.extend(lines(&session, "select * from s order by 1").await);
            Ok((rows, plain(read.warnings)))
        }
        Err(failed) => {
            assert_eq!(failed.kind, EngineErrorKind::Source);
            Err(plain(told(&failed.problems)))
        }
    }
}

#[tokio::test]
async fn what_is_not_declared_is_not_read() {
    let (rows, warnings) = outcome(&growing(), source(SchemaChanges::Ignore, &[id()])).await.unwrap();
    assert_eq!(rows, ["id", "1", "2", "3"]);
    assert!(warnings.is_empty(), "{warnings:?}");
    let problems = outcome(&growing(), source(SchemaChanges::Ignore, &[id(), price()])).await.unwrap_err();
    assert_eq!(
        problems,
        ["12 missing_column: source `s`: there is no column `price` in s/a.parquet \
          (the columns are `id`; s/b.parquet holds it: with `schema_changes: append` a file may lack it)"]
    );
}

#[tokio::test]
async fn new_columns_are_appended_by_name() {
    let (rows, warnings) =
        outcome(&growing(), source(SchemaChanges::Append, &[price(), id()])).await.unwrap();
    let expected = ["price|id|clicks|note", "20.0|2|-|-", "30.0|3|9|new", "-|1|-|-"];
    assert_eq!(rows, expected);
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[tokio::test]
async fn columns_that_go_away_are_told() {
    let lake = files(vec![
        vec![("id", integers(&[1])), ("price", integers(&[10])), ("old", texts(&["x"]))],
        vec![("id", integers(&[2]))],
    ]);
    let (rows, warnings) = outcome(&lake, source(SchemaChanges::Append, &[id(), price()])).await.unwrap();
    assert_eq!(rows, ["id|price|old", "1|10.0|x", "2|-|-"]);
    assert_eq!(
        warnings,
        ["source `s`: s/b.parquet does not hold `price`, `old`, which earlier files do: read as NULL there"]
    );
}

#[tokio::test]
async fn what_is_promised_may_not_be_missing() {
    let mut needed = price();
    needed.required = true;
    let problems = outcome(&growing(), source(SchemaChanges::Append, &[id(), needed])).await.unwrap_err();
    assert!(
        problems[0].contains("there is no column `price` in s/a.parquet")
            && problems[0].contains("`required` may not be missing"),
        "{problems:?}"
    );
    // A name that is in no file is a mistake, whatever may change.
    let prise = column("prise", DataType::Double);
    let problems = outcome(&growing(), source(SchemaChanges::Append, &[id(), prise])).await.unwrap_err();
    assert!(problems[0].contains("there is no column `prise` in s/a.parquet"), "{problems:?}");
    let mut dated = source(SchemaChanges::Append, &[id(), column("day", DataType::Date)]);
    dated.time = Some("day".into());
    let day: ArrayRef = Arc::new(arrow::array::Date32Array::from(vec![1]));
    let lake = files(vec![vec![("id", integers(&[1]))], vec![("id", integers(&[2])), ("day", day)]]);
    let problems = outcome(&lake, dated).await.unwrap_err();
    assert!(problems[0].contains("a row without its date belongs to no window"), "{problems:?}");
}

#[tokio::test]
async fn every_change_can_be_refused() {
    let problems = outcome(&growing(), source(SchemaChanges::Fail, &[id(), price()])).await.unwrap_err();
    assert_eq!(
        problems,
        [
            "10 unexpected_column: source `s`: s/c.parquet holds `note`, `clicks`, which the contract does not \
             name (name new columns under `columns`, or set `schema_changes` to `ignore` or `append`)",
            "12 missing_column: source `s`: there is no column `price` in s/a.parquet (the columns are `id`; \
             s/b.parquet holds it: with `schema_changes: append` a file may lack it)",
        ]
    );
    let same = files(vec![
        vec![("id", integers(&[1])), ("price", integers(&[10]))],
        vec![("price", Arc::new(Float64Array::from(vec![0.5]))), ("id", Arc::new(Int32Array::from(vec![2])))],
    ]);
    let (rows, _) = outcome(&same, source(SchemaChanges::Fail, &[id(), price()])).await.unwrap();
    assert_eq!(rows, ["id|price", "1|10.0", "2|0.5"]);
}

#[tokio::test]
async fn without_a_contract_the_first_file_says_what_is_expected() {
    let lake = || {
        files(vec![
            vec![("z", integers(&[1])), ("a", texts(&["x"]))],
            vec![("a", texts(&["y"])), ("z", integers(&[2])), ("more", integers(&[7]))],
        ])
    };
    let (rows, warnings) = outcome(&lake(), source(SchemaChanges::Ignore, &[])).await.unwrap();
    assert_eq!(rows, ["z|a", "1|x", "2|y"]);
    assert_eq!(
        warnings,
        [
            "source `s`: left out `more`, which s/a.parquet does not hold; `schema_changes: append` would add them"
        ]
    );
    let (rows, warnings) = outcome(&lake(), source(SchemaChanges::Append, &[])).await.unwrap();
    assert_eq!(rows, ["z|a|more", "1|x|-", "2|y|7"]);
    assert!(warnings.is_empty(), "{warnings:?}");
    let problems = outcome(&lake(), source(SchemaChanges::Fail, &[])).await.unwrap_err();
    assert!(
        problems[0].contains("s/b.parquet holds `more`, which s/a.parquet does not hold"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn types_that_nothing_declares_must_fit_together() {
    let decimal = |value, scale| -> ArrayRef {
        Arc::new(Decimal128Array::from(vec![value]).with_precision_and_scale(10, scale).unwrap())
    };
    let lake = files(vec![
        vec![("id", integers(&[1])), ("n", Arc::new(NullArray::new(1))), ("d", decimal(150, 2))],
        vec![("id", integers(&[2])), ("n", Arc::new(Int32Array::from(vec![7]))), ("d", decimal(1_505, 3))],
        vec![("id", integers(&[3])), ("n", integers(&[8])), ("d", decimal(1, 0))],
    ]);
    let (rows, _) = outcome(&lake, source(SchemaChanges::Append, &[id()])).await.unwrap();
    assert_eq!(rows, ["id|d|n", "1|1.500|-", "2|1.505|7", "3|1.000|8"]);

    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]));
    let lake = files(vec![
        vec![("id", integers(&[1])), ("a", texts(&["x"])), ("b", texts(&["x"])), ("l", Arc::clone(&list))],
        vec![("id", integers(&[2])), ("a", integers(&[1])), ("b", Arc::clone(&list)), ("l", list)],
    ]);
    let problems = outcome(&lake, source(SchemaChanges::Append, &[id()])).await.unwrap_err();
    let told = |index: usize, text: &str| assert!(problems[index].contains(text), "{problems:?}");
    told(0, "column_type: source `s`: column `a` holds string in s/a.parquet, but bigint in s/b.parquet");
    told(1, "column_type: source `s`: column `b` holds string in s/a.parquet, but lists in s/b.parquet");
    assert_eq!(problems.len(), 2);
    // Nobody reads them, so nobody minds.
    outcome(&lake, source(SchemaChanges::Ignore, &[id()])).await.unwrap();
}

#[tokio::test]
async fn names_that_differ_only_in_case_are_not_two_columns() {
    let lake = files(vec![
        vec![("id", integers(&[1])), ("price", integers(&[10]))],
        vec![("id", integers(&[2])), ("Price", integers(&[20]))],
    ]);
    let problems = outcome(&lake, source(SchemaChanges::Append, &[id(), price()])).await.unwrap_err();
    assert!(
        problems[0].contains(
            "ambiguous_column: source `s`: the names of the columns `price` and `Price` differ only in case, \
             see s/b.parquet"
        ),
        "{problems:?}"
    );
}

#[tokio::test]
async fn columns_of_text_are_appended_as_strings() {
    let lake = lake(&[
        ("s/a.csv", "day,n\n2012-01-01,1\n"),
        ("s/b.csv", "code,n,,day\n007,2,x,2012-01-02\n"),
        ("s/c.csv", "n,day,rate\n3,2012-01-03,NA\n"),
    ]);
    let mut source = csv_source("s", "s/", &[column("n", DataType::Bigint), column("day", DataType::Date)]);
    source.schema_changes = SchemaChanges::Append;
    source.format = Format::Csv(CsvOptions { null_values: vec!["NA".into()], ..CsvOptions::default() });
    let (rows, warnings) = outcome(&lake, source.clone()).await.unwrap();
    assert_eq!(rows, ["n|day|code|rate", "1|2012-01-01|-|-", "2|2012-01-02|007|-", "3|2012-01-03|-|-"]);
    assert_eq!(
        warnings,
        [
            "source `s`: left out a column without a name in s/b.csv",
            "source `s`: s/c.csv does not hold `code`, which earlier files do: read as NULL there",
        ]
    );
    // Without a contract, types are those of all values of all files.
    source.columns = Vec::new();
    let (rows, _) = outcome(&lake, source.clone()).await.unwrap();
    assert_eq!(rows, ["day|n|code|rate", "2012-01-01|1|-|-", "2012-01-02|2|7|-", "2012-01-03|3|-|-"]);
    fs::write(lake.path().join("s/d.csv"), "day,n\n2012-01-04,2.5\n").unwrap();
    let (rows, _) = outcome(&lake, source.clone()).await.unwrap();
    assert_eq!((rows[1].as_str(), rows[4].as_str()), ("2012-01-01|1.0|-|-", "2012-01-04|2.5|-|-"));
    fs::write(lake.path().join("s/e.csv"), "day,n\nsoon,2\n").unwrap();
    let problems = outcome(&lake, source).await.unwrap_err();
    assert!(
        problems[0].contains("column `day` holds date in s/a.csv, but string in s/e.csv"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn what_files_append_is_known_only_when_they_are_read() {
    let engine = engine(Path::new("/nonexistent"));
    let session = engine.session(parameters());
    let mut appending = source(SchemaChanges::Append, &[id()]);
    appending.name = "t".into();
    register_planned(&session, &job(vec![source(SchemaChanges::Fail, &[id()]), appending])).unwrap();
    assert_eq!(session.table_names(), ["s"]);
}
