//! What people read: snapshots of every text, and random results that no text may break on.

use std::collections::BTreeMap;

use super::budget::tests as budget;
use super::*;
use crate::config::job::{Briefed, Job, Model, Success};
use crate::domain::{Evidence, Gate, Language, LocalText};
use crate::models::result::{ModelResults, OutcomeResult, PanelPrediction};
use crate::steering::result::{Recommendation, SteeringPlan};

fn plan(job: &Job, result: OutcomeResult) -> SteeringPlan {
    let window =
        if job.name == "bike_sharing" { fixtures::bike_window(job) } else { fixtures::bank_window(job) };
    let models = ModelResults { outcome: vec![result], ..ModelResults::default() };
    recommend(job, &models, None, &[], &Since::new(), window).expect("a plan")
}

fn page(plan: &SteeringPlan) -> String {
    let entry = |row: &Recommendation| {
        format!(
            "[{} {} {} {} until {}] {}\n{}\n",
            row.rank,
            row.language.code(),
            row.action,
            row.driver.as_deref().unwrap_or("-"),
            row.valid_until,
            row.headline,
            row.reason,
        )
    };
    plan.recommendations.iter().map(entry).collect::<Vec<_>>().join("\n").replace('\u{a0}', "~")
}

#[test]
fn conditions_are_to_be_watched() {
    insta::assert_snapshot!(page(&plan(&fixtures::bike_job(), fixtures::bike_result())));
}

#[test]
fn levers_are_to_be_tested_and_a_gate_under_review_says_so() {
    insta::assert_snapshot!(page(&plan(&fixtures::bank_job(), fixtures::bank_result())));
}

#[test]
fn headlines_begin_with_a_capital() {
    let mut job = fixtures::bank_job();
    let Some(Model::Outcome(model)) = job.models.first_mut() else { panic!("no outcome model") };
    for driver in &mut model.drivers {
        driver.label = LocalText::same("own prices");
    }
    for row in plan(&job, fixtures::bank_result()).recommendations {
        assert!(row.headline.starts_with(char::is_uppercase), "{}", row.headline);
    }
}

#[test]
fn a_withheld_gate_leaves_only_keep() {
    insta::assert_snapshot!(page(&plan(&fixtures::bike_job(), fixtures::withheld_result())));
}

#[test]
fn where_nothing_holds_things_are_kept() {
    insta::assert_snapshot!(page(&plan(&fixtures::bike_job(), fixtures::silent_result())));
}

#[test]
fn groups_money_and_experiments_have_their_own_words() {
    let (mut job, mut result) = (fixtures::bike_job(), fixtures::bike_result());
    let Some(Model::Outcome(model)) = job.models.first_mut() else { panic!("no outcome model") };
    model.success = Success::Amount { column: "revenue".to_owned(), unit: "USD".to_owned() };
    result.importance[0].group = "weather".to_owned();
    result.importance[0].drivers = vec!["temperature".to_owned(), "humidity".to_owned()];
    result.effects.retain(|row| row.driver == "temperature" || row.driver == "humidity");
    result.effects[0].evidence = Evidence::Calibrated;
    result.effects[1].evidence = Evidence::Experiment;
    insta::assert_snapshot!(page(&plan(&job, result)));
}

#[test]
fn without_steering_there_is_no_plan() {
    let mut job = fixtures::bike_job();
    job.steering = None;
    assert_eq!(plan(&job, fixtures::bike_result()), SteeringPlan::default());
}

#[test]
fn a_model_without_a_result_is_an_error() {
    let job = fixtures::bike_job();
    let error =
        recommend(&job, &ModelResults::default(), None, &[], &Since::new(), fixtures::bike_window(&job))
            .expect_err("no result");
    assert_eq!(
        error.to_string(),
        "recommendations come from model `daily_demand`, but it has no result in this run"
    );
}

#[test]
fn a_model_that_serves_two_decisions_advises_both() {
    let mut job = fixtures::bike_job();
    job.kpis[0].decisions.push("casual_campaign".to_owned());
    let plan = plan(&job, fixtures::bike_result());
    let ids: std::collections::BTreeSet<_> =
        plan.recommendations.iter().map(|row| &row.recommendation_id).collect();
    assert_eq!((plan.recommendations.len(), ids.len()), (16, 8));
    let second = &plan.recommendations[8];
    assert_eq!((second.recipient.as_str(), second.rank), ("head_of_marketing", 1));
    assert_eq!(second.valid_until, fixtures::day("2013-01-31"), "one month after the window");
}

/// A plan for two regions with three channels: television is doubted, radio may bring nothing, search works.
fn money() -> (Job, ModelResults, SteeringPlan) {
    let mut job = budget::job(budget::budgets());
    if let Some(steering) = &mut job.steering {
        steering.briefings = Briefed { units: true, agencies: true };
    }
    let question = budget::question(&job, budget::cells());
    let curves = budget::curves(&question, budget::by_channel);
    let mut result = budget::result();
    budget::doubt(&mut result, "tv", Gate::Review, "fragile");
    budget::doubt(&mut result, "radio", Gate::Review, "may_bring_nothing");
    // A year and a half of weeks with noise that repeats itself after 89 of them.
    let line = result.predictions[0].clone();
    result.predictions = (0..78_u32)
        .flat_map(|week| ["north", "south"].map(|unit| (week, unit)))
        .map(|(week, unit)| {
            let noise = f64::from((week * 34 + if unit == "north" { 0 } else { 13 }) % 89) - 44.0;
            PanelPrediction {
                unit: unit.to_owned(),
                period_start: fixtures::day("2011-07-04") + chrono::Days::new(7 * u64::from(week)),
                actual: line.fitted + 10.0 * noise,
                out_of_sample: None,
                ..line.clone()
            }
        })
        .collect();
    let plan =
        super::budget::plan(&job, &question, &curves, &result, Some(1.0), &BTreeMap::new()).expect("a plan");
    let models = ModelResults { response: vec![result], ..ModelResults::default() };
    let window = fixtures::bike_window(&job);
    let plan = recommend(&job, &models, Some(plan), &[], &Since::new(), window).expect("advice");
    (job, models, plan)
}

#[test]
fn money_moves_in_words_and_doubts_become_tests() {
    let (_, _, plan) = money();
    insta::assert_snapshot!(page(&plan));
    // What is said of channels sums to what is said of the plan.
    let summary = plan.budget.as_ref().map(|budget| budget.summary.expected_gain.value);
    let advised: f64 = plan
        .recommendations
        .iter()
        .filter(|row| row.language == Language::En)
        .filter_map(|row| row.expected_worth)
        .sum();
    assert!((summary.expect("a plan") - advised).abs() < 1e-6);
    assert_eq!(plan.tests.len(), 1, "television is to be tested");
}

#[test]
fn briefings_read_as_pages_in_both_languages() {
    let (job, models, plan) = money();
    let pages = brief(&job, &plan, &models, &[]).expect("pages");
    // Two units and an agency, in two languages.
    assert_eq!(pages.len(), 6);
    let of = |name: &str| -> String {
        let pages = pages.iter().filter(|page| page.name == name).map(|page| page.markdown.as_str());
        pages.collect::<Vec<_>>().join("\n=====\n\n").replace('\u{a0}', "~")
    };
    insta::assert_snapshot!("a_unit_is_briefed", of("north"));
    insta::assert_snapshot!("an_agency_is_briefed", of("northlight"));
}

#[test]
fn advice_that_was_given_before_says_since_when() {
    let (job, models, plan) = money();
    let id = plan.recommendations[0].recommendation_id.clone();
    let since = Since::from([(id.clone(), fixtures::day("2012-06-04"))]);
    let window = fixtures::bike_window(&job);
    let again = recommend(&job, &models, plan.budget.clone(), &[], &since, window).expect("advice");
    for row in &again.recommendations {
        let expected = if row.recommendation_id == id { fixtures::day("2012-06-04") } else { window.end() };
        assert_eq!(row.since, expected, "{}", row.headline);
    }
}
