//! The ways in which a fit can fail. They become a gate's reason, never an error of the run.

use crate::features::DesignColumn;

/// Why there are no coefficients.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FitFailure {
    /// There are not more rows than coefficients.
    TooFewRows {
        /// Rows.
        rows: u64,
        /// Coefficients with the intercept.
        parameters: usize,
    },
    /// All rows have the same outcome.
    OneOutcome {
        /// Rows.
        rows: u64,
        /// The outcome.
        outcome: f64,
    },
    /// The outcome is separated by a combination of columns, so that no finite coefficients are best.
    Separated {
        /// Index of the design column whose coefficient grew most.
        column: usize,
    },
    /// The iterations did not settle.
    NotConverged {
        /// Iterations taken.
        iterations: u32,
    },
    /// The solver refused the system.
    Solver {
        /// Its message.
        message: String,
    },
}

impl FitFailure {
    /// Stable `snake_case` code for a gate's reason.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::TooFewRows { .. } => "fewer_rows_than_parameters",
            Self::OneOutcome { .. } => "one_outcome_only",
            Self::Separated { .. } => "separated",
            Self::NotConverged { .. } => "not_converged",
            Self::Solver { .. } => "not_solved",
        }
    }

    /// What happened and what to do, as a lowercase fragment; `columns` are those of the frame.
    pub(crate) fn describe(&self, columns: &[DesignColumn]) -> String {
        match self {
            Self::TooFewRows { rows, parameters } => format!(
                "{rows} rows cannot carry {parameters} coefficients; give it more history or fewer drivers"
            ),
            Self::OneOutcome { rows, outcome } => {
                format!("all {rows} rows have the outcome {outcome}, so there is nothing to tell apart")
            }
            Self::Separated { column } => format!(
                "a combination of columns separates the outcome perfectly, and `{}` most of all; \
                 leave out what is known only afterwards, or pool rare levels",
                columns.get(*column).map_or("?", |column| column.name.as_str())
            ),
            Self::NotConverged { iterations } => {
                format!("the coefficients did not settle in {iterations} iterations")
            }
            Self::Solver { message } => format!("the solver failed: {message}"),
        }
    }
}
