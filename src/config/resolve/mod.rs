//! What people wrote → what the stages work from, with every check that types cannot make.
//!
//! Nothing after this module checks again: names are unique and resolve, paths stay below their
//! storages, windows lie on the calendar, goals hang together.

mod budget;
mod channels;
mod check;
mod checker;
mod columns;
mod driver;
mod goals;
mod job;
mod model;
mod parts;
mod place;
mod platform;
mod reserved;
mod response;
mod scope;
mod source;
mod sql;
mod steering;
mod storage;
mod table;
mod test;
mod time;
mod vars;

pub(super) use job::job;
pub use parts::Parts;
pub(super) use parts::parts;
pub(super) use platform::{platform, storages, target};
pub use reserved::is_reserved;
