//! A job's table on its way to `tables/`.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::pointer::PointerKind;
use crate::config::job::{SqlTable, Store};
use crate::domain::{Calendar, Span, Window};

/// A table with `store: keep` or `publish`, and the staged file that holds its rows.
#[derive(Debug, Clone)]
pub struct KeptTable {
    /// Table name.
    pub name: String,
    /// Columns that identify a row; the staged rows are ordered by them.
    pub key: Vec<String>,
    /// Date or timestamp column that says which period a row belongs to.
    pub time: String,
    /// First day of the periods that the rows replace. `None`: every period from that of the oldest row on.
    pub start: Option<NaiveDate>,
    /// Fingerprint of the SQL that the rows were computed with; missing if rows of other runs may not be added to them.
    pub logic: Option<String>,
    /// Whether it is kept for later runs only, or announced to readers.
    pub kind: PointerKind,
    /// The staged local Parquet file. May hold rows of other periods; those stay unpublished.
    pub file: PathBuf,
}

impl KeptTable {
    /// The table with the staged file that holds its rows from `start` on; `None` if the job does not keep it.
    #[must_use]
    pub fn new(
        table: &SqlTable,
        start: Option<NaiveDate>,
        logic: Option<String>,
        file: PathBuf,
    ) -> Option<Self> {
        let kind = match table.store {
            Store::View => return None,
            Store::Keep => PointerKind::Keep,
            Store::Publish => PointerKind::Publish,
        };
        let (name, key, time) = (table.name.clone(), table.key.clone(), table.time.clone()?);
        Some(Self { name, key, time, start, logic, kind, file })
    }
}

/// First day of the first period that a run of `window` replaces in a table that restates so much.
#[must_use]
pub fn first_replaced(restate: Option<Span>, calendar: Calendar, window: Window) -> NaiveDate {
    let start = restate.map_or(window.start(), |restate| restate.before(window.start()));
    calendar.floor(start)
}
