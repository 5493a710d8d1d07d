//! What a run knows about itself: its id, its seed, its clock.
//!
//! The only place that reads the clock or makes ids. Everything else gets them passed in, so that
//! the same inputs and seed give the same bytes, and tests can hold time still.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Identity, seed and clock of one run.
#[derive(Debug, Clone)]
pub struct RunContext {
    /// Label of the run: given by the scheduler, or a fresh `UUIDv7`.
    pub run_id: String,
    /// Seed of everything random in the run.
    pub seed: u64,
    /// When the run began.
    pub started_at: DateTime<Utc>,
    /// Name of this machine, empty where it has none.
    pub host: String,
    /// Number of this process.
    pub pid: u32,
    clock: fn() -> DateTime<Utc>,
    /// Readings of the wall clock jump when it is set; durations come from this one.
    began: std::time::Instant,
}

/// Seed that is used when none is given.
pub const DEFAULT_SEED: u64 = 1;

impl RunContext {
    /// Builds the context of a new run; without `run_id` it gets a fresh one.
    #[must_use]
    pub fn new(run_id: Option<String>, seed: u64) -> Self {
        Self {
            run_id: run_id.unwrap_or_else(fresh_id),
            seed,
            started_at: system_time(),
            host: host(),
            pid: std::process::id(),
            clock: system_time,
            began: std::time::Instant::now(),
        }
    }

    /// The current time in UTC.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Seconds since the run began.
    #[must_use]
    pub fn elapsed(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// A fresh id for one attempt to publish. Attempts that share a run id keep apart by it.
    #[must_use]
    pub fn new_publication(&self) -> String {
        fresh_id()
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
fn system_time() -> DateTime<Utc> {
    Utc::now()
}

#[allow(clippy::disallowed_methods, reason = "this is the one place that makes ids")]
fn fresh_id() -> String {
    Uuid::now_v7().to_string()
}

/// The machine's name as the system has it; it only tells processes of one machine from others.
fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}
