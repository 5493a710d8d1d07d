//! `recipients`, `decisions`, `kpis`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Text;
use crate::config::yaml::{List, Located, Required};
use crate::domain::{Better, Language, PeriodKind};

/// Someone who gets recommendations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecipientSpec {
    /// Name or position, as people write it.
    pub(crate) name: Required<String>,
    /// Language that they read; one of the job's languages.
    pub(crate) language: Required<Language>,
}

/// A decision that is taken again and again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionSpec {
    /// The question that is decided.
    pub(crate) question: Required<Text>,
    /// Who decides: one of `recipients`.
    pub(crate) owner: Required<String>,
    /// How often.
    pub(crate) cadence: Required<PeriodKind>,
}

/// A KPI: one number per period and drill-down cell.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KpiSpec {
    /// What people read; the name of the KPI by default.
    pub(crate) label: Option<Located<Text>>,
    /// Table that it is computed from. The table says which column is its `time`.
    pub(crate) from: Required<String>,
    /// SQL aggregate such as `sum(revenue)`, or one aggregate divided by another such as `sum(cost) / sum(revenue)`, which stays a ratio of sums on every level of the drill-down.
    pub(crate) value: Required<String>,
    /// SQL condition: only rows for which it is true count.
    #[serde(rename = "where")]
    pub(crate) filter: Option<Located<String>>,
    /// Unit of the value, for example `EUR`, `share` or `leads`.
    pub(crate) unit: Required<String>,
    /// Which direction is good.
    pub(crate) better: Required<Better>,
    /// Who answers for it: one of `recipients`.
    pub(crate) owner: Required<String>,
    /// The KPI that this one is a part of.
    pub(crate) part_of: Option<Located<String>>,
    /// Drill-down columns of the table, at most four. Values are published for every combination of them.
    #[serde(default)]
    pub(crate) by: List<String>,
    /// Decisions that it serves, at least one of `decisions`. A KPI that serves no decision is refused.
    pub(crate) decisions: Required<List<String>>,
}
