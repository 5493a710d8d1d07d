//! `checks` of a table.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::Share;
use crate::config::yaml::{List, Located, Optional, Required};
use crate::domain::Severity;

/// A check: what must hold for the rows of a table before anything is published.
///
/// Every kind also takes `severity` and `where`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckSpec {
    /// No value is missing in any of the columns.
    NotNull(NotNullSpec),
    /// No two rows agree in all the columns.
    Unique(UniqueSpec),
    /// Every value is one of the given.
    AcceptedValues(AcceptedValuesSpec),
    /// Every value lies in a range.
    Range(RangeSpec),
    /// Every value occurs in a column of another table.
    Relationship(RelationshipSpec),
    /// The number of rows lies in a range.
    RowCount(RowCountSpec),
    /// The sum of a column agrees with the only value of a query.
    Reconciles(ReconcilesSpec),
    /// A query returns no rows. Those that it returns are the offending ones.
    Sql(SqlCheckSpec),
}

/// Declares the settings of a check: its own, and those that every check has.
macro_rules! check_settings {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ })+) => {
        $($(#[$meta])*
        #[derive(Debug, Clone, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $($(#[$field_meta])* pub(crate) $field: $type,)+
            /// What happens when the check does not hold: `error` publishes nothing, `warn` goes on and says so.
            #[serde(default = "error")]
            pub(crate) severity: Severity,
            /// SQL condition: only rows for which it is true are looked at.
            #[serde(rename = "where")]
            pub(crate) filter: Option<Located<String>>,
        })+
    };
}

fn error() -> Severity {
    Severity::Error
}

check_settings! {
    /// No value is missing in any of the columns.
    NotNullSpec {
        /// Columns to look at.
        columns: Required<List<String>>,
    }
    /// No two rows agree in all the columns.
    UniqueSpec {
        /// Columns to look at.
        columns: Required<List<String>>,
    }
    /// Every value that is not missing is one of the given.
    AcceptedValuesSpec {
        /// Column to look at.
        column: Required<String>,
        /// Allowed values.
        values: Required<List<String>>,
    }
    /// Every value that is not missing lies in a range. Give `min`, `max` or both.
    RangeSpec {
        /// Column to look at.
        column: Required<String>,
        /// Smallest allowed value.
        #[serde(default)]
        min: Optional<f64>,
        /// Largest allowed value.
        #[serde(default)]
        max: Optional<f64>,
    }
    /// Every value that is not missing occurs in a column of another table.
    RelationshipSpec {
        /// Column to look at.
        column: Required<String>,
        /// The other table or source.
        to: Required<String>,
        /// Its column.
        field: Required<String>,
    }
    /// The number of rows lies in a range. Give `min`, `max` or both.
    RowCountSpec {
        /// Fewest allowed rows.
        #[serde(default)]
        min: Optional<i64>,
        /// Most allowed rows.
        #[serde(default)]
        max: Optional<i64>,
    }
    /// The sum of a column agrees with the only value of a query.
    ReconcilesSpec {
        /// Column or SQL expression that is summed over the table.
        sum: Required<String>,
        /// Query with one row and one column.
        with: Required<String>,
        /// Largest allowed difference as a share of the query's value.
        tolerance: Required<Share>,
    }
    /// A query that returns offending rows; none means that the check holds.
    SqlCheckSpec {
        /// The query.
        query: Required<String>,
    }
}
