//! The way of a figure, from what a model or a KPI uses back to the objects that were read.
//!
//! Plain data, laid out as text here; `run` finds it, because only `run` knows planner and publication.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::{Language, Party};
use crate::steering::wording::number;

/// Most objects of a source that a text lists.
const MOST_OBJECTS: usize = 2;

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Lineage {
    /// Where the model or the KPI stands in the job, `file:line`.
    pub stated_at: String,
    /// Columns that the figure is computed from.
    pub uses: Vec<Use>,
    /// Tables between sources and figure, in the order in which they run.
    pub tables: Vec<TableNode>,
    /// Sources that these tables read, in the order of the job.
    pub sources: Vec<SourceNode>,
    /// What cannot be followed, as sentences.
    pub notes: Vec<String>,
}

/// A column that a figure is computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    /// What it is to the model or the KPI, for example `outcome`, `spend` or `driver`.
    pub part: String,
    /// Table of the job.
    pub table: String,
    /// Its column.
    pub column: String,
    /// Columns of sources that its values are computed from, as `source.column`.
    pub from: Vec<String>,
}

/// A table of the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableNode {
    /// Name.
    pub table: String,
    /// Its SQL file.
    pub sql: String,
    /// Where it stands in the job, `file:line`.
    pub stated_at: String,
    /// Tables and sources that it reads.
    pub reads: Vec<String>,
    /// Whether its rows are published.
    pub published: bool,
}

/// What a source gives to a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// Values of its columns are part of the figure.
    Values,
    /// It is read on the way, but no value of it is part of the figure: it can only say which rows count.
    Rows,
}

/// A source, or the results of earlier runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceNode {
    /// Name.
    pub source: String,
    /// Whose data it is; `None` for results of earlier runs.
    pub party: Option<Party>,
    /// What it is about.
    pub about: Option<String>,
    /// Storage and path.
    pub path: String,
    /// Where it stands in the job, `file:line`; empty for results of earlier runs.
    pub stated_at: String,
    /// What it gives to the figure.
    pub gives: Gives,
    /// Its columns whose values are part of the figure.
    pub columns: Vec<String>,
    /// What they are part of: parts of [`Use`].
    pub feeds: Vec<String>,
    /// The objects that the publication read.
    pub objects: Vec<ObjectNode>,
}

/// An object that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectNode {
    /// Storage and path.
    pub object: String,
    /// Size.
    pub bytes: u64,
    /// Entity tag of the store, if it has one.
    pub e_tag: Option<String>,
    /// When it was written.
    pub last_modified: DateTime<Utc>,
}

impl Lineage {
    /// Writes the way as lines for [`crate::report`]'s layout.
    pub(super) fn write(&self, text: &mut String) {
        let _ = writeln!(text, "\nWHERE IT COMES FROM\n  Stated in {}", self.stated_at);
        if !self.uses.is_empty() {
            text.push_str("\n  It uses these columns:\n");
        }
        for used in &self.uses {
            let from = match used.from.as_slice() {
                [] => "made in SQL, from no column of a source".to_owned(),
                columns => format!("from {}", columns.join(", ")),
            };
            let _ = writeln!(text, "  {}\t{}.{}\t{from}", used.part, used.table, used.column);
        }
        if !self.tables.is_empty() {
            text.push_str("\n  Tables, in the order in which they run:\n");
        }
        for table in &self.tables {
            let _ = writeln!(text, "  - {}: {} ({})", table.table, table.sql, table.stated_at);
            let published = if table.published { "; its rows are published" } else { "" };
            let _ = writeln!(text, "    reads {}{published}", table.reads.join(", "));
        }
        self.write_sources(text, Gives::Values, "Sources whose values are part of it:");
        self.write_sources(text, Gives::Rows, "Read on the way; they can only say which rows count:");
        for note in &self.notes {
            let _ = writeln!(text, "\n  {note}");
        }
    }

    fn write_sources(&self, text: &mut String, gives: Gives, title: &str) {
        let sources: Vec<&SourceNode> = self.sources.iter().filter(|source| source.gives == gives).collect();
        if sources.is_empty() {
            return;
        }
        let _ = writeln!(text, "\n  {title}");
        for source in sources {
            source.write(text);
        }
    }
}

impl SourceNode {
    fn write(&self, text: &mut String) {
        let party = match self.party {
            Some(Party::First) => "our own data",
            Some(Party::Third) => "outside data",
            None => "results of earlier runs",
        };
        let about = self.about.as_ref().map(|about| format!(" about {about}")).unwrap_or_default();
        let stated = if self.stated_at.is_empty() { String::new() } else { format!(" ({})", self.stated_at) };
        let _ = writeln!(text, "  - {}: {party}{about} in {}{stated}", self.source, self.path);
        if !self.columns.is_empty() {
            let _ = writeln!(text, "    {} for {}", self.columns.join(", "), self.feeds.join(", "));
        }
        self.write_objects(text);
    }

    fn write_objects(&self, text: &mut String) {
        let count = |value: u64| number::count(value, Language::En);
        let bytes = self.objects.iter().map(|object| object.bytes).sum();
        match self.objects.len() {
            0 => text.push_str("    no object of it was read\n"),
            1 => {}
            objects => {
                let _ = writeln!(
                    text,
                    "    {} objects with {} bytes, among them",
                    count(objects as u64),
                    count(bytes)
                );
            }
        }
        for object in self.objects.iter().rev().take(MOST_OBJECTS) {
            let tag = object.e_tag.as_ref().map(|tag| format!(", etag {tag}")).unwrap_or_default();
            let written = object.last_modified.format("%Y-%m-%d %H:%M:%S UTC");
            let _ = writeln!(
                text,
                "    {}: {} bytes{tag}, written {written}",
                object.object,
                count(object.bytes)
            );
        }
    }
}
