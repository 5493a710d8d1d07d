//! The platform file: where jobs run, never what they compute.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{Memory, SecretText};
use crate::config::yaml::{Entries, Located, Required};

/// Where jobs run: storages by name, and what the engine may use.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Platform file")]
pub(crate) struct PlatformSpec {
    /// Storages by the name with which paths in job files begin. A variable that is not set is a problem of the jobs that name its storage, and of no others.
    pub(crate) storages: Entries<StorageSpec>,
    /// What the engine may use.
    #[serde(default)]
    pub(crate) engine: EngineSpec,
}

/// A storage, by its kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StorageSpec {
    /// A folder, absolute or relative to the directory in which the program is started.
    Folder(Required<String>),
    /// A bucket of an S3-compatible store.
    S3(Box<S3Spec>),
}

/// A bucket of an S3-compatible store. Without keys the cloud's own credential chain is used.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct S3Spec {
    /// Name of the bucket.
    pub(crate) bucket: Required<String>,
    /// Path below the bucket that everything stays under.
    pub(crate) prefix: Option<Located<String>>,
    /// Region.
    pub(crate) region: Option<Located<String>>,
    /// Address of a store other than Amazon's, for example `https://minio.example.com`.
    pub(crate) endpoint: Option<Located<String>>,
    /// Whether the endpoint may be reached without encryption.
    #[serde(default)]
    pub(crate) allow_http: bool,
    /// Access key; given together with `secret_access_key`.
    pub(crate) access_key_id: Option<SecretSpec>,
    /// Secret key.
    pub(crate) secret_access_key: Option<SecretSpec>,
    /// Session token of temporary keys.
    pub(crate) session_token: Option<SecretSpec>,
}

/// A reference to a secret, which itself never stands in a file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretSpec {
    /// `env:NAME` for an environment variable, `file:/path` for a file.
    pub(crate) secret: Required<SecretText>,
}

/// What the engine may use.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EngineSpec {
    /// Threads; one per core by default.
    pub(crate) threads: Option<Located<i64>>,
    /// Memory that queries may hold before they spill to disk; `4 GiB` by default.
    pub(crate) memory_limit: Option<Located<Memory>>,
    /// Folder for spilled and staged rows; the system's temporary folder by default.
    pub(crate) work_folder: Option<Located<String>>,
}
