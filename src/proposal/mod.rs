//! What `trichter init` proposes: contracts, keys and a first job, read off the files of a folder.
//!
//! A proposal claims only what was seen, says how much that was, and leaves blanks where a person has to decide. The
//! same files always give the same bytes.

mod calendar;
mod column;
mod error;
mod folders;
mod goals;
mod keys;
mod names;
mod place;
mod propose;
mod sample;
mod source;
mod source_yaml;
mod spelling;
mod sql;
mod summary;
mod tables;
mod time;
mod words;
mod yaml;

pub use error::ProposalError;
pub use names::name;
pub use place::{Place, place};
pub use propose::{Proposal, Request, propose};
pub use summary::{facts, summary};
