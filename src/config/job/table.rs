//! Resolved SQL tables.

use super::Check;
use crate::domain::Span;

/// A table computed by one SELECT.
#[derive(Debug, Clone)]
pub struct SqlTable {
    /// Name under which later SQL, KPIs and models read it.
    pub name: String,
    /// The SQL file as people name it, for messages, for example `sql/furniture/weekly_panel.sql`.
    pub file: String,
    /// The SELECT, as written.
    pub sql: String,
    /// Columns that identify a row; unique and never NULL. Rows are written in this order.
    pub key: Vec<String>,
    /// Column that dates a row, needed by KPIs and by `store: keep | publish`.
    pub time: Option<String>,
    /// What becomes of the rows after the run.
    pub store: Store,
    /// Periods before the window that are computed and published again.
    pub restate: Option<Span>,
    /// Checks on the staged rows, in the order given.
    pub checks: Vec<Check>,
}

impl SqlTable {
    /// Whether later runs find its rows.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.store != Store::View
    }
}

/// What becomes of a table's rows after the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Store {
    /// Used within the run only.
    #[default]
    View,
    /// Kept under `tables/` for this and later runs.
    Keep,
    /// Kept under `tables/` and announced to readers.
    Publish,
}
