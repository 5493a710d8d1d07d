//! Sessions end to end: parameters, clock, refusals, places of errors, exact sums, staged files.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::fixture::{engine, parameters, session};
use super::{EngineError, EngineErrorKind, Form, Parameters, Session, SqlOrigin};
use crate::config::job::Var;

fn origin() -> SqlOrigin {
    SqlOrigin::file("sql/a.sql")
}

async fn rows(session: &Session, sql: &str) -> String {
    let batches = session.query(&origin(), sql).await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

async fn refused(session: &Session, sql: &str) -> EngineError {
    session.query(&origin(), sql).await.unwrap_err()
}

fn doubles(session: &Session, groups: &[i64], values: &[f64], partitions: usize) {
    let schema = Arc::new(Schema::new(vec![
        Field::new("g", DataType::Int64, false),
        Field::new("v", DataType::Float64, true),
    ]));
    let size = values.len().div_ceil(partitions).max(1);
    let parts: Vec<Vec<RecordBatch>> = groups
        .chunks(size)
        .zip(values.chunks(size))
        .map(|(groups, values)| {
            let columns: Vec<ArrayRef> = vec![
                Arc::new(Int64Array::from(groups.to_vec())),
                Arc::new(Float64Array::from(values.to_vec())),
            ];
            vec![RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()]
        })
        .collect();
    session.register("t", Arc::new(MemTable::try_new(schema, parts).unwrap())).unwrap();
}

#[tokio::test]
async fn parameters_are_dates_wherever_they_stand() {
    let (_engine, session) = session();
    let text = rows(
        &session,
        "select date_trunc('month', $start) = date '2012-01-01' as a, $END - interval '1 day' as b,
                arrow_typeof($as_of) as c, case when $start < $end then 1 end as d",
    )
    .await;
    assert!(text.contains("| true | 2012-12-30") && text.contains("Date32"), "{text}");
    let error = refused(&session, "select 1,\n  $stat").await;
    assert_eq!(
        error.to_string(),
        "sql/a.sql:2:3: there is no parameter `$stat` (did you mean `$start`? the parameters are `$start`, `$end`, `$as_of`)"
    );
}

#[tokio::test]
async fn variables_of_the_job_have_their_types() {
    let var = |name: &str, data_type: &str, value: &str| Var {
        name: name.into(),
        data_type: crate::domain::DataType::parse(data_type).unwrap(),
        value: value.into(),
    };
    let vars = [
        var("margin", "double", "0.35"),
        var("least", "bigint", "-2"),
        var("price", "decimal(6,2)", "12.50"),
        var("opened", "date", "2012-03-01"),
        var("at", "timestamp", "2012-03-01T08:00:00.000000Z"),
        var("shop", "string", "O'Hara; drop"),
        var("ours", "boolean", "true"),
    ];
    let engine = engine(Path::new("/nonexistent"));
    let session = engine.session(Parameters { vars: vars.into(), ..parameters() });
    let typed = "select arrow_typeof($margin) as a, arrow_typeof($least) as b, arrow_typeof($price) as c,
                        arrow_typeof($opened) as d, arrow_typeof($at) as e, arrow_typeof($shop) as f, arrow_typeof($ours) as g";
    let text = rows(&session, typed).await;
    let types = "| Float64 | Int64 | Decimal128(6, 2) | Date32 | Timestamp(µs, \"UTC\") | Utf8 | Boolean |";
    assert!(text.contains(types), "{text}");
    let used = "select $MARGIN * 2 as a, 3 - $least as b, $price + 1 as c, $opened + interval '1 day' as d, $shop as e
                where $ours and $at > timestamp '2012-01-01'";
    let text = rows(&session, used).await;
    let values = "| 0.7 | 5 | 13.50 | 2012-03-02 | O'Hara; drop |";
    assert!(text.contains(values), "{text}");
    let error = refused(&session, "select $margn").await;
    assert!(error.to_string().contains("did you mean `$margin`?"), "{error}");
}

#[tokio::test]
async fn a_text_that_is_no_value_is_told_at_its_place() {
    let (_engine, session) = session();
    let error = refused(&session, "select 1 as a\nwhere $start < date '2024-13-01'").await;
    assert_eq!(
        error.to_string(),
        "sql/a.sql:2:21: `2024-13-01` is no date (write a day such as `2024-01-31`)"
    );
}

#[tokio::test]
async fn the_clock_stands_at_as_of() {
    let (_engine, session) = session();
    let text = rows(
        &session,
        "select now() as a, current_timestamp as b, current_date as c, today() as d, current_time as e",
    )
    .await;
    assert_eq!(text.matches("2012-12-31T00:00:00Z").count(), 2, "{text}");
    assert_eq!(text.matches("2012-12-31 ").count(), 2, "{text}");
}

#[tokio::test]
async fn only_one_query_is_allowed() {
    let (_engine, session) = session();
    for (sql, code) in [
        ("copy (select 1) to '/tmp/x.csv'", "not_a_query"),
        ("create table x as select 1", "not_a_query"),
        ("set datafusion.execution.batch_size = 1", "not_a_query"),
        ("explain select 1", "not_a_query"),
        ("select 1 into x", "not_a_query"),
        ("values (1)", "not_a_query"),
        ("", "empty_sql"),
        ("select 1;\n select 2", "several_statements"),
    ] {
        let error = refused(&session, sql).await;
        assert_eq!((error.code, error.kind), (code, EngineErrorKind::Sql), "{sql}: {error}");
    }
    assert_eq!(
        refused(&session, "select 1;\n select 2").await.position.map(|at| (at.line, at.column)),
        Some((2, 2))
    );
    assert!(
        rows(&session, "-- a comment\nwith a as (select 1 as x) select x from a;").await.contains("| 1 |")
    );
}

#[tokio::test]
async fn errors_have_a_place_and_say_what_there_is() {
    let (_engine, session) = session();
    doubles(&session, &[1], &[1.0], 1);
    for (sql, place, message, help) in [
        ("select g,,\n v from t", (1, 10), "", ""),
        ("select\n  valu\nfrom t", (2, 3), "there is no column `valu`", "the columns are `g`, `v`"),
        (
            "select x.g,\n  x.vv\nfrom t as x",
            (2, 3),
            "there is no column `vv` in `x`",
            "the columns are `g`, `v`",
        ),
        ("select 1\nfrom tt", (2, 6), "there is no table `tt`", "the tables are `t`"),
        ("select\n  summ(v) from t", (2, 3), "there is no function `summ`", "did you mean `sum`?"),
        ("select g, sum(v) from t", (1, 8), "", ""),
        (
            "select a.g from t a join t b on a.g = b.g\n where g = 1",
            (2, 8),
            "column `g` is in more than one table",
            "",
        ),
        ("select sum(v) from t where\n g = 'x' + date '2012-01-01'", (0, 0), "", ""),
    ] {
        let error = refused(&session, sql).await;
        assert_eq!(error.kind, EngineErrorKind::Sql, "{sql}: {error}");
        if place != (0, 0) {
            assert_eq!(error.position.map(|at| (at.line, at.column)), Some(place), "{sql}: {error}");
        }
        assert!(error.message.contains(message), "{sql}: {error}");
        assert!(error.help.clone().unwrap_or_default().contains(help), "{sql}: {error}");
        assert!(!error.message.starts_with(char::is_uppercase), "{error}");
    }
}

#[tokio::test]
async fn sums_of_doubles_do_not_depend_on_the_order_of_rows() {
    let (_engine, session) = session();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut pairs: Vec<(i64, f64)> = (0..50_000)
        .map(|_| {
            let scale = 10_f64.powi(random.random_range(-12..12));
            (random.random_range(0..300), random.random_range(-1.0..1.0) * scale)
        })
        .collect();
    let sql = "select g, sum(v) as s, avg(v) as a, mean(distinct v) as d, sum(v) filter (where v > 0) as p
               from t group by g union all
               select -1, sum(v), avg(v), avg(distinct v), sum(v) filter (where v > 0) from t order by g";
    let mut seen = Vec::new();
    for partitions in [1, 3, 8, 64] {
        pairs.shuffle(&mut random);
        let (groups, values): (Vec<i64>, Vec<f64>) = pairs.iter().copied().unzip();
        doubles(&session, &groups, &values, partitions);
        seen.push(rows(&session, sql).await);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn other_types_and_windows_keep_their_meaning() {
    let (_engine, session) = session();
    doubles(&session, &[1, 2, 3, 4], &[1e16, 1.0, -1e16, 5.0], 2);
    let text = rows(
        &session,
        "select g, sum(g) over (order by g) as a, sum(v) over (order by g) as b,
                sum(v) over (order by g rows between 1 preceding and current row) as c,
                avg(v) over () as d, sum(distinct v) over (order by g rows 1 preceding) as e from t order by g",
    )
    .await;
    assert!(text.contains("| 3 | 6  | 1.0  | -1e16"), "{text}");
    assert!(text.contains("| 4 | 10 | 6.0"), "{text}");
    let text = rows(
        &session,
        "select sum(x) as i, avg(x) as m, sum(y) as d, sum(n) as n, arrow_typeof(sum(f)) as f
         from (select g as x, cast(g as decimal(12,2)) as y, cast(g as real) as f,
                      cast(null as double) as n from t)",
    )
    .await;
    assert!(text.contains("| 10 | 2.5 | 10.00 |   | Float64"), "{text}");
}

#[tokio::test]
async fn a_staged_file_is_sorted_typed_and_the_same_every_time() {
    let (engine, session) = session();
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut pairs: Vec<(i64, f64)> = (0..150_000).map(|row| (row, random.random())).collect();
    let sql = "select arrow_cast(g, 'UInt32') as id, v, row_number() over (order by g) as n,
                      timestamp '2012-01-01 10:00:00' as t, arrow_cast('x', 'Utf8View') as s from t";
    let mut files = Vec::new();
    for partitions in [1, 5] {
        pairs.shuffle(&mut random);
        let (groups, values): (Vec<i64>, Vec<f64>) = pairs.iter().copied().unzip();
        doubles(&session, &groups, &values, partitions);
        let path = engine.work_folder().join(format!("{partitions}.parquet"));
        let written = session.materialize(&origin(), sql, Form::sorted(&["id".into()]), &path).await.unwrap();
        assert_eq!(written.rows, 150_000);
        let types: Vec<String> =
            written.schema.fields().iter().map(|field| field.data_type().to_string()).collect();
        assert_eq!(types, ["Int64", "Float64", "Int64", "Timestamp(µs, \"UTC\")", "Utf8"]);
        session.register_parquet("staged", &path).await.unwrap();
        files.push(std::fs::read(&path).unwrap());
    }
    assert!(files[0] == files[1]);
    let text = rows(&session, "select min(id), max(id), count(*) from staged").await;
    assert!(text.contains("| 149999"), "{text}");
}

#[tokio::test]
async fn columns_that_no_table_can_hold_are_refused() {
    let (engine, session) = session();
    let path = engine.work_folder().join("x.parquet");
    for (sql, code) in [
        ("select null as a", "untyped_column"),
        ("select interval '1 day' as a", "unsupported_type"),
        ("select 1 as a, x.b as a from (select 2 as b) x", "duplicate_column"),
    ] {
        let error = session.materialize(&origin(), sql, Form::sorted(&[]), &path).await.unwrap_err();
        assert_eq!(error.code, code, "{error}");
    }
}

#[tokio::test]
async fn a_query_that_fails_while_it_runs_names_its_file() {
    let (_engine, session) = session();
    doubles(&session, &[1], &[1.0], 1);
    let error = refused(&session, "select cast(concat('x', g) as int) from t").await;
    assert_eq!(error.kind, EngineErrorKind::Runtime);
    assert!(error.to_string().starts_with("sql/a.sql: "), "{error}");
}

#[tokio::test]
async fn sorts_spill_when_memory_is_short() {
    use crate::config::platform::EngineSettings;
    let settings = EngineSettings { memory_limit: 128 << 20, ..EngineSettings::default() };
    let platform = crate::config::Platform {
        storages: Vec::new(),
        unset: Vec::new(),
        engine: settings,
        file: "p.yaml".into(),
    };
    let engine = super::Engine::new(&platform).unwrap();
    let session = engine.session(parameters());
    let sql =
        "select value as id, repeat(cast(value as varchar), 45) as text from generate_series(1, 300000)";
    let path = engine.work_folder().join("x.parquet");
    let written = session.materialize(&origin(), sql, Form::sorted(&["text".into()]), &path).await.unwrap();
    assert_eq!(written.rows, 300_000);
}

#[test]
fn storages_and_limits_are_checked() {
    let engine = engine(Path::new("/nonexistent"));
    let error = engine.storage("lakes").unwrap_err();
    assert_eq!(
        error.to_string(),
        "config/test.yaml: there is no storage `lakes` (did you mean `lake`? the storages are `lake`)"
    );
    let platform = crate::config::Platform {
        storages: Vec::new(),
        unset: Vec::new(),
        engine: crate::config::platform::EngineSettings::default(),
        file: "p.yaml".into(),
    };
    assert_eq!(super::Engine::new(&platform).unwrap_err().kind, EngineErrorKind::Configuration);
    let work = engine.work_folder().to_path_buf();
    assert!(work.is_dir());
    drop(engine);
    assert!(!work.exists());
}
