//! Reading job and platform files with the variables of this process.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::cli::args::{GlobalArgs, RunOptions};
use crate::cli::output;
use crate::config::diagnostic::Problems;
use crate::config::platform::EngineSettings;
use crate::config::{self, Inputs, Job, Platform, Refused};
use crate::engine::Engine;
use crate::run::{Failure, FailureClass, RunContext, RunRequest, WindowRequest};

/// Reads a job and shows its warnings.
pub(super) fn job(global: &GlobalArgs, file: &Path) -> Result<Job, Failure> {
    let (job, warnings) = quietly(global, file).map_err(|refused| refused.problems)?;
    output::problems(&warnings);
    Ok(job)
}

/// Reads a job together with its warnings.
pub(super) fn quietly(global: &GlobalArgs, file: &Path) -> Result<(Job, Problems), Box<Refused>> {
    let vars = global.vars.iter().cloned().collect();
    config::load_job_or_parts(file, &global.sql, &Inputs { environment: &variable, vars: &vars })
}

/// Reads the platform configuration.
pub(super) fn platform(global: &GlobalArgs) -> Result<Platform, Problems> {
    config::load_platform(&global.config, &variable)
}

/// Reads the platform configuration and a job whose storages it has, for work on so many threads.
pub(super) fn both(
    global: &GlobalArgs,
    job: &Path,
    threads: Option<NonZeroUsize>,
) -> Result<(Platform, Job), Failure> {
    let platform = platform(global)?;
    let job = self::job(global, job)?;
    let platform = with_threads(platform, threads);
    config::check_storages(&job, &platform)?;
    Ok((platform, job))
}

/// The platform with as many threads as the command line asks for, if it does.
pub(super) fn with_threads(mut platform: Platform, threads: Option<NonZeroUsize>) -> Platform {
    platform.engine.threads = threads.map(NonZeroUsize::get).or(platform.engine.threads);
    platform
}

/// A run of `job` as `options` say.
pub(super) fn request(
    platform: Platform,
    job: Job,
    window: WindowRequest,
    context: RunContext,
    options: &RunOptions,
) -> RunRequest {
    RunRequest {
        fail_on_gate: options.fail_on_gate,
        allow_breaking: options.allow_breaking,
        lock_wait: options.lock_wait,
        artifacts: options.artifacts.clone(),
        ..RunRequest::new(job, platform, window, context, program())
    }
}

/// An engine for planning. It has no storages: whoever only plans needs no secrets, and bad storages hide no bad SQL.
pub(super) fn planning_engine(platform: Option<&Platform>) -> Result<Engine, Failure> {
    const MEMORY: u64 = 1 << 30;
    let bare = match platform {
        Some(platform) => Platform { storages: Vec::new(), unset: Vec::new(), ..platform.clone() },
        None => Platform {
            storages: Vec::new(),
            unset: Vec::new(),
            engine: EngineSettings { memory_limit: MEMORY, ..EngineSettings::default() },
            file: PathBuf::new(),
        },
    };
    Ok(Engine::new(&bare)?)
}

/// Builds the asynchronous runtime that queries run on.
pub(super) fn runtime(threads: Option<usize>) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads);
    }
    builder
        .enable_all()
        .build()
        .map_err(|error| Failure::new(FailureClass::Step, format!("cannot start threads: {error}")))
}

/// Threads to use: as asked for, or one per core.
pub(super) fn threads(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

/// What people type to start this program.
pub(super) fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "trichter".to_owned())
}

#[allow(clippy::disallowed_methods, reason = "variables of job and platform files come from here")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
