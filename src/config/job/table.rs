//! Resolved SQL tables and their checks.

use crate::domain::{Severity, Span};

/// A table computed by one SELECT.
#[derive(Debug, Clone)]
pub struct SqlTable {
    /// Name under which later SQL, KPIs and models read it.
    pub name: String,
    /// The SQL file as people name it, for messages, for example `sql/furniture/weekly_panel.sql`.
    pub file: String,
    /// The SELECT, as written.
    pub sql: String,
    /// Columns that identify a row; unique and never NULL. Rows are written in this order.
    pub key: Vec<String>,
    /// Column that dates a row, needed by KPIs and by `store: keep | publish`.
    pub time: Option<String>,
    /// What becomes of the rows after the run.
    pub store: Store,
    /// Periods before the window that are computed and published again.
    pub restate: Option<Span>,
    /// Checks on the staged rows, in the order given.
    pub checks: Vec<Check>,
}

impl SqlTable {
    /// Whether later runs find its rows.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.store != Store::View
    }
}

/// What becomes of a table's rows after the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Store {
    /// Used within the run only.
    #[default]
    View,
    /// Kept under `tables/` for this and later runs.
    Keep,
    /// Kept under `tables/` and announced to readers.
    Publish,
}

/// A check with its severity.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What must hold.
    pub kind: CheckKind,
    /// What happens if it does not.
    pub severity: Severity,
    /// SQL predicate: only rows for which it is true are looked at.
    pub filter: Option<String>,
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
            Self::Relationship { .. } => "relationship",
            Self::RowCount { .. } => "row_count",
            Self::Reconciles { .. } => "reconciles",
            Self::Sql { .. } => "sql",
        }
    }
}
