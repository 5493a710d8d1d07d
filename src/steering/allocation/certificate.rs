//! What can be known about an allocation without trusting the way it was found.

use super::conflict::held_by_cell;
use super::dual;
use super::exchange::Exchange;
use super::limit::{Bound, HeldLimit};
use super::problem::{Height, Problem};
use super::search::{Outcome, score};

/// How good an allocation is, and what keeps it from being better.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// What the allocation is worth.
    pub value: f64,
    /// What was maximized: worth; worth less floor × height; or, for the least money, height with a minus.
    pub objective: f64,
    /// No allocation within the limits has a larger objective: by duality, or by a complete search.
    pub bound: f64,
    /// `bound` less `objective`, at least 0. Of the order of rounding where the allocation is optimal.
    pub gap: f64,
    /// The largest gain, in worth, that moving one unit of money within all limits would still bring; also
    /// moving it in or out of the total where that is flexible. 0 up to rounding where curves are concave.
    pub residual: f64,
    /// What the next unit of money in all would bring; none if no cell can take it.
    pub next_return: Option<f64>,
    /// What the last unit of money in all brought; none if no cell can do without it.
    pub last_return: Option<f64>,
    /// Every limit: those of the total, of the groups from the outside in, of the cells; minimum first.
    pub limits: Vec<LimitPrice>,
    /// How many times the problem was bounded.
    pub nodes: usize,
    /// Whether the search left nothing open. If not, `gap` is what may be missing.
    pub complete: bool,
}

/// A limit and what it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitPrice {
    /// The limit.
    pub limit: HeldLimit,
    /// Whether the amount is at the limit.
    pub binds: bool,
    /// What the objective would gain if the limit gave way by one unit of money; at least 0.
    ///
    /// Exact for concave curves, and of single moves for others. With the least money for a target, what
    /// worth would gain at the height that was found. None for a limit at the end of what a curve knows, and
    /// for limits on the least money.
    pub price: Option<f64>,
}

/// Certifies an allocation that keeps all limits.
pub(super) fn certify(problem: &Problem, spend: &[i64], outcome: &Outcome) -> Certificate {
    let exchange = Exchange::of(problem, spend);
    let value = problem.value(spend);
    let objective = score(problem, value, spend.iter().sum());
    let dual = dual::bound(problem, &exchange).unwrap_or(f64::INFINITY);
    let bound = outcome.bound.min(dual).max(objective);
    let known = |price: f64| price.is_finite().then_some(price);
    Certificate {
        value,
        objective,
        bound,
        gap: bound - objective,
        residual: exchange.residual(problem.tree.nodes.len()),
        next_return: known(exchange.inner_up[0]),
        last_return: known(exchange.inner_down[0]),
        limits: prices(problem, spend, &exchange),
        nodes: outcome.nodes,
        complete: outcome.complete,
    }
}

fn prices(problem: &Problem, spend: &[i64], exchange: &Exchange) -> Vec<LimitPrice> {
    let tree = &problem.tree;
    let sums = tree.sums(spend);
    let mut limits = Vec::new();
    for (number, node) in tree.nodes.iter().enumerate() {
        let priced = number > 0 || !matches!(problem.height, Height::LeastFor { .. });
        for held in [Bound::Min, Bound::Max].into_iter().filter_map(|bound| node.held(bound)) {
            let price = priced.then(|| relaxed(exchange, number, &held, sums[number]));
            limits.push(LimitPrice { binds: held.limit.at == sums[number], limit: held, price });
        }
    }
    for (cell, &amount) in spend.iter().enumerate() {
        let curve = &problem.cells[cell].curve;
        for bound in [Bound::Min, Bound::Max] {
            let held = held_by_cell(problem, cell, bound);
            let end = if bound == Bound::Min { curve.start() } else { curve.end() };
            let known = held.limit.at != end || held.limit.at != amount;
            let price = known.then(|| relaxed(exchange, tree.nodes.len() + cell, &held, amount));
            limits.push(LimitPrice { binds: held.limit.at == amount, limit: held, price });
        }
    }
    limits
}

/// What the limit of an item would bring if it gave way by one unit: the best single move it forbids.
fn relaxed(exchange: &Exchange, item: usize, held: &HeldLimit, amount: i64) -> f64 {
    if held.limit.at != amount {
        return 0.0;
    }
    let gain = match held.bound {
        Bound::Max => exchange.inner_up[item] - exchange.cost_out[item],
        Bound::Min => exchange.gain_out[item] - exchange.inner_down[item],
    };
    gain.max(0.0)
}
