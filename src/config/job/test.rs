//! Resolved tests of tables.

use chrono::NaiveDate;

use super::Var;
use crate::config::diagnostic::Position;

/// A test of a table's SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlTest {
    /// Key in the job file.
    pub name: String,
    /// What it shows.
    pub about: Option<String>,
    /// The tested table.
    pub table: String,
    /// First day of the window and first day after it, if the test or the job says.
    pub window: Option<(NaiveDate, NaiveDate)>,
    /// The job's variables, with the values that they have in this test.
    pub vars: Vec<Var>,
    /// Rows of what is read, by source or table.
    pub given: Vec<GivenRows>,
    /// The rows that come out; every one names the same columns.
    pub expect: Vec<TestRow>,
}

/// Rows of one source or table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRows {
    /// Source or table.
    pub name: String,
    /// Where the name stands.
    pub position: Position,
    /// Its rows.
    pub rows: Vec<TestRow>,
}

/// One row as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestRow {
    /// Its values by column, in the order of the file.
    pub cells: Vec<TestCell>,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCell {
    /// Column.
    pub column: String,
    /// Where the column's name stands.
    pub column_position: Position,
    /// The value as it is written; `None` for NULL.
    pub value: Option<String>,
    /// Where the value stands.
    pub position: Position,
}
