//! `steering.budgets`: who gets how much money.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{Ahead, Portion, Share, SpanText};
use crate::config::yaml::{List, Located, Optional, Required};

/// Who gets how much money in the next periods.
///
/// Money moves to where the next euro is worth most, within limits. What came out stands in `budget_plan`, how sure it
/// is in `budget_summary`, and what limits cost in `budget_limits`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BudgetsSpec {
    /// Response model whose curves say what money brings.
    pub(crate) model: Required<String>,
    /// Decision that the plan serves; its owner gets the advice unless a cell names a `recipient`.
    pub(crate) decision: Required<String>,
    /// Table with one row per cell: the column of the model's `unit` (if it has units) and `channel`; if wanted `agency`,
    /// `recipient`, and over the whole plan `planned` (what is planned so far; by default the rate of `reference`),
    /// `committed`, `min` and `max`. What is missing there is not planned.
    pub(crate) cells: Required<String>,
    /// How far ahead, for example `next 4 weeks`.
    pub(crate) plan: Required<Ahead>,
    /// How much of the past says at which rate, and in which pulses, money was spent so far; a year by default.
    pub(crate) reference: Option<Located<SpanText>>,
    /// How money is spread over the plan's periods.
    #[serde(default = "as_before")]
    pub(crate) phasing: PhasingSpec,
    /// How much money there is in all; by default as much as is planned now.
    pub(crate) height: Option<Located<HeightSpec>>,
    /// Limits of sums of cells. They lie inside each other or have no cell in common.
    #[serde(default)]
    pub(crate) limits: List<LimitSpec>,
    /// Smallest change of a cell over the plan that is worth the work, in money.
    pub(crate) smallest_move: Option<Located<f64>>,
    /// Largest change of a cell, as a share of what it has; 30 % by default.
    pub(crate) largest_move: Option<Located<Share>>,
    /// The same where a channel's effect is under review; 10 % by default.
    pub(crate) careful_move: Option<Located<Share>>,
}

fn as_before() -> PhasingSpec {
    PhasingSpec::AsBefore
}

/// How money is spread over the plan's periods.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PhasingSpec {
    /// As over `reference`, flights and all: an amount brings what the same rate would have brought there.
    AsBefore,
    /// The same in every period, on top of what is still felt of earlier spend and until the plan's has worn off.
    Even,
    /// A share for every period of the plan; they sum to 100 %.
    Shares(List<Share>),
}

/// How much money there is in all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeightSpec {
    /// Least and most in all, as shares of what is planned now (`90%`) or as amounts.
    #[serde(default)]
    pub(crate) between: Optional<List<Portion>>,
    /// Spend more as long as the next euro returns at least this on worth; 0 breaks even. Needs `between`.
    #[serde(default)]
    pub(crate) stop_when_mroi_below: Optional<f64>,
    /// The least money that is worth as much as this share of what is planned now is worth.
    #[serde(default)]
    pub(crate) least_for: Optional<Portion>,
}

/// A limit of the sum of all cells that it names.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitSpec {
    /// Only cells of this channel.
    #[serde(default)]
    pub(crate) channel: Optional<String>,
    /// Only cells of this unit.
    #[serde(default)]
    pub(crate) unit: Optional<String>,
    /// Only cells of this agency.
    #[serde(default)]
    pub(crate) agency: Optional<String>,
    /// Only cells of this recipient.
    #[serde(default)]
    pub(crate) recipient: Optional<String>,
    /// Least and most, as shares of what they have now (`80%`) or as amounts over the plan.
    #[serde(default)]
    pub(crate) between: Optional<List<Portion>>,
    /// The least.
    #[serde(default)]
    pub(crate) at_least: Optional<Portion>,
    /// The most.
    #[serde(default)]
    pub(crate) at_most: Optional<Portion>,
}
