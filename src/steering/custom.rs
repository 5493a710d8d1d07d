//! Advice that an analyst wrote as a SQL table: checked against the job, then published beside that of models.

use std::collections::BTreeMap;

use super::SteeringError;
use super::identity::Identity;
use super::recommend::one_period;
use super::result::Recommendation;
use crate::config::job::Job;
use crate::domain::{Action, Estimate, Gate, Language, Window};

/// A row of a table of advice.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomAdvice {
    /// The table.
    pub table: String,
    /// Which row, from 1.
    pub row: usize,
    /// Decision that it serves.
    pub decision: Option<String>,
    /// What to do.
    pub action: Option<String>,
    /// What it is about: advice about the same is one thread.
    pub about: Option<String>,
    /// Who gets it; the owner of the decision by default.
    pub recipient: Option<String>,
    /// KPI that it moves; the first that serves the decision by default.
    pub kpi: Option<String>,
    /// One line, by language.
    pub headline: BTreeMap<Language, String>,
    /// Why, by language.
    pub reason: BTreeMap<Language, String>,
    /// Expected effect on the KPI, with both ends of its interval where there are any.
    pub expected_effect: Option<f64>,
    /// See above.
    pub expected_effect_lower: Option<f64>,
    /// See above.
    pub expected_effect_upper: Option<f64>,
    /// Money now and as advised, if it is about money.
    pub amount_from: Option<f64>,
    /// See above.
    pub amount_to: Option<f64>,
    /// Verdict on the models whose results the table reads.
    pub gate: Gate,
}

/// Coverage of the intervals of custom advice.
const LEVEL: f64 = 0.9;

/// The advice as recommendations, in every language of the job; `rank` counts on within each decision from what it holds.
pub(super) fn recommendations(
    job: &Job,
    rows: &[CustomAdvice],
    rank: &mut BTreeMap<String, u32>,
    since: &super::Since,
    window: Window,
) -> Result<Vec<Recommendation>, SteeringError> {
    let mut all: Vec<Recommendation> = Vec::new();
    for row in rows {
        let written = one(job, row, rank, since, window)?;
        if let Some(twice) = written.iter().find(|new| {
            all.iter().any(|known| {
                known.recommendation_id == new.recommendation_id && known.language == new.language
            })
        }) {
            let what = row.about.as_deref().unwrap_or_default();
            let reason =
                format!("another row advises `{}` on `{what}` for the same decision too", twice.action);
            return Err(broken(row, reason));
        }
        all.extend(written);
    }
    Ok(all)
}

fn broken(row: &CustomAdvice, reason: String) -> SteeringError {
    SteeringError::Custom { table: row.table.clone(), row: row.row, reason }
}

fn one(
    job: &Job,
    row: &CustomAdvice,
    rank: &mut BTreeMap<String, u32>,
    since: &super::Since,
    window: Window,
) -> Result<Vec<Recommendation>, SteeringError> {
    let missing = |column: &str| broken(row, format!("`{column}` is missing"));
    let name = row.decision.as_deref().ok_or_else(|| missing("decision"))?;
    let decision =
        job.decision(name).ok_or_else(|| broken(row, format!("the job has no decision `{name}`")))?;
    let word = row.action.as_deref().ok_or_else(|| missing("action"))?;
    let action = [Action::Change, Action::Test, Action::Watch, Action::Keep]
        .into_iter()
        .find(|action| action.as_str() == word)
        .ok_or_else(|| {
            broken(row, format!("`{word}` is no action: it is `change`, `test`, `watch` or `keep`"))
        })?;
    let about = row.about.as_deref().ok_or_else(|| missing("about"))?;
    let recipient = row.recipient.clone().unwrap_or_else(|| decision.owner.clone());
    if job.recipient(&recipient).is_none() {
        return Err(broken(row, format!("the job has no recipient `{recipient}`")));
    }
    let serves = job.kpis.iter().find(|kpi| kpi.decisions.contains(&decision.name));
    let kpi = match &row.kpi {
        Some(kpi) => job.kpi(kpi).ok_or_else(|| broken(row, format!("the job has no KPI `{kpi}`")))?,
        None => serves.ok_or_else(|| missing("kpi"))?,
    };
    let expected_effect =
        row.expected_effect.map(|value| match (row.expected_effect_lower, row.expected_effect_upper) {
            (Some(lower), Some(upper)) => Estimate::with_bounds(value, lower, upper, LEVEL),
            _ => Estimate::without_interval(value, "its table gives none"),
        });
    let id = Identity {
        job: &job.name,
        decision: name,
        recipient: &recipient,
        action,
        driver: Some(about),
        level: Some(&row.table),
    }
    .id();
    let place = rank.entry(decision.name.clone()).or_default();
    *place += 1;
    let text = |texts: &BTreeMap<Language, String>, column: &str, language: Language| {
        let text = texts.get(&language).filter(|text| !text.trim().is_empty()).cloned();
        text.ok_or_else(|| missing(&format!("{column}_{}", language.code())))
    };
    let of_language = |language: &Language| {
        Ok(Recommendation {
            recommendation_id: id.clone(),
            language: *language,
            rank: *place,
            recipient: recipient.clone(),
            decision: decision.name.clone(),
            model: row.table.clone(),
            kpi: kpi.name.clone(),
            driver: Some(about.to_owned()),
            level: None,
            action,
            headline: text(&row.headline, "headline", *language)?,
            reason: text(&row.reason, "reason", *language)?,
            change: None,
            amount_from: row.amount_from,
            amount_to: row.amount_to,
            expected_effect: expected_effect.clone(),
            expected_worth: None,
            probability: None,
            effect_unit: kpi.unit.clone(),
            evidence: None,
            gate: row.gate,
            source: "custom",
            since: since.get(&id).copied().unwrap_or(window.end()),
            valid_until: one_period(decision.cadence).after(window.end()),
        })
    };
    job.languages.iter().map(of_language).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steering::fixtures;

    fn row(job: &Job) -> CustomAdvice {
        let texts = |text: &str| job.languages.iter().map(|language| (*language, text.to_owned())).collect();
        CustomAdvice {
            table: "stock_advice".to_owned(),
            row: 1,
            decision: Some(job.decisions[0].name.clone()),
            action: Some("change".to_owned()),
            about: Some("bikes in the north".to_owned()),
            headline: texts("Move ten bikes"),
            reason: texts("The north ran out of them."),
            expected_effect: Some(12.0),
            recipient: None,
            kpi: None,
            expected_effect_lower: None,
            expected_effect_upper: None,
            amount_from: None,
            amount_to: None,
            gate: Gate::Trusted,
        }
    }

    fn written(job: &Job, rows: &[CustomAdvice]) -> Result<Vec<Recommendation>, SteeringError> {
        let mut rank = BTreeMap::from([(job.decisions[0].name.clone(), 4)]);
        recommendations(job, rows, &mut rank, &super::super::Since::new(), fixtures::bike_window(job))
    }

    #[test]
    fn custom_advice_stands_after_that_of_models_in_every_language() {
        let job = fixtures::bike_job();
        let found = written(&job, &[row(&job), CustomAdvice { about: Some("another".into()), ..row(&job) }])
            .expect("advice");
        assert_eq!(found.len(), 2 * job.languages.len());
        assert_eq!(found[0].rank, 5);
        assert_eq!(found[job.languages.len()].rank, 6);
        assert!(
            found
                .iter()
                .all(|advice| advice.source == "custom" && advice.recipient == job.decisions[0].owner)
        );
        assert_eq!(found[0].recommendation_id, found[1].recommendation_id);
    }

    #[test]
    fn what_the_job_does_not_know_is_named_with_its_row() {
        let job = fixtures::bike_job();
        let good = row(&job);
        for (broken, words) in [
            (CustomAdvice { decision: None, ..good.clone() }, "`decision` is missing"),
            (CustomAdvice { decision: Some("none".into()), ..good.clone() }, "no decision `none`"),
            (CustomAdvice { action: Some("panic".into()), ..good.clone() }, "`panic` is no action"),
            (CustomAdvice { about: None, ..good.clone() }, "`about` is missing"),
            (CustomAdvice { recipient: Some("nobody".into()), ..good.clone() }, "no recipient `nobody`"),
            (CustomAdvice { kpi: Some("joy".into()), ..good.clone() }, "no KPI `joy`"),
            (CustomAdvice { headline: BTreeMap::new(), ..good.clone() }, "`headline_"),
        ] {
            let error = written(&job, &[broken]).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("row 1 of `stock_advice`"), "{error}");
        }
        let error = written(&job, &[good.clone(), CustomAdvice { row: 2, ..good }]).unwrap_err();
        assert!(error.to_string().contains("row 2 of `stock_advice`"), "{error}");
    }
}
