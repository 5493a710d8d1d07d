//! `trichter scenario`.

use serde_json::{Value, json};

use super::load;
use crate::cli::args::{GlobalArgs, OutputForm, RunOptions, ScenarioArgs};
use crate::cli::{output, progress, stop};
use crate::domain::Estimate;
use crate::run::scenario::{GateReason, OutsideObserved, ScenarioEffect, ScenarioItem, ScenarioSubject};
use crate::run::{Failure, RunContext, ScenarioOutcome, ScenarioWords};

/// Asks a response model what would have happened, and shows its answer.
pub(in crate::cli) fn scenario(global: &GlobalArgs, args: &ScenarioArgs) -> Result<u8, Failure> {
    let (platform, job) = load::both(global, &args.job, args.threads)?;
    let threads = platform.engine.threads;
    let words = ScenarioWords { set: args.set.clone(), model: args.model.clone(), units: args.unit.clone() };
    let context = RunContext::new(None, args.seed);
    let request = load::request(platform, job, args.window.request(), context, &RunOptions::default());
    let runtime = load::runtime(threads)?;
    let outcome = runtime.block_on(async {
        let observer = progress::observer(global);
        Box::pin(crate::run::scenario(request, words, observer.as_ref(), stop::asked())).await
    });
    // A model fit that was cut off by a signal may still hold a thread; the process ends without it.
    runtime.shutdown_background();
    let outcome = outcome?;
    match global.output {
        OutputForm::Json => output::json(&machine_readable(&outcome))?,
        OutputForm::Text => output::text(&outcome.page)?,
    }
    Ok(0)
}

/// The answer as one object.
fn machine_readable(outcome: &ScenarioOutcome) -> Value {
    let result = &outcome.result;
    let joint: Vec<Value> = result
        .joint
        .iter()
        .map(|(name, change)| json!({ "name": name, "outcome_change": estimate(Some(change)) }))
        .collect();
    json!({
        "model": result.model,
        "window_start": outcome.window.start(),
        "window_end": outcome.window.end(),
        "seed": outcome.seed,
        "start": result.start,
        "end": result.end,
        "periods": result.periods,
        "units": result.units,
        "form": if result.multiplicative { "multiplicative" } else { "additive" },
        "gate": { "gate": result.gate.gate.as_str(), "reasons": reasons(&result.gate.reasons) },
        "actual": result.actual,
        "fitted": result.fitted,
        "worth_per_unit": result.worth,
        "changes": result.items.iter().map(item).collect::<Vec<_>>(),
        "joint_effects": joint,
        "beyond_sum": estimate(result.beyond_sum.as_ref()),
        "total": effect(&result.total),
        "warnings": outcome.warnings.iter().chain(&result.notes).collect::<Vec<_>>(),
    })
}

fn item(item: &ScenarioItem) -> Value {
    let mut value = effect(&item.effect);
    value["name"] = json!(item.name);
    value["change"] = json!(item.change.to_string());
    match &item.subject {
        ScenarioSubject::Channel { gate, carries, carried_by } => {
            value["kind"] = json!("channel");
            value["gate"] = json!({ "gate": gate.gate.as_str(), "reasons": reasons(&gate.reasons) });
            value["carries"] = json!(carries);
            value["carried_by"] = json!(carried_by);
        }
        ScenarioSubject::Driver { role, mean_before, mean_after } => {
            value["kind"] = json!("driver");
            value["role"] = json!(role.as_str());
            value["mean_before"] = json!(mean_before);
            value["mean_after"] = json!(mean_after);
        }
    }
    value["outside_observed"] = match item.outside {
        None => Value::Null,
        Some(OutsideObserved::Pressure { multiple, least, most }) => {
            json!({ "pressure": multiple, "least": least, "most": most })
        }
        Some(OutsideObserved::Values { least, most, reaches_down_to, reaches_up_to, share }) => json!({
            "share_of_cells": share,
            "smallest": reaches_down_to,
            "largest": reaches_up_to,
            "least": least,
            "most": most,
        }),
    };
    value
}

fn effect(effect: &ScenarioEffect) -> Value {
    json!({
        "outcome_change": estimate(Some(&effect.outcome)),
        "outcome_share": estimate(Some(&effect.share)),
        "spend_before": effect.spend.map(|(before, _)| before),
        "spend_after": effect.spend.map(|(_, after)| after),
        "marginal_roas": estimate(effect.marginal_roas.as_ref()),
        "worth_change": estimate(effect.worth.as_ref()),
        "gain": estimate(effect.gain.as_ref()),
    })
}

/// A number with its interval, or null.
fn estimate(estimate: Option<&Estimate>) -> Value {
    estimate.map_or(Value::Null, |estimate| {
        json!({
            "value": estimate.value,
            "lower": estimate.lower(),
            "upper": estimate.upper(),
            "interval_level": estimate.level(),
        })
    })
}

fn reasons(reasons: &[GateReason]) -> Vec<Value> {
    reasons.iter().map(|reason| json!({ "code": reason.code, "message": reason.message })).collect()
}
