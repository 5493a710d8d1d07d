//! The headline figures of a model: what is compared from one publication to the next.
//!
//! A figure carries how far its mean may lie from where endless sampling would put it. That error is
//! read off the figure's own interval and the number of independent draws, because nothing else of an
//! earlier fit is published, and both sides must be judged alike.

use statrs::distribution::{ContinuousCDF, Normal};

use super::outcome::{DriverEffect, OutcomeResult};
use super::response::ResponseResult;
use crate::domain::{Estimate, Interval};

/// A headline figure of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Model name.
    pub model: String,
    /// Kind of figure and what it is about, for example `roas:tv` or `effect:season=winter`.
    pub quantity: String,
    /// The figure, in the unit that it has in its own table.
    pub estimate: Estimate,
    /// Standard error that sampling alone gives it: 0 for what is not sampled, `None` where it cannot be told.
    pub sampling_error: Option<f64>,
}

impl Figure {
    /// A figure of a model that samples; its draws are worth `draws` independent ones.
    ///
    /// The spread of the draws is taken from the interval as if they were normal.
    #[must_use]
    pub fn sampled(model: &str, quantity: String, estimate: Estimate, draws: f64) -> Self {
        let sampling_error = match estimate.interval {
            Interval::Bounds { lower, upper, level } if draws > 0.0 => {
                let reach = 2.0 * Normal::standard().inverse_cdf(f64::midpoint(1.0, level));
                Some((upper - lower) / reach / draws.sqrt()).filter(|error| error.is_finite())
            }
            Interval::Bounds { .. } | Interval::None { .. } => None,
        };
        Self { model: model.to_owned(), quantity, estimate, sampling_error }
    }

    /// A figure that the data alone decide: another seed gives the same.
    #[must_use]
    pub fn computed(model: &str, quantity: String, estimate: Estimate) -> Self {
        Self { model: model.to_owned(), quantity, estimate, sampling_error: Some(0.0) }
    }
}

/// Names of figures. The part before the colon is that of the column in the figure's own table.
pub mod quantity {
    /// A figure about a channel, for example `roas:tv`.
    #[must_use]
    pub fn of_channel(column: &str, channel: &str) -> String {
        format!("{column}:{channel}")
    }

    /// The effect of a driver, or of one level of it.
    #[must_use]
    pub fn effect(driver: &str, level: Option<&str>) -> String {
        level.map_or_else(|| format!("effect:{driver}"), |level| format!("effect:{driver}={level}"))
    }

    /// The share of explained success of a driver group.
    #[must_use]
    pub fn share(group: &str) -> String {
        format!("share:{group}")
    }
}

impl OutcomeResult {
    /// Its figures: effects of drivers and shares of driver groups.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let effects = estimated(&self.effects)
            .map(|(quantity, estimate)| Figure::computed(&self.model, quantity, estimate.clone()));
        let shares = self
            .importance
            .iter()
            .map(|line| Figure::computed(&self.model, quantity::share(&line.group), line.share.clone()));
        effects.chain(shares).collect()
    }
}

impl ResponseResult {
    /// Its figures: returns and carry-over of channels over all units, the outcome's share of channels without a
    /// price, effects of drivers.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let mut figures = Vec::new();
        let channels = || self.channels.iter().filter(|channel| channel.unit.is_none());
        for channel in channels() {
            let priced = channel.roas.is_some();
            let share = (!priced).then_some(&channel.outcome_share);
            for (column, estimate) in [
                ("roas", channel.roas.as_ref()),
                ("mroas", channel.mroas.as_ref()),
                ("outcome_share", share),
                ("carry_over_share", Some(&channel.carry_over_share)),
            ] {
                let Some(estimate) = estimate else { continue };
                let name = quantity::of_channel(column, &channel.channel);
                let draws = channel.effective_sample_size;
                figures.push(Figure::sampled(&self.model, name, estimate.clone(), draws));
            }
        }
        // A driver's effect is drawn given the channels', so it is no less independent than the worst of those.
        let draws = channels().map(|channel| channel.effective_sample_size).fold(f64::INFINITY, f64::min);
        figures.extend(
            estimated(&self.effects)
                .map(|(quantity, estimate)| Figure::sampled(&self.model, quantity, estimate.clone(), draws)),
        );
        figures
    }
}

fn estimated(effects: &[DriverEffect]) -> impl Iterator<Item = (String, &Estimate)> {
    effects
        .iter()
        .filter_map(|row| Some((quantity::effect(&row.driver, row.level.as_deref()), row.effect.as_ref()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::result::sample;

    #[test]
    fn the_sampling_error_is_the_spread_over_the_root_of_the_draws() {
        let estimate = Estimate::with_bounds(3.0, 3.0 - 1.644_853_627, 3.0 + 1.644_853_627, 0.9);
        let figure = Figure::sampled("m", "roas:tv".into(), estimate, 400.0);
        assert!((figure.sampling_error.expect("told") - 0.05).abs() < 1e-9);
        let bare = Figure::sampled("m", "roas:tv".into(), Estimate::without_interval(3.0, "none"), 400.0);
        assert_eq!(bare.sampling_error, None);
    }

    #[test]
    fn channels_are_told_for_the_whole_company_and_those_without_a_price_by_their_share() {
        let figures = sample::response_result().figures();
        let names: Vec<&str> = figures.iter().map(|figure| figure.quantity.as_str()).collect();
        assert!(
            names.contains(&"roas:television") || names.iter().any(|name| name.starts_with("roas:")),
            "{names:?}"
        );
        assert_eq!(names.iter().filter(|name| name.starts_with("outcome_share:")).count(), 1, "{names:?}");
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
