//! Checks of tables: what each kind asks, and what its answer means.

mod ask;
mod question;
mod row_count_change;
mod z_score;

pub use ask::KeptFailures;
pub(super) use ask::{Asked, key, one, place};
pub(super) use question::question;
