//! The model and its reduced variants, fitted before each origin and judged after it.
//!
//! Linear fits are sums of the strata's cross products and need no pass over the rows. Logistic fits of
//! all origins and variants share their passes. An origin at which any variant cannot be fitted is left
//! out for all, so that variants are always compared on the same rows.

use crate::features::{FrameError, ModelFrame};
use crate::models::fit::{Fit, FitFailure, Link, Problem, Scaling, Strata, fit_all, solve_gram};

use super::forecast::Forecast;
use super::origins::Origin;
use super::scoring::score;

/// Longest step, in standard errors, at which a fit of the validation stops: the step after it, which is
/// not taken, would be about the square of that.
const CLOSE_ENOUGH: f64 = 1e-4;

/// A choice among the columns of the full fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    /// `model`, `without_drivers` or `without_third_party`.
    pub(crate) name: &'static str,
    /// Positions among the columns of the full fit, ascending.
    pub(crate) positions: Vec<usize>,
}

/// What rolling origins found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Validation {
    /// Origins at which every variant could be fitted.
    pub(crate) origins: Vec<Origin>,
    /// The first failure, and the number of origins that failed.
    pub(crate) failed: Option<(FitFailure, usize)>,
    /// The forecasts by variant.
    pub(crate) forecasts: Vec<(&'static str, Forecast)>,
}

/// Fits and judges all variants at all origins.
///
/// # Errors
///
/// When rows cannot be read.
pub(crate) fn validate(
    frame: &ModelFrame,
    scaling: &Scaling,
    fit: &Fit,
    origins: &[Origin],
    variants: &[Variant],
) -> Result<Validation, FrameError> {
    match fit.link {
        Link::Identity => Ok(validate_linear(frame, scaling, fit, origins, variants)),
        Link::Logit => validate_logistic(frame, scaling, fit, origins, variants),
    }
}

/// Origins that worked, with the fits of all variants; the first failure, and how many failed.
type SortedOut<F> = (Vec<(Origin, Vec<F>)>, Option<(FitFailure, usize)>);

/// Splits results by origin and variant into origins that worked, with their fits, and failures.
fn sort_out<F>(origins: &[Origin], per_origin: Vec<Result<Vec<F>, FitFailure>>) -> SortedOut<F> {
    let mut worked = Vec::new();
    let mut failed: Option<(FitFailure, usize)> = None;
    for (origin, fits) in origins.iter().zip(per_origin) {
        match (fits, &mut failed) {
            (Ok(fits), _) => worked.push((origin.clone(), fits)),
            (Err(_), Some((_, count))) => *count += 1,
            (Err(failure), none) => *none = Some((failure, 1)),
        }
    }
    (worked, failed)
}

fn validate_linear(
    frame: &ModelFrame,
    scaling: &Scaling,
    fit: &Fit,
    origins: &[Origin],
    variants: &[Variant],
) -> Validation {
    let gram = |strata: std::ops::Range<usize>| fit.sums.gram(strata).with_outcome(&fit.beta);
    let solve = |origin: &Origin| {
        let trained = gram(0..origin.trained);
        variants
            .iter()
            .map(|variant| {
                let (kept, beta) = solve_gram(&trained.select(&variant.positions))?;
                Ok((kept.iter().map(|at| variant.positions[*at]).collect::<Vec<usize>>(), beta))
            })
            .collect::<Result<Vec<_>, FitFailure>>()
    };
    let (worked, failed) = sort_out(origins, origins.iter().map(solve).collect());
    let empty = || Forecast {
        predicted: vec![None; frame.periods.len()],
        rows: 0.0,
        squares: 0.0,
        log_loss: 0.0,
        auc: None,
    };
    let mut forecasts: Vec<_> = variants.iter().map(|variant| (variant.name, empty())).collect();
    for (origin, fits) in &worked {
        let tested = gram(origin.stratum..origin.end_stratum);
        for ((positions, beta), (_, forecast)) in fits.iter().zip(&mut forecasts) {
            let opposite: Vec<f64> = beta.iter().map(|beta| -beta).collect();
            let left = tested.select(positions).with_outcome(&opposite);
            let last = positions.len() + 1;
            forecast.squares += left.matrix[(last, last)].max(0.0) * scaling.y_scale.powi(2);
            forecast.rows += left.matrix[(0, 0)];
            for period in origin.test.clone() {
                let sums = fit.sums.column_sums(period);
                if sums[0] > 0.0 {
                    let slopes = positions.iter().zip(&beta[1..]);
                    let scaled: f64 = beta[0] * sums[0] + slopes.map(|(at, b)| b * sums[at + 1]).sum::<f64>();
                    forecast.predicted[period] = Some(scaling.y_center + scaling.y_scale * scaled / sums[0]);
                }
            }
        }
    }
    Validation { origins: worked.into_iter().map(|(origin, _)| origin).collect(), failed, forecasts }
}

fn validate_logistic(
    frame: &ModelFrame,
    scaling: &Scaling,
    fit: &Fit,
    origins: &[Origin],
    variants: &[Variant],
) -> Result<Validation, FrameError> {
    let periods = frame.periods.len();
    let problems = origins
        .iter()
        .flat_map(|origin| {
            variants.iter().map(|variant| Problem {
                columns: variant.positions.iter().map(|at| fit.columns[*at]).collect(),
                strata: Strata::before(periods, origin.trained_periods),
                by_period: false,
            })
        })
        .collect();
    let mut fits = fit_all(frame, scaling, fit.link, problems, CLOSE_ENOUGH)?.into_iter();
    let per_origin = origins.iter().map(|_| fits.by_ref().take(variants.len()).collect()).collect();
    let (worked, failed) = sort_out(origins, per_origin);
    let by_period: Vec<Vec<Option<&Fit>>> = (0..variants.len())
        .map(|variant| {
            let mut fits = vec![None; periods];
            for (origin, of_origin) in &worked {
                fits[origin.test.clone()].fill(Some(&of_origin[variant]));
            }
            fits
        })
        .collect();
    let forecasts = score(frame, scaling, &by_period)?;
    Ok(Validation {
        forecasts: variants.iter().map(|variant| variant.name).zip(forecasts).collect(),
        origins: worked.iter().map(|(origin, _)| origin.clone()).collect(),
        failed,
    })
}
