//! Groups solved on their own: what a search over all cells at once closes slowly, group by group.
//!
//! Where curves have dents, every group at its maximum leaves one cell inside a bridge, and a search over
//! all of them has to try their combinations. But groups meet in their sums only. At the prices of money that
//! the bound over all cells found, each group alone is a small question with an exact answer, and these
//! answers add up to a bound that has no dents inside groups left (Lagrangian decomposition). With its
//! sum held, each group alone also says how to spend that sum best.

use super::domain::Shapes;
use super::dual;
use super::exchange::Exchange;
use super::limit::Limit;
use super::merge::Relaxed;
use super::problem::{Height, Problem};
use super::search::{Effort, Known, score, search, tolerance};

/// No group with more cells is solved on its own.
const LARGEST: usize = 64;

/// A group to be solved on its own: one with few cells that lies in none such.
#[derive(Debug)]
pub(super) struct Block {
    node: usize,
    cells: Vec<usize>,
    shapes: Shapes,
}

/// What looking at blocks found.
#[derive(Debug)]
pub(super) struct Refined {
    /// An allocation no worse than the one before.
    pub(super) spend: Vec<i64>,
    /// No allocation scores higher.
    pub(super) bound: f64,
}

/// The blocks of a question; empty where its cells lie in no group, or in large ones only.
pub(super) fn blocks(problem: &Problem, shapes: &Shapes) -> Vec<Block> {
    let tree = &problem.tree;
    let sizes = tree.sums(&vec![1; problem.cells.len()]);
    // Node → the block that it lies in.
    let mut block: Vec<Option<usize>> = vec![None; tree.nodes.len()];
    let mut blocks: Vec<Block> = Vec::new();
    for (number, node) in tree.nodes.iter().enumerate().skip(1) {
        block[number] = block[node.parent];
        let small = usize::try_from(sizes[number]).is_ok_and(|size| size <= LARGEST);
        if block[number].is_none() && small {
            block[number] = Some(blocks.len());
            blocks.push(Block { node: number, cells: Vec::new(), shapes: Vec::new() });
        }
    }
    for (cell, home) in tree.home.iter().enumerate() {
        if let Some(block) = block[*home] {
            blocks[block].cells.push(cell);
            blocks[block].shapes.push(shapes[cell].clone());
        }
    }
    blocks
}

/// Improves an allocation block by block, and bounds all allocations by the blocks' own optima.
pub(super) fn refine(
    problem: &Problem,
    shapes: &Shapes,
    blocks: &[Block],
    relaxed: &Relaxed,
    spend: Vec<i64>,
    effort: Effort,
) -> Refined {
    let exchange = Exchange::on(problem, &relaxed.spend, |cell, at| shapes[cell].marginals(at));
    let prices = dual::prices(problem, &exchange);
    let each = Effort { pieces: effort.pieces / (4 * blocks.len()) };
    let mut spend = polish(problem, blocks, spend, each);
    let mut alone = vec![true; problem.cells.len()];
    let mut counted = vec![false; prices.len()];
    let mut gains = 0.0;
    for block in blocks {
        let node = &problem.tree.nodes[block.node];
        let floor = prices[node.parent];
        let height = Height::UntilFloor { min: node.min.clone(), max: node.max.clone(), floor };
        let known = Known { start: None, ceiling: f64::INFINITY };
        let Some(own) = problem.inside(block.node, &block.cells, height) else { continue };
        let found = search(&own, &block.shapes, known, each);
        let Some(best) = found.spend else { continue };
        gains += found.bound;
        for cell in &block.cells {
            alone[*cell] = false;
        }
        counted[block.node] = true;
        spend = better_with(problem, block, spend, &best);
    }
    mark_below(problem, &mut counted);
    let homes = problem.tree.home.iter().enumerate().filter(|(cell, _)| alone[*cell]);
    gains += homes.map(|(cell, home)| dual::gain(problem, cell, prices[*home])).sum::<f64>();
    let bound = dual::bound(problem, &prices, gains, &counted).unwrap_or(f64::INFINITY);
    Refined { spend, bound }
}

/// Spends the sum of every block in the best way.
pub(super) fn polish(problem: &Problem, blocks: &[Block], mut spend: Vec<i64>, each: Effort) -> Vec<i64> {
    for block in blocks {
        let start: Vec<i64> = block.cells.iter().map(|cell| spend[*cell]).collect();
        let height = Height::Fixed(Limit::new(start.iter().sum(), ""));
        let Some(own) = problem.inside(block.node, &block.cells, height) else { continue };
        let known = Known { start: Some(start), ceiling: f64::INFINITY };
        if let Some(best) = search(&own, &block.shapes, known, each).spend {
            spend = better_with(problem, block, spend, &best);
        }
    }
    spend
}

/// Puts a block's allocation into the whole if that is allowed and better.
fn better_with(problem: &Problem, block: &Block, spend: Vec<i64>, best: &[i64]) -> Vec<i64> {
    let mut with = spend.clone();
    for (cell, amount) in block.cells.iter().zip(best) {
        with[*cell] = *amount;
    }
    let objective = |spend: &[i64]| {
        let value = block.cells.iter().map(|cell| problem.cells[*cell].curve.at(spend[*cell])).sum();
        score(problem, value, block.cells.iter().map(|cell| spend[*cell]).sum())
    };
    let better = objective(&with) > objective(&spend) + tolerance(problem);
    if better && problem.allows(&with) { with } else { spend }
}

/// Marks what lies below marked nodes.
fn mark_below(problem: &Problem, marked: &mut [bool]) {
    for (number, node) in problem.tree.nodes.iter().enumerate().skip(1) {
        marked[number] |= marked[node.parent];
    }
}
