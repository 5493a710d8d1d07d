//! Mean, spread and range of a numeric driver, mergeable over blocks of rows.
//!
//! Sums of squares lose all digits when the mean is large against the spread, so each block is
//! centered on its own mean and blocks are merged by the update of Chan et al. (1983).
//! Merged in block order, the result is the same to the last bit for any number of threads.

/// What a numeric driver holds. A value that is no finite number counts as missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    /// Values that are there.
    pub(super) count: u64,
    /// Their mean; 0 when there are none.
    pub(super) mean: f64,
    /// Their squared distances from the mean, summed.
    squares: f64,
    /// Smallest value; +∞ when there are none.
    pub(super) min: f64,
    /// Largest value; −∞ when there are none.
    pub(super) max: f64,
    /// Rows without a value.
    pub(super) missing: u64,
}

impl Moments {
    /// The moments of no rows.
    pub(super) const EMPTY: Self =
        Self { count: 0, mean: 0.0, squares: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, missing: 0 };

    /// Takes the moments of one block.
    pub(super) fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let present = values.clone().filter(|value| value.is_finite());
        let mut moments = Self::EMPTY;
        let mut sum = 0.0;
        for value in present.clone() {
            moments.count += 1;
            sum += value;
            moments.min = moments.min.min(value);
            moments.max = moments.max.max(value);
        }
        moments.missing = values.count() as u64 - moments.count;
        if moments.count > 0 {
            moments.mean = sum / moments.count as f64;
            moments.squares = present.map(|value| (value - moments.mean).powi(2)).sum();
        }
        moments
    }

    /// Adds the rows of a later block.
    pub(super) fn merge(&mut self, later: &Self) {
        self.missing += later.missing;
        if later.count == 0 {
            return;
        }
        let (here, there) = (self.count as f64, later.count as f64);
        let distance = later.mean - self.mean;
        self.mean += distance * there / (here + there);
        self.squares += later.squares + distance * distance * here * there / (here + there);
        self.count += later.count;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
    }

    /// Standard deviation with n − 1; 0 for fewer than two values.
    pub(super) fn standard_deviation(&self) -> f64 {
        if self.count < 2 { 0.0 } else { (self.squares / (self.count - 1) as f64).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_blocks_equal_one_block() {
        // A large offset is what the textbook formula with sums of squares fails on.
        let values: Vec<f64> =
            (0..1_000).map(|i| if i % 7 == 0 { f64::NAN } else { 1e9 + f64::from(i % 13) }).collect();
        let whole = Moments::of(values.iter().copied());
        let mut merged = Moments::EMPTY;
        for block in values.chunks(64) {
            merged.merge(&Moments::of(block.iter().copied()));
        }
        assert_eq!((merged.count, merged.missing), (whole.count, whole.missing));
        assert_eq!((merged.min, merged.max), (1e9, 1e9 + 12.0));
        assert!((merged.mean - whole.mean).abs() < 1e-6);
        assert!((merged.standard_deviation() / whole.standard_deviation() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_standard_deviation_is_that_of_a_sample() {
        // 2, 4, 4, 4, 5, 5, 7, 9: squared distances from the mean 5 sum to 32.
        let moments = Moments::of([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].into_iter());
        assert!((moments.standard_deviation() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-15);
        assert_eq!(Moments::of([3.0].into_iter()).standard_deviation().to_bits(), 0);
    }

    #[test]
    fn infinities_are_missing() {
        let moments = Moments::of([f64::INFINITY, 1.0, f64::NAN].into_iter());
        assert_eq!((moments.count, moments.missing, moments.max.to_bits()), (1, 2, 1.0_f64.to_bits()));
    }
}
