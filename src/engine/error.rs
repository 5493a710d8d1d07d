//! What can go wrong in the engine, and which kind of trouble it is.
//!
//! The kind decides whether a scheduler should try again, so it is read off the cause at the bottom
//! of the chain: a full disk looks like a Parquet error, an S3 time-out like a query error.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use crate::config::diagnostic::{Position, Problem};
use crate::domain::Severity;

/// The kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineErrorKind {
    /// The SQL is wrong: found before anything runs, and again at every try. Exit code 2.
    Sql,
    /// The platform configuration is wrong: exit code 2.
    Configuration,
    /// A source breaks its contract or is not there: exit code 4.
    Source,
    /// A query failed while it ran: exit code 1.
    Runtime,
    /// The work folder's disk is full: exit code 1.
    DiskFull,
    /// The memory limit is too low for the query: exit code 1.
    OutOfMemory,
    /// A store throttles, times out or cannot be reached: exit code 75.
    Unavailable,
}

/// An error of the engine, with its place where there is one.
#[derive(Debug, Clone)]
pub struct EngineError {
    /// Kind of trouble.
    pub kind: EngineErrorKind,
    /// Stable code in snake case, for example `unknown_column`.
    pub code: &'static str,
    /// What is wrong: a lowercase fragment with names in back-ticks.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The SQL or configuration file.
    pub file: Option<PathBuf>,
    /// Where in the file.
    pub position: Option<Position>,
}

impl EngineError {
    /// Builds an error without a place.
    #[must_use]
    pub fn new(kind: EngineErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), help: None, file: None, position: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the file and, where known, the place in it.
    #[must_use]
    pub fn at(mut self, file: &Path, position: Option<Position>) -> Self {
        self.file = Some(file.to_path_buf());
        self.position = position;
        self
    }

    /// The error as a problem of a job; `file` stands in where the error names none.
    #[must_use]
    pub fn to_problem(&self, file: &Path) -> Problem {
        Problem {
            code: self.code,
            severity: Severity::Error,
            file: self.file.clone().unwrap_or_else(|| file.to_path_buf()),
            position: self.position,
            message: self.message.clone(),
            help: self.help.clone(),
        }
    }

    /// Classifies an error of a running query.
    #[must_use]
    pub(crate) fn running(error: &DataFusionError) -> Self {
        if let Some(broken) = find::<ContractViolation>(error) {
            let error = Self::new(EngineErrorKind::Source, "contract", broken.to_string());
            return match broken.help {
                Some(help) => error.with_help(help),
                None => error,
            };
        }
        // Before errors of the system: one may be the cause of a store's.
        if let Some(error) = find::<object_store::Error>(error) {
            return Self::store(error);
        }
        if let Some(error) = find::<io::Error>(error) {
            return Self::input_output(error);
        }
        // Delimited text comes from sources alone.
        if let Some(ArrowError::CsvError(reason)) = find::<ArrowError>(error) {
            return Self::new(EngineErrorKind::Source, "unreadable", lowercase_first(reason));
        }
        let message = lowercase_first(&strip(&error.strip_backtrace()));
        if find::<DataFusionError>(error)
            .is_some_and(|cause| matches!(cause, DataFusionError::ResourcesExhausted(_)))
            || message.contains("resources exhausted")
        {
            return Self::new(EngineErrorKind::OutOfMemory, "out_of_memory", message)
                .with_help("raise `engine.memory_limit`, or aggregate before joining");
        }
        Self::new(EngineErrorKind::Runtime, "query_failed", message)
    }

    /// Classifies an error of the file system.
    #[must_use]
    pub(crate) fn input_output(error: &io::Error) -> Self {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            return Self::new(EngineErrorKind::DiskFull, "disk_full", "no space is left in the work folder")
                .with_help("free space there, or set `engine.work_folder` to a larger disk");
        }
        Self::new(EngineErrorKind::Runtime, "input_output", lowercase_first(&error.to_string()))
    }

    /// The same error, naming what was being worked on where the message does not.
    #[must_use]
    pub(crate) fn about(mut self, place: &str) -> Self {
        if !self.message.contains(place) {
            self.message = format!("{place}: {}", self.message);
        }
        self
    }

    /// Classifies an error of an object store.
    #[must_use]
    pub(crate) fn store(error: &object_store::Error) -> Self {
        if let object_store::Error::Generic { store, source } = error
            && REMOTE.contains(store)
        {
            return Self::remote(&lowercase_first(&source.to_string()));
        }
        let message = lowercase_first(&error.to_string());
        if let Some(error) = find::<io::Error>(error)
            && !matches!(error.kind(), io::ErrorKind::NotFound)
        {
            if error.kind() == io::ErrorKind::PermissionDenied {
                return Self::new(EngineErrorKind::Configuration, "access_denied", message)
                    .with_help("give the user that runs this the rights to the folder and what is in it");
            }
            // The store's message has the path.
            let known = Self::input_output(error);
            let is_full = known.kind == EngineErrorKind::DiskFull;
            return if is_full { known } else { Self { message, ..known } };
        }
        match error {
            object_store::Error::InvalidPath { source } => Self::new(
                EngineErrorKind::Source,
                "object_name",
                format!("the name of an object cannot be used: {}", lowercase_first(&source.to_string())),
            )
            .with_help("rename the object: `.`, `..` and nothing at all are no names, and control characters no part of one"),
            object_store::Error::NotFound { path, .. } => {
                Self::new(EngineErrorKind::Source, "missing_object", format!("there is no object `{path}`"))
            }
            object_store::Error::Precondition { path, .. } => Self::new(
                EngineErrorKind::Source,
                "changed_object",
                format!("object `{path}` was replaced while the run was reading"),
            )
            .with_help("run again once whoever writes the source is done"),
            object_store::Error::PermissionDenied { path, .. }
            | object_store::Error::Unauthenticated { path, .. } => Self::new(
                EngineErrorKind::Configuration,
                "access_denied",
                format!("the store denies access to `{path}`: {message}"),
            )
            .with_help(CHECK_RIGHTS),
            _ => Self::new(EngineErrorKind::Runtime, "store", message),
        }
    }
}

impl EngineError {
    /// Classifies what a remote store or the way to it answered. Listings, for one, come without a kind of their own, and
    /// the error type that holds the status is private to the client, so the text is all there is to go by.
    fn remote(message: &str) -> Self {
        let answers = |status: &str| message.contains(&format!("{STATUS}{status}"));
        if answers("401") || answers("403") {
            return Self::new(
                EngineErrorKind::Configuration,
                "access_denied",
                format!("the store denies access: {message}"),
            )
            .with_help(CHECK_RIGHTS);
        }
        if answers("404") {
            return Self::new(
                EngineErrorKind::Configuration,
                "missing_bucket",
                format!("there is no such bucket or container: {message}"),
            )
            .with_help("check its name and the storage's `endpoint`");
        }
        if message.contains(STATUS) && !may_pass(message) {
            return Self::new(EngineErrorKind::Runtime, "store", message);
        }
        Self::new(EngineErrorKind::Unavailable, "store_unavailable", message)
    }
}

/// Whether `text` has an answer that a remote store gives when it is busy or ill: asked later, it may give another. Its
/// client has asked again already.
#[must_use]
pub(crate) fn may_pass(text: &str) -> bool {
    let status = text.split(STATUS).nth(1).and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    status.is_some_and(|status| matches!(status, 408 | 429 | 500..=599)) || text.contains("SlowDown")
}

/// What stands before the status in the text of a client's error; the type that holds it is private to the client.
const STATUS: &str = "status code: ";

/// What to do where a store denies access.
const CHECK_RIGHTS: &str = "check the storage's keys and the rights of their owner";

/// Clients of remote stores, as their errors name them.
const REMOTE: [&str; 3] = ["S3", "GCS", "MicrosoftAzure"];

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", file.display())?;
            if let Some(position) = self.position {
                write!(f, "{}:{}:", position.line, position.column)?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl StdError for EngineError {}

/// A value that a source's contract does not allow. Travels through a running query as its cause.
#[derive(Debug, thiserror::Error)]
#[error("source `{source_name}`: {reason}")]
pub(crate) struct ContractViolation {
    /// Name of the source.
    pub(crate) source_name: String,
    /// What does not fit.
    pub(crate) reason: String,
    /// What to do, where that is more than putting the data right.
    pub(crate) help: Option<&'static str>,
}

/// Finds the first cause of type `T` in the chain under `error`.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>()
            && !is_wrapper(error)
        {
            return Some(found);
        }
        // Several wrappers do not hand on what they hold as their source.
        current = match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::ArrowError(inner, _)) => Some(inner.as_ref()),
            Some(DataFusionError::ParquetError(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::ObjectStore(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::IoError(inner)) => Some(inner),
            Some(DataFusionError::Shared(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner)) => {
                Some(inner.as_ref())
            }
            Some(DataFusionError::Collection(all)) => all.first().map(|first| first as _),
            _ => match error.downcast_ref::<ArrowError>() {
                Some(ArrowError::ExternalError(inner)) => Some(inner.as_ref()),
                Some(ArrowError::IoError(_, inner)) => Some(inner),
                _ => match error.downcast_ref::<parquet::errors::ParquetError>() {
                    Some(parquet::errors::ParquetError::External(inner)) => Some(inner.as_ref()),
                    _ => error.source(),
                },
            },
        };
    }
    None
}

/// True for an error that only carries another one.
fn is_wrapper(error: &(dyn StdError + 'static)) -> bool {
    matches!(error.downcast_ref::<ArrowError>(), Some(ArrowError::ExternalError(_)))
        || matches!(
            error.downcast_ref::<DataFusionError>(),
            Some(
                DataFusionError::Context(..)
                    | DataFusionError::Shared(_)
                    | DataFusionError::Diagnostic(..)
                    | DataFusionError::Collection(_)
                    | DataFusionError::External(_)
                    | DataFusionError::ArrowError(..)
            )
        )
}

/// Removes the prefixes that say which layer noticed.
pub(super) fn strip(message: &str) -> String {
    // The engine asks for reports of what is most often a mistake in the SQL.
    let mut text = message.split("This issue was likely caused by").next().unwrap_or_default().trim();
    while let Some((_, rest)) = text.split_once("\ncaused by\n") {
        text = rest;
    }
    loop {
        let before = text;
        for prefix in [
            "Error during planning: ",
            "Execution error: ",
            "Optimizer rule ",
            "Arrow error: ",
            "Parquet error: ",
            "External error: ",
            "External: ",
            "Schema error: ",
            "SQL error: ",
            "This feature is not implemented: ",
            "Internal error: ",
        ] {
            text = text.strip_prefix(prefix).unwrap_or(text);
        }
        if text == before {
            return text.replace('\'', "`");
        }
    }
}

/// Makes a fragment of a sentence. Leaves abbreviations such as `CSV` alone.
pub(super) fn lowercase_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain([second]).chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_own_requests_are_left_out() {
        let text =
            "Internal error: `x` is no number.\nThis issue was likely caused by a bug in DataFusion's code.";
        assert_eq!(strip(text), "`x` is no number.");
    }

    #[test]
    fn a_full_disk_is_recognized_under_every_wrapper() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let errors = [
            DataFusionError::IoError(full()),
            DataFusionError::ArrowError(Box::new(ArrowError::IoError(String::new(), full())), None),
            DataFusionError::ParquetError(Box::new(parquet::errors::ParquetError::External(
                Box::new(full()),
            ))),
            DataFusionError::External(Box::new(full())).context("while sorting"),
        ];
        for error in errors {
            assert_eq!(EngineError::running(&error).kind, EngineErrorKind::DiskFull, "{error}");
        }
    }

    #[test]
    fn names_and_rights_of_objects_are_told_apart_from_accidents() {
        let climbs = object_store::path::Path::parse("s/../../secret.parquet").unwrap_err();
        let error = EngineError::store(&climbs.into());
        assert_eq!((error.kind, error.code), (EngineErrorKind::Source, "object_name"));
        assert!(error.message.contains("s/../../secret.parquet"), "{error}");
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let denied = object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(denied) };
        let error = EngineError::store(&denied);
        assert_eq!((error.kind, error.code), (EngineErrorKind::Configuration, "access_denied"));
    }

    #[test]
    fn a_remote_store_that_cannot_be_reached_may_be_asked_later() {
        for store in REMOTE {
            let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
            let error = object_store::Error::Generic { store, source: Box::new(refused()) };
            let error = EngineError::running(&DataFusionError::ObjectStore(Box::new(error)).context("scan"));
            assert_eq!((error.kind, error.code), (EngineErrorKind::Unavailable, "store_unavailable"));
        }
        let error = object_store::Error::Generic {
            store: "LocalFileSystem",
            source: io::Error::from(io::ErrorKind::StorageFull).into(),
        };
        assert_eq!(EngineError::store(&error).kind, EngineErrorKind::DiskFull);
    }

    #[test]
    fn what_a_remote_store_refuses_has_to_be_put_right() {
        for (status, code) in [
            ("403 Forbidden", "access_denied"),
            ("401 Unauthorized", "access_denied"),
            ("404 Not Found", "missing_bucket"),
        ] {
            let source = format!("Error performing list request: non-2xx status code: {status}: no");
            let error = object_store::Error::Generic { store: "GCS", source: source.into() };
            let error = EngineError::store(&error);
            assert_eq!((error.kind, error.code), (EngineErrorKind::Configuration, code));
            assert!(error.help.is_some() && error.message.contains(status), "{error}");
        }
    }

    #[test]
    fn busy_stores_are_asked_later_and_others_are_not() {
        for (status, kind) in [
            ("500 Internal Server Error", EngineErrorKind::Unavailable),
            ("429 Too Many Requests", EngineErrorKind::Unavailable),
            ("408 Request Timeout", EngineErrorKind::Unavailable),
            ("400 Bad Request", EngineErrorKind::Runtime),
            ("411 Length Required", EngineErrorKind::Runtime),
        ] {
            let source = format!("Server returned non-2xx status code: {status}: what it says");
            let error = object_store::Error::Generic { store: "S3", source: source.into() };
            assert_eq!(EngineError::store(&error).kind, kind, "{status}");
        }
        assert!(may_pass("SlowDown") && !may_pass("status code: ") && !may_pass(""));
    }

    #[test]
    fn a_broken_contract_is_the_sources_trouble() {
        let broken = ContractViolation {
            source_name: "rentals".into(),
            reason: "column `cnt`".into(),
            help: Some("cast it"),
        };
        let error = EngineError::running(&DataFusionError::External(Box::new(broken)).context("scan"));
        assert_eq!(error.kind, EngineErrorKind::Source);
        assert_eq!(error.message, "source `rentals`: column `cnt`");
        assert_eq!(error.help.as_deref(), Some("cast it"));
    }

    #[test]
    fn text_that_cannot_be_read_is_the_sources_trouble() {
        let broken = ArrowError::CsvError("Encountered something".into());
        let broken = ArrowError::ExternalError(Box::new(DataFusionError::from(broken)));
        let error = EngineError::running(&DataFusionError::from(broken).context("scan"));
        assert_eq!((error.kind, error.code), (EngineErrorKind::Source, "unreadable"));
        assert_eq!(error.message, "encountered something");
    }

    #[test]
    fn too_little_memory_says_what_to_raise() {
        let error = DataFusionError::ResourcesExhausted("Failed to allocate".into()).context("Sort");
        let error = EngineError::running(&error);
        assert_eq!(error.kind, EngineErrorKind::OutOfMemory);
        assert!(error.help.is_some_and(|help| help.contains("engine.memory_limit")));
    }

    #[test]
    fn messages_lose_the_layers_that_passed_them_on() {
        assert_eq!(
            strip("type_coercion\ncaused by\nError during planning: Cannot coerce 'x'"),
            "Cannot coerce `x`"
        );
        assert_eq!(lowercase_first("Cannot coerce"), "cannot coerce");
        assert_eq!(lowercase_first("CSV is broken"), "CSV is broken");
    }
}
