//! Checks of joined data: whether outcome and media of a response model fit together, before it is fitted.
//!
//! What a panel cannot be built from is an error of the panel and not told here. These checks tell what a model would swallow
//! silently: money of units that nobody knows, a region in cents, a price a hundred times the usual.

mod amounts;
mod check;
mod keys;
mod prices;
mod read;
#[cfg(test)]
mod tests;

pub use check::{JoinedCheck, joined_checks};
