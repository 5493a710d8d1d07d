//! What a forecast was worth: predicted means per period and losses over the tested rows.

use crate::features::OutcomeKind;
use crate::models::fit::Moments;

use super::ranking::area;

/// A forecast of some periods, judged. Losses are sums over rows, in the outcome's own unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forecast {
    /// Predicted mean per period; `None` where it was not tested.
    pub(crate) predicted: Vec<Option<f64>>,
    /// Tested rows.
    pub(crate) rows: f64,
    /// Sum of squared errors; for yes/no outcomes that is the Brier score times the rows.
    pub(crate) squares: f64,
    /// Sum of −log likelihood; 0 for amounts.
    pub(crate) log_loss: f64,
    /// Area under the ROC curve; `None` for amounts and when all outcomes are the same.
    pub(crate) auc: Option<f64>,
}

impl Forecast {
    /// Judges a forecast that gives every row of a period the same value.
    pub(crate) fn constant(kind: OutcomeKind, predicted: Vec<Option<f64>>, outcome: &[Moments]) -> Self {
        let mut forecast = Self { predicted, rows: 0.0, squares: 0.0, log_loss: 0.0, auc: None };
        let mut counts: Vec<(f64, [f64; 2])> = Vec::new();
        for (value, period) in forecast.predicted.iter().zip(outcome) {
            let Some(value) = value else { continue };
            forecast.rows += period.count;
            forecast.squares += period.squares_around(*value);
            if kind == OutcomeKind::YesNo {
                let successes = period.mean * period.count;
                let failures = period.count - successes;
                forecast.log_loss -= successes * value.ln() + failures * (-value).ln_1p();
                counts.push((*value, [failures, successes]));
            }
        }
        counts.sort_by(|one, other| one.0.total_cmp(&other.0));
        let ties = counts.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq());
        forecast.auc = area(ties.map(|tie| {
            tie.iter().fold([0.0; 2], |sum, (_, counts)| [sum[0] + counts[0], sum[1] + counts[1]])
        }));
        forecast
    }

    /// The loss that forecasts are compared by, per row: squared error, or −log likelihood for yes/no.
    pub(crate) fn loss(&self, kind: OutcomeKind) -> f64 {
        match kind {
            OutcomeKind::Amount => self.squares / self.rows,
            OutcomeKind::YesNo => self.log_loss / self.rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_forecast_is_judged_row_by_row() {
        let periods = [
            Moments { count: 4.0, mean: 0.25, squares: 0.75 },
            Moments { count: 2.0, mean: 0.5, squares: 0.5 },
        ];
        let forecast = Forecast::constant(OutcomeKind::YesNo, vec![None, Some(0.2)], &periods);
        assert!((forecast.squares - (0.64 + 0.04)).abs() < 1e-15);
        assert!((forecast.log_loss + 0.2_f64.ln() + 0.8_f64.ln()).abs() < 1e-15);
        assert_eq!((forecast.rows, forecast.auc), (2.0, Some(0.5)));
        let ranked = Forecast::constant(OutcomeKind::YesNo, vec![Some(0.1), Some(0.2)], &periods);
        // Pairs: the two successes against four failures, of which three lie below and one ties, …
        assert_eq!(ranked.auc, Some((1.0 * 1.5 + 1.0 * 3.5) / 8.0));
    }
}
