//! Delta tables: one folder below `delta/` for each announced table, with a log that says which files it consists of.
//!
//! A commit to that log makes a table equal to a publication, so readers of Delta see it change in one step. Files are
//! called by their content: what has not changed is neither copied nor committed again, and doing it twice does no harm.

#[cfg(feature = "delta")]
mod log;
#[cfg(not(feature = "delta"))]
#[path = "without.rs"]
mod log;
mod mirror;
#[cfg(feature = "delta")]
mod statistics;

#[cfg(all(test, feature = "delta"))]
pub(super) use log::files;
pub(super) use log::{commit, unused};
pub(super) use mirror::{Mirror, MirrorFile};
