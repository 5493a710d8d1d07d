//! What all models of a job found together, and what every kind of model tells in the same words.

use std::collections::BTreeMap;

use super::changes::ModelChange;
use super::figures::Figure;
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
    /// Fingerprint of all that each model is told apart from data and seed, by model.
    pub configurations: BTreeMap<String, String>,
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

    /// The headline figures of the model called `name`.
    #[must_use]
    pub fn figures(&self, name: &str) -> Vec<Figure> {
        let outcome = self.outcome.iter().filter(|result| result.model == name);
        let response = self.response.iter().filter(|result| result.model == name);
        outcome.flat_map(OutcomeResult::figures).chain(response.flat_map(ResponseResult::figures)).collect()
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
