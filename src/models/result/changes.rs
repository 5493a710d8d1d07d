//! How far what a model found moved since the publication before, and why.

use chrono::NaiveDate;

use crate::domain::{Estimate, Interval};

/// One figure of a model, as it was published before and as it is now.
///
/// Both are in the unit that the figure has in its own table.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelChange {
    /// Model name.
    pub model: String,
    /// What moved: the kind of figure and what it is about, for example `roas:tv` or `effect:market_demand`.
    pub quantity: String,
    /// End of the window that the figure before was published for.
    pub previous_as_of: NaiveDate,
    /// The figure before.
    pub previous: Estimate,
    /// The figure now.
    pub current: Estimate,
    /// Part of the change that comes from new and restated data; `None` where it was not told apart.
    pub from_data: Option<f64>,
    /// Part that comes from another configuration; `None` where it was not told apart.
    pub from_configuration: Option<f64>,
    /// Part that comes from another seed; `None` where it was not told apart.
    pub from_sampling: Option<f64>,
}

impl ModelChange {
    /// The figure now, less the figure before.
    #[must_use]
    pub fn change(&self) -> f64 {
        self.current.value - self.previous.value
    }

    /// True when the interval of the figure now excludes the figure before. Never without an interval.
    #[must_use]
    pub fn is_noteworthy(&self) -> bool {
        let before = self.previous.value;
        matches!(self.current.interval, Interval::Bounds { lower, upper, .. } if before < lower || before > upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(previous: f64, current: Estimate) -> ModelChange {
        ModelChange {
            model: "sales".into(),
            quantity: "roas:tv".into(),
            previous_as_of: "2024-01-01".parse().expect("date"),
            previous: Estimate::with_bounds(previous, previous - 1.0, previous + 1.0, 0.9),
            current,
            from_data: None,
            from_configuration: None,
            from_sampling: None,
        }
    }

    #[test]
    fn only_an_interval_that_excludes_the_figure_before_makes_a_change_noteworthy() {
        let now = || Estimate::with_bounds(3.0, 2.0, 4.0, 0.9);
        assert!(change(1.9, now()).is_noteworthy() && change(4.1, now()).is_noteworthy());
        assert!(!change(2.0, now()).is_noteworthy() && !change(f64::NAN, now()).is_noteworthy());
        assert!(!change(1.0, Estimate::without_interval(3.0, "one period")).is_noteworthy());
        assert!((change(1.5, now()).change() - 1.5).abs() < 1e-12);
    }
}
