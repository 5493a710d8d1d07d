//! Puts bytes and local files into the target, and takes failed attempts back out.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error as StoreError, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};

use super::error::PublishError;

/// Size from which a file is sent in parts, and of each part.
const PART: usize = 8 * 1024 * 1024;

/// Objects that are written or copied at a time.
pub(crate) const UNDER_WAY: usize = 8;

/// One object to write.
#[derive(Debug)]
pub(crate) struct Write {
    path: Path,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Bytes(PutPayload),
    File(PathBuf),
}

impl Write {
    /// An object with these bytes.
    pub(crate) fn bytes(path: Path, bytes: PutPayload) -> Self {
        Self { path, content: Content::Bytes(bytes) }
    }

    /// An object with the content of a local file.
    pub(crate) fn file(path: Path, file: PathBuf) -> Self {
        Self { path, content: Content::File(file) }
    }
}

/// Writes objects, several at a time. Readers see each as a whole or not at all.
///
/// Once `halt` is set no other object or part is begun, and uploads in parts are aborted; what is under way is waited for.
/// The same after an error.
pub(crate) async fn put_all(
    store: &Arc<dyn ObjectStore>,
    writes: Vec<Write>,
    halt: &AtomicBool,
) -> Result<(), PublishError> {
    let failed = AtomicBool::new(false);
    let halt = Halt { asked: halt, failed: &failed };
    let writes = writes.into_iter().map(|write| async {
        let written = put(store.clone(), write, halt).await;
        failed.fetch_or(written.is_err(), Ordering::Relaxed);
        written
    });
    let written: Vec<Result<(), PublishError>> =
        stream::iter(writes).buffer_unordered(UNDER_WAY).collect().await;
    // What stopped the others comes first.
    let (stopped, failed): (Vec<_>, Vec<_>) =
        written.into_iter().filter_map(Result::err).partition(|error| matches!(error, PublishError::Stopped));
    failed.into_iter().chain(stopped).next().map_or(Ok(()), Err)
}

/// Whether to begin anything more.
#[derive(Clone, Copy)]
struct Halt<'a> {
    asked: &'a AtomicBool,
    failed: &'a AtomicBool,
}

impl Halt<'_> {
    fn check(self) -> Result<(), PublishError> {
        let is_set = self.asked.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed);
        if is_set { Err(PublishError::Stopped) } else { Ok(()) }
    }
}

async fn put(store: Arc<dyn ObjectStore>, write: Write, halt: Halt<'_>) -> Result<(), PublishError> {
    halt.check()?;
    match write.content {
        Content::Bytes(bytes) => put_bytes(&store, &write.path, bytes).await,
        Content::File(file) => put_file(&store, &write.path, file, halt).await,
    }
}

/// Writes an object in one piece.
pub(crate) async fn put_bytes(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    bytes: PutPayload,
) -> Result<(), PublishError> {
    store.put(path, bytes).await.map_err(PublishError::store("write", path))?;
    Ok(())
}

/// Writes a local file to an object, in parts if it is large.
async fn put_file(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    file: PathBuf,
    halt: Halt<'_>,
) -> Result<(), PublishError> {
    let mut local = LocalFile::open(file).await?;
    let first = local.next_part().await?;
    if first.len() < PART {
        return put_bytes(store, path, first.into()).await;
    }
    let mut upload = store.put_multipart(path).await.map_err(PublishError::store("write", path))?;
    match send(upload.as_mut(), first, &mut local, path, halt).await {
        Ok(()) => Ok(()),
        Err(error) => {
            if let Err(leftover) = upload.abort().await {
                tracing::warn!(%path, error = %leftover, "cannot abort an upload; the store may keep its parts");
            }
            Err(error)
        }
    }
}

/// Sends part after part: several files are under way at a time already.
async fn send(
    upload: &mut dyn MultipartUpload,
    first: Vec<u8>,
    local: &mut LocalFile,
    path: &Path,
    halt: Halt<'_>,
) -> Result<(), PublishError> {
    let mut part = first;
    while !part.is_empty() {
        halt.check()?;
        upload.put_part(part.into()).await.map_err(PublishError::store("write", path))?;
        part = local.next_part().await?;
    }
    upload.complete().await.map_err(PublishError::store("write", path))?;
    Ok(())
}

/// Removes an object; that it is gone already is fine. Clients do not repeat removals by themselves.
pub(crate) async fn remove(store: &Arc<dyn ObjectStore>, path: &Path) -> Result<(), PublishError> {
    let mut left = REMOVALS;
    loop {
        left -= 1;
        match store.delete(path).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => return Ok(()),
            Err(error) if left == 0 => return Err(PublishError::store("remove", path)(error)),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// How often a removal is tried.
const REMOVALS: u32 = 3;
/// Pause between two such attempts.
const PAUSE: Duration = Duration::from_millis(200);

/// Removes every object below `folder` as far as that works; what stays is only unused.
pub(crate) async fn remove_all(store: &Arc<dyn ObjectStore>, folder: &Path) {
    let objects = store.list(Some(folder)).map_ok(|object| object.location);
    let removed = store.delete_stream(Box::pin(objects)).try_for_each(|_| async { Ok(()) }).await;
    if let Err(error) = removed {
        tracing::warn!(%folder, %error, "cannot remove what a failed publication left behind");
    }
}

/// A local file read part by part on the threads for blocking work.
struct LocalFile {
    path: PathBuf,
    file: Option<File>,
}

impl LocalFile {
    async fn open(path: PathBuf) -> Result<Self, PublishError> {
        let name = path.clone();
        let file = tokio::task::spawn_blocking(move || File::open(name)).await?;
        let file = file.map_err(PublishError::file("open", &path))?;
        Ok(Self { path, file: Some(file) })
    }

    /// The next [`PART`] bytes, fewer at the end, none after it.
    async fn next_part(&mut self) -> Result<Vec<u8>, PublishError> {
        let Some(mut file) = self.file.take() else { return Ok(Vec::new()) };
        let (file, read) = tokio::task::spawn_blocking(move || {
            let mut part = Vec::new();
            let read = file.by_ref().take(PART as u64).read_to_end(&mut part).map(|_| part);
            (file, read)
        })
        .await?;
        self.file = Some(file);
        read.map_err(PublishError::file("read", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    #[tokio::test]
    async fn files_below_at_and_above_a_part_arrive_whole() {
        let folder = tempfile::tempdir().expect("folder");
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for size in [0, 1, PART - 1, PART, PART + 1, 2 * PART] {
            let file = folder.path().join(size.to_string());
            let content: Vec<u8> = (0..=250_u8).cycle().take(size).collect();
            std::fs::write(&file, &content).expect("file");
            let path = Path::from(format!("x/{size}"));
            put_all(&store, vec![Write::file(path.clone(), file)], &AtomicBool::new(false))
                .await
                .expect("uploaded");
            let stored = store.get(&path).await.expect("stored").bytes().await.expect("bytes");
            assert!(stored == content, "{size}");
        }
        let halted =
            put_all(&store, vec![Write::bytes("y".into(), "y".into())], &AtomicBool::new(true)).await;
        assert!(matches!(halted, Err(PublishError::Stopped)));
        remove_all(&store, &Path::from("x")).await;
        assert!(store.list(None).try_collect::<Vec<_>>().await.expect("list").is_empty());
    }
}
