//! Periods grouped into strata, and sums kept per stratum or per period.
//!
//! Cross products are kept per stratum so that folds and resamples are sums of matrices and never
//! another pass. A stratum is one period unless the design is so wide that one matrix per period would
//! not fit the memory set aside for them; then it is a run of consecutive periods.

use std::ops::Range;

/// Numbers that the matrices of all strata may hold together: 4 million, 32 MB.
const MOST_VALUES: usize = 4 << 20;

/// Fewest strata that a wide design falls back to, so that origins and resamples stay possible.
const FEWEST_STRATA: usize = 48;

/// Which stratum each period belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Strata {
    /// Stratum per period, ascending; `None`: the period's rows stay out.
    pub(crate) of_period: Vec<Option<usize>>,
    /// Number of strata.
    pub(crate) count: usize,
}

impl Strata {
    /// One stratum per period, or per run of periods where `size` × `size` matrices would be too many.
    pub(crate) fn by_period(periods: usize, size: usize) -> Self {
        let most = (MOST_VALUES / (size * size).max(1)).max(FEWEST_STRATA);
        let run = periods.div_ceil(most).max(1);
        Self {
            of_period: (0..periods).map(|period| Some(period / run)).collect(),
            count: periods.div_ceil(run),
        }
    }

    /// One stratum that holds the periods before `end`; all others stay out.
    pub(crate) fn before(periods: usize, end: usize) -> Self {
        Self { of_period: (0..periods).map(|period| (period < end).then_some(0)).collect(), count: 1 }
    }

    /// The first period of stratum `stratum`, or the number of periods if there is no such stratum.
    pub(crate) fn first_period(&self, stratum: usize) -> usize {
        self.of_period.iter().position(|of| *of == Some(stratum)).unwrap_or(self.of_period.len())
    }
}

/// A row of equally many sums for each of a range of strata or periods.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slab {
    first: usize,
    width: usize,
    values: Vec<f64>,
}

impl Slab {
    /// Zeros for every index in `range`.
    pub(crate) fn zeros(range: Range<usize>, width: usize) -> Self {
        Self { first: range.start, width, values: vec![0.0; range.len() * width] }
    }

    /// The sums of `index`, which must be in the range.
    pub(crate) fn row(&self, index: usize) -> &[f64] {
        let start = (index - self.first) * self.width;
        &self.values[start..start + self.width]
    }

    /// The sums of `index`, which must be in the range.
    pub(crate) fn row_mut(&mut self, index: usize) -> &mut [f64] {
        let start = (index - self.first) * self.width;
        &mut self.values[start..start + self.width]
    }

    /// Adds a part whose range lies within this one.
    pub(crate) fn add(&mut self, part: &Self) {
        let start = (part.first - self.first) * self.width;
        for (sum, value) in self.values[start..].iter_mut().zip(&part.values) {
            *sum += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_designs_have_one_stratum_per_period_and_wide_ones_share() {
        assert_eq!(Strata::by_period(520, 42).count, 520);
        let wide = Strata::by_period(520, 300);
        assert!(wide.count <= FEWEST_STRATA);
        assert_eq!(wide.of_period.last(), Some(&Some(wide.count - 1)));
        assert_eq!(wide.first_period(1), wide.of_period.iter().filter(|of| **of == Some(0)).count());
    }

    #[test]
    fn parts_are_added_where_they_belong() {
        let mut all = Slab::zeros(0..4, 2);
        let mut part = Slab::zeros(2..3, 2);
        part.row_mut(2).copy_from_slice(&[1.0, 2.0]);
        all.add(&part);
        all.add(&part);
        assert_eq!(all.row(2), &[2.0, 4.0]);
        assert_eq!(all.row(3), &[0.0, 0.0]);
    }
}
