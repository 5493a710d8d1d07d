//! Whole pages of scenarios as people read them.

use super::{ScenarioInputs, scenario};
use crate::domain::{Change, Estimate, Gate, Language, Role};
use crate::models::result::{
    GateReason, GateVerdict, OutsideObserved, ScenarioEffect, ScenarioItem, ScenarioResult, ScenarioSubject,
    sample,
};
use crate::steering::fixtures;

fn bounds(value: f64, lower: f64, upper: f64) -> Estimate {
    Estimate::with_bounds(value, lower, upper, 0.9)
}

fn effect(outcome: Estimate, spend: Option<(f64, f64)>) -> ScenarioEffect {
    let scaled = |factor: f64, shift: f64| {
        let of = |value: f64| value * factor - shift;
        let (lower, upper) = (outcome.lower().unwrap_or(f64::NAN), outcome.upper().unwrap_or(f64::NAN));
        bounds(of(outcome.value), of(lower), of(upper))
    };
    let more = spend.map_or(0.0, |(before, after)| after - before);
    ScenarioEffect {
        share: scaled(1.0 / 41_000_000.0, 0.0),
        spend,
        marginal_roas: spend.map(|_| bounds(outcome.value / more, 0.9, 1.9)),
        worth: Some(scaled(0.31, 0.0)),
        gain: spend.map(|_| scaled(0.31, more)),
        outcome,
    }
}

/// Television under review, demand as a condition, a joint effect of the two.
fn result() -> ScenarioResult {
    let reason = |code, message: &str| GateReason { code, message: message.to_owned() };
    let television = ScenarioItem {
        name: "tv".to_owned(),
        change: Change::Share(0.2),
        effect: effect(bounds(351_234.0, 210_500.0, 480_100.0), Some((1_234_567.0, 1_481_480.0))),
        subject: ScenarioSubject::Channel {
            gate: GateVerdict {
                gate: Gate::Review,
                reasons: vec![reason("lead_placebo", "the outcome knows its spend of the next four periods")],
            },
            carries: Vec::new(),
            carried_by: vec!["search".to_owned()],
        },
        outside: Some(OutsideObserved::Pressure { multiple: 1.2, least: 0.31, most: 1.18 }),
    };
    let demand = ScenarioItem {
        name: "market_demand".to_owned(),
        change: Change::Shift(-4.5),
        effect: effect(bounds(-120_000.0, -270_000.0, 31_000.0), None),
        subject: ScenarioSubject::Driver { role: Role::Confounder, mean_before: 101.23, mean_after: 96.73 },
        outside: Some(OutsideObserved::Values {
            least: 84.0,
            most: 121.5,
            reaches_down_to: 79.5,
            reaches_up_to: 117.0,
            share: 0.004,
        }),
    };
    ScenarioResult {
        model: "revenue_response".to_owned(),
        gate: GateVerdict { gate: Gate::Trusted, reasons: Vec::new() },
        start: fixtures::day("2011-01-03"),
        end: fixtures::day("2012-01-16"),
        periods: 54,
        units: Vec::new(),
        multiplicative: false,
        actual: 41_100_000.0,
        fitted: 41_000_000.0,
        worth: Some(0.31),
        items: vec![television, demand],
        joint: vec![("tv × market_demand".to_owned(), bounds(-9_100.0, -15_000.0, -3_000.0))],
        beyond_sum: None,
        total: ScenarioEffect {
            marginal_roas: None,
            ..effect(bounds(222_134.0, -20_000.0, 460_000.0), Some((1_234_567.0, 1_481_480.0)))
        },
        notes: vec!["3 of its cells have no outcome and are not fitted".to_owned()],
    }
}

fn written(result: &ScenarioResult, language: Language, width: usize) -> String {
    let (job, model) = (fixtures::bank_job(), sample::response_model());
    let inputs = ScenarioInputs { job: &job, model: &model, result, warnings: &[] };
    scenario(&inputs, language, width).expect("a page")
}

#[test]
fn a_scenario_in_english() {
    insta::assert_snapshot!(written(&result(), Language::En, 100));
}

#[test]
fn a_scenario_in_german() {
    insta::assert_snapshot!(written(&result(), Language::De, 100));
}

#[test]
fn a_lever_alone_in_one_unit_of_a_withheld_model_of_factors() {
    let mut result = result();
    result.gate = GateVerdict {
        gate: Gate::Withheld,
        reasons: vec![GateReason { code: "worse_than_naive", message: String::new() }],
    };
    result.multiplicative = true;
    result.units = vec!["north".to_owned(), "south".to_owned()];
    result.joint.clear();
    result.items.remove(0);
    result.items[0].outside = None;
    if let ScenarioSubject::Driver { role, .. } = &mut result.items[0].subject {
        *role = Role::Lever;
    }
    result.total = result.items[0].effect.clone();
    result.notes.clear();
    insta::assert_snapshot!(written(&result, Language::En, 70));
}

#[test]
fn lines_fit_in_both_languages() {
    for language in [Language::En, Language::De] {
        for width in [80, 100] {
            let page = written(&result(), language, width);
            let widest = page.lines().map(|line| line.chars().count()).max();
            assert!(widest.is_some_and(|widest| widest <= width), "{page}");
            assert!(!page.contains(['\t', '\u{1b}']), "{page}");
        }
    }
}
