//! Which amounts a cell may get, and the concave curve above its own on them.

use std::sync::Arc;

use super::curve::{Curve, slope, upper_hull};

/// Amounts that a cell may get: closed pieces, ascending, at most three and at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Domain {
    pieces: Vec<(i64, i64)>,
}

impl Domain {
    /// Every amount from `least` to `most`.
    pub(super) fn between(least: i64, most: i64) -> Self {
        Self { pieces: vec![(least, most)] }
    }

    /// Of `least` to `most`, `current` and what is at least `step` away from it; none if nothing is left.
    pub(super) fn stepping(least: i64, most: i64, current: i64, step: i64) -> Option<Self> {
        if step <= 1 {
            return Some(Self::between(least, most));
        }
        let down = (least, most.min(current.saturating_sub(step)));
        let stay = (least.max(current), most.min(current));
        let up = (least.max(current.saturating_add(step)), most);
        let pieces: Vec<_> = [down, stay, up].into_iter().filter(|(from, to)| from <= to).collect();
        (!pieces.is_empty()).then_some(Self { pieces })
    }

    /// The least and the greatest amount.
    pub(super) fn ends(&self) -> (i64, i64) {
        (self.pieces[0].0, self.pieces[self.pieces.len() - 1].1)
    }

    /// The forbidden stretch that `amount` lies in: the allowed amounts on its two sides.
    pub(super) fn hole(&self, amount: i64) -> Option<(i64, i64)> {
        let gap = |pair: &&[(i64, i64)]| pair[0].1 < amount && amount < pair[1].0;
        self.pieces.windows(2).find(gap).map(|pair| (pair[0].1, pair[1].0))
    }

    /// What of it is at most `amount`, which is not less than all of it.
    pub(super) fn up_to(&self, amount: i64) -> Self {
        let kept = self.pieces.iter().filter(|piece| piece.0 <= amount);
        Self { pieces: kept.map(|piece| (piece.0, piece.1.min(amount))).collect() }
    }

    /// What of it is at least `amount`, which is not more than all of it.
    pub(super) fn from(&self, amount: i64) -> Self {
        let kept = self.pieces.iter().filter(|piece| piece.1 >= amount);
        Self { pieces: kept.map(|piece| (piece.0.max(amount), piece.1)).collect() }
    }
}

/// A cell's domain with the smallest concave curve above its own curve there.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// Which amounts.
    pub(super) domain: Domain,
    /// Points of the concave curve.
    pub(super) points: Vec<(i64, f64)>,
}

/// Shapes of all cells; branches share what they have in common.
pub(super) type Shapes = Vec<Arc<Shape>>;

impl Shape {
    /// The concave curve over `domain`.
    pub(super) fn new(curve: &Curve, domain: Domain) -> Self {
        let points = domain.pieces.iter().flat_map(|(from, to)| curve.points_between(*from, *to));
        let points = upper_hull(points);
        Self { domain, points }
    }

    /// The concave curve's value at `amount`, which lies between the ends of the domain.
    pub(super) fn at(&self, amount: i64) -> f64 {
        let (from, to) = self.bridge(amount);
        if from.0 == amount {
            return from.1;
        }
        from.1 + slope(from, to) * (amount - from.0) as f64
    }

    /// What the concave curve says of the last and of the next unit at `amount`; none beyond its ends.
    pub(super) fn marginals(&self, amount: i64) -> (Option<f64>, Option<f64>) {
        let before = self.points.partition_point(|point| point.0 < amount);
        let after = self.points.partition_point(|point| point.0 <= amount);
        let piece = |end: usize| Some(slope(*self.points.get(end.checked_sub(1)?)?, *self.points.get(end)?));
        (piece(before), piece(after))
    }

    /// The points around `amount`; twice the same where it is one of them.
    pub(super) fn bridge(&self, amount: i64) -> ((i64, f64), (i64, f64)) {
        let next = self.points.partition_point(|point| point.0 <= amount);
        let from = self.points[next - 1];
        if from.0 == amount { (from, from) } else { (from, self.points[next]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_leave_holes_around_what_is() {
        let domain = Domain::stepping(0, 30, 10, 4).unwrap();
        assert_eq!(domain.pieces, [(0, 6), (10, 10), (14, 30)]);
        assert_eq!(
            [6, 7, 9, 10, 13, 14].map(|at| domain.hole(at)).map(|hole| hole.is_some()),
            [false, true, true, false, true, false]
        );
        assert_eq!(domain.hole(12), Some((10, 14)));
        assert_eq!(domain.up_to(10).pieces, [(0, 6), (10, 10)]);
        assert_eq!(domain.up_to(3).pieces, [(0, 3)]);
        assert_eq!(domain.from(14).pieces, [(14, 30)]);
        assert_eq!(domain.ends(), (0, 30));
        assert_eq!(Domain::stepping(11, 13, 10, 4), None);
        assert_eq!(Domain::stepping(0, 30, 10, 1), Some(Domain::between(0, 30)));
    }

    #[test]
    fn the_shape_bridges_holes_and_dents() {
        let curve = Curve::new(&[(0, 0.0), (10, 20.0), (30, 30.0)]).unwrap();
        let shape = Shape::new(&curve, Domain::stepping(0, 30, 8, 6).unwrap());
        assert_eq!(shape.points, [(0, 0.0), (8, 16.0), (14, 22.0), (30, 30.0)]);
        assert!((shape.at(11) - 19.0).abs() < 1e-12);
        assert_eq!(shape.bridge(11), ((8, 16.0), (14, 22.0)));
        assert_eq!(shape.bridge(8), ((8, 16.0), (8, 16.0)));
        assert_eq!(shape.marginals(0), (None, Some(2.0)));
        assert_eq!(shape.marginals(8), (Some(2.0), Some(1.0)));
        assert_eq!(shape.marginals(30), (Some(0.5), None));
    }
}
