//! Worlds of known truth and a peer, to hold response models to.
//!
//! Public so that a command can run hundreds of worlds and publish the figures; a test runs ten.

mod judge;
mod ridge;
mod world;

pub use judge::{Judged, Score, judge, score};
pub use ridge::ridge;
pub use world::{Truth, World};
