//! A bound that does not depend on how an allocation was found: weak duality.
//!
//! Give every node a price of money λ. Whatever is allocated, worth is at most what every cell gains on
//! its own when it pays the price of its node, plus what each node's limits make of the difference to the
//! price of the node above, plus λ of the total × the total. Any prices give a true bound; those at which the
//! allocation is optimal give its own worth.

use super::conflict::{Reach, own_ranges};
use super::exchange::Exchange;
use super::problem::{Height, Problem};

/// Bounds the score of every allocation from above; none if the limits leave none.
pub(super) fn bound(problem: &Problem, exchange: &Exchange) -> Option<f64> {
    let reach = Reach::of(problem, &own_ranges(problem)).ok()?;
    let price = total_price(problem, exchange);
    let constant = constant(problem, exchange, &reach, price);
    Some(match &problem.height {
        Height::Fixed(limit) => constant + price * limit.at as f64,
        Height::UntilFloor { floor, .. } => {
            let rate = price - floor;
            let height = if rate > 0.0 { reach.most[0] } else { reach.least[0] };
            constant + rate * height as f64
        }
        Height::LeastFor { target, .. } => {
            let least = reach.least[0] as f64;
            // Half a unit more than rounding, as heights are whole numbers.
            let needed = (target - problem.tolerance() - constant) / price;
            let needed = if price > 0.0 { (needed - 1e-6).ceil() } else { least };
            -needed.max(least)
        }
    })
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

/// Worth at no money at all, as seen from the prices: worth is at most this + `price` × the total.
fn constant(problem: &Problem, exchange: &Exchange, reach: &Reach, price: f64) -> f64 {
    let tree = &problem.tree;
    let mut prices = vec![price; tree.nodes.len()];
    let mut sum = 0.0;
    for (number, node) in tree.nodes.iter().enumerate().skip(1) {
        prices[number] = clamp(prices[node.parent], exchange.inner_up[number], exchange.inner_down[number]);
        let rate = prices[number] - prices[node.parent];
        let amount = if rate > 0.0 { reach.most[number] } else { reach.least[number] };
        sum += rate * amount as f64;
    }
    for (cell, home) in problem.cells.iter().zip(&tree.home) {
        let gain = |(spend, value): (i64, f64)| value - prices[*home] * spend as f64;
        let points = cell.curve.points_between(cell.range.min.at, cell.range.max.at);
        sum += points.map(gain).fold(f64::NEG_INFINITY, f64::max);
    }
    sum
}
