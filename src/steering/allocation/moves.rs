//! Allocations in which every change is worth making: none at all, or at least a smallest move.
//!
//! Changes below the smallest move are forbidden stretches of a cell's amounts, and the search treats them
//! like dents of a curve: bounded by a bridge, left by branching. A dive from the best allocation comes
//! first: of the cells that would move too little, the half that has the least way to go stays or moves in
//! full, the rest is allocated anew, and so on until none is left. It needs about as many rounds as the number
//! of cells has binary digits. Branch and bound then improves on it while the effort lasts.

use super::domain::Domain;
use super::problem::Problem;
use super::search::Effort;
use super::solve::{Allocation, SolveError, best, finish, shapes, solve};

/// An allocation without small moves.
#[derive(Debug, Clone, PartialEq)]
pub struct Moves {
    /// The allocation. The bound of its certificate holds for allocations without small moves; `residual`
    /// and the prices of limits are about single units all the same, which such moves are not.
    pub allocation: Allocation,
    /// What the smallest moves cost, in the objective of the certificate: the objective of the allocation
    /// with small moves less that of this one.
    pub loss: f64,
}

/// Allocates money such that every cell keeps what it has or changes by at least its smallest move.
///
/// `least` holds one smallest move per cell, in units of money; up to 1 forbids nothing. Never worse than
/// the current allocation, where that keeps the limits.
///
/// # Errors
///
/// As [`solve`]; also when no allocation within the limits does without small moves, or when none was found
/// and none ruled out within `effort`.
///
/// # Panics
///
/// When `least` does not hold one number per cell.
pub fn smallest_moves(problem: &Problem, least: &[i64], effort: Effort) -> Result<Moves, SolveError> {
    assert_eq!(least.len(), problem.cells.len(), "one smallest move per cell");
    let free = solve(problem, effort)?;
    let step = |cell: usize, from, to| Domain::stepping(from, to, problem.cells[cell].current, least[cell]);
    let shapes = shapes(problem, step)?;
    let outcome = best(problem, &shapes, effort);
    let allocation = finish(problem, &outcome, |outcome| {
        if outcome.complete { SolveError::NoMoves } else { SolveError::Undecided { nodes: outcome.nodes } }
    })?;
    let loss = (free.certificate.objective - allocation.certificate.objective).max(0.0);
    Ok(Moves { allocation, loss })
}
