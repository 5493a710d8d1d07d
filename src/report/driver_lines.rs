//! A model's strongest drivers: share of what is explained, and the effect with its interval.

use serde::Serialize;

use crate::config::job::{Driver, Job, OutcomeModel};
use crate::domain::{Language, Party};
use crate::models::result::{DriverEffect, DriverImportance, Finding, OutcomeResult};
use crate::steering::wording::label;
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;

/// Most groups that a summary lists.
const MOST_GROUPS: usize = 6;

/// One driver's line. A group with several drivers has a line of its own for the share, and theirs below it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DriverLine {
    label: String,
    /// Share of what the drivers explain; empty for a driver of a group with several.
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

/// The lines of the most important groups, most important first.
pub(super) fn driver_lines(
    job: &Job,
    model: &OutcomeModel,
    result: &OutcomeResult,
    language: Language,
) -> Vec<DriverLine> {
    let lines = |group: &DriverImportance| {
        let mut share = share(group, language);
        let drivers =
            group.drivers.iter().filter_map(|name| model.drivers.iter().find(|driver| driver.name == *name));
        let heading = (group.drivers.len() > 1).then(|| heading(group, std::mem::take(&mut share), result));
        let lines = drivers.filter_map(|driver| {
            driver_line(job, model, driver, result, std::mem::take(&mut share), language)
        });
        heading.into_iter().chain(lines.collect::<Vec<_>>())
    };
    result.importance.iter().take(MOST_GROUPS).flat_map(lines).collect()
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

fn driver_line(
    job: &Job,
    model: &OutcomeModel,
    driver: &Driver,
    result: &OutcomeResult,
    share: String,
    language: Language,
) -> Option<DriverLine> {
    let row = most_telling(result.effects.iter().filter(|effect| effect.driver == driver.name))?;
    let kpi = model.explains.as_deref().and_then(|name| job.kpi(name));
    let unit = Unit::of_effect(&model.success, kpi, &job.currency, language);
    let change_unit = Unit::of_change(driver.unit.as_ref().map(|unit| unit.get(language)), &job.currency);
    let held = row.effect.as_ref().filter(|_| row.finding == Finding::Effect);
    let effect = held.and_then(|estimate| unit.estimate(estimate, language)).map(|text| EffectLine {
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
fn most_telling<'a>(rows: impl Iterator<Item = &'a DriverEffect>) -> Option<&'a DriverEffect> {
    let size = |row: &DriverEffect| match (&row.effect, row.finding) {
        (Some(estimate), Finding::Effect) if estimate.value.is_finite() => estimate.value.abs(),
        _ => -1.0,
    };
    rows.reduce(|best, next| if size(next) > size(best) { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
