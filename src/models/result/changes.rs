//! How far what a model found moved since the publication before, and why.
//!
//! An estimate is never pulled towards the last one; it moves, and this file says what moved it. The path
//! from the figure before to the figure now has two steps where the configuration changed: another
//! configuration on the old window, then new data. Of each step, what sampling may have made is set
//! apart; the rest is what the step stands for. The parts add up to the change.

use chrono::NaiveDate;

use super::figures::Figure;
use crate::domain::{Estimate, Interval};

/// Standard errors of sampling within which a move may be the sampler's own.
const SAMPLING_ERRORS: f64 = 2.0;

/// One figure of a model, as it was published before and as it is now.
///
/// Both are in the unit that the figure has in its own table.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelChange {
    /// Model name.
    pub model: String,
    /// What moved: the kind of figure and what it is about, for example `roas:tv` or `effect:market_demand`.
    pub quantity: String,
    /// End of the window that the figure before was published for.
    pub previous_as_of: NaiveDate,
    /// The figure before.
    pub previous: Estimate,
    /// The figure now.
    pub current: Estimate,
    /// Part of the change that comes from new and restated data; `None` where it was not told apart.
    pub from_data: Option<f64>,
    /// Part that comes from another configuration; `None` where it was not told apart.
    pub from_configuration: Option<f64>,
    /// Part that the noise of sampling can explain; `None` where it was not told apart.
    pub from_sampling: Option<f64>,
}

/// What lies between the publication before and a model's figures now.
#[derive(Debug, Clone, PartialEq)]
pub enum Between {
    /// New data alone: the model is told the same as before.
    Data,
    /// Another configuration, and what it makes of the window before.
    Configuration(Vec<Figure>),
    /// Another configuration, and the window before cannot be fitted again.
    Unknown,
}

/// Every figure of one model that was published before and is there now, in the order of `current`.
#[must_use]
pub fn changes(
    previous_as_of: NaiveDate,
    previous: &[Figure],
    current: &[Figure],
    between: &Between,
) -> Vec<ModelChange> {
    let compare = |now: &Figure| {
        let same = |figure: &&Figure| figure.model == now.model && figure.quantity == now.quantity;
        let before = previous.iter().find(same)?;
        let parts = match between {
            Between::Data => Parts::of_data(before, now),
            Between::Configuration(refit) => match refit.iter().find(same) {
                Some(refit) => Parts::by_way_of(before, refit, now),
                None => Parts::untold(before, now),
            },
            Between::Unknown => Parts::untold(before, now),
        };
        Some(ModelChange {
            model: now.model.clone(),
            quantity: now.quantity.clone(),
            previous_as_of,
            previous: comparable(&before.estimate, &now.estimate),
            current: now.estimate.clone(),
            from_data: parts.data,
            from_configuration: parts.configuration,
            from_sampling: parts.sampling,
        })
    };
    current.iter().filter_map(compare).collect()
}

/// The estimate before without its interval if that has another level than the one now: one row has one level.
fn comparable(before: &Estimate, now: &Estimate) -> Estimate {
    match (before.level(), now.level()) {
        (Some(old), Some(new)) if (old - new).abs() > 1e-9 => {
            let reason = format!("its interval was published with the level {old}");
            Estimate::without_interval(before.value, reason)
        }
        _ => before.clone(),
    }
}

/// What a change is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Parts {
    data: Option<f64>,
    configuration: Option<f64>,
    sampling: Option<f64>,
}

impl Parts {
    fn of_data(before: &Figure, now: &Figure) -> Self {
        let sampling = sampling(before, now);
        let data = sampling.map(|sampling| now.estimate.value - before.estimate.value - sampling);
        Self { data, configuration: sampling.map(|_| 0.0), sampling }
    }

    fn by_way_of(before: &Figure, refit: &Figure, now: &Figure) -> Self {
        let Some((first, second)) = sampling(before, refit).zip(sampling(refit, now)) else {
            return Self { data: None, configuration: None, sampling: None };
        };
        let configuration = refit.estimate.value - before.estimate.value - first;
        let sampling = first + second;
        // The remainder, so that the parts add up to the change.
        let data = now.estimate.value - before.estimate.value - configuration - sampling;
        Self { data: Some(data), configuration: Some(configuration), sampling: Some(sampling) }
    }

    fn untold(before: &Figure, now: &Figure) -> Self {
        Self { data: None, configuration: None, sampling: sampling(before, now) }
    }
}

/// What of the way from one figure to another sampling can explain: up to [`SAMPLING_ERRORS`] of its standard
/// errors, in the direction of the move. `None` where an error is not known.
fn sampling(from: &Figure, to: &Figure) -> Option<f64> {
    let reach = SAMPLING_ERRORS * from.sampling_error?.hypot(to.sampling_error?);
    Some((to.estimate.value - from.estimate.value).clamp(-reach, reach))
}

impl ModelChange {
    /// The figure now, less the figure before.
    #[must_use]
    pub fn change(&self) -> f64 {
        self.current.value - self.previous.value
    }

    /// True when the interval of the figure now excludes the figure before. Never without an interval.
    #[must_use]
    pub fn is_noteworthy(&self) -> bool {
        let before = self.previous.value;
        matches!(self.current.interval, Interval::Bounds { lower, upper, .. } if before < lower || before > upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(previous: f64, current: Estimate) -> ModelChange {
        ModelChange {
            model: "sales".into(),
            quantity: "roas:tv".into(),
            previous_as_of: day(),
            previous: Estimate::with_bounds(previous, previous - 1.0, previous + 1.0, 0.9),
            current,
            from_data: None,
            from_configuration: None,
            from_sampling: None,
        }
    }

    fn day() -> NaiveDate {
        "2024-01-01".parse().expect("date")
    }

    fn figure(quantity: &str, value: f64, error: Option<f64>) -> Figure {
        Figure {
            model: "sales".into(),
            quantity: quantity.into(),
            estimate: Estimate::with_bounds(value, value - 0.5, value + 0.5, 0.9),
            sampling_error: error,
        }
    }

    /// Data, configuration and sampling of the only change.
    fn parts(before: &Figure, now: &Figure, between: &Between) -> [Option<f64>; 3] {
        let all = changes(day(), std::slice::from_ref(before), std::slice::from_ref(now), between);
        assert_eq!(all.len(), 1);
        [all[0].from_data, all[0].from_configuration, all[0].from_sampling]
    }

    fn assert_parts(found: [Option<f64>; 3], expected: [f64; 3], change: f64) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.expect("told apart") - expected).abs() < 1e-12, "{found:?} is not {expected}");
        }
        assert!((found.iter().flatten().sum::<f64>() - change).abs() < 1e-12);
    }

    #[test]
    fn only_an_interval_that_excludes_the_figure_before_makes_a_change_noteworthy() {
        let now = || Estimate::with_bounds(3.0, 2.0, 4.0, 0.9);
        assert!(change(1.9, now()).is_noteworthy() && change(4.1, now()).is_noteworthy());
        assert!(!change(2.0, now()).is_noteworthy() && !change(f64::NAN, now()).is_noteworthy());
        assert!(!change(1.0, Estimate::without_interval(3.0, "one period")).is_noteworthy());
        assert!((change(1.5, now()).change() - 1.5).abs() < 1e-12);
    }

    #[test]
    fn with_the_same_configuration_all_but_sampling_is_data() {
        let (before, now) = (figure("roas:tv", 4.0, Some(0.03)), figure("roas:tv", 3.0, Some(0.04)));
        assert_parts(parts(&before, &now, &Between::Data), [-0.9, 0.0, -0.1], -1.0);
        // A move that the sampler may have made is the sampler's alone.
        let near = figure("roas:tv", 4.08, Some(0.04));
        assert_parts(parts(&before, &near, &Between::Data), [0.0, 0.0, 0.08], 0.08);
        // What is not sampled has no noise.
        let (before, now) = (figure("effect:price", 1.0, Some(0.0)), figure("effect:price", 1.5, Some(0.0)));
        assert_parts(parts(&before, &now, &Between::Data), [0.5, 0.0, 0.0], 0.5);
    }

    #[test]
    fn another_configuration_is_judged_on_the_old_window_and_data_are_the_rest() {
        let (before, now) = (figure("roas:tv", 4.0, Some(0.03)), figure("roas:tv", 3.0, Some(0.03)));
        let refit = |value| Between::Configuration(vec![figure("roas:tv", value, Some(0.04))]);
        // Down by 2 with the configuration, up by 1 with new data; a tenth of each may be sampling.
        assert_parts(parts(&before, &now, &refit(2.0)), [0.9, -1.9, 0.0], -1.0);
        // The same as the figure before: all of it is data.
        assert_parts(parts(&before, &now, &refit(4.0)), [-0.9, 0.0, -0.1], -1.0);
    }

    #[test]
    fn what_cannot_be_told_apart_is_left_open() {
        let (before, now) = (figure("roas:tv", 4.0, Some(0.03)), figure("roas:tv", 3.0, Some(0.04)));
        let [data, configuration, sampling] = parts(&before, &now, &Between::Unknown);
        assert_eq!((data, configuration), (None, None));
        assert!((sampling.expect("told") + 0.1).abs() < 1e-12);
        let elsewhere = Between::Configuration(vec![figure("roas:radio", 2.0, Some(0.04))]);
        assert_eq!(parts(&before, &now, &elsewhere)[..2], [None, None]);
        let bare = figure("roas:tv", 3.0, None);
        assert_eq!(parts(&before, &bare, &Between::Data), [None, None, None]);
    }

    #[test]
    fn figures_that_are_new_or_gone_are_no_changes() {
        let (tv, radio) = (figure("roas:tv", 4.0, Some(0.0)), figure("roas:radio", 3.0, Some(0.0)));
        assert!(changes(day(), &[tv], &[radio], &Between::Data).is_empty());
    }

    #[test]
    fn an_interval_of_another_level_is_not_shown_beside_todays() {
        let mut before = figure("roas:tv", 4.0, Some(0.0));
        before.estimate = Estimate::with_bounds(4.0, 3.0, 5.0, 0.8);
        let all = changes(day(), &[before], &[figure("roas:tv", 3.0, Some(0.0))], &Between::Data);
        assert_eq!((all[0].previous.level(), all[0].current.level()), (None, Some(0.9)));
    }
}
