//! From objects in a storage to named tables that keep their contract.
//!
//! SQL sees the columns that a contract names, in the types it names, cut to the window that the run
//! needs; files may add columns only where the contract says so. Whatever does not fit stops the run; no
//! value turns into NULL unnoticed.

mod broken;
mod cast;
mod columns;
mod connect;
mod contract;
mod footer;
mod guess;
mod header;
mod listing;
mod magic;
mod objects;
mod planned;
mod read;
mod scan;
mod schema;
mod sound;
pub mod survey;
mod transcode;
mod view;

pub use connect::{Connected, SourceSchema, connect};
pub use planned::{register_columns, register_planned};
pub use read::{ReadWindow, ReadWindows, SourcesFailed, SourcesRead, list, read, read_source};

#[cfg(test)]
pub(crate) mod tests;
