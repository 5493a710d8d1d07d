//! A modelled number together with how sure we are of it.
//!
//! Kept apart from any model so that no number can leave `models` as a bare `f64`: whoever builds
//! an [`Estimate`] gives an interval or says why there is none.

/// A modelled number with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Point estimate, in the unit that the table's column states.
    pub value: f64,
    /// How far the truth may lie from `value`.
    pub interval: Interval,
}

/// The interval of an [`Estimate`], or the reason why it has none.
#[derive(Debug, Clone, PartialEq)]
pub enum Interval {
    /// The truth lies in `[lower, upper]` in a share of `level` of repetitions.
    Bounds {
        /// Lower end, same unit as the value.
        lower: f64,
        /// Upper end, same unit as the value.
        upper: f64,
        /// Nominal coverage in (0, 1), for example 0.9.
        level: f64,
    },
    /// There is no interval; the text says why, as a lowercase fragment.
    None {
        /// Why there is none, for example "no rows are held out".
        reason: String,
    },
}

impl Estimate {
    /// Builds an estimate with an interval.
    #[must_use]
    pub fn with_bounds(value: f64, lower: f64, upper: f64, level: f64) -> Self {
        Self { value, interval: Interval::Bounds { lower, upper, level } }
    }

    /// Builds an estimate that has no interval, and says why.
    #[must_use]
    pub fn without_interval(value: f64, reason: impl Into<String>) -> Self {
        Self { value, interval: Interval::None { reason: reason.into() } }
    }

    /// Lower end of the interval, if there is one.
    #[must_use]
    pub fn lower(&self) -> Option<f64> {
        match self.interval {
            Interval::Bounds { lower, .. } => Some(lower),
            Interval::None { .. } => None,
        }
    }

    /// Upper end of the interval, if there is one.
    #[must_use]
    pub fn upper(&self) -> Option<f64> {
        match self.interval {
            Interval::Bounds { upper, .. } => Some(upper),
            Interval::None { .. } => None,
        }
    }

    /// Nominal coverage of the interval, if there is one.
    #[must_use]
    pub fn level(&self) -> Option<f64> {
        match self.interval {
            Interval::Bounds { level, .. } => Some(level),
            Interval::None { .. } => None,
        }
    }

    /// True when the interval lies wholly on one side of zero.
    #[must_use]
    pub fn excludes_zero(&self) -> bool {
        matches!(self.interval, Interval::Bounds { lower, upper, .. } if lower > 0.0 || upper < 0.0)
    }
}
