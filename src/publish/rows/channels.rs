//! What response models found about channels and their joint effects, into rows.

use super::columns::Columns;
use super::goals::in_language;
use super::models::{each, outcome_unit, reason_codes, reasons};
use super::{OutputTable, Scope};
use crate::config::Job;
use crate::config::job::Channel;
use crate::domain::{Gate, Language, Party};
use crate::models::result::ResponseResult;
use crate::publish::error::PublishError;
use crate::publish::registry::{
    CHANNEL_PERFORMANCE, CONTRIBUTIONS, DRIVER_INTERACTIONS, EXPERIMENTS, RESPONSE_CURVES,
};

/// Where readers of `contributions` find intervals.
const WHERE_INTERVALS_STAND: &str = "intervals stand in channel_performance and driver_effects";

/// Builds `channel_performance`.
pub(super) fn channel_performance(
    scope: &Scope,
    job: &Job,
    models: &[ResponseResult],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.channels);
    let label = |model: &ResponseResult, name: &str, language: Language| {
        in_language(&find_channel(job, &model.model, name)?.label, language)
    };
    Columns::new(&CHANNEL_PERFORMANCE, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .text("channel", |(_, line)| &line.channel)
        .text("unit", |(_, line)| line.unit.as_deref().unwrap_or_default())
        .text_or_null("label_en", |(model, line)| label(model, &line.channel, Language::En))
        .text_or_null("label_de", |(model, line)| label(model, &line.channel, Language::De))
        .text_or_null("side", |(_, line)| line.side.as_ref())
        .day("fit_start", |(model, _)| model.start)
        .day("fit_end", |(model, _)| model.end)
        .number_or_null("spend", |(_, line)| line.spend)
        .text("currency", |_| &job.currency)
        .text("outcome_unit", |(model, _)| outcome_unit(job, &model.model))
        .estimates([
            ("incremental_outcome", |(_, line)| Some(&line.incremental_outcome)),
            ("outcome_share", |(_, line)| Some(&line.outcome_share)),
            ("roas", |(_, line)| line.roas.as_ref()),
            ("mroas", |(_, line)| line.mroas.as_ref()),
            ("roi", |(_, line)| line.roi.as_ref()),
            ("carried_share", |(_, line)| line.carried_share.as_ref()),
            ("carry_over_share", |(_, line)| Some(&line.carry_over_share)),
            ("roas_without_third_party", |(_, line)| line.roas_without_third_party.as_ref()),
            ("roas_without_experiments", |(_, line)| line.roas_without_experiments.as_ref()),
            ("roas_without_priors", |(_, line)| line.roas_without_priors.as_ref()),
            ("roas_with_period_effects", |(_, line)| line.roas_with_period_effects.as_ref()),
        ])
        .number("inclusion_probability", |(_, line)| line.inclusion_probability)
        .text("depends_on", |(_, line)| line.depends_on.join(", "))
        .text("evidence", |(_, line)| line.evidence.as_str())
        .number_or_null("lead_placebo_p_value", |(_, line)| line.lead_placebo_p_value)
        .number_or_null("spend_explained", |(_, line)| line.spend_explained)
        .number_or_null("robustness_value", |(_, line)| Some(line.robustness.as_ref()?.value))
        .number_or_null("robustness_benchmark", |(_, line)| {
            line.robustness.as_ref()?.benchmark.as_ref().map(|(_, value)| *value)
        })
        .text_or_null("robustness_driver", |(_, line)| {
            line.robustness.as_ref()?.benchmark.as_ref().map(|(driver, _)| driver)
        })
        .number("posterior_to_prior", |(_, line)| line.posterior_to_prior)
        .number("least_pressure", |(_, line)| line.least_pressure)
        .number("r_hat", |(_, line)| line.r_hat)
        .number("effective_sample_size", |(_, line)| line.effective_sample_size)
        .text("gate", |(_, line)| line.gate.as_str())
        .text_or_null("reason_codes", |(_, line)| reason_codes(&line.reasons))
        .text_or_null("reasons", |(_, line)| reasons(&line.reasons))
        .text("model_gate", |(model, _)| model.gate.gate.as_str())
        .finish()
}

/// Builds `response_curves`.
pub(super) fn response_curves(
    scope: &Scope,
    job: &Job,
    models: &[ResponseResult],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.curves);
    Columns::new(&RESPONSE_CURVES, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .text("channel", |(_, line)| &line.channel)
        .number("spend_multiple", |(_, line)| line.multiple)
        .day("fit_start", |(model, _)| model.start)
        .day("fit_end", |(model, _)| model.end)
        .number_or_null("spend", |(_, line)| line.spend)
        .text("currency", |_| &job.currency)
        .text("outcome_unit", |(model, _)| outcome_unit(job, &model.model))
        .estimates([
            ("incremental_outcome", |(_, line)| Some(&line.incremental_outcome)),
            ("mroas", |(_, line)| line.mroas.as_ref()),
        ])
        .flag("is_observed", |(_, line)| line.is_observed)
        .text("gate", |(model, line)| channel_gate(model, &line.channel).as_str())
        .text("model_gate", |(model, _)| model.gate.gate.as_str())
        .finish()
}

/// Builds `contributions`.
pub(super) fn contributions(
    scope: &Scope,
    job: &Job,
    models: &[ResponseResult],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.contributions);
    Columns::new(&CONTRIBUTIONS, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .day("period_start", |(_, line)| line.period_start)
        .text("unit", |(_, line)| &line.unit)
        .text("part", |(_, line)| line.part.as_str())
        .text("driver", |(_, line)| &line.driver)
        .text_or_null("party", |(_, line)| line.party.map(Party::as_str))
        .number("contribution", |(_, line)| line.contribution)
        .text("outcome_unit", |(model, _)| outcome_unit(job, &model.model))
        .text("interval_note", |_| WHERE_INTERVALS_STAND)
        .text("gate", |(model, _)| model.gate.gate.as_str())
        .finish()
}

/// Builds `driver_interactions`.
pub(super) fn driver_interactions(
    scope: &Scope,
    job: &Job,
    models: &[ResponseResult],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.interactions);
    Columns::new(&DRIVER_INTERACTIONS, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .text("driver", |(_, line)| &line.first)
        .text("with_driver", |(_, line)| &line.second)
        .estimate("effect", |(_, line)| Some(&line.effect))
        .text("effect_unit", |(model, _)| outcome_unit(job, &model.model))
        .number("p_value", |(_, line)| line.p_value)
        .number("adjusted_p_value", |(_, line)| line.adjusted_p_value)
        .text("finding", |(_, line)| line.finding.as_str())
        .text("gate", |(model, _)| model.gate.gate.as_str())
        .finish()
}

/// Builds `experiments`.
pub(super) fn experiments(
    scope: &Scope,
    job: &Job,
    models: &[ResponseResult],
) -> Result<OutputTable, PublishError> {
    let lines = each(models, |model| &model.experiments);
    Columns::new(&EXPERIMENTS, scope, &lines)
        .text("model", |(model, _)| &model.model)
        .text("channel", |(_, line)| &line.channel)
        .text("units", |(_, line)| &line.units)
        .day("experiment_start", |(_, line)| line.start)
        .day("experiment_end", |(_, line)| line.end)
        .number("spend_change", |(_, line)| line.spend_change)
        .text("currency", |_| &job.currency)
        .text("outcome_unit", |(model, _)| outcome_unit(job, &model.model))
        .estimates([
            ("measured_outcome", |(_, line)| Some(&line.measured)),
            ("modelled_outcome", |(_, line)| Some(&line.modelled)),
            ("roas_without_experiments", |(_, line)| Some(&line.roas_without)),
            ("roas_with_experiments", |(_, line)| Some(&line.roas_with)),
        ])
        .text("gate", |(model, _)| model.gate.gate.as_str())
        .finish()
}

fn find_channel<'a>(job: &'a Job, model: &str, name: &str) -> Option<&'a Channel> {
    job.response_model(model)?.channels.iter().find(|channel| channel.name == name)
}

/// The gate of a channel over all units; that of the model for a channel without one.
fn channel_gate(model: &ResponseResult, name: &str) -> Gate {
    let overall = model.channels.iter().find(|channel| channel.unit.is_none() && channel.channel == name);
    overall.map_or(model.gate.gate, |channel| channel.gate)
}
