//! Sources as their contracts promise them, without rows: enough to plan every table offline.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::config::Job;
use crate::config::job::{Column, Source};
use crate::engine::{EngineError, Session, arrow_type};

/// Registers an empty table for every source whose contract says which columns SQL sees.
///
/// The others are seen only when connected; tables that read them cannot be planned offline.
///
/// # Errors
///
/// When the catalog refuses a table.
pub fn register_planned(session: &Session, job: &Job) -> Result<(), EngineError> {
    for source in job.sources.iter().filter(|source| source.is_known_offline()) {
        session.register_planned(&source.name, declared_schema(source, &source.columns))?;
    }
    Ok(())
}

/// Registers an empty table for `source` with `columns`, of which more is known than its contract says.
///
/// # Errors
///
/// When the catalog refuses the table.
pub fn register_columns(session: &Session, source: &Source, columns: &[Column]) -> Result<(), EngineError> {
    session.register_planned(&source.name, declared_schema(source, columns))
}

/// The columns that SQL sees of `source`: `columns`, then partitions.
pub(super) fn declared_schema(source: &Source, columns: &[Column]) -> SchemaRef {
    let columns = columns.iter().map(|column| (&column.name, column.data_type));
    let partitions = source.partitions.iter().map(|column| (&column.name, column.data_type));
    let fields =
        columns.chain(partitions).map(|(name, data_type)| Field::new(name, arrow_type(data_type), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
