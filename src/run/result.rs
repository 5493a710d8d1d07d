//! What happened in a run: steps, checks, objects read. The source of `run_results.json` and of the
//! four run tables, and the only types that carry a run id or a clock reading.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{Severity, Status};

/// One run, from its first step to its last. Written on success and on failure alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunResult {
    /// Job name.
    pub job: String,
    /// Label given by the scheduler, or a fresh `UUIDv7`.
    pub run_id: String,
    /// Version of trichter.
    pub trichter_version: String,
    /// How the run ended.
    pub status: Status,
    /// Exit code of the process.
    pub exit_code: u8,
    /// Seed of everything random.
    pub seed: u64,
    /// Whether every period of every kept table was to be computed.
    pub full_refresh: bool,
    /// First day of the window; null if the run failed before it was known.
    pub window_start: Option<NaiveDate>,
    /// First day after the window.
    pub window_end: Option<NaiveDate>,
    /// When the run began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: DateTime<Utc>,
    /// Wall clock seconds.
    pub seconds: f64,
    /// Every step of the job, run or skipped, in order.
    pub steps: Vec<StepResult>,
    /// Every check, run or skipped, in order.
    pub checks: Vec<CheckResult>,
    /// Every object that was read.
    pub sources_read: Vec<ObjectRead>,
    /// What was asked of each storage that was used, by name. Writing this record itself is not in it.
    pub storages: Vec<StorageTraffic>,
    /// Gates of the models.
    pub gates: Vec<ModelGate>,
    /// Warnings, as sentences.
    pub warnings: Vec<String>,
    /// Publication that readers see now; null if nothing was published.
    pub publication: Option<String>,
    /// Where the tables lie; null if nothing was published.
    pub target: Option<String>,
    /// Why the run failed; null on success.
    pub error: Option<String>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepResult {
    /// Unique within the run, for example `table.daily_rentals`.
    pub step: String,
    /// `source`, `table`, `kpis`, `model`, `steering` or `publish`.
    pub stage: &'static str,
    /// How it ended.
    pub status: Status,
    /// When it began; null when skipped.
    pub started_at: Option<DateTime<Utc>>,
    /// Wall clock seconds; 0 when skipped.
    pub seconds: f64,
    /// Rows that came out; null where rows make no sense.
    pub rows: Option<u64>,
    /// What went wrong or is worth knowing; null when nothing.
    pub message: Option<String>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckResult {
    /// Unique within the run, for example `daily_rentals.not_null.1`.
    pub check: String,
    /// Table or source that was checked.
    pub table_name: String,
    /// Kind of check, as in YAML.
    pub kind: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// `pass`, `warn`, `fail` or `skipped`.
    pub status: Status,
    /// Offending rows; null when skipped or where rows make no sense.
    pub failures: Option<u64>,
    /// What was found; null when the check held and there is nothing to add.
    pub message: Option<String>,
    /// Storage and path of a Parquet file with all offending rows; null unless the job keeps them and there are any.
    pub failures_file: Option<String>,
}

/// One object that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRead {
    /// Source that it belongs to.
    pub source: String,
    /// Storage and path, for example `lake/erp/orders/day=2024-01-01/part-0.parquet`.
    pub object: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Entity tag of the store, if it has one.
    pub e_tag: Option<String>,
    /// When the object was written.
    pub last_modified: DateTime<Utc>,
}

/// What a run asked of one storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StorageTraffic {
    /// Name of the storage in the platform configuration.
    pub storage: String,
    /// Requests; those that a client repeats by itself count once.
    pub requests: u64,
    /// Bytes of objects that were read.
    pub bytes_read: u64,
    /// Bytes of objects that were written; copies within the storage are none.
    pub bytes_written: u64,
}

/// The gate of one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelGate {
    /// Model name.
    pub model: String,
    /// `trusted`, `review` or `withheld`.
    pub gate: crate::domain::Gate,
    /// Why it is not trusted.
    pub reasons: Vec<String>,
}
