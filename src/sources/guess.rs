//! Types of delimited text that no contract names: those that every value of a file can be read as.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::execution::session_state::SessionState;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;

use super::broken::first_broken;
use super::listing::SourceObject;
use super::objects::scan_options;
use crate::config::job::CsvOptions;
use crate::engine::{EngineError, EngineErrorKind, Session};

/// Files read at once.
const CONCURRENT: usize = 4;

/// The columns of `objects`, whose headers are `headers`, with the types of their values.
pub(super) async fn guessed(
    session: &Session,
    store: &Arc<dyn ObjectStore>,
    options: &CsvOptions,
    objects: &[SourceObject],
    headers: &[SchemaRef],
) -> Result<Vec<SchemaRef>, EngineError> {
    let mut scan = scan_options(options);
    if !options.null_values.is_empty() {
        let texts: Vec<String> = options.null_values.iter().map(|text| escape(text)).collect();
        scan.null_regex = Some(format!("^(|{})$", texts.join("|")));
    }
    // A type guessed from the first rows would fail on the last.
    let format = CsvFormat::default().with_options(scan).with_schema_infer_max_rec(usize::MAX);
    let state = session.state();
    let guesses = futures::stream::iter(objects.iter().zip(headers))
        .map(|(object, header)| guess(state, store, &format, object, header))
        .buffered(CONCURRENT)
        .try_collect();
    match guesses.await {
        Ok(schemas) => Ok(schemas),
        Err(error) => {
            let expected = headers.iter().map(|header| Some(header.fields().len()));
            let broken = first_broken(store, options, objects.iter().zip(expected)).await;
            Err(broken.unwrap_or(error))
        }
    }
}

async fn guess(
    state: &SessionState,
    store: &Arc<dyn ObjectStore>,
    format: &CsvFormat,
    object: &SourceObject,
    header: &SchemaRef,
) -> Result<SchemaRef, EngineError> {
    let found = format.infer_schema(state, store, std::slice::from_ref(&object.meta)).await;
    let found = found.map_err(|error| {
        let error = EngineError::running(&error);
        match error.code {
            // The line splitter behind this knows fewer forms of text than the reader: `store` is what its trouble comes as.
            "query_failed" | "unreadable" | "store" => {
                EngineError::new(EngineErrorKind::Source, "unreadable", error.message)
                    .about(&object.name)
                    .with_help(
                        "declare the source's `columns` with their types; then nothing has to be guessed",
                    )
            }
            _ => error,
        }
    })?;
    let fields = header.fields().iter().enumerate().map(|(place, field)| {
        let data_type = found.fields().get(place).map_or(&DataType::Null, |found| found.data_type());
        Field::new(field.name(), data_type.clone(), true)
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// Makes a text match only itself in a regular expression.
fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|letter| (!letter.is_alphanumeric()).then_some('\\').into_iter().chain([letter]))
        .collect()
}
