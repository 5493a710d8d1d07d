//! What a cell's outcome is worth at a level of spend: tabulated, linear between its points.
//!
//! Points lie at whole units of money. That is what makes optima whole numbers too: a piece of a curve is
//! spent in full, or cut where a limit, itself a whole number, ends it.

/// Worth over spend: at least two points, ascending in spend, linear between them.
///
/// Neither rising nor concave by need: S-shaped curves and curves that fall are curves too.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    spend: Vec<i64>,
    value: Vec<f64>,
    /// Of the pieces between points, one fewer than points.
    slope: Vec<f64>,
}

/// Why points are no curve.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// Between fewer points there is no piece.
    #[error("a curve needs at least 2 points, got {points}")]
    TooFew {
        /// The number of points.
        points: usize,
    },
    /// Money that is spent is not negative.
    #[error("spend of a curve must not be negative, got {spend}")]
    Negative {
        /// The first spend.
        spend: i64,
    },
    /// Spend must rise from point to point.
    #[error("spend of a curve must rise from point to point, got {spend} after {before}")]
    NotAscending {
        /// The spend before.
        before: i64,
        /// The spend that does not rise.
        spend: i64,
    },
    /// A value is infinite or no number.
    #[error("values of a curve must be finite, got {value} at spend {spend}")]
    NotFinite {
        /// Where.
        spend: i64,
        /// What.
        value: f64,
    },
}

impl Curve {
    /// Builds a curve from points of spend and worth, both in the smallest unit of money.
    ///
    /// # Errors
    ///
    /// With fewer than two points, a negative spend, spends that do not rise, or values that are not finite.
    pub fn new(points: &[(i64, f64)]) -> Result<Self, CurveError> {
        if points.len() < 2 {
            return Err(CurveError::TooFew { points: points.len() });
        }
        if points[0].0 < 0 {
            return Err(CurveError::Negative { spend: points[0].0 });
        }
        if let Some(pair) = points.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            return Err(CurveError::NotAscending { before: pair[0].0, spend: pair[1].0 });
        }
        if let Some((spend, value)) = points.iter().find(|(_, value)| !value.is_finite()) {
            return Err(CurveError::NotFinite { spend: *spend, value: *value });
        }
        let slope = points.windows(2).map(|pair| slope(pair[0], pair[1])).collect();
        let (spend, value) = points.iter().copied().unzip();
        Ok(Self { spend, value, slope })
    }

    /// The least spend that the curve knows.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.spend[0]
    }

    /// The most spend that the curve knows.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.spend[self.spend.len() - 1]
    }

    /// The worth at `spend`; none outside of what the curve knows.
    #[must_use]
    pub fn value(&self, spend: i64) -> Option<f64> {
        (self.start()..=self.end()).contains(&spend).then(|| self.at(spend))
    }

    /// What the last unit of money before `spend` brought; none at the start and outside.
    #[must_use]
    pub fn marginal_left(&self, spend: i64) -> Option<f64> {
        let known = spend > self.start() && spend <= self.end();
        known.then(|| self.slope[self.spend.partition_point(|knot| *knot < spend) - 1])
    }

    /// What the next unit of money after `spend` brings; none at the end and outside.
    #[must_use]
    pub fn marginal_right(&self, spend: i64) -> Option<f64> {
        let known = spend >= self.start() && spend < self.end();
        known.then(|| self.slope[self.spend.partition_point(|knot| *knot <= spend) - 1])
    }

    /// Whether no piece is steeper than the one before it.
    #[must_use]
    pub fn is_concave(&self) -> bool {
        self.slope.windows(2).all(|pair| pair[0] >= pair[1])
    }

    /// The points of the smallest concave curve that is nowhere below this one between `from` and `to`.
    ///
    /// None unless `from ≤ to` and the curve knows both.
    #[must_use]
    pub fn envelope(&self, from: i64, to: i64) -> Option<Vec<(i64, f64)>> {
        let known = self.start() <= from && from <= to && to <= self.end();
        known.then(|| upper_hull(self.points_between(from, to)))
    }

    /// The largest size of a value.
    pub(super) fn size(&self) -> f64 {
        self.value.iter().fold(0.0, |most, value| most.max(value.abs()))
    }

    /// The worth at `spend`, which lies between start and end.
    pub(in crate::steering) fn at(&self, spend: i64) -> f64 {
        let next = self.spend.partition_point(|knot| *knot <= spend);
        let here = next - 1;
        if self.spend[here] == spend {
            return self.value[here];
        }
        self.value[here] + self.slope[here] * (spend - self.spend[here]) as f64
    }

    /// The curve's points from `from` to `to`, both included, of which the curve knows both.
    pub(super) fn points_between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, f64)> {
        let inside = self.spend.iter().zip(&self.value).map(|(spend, value)| (*spend, *value));
        let inside = inside.filter(move |(spend, _)| from < *spend && *spend < to);
        let last = (from < to).then(|| (to, self.at(to)));
        std::iter::once((from, self.at(from))).chain(inside).chain(last)
    }
}

/// Worth per money between two points.
pub(super) fn slope(from: (i64, f64), to: (i64, f64)) -> f64 {
    (to.1 - from.1) / (to.0 - from.0) as f64
}

/// The points among `points`, ascending in spend, that no straight line between two others passes above.
///
/// Compares the very slopes that the solver sorts by, so these fall from piece to piece to the last bit.
pub(super) fn upper_hull(points: impl IntoIterator<Item = (i64, f64)>) -> Vec<(i64, f64)> {
    let mut hull: Vec<(i64, f64)> = Vec::new();
    for point in points {
        while let [.., before, last] = hull[..] {
            if slope(before, last) > slope(last, point) {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_checked() {
        assert_eq!(Curve::new(&[(0, 1.0)]), Err(CurveError::TooFew { points: 1 }));
        assert_eq!(Curve::new(&[(-1, 1.0), (0, 2.0)]), Err(CurveError::Negative { spend: -1 }));
        let twice = Curve::new(&[(0, 1.0), (3, 2.0), (3, 4.0)]);
        assert_eq!(twice, Err(CurveError::NotAscending { before: 3, spend: 3 }));
        let infinite = Curve::new(&[(0, 1.0), (3, f64::INFINITY)]);
        assert_eq!(infinite.unwrap_err().to_string(), "values of a curve must be finite, got inf at spend 3");
    }

    #[test]
    fn values_and_marginals_are_those_of_the_pieces() {
        let curve = Curve::new(&[(10, 5.0), (20, 25.0), (40, 35.0)]).unwrap();
        assert_eq!((curve.start(), curve.end()), (10, 40));
        let values: Vec<_> = [9, 10, 15, 20, 30, 40, 41].map(|spend| curve.value(spend)).into();
        assert_eq!(values, [None, Some(5.0), Some(15.0), Some(25.0), Some(30.0), Some(35.0), None]);
        let left: Vec<_> = [10, 11, 20, 21, 40, 41].map(|spend| curve.marginal_left(spend)).into();
        assert_eq!(left, [None, Some(2.0), Some(2.0), Some(0.5), Some(0.5), None]);
        let right: Vec<_> = [9, 10, 19, 20, 39, 40].map(|spend| curve.marginal_right(spend)).into();
        assert_eq!(right, [None, Some(2.0), Some(2.0), Some(0.5), Some(0.5), None]);
        assert!(curve.is_concave());
    }

    #[test]
    fn the_envelope_bridges_dents_within_its_range_only() {
        let curve = Curve::new(&[(0, 0.0), (10, 1.0), (20, 10.0), (30, 12.0)]).unwrap();
        assert!(!curve.is_concave());
        assert_eq!(curve.envelope(0, 30).unwrap(), [(0, 0.0), (20, 10.0), (30, 12.0)]);
        assert_eq!(curve.envelope(0, 15).unwrap(), [(0, 0.0), (15, 5.5)]);
        assert_eq!(curve.envelope(10, 30).unwrap(), [(10, 1.0), (20, 10.0), (30, 12.0)]);
        assert_eq!(curve.envelope(10, 10).unwrap(), [(10, 1.0)]);
        assert_eq!(curve.envelope(10, 31), None);
        assert_eq!(curve.envelope(11, 10), None);
    }
}
