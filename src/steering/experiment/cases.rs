//! Tests in which chance decides case by case: how many cases, for how long, to see an effect of a driver.
//!
//! Where a model has one row per lead, contact or deal, the treated and the others come from the same periods, so
//! what happens to all of them cancels out, and the noise is that of single cases. The tests of shares follow Fleiss,
//! Levin and Paik, "Statistical Methods for Rates and Proportions", 3rd ed. 2003, 4.2, without correction for continuity:
//! pooled noise decides whether an effect is called one, the noise of both groups how often that happens.

use std::ops::RangeInclusive;

use super::power::{Critical, WANTED_POWER};

/// Parts of the cases that a test may treat, the smallest first.
const SHARES: [f64; 3] = [0.1, 0.25, 0.5];
/// Fewest successes and failures that each group must expect, so that sums are near enough to normal; the same for the
/// cases of an amount.
const FEWEST: f64 = 5.0;
/// Fewest cases of an amount in each group.
const FEWEST_AMOUNTS: f64 = 10.0;
/// Halvings in the search for the detectable effect: far below what is shown.
const HALVINGS: usize = 60;

/// Cases as they come in, and what the model expects of the driver.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseQuestion {
    /// Cases per period, above 0.
    pub per_period: f64,
    /// How cases differ without the test.
    pub noise: CaseNoise,
    /// Effect on one case: in probability for shares, in the unit of the outcome for amounts. Not 0.
    pub expected: f64,
    /// Periods that the test may last, from at least 1.
    pub durations: RangeInclusive<usize>,
}

/// How cases differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CaseNoise {
    /// Yes or no, with this share of yes, inside 0 to 1.
    Share(f64),
    /// An amount with this standard deviation, above 0.
    Spread(f64),
}

/// A test case by case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseTest {
    /// How many periods it lasts.
    pub periods: usize,
    /// Part of the cases that is treated, 0 to 1.
    pub share: f64,
    /// Cases that are treated.
    pub treated: u64,
    /// Cases that stay as they are.
    pub comparison: u64,
    /// Effect on one case that the model expects.
    pub expected: f64,
    /// Size of an effect on one case, above 0, that is found with [`WANTED_POWER`]; `None` where even the largest
    /// possible one is not.
    pub detectable: Option<f64>,
    /// Probability, 0 to 1, of finding the expected effect.
    pub power: f64,
    /// Whether no allowed test reaches [`WANTED_POWER`]: this one is then the longest.
    pub is_underpowered: bool,
}

impl CaseTest {
    /// Effect over all treated cases that the model expects.
    #[must_use]
    pub fn expected_in_all(&self) -> f64 {
        self.expected * self.treated as f64
    }
}

/// Plans the shortest test that finds the expected effect with [`WANTED_POWER`], and treats as few cases as that takes.
///
/// If there is none, the longest with half of the cases, and it says so. `None` where the figures
/// leave nothing to plan: no cases, no noise, an effect of 0, or too few cases for sums to be near normal.
#[must_use]
pub fn plan_cases(question: &CaseQuestion) -> Option<CaseTest> {
    let is_sound = match question.noise {
        CaseNoise::Share(share) => share > 0.0 && share < 1.0,
        CaseNoise::Spread(spread) => spread > 0.0 && spread.is_finite(),
    };
    let per_period = question.per_period;
    if !(is_sound && per_period > 0.0 && per_period.is_finite()) || question.expected == 0.0 {
        return None;
    }
    let mut longest = None;
    for periods in question.durations.clone() {
        for share in SHARES {
            let cases = (per_period * periods as f64).floor();
            let treated = (cases * share).floor();
            let groups = Groups { treated, comparison: cases - treated, noise: question.noise };
            let Some(test) = groups.test(question.expected, periods, share) else { continue };
            if !test.is_underpowered {
                return Some(test);
            }
            longest = Some(test);
        }
    }
    longest
}

/// Two groups of cases.
struct Groups {
    treated: f64,
    comparison: f64,
    noise: CaseNoise,
}

impl Groups {
    /// None where a group is too small.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers above 0")]
    fn test(&self, expected: f64, periods: usize, share: f64) -> Option<CaseTest> {
        let smallest = self.treated.min(self.comparison);
        let is_enough = match self.noise {
            CaseNoise::Share(rate) => {
                let after = (rate + expected).clamp(0.0, 1.0);
                let rarest = [rate, 1.0 - rate, after, 1.0 - after].into_iter().fold(f64::INFINITY, f64::min);
                // A driver that makes every case a success cannot be counted in failures.
                smallest * if rarest > 0.0 { rarest } else { rate.min(1.0 - rate) } >= FEWEST
            }
            CaseNoise::Spread(_) => smallest >= FEWEST_AMOUNTS,
        };
        if !is_enough {
            return None;
        }
        let critical = Critical::of(self.treated + self.comparison - 2.0)?;
        let power = self.power(&critical, expected);
        Some(CaseTest {
            periods,
            share,
            treated: self.treated as u64,
            comparison: self.comparison as u64,
            expected,
            detectable: self.detectable(&critical, expected),
            power,
            is_underpowered: power < WANTED_POWER,
        })
    }

    /// Probability that an effect of this size on one case is found.
    fn power(&self, critical: &Critical, effect: f64) -> f64 {
        let (by_chance, as_it_is) = self.errors(effect);
        critical.exceeds(effect.abs(), by_chance, as_it_is)
    }

    /// Standard errors of the difference of means: if the driver did nothing, and with `effect`.
    fn errors(&self, effect: f64) -> (f64, f64) {
        let over =
            |treated: f64, comparison: f64| (treated / self.treated + comparison / self.comparison).sqrt();
        match self.noise {
            CaseNoise::Spread(spread) => {
                let error = over(spread * spread, spread * spread);
                (error, error)
            }
            CaseNoise::Share(rate) => {
                let variance = |rate: f64| rate * (1.0 - rate);
                let after = (rate + effect).clamp(0.0, 1.0);
                let together =
                    (after * self.treated + rate * self.comparison) / (self.treated + self.comparison);
                (over(variance(together), variance(together)), over(variance(after), variance(rate)))
            }
        }
    }

    /// The effect in the direction of `expected` that is found with the wanted power.
    fn detectable(&self, critical: &Critical, expected: f64) -> Option<f64> {
        let largest = match self.noise {
            CaseNoise::Share(rate) if expected > 0.0 => 1.0 - rate,
            CaseNoise::Share(rate) => rate,
            // With equal noise in both groups two quantiles make up the distance.
            CaseNoise::Spread(_) => return Some(critical.distance() * self.errors(0.0).0),
        };
        let sign = expected.signum();
        if self.power(critical, sign * largest) < WANTED_POWER {
            return None;
        }
        let (mut below, mut above) = (0.0, largest);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(below, above);
            if self.power(critical, sign * middle) < WANTED_POWER { below = middle } else { above = middle }
        }
        Some(above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(per_period: f64, noise: CaseNoise, expected: f64) -> CaseQuestion {
        CaseQuestion { per_period, noise, expected, durations: 2..=13 }
    }

    /// Fleiss, Levin and Paik 2003, table A.4: 76 cases per group find .5 against .75 with a power of 90 % at 5 %; the
    /// same as R's `power.prop.test(p1 = .50, p2 = .75, power = .90)`, 76.7. At 50 cases it gives .740.
    #[test]
    fn shares_agree_with_published_sample_sizes() {
        let critical = Critical::at(0.95, 1e7).unwrap();
        let power = |cases: f64| {
            Groups { treated: cases, comparison: cases, noise: CaseNoise::Share(0.5) }.power(&critical, 0.25)
        };
        assert!((power(50.0) - 0.740).abs() < 5e-4, "{}", power(50.0));
        assert!(power(76.0) < 0.9 && power(77.0) > 0.9);
    }

    /// R's `power.t.test(n = 20, delta = 1, sd = 1)` gives .869 with the noncentral t; moving the quantiles of the
    /// central one says up to 1 point less.
    #[test]
    fn amounts_agree_with_published_power() {
        let critical = Critical::at(0.95, 38.0).unwrap();
        let groups = Groups { treated: 20.0, comparison: 20.0, noise: CaseNoise::Spread(1.0) };
        assert!((groups.power(&critical, 1.0) - 0.869).abs() < 0.01);
    }

    #[test]
    fn the_shortest_test_is_taken_and_then_the_fewest_cases() {
        let test = plan_cases(&question(400.0, CaseNoise::Share(0.2), 0.06)).unwrap();
        assert!(!test.is_underpowered && test.power >= WANTED_POWER);
        for (periods, share) in [(test.periods - 1, 0.5), (test.periods, test.share / 2.0)] {
            let cases = (400.0 * periods as f64).floor();
            let treated = (cases * share).floor();
            let groups = Groups { treated, comparison: cases - treated, noise: CaseNoise::Share(0.2) };
            let weaker = groups.test(0.06, periods, share).unwrap();
            assert!(weaker.is_underpowered, "{periods} periods with {share} would do: {weaker:?}");
        }
    }

    #[test]
    fn what_is_detectable_has_the_wanted_power() {
        for (noise, expected) in
            [(CaseNoise::Share(0.1), 0.03), (CaseNoise::Share(0.3), -0.05), (CaseNoise::Spread(40.0), -9.0)]
        {
            let test = plan_cases(&question(150.0, noise, expected)).unwrap();
            let groups = Groups { treated: test.treated as f64, comparison: test.comparison as f64, noise };
            let critical = Critical::of(groups.treated + groups.comparison - 2.0).unwrap();
            let power = groups.power(&critical, test.detectable.unwrap().copysign(expected));
            // The tail on the wrong side adds next to nothing.
            assert!((power - WANTED_POWER).abs() < 1e-3, "{noise:?}: {power}");
        }
    }

    #[test]
    fn what_cannot_be_found_is_said_so() {
        let test = plan_cases(&question(300.0, CaseNoise::Share(0.02), 0.001)).unwrap();
        assert!(test.is_underpowered && (test.periods, test.share) == (13, 0.5));
        // Of 3 % no more than 3 points can be lost, and 400 cases in two groups do not show even that.
        let groups = Groups { treated: 200.0, comparison: 200.0, noise: CaseNoise::Share(0.03) };
        let critical = Critical::of(398.0).unwrap();
        assert!(groups.power(&critical, -0.03) < WANTED_POWER);
        assert_eq!(groups.detectable(&critical, -0.01), None);
        assert!(groups.detectable(&critical, 0.01).is_some(), "upwards there is room");
    }

    #[test]
    fn nothing_is_planned_out_of_nothing() {
        for (per_period, noise, expected) in [
            (0.0, CaseNoise::Share(0.2), 0.1),
            (f64::NAN, CaseNoise::Share(0.2), 0.1),
            (50.0, CaseNoise::Share(0.0), 0.1),
            (50.0, CaseNoise::Share(1.0), -0.1),
            (50.0, CaseNoise::Spread(0.0), 0.1),
            (50.0, CaseNoise::Spread(3.0), 0.0),
            (0.5, CaseNoise::Spread(3.0), 1.0),
        ] {
            assert_eq!(plan_cases(&question(per_period, noise, expected)), None);
        }
    }

    #[test]
    fn more_noise_or_a_smaller_effect_never_makes_a_test_shorter() {
        let cases = |spread: f64, expected: f64| {
            let test = plan_cases(&question(80.0, CaseNoise::Spread(spread), expected)).unwrap();
            (test.periods, test.treated)
        };
        let mut last = (0, 0);
        for spread in [5.0, 10.0, 15.0, 20.0, 25.0] {
            let now = cases(spread, 3.0);
            assert!(now.0 >= last.0, "{last:?} then {now:?}");
            assert!(cases(spread, 2.0).0 >= now.0);
            last = now;
        }
    }
}
