//! YAML in, checked types out: the only reader of job and platform files.
//!
//! ```text
//! text ──parse──▶ located tree ──decode──▶ spec ──resolve──▶ Job
//! ```
//!
//! A file is searched for all of its problems at once: each step goes on after a problem with what
//! is left, and what has a problem is never a reason for another one.

pub mod diagnostic;
pub mod job;
pub mod platform;
pub mod reference;
pub mod schema;

mod inputs;
mod load;
mod redact;
mod render;
mod resolve;
mod saved;
mod secret;
mod section;
#[cfg(test)]
mod tests;
mod unavailable;
mod yaml;

pub use inputs::Inputs;
pub use job::Job;
pub use load::{
    Refused, check_storage, check_storages, check_target, load_job, load_job_or_parts, load_platform,
};
pub use platform::Platform;
pub use redact::redact;
pub use resolve::{Parts, is_reserved};
pub use saved::{SavedSchemas, load_schemas, schema_file, schema_text, stale};
pub use secret::SecretError;
pub(crate) use yaml::{closest, listed, scalar};
