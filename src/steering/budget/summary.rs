//! Draws into what tables say of a plan.

use crate::domain::{Estimate, draws};

/// Nominal coverage of intervals.
pub(super) const LEVEL: f64 = 0.9;

/// Share of values above 0.
pub(super) fn share_above_zero(values: &[f64]) -> f64 {
    values.iter().filter(|value| **value > 0.0).count() as f64 / values.len().max(1) as f64
}

/// Mean with the interval of [`LEVEL`].
pub(super) fn estimate(values: &[f64]) -> Estimate {
    draws::estimate(values, LEVEL)
}
