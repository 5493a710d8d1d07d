//! From a question to a certified allocation, or to why there is none.

use std::sync::Arc;

use super::blocks::{blocks, polish, refine};
use super::certificate::{Certificate, certify};
use super::conflict::{self, Conflict, Reach};
use super::domain::{Domain, Shape, Shapes};
use super::limit::Limit;
use super::problem::{Height, Problem};
use super::search::{Effort, Known, Outcome, root, score, search, tolerance};

/// Who gets how much.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// Per cell, in the order of the problem's cells, in the smallest unit of money.
    pub spend: Vec<i64>,
    /// The sum of all cells.
    pub height: i64,
    /// What it is worth, how good it can be at all, and what its limits cost.
    pub certificate: Certificate,
}

/// Why there is no allocation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SolveError {
    /// Limits cannot hold together.
    #[error("these limits cannot hold together: {0}")]
    Conflict(Conflict),
    /// The limits do not allow as much worth.
    #[error(
        "the target worth {target} is out of reach: within all limits the most is {best}, from {height} spent"
    )]
    Unreachable {
        /// The target.
        target: f64,
        /// The most worth within the limits, as far as the effort let it be found.
        best: f64,
        /// The money that it takes.
        height: i64,
    },
    /// Every allocation within the limits changes some cell by less than its smallest move.
    #[error("within all limits, no allocation changes every cell either not at all or by its smallest move")]
    NoMoves,
    /// The search ended before it found an allocation or knew that there is none.
    #[error(
        "no allocation was found in {nodes} steps of the search, and none was ruled out; give it more effort"
    )]
    Undecided {
        /// How many times the problem was bounded.
        nodes: usize,
    },
}

/// Allocates money: the best allocation within all limits, with its certificate.
///
/// With concave curves it is exact, to the last unit of money, up to slopes that agree to one part in
/// 10¹²; of equally good ones, at a fixed height, it is the one that moves the least money. With other
/// curves it is exact if the certificate is complete, which `effort` can prevent.
///
/// # Errors
///
/// When limits cannot hold together, when the target is out of reach, or when a target was neither reached
/// nor ruled out within `effort`.
pub fn solve(problem: &Problem, effort: Effort) -> Result<Allocation, SolveError> {
    let shapes = shapes(problem, |_, least, most| Some(Domain::between(least, most)))?;
    let outcome = best(problem, &shapes, effort);
    finish(problem, &outcome, |outcome| unreachable_or_undecided(problem, outcome, effort))
}

/// The cells' shapes over the domains that `domain` makes of what limits leave them, from the outside in.
pub(super) fn shapes(
    problem: &Problem,
    domain: impl Fn(usize, i64, i64) -> Option<Domain>,
) -> Result<Shapes, SolveError> {
    conflict::find(problem).map_err(SolveError::Conflict)?;
    let ranges = narrow(problem, conflict::own_ranges(problem));
    let shape = |(cell, (least, most)): (usize, (i64, i64))| {
        let domain = domain(cell, least, most).ok_or(SolveError::NoMoves)?;
        Ok(Arc::new(Shape::new(&problem.cells[cell].curve, domain)))
    };
    ranges.into_iter().enumerate().map(shape).collect()
}

/// Searches over the domains of `shapes`, from the current allocation where that keeps the limits.
pub(super) fn best(problem: &Problem, shapes: &Shapes, effort: Effort) -> Outcome {
    let known = Known::current(problem);
    match problem.height {
        Height::LeastFor { .. } => least(problem, shapes, known, effort),
        Height::Fixed(_) | Height::UntilFloor { .. } => in_blocks(problem, shapes, known, effort),
    }
}

/// Finds the least height for a target, and then the best use of it.
///
/// Groups are of no help for the height, which is no sum of what they find on their own. Where curves are
/// concave, the first bound is the best use already; where not, a quarter of the effort again goes into it.
fn least(problem: &Problem, shapes: &Shapes, known: Known, effort: Effort) -> Outcome {
    let mut outcome = search(problem, shapes, known, effort);
    let Some(spend) = outcome.spend.clone().filter(|_| outcome.nodes > 1) else { return outcome };
    let height = Height::Fixed(Limit::new(spend.iter().sum(), "least money"));
    if let Ok(fixed) = problem.with_height(height) {
        let known = Known { start: Some(spend), ceiling: f64::INFINITY };
        let used = in_blocks(&fixed, shapes, known, Effort { pieces: effort.pieces / 4 });
        outcome.spend = used.spend.or(outcome.spend);
        outcome.nodes += used.nodes;
    }
    outcome
}

/// Searches all cells at once, with the help of groups solved on their own where that leaves a gap.
fn in_blocks(problem: &Problem, shapes: &Shapes, known: Known, effort: Effort) -> Outcome {
    let first = search(problem, shapes, known.clone(), Effort { pieces: effort.pieces / 10 });
    let blocks = blocks(problem, shapes);
    let Some(spend) = first.spend.clone().filter(|_| !first.complete && !blocks.is_empty()) else {
        return if first.complete { first } else { search(problem, shapes, known, effort) };
    };
    let Some(relaxed) = root(problem, shapes) else { return first };
    let refined = refine(problem, shapes, &blocks, &relaxed, spend, effort);
    let ceiling = refined.bound.min(first.bound);
    let known = Known { start: Some(refined.spend), ceiling };
    let mut outcome = search(problem, shapes, known, effort);
    outcome.nodes += first.nodes;
    outcome.bound = outcome.bound.min(ceiling);
    if !outcome.complete {
        let each = Effort { pieces: effort.pieces / (4 * blocks.len()) };
        outcome.spend = outcome.spend.map(|spend| polish(problem, &blocks, spend, each));
        let reached =
            outcome.spend.as_ref().map(|spend| score(problem, problem.value(spend), spend.iter().sum()));
        outcome.complete = reached.is_some_and(|reached| outcome.bound <= reached + tolerance(problem));
    }
    outcome
}

/// Turns what the search found into an allocation.
pub(super) fn finish(
    problem: &Problem,
    outcome: &Outcome,
    without: impl FnOnce(&Outcome) -> SolveError,
) -> Result<Allocation, SolveError> {
    let Some(spend) = outcome.spend.clone() else { return Err(without(outcome)) };
    let certificate = certify(problem, &spend, outcome);
    Ok(Allocation { height: spend.iter().sum(), spend, certificate })
}

/// Why a search without smallest moves comes back with nothing: only a target can be missed.
fn unreachable_or_undecided(problem: &Problem, outcome: &Outcome, effort: Effort) -> SolveError {
    let undecided = SolveError::Undecided { nodes: outcome.nodes };
    let Height::LeastFor { target, min, max } = &problem.height else { return undecided };
    if !outcome.complete {
        return undecided;
    }
    let most = Height::UntilFloor { min: min.clone(), max: max.clone(), floor: 0.0 };
    match problem.with_height(most).map(|problem| solve(&problem, effort)) {
        Ok(Ok(best)) => {
            SolveError::Unreachable { target: *target, best: best.certificate.value, height: best.height }
        }
        _ => undecided,
    }
}

/// Cuts off what no allocation can use because of the other cells of its groups.
///
/// Curves are then bridged over less, which tightens every bound.
fn narrow(problem: &Problem, ranges: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    let tree = &problem.tree;
    let Ok(Reach { mut least, mut most }) = Reach::of(problem, &ranges) else { return ranges };
    let mut inside = vec![(0_i64, 0_i64); tree.nodes.len()];
    for (home, range) in tree.home.iter().zip(&ranges) {
        inside[*home].0 += range.0;
        inside[*home].1 += range.1;
    }
    for (number, node) in tree.nodes.iter().enumerate().skip(1) {
        inside[node.parent].0 += least[number];
        inside[node.parent].1 += most[number];
    }
    let narrowed = |range: (i64, i64), inside: (i64, i64), least: i64, most: i64| {
        (range.0.max(least - (inside.1 - range.1)), range.1.min(most - (inside.0 - range.0)))
    };
    for (number, node) in tree.nodes.iter().enumerate().skip(1) {
        let up = node.parent;
        let own = (least[number], most[number]);
        (least[number], most[number]) = narrowed(own, inside[up], least[up], most[up]);
    }
    let cells = tree.home.iter().zip(ranges);
    cells.map(|(&home, range)| narrowed(range, inside[home], least[home], most[home])).collect()
}
