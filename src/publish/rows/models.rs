//! Model results into rows.

use super::columns::Columns;
use super::goals::in_language;
use super::{OutputTable, Scope};
use crate::config::Job;
use crate::config::job::{Driver, OutcomeModel, Success};
use crate::domain::Language;
use crate::models::result::{DriverEffect, GateReason, OutcomeResult, QualityMetric};
use crate::publish::error::PublishError;
use crate::publish::registry::{
    DRIVER_EFFECTS, DRIVER_IMPORTANCE, MODEL_PARAMETERS, MODEL_QUALITY, PREDICTIONS,
};

/// Builds `driver_importance`.
pub(super) fn driver_importance(
    scope: &Scope,
    models: &[OutcomeResult],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.importance);
    Columns::new(&DRIVER_IMPORTANCE, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .text("driver_group", |(_, line)| &line.group)
        .text("drivers", |(_, line)| line.drivers.join(", "))
        .count("rank", |(_, line)| u64::from(line.rank))
        .count_or_null("rank_lower", |(_, line)| line.rank_lower.map(u64::from))
        .count_or_null("rank_upper", |(_, line)| line.rank_upper.map(u64::from))
        .estimate("share", |(_, line)| Some(&line.share))
        .number("r_squared", |(_, line)| line.r_squared)
        .text("method", |(_, line)| line.method)
        .number_or_null("placebo_p_value", |(_, line)| line.placebo_p_value)
        .count("placebos", |(_, line)| u64::from(line.placebos))
        .text("gate", |(model, _)| model.gate.gate.as_str())
        .finish()
}

/// Builds `driver_effects`.
pub(super) fn driver_effects(
    scope: &Scope,
    job: &Job,
    models: &[OutcomeResult],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.effects);
    let driver = |model: &OutcomeResult, line: &DriverEffect| find_driver(job, &model.model, &line.driver);
    Columns::new(&DRIVER_EFFECTS, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .text("driver", |(_, line)| &line.driver)
        .text("level", |(_, line)| line.level.as_deref().unwrap_or_default())
        .text_or_null("label_en", |(model, line)| in_language(&driver(model, line)?.label, Language::En))
        .text_or_null("label_de", |(model, line)| in_language(&driver(model, line)?.label, Language::De))
        .text_or_null("reference_level", |(_, line)| line.reference.as_ref())
        .text("party", |(_, line)| line.party.as_str())
        .text_or_null("about", |(_, line)| line.about.as_ref())
        .text("role", |(_, line)| line.role.as_str())
        .text("evidence", |(_, line)| line.evidence.as_str())
        .text("finding", |(_, line)| line.finding.as_str())
        .number_or_null("change", |(_, line)| line.change)
        .text_or_null("change_unit", |(model, line)| {
            let language = job.languages.first().copied().unwrap_or(Language::En);
            driver(model, line)?.unit.as_ref().map(|unit| unit.get(language))
        })
        .estimate("effect", |(_, line)| line.effect.as_ref())
        .text("effect_unit", |(model, _)| outcome_unit(job, &model.model))
        .number_or_null("p_value", |(_, line)| line.p_value)
        .number_or_null("placebo_p_value", |(_, line)| line.placebo_p_value)
        .text("gate", |(model, _)| model.gate.gate.as_str())
        .finish()
}

/// Builds `model_parameters`.
pub(super) fn model_parameters(scope: &Scope, models: &[OutcomeResult]) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.parameters);
    Columns::new(&MODEL_PARAMETERS, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .text("parameter", |(_, line)| &line.name)
        .estimate("estimate", |(_, line)| Some(&line.estimate))
        .number("standard_error", |(_, line)| line.standard_error)
        .finish()
}

/// Builds `model_quality`: the metrics, and one row per model for its gate.
pub(super) fn model_quality(scope: &Scope, models: &[OutcomeResult]) -> Result<OutputTable, PublishError> {
    let lines: Vec<(&OutcomeResult, Option<&QualityMetric>)> = models
        .iter()
        .flat_map(|model| {
            std::iter::once((model, None))
                .chain(model.quality.iter().map(move |metric| (model, Some(metric))))
        })
        .collect();
    Columns::new(&MODEL_QUALITY, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .text("metric", |(_, metric)| metric.map_or("gate", |metric| metric.metric))
        .text("variant", |(_, metric)| metric.map_or("model", |metric| metric.variant))
        .text("split", |(_, metric)| metric.map_or("all", |metric| metric.split))
        .number_or_null("value", |(_, metric)| Some(metric.as_ref()?.value))
        .text("gate", |(model, _)| model.gate.gate.as_str())
        .text_or_null("reason_codes", |(model, metric)| {
            metric.map_or_else(|| joined(&model.gate.reasons, ", ", |reason| reason.code), |_| None)
        })
        .text_or_null("reasons", |(model, metric)| {
            metric.map_or_else(|| joined(&model.gate.reasons, "\n", |reason| &reason.message), |_| None)
        })
        .finish()
}

/// Builds `predictions`.
pub(super) fn predictions(
    scope: &Scope,
    job: &Job,
    models: &[OutcomeResult],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.predictions);
    Columns::new(&PREDICTIONS, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .day("period_start", |(_, line)| line.period_start)
        .count("row_count", |(_, line)| line.rows)
        .number("actual", |(_, line)| line.actual)
        .number("fitted", |(_, line)| line.fitted)
        .estimate("out_of_sample", |(_, line)| line.out_of_sample.as_ref())
        .text("unit", |(model, _)| outcome_unit(job, &model.model))
        .finish()
}

/// Pairs every part of every model with its model.
fn each<'a, P>(
    models: &'a [OutcomeResult],
    parts: impl Fn(&'a OutcomeResult) -> &'a [P] + Copy,
) -> Vec<(&'a OutcomeResult, &'a P)> {
    models.iter().flat_map(|model| parts(model).iter().map(move |part| (model, part))).collect()
}

/// Joins a text of every reason; `None` when there are no reasons.
fn joined<'a>(
    reasons: &'a [GateReason],
    separator: &str,
    text: impl Fn(&'a GateReason) -> &'a str,
) -> Option<String> {
    let texts: Vec<&str> = reasons.iter().map(text).collect();
    (!texts.is_empty()).then(|| texts.join(separator))
}

fn find_model<'a>(job: &'a Job, name: &str) -> Option<&'a OutcomeModel> {
    job.outcome_model(name)
}

fn find_driver<'a>(job: &'a Job, model: &str, name: &str) -> Option<&'a Driver> {
    find_model(job, model)?.drivers.iter().find(|driver| driver.name == name)
}

/// Unit of a model's outcome.
fn outcome_unit<'a>(job: &'a Job, model: &str) -> &'a str {
    match find_model(job, model).map(|model| &model.success) {
        Some(Success::Amount { unit, .. }) => unit,
        Some(Success::YesNo { .. }) | None => "probability",
    }
}
