//! What a plan's model says of its KPI and of a channel.

use crate::config::job::Job;
use crate::domain::{Evidence, Language};
use crate::models::result::{ChannelPerformance, ResponseResult};
use crate::steering::result::BudgetPlan;

/// The KPI that a plan moves.
pub(in crate::steering) fn kpi(job: &Job, budget: &BudgetPlan) -> String {
    job.response_model(&budget.model).and_then(|model| model.explains.clone()).unwrap_or_default()
}

/// What the outcome of a plan's model is counted in.
pub(in crate::steering) fn outcome_unit<'a>(job: &'a Job, budget: &BudgetPlan) -> &'a str {
    job.response_model(&budget.model).map_or(job.currency.as_str(), |model| &model.outcome_unit)
}

/// A channel over all units.
pub(super) fn performance<'a>(result: &'a ResponseResult, channel: &str) -> Option<&'a ChannelPerformance> {
    result.channels.iter().find(|known| known.channel == channel && known.unit.is_none())
}

/// What the effect of a channel rests on.
pub(in crate::steering) fn evidence_of(result: &ResponseResult, channel: &str) -> Option<Evidence> {
    performance(result, channel).map(|known| known.evidence)
}

/// What people read of a channel.
pub(in crate::steering) fn channel_label(
    job: &Job,
    budget: &BudgetPlan,
    channel: &str,
    language: Language,
) -> String {
    let model = job.response_model(&budget.model);
    model.map_or(channel, |model| model.channel_label(channel, language)).to_owned()
}
