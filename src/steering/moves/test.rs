//! The test that is due before a channel's budget is followed further.

use std::collections::BTreeMap;

use super::channel::performance;
use crate::models::result::ResponseResult;
use crate::steering::experiment::{TestOptions, TestPlan, TestQuestion, plan_test};
use crate::steering::past::residuals;
use crate::steering::result::{BudgetMove, BudgetPlan, ProposedTest};

/// Multiples of a channel's spend that its published curve knows and a test may try.
const CHANGES: [f64; 6] = [0.3, 0.5, 1.0, -0.3, -0.5, -1.0];

/// Plans the test of a channel whose move is to be tested; `None` where none is due, or where the history is too short
/// to know what a test would see.
pub(in crate::steering) fn test(
    budget: &BudgetPlan,
    result: &ResponseResult,
    of: &BudgetMove,
) -> Option<TestPlan> {
    if of.action != crate::domain::Action::Test {
        return None;
    }
    let units: Vec<String> =
        budget.rows.iter().filter(|row| row.channel == of.channel).map(|row| row.unit.clone()).collect();
    let periods = budget.periods.len().max(1) as f64;
    let rows = budget.rows.iter().filter(|row| row.channel == of.channel);
    let spend: Vec<f64> = rows.map(|row| row.current / periods).collect();
    let all: f64 = spend.iter().sum();
    let residuals = residuals(result, &units);
    let curve: BTreeMap<i64, f64> = result
        .curves
        .iter()
        .filter(|point| point.channel == of.channel)
        .map(|point| (percent(point.multiple), point.incremental_outcome.value))
        .collect();
    let fitted = fitted_periods(result);
    let now = curve.get(&100).copied()?;
    // A curve is about all units: each takes part by its spend.
    let expected = |unit: usize, change: f64| -> f64 {
        let then = curve.get(&percent(1.0 + change)).copied().unwrap_or(f64::NAN);
        (then - now) / fitted * spend[unit] / all.max(1e-9)
    };
    let known: Vec<f64> =
        CHANGES.into_iter().filter(|change| curve.contains_key(&percent(1.0 + change))).collect();
    let carried = performance(result, &of.channel).map_or(0.0, |known| known.carry_over_share.value);
    let question = TestQuestion {
        units: &units,
        spend: &spend,
        residuals: &residuals,
        expected: &expected,
        felt: &felt(carried),
        // Whether a channel works shows when there is more of it, and when there is none.
        direction: None,
        worth: worth(of),
    };
    plan_test(&question, &TestOptions { changes: known, ..TestOptions::default() }).ok()
}

/// What a unit of outcome is worth, as the plan has it.
fn worth(of: &BudgetMove) -> Option<f64> {
    let outcome = of.expected_outcome.value;
    (outcome.abs() > 1e-9).then(|| of.expected_worth / outcome)
}

/// Share of the full effect that is felt in each period of a test, where `carried` is felt after the period of the spend
/// and fades like a geometric series.
fn felt(carried: f64) -> Vec<f64> {
    let carried = carried.clamp(0.0, 0.95);
    (1..=13).map(|period: i32| 1.0 - carried.powi(period)).collect()
}

#[allow(clippy::cast_possible_truncation, reason = "multiples of spend are small")]
fn percent(multiple: f64) -> i64 {
    (100.0 * multiple).round() as i64
}

/// Number of periods that curves are about.
fn fitted_periods(result: &ResponseResult) -> f64 {
    let mut starts: Vec<_> = result.predictions.iter().map(|line| line.period_start).collect();
    starts.sort_unstable();
    starts.dedup();
    starts.len().max(1) as f64
}

/// The test as a row of its table.
pub(in crate::steering) fn proposed(id: &str, of: &BudgetMove, test: &TestPlan) -> ProposedTest {
    ProposedTest {
        recommendation_id: id.to_owned(),
        driver: of.channel.clone(),
        level: None,
        against: None,
        change: None,
        design: test.design,
        treated: test.treated.clone(),
        comparison: test.comparison.clone(),
        treated_cases: None,
        comparison_cases: None,
        periods: test.periods,
        spend_change: Some(test.change),
        extra_spend: Some(test.spend_change),
        expected_effect: test.expected_effect,
        detectable_effect: Some(test.detectable_effect),
        power: test.power,
        cost: Some(test.cost_if_right.unwrap_or(test.cost_if_no_effect)),
    }
}
