//! What models of every kind tell in the same words, into rows.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::columns::Columns;
use super::goals::in_language;
use super::{OutputTable, Scope};
use crate::config::Job;
use crate::config::job::{Driver, Model, Success};
use crate::domain::{Estimate, Language};
use crate::models::result::{
    GateReason, ModelChange, ModelResults, OutcomeResult, QualityMetric, ResponseResult, SharedResult,
};
use crate::publish::error::PublishError;
use crate::publish::registry::{
    DRIVER_EFFECTS, DRIVER_IMPORTANCE, MODEL_CHANGES, MODEL_PARAMETERS, MODEL_QUALITY, PREDICTIONS,
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
    models: &[SharedResult<'_>],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| model.effects);
    let driver = |model: &str, name: &str| find_driver(job, model, name);
    Columns::new(&DRIVER_EFFECTS, scope, &lines)
        .text("model", |(model, _)| model.model)
        .text("driver", |(_, line)| &line.driver)
        .text("level", |(_, line)| line.level.as_deref().unwrap_or_default())
        .text_or_null("label_en", |(model, line)| {
            in_language(&driver(model.model, &line.driver)?.label, Language::En)
        })
        .text_or_null("label_de", |(model, line)| {
            in_language(&driver(model.model, &line.driver)?.label, Language::De)
        })
        .text_or_null("reference_level", |(_, line)| line.reference.as_ref())
        .text("party", |(_, line)| line.party.as_str())
        .text_or_null("about", |(_, line)| line.about.as_ref())
        .text("role", |(_, line)| line.role.as_str())
        .text("evidence", |(_, line)| line.evidence.as_str())
        .text("finding", |(_, line)| line.finding.as_str())
        .number_or_null("change", |(_, line)| line.change)
        .text_or_null("change_unit", |(model, line)| {
            let language = job.languages.first().copied().unwrap_or(Language::En);
            driver(model.model, &line.driver)?.unit.as_ref().map(|unit| unit.get(language))
        })
        .estimate("effect", |(_, line)| line.effect.as_ref())
        .text("effect_unit", |(model, _)| outcome_unit(job, model.model))
        .number_or_null("p_value", |(_, line)| line.p_value)
        .number_or_null("placebo_p_value", |(_, line)| line.placebo_p_value)
        .text("gate", |(model, _)| model.gate.gate.as_str())
        .finish()
}

/// Builds `model_parameters`.
pub(super) fn model_parameters(
    scope: &Scope,
    models: &[SharedResult<'_>],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| model.parameters);
    Columns::new(&MODEL_PARAMETERS, scope, &lines)
        .text("model", |(model, _)| model.model)
        .text("parameter", |(_, line)| &line.name)
        .estimate("estimate", |(_, line)| Some(&line.estimate))
        .number("standard_error", |(_, line)| line.standard_error)
        .finish()
}

/// Builds `model_quality`: the metrics, and one row per model for its gate.
pub(super) fn model_quality(
    scope: &Scope,
    models: &[SharedResult<'_>],
    configurations: &BTreeMap<String, String>,
) -> Result<OutputTable, PublishError> {
    let lines: Vec<(&SharedResult<'_>, Option<&QualityMetric>)> = models
        .iter()
        .flat_map(|model| {
            std::iter::once((model, None))
                .chain(model.quality.iter().map(move |metric| (model, Some(metric))))
        })
        .collect();
    Columns::new(&MODEL_QUALITY, scope, &lines)
        .text("model", |(model, _)| model.model)
        .text("metric", |(_, metric)| metric.map_or("gate", |metric| metric.metric))
        .text("variant", |(_, metric)| metric.map_or("model", |metric| metric.variant))
        .text("split", |(_, metric)| metric.map_or("all", |metric| metric.split))
        .number_or_null("value", |(_, metric)| Some(metric.as_ref()?.value))
        .text("gate", |(model, _)| model.gate.gate.as_str())
        .text_or_null("reason_codes", |(model, metric)| match metric {
            None => reason_codes(&model.gate.reasons),
            Some(_) => None,
        })
        .text_or_null("reasons", |(model, metric)| match metric {
            None => reasons(&model.gate.reasons),
            Some(_) => None,
        })
        .text_or_null("configuration", |(model, metric)| match metric {
            None => configurations.get(model.model),
            Some(_) => None,
        })
        .finish()
}

/// Builds `model_changes`.
pub(super) fn model_changes(scope: &Scope, changes: &[ModelChange]) -> Result<OutputTable, PublishError> {
    Columns::new(&MODEL_CHANGES, scope, changes)
        .text("model", |change| &change.model)
        .text("quantity", |change| &change.quantity)
        .day("previous_as_of", |change| change.previous_as_of)
        .estimates([
            ("previous", |change| Some(&change.previous)),
            ("current", |change| Some(&change.current)),
        ])
        .number("change", ModelChange::change)
        .number_or_null("change_from_data", |change| change.from_data)
        .number_or_null("change_from_configuration", |change| change.from_configuration)
        .number_or_null("change_from_sampling", |change| change.from_sampling)
        .flag("is_noteworthy", ModelChange::is_noteworthy)
        .finish()
}

/// A row of `predictions`, whatever kind of model it comes from.
struct PredictionLine<'a> {
    model: &'a str,
    unit: &'a str,
    period_start: NaiveDate,
    rows: u64,
    actual: f64,
    fitted: f64,
    out_of_sample: Option<&'a Estimate>,
}

/// Builds `predictions`.
pub(super) fn predictions(
    scope: &Scope,
    job: &Job,
    models: &ModelResults,
) -> Result<OutputTable, PublishError> {
    let outcome = models.outcome.iter().flat_map(by_period);
    let lines: Vec<PredictionLine<'_>> = outcome.chain(models.response.iter().flat_map(by_unit)).collect();
    Columns::new(&PREDICTIONS, scope, &lines)
        .text("model", |line| line.model)
        .text("unit", |line| line.unit)
        .day("period_start", |line| line.period_start)
        .count("row_count", |line| line.rows)
        .number("actual", |line| line.actual)
        .number("fitted", |line| line.fitted)
        .estimate("out_of_sample", |line| line.out_of_sample)
        .text("outcome_unit", |line| outcome_unit(job, line.model))
        .finish()
}

/// Outcome models know no units: all rows of a period stand together.
fn by_period(model: &OutcomeResult) -> impl Iterator<Item = PredictionLine<'_>> {
    model.predictions.iter().map(|line| PredictionLine {
        model: &model.model,
        unit: "",
        period_start: line.period_start,
        rows: line.rows,
        actual: line.actual,
        fitted: line.fitted,
        out_of_sample: line.out_of_sample.as_ref(),
    })
}

fn by_unit(model: &ResponseResult) -> impl Iterator<Item = PredictionLine<'_>> {
    model.predictions.iter().map(|line| PredictionLine {
        model: &model.model,
        unit: &line.unit,
        period_start: line.period_start,
        rows: line.rows,
        actual: line.actual,
        fitted: line.fitted,
        out_of_sample: line.out_of_sample.as_ref(),
    })
}

/// Pairs every part of every model with its model.
pub(super) fn each<'a, M, P>(
    models: &'a [M],
    parts: impl Fn(&'a M) -> &'a [P] + Copy,
) -> Vec<(&'a M, &'a P)> {
    models.iter().flat_map(|model| parts(model).iter().map(move |part| (model, part))).collect()
}

/// Codes of the reasons behind a gate, joined by `, `; `None` when there are no reasons.
pub(super) fn reason_codes(reasons: &[GateReason]) -> Option<String> {
    joined(reasons.iter().map(|reason| reason.code), ", ")
}

/// Sentences of the reasons behind a gate, one per line; `None` when there are no reasons.
pub(super) fn reasons(reasons: &[GateReason]) -> Option<String> {
    joined(reasons.iter().map(|reason| reason.message.as_str()), "\n")
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>, separator: &str) -> Option<String> {
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then(|| texts.join(separator))
}

fn find_model<'a>(job: &'a Job, name: &str) -> Option<&'a Model> {
    job.models.iter().find(|model| model.name() == name)
}

fn find_driver<'a>(job: &'a Job, model: &str, name: &str) -> Option<&'a Driver> {
    find_model(job, model)?.drivers().iter().find(|driver| driver.name == name)
}

/// Unit of a model's outcome.
pub(super) fn outcome_unit<'a>(job: &'a Job, model: &str) -> &'a str {
    match find_model(job, model) {
        Some(Model::Response(model)) => &model.outcome_unit,
        Some(Model::Outcome(model)) => match &model.success {
            Success::Amount { unit, .. } => unit,
            Success::YesNo { .. } => "probability",
        },
        None => "probability",
    }
}
