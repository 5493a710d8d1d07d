//! What a fitted model tells the rest of the house. Plain structs: no fit, no tables, no texts.

mod changes;
pub mod doubts;
mod figures;
mod outcome;
mod plan;
mod response;
mod results;
#[cfg(test)]
pub(crate) mod sample;
mod scenario;

pub use changes::{Between, ModelChange, changes};
pub use figures::{Figure, quantity};
pub use outcome::{
    DriverEffect, DriverImportance, Finding, GateReason, GateVerdict, OutcomeResult, Parameter,
    PeriodPrediction, QualityMetric,
};
pub use plan::{PlanCell, PlanCurve, PlanCurves, PlanPhasing, PlanRequest};
pub use response::{
    ChannelPerformance, Contribution, CurvePoint, ExperimentFinding, Interaction, InteractionFinding,
    PanelPrediction, Part, ResponseResult, Robustness,
};
pub use results::{ModelResults, SharedResult};
pub use scenario::{OutsideObserved, ScenarioEffect, ScenarioItem, ScenarioResult, ScenarioSubject};
