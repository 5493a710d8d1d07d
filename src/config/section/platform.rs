//! The platform file: where jobs run, never what they compute.

use schemars::JsonSchema;
use serde::Deserialize;

use super::storage::StorageSpec;
use super::value::Memory;
use crate::config::yaml::{Entries, Located};

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
