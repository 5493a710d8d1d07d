//! Results of earlier runs, made tables of this one.
//!
//! Which tables there are is known before any data is read; rows are fetched for those that SQL names.
//! Every object that is read becomes a line of `sources_read`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use object_store::ObjectMeta;

use super::failure::{Failure, FailureClass};
use super::pipeline::{RunState, Stage};
use super::result::ObjectRead;
use super::target::OpenTarget;
use crate::engine::{PREVIOUS, Session, previous_table};
use crate::publish::{EarlierPeriods, Previous, PreviousRows, first_replaced, previous_schemas};

/// Registers every result table of earlier runs without rows, so that SQL can be planned.
pub(super) fn register_planned(session: &Session) -> Result<(), Failure> {
    for (table, schema) in previous_schemas() {
        session.register_planned(&format!("{PREVIOUS}.{table}"), schema)?;
    }
    Ok(())
}

/// Fetches what SQL reads of earlier runs.
pub(super) async fn read(
    stage: &Stage<'_>,
    earlier: &Previous,
    target: &OpenTarget,
    state: &mut RunState<'_>,
) -> Result<(), Failure> {
    let job = &stage.request.job;
    for (name, schema) in &stage.planned.previous {
        let Some(table) = previous_table(name) else { continue };
        // A table sees its own rows up to what this run publishes again.
        let periods = job.table(table).filter(|own| own.is_kept()).map(|own| {
            let end = stage.work.plan.start(table);
            let end = end.unwrap_or_else(|| first_replaced(own.restate, job.calendar, stage.window));
            EarlierPeriods { start: None, end }
        });
        let file = folder(stage)?.join(format!("{table}.parquet"));
        let read = earlier.stage(table, periods, schema, &file).await?;
        stage.session.register_parquet(name, &file).await?;
        note(name, &read, earlier, target, state);
    }
    Ok(())
}

/// Fetches the earlier rows of kept tables that this run computes in part and that others read in full.
pub(super) async fn kept_rows(
    stage: &Stage<'_>,
    earlier: &Previous,
    target: &OpenTarget,
    state: &mut RunState<'_>,
) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let mut files = BTreeMap::new();
    for (table, wanted) in &stage.work.plan.demanded {
        // Of a table that is computed anew all periods are fetched: those that sources know nothing of any more stay.
        let end = match stage.work.plan.start(table) {
            Some(end) => end,
            None if earlier.kept_until(table, None).is_some() => stage.window.end(),
            None => continue,
        };
        let Some(schema) = stage.planned.schemas.get(table).filter(|_| *wanted < Some(end)) else { continue };
        // A day within a period wants all of it; rows before it are cut off later.
        let start = wanted.map(|day| stage.request.job.calendar.floor(day));
        let file = folder(stage)?.join(format!("{table}@kept.parquet"));
        let read = earlier.stage(table, Some(EarlierPeriods { start, end }), schema, &file).await?;
        note(&format!("{PREVIOUS}.{table}"), &read, earlier, target, state);
        files.insert(table.clone(), file);
    }
    Ok(files)
}

fn folder(stage: &Stage<'_>) -> Result<PathBuf, Failure> {
    let folder = stage.engine.work_folder().join(PREVIOUS);
    std::fs::create_dir_all(&folder).map_err(|error| {
        Failure::new(FailureClass::Step, format!("cannot make the folder {}: {error}", folder.display()))
    })?;
    Ok(folder)
}

fn note(name: &str, read: &PreviousRows, earlier: &Previous, target: &OpenTarget, state: &mut RunState<'_>) {
    tracing::debug!(table = name, rows = read.rows, as_of = ?earlier.as_of(), "read earlier rows");
    for reason in &read.left_out {
        state.warn(format!("`{name}` leaves out an object of another form: {reason}"));
    }
    remember(state, target, name, read.objects.iter().cloned());
}

/// Names `objects` among what the run read, each once.
pub(super) fn remember(
    state: &mut RunState<'_>,
    target: &OpenTarget,
    source: &str,
    objects: impl IntoIterator<Item = ObjectMeta>,
) {
    for object in objects {
        let read = ObjectRead {
            source: source.to_owned(),
            object: target.name_of(&object.location),
            bytes: object.size,
            e_tag: object.e_tag,
            last_modified: object.last_modified,
        };
        if !state.objects.iter().any(|known| known.source == read.source && known.object == read.object) {
            state.objects.push(read);
        }
    }
}
