//! Publishing runs in which one request goes wrong: every request, in every way, on every kind of store.
//!
//! A trial starts from one whole publication and publishes the next window with lock, commit, release and artefacts. After
//! it, readers must see the old publication or the new one, every object in `current/` must be an old one or a new one,
//! and the scheduler's retry must leave what an undisturbed run would have left.

mod http;
mod plan;
mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;

use self::http::Bucket;
use self::plan::{Faults, Kind};
use self::store::Faulty;
use super::*;
use crate::config::job::TableFormat;
use crate::publish::digest::sha256;
use crate::publish::leftovers::remove_leftovers;
use crate::publish::registry::{CALENDAR, KPI_VALUES, RECOMMENDATIONS, RUNS};
use crate::publish::{Holder, Lock, Unguarded, heal, job_description, read_pointer, vacuum, write_artifacts};

/// A few tables of every kind: with all periods in `current/`, with the newest alone, about the run.
const RESULTS: [&str; 4] = [KPI_VALUES.name, CALENDAR.name, RECOMMENDATIONS.name, RUNS.name];

fn at(minute: u32) -> DateTime<Utc> {
    format!("2012-01-16T00:{minute:02}:00Z").parse().expect("instant")
}

/// What one run publishes: four result tables and one of the job's own.
fn content(id: &str, run_id: &str, start: &str, daily: &KeptTable) -> Publication {
    let run = run_id.trim_start_matches("run-");
    let mut publication = with_kept(publication(run, weeks(start, 1), &["a", "b"]), daily.clone());
    publication.publication = id.to_owned();
    publication.results.retain(|result| RESULTS.contains(&result.def.name));
    publication
}

/// One run as the program does it: lock, making up for a killed run, commit, release, artefacts.
async fn run(world: &World, minute: u32, publication: Publication) -> Result<(), PublishError> {
    let (target, swap) = (&world.faulty, world.swap);
    let holder = Holder {
        job: "sample".into(),
        run_id: publication.run_id.clone(),
        host: "here".into(),
        pid: 7,
        attempt: publication.publication.clone(),
        expires_at: at(minute) + TimeDelta::minutes(5),
    };
    let mut result = fixture::run_result(&publication.run_id);
    result.run_id.clone_from(&publication.run_id);
    let mut lock = Lock::acquire(target.clone(), swap, holder, at(minute), &|_| true).await?;
    // As a run does it: whoever waits for a renewal tries more than once.
    let until = at(minute + 1) + TimeDelta::minutes(5);
    if lock.renew(swap, until).await.is_err() {
        lock.renew(swap, until).await?;
    }
    heal(target, world.local_folder(), "sample", &Unguarded).await?;
    let committed = publisher(target, swap).with_format(world.format).commit(publication).await;
    let released = lock.release().await;
    let written = write_artifacts(target, &result, &job_description(&fixture::job(), &BTreeMap::new())).await;
    committed?;
    released?;
    written
}

/// A target that can be looked at and set up without faults, and a client of it that meets them.
struct World {
    clean: Arc<dyn ObjectStore>,
    /// The same objects, to look at quickly.
    look: Arc<dyn ObjectStore>,
    faulty: Arc<dyn ObjectStore>,
    faults: Arc<Faults>,
    swap: Swap,
    format: TableFormat,
    folder: Option<tempfile::TempDir>,
    _bucket: Option<Bucket>,
}

impl World {
    fn memory() -> Self {
        let faults = Arc::new(Faults::default());
        let clean = memory();
        let faulty = Arc::new(Faulty::new(clean.clone(), faults.clone()));
        let look = clean.clone();
        let (swap, format) = (Swap::Conditional, TableFormat::Parquet);
        Self { clean, look, faulty, faults, swap, format, folder: None, _bucket: None }
    }

    fn local() -> Self {
        let faults = Arc::new(Faults::default());
        let folder = tempfile::tempdir().expect("folder");
        let clean: Arc<dyn ObjectStore> =
            Arc::new(LocalFileSystem::new_with_prefix(folder.path()).expect("folder exists"));
        let faulty = Arc::new(Faulty::new(clean.clone(), faults.clone()));
        let look = clean.clone();
        let (swap, format) = (Swap::UnderLock, TableFormat::Parquet);
        Self { clean, look, faulty, faults, swap, format, folder: Some(folder), _bucket: None }
    }

    /// A bucket behind a server that counts the requests of HTTP; its client tries again as often as `retries` says.
    fn s3(retries: usize) -> Self {
        let faults = Arc::new(Faults::default());
        let folder = tempfile::tempdir().expect("folder");
        let bucket = Bucket::serve(folder.path(), faults.clone());
        // Versions of objects are the server's business, so nobody goes round it.
        let clean = bucket.client(2);
        let faulty = bucket.client(retries);
        let files = LocalFileSystem::new_with_prefix(folder.path()).expect("folder exists");
        let look: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(files, http::BUCKET));
        let (swap, format) = (Swap::Conditional, TableFormat::Parquet);
        Self { clean, look, faulty, faults, swap, format, folder: Some(folder), _bucket: Some(bucket) }
    }

    /// Makes the target equal to `before`.
    async fn reset(&self, before: &BTreeMap<String, Vec<u8>>) {
        self.faults.count_only();
        let now = contents(&self.look).await;
        for path in now.keys().filter(|path| !before.contains_key(*path)) {
            self.clean.delete(&path.as_str().into()).await.expect("removed");
        }
        for (path, bytes) in before.iter().filter(|(path, bytes)| now.get(*path) != Some(bytes)) {
            self.clean.put(&path.as_str().into(), bytes.clone().into()).await.expect("written");
        }
        self.leftovers();
    }

    /// The folder of a local target.
    fn local_folder(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref().filter(|_| self.swap == Swap::UnderLock);
        folder.map(|folder| folder.path().to_path_buf())
    }

    /// Removes files that only a reader of the folder itself would see, and gives their number.
    fn leftovers(&self) -> usize {
        self.local_folder().map_or(0, |folder| remove_leftovers(&folder).expect("swept"))
    }
}

/// What trials start from and have to lead to.
struct Expected {
    before: BTreeMap<String, Vec<u8>>,
    after: BTreeMap<String, Vec<u8>>,
    /// The files of each Delta table, before and after.
    delta: [DeltaTables; 2],
    requests: usize,
}

/// The files of Delta tables by table.
type DeltaTables = BTreeMap<String, Vec<String>>;

/// The Delta tables of a world as a reader of their logs finds them.
#[cfg(feature = "delta")]
async fn delta_tables(world: &World) -> DeltaTables {
    super::delta::tables(&world.look).await
}

#[cfg(not(feature = "delta"))]
async fn delta_tables(_: &World) -> DeltaTables {
    BTreeMap::new()
}

/// How a trial ended before its retry.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
struct Tally {
    old: usize,
    new: usize,
}

async fn expected(world: &World, daily: &KeptTable) -> Expected {
    let first = content("p1", "run-1", "2012-01-02", daily);
    run(world, 0, first).await.expect("undisturbed");
    let (before, delta_before) = (contents(&world.look).await, delta_tables(world).await);
    world.faults.count_only();
    run(world, 20, content("p2", "run-2", "2012-01-09", daily)).await.expect("undisturbed");
    let requests = world.faults.seen();
    let delta = [delta_before, delta_tables(world).await];
    Expected { before, after: plain(visible(&world.look).await), delta, requests }
}

/// Without what a Delta table consists of: its log tells the time.
fn plain(mut objects: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    objects.retain(|path, _| !path.starts_with("delta/"));
    objects
}

/// What readers are promised, whatever happened.
async fn whole(world: &World, expected: &Expected, what: &str) -> bool {
    let now = contents(&world.look).await;
    let pointer = read_pointer(&world.look).await.expect("readable").expect("published");
    assert!(["p1", "p2"].contains(&pointer.publication.as_str()), "{what}: {}", pointer.publication);
    for file in pointer.tables.iter().flat_map(|table| &table.files) {
        let bytes = now.get(&file.path).unwrap_or_else(|| panic!("{what}: {} is gone", file.path));
        assert_eq!(sha256(bytes), file.sha256, "{what}: {}", file.path);
    }
    for (path, bytes) in &now {
        let is_plain = ["current/", "history/", "tables/"].iter().any(|folder| path.starts_with(folder));
        let known = [expected.before.get(path), expected.after.get(path)];
        assert!(!is_plain || known.contains(&Some(bytes)), "{what}: {path} is neither old nor new");
    }
    for path in expected.before.keys().filter(|path| path.starts_with("current/")) {
        assert!(now.contains_key(path), "{what}: {path} is gone");
    }
    for (table, files) in &delta_tables(world).await {
        let known = expected.delta.each_ref().map(|tables| tables.get(table));
        assert!(known.contains(&Some(files)), "{what}: the Delta table {table} is neither old nor new");
    }
    pointer.publication == "p2"
}

/// Lets the request number `at` go wrong in one way, looks, and runs again as a scheduler would.
async fn trial(world: &World, expected: &Expected, daily: &KeptTable, kind: Kind, at: usize) -> bool {
    let what = format!("{kind:?} at request {at} of {}", expected.requests);
    world.reset(&expected.before).await;
    world.faults.set(kind, at);
    let second = content("p2", "run-2", "2012-01-09", daily);
    let done = tokio::select! {
        done = run(world, 20, second) => done,
        () = world.faults.died() => Ok(()),
    };
    if let Err(error) = &done {
        assert!(error.fault() != crate::publish::Fault::Usage, "{what}: {error}");
    }
    // Whatever the client has sent is carried out or not before anybody looks.
    world.faults.settle().await;
    world.faults.count_only();
    let is_new = whole(world, expected, &what).await;
    run(world, 22, content("p3", "run-2", "2012-01-09", daily))
        .await
        .unwrap_or_else(|error| panic!("{what}: the retry fails: {error}"));
    assert_eq!(world.leftovers(), 0, "{what}: readers of the folder would trip over half-written files");
    assert_eq!(delta_tables(world).await, expected.delta[1], "{what}");
    let now = plain(visible(&world.look).await);
    assert_eq!(
        now.keys().filter(|path| !path.contains(".stale")).collect::<Vec<_>>(),
        expected.after.keys().collect::<Vec<_>>(),
        "{what}"
    );
    for (path, bytes) in &expected.after {
        // The pointer names the publication; the rest is the same to the byte.
        assert!(path == "_trichter/publication.json" || &now[path] == bytes, "{what}: {path} did not heal");
    }
    is_new
}

/// Which requests of so many go wrong in the way number `kind`: one in `step`, others for each way; every one with
/// `TRICHTER_FAULTS=all`.
#[allow(clippy::disallowed_methods, reason = "a longer test is asked for by a variable")]
fn requests(of: usize, step: usize, kind: usize) -> impl Iterator<Item = usize> {
    let (first, step) = match std::env::var("TRICHTER_FAULTS").as_deref() {
        Ok("all") => (1, 1),
        _ => (1 + kind % step, step),
    };
    (first..=of).step_by(step)
}

/// Lets one in `step` requests go wrong in every way; see [`requests`].
async fn every_request(world: World, kinds: &[Kind], step: usize) {
    let folder = tempfile::tempdir().expect("folder");
    let daily = fixture::daily_rows(folder.path(), &["2012-01-02", "2012-01-09"]);
    let expected = expected(&world, &daily).await;
    let mut tally = Tally::default();
    for (number, kind) in kinds.iter().enumerate() {
        for at in requests(expected.requests, step, number) {
            let is_new = trial(&world, &expected, &daily, *kind, at).await;
            *if is_new { &mut tally.new } else { &mut tally.old } += 1;
        }
    }
    // Nothing that trials left behind outlives a vacuum, and what the pointer names stays.
    vacuum(&world.clean, "sample", now() + TimeDelta::minutes(1), TimeDelta::zero(), false)
        .await
        .expect("vacuumed");
    let pointer = read_pointer(&world.look).await.expect("readable").expect("published");
    assert_eq!(pointer.publication, "p3");
    let named: Vec<&str> =
        pointer.tables.iter().flat_map(|table| &table.files).map(|file| file.path.as_str()).collect();
    let left = contents(&world.look).await;
    assert!(named.iter().all(|path| left.contains_key(*path)));
    for path in left.keys().filter_map(|path| path.strip_prefix("_trichter/snapshots/")) {
        let is_named = named.iter().any(|name| name.ends_with(path));
        assert!(path.starts_with("p3/") || is_named, "{path} is an orphan");
    }
    assert!(tally.old > 0 && tally.new > 0, "{tally:?}");
    println!("{} requests, {} ways: {tally:?}", expected.requests, kinds.len());
}

#[tokio::test]
async fn a_store_with_conditional_writes_shows_old_or_new() {
    every_request(World::memory(), &Kind::OF_STORES, 1).await;
}

#[tokio::test]
async fn a_local_folder_shows_old_or_new() {
    every_request(World::local(), &Kind::OF_STORES, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_shows_old_or_new() {
    every_request(World::s3(0), &Kind::OF_SERVERS, SOME).await;
}

/// What can happen to a request of a Delta table. One that is never answered would hold a thread of delta-rs for ever, so
/// these processes are not killed.
#[cfg(feature = "delta")]
const OF_DELTA: [Kind; 2] = [Kind::Error, Kind::LostAnswer];

/// Each Delta table is old or new as a whole, and the retry makes it new.
#[cfg(feature = "delta")]
#[tokio::test]
async fn delta_tables_are_old_or_new() {
    every_request(World { format: TableFormat::Delta, ..World::memory() }, &OF_DELTA, SOME).await;
}

#[cfg(feature = "delta")]
#[tokio::test]
async fn delta_tables_on_a_local_folder_are_old_or_new() {
    every_request(World { format: TableFormat::Delta, ..World::local() }, &OF_DELTA, 2 * SOME).await;
}

/// A client that tries again gets over any single fault, and notices that its own write had gone through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_tries_again_gets_over_a_single_fault() {
    let folder = tempfile::tempdir().expect("folder");
    let daily = fixture::daily_rows(folder.path(), &["2012-01-02", "2012-01-09"]);
    let world = World::s3(2);
    let expected = expected(&world, &daily).await;
    for (number, kind) in [Kind::Error, Kind::Timeout, Kind::LostAnswer].into_iter().enumerate() {
        for at in requests(expected.requests, SOME, number) {
            world.reset(&expected.before).await;
            world.faults.set(kind, at);
            let second = content("p2", "run-2", "2012-01-09", &daily);
            let done = run(&world, 20, second).await;
            done.unwrap_or_else(|error| panic!("{kind:?} at request {at}: {error}"));
            assert!(plain(visible(&world.look).await) == expected.after, "{kind:?} at request {at}");
        }
    }
}

/// Requests of HTTP and logs of Delta tables take long in a debug build: one in so many goes wrong, unless `TRICHTER_FAULTS=all` asks for every one.
const SOME: usize = 5;

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_millis(300);
