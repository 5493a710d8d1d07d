//! Whether whitened errors are white: the check of what the second pass takes for granted.
//!
//! Memory of one kind is estimated and taken out; if errors remember in another way, intervals are too short. The
//! test asks whether errors still go with those of the periods before. Errors of one period go together over
//! units and their spread may change, so lagged products are summed by period and compared with their own
//! spread (a portmanteau test robust in both ways; Dalla, Giraitis and Phillips 2022).

use faer::Mat;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::core::Core;
use super::fitted::Fitted;
use crate::models::fit::Factor;

/// Lags that are looked at together.
const LAGS: usize = 6;
/// Fewest periods per lag for a verdict.
const FEWEST_PERIODS: usize = 8;

/// Correlation and probability from which on people should know.
const MATTERS: (f64, f64) = (0.05, 0.01);

/// What is left of the errors' memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leftover {
    /// Correlation of whitened errors with those of the period before.
    pub(super) correlation: f64,
    /// Probability of lagged correlations this large if there were none.
    pub(super) p_value: f64,
}

impl Leftover {
    /// Says that intervals are too short, where they are. Residuals of many parameters lean towards negative
    /// correlations, which shorten no interval.
    pub(super) fn warning(&self) -> Option<String> {
        let (correlation, p_value) = MATTERS;
        (self.correlation > correlation && self.p_value < p_value).then(|| {
            format!(
                "errors go with those of the period before (correlation {:.2}) after their memory was taken out: intervals are too short",
                self.correlation
            )
        })
    }
}

/// Tests the whitened residuals of `core`; `None` where history is too short.
pub(super) fn leftover(core: &Core<'_>, fitted: &Fitted) -> Option<Leftover> {
    let frame = core.design.frame;
    let residuals = fitted.residuals(&core.design);
    // By period and unit; 0 where there is no row, so that it takes part in no product.
    let periods = frame.fitted_periods();
    let mut white = vec![vec![0.0; core.design.rows.len()]; periods];
    for (unit, rows) in core.design.rows.iter().enumerate() {
        let mut of_unit = vec![0.0; rows.len()];
        core.whitening.apply(unit, &residuals[frame.at(unit, 0)..frame.at(unit + 1, 0)], rows, &mut of_unit);
        for (row, value) in rows.iter().zip(of_unit) {
            white[row - frame.lead][unit] = value;
        }
    }
    // One parameter of the memory was estimated.
    test(&white, 1)
}

/// Tests errors by period and unit, `estimated` parameters of whose memory come from the same data.
fn test(errors: &[Vec<f64>], estimated: usize) -> Option<Leftover> {
    if errors.len() < LAGS * FEWEST_PERIODS {
        return None;
    }
    let product = |now: usize, lag: usize| -> f64 {
        now.checked_sub(lag)
            .map_or(0.0, |before| errors[now].iter().zip(&errors[before]).map(|(a, b)| a * b).sum())
    };
    let sums: Vec<f64> =
        (1..=LAGS).map(|lag| (lag..errors.len()).map(|now| product(now, lag)).sum()).collect();
    let covariance = Mat::from_fn(LAGS, LAGS, |i, j| {
        (LAGS..errors.len()).map(|now| product(now, i + 1) * product(now, j + 1)).sum::<f64>()
    });
    let reference: Vec<f64> = (0..LAGS).map(|at| covariance[(at, at)]).collect();
    let factor = Factor::new(covariance.as_ref(), &reference, 1e-9);
    let kept: Vec<f64> = factor.kept.iter().map(|at| sums[*at]).collect();
    let statistic: f64 = factor.forward(&kept).iter().map(|z| z * z).sum();
    let freedom = factor.kept.len().checked_sub(estimated).filter(|freedom| *freedom > 0)?;
    let squares: f64 = errors.iter().flatten().map(|error| error * error).sum();
    let p_value = ChiSquared::new(freedom as f64).map_or(f64::NAN, |chi| chi.sf(statistic));
    Some(Leftover { correlation: sums[0] / squares.max(f64::MIN_POSITIVE), p_value })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// Errors of units that share half their variance, whose size swings, with memory of the period before last.
    fn errors(seed: u64, units: usize, periods: usize, memory: f64) -> Vec<Vec<f64>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let mut all: Vec<Vec<f64>> = Vec::new();
        for period in 0..periods {
            let size = 1.0 + 0.5 * (period as f64 / 9.0).sin();
            let shock = normal();
            let before = period.checked_sub(2).map(|before| all[before].clone());
            all.push(
                (0..units)
                    .map(|unit| {
                        memory * before.as_ref().map_or(0.0, |before| before[unit])
                            + size * (shock + normal())
                    })
                    .collect(),
            );
        }
        all
    }

    fn rejected(units: usize, periods: usize, memory: f64) -> f64 {
        let tested = (0..400).map(|seed| test(&errors(seed, units, periods, memory), 0).unwrap().p_value);
        tested.filter(|p| *p < 0.05).count() as f64 / 400.0
    }

    #[test]
    fn white_errors_are_left_alone_and_others_are_found() {
        // 400 samples: a rate of .05 has a standard error of .011.
        for (units, periods) in [(1, 208), (20, 156), (5, 104)] {
            let rate = rejected(units, periods, 0.0);
            assert!(rate < 0.085, "{units} × {periods}: {rate}");
        }
        assert!(rejected(1, 208, 0.4) > 0.9 && rejected(20, 156, 0.3) > 0.9);
    }

    #[test]
    fn memory_that_matters_is_said() {
        let leftover = |correlation, p_value| Leftover { correlation, p_value }.warning();
        assert!(leftover(0.2, 0.001).is_some_and(|warning| warning.contains("0.20")));
        assert_eq!((leftover(-0.2, 0.001), leftover(0.2, 0.2), leftover(0.01, 0.001)), (None, None, None));
    }

    #[test]
    fn a_short_history_is_not_judged() {
        assert_eq!(test(&errors(1, 3, LAGS * FEWEST_PERIODS - 1, 0.0), 0), None);
    }
}
