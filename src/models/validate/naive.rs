//! Forecasts that need no model: the mean so far, the last period, the same period a year ago.

use crate::features::ModelFrame;
use crate::features::OutcomeKind;
use crate::models::fit::{Moments, Survey, total};

use super::forecast::Forecast;
use super::origins::Origin;

/// The naive forecasts of all tested periods, by the name of their variant.
///
/// `naive_season` is there only when every tested period has its counterpart among the periods trained
/// on, so that all forecasts are judged on the same rows. Rates are (k + ½) / (n + 1), because a rate of
/// 0 or 1 would be an infinitely bad forecast of a single exception.
pub(crate) fn naive_forecasts(
    frame: &ModelFrame,
    survey: &Survey,
    origins: &[Origin],
) -> Vec<(&'static str, Forecast)> {
    let outcome = &survey.outcome;
    let value = |moments: &Moments| match frame.outcome {
        OutcomeKind::Amount => moments.mean,
        OutcomeKind::YesNo => (moments.mean * moments.count + 0.5) / (moments.count + 1.0),
    };
    let season = |origin: &Origin, period: usize| -> Option<Moments> {
        let before = frame.season_before[period]? as usize;
        (before < origin.trained_periods && outcome[before].count > 0.0).then(|| outcome[before])
    };
    let mut mean = vec![None; outcome.len()];
    let mut last = vec![None; outcome.len()];
    let mut year = vec![None; outcome.len()];
    for origin in origins {
        let trained = &outcome[..origin.trained_periods];
        for period in origin.test.clone().filter(|period| outcome[*period].count > 0.0) {
            mean[period] = Some(value(&total(trained)));
            last[period] = trained.iter().rev().find(|before| before.count > 0.0).map(value);
            year[period] = season(origin, period).as_ref().map(value);
        }
    }
    let complete = (0..outcome.len()).all(|period| mean[period].is_some() == year[period].is_some());
    [("naive_mean", mean, true), ("naive_last", last, true), ("naive_season", year, complete)]
        .into_iter()
        .filter(|(_, predicted, complete)| *complete && predicted.iter().any(Option::is_some))
        .map(|(name, predicted, _)| (name, Forecast::constant(frame.outcome, predicted, outcome)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::fit::Strata;
    use crate::models::testing::simulate;
    use crate::models::validate::origins;

    #[test]
    fn naive_forecasts_look_back_only() {
        let mut table = simulate::panel(1, 1, 20).outcome(OutcomeKind::Amount, |_| 0.0);
        table.y = (0..20).map(f64::from).collect();
        table.season = Some(10);
        let frame = table.frame();
        let survey = Survey::take(&frame, 0).unwrap();
        let forecasts =
            naive_forecasts(&frame, &survey, &origins(&Strata::by_period(20, 3), 20, &frame.known_before));
        let of = |name: &str| &forecasts.iter().find(|(found, _)| *found == name).unwrap().1.predicted;
        assert_eq!((of("naive_mean")[9], of("naive_mean")[15]), (None, Some(7.0)));
        assert_eq!(of("naive_last")[15], Some(14.0));
        assert_eq!(of("naive_season")[15], Some(5.0));
        table.season = Some(11);
        let frame = table.frame();
        let forecasts =
            naive_forecasts(&frame, &survey, &origins(&Strata::by_period(20, 3), 20, &frame.known_before));
        assert_eq!(forecasts.len(), 2, "period 10 has no season before");
    }
}
