//! Storages of the platform file: folders, and buckets and containers of the clouds.
//!
//! The keys that all clouds share are written out in each of them: editors and the decoder want one flat
//! mapping. What belongs together (a key and its secret) is checked in `resolve`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{DurationText, SecretText};
use crate::config::yaml::{Located, Required};

/// A storage, by its kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StorageSpec {
    /// A folder, absolute or relative to the directory in which the program is started.
    Folder(Required<String>),
    /// A bucket of an S3-compatible store.
    S3(Box<S3Spec>),
    /// A bucket of Google Cloud Storage.
    GoogleCloud(Box<GoogleCloudSpec>),
    /// A container of Azure Blob Storage or Azure Data Lake Storage.
    Azure(Box<AzureSpec>),
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
    /// How long requests may take and how often they are tried.
    pub(crate) requests: Option<RequestsSpec>,
}

/// A bucket of Google Cloud Storage. Without a key the cloud's own credential chain is used: application default credentials, or the service account of the machine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoogleCloudSpec {
    /// Name of the bucket.
    pub(crate) bucket: Required<String>,
    /// Path below the bucket that everything stays under.
    pub(crate) prefix: Option<Located<String>>,
    /// Address of a store other than Google's, for example `http://localhost:4443` for an emulator.
    pub(crate) endpoint: Option<Located<String>>,
    /// Whether the endpoint may be reached without encryption.
    #[serde(default)]
    pub(crate) allow_http: bool,
    /// Key of a service account: the content of the JSON file that Google Cloud issues.
    pub(crate) service_account_key: Option<SecretSpec>,
    /// Whether requests go without credentials: to emulators, or to read public buckets.
    #[serde(default)]
    pub(crate) anonymous: bool,
    /// How long requests may take and how often they are tried.
    pub(crate) requests: Option<RequestsSpec>,
}

/// A container of Azure Blob Storage or Azure Data Lake Storage. Without keys the cloud's own credential chain is used: workload identity, or the managed identity of the machine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AzureSpec {
    /// Name of the storage account.
    pub(crate) account: Required<String>,
    /// Name of the container, which Data Lake Storage calls a file system.
    pub(crate) container: Required<String>,
    /// Path below the container that everything stays under.
    pub(crate) prefix: Option<Located<String>>,
    /// Address of the account elsewhere than at `https://<account>.blob.core.windows.net`: a national cloud, or an emulator such as `http://localhost:10000/devstoreaccount1`.
    pub(crate) endpoint: Option<Located<String>>,
    /// Whether the endpoint may be reached without encryption.
    #[serde(default)]
    pub(crate) allow_http: bool,
    /// Access key of the storage account.
    pub(crate) access_key: Option<SecretSpec>,
    /// Shared access signature: the part of its address after the `?`.
    pub(crate) sas_token: Option<SecretSpec>,
    /// Tenant of a service principal; given together with `client_id` and `client_secret`.
    pub(crate) tenant_id: Option<SecretSpec>,
    /// Application id of a service principal.
    pub(crate) client_id: Option<SecretSpec>,
    /// Secret of a service principal.
    pub(crate) client_secret: Option<SecretSpec>,
    /// How long requests may take and how often they are tried.
    pub(crate) requests: Option<RequestsSpec>,
}

/// How long requests to a store may take and how often they are tried.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestsSpec {
    /// Longest time that one try may take, with all that it sends and receives; `5 minutes` by default.
    pub(crate) timeout: Option<Located<DurationText>>,
    /// Longest time until a connection stands; `10 seconds` by default.
    pub(crate) connect_timeout: Option<Located<DurationText>>,
    /// How often a request is tried again that failed in passing, with growing pauses; 8 by default, 0 for never.
    pub(crate) retries: Option<Located<i64>>,
    /// Time after which a request is not tried again; `2 minutes` by default, `5 minutes` at most.
    pub(crate) give_up_after: Option<Located<DurationText>>,
}

/// A reference to a secret, which itself never stands in a file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretSpec {
    /// `env:NAME` for an environment variable, `file:/path` for a file.
    pub(crate) secret: Required<SecretText>,
}
