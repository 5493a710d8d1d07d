//! Response models: what money and circumstances do to an outcome over time.

mod carried;
mod checks;
mod core;
mod curves;
mod design;
mod drivers;
mod errors;
mod felt;
mod fit;
mod fitted;
mod gate;
mod gibbs;
mod grid;
mod halves;
mod interactions;
mod moments;
mod normal;
mod parts;
mod performance;
mod plan;
#[cfg(test)]
mod plan_tests;
mod pooling;
mod portmanteau;
mod posterior;
mod predictions;
mod prior;
mod problem;
mod returns;
mod rolling;
mod scenario;
mod scenario_request;
#[cfg(test)]
mod scenario_tests;
mod shift;
mod specifications;
mod summary;
#[cfg(test)]
mod tests;
mod transform;
mod whiten;

pub use fit::{fit_response, joint_effects, planned_response};
pub use prior::{DEFAULT_SHARE, NO_EFFECT};
pub use scenario::response_scenario;
pub use scenario_request::{ScenarioError, ScenarioRequest};
