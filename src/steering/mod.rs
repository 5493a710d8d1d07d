//! Results into decisions: recommendations from driver effects, ranked and put into words; who gets how much
//! money.

pub mod allocation;
mod briefing;
pub mod budget;
mod candidate;
mod custom;
pub mod experiment;
mod facts;
mod figures;
#[cfg(test)]
pub(crate) mod fixtures;
mod identity;
mod moves;
mod past;
#[cfg(test)]
mod random_tests;
mod ranking;
mod recommend;
pub mod result;
#[cfg(test)]
mod tests;
mod trial;
pub mod wording;

pub use briefing::brief;
pub use custom::CustomAdvice;
pub use recommend::{Since, SteeringError, recommend};
