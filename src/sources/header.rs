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
        return Err(unreadable("the file is empty; not even a header line is there".into()));
    }
    let range = 0..object.meta.size.min(LONGEST);
    let bytes =
        store.get_range(&object.meta.location, range).await.map_err(|error| EngineError::store(&error))?;
    if let Some(kind) = magic::kind(&bytes) {
        let message = format!("{} is {kind}, not delimited text", object.name);
        let help = "unpack or convert it, or correct `path` or `format`";
        return Err(EngineError::new(EngineErrorKind::Source, "unreadable", message).with_help(help));
    }
    let mut scan = Scan::new(options, None);
    let is_whole = object.meta.size <= LONGEST;
    let trouble = scan.push(&bytes).or_else(|| if is_whole { scan.end() } else { None });
    if let Some(trouble) = trouble {
        return Err(broken(object, &trouble));
    }
    if scan.records() == 0 {
        return Err(if is_whole {
            unreadable("the file holds nothing but empty lines".into())
        } else {
            unreadable("the header line does not end within the first MiB".into())
                .with_help("look whether a quote is left open or the file is no delimited text")
        });
    }
    let (schema, _) = CsvHeader::default()
        .with_header(true)
        .with_delimiter(options.delimiter)
        .with_quote(options.quote)
        .infer_schema(bytes.as_ref(), Some(0))
        .map_err(|error| unreadable(error.to_string()))?;
    let fields = schema.fields().iter().map(|field| {
        // Spreadsheets put a byte order mark in front of the first name.
        let name = field.name().trim_start_matches('\u{feff}').trim_matches(char::from(options.quote));
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
