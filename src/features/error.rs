//! Why a table cannot become a model frame.

use std::path::PathBuf;

use super::frame::FrameError;

/// Why a table cannot become a model frame.
#[derive(Debug, thiserror::Error)]
pub enum FeatureError {
    /// The file is not there or is no Parquet file.
    #[error("cannot open the rows of model `{model}` in {}: {reason}", file.display())]
    Open {
        /// Model name.
        model: String,
        /// The file.
        file: PathBuf,
        /// The reader's message.
        reason: String,
    },
    /// The rows cannot be read.
    #[error("model `{model}`: {source}")]
    Read {
        /// Model name.
        model: String,
        /// Where and why.
        source: FrameError,
    },
    /// The table lacks a column.
    #[error("model `{model}` needs column `{column}`, which its table `{table}` does not have")]
    NoColumn {
        /// Model name.
        model: String,
        /// Its table.
        table: String,
        /// The column.
        column: String,
    },
    /// A column has a type that its part in the model cannot have.
    #[error("model `{model}`: {part} `{column}` has type {found}; {help}")]
    Type {
        /// Model name.
        model: String,
        /// What the column is to the model: `driver`, `outcome`, `at`.
        part: &'static str,
        /// The column.
        column: String,
        /// The type found.
        found: String,
        /// What to do.
        help: &'static str,
    },
    /// A yes/no outcome holds something else.
    #[error(
        "model `{model}`: outcome `{column}` must be 0 or 1, got {value}; make it yes or no in SQL, or model an `amount`"
    )]
    NotYesNo {
        /// Model name.
        model: String,
        /// The outcome column.
        column: String,
        /// The first other value.
        value: f64,
    },
    /// A text driver has so many levels that it is rather a name than a driver.
    #[error("model `{model}`: driver `{driver}` has more than {limit} different values; group them in SQL")]
    TooManyLevels {
        /// Model name.
        model: String,
        /// The driver.
        driver: String,
        /// Most levels allowed.
        limit: usize,
    },
    /// A driver's values are so large that their spread is no finite number.
    #[error("model `{model}`: the values of driver `{driver}` are too large to average; scale them in SQL")]
    TooLarge {
        /// Model name.
        model: String,
        /// The driver.
        driver: String,
    },
    /// A stated change for a driver that has no numbers.
    #[error("model `{model}`: driver `{driver}` has levels, not numbers, so `per` means nothing; remove it")]
    PerOfLevels {
        /// Model name.
        model: String,
        /// The driver.
        driver: String,
    },
    /// Two design columns would have one name.
    #[error("model `{model}`: two columns of the design are called `{column}`; rename the driver in SQL")]
    SameName {
        /// Model name.
        model: String,
        /// The name.
        column: String,
    },
    /// The rows do not make a panel.
    #[error("model `{model}`: {reason}")]
    Panel {
        /// Model name.
        model: String,
        /// What is wrong and what to do.
        reason: String,
    },
}
