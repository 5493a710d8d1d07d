//! Results of earlier runs, made tables of this one.
//!
//! Which tables there are is known before any data is read; rows are fetched for those that SQL names.
//! Every object that is read becomes a line of `sources_read`.

use object_store::ObjectMeta;

use super::failure::{Failure, FailureClass};
use super::pipeline::{RunState, Stage};
use super::result::ObjectRead;
use super::target::OpenTarget;
use crate::engine::{PREVIOUS, Session, previous_table};
use crate::publish::{Previous, previous_schemas};

/// Registers every result table of earlier runs without rows, so that SQL can be planned.
pub(super) fn register_planned(session: &Session) -> Result<(), Failure> {
    for (table, schema) in previous_schemas() {
        session.register_planned(&format!("{PREVIOUS}.{table}"), schema)?;
    }
    Ok(())
}

/// Finds the publication before this window and fetches what SQL reads of earlier runs.
pub(super) async fn read(
    stage: &Stage<'_>,
    target: &OpenTarget,
    state: &mut RunState<'_>,
) -> Result<Previous, Failure> {
    let job = &stage.request.job;
    let previous = Previous::find(&target.store, &job.name, stage.window).await?;
    let folder = stage.engine.work_folder().join(PREVIOUS);
    std::fs::create_dir_all(&folder).map_err(|error| {
        Failure::new(FailureClass::Step, format!("cannot make the folder {}: {error}", folder.display()))
    })?;
    for (name, schema) in &stage.planned.previous {
        let Some(table) = previous_table(name) else { continue };
        let file = folder.join(format!("{table}.parquet"));
        let read = previous.stage(job, table, schema, &file).await?;
        stage.session.register_parquet(name, &file).await?;
        tracing::debug!(table = name, rows = read.rows, as_of = ?previous.as_of(), "read earlier rows");
        for reason in read.left_out {
            state.warn(format!("`{name}` leaves out an object of another form: {reason}"));
        }
        remember(state, target, name, read.objects);
    }
    Ok(previous)
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
