//! What is asked: cells with curves and limits, groups that lie inside each other, and how much in all.

use super::curve::Curve;
use super::limit::{Limit, Range};
use super::tree::Tree;

/// No amount and no sum may be larger: beyond it doubles no longer hold every whole number.
const LARGEST: i64 = 1 << 53;

/// One place where money can go.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Its name, for messages.
    pub name: String,
    /// Its worth over spend.
    pub curve: Curve,
    /// What it has now; the curve must know it, limits need not allow it.
    pub current: i64,
    /// What it may get; the curve must know both ends.
    pub range: Range,
}

/// Cells whose sum is limited.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name, for messages.
    pub name: String,
    /// Its cells, as positions in the problem's list of cells.
    pub cells: Vec<usize>,
    /// The least sum.
    pub min: Option<Limit>,
    /// The greatest sum.
    pub max: Option<Limit>,
}

/// How much money there is in all.
#[derive(Debug, Clone)]
pub enum Height {
    /// Exactly this much.
    Fixed(Limit),
    /// As much as pays: the sum at which worth less `floor` × sum is greatest.
    ///
    /// With concave curves: money is added as long as the next unit brings at least `floor`, so of several
    /// such sums it is the greatest.
    UntilFloor {
        /// The least sum.
        min: Option<Limit>,
        /// The greatest sum.
        max: Option<Limit>,
        /// Worth per money that the last unit must bring: 1 to break even, 1.2 for a fifth on top.
        floor: f64,
    },
    /// The least sum whose worth is at least `target`, in its best use.
    LeastFor {
        /// Worth of all cells together.
        target: f64,
        /// The least sum.
        min: Option<Limit>,
        /// The greatest sum.
        max: Option<Limit>,
    },
}

impl Height {
    /// The least and the greatest sum.
    pub(super) fn limits(&self) -> (Option<&Limit>, Option<&Limit>) {
        match self {
            Self::Fixed(limit) => (Some(limit), Some(limit)),
            Self::UntilFloor { min, max, .. } | Self::LeastFor { min, max, .. } => {
                (min.as_ref(), max.as_ref())
            }
        }
    }
}

/// A checked question. Whether its limits can hold together is for the solver to say.
#[derive(Debug, Clone)]
pub struct Problem {
    pub(super) cells: Vec<Cell>,
    pub(super) tree: Tree,
    pub(super) height: Height,
}

/// Why a question cannot be asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProblemError {
    /// Nothing to spend on.
    #[error("there is no cell to give money to")]
    NoCells,
    /// An amount of a cell lies where its curve is not known.
    #[error("the {what} of `{cell}` is {amount}, but its curve is known from {start} to {end} only")]
    OutsideCurve {
        /// The cell.
        cell: String,
        /// Which amount: `current spend`, `minimum (its label)` or `maximum (its label)`.
        what: String,
        /// The amount.
        amount: i64,
        /// Where the curve starts.
        start: i64,
        /// Where it ends.
        end: i64,
    },
    /// A group without cells has no sum.
    #[error("group `{group}` has no cells")]
    EmptyGroup {
        /// The group.
        group: String,
    },
    /// A group names a cell that is not there.
    #[error("group `{group}` names cell number {cell}, but there are {cells} cells, counted from 0")]
    UnknownCell {
        /// The group.
        group: String,
        /// The position it names.
        cell: usize,
        /// How many cells there are.
        cells: usize,
    },
    /// A group names a cell twice.
    #[error("group `{group}` names cell `{cell}` twice")]
    RepeatedCell {
        /// The group.
        group: String,
        /// The cell.
        cell: String,
    },
    /// Two groups share cells and neither lies in the other.
    #[error("groups `{first}` and `{second}` share `{shared}`, but neither lies inside the other")]
    Crossing {
        /// The larger group.
        first: String,
        /// The other.
        second: String,
        /// A cell in both.
        shared: String,
    },
    /// Sums of money are not negative.
    #[error("a limit of `{holder}` is negative: {amount} ({label})")]
    Negative {
        /// The group, or `the total`.
        holder: String,
        /// The limit.
        amount: i64,
        /// What says so.
        label: String,
    },
    /// Money beyond what doubles can count.
    #[error(
        "maxima or current spends of all cells sum to more than {LARGEST} units of money; use a larger unit"
    )]
    TooMuchMoney,
    /// A floor or a target is infinite or no number.
    #[error("the {what} must be a finite number, got {value}")]
    NotFinite {
        /// `floor on the marginal return` or `target worth`.
        what: &'static str,
        /// Its value.
        value: f64,
    },
}

impl Problem {
    /// Checks a question.
    ///
    /// Groups come in any order; two with the same cells lie inside each other. Amounts are whole units of
    /// money, worth is in the same unit.
    ///
    /// # Errors
    ///
    /// As [`ProblemError`] lists.
    pub fn new(cells: Vec<Cell>, groups: Vec<Group>, height: Height) -> Result<Self, ProblemError> {
        if cells.is_empty() {
            return Err(ProblemError::NoCells);
        }
        cells.iter().try_for_each(check_cell)?;
        let most = |cell: &Cell| cell.range.max.at.max(cell.current);
        let most = cells.iter().fold(0_i64, |sum, cell| sum.saturating_add(most(cell)));
        if most > LARGEST {
            return Err(ProblemError::TooMuchMoney);
        }
        for group in &groups {
            check_sign(&group.name, group.min.iter().chain(&group.max))?;
        }
        check_height(&height)?;
        let (min, max) = height.limits();
        check_sign("the total", min.into_iter().chain(max))?;
        let tree = Tree::new(&cells, groups, &height)?;
        Ok(Self { cells, tree, height })
    }

    /// The cells, in the order of every result.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The same cells and groups with another height.
    ///
    /// # Errors
    ///
    /// When the height's limits are negative, or its floor or target is not finite.
    pub fn with_height(&self, height: Height) -> Result<Self, ProblemError> {
        check_height(&height)?;
        let (min, max) = height.limits();
        check_sign("the total", min.into_iter().chain(max))?;
        let tree = self.tree.with_height(&height);
        Ok(Self { cells: self.cells.clone(), tree, height })
    }

    /// The question of one node alone: its `cells` and the groups in it, at another height.
    ///
    /// None where a cell does not lie in the node.
    pub(super) fn inside(&self, node: usize, cells: &[usize], height: Height) -> Option<Self> {
        let tree = self.tree.inside(node, cells, &height)?;
        Some(Self { cells: cells.iter().map(|cell| self.cells[*cell].clone()).collect(), tree, height })
    }

    /// What the cells are worth together at `spend`, which their curves know.
    pub(super) fn value(&self, spend: &[i64]) -> f64 {
        self.cells.iter().zip(spend).map(|(cell, spend)| cell.curve.at(*spend)).sum()
    }

    /// Differences of worth that are rounding: one part in 10¹² of all worth there is.
    pub(super) fn tolerance(&self) -> f64 {
        1e-12 * self.cells.iter().map(|cell| cell.curve.size()).sum::<f64>() + 1e-9
    }

    /// What the current allocation holds.
    pub(super) fn current(&self) -> Vec<i64> {
        self.cells.iter().map(|cell| cell.current).collect()
    }

    /// Whether `spend` keeps every limit.
    pub(super) fn allows(&self, spend: &[i64]) -> bool {
        let inside = |(cell, spend): (&Cell, &i64)| (cell.range.min.at..=cell.range.max.at).contains(spend);
        self.cells.iter().zip(spend).all(inside) && self.tree.allows(spend)
    }
}

fn check_cell(cell: &Cell) -> Result<(), ProblemError> {
    let (start, end) = (cell.curve.start(), cell.curve.end());
    let Range { min, max } = &cell.range;
    let amounts = [
        ("current spend".to_owned(), cell.current),
        (format!("minimum ({})", min.label), min.at),
        (format!("maximum ({})", max.label), max.at),
    ];
    match amounts.into_iter().find(|(_, amount)| !(start..=end).contains(amount)) {
        None => Ok(()),
        Some((what, amount)) => {
            Err(ProblemError::OutsideCurve { cell: cell.name.clone(), what, amount, start, end })
        }
    }
}

fn check_sign<'a>(holder: &str, limits: impl IntoIterator<Item = &'a Limit>) -> Result<(), ProblemError> {
    match limits.into_iter().find(|limit| limit.at < 0) {
        None => Ok(()),
        Some(Limit { at, label }) => {
            Err(ProblemError::Negative { holder: holder.to_owned(), amount: *at, label: label.clone() })
        }
    }
}

fn check_height(height: &Height) -> Result<(), ProblemError> {
    let (what, value) = match height {
        Height::Fixed(_) => return Ok(()),
        Height::UntilFloor { floor, .. } => ("floor on the marginal return", *floor),
        Height::LeastFor { target, .. } => ("target worth", *target),
    };
    if value.is_finite() { Ok(()) } else { Err(ProblemError::NotFinite { what, value }) }
}
