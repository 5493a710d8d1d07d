//! Why there is no plan.

use super::question::CENTS;
use crate::steering::allocation::{Bound, CurveError, HeldLimit, Holder, ProblemError, SolveError};

/// Cells that a message names.
const NAMED: usize = 3;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BudgetError {
    /// The table of cells is empty.
    #[error("`{table}` names no cell that money could go to")]
    NoCells {
        /// The table.
        table: String,
    },
    /// The plan is shorter than a period.
    #[error("a plan for {plan} holds no whole period of the calendar")]
    NoPeriod {
        /// As the job states it.
        plan: String,
    },
    /// The shares of the plan's periods are too many or too few.
    #[error("`phasing` gives {given} shares, but the plan has {periods} periods")]
    WrongShares {
        /// How many there are.
        given: usize,
        /// How many there should be.
        periods: usize,
    },
    /// A limit holds for no cell.
    #[error("the limit in line {line} holds for no cell: none has {what}")]
    EmptyLimit {
        /// Line of the job file.
        line: u32,
        /// What it asks of a cell.
        what: String,
    },
    /// The model has no curves.
    #[error("the model `{model}` gave no curves for the plan")]
    NoCurves {
        /// The model.
        model: String,
    },
    /// A cell's curve is none.
    #[error("the curve of `{cell}` is broken: {reason}")]
    Curve {
        /// The cell.
        cell: String,
        /// What is wrong with it.
        reason: CurveError,
    },
    /// The question cannot be asked.
    #[error("the budget cannot be planned: {0}")]
    Problem(#[from] ProblemError),
    /// Limits cannot hold together: a smallest set of them, without any one of which the others can.
    #[error("the budget cannot be planned: these limits cannot hold together: {}", .0.join("; "))]
    Conflict(Vec<String>),
    /// The question has no answer.
    #[error("the budget cannot be planned: {0}")]
    Solve(SolveError),
}

impl From<SolveError> for BudgetError {
    fn from(error: SolveError) -> Self {
        match error {
            SolveError::Conflict(conflict) => Self::Conflict(told(&conflict.limits)),
            other => Self::Solve(other),
        }
    }
}

/// The limits in words and in money; cells with the same limit for the same reason are told together.
fn told(limits: &[HeldLimit]) -> Vec<String> {
    let mut groups: Vec<(Bound, &str, Vec<&HeldLimit>)> = Vec::new();
    for held in limits {
        let is_cell = matches!(held.holder, Holder::Cell(_));
        let key = (held.bound, held.limit.label.as_str());
        match groups.iter_mut().find(|(bound, label, _)| is_cell && (*bound, *label) == key) {
            Some((.., members)) => members.push(held),
            None => groups.push((key.0, key.1, vec![held])),
        }
    }
    groups.iter().map(|(bound, label, members)| sentence(*bound, label, members)).collect()
}

fn sentence(bound: Bound, label: &str, members: &[&HeldLimit]) -> String {
    let side = match bound {
        Bound::Min => "at least",
        Bound::Max => "at most",
    };
    let money = members.iter().map(|held| held.limit.at).sum::<i64>() as f64 / CENTS;
    let name = |held: &HeldLimit| match &held.holder {
        Holder::Cell(name) | Holder::Group(name) => format!("`{name}`"),
        Holder::Total => "the total".to_owned(),
    };
    match members {
        [only] => format!("{} {side} {money:.2} ({label})", name(only)),
        many => {
            let named: Vec<String> = many.iter().take(NAMED).map(|held| name(held)).collect();
            let more = many.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more} together {side} {money:.2} ({label})", named.join(", "))
        }
    }
}

impl BudgetError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoCells { .. } => "give the table one row per unit and channel that may get money",
            Self::NoPeriod { .. } => "plan at least one period of the job's calendar",
            Self::WrongShares { .. } => "give one share per period",
            Self::EmptyLimit { .. } => "correct the name, or take the limit out",
            Self::Problem(ProblemError::Crossing { .. }) => {
                "limits lie inside each other or have no cell in common: limit the cells of both with one that names both"
            }
            Self::Conflict(_) => "loosen one of them",
            Self::NoCurves { .. } | Self::Curve { .. } | Self::Problem(_) | Self::Solve(_) => {
                "correct the cells or the limits"
            }
        }
    }
}
