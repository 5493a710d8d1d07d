//! What a vacuum removes and what it must not touch.

use chrono::TimeDelta;
use object_store::local::LocalFileSystem;

use super::*;
use crate::publish::{Vacuumed, read_current, read_pointer, vacuum};

/// A vacuum an hour from now.
async fn in_an_hour(target: &Arc<dyn ObjectStore>, age: TimeDelta, only_look: bool) -> Vacuumed {
    vacuum(target, "sample", now() + TimeDelta::hours(1), age, only_look).await.expect("vacuumed")
}

fn snapshots(contents: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    let mut found: Vec<&str> = contents
        .keys()
        .filter_map(|path| path.strip_prefix("_trichter/snapshots/")?.split('/').next())
        .collect();
    found.dedup();
    found
}

/// Three weeks with a table whose first week only the first publication wrote.
async fn three_weeks() -> (Arc<dyn ObjectStore>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("folder");
    let target = memory();
    for (id, start) in [("p1", "2012-01-02"), ("p2", "2012-01-09"), ("p3", "2012-01-16")] {
        let rows = fixture::daily_rows(folder.path(), &[start]);
        commit(&target, with_kept(publication(id, weeks(start, 1), &["a"]), rows)).await.expect("published");
    }
    (target, folder)
}

#[tokio::test]
async fn superseded_publications_go_and_what_the_pointer_names_stays() {
    let (target, _folder) = three_weeks().await;
    let before = contents(&target).await;
    let seen = visible(&target).await;
    let vacuumed = in_an_hour(&target, TimeDelta::minutes(30), false).await;
    assert_eq!(vacuumed.publications, ["p1", "p2"]);
    let after = contents(&target).await;
    let gone: Vec<&String> = before.keys().filter(|path| !after.contains_key(*path)).collect();
    assert_eq!(vacuumed.objects, gone.len() as u64);
    assert_eq!(vacuumed.bytes, gone.iter().map(|path| before[*path].len() as u64).sum::<u64>());
    assert!(visible(&target).await == seen, "what readers see is untouched");
    // The periods of the job's table live on in the publications that wrote them.
    assert_eq!(snapshots(&after), ["p1", "p2", "p3"]);
    assert!(
        after.keys().filter(|path| path.contains("snapshots/p1/")).all(|path| path.contains("/daily/2012"))
    );
    assert_eq!(rows(&read_current(&target, "daily", 100).await.expect("readable")), 3);
    assert_eq!(
        in_an_hour(&target, TimeDelta::zero(), false).await,
        Vacuumed::default(),
        "nothing is left to do"
    );
}

#[tokio::test]
async fn a_look_removes_nothing_and_young_publications_stay() {
    let (target, _folder) = three_weeks().await;
    let before = contents(&target).await;
    let look = in_an_hour(&target, TimeDelta::zero(), true).await;
    assert!(look.objects > 0 && contents(&target).await == before);
    let young = in_an_hour(&target, TimeDelta::hours(2), false).await;
    assert_eq!((young.objects, young.too_young.len()), (0, 2));
    assert!(contents(&target).await == before);
}

/// Sets the time at which everything below a folder was written back by so many hours.
fn age(folder: &std::path::Path, hours: u64) {
    for entry in std::fs::read_dir(folder).expect("folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            age(&path, hours);
        } else {
            let file = std::fs::File::options().append(true).open(&path).expect("file");
            let written = file.metadata().and_then(|known| known.modified()).expect("time");
            file.set_modified(written - std::time::Duration::from_secs(3600 * hours)).expect("aged");
        }
    }
}

/// Readers of a publication that was just superseded find its files, however old those are.
#[tokio::test]
async fn what_was_superseded_a_moment_ago_stays_readable() {
    let folder = tempfile::tempdir().expect("folder");
    let local = LocalFileSystem::new_with_prefix(folder.path()).expect("folder exists");
    let target: Arc<dyn ObjectStore> = Arc::new(local);
    let rows = tempfile::tempdir().expect("folder");
    let publish = async |id: &str, days: &[&str]| {
        let count = i32::try_from(days.len()).expect("few");
        let daily = fixture::daily_rows(rows.path(), days);
        let week = with_kept(publication(id, weeks(days[0], count), &["a"]), daily);
        publisher(&target, Swap::UnderLock).commit(week).await.expect("published");
        let pointer = read_pointer(&target).await.expect("readable").expect("published");
        let files = pointer.tables.into_iter().flat_map(|table| table.files);
        files.map(|file| file.path).collect::<Vec<_>>()
    };
    let is_there = async |files: &[String]| {
        let now = contents(&target).await;
        files.iter().filter(|file| now.contains_key(*file)).count()
    };
    let first = publish("p1", &["2012-01-02"]).await;
    age(folder.path(), 24 * 7);
    // The second one names the first one's week, the third one replaces it.
    let second = publish("p2", &["2012-01-09"]).await;
    age(folder.path(), 2);
    let third = publish("p3", &["2012-01-02", "2012-01-09"]).await;
    let vacuumed = vacuum(&target, "sample", now(), TimeDelta::hours(1), false).await.expect("vacuumed");
    assert_eq!((vacuumed.publications, vacuumed.too_young), (vec!["p1".to_owned()], vec!["p2".to_owned()]));
    assert_eq!(is_there(&second).await, second.len(), "superseded a moment ago");
    assert_eq!(is_there(&third).await, third.len(), "the newest");
    assert!(is_there(&first).await < first.len(), "superseded two hours ago");
    age(folder.path(), 2);
    let vacuumed = vacuum(&target, "sample", now(), TimeDelta::hours(1), false).await.expect("vacuumed");
    // With the second one goes what it named of the first.
    assert_eq!(vacuumed.publications, ["p1", "p2"]);
    assert_eq!((is_there(&first).await, is_there(&third).await), (0, third.len()));
}

#[tokio::test]
async fn what_a_killed_run_staged_and_a_lock_moved_aside_go() {
    let target = memory();
    commit(&target, publication("p2", fixture::window(), &["a"])).await.expect("published");
    let orphans = [
        "_trichter/snapshots/p1/kpi_values/part-0.parquet",
        "_trichter/snapshots/p3/kpi_values/part-0.parquet",
        "_trichter/locks/sample.run-1.stale",
    ];
    for path in orphans.iter().chain(&["_trichter/locks/sample.json"]) {
        target.put(&(*path).into(), "x".into()).await.expect("written");
    }
    let vacuumed = in_an_hour(&target, TimeDelta::minutes(5), false).await;
    assert_eq!(
        (vacuumed.publications.as_slice(), vacuumed.objects),
        (["p1".to_owned(), "p3".to_owned()].as_slice(), 3)
    );
    let after = contents(&target).await;
    assert!(orphans.iter().all(|path| !after.contains_key(*path)));
    assert!(after.contains_key("_trichter/locks/sample.json"), "a lock that somebody holds stays");
}

#[tokio::test]
async fn the_target_of_another_job_is_left_alone() {
    let target = memory();
    commit(&target, publication("p1", fixture::window(), &["a"])).await.expect("published");
    let error = vacuum(&target, "other", now(), TimeDelta::zero(), false).await.expect_err("refused");
    assert!(matches!(error, PublishError::WrongOwner { .. }));
    assert_eq!(in_an_hour(&memory(), TimeDelta::zero(), false).await, Vacuumed::default(), "nothing there");
}
