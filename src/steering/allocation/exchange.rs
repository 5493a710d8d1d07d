//! What moving one unit of money brings: into a cell or a group, out of it, and from or to elsewhere.
//!
//! An allocation under concave curves and nested limits is optimal if and only if no unit of money can move
//! from one cell to another with a gain; and when one limit moves by one unit, the new optimum is one such
//! move away (Murota 2003, M-concave functions). So two passes over the tree price every limit exactly.

use super::problem::{Height, Problem};

/// Best prices of single units; items are the nodes of the tree, then the cells.
#[derive(Debug)]
pub(super) struct Exchange {
    /// The gain of one unit more in an item, its own maximum aside; −∞ if nothing below can take it.
    pub(super) inner_up: Vec<f64>,
    /// The loss of one unit less in an item, its own minimum aside; ∞ if nothing below can give it.
    pub(super) inner_down: Vec<f64>,
    /// The same within its own limits.
    pub(super) up: Vec<f64>,
    /// The same within its own limits.
    pub(super) down: Vec<f64>,
    /// The best gain of one unit placed outside of an item, from which it is taken.
    pub(super) gain_out: Vec<f64>,
    /// The least loss of one unit taken outside of an item, in which it is placed.
    pub(super) cost_out: Vec<f64>,
}

/// An item's place and amount.
struct Item {
    parent: usize,
    sum: i64,
    least: i64,
    most: i64,
}

/// The two best prices among the children of a node, and whose the first is.
#[derive(Clone, Copy)]
struct Two {
    first: f64,
    whose: usize,
    second: f64,
}

impl Two {
    fn take(&mut self, price: f64, item: usize, better: impl Fn(f64, f64) -> bool) {
        if better(price, self.first) {
            *self = Self { first: price, whose: item, second: self.first };
        } else if better(price, self.second) {
            self.second = price;
        }
    }

    fn without(&self, item: usize) -> f64 {
        if self.whose == item { self.second } else { self.first }
    }
}

impl Exchange {
    /// Prices every item at `spend`, on the cells' own curves.
    pub(super) fn of(problem: &Problem, spend: &[i64]) -> Self {
        let curve = |cell: usize| &problem.cells[cell].curve;
        Self::on(problem, spend, |cell, at| (curve(cell).marginal_left(at), curve(cell).marginal_right(at)))
    }

    /// Prices every item at `spend`, where a cell's last unit brought and its next one brings what `marginal`
    /// says; none where there is no such unit.
    pub(super) fn on(
        problem: &Problem,
        spend: &[i64],
        marginal: impl Fn(usize, i64) -> (Option<f64>, Option<f64>),
    ) -> Self {
        let items = items(problem, spend);
        let nodes = problem.tree.nodes.len();
        let count = items.len();
        let worst = |price: f64| vec![price; count];
        let none = Two { first: f64::NEG_INFINITY, whose: usize::MAX, second: f64::NEG_INFINITY };
        let mut ups = vec![none; nodes];
        let mut downs = vec![Two { first: f64::INFINITY, second: f64::INFINITY, ..none }; nodes];
        let mut this = Self {
            inner_up: worst(f64::NEG_INFINITY),
            inner_down: worst(f64::INFINITY),
            up: worst(f64::NEG_INFINITY),
            down: worst(f64::INFINITY),
            gain_out: worst(f64::NEG_INFINITY),
            cost_out: worst(f64::INFINITY),
        };
        for (number, item) in items.iter().enumerate().rev() {
            if number >= nodes {
                let (last, next) = marginal(number - nodes, item.sum);
                this.inner_up[number] = next.unwrap_or(f64::NEG_INFINITY);
                this.inner_down[number] = last.unwrap_or(f64::INFINITY);
            } else {
                this.inner_up[number] = ups[number].first;
                this.inner_down[number] = downs[number].first;
            }
            if item.sum < item.most {
                this.up[number] = this.inner_up[number];
            }
            if item.sum > item.least {
                this.down[number] = this.inner_down[number];
            }
            if number > 0 {
                ups[item.parent].take(this.up[number], number, |new, old| new > old);
                downs[item.parent].take(this.down[number], number, |new, old| new < old);
            }
        }
        this.gain_out[0] = outside(problem);
        this.cost_out[0] = outside(problem);
        for (number, item) in items.iter().enumerate().skip(1) {
            let up = item.parent;
            let at = &items[up];
            let beyond_gain = if at.sum > at.least { this.gain_out[up] } else { f64::NEG_INFINITY };
            let beyond_cost = if at.sum < at.most { this.cost_out[up] } else { f64::INFINITY };
            this.gain_out[number] = ups[up].without(number).max(beyond_gain);
            this.cost_out[number] = downs[up].without(number).min(beyond_cost);
        }
        this
    }

    /// The largest gain that moving one unit of money within all limits would still bring; at least 0.
    pub(super) fn residual(&self, nodes: usize) -> f64 {
        let cells = nodes..self.up.len();
        let gains = cells
            .flat_map(|cell| [self.up[cell] - self.cost_out[cell], self.gain_out[cell] - self.down[cell]]);
        gains.fold(0.0, f64::max)
    }
}

/// What a unit of money is worth that nobody spends. Limits on the total keep it from counting where it is fixed.
fn outside(problem: &Problem) -> f64 {
    match problem.height {
        Height::UntilFloor { floor, .. } => floor,
        Height::Fixed(_) | Height::LeastFor { .. } => 0.0,
    }
}

fn items(problem: &Problem, spend: &[i64]) -> Vec<Item> {
    let tree = &problem.tree;
    let sums = tree.sums(spend);
    let nodes = tree.nodes.iter().zip(&sums).map(|(node, &sum)| Item {
        parent: node.parent,
        sum,
        least: node.least(),
        most: node.most(),
    });
    let cells = problem.cells.iter().zip(spend).zip(&tree.home).map(|((cell, &sum), &parent)| Item {
        parent,
        sum,
        least: cell.range.min.at,
        most: cell.range.max.at,
    });
    let mut items: Vec<Item> = nodes.chain(cells).collect();
    // A target is met at the height that was found; prices hold there.
    if matches!(problem.height, Height::LeastFor { .. }) {
        (items[0].least, items[0].most) = (sums[0], sums[0]);
    }
    items
}
