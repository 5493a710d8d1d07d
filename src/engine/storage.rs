//! Object stores, one per storage of the platform configuration.
//!
//! Local folders need not exist yet: the first write makes them. That is right for where results go
//! and wrong for where sources lie, so `sources` asks [`StorageHandle::missing_folder`].

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectMeta, ObjectStore, RetryConfig};
use url::Url;

use super::error::{EngineError, EngineErrorKind};
use super::watched::{Traffic, WatchedStore};
use crate::config::platform::{S3Options, Secret, Storage, StorageKind};

/// A storage, ready for use.
#[derive(Debug, Clone)]
pub struct StorageHandle {
    /// The objects, with paths relative to the storage's folder or prefix.
    pub store: Arc<dyn ObjectStore>,
    /// Name that job files use.
    pub name: String,
    /// What is behind it.
    pub kind: StoreKind,
    /// Where people find it: an absolute folder or `s3://bucket/prefix`.
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
}

impl StorageHandle {
    /// Opens `storage`. Nothing is read or written yet.
    pub(super) fn open(storage: &Storage) -> Result<Self, EngineError> {
        let (store, kind, root): (Arc<dyn ObjectStore>, _, _) = match &storage.kind {
            StorageKind::Folder(folder) => {
                let root = Path::from_absolute_path(folder).map_err(|error| {
                    configuration(
                        &storage.name,
                        &format!("{} is no absolute path: {error}", folder.display()),
                    )
                })?;
                let store = PrefixStore::new(LocalFileSystem::new(), root);
                (Arc::new(store), StoreKind::Local, folder.display().to_string())
            }
            StorageKind::S3(options) => {
                let mut root = format!("s3://{}", options.bucket);
                let store: Arc<dyn ObjectStore> = Arc::new(s3(&storage.name, options)?);
                if options.prefix.is_empty() {
                    (store, StoreKind::S3, root)
                } else {
                    root.push('/');
                    root.push_str(&options.prefix);
                    let store = PrefixStore::new(store, Path::from(options.prefix.as_str()));
                    (Arc::new(store), StoreKind::S3, root)
                }
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

fn configuration(storage: &str, reason: &str) -> EngineError {
    EngineError::new(EngineErrorKind::Configuration, "storage", format!("storage `{storage}`: {reason}"))
}

fn s3(name: &str, options: &S3Options) -> Result<impl ObjectStore + use<>, EngineError> {
    let secret = |secret: &Option<Secret>| match secret {
        Some(secret) => secret.read().map(Some).map_err(|error| configuration(name, &error.to_string())),
        None => Ok(None),
    };
    let (key, secret_key) = (secret(&options.access_key_id)?, secret(&options.secret_access_key)?);
    // Given keys stand alone. Without them the cloud's own chain decides, which includes its variables.
    let mut builder = match (key, secret_key) {
        (Some(key), Some(secret_key)) => {
            let builder = AmazonS3Builder::new().with_access_key_id(key).with_secret_access_key(secret_key);
            match secret(&options.session_token)? {
                Some(token) => builder.with_token(token),
                None => builder,
            }
        }
        (None, None) => AmazonS3Builder::from_env(),
        _ => {
            return Err(configuration(name, "only one of `access_key_id` and `secret_access_key` is given")
                .with_help("give both, or none to use the cloud's own credentials"));
        }
    };
    builder = builder
        .with_bucket_name(&options.bucket)
        .with_allow_http(options.allow_http)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: 8,
            retry_timeout: Duration::from_mins(2),
        })
        .with_client_options(
            ClientOptions::new()
                .with_allow_http(options.allow_http)
                .with_connect_timeout(Duration::from_secs(10))
                .with_timeout(Duration::from_mins(5)),
        );
    if let Some(region) = &options.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &options.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    builder.build().map_err(|error| configuration(name, &error.to_string()))
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

    #[test]
    fn half_a_key_pair_is_refused() {
        let options = S3Options {
            bucket: "b".into(),
            access_key_id: Some(Secret::File("/nonexistent/key".into())),
            ..S3Options::default()
        };
        let error = StorageHandle::open(&Storage { name: "s".into(), kind: StorageKind::S3(options) });
        assert!(error.unwrap_err().to_string().contains("storage `s`"));
    }

    #[test]
    fn a_prefix_is_part_of_what_people_read() {
        let key = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(key.path(), "abc\n").unwrap();
        let secret = Some(Secret::File(key.path().to_path_buf()));
        let options = S3Options {
            bucket: "lake".into(),
            prefix: "raw/erp".into(),
            access_key_id: secret.clone(),
            secret_access_key: secret,
            ..S3Options::default()
        };
        let handle =
            StorageHandle::open(&Storage { name: "s".into(), kind: StorageKind::S3(options) }).unwrap();
        assert_eq!(handle.describe("orders/"), "s3://lake/raw/erp/orders/");
        assert_eq!(handle.kind, StoreKind::S3);
        assert!(handle.missing_folder().is_none());
    }
}
