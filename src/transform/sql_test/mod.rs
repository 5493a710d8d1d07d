//! Tests of tables that the job file holds: given rows in, expected rows out.
//!
//! Planned with the job, so that a misspelt column or a value of the wrong type is told like any other mistake; run on
//! nothing but the given rows, in the way in which a run computes tables.

mod compare;
mod plan;
mod rows;
mod run;

pub use compare::{Difference, DifferenceKind};
pub use plan::PlannedTest;
pub use run::run_test;

#[cfg(test)]
mod tests;
