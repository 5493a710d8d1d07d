//! What the files of every source hold, compared with the contracts, without reading rows.
//!
//! The same code as that of a run up to the point where rows would be read, so that both say the same.

use std::collections::BTreeMap;

use super::read::{ReadWindows, Reading};
use crate::config::Job;
use crate::config::diagnostic::Problems;
use crate::config::job::Column;
use crate::engine::{Engine, EngineErrorKind, Session};

/// The columns of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSchema {
    /// Those that SQL sees, without partitions.
    pub columns: Vec<Column>,
    /// Those of the files that SQL does not see, with what they hold.
    pub unread: BTreeMap<String, String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Connected {
    /// Columns of the sources that fit their contracts and have files.
    pub schemas: BTreeMap<String, SourceSchema>,
    /// Objects that were looked at.
    pub objects: usize,
    /// What is wrong with the other sources.
    pub problems: Problems,
    /// Kind of the gravest trouble, if there is any.
    pub kind: Option<EngineErrorKind>,
    /// What is worth knowing, as sentences.
    pub warnings: Vec<String>,
}

/// Looks at the files of every source of `job` that a run of the windows would read. One that cannot be used does not
/// keep the others from being looked at.
pub async fn connect(engine: &Engine, session: &Session, job: &Job, windows: &ReadWindows) -> Connected {
    let mut connected = Connected::default();
    for source in &job.sources {
        let window = windows.of(&source.name);
        let mut reading = Reading::new(job, source, false);
        let kind = match reading.look(engine, session, &window).await {
            Ok(looked) => {
                let has_objects = !reading.read.objects.is_empty();
                if !has_objects && source.required && !reading.problems.has_errors() {
                    reading.empty("objects", &window);
                }
                if let (Some(looked), true) = (looked, has_objects) {
                    let (columns, unread) = (looked.resolved.columns, looked.resolved.unread);
                    connected.schemas.insert(source.name.clone(), SourceSchema { columns, unread });
                }
                reading.problems.has_errors().then_some(EngineErrorKind::Source)
            }
            Err(error) => {
                reading.error(None, &error);
                Some(error.kind)
            }
        };
        // A store that is away for a moment is worth another try only if all else is well.
        connected.kind = match (connected.kind, kind) {
            (None | Some(EngineErrorKind::Unavailable), Some(kind)) => Some(kind),
            (Some(EngineErrorKind::Source), Some(EngineErrorKind::Configuration)) => kind,
            (before, _) => before,
        };
        connected.objects += reading.read.objects.len();
        connected.warnings.append(&mut reading.read.warnings);
        connected.problems.extend(reading.problems);
    }
    connected
}
