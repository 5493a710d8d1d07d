//! `trichter schema`.

use crate::cli::args::{SchemaArgs, SchemaForm, SchemaOf};
use crate::cli::output;
use crate::config::{reference, schema};
use crate::publish;
use crate::run::Failure;

/// Prints the schema of job files, configuration files or output tables.
pub(in crate::cli) fn schema(args: &SchemaArgs) -> Result<u8, Failure> {
    let text = match (args.of, args.format) {
        (SchemaOf::Job, SchemaForm::Json) => schema::job(),
        (SchemaOf::Job, SchemaForm::Markdown) => reference::job(),
        (SchemaOf::Config, SchemaForm::Json) => schema::platform(),
        (SchemaOf::Config, SchemaForm::Markdown) => reference::platform(),
        (SchemaOf::Tables, SchemaForm::Json) => format!("{:#}\n", publish::dictionary_json()),
        (SchemaOf::Tables, SchemaForm::Markdown) => publish::dictionary_markdown(),
    };
    output::text(&text)?;
    Ok(0)
}
