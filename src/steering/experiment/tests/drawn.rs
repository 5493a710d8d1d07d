//! Tests case by case, run many times over in simulated companies: they find as often as they say.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Normal};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::super::{CaseNoise, CaseQuestion, CaseTest, plan_cases};

/// Repetitions of each test; a frequency is known to within .018 (4.5 standard errors at .8).
const REPEATED: usize = 10_000;
const TOLERANCE: f64 = 0.018;

/// The interval of 90 % about the difference of the two groups' means excludes 0.
fn is_found(test: &CaseTest, (treated, comparison): (f64, f64), variance: f64) -> bool {
    let (n, m) = (test.treated as f64, test.comparison as f64);
    let error = (variance * (1.0 / n + 1.0 / m)).sqrt();
    let critical = StudentsT::new(0.0, 1.0, n + m - 2.0).unwrap().inverse_cdf(0.95);
    (treated / n - comparison / m).abs() > critical * error
}

/// How often a test of shares finds `effect`.
fn found_in_shares(test: &CaseTest, rate: f64, effect: f64, rng: &mut ChaCha8Rng) -> f64 {
    let treated = Binomial::new(test.treated, rate + effect).unwrap();
    let comparison = Binomial::new(test.comparison, rate).unwrap();
    let found = (0..REPEATED).filter(|_| {
        let sums = (treated.sample(rng) as f64, comparison.sample(rng) as f64);
        let together = (sums.0 + sums.1) / (test.treated + test.comparison) as f64;
        is_found(test, sums, together * (1.0 - together))
    });
    found.count() as f64 / REPEATED as f64
}

/// How often a test of amounts finds `effect`: sums of cases are drawn, and the noise is known.
fn found_in_amounts(test: &CaseTest, spread: f64, effect: f64, rng: &mut ChaCha8Rng) -> f64 {
    let (n, m) = (test.treated as f64, test.comparison as f64);
    let treated = Normal::new(n * effect, n.sqrt() * spread).unwrap();
    let comparison = Normal::new(0.0, m.sqrt() * spread).unwrap();
    let found = (0..REPEATED)
        .filter(|_| is_found(test, (treated.sample(rng), comparison.sample(rng)), spread * spread));
    found.count() as f64 / REPEATED as f64
}

fn planned(noise: CaseNoise, expected: f64) -> CaseTest {
    plan_cases(&CaseQuestion { per_period: 250.0, noise, expected, durations: 2..=13 }).unwrap()
}

#[test]
fn tests_of_shares_find_as_often_as_they_say() {
    let mut rng = ChaCha8Rng::seed_from_u64(19);
    for (rate, effect) in [(0.12, 0.05), (0.3, -0.06), (0.5, 0.2), (0.05, 0.01)] {
        let test = planned(CaseNoise::Share(rate), effect);
        let found = found_in_shares(&test, rate, effect, &mut rng);
        // Counts are whole: the true level of the test is a little off, the more the smaller the group.
        assert!((found - test.power).abs() < TOLERANCE + 0.01, "{found} for {test:?}");
        let by_chance = found_in_shares(&test, rate, 0.0, &mut rng);
        assert!((by_chance - 0.1).abs() < TOLERANCE, "{by_chance} without an effect, {test:?}");
        let detectable = test.detectable.unwrap().copysign(effect);
        let found = found_in_shares(&test, rate, detectable, &mut rng);
        assert!((found - 0.8).abs() < TOLERANCE + 0.01, "{found} at the detectable effect, {test:?}");
    }
}

#[test]
fn tests_of_amounts_find_as_often_as_they_say() {
    let mut rng = ChaCha8Rng::seed_from_u64(23);
    for (spread, effect) in [(400.0, 60.0), (30.0, -12.0), (900.0, 20.0)] {
        let test = planned(CaseNoise::Spread(spread), effect);
        let found = found_in_amounts(&test, spread, effect, &mut rng);
        assert!((found - test.power).abs() < TOLERANCE, "{found} for {test:?}");
        let detectable = test.detectable.unwrap();
        let found = found_in_amounts(&test, spread, detectable, &mut rng);
        assert!((found - 0.8).abs() < TOLERANCE, "{found} at the detectable effect, {test:?}");
    }
}
