//! From objects in a storage to named tables that keep their contract.
//!
//! SQL sees exactly the columns that a contract names, in the types it names, cut to the window that
//! the run needs. Whatever does not fit stops the run; no value turns into NULL unnoticed.

mod cast;
mod contract;
mod listing;
mod misencoded;
mod objects;
mod planned;
mod read;
mod schema;
mod transcode;
mod view;

pub use planned::register_planned;
pub use read::{ReadWindow, ReadWindows, SourcesFailed, SourcesRead, list, read, read_source};

#[cfg(test)]
pub(crate) mod tests;
