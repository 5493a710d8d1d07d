//! `steering`: what is recommended.

use schemars::JsonSchema;
use serde::Deserialize;

use super::BudgetsSpec;
use crate::config::yaml::{List, Located, Required};

/// What is recommended.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SteeringSpec {
    /// Recommendations from the effects of drivers.
    pub(crate) recommendations: RecommendationsSpec,
    /// Who gets how much money in the next periods.
    pub(crate) budgets: Option<Located<BudgetsSpec>>,
    /// One page for each unit and agency about what the budget means for it.
    pub(crate) briefings: Option<Located<BriefingsSpec>>,
}

/// One page for each unit and agency about what the budget means for it; see the table `briefings`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BriefingsSpec {
    /// Whom to brief.
    pub(crate) per: Required<List<BriefedSpec>>,
}

/// Who is briefed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BriefedSpec {
    /// Every unit of the budget's model.
    Unit,
    /// Every agency that the budget's cells name.
    Agency,
}

/// Recommendations from the effects of drivers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecommendationsSpec {
    /// Models that advice comes from. Each of them says which KPI it `explains`.
    pub(crate) from: Required<List<String>>,
    /// Tables of advice written in SQL, one row per suggestion: `decision`, `action`, `about` (what it is about: advice about the
    /// same is one thread), `headline_<language>` and `reason_<language>` for every language of the job; if wanted `recipient`,
    /// `kpi`, `expected_effect` with `_lower` and `_upper`, `amount_from` and `amount_to`. It stands after the advice of models, in
    /// the order of its key.
    #[serde(default)]
    pub(crate) custom: List<String>,
    /// Most recommendations per decision that rest on drivers, the largest expected effects first.
    pub(crate) at_most: Required<i64>,
}
