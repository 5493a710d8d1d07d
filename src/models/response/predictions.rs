//! Actual, fitted and forecast outcome by unit and period, with conformal intervals.
//!
//! The interval of a forecast is the quantile of the errors of *earlier* origins, per unit of size (Vovk et
//! al. 2005, split conformal): it needs no normal errors and learns nothing from the future.

use super::parts::Parts;
use super::posterior::Posterior;
use super::rolling::Forecasts;
use super::summary::quantile;
use crate::domain::Estimate;
use crate::models::result::PanelPrediction;

/// Fewest earlier errors that an interval rests on.
const FEWEST_ERRORS: usize = 10;

/// One row per unit and period, then one per period for all units together, where there are several.
pub(super) fn predictions(
    posterior: &Posterior<'_>,
    parts: &Parts,
    forecasts: &Forecasts,
    level: f64,
) -> Vec<PanelPrediction> {
    let frame = posterior.core.design.frame;
    let units = frame.units.len();
    let mut cells: Vec<Cell> = Vec::new();
    for period in frame.lead..frame.width() {
        for unit in (0..units).filter(|unit| frame.is_observed(*unit, period)) {
            let cell = frame.at(unit, period);
            cells.push(Cell {
                unit: Some(unit),
                period,
                rows: 1,
                actual: frame.outcome[cell],
                fitted: parts.fitted[cell],
                forecast: Some(forecasts.values[0][cell]).filter(|value| value.is_finite()),
                size: frame.sizes[unit],
            });
        }
    }
    let totals = if units > 1 {
        totals(&cells, frame.lead..frame.width(), frame.sizes.iter().sum())
    } else {
        Vec::new()
    };
    let mut rows = with_intervals(posterior, &cells, forecasts, level);
    rows.extend(with_intervals(posterior, &totals, forecasts, level));
    rows
}

struct Cell {
    unit: Option<usize>,
    period: usize,
    rows: u64,
    actual: f64,
    fitted: f64,
    forecast: Option<f64>,
    size: f64,
}

fn totals(cells: &[Cell], periods: std::ops::Range<usize>, size: f64) -> Vec<Cell> {
    // Cells stand period by period.
    let mut rest = cells;
    periods
        .filter_map(|period| {
            let count = rest.iter().take_while(|cell| cell.period == period).count();
            let (of_period, later) = rest.split_at(count);
            rest = later;
            let sum = |value: &dyn Fn(&Cell) -> f64| of_period.iter().map(value).sum::<f64>();
            (!of_period.is_empty()).then(|| Cell {
                unit: None,
                period,
                rows: of_period.len() as u64,
                actual: sum(&|cell| cell.actual),
                fitted: sum(&|cell| cell.fitted),
                forecast: of_period.iter().map(|cell| cell.forecast).sum(),
                size,
            })
        })
        .collect()
}

fn with_intervals(
    posterior: &Posterior<'_>,
    cells: &[Cell],
    forecasts: &Forecasts,
    level: f64,
) -> Vec<PanelPrediction> {
    let frame = posterior.core.design.frame;
    // Half width per unit of size, by origin, from the errors of the origins before it.
    let widths: Vec<Option<f64>> = forecasts
        .origins
        .iter()
        .map(|test| {
            let earlier = cells.iter().filter(|cell| cell.period < test.start);
            let mut errors: Vec<f64> =
                earlier.filter_map(|cell| Some((cell.actual - cell.forecast?).abs() / cell.size)).collect();
            errors.sort_by(f64::total_cmp);
            let n = errors.len() as f64;
            (errors.len() >= FEWEST_ERRORS).then(|| quantile(&errors, level * (n + 1.0) / n))
        })
        .collect();
    let origin_of = |period: usize| forecasts.origins.iter().position(|test| test.contains(&period));
    cells
        .iter()
        .map(|cell| PanelPrediction {
            unit: cell.unit.map_or_else(String::new, |unit| frame.units[unit].clone()),
            period_start: frame.periods[cell.period],
            rows: cell.rows,
            actual: cell.actual,
            fitted: cell.fitted,
            out_of_sample: cell.forecast.map(|forecast| {
                match origin_of(cell.period).and_then(|origin| widths[origin]) {
                    Some(width) => {
                        let reach = width * cell.size;
                        Estimate::with_bounds(forecast, forecast - reach, forecast + reach, level)
                    }
                    None => Estimate::without_interval(forecast, "too few forecasts before it"),
                }
            }),
        })
        .collect()
}
