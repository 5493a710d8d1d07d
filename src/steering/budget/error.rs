//! Why there is no plan.

use super::super::allocation::{CurveError, ProblemError, SolveError};

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
    /// The height rests on worth, and the model states none.
    #[error(
        "`stop_when_mroi_below` compares money with worth, but the model `{model}` states no `worth` and its outcome is no money"
    )]
    NoWorth {
        /// The model.
        model: String,
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
    /// The question has no answer.
    #[error("the budget cannot be planned: {0}")]
    Solve(#[from] SolveError),
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
            Self::NoWorth { .. } => "state `worth` in the model, or leave `stop_when_mroi_below` out",
            Self::Problem(ProblemError::Crossing { .. }) => {
                "limits lie inside each other or have no cell in common: limit the cells of both with one that names both"
            }
            Self::Solve(SolveError::Conflict(_)) => "loosen one of them",
            Self::NoCurves { .. } | Self::Curve { .. } | Self::Problem(_) | Self::Solve(_) => {
                "correct the cells or the limits"
            }
        }
    }
}
