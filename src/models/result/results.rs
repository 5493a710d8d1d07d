//! What all models of a job found together, and what every kind of model tells in the same words.

use super::changes::ModelChange;
use super::outcome::{DriverEffect, GateVerdict, OutcomeResult, Parameter, QualityMetric};
use super::response::ResponseResult;

/// What the models of a job found, each kind in the order of the job.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelResults {
    /// Outcome models.
    pub outcome: Vec<OutcomeResult>,
    /// Response models.
    pub response: Vec<ResponseResult>,
    /// What moved since the publication before.
    pub changes: Vec<ModelChange>,
}

/// What a model of any kind tells in the same words as all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharedResult<'a> {
    /// Model name.
    pub model: &'a str,
    /// The verdict on the model as a whole.
    pub gate: &'a GateVerdict,
    /// Effects of its drivers.
    pub effects: &'a [DriverEffect],
    /// Its parameters.
    pub parameters: &'a [Parameter],
    /// Fit and forecast quality.
    pub quality: &'a [QualityMetric],
    /// Warnings for the log and the summary, as sentences.
    pub warnings: &'a [String],
}

impl ModelResults {
    /// Every model once: outcome models, then response models.
    #[must_use]
    pub fn shared(&self) -> Vec<SharedResult<'_>> {
        let outcome = self.outcome.iter().map(OutcomeResult::shared);
        outcome.chain(self.response.iter().map(ResponseResult::shared)).collect()
    }
}

impl OutcomeResult {
    /// What it tells in the same words as models of other kinds.
    #[must_use]
    pub fn shared(&self) -> SharedResult<'_> {
        SharedResult {
            model: &self.model,
            gate: &self.gate,
            effects: &self.effects,
            parameters: &self.parameters,
            quality: &self.quality,
            warnings: &self.warnings,
        }
    }
}

impl ResponseResult {
    /// What it tells in the same words as models of other kinds.
    #[must_use]
    pub fn shared(&self) -> SharedResult<'_> {
        SharedResult {
            model: &self.model,
            gate: &self.gate,
            effects: &self.effects,
            parameters: &self.parameters,
            quality: &self.quality,
            warnings: &self.warnings,
        }
    }
}
