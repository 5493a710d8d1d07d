//! Runs the tables of a job: each becomes one sorted file in the work folder and is checked.

use std::path::PathBuf;

use arrow::datatypes::SchemaRef;

use super::checks;
use super::order::origin;
use super::plan::PlannedJob;
use crate::config::Job;
use crate::domain::Status;
use crate::engine::{Engine, EngineError, Session};
use crate::run::result::CheckResult;

/// The rows of a table, in a file of the run's work folder.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Table name.
    pub name: String,
    /// Parquet file, sorted by the table's key.
    pub file: PathBuf,
    /// Number of rows.
    pub rows: u64,
    /// Columns as in the file.
    pub schema: SchemaRef,
}

/// A table that ran, with its checks.
#[derive(Debug, Clone)]
pub struct TableRun {
    /// Its rows.
    pub staged: Staged,
    /// Its checks: the key first, then those of the job in their order.
    pub checks: Vec<CheckResult>,
}

impl TableRun {
    /// True when a check of severity error failed, so that nothing may be published.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.checks.iter().any(|check| check.status == Status::Fail)
    }
}

/// A step on the way through the tables.
#[derive(Debug)]
pub enum TableStep<'a> {
    /// A table begins.
    Started(&'a str),
    /// A table is there and its checks are done.
    Finished(&'a TableRun),
}

/// Why a table cannot be computed or checked.
#[derive(Debug, thiserror::Error)]
#[error("table `{table}`: {error}")]
pub struct TableError {
    /// The table.
    pub table: String,
    /// What went wrong; its kind decides about the exit code.
    pub error: EngineError,
}

/// Runs every table of `planned` in order. Checks that fail do not stop it: all of them are told.
///
/// # Errors
///
/// With the first table that cannot be computed or checked.
pub async fn run_tables(
    session: &Session,
    job: &Job,
    planned: &PlannedJob,
    engine: &Engine,
    on_step: &mut (dyn for<'a> FnMut(TableStep<'a>) + Send),
) -> Result<Vec<TableRun>, TableError> {
    let mut runs = Vec::new();
    for name in &planned.order {
        on_step(TableStep::Started(name));
        let run = run_table(session, job, name, engine).await?;
        on_step(TableStep::Finished(&run));
        runs.push(run);
    }
    Ok(runs)
}

/// Computes the table `name` into the work folder, registers it in `session` and checks it.
///
/// The tables that it reads must be registered.
///
/// # Errors
///
/// When its SQL or a query of its checks fails, or the disk is full.
pub async fn run_table(
    session: &Session,
    job: &Job,
    name: &str,
    engine: &Engine,
) -> Result<TableRun, TableError> {
    let wrong = |error: EngineError| TableError { table: name.to_owned(), error };
    let table = job.table(name).ok_or_else(|| {
        let kind = crate::engine::EngineErrorKind::Runtime;
        wrong(EngineError::new(kind, "unknown_table", "the job has no table of this name"))
    })?;
    let folder = engine.work_folder().join("tables");
    std::fs::create_dir_all(&folder).map_err(|error| wrong(EngineError::input_output(&error)))?;
    let file = folder.join(format!("{name}.parquet"));
    let written = session.materialize(&origin(table), &table.sql, &table.key, &file).await.map_err(wrong)?;
    session.register_parquet(name, &file).await.map_err(wrong)?;
    let checks = checks::run(session, job, table, &written.schema).await.map_err(wrong)?;
    let staged = Staged { name: name.to_owned(), file, rows: written.rows, schema: written.schema };
    Ok(TableRun { staged, checks })
}
