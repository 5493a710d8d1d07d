//! Opened storages: one per storage of the platform configuration.
//!
//! Local folders need not exist yet: the first write makes them. That is right for where results go
//! and wrong for where sources lie, so `sources` asks [`StorageHandle::missing_folder`].

use std::path::PathBuf;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectMeta, ObjectStore};
use url::Url;

use super::azure::azure;
use super::client::configuration;
use super::google_cloud::google_cloud;
use super::s3::s3;
use crate::config::platform::{Storage, StorageKind};
use crate::engine::error::EngineError;
use crate::engine::watched::{Traffic, WatchedStore};

/// A storage, ready for use.
#[derive(Debug, Clone)]
pub struct StorageHandle {
    /// The objects, with paths relative to the storage's folder or prefix.
    pub store: Arc<dyn ObjectStore>,
    /// Name that job files use.
    pub name: String,
    /// What is behind it.
    pub kind: StoreKind,
    /// Where people find it: an absolute folder, `s3://bucket/prefix`, `gs://bucket/prefix` or
    /// `az://container/prefix`.
    pub root: String,
    watched: Arc<WatchedStore>,
}

/// What is behind a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// A folder on this machine.
    Local,
    /// A bucket of an S3-compatible store.
    S3,
    /// A bucket of Google Cloud Storage.
    GoogleCloud,
    /// A container of Azure Blob Storage.
    Azure,
}

impl StorageHandle {
    /// Opens `storage`. Nothing is read or written yet.
    pub(in crate::engine) fn open(storage: &Storage) -> Result<Self, EngineError> {
        let name = &storage.name;
        let (store, kind, root) = match &storage.kind {
            StorageKind::Folder(folder) => {
                let root = Path::from_absolute_path(folder).map_err(|error| {
                    configuration(name, &format!("{} is no absolute path: {error}", folder.display()))
                })?;
                let store: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(LocalFileSystem::new(), root));
                (store, StoreKind::Local, folder.display().to_string())
            }
            StorageKind::S3(options) => {
                let (store, root) = below(s3(name, options)?, &options.remote.prefix);
                (store, StoreKind::S3, format!("s3://{}{root}", options.bucket))
            }
            StorageKind::GoogleCloud(options) => {
                let (store, root) = below(google_cloud(name, options)?, &options.remote.prefix);
                (store, StoreKind::GoogleCloud, format!("gs://{}{root}", options.bucket))
            }
            StorageKind::Azure(options) => {
                let (store, root) = below(azure(name, options)?, &options.remote.prefix);
                (store, StoreKind::Azure, format!("az://{}{root}", options.container))
            }
        };
        let watched = Arc::new(WatchedStore::new(store));
        let store = Arc::clone(&watched) as Arc<dyn ObjectStore>;
        Ok(Self { store, name: storage.name.clone(), kind, root, watched })
    }

    /// Lets this run read only this version of the object: another one is an error.
    pub fn pin(&self, object: &ObjectMeta) {
        self.watched.pin(object);
    }

    /// What was asked of the storage so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.watched.traffic()
    }

    /// What people call the object or folder at `path`, for example `/data/lake/orders/`.
    #[must_use]
    pub fn describe(&self, path: &str) -> String {
        format!("{}/{}", self.root.trim_end_matches('/'), path.trim_start_matches('/'))
    }

    /// The storage's own folder, if it is a local one that does not exist.
    #[must_use]
    pub fn missing_folder(&self) -> Option<PathBuf> {
        let folder = PathBuf::from(&self.root);
        (self.kind == StoreKind::Local && !folder.is_dir()).then_some(folder)
    }

    /// The address under which sessions know the storage.
    pub(crate) fn url(&self) -> Result<Url, EngineError> {
        Url::parse(&format!("storage://{}/", self.name)).map_err(|error| {
            configuration(&self.name, &format!("the name cannot be part of an address: {error}"))
        })
    }
}

/// The store as it is seen from below `prefix`, and what that adds to its address.
fn below(store: impl ObjectStore, prefix: &str) -> (Arc<dyn ObjectStore>, String) {
    if prefix.is_empty() {
        (Arc::new(store), String::new())
    } else {
        (Arc::new(PrefixStore::new(store, Path::from(prefix))), format!("/{prefix}"))
    }
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;
    use object_store::ObjectStoreExt;

    use super::*;

    fn local(folder: PathBuf) -> StorageHandle {
        StorageHandle::open(&Storage { name: "lake".into(), kind: StorageKind::Folder(folder) }).unwrap()
    }

    #[tokio::test]
    async fn a_folder_appears_with_the_first_write() {
        let parent = tempfile::tempdir().unwrap();
        let handle = local(parent.path().join("not yet/there %20"));
        assert!(handle.missing_folder().is_some());
        let listed: Vec<_> = handle.store.list(None).try_collect().await.unwrap();
        assert!(listed.is_empty());
        handle.store.put(&Path::from("a/b.txt"), "x".into()).await.unwrap();
        assert!(handle.missing_folder().is_none());
        let listed: Vec<_> = handle.store.list(Some(&Path::from("a"))).try_collect().await.unwrap();
        assert_eq!(listed[0].location.as_ref(), "a/b.txt");
        assert!(handle.describe("a/b.txt").ends_with("not yet/there %20/a/b.txt"));
    }
}
