//! Intervals and p-values from standard errors, with as many degrees of freedom as periods allow.
//!
//! What counts as an observation here is a period, not a row: ten million rows of 26 months carry
//! 26 shocks. With lags there are fewer still, because neighbors repeat each other, and the variance
//! itself is estimated too low. Both are allowed for as functions of b = (lags + 1) / G: quantiles of a
//! t distribution with 3 / (2b) degrees of freedom (Tukey's equivalent degrees of freedom of the Bartlett
//! window), widened by (1 − b + b²/3)^−½, the mean of the fixed-b limit (Kiefer and Vogelsang 2005).
//! Without lags that is close to G − 1 degrees of freedom and no widening, as usual for clusters.

use faer::Mat;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::domain::Estimate;

/// Fewest periods that give an interval.
pub(crate) const FEWEST_PERIODS: usize = 8;

/// Covariance of coefficients and the quantile that goes with it.
pub(crate) struct Inference {
    /// Covariance of the coefficients on the scaled columns, intercept first.
    pub(crate) covariance: Mat<f64>,
    level: f64,
    periods: usize,
    widening: f64,
    distribution: Option<StudentsT>,
}

impl Inference {
    /// Prepares intervals of `level` from the covariance with `lags` of `periods` clusters.
    pub(crate) fn new(covariance: Mat<f64>, periods: usize, lags: usize, level: f64) -> Self {
        let bandwidth = (lags + 1) as f64 / periods.max(1) as f64;
        let freedom = (1.5 / bandwidth).min(periods as f64 - 1.0);
        let (widening, freedom) = if lags == 0 {
            (1.0, periods as f64 - 1.0)
        } else {
            ((1.0 - bandwidth + bandwidth * bandwidth / 3.0).sqrt().recip(), freedom)
        };
        let distribution =
            if periods >= FEWEST_PERIODS { StudentsT::new(0.0, 1.0, freedom).ok() } else { None };
        Self { covariance, level, periods, widening, distribution }
    }

    /// Standard errors between the middle and the end of an interval; `None` with too few periods.
    pub(crate) fn reach(&self) -> Option<f64> {
        let quantile = self.distribution.as_ref()?.inverse_cdf(f64::midpoint(1.0, self.level));
        Some(self.widening * quantile)
    }

    /// Standard error of Σ weights × coefficients.
    pub(crate) fn standard_error(&self, weights: &[f64]) -> f64 {
        let variance: f64 = weights
            .iter()
            .enumerate()
            .map(|(i, a)| {
                a * weights.iter().enumerate().map(|(j, b)| b * self.covariance[(i, j)]).sum::<f64>()
            })
            .sum();
        variance.max(0.0).sqrt()
    }

    /// A number with its interval, or the reason for having none.
    pub(crate) fn estimate(&self, value: f64, standard_error: f64) -> Estimate {
        match self.reach() {
            Some(reach) => {
                let reach = reach * standard_error;
                Estimate::with_bounds(value, value - reach, value + reach, self.level)
            }
            None => Estimate::without_interval(
                value,
                format!("{} periods are fewer than the {FEWEST_PERIODS} an interval needs", self.periods),
            ),
        }
    }

    /// Two-sided p-value of no effect; `None` without an interval or a standard error.
    pub(crate) fn p_value(&self, value: f64, standard_error: f64) -> Option<f64> {
        let distribution = self.distribution.as_ref()?;
        (standard_error > 0.0)
            .then(|| 2.0 * distribution.cdf(-(value / (self.widening * standard_error)).abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles and tail areas from `scipy.stats.t`.
    #[test]
    fn quantiles_and_p_values_agree_with_scipy() {
        let inference = Inference::new(Mat::zeros(1, 1), 26, 0, 0.9);
        let estimate = inference.estimate(0.0, 1.0);
        assert!((estimate.upper().unwrap() - 1.708_140_761_251_899_6).abs() < 1e-9);
        assert!((inference.p_value(2.0, 1.0).unwrap() - 0.056_475_980_426_897_2).abs() < 1e-9);
    }

    /// Critical values of the Bartlett window: 1.6449 + 2.1859 b + 0.3142 b² − 0.3427 b³ (Kiefer and
    /// Vogelsang 2005, table 1), met within 2 %.
    #[test]
    fn reaches_agree_with_published_fixed_b_critical_values() {
        for (periods, lags) in [(26, 6), (52, 9), (104, 13), (260, 20)] {
            let b = f64::from(lags + 1) / f64::from(periods);
            let published = 1.6449 + 2.1859 * b + 0.3142 * b * b - 0.3427 * b.powi(3);
            let inference = Inference::new(
                Mat::zeros(1, 1),
                usize::try_from(periods).unwrap(),
                usize::try_from(lags).unwrap(),
                0.9,
            );
            assert!((inference.reach().unwrap() / published - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn few_periods_give_a_reason_instead_of_an_interval() {
        let inference = Inference::new(Mat::zeros(1, 1), 7, 2, 0.9);
        assert!(inference.estimate(1.0, 1.0).lower().is_none());
        assert_eq!(inference.p_value(1.0, 1.0), None);
    }
}
