//! The engine of a run: object stores, memory, spill and work folder.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use tempfile::TempDir;

use super::error::{EngineError, EngineErrorKind};
use super::session::Session;
use super::storage::StorageHandle;
use super::text::Parameters;
use super::watched::Traffic;
use crate::config::Platform;

/// Less than this does not carry one sort of a wide table per partition.
const LEAST_MEMORY: u64 = 128 << 20;
/// Spill files merged at once. Every partition merges at the same time and holds a batch of each.
const SPILL_FAN_IN: usize = 4;
/// Consumers named when memory runs out.
const NAMED_CONSUMERS: NonZeroUsize = NonZeroUsize::MIN;

/// Object stores, memory pool and work folder of one run. Threads are those of the runtime it is used in.
#[derive(Debug)]
pub struct Engine {
    storages: BTreeMap<String, StorageHandle>,
    platform_file: PathBuf,
    runtime: Arc<RuntimeEnv>,
    memory_limit: u64,
    work: TempDir,
}

impl Engine {
    /// Opens every storage and makes the run's private work folder.
    ///
    /// # Errors
    ///
    /// When a storage's options or secrets are wrong, the memory limit is too low, or the work folder
    /// cannot be made. Whether a storage can be reached shows at its first use.
    pub fn new(platform: &Platform) -> Result<Self, EngineError> {
        Self::build(platform).map_err(|error| {
            if error.kind == EngineErrorKind::Configuration { error.at(&platform.file, None) } else { error }
        })
    }

    fn build(platform: &Platform) -> Result<Self, EngineError> {
        let memory_limit = platform.engine.memory_limit;
        if memory_limit < LEAST_MEMORY {
            return Err(EngineError::new(
                EngineErrorKind::Configuration,
                "memory_limit",
                format!("`engine.memory_limit` must be at least 128 MiB, got {memory_limit} bytes"),
            ));
        }
        let work = work_folder(platform.engine.work_folder.as_deref())?;
        let spill = work.path().join("spill");
        std::fs::create_dir(&spill).map_err(|error| EngineError::input_output(&error))?;
        let pool = FairSpillPool::new(usize::try_from(memory_limit).unwrap_or(usize::MAX));
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, NAMED_CONSUMERS)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default()
                    .with_mode(DiskManagerMode::Directories(vec![spill]))
                    // The disk itself is the limit.
                    .with_max_temp_directory_size(u64::MAX)
                    .with_max_spill_merge_fan_in(SPILL_FAN_IN),
            )
            .build_arc()
            .map_err(|error| EngineError::running(&error))?;
        let mut storages = BTreeMap::new();
        for storage in &platform.storages {
            let handle = StorageHandle::open(storage)?;
            runtime.register_object_store(&handle.url()?, Arc::clone(&handle.store));
            storages.insert(storage.name.clone(), handle);
        }
        Ok(Self { storages, platform_file: platform.file.clone(), runtime, memory_limit, work })
    }

    /// The storage called `name`.
    ///
    /// # Errors
    ///
    /// When the platform configuration has none of that name.
    pub fn storage(&self, name: &str) -> Result<&StorageHandle, EngineError> {
        self.storages.get(name).ok_or_else(|| {
            let names: Vec<String> = self.storages.keys().cloned().collect();
            EngineError::new(
                EngineErrorKind::Configuration,
                "unknown_storage",
                format!("there is no storage `{name}`"),
            )
            .with_help(super::explain::choices(name, "storages", &names))
            .at(&self.platform_file, None)
        })
    }

    /// What was asked of each storage that was used so far, by name.
    #[must_use]
    pub fn traffic(&self) -> Vec<(String, Traffic)> {
        let used = |(name, storage): (&String, &StorageHandle)| (name.clone(), storage.traffic());
        self.storages.iter().map(used).filter(|(_, traffic)| traffic.requests > 0).collect()
    }

    /// A folder for this run alone. Removed, with all that is in it, when the engine is dropped.
    #[must_use]
    pub fn work_folder(&self) -> &Path {
        self.work.path()
    }

    /// A session without tables whose queries see `parameters`.
    #[must_use]
    pub fn session(&self, parameters: Parameters) -> Session {
        Session::new(&self.runtime, self.memory_limit, parameters)
    }
}

fn work_folder(parent: Option<&Path>) -> Result<TempDir, EngineError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("trichter-");
    let made = match parent {
        Some(parent) => std::fs::create_dir_all(parent).and_then(|()| builder.tempdir_in(parent)),
        None => builder.tempdir(),
    };
    made.map_err(|error| {
        let folder = parent.map_or_else(std::env::temp_dir, Path::to_path_buf);
        EngineError {
            message: format!("cannot make a work folder in {}: {error}", folder.display()),
            ..EngineError::input_output(&error)
        }
    })
}
