//! A model's strongest drivers: share of what is explained, where that is known, and the effect with its interval.

use serde::Serialize;

use crate::config::job::{Driver, Job, OutcomeModel, ResponseModel};
use crate::domain::{Language, Party};
use crate::models::result::{DriverEffect, DriverImportance, Finding, OutcomeResult, ResponseResult};
use crate::steering::wording::label;
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;

/// Most groups, or drivers of a response model, that a summary lists.
const MOST_GROUPS: usize = 6;

/// What a line needs to know about a driver's model.
struct Drivers<'a> {
    described: &'a [Driver],
    effects: &'a [DriverEffect],
    /// Unit of the effects.
    unit: Unit,
    currency: &'a str,
    language: Language,
}

/// One driver's line. A group with several drivers has a line of its own for the share, and theirs below it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DriverLine {
    label: String,
    /// Share of what the drivers explain; empty for a driver of a group with several, and in response models.
    share: String,
    outside: bool,
    effect: Option<EffectLine>,
    /// `no_evidence`, `constant`, … where there is no effect; the template has the words.
    finding: &'static str,
    /// Number of drivers of a group's own line; 0 for a driver.
    members: usize,
}

/// An effect in one line.
#[derive(Debug, Clone, Serialize)]
struct EffectLine {
    signed: String,
    lower: String,
    upper: String,
    change: Option<String>,
    level: Option<String>,
    against: Option<String>,
}

/// The lines of an outcome model's most important groups, most important first.
pub(super) fn driver_lines(
    job: &Job,
    model: &OutcomeModel,
    result: &OutcomeResult,
    language: Language,
) -> Vec<DriverLine> {
    let kpi = model.explains.as_deref().and_then(|name| job.kpi(name));
    let drivers = Drivers {
        described: &model.drivers,
        effects: &result.effects,
        unit: Unit::of_effect(&model.success, kpi, &job.currency, language),
        currency: &job.currency,
        language,
    };
    let lines = |group: &DriverImportance| {
        let mut share = share(group, language);
        let heading = (group.drivers.len() > 1).then(|| heading(group, std::mem::take(&mut share), result));
        let members = group.drivers.iter();
        let lines = members.filter_map(|name| drivers.line(name, std::mem::take(&mut share)));
        heading.into_iter().chain(lines.collect::<Vec<_>>())
    };
    result.importance.iter().take(MOST_GROUPS).flat_map(lines).collect()
}

/// The lines of a response model's drivers: those with an effect first, the strongest before the others.
pub(super) fn condition_lines(
    job: &Job,
    model: &ResponseModel,
    result: &ResponseResult,
    language: Language,
) -> Vec<DriverLine> {
    let kpi = model.explains.as_deref().and_then(|name| job.kpi(name));
    let drivers = Drivers {
        described: &model.drivers,
        effects: &result.effects,
        unit: Unit::of_amount(&model.outcome_unit, kpi, &job.currency, language).difference(),
        currency: &job.currency,
        language,
    };
    let mut order: Vec<(f64, &str)> = model
        .drivers
        .iter()
        .filter_map(|driver| Some((size(drivers.most_telling(&driver.name)?), driver.name.as_str())))
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.iter().take(MOST_GROUPS).filter_map(|(_, name)| drivers.line(name, String::new())).collect()
}

/// The line of a group with several drivers.
fn heading(group: &DriverImportance, share: String, result: &OutcomeResult) -> DriverLine {
    let outside = |name: &String| {
        result.effects.iter().any(|effect| effect.driver == *name && effect.party == Party::Third)
    };
    DriverLine {
        label: group.group.replace('_', " "),
        share,
        outside: group.drivers.iter().all(outside),
        effect: None,
        finding: "group",
        members: group.drivers.len(),
    }
}

fn share(group: &DriverImportance, language: Language) -> String {
    number::percent(group.share.value, 0, Sign::Negative, language)
}

impl Drivers<'_> {
    /// The line of one driver; `None` if the job or the result does not know it.
    fn line(&self, name: &str, share: String) -> Option<DriverLine> {
        let language = self.language;
        let driver = self.described.iter().find(|driver| driver.name == name)?;
        let row = self.most_telling(name)?;
        let change_unit = Unit::of_change(driver.unit.as_ref().map(|unit| unit.get(language)), self.currency);
        let held = row.effect.as_ref().filter(|_| row.finding == Finding::Effect);
        let effect =
            held.and_then(|estimate| self.unit.estimate(estimate, language)).map(|text| EffectLine {
                signed: text.signed,
                lower: text.lower,
                upper: text.upper,
                change: row.change.map(|change| change_unit.write_short(change, 3, Sign::Always, language)),
                level: row.level.as_deref().map(|level| label::level(level, language)),
                against: row.reference.as_deref().map(|level| label::level(level, language)),
            });
        Some(DriverLine {
            label: driver.label.get(language).to_owned(),
            share,
            outside: row.party == Party::Third,
            effect,
            finding: row.finding.as_str(),
            members: 0,
        })
    }

    /// The level that tells most about a categorical driver: of those with an effect, the largest.
    fn most_telling(&self, name: &str) -> Option<&DriverEffect> {
        let rows = self.effects.iter().filter(|effect| effect.driver == name);
        rows.reduce(|best, next| if size(next) > size(best) { next } else { best })
    }
}

/// Size of an effect that holds; below zero for any other finding.
fn size(row: &DriverEffect) -> f64 {
    match (&row.effect, row.finding) {
        (Some(estimate), Finding::Effect) if estimate.value.is_finite() => estimate.value.abs(),
        _ => -1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::result::sample;
    use crate::steering::fixtures;

    #[test]
    fn drivers_of_one_group_share_one_figure() {
        let (job, mut result) = (fixtures::bike_job(), fixtures::bike_result());
        let model = job.outcome_models().next().expect("a model");
        result.importance[0].drivers = vec!["temperature".to_owned(), "humidity".to_owned()];
        let lines = driver_lines(&job, model, &result, Language::En);
        assert_eq!((lines[0].share.as_str(), lines[0].members, lines[0].finding), ("61%", 2, "group"));
        assert_eq!((lines[1].label.as_str(), lines[1].share.as_str()), ("temperature", ""));
        assert_eq!((lines[2].label.as_str(), lines[2].share.as_str()), ("humidity", ""));
    }

    #[test]
    fn only_effects_that_hold_are_given_figures() {
        let (job, result) = (fixtures::bike_job(), fixtures::bike_result());
        let model = job.outcome_models().next().expect("a model");
        let lines = driver_lines(&job, model, &result, Language::En);
        let wind = lines.iter().find(|line| line.label == "wind").expect("listed");
        assert!(wind.effect.is_none());
        assert_eq!(wind.finding, "no_evidence");
    }

    #[test]
    fn conditions_with_the_strongest_effects_come_first() {
        let (job, result) = (fixtures::bank_job(), sample::response_result());
        let mut model = sample::response_model();
        model.drivers.reverse();
        let lines = condition_lines(&job, &model, &result, Language::En);
        let labels: Vec<&str> = lines.iter().map(|line| line.label.as_str()).collect();
        assert_eq!(labels, ["market demand", "own prices", "brand searches", "heat"]);
        assert!(lines[0].outside && !lines[1].outside);
        assert_eq!((lines[2].finding, lines[3].finding), ("moved_by_us", "no_evidence"));
        let effect = lines[0].effect.as_ref().expect("an effect");
        assert_eq!((effect.signed.as_str(), effect.lower.as_str()), ("+€24,000", "+20,000"));
    }
}
