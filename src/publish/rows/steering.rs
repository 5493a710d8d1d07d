//! What steering decided, into rows.

use super::columns::Columns;
use super::{OutputTable, Scope};
use crate::domain::Evidence;
use crate::publish::error::PublishError;
use crate::publish::registry::{BRIEFINGS, PROPOSED_TESTS, RECOMMENDATION_EVIDENCE, RECOMMENDATIONS};
use crate::steering::result::SteeringPlan;

/// Builds `recommendations`.
pub(super) fn recommendations(scope: &Scope, plan: &SteeringPlan) -> Result<OutputTable, PublishError> {
    Columns::new(&RECOMMENDATIONS, scope, &plan.recommendations)
        .text("recommendation_id", |advice| &advice.recommendation_id)
        .text("language", |advice| advice.language.code())
        .count("rank", |advice| u64::from(advice.rank))
        .text("recipient", |advice| &advice.recipient)
        .text("decision", |advice| &advice.decision)
        .text("kpi", |advice| &advice.kpi)
        .text("model", |advice| &advice.model)
        .text_or_null("driver", |advice| advice.driver.as_ref())
        .text_or_null("level", |advice| advice.level.as_ref())
        .text("action", |advice| advice.action.as_str())
        .text("headline", |advice| &advice.headline)
        .text("reason", |advice| &advice.reason)
        .number_or_null("change", |advice| advice.change)
        .number_or_null("amount_from", |advice| advice.amount_from)
        .number_or_null("amount_to", |advice| advice.amount_to)
        .number_or_null("expected_worth", |advice| advice.expected_worth)
        .number_or_null("probability_of_gain_given_model", |advice| advice.probability)
        .day("given_since", |advice| advice.since)
        .estimate("expected_effect", |advice| advice.expected_effect.as_ref())
        .text("effect_unit", |advice| &advice.effect_unit)
        .text_or_null("evidence", |advice| advice.evidence.map(Evidence::as_str))
        .text("gate", |advice| advice.gate.as_str())
        .text("source", |advice| advice.source)
        .day("valid_until", |advice| advice.valid_until)
        .finish()
}

/// Builds `recommendation_evidence`.
pub(super) fn recommendation_evidence(
    scope: &Scope,
    plan: &SteeringPlan,
) -> Result<OutputTable, PublishError> {
    Columns::new(&RECOMMENDATION_EVIDENCE, scope, &plan.evidence)
        .text("recommendation_id", |figure| &figure.recommendation_id)
        .count("figure_number", |figure| u64::from(figure.position))
        .text("table_name", |figure| figure.table_name)
        .text("row_key", |figure| &figure.row_key)
        .text("column_name", |figure| figure.column_name)
        .number_or_null("value", |figure| figure.value)
        .finish()
}

/// Builds `proposed_tests`.
pub(super) fn proposed_tests(scope: &Scope, plan: &SteeringPlan) -> Result<OutputTable, PublishError> {
    Columns::new(&PROPOSED_TESTS, scope, &plan.tests)
        .text("recommendation_id", |test| &test.recommendation_id)
        .text("driver", |test| &test.driver)
        .text_or_null("level", |test| test.level.as_ref())
        .text_or_null("against", |test| test.against.as_ref())
        .number_or_null("change", |test| test.change)
        .text("design", |test| test.design.as_str())
        .text("treated_units", |test| test.treated.join(", "))
        .text("comparison_units", |test| test.comparison.join(", "))
        .count_or_null("treated_cases", |test| test.treated_cases)
        .count_or_null("comparison_cases", |test| test.comparison_cases)
        .count("periods", |test| test.periods as u64)
        .number_or_null("spend_change", |test| test.spend_change)
        .number_or_null("extra_spend", |test| test.extra_spend)
        .number("expected_effect", |test| test.expected_effect)
        .number_or_null("detectable_effect", |test| test.detectable_effect)
        .number("power", |test| test.power)
        .number_or_null("cost", |test| test.cost)
        .finish()
}

/// Builds `briefings`.
pub(super) fn briefings(scope: &Scope, plan: &SteeringPlan) -> Result<OutputTable, PublishError> {
    Columns::new(&BRIEFINGS, scope, &plan.briefings)
        .text("about", |page| page.kind.as_str())
        .text("name", |page| &page.name)
        .text("language", |page| page.language.code())
        .text("decision", |page| &page.decision)
        .text("title", |page| &page.title)
        .text("markdown", |page| &page.markdown)
        .day("valid_until", |page| page.valid_until)
        .finish()
}
