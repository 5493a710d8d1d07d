//! The resolved platform configuration: where a job runs, never what it computes.

use std::path::PathBuf;

use super::diagnostic::Problem;

/// A checked platform configuration.
#[derive(Debug, Clone)]
pub struct Platform {
    /// Storages by name, in the order of the file.
    pub storages: Vec<Storage>,
    /// Storages that cannot be used, because variables are not set.
    pub unset: Vec<UnsetStorage>,
    /// Engine settings.
    pub engine: EngineSettings,
    /// The file that it was read from.
    pub file: PathBuf,
}

impl Platform {
    /// The storage called `name`.
    #[must_use]
    pub fn storage(&self, name: &str) -> Option<&Storage> {
        self.storages.iter().find(|storage| storage.name == name)
    }
}

/// A storage whose variables are not set.
#[derive(Debug, Clone)]
pub struct UnsetStorage {
    /// Name that job files use.
    pub name: String,
    /// One problem per variable.
    pub problems: Vec<Problem>,
}

/// A named storage.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Name that job files use.
    pub name: String,
    /// What is behind it.
    pub kind: StorageKind,
}

/// What is behind a storage.
#[derive(Debug, Clone)]
pub enum StorageKind {
    /// A folder on this machine, absolute.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store.
    S3(S3Options),
}

/// How an S3-compatible store is reached. Without keys the cloud's own credential chain is used.
#[derive(Debug, Clone, Default)]
pub struct S3Options {
    /// Bucket.
    pub bucket: String,
    /// Key prefix below the bucket, without leading or trailing `/`.
    pub prefix: String,
    /// Region.
    pub region: Option<String>,
    /// Endpoint of a store other than Amazon's.
    pub endpoint: Option<String>,
    /// Whether plain HTTP is allowed.
    pub allow_http: bool,
    /// Access key.
    pub access_key_id: Option<Secret>,
    /// Secret key.
    pub secret_access_key: Option<Secret>,
    /// Session token.
    pub session_token: Option<Secret>,
}

/// Engine settings.
#[derive(Debug, Clone, Default)]
pub struct EngineSettings {
    /// Threads; `None`: one per core.
    pub threads: Option<usize>,
    /// Bytes that queries may hold in memory before they spill.
    pub memory_limit: u64,
    /// Folder for spilled and staged rows; `None`: a folder below the system's temporary folder.
    pub work_folder: Option<PathBuf>,
}

/// A secret that is read when it is needed and never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// An environment variable.
    Env(String),
    /// A file whose content, without trailing line break, is the secret.
    File(PathBuf),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "Secret(env:{name})"),
            Self::File(path) => write!(f, "Secret(file:{})", path.display()),
        }
    }
}
