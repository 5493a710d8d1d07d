//! First tables: for each of the company's own sources with figures, their sums by period and by what people look at
//! them by. The key holds by the way the rows are made.

use super::calendar::Proposed;
use super::column::Column;
use super::names::name;
use super::source::Source;
use super::words::{is_additive, is_dimension, is_id};
use crate::domain::{DataType, Party};

/// Most columns of a table's key beside its period.
const DIMENSIONS: usize = 2;
/// Most values of such a column.
const VALUES: usize = 60;
/// Most tables.
const TABLES: usize = 12;
/// What a table calls the number of rows of its source.
pub(super) const ROWS: &str = "source_rows";

/// A proposed table.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) name: String,
    pub(super) source: &'a Source,
    /// Columns of the source that are part of the key, and what the table calls them.
    pub(super) dimensions: Vec<(&'a Column, String)>,
    /// Columns that are summed up, and what the table calls the sums.
    pub(super) sums: Vec<(&'a Column, String)>,
}

/// Proposes tables over `sources`.
pub(super) fn tables<'a>(sources: &'a [Source], calendar: &Proposed) -> Vec<Table<'a>> {
    let own = || sources.iter().filter(|source| source.party == Party::First && source.time.is_some());
    let mut chosen: Vec<&Source> =
        own().filter(|source| source.guaranteed().any(is_figure)).take(TABLES).collect();
    if chosen.is_empty() {
        // Rows can always be counted.
        chosen = own().max_by_key(|source| source.rows.unwrap_or(0)).into_iter().collect();
    }
    let period = calendar.calendar.period.as_str();
    let prefix = match period {
        "day" => "daily",
        "week" => "weekly",
        _ => "monthly",
    };
    let mut taken: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    let mut tables = Vec::new();
    for source in chosen {
        let wanted: String = format!("{prefix}_{}", source.name).chars().take(60).collect();
        let free = std::iter::once(wanted.clone()).chain((2..).map(|number| format!("{wanted}_{number}")));
        let Some(name) = free.into_iter().find(|name| !taken.contains(name)) else { continue };
        taken.push(name.clone());
        tables.push(table(name, source, period));
    }
    tables
}

fn is_figure(column: &Column) -> bool {
    column.data_type.is_some_and(DataType::is_numeric) && is_additive(&column.name)
}

fn table<'a>(table: String, source: &'a Source, period: &str) -> Table<'a> {
    let mut dimensions: Vec<&Column> = source
        .guaranteed()
        .filter(|column| column.data_type == Some(DataType::String) && !is_id(&column.name))
        .filter(|column| column.is_never_missing || is_dimension(&column.name))
        .filter(|column| {
            (2..=VALUES).contains(&column.values.distinct) && 2 * column.values.distinct <= source.looked_at
        })
        .collect();
    dimensions.sort_by_key(|column| (!is_dimension(&column.name), column.values.missing > 0));
    dimensions.truncate(DIMENSIONS);
    let mut used = vec![period.to_owned(), ROWS.to_owned()];
    let mut called = |column: &'a Column| {
        let called = name(&column.name);
        let is_free = !used.contains(&called);
        used.push(called.clone());
        is_free.then_some((column, called))
    };
    let dimensions = dimensions.into_iter().filter_map(&mut called).collect();
    let sums = source.guaranteed().filter(|column| is_figure(column)).filter_map(&mut called).collect();
    Table { name: table, source, dimensions, sums }
}

impl Table<'_> {
    /// Columns that identify a row.
    pub(super) fn key(&self, calendar: &Proposed) -> Vec<String> {
        let period = calendar.calendar.period.as_str().to_owned();
        std::iter::once(period).chain(self.dimensions.iter().map(|(_, called)| called.clone())).collect()
    }
}
