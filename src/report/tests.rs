//! Whole summaries as people read them.

use crate::config::job::{Job, Model};
use crate::domain::{Estimate, Gate, Language};
use crate::kpis::result::{CellMember, KpiValue};
use crate::models::result::{
    GateReason, GateVerdict, ModelChange, ModelResults, OutcomeResult, QualityMetric, ResponseResult, sample,
};
use crate::steering::fixtures::{self, day};
use crate::steering::result::SteeringPlan;
use crate::steering::{Since, recommend};

use super::{SourceRows, SummaryInputs, summary};

fn value(kpi: &str, start: &str, figures: (Option<f64>, Option<f64>, Option<f64>)) -> KpiValue {
    KpiValue {
        kpi: kpi.to_owned(),
        period_start: day(start),
        cell: Vec::new(),
        value: figures.0,
        numerator: None,
        denominator: None,
        previous_period: figures.1,
        previous_year: figures.2,
    }
}

fn bike_kpis() -> Vec<KpiValue> {
    let mut values = vec![
        value("rentals", "2012-12-17", (Some(25_100.0), None, None)),
        value("rentals", "2012-12-24", (Some(12_345.0), Some(25_100.0), Some(11_902.0))),
        value("casual_share", "2012-12-24", (Some(0.1823), Some(0.0961), Some(0.1822))),
    ];
    let cell = vec![CellMember { dimension: "season".to_owned(), member: "winter".to_owned() }];
    values.push(KpiValue { cell, ..value("rentals", "2012-12-31", (Some(1.0), None, None)) });
    values
}

fn rows(job: &Job, counts: &[Option<u64>]) -> Vec<SourceRows> {
    let each = job.sources.iter().zip(counts);
    each.map(|(source, rows)| SourceRows { source: source.name.clone(), rows: *rows }).collect()
}

fn bike(result: OutcomeResult, language: Language, width: usize) -> String {
    let job = fixtures::bike_job();
    let window = fixtures::bike_window(&job);
    let models = ModelResults { outcome: vec![result], ..ModelResults::default() };
    let plan = recommend(&job, &models, None, &[], &Since::new(), window).expect("a plan");
    let inputs = SummaryInputs {
        job: &job,
        window,
        sources: &rows(&job, &[Some(731), Some(731), Some(1_462)]),
        kpis: &bike_kpis(),
        models: &models,
        plan: &plan,
        warnings: &[],
        target: "./marts/bike_sharing/",
        job_path: "jobs/examples/bike_sharing.yaml",
        program: "trichter",
    };
    summary(&inputs, language, width).expect("a summary").replace('\u{a0}', "~")
}

fn bank(language: Language) -> String {
    let job = fixtures::bank_job();
    let window = fixtures::bank_window(&job);
    let models = ModelResults { outcome: vec![fixtures::bank_result()], ..ModelResults::default() };
    let plan = recommend(&job, &models, None, &[], &Since::new(), window).expect("a plan");
    let inputs = SummaryInputs {
        job: &job,
        window,
        sources: &rows(&job, &[Some(41_188), None]),
        kpis: &[value("success_rate", "2010-10-01", (Some(0.4433), Some(0.4561), None))],
        models: &models,
        plan: &plan,
        warnings: &["source `economy` is 40 days old at the window's end".to_owned()],
        target: "s3://marts/bank_marketing/",
        job_path: "jobs/examples/bank_marketing.yaml",
        program: "trichter",
    };
    summary(&inputs, language, 100).expect("a summary").replace('\u{a0}', "~")
}

#[test]
fn an_amount_in_english() {
    insta::assert_snapshot!(bike(fixtures::bike_result(), Language::En, 100));
}

#[test]
fn an_amount_in_german() {
    insta::assert_snapshot!(bike(fixtures::bike_result(), Language::De, 100));
}

#[test]
fn a_withheld_model_on_a_narrow_terminal() {
    insta::assert_snapshot!(bike(fixtures::withheld_result(), Language::En, 60));
}

#[test]
fn a_yes_no_outcome_under_review_in_english() {
    insta::assert_snapshot!(bank(Language::En));
}

#[test]
fn a_yes_no_outcome_under_review_in_german() {
    insta::assert_snapshot!(bank(Language::De));
}

#[test]
fn no_line_is_wider_than_asked_for() {
    for width in [0, 60, 80, 100, 500] {
        for language in [Language::De, Language::En] {
            let outcome = bike(fixtures::bike_result(), language, width);
            let text = outcome + &revenue(sample::response_result(), language, width);
            let wrapped = text.lines().filter(|line| !line.starts_with("  $ "));
            let longest = wrapped.map(|line| line.chars().count()).max();
            assert!(longest <= Some(width.clamp(60, 100)), "{width} {language:?}\n{text}");
            assert!(!text.contains('\u{1b}') && !text.contains('\t'));
        }
    }
}

#[test]
fn a_run_with_nothing_to_tell_has_a_summary_too() {
    let mut job = fixtures::bike_job();
    job.steering = None;
    let inputs = SummaryInputs {
        job: &job,
        window: fixtures::bike_window(&job),
        sources: &[],
        kpis: &[],
        models: &ModelResults::default(),
        plan: &SteeringPlan::default(),
        warnings: &[],
        target: "./marts/",
        job_path: "job.yaml",
        program: "trichter",
    };
    insta::assert_snapshot!(summary(&inputs, Language::En, 100).expect("a summary").replace('\u{a0}', "~"));
}

fn revenue(result: ResponseResult, language: Language, width: usize) -> String {
    let mut job = fixtures::bank_job();
    job.models = vec![Model::Response(sample::response_model())];
    job.steering = None;
    let models = ModelResults { response: vec![result], ..ModelResults::default() };
    let inputs = SummaryInputs {
        job: &job,
        window: fixtures::bank_window(&job),
        sources: &[],
        kpis: &[],
        models: &models,
        plan: &SteeringPlan::default(),
        warnings: &[],
        target: "./marts/",
        job_path: "job.yaml",
        program: "trichter",
    };
    summary(&inputs, language, width).expect("a summary").replace('\u{a0}', "~")
}

#[test]
fn a_response_in_english() {
    insta::assert_snapshot!(revenue(sample::response_result(), Language::En, 100));
}

#[test]
fn a_response_in_german() {
    insta::assert_snapshot!(revenue(sample::response_result(), Language::De, 100));
}

#[test]
fn a_withheld_response_shows_no_returns() {
    let mut result = sample::response_result();
    result.gate = GateVerdict {
        gate: Gate::Withheld,
        reasons: vec![GateReason { code: "worse_than_naive", message: "RMSE 9100 against 8500".to_owned() }],
    };
    let own = |metric: &&mut QualityMetric| metric.metric == "rmse" && metric.variant == "model";
    result.quality.iter_mut().filter(own).for_each(|metric| metric.value = 9_100.0);
    insta::assert_snapshot!(revenue(result, Language::En, 60));
}

/// What moved since the week before: television by new data, market demand by another configuration, search within
/// its interval, radio although its gate withholds its figures.
fn moved() -> Vec<ModelChange> {
    let change = |quantity: &str, previous: f64, current: Estimate, parts: [Option<f64>; 3]| ModelChange {
        model: "revenue_response".to_owned(),
        quantity: quantity.to_owned(),
        previous_as_of: day("2010-10-01"),
        previous: Estimate::with_bounds(previous, previous / 2.0, previous * 2.0, 0.9),
        current,
        from_data: parts[0],
        from_configuration: parts[1],
        from_sampling: parts[2],
    };
    let tv = || Estimate::with_bounds(3.2, 1.9, 4.4, 0.9);
    let demand = Estimate::with_bounds(24_000.0, 20_000.0, 28_000.0, 0.9);
    let share = Estimate::with_bounds(0.096, 0.057, 0.132, 0.9);
    vec![
        change("roas:tv", 4.6, tv(), [Some(-1.3), Some(0.0), Some(-0.1)]),
        change("mroas:tv", 4.6, tv(), [Some(-1.3), Some(0.0), Some(-0.1)]),
        change("outcome_share:newsletter", 0.21, share, [None, None, Some(0.0)]),
        change(
            "roas:search",
            4.9,
            Estimate::with_bounds(5.1, 3.1, 7.2, 0.9),
            [Some(0.2), Some(0.0), Some(0.0)],
        ),
        change("roas:radio", 9.0, tv(), [Some(-5.8), Some(0.0), Some(0.0)]),
        change("effect:market_demand", 12_000.0, demand, [Some(-2_000.0), Some(14_000.0), Some(0.0)]),
    ]
}

fn revenue_moved(language: Language) -> String {
    let mut job = fixtures::bank_job();
    job.models = vec![Model::Response(sample::response_model())];
    job.steering = None;
    let response = vec![sample::response_result()];
    let models = ModelResults { response, changes: moved(), ..ModelResults::default() };
    let inputs = SummaryInputs {
        job: &job,
        window: fixtures::bank_window(&job),
        sources: &[],
        kpis: &[],
        models: &models,
        plan: &SteeringPlan::default(),
        warnings: &[],
        target: "./marts/",
        job_path: "job.yaml",
        program: "trichter",
    };
    let text = summary(&inputs, language, 100).expect("a summary").replace('\u{a0}', "~");
    // What stands before is shown in full elsewhere.
    let start = text.find("  What moved").or_else(|| text.find("  Was sich")).expect("something moved");
    let end = text.find("WHAT TO DO").or_else(|| text.find("WAS ZU TUN IST")).expect("the next part");
    text[start..end].to_owned()
}

#[test]
fn what_moved_is_told_with_its_cause_in_both_languages() {
    insta::assert_snapshot!(revenue_moved(Language::En) + &revenue_moved(Language::De));
}
