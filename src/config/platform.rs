//! The resolved platform configuration: where a job runs, never what it computes.

use std::path::PathBuf;
use std::time::Duration;

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
    /// A bucket of Google Cloud Storage.
    GoogleCloud(GoogleCloudOptions),
    /// A container of Azure Blob Storage.
    Azure(AzureOptions),
}

/// How an S3-compatible store is reached.
#[derive(Debug, Clone, Default)]
pub struct S3Options {
    /// Bucket.
    pub bucket: String,
    /// Region.
    pub region: Option<String>,
    /// Who asks.
    pub credentials: S3Credentials,
    /// What all remote stores have.
    pub remote: Remote,
}

/// Who asks an S3-compatible store.
#[derive(Debug, Clone, Default)]
pub enum S3Credentials {
    /// Whoever the cloud's own credential chain finds.
    #[default]
    Chain,
    /// The owner of a pair of keys.
    Keys {
        /// Access key.
        access_key_id: Secret,
        /// Secret key.
        secret_access_key: Secret,
        /// Session token of temporary keys.
        session_token: Option<Secret>,
    },
}

/// How Google Cloud Storage is reached.
#[derive(Debug, Clone, Default)]
pub struct GoogleCloudOptions {
    /// Bucket.
    pub bucket: String,
    /// Who asks.
    pub credentials: GoogleCloudCredentials,
    /// What all remote stores have.
    pub remote: Remote,
}

/// Who asks Google Cloud Storage.
#[derive(Debug, Clone, Default)]
pub enum GoogleCloudCredentials {
    /// Whoever the cloud's own credential chain finds.
    #[default]
    Chain,
    /// Nobody in particular.
    Anonymous,
    /// The service account whose key in JSON this is.
    ServiceAccountKey(Secret),
}

/// How a container of Azure Blob Storage is reached.
#[derive(Debug, Clone, Default)]
pub struct AzureOptions {
    /// Storage account.
    pub account: String,
    /// Container.
    pub container: String,
    /// Who asks.
    pub credentials: AzureCredentials,
    /// What all remote stores have.
    pub remote: Remote,
}

/// Who asks Azure Blob Storage.
#[derive(Debug, Clone, Default)]
pub enum AzureCredentials {
    /// Whoever the cloud's own credential chain finds.
    #[default]
    Chain,
    /// Whoever has the account's access key.
    AccessKey(Secret),
    /// Whoever has this shared access signature.
    SasToken(Secret),
    /// A service principal.
    ClientSecret {
        /// Tenant.
        tenant_id: Secret,
        /// Application id.
        client_id: Secret,
        /// Secret of the application.
        client_secret: Secret,
    },
}

/// What all remote stores have.
#[derive(Debug, Clone, Default)]
pub struct Remote {
    /// Path below the bucket or container, without leading or trailing `/`.
    pub prefix: String,
    /// Address other than the cloud's own, without trailing `/`.
    pub endpoint: Option<String>,
    /// Whether plain HTTP is allowed.
    pub allow_http: bool,
    /// How long requests may take and how often they are tried.
    pub requests: Requests,
}

/// How long requests to a store may take and how often they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requests {
    /// Longest time that one try may take.
    pub timeout: Duration,
    /// Longest time until a connection stands.
    pub connect_timeout: Duration,
    /// How often a request is tried again.
    pub retries: usize,
    /// Time after which a request is not tried again.
    pub give_up_after: Duration,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(5),
            connect_timeout: Duration::from_secs(10),
            retries: 8,
            give_up_after: Duration::from_mins(2),
        }
    }
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
