//! Runs a test: computes the tables as a run does, from the given rows alone.

use arrow::array::{Array, ArrayRef, new_empty_array};
use arrow::compute::concat;

use super::compare::{Difference, differences};
use super::plan::PlannedTest;
use crate::config::Job;
use crate::config::job::SqlTable;
use crate::engine::{Engine, EngineError, EngineErrorKind, Form, Parameters, Session, SqlOrigin, quote};
use crate::transform::statements::origin;

/// Runs `test` and says how what it gives differs from what is expected; nothing if it does not.
///
/// # Errors
///
/// When the SQL fails on the given rows, or the work folder cannot be written.
pub async fn run_test(
    engine: &Engine,
    job: &Job,
    test: &PlannedTest,
) -> Result<Vec<Difference>, EngineError> {
    let (start, end) = test.window;
    let session = engine.session(Parameters { start, end, as_of: end, vars: test.vars.as_slice().into() });
    for (name, rows) in &test.inputs {
        session.register_rows(name, rows.clone())?;
    }
    for table in test.tables.iter().filter_map(|name| job.table(name)) {
        compute(engine, &session, test, table).await?;
    }
    let Some(table) = job.table(&test.table) else { return Ok(Vec::new()) };
    let found = found(&session, test, table).await?;
    let place = SqlOrigin::value(&job.file, job.positions.find(&format!("tests.{}.expect", test.name)));
    differences(&found, &test.expect, &table.key).map_err(|error| {
        EngineError::new(EngineErrorKind::Runtime, "test_value", error.to_string()).at(&place.file, place.at)
    })
}

async fn compute(
    engine: &Engine,
    session: &Session,
    test: &PlannedTest,
    table: &SqlTable,
) -> Result<(), EngineError> {
    let folder = engine.work_folder().join("tests").join(&test.name);
    std::fs::create_dir_all(&folder).map_err(|error| EngineError::input_output(&error))?;
    let file = folder.join(format!("{}.parquet", table.name));
    // What is kept goes through a published table, which has neither NaN nor infinity.
    let form = Form { is_finite: table.is_kept(), ..Form::sorted(&table.key) };
    session.materialize(&origin(table), &table.sql, form, &file).await?;
    session.register_parquet(&table.name, &file).await
}

/// The compared columns of the tested table: those that expected rows name, else all.
async fn found(
    session: &Session,
    test: &PlannedTest,
    table: &SqlTable,
) -> Result<Vec<(String, ArrayRef)>, EngineError> {
    let named: Vec<String> = match test.expect.first() {
        Some(row) if !row.cells.is_empty() => row.cells.iter().map(|cell| cell.column.clone()).collect(),
        _ => {
            let schema = session.schema(&table.name).await;
            schema
                .map(|schema| schema.fields().iter().map(|field| field.name().clone()).collect())
                .unwrap_or_default()
        }
    };
    let columns: Vec<String> = named.iter().map(|name| quote(name)).collect();
    let sql = format!("select {} from {}", columns.join(", "), quote(&table.name));
    let place = origin(table);
    let batches = session.query(&place, &sql).await?;
    let schema = session.columns(&place, &sql).await?;
    let mut found = Vec::new();
    for (at, name) in named.into_iter().enumerate() {
        let parts: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
        let column = if parts.is_empty() {
            new_empty_array(schema.field(at).data_type())
        } else {
            concat(&parts).map_err(|error| {
                EngineError::new(EngineErrorKind::Runtime, "query_failed", error.to_string())
            })?
        };
        found.push((name, column));
    }
    Ok(found)
}
