//! `steering`: what is recommended.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::yaml::{List, Required};

/// What is recommended.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SteeringSpec {
    /// Recommendations from the effects of drivers.
    pub(crate) recommendations: RecommendationsSpec,
}

/// Recommendations from the effects of drivers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecommendationsSpec {
    /// Models that advice comes from. Each of them says which KPI it `explains`.
    pub(crate) from: Required<List<String>>,
    /// Most recommendations per decision, the largest expected effects first.
    pub(crate) at_most: Required<i64>,
}
