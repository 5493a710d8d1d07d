//! Object stores, one per storage of the platform configuration.
//!
//! Each kind of store has a file that builds its client; what their clients have in common is in `client`.

mod azure;
mod azure_answers;
mod client;
mod google_cloud;
mod handle;
mod s3;

pub use handle::{StorageHandle, StoreKind};

#[cfg(test)]
pub(crate) mod cloud_double;
#[cfg(test)]
mod tests;
