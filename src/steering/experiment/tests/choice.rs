//! Which test is planned, what it costs, and how noise, duration and strength move its power.

use super::super::{Direction, TestDesign, TestOptions};
use super::world::{Company, World};

fn company() -> Company {
    Company::of(World::WHITE, 400, 1)
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(1.0)
}

#[test]
fn twice_the_noise_doubles_the_detectable_effect() {
    let quiet = company().only(4..=4, 1.0);
    let mut loud = quiet.clone();
    loud.residuals.iter_mut().flatten().for_each(|value| *value *= 2.0);
    let (quiet, loud) = (quiet.plan().unwrap(), loud.plan().unwrap());
    assert!(near(loud.detectable_effect, 2.0 * quiet.detectable_effect));
    assert!(loud.power < quiet.power);
}

#[test]
fn longer_and_stronger_tests_have_more_power() {
    let power = |periods: usize, change: f64| {
        let mut company = company().only(periods..=periods, change);
        company.effect = 2.0;
        company.plan().unwrap().power
    };
    // With white noise the effect grows with n and its error with √n, which the history follows closely enough
    // when durations double.
    let longer = [2, 4, 8].map(|periods| power(periods, 1.0));
    assert!(longer.is_sorted() && longer[2] > longer[0] + 0.2, "{longer:?}");
    let stronger = [0.25, 0.5, 1.0, 2.0].map(|change| power(4, change));
    assert!(stronger.is_sorted() && stronger[3] > stronger[0] + 0.2, "{stronger:?}");
    assert!(near(power(4, -1.0), power(4, 1.0)), "the test is two-sided");
}

#[test]
fn the_least_risk_that_is_strong_enough_is_taken() {
    let mut company = company();
    company.direction = Some(Direction::More);
    let plan = company.plan().unwrap();
    assert!(!plan.is_underpowered && plan.power >= 0.8);
    for periods in 2..=13 {
        for change in [0.5, 1.0] {
            let other = company.clone().only(periods..=periods, change).plan().unwrap();
            let stays_behind = other.power < 0.8 || other.risk >= plan.risk - 1e-9;
            assert!(stays_behind, "{periods} periods at {change} risk {}", other.risk);
        }
    }
}

#[test]
fn of_equal_risks_the_shortest_is_taken() {
    let mut company = company();
    company.effect = 1e3;
    // 2 × 100 % and 4 × 50 % cost the same, and both show so large an effect.
    company.options = TestOptions { durations: 2..=4, changes: vec![1.0] };
    let strong = company.plan().unwrap();
    company.options = TestOptions { durations: 4..=4, changes: vec![0.5] };
    let weak = company.plan().unwrap();
    assert!(near(strong.risk, weak.risk) && strong.periods == 2);
    // A channel that nothing speaks for: a hold-out saves money for sure, so every one is free of risk.
    company.worth = Some(0.0);
    company.options = TestOptions { durations: 2..=4, changes: vec![-1.0, -0.5] };
    let plan = company.plan().unwrap();
    assert_eq!((plan.periods, plan.change, plan.risk), (2, -0.5, 0.0));
}

#[test]
fn rounding_breaks_no_tie() {
    let mut company = company();
    company.spend.fill(0.75);
    let weak = company.clone().only(8..=8, 0.3).plan().unwrap();
    // Just enough for 8 × 30 %, so that no shorter test of 30 % is strong enough.
    company.effect = 1.001 * weak.detectable_effect / (3.0 * 8.0 * 0.3);
    let strong = company.clone().only(3..=3, 0.8).plan().unwrap();
    assert!(weak.risk < strong.risk && near(weak.risk, strong.risk), "equal but for their binary form");
    company.options = TestOptions { durations: 3..=8, changes: vec![0.3, 0.8] };
    let plan = company.plan().unwrap();
    assert_eq!((plan.periods, plan.change), (3, 0.8));
}

#[test]
fn costs_of_more_spend() {
    let mut company = company().only(4..=4, 0.5);
    company.worth = Some(10.0);
    let plan = company.plan().unwrap();
    // Three treated units × 4 periods × half of 100; three × 4 × 2.5 of outcome at 10 each.
    assert!(near(plan.spend_change, 600.0) && near(plan.expected_effect, 30.0));
    assert!(near(plan.cost_if_right.unwrap(), 300.0) && near(plan.cost_if_no_effect, 600.0));
    assert!(near(plan.risk, 600.0), "the worse of the two: {}", plan.risk);
    company.worth = None;
    let plan = company.plan().unwrap();
    assert!(plan.cost_if_right.is_none() && near(plan.risk, 600.0));
}

#[test]
fn costs_of_holding_out() {
    let mut company = company().only(4..=4, -1.0);
    company.worth = Some(30.0);
    let plan = company.plan().unwrap();
    assert!(near(plan.spend_change, -1200.0) && near(plan.expected_effect, -60.0));
    // 60 × 30 of worth lost less the 1,200 saved; if the channel does nothing, these are won.
    assert!(near(plan.cost_if_right.unwrap(), 600.0) && near(plan.cost_if_no_effect, -1200.0));
    assert!(near(plan.risk, 600.0) && plan.detectable_effect > 0.0);
    company.worth = None;
    assert!(near(company.plan().unwrap().risk, 1200.0), "without a worth, the money that is moved");
}

#[test]
fn the_direction_is_kept() {
    for (direction, more) in [(Direction::More, true), (Direction::Less, false)] {
        let mut company = company();
        company.direction = Some(direction);
        assert_eq!(company.plan().unwrap().change > 0.0, more);
    }
}

#[test]
fn carry_over_delays_what_a_test_sees_but_not_what_it_costs() {
    let mut company = company().only(4..=4, 1.0);
    company.worth = Some(10.0);
    let at_once = company.plan().unwrap();
    company.felt = vec![0.5, 0.75];
    let delayed = company.plan().unwrap();
    assert!(near(delayed.expected_effect, at_once.expected_effect * 3.25 / 4.0));
    assert!(delayed.power < at_once.power && near(delayed.eventual_effect, at_once.expected_effect));
    assert_eq!(delayed.cost_if_right, at_once.cost_if_right);
    company.felt = vec![0.5, 0.75, 0.8, 0.9, 0.95, 1.0];
    let slow = company.plan().unwrap();
    assert!(near(slow.expected_effect, at_once.expected_effect * 2.95 / 4.0));
}

#[test]
fn where_no_test_is_strong_enough_the_strongest_is_shown_and_says_so() {
    let mut company = company();
    company.effect = 0.2;
    let plan = company.plan().unwrap();
    assert!(plan.is_underpowered && plan.power < 0.8);
    assert!(plan.detectable_effect > plan.expected_effect.abs());
    for periods in 2..=13 {
        assert!(company.clone().only(periods..=periods, 1.0).plan().unwrap().power <= plan.power);
    }
    company.effect = 0.0;
    assert!((company.plan().unwrap().power - 0.1).abs() < 1e-9, "nothing to show but false alarms");
}

#[test]
fn few_units_are_tested_in_time() {
    let plan = Company::of(World { units: 3, ..World::WHITE }, 400, 1).plan().unwrap();
    assert_eq!((plan.design, plan.treated.len()), (TestDesign::Time, 3));
    assert!(plan.comparison.is_empty() && plan.comparison_weight == 0.0);
    let plan = Company::of(World { units: 4, ..World::WHITE }, 400, 1).plan().unwrap();
    assert_eq!((plan.design, plan.treated.len(), plan.comparison.len()), (TestDesign::Split, 2, 2));
}
