//! What a fitted model tells the rest of the house. Plain structs: no fit, no tables, no texts.

mod outcome;
mod response;

pub use outcome::{
    DriverEffect, DriverImportance, Finding, GateReason, GateVerdict, OutcomeResult, Parameter,
    PeriodPrediction, QualityMetric,
};
pub use response::{
    ChannelPerformance, Contribution, CurvePoint, ExperimentFinding, Interaction, InteractionFinding,
    PanelPrediction, Part, ResponseResult, Robustness,
};
