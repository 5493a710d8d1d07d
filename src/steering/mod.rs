//! Results into decisions: recommendations from driver effects, ranked and put into words; who gets how much
//! money.

pub mod allocation;
mod candidate;
mod facts;
mod figures;
#[cfg(test)]
pub(crate) mod fixtures;
mod identity;
#[cfg(test)]
mod random_tests;
mod ranking;
mod recommend;
pub mod result;
#[cfg(test)]
mod tests;
pub mod wording;

pub use recommend::{SteeringError, recommend};
