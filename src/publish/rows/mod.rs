//! Result types into output tables.
//!
//! One file per stage; `result_tables` and `run_tables` are all that a run needs to call. Nothing
//! is computed here that a stage should have computed: relative changes of KPI values and joins
//! with the job's own words are the whole arithmetic.

mod budget;
mod channels;
mod columns;
mod goals;
mod kpi_values;
mod models;
mod run;
mod steering;
mod tables;
#[cfg(test)]
mod tests;

pub(super) use columns::ordered_by_key;
pub use tables::{OutputTable, result_tables, run_tables};

use tables::Scope;
