//! Random small questions, kept in the raw form that brute force reads.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::super::{Cell, Curve, Group, Height, Limit, Problem, Range};

/// A question before it is checked.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) cells: Vec<Cell>,
    pub(super) groups: Vec<Group>,
    pub(super) height: Height,
}

/// What curves look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Slopes fall; they may be negative, and equal in different cells.
    Concave,
    /// Slopes come in any order.
    Any,
}

impl Instance {
    /// Two to five cells, groups up to three deep, a fixed height that need not be feasible.
    pub(super) fn random(rng: &mut ChaCha8Rng, kind: Kind) -> Self {
        let count = rng.random_range(2..=5_usize);
        let width = [14, 14, 10, 8, 6, 5][count];
        let cells: Vec<Cell> = (0..count).map(|cell| random_cell(rng, cell, width, kind)).collect();
        let mut groups = Vec::new();
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(rng);
        nest(rng, &order, 0, &cells, &mut groups);
        groups.shuffle(rng);
        let (least, most) = sums(&cells, &order);
        let height = Height::Fixed(Limit::new(rng.random_range(least..=most), "budget"));
        Self { cells, groups, height }
    }

    /// The same cells and groups, with a floor or a target in place of the fixed height.
    pub(super) fn with_height(mut self, height: Height) -> Self {
        self.height = height;
        self
    }

    pub(super) fn problem(&self) -> Problem {
        Problem::new(self.cells.clone(), self.groups.clone(), self.height.clone()).unwrap()
    }
}

fn random_cell(rng: &mut ChaCha8Rng, number: usize, width: i64, kind: Kind) -> Cell {
    let start = rng.random_range(0..=3_i64);
    let mut knots = vec![start];
    while knots[knots.len() - 1] < start + width {
        knots.push((knots[knots.len() - 1] + rng.random_range(1..=4)).min(start + width));
    }
    let mut slopes: Vec<f64> = (1..knots.len())
        .map(|_| {
            if rng.random_bool(0.7) {
                f64::from(rng.random_range(-2..=9))
            } else {
                rng.random_range(0.0..9.0)
            }
        })
        .collect();
    if kind == Kind::Concave {
        slopes.sort_by(|a, b| b.total_cmp(a));
    }
    let mut value = f64::from(rng.random_range(-5..=5));
    let mut points = vec![(start, value)];
    for (pair, slope) in knots.windows(2).zip(slopes) {
        value += slope * (pair[1] - pair[0]) as f64;
        points.push((pair[1], value));
    }
    let from = rng.random_range(start..=start + width / 2);
    let to = rng.random_range(from..=start + width);
    Cell {
        name: format!("cell {number}"),
        curve: Curve::new(&points).unwrap(),
        current: rng.random_range(start..=start + width),
        range: Range::new(from, to, format!("range of {number}")),
    }
}

/// Splits `members` into groups and these again, at most three deep, each with limits or none.
fn nest(rng: &mut ChaCha8Rng, members: &[usize], depth: usize, cells: &[Cell], groups: &mut Vec<Group>) {
    if depth == 3 || members.is_empty() {
        return;
    }
    let mut rest = members;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rng.random_range(1..=rest.len()));
        rest = after;
        if rng.random_bool(0.3) {
            continue;
        }
        let (least, most) = sums(cells, part);
        let mut limit = |what: &str, from: i64, to: i64| {
            let at = rng.random_range(from..=to.max(from));
            rng.random_bool(0.5).then(|| Limit::new(at, format!("{what} of group {}", groups.len())))
        };
        let span = most - least;
        let min = limit("min", (least - 1).max(0), least + span * 2 / 3 + 1);
        let max = limit("max", least + span / 3, most + 1);
        groups.push(Group { name: format!("group {}", groups.len()), cells: part.to_vec(), min, max });
        nest(rng, part, depth + 1, cells, groups);
    }
}

fn sums(cells: &[Cell], members: &[usize]) -> (i64, i64) {
    let ranges = members.iter().map(|cell| &cells[*cell].range);
    ranges.fold((0, 0), |(least, most), range| (least + range.min.at, most + range.max.at))
}
