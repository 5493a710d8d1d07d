//! What steering decided. Plain structs for `publish` and the summary.

use chrono::NaiveDate;

use crate::domain::{Action, Estimate, Evidence, Gate, Language};

/// Everything that steering decided in one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SteeringPlan {
    /// Recommendations by decision and rank, in every language of the job.
    pub recommendations: Vec<Recommendation>,
    /// The figures behind them.
    pub evidence: Vec<RecommendationEvidence>,
}

/// One suggestion in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// Hash of job, decision, recipient, action and cell: the same advice keeps its id.
    pub recommendation_id: String,
    /// Language of the texts.
    pub language: Language,
    /// Rank within the decision, 1 comes first.
    pub rank: u32,
    /// Who gets it.
    pub recipient: String,
    /// Decision that it serves.
    pub decision: String,
    /// Model that it rests on.
    pub model: String,
    /// KPI that it moves.
    pub kpi: String,
    /// Driver that it is about; `None` for a general `keep`.
    pub driver: Option<String>,
    /// Level of a categorical driver.
    pub level: Option<String>,
    /// What to do.
    pub action: Action,
    /// One line.
    pub headline: String,
    /// Why, with figures: one paragraph.
    pub reason: String,
    /// Change of the driver that the effect is stated for.
    pub change: Option<f64>,
    /// Expected effect on the outcome.
    pub expected_effect: Option<Estimate>,
    /// Unit of the expected effect.
    pub effect_unit: String,
    /// What the effect rests on.
    pub evidence: Option<Evidence>,
    /// Gate of the model.
    pub gate: Gate,
    /// `model` for advice from a model, `custom` for advice from a SQL table.
    pub source: &'static str,
    /// First day on which the advice is out of date.
    pub valid_until: NaiveDate,
}

/// One figure behind a suggestion, as a key into another table.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendationEvidence {
    /// The suggestion.
    pub recommendation_id: String,
    /// Number of the figure within the suggestion, from 1.
    pub position: u32,
    /// Table that holds the figure.
    pub table_name: &'static str,
    /// Key of the row there: `column=value` pairs joined by `, `.
    pub row_key: String,
    /// Column that holds the figure.
    pub column_name: &'static str,
    /// The figure.
    pub value: Option<f64>,
}
