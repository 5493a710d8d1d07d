//! A store that counts what a run asks of it, and that hands out only the versions of objects which the run listed.
//!
//! An object that is replaced between two reads would make results rest on a mixture of both. So a listed object is
//! pinned by its entity tag: if the store has another version, reading it is an error.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, OBJECT_STORE_COALESCE_DEFAULT,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
    UploadPart, coalesce_ranges,
};

/// What a run asked of one storage so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests of any kind; those that a client repeats by itself count once.
    pub requests: u64,
    /// Bytes of objects that were asked for.
    pub bytes_read: u64,
    /// Bytes of objects that were sent.
    pub bytes_written: u64,
}

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
}

impl Counters {
    fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn written(&self, bytes: usize) {
        self.bytes_written.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// A store in front of the one that does the work.
pub(super) struct WatchedStore {
    inner: Arc<dyn ObjectStore>,
    counters: Arc<Counters>,
    /// Entity tags by path.
    pinned: RwLock<HashMap<Path, String>>,
}

impl WatchedStore {
    pub(super) fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, counters: Arc::default(), pinned: RwLock::default() }
    }

    /// From now on only this version of the object is read. Stores without entity tags are read as they are.
    pub(super) fn pin(&self, object: &ObjectMeta) {
        if let Some(tag) = &object.e_tag {
            let mut pinned = self.pinned.write().unwrap_or_else(PoisonError::into_inner);
            // The first one counts: another source may have read it already.
            pinned.entry(object.location.clone()).or_insert_with(|| tag.clone());
        }
    }

    pub(super) fn traffic(&self) -> Traffic {
        let counted = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            requests: counted(&self.counters.requests),
            bytes_read: counted(&self.counters.bytes_read),
            bytes_written: counted(&self.counters.bytes_written),
        }
    }

    fn tag(&self, path: &Path) -> Option<String> {
        self.pinned.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }
}

impl fmt::Debug for WatchedStore {
    /// Clients would show the keys that they hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedStore").field("inner", &format_args!("{}", self.inner)).finish_non_exhaustive()
    }
}

impl fmt::Display for WatchedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for WatchedStore {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.counters.request();
        self.counters.written(payload.content_length());
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.counters.request();
        let upload = self.inner.put_multipart_opts(path, options).await?;
        Ok(Box::new(WatchedUpload { inner: upload, counters: Arc::clone(&self.counters) }))
    }

    async fn get_opts(&self, path: &Path, mut options: GetOptions) -> Result<GetResult> {
        self.counters.request();
        if options.if_match.is_none() {
            options.if_match = self.tag(path);
        }
        let head = options.head;
        let found = self.inner.get_opts(path, options).await?;
        if !head {
            let bytes = found.range.end - found.range.start;
            self.counters.bytes_read.fetch_add(bytes, Ordering::Relaxed);
        }
        Ok(found)
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        // A request of its own for each range, so that each is held to the pinned version.
        let fetch = |range: Range<u64>| async move {
            let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
            self.get_opts(path, options).await?.bytes().await
        };
        coalesce_ranges(ranges, fetch, OBJECT_STORE_COALESCE_DEFAULT).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let counters = Arc::clone(&self.counters);
        // Stores that remove many objects with one request are counted as if they did not.
        self.inner.delete_stream(paths.inspect(move |_| counters.request()).boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.counters.request();
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.counters.request();
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.counters.request();
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.counters.request();
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.counters.request();
        self.inner.rename_opts(from, to, options).await
    }
}

/// An upload in parts, counted.
#[derive(Debug)]
struct WatchedUpload {
    inner: Box<dyn MultipartUpload>,
    counters: Arc<Counters>,
}

#[async_trait]
impl MultipartUpload for WatchedUpload {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        self.counters.request();
        self.counters.written(part.content_length());
        self.inner.put_part(part)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.counters.request();
        self.inner.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.counters.request();
        self.inner.abort().await
    }
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;
    use object_store::local::LocalFileSystem;
    use object_store::memory::InMemory;
    use object_store::{Error, ObjectStoreExt};

    use super::*;

    fn stores() -> (Vec<Arc<dyn ObjectStore>>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let local = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        (vec![Arc::new(InMemory::new()), Arc::new(local)], folder)
    }

    #[tokio::test]
    async fn requests_and_bytes_are_counted() {
        let (stores, _folder) = stores();
        for store in stores {
            let watched = WatchedStore::new(store);
            let path = Path::from("a/b");
            watched.put(&path, "12345".into()).await.unwrap();
            assert_eq!(watched.get_range(&path, 1..4).await.unwrap(), "234");
            assert_eq!(watched.get(&path).await.unwrap().bytes().await.unwrap().len(), 5);
            watched.head(&path).await.unwrap();
            let parts = watched.get_ranges(&path, &[0..1, 4..5]).await.unwrap();
            assert_eq!(parts, ["1", "5"]);
            assert_eq!(watched.list(None).try_collect::<Vec<_>>().await.unwrap().len(), 1);
            let mut upload = watched.put_multipart(&Path::from("c")).await.unwrap();
            upload.put_part("123456".into()).await.unwrap();
            upload.complete().await.unwrap();
            watched.delete(&path).await.unwrap();
            // Ranges that lie close together are read in one go.
            let traffic = Traffic { requests: 10, bytes_read: 3 + 5 + 5, bytes_written: 5 + 6 };
            assert_eq!(watched.traffic(), traffic);
        }
    }

    #[tokio::test]
    async fn an_object_that_was_replaced_after_it_was_listed_is_not_read() {
        let (stores, _folder) = stores();
        for store in stores {
            let watched = WatchedStore::new(store);
            let path = Path::from("a");
            watched.put(&path, "first".into()).await.unwrap();
            let listed = watched.head(&path).await.unwrap();
            watched.pin(&listed);
            assert_eq!(watched.get(&path).await.unwrap().bytes().await.unwrap(), "first");
            watched.put(&path, "the second, which is longer".into()).await.unwrap();
            let (ahead, behind) = (0..2, 3..4);
            let ranges = watched.get_ranges(&path, &[ahead, behind]).await.map(|_| ());
            for refused in [watched.get(&path).await.map(|_| ()), ranges] {
                assert!(matches!(refused, Err(Error::Precondition { .. })), "{refused:?}");
            }
        }
    }
}
