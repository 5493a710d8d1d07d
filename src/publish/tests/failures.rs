//! Stores that fail at any moment, and runs that race.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result as StoreResult,
};

use super::*;
use crate::publish::pointer::{self, Pointer};
use crate::publish::{Fault, read_pointer};

/// A store that is full after a number of writes and copies.
#[derive(Debug)]
struct Filling {
    inner: InMemory,
    room: AtomicUsize,
}

impl Filling {
    fn take_room(&self) -> StoreResult<()> {
        let taken = self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |room| room.checked_sub(1));
        taken.map(|_| ()).map_err(|_| object_store::Error::Generic {
            store: "Filling",
            source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
        })
    }
}

impl fmt::Display for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filling")
    }
}

#[async_trait]
impl ObjectStore for Filling {
    async fn put_opts(
        &self,
        path: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        self.take_room()?;
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> StoreResult<GetResult> {
        self.inner.get_opts(path, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, StoreResult<Path>>,
    ) -> BoxStream<'static, StoreResult<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.take_room()?;
        self.inner.copy_opts(from, to, options).await
    }
}

#[tokio::test]
async fn a_store_that_fills_up_at_any_moment_shows_old_or_new() {
    let folder = tempfile::tempdir().expect("folder");
    let rows = fixture::daily_rows(folder.path(), &["2012-01-02", "2012-01-09"]);
    let first = || with_kept(publication("p1", weeks("2012-01-02", 1), &["a"]), rows.clone());
    let second = |id: &str| with_kept(publication(id, weeks("2012-01-09", 1), &["a"]), rows.clone());
    let base = InMemory::new();
    let base_target: Arc<dyn ObjectStore> = Arc::new(base.fork());
    commit(&base_target, first()).await.expect("published");
    let before = contents(&base_target).await;
    let healthy = memory();
    commit(&healthy, first()).await.expect("published");
    commit(&healthy, second("retry")).await.expect("published");
    let expected = visible(&healthy).await;

    let mut stages = [0, 0];
    for room in (0..).step_by(4) {
        let inner = InMemory::new();
        for (path, bytes) in &before {
            inner.put(&Path::from(path.as_str()), bytes.clone().into()).await.expect("copied");
        }
        let filling: Arc<Filling> = Arc::new(Filling { inner, room: room.into() });
        let store: Arc<dyn ObjectStore> = filling.clone();
        // As on a local disk, where a refused write has certainly not happened.
        match publisher(&store, Swap::UnderLock).commit(second("p2")).await {
            Ok(_) => break,
            Err(error @ PublishError::AfterSwitch { .. }) => {
                assert_eq!(error.fault(), Fault::StepFailed);
                let pointer = read_pointer(&store).await.expect("pointer").expect("published");
                assert_eq!(pointer.publication, "p2");
                filling.room.store(usize::MAX, Ordering::SeqCst);
                commit(&store, second("retry")).await.expect("room was made");
                assert!(visible(&store).await == expected, "after {room} writes the retry does not heal");
                stages[1] += 1;
            }
            Err(error) => {
                assert_eq!(error.fault(), Fault::StepFailed, "{error}");
                assert!(contents(&store).await == before, "after {room} writes: {error}");
                stages[0] += 1;
            }
        }
    }
    assert!(stages.iter().all(|&count| count > 8), "{stages:?}");
}

fn pointer(publication: &str) -> Pointer {
    Pointer {
        format: Pointer::FORMAT,
        job: "sample".into(),
        publication: publication.into(),
        run_id: format!("run-{publication}"),
        window_start: fixture::window().start(),
        as_of: fixture::window().end(),
        tables: Vec::new(),
        inputs: Vec::new(),
        source_starts: BTreeMap::new(),
        fingerprint: None,
        previous_as_of: None,
        delta: false,
    }
}

#[tokio::test]
async fn whoever_swaps_second_is_told_who_was_first() {
    let store = memory();
    pointer::swap(&store, Swap::Conditional, None, &pointer("p0")).await.expect("first");
    let seen = pointer::read(&store).await.expect("pointer");
    pointer::swap(&store, Swap::Conditional, seen.as_ref(), &pointer("p1")).await.expect("unchanged");
    let error =
        pointer::swap(&store, Swap::Conditional, seen.as_ref(), &pointer("p2")).await.expect_err("changed");
    assert_eq!(
        error.to_string(),
        "publication `p1` of run `run-p1` appeared while this run was publishing; run again"
    );
    assert_eq!(error.fault(), Fault::TryLater);
    let late = pointer::swap(&store, Swap::Conditional, None, &pointer("p3")).await;
    assert!(matches!(late, Err(PublishError::Overtaken { .. })));
}

#[tokio::test]
async fn a_repeated_write_of_our_own_pointer_is_no_conflict() {
    let store = memory();
    pointer::swap(&store, Swap::Conditional, None, &pointer("p0")).await.expect("first");
    pointer::swap(&store, Swap::Conditional, None, &pointer("p0")).await.expect("the same again");
}

#[tokio::test]
async fn of_many_racing_runs_every_loser_knows_it_and_leaves_nothing_behind() {
    let store = memory();
    let races = (0..8).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            commit(&store, publication(&format!("p{number}"), fixture::window(), &["a"])).await
        })
    });
    let mut winners = Vec::new();
    for result in futures::future::join_all(races).await {
        match result.expect("no panic") {
            Ok(done) => winners.push(done.publication),
            Err(error) => assert!(matches!(error, PublishError::Overtaken { .. }), "{error}"),
        }
    }
    let pointer = read_pointer(&store).await.expect("pointer").expect("published");
    assert!(winners.contains(&pointer.publication));
    for path in contents(&store).await.keys() {
        let snapshot = path.strip_prefix("_trichter/snapshots/").and_then(|rest| rest.split('/').next());
        assert!(snapshot.is_none_or(|id| winners.iter().any(|winner| winner == id)), "{path}");
    }
}

#[tokio::test]
async fn a_pointer_of_a_later_form_is_not_misread() {
    let store = memory();
    let body = r#"{ "format": 2, "everything": "else" }"#;
    store.put(&Path::from("_trichter/publication.json"), body.into()).await.expect("written");
    let error = commit(&store, publication("p1", fixture::window(), &[])).await.expect_err("unknown form");
    assert!(error.to_string().contains("it has format 2, this version of trichter knows 1"), "{error}");
}
