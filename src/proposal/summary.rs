//! What was found, on the page that `init` ends with.

use std::fmt::Write;

use serde_json::{Value, json};

use super::propose::Proposal;
use super::source::Source;
use super::spelling::{count, counted};
use crate::domain::Party;

/// Most things of a kind that are listed.
const LISTED: usize = 5;

/// What was found, for people.
#[must_use]
pub fn summary(proposal: &Proposal) -> String {
    let mut text = format!("Looked at {}\n\n", proposal.place);
    let wide = proposal.sources.iter().map(|source| source.name.len()).max().unwrap_or_default();
    for source in &proposal.sources {
        let _ = writeln!(text, "  {:wide$}  {}", source.name, line(source));
    }
    for left_out in proposal.left_out.iter().take(LISTED) {
        let _ = writeln!(text, "\nLeft out: {left_out}");
    }
    if proposal.left_out.len() > LISTED {
        let _ = writeln!(text, "\nLeft out: {} more", proposal.left_out.len() - LISTED);
    }
    let _ = writeln!(
        text,
        "\nProposed: {}, {}, {}",
        counted(proposal.sources.len() as u64, "source"),
        counted(proposal.tables.len() as u64, "table"),
        counted(proposal.kpis.len() as u64, "KPI")
    );
    text
}

fn line(source: &Source) -> String {
    let party = if source.party == Party::Third { "third" } else { "first" };
    let rows = match source.rows {
        Some(rows) if source.is_whole => counted(rows, "row"),
        Some(rows) => format!("{} of {} rows", count(source.looked_at as u64), count(rows)),
        None => format!("{} rows and more", count(source.looked_at as u64)),
    };
    let mut text = format!("{party}  {}, {rows}", counted(source.files as u64, "file"));
    if let Some(time) = &source.time {
        let _ = write!(text, ", by {}", time.column);
    }
    if let Some(key) = &source.key {
        let _ = write!(text, ", key {}", key.columns.join(" + "));
    }
    if !source.broken.is_empty() {
        let _ = write!(text, ", {} unreadable", counted(source.broken.len() as u64, "file"));
    }
    text
}

/// What was found, for machines.
#[must_use]
pub fn facts(proposal: &Proposal) -> Value {
    let source = |source: &Source| {
        json!({
            "name": source.name,
            "path": source.path,
            "party": if source.party == Party::Third { "third" } else { "first" },
            "about": source.outside.as_ref().map(|(_, about)| about),
            "files": source.files,
            "bytes": source.bytes,
            "rows": source.rows,
            "rows_looked_at": source.looked_at,
            "all_looked_at": source.is_whole,
            "time": source.time.as_ref().map(|time| &time.column),
            "key": source.key.as_ref().map(|key| &key.columns),
            "unreadable": source.broken,
        })
    };
    json!({
        "place": proposal.place,
        "sources": proposal.sources.iter().map(source).collect::<Vec<_>>(),
        "left_out": proposal.left_out,
        "tables": proposal.tables,
        "kpis": proposal.kpis,
    })
}
