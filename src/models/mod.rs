//! Model frames into results: pure, synchronous, seeded.
//!
//! `fit` turns rows into coefficients, `uncertainty` says how sure they are, `explain` what drives the
//! outcome, `validate` whether to believe it, and `outcome` runs these in order. What is computed, with
//! sources and limits, stands in `docs/methods/drivers.md`.

pub mod accuracy;
mod error;
mod explain;
mod fit;
mod outcome;
mod response;
pub mod result;
mod settings;
pub mod size;
#[cfg(test)]
mod testing;
mod uncertainty;
mod validate;

pub use error::ModelError;
pub use outcome::{fit_coefficients, fit_outcome};
pub use response::{
    DEFAULT_SHARE, NO_EFFECT, ScenarioError, ScenarioRequest, fit_response, joint_effects, planned_response,
    response_scenario,
};
pub use settings::ModelSettings;
