//! Random numbers by purpose and place.
//!
//! Each part of a world draws from a stream of its own, named by what it is for and where it stands. So
//! files can be made in any order by any number of threads, and a new column shifts no other one.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};

/// Bits of a stream's name that say where it stands.
const PLACE_BITS: u32 = 48;

/// A stream of random numbers.
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream for `purpose` at `place` (below 2⁴⁸) in the world of `seed`.
    pub(super) fn new(seed: u64, purpose: u16, place: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream((u64::from(purpose) << PLACE_BITS) | (place & ((1 << PLACE_BITS) - 1)));
        Self(random)
    }

    /// A number in `[0, 1)`.
    pub(super) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// True with probability `chance`.
    pub(super) fn happens(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    /// A standard normal number.
    pub(super) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// A log-normal number with median 1.
    pub(super) fn spread(&mut self, sigma: f64) -> f64 {
        (sigma * self.normal()).exp()
    }

    /// A whole number in `[0, below)`; 0 if `below` is.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        if below == 0 { 0 } else { self.0.random_range(0..below) }
    }

    /// A whole number in `[0, below)`, for amounts with a sign.
    pub(super) fn whole_below(&mut self, below: u64) -> i64 {
        i64::try_from(self.below(below)).unwrap_or(0)
    }

    /// A place in `weights`, drawn in proportion to them.
    pub(super) fn pick(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut left = self.share() * total;
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// A Poisson count with mean `mean`.
    pub(super) fn count(&mut self, mean: f64) -> u64 {
        Poisson::new(mean).map_or(0, |poisson| to_count(poisson.sample(&mut self.0)))
    }
}

/// A number that is whole and not negative, as an integer.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "negative numbers become 0")]
pub(super) fn to_count(number: f64) -> u64 {
    number.round().max(0.0) as u64
}

/// An amount of money in cents.
#[allow(clippy::cast_possible_truncation, reason = "amounts stay far below 2^53 cents")]
pub(super) fn to_cents(amount: f64) -> i64 {
    (amount * 100.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_their_own() {
        let draw = |seed, purpose, place| Stream::new(seed, purpose, place).share();
        assert_eq!(draw(1, 2, 3).to_bits(), draw(1, 2, 3).to_bits());
        for other in [draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)] {
            assert_ne!(draw(1, 2, 3).to_bits(), other.to_bits());
        }
    }

    #[test]
    fn draws_have_their_moments() {
        let mut stream = Stream::new(7, 1, 1);
        let n = 40_000;
        let normal: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let counts: Vec<f64> = (0..n).map(|_| stream.count(3.0) as f64).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let variance = |values: &[f64]| {
            let center = mean(values);
            values.iter().map(|value| (value - center).powi(2)).sum::<f64>() / values.len() as f64
        };
        // Five standard errors of each.
        assert!(mean(&normal).abs() < 0.025 && (variance(&normal) - 1.0).abs() < 0.036);
        assert!((mean(&counts) - 3.0).abs() < 0.044 && (variance(&counts) - 3.0).abs() < 0.12);
        let picked = (0..n).filter(|_| stream.pick(&[1.0, 3.0]) == 1).count();
        assert!((picked as f64 / f64::from(n) - 0.75).abs() < 0.011);
    }
}
