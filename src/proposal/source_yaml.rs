//! A proposed source as it stands in the job file.

use std::fmt::Write;

use super::column::Column;
use super::source::Source;
use super::spelling::{count, counted};
use crate::config::job::Encoding;
use crate::config::scalar;
use crate::domain::{DataType, Party};

/// Writes `source` as an entry of `sources`; `is_needed` says whether a run may go on without rows of it.
pub(super) fn write(source: &Source, is_needed: bool) -> String {
    let mut yaml = String::new();
    for remark in remarks(source) {
        let _ = writeln!(yaml, "  # {remark}");
    }
    let _ = writeln!(yaml, "  {}:", source.name);
    let party = if source.party == Party::Third { "third" } else { "first" };
    let said = match &source.outside {
        Some((word, _)) => format!("  # because of `{word}` in its path"),
        None => String::new(),
    };
    let _ = writeln!(yaml, "    party: {party}{said}");
    if let Some((_, about)) = &source.outside {
        let _ = writeln!(yaml, "    about: {}", scalar(about));
    }
    let _ = writeln!(yaml, "    path: {}", scalar(&source.path));
    format(&mut yaml, source);
    if !source.partitions.is_empty() {
        let folders: Vec<String> = source
            .partitions
            .iter()
            .map(|(name, data_type)| format!("{}: {}", scalar(name), typed(*data_type)))
            .collect();
        let _ = writeln!(yaml, "    partitions: {{ {} }}", folders.join(", "));
    }
    time(&mut yaml, source);
    if let Some((key, changed)) = source.overwritten() {
        let _ = writeln!(
            yaml,
            "    # There is one row per `{key}`, and `{changed}` changes with it. If rows are overwritten in place, say so,\n    \
             # and no model takes them for what was known at the time:\n    # history: snapshot_only"
        );
    }
    if !is_needed {
        yaml.push_str("    required: false  # its rows are too old for the window\n");
    }
    columns(&mut yaml, source);
    yaml
}

fn remarks(source: &Source) -> Vec<String> {
    let rows =
        source.rows.map_or_else(|| "an unknown number of rows".to_owned(), |rows| counted(rows, "row"));
    let looked = if source.is_whole {
        "all of which were looked at".to_owned()
    } else {
        format!("{} of which were looked at", count(source.looked_at as u64))
    };
    let mut remarks = vec![format!("{}, {rows}, {looked}.", counted(source.files as u64, "file"))];
    if source.seen < source.files {
        remarks.push(format!(
            "The columns of {} of the files were looked at.",
            counted(source.seen as u64, "file")
        ));
    }
    for broken in source.broken.iter().take(3) {
        remarks
            .push(format!("Cannot be read, and ends a run with exit code 4: {}", broken.replace('\n', " ")));
    }
    remarks.push(match &source.key {
        None if source.looked_at < super::keys::FEWEST => "Too few rows to tell a key.".to_owned(),
        None => "No up to four columns tell all rows apart.".to_owned(),
        Some(key) => {
            let mut text = format!("Key: {}.", key.columns.join(", "));
            if !source.is_whole {
                text.push_str(" It holds in what was looked at.");
            }
            if let Some((without, share)) = &key.nearly {
                let _ = write!(
                    text,
                    " Without the last part {:.1} % of the rows repeat {}: sent twice, or versions?",
                    100.0 * share,
                    without.join(", ")
                );
            }
            text
        }
    });
    remarks
}

fn format(yaml: &mut String, source: &Source) {
    let Some(form) = &source.text else { return };
    let mut options = Vec::new();
    if form.options.delimiter != b',' {
        let delimiter = if form.options.delimiter == b'\t' {
            "\\t".to_owned()
        } else {
            char::from(form.options.delimiter).to_string()
        };
        options.push(format!("delimiter: \"{delimiter}\""));
    }
    if form.options.encoding == Encoding::Latin1 {
        options.push("encoding: latin_1".to_owned());
    }
    if !form.options.null_values.is_empty() {
        let texts: Vec<String> = form.options.null_values.iter().map(|text| scalar(text)).collect();
        options.push(format!("null_values: [{}]", texts.join(", ")));
    }
    let options = if options.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", options.join(", ")) };
    let _ = writeln!(yaml, "    format: {{ csv: {options} }}");
}

fn time(yaml: &mut String, source: &Source) {
    match (&source.time, &source.no_time) {
        (Some(time), _) => {
            let mut said = Vec::new();
            if let Some((first, last)) = time.days {
                said.push(format!("{first} to {last}"));
            }
            if let Some(grain) = time.grain.filter(|_| !time.is_instant) {
                said.push(format!("a {} apart", grain.as_str()));
            }
            if !time.others.is_empty() {
                said.push(format!("or {}", time.others.join(", ")));
            }
            let said = if said.is_empty() { String::new() } else { format!("  # {}", said.join("; ")) };
            let _ = writeln!(yaml, "    time: {}{said}", scalar(&time.column));
        }
        (None, Some(reason)) => {
            let _ = writeln!(yaml, "    # No `time`, so that it is read whole: {reason}.");
        }
        (None, None) => {}
    }
}

fn columns(yaml: &mut String, source: &Source) {
    yaml.push_str("    columns:\n");
    for column in &source.columns {
        let text = match column.data_type {
            Some(data_type) if column.is_everywhere(source.seen) => guaranteed(source, column, data_type),
            Some(data_type) => format!(
                "# {}: {{ type: {} }}  # in {} of {} files: see `schema_changes: append`",
                scalar(&column.name),
                typed(data_type),
                column.held_by,
                source.seen
            ),
            None => format!(
                "# {}: left out, its values are no type of a table or differ by file ({})",
                scalar(&column.name),
                column.kind
            ),
        };
        let _ = writeln!(yaml, "      {text}");
    }
}

fn guaranteed(source: &Source, column: &Column, data_type: DataType) -> String {
    let mut promises = format!("type: {}", typed(data_type));
    if column.is_never_missing {
        promises.push_str(", required: true");
    }
    if source.is_unique(column) {
        promises.push_str(", unique: true");
    }
    let remark = column.remark(source.is_whole, source.looked_at);
    let remark = remark.map(|remark| format!("  # {remark}")).unwrap_or_default();
    format!("{}: {{ {promises} }}{remark}", scalar(&column.name))
}

/// A type as YAML writes it.
fn typed(data_type: DataType) -> String {
    match data_type {
        DataType::Decimal { .. } => format!("\"{data_type}\""),
        other => other.to_string(),
    }
}
