//! A bound that does not depend on how an allocation was found: weak duality.
//!
//! Give every node a price of money λ. Whatever is allocated, worth is at most what every cell gains on
//! its own when it pays the price of its node, plus what each node's limits make of the difference to the
//! price of the node above, plus λ of the total × the total. Any prices give a true bound; those at which the
//! allocation is optimal give its own worth.

use super::conflict::{Reach, own_ranges};
use super::exchange::Exchange;
use super::problem::{Height, Problem};

/// A price of money for every node, as close to the price of the node above as `exchange` allows.
pub(super) fn prices(problem: &Problem, exchange: &Exchange) -> Vec<f64> {
    let nodes = &problem.tree.nodes;
    let mut prices = vec![total_price(problem, exchange); nodes.len()];
    for (number, node) in nodes.iter().enumerate().skip(1) {
        prices[number] = clamp(prices[node.parent], exchange.inner_up[number], exchange.inner_down[number]);
    }
    prices
}

fn total_price(problem: &Problem, exchange: &Exchange) -> f64 {
    let (up, down) = (exchange.inner_up[0], exchange.inner_down[0]);
    let finite = |price: f64, other: f64| if price.is_finite() { price } else { other };
    match problem.height {
        Height::UntilFloor { floor, .. } => clamp(floor, up, down),
        // The last unit was needed at the price it brought.
        Height::Fixed(_) | Height::LeastFor { .. } => finite(down, finite(up, 0.0)),
    }
}

/// The nearest price to `price` between `up` and `down`; `up` where these cross, as they may in dents.
fn clamp(price: f64, up: f64, down: f64) -> f64 {
    price.min(down).max(up)
}

/// Bounds the score of every allocation from above; none if the limits leave none.
///
/// `gains` is what cells gain on their own, at most, when they pay the price of their node. Nodes that
/// `counted` marks have their limits in it already.
pub(super) fn bound(problem: &Problem, prices: &[f64], gains: f64, counted: &[bool]) -> Option<f64> {
    let reach = Reach::of(problem, &own_ranges(problem)).ok()?;
    let mut constant = gains;
    for (number, node) in problem.tree.nodes.iter().enumerate().skip(1) {
        if !counted[number] {
            let rate = prices[number] - prices[node.parent];
            constant += rate * if rate > 0.0 { reach.most[number] } else { reach.least[number] } as f64;
        }
    }
    let price = prices[0];
    Some(match &problem.height {
        Height::Fixed(limit) => constant + price * limit.at as f64,
        Height::UntilFloor { floor, .. } => {
            let rate = price - floor;
            constant + rate * if rate > 0.0 { reach.most[0] } else { reach.least[0] } as f64
        }
        Height::LeastFor { target, .. } => {
            let least = reach.least[0] as f64;
            // A millionth of a unit for rounding; heights are whole numbers.
            let needed = (target - problem.tolerance() - constant) / price - 1e-6;
            -if price > 0.0 { needed.ceil().max(least) } else { least }
        }
    })
}

/// What a cell gains at most when it pays `price` for its money.
pub(super) fn gain(problem: &Problem, cell: usize, price: f64) -> f64 {
    let cell = &problem.cells[cell];
    let points = cell.curve.points_between(cell.range.min.at, cell.range.max.at);
    points.map(|(spend, value)| value - price * spend as f64).fold(f64::NEG_INFINITY, f64::max)
}
