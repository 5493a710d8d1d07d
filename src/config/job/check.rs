//! Resolved checks: what must hold for the rows of a table.
//!
//! Apart from the tables, because results and messages name the kinds too.

use crate::domain::Severity;

/// A check with its severity.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What must hold.
    pub kind: CheckKind,
    /// What happens if it does not.
    pub severity: Severity,
    /// SQL predicate: only rows for which it is true are looked at.
    pub filter: Option<String>,
    /// Whether all offending rows are kept, not only shown by example; never for kinds that find no rows.
    pub keep_failures: bool,
    /// Line of the check in the job file, for messages.
    pub line: u64,
}

impl Check {
    /// Whether the author's own SQL or values decide if what the check asks can be asked. If not, it can, once its
    /// columns are there and are of the right type.
    #[must_use]
    pub fn holds_sql(&self) -> bool {
        let names_columns_only = matches!(
            self.kind,
            CheckKind::NotNull { .. }
                | CheckKind::Unique { .. }
                | CheckKind::Range { .. }
                | CheckKind::RowCount { .. }
        );
        self.filter.is_some() || !names_columns_only
    }
}

/// What a check demands.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckKind {
    /// No NULL in any of the columns.
    NotNull {
        /// Columns looked at.
        columns: Vec<String>,
    },
    /// No two rows agree in all the columns.
    Unique {
        /// Columns looked at.
        columns: Vec<String>,
    },
    /// Every non-NULL value is one of the given.
    AcceptedValues {
        /// Column looked at.
        column: String,
        /// Allowed values.
        values: Vec<String>,
    },
    /// Every non-NULL value lies in `[min, max]`.
    Range {
        /// Column looked at.
        column: String,
        /// Smallest allowed value.
        min: Option<f64>,
        /// Largest allowed value.
        max: Option<f64>,
    },
    /// Every text that is not NULL matches a regular expression.
    Pattern {
        /// Column looked at.
        column: String,
        /// Regular expression; it may match any part of the text.
        matches: String,
    },
    /// No number is too far from the mean.
    ZScore {
        /// Column looked at.
        column: String,
        /// Most standard deviations between a value and the mean, above 0.
        max: f64,
        /// Columns of the groups with a mean of their own; none for one group.
        by: Vec<String>,
    },
    /// The mean of a column lies in `[min, max]`.
    MeanInRange {
        /// Column looked at.
        column: String,
        /// Smallest allowed mean.
        min: Option<f64>,
        /// Largest allowed mean.
        max: Option<f64>,
    },
    /// Every non-NULL value occurs in a column of another table.
    Relationship {
        /// Column looked at.
        column: String,
        /// The other table.
        to: String,
        /// Its column.
        field: String,
    },
    /// The number of rows lies in `[min, max]`.
    RowCount {
        /// Fewest allowed rows.
        min: Option<u64>,
        /// Most allowed rows.
        max: Option<u64>,
    },
    /// The number of rows of each period, against the median of those before it.
    RowCountChange {
        /// Smallest allowed relative change, at least -1.
        min: Option<f64>,
        /// Largest allowed relative change.
        max: Option<f64>,
        /// How many periods before each are looked at, at least 1.
        periods: u32,
    },
    /// The sum of a column agrees with a query's only value.
    Reconciles {
        /// SQL expression summed over the table.
        sum: String,
        /// Query with one row and one column.
        with: String,
        /// Largest allowed relative difference, 0 to 1.
        tolerance: f64,
    },
    /// A query that returns offending rows; none means the check holds.
    Sql {
        /// The query.
        query: String,
    },
}

impl CheckKind {
    /// The key in YAML.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotNull { .. } => "not_null",
            Self::Unique { .. } => "unique",
            Self::AcceptedValues { .. } => "accepted_values",
            Self::Range { .. } => "range",
            Self::Pattern { .. } => "pattern",
            Self::ZScore { .. } => "z_score",
            Self::MeanInRange { .. } => "mean_in_range",
            Self::Relationship { .. } => "relationship",
            Self::RowCount { .. } => "row_count",
            Self::RowCountChange { .. } => "row_count_change",
            Self::Reconciles { .. } => "reconciles",
            Self::Sql { .. } => "sql",
        }
    }
    /// Whether the check points at rows, of which `keep_failures` can keep all.
    #[must_use]
    pub fn finds_rows(&self) -> bool {
        match self {
            Self::NotNull { .. }
            | Self::Unique { .. }
            | Self::AcceptedValues { .. }
            | Self::Range { .. }
            | Self::Pattern { .. }
            | Self::ZScore { .. }
            | Self::Relationship { .. }
            | Self::Sql { .. } => true,
            Self::MeanInRange { .. }
            | Self::RowCount { .. }
            | Self::RowCountChange { .. }
            | Self::Reconciles { .. } => false,
        }
    }
}
