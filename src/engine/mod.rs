//! The only builder of sessions and object stores.
//!
//! Everything that makes runs repeatable is decided here once: fixed partitions, exact sums, a clock
//! that stands still, files with the same bytes.

mod clock;
mod context;
mod error;
mod exact;
mod explain;
mod output;
mod planned;
mod planning;
mod session;
mod since;
mod storage;
mod text;
mod watched;
mod write;

pub use context::Engine;
pub(crate) use error::{ContractViolation, may_pass};
pub use error::{EngineError, EngineErrorKind};
pub(crate) use explain::choices;
pub use output::{arrow_type, domain_type};
pub(crate) use output::{finite, table_schema, timestamp_type};
pub(crate) use session::{PREVIOUS, previous_table};
pub use session::{Relation, Session};
pub use since::Since;
pub use storage::{StorageHandle, StoreKind};
pub use text::{Parameters, SqlOrigin};
pub(crate) use text::{local_day, parse, quote, relations};
pub use watched::Traffic;
pub use write::{Form, Materialized, ROW_GROUP_ROWS};

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
pub(crate) use storage::cloud_double;
#[cfg(test)]
mod tests;
