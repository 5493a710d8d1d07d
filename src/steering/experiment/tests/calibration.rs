//! The noise is the true one, and tests show effects as often as plans say.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::super::TestPlan;
use super::world::{Company, World};

/// Four standard deviations of a measured standard deviation, as a share of it. Overlapping windows of white noise
/// are worth 1.5 times those that do not overlap (Bartlett: the squared correlations of sums over n periods add up to
/// 2n ÷ 3), and those of AR(1) noise at most (1 − φ²) ÷ (1 + φ²) times that.
fn tolerance(plan: &TestPlan, world: World) -> f64 {
    let square = world.autocorrelation.powi(2);
    let effective = 1.5 * plan.windows as f64 * (1.0 - square) / (1.0 + square);
    4.0 / (2.0 * effective).sqrt()
}

/// Compares a plan's noise with the truth, for durations of 2, 4 and 13 periods.
fn noise_is_true(world: World) {
    for periods in [2, 4, 13] {
        let plan = Company::of(world, 20_000, 7).only(periods..=periods, 1.0).plan().unwrap();
        let treated = plan.treated.len();
        let truth = world.variance(periods, treated, plan.comparison_weight).sqrt();
        let off = plan.standard_error / truth - 1.0;
        assert!(off.abs() < tolerance(&plan, world), "{world:?} over {periods}: off by {off}");
    }
}

#[test]
fn white_noise_grows_with_the_root_of_the_duration() {
    noise_is_true(World::WHITE);
    let plan = Company::of(World::WHITE, 20_000, 7).only(4..=4, 1.0).plan().unwrap();
    // σ √n √(treated + weight² × comparison) with a weight of nearly 0: units have nothing in common.
    assert!((plan.standard_error - 3.0 * 2.0 * 3.0_f64.sqrt()).abs() < 0.3, "{}", plan.standard_error);
    assert!(plan.comparison_weight.abs() < 4.0 / (1.5 * plan.windows as f64).sqrt());
}

#[test]
fn autocorrelation_is_in_the_noise() {
    let world = World { autocorrelation: 0.6, ..World::WHITE };
    noise_is_true(world);
    let error = |world| Company::of(world, 20_000, 7).only(13..=13, 1.0).plan().unwrap().standard_error;
    // For long windows the variance of sums grows by (1 + φ) ÷ (1 − φ) = 4; over 13 periods by 3.5.
    let ratio = error(world) / error(World::WHITE);
    assert!((ratio - 3.5_f64.sqrt()).abs() < 0.2, "{ratio}");
}

#[test]
fn shared_shocks_cancel() {
    let world = World { own: 1.0, shared: 10.0, ..World::WHITE };
    noise_is_true(world);
    let plan = Company::of(world, 20_000, 7).only(4..=4, 1.0).plan().unwrap();
    // Least squares: 3 × 3 × 100 ÷ (9 × 100 + 3 × 1). Its error is own noise ÷ shared shocks ÷ √windows.
    assert!((plan.comparison_weight - 900.0 / 903.0).abs() < 0.01, "{}", plan.comparison_weight);
    // A test in time keeps them: √(4 × (9 × 100 + 3)) instead of √(4 × 6).
    let alone = Company::of(World { units: 3, ..world }, 20_000, 7).only(4..=4, 1.0).plan().unwrap();
    assert!(alone.standard_error > 11.0 * plan.standard_error);
}

/// What `count` tests by a plan measure, as multiples of its standard error; fresh noise each.
fn measured(world: World, plan: &TestPlan, effect: f64, count: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let treated: Vec<bool> =
        (0..world.units).map(|unit| plan.treated.contains(&format!("unit {unit}"))).collect();
    let mut test = || {
        let sums = world.residuals(plan.periods, rng).into_iter().map(|series| series.iter().sum::<f64>());
        let parts = sums.zip(&treated).map(|(sum, on)| if *on { sum } else { -plan.comparison_weight * sum });
        (parts.sum::<f64>() - plan.usual + effect) / plan.standard_error
    };
    (0..count).map(|_| test()).collect()
}

/// The share of tests whose 90 % interval excludes 0.
fn shown(measured: &[f64], plan: &TestPlan) -> f64 {
    let critical = StudentsT::new(0.0, 1.0, plan.freedom).unwrap().inverse_cdf(0.95);
    measured.iter().filter(|t| t.abs() > critical).count() as f64 / measured.len() as f64
}

#[test]
fn tests_show_effects_as_often_as_plans_say() {
    let worlds = [
        World::WHITE,
        World { autocorrelation: 0.6, ..World::WHITE },
        World { own: 1.0, shared: 2.0, ..World::WHITE },
        World { units: 2, shared: 1.0, ..World::WHITE },
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for world in worlds {
        for effect in [0.0, 0.5, 1.0] {
            let mut company = Company::of(world, 10_000, 5).only(4..=4, 1.0);
            let plan = company.plan().unwrap();
            company.effect = effect * plan.detectable_effect / (4.0 * plan.treated.len() as f64);
            let plan = company.plan().unwrap();
            let found = shown(&measured(world, &plan, plan.expected_effect, 2000, &mut rng), &plan);
            // 2,000 tests leave .9 points of chance at .8, and 2,500 windows .8 to 1.2 by the standard error.
            assert!((found - plan.power).abs() < 0.03, "{world:?}: {found} against {}", plan.power);
        }
    }
}

/// Tests without effect that show one, each planned on a short history of its own.
fn false_alarms(world: World, periods: usize, windows: usize) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut alarm = || {
        let residuals = world.residuals(periods * windows, &mut rng);
        let plan = Company::with(residuals).only(periods..=periods, 1.0).plan().unwrap();
        shown(&measured(world, &plan, 0.0, 1, &mut rng), &plan)
    };
    (0..2000).map(|_| alarm()).sum::<f64>() / 2000.0
}

#[test]
fn short_histories_raise_few_false_alarms() {
    let shared = World { own: 1.0, shared: 2.0, ..World::WHITE };
    for world in [World::WHITE, shared, World { units: 1, ..World::WHITE }] {
        for (periods, windows) in [(2, 5), (4, 8), (4, 30)] {
            let found = false_alarms(world, periods, windows);
            // At most the nominal 10 % and three standard deviations (.7 points each) of 2,000 histories.
            assert!((0.03..0.12).contains(&found), "{world:?}, {windows} windows: {found}");
        }
    }
}
