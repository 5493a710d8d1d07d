//! What the files of a source hold, compared with its contract.
//!
//! Columns are found by name, also in delimited text, where a reader by position would take `casual`
//! for `registered` as soon as somebody swaps two columns.

use std::sync::Arc;

use arrow::csv::reader::Format as CsvHeader;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};

use super::cast::can_read;
use super::listing::SourceObject;
use super::misencoded::{self, explain};
use super::objects::{parquet_format, scan_options};
use crate::config::job::{Column, CsvOptions, Format, Source};
use crate::domain::Known;
use crate::engine::{EngineError, EngineErrorKind, Session, choices, domain_type};

/// Files whose columns are looked at at once.
const CONCURRENT: usize = 16;
/// A header line longer than this is refused.
const LONGEST_HEADER: u64 = 1 << 20;

/// Objects that hold the same columns.
#[derive(Debug)]
pub(super) struct Group {
    /// Columns of the files: all of them for delimited text, those that are read for Parquet.
    pub(super) file: SchemaRef,
    pub(super) objects: Vec<SourceObject>,
}

/// The columns that SQL sees, and the files that they come from.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) columns: Vec<Column>,
    pub(super) groups: Vec<Group>,
    /// Columns of the files that no table can hold; only named when the contract names none.
    pub(super) left_out: Vec<String>,
}

/// Something about a column that does not fit the contract.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// The contract's column; `None` when it is about the file.
    pub(super) column: Option<String>,
    pub(super) error: EngineError,
}

impl From<EngineError> for Mismatch {
    fn from(error: EngineError) -> Self {
        Self { column: None, error }
    }
}

/// Compares the columns of `objects` in `store` with the contract of `source`.
pub(super) async fn resolve(
    session: &Session,
    store: &Arc<dyn ObjectStore>,
    source: &Source,
    objects: Vec<SourceObject>,
) -> Result<Resolved, Vec<Mismatch>> {
    let schemas: Vec<SchemaRef> = futures::stream::iter(&objects)
        .map(|object| file_schema(session, store, source, object))
        .buffered(CONCURRENT)
        .try_collect()
        .await
        .map_err(|error| vec![error.into()])?;
    let (columns, left_out) = if source.columns.is_empty() {
        infer(session, store, source, &objects, &schemas).await.map_err(|error| vec![error.into()])?
    } else {
        (source.columns.clone(), Vec::new())
    };
    let mut mismatches: Vec<Mismatch> = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    for (object, schema) in objects.into_iter().zip(schemas) {
        let found = compare(source, &columns, &object, &schema);
        for mismatch in found {
            // A column that is wrong in a thousand files is one problem.
            if !mismatches.iter().any(|known| known.column == mismatch.column) {
                mismatches.push(mismatch);
            }
        }
        let file = needed(source, &columns, &schema);
        match groups.iter_mut().find(|group| group.file == file) {
            Some(group) => group.objects.push(object),
            None => groups.push(Group { file, objects: vec![object] }),
        }
    }
    if mismatches.is_empty() { Ok(Resolved { columns, groups, left_out }) } else { Err(mismatches) }
}

/// The columns that a scan must know: positions count in delimited text, names in Parquet.
fn needed(source: &Source, columns: &[Column], file: &SchemaRef) -> SchemaRef {
    match source.format {
        Format::Csv(_) => Arc::clone(file),
        Format::Parquet => {
            let fields = columns.iter().filter_map(|column| file.field_with_name(&column.name).ok());
            let plain = fields.map(|field| Field::new(field.name(), field.data_type().clone(), true));
            Arc::new(Schema::new(plain.collect::<Vec<_>>()))
        }
    }
}

async fn file_schema(
    session: &Session,
    store: &Arc<dyn ObjectStore>,
    source: &Source,
    object: &SourceObject,
) -> Result<SchemaRef, EngineError> {
    match &source.format {
        Format::Csv(options) if options.header => header(store, options, object).await,
        // Without a header the contract's order is all there is.
        Format::Csv(_) if source.columns.is_empty() => Err(EngineError::new(
            EngineErrorKind::Configuration,
            "missing_columns",
            "text without a header line needs `columns`, in the order of the file",
        )),
        Format::Csv(_) => Ok(Arc::new(Schema::new(
            source
                .columns
                .iter()
                .map(|column| Field::new(&column.name, DataType::Utf8, true))
                .collect::<Vec<_>>(),
        ))),
        Format::Parquet => parquet_format()
            .infer_schema(&session.state(), store, std::slice::from_ref(&object.meta))
            .await
            .map_err(|error| {
                let error = EngineError::running(&error);
                match error.kind {
                    EngineErrorKind::Runtime => EngineError::new(
                        EngineErrorKind::Source,
                        "unreadable",
                        format!("{} is no readable Parquet file: {}", object.name, error.message),
                    ),
                    _ => error,
                }
            }),
    }
}

async fn header(
    store: &Arc<dyn ObjectStore>,
    options: &CsvOptions,
    object: &SourceObject,
) -> Result<SchemaRef, EngineError> {
    let unreadable = |reason: String| {
        EngineError::new(EngineErrorKind::Source, "unreadable", format!("{}: {reason}", object.name))
    };
    if object.meta.size == 0 {
        return Err(unreadable("the file is empty; not even a header line is there".into()));
    }
    let range = 0..object.meta.size.min(LONGEST_HEADER);
    let bytes =
        store.get_range(&object.meta.location, range).await.map_err(|error| EngineError::store(&error))?;
    let (schema, _) = CsvHeader::default()
        .with_header(true)
        .with_delimiter(options.delimiter)
        .with_quote(options.quote)
        .infer_schema(bytes.as_ref(), Some(0))
        .map_err(|error| {
            misencoded::in_header(object, &bytes).unwrap_or_else(|| unreadable(error.to_string()))
        })?;
    let mut fields: Vec<Field> = Vec::new();
    for field in schema.fields() {
        // Spreadsheets put a byte order mark in front of the first name.
        let name = field.name().trim_start_matches('\u{feff}').trim_matches(char::from(options.quote));
        if fields.iter().any(|known| known.name() == name) {
            return Err(unreadable(format!("column `{name}` occurs twice in the header")));
        }
        fields.push(Field::new(name, DataType::Utf8, true));
    }
    Ok(Arc::new(Schema::new(fields)))
}

fn compare(source: &Source, columns: &[Column], object: &SourceObject, file: &Schema) -> Vec<Mismatch> {
    let name = &object.name;
    let names: Vec<String> = file.fields().iter().map(|field| field.name().clone()).collect();
    let mismatch = |column: &Column| {
        let error = match file.field_with_name(&column.name) {
            Err(_) => EngineError::new(
                EngineErrorKind::Source,
                "missing_column",
                format!("source `{}`: there is no column `{}` in {name}", source.name, column.name),
            )
            .with_help(choices(&column.name, "columns", &names)),
            Ok(field)
                if source.format == Format::Parquet && !can_read(field.data_type(), column.data_type) =>
            {
                let held = domain_type(field.data_type())
                    .map_or_else(|| field.data_type().to_string(), |data_type| data_type.to_string());
                EngineError::new(
                    EngineErrorKind::Source,
                    "column_type",
                    format!(
                        "source `{}`: column `{}` is declared as {}, but {name} holds {held}",
                        source.name, column.name, column.data_type
                    ),
                )
                .with_help("declare the type that the files hold, and cast in SQL")
            }
            Ok(_) => return None,
        };
        Some(Mismatch { column: Some(column.name.clone()), error })
    };
    columns.iter().filter_map(mismatch).collect()
}

/// The columns of a source whose contract names none: whatever all files hold.
async fn infer(
    session: &Session,
    store: &Arc<dyn ObjectStore>,
    source: &Source,
    objects: &[SourceObject],
    schemas: &[SchemaRef],
) -> Result<(Vec<Column>, Vec<String>), EngineError> {
    let found = match &source.format {
        Format::Parquet => schemas.first().map_or_else(Schema::empty, |schema| schema.as_ref().clone()),
        Format::Csv(options) => {
            let metas: Vec<_> = objects.iter().map(|object| object.meta.clone()).collect();
            let mut scan = scan_options(options);
            if !options.null_values.is_empty() {
                let texts: Vec<String> = options.null_values.iter().map(|text| escape(text)).collect();
                scan.null_regex = Some(format!("^(|{})$", texts.join("|")));
            }
            let schema = CsvFormat::default()
                .with_options(scan)
                // A type guessed from the first rows would fail on the last.
                .with_schema_infer_max_rec(usize::MAX)
                .infer_schema(&session.state(), store, &metas)
                .await;
            match schema {
                Ok(schema) => schema.as_ref().clone(),
                Err(error) => {
                    let message = EngineError::running(&error).message;
                    let error = EngineError::new(EngineErrorKind::Source, "unreadable", message);
                    return Err(explain(store, objects, error).await);
                }
            }
        }
    };
    let mut columns = Vec::new();
    let mut left_out = Vec::new();
    for field in found.fields() {
        // A column without a single value has no type; text it is.
        let data_type =
            if field.data_type() == &DataType::Null { DataType::Utf8 } else { field.data_type().clone() };
        match domain_type(&data_type) {
            Some(data_type) => columns.push(Column {
                name: field.name().trim_start_matches('\u{feff}').to_owned(),
                data_type,
                required: false,
                unique: false,
                min: None,
                max: None,
                known: Known::AtEntry,
            }),
            None => left_out.push(field.name().clone()),
        }
    }
    Ok((columns, left_out))
}

/// Makes a text match only itself in a regular expression.
fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|letter| (!letter.is_alphanumeric()).then_some('\\').into_iter().chain([letter]))
        .collect()
}
