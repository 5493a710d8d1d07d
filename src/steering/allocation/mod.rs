//! Who gets how much money, exactly, and why: budgets over cells with nested limits.
//!
//! Every cell has a curve of worth over spend; limits hold for cells, for groups of cells that lie inside
//! each other, and for the whole. Where curves are concave, merging their pieces from the steepest down,
//! group by group, gives the optimum to the last unit of money (`merge`). Where they are not, or where
//! small moves are forbidden, a branch and bound closes the rest of the gap (`search`). What comes out is
//! certified without trusting the way it was found (`certificate`), and limits that cannot hold together
//! are named (`conflict`). docs/methods/budgets.md has the method.
//!
//! Money is counted in the smallest unit of the currency, in whole numbers; worth in the same unit.

mod blocks;
mod certificate;
mod conflict;
mod curve;
mod domain;
mod dual;
mod exchange;
mod limit;
mod merge;
mod moves;
mod problem;
mod search;
mod solve;
#[cfg(test)]
mod tests;
mod tree;

pub use certificate::{Certificate, LimitPrice};
pub use conflict::Conflict;
pub use curve::{Curve, CurveError};
pub use limit::{Bound, HeldLimit, Holder, Limit, Range};
pub use moves::{Moves, smallest_moves};
pub use problem::{Cell, Group, Height, Problem, ProblemError};
pub use search::Effort;
pub use solve::{Allocation, SolveError, solve};
