//! Scenarios: a run up to one response model, which is asked what would have happened, and publishes nothing.

mod answer;
mod words;

pub use crate::models::result::{
    GateReason, OutsideObserved, ScenarioEffect, ScenarioItem, ScenarioResult, ScenarioSubject,
};
pub use answer::{ScenarioOutcome, scenario};
pub use words::ScenarioWords;
