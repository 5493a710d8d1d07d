//! What people read: snapshots of every text, and random results that no text may break on.

use super::*;
use crate::config::job::{Job, Model, Success};
use crate::domain::{Evidence, LocalText};
use crate::models::result::{ModelResults, OutcomeResult};
use crate::steering::result::{Recommendation, SteeringPlan};

fn plan(job: &Job, result: OutcomeResult) -> SteeringPlan {
    let window =
        if job.name == "bike_sharing" { fixtures::bike_window(job) } else { fixtures::bank_window(job) };
    let models = ModelResults { outcome: vec![result], ..ModelResults::default() };
    recommend(job, &models, None, &Since::new(), window).expect("a plan")
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
    let error = recommend(&job, &ModelResults::default(), None, &Since::new(), fixtures::bike_window(&job))
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
