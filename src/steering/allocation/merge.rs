//! The optimum for concave curves: pieces merged from the steepest down, group by group.
//!
//! For every node, the most that its cells can be worth is a concave function of its sum: its children's
//! pieces, sorted by slope, one after the other. A minimum of the node says which first pieces are spent in
//! any case, a maximum which last ones never are; what is between is offered to the node above. At the
//! top the list holds the optimum of every height at once, exactly, since all ends are whole numbers
//! (Federgruen and Groenevelt 1986 for the greedy step; Hochbaum 1994 for nested limits).
//!
//! Of equally steep pieces those that the current allocation holds come first, then cells in their order:
//! with the height given, no other optimum moves less money.

use std::sync::Arc;

use super::domain::Shape;
use super::problem::Problem;

/// Slopes that differ by less than this part of themselves count as equal.
///
/// Straight lines that were tabulated would else seem to rise and fall with the last bits of their points,
/// and money would move for nothing.
pub(super) const SAME: f64 = 1e-12;

/// When to stop adding money above what minima ask for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aim {
    /// Limits say how much; nothing is added.
    Limits,
    /// Add as long as a unit brings at least this.
    Floor(f64),
    /// Add until this worth is reached.
    Target(f64),
}

/// Money for one cell at one rate.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Position in the order of all pieces.
    order: u32,
    cell: u32,
    length: i64,
    slope: f64,
}

/// The optimum under the concave curves.
#[derive(Debug, Clone)]
pub(super) struct Relaxed {
    /// Per cell.
    pub(super) spend: Vec<i64>,
    /// Their sum.
    pub(super) height: i64,
    /// What the concave curves are worth there.
    pub(super) value: f64,
}

/// Allocates money under the concave curves of `shapes`.
///
/// None when the limits leave nothing, or when the target is out of reach.
pub(super) fn relax(problem: &Problem, shapes: &[Arc<Shape>], aim: Aim) -> Option<Relaxed> {
    let mut spend: Vec<i64> = shapes.iter().map(|shape| shape.domain.ends().0).collect();
    let offered = climb(problem, shapes, &mut spend)?;
    let worth = |spend: &[i64]| shapes.iter().zip(spend).map(|(shape, spend)| shape.at(*spend)).sum::<f64>();
    match aim {
        Aim::Limits => {}
        Aim::Floor(floor) => {
            let least = floor - SAME * floor.abs();
            for piece in offered.iter().take_while(|piece| piece.slope >= least) {
                spend[piece.cell as usize] += piece.length;
            }
        }
        Aim::Target(target) => {
            let target = target - problem.tolerance();
            let mut missing = target - worth(&spend);
            for piece in &offered {
                if missing <= 0.0 {
                    break;
                }
                if piece.slope <= 0.0 {
                    return None;
                }
                let taken = units(missing / piece.slope).min(piece.length);
                spend[piece.cell as usize] += taken;
                missing -= piece.slope * taken as f64;
            }
            if missing > 0.0 {
                return None;
            }
        }
    }
    Some(Relaxed { height: spend.iter().sum(), value: worth(&spend), spend })
}

/// The whole units of money that an amount takes, rounded up.
#[allow(clippy::cast_possible_truncation, reason = "the cast saturates, and callers cut the result")]
fn units(amount: f64) -> i64 {
    amount.ceil() as i64
}

/// Takes what minima ask for, from the inside out; gives back what the total may add, in order.
fn climb(problem: &Problem, shapes: &[Arc<Shape>], spend: &mut [i64]) -> Option<Vec<Piece>> {
    let tree = &problem.tree;
    let mut lists: Vec<Vec<Piece>> = vec![Vec::new(); tree.nodes.len()];
    for piece in sorted(problem, shapes) {
        lists[tree.home[piece.cell as usize]].push(piece);
    }
    let mut sums = vec![0_i64; tree.nodes.len()];
    for (home, spend) in tree.home.iter().zip(&*spend) {
        sums[*home] += spend;
    }
    // Lists of inner groups come after a node's own pieces, each in order: sorting merges such runs.
    for (number, node) in tree.nodes.iter().enumerate().rev() {
        let mut list = std::mem::take(&mut lists[number]);
        list.sort_by_key(|piece| piece.order);
        let forced = (node.least() - sums[number]).max(0);
        let rest = split(list, forced, |piece| spend[piece.cell as usize] += piece.length)?;
        sums[number] += forced;
        let room = node.most().checked_sub(sums[number]).filter(|room| *room >= 0)?;
        let offered = cut(rest, room);
        if number == 0 {
            return Some(offered);
        }
        sums[node.parent] += sums[number];
        lists[node.parent].extend(offered);
    }
    None
}

/// Hands the first `forced` units of money to `take`; gives back the rest. None if there are not as many.
fn split(list: Vec<Piece>, forced: i64, mut take: impl FnMut(Piece)) -> Option<Vec<Piece>> {
    if forced == 0 {
        return Some(list);
    }
    let mut missing = forced;
    let mut rest = Vec::with_capacity(list.len());
    for piece in list {
        let length = piece.length.min(missing);
        missing -= length;
        if length > 0 {
            take(Piece { length, ..piece });
        }
        if length < piece.length {
            rest.push(Piece { length: piece.length - length, ..piece });
        }
    }
    (missing == 0).then_some(rest)
}

/// Keeps the first `room` units of money.
fn cut(mut list: Vec<Piece>, room: i64) -> Vec<Piece> {
    let mut left = room;
    for position in 0..list.len() {
        let piece = &mut list[position];
        piece.length = piece.length.min(left);
        left -= piece.length;
        if left == 0 {
            list.truncate(position + 1);
            break;
        }
    }
    list.retain(|piece| piece.length > 0);
    list
}

/// All pieces in the one order that every node takes them in.
#[allow(clippy::cast_possible_truncation, reason = "there are fewer than 2^32 pieces")]
fn sorted(problem: &Problem, shapes: &[Arc<Shape>]) -> Vec<Piece> {
    let mut pieces: Vec<(Piece, bool)> = Vec::new();
    for (cell, shape) in shapes.iter().enumerate() {
        let current = problem.cells[cell].current;
        for pair in shape.points.windows(2) {
            let slope = super::curve::slope(pair[0], pair[1]);
            let piece = |length| Piece { order: 0, cell: cell as u32, length, slope };
            let held = (current - pair[0].0).clamp(0, pair[1].0 - pair[0].0);
            let added = pair[1].0 - pair[0].0 - held;
            pieces.extend((held > 0).then(|| (piece(held), true)));
            pieces.extend((added > 0).then(|| (piece(added), false)));
        }
    }
    // Stable sorts: a cell's pieces stay in the order of its curve, whose slopes fall.
    pieces.sort_by(|a, b| b.0.slope.total_cmp(&a.0.slope));
    let mut from = 0;
    while from < pieces.len() {
        let steepest = pieces[from].0.slope;
        let same =
            pieces[from..].iter().take_while(|(piece, _)| steepest - piece.slope <= SAME * steepest.abs());
        let to = from + same.count();
        pieces[from..to].sort_by_key(|(piece, held)| (!held, piece.cell));
        from = to;
    }
    let number = |(order, (piece, _)): (usize, (Piece, bool))| Piece { order: order as u32, ..piece };
    pieces.into_iter().enumerate().map(number).collect()
}
