//! Why something cannot be published or read back, and whose turn it is then.
//!
//! The command line turns a [`Fault`] into an exit code. What people get wrong is retrying: a full
//! disk and a throttling store may heal by themselves, a schema that breaks readers does not.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::engine::may_pass;

/// Why something cannot be published or read back.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A table is not what the registry says. Nothing was written.
    #[error("table `{table}` is not what its definition says: {reason}")]
    Defect {
        /// The table.
        table: String,
        /// What is wrong, with column and key.
        reason: String,
    },
    /// A job's table has a column that no BI tool reads.
    #[error(
        "column `{column}` of table `{table}` has type {data_type}, which cannot be published; cast or flatten it in the SQL"
    )]
    Unpublishable {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        data_type: String,
    },
    /// A job's table holds a row that belongs to no period.
    #[error("table `{table}` has a row whose `{column}` {reason}; published rows need a date in `time`")]
    Undated {
        /// The table.
        table: String,
        /// Its time column.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The target belongs to another job.
    #[error(
        "the target belongs to job `{owner}`, not to `{job}`; give each job a folder of its own in `publish.to`"
    )]
    WrongOwner {
        /// The job that publishes there.
        owner: String,
        /// The job that was refused.
        job: String,
    },
    /// Readers of the previous publication could not read this one.
    #[error("readers of the last publication would break: {}; undo the change or pass --allow-breaking", .0.join("; "))]
    Breaking(Vec<String>),
    /// The pointer of the target cannot be understood.
    #[error("cannot understand `{path}`: {reason}")]
    Pointer {
        /// Its path below the target.
        path: String,
        /// Why.
        reason: String,
    },
    /// Someone else published to the target in the meantime.
    #[error("publication `{found}` of run `{run_id}` appeared while this run was publishing; run again")]
    Overtaken {
        /// The other publication.
        found: String,
        /// Its run.
        run_id: String,
    },
    /// Another run holds the job's lock.
    #[error("job `{job}` is locked by run `{holder}` (process {pid} on `{host}`) until {expires_at}")]
    Locked {
        /// The job.
        job: String,
        /// Run that holds the lock.
        holder: String,
        /// Its machine.
        host: String,
        /// Its process.
        pid: u32,
        /// When the lock may be taken over.
        expires_at: DateTime<Utc>,
    },
    /// The job's lock is no longer held.
    #[error("the lock of job `{job}` {} while this run was at work", taken(.to.as_deref()))]
    LockLost {
        /// The job.
        job: String,
        /// Run that has the lock now; `None` if nobody has.
        to: Option<String>,
    },
    /// The job's lock could not be renewed in time, as on a machine that slept.
    #[error("the lock of job `{job}` could not be renewed in time{}", because(.reason.as_deref()))]
    LockExpired {
        /// The job.
        job: String,
        /// Why not, if that is known.
        reason: Option<String>,
    },
    /// The run was asked to stop before anything became visible.
    #[error("stopped before anything was published")]
    Stopped,
    /// The publication is visible through the pointer, but the plain folders could not follow.
    #[error(
        "publication `{publication}` is visible, but `current/`, `history/` or `tables/` could not follow: {source}; run the window again"
    )]
    AfterSwitch {
        /// The publication.
        publication: String,
        /// What went wrong.
        source: Box<PublishError>,
    },
    /// No table of that name was published.
    #[error("there is no published table `{table}`{}; there are {}", suggest(.suggestion.as_deref()), .available.join(", "))]
    UnknownTable {
        /// The name asked for.
        table: String,
        /// The nearest name.
        suggestion: Option<String>,
        /// All names.
        available: Vec<String>,
    },
    /// Nothing was published to the target yet.
    #[error("nothing was published to the target yet; run the job first")]
    NothingPublished,
    /// The store refused.
    #[error("cannot {action} `{path}`: {source}")]
    Store {
        /// What was tried, for example `write`.
        action: &'static str,
        /// Path below the target.
        path: String,
        /// The store's error.
        source: object_store::Error,
    },
    /// A local file of this run refused.
    #[error("cannot {action} `{}`: {source}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A Delta table could not be written or read.
    #[error("cannot {action} the Delta table `{table}`: {source}")]
    Delta {
        /// What was tried.
        action: &'static str,
        /// The table.
        table: String,
        /// What delta-rs says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// This trichter was built without Delta tables.
    #[error(
        "`{table}` is a Delta table, and this trichter was built without them; build it with `--features delta`"
    )]
    WithoutDelta {
        /// The table.
        table: String,
    },
    /// Parquet could not be written or read.
    #[error("cannot {action} `{path}`: {source}")]
    Parquet {
        /// What was tried.
        action: &'static str,
        /// The file or table.
        path: String,
        /// The format's error.
        source: parquet::errors::ParquetError,
    },
    /// A background task of this run ended early.
    #[error("a background task of publishing ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Whose turn it is after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A step failed; a retry may help, for example after room was made on the disk.
    StepFailed,
    /// The command, the job or its configuration has to change.
    Usage,
    /// A defect of trichter.
    Internal,
    /// Another run or the store is in the way: retry later.
    TryLater,
}

impl PublishError {
    /// Whose turn it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Defect { .. } | Self::Task(_) => Fault::Internal,
            Self::Unpublishable { .. }
            | Self::WrongOwner { .. }
            | Self::Breaking(_)
            | Self::UnknownTable { .. }
            | Self::WithoutDelta { .. }
            | Self::NothingPublished => Fault::Usage,
            Self::Undated { .. } | Self::Pointer { .. } => Fault::StepFailed,
            Self::Overtaken { .. }
            | Self::Locked { .. }
            | Self::LockLost { .. }
            | Self::LockExpired { .. }
            | Self::Stopped => Fault::TryLater,
            Self::AfterSwitch { source, .. } => source.fault(),
            Self::Delta { source, .. } => chain_fault(source.as_ref()),
            Self::Store { source, .. } => chain_fault(source),
            Self::File { source, .. } => chain_fault(source),
            Self::Parquet { source, .. } => chain_fault(source),
        }
    }

    /// Wraps an error of the store, for use in `map_err`.
    pub(crate) fn store(
        action: &'static str,
        path: &object_store::path::Path,
    ) -> impl FnOnce(object_store::Error) -> Self {
        let path = path.to_string();
        move |source| Self::Store { action, path, source }
    }

    /// Wraps an error of a local file, for use in `map_err`.
    pub(crate) fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }

    /// Wraps an error of delta-rs.
    #[cfg(feature = "delta")]
    pub(crate) fn delta(
        action: &'static str,
        table: &str,
        error: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Delta { action, table: table.to_owned(), source: error.into() }
    }

    /// Wraps an error of the Parquet format, for use in `map_err`.
    pub(crate) fn parquet(
        action: &'static str,
        path: &(impl ToString + ?Sized),
    ) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let path = path.to_string();
        move |source| Self::Parquet { action, path, source }
    }
}

fn chain_fault(error: &(dyn StdError + 'static)) -> Fault {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            let waits = matches!(
                io.kind(),
                ErrorKind::TimedOut
                    | ErrorKind::ConnectionRefused
                    | ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::HostUnreachable
                    | ErrorKind::NetworkUnreachable
            );
            return if waits { Fault::TryLater } else { Fault::StepFailed };
        }
        if let Some(http) = error.downcast_ref::<object_store::client::HttpError>() {
            use object_store::client::HttpErrorKind;
            if matches!(
                http.kind(),
                HttpErrorKind::Timeout | HttpErrorKind::Connect | HttpErrorKind::Interrupted
            ) {
                return Fault::TryLater;
            }
        }
        if may_pass(&error.to_string()) {
            return Fault::TryLater;
        }
        link = error.source();
    }
    Fault::StepFailed
}

fn because(reason: Option<&str>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

fn taken(to: Option<&str>) -> String {
    to.map_or_else(|| "was removed".to_owned(), |run| format!("went to run `{run}`"))
}

fn suggest(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_error(source: impl Into<Box<dyn StdError + Send + Sync>>) -> PublishError {
        let source = object_store::Error::Generic { store: "S3", source: source.into() };
        PublishError::Store { action: "write", path: "current/runs".into(), source }
    }

    #[test]
    fn a_full_disk_is_a_failed_step_and_a_timeout_is_tried_later() {
        let full = std::io::Error::from(ErrorKind::StorageFull);
        assert_eq!(store_error(full).fault(), Fault::StepFailed);
        let slow = std::io::Error::from(ErrorKind::TimedOut);
        assert_eq!(store_error(slow).fault(), Fault::TryLater);
    }

    #[test]
    fn a_throttling_store_is_tried_later() {
        let answer = |status: &str| {
            store_error(format!("Server returned non-2xx status code: {status}: what it says")).fault()
        };
        for status in
            ["408 Request Timeout", "429 Too Many Requests", "500 Internal Server Error", "503 Busy"]
        {
            assert_eq!(answer(status), Fault::TryLater, "{status}");
        }
        for status in ["400 Bad Request", "409 Conflict"] {
            assert_eq!(answer(status), Fault::StepFailed, "{status}");
        }
    }

    #[test]
    fn an_unknown_table_names_the_nearest_one() {
        let error = PublishError::UnknownTable {
            table: "kpi_value".into(),
            suggestion: Some("kpi_values".into()),
            available: vec!["kpi_values".into(), "runs".into()],
        };
        assert_eq!(
            error.to_string(),
            "there is no published table `kpi_value`, did you mean `kpi_values`?; there are kpi_values, runs"
        );
    }
}
