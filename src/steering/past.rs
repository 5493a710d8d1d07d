//! What a response model did not explain in the past: the noise that a test has to be heard over.

use crate::models::result::ResponseResult;

/// Actual less forecast where there are forecasts, else less fitted: unit by unit in the order of `units`, then by period;
/// NaN where there is no row. In the unit of the outcome.
pub(super) fn residuals(result: &ResponseResult, units: &[String]) -> Vec<Vec<f64>> {
    let forecasts = result.predictions.iter().filter(|line| line.out_of_sample.is_some()).count();
    let by_forecast = forecasts * 3 >= result.predictions.len();
    let mut starts: Vec<_> = result
        .predictions
        .iter()
        .filter(|line| !by_forecast || line.out_of_sample.is_some())
        .map(|line| line.period_start)
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let mut series = vec![vec![f64::NAN; starts.len()]; units.len()];
    for line in &result.predictions {
        let (Some(unit), Ok(at)) =
            (units.iter().position(|unit| *unit == line.unit), starts.binary_search(&line.period_start))
        else {
            continue;
        };
        let said =
            if by_forecast { line.out_of_sample.as_ref().map(|said| said.value) } else { Some(line.fitted) };
        if let Some(said) = said {
            series[unit][at] = line.actual - said;
        }
    }
    series
}
