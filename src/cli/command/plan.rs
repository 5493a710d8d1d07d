//! `trichter plan`.

use std::fmt::Write;

use chrono::NaiveDate;

use super::load;
use crate::cli::args::{GlobalArgs, OutputForm, PlanArgs, RunOptions};
use crate::cli::output;
use crate::config;
use crate::run::{
    DEFAULT_SEED, Failure, FailureClass, Preview, RunContext, RunRequest, SourcePreview, TablePreview,
};

/// Says what a run would read, compute and replace.
pub(in crate::cli) fn plan(global: &GlobalArgs, args: &PlanArgs) -> Result<u8, Failure> {
    let (platform, job) = load::both(global, &args.job, None)?;
    let threads = platform.engine.threads;
    let context = RunContext::new(None, DEFAULT_SEED);
    let options = RunOptions::default();
    let request = RunRequest {
        full_refresh: args.full_refresh,
        ..load::request(platform, job, args.window.request(), context, &options)
    };
    let preview = load::runtime(threads)?.block_on(crate::run::preview(&request))?;
    match global.output {
        OutputForm::Text => output::text(&describe(&preview))?,
        OutputForm::Json => {
            let value = serde_json::to_value(&preview)
                .map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
            output::json(&value)?;
        }
    }
    Ok(0)
}

fn describe(preview: &Preview) -> String {
    let mut text = format!(
        "{}: a run of [{}, {}) to {}\n",
        preview.job, preview.window_start, preview.window_end, preview.target
    );
    let published = match preview.newest_as_of {
        Some(newest) => format!("published up to {newest}"),
        None => "nothing is published yet".to_owned(),
    };
    let previous = match preview.previous_as_of {
        Some(previous) => format!("; `previous` is the window that ended at {previous}"),
        None => String::new(),
    };
    let _ = writeln!(text, "{published}{previous}\n\nreads");
    let width = |names: &mut dyn Iterator<Item = usize>| names.max().unwrap_or_default();
    let wide = width(&mut preview.sources.iter().map(|source| source.source.len()));
    for source in &preview.sources {
        let _ = writeln!(text, "  {:wide$}  {}", source.source, of_source(source));
    }
    let _ = writeln!(text, "\ncomputes");
    let wide = width(&mut preview.tables.iter().map(|table| table.table.len()));
    for table in &preview.tables {
        let _ = writeln!(text, "  {:wide$}  {:7}  {}", table.table, table.store, of_table(table));
    }
    if !preview.notes.is_empty() {
        text.push('\n');
    }
    for note in &preview.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

fn of_source(source: &SourcePreview) -> String {
    let from = source.from.map_or_else(|| "all rows".to_owned(), |from| format!("from {from}"));
    let (objects, of_objects) = (source.objects, source.of_objects);
    let noun = if of_objects == 1 { "object" } else { "objects" };
    let of = if objects == of_objects { String::new() } else { format!(" of {of_objects}") };
    format!("{from:16}  {objects}{of} {noun}, {}", megabytes(source.bytes))
}

fn of_table(table: &TablePreview) -> String {
    if table.store == "view" {
        return table.from.map_or_else(|| "all rows".to_owned(), |from| format!("rows since {from}"));
    }
    let mut text = match (table.from, table.anew) {
        (Some(from), _) => format!("periods since {from}"),
        (None, Some(reason)) => format!("every period: {reason}"),
        (None, None) => "every period".to_owned(),
    };
    if table.reads_kept {
        let since =
            table.reads_kept_from.map_or_else(String::new, |from: NaiveDate| format!(" since {from}"));
        let _ = write!(text, "; reads its earlier ones{since} from the target");
    }
    if !table.reads_all_of.is_empty() {
        let _ = write!(
            text,
            "; needs all rows of {}",
            config::listed(table.reads_all_of.iter().map(String::as_str))
        );
    }
    text
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
