//! A job's own tables, period by period.

use std::sync::Arc;

use arrow::array::{Float64Array, StringArray};
use arrow::datatypes::Date32Type;

use super::*;
use crate::publish::{PointerTable, read_current, read_pointer};

async fn pointer_table(store: &Arc<dyn ObjectStore>) -> PointerTable {
    let pointer = read_pointer(store).await.expect("pointer").expect("published");
    pointer.table("daily").expect("listed").clone()
}

async fn periods(store: &Arc<dyn ObjectStore>) -> Vec<String> {
    let objects = contents(store).await;
    let daily = objects.keys().filter_map(|path| path.strip_prefix("tables/daily/"));
    daily.map(|path| path.replace("/part-0.parquet", "")).collect()
}

#[tokio::test]
async fn a_window_replaces_its_periods_and_no_others() {
    let store = memory();
    let folder = tempfile::tempdir().expect("folder");
    let all = ["2012-01-02", "2012-01-09", "2012-01-16"];
    let first = fixture::daily_rows(folder.path(), &all);
    commit(&store, with_kept(publication("p1", weeks("2012-01-02", 2), &[]), first)).await.expect("p1");
    assert_eq!(periods(&store).await, ["2012-01-02", "2012-01-09"]);

    let second = fixture::daily_rows(folder.path(), &["2012-01-02", "2012-01-16"]);
    commit(&store, with_kept(publication("p2", weeks("2012-01-09", 2), &[]), second)).await.expect("p2");
    assert_eq!(periods(&store).await, ["2012-01-02", "2012-01-16"], "the empty week is gone");

    let table = pointer_table(&store).await;
    let paths: Vec<&str> = table.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "_trichter/snapshots/p1/daily/2012-01-02/part-0.parquet",
            "_trichter/snapshots/p2/daily/2012-01-16/part-0.parquet",
        ]
    );
    publisher(&store, Swap::Conditional).discard("p1").await;
    let batches = read_current(&store, "daily", 10).await.expect("readable");
    assert_eq!(rows(&batches), 2, "files that the pointer lists are never discarded");
}

#[tokio::test]
async fn a_table_without_rows_can_be_read() {
    let store = memory();
    let folder = tempfile::tempdir().expect("folder");
    let none = fixture::daily_rows(folder.path(), &[]);
    commit(&store, with_kept(publication("p1", fixture::window(), &[]), none)).await.expect("published");
    assert_eq!(periods(&store).await, ["2012-01-02"]);
    let batches = read_current(&store, "daily", 10).await.expect("readable");
    assert_eq!((batches[0].num_rows(), batches[0].num_columns()), (0, 2));
}

#[tokio::test]
async fn a_changed_type_is_refused_or_starts_the_table_anew() {
    let store = memory();
    let folder = tempfile::tempdir().expect("folder");
    let days = |texts: &[&str]| -> Vec<i32> {
        texts.iter().map(|text| Date32Type::from_naive_date(fixture::day(text))).collect()
    };
    let numbers = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    let first = fixture::staged(folder.path(), days(&["2012-01-02", "2012-01-09"]), ("revenue", numbers));
    commit(&store, with_kept(publication("p1", weeks("2012-01-02", 2), &[]), first)).await.expect("p1");
    let before = contents(&store).await;

    let texts = Arc::new(StringArray::from(vec!["many"]));
    let second = fixture::staged(folder.path(), days(&["2012-01-16"]), ("revenue", texts));
    let mut next = with_kept(publication("p2", weeks("2012-01-16", 1), &[]), second.clone());
    let error = commit(&store, next).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "readers of the last publication would break: `daily.revenue` was double and is string; \
         undo the change or pass --allow-breaking"
    );
    assert!(before == contents(&store).await, "nothing was written");

    next = with_kept(publication("p3", weeks("2012-01-16", 1), &[]), second);
    next.allow_breaking = true;
    commit(&store, next).await.expect("allowed");
    assert_eq!(periods(&store).await, ["2012-01-16"], "one folder never holds two schemas");
    assert_eq!(pointer_table(&store).await.files.len(), 1);
}

#[tokio::test]
async fn a_table_that_is_gone_breaks_its_readers() {
    let store = memory();
    let folder = tempfile::tempdir().expect("folder");
    let staged = fixture::daily_rows(folder.path(), &["2012-01-02"]);
    commit(&store, with_kept(publication("p1", fixture::window(), &[]), staged)).await.expect("p1");
    let error = commit(&store, publication("p2", fixture::window(), &[])).await.expect_err("refused");
    assert!(error.to_string().contains("table `daily` is no longer published"), "{error}");
}
