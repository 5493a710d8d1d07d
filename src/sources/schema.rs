//! What the files of a source hold, compared with its contract.
//!
//! Columns are found by name, also in delimited text, where a reader by position would take `casual`
//! for `registered` as soon as somebody swaps two columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;

use super::cast::can_read;
use super::columns::{Chosen, FileColumns, choose, kind};
use super::footer::footer;
use super::guess::guessed;
use super::header::{header, other_delimiter};
use super::listing::SourceObject;
use crate::config::job::{Column, Format, SchemaChanges, Source};
use crate::engine::{EngineError, EngineErrorKind, Session, choices, domain_type};

/// Files whose columns are looked at at once.
const CONCURRENT: usize = 16;

/// Objects that hold the same columns.
#[derive(Debug)]
pub(super) struct Group {
    /// Columns of the files: all of them for delimited text, those that are read for Parquet.
    pub(super) file: SchemaRef,
    pub(super) objects: Vec<SourceObject>,
}

/// The columns that SQL sees, and the files that they come from.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) columns: Vec<Column>,
    pub(super) groups: Vec<Group>,
    /// Columns of the files that SQL does not see, with what they hold.
    pub(super) unread: BTreeMap<String, String>,
    /// What is worth knowing about columns, as sentences.
    pub(super) warnings: Vec<String>,
}

/// Something about a column that does not fit the contract.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// The contract's column; `None` when it is about the file.
    pub(super) column: Option<String>,
    /// Name of the column, empty when it is about no column.
    pub(super) name: String,
    pub(super) error: EngineError,
}

impl From<EngineError> for Mismatch {
    fn from(error: EngineError) -> Self {
        Self { column: None, name: String::new(), error }
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
    let typed = match &source.format {
        Format::Csv(options) if source.columns.is_empty() => {
            guessed(session, store, options, &objects, &schemas).await.map_err(|error| vec![error.into()])?
        }
        _ => schemas.clone(),
    };
    let files = objects.iter().zip(&typed);
    let files: Vec<FileColumns> = files
        .map(|(object, schema)| FileColumns { file: object.name.clone(), schema: Arc::clone(schema) })
        .collect();
    let chosen = choose(source, &files)?;
    let mismatches = compare(source, &chosen, &files);
    if !mismatches.is_empty() {
        return Err(mismatches);
    }
    let unread = unread(source, &chosen, &files);
    let mut groups: Vec<Group> = Vec::new();
    for (object, schema) in objects.into_iter().zip(schemas) {
        let file = needed(source, &chosen.columns, &schema);
        match groups.iter_mut().find(|group| group.file == file) {
            Some(group) => group.objects.push(object),
            None => groups.push(Group { file, objects: vec![object] }),
        }
    }
    Ok(Resolved { columns: chosen.columns, groups, unread, warnings: chosen.warnings })
}

/// Columns of `files` that are not read, with what the newest file that has them holds.
fn unread(source: &Source, chosen: &Chosen, files: &[FileColumns]) -> BTreeMap<String, String> {
    let columns = chosen.columns.iter().map(|column| column.name.as_str());
    let partitions = source.partitions.iter().map(|partition| partition.name.as_str());
    let read: BTreeSet<&str> = columns.chain(partitions).collect();
    let fields = files.iter().flat_map(|file| file.schema.fields());
    let others = fields.filter(|field| !field.name().is_empty() && !read.contains(field.name().as_str()));
    others.map(|field| (field.name().clone(), kind(field.data_type()))).collect()
}

/// The columns that a scan must know: positions count in delimited text, names in Parquet.
fn needed(source: &Source, columns: &[Column], file: &SchemaRef) -> SchemaRef {
    let names: BTreeSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let fields: Vec<Field> = match source.format {
        // What is not read may be called like a folder, or like nothing at all; no header holds such names.
        Format::Csv(_) => {
            let fields = file.fields().iter().enumerate();
            let placed = |(place, field): (usize, &Arc<Field>)| {
                let is_read = names.contains(field.name().as_str());
                let name = if is_read { field.name().clone() } else { format!("\0{place}") };
                Field::new(name, field.data_type().clone(), true)
            };
            fields.map(placed).collect()
        }
        Format::Parquet => {
            let held = by_name(file);
            let fields = columns.iter().filter_map(|column| held.get(column.name.as_str())?.first());
            fields.map(|field| Field::new(field.name(), field.data_type().clone(), true)).collect()
        }
    };
    Arc::new(Schema::new(fields))
}

/// The fields of a file by name; a name may occur twice.
fn by_name(file: &Schema) -> BTreeMap<&str, Vec<&Field>> {
    let mut fields: BTreeMap<&str, Vec<&Field>> = BTreeMap::new();
    for field in file.fields() {
        fields.entry(field.name()).or_default().push(field);
    }
    fields
}

async fn file_schema(
    session: &Session,
    store: &Arc<dyn ObjectStore>,
    source: &Source,
    object: &SourceObject,
) -> Result<SchemaRef, EngineError> {
    match &source.format {
        Format::Csv(options) if options.header => {
            let schema = header(store, options, object).await?;
            match other_delimiter(source, &schema) {
                // With a contract its columns will be missing, which tells more.
                Some(help) if source.columns.is_empty() => {
                    let message = format!(
                        "{}: the header line names a single column, `{}`",
                        object.name,
                        schema.field(0).name()
                    );
                    Err(EngineError::new(EngineErrorKind::Source, "wrong_delimiter", message).with_help(help))
                }
                _ => Ok(schema),
            }
        }
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
        Format::Parquet => footer(session, store, object).await,
    }
}

/// Everything about columns that does not fit, each told once, for the first file that it is about.
fn compare(source: &Source, chosen: &Chosen, files: &[FileColumns]) -> Vec<Mismatch> {
    let mut mismatches: Vec<Mismatch> = Vec::new();
    let mut told: BTreeSet<(&'static str, &str)> = BTreeSet::new();
    let declared: BTreeSet<&str> = source.columns.iter().map(|column| column.name.as_str()).collect();
    let known: BTreeSet<&str> = chosen
        .columns
        .iter()
        .map(|column| &column.name)
        .chain(&chosen.left_out)
        .chain(source.partitions.iter().map(|partition| &partition.name))
        .map(String::as_str)
        .collect();
    let holders = first_holders(files);
    for file in files {
        let held = by_name(&file.schema);
        for column in &chosen.columns {
            let error = match held.get(column.name.as_str()).map(Vec::as_slice) {
                None | Some([]) => missing(source, column, file, holders.get(column.name.as_str()).copied()),
                Some([field]) => wrong_type(source, column, field, file),
                Some(several) => Some(duplicate(&column.name, several.len(), file)),
            };
            let Some(error) = error else { continue };
            // A column that is wrong in a thousand files is one problem.
            if told.insert((error.code, column.name.as_str())) {
                let declared = declared.contains(column.name.as_str()).then(|| column.name.clone());
                mismatches.push(Mismatch { column: declared, name: column.name.clone(), error });
            }
        }
        if source.schema_changes == SchemaChanges::Fail {
            let names = file.schema.fields().iter().map(|field| field.name().as_str());
            let unknown: Vec<&str> = names
                .filter(|name| !known.contains(name) && told.insert(("unexpected_column", *name)))
                .collect();
            if !unknown.is_empty() {
                mismatches.push(unexpected(source, &unknown, file, files).into());
            }
        }
    }
    mismatches
}

/// The first file that holds each column.
fn first_holders(files: &[FileColumns]) -> BTreeMap<&str, &FileColumns> {
    let mut holders = BTreeMap::new();
    let mut before: Option<&SchemaRef> = None;
    for file in files {
        // Most files are like the one before them.
        if before.is_none_or(|before| before != &file.schema) {
            for field in file.schema.fields() {
                holders.entry(field.name().as_str()).or_insert(file);
            }
        }
        before = Some(&file.schema);
    }
    holders
}

/// What is wrong when `file` lacks `column`, which `other` holds, if anything is.
fn missing(
    source: &Source,
    column: &Column,
    file: &FileColumns,
    other: Option<&FileColumns>,
) -> Option<EngineError> {
    let is_time = source.time.as_ref() == Some(&column.name);
    let appends = source.schema_changes == SchemaChanges::Append;
    if appends && other.is_some() && !column.required && !is_time {
        return None;
    }
    let message = format!("source `{}`: there is no column `{}` in {}", source.name, column.name, file.file);
    let names: Vec<String> = file.schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut help = match other_delimiter(source, &file.schema) {
        Some(help) => help,
        None => choices(&column.name, "columns", &names),
    };
    if let Some(other) = other {
        help.push_str("; ");
        help.push_str(&other.file);
        help.push_str(if appends && is_time {
            " holds it; a row without its date belongs to no window"
        } else if appends {
            " holds it; a column that is `required` may not be missing"
        } else if column.required || is_time {
            " holds it"
        } else {
            " holds it: with `schema_changes: append` a file may lack it"
        });
    }
    Some(EngineError::new(EngineErrorKind::Source, "missing_column", message).with_help(help))
}

fn wrong_type(source: &Source, column: &Column, field: &Field, file: &FileColumns) -> Option<EngineError> {
    if source.format != Format::Parquet || can_read(field.data_type(), column.data_type) {
        return None;
    }
    let held = kind(field.data_type());
    let message = format!(
        "source `{}`: column `{}` is declared as {}, but {} holds {held}",
        source.name, column.name, column.data_type, file.file
    );
    let help = if domain_type(field.data_type()).is_some() {
        "declare the type that the files hold, and cast in SQL"
    } else {
        "tables hold strings, numbers, booleans, dates and timestamps: have the column written as one of them"
    };
    Some(EngineError::new(EngineErrorKind::Source, "column_type", message).with_help(help))
}

fn duplicate(name: &str, times: usize, file: &FileColumns) -> EngineError {
    let times = if times == 2 { "twice".to_owned() } else { format!("{times} times") };
    let message = format!("{}: column `{name}` occurs {times}", file.file);
    EngineError::new(EngineErrorKind::Source, "duplicate_column", message)
        .with_help("which one is meant cannot be told: rename one of them where the file is written")
}

fn unexpected(source: &Source, unknown: &[&str], file: &FileColumns, files: &[FileColumns]) -> EngineError {
    let mut names: Vec<String> = unknown.iter().take(5).map(|name| format!("`{name}`")).collect();
    if unknown.len() > names.len() {
        names.push(format!("{} more", unknown.len() - names.len()));
    }
    let nobody = match files.first() {
        Some(first) if source.columns.is_empty() => first.file.as_str(),
        _ => "the contract",
    };
    let verb = if source.columns.is_empty() { "hold" } else { "name" };
    let message = format!("{} holds {}, which {nobody} does not {verb}", file.file, names.join(", "));
    EngineError::new(EngineErrorKind::Source, "unexpected_column", message)
        .with_help("name new columns under `columns`, or set `schema_changes` to `ignore` or `append`")
}
