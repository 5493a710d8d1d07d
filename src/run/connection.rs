//! What `check --connect` does: looks at the files of every source, then plans the job with what they hold.
//!
//! Mistakes of sources and of SQL go into one report. What a source lacks is told once, there; SQL is then planned with
//! what its contract promises.

use std::collections::BTreeMap;

use super::failure::{Failure, FailureClass};
use super::pipeline::{plan_with, read_windows};
use super::window::{WindowRequest, WindowRequestError, resolve};
use crate::config::diagnostic::Problems;
use crate::config::job::Source;
use crate::config::{Job, schema_text};
use crate::engine::{Engine, Parameters};
use crate::sources::{self, ReadWindow, ReadWindows};
use crate::transform::PlannedJob;

/// What the files of a job's sources hold.
#[derive(Debug)]
pub struct Connection {
    /// The plan, if all SQL fits.
    pub planned: Option<PlannedJob>,
    /// What may be saved of the sources that fit their contracts, for checks without a connection: the text of a file each.
    pub schemas: BTreeMap<String, String>,
    /// Objects that were looked at.
    pub objects: usize,
    /// Everything that is wrong or worth knowing.
    pub problems: Problems,
    /// What is worth knowing about files, as sentences.
    pub warnings: Vec<String>,
    /// What a scheduler would make of it, if something is wrong.
    pub class: Option<FailureClass>,
}

/// Compares the sources of `job` with their files, those that a run of the requested window would read; without any
/// window, all of them.
///
/// # Errors
///
/// A window that is none, and what keeps the job from being planned at all.
pub async fn connect(engine: &Engine, job: &Job, request: &WindowRequest) -> Result<Connection, Failure> {
    let windows = match resolve(request, job) {
        Ok(window) => read_windows(job, window, BTreeMap::new()),
        Err(WindowRequestError::Missing) => {
            // A day after all data that still reads like one.
            let end = chrono::NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(chrono::NaiveDate::MAX);
            let time_zone = job.calendar.time_zone;
            ReadWindows::from(ReadWindow { start: None, end, time_zone })
        }
        Err(error) => return Err(error.into()),
    };
    // Nothing is computed, so any day will do.
    let day = chrono::NaiveDate::default();
    let session =
        engine.session(Parameters { start: day, end: day, as_of: day, vars: job.vars.as_slice().into() });
    let connected = sources::connect(engine, &session, job, &windows).await;
    let known =
        connected.schemas.iter().map(|(name, schema)| (name.clone(), schema.columns.clone())).collect();
    let mut problems = connected.problems;
    let mut class = connected.kind.map(FailureClass::from);
    let planned = match plan_with(engine, job, &known).await {
        Ok(planned) => {
            problems.extend(planned.warnings.clone());
            Some(planned)
        }
        Err(Failure { class: FailureClass::Job, problems: Some(of_plan), .. }) => {
            problems.extend(of_plan);
            class = Some(FailureClass::Job);
            None
        }
        Err(failure) => return Err(failure),
    };
    let text = |source: &Source| {
        let schema = connected.schemas.get(&source.name)?;
        Some((source.name.clone(), schema_text(source, &schema.columns, &schema.unread)))
    };
    let schemas = job.sources.iter().filter_map(text).collect();
    let (objects, warnings) = (connected.objects, connected.warnings);
    Ok(Connection { planned, schemas, objects, problems, warnings, class })
}
