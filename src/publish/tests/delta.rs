//! Delta tables, as their logs and a reader of their files see them.

use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::Date32Type;
use chrono::TimeDelta;
use object_store::local::LocalFileSystem;
use serde_json::{Value, json};

use super::*;
use crate::config::job::TableFormat;
use crate::publish::registry::KPI_VALUES;
use crate::publish::{PointerKind, Unguarded, heal, read_pointer, sha256, vacuum};

/// The files of every Delta table by name, each of which must be there with the content that its name promises.
pub(super) async fn tables(target: &Arc<dyn ObjectStore>) -> BTreeMap<String, Vec<String>> {
    let now = contents(target).await;
    let mut found = BTreeMap::new();
    let names: std::collections::BTreeSet<&str> =
        now.keys().filter_map(|path| path.strip_prefix("delta/")?.split('/').next()).collect();
    for name in names {
        let Some(files) = crate::publish::delta::files(target, name).await.expect("readable") else {
            continue;
        };
        for file in &files {
            let bytes = now.get(&format!("delta/{name}/{file}")).unwrap_or_else(|| panic!("{name}: {file}"));
            let digits = file.trim_end_matches(".parquet").rsplit('-').next().expect("digits");
            assert!(sha256(bytes).starts_with(digits), "{name}: {file}");
        }
        found.insert(name.to_owned(), files);
    }
    found
}

async fn publish(target: &Arc<dyn ObjectStore>, publication: Publication) -> Result<Published, PublishError> {
    publisher(target, Swap::Conditional).with_format(TableFormat::Delta).commit(publication).await
}

/// The lines of one commit to the log of a table.
async fn log(target: &Arc<dyn ObjectStore>, table: &str, version: u32) -> Vec<Value> {
    let all = contents(target).await;
    let bytes = all.get(&format!("delta/{table}/_delta_log/{version:020}.json")).expect("a commit");
    let text = std::str::from_utf8(bytes).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn commits(target: &Arc<dyn ObjectStore>, table: &str) -> usize {
    let folder = format!("delta/{table}/_delta_log/");
    let objects = contents(target).await;
    objects
        .keys()
        .filter(|path| path.strip_prefix(&folder).is_some_and(|file| file.strip_suffix(".json").is_some()))
        .count()
}

fn daily(folder: &tempfile::TempDir, days: &[&str]) -> KeptTable {
    fixture::daily_rows(folder.path(), days)
}

#[tokio::test]
async fn every_announced_table_is_a_delta_table_of_the_publication() {
    let (store, folder) = (memory(), tempfile::tempdir().expect("folder"));
    let hidden =
        KeptTable { name: "hidden".into(), kind: PointerKind::Keep, ..daily(&folder, &["2012-01-02"]) };
    let first = with_kept(publication("p1", weeks("2012-01-02", 2), &["a"]), daily(&folder, &["2012-01-02"]));
    publish(&store, with_kept(first, hidden)).await.expect("published");
    let pointer = read_pointer(&store).await.expect("pointer").expect("published");
    let mut wanted: Vec<&str> = pointer
        .tables
        .iter()
        .filter(|table| table.kind != PointerKind::Keep)
        .map(crate::publish::PointerTable::name)
        .collect();
    wanted.sort_unstable();
    let found = tables(&store).await;
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), wanted);
    let created = log(&store, KPI_VALUES.name, 0).await;
    let protocol = created.iter().find_map(|line| line.get("protocol")).expect("a protocol");
    assert_eq!((&protocol["minReaderVersion"], &protocol["minWriterVersion"]), (&json!(1), &json!(2)));
    let about = created.iter().find_map(|line| line.get("metaData")).expect("metadata");
    assert_eq!(about["name"], "kpi_values");
    assert!(
        about["description"].is_string()
            && about["schemaString"].as_str().is_some_and(|schema| {
                let schema: Value = serde_json::from_str(schema).expect("JSON");
                schema["fields"]
                    .as_array()
                    .is_some_and(|fields| fields.iter().all(|field| field["metadata"]["comment"].is_string()))
            })
    );
    let info = created.iter().find_map(|line| line.get("commitInfo")).expect("an entry");
    assert_eq!(info["userMetadata"], "publication p1");
}

#[tokio::test]
async fn a_week_replaces_its_own_files_in_one_commit() {
    let (store, folder) = (memory(), tempfile::tempdir().expect("folder"));
    let all = ["2012-01-02", "2012-01-09", "2012-01-16"];
    let kept =
        |start, days: &[&str], id| with_kept(publication(id, weeks(start, 2), &["a"]), daily(&folder, days));
    publish(&store, kept("2012-01-02", &all, "p1")).await.expect("p1");
    let before = tables(&store).await;
    publish(&store, kept("2012-01-09", &["2012-01-16"], "p2")).await.expect("p2");
    let after = tables(&store).await;
    let weeks = |files: &[String]| files.iter().map(|file| file[..10].to_owned()).collect::<Vec<_>>();
    assert_eq!(weeks(&before["daily"]), ["2012-01-02", "2012-01-09"]);
    assert_eq!(weeks(&after["daily"]), ["2012-01-02", "2012-01-16"]);
    assert_eq!(before["daily"][0], after["daily"][0], "an earlier week stays the same file");
    let second = log(&store, "daily", 1).await;
    let of = |action: &str| second.iter().filter(|line| line.get(action).is_some()).count();
    assert_eq!((of("add"), of("remove"), of("metaData")), (1, 1, 0));
    let old = format!("delta/daily/{}", before["daily"][1]);
    assert!(contents(&store).await.contains_key(&old), "earlier versions can be read");
}

#[tokio::test]
async fn what_has_not_changed_is_not_committed_again() {
    let (store, folder) = (memory(), tempfile::tempdir().expect("folder"));
    for id in ["p1", "p2"] {
        let again = publication(id, weeks("2012-01-02", 1), &["a"]);
        publish(&store, with_kept(again, daily(&folder, &["2012-01-02"]))).await.expect(id);
    }
    assert_eq!((commits(&store, "daily").await, commits(&store, KPI_VALUES.name).await), (1, 1));
    assert_eq!(commits(&store, "runs").await, 2, "it names the run");
}

#[tokio::test]
async fn columns_come_and_change() {
    let (store, folder) = (memory(), tempfile::tempdir().expect("folder"));
    let day = |text: &str| vec![Date32Type::from_naive_date(fixture::day(text))];
    let publication = |id, week, staged: KeptTable| {
        let mut publication = with_kept(publication(id, weeks(week, 1), &[]), staged);
        publication.allow_breaking = true;
        publication
    };
    let first = fixture::daily_rows(folder.path(), &["2012-01-02"]);
    publish(&store, publication("p1", "2012-01-02", first)).await.expect("p1");
    let numbers = Arc::new(Int64Array::from(vec![1]));
    let staged = fixture::staged(folder.path(), day("2012-01-09"), ("revenue", numbers));
    publish(&store, publication("p2", "2012-01-09", staged)).await.expect("p2");
    let second = log(&store, "daily", 1).await;
    let schema = second.iter().find_map(|line| line.get("metaData")).expect("a new schema");
    assert!(schema["schemaString"].as_str().expect("text").contains("\"revenue\",\"type\":\"long\""));
    assert_eq!(
        schema["id"],
        log(&store, "daily", 0).await.iter().find_map(|line| line.get("metaData")).expect("metadata")["id"]
    );
    assert_eq!(tables(&store).await["daily"].len(), 1, "a changed type starts the table anew");
}

#[tokio::test]
async fn the_log_tells_what_a_file_holds() {
    let (store, folder) = (memory(), tempfile::tempdir().expect("folder"));
    let days: Vec<i32> =
        ["2012-01-02", "2012-01-03"].map(|day| Date32Type::from_naive_date(fixture::day(day))).into();
    let cases: [(&str, arrow::array::ArrayRef, Value, Value, i64); 4] = [
        ("double", Arc::new(Float64Array::from(vec![Some(-1.5), None])), json!(-1.5), json!(-1.5), 1),
        ("bigint", Arc::new(Int64Array::from(vec![7, -3])), json!(-3), json!(7), 0),
        (
            "instant",
            Arc::new(TimestampMicrosecondArray::from(vec![-1, 1_500_001]).with_timezone("UTC")),
            json!("1969-12-31T23:59:59.999Z"),
            json!("1970-01-01T00:00:01.501Z"),
            0,
        ),
        ("text", Arc::new(StringArray::from(vec![None::<&str>, None])), Value::Null, Value::Null, 2),
    ];
    for (name, values, least, greatest, missing) in cases {
        let mut staged = fixture::staged(folder.path(), days.clone(), (name, values));
        staged.name = name.into();
        let before = read_pointer(&store).await.expect("pointer").map_or(0, |pointer| pointer.tables.len());
        let mut next =
            with_kept(publication(&format!("p{before}{name}"), weeks("2012-01-02", 1), &[]), staged);
        next.allow_breaking = true;
        publish(&store, next).await.expect(name);
        let created = log(&store, name, 0).await;
        let add = created.iter().find_map(|line| line.get("add")).expect("a file");
        let stats: Value = serde_json::from_str(add["stats"].as_str().expect("text")).expect("JSON");
        assert_eq!(stats["numRecords"], 2, "{name}");
        assert_eq!(stats["minValues"]["day"], "2012-01-02", "{name}");
        assert_eq!(stats["maxValues"]["day"], "2012-01-03", "{name}");
        let column = |of: &str| stats[of].get(name).cloned().unwrap_or(Value::Null);
        assert_eq!((column("minValues"), column("maxValues")), (least, greatest), "{name}");
        assert_eq!(column("nullCount"), json!(missing), "{name}");
    }
}

#[tokio::test]
async fn vacuum_takes_what_has_left_the_tables_long_enough_ago() {
    let (store, folder) = (memory(), tempfile::tempdir().expect("folder"));
    for (id, day) in [("p1", "2012-01-02"), ("p2", "2012-01-04")] {
        let next = publication(id, weeks("2012-01-02", 1), &["a"]);
        publish(&store, with_kept(next, daily(&folder, &[day]))).await.expect(id);
    }
    store.put(&"delta/daily/mine/notes.txt".into(), "x".into()).await.expect("written");
    let files = || async {
        let all = contents(&store).await;
        all.keys().filter(|path| path.starts_with("delta/daily/2012")).count()
    };
    let soon = vacuum(&store, "sample", now(), TimeDelta::hours(1), false).await.expect("vacuumed");
    assert_eq!((soon.objects, files().await), (0, 2), "readers may still be at it");
    let later = now() + TimeDelta::days(8);
    vacuum(&store, "sample", later, TimeDelta::days(7), true).await.expect("looked");
    assert_eq!(files().await, 2);
    vacuum(&store, "sample", later, TimeDelta::days(7), false).await.expect("vacuumed");
    assert_eq!(files().await, 1);
    let all = contents(&store).await;
    assert!(all.contains_key("delta/daily/mine/notes.txt"), "what is not ours stays");
    assert_eq!(tables(&store).await["daily"].len(), 1, "and what the table consists of");
}

#[tokio::test]
async fn a_local_folder_and_going_back_to_parquet() {
    let target = tempfile::tempdir().expect("folder");
    let store: Arc<dyn ObjectStore> =
        Arc::new(LocalFileSystem::new_with_prefix(target.path()).expect("folder exists"));
    let folder = tempfile::tempdir().expect("folder");
    let week = |id: &str, start: &str| {
        with_kept(publication(id, weeks(start, 1), &["a"]), daily(&folder, &["2012-01-02", "2012-01-09"]))
    };
    let publisher = publisher(&store, Swap::UnderLock);
    let delta = publisher.clone().with_format(TableFormat::Delta);
    publisher.commit(week("p1", "2012-01-02")).await.expect("Parquet first");
    assert!(tables(&store).await.is_empty());
    delta.commit(week("p2", "2012-01-09")).await.expect("Delta next");
    assert_eq!(tables(&store).await["daily"].len(), 2, "weeks that were published before are there too");
    for number in 3..16 {
        delta
            .commit(week(&format!("p{number}"), "2012-01-09"))
            .await
            .expect("more commits than a checkpoint takes");
    }
    assert!(contents(&store).await.contains_key("delta/runs/_delta_log/_last_checkpoint"));
    let before = tables(&store).await;
    publisher.commit(week("q", "2012-01-09")).await.expect("Parquet again");
    assert_eq!(tables(&store).await, before);
    let healed = heal(&store, Some(target.path().to_owned()), "sample", &Unguarded).await.expect("healed");
    assert_eq!(healed.leftovers, 0);
}
