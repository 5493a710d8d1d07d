//! What is computed of kept tables, and what it needs.

use chrono::NaiveDate;

use super::*;
use crate::config::job::Freshness;
use crate::domain::Span;
use crate::transform::{Start, WorkPlan};

fn from(text: &str) -> Start {
    text.parse::<NaiveDate>().ok()
}

fn dated(name: &str, sql: &str, store: Store) -> SqlTable {
    SqlTable { store, time: Some("day".into()), ..table(name, &["day"], sql) }
}

/// Contacts and weather by day.
fn job_with(tables: Vec<SqlTable>) -> Job {
    let mut sources = three_sources();
    for source in &mut sources[..2] {
        source.time = Some("day".into());
    }
    let mut job = job(sources);
    job.tables = tables;
    job
}

async fn work(job: &Job, kept: &[(&str, Start)]) -> WorkPlan {
    let (_engine, session) = session();
    register_planned(&session, job).unwrap();
    let planned = plan_job(&session, job).await.map_err(|problems| told(&problems)).unwrap();
    let starts = kept.iter().map(|(name, start)| ((*name).to_owned(), *start)).collect();
    work_plan(
        &session,
        job,
        &planned,
        &Wanted {
            read_from: from("2012-01-02"),
            start: "2012-12-24".parse().unwrap(),
            end: parameters().end,
            starts,
        },
    )
    .await
    .unwrap()
}

const COUNTED: &str = "select day, count(*) as n from contacts group by day";

#[tokio::test]
async fn without_kept_tables_everything_is_read_from_where_stages_read() {
    let job = job_with(vec![dated("counted", COUNTED, Store::View)]);
    let plan = work(&job, &[]).await;
    assert_eq!((plan.sources["contacts"], plan.sources["crm"]), (from("2012-01-02"), from("2012-01-02")));
    assert_eq!(plan.start("counted"), from("2012-01-02"));
}

#[tokio::test]
async fn a_kept_table_needs_the_days_that_it_computes_through_views_too() {
    let job = job_with(vec![
        dated("warm", "select day, temp from weather where temp > 0", Store::View),
        dated(
            "kept",
            "select c.day, count(*) as n, max(w.temp) as temp from contacts c join warm w on w.day = c.day group by c.day",
            Store::Keep,
        ),
    ]);
    let plan = work(&job, &[("kept", from("2012-12-17"))]).await;
    assert_eq!((plan.sources["contacts"], plan.sources["weather"]), (from("2012-12-17"), from("2012-12-17")));
    assert_eq!((plan.start("kept"), plan.start("warm")), (from("2012-12-17"), from("2012-12-17")));
    assert!(plan.demanded.is_empty(), "nobody reads its earlier days");
    // Computed anew it needs everything, and so does what it reads.
    let plan = work(&job, &[("kept", None)]).await;
    assert_eq!((plan.sources["contacts"], plan.sources["weather"], plan.start("warm")), (None, None, None));
}

#[tokio::test]
async fn what_models_read_is_not_cut_by_what_a_kept_table_needs() {
    let mut job = job_with(vec![
        dated("counted", COUNTED, Store::View),
        dated("panel", "select day, n from counted", Store::Publish),
        dated("seen", "select day, y, age from contacts", Store::View),
    ]);
    job.models =
        vec![model("seen", Success::YesNo { column: "y".into(), matures_after: None }, "day", &["age"])];
    job.kpis = vec![kpi("sum(n)")];
    let plan = work(&job, &[("panel", from("2012-12-17"))]).await;
    assert_eq!(plan.sources["contacts"], from("2012-01-02"), "the model reads from there");
    assert_eq!(plan.start("counted"), from("2012-12-17"), "only the panel reads it");
    assert_eq!(plan.demanded["panel"], from("2012-01-02"), "the KPI reads earlier days");
}

#[tokio::test]
async fn a_table_that_looks_back_reads_all_of_a_kept_one_and_not_of_its_source() {
    let job = job_with(vec![
        dated("counted", COUNTED, Store::Keep),
        dated("running", "select day, sum(n) over (order by day) as total from counted", Store::Keep),
    ]);
    let starts = [("counted", from("2012-12-10")), ("running", from("2012-12-10"))];
    let plan = work(&job, &starts).await;
    assert_eq!((plan.sources["contacts"], plan.demanded["counted"]), (from("2012-12-10"), None));
    assert_eq!(plan.whole_inputs("running").collect::<Vec<_>>(), ["counted"]);
    assert!(plan.whole_inputs("counted").next().is_none());
}

#[tokio::test]
async fn checks_see_the_same_days_or_everything() {
    let mut counted = dated("counted", COUNTED, Store::Keep);
    let with = "select count(*) from weather".into();
    counted.checks = vec![check(CheckKind::Reconciles { sum: "n".into(), with, tolerance: 0.0 })];
    let plan = work(&job_with(vec![counted.clone()]), &[("counted", from("2012-12-10"))]).await;
    assert_eq!(plan.sources["weather"], from("2012-12-10"), "sums are compared over the same days");
    let (column, field) = ("day".to_owned(), "day".to_owned());
    counted.checks = vec![check(CheckKind::Relationship { column, to: "weather".into(), field })];
    let plan = work(&job_with(vec![counted.clone()]), &[("counted", from("2012-12-10"))]).await;
    assert_eq!(plan.sources["weather"], from("2012-01-02"), "what is named may be older");
    counted.checks = vec![check(CheckKind::RowCount { min: Some(10), max: None })];
    let plan = work(&job_with(vec![counted]), &[("counted", from("2012-12-10"))]).await;
    assert_eq!(
        plan.demanded["counted"],
        from("2012-01-02"),
        "rows are counted over all that stages would see"
    );
}

#[tokio::test]
async fn figures_of_a_table_are_judged_over_what_earlier_runs_kept() {
    let mut counted = dated("counted", COUNTED, Store::Keep);
    counted.checks = vec![check(CheckKind::ZScore { column: "n".into(), max: 6.0, by: Vec::new() })];
    let plan = work(&job_with(vec![counted.clone()]), &[("counted", from("2012-12-10"))]).await;
    assert_eq!(plan.demanded["counted"], from("2012-01-02"), "a mean is that of all rows");
    counted.checks = vec![check(CheckKind::RowCountChange { min: Some(-0.5), max: None, periods: 4 })];
    let plan = work(&job_with(vec![counted.clone()]), &[("counted", from("2012-12-24"))]).await;
    assert_eq!(plan.demanded["counted"], from("2012-11-26"), "four weeks before the window");
    assert_eq!(plan.start("counted"), from("2012-12-24"), "what is kept is not computed for it");
    assert_eq!(plan.sources["contacts"], from("2012-12-24"));
}

#[tokio::test]
async fn a_view_that_only_a_kept_table_reads_has_the_periods_that_it_is_compared_with() {
    let mut seen = dated("seen", "select day, id from contacts", Store::View);
    seen.key = vec!["id".into()];
    let kept = dated("kept", "select day, count(*) as n from seen group by day", Store::Keep);
    let plan = work(&job_with(vec![seen.clone(), kept.clone()]), &[("kept", from("2012-12-24"))]).await;
    assert_eq!(plan.start("seen"), from("2012-12-24"));
    seen.checks = vec![check(CheckKind::RowCountChange { min: Some(-0.5), max: None, periods: 4 })];
    let plan = work(&job_with(vec![seen, kept]), &[("kept", from("2012-12-24"))]).await;
    assert_eq!((plan.start("seen"), plan.start("kept")), (from("2012-11-26"), from("2012-12-24")));
}

#[tokio::test]
async fn freshness_is_judged_on_as_many_days_as_it_allows() {
    let mut job = job_with(vec![dated("counted", COUNTED, Store::Keep)]);
    job.sources[0].freshness = Some(Freshness { warn_after: None, fail_after: Span::parse("30 days") });
    let plan = work(&job, &[("counted", from("2012-12-24"))]).await;
    assert_eq!(
        plan.sources["contacts"],
        from("2012-11-30"),
        "a day more than the 30 before the window's end"
    );
}

#[tokio::test]
async fn a_view_that_models_see_too_is_computed_exactly_for_a_kept_table() {
    let late = "select cast(day + interval '7 days' as date) as day from contacts";
    let mut job = job_with(vec![
        dated("late", late, Store::View),
        dated("kept", "select day, count(*) as n from late group by day", Store::Keep),
    ]);
    job.kpis = vec![Kpi { from: "late".into(), ..kpi("count(*)") }];
    // What the kept table computes begins where KPIs begin to read.
    let plan = work(&job, &[("kept", from("2012-01-02"))]).await;
    let needed = plan.sources["contacts"].unwrap();
    assert!(needed < from("2012-01-02").unwrap(), "the first day's rows come from the week before: {needed}");
}
