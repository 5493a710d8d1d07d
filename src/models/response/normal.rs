//! Draws and tails of the normal and gamma distributions that the sampler needs by the million.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::erf::erfc;

/// Below this many standard deviations, Φ is taken from its asymptotic series.
const FAR: f64 = -12.0;

/// log Φ(z), accurate in both tails.
pub(super) fn log_cdf(z: f64) -> f64 {
    if z > 6.0 {
        // Φ differs from 1 by less than 1e-9.
        return 0.0;
    }
    if z > FAR {
        return (0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2)).ln();
    }
    let inverse = 1.0 / (z * z);
    let series = 1.0 - inverse * (1.0 - inverse * (3.0 - 15.0 * inverse));
    -0.5 * z * z - (-z).ln() - 0.5 * std::f64::consts::TAU.ln() + series.ln()
}

/// A normal draw with the given mean and standard deviation, given that it is above zero.
///
/// Plain rejection where zero is far below the mean, else the exponential rejection of Robert (1995).
pub(super) fn truncated_normal(random: &mut impl Rng, mean: f64, deviation: f64) -> f64 {
    let least = -mean / deviation;
    let z = if least < 0.4 {
        loop {
            let z: f64 = StandardNormal.sample(random);
            if z > least {
                break z;
            }
        }
    } else {
        let rate = f64::midpoint(least, (least * least + 4.0).sqrt());
        loop {
            let z = least - (1.0 - random.random::<f64>()).ln() / rate;
            if random.random::<f64>() <= (-0.5 * (z - rate).powi(2)).exp() {
                break z;
            }
        }
    };
    (mean + deviation * z).max(f64::MIN_POSITIVE)
}

/// Standard deviations within which `level` of a normal distribution lies.
pub(super) fn two_sided(level: f64) -> f64 {
    Normal::standard().inverse_cdf(f64::midpoint(1.0, level))
}

/// A gamma draw with the given shape ≥ ½ and scale 1 (Marsaglia and Tsang 2000).
pub(super) fn gamma(random: &mut impl Rng, shape: f64) -> f64 {
    rand_distr::Gamma::new(shape, 1.0).map_or(shape, |gamma| gamma.sample(random))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn the_log_of_the_tail_is_right_on_both_sides_of_the_switch() {
        // Reference values of scipy.stats.norm.logcdf.
        let expected = [
            (0.0, 0.5_f64.ln()),
            (-3.0, -6.607_726_221_510_342),
            (-8.0, -35.013_437_159_914_85),
            (-30.0, -454.321_243_973_411_4),
            (2.0, -0.023_012_909_328_963_486),
        ];
        for (z, log) in expected {
            assert!((log_cdf(z) - log).abs() < 1e-6 * log.abs().max(1.0), "{z}: {}", log_cdf(z));
        }
        assert!((log_cdf(FAR + 1e-9) - log_cdf(FAR - 1e-9)).abs() < 1e-5);
    }

    #[test]
    fn truncated_draws_have_the_mean_of_the_half_normal() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for (mean, expected) in [(0.0, 0.797_884_6), (-4.0, 0.225_607), (3.0, 3.004_438)] {
            let draws: Vec<f64> = (0..40_000).map(|_| truncated_normal(&mut random, mean, 1.0)).collect();
            assert!(draws.iter().all(|draw| *draw > 0.0));
            let found = draws.iter().sum::<f64>() / 40_000.0;
            // Five standard errors.
            assert!((found - expected).abs() < 0.025, "{mean}: {found}");
        }
    }
}
