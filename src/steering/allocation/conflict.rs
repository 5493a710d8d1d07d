//! Limits that cannot hold together: which ones, and no more of them than it takes.
//!
//! What a node must get is the larger of its minimum and what its children must get; what it can get is
//! the smaller of its maximum and what its children can. The innermost node that must get more than it can
//! is the place of the conflict, and the limits that those two numbers come from are a conflicting set. They
//! lie in different branches and add up, so a set of minima against one maximum becomes minimal by leaving
//! out, from the smallest on, what the conflict does not need. Maxima against a minimum are minimal at once:
//! without any of them there is no end to what the node can get.

use std::fmt;

use super::limit::{Bound, HeldLimit, Holder};
use super::problem::Problem;

/// A minimal set of limits that cannot hold together: without any one of them the others can.
///
/// Amounts are never negative; that needs no limit and is not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// First the limit that the others, taken together, break; these in the order of nodes and cells.
    pub limits: Vec<HeldLimit>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, limit) in self.limits.iter().enumerate() {
            let before = match number {
                0 => "",
                last if last + 1 == self.limits.len() => " and ",
                _ => ", ",
            };
            write!(f, "{before}{limit}")?;
        }
        Ok(())
    }
}

/// What every node must and can get, as its own limits and those below it say.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// What it must get.
    pub(super) least: Vec<i64>,
    /// What it can get.
    pub(super) most: Vec<i64>,
}

impl Reach {
    /// From the inside out, over cells that may get from `ranges[cell].0` to `ranges[cell].1`.
    ///
    /// None when a node, or a cell, must get more than it can; the innermost such node is the error.
    pub(super) fn of(problem: &Problem, ranges: &[(i64, i64)]) -> Result<Self, Place> {
        let tree = &problem.tree;
        let nodes = tree.nodes.len();
        let mut reach = Self { least: vec![0; nodes], most: vec![0; nodes] };
        for (cell, (&home, &(least, most))) in tree.home.iter().zip(ranges).enumerate() {
            if least > most {
                return Err(Place::Cell(cell));
            }
            reach.least[home] += least;
            reach.most[home] += most;
        }
        for (number, node) in tree.nodes.iter().enumerate().rev() {
            let inside = (reach.least[number], reach.most[number]);
            reach.least[number] = inside.0.max(node.least());
            reach.most[number] = inside.1.min(node.most());
            if reach.least[number] > reach.most[number] {
                return Err(Place::Node { number, inside });
            }
            if number > 0 {
                reach.least[node.parent] += reach.least[number];
                reach.most[node.parent] += reach.most[number];
            }
        }
        Ok(reach)
    }
}

/// Where limits meet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// In a cell's own range.
    Cell(usize),
    /// At a node: what its children must and can get.
    Node {
        /// The node.
        number: usize,
        /// The sums over its children.
        inside: (i64, i64),
    },
}

/// What the cells may get by their own limits.
pub(super) fn own_ranges(problem: &Problem) -> Vec<(i64, i64)> {
    problem.cells.iter().map(|cell| (cell.range.min.at, cell.range.max.at)).collect()
}

/// Finds out whether all limits can hold together.
pub(super) fn find(problem: &Problem) -> Result<(), Conflict> {
    let Err(place) = Reach::of(problem, &own_ranges(problem)) else { return Ok(()) };
    let limits = match place {
        Place::Cell(cell) => {
            vec![held_by_cell(problem, cell, Bound::Min), held_by_cell(problem, cell, Bound::Max)]
        }
        Place::Node { number, inside } => at_node(problem, number, inside),
    };
    Err(Conflict { limits })
}

fn at_node(problem: &Problem, number: usize, (must, can): (i64, i64)) -> Vec<HeldLimit> {
    let node = &problem.tree.nodes[number];
    let own = |bound| node.held(bound).into_iter();
    if node.least() > node.most() {
        own(Bound::Min).chain(own(Bound::Max)).collect()
    } else if must > node.most() {
        let mut parts = parts(problem, number, Bound::Min);
        drop_spare(&mut parts, must - node.most());
        own(Bound::Max).chain(parts.into_iter().map(|(held, _)| held)).collect()
    } else {
        debug_assert!(node.least() > can, "children that can get something cannot be in each other's way");
        own(Bound::Min).chain(parts(problem, number, Bound::Max).into_iter().map(|(held, _)| held)).collect()
    }
}

/// The limits below a node that what it must (`Min`) or can get (`Max`) comes from, with their amounts.
fn parts(problem: &Problem, top: usize, bound: Bound) -> Vec<(HeldLimit, i64)> {
    let tree = &problem.tree;
    // Node → whether its own limit, and not those inside it, says what it gets.
    let mut sums = vec![0_i64; tree.nodes.len()];
    let mut own = vec![false; tree.nodes.len()];
    for (cell, home) in tree.home.iter().enumerate() {
        sums[*home] += limit_of_cell(problem, cell, bound);
    }
    for (number, node) in tree.nodes.iter().enumerate().skip(top + 1).rev() {
        let tighter = match bound {
            Bound::Min => node.least() > sums[number],
            Bound::Max => node.most() < sums[number],
        };
        if tighter {
            own[number] = true;
            sums[number] = if bound == Bound::Min { node.least() } else { node.most() };
        }
        sums[node.parent] += sums[number];
    }
    // Node → whether it lies in `top` with no limit of its own kind counting between the two.
    let mut open = vec![false; tree.nodes.len()];
    open[top] = true;
    let mut parts = Vec::new();
    for (number, node) in tree.nodes.iter().enumerate().skip(top + 1) {
        if open[node.parent] && own[number] {
            parts.extend(node.held(bound).map(|held| (held, sums[number])));
        } else {
            open[number] = open[node.parent];
        }
    }
    for (cell, home) in tree.home.iter().enumerate() {
        if open[*home] {
            parts.push((held_by_cell(problem, cell, bound), limit_of_cell(problem, cell, bound)));
        }
    }
    parts
}

/// Leaves out the smallest parts as long as the rest still exceeds the maximum, which it does by `excess`.
fn drop_spare(parts: &mut Vec<(HeldLimit, i64)>, excess: i64) {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|part| parts[*part].1);
    let mut needed = vec![true; parts.len()];
    let mut excess = excess;
    for part in order {
        if parts[part].1 < excess {
            excess -= parts[part].1;
            needed[part] = false;
        }
    }
    let mut needed = needed.into_iter();
    parts.retain(|_| needed.next().unwrap_or(true));
}

fn limit_of_cell(problem: &Problem, cell: usize, bound: Bound) -> i64 {
    let range = &problem.cells[cell].range;
    if bound == Bound::Min { range.min.at } else { range.max.at }
}

/// A cell's limit with the cell's name.
pub(super) fn held_by_cell(problem: &Problem, cell: usize, bound: Bound) -> HeldLimit {
    let cell = &problem.cells[cell];
    let limit = if bound == Bound::Min { &cell.range.min } else { &cell.range.max };
    HeldLimit { holder: Holder::Cell(cell.name.clone()), bound, limit: limit.clone() }
}
