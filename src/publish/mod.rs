//! Output tables: schema registry, atomic commit, manifest.
//!
//! A run builds its tables with [`result_tables`] and [`run_tables`], takes the job's [`Lock`] and
//! hands everything to [`Publisher::commit`]. Readers find old or new, never a mixture, at the level
//! that `docs/reference/tables.md` states for each folder. Nothing here reads a clock or makes an id.

mod artifacts;
mod commit;
mod contents;
mod delta;
mod dictionary;
mod digest;
mod error;
mod figures;
mod follow;
mod guard;
mod heal;
mod kept;
mod layout;
mod leftovers;
mod lock;
mod merge;
mod parquet_file;
mod pointer;
mod portable;
mod previous;
mod progress;
mod read;
pub mod registry;
mod rows;
mod schema;
mod split;
mod upload;
mod vacuum;
mod verify;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use artifacts::{
    LastRun, job_description, last_run, write_artifacts, write_failures, write_local_artifacts,
    write_local_failures,
};
pub use commit::{Publication, Published, PublishedTable, Publisher, target};
pub use dictionary::{dictionary_json, dictionary_markdown};
pub(crate) use digest::sha256;
pub use error::{Fault, PublishError};
pub use figures::{PreviousAdvice, PreviousBudget, PreviousFigures};
pub use guard::{Guard, Unguarded};
pub use heal::{Healed, heal};
pub use kept::{KeptTable, first_replaced};
pub use leftovers::remove_empty_folders;
pub use lock::{Holder, Lock};
pub use pointer::{Pointer, PointerFile, PointerKind, PointerTable, Swap};
pub use previous::{EarlierPeriods, Previous, PreviousRows, previous_schemas};
pub use progress::BackfillProgress;
pub use read::{read_current, read_pointer, read_published};
pub use rows::{OutputTable, result_tables, run_tables};
pub use schema::{ColumnSchema, TableSchema};
pub use vacuum::{Vacuumed, vacuum};
