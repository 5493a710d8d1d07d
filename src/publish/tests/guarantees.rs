//! What holds of every publication: completeness, same bytes, newest wins, one owner.

use arrow::array::Array;
use object_store::local::LocalFileSystem;

use super::*;
use crate::publish::digest::sha256;
use crate::publish::registry::{TABLES, TableKind};
use crate::publish::{Fault, read_current, read_pointer, target};

#[tokio::test]
async fn everything_published_reads_back_and_the_pointer_describes_it() {
    let store = memory();
    let done = commit(&store, publication("p1", fixture::window(), &["north"])).await.expect("published");
    assert!(done.is_newest);
    let pointer = read_pointer(&store).await.expect("pointer").expect("published");
    let objects = contents(&store).await;
    assert_eq!(pointer.tables.len(), TABLES.len());
    for (table, def) in pointer.tables.iter().zip(TABLES) {
        assert_eq!((table.name(), &table.schema), (def.name, &def.schema()));
        assert!(objects.contains_key(&format!("current/{}.schema.json", def.name)));
        for file in &table.files {
            let bytes = &objects[&file.path];
            assert_eq!((file.bytes, &file.sha256), (bytes.len() as u64, &sha256(bytes)));
        }
        let batches = read_current(&store, def.name, 1000).await.expect("readable");
        assert_eq!(rows(&batches) as u64, table.rows, "{}", def.name);
        assert_eq!(batches[0].schema().fields(), def.arrow_schema().fields(), "{}", def.name);
    }
}

#[tokio::test]
async fn tables_without_rows_are_files_with_a_schema() {
    let store = memory();
    commit(&store, publication("p1", fixture::window(), &[])).await.expect("published");
    let batches = read_current(&store, "kpi_values", 10).await.expect("readable");
    assert!(batches.iter().all(|batch| batch.num_rows() == 0 && batch.num_columns() > 20));
}

#[tokio::test]
async fn numbers_that_are_not_finite_are_missing() {
    let store = memory();
    commit(&store, publication("p1", fixture::window(), &["north"])).await.expect("published");
    let batches = read_current(&store, "kpi_values", 10).await.expect("readable");
    let batch = batches.iter().find(|batch| batch.num_rows() > 0).expect("rows");
    let column = batch.column_by_name("previous_year_value").expect("column");
    assert_eq!(column.null_count(), column.len());
}

#[tokio::test]
async fn a_limit_cuts_rows_and_a_near_miss_names_the_table() {
    let store = memory();
    assert!(matches!(read_current(&store, "runs", 1).await, Err(PublishError::NothingPublished)));
    commit(&store, publication("p1", fixture::window(), &["a", "b"])).await.expect("published");
    assert_eq!(rows(&read_current(&store, "kpi_values", 3).await.expect("readable")), 3);
    assert_eq!(rows(&read_current(&store, "kpi_values", 0).await.expect("readable")), 0);
    let error = read_current(&store, "kpi_value", 3).await.expect_err("no such table");
    assert!(error.to_string().contains("did you mean `kpi_values`?"), "{error}");
}

#[tokio::test]
async fn the_same_results_have_the_same_bytes_whatever_run_store_and_folder() {
    let folder = tempfile::tempdir().expect("folder");
    let rows = fixture::daily_rows(folder.path(), &["2012-01-02", "2012-01-09"]);
    let memory = memory();
    commit(&memory, with_kept(publication("p1", fixture::window(), &["a", "b"]), rows.clone()))
        .await
        .expect("p1");

    let other = tempfile::tempdir().expect("folder");
    let local = LocalFileSystem::new_with_prefix(other.path()).expect("folder exists");
    let local = target(Arc::new(local), "/deep/er/");
    let publisher = publisher(&local, Swap::UnderLock);
    for id in ["p2", "p3"] {
        let again = with_kept(publication(id, fixture::window(), &["b", "a"]), rows.clone());
        publisher.commit(again).await.expect("published");
    }

    let is_run_table = |path: &str| {
        TABLES.iter().any(|def| def.kind == TableKind::Run && path.split('/').nth(1) == Some(def.name))
    };
    let tables = |contents: BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        contents.into_iter().filter(|(path, _)| !path.starts_with('_') && !is_run_table(path)).collect()
    };
    let (first, second) = (tables(contents(&memory).await), tables(contents(&local).await));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (path, bytes) in &first {
        assert!(bytes == &second[path], "{path}");
    }
    assert_eq!(first.keys().filter(|path| path.starts_with("tables/daily/")).count(), 2);
}

#[tokio::test]
async fn an_older_window_writes_history_alone() {
    let store = memory();
    commit(&store, publication("new", weeks("2012-01-09", 1), &["north"])).await.expect("published");
    let before = contents(&store).await;
    let done =
        commit(&store, publication("old", weeks("2012-01-02", 1), &["north"])).await.expect("published");
    assert!(!done.is_newest);
    let after = contents(&store).await;
    let added: Vec<&String> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert_eq!(added.len(), TABLES.len());
    assert!(
        added.iter().all(|path| path.starts_with("history/") && path.contains("/2012-01-09/")),
        "{added:?}"
    );
    for (path, bytes) in &before {
        assert!(bytes == &after[path], "{path}");
    }
}

#[tokio::test]
async fn a_window_again_replaces_its_own_history() {
    let store = memory();
    commit(&store, publication("p1", weeks("2012-01-02", 1), &["a"])).await.expect("published");
    let before = visible(&store).await;
    commit(&store, publication("p2", weeks("2012-01-02", 1), &["a", "b"])).await.expect("published");
    let after = visible(&store).await;
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let path = "history/kpi_values/2012-01-09/part-0.parquet";
    assert!(before[path] != after[path]);
    assert!(after[path] == after["current/kpi_values/part-0.parquet"]);
}

#[tokio::test]
async fn current_kpi_values_hold_every_published_period_once() {
    let store = memory();
    for (id, start) in [("p1", "2012-01-02"), ("p2", "2012-01-09"), ("p3", "2012-01-09")] {
        commit(&store, publication(id, weeks(start, 1), &["a"])).await.expect("published");
    }
    assert_eq!(rows(&read_current(&store, "kpi_values", 100).await.expect("readable")), 2);
    // The calendar has the two periods of the budget plan besides.
    assert_eq!(rows(&read_current(&store, "calendar", 100).await.expect("readable")), 4);
    let pointer = read_pointer(&store).await.expect("pointer").expect("published");
    assert_eq!(pointer.table("kpi_values").expect("listed").rows, 1);
}

#[tokio::test]
async fn a_target_has_one_job() {
    let store = memory();
    commit(&store, publication("p1", fixture::window(), &[])).await.expect("published");
    let other = Publisher::new(store.clone(), Swap::Conditional, "other", fixture::calendar());
    let error = other.commit(publication("p2", fixture::window(), &[])).await.expect_err("refused");
    assert_eq!(error.fault(), Fault::Usage);
    assert!(error.to_string().starts_with("the target belongs to job `sample`, not to `other`"), "{error}");
}

#[tokio::test]
async fn a_broken_key_stops_the_publication_before_anything_is_written() {
    let store = memory();
    let mut publication = publication("p1", fixture::window(), &["a"]);
    let batch = &publication.results[0].batch;
    let twice = arrow::compute::concat_batches(&batch.schema(), [batch, batch]).expect("same columns");
    publication.results[0].batch = twice;
    let error = commit(&store, publication).await.expect_err("refused");
    assert_eq!(error.fault(), Fault::Internal);
    assert!(error.to_string().contains("table `kpi_values`"), "{error}");
    assert!(contents(&store).await.is_empty());
}
