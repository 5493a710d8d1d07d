//! Sources of which a run needs fewer days than usual.

use super::*;
use crate::config::job::Freshness;
use crate::domain::Span;
use crate::sources::ReadWindows;

/// Closing days of January 2012.
fn closings() -> (TempDir, Source) {
    let lake = lake(&[("a.csv", "day,x\n2012-01-02,1\n2012-01-06,2\n")]);
    let columns = [column("day", DataType::Date), column("x", DataType::Bigint)];
    (lake, Source { time: Some("day".into()), ..csv_source("a", "a.csv", &columns) })
}

/// Reads what a run of a week of March needs of a source from `start` on, instead of from January on.
async fn narrow(lake: &TempDir, source: Source, start: &str) -> Result<SourcesRead, Box<SourcesFailed>> {
    let others = window("2012-01-01", "2012-03-12");
    let starts = BTreeMap::from([(source.name.clone(), Some(day(start)))]);
    let engine = engine(lake.path());
    let session = engine.session(parameters());
    read(&engine, &session, &job(vec![source]), &ReadWindows { starts, others }, &mut |_| {}).await
}

fn code(read: Result<SourcesRead, Box<SourcesFailed>>) -> &'static str {
    read.expect_err("refused").problems.sorted()[0].code
}

#[tokio::test]
async fn what_happens_seldom_may_be_missing_in_a_few_weeks_but_not_in_all() {
    let (lake, source) = closings();
    let read = narrow(&lake, source.clone(), "2012-03-01").await.expect("nothing closed in March");
    assert_eq!((read.rows[0].1, read.warnings.len(), read.oldest.get("a")), (0, 0, None));
    let read = narrow(&lake, source.clone(), "2012-01-05").await.expect("read");
    assert_eq!((read.rows[0].1, read.oldest["a"]), (1, day("2012-01-06")));
    let (_, usual) = try_read(lake.path(), vec![source], window("2012-03-01", "2012-03-12")).await;
    assert_eq!(code(usual), "empty_source");
}

#[tokio::test]
async fn a_source_without_time_is_never_narrow() {
    let lake = lake(&[("a.csv", "day,x\n")]);
    let columns = [column("day", DataType::Date), column("x", DataType::Bigint)];
    let read = narrow(&lake, csv_source("a", "a.csv", &columns), "2012-03-01").await;
    assert_eq!(code(read), "empty_source");
}

#[tokio::test]
async fn no_rows_on_all_the_days_that_freshness_allows_are_stale() {
    let (lake, mut source) = closings();
    source.freshness = Some(Freshness { warn_after: None, fail_after: Span::parse("7 days") });
    assert_eq!(code(narrow(&lake, source.clone(), "2012-03-04").await), "stale_source");
    source.freshness = Some(Freshness { warn_after: None, fail_after: Span::parse("100 days") });
    assert!(narrow(&lake, source, "2012-03-04").await.is_ok());
}
