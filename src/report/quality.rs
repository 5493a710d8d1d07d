//! How good a model is, in figures that people know: share explained, and better than guessing.

use serde::Serialize;

use crate::domain::Language;
use crate::models::result::QualityMetric;
use crate::steering::wording::number::{self, Sign};

/// Errors by which forecasts are compared: the first one that a model has is used.
const ERRORS: [&str; 3] = ["rmse", "log_loss", "brier"];

/// A model's quality; every part is left out where the model has no such metric.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Quality {
    /// Share of the outcome's variance that forecasts explain, on periods that the fit had not seen.
    explained: Option<Contrast>,
    /// Successes told from failures, of 100 pairs, on rows that the fit had not seen.
    told_apart: Option<Contrast>,
    /// Against the best simple forecast.
    skill: Option<Skill>,
    /// Against the same model without channels.
    channels: Option<Comparison>,
}

/// A figure with and without outside data.
#[derive(Debug, Clone, Serialize)]
struct Contrast {
    with: String,
    /// Missing where the model uses no outside data.
    without: Option<String>,
}

/// Error against the best simple forecast, on periods that the fit had not seen.
#[derive(Debug, Clone, Serialize)]
struct Skill {
    /// `naive_mean`, `naive_last` or `naive_season`; the template has the words.
    rival: &'static str,
    #[serde(flatten)]
    comparison: Comparison,
}

/// The model's error against another one.
#[derive(Debug, Clone, Serialize)]
struct Comparison {
    /// Whether it is `smaller`, `larger` or `equal`; the template has the words.
    error: &'static str,
    /// By how much, in percent of the other error.
    size: String,
}

/// Finds what can be said about a model's quality.
pub(super) fn quality(metrics: &[QualityMetric], language: Language) -> Quality {
    // A forecast worse than the mean explains nothing; how much worse it is stands in `model_quality`.
    let percent = |share: f64| number::percent(share.max(0.0), 0, Sign::Negative, language);
    let pairs = |auc: f64| number::decimal(auc * 100.0, 0, Sign::Negative, language);
    Quality {
        explained: contrast(metrics, "r_squared", "out_of_sample", percent),
        told_apart: contrast(metrics, "auc", "out_of_sample", pairs),
        skill: skill(metrics, language),
        channels: channels(metrics, language),
    }
}

fn metric(metrics: &[QualityMetric], metric: &str, variant: &str, split: &str) -> Option<f64> {
    metrics
        .iter()
        .find(|found| found.metric == metric && found.variant == variant && found.split == split)
        .map(|found| found.value)
        .filter(|value| value.is_finite())
}

fn contrast(
    metrics: &[QualityMetric],
    name: &str,
    split: &str,
    write: impl Fn(f64) -> String,
) -> Option<Contrast> {
    let with = write(metric(metrics, name, "model", split)?);
    let without = metric(metrics, name, "without_third_party", split).map(write);
    Some(Contrast { with, without })
}

/// The error that forecasts are compared by, and the model's own.
fn own_error(metrics: &[QualityMetric]) -> Option<(&'static str, f64)> {
    ERRORS.into_iter().find_map(|name| Some((name, metric(metrics, name, "model", "out_of_sample")?)))
}

fn skill(metrics: &[QualityMetric], language: Language) -> Option<Skill> {
    let (name, own) = own_error(metrics)?;
    let (rival, theirs) = ["naive_season", "naive_last", "naive_mean"]
        .into_iter()
        .filter_map(|rival| Some((rival, metric(metrics, name, rival, "out_of_sample")?)))
        .filter(|(_, theirs)| *theirs > 0.0)
        .reduce(|best, next| if next.1 < best.1 { next } else { best })?;
    Some(Skill { rival, comparison: compare(own, theirs, language) })
}

fn channels(metrics: &[QualityMetric], language: Language) -> Option<Comparison> {
    let (name, own) = own_error(metrics)?;
    let theirs = metric(metrics, name, "without_channels", "out_of_sample").filter(|theirs| *theirs > 0.0)?;
    Some(compare(own, theirs, language))
}

fn compare(own: f64, theirs: f64, language: Language) -> Comparison {
    let gain = 1.0 - own / theirs;
    let error = match gain * 100.0 {
        points if points >= 0.5 => "smaller",
        points if points <= -0.5 => "larger",
        _ => "equal",
    };
    Comparison { error, size: number::percent(gain, 0, Sign::Never, language) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::result::sample;
    use crate::steering::fixtures;

    #[test]
    fn the_best_simple_forecast_is_the_rival() {
        let found = quality(&fixtures::bike_result().quality, Language::En);
        let skill = found.skill.expect("comparable");
        let Comparison { error, size } = skill.comparison;
        assert_eq!((skill.rival, error, size.as_str()), ("naive_last", "smaller", "31%"));
        assert!(found.channels.is_none());
    }

    #[test]
    fn what_the_model_does_not_report_is_left_out() {
        let quality = quality(&[], Language::De);
        assert!(quality.explained.is_none() && quality.told_apart.is_none());
        assert!(quality.skill.is_none() && quality.channels.is_none());
    }

    #[test]
    fn channels_are_worth_what_they_take_off_the_error() {
        let mut metrics = sample::response_result().quality;
        let channels = |metrics: &[QualityMetric]| {
            quality(metrics, Language::De).channels.map(|found| (found.error, found.size))
        };
        assert_eq!(channels(&metrics), Some(("smaller", "15\u{a0}%".to_owned())));
        for metric in metrics.iter_mut().filter(|metric| metric.variant == "without_channels") {
            metric.value = 5_100.0;
        }
        assert_eq!(channels(&metrics).map(|found| found.0), Some("equal"));
    }
}
