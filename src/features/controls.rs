//! Trend and season: design columns made from a row's date alone.

use std::f64::consts::TAU;

use chrono::{Datelike, NaiveDate};

/// Days in a year on average, so that a year later is one year further in trend and season.
const DAYS_PER_YEAR: f64 = 365.25;

/// The controls of a model, always in and never ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Controls {
    /// Day at which the trend is zero; `None` for a model without trend.
    pub(super) trend_from: Option<NaiveDate>,
    /// Pairs of sine and cosine per year.
    pub(super) yearly_harmonics: u8,
}

impl Controls {
    /// Names of the columns in order: `trend` (in years), then `yearly_sin_1`, `yearly_cos_1`, ….
    pub(super) fn names(self) -> Vec<String> {
        let trend = self.trend_from.map(|_| "trend".to_owned());
        let waves =
            (1..=self.yearly_harmonics).flat_map(|k| [format!("yearly_sin_{k}"), format!("yearly_cos_{k}")]);
        trend.into_iter().chain(waves).collect()
    }

    /// Writes the columns of the given rows, column by column, into the front of `x`.
    pub(super) fn fill(self, dates: &[NaiveDate], x: &mut [f64]) {
        if dates.is_empty() {
            return;
        }
        let mut columns = x.chunks_exact_mut(dates.len());
        if let Some((from, column)) = self.trend_from.and_then(|from| Some((from, columns.next()?))) {
            for (value, date) in column.iter_mut().zip(dates) {
                *value = date.signed_duration_since(from).num_days() as f64 / DAYS_PER_YEAR;
            }
        }
        for k in 1..=self.yearly_harmonics {
            for wave in [f64::sin, f64::cos] {
                let Some(column) = columns.next() else { return };
                for (value, date) in column.iter_mut().zip(dates) {
                    *value = wave(TAU * f64::from(k) * f64::from(date.ordinal()) / DAYS_PER_YEAR);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_later_the_trend_is_one_further_and_the_season_the_same() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let controls = Controls { trend_from: Some(day("2010-01-01")), yearly_harmonics: 2 };
        assert_eq!(
            controls.names(),
            ["trend", "yearly_sin_1", "yearly_cos_1", "yearly_sin_2", "yearly_cos_2"]
        );
        let dates = [day("2010-01-01"), day("2011-01-01"), day("2010-07-02")];
        let mut x = vec![0.0; 3 * 5];
        controls.fill(&dates, &mut x);
        assert!(x[0].abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-3);
        for column in x[3..].chunks_exact(3) {
            assert!((column[0] - column[1]).abs() < 1e-15);
        }
        // Half a year on, the first wave has turned round and the second is where it was.
        assert!((x[6] + x[8]).abs() < 1e-3 && (x[12] - x[14]).abs() < 1e-2);
    }

    #[test]
    fn a_model_without_controls_has_no_columns() {
        let controls = Controls { trend_from: None, yearly_harmonics: 0 };
        assert!(controls.names().is_empty());
        controls.fill(&["2010-01-01".parse().unwrap()], &mut []);
    }
}
