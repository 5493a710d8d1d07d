//! KPI values over drill-down cells.
//!
//! A KPI is one aggregate expression (or the ratio of two) over a table. `sql` writes the query
//! that computes it for every combination of its dimensions at once, `read` turns the answer into
//! plain rows, `compare` looks up the period and the year before, and `compute` ties
//! the three together.

mod compare;
mod compute;
#[cfg(test)]
mod fixtures;
mod read;
pub mod result;
mod sql;

pub use compute::{KpiError, compute};
pub use sql::{KpiQuery, TimeColumn};
