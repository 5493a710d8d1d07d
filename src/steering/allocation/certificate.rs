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
    /// The limits of the total, then of the groups, larger groups first; minimum before maximum.
    pub limits: Vec<LimitPrice>,
    /// The minimum and the maximum of every cell, in the order of the problem's cells.
    pub cells: Vec<[LimitPrice; 2]>,
    /// How many times the problem was bounded.
    pub nodes: usize,
    /// Whether the search left nothing open. If not, `gap` is what may be missing.
    pub complete: bool,
}

impl Certificate {
    /// Every limit: of the total, of the groups, of the cells.
    pub fn all(&self) -> impl Iterator<Item = &LimitPrice> {
        self.limits.iter().chain(self.cells.iter().flatten())
    }
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
    let dual = plain_dual(problem, &exchange).unwrap_or(f64::INFINITY);
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
        limits: prices_of_sums(problem, spend, &exchange),
        cells: spend
            .iter()
            .enumerate()
            .map(|(cell, at)| prices_of_cell(problem, cell, *at, &exchange))
            .collect(),
        nodes: outcome.nodes,
        complete: outcome.complete,
    }
}

fn plain_dual(problem: &Problem, exchange: &Exchange) -> Option<f64> {
    let prices = dual::prices(problem, exchange);
    let homes = problem.tree.home.iter().enumerate();
    let gains = homes.map(|(cell, home)| dual::gain(problem, cell, prices[*home])).sum();
    dual::bound(problem, &prices, gains, &vec![false; prices.len()])
}

fn prices_of_sums(problem: &Problem, spend: &[i64], exchange: &Exchange) -> Vec<LimitPrice> {
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
    limits
}

fn prices_of_cell(problem: &Problem, cell: usize, amount: i64, exchange: &Exchange) -> [LimitPrice; 2] {
    let curve = &problem.cells[cell].curve;
    [(Bound::Min, curve.start()), (Bound::Max, curve.end())].map(|(bound, end)| {
        let limit = held_by_cell(problem, cell, bound);
        let binds = limit.limit.at == amount;
        let known = !binds || amount != end;
        let price = known.then(|| relaxed(exchange, problem.tree.nodes.len() + cell, &limit, amount));
        LimitPrice { limit, binds, price }
    })
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
