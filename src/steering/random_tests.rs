//! Random results: whatever a model finds, texts hold no gaps and say what the table says.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::config::job::{Job, Success};
use crate::domain::{Action, Estimate, Evidence, Gate, Language, Window};
use crate::models::result::{Finding, ModelResults, OutcomeResult};

use super::result::{Recommendation, RecommendationEvidence, SteeringPlan};
use super::{Since, fixtures, recommend};

const FINDINGS: [Finding; 7] = [
    Finding::Effect,
    Finding::Effect,
    Finding::NoEvidence,
    Finding::Constant,
    Finding::Aliased,
    Finding::Leakage,
    Finding::NotFitted,
];

fn random_estimate(rng: &mut ChaCha8Rng) -> Estimate {
    let size = 10f64.powf(rng.random_range(-4.0..9.0)) * if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    let half = size.abs() * rng.random_range(0.001..1.1);
    match rng.random_range(0..20) {
        0 => Estimate::with_bounds(f64::NAN, f64::NAN, f64::NAN, 0.9),
        1 => Estimate::with_bounds(size, f64::NEG_INFINITY, f64::INFINITY, 0.9),
        2 => Estimate::without_interval(size, "too few periods"),
        3 => Estimate::with_bounds(0.0, 0.0, 0.0, 0.9),
        4 => Estimate::with_bounds(size, size, size, 0.9),
        _ => Estimate::with_bounds(size, size - half, size + half, 0.9),
    }
}

fn randomize(result: &mut OutcomeResult, rng: &mut ChaCha8Rng) {
    result.gate.gate = *[Gate::Trusted, Gate::Review, Gate::Withheld].choose(rng).expect("not empty");
    for row in &mut result.effects {
        row.finding = *FINDINGS.choose(rng).expect("not empty");
        row.effect = rng.random_bool(0.9).then(|| random_estimate(rng));
        row.evidence = *[Evidence::Experiment, Evidence::Calibrated, Evidence::Observational]
            .choose(rng)
            .expect("not empty");
        if let Some(change) = &mut row.change {
            *change = *[0.0, f64::NAN, 1.0, -2.5, 1e-7, 12_345.678].choose(rng).expect("not empty");
        }
    }
    result.importance.truncate(rng.random_range(0..=result.importance.len()));
    for group in &mut result.importance {
        group.share = Estimate::without_interval(
            *[f64::NAN, 0.0, 0.004, 0.5, 1.0].choose(rng).expect("not empty"),
            "not resampled",
        );
    }
    if rng.random_bool(0.3) {
        result.predictions.clear();
    }
}

type World<'a> = (&'a Job, Window, fn() -> OutcomeResult);

fn each_plan(mut look: impl FnMut(&Job, &OutcomeResult, &SteeringPlan)) {
    let bike = fixtures::bike_job();
    let bank = fixtures::bank_job();
    let jobs: [World<'_>; 2] = [
        (&bike, fixtures::bike_window(&bike), fixtures::bike_result),
        (&bank, fixtures::bank_window(&bank), fixtures::bank_result),
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..80 {
        for (job, window, result) in &jobs {
            let mut result = result();
            randomize(&mut result, &mut rng);
            let models = ModelResults { outcome: vec![result], ..ModelResults::default() };
            let plan = recommend(job, &models, None, &[], &Since::new(), *window).expect("a plan");
            look(job, &models.outcome[0], &plan);
        }
    }
}

/// Figures in a text, with their sign, read back the way the language writes them.
fn figures(text: &str, language: Language) -> Vec<f64> {
    let (grouping, decimal) = if language == Language::De { ('.', ',') } else { (',', '.') };
    let belongs =
        |letter: char| letter.is_ascii_digit() || letter == grouping || letter == decimal || letter == '−';
    text.split(|letter: char| !belongs(letter))
        .map(|token| token.trim_end_matches([grouping, decimal]))
        .filter_map(|token| {
            let plain = token.replace(grouping, "").replace(decimal, ".").replace('−', "-");
            plain.parse::<f64>().ok()
        })
        .collect()
}

#[test]
fn texts_have_no_gaps() {
    each_plan(|_, _, plan| {
        for row in &plan.recommendations {
            for text in [&row.headline, &row.reason] {
                assert!(text.len() > 20, "{row:?}");
                for gap in [
                    "{",
                    "}",
                    "None",
                    "none ",
                    "null",
                    "undefined",
                    "NaN",
                    "nan",
                    " inf",
                    "  ",
                    " .",
                    " ,",
                    "()",
                ] {
                    assert!(!text.contains(gap), "`{gap}` in {text}");
                }
                assert_eq!(text.trim(), text.as_str());
            }
            assert!(row.reason.ends_with(['.', '“', '”']), "{}", row.reason);
        }
    });
}

#[test]
fn texts_say_what_the_table_says() {
    each_plan(|job, _, plan| {
        for row in &plan.recommendations {
            let Some(expected) = &row.expected_effect else { continue };
            let model = fixtures::subject_model(job);
            let factor = if matches!(model.success, Success::YesNo { .. }) { 100.0 } else { 1.0 };
            let (lower, upper) = (expected.lower().expect("bounds"), expected.upper().expect("bounds"));
            // A seventh of half the width, or half a unit in the third digit where there is no width.
            let tolerance = factor * ((upper - lower) / 14.0).max(0.006 * expected.value.abs());
            let says = |text: &str, wanted: f64| {
                let found = figures(text, row.language);
                assert!(
                    found.iter().any(|figure| (figure - wanted * factor).abs() <= tolerance),
                    "{wanted} × {factor} is not in {text}"
                );
            };
            says(&row.headline, expected.value);
            for wanted in [expected.value, lower, upper] {
                says(&row.reason, wanted.abs());
            }
            let word = match (row.language, expected.value > 0.0) {
                (Language::En, true) => "higher",
                (Language::En, false) => "lower",
                (Language::De, true) => "höher",
                (Language::De, false) => "niedriger",
            };
            assert!(row.reason.contains(word), "{}", row.reason);
            if row.gate == Gate::Review {
                let care = if row.language == Language::En { "with care" } else { "mit Vorsicht" };
                assert!(row.headline.contains(care));
            }
        }
    });
}

#[test]
fn a_decision_gets_each_driver_once_in_every_language_or_a_single_keep() {
    each_plan(|job, result, plan| {
        let mut rows: BTreeMap<(&str, Language), Vec<&Recommendation>> = BTreeMap::new();
        for row in &plan.recommendations {
            rows.entry((&row.decision, row.language)).or_default().push(row);
        }
        assert_eq!(rows.len(), job.languages.len());
        for of_decision in rows.values() {
            let drivers: BTreeSet<_> = of_decision.iter().map(|row| &row.driver).collect();
            let ids: BTreeSet<_> = of_decision.iter().map(|row| &row.recommendation_id).collect();
            assert_eq!((drivers.len(), ids.len()), (of_decision.len(), of_decision.len()));
            assert!(
                of_decision.iter().map(|row| row.rank).eq(1..=u32::try_from(of_decision.len()).expect("few"))
            );
            let kept = of_decision.iter().filter(|row| row.action == Action::Keep).count();
            assert!(kept == 0 || of_decision.len() == 1);
            assert!(result.gate.gate != Gate::Withheld || kept == 1);
            assert!(of_decision.iter().all(|row| row.action != Action::Change));
        }
    });
}

#[test]
fn figures_behind_advice_are_those_of_the_model() {
    each_plan(|_, result, plan| {
        for row in &plan.recommendations {
            let Some(expected) = &row.expected_effect else { continue };
            let is_effect = |figure: &&RecommendationEvidence| {
                figure.recommendation_id == row.recommendation_id && figure.column_name == "effect"
            };
            let quoted: Vec<_> =
                plan.evidence.iter().filter(is_effect).filter_map(|figure| figure.value).collect();
            assert_eq!(quoted.len(), 1, "{row:?}");
            assert!((quoted[0].abs() - expected.value.abs()).abs() < f64::EPSILON * expected.value.abs());
            assert!(result.effects.iter().any(|effect| {
                effect.effect.as_ref().is_some_and(|estimate| estimate.value.to_bits() == quoted[0].to_bits())
            }));
        }
    });
}
