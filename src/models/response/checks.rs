//! What speaks against a channel's effect: spend that knows the future, spend that demand explains, a
//! confounder that would be strong enough.
//!
//! Small regressions, in which the channels' posterior mean contributions stand for the channels.

use faer::Mat;
use statrs::distribution::{ContinuousCDF, Normal};

use super::design::{ControlColumn, Design};
use super::moments::Moments;
use super::posterior::Posterior;
use super::problem::regression;
use super::summary::{deviation, mean};
use super::whiten::Whitening;
use crate::models::fit::Factor;
use crate::models::result::Robustness;

/// Periods ahead whose spend must not explain the outcome.
const AHEAD: usize = 4;

/// What was found about one channel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Check {
    /// p-value of spend of the next periods; `None` without pressure.
    pub(super) lead_p_value: Option<f64>,
    /// R² of pressure on earlier outcome, drivers, trend and season, within units.
    pub(super) spend_explained: Option<f64>,
    /// How strong a confounder would have to be.
    pub(super) robustness: Option<Robustness>,
}

/// Checks every channel; `incremental`: what each brought, draw by draw.
pub(super) fn checks(posterior: &Posterior<'_>, incremental: &[Vec<f64>]) -> Vec<Check> {
    let design = &posterior.core.design;
    let acting: Vec<usize> = (0..design.candidates.len())
        .filter(|channel| is_varied(&posterior.fitted.channels[*channel]))
        .collect();
    let series: Vec<Vec<f64>> = acting.iter().map(|at| posterior.fitted.channels[*at].clone()).collect();
    let leads = leads(design, series.clone(), &acting, &posterior.core.whitening);
    let explained = explained(design);
    let benchmarks = benchmarks(design, series, &posterior.core.whitening);
    let freedom = posterior.core.problem.freedom.max(1.0);
    (0..design.candidates.len())
        .map(|channel| {
            let place = acting.iter().position(|at| *at == channel);
            let draws = &incremental[channel];
            let t = mean(draws) / deviation(draws).max(f64::MIN_POSITIVE);
            let f = t * t / freedom;
            Check {
                lead_p_value: place.and_then(|place| leads[place]),
                spend_explained: explained[channel],
                robustness: place.map(|place| Robustness {
                    // Cinelli and Hazlett (2020), equation 18, for an effect taken wholly away.
                    value: 0.5 * ((f * f + 4.0 * f).sqrt() - f),
                    benchmark: benchmarks[place].clone(),
                }),
            }
        })
        .collect()
}

fn is_varied(series: &[f64]) -> bool {
    let (low, high) =
        series.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
    high > low
}

/// p-values of the mean pressure of the next [`AHEAD`] periods, in a regression with all contributions free.
fn leads(
    design: &Design<'_>,
    mut series: Vec<Vec<f64>>,
    acting: &[usize],
    whitening: &Whitening,
) -> Vec<Option<f64>> {
    let frame = design.frame;
    let count = series.len();
    let mut pressure = Vec::new();
    for &channel in acting {
        let mut ahead = vec![0.0; frame.outcome.len()];
        for unit in 0..frame.units.len() {
            design.pressure(channel, unit, &mut pressure);
            for period in 0..frame.width() {
                // The last periods have fewer ahead of them; the very last repeats itself.
                let first = (period + 1).min(frame.width() - 1);
                let end = (period + 1 + AHEAD).min(frame.width());
                ahead[frame.at(unit, period)] = mean(&pressure[first..end]);
            }
        }
        series.push(ahead);
    }
    let (_, problem) = regression(&design.fixed(series), whitening);
    let covariance = problem.solved.factor.inverse();
    let variance = problem.yy / problem.freedom.max(1.0);
    let first = design.controls.len() + count;
    (0..count)
        .map(|at| {
            let place = problem.solved.kept.iter().position(|kept| *kept == first + at + 1)?;
            let error = (variance * covariance[(place, place)]).sqrt();
            let z = problem.solved.on_outcome[place] / error;
            Some(2.0 * Normal::standard().cdf(-z.abs()))
        })
        .collect()
}

/// R² of each channel's pressure, within units, on the outcome of the period before, the drivers, trend and season.
fn explained(design: &Design<'_>) -> Vec<Option<f64>> {
    let frame = design.frame;
    // The outcome becomes the pressure, everything else a control.
    let mut lagged = vec![0.0; frame.outcome.len()];
    let mut outcome = Vec::new();
    for unit in 0..frame.units.len() {
        design.outcome(unit, &mut outcome);
        let known = outcome.iter().copied().filter(|value| value.is_finite()).collect::<Vec<_>>();
        let usual = mean(&known);
        for period in 0..frame.width() {
            let before = period.checked_sub(1).map_or(f64::NAN, |before| outcome[before]);
            lagged[frame.at(unit, period)] = if before.is_finite() { before } else { usual };
        }
    }
    let channels = design.candidates.len();
    let mut extra = vec![lagged];
    let mut pressure = Vec::new();
    for channel in 0..channels {
        let mut series = vec![0.0; frame.outcome.len()];
        for unit in 0..frame.units.len() {
            design.pressure(channel, unit, &mut pressure);
            series[frame.at(unit, 0)..frame.at(unit + 1, 0)].copy_from_slice(&pressure);
        }
        extra.push(series);
    }
    let fixed = design.fixed(extra);
    let plain = Whitening::none(frame.units.len());
    let partial = Moments::new(&fixed, &plain, frame.whole()).partial(1);
    let tile = &partial.tiles[0];
    let others = design.controls.len() + 1;
    let among = Mat::from_fn(others, others, |i, j| tile[(i + 1, j + 1)]);
    let reference: Vec<f64> = (0..others).map(|at| partial.squares[at + 1]).collect();
    let factor = Factor::new(among.as_ref(), &reference, 1e-9);
    (0..channels)
        .map(|channel| {
            let column = 1 + others + channel;
            let square = tile[(column, column)];
            let products: Vec<f64> = factor.kept.iter().map(|at| tile[(at + 1, column)]).collect();
            let explained: f64 = factor.forward(&products).iter().map(|z| z * z).sum();
            (square > 1e-9 * partial.squares[column]).then(|| (explained / square).clamp(0.0, 1.0))
        })
        .collect()
}

/// For each series: the driver that is the strongest confounder of it, and how strong: the geometric mean of what it explains
/// of what is left of the outcome and of the series, given everything else.
fn benchmarks(
    design: &Design<'_>,
    series: Vec<Vec<f64>>,
    whitening: &Whitening,
) -> Vec<Option<(String, f64)>> {
    let frame = design.frame;
    let count = series.len();
    let fixed = design.fixed(series);
    let partial = Moments::new(&fixed, whitening, frame.whole()).partial(1);
    let tile = &partial.tiles[0];
    let size = tile.nrows();
    // Scaled to ones on the diagonal; the precision matrix gives all partial correlations at once.
    let scale: Vec<f64> = (0..size).map(|at| tile[(at, at)].max(f64::MIN_POSITIVE).sqrt()).collect();
    let scaled = Mat::from_fn(size, size, |i, j| tile[(i, j)] / scale[i] / scale[j]);
    let factor = Factor::new(scaled.as_ref(), &vec![1.0; size], 1e-9);
    let inverse = factor.inverse();
    let place = |column: usize| factor.kept.iter().position(|kept| *kept == column);
    let partial_r2 = |a: usize, b: usize| inverse[(a, b)].powi(2) / (inverse[(a, a)] * inverse[(b, b)]);
    (0..count)
        .map(|at| {
            let (own, outcome) = (place(1 + design.controls.len() + at)?, place(0)?);
            let drivers = design.controls.iter().enumerate().filter_map(|(column, control)| match control {
                ControlColumn::Driver(driver) => {
                    Some((frame.drivers[*driver].driver.name.clone(), place(column + 1)?))
                }
                _ => None,
            });
            let strengths = drivers
                .map(|(name, driver)| (name, (partial_r2(driver, own) * partial_r2(driver, outcome)).sqrt()));
            strengths.max_by(|a, b| a.1.total_cmp(&b.1))
        })
        .collect()
}
