//! SQL tables in the order that their references give: planned, run, checked.
//!
//! Planning needs no data. It finds every mistake that SQL and job file can hold together, and it
//! knows of each driver which columns of which sources it comes from.

mod checks;
mod columns;
mod drivers;
mod fit;
mod lint;
mod order;
mod origins;
mod plan;
mod previous;
mod response;
mod run;
mod sql_test;
mod statements;
mod work;

pub use checks::KeptFailures;
pub use columns::named_columns;
pub use origins::{Origins, SourceColumn, Tables};
pub use plan::{PlannedJob, ResolvedDriver, plan_job, plan_parts};
pub use run::{Staged, Staging, TableError, TableRun};
pub use sql_test::{Difference, DifferenceKind, PlannedTest, run_test};
pub use work::{Start, Wanted, WorkPlan, work_plan};

#[cfg(test)]
mod tests;
