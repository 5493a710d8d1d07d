//! Budget plans into rows.

use chrono::NaiveDate;

use super::columns::Columns;
use super::{OutputTable, Scope};
use crate::config::Job;
use crate::domain::Estimate;
use crate::publish::error::PublishError;
use crate::publish::registry::{BUDGET_LIMITS, BUDGET_PLAN, BUDGET_SUMMARY};
use crate::steering::result::{BudgetLimit, BudgetPlan, BudgetRow};

/// A cell in one period.
struct Line<'a> {
    plan: &'a BudgetPlan,
    row: &'a BudgetRow,
    start: NaiveDate,
    current: f64,
    recommended: f64,
    share: f64,
    expected: Estimate,
}

/// Builds `budget_plan`.
pub(super) fn budget_plan(
    scope: &Scope,
    job: &Job,
    plan: Option<&BudgetPlan>,
) -> Result<OutputTable, PublishError> {
    let lines: Vec<Line<'_>> = plan.iter().flat_map(|plan| lines(plan)).collect();
    let unit = plan.map_or("", |plan| outcome_unit(job, plan));
    let owner = plan.and_then(|plan| job.decision(&plan.decision)).map_or("", |decision| &decision.owner);
    Columns::new(&BUDGET_PLAN, scope, &lines)
        .text("model", |line| &line.plan.model)
        .text("unit", |line| &line.row.unit)
        .text("channel", |line| &line.row.channel)
        .day("period_start", |line| line.start)
        .text("decision", |line| &line.plan.decision)
        .text_or_null("agency", |line| line.row.agency.as_ref())
        .text("recipient", |line| line.row.recipient.as_deref().unwrap_or(owner))
        .text("action", |line| line.row.action.as_str())
        .number("current", |line| line.current)
        .number("recommended", |line| line.recommended)
        .number("change", |line| line.recommended - line.current)
        .text("currency", |_| &job.currency)
        .estimate("expected_outcome", |line| Some(&line.expected))
        .text("outcome_unit", |_| unit)
        .number("expected_worth", |line| line.share * line.row.expected_worth)
        .number_or_null("probability_of_gain_given_model", |line| line.row.probability)
        .number_or_null("mroi_current", |line| line.row.mroi_now)
        .number_or_null("mroi_recommended", |line| line.row.mroi)
        .text_or_null("binding_limit", |line| line.row.binding_limit.as_ref())
        .number_or_null("shadow_price", |line| line.row.shadow_price)
        .flag("is_within_observed_range", |line| line.row.is_observed)
        .finish()
}

fn lines(plan: &BudgetPlan) -> impl Iterator<Item = Line<'_>> {
    plan.rows.iter().flat_map(move |row| {
        let change = row.recommended - row.current;
        let periods = plan.periods.iter().zip(&row.periods);
        periods.map(move |(start, (current, recommended))| {
            // Where nothing moves, nothing is expected, however it is shared out.
            let share = if change == 0.0 { 0.0 } else { (recommended - current) / change };
            let of = &row.expected_outcome;
            let part = |end: Option<f64>| share * end.unwrap_or(0.0);
            let expected = match (of.lower(), of.upper(), of.level()) {
                (lower @ Some(_), upper, Some(level)) => {
                    Estimate::with_bounds(share * of.value, part(lower), part(upper), level)
                }
                _ => Estimate::without_interval(share * of.value, "it was planned without one"),
            };
            Line { plan, row, start: *start, current: *current, recommended: *recommended, share, expected }
        })
    })
}

/// Builds `budget_summary`.
pub(super) fn budget_summary(
    scope: &Scope,
    job: &Job,
    plan: Option<&BudgetPlan>,
) -> Result<OutputTable, PublishError> {
    let plans: Vec<&BudgetPlan> = plan.into_iter().collect();
    let after =
        |plan: &BudgetPlan| plan.periods.last().map_or(scope.as_of, |last| job.calendar.shift(*last, 1));
    Columns::new(&BUDGET_SUMMARY, scope, &plans)
        .text("model", |plan| &plan.model)
        .text("decision", |plan| &plan.decision)
        .day("plan_start", |plan| plan.periods.first().copied().unwrap_or(scope.as_of))
        .day("plan_end", |plan| after(plan))
        .number("current", |plan| plan.summary.current)
        .number("recommended", |plan| plan.summary.recommended)
        .number("moved", |plan| plan.summary.moved)
        .text("currency", |_| &job.currency)
        .estimate("expected_gain", |plan| Some(&plan.summary.expected_gain))
        .number("gain_before_correction", |plan| plan.summary.gain_before_correction)
        .number_or_null("gain_kept_on_other_data", |plan| plan.summary.kept_on_other_data)
        .number("probability_of_gain_given_model", |plan| plan.summary.probability)
        .number_or_null("marginal_return", |plan| plan.summary.marginal_return)
        .text("status", |plan| plan.summary.status.as_str())
        .number("objective", |plan| plan.summary.objective)
        .number("bound", |plan| plan.summary.bound)
        .number("residual", |plan| plan.summary.residual)
        .flag("is_complete", |plan| plan.summary.is_complete)
        .finish()
}

/// Builds `budget_limits`.
pub(super) fn budget_limits(
    scope: &Scope,
    job: &Job,
    plan: Option<&BudgetPlan>,
) -> Result<OutputTable, PublishError> {
    let limits: &[BudgetLimit] = plan.map_or(&[], |plan| &plan.limits);
    let model = plan.map_or("", |plan| &plan.model);
    Columns::new(&BUDGET_LIMITS, scope, limits)
        .text("model", |_| model)
        .text("holder", |limit| &limit.holder)
        .text("side", |limit| limit.side)
        .number("amount", |limit| limit.amount)
        .text("currency", |_| &job.currency)
        .text("stated", |limit| &limit.stated)
        .number_or_null("shadow_price", |limit| limit.shadow_price)
        .finish()
}

fn outcome_unit<'a>(job: &'a Job, plan: &BudgetPlan) -> &'a str {
    job.response_model(&plan.model).map_or(job.currency.as_str(), |model| &model.outcome_unit)
}
