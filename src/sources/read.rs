//! The stage: every source of a job becomes a table of a session, or all that is wrong is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::execution::object_store::ObjectStoreUrl;
use object_store::ObjectStore;

use super::broken::Reader;
use super::contract::{check, is_wide};
use super::listing::{self, Listed, SourceObject};
use super::planned::declared_schema;
use super::schema::{Mismatch, Resolved, resolve};
use super::transcode::{Readable, readable};
use super::view::{build, time_type};
use crate::config::Job;
use crate::config::diagnostic::{Problem, Problems};
use crate::config::job::Source;
use crate::domain::{DataType, Severity, Status};
use crate::engine::{Engine, EngineError, EngineErrorKind, Session, SqlOrigin, StorageHandle};
use crate::run::result::{CheckResult, ObjectRead};

/// Which rows a run needs: `[start, end)` in days of the calendar's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadWindow {
    /// First day; `None` reads from the beginning.
    pub start: Option<NaiveDate>,
    /// First day that is not read.
    pub end: NaiveDate,
    /// Zone in which a timestamp is turned into a day.
    pub time_zone: chrono_tz::Tz,
}

/// Which rows a run needs of each source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadWindows {
    /// First day by source; `None` reads from the beginning.
    pub starts: BTreeMap<String, Option<NaiveDate>>,
    /// The window of sources that have no day of their own.
    pub others: ReadWindow,
}

impl ReadWindows {
    /// Which rows of `source` are needed.
    #[must_use]
    pub fn of(&self, source: &str) -> ReadWindow {
        let start = self.starts.get(source).copied().unwrap_or(self.others.start);
        ReadWindow { start, ..self.others }
    }

    /// Whether fewer rows of `source` are needed than usual: a window of its own that holds none says little then.
    fn is_narrow(&self, source: &Source) -> bool {
        source.time.is_some() && self.of(&source.name).start > self.others.start
    }
}

impl From<ReadWindow> for ReadWindows {
    fn from(window: ReadWindow) -> Self {
        Self { starts: BTreeMap::new(), others: window }
    }
}

/// What was read of a source, or of several.
#[derive(Debug, Clone, Default)]
pub struct SourcesRead {
    /// Every object, by source and path.
    pub objects: Vec<ObjectRead>,
    /// Rows within the window, by source in the order of the job.
    pub rows: Vec<(String, u64)>,
    /// Day of the oldest row, by source; missing for sources without a time or without rows.
    pub oldest: BTreeMap<String, NaiveDate>,
    /// Checks of the contracts.
    pub checks: Vec<CheckResult>,
    /// What is worth knowing, as sentences.
    pub warnings: Vec<String>,
}

impl SourcesRead {
    fn extend(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.rows.extend(other.rows);
        self.oldest.extend(other.oldest);
        self.checks.extend(other.checks);
        self.warnings.extend(other.warnings);
    }
}

/// Why sources cannot be used, with what was read up to there.
#[derive(Debug, thiserror::Error)]
#[error("{} of the sources cannot be used", failed.join(", "))]
pub struct SourcesFailed {
    /// Kind of the gravest trouble; decides about the exit code.
    pub kind: EngineErrorKind,
    /// Names of the sources.
    pub failed: Vec<String>,
    /// Every problem of every source.
    pub problems: Problems,
    /// What was read all the same.
    pub read: SourcesRead,
}

/// The objects that a run of the window would read, without reading any: by source in the order of the job, and path.
///
/// # Errors
///
/// When a store cannot be listed, or a source that is required is not there.
pub async fn list(engine: &Engine, job: &Job, windows: &ReadWindows) -> Result<Vec<ObjectRead>, EngineError> {
    let mut objects = Vec::new();
    for source in &job.sources {
        let storage = engine.storage(&source.location.storage)?;
        let listed = listing::list(storage, source, &windows.of(&source.name)).await?;
        objects.extend(listed.objects.iter().map(|object| object_read(storage, source, object)));
    }
    Ok(objects)
}

fn object_read(storage: &StorageHandle, source: &Source, object: &SourceObject) -> ObjectRead {
    ObjectRead {
        source: source.name.clone(),
        object: format!("{}/{}", storage.name, object.meta.location),
        bytes: object.meta.size,
        e_tag: object.meta.e_tag.clone(),
        last_modified: object.meta.last_modified,
    }
}

/// Registers every source of `job` in `session` and checks its contract.
///
/// All sources are looked at, also after one failed. `on_source` is told each name before its turn.
///
/// # Errors
///
/// With every problem of every source.
pub async fn read(
    engine: &Engine,
    session: &Session,
    job: &Job,
    windows: &ReadWindows,
    on_source: &mut (dyn FnMut(&str) + Send),
) -> Result<SourcesRead, Box<SourcesFailed>> {
    let mut whole = SourcesRead::default();
    let mut failure: Option<Box<SourcesFailed>> = None;
    for source in &job.sources {
        on_source(&source.name);
        let is_narrow = windows.is_narrow(source);
        match read_source(engine, session, job, source, (&windows.of(&source.name), is_narrow)).await {
            Ok(read) => whole.extend(read),
            Err(mut failed) => {
                whole.extend(std::mem::take(&mut failed.read));
                failure = Some(match failure {
                    None => failed,
                    Some(mut first) => {
                        first.failed.extend(failed.failed);
                        first.problems.extend(failed.problems);
                        // A store that is away for a moment is worth another try only if all else is well.
                        if first.kind == EngineErrorKind::Unavailable {
                            first.kind = failed.kind;
                        }
                        first
                    }
                });
            }
        }
    }
    match failure {
        None => Ok(whole),
        Some(mut failure) => {
            failure.read = whole;
            Err(failure)
        }
    }
}

/// Registers one source of `job` in `session` and checks its contract. Without rows in a narrow window it is no reason
/// to fail.
///
/// # Errors
///
/// With every problem of the source: missing or unreadable objects, columns that are not there or of
/// another type, values that break the contract, no rows though required, stale rows.
pub async fn read_source(
    engine: &Engine,
    session: &Session,
    job: &Job,
    source: &Source,
    (window, is_narrow): (&ReadWindow, bool),
) -> Result<SourcesRead, Box<SourcesFailed>> {
    let mut reading = Reading::new(job, source, is_narrow);
    match reading.run(engine, session, window).await {
        Ok(()) if !reading.problems.has_errors() => Ok(reading.read),
        Ok(()) => Err(reading.failed(EngineErrorKind::Source)),
        Err(error) => {
            let kind = error.kind;
            reading.error(None, &error);
            Err(reading.failed(kind))
        }
    }
}

/// One source on its way.
pub(super) struct Reading<'a> {
    job: &'a Job,
    pub(super) source: &'a Source,
    is_narrow: bool,
    pub(super) read: SourcesRead,
    pub(super) problems: Problems,
}

/// A source whose objects fit its contract.
pub(super) struct Looked {
    url: ObjectStoreUrl,
    store: Arc<dyn ObjectStore>,
    pub(super) resolved: Resolved,
}

impl<'a> Reading<'a> {
    pub(super) fn new(job: &'a Job, source: &'a Source, is_narrow: bool) -> Self {
        Self { job, source, is_narrow, read: SourcesRead::default(), problems: Problems::default() }
    }

    /// Lists the objects of the window and compares their columns with the contract; `None` when they do not fit, which
    /// is among the problems then. No rows are read, but for types of text that no contract names.
    pub(super) async fn look(
        &mut self,
        engine: &Engine,
        session: &Session,
        window: &ReadWindow,
    ) -> Result<Option<Looked>, EngineError> {
        let storage = engine.storage(&self.source.location.storage)?;
        let listed = listing::list(storage, self.source, window).await?;
        self.remember(storage, &listed);
        let Readable { url, objects } = readable(engine, storage, self.source, listed.objects).await?;
        let store = session.object_store(&url)?;
        let resolved = match resolve(session, &store, self.source, objects).await {
            Ok(resolved) => resolved,
            Err(mismatches) => return self.mismatched(mismatches).map(|()| None),
        };
        for warning in &resolved.warnings {
            self.warn(warning);
        }
        self.check_time(&resolved)?;
        Ok(Some(Looked { url, store, resolved }))
    }

    async fn run(
        &mut self,
        engine: &Engine,
        session: &Session,
        window: &ReadWindow,
    ) -> Result<(), EngineError> {
        let Some(Looked { url, store, resolved }) = self.look(engine, session, window).await? else {
            return Ok(());
        };
        self.register(session, &url, &resolved, window)?;
        let place = self.job.positions.find(&format!("sources.{}", self.source.name));
        let origin = SqlOrigin::value(&self.job.file, place);
        let reader = Reader { session, store: &store, url: &url, source: self.source, window };
        let checked = match check(session, &origin, self.source, &resolved, (window, self.is_narrow)).await {
            Ok(checked) if is_wide(&resolved) => reader.drain(&resolved).await.map(|()| checked),
            checked => checked,
        };
        let checked = match checked {
            Ok(checked) => checked,
            Err(error) => return Err(reader.explain(&resolved, error).await),
        };
        self.read.oldest.extend(checked.oldest.map(|oldest| (self.source.name.clone(), oldest)));
        self.judge(checked.rows, checked.checks, window);
        Ok(())
    }

    fn remember(&mut self, storage: &StorageHandle, listed: &Listed) {
        for object in &listed.objects {
            storage.pin(&object.meta);
        }
        self.read
            .objects
            .extend(listed.objects.iter().map(|object| object_read(storage, self.source, object)));
        if let Some(first) = listed.ignored.first() {
            let count = listed.ignored.len();
            self.warn(&format!(
                "ignored {count} objects whose names do not fit the format, such as `{first}`"
            ));
        }
    }

    fn mismatched(&mut self, mismatches: Vec<Mismatch>) -> Result<(), EngineError> {
        for mismatch in mismatches {
            if mismatch.error.kind != EngineErrorKind::Source {
                return Err(mismatch.error);
            }
            self.error(mismatch.column.as_deref(), &mismatch.error);
        }
        Ok(())
    }

    /// A time column that is not declared is only possible where the contract names no columns.
    fn check_time(&self, resolved: &Resolved) -> Result<(), EngineError> {
        let Some(time) = &self.source.time else { return Ok(()) };
        match time_type(self.source, resolved, time) {
            Some(DataType::Date | DataType::Timestamp) => Ok(()),
            Some(other) => Err(EngineError::new(
                EngineErrorKind::Source,
                "time_type",
                format!("the time column `{time}` must be a date or a timestamp, it is {other}"),
            )),
            None => Err(EngineError::new(
                EngineErrorKind::Source,
                "missing_column",
                format!("the files have no time column `{time}`"),
            )),
        }
    }

    fn register(
        &self,
        session: &Session,
        url: &ObjectStoreUrl,
        resolved: &Resolved,
        window: &ReadWindow,
    ) -> Result<(), EngineError> {
        let view = build(session, url, self.source, resolved, window)
            .map_err(|error| EngineError::running(&error))?;
        match view {
            Some(view) => session.register(&self.source.name, view.into_view()),
            None => {
                session.register_planned(&self.source.name, declared_schema(self.source, &resolved.columns))
            }
        }
    }

    /// Says that the window holds no `what`.
    pub(super) fn empty(&mut self, what: &str, window: &ReadWindow) {
        let from = window.start.map_or_else(|| "the beginning".to_owned(), |start| start.to_string());
        let error = EngineError::new(
            EngineErrorKind::Source,
            "empty_source",
            format!("source `{}` has no {what} from {from} to before {}", self.source.name, window.end),
        )
        .with_help(format!("look for the {what} of the window, or set `required: false`"));
        self.error(None, &error);
    }

    /// Turns broken promises into problems.
    fn judge(&mut self, rows: u64, checks: Vec<CheckResult>, window: &ReadWindow) {
        self.read.rows.push((self.source.name.clone(), rows));
        // Some things happen seldom, and in a narrow window not at all; `freshness` says how seldom.
        if rows == 0 && self.source.required && !self.is_narrow {
            self.empty("rows", window);
        }
        for check in &checks {
            let Some(message) = &check.message else { continue };
            if check.status == Status::Warn {
                self.warn(message);
                continue;
            }
            let column = check.check.splitn(4, '.').nth(3).map(str::to_owned);
            let message = format!("source `{}`: {message}", self.source.name);
            let code = if check.kind == "freshness" { "stale_source" } else { "contract" };
            let error = EngineError::new(EngineErrorKind::Source, code, message);
            let place = if code == "stale_source" { Some("freshness") } else { None };
            self.push(place.map(str::to_owned), column.as_deref(), &error);
        }
        self.read.checks.extend(checks);
    }

    fn warn(&mut self, message: &str) {
        self.read.warnings.push(format!("source `{}`: {message}", self.source.name));
    }

    pub(super) fn error(&mut self, column: Option<&str>, error: &EngineError) {
        self.push(None, column, error);
    }

    fn push(&mut self, key: Option<String>, column: Option<&str>, error: &EngineError) {
        let source = &self.source.name;
        let path = match (key, column) {
            (Some(key), _) => format!("sources.{source}.{key}"),
            (None, Some(column)) if error.code == "column_type" => {
                format!("sources.{source}.columns.{column}.type")
            }
            (None, Some(column)) => format!("sources.{source}.columns.{column}"),
            (None, None) if error.code == "missing_source" => format!("sources.{source}.path"),
            (None, None) => format!("sources.{source}"),
        };
        let named = format!("source `{source}`");
        let message = if error.message.contains(&named) {
            error.message.clone()
        } else {
            format!("{named}: {}", error.message)
        };
        self.problems.push(Problem {
            code: error.code,
            severity: Severity::Error,
            file: self.job.file.clone(),
            position: self.job.positions.find(&path),
            message,
            help: error.help.clone(),
        });
    }

    fn failed(self, kind: EngineErrorKind) -> Box<SourcesFailed> {
        Box::new(SourcesFailed {
            kind,
            failed: vec![self.source.name.clone()],
            problems: self.problems,
            read: self.read,
        })
    }
}
