//! How good a model is, in figures that people know: share explained, and better than guessing.

use serde::Serialize;

use crate::config::job::Success;
use crate::domain::Language;
use crate::models::result::OutcomeResult;
use crate::steering::wording::number::{self, Sign};

/// Errors by which forecasts are compared: the first one that a model has is used.
const ERRORS: [&str; 3] = ["rmse", "log_loss", "brier"];

/// A model's quality; every part is left out where the model has no such metric.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Quality {
    /// Whether the outcome is yes/no.
    yes_no: bool,
    /// Share of the outcome's variance that forecasts explain, on periods that the fit had not seen.
    explained: Option<Contrast>,
    /// Successes told from failures, of 100 pairs, on rows that the fit had not seen.
    told_apart: Option<Contrast>,
    /// Against the best simple forecast.
    skill: Option<Skill>,
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
    /// Whether the model's error is `smaller`, `larger` or `equal`; the template has the words.
    error: &'static str,
    /// By how much, in percent of the rival's error.
    size: String,
}

/// Finds what can be said about a model's quality.
pub(super) fn quality(success: &Success, result: &OutcomeResult, language: Language) -> Quality {
    // A forecast worse than the mean explains nothing; how much worse it is stands in `model_quality`.
    let percent = |share: f64| number::percent(share.max(0.0), 0, Sign::Negative, language);
    let pairs = |auc: f64| number::decimal(auc * 100.0, 0, Sign::Negative, language);
    Quality {
        yes_no: matches!(success, Success::YesNo { .. }),
        explained: contrast(result, "r_squared", "out_of_sample", percent),
        told_apart: contrast(result, "auc", "out_of_sample", pairs),
        skill: skill(result, language),
    }
}

fn metric(result: &OutcomeResult, metric: &str, variant: &str, split: &str) -> Option<f64> {
    result
        .quality
        .iter()
        .find(|found| found.metric == metric && found.variant == variant && found.split == split)
        .map(|found| found.value)
        .filter(|value| value.is_finite())
}

fn contrast(
    result: &OutcomeResult,
    name: &str,
    split: &str,
    write: impl Fn(f64) -> String,
) -> Option<Contrast> {
    let with = write(metric(result, name, "model", split)?);
    let without = metric(result, name, "without_third_party", split).map(write);
    Some(Contrast { with, without })
}

fn skill(result: &OutcomeResult, language: Language) -> Option<Skill> {
    let name = ERRORS.into_iter().find(|name| metric(result, name, "model", "out_of_sample").is_some())?;
    let own = metric(result, name, "model", "out_of_sample")?;
    let (rival, theirs) = ["naive_season", "naive_last", "naive_mean"]
        .into_iter()
        .filter_map(|rival| Some((rival, metric(result, name, rival, "out_of_sample")?)))
        .filter(|(_, theirs)| *theirs > 0.0)
        .reduce(|best, next| if next.1 < best.1 { next } else { best })?;
    let gain = 1.0 - own / theirs;
    let error = match gain * 100.0 {
        points if points >= 0.5 => "smaller",
        points if points <= -0.5 => "larger",
        _ => "equal",
    };
    Some(Skill { rival, error, size: number::percent(gain, 0, Sign::Never, language) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steering::fixtures;

    #[test]
    fn the_best_simple_forecast_is_the_rival() {
        let result = fixtures::bike_result();
        let skill = skill(&result, Language::En).expect("comparable");
        assert_eq!((skill.rival, skill.error, skill.size.as_str()), ("naive_last", "smaller", "31%"));
    }

    #[test]
    fn what_the_model_does_not_report_is_left_out() {
        let mut result = fixtures::bike_result();
        result.quality.clear();
        let job = fixtures::bike_job();
        let model = job.outcome_models().next().expect("a model");
        let quality = quality(&model.success, &result, Language::De);
        assert!(quality.explained.is_none() && quality.told_apart.is_none() && quality.skill.is_none());
    }
}
