//! The model frame: what a model sees of a table, as re-readable blocks of rows.
//!
//! A frame is never required to fit into memory. It is read block by block, as often as a fit needs
//! it, by several threads at once. Block boundaries are a property of the data, never of the number
//! of threads: that is what makes sums over blocks, taken in block order, the same to the last bit.

use chrono::NaiveDate;

use crate::domain::{LocalText, Party, Role};

/// One block of rows, column-major.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// Number of rows.
    pub rows: usize,
    /// `rows × columns` design values, column by column; all finite.
    pub x: Vec<f64>,
    /// Outcome per row; 0 or 1 for yes/no outcomes; all finite.
    pub y: Vec<f64>,
    /// Index into [`ModelFrame::periods`] per row; in no particular order.
    pub period: Vec<u32>,
}

impl Block {
    /// The values of design column `column`.
    #[must_use]
    pub fn column(&self, column: usize) -> &[f64] {
        &self.x[column * self.rows..(column + 1) * self.rows]
    }
}

/// Re-readable blocks of rows. Implemented for rows in memory and for row groups of a Parquet file.
pub trait RowBlocks: Send + Sync {
    /// Number of blocks, at least 1 unless there are no rows.
    fn len(&self) -> usize;

    /// True when there are no blocks.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads block `index`, the same rows in the same order every time.
    ///
    /// # Errors
    ///
    /// When the rows cannot be read any more, for example because the file is gone.
    fn read(&self, index: usize) -> Result<Block, FrameError>;
}

/// Why rows of a frame cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read block {block} of the model's rows: {reason}")]
pub struct FrameError {
    /// The block.
    pub block: usize,
    /// The reader's message.
    pub reason: String,
}

/// What kind of outcome a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
    /// 0 or 1.
    YesNo,
    /// Any number.
    Amount,
}

/// A model's view of a table: columns known, rows read on demand.
pub struct ModelFrame {
    /// Model name, for messages and result tables.
    pub model: String,
    /// Kind of outcome.
    pub outcome: OutcomeKind,
    /// Period starts, ascending, without gaps in the index but possibly in the calendar.
    pub periods: Vec<NaiveDate>,
    /// For each period, the index of the one that a seasonal-naive forecast copies: the same period
    /// one year before, if the frame holds it.
    pub season_before: Vec<Option<u32>>,
    /// For each period, how many of the first periods had all their outcomes when it began. With
    /// outcomes that are known at once, period p follows p of them; those that mature, fewer.
    pub known_before: Vec<usize>,
    /// Rows per period.
    pub rows_per_period: Vec<u64>,
    /// Design columns in order; controls first, then drivers in the order of the job.
    pub columns: Vec<DesignColumn>,
    /// Every driver of the job, with or without columns in the design.
    pub drivers: Vec<FrameDriver>,
    /// Total number of rows.
    pub rows: u64,
    /// Rows left out before the fit, by reason, for messages and the quality table.
    pub left_out: Vec<(String, u64)>,
    /// The rows.
    pub blocks: Box<dyn RowBlocks>,
}

/// One column of the design matrix. There is no intercept column; fits add their own.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignColumn {
    /// Unique name, for example `temp`, `season=winter`, `temp is missing`, `trend`, `yearly_sin_1`.
    pub name: String,
    /// What the column belongs to.
    pub part: ColumnPart,
}

/// What a design column belongs to.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnPart {
    /// Trend or season: always in, never ranked.
    Control,
    /// The value of a numeric driver (missing values set to the mean).
    Value {
        /// Index into [`ModelFrame::drivers`].
        driver: usize,
    },
    /// 1 where the driver has this level, else 0. The reference has no column.
    Level {
        /// Index into [`ModelFrame::drivers`].
        driver: usize,
        /// The level, as text.
        level: String,
    },
    /// 1 where the value of a numeric driver is missing.
    Missing {
        /// Index into [`ModelFrame::drivers`].
        driver: usize,
    },
}

impl ColumnPart {
    /// The driver that the column belongs to.
    #[must_use]
    pub fn driver(&self) -> Option<usize> {
        match self {
            Self::Control => None,
            Self::Value { driver } | Self::Level { driver, .. } | Self::Missing { driver } => Some(*driver),
        }
    }
}

/// A driver as the frame found it in the data.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameDriver {
    /// Column of the model's table.
    pub name: String,
    /// What people read.
    pub label: LocalText,
    /// Whose data it is.
    pub party: Party,
    /// What it is about.
    pub about: Option<String>,
    /// What it may do in the model.
    pub role: Role,
    /// Importance group.
    pub group: String,
    /// Unit, for texts.
    pub unit: Option<LocalText>,
    /// What the data hold.
    pub values: DriverValues,
}

impl FrameDriver {
    /// Mean of a numeric driver; 0 for any other.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self.values {
            DriverValues::Numeric { mean, .. } => mean,
            DriverValues::Categorical { .. } | DriverValues::Constant { .. } => 0.0,
        }
    }
}

/// What the data hold for a driver.
#[derive(Debug, Clone, PartialEq)]
pub enum DriverValues {
    /// Numbers.
    Numeric {
        /// Mean of the values that are there.
        mean: f64,
        /// Their standard deviation (n − 1).
        standard_deviation: f64,
        /// The change that the effect is stated for: as given in the job, else one standard deviation.
        per: f64,
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// Rows without a value.
        missing: u64,
    },
    /// Levels.
    Categorical {
        /// The level that effects are stated against: the most frequent one, `false` for booleans.
        reference: String,
        /// Levels with rows, most frequent first, rare ones pooled as `(other)`, missing as `(missing)`.
        /// A pool that is itself rare counts with the reference.
        levels: Vec<(String, u64)>,
    },
    /// The same value in every row but missing or rare ones, or none at all: left out with a warning.
    Constant {
        /// The value as text, or `(missing)`.
        value: String,
    },
}
