//! Advice about money: what a budget plan does with a channel, in words, with its figures and a test where one is due.

mod facts;
mod figures;
mod test;

pub(super) use facts::{Money, channel_label, facts};
pub(super) use figures::{Kept, figures};
pub(super) use test::{proposed, test};

use super::result::BudgetPlan;
use crate::config::job::Job;
use crate::domain::Evidence;
use crate::models::result::{ChannelPerformance, ResponseResult};

/// The KPI that a plan moves.
pub(super) fn kpi(job: &Job, budget: &BudgetPlan) -> String {
    job.response_model(&budget.model).and_then(|model| model.explains.clone()).unwrap_or_default()
}

/// What the outcome of a plan's model is counted in.
pub(super) fn outcome_unit<'a>(job: &'a Job, budget: &BudgetPlan) -> &'a str {
    job.response_model(&budget.model).map_or(job.currency.as_str(), |model| &model.outcome_unit)
}

/// A channel over all units.
fn performance<'a>(result: &'a ResponseResult, channel: &str) -> Option<&'a ChannelPerformance> {
    result.channels.iter().find(|known| known.channel == channel && known.unit.is_none())
}

/// What the effect of a channel rests on.
pub(super) fn evidence_of(result: &ResponseResult, channel: &str) -> Option<Evidence> {
    performance(result, channel).map(|known| known.evidence)
}
