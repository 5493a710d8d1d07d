//! What moved in a model since the publication before, as far as people would plan differently for it.
//!
//! Only returns and effects that hold today and whose interval excludes the figure before: everything
//! else stands in `model_changes`.

use serde::Serialize;

use crate::config::job::{Driver, Job, Model};
use crate::domain::{Estimate, Gate, Language};
use crate::models::result::{Finding, ModelChange, ModelResults};
use crate::steering::wording::number::Sign;
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, label};

/// Most moves that a summary lists, the first ones in the order of the results.
const MOST_CHANGES: usize = 6;

/// The moves of one model.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ChangePart {
    /// Last day of the window that is compared with.
    before: String,
    lines: Vec<ChangeLine>,
    /// Moves that are not listed.
    more: usize,
}

/// One move.
#[derive(Debug, Clone, Serialize)]
struct ChangeLine {
    label: String,
    /// `roas`, `share` or `effect`; the template has the words.
    kind: &'static str,
    before: String,
    now: String,
    lower: String,
    upper: String,
    /// `data`, `configuration` or `sampling`, whichever moved it most; empty where it was not told apart.
    cause: &'static str,
}

/// What moved noteworthily in `model`; `None` if nothing did.
pub(super) fn change_part(
    job: &Job,
    model: &Model,
    results: &ModelResults,
    language: Language,
) -> Option<ChangePart> {
    let moved =
        results.changes.iter().filter(|change| change.model == model.name() && change.is_noteworthy());
    let told =
        |change: &ModelChange| Some((change.previous_as_of, line(job, model, results, change, language)?));
    let (days, mut lines): (Vec<_>, Vec<_>) = moved.filter_map(told).unzip();
    let before = days.first()?;
    let more = lines.len().saturating_sub(MOST_CHANGES);
    lines.truncate(MOST_CHANGES);
    Some(ChangePart { before: date::day(before.pred_opt().unwrap_or(*before), language), lines, more })
}

/// A move in words; `None` for figures that a summary does not show.
fn line(
    job: &Job,
    model: &Model,
    results: &ModelResults,
    change: &ModelChange,
    language: Language,
) -> Option<ChangeLine> {
    let (kind, about) = change.quantity.split_once(':')?;
    let (kind, label, unit) = match kind {
        "roas" | "outcome_share" => {
            let label = channel(model, results, about, language)?;
            let is_roas = kind == "roas";
            let unit = if is_roas { Unit::Bare } else { Unit::Share };
            (if is_roas { "roas" } else { "share" }, label, unit)
        }
        "effect" => ("effect", effect(model, results, about, language)?, effect_unit(job, model, language)),
        _ => return None,
    };
    let sign = if kind == "effect" { Sign::Always } else { Sign::Negative };
    let now = Figures::of(&unit, &change.current, sign, language)?;
    Some(ChangeLine {
        label,
        kind,
        before: unit.write(change.previous.value, now.decimals, sign, language),
        now: now.value,
        lower: now.lower,
        upper: now.upper,
        cause: cause(change),
    })
}

/// An estimate as it is shown.
struct Figures {
    decimals: i32,
    value: String,
    lower: String,
    upper: String,
}

impl Figures {
    fn of(unit: &Unit, estimate: &Estimate, sign: Sign, language: Language) -> Option<Self> {
        let (value, lower, upper) = (estimate.value, estimate.lower()?, estimate.upper()?);
        if ![value, lower, upper].iter().all(|figure| figure.is_finite()) {
            return None;
        }
        let decimals = unit.places(estimate);
        let end = |value| match unit {
            // A percentage says so at every figure, as elsewhere on the page.
            Unit::Share => unit.write(value, decimals, sign, language),
            _ => unit.write_bare(value, decimals, sign, language),
        };
        Some(Self {
            decimals,
            value: unit.write(value, decimals, sign, language),
            lower: end(lower),
            upper: end(upper),
        })
    }
}

/// The label of a channel whose figures may be shown.
fn channel(model: &Model, results: &ModelResults, name: &str, language: Language) -> Option<String> {
    let model = model.as_response()?;
    let result = results.response.iter().find(|result| result.model == model.name)?;
    let found = result.channels.iter().find(|channel| channel.unit.is_none() && channel.channel == name)?;
    let described = model.channels.iter().find(|channel| channel.name == name);
    let text = described.map_or(name, |channel| channel.label.get(language));
    (found.gate != Gate::Withheld).then(|| label::level(text, language))
}

/// The label of a driver, with its level, whose effect holds.
fn effect(model: &Model, results: &ModelResults, about: &str, language: Language) -> Option<String> {
    let shared = results.shared();
    let result = shared.iter().find(|result| result.model == model.name())?;
    let names = |row: &&crate::models::result::DriverEffect| match &row.level {
        Some(level) => about.strip_prefix(row.driver.as_str()) == Some(format!("={level}").as_str()),
        None => about == row.driver,
    };
    let row = result.effects.iter().find(names).filter(|row| row.finding == Finding::Effect)?;
    let named = |driver: &&Driver| driver.name == row.driver;
    let text = model.drivers().iter().find(named)?.label.get(language).to_owned();
    Some(match &row.level {
        Some(level) => format!("{text}: {}", label::level(level, language)),
        None => text,
    })
}

fn effect_unit(job: &Job, model: &Model, language: Language) -> Unit {
    let kpi = |name: &Option<String>| name.as_deref().and_then(|name| job.kpi(name));
    match model {
        Model::Outcome(model) => {
            Unit::of_effect(&model.success, kpi(&model.explains), &job.currency, language)
        }
        Model::Response(model) => {
            Unit::of_amount(&model.outcome_unit, kpi(&model.explains), &job.currency, language).difference()
        }
    }
}

/// What moved it most.
fn cause(change: &ModelChange) -> &'static str {
    let (Some(data), Some(configuration)) = (change.from_data, change.from_configuration) else { return "" };
    let sampling = change.from_sampling.unwrap_or(0.0);
    // Of parts that move against each other, those in the direction of the change made it.
    let made = |part: f64| part * change.change().signum();
    let parts = [("data", made(data)), ("configuration", made(configuration)), ("sampling", made(sampling))];
    parts.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or("", |part| part.0)
}
