//! `checks` of a table.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{Change, Share};
use crate::config::yaml::{List, Located, Optional, Required};
use crate::domain::Severity;

/// A check: what must hold for the rows of a table before anything is published.
///
/// Every kind also takes `severity` and `where`, and kinds that find rows take `keep_failures`. The guide `docs/checks.md`
/// shows each of them.
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
    /// Every text matches a regular expression.
    Pattern(PatternSpec),
    /// No value is too many standard deviations away from the mean.
    ZScore(ZScoreSpec),
    /// The mean of a column lies in a range.
    MeanInRange(MeanInRangeSpec),
    /// Every value occurs in a column of another table.
    Relationship(RelationshipSpec),
    /// The number of rows lies in a range.
    RowCount(RowCountSpec),
    /// The number of rows of each period is about what it was in the periods before.
    RowCountChange(RowCountChangeSpec),
    /// The sum of a column agrees with the only value of a query.
    Reconciles(ReconcilesSpec),
    /// A query returns no rows. Those that it returns are the offending ones.
    Sql(SqlCheckSpec),
}

/// Declares the settings of a check: its own, and those that every check has. Of checks without rows, `keep_failures` is
/// read to be refused with a reason; no schema offers it.
macro_rules! check_settings {
    ($($(#[$meta:meta])* $name:ident [$($hidden:meta)?] { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ })+) => {
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
            /// Whether all offending rows, with all their columns, are kept in a Parquet file among the artefacts of the
            /// run, which the message names. `false` unless stated.
            $(#[$hidden])?
            pub(crate) keep_failures: Option<Located<bool>>,
        })+
    };
}

fn error() -> Severity {
    Severity::Error
}

check_settings! {
    /// No value is missing in any of the columns.
    NotNullSpec [] {
        /// Columns to look at.
        columns: Required<List<String>>,
    }
    /// No two rows agree in all the columns.
    UniqueSpec [] {
        /// Columns to look at.
        columns: Required<List<String>>,
    }
    /// Every value that is not missing is one of the given.
    AcceptedValuesSpec [] {
        /// Column to look at.
        column: Required<String>,
        /// Allowed values.
        values: Required<List<String>>,
    }
    /// Every value that is not missing lies in a range. Give `min`, `max` or both.
    RangeSpec [] {
        /// Column to look at.
        column: Required<String>,
        /// Smallest allowed value.
        #[serde(default)]
        min: Optional<f64>,
        /// Largest allowed value.
        #[serde(default)]
        max: Optional<f64>,
    }
    /// Every text that is not missing matches a regular expression.
    PatternSpec [] {
        /// Column to look at; it must hold text.
        column: Required<String>,
        /// Regular expression, in the syntax of the Rust crate `regex`. It may match any part of the text: `^` and `$` around
        /// it, as in `^[A-Z]{2}$`, ask for the whole. A dollar before `{` or `$` is written twice.
        matches: Required<String>,
    }
    /// No number is more standard deviations away from the mean than allowed.
    ///
    /// Among n numbers none can be more than (n − 1) / √n standard deviations away: with `max: 6`, 38 numbers are the fewest
    /// of which one can offend. NaN and infinity offend, and count neither for the mean nor for the spread.
    ZScoreSpec [] {
        /// Column to look at; it must hold numbers.
        column: Required<String>,
        /// Most standard deviations between a value and the mean, for example `6`.
        max: Required<f64>,
        /// Columns that make groups, each with a mean and a spread of its own; rows without a value make a group too.
        #[serde(default)]
        by: List<String>,
    }
    /// The mean of the values that are not missing lies in a range. Give `min`, `max` or both. Without values it holds.
    MeanInRangeSpec [schemars(skip)] {
        /// Column to look at; it must hold numbers.
        column: Required<String>,
        /// Smallest allowed mean.
        #[serde(default)]
        min: Optional<f64>,
        /// Largest allowed mean.
        #[serde(default)]
        max: Optional<f64>,
    }
    /// Every value that is not missing occurs in a column of another table.
    RelationshipSpec [] {
        /// Column to look at.
        column: Required<String>,
        /// The other table or source.
        to: Required<String>,
        /// Its column.
        field: Required<String>,
    }
    /// The number of rows lies in a range. Give `min`, `max` or both.
    RowCountSpec [schemars(skip)] {
        /// Fewest allowed rows.
        #[serde(default)]
        min: Optional<i64>,
        /// Most allowed rows.
        #[serde(default)]
        max: Optional<i64>,
    }
    /// The number of rows of each period of the window, against the median of the periods just before it. Give `min`, `max`
    /// or both. The table needs `time`.
    ///
    /// Periods before the first row that is looked at do not count; with none left, a period is not judged, and the result
    /// says so. A period without rows is a change of -100%.
    RowCountChangeSpec [schemars(skip)] {
        /// Smallest allowed change, for example `-50%`.
        #[serde(default)]
        min: Optional<Change>,
        /// Largest allowed change, for example `100%`.
        #[serde(default)]
        max: Optional<Change>,
        /// How many periods before each are looked at: `4` unless stated, at most a year.
        #[serde(default)]
        periods: Optional<i64>,
    }
    /// The sum of a column agrees with the only value of a query.
    ReconcilesSpec [schemars(skip)] {
        /// Column or SQL expression that is summed over the table.
        sum: Required<String>,
        /// Query with one row and one column.
        with: Required<String>,
        /// Largest allowed difference as a share of the query's value.
        tolerance: Required<Share>,
    }
    /// A query that returns offending rows; none means that the check holds.
    SqlCheckSpec [] {
        /// The query.
        query: Required<String>,
    }
}
