//! YAML text → located tree → typed value, with every problem found on the way.
//!
//! Kept apart from the job language, which is plain structs in `section`: this module knows YAML,
//! variables and positions, and nothing of jobs. Three steps, one file each:
//! [`parse`] builds a tree in which every key and value has a position and `${…}` is replaced,
//! [`decode`] fills structs from the tree and goes on after a problem, and [`Required`],
//! [`Located`], [`List`] and [`Entries`] are what structs hold so that positions survive.

mod access;
mod decode;
mod decoder;
mod error;
mod faults;
mod located;
mod node;
mod parse;
mod suggest;
mod variables;
mod write;

pub(crate) use decode::decode;
pub(crate) use error::Hints;
pub(crate) use located::{Entries, List, Located, Optional, Required};
pub(crate) use node::{Node, Value};
pub(crate) use parse::parse;
pub(crate) use suggest::{closest, listed};
pub(crate) use variables::{Variables, reads_own};
pub(crate) use write::scalar;
