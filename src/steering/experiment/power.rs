//! How likely a test shows an effect, and which effect it shows likely enough.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::noise::Noise;

/// Level of the two-sided interval that has to exclude 0: 90 %, as of all intervals of the product, so that a test
/// that is called a success is one whose published interval says so. It is a test at 10 %.
pub const INTERVAL_LEVEL: f64 = 0.9;
/// Power that makes a test worth running: four of five tests of a real effect show it, by convention (Cohen 1988).
pub const WANTED_POWER: f64 = 0.8;

/// What a test with this noise can show.
#[derive(Debug)]
pub(super) struct Sharpness {
    standard_error: f64,
    critical: Critical,
}

impl Sharpness {
    /// None where the noise has no degrees of freedom.
    pub(super) fn of(noise: &Noise) -> Option<Self> {
        Some(Self { standard_error: noise.standard_error, critical: Critical::of(noise.freedom)? })
    }

    /// The probability that the interval about the measured effect excludes 0 when the true one is `effect`.
    pub(super) fn power(&self, effect: f64) -> f64 {
        self.critical.exceeds(effect, self.standard_error, self.standard_error)
    }

    /// The effect that is shown with [`WANTED_POWER`], above 0.
    ///
    /// Leaves out the tail on the wrong side, so its power is a hair above.
    pub(super) fn detectable(&self) -> f64 {
        self.critical.distance() * self.standard_error
    }
}

/// Degrees of freedom that are told apart.
const MOST_FREEDOM: f64 = 1e5;

/// How far from 0 an interval must lie to exclude it.
#[derive(Debug)]
pub(super) struct Critical {
    value: f64,
    distribution: StudentsT,
}

impl Critical {
    /// That of an interval of [`INTERVAL_LEVEL`]; none without degrees of freedom.
    pub(super) fn of(freedom: f64) -> Option<Self> {
        Self::at(INTERVAL_LEVEL, freedom)
    }

    /// That of an interval of another level.
    pub(super) fn at(level: f64, freedom: f64) -> Option<Self> {
        // Beyond, t is the normal distribution to five digits, and its quantiles are no longer computed well.
        let distribution = StudentsT::new(0.0, 1.0, freedom.min(MOST_FREEDOM)).ok()?;
        let value = distribution.inverse_cdf(f64::midpoint(1.0, level));
        Some(Self { value, distribution })
    }

    /// The probability that what is measured of `effect` lies further from 0 than chance would have it: `by_chance` is
    /// its standard error without an effect, `as_it_is` with it.
    ///
    /// Both tails, with the quantiles of Student's t moved by the effect (Bloom 1995). Against the noncentral t this
    /// says up to 6 points too little in the middle with 5 windows, 2 with 12, and less than 1 at the wanted power.
    pub(super) fn exceeds(&self, effect: f64, by_chance: f64, as_it_is: f64) -> f64 {
        let bar = self.value * by_chance;
        self.distribution.cdf((effect - bar) / as_it_is) + self.distribution.cdf((-effect - bar) / as_it_is)
    }

    /// Standard errors between 0 and the effect that is shown with [`WANTED_POWER`].
    pub(super) fn distance(&self) -> f64 {
        self.value + self.distribution.inverse_cdf(WANTED_POWER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sharpness(standard_error: f64, freedom: f64) -> Sharpness {
        Sharpness::of(&Noise { standard_error, weight: 0.0, usual: 0.0, windows: 5, freedom }).unwrap()
    }

    #[test]
    fn the_detectable_effect_is_the_sum_of_two_quantiles() {
        // Tables of Student's t: 2.1318 + 0.9410 for 4 degrees of freedom, four digits.
        assert!((sharpness(10.0, 4.0).detectable() - 30.728).abs() < 2e-3);
        // Of the normal distribution: 1.6449 + 0.8416; t comes within 1 ÷ freedom of it.
        assert!((sharpness(1.0, 1e5).detectable() - 2.4865).abs() < 2e-4);
    }

    #[test]
    fn power_starts_at_the_size_and_grows_with_the_effect() {
        let sharpness = sharpness(3.0, 8.0);
        assert!((sharpness.power(0.0) - 0.1).abs() < 1e-9, "no effect: {}", sharpness.power(0.0));
        let powers: Vec<f64> = (0..40).map(|step| sharpness.power(f64::from(step) * 0.5)).collect();
        assert!(powers.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((sharpness.power(-7.0) - sharpness.power(7.0)).abs() < 1e-15);
        let wanted = sharpness.power(sharpness.detectable());
        // The other tail adds the chance of a t below -(2 × 1.86 + 0.89) with 8 degrees of freedom: 0.0009.
        assert!((0.8..0.801).contains(&wanted), "{wanted}");
    }

    #[test]
    fn fewer_windows_need_a_larger_effect() {
        assert!(sharpness(1.0, 3.0).detectable() > sharpness(1.0, 30.0).detectable());
    }
}
