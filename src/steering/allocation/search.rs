//! Closes what concave curves leave open: branch and bound over cells inside a bridge or a hole.
//!
//! The optimum under concave curves bounds the true one from above. Where it leaves a cell on a bridge
//! over a dent of its curve, or in a stretch that is forbidden, the cell's amounts are cut in two there,
//! and both halves are bounded again, best bound first. Every allocation met on the way that keeps all
//! rules is a candidate; so is the current one, which is why no result is worse than it.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::conflict::Reach;
use super::domain::{Shape, Shapes};
use super::merge::{Aim, Relaxed, relax};
use super::problem::{Height, Problem};

/// How long to search where curves are not concave or small moves are forbidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Pieces of curves that the search over all cells looks at; the same on every machine. A first look, and
    /// groups solved on their own, can take about as much again.
    pub pieces: usize,
}

impl Default for Effort {
    /// Seconds for thousands of cells whose curves have dents; it matters for no others.
    fn default() -> Self {
        Self { pieces: 20_000_000 }
    }
}

/// What a search found.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The best allocation; none if there was none.
    pub(super) spend: Option<Vec<i64>>,
    /// No allocation scores higher; meaningless without one.
    pub(super) bound: f64,
    /// How many times the problem was bounded.
    pub(super) nodes: usize,
    /// Whether nothing is left open.
    pub(super) complete: bool,
}

/// What is maximized: worth, worth less the floor, or less money.
pub(super) fn score(problem: &Problem, value: f64, height: i64) -> f64 {
    match &problem.height {
        Height::Fixed(_) => value,
        Height::UntilFloor { floor, .. } => value - floor * height as f64,
        Height::LeastFor { .. } => -(height as f64),
    }
}

/// The optimum under the concave curves of all cells.
pub(super) fn root(problem: &Problem, shapes: &Shapes) -> Option<Relaxed> {
    relax(problem, shapes, aim(problem))
}

/// Scores closer than this are the same.
pub(super) fn tolerance(problem: &Problem) -> f64 {
    match &problem.height {
        // Heights are whole numbers.
        Height::LeastFor { .. } => 0.5,
        Height::Fixed(_) | Height::UntilFloor { .. } => problem.tolerance(),
    }
}

fn aim(problem: &Problem) -> Aim {
    match &problem.height {
        Height::Fixed(_) => Aim::Limits,
        Height::UntilFloor { floor, .. } => Aim::Floor(*floor),
        Height::LeastFor { target, .. } => Aim::Target(*target),
    }
}

/// What a search may take for granted.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// An allocation that keeps all rules, if one is known.
    pub(super) start: Option<Vec<i64>>,
    /// No allocation scores higher; ∞ if nothing is known.
    pub(super) ceiling: f64,
}

impl Known {
    /// The current allocation where it keeps the limits.
    pub(super) fn current(problem: &Problem) -> Self {
        let current = problem.current();
        Self { start: problem.allows(&current).then_some(current), ceiling: f64::INFINITY }
    }
}

/// Finds the best allocation over the domains of `shapes`, whose ends keep to the limits of their cells.
pub(super) fn search(problem: &Problem, shapes: &Shapes, known: Known, effort: Effort) -> Outcome {
    let tolerance = tolerance(problem);
    let mut search =
        Search { problem, tolerance, best: None, dropped: f64::NEG_INFINITY, nodes: 0, pieces: 0 };
    let Some(root) = search.bound(shapes) else { return search.outcome(None, true) };
    let violations = violations(problem, shapes, &root);
    if violations.is_empty() {
        let bound = score(problem, root.value, root.height);
        return Outcome { spend: Some(root.spend), bound, nodes: search.nodes, complete: true };
    }
    if let Some(start) = known.start {
        search.offer(start);
    }
    // Who knows a ceiling has looked before, and the dive is part of that look.
    if known.ceiling.is_infinite() {
        search.dive(shapes);
    }
    let mut open = BinaryHeap::new();
    search.keep(&mut open, shapes, &root, violations, Vec::new());
    while let Some(node) = open.pop() {
        let bound = node.bound.min(known.ceiling);
        if search.is_beaten(bound) {
            return search.outcome(Some(bound), true);
        }
        if search.pieces > effort.pieces {
            return search.outcome(Some(bound), false);
        }
        search.branch(&mut open, shapes, &node);
    }
    search.outcome(None, true)
}

/// Where an amount keeps a rule under the concave curve only.
#[derive(Debug, Clone, Copy)]
struct Violation {
    cell: usize,
    amount: i64,
    /// The ends of the bridge or hole that the amount lies in.
    ends: (i64, i64),
    /// What the concave curve pretends; none in a hole, where nothing is allowed.
    excess: Option<f64>,
}

impl Violation {
    /// How far inside the bridge or hole: 0 at its ends, 0.5 in the middle.
    fn depth(&self) -> f64 {
        let (from, to) = self.ends;
        (self.amount - from).min(to - self.amount) as f64 / (to - from) as f64
    }

    /// Holes before bridges, deep before shallow, large before small.
    fn rank(&self, other: &Self) -> Ordering {
        match (self.excess, other.excess) {
            (None, None) => self.depth().total_cmp(&other.depth()),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(two)) => one.total_cmp(&two),
        }
        .then(other.cell.cmp(&self.cell))
    }

    /// The two domains without the bridge or hole, the nearer one first.
    fn sides(&self, shape: &Shape) -> [super::domain::Domain; 2] {
        let (low, high) = (shape.domain.up_to(self.ends.0), shape.domain.from(self.ends.1));
        if self.amount - self.ends.0 <= self.ends.1 - self.amount { [low, high] } else { [high, low] }
    }
}

fn violations(problem: &Problem, shapes: &Shapes, relaxed: &Relaxed) -> Vec<Violation> {
    // A part of all rounding that no cell's own can exceed.
    let rounding = problem.tolerance() / shapes.len() as f64;
    let mut found = Vec::new();
    for (cell, (shape, &amount)) in shapes.iter().zip(&relaxed.spend).enumerate() {
        if let Some(ends) = shape.domain.hole(amount) {
            found.push(Violation { cell, amount, ends, excess: None });
            continue;
        }
        let (from, to) = shape.bridge(amount);
        let excess = shape.at(amount) - problem.cells[cell].curve.at(amount);
        if from.0 < to.0 && excess > rounding {
            found.push(Violation { cell, amount, ends: (from.0, to.0), excess: Some(excess) });
        }
    }
    found
}

/// A part of all allocations that may hold a better one.
struct Open {
    bound: f64,
    /// Later ones first where bounds are equal: they are further down.
    number: usize,
    /// Where to cut.
    at: Violation,
    /// What differs from the root, the last word per cell counts.
    changes: Vec<(usize, Arc<Shape>)>,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound).then(self.number.cmp(&other.number))
    }
}

struct Search<'a> {
    problem: &'a Problem,
    /// Scores closer than this are the same.
    tolerance: f64,
    best: Option<(f64, Vec<i64>)>,
    /// The highest bound of what was left out as no better than the best.
    dropped: f64,
    nodes: usize,
    pieces: usize,
}

impl Search<'_> {
    fn outcome(self, open: Option<f64>, complete: bool) -> Outcome {
        let (best, spend) = self.best.map_or((f64::NEG_INFINITY, None), |(best, spend)| (best, Some(spend)));
        let bound = best.max(self.dropped).max(open.unwrap_or(f64::NEG_INFINITY));
        Outcome { spend, bound, nodes: self.nodes, complete }
    }

    fn bound(&mut self, shapes: &Shapes) -> Option<Relaxed> {
        self.bound_to(shapes, aim(self.problem))
    }

    fn bound_to(&mut self, shapes: &Shapes, aim: Aim) -> Option<Relaxed> {
        self.nodes += 1;
        self.pieces += shapes.iter().map(|shape| shape.points.len()).sum::<usize>();
        relax(self.problem, shapes, aim)
    }

    fn is_beaten(&self, bound: f64) -> bool {
        self.best.as_ref().is_some_and(|(best, _)| bound <= best + self.tolerance)
    }

    /// Takes an allocation that keeps all rules, if it is the best so far.
    fn offer(&mut self, spend: Vec<i64>) {
        let value = self.problem.value(&spend);
        let reached = match self.problem.height {
            Height::LeastFor { target, .. } => value >= target - 2.0 * self.problem.tolerance(),
            _ => true,
        };
        let score = score(self.problem, value, spend.iter().sum());
        if reached && self.best.as_ref().is_none_or(|(best, _)| score > best + self.tolerance) {
            self.best = Some((score, spend));
        }
    }

    /// Offers an allocation under concave curves that is in no hole; aims higher where its true worth is short.
    fn offer_relaxed(&mut self, shapes: &Shapes, relaxed: &Relaxed) {
        self.offer(relaxed.spend.clone());
        let Height::LeastFor { target, .. } = self.problem.height else { return };
        let mut aimed = target;
        let mut value = self.problem.value(&relaxed.spend);
        for _ in 0..20 {
            if value >= target {
                return;
            }
            aimed += target - value;
            let Some(higher) = self.bound_to(shapes, Aim::Target(aimed)) else { return };
            value = self.problem.value(&higher.spend);
            let in_hole = |(shape, amount): (&Arc<Shape>, &i64)| shape.domain.hole(*amount).is_some();
            if !shapes.iter().zip(&higher.spend).any(in_hole) {
                self.offer(higher.spend);
            }
        }
    }

    /// Goes straight down to some allocation that keeps all rules: cells give up the bridge or hole that
    /// they are in for its nearer end, half of them at a time, those first that have the least way to go.
    fn dive(&mut self, shapes: &Shapes) {
        let mut shapes = shapes.clone();
        while let Some(relaxed) = self.bound(&shapes) {
            let mut found = violations(self.problem, &shapes, &relaxed);
            if found.iter().all(|violation| violation.excess.is_some()) {
                self.offer_relaxed(&shapes, &relaxed);
            }
            if found.is_empty() {
                return;
            }
            found.sort_by(|a, b| a.depth().total_cmp(&b.depth()).then(a.cell.cmp(&b.cell)));
            found.truncate(found.len().div_ceil(2));
            let Some(narrower) = self.leave(&shapes, &found) else { return };
            shapes = narrower;
        }
    }

    /// Puts every violation on its nearer side where limits allow it, else on the other one.
    fn leave(&self, shapes: &Shapes, found: &[Violation]) -> Option<Shapes> {
        let curve = |cell: usize| &self.problem.cells[cell].curve;
        let put = |shapes: &mut Shapes, violation: &Violation, side: usize| {
            let cell = violation.cell;
            let [near, far] = violation.sides(&shapes[cell]);
            shapes[cell] = Arc::new(Shape::new(curve(cell), if side == 0 { near } else { far }));
        };
        let fits = |shapes: &Shapes| {
            let ranges: Vec<_> = shapes.iter().map(|shape| shape.domain.ends()).collect();
            Reach::of(self.problem, &ranges).is_ok()
        };
        let mut all = shapes.clone();
        for violation in found {
            put(&mut all, violation, 0);
        }
        if fits(&all) {
            return Some(all);
        }
        let mut one_by_one = shapes.clone();
        for violation in found {
            let before = one_by_one[violation.cell].clone();
            let side = (0..2).find(|side| {
                one_by_one[violation.cell] = before.clone();
                put(&mut one_by_one, violation, *side);
                fits(&one_by_one)
            });
            side?;
        }
        Some(one_by_one)
    }

    fn branch(&mut self, open: &mut BinaryHeap<Open>, root: &Shapes, node: &Open) {
        let mut shapes = root.clone();
        for (cell, shape) in &node.changes {
            shapes[*cell] = shape.clone();
        }
        let Violation { cell, amount, ends, excess } = node.at;
        let parent = shapes[cell].clone();
        let domains = match excess {
            None => [parent.domain.up_to(ends.0), parent.domain.from(ends.1)],
            Some(_) => [parent.domain.up_to(amount), parent.domain.from(amount + 1)],
        };
        for domain in domains {
            let shape = Arc::new(Shape::new(&self.problem.cells[cell].curve, domain));
            shapes[cell] = shape.clone();
            let Some(relaxed) = self.bound(&shapes) else { continue };
            let violations = violations(self.problem, &shapes, &relaxed);
            let mut changes = node.changes.clone();
            changes.retain(|(changed, _)| *changed != cell);
            changes.push((cell, shape));
            self.keep(open, &shapes, &relaxed, violations, changes);
        }
    }

    /// Puts a bounded part on the heap if it may hold something better.
    fn keep(
        &mut self,
        open: &mut BinaryHeap<Open>,
        shapes: &Shapes,
        relaxed: &Relaxed,
        violations: Vec<Violation>,
        changes: Vec<(usize, Arc<Shape>)>,
    ) {
        let bound = score(self.problem, relaxed.value, relaxed.height);
        if self.is_beaten(bound) {
            self.dropped = self.dropped.max(bound);
            return;
        }
        if violations.iter().all(|violation| violation.excess.is_some()) {
            self.offer_relaxed(shapes, relaxed);
        }
        let Some(at) = violations.into_iter().max_by(Violation::rank) else { return };
        open.push(Open { bound, number: self.nodes, at, changes });
    }
}
