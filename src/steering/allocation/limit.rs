//! Limits on money and where they come from, so that results and conflicts can name them.

use std::fmt;

/// A limit, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The amount, in the smallest unit of money.
    pub at: i64,
    /// What says so: the text of the limit and its place, for messages.
    pub label: String,
}

impl Limit {
    /// A limit at `at` because of `label`.
    pub fn new(at: i64, label: impl Into<String>) -> Self {
        Self { at, label: label.into() }
    }
}

/// Which side of an amount a limit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The amount is at least the limit.
    Min,
    /// The amount is at most the limit.
    Max,
}

/// Whose amount a limit holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A cell, by name.
    Cell(String),
    /// A group's sum, by name.
    Group(String),
    /// The sum of all cells.
    Total,
}

/// A limit with its holder and its side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLimit {
    /// Whose amount.
    pub holder: Holder,
    /// Which side.
    pub bound: Bound,
    /// Where, and why.
    pub limit: Limit,
}

impl fmt::Display for HeldLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.bound {
            Bound::Min => "at least",
            Bound::Max => "at most",
        };
        match &self.holder {
            Holder::Cell(name) | Holder::Group(name) => write!(f, "`{name}` {side} {}", self.limit.at)?,
            Holder::Total => write!(f, "the total {side} {}", self.limit.at)?,
        }
        write!(f, " ({})", self.limit.label)
    }
}

/// From where to where an amount may go.
///
/// A range may be empty (`min` above `max`): that is a conflict of its two limits, told as such when solved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The least amount.
    pub min: Limit,
    /// The greatest amount.
    pub max: Limit,
}

impl Range {
    /// From `min` to `max`, both because of `label`.
    pub fn new(min: i64, max: i64, label: impl Into<String>) -> Self {
        let label = label.into();
        Self { min: Limit::new(min, label.clone()), max: Limit::new(max, label) }
    }

    /// Nowhere but at `at`.
    pub fn frozen(at: i64, label: impl Into<String>) -> Self {
        Self::new(at, at, label)
    }

    /// At most the share `share` (≥ 0; 0.1 for 10 %) of `current` away from it; ends round inwards.
    #[allow(clippy::cast_possible_truncation, reason = "amounts stay far below 2^53")]
    pub fn around(current: i64, share: f64, label: impl Into<String>) -> Self {
        // Half a millionth of a unit makes up for shares that have no exact binary form.
        let step = (current.abs() as f64 * share + 5e-7).floor() as i64;
        Self::new(current - step, current + step, label)
    }

    /// What this and `other` allow together: the tighter limit on each side, with its own cause.
    ///
    /// Of two limits at the same amount the one of `self` stays.
    #[must_use]
    pub fn narrowed(self, other: Self) -> Self {
        Self {
            min: if other.min.at > self.min.at { other.min } else { self.min },
            max: if other.max.at < self.max.at { other.max } else { self.max },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_narrow_to_the_tighter_limit_and_keep_its_cause() {
        let range = Range::new(0, 1_000, "curve")
            .narrowed(Range::around(333, 0.1, "cap of 10 %"))
            .narrowed(Range::new(310, 366, "contract"));
        assert_eq!(range.min, Limit::new(310, "contract"));
        assert_eq!(range.max, Limit::new(366, "cap of 10 %"));
    }

    #[test]
    fn shares_count_whole_units_inwards() {
        assert_eq!(Range::around(70, 0.1, "").max.at, 77);
        assert_eq!(Range::around(75, 0.1, "").min.at, 68);
        assert_eq!(Range::around(4_050_000_000, 0.3, "").max.at, 5_265_000_000);
        assert_eq!(Range::around(0, 0.3, ""), Range::frozen(0, ""));
    }

    #[test]
    fn a_limit_reads_like_a_sentence() {
        let limit = Limit::new(300, "max: 3 EUR, job.yaml:7");
        let held = HeldLimit { holder: Holder::Group("tv".to_owned()), bound: Bound::Max, limit };
        assert_eq!(held.to_string(), "`tv` at most 300 (max: 3 EUR, job.yaml:7)");
    }
}
