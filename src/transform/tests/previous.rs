//! SQL that reads earlier runs: planned without data, in no order, with the columns of today.

use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field, Schema};

use super::*;

fn kept(name: &str, sql: &str) -> SqlTable {
    SqlTable { store: Store::Keep, time: Some("day".into()), ..table(name, &["id"], sql) }
}

async fn plan_with_results(job: &Job) -> Result<PlannedJob, Problems> {
    let (_engine, session) = session();
    register_planned(&session, job).unwrap();
    let columns = [("day", ArrowType::Date32), ("roas", ArrowType::Float64)];
    let fields: Vec<Field> = columns.into_iter().map(|(name, held)| Field::new(name, held, true)).collect();
    session.register_planned("previous.channel_performance", Arc::new(Schema::new(fields))).unwrap();
    plan_job(&session, job).await
}

fn with_tables(tables: Vec<SqlTable>) -> Job {
    let mut job = job(three_sources());
    job.tables = tables;
    job
}

fn types(planned: &PlannedJob, table: &str) -> Vec<String> {
    planned.schemas[table].fields().iter().map(|field| field.data_type().to_string()).collect()
}

#[tokio::test]
async fn earlier_rows_order_nothing_and_have_the_columns_of_today() {
    let job = with_tables(vec![
        table(
            "early",
            &["id"],
            "select l.id, l.y, p.roas from previous.late l left join previous.channel_performance p on p.day = l.day",
        ),
        kept("late", "select id, day, y from contacts"),
        table("after", &["id"], "select id from early"),
    ]);
    let planned = plan_with_results(&job).await.map_err(|problems| told(&problems)).unwrap();
    assert_eq!(planned.order, ["early", "late", "after"]);
    assert_eq!(types(&planned, "early")[2], "Float64");
    assert_eq!(types(&planned, "early")[1], types(&planned, "late")[2]);
    let previous: Vec<&str> = planned.previous.keys().map(String::as_str).collect();
    assert_eq!(previous, ["previous.channel_performance", "previous.late"]);
    assert_eq!(planned.reads["early"], ["previous.late", "previous.channel_performance"]);
}

#[tokio::test]
async fn tables_may_read_their_own_earlier_rows_and_each_others() {
    let job = with_tables(vec![
        kept(
            "running",
            "select c.id, c.day, c.id + coalesce(p.total, 0) as total from contacts c left join previous.running p on p.id = c.id",
        ),
        kept("ping", "select id, day, cast(n as bigint) + 1 as n from previous.pong"),
        kept("pong", "select id, day, id as n from contacts union all select id, day, n from previous.ping"),
    ]);
    let planned = plan_with_results(&job).await.map_err(|problems| told(&problems)).unwrap();
    assert_eq!(planned.order, ["running", "ping", "pong"]);
    assert_eq!(types(&planned, "running"), ["Int64", "Date32", "Int64"]);
    assert_eq!(types(&planned, "ping"), types(&planned, "pong"));
    assert_eq!(planned.previous["previous.running"], planned.schemas["running"]);
}

#[tokio::test]
async fn columns_that_follow_from_themselves_without_end_are_told() {
    let job = with_tables(vec![
        kept("star", "select * from previous.star"),
        kept("void", "select id, day, what from previous.void"),
        table("reader", &["id"], "select id from previous.star"),
        table("sound", &["id"], "select id from contacts"),
    ]);
    let problems = plan_with_results(&job).await.unwrap_err();
    let told = told(&problems);
    assert_eq!(told.len(), 5, "{told:#?}");
    let star = "previous_columns: the columns of `previous.star` follow from themselves and cannot be told";
    assert!(told.contains(&format!("test/star.sql:1:15 {star}")), "{told:#?}");
    assert!(told.contains(&format!("test/reader.sql:1:16 {star}")), "{told:#?}");
    assert_eq!(told.iter().filter(|line| line.starts_with("test/void.sql untyped_column")).count(), 3);
}

#[tokio::test]
async fn names_that_no_run_publishes_are_explained() {
    let mut job = with_tables(vec![
        table("typo", &["id"], "select roas\nfrom previous.chanel_performance"),
        table("passing", &["id"], "select id from contacts"),
        table("lost", &["id"], "select id from previous.passing"),
        kept("daily", "select id, day from contacts"),
        table("near", &["id"], "select id from previous.dayly"),
        table("broken", &["id"], "select idd from previous.daily"),
    ]);
    job.tables[3].checks = vec![
        check(CheckKind::Reconciles {
            sum: "id".into(),
            with: "select sum(id) from previous.dailly".into(),
            tolerance: 0.1,
        }),
        check(CheckKind::Reconciles {
            sum: "id".into(),
            with: "select sum(id) from previous.daily".into(),
            tolerance: 0.1,
        }),
    ];
    place(&mut job, "tables.daily.checks.0", 41);
    let problems = plan_with_results(&job).await.unwrap_err();
    let with_help: Vec<String> = problems
        .sorted()
        .iter()
        .zip(told(&problems))
        .map(|(problem, told)| format!("{told}\n  {}", problem.help.as_deref().unwrap_or("-")))
        .collect();
    insta::assert_snapshot!(with_help.join("\n"));
}

#[tokio::test]
async fn hindsight_stays_hindsight_by_way_of_earlier_runs() {
    let mut job = with_tables(vec![
        kept("talks", "select id, day, duration / 60 as minutes, age from contacts"),
        table(
            "panel",
            &["id"],
            "select c.id, c.day, c.y, t.minutes, t.age, p.roas from contacts c \
             left join previous.talks t on t.age = c.age left join previous.channel_performance p on p.day = c.day",
        ),
    ]);
    let success = Success::YesNo { column: "y".into(), matures_after: None };
    let names = ["minutes", "age", "roas"];
    job.models = vec![model("panel", success, "day", &names)];
    for (line, name) in (100..).zip(names) {
        place(&mut job, &format!("models.m.outcome.drivers.{name}"), line);
    }
    let problems = plan_with_results(&job).await.unwrap_err();
    let told = told(&problems);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].contains(":100:5 after_outcome: `minutes` comes from `duration`"), "{told:#?}");
    assert!(
        told[1].contains(":102:5 after_outcome: `roas` comes from `roas` of `previous.channel_performance`"),
        "{told:#?}"
    );
}
