//! The columns that a file of delimited text names in its first line.

use std::sync::Arc;

use arrow::csv::reader::Format as CsvHeader;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use object_store::{ObjectStore, ObjectStoreExt};

use super::broken::broken;
use super::listing::SourceObject;
use super::magic;
use super::scan::Scan;
use crate::config::job::{CsvOptions, Format, Source};
use crate::engine::{EngineError, EngineErrorKind};

/// A header line longer than this is refused.
const LONGEST: u64 = 1 << 20;
/// What nearly every header line is shorter than.
const USUAL: u64 = 1 << 16;
/// What people separate fields with.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The columns of `object`, all of them text. Names may occur twice, or be empty.
pub(super) async fn header(
    store: &Arc<dyn ObjectStore>,
    options: &CsvOptions,
    object: &SourceObject,
) -> Result<SchemaRef, EngineError> {
    let unreadable = |reason: String| {
        EngineError::new(EngineErrorKind::Source, "unreadable", format!("{}: {reason}", object.name))
    };
    if object.meta.size == 0 {
        return Err(unreadable("the file is empty; not even a header line is there".into())
            .with_help("have it written again, or take it out of the folder"));
    }
    let mut scan = Scan::new(options, None);
    let mut bytes: Vec<u8> = Vec::new();
    for upto in [USUAL, LONGEST].map(|upto| upto.min(object.meta.size)) {
        let range = bytes.len() as u64..upto;
        if range.is_empty() || scan.records() > 0 {
            break;
        }
        let next = store.get_range(&object.meta.location, range).await;
        let next = next.map_err(|error| EngineError::store(&error).about(&object.name))?;
        if let Some(kind) = bytes.is_empty().then(|| magic::kind(&next)).flatten() {
            let message = format!("{} is {kind}, not delimited text", object.name);
            let help = "unpack or convert it, or correct `path` or `format`";
            return Err(EngineError::new(EngineErrorKind::Source, "unreadable", message).with_help(help));
        }
        let at_end = upto == object.meta.size;
        let trouble = scan.push(&next).or_else(|| if at_end { scan.end() } else { None });
        if let Some(trouble) = trouble {
            return Err(broken(object, &trouble));
        }
        bytes.extend_from_slice(&next);
    }
    if scan.records() == 0 {
        return Err(if object.meta.size <= LONGEST {
            unreadable("the file holds nothing but empty lines".into()).with_help(
                "its first line should name the columns; take it out of the folder if it is no data",
            )
        } else {
            unreadable("the header line does not end within the first MiB".into())
                .with_help("look whether a quote is left open or the file is no delimited text")
        });
    }
    let (schema, _) = CsvHeader::default()
        .with_header(true)
        .with_delimiter(options.delimiter)
        .with_quote(options.quote)
        .infer_schema(bytes.as_slice(), Some(0))
        .map_err(|error| unreadable(error.to_string()))?;
    let fields = schema.fields().iter().map(|field| {
        // Spreadsheets put a byte order mark in front of the first name, and then its quotes are taken for a part of it.
        let name = match field.name().strip_prefix('\u{feff}') {
            Some(name) => name.trim_matches(char::from(options.quote)),
            None => field.name(),
        };
        Field::new(name, DataType::Utf8, true)
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// What to do about a header that is one single name, if another delimiter would split it.
pub(super) fn other_delimiter(source: &Source, file: &Schema) -> Option<String> {
    let Format::Csv(options) = &source.format else { return None };
    let [only] = &file.fields()[..] else { return None };
    let held = |delimiter: &&u8| only.name().contains(char::from(**delimiter));
    let delimiter = DELIMITERS.iter().filter(|other| **other != options.delimiter).find(held)?;
    let written = match delimiter {
        b'\t' => "\\t".to_owned(),
        other => char::from(*other).to_string(),
    };
    Some(format!(
        "the header line looks as if `{written}` separated its names: if so, set `delimiter: \"{written}\"` \
         under `format.csv`"
    ))
}
