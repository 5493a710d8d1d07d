//! The figures behind a suggestion, as keys into the published tables.
//!
//! Figures are quoted as those tables hold them: where a lever is advised to move down, the effect
//! here keeps the sign of `driver_effects`.

use crate::domain::Estimate;
use crate::models::result::{DriverEffect, QualityMetric};

use super::candidate::Subject;
use super::result::RecommendationEvidence;

/// Metrics that the gate looks at and people understand.
const GATE_METRICS: [&str; 4] = ["r_squared", "rmse", "auc", "log_loss"];

/// Lists the figures behind a suggestion; `effect` is `None` for a general `keep`.
///
/// Keys are those of `driver_effects` (model, driver, level), `driver_importance` (model,
/// `driver_group`) and `model_quality` (model, metric, variant, split), besides `job` and `as_of`.
/// The part that data may fill with any text comes last, so that a key can be taken apart again.
pub(super) fn evidence(
    recommendation_id: &str,
    subject: Subject<'_>,
    effect: Option<&DriverEffect>,
) -> Vec<RecommendationEvidence> {
    let mut figures = Vec::new();
    if let Some(effect) = effect {
        figures.extend(effect_figures(subject, effect));
        figures.extend(importance_figures(subject, effect));
    }
    figures.extend(quality_figures(subject));
    figures
        .into_iter()
        .zip(1..)
        .map(|(figure, position)| RecommendationEvidence {
            recommendation_id: recommendation_id.to_owned(),
            position,
            table_name: figure.table_name,
            row_key: figure.row_key,
            column_name: figure.column_name,
            value: figure.value,
        })
        .collect()
}

struct Figure {
    table_name: &'static str,
    row_key: String,
    column_name: &'static str,
    value: Option<f64>,
}

fn effect_figures(subject: Subject<'_>, effect: &DriverEffect) -> Vec<Figure> {
    let level = effect.level.as_deref().unwrap_or_default();
    let row_key = format!("model={}, driver={}, level={level}", subject.model, effect.driver);
    let estimate = effect.effect.as_ref();
    [
        ("effect", estimate.map(|estimate| estimate.value)),
        ("effect_lower", estimate.and_then(Estimate::lower)),
        ("effect_upper", estimate.and_then(Estimate::upper)),
        ("p_value", effect.p_value),
        ("placebo_p_value", effect.placebo_p_value),
    ]
    .into_iter()
    .filter(|(_, value)| value.is_some())
    .map(|(column_name, value)| Figure {
        table_name: "driver_effects",
        row_key: row_key.clone(),
        column_name,
        value,
    })
    .collect()
}

fn importance_figures(subject: Subject<'_>, effect: &DriverEffect) -> Vec<Figure> {
    let group = subject.importance.iter().find(|group| group.drivers.contains(&effect.driver));
    let figures = |group: &crate::models::result::DriverImportance| {
        let row_key = format!("model={}, driver_group={}", subject.model, group.group);
        [
            ("share", Some(group.share.value)),
            ("share_lower", group.share.lower()),
            ("share_upper", group.share.upper()),
        ]
        .into_iter()
        .filter(|(_, value)| value.is_some())
        .map(|(column_name, value)| Figure {
            table_name: "driver_importance",
            row_key: row_key.clone(),
            column_name,
            value,
        })
        .collect::<Vec<_>>()
    };
    group.map(figures).unwrap_or_default()
}

fn quality_figures(subject: Subject<'_>) -> Vec<Figure> {
    let counts = |metric: &&QualityMetric| {
        let judged = metric.variant == "model" || metric.variant.starts_with("naive");
        let split = metric.split == "out_of_sample" || metric.metric == "r_squared";
        GATE_METRICS.contains(&metric.metric) && judged && split && metric.value.is_finite()
    };
    subject
        .quality
        .iter()
        .filter(counts)
        .map(|metric| Figure {
            table_name: "model_quality",
            row_key: format!(
                "model={}, metric={}, variant={}, split={}",
                subject.model, metric.metric, metric.variant, metric.split
            ),
            column_name: "value",
            value: Some(metric.value),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steering::fixtures;

    #[test]
    fn figures_are_keys_into_published_tables() {
        let (job, result) = (fixtures::bike_job(), fixtures::bike_result());
        let effect = result.effects.iter().find(|effect| effect.driver == "weather").expect("weather");
        let figures = evidence("0123456789abcdef", fixtures::subject(&job, &result), Some(effect));
        let listed: Vec<String> = figures
            .iter()
            .map(|figure| {
                let value = figure.value.expect("only figures that are there");
                format!(
                    "{} {} [{}] {} = {value}",
                    figure.position, figure.table_name, figure.row_key, figure.column_name
                )
            })
            .collect();
        insta::assert_snapshot!(listed.join("\n"));
    }

    #[test]
    fn a_general_keep_rests_on_quality_alone() {
        let (job, result) = (fixtures::bike_job(), fixtures::bike_result());
        let figures = evidence("0123456789abcdef", fixtures::subject(&job, &result), None);
        assert!(!figures.is_empty());
        assert!(figures.iter().all(|figure| figure.table_name == "model_quality"));
        assert!(figures.iter().zip(1..).all(|(figure, position)| figure.position == position));
    }
}
