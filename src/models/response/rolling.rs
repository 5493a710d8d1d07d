//! Forecasts at rolling origins: the model, itself without channels and without third parties, and naive ones.
//!
//! Every origin sees earlier periods alone: transforms are chosen, coefficients fitted and the errors' shape
//! estimated on them. Drivers and pressure of the forecast periods are taken as they were, so what is
//! judged is the response, not a forecast of the weather. Errors carry over: the last residual of a unit fades by its memory.

use std::ops::Range;

use rayon::prelude::*;

use super::core::{contributions_within, first_look};
use super::design::{ControlColumn, Design};
use super::gibbs::{Effort, Prior, sample};
use super::moments::{Moments, Partial};
use super::prior::{Beliefs, priors};
use super::problem::Problem;
use super::whiten::{Whitening, left_after};
use crate::domain::Party;
use crate::features::PanelFrame;

/// Draws behind a forecast.
const EFFORT: Effort = Effort { chains: 2, warm_up: 100, kept: 150 };
/// Most origins.
const MOST_ORIGINS: usize = 6;
/// Most periods that are forecast at one origin.
const LONGEST_HORIZON: usize = 13;
/// Fewest periods that are forecast at one origin.
const SHORTEST_HORIZON: usize = 4;

/// Names of what is judged, in the order of [`Forecasts::values`].
pub(super) const VARIANTS: [&str; 6] =
    ["model", "without_channels", "without_third_party", "naive_season", "naive_last", "naive_mean"];

/// Forecasts of every variant.
pub(super) struct Forecasts {
    /// Forecast periods of each origin.
    pub(super) origins: Vec<Range<usize>>,
    /// By variant: the whole panel, NaN where nothing was forecast.
    pub(super) values: Vec<Vec<f64>>,
}

/// Cuts the fitted periods: what the first origin sees, then what each origin forecasts.
///
/// Half of the periods, a year at least where there are so many, come before the first origin.
pub(super) fn blocks(frame: &PanelFrame) -> Vec<Range<usize>> {
    let periods = frame.fitted_periods();
    let first = (periods / 2).max((periods * 2 / 3).min(60));
    let left = periods - first;
    let origins = (left / SHORTEST_HORIZON).min(MOST_ORIGINS);
    let mut blocks = Vec::new();
    if origins == 0 {
        return std::iter::once(frame.lead..frame.width()).collect();
    }
    let horizon = (left / origins).min(LONGEST_HORIZON);
    let start = frame.width() - origins * horizon;
    blocks.push(frame.lead..start);
    blocks.extend((0..origins).map(|at| start + at * horizon..start + (at + 1) * horizon));
    blocks
}

/// Forecasts every block after the first from those before it.
pub(super) fn forecasts(
    frame: &PanelFrame,
    drivers: &[usize],
    blocks: &[Range<usize>],
    seed: u64,
) -> Forecasts {
    let mut values = vec![vec![f64::NAN; frame.outcome.len()]; VARIANTS.len()];
    let origins = blocks[1..].to_vec();
    if origins.is_empty() {
        return Forecasts { origins, values };
    }
    // Scales, beliefs and the errors' shape come from what the first origin sees.
    let seen = frame.until(blocks[0].end);
    let before = Design::new(&seen, drivers);
    let prior = priors(&before, Beliefs::WithoutExperiments);
    let (_, whitening) = first_look(&before, &prior, EFFORT, seed);
    let mut design = Design::new(frame, drivers);
    design.references = before.references;
    let moments = Moments::new(&design, &whitening, blocks.to_vec());
    let own: Vec<usize> = (1..=design.controls.len())
        .filter(|column| match design.controls[column - 1] {
            ControlColumn::Driver(at) | ControlColumn::Square(at) => {
                frame.drivers[at].driver.party == Party::First
            }
            _ => true,
        })
        .collect();
    let everything = design.all_controls();
    for (origin, test) in origins.iter().enumerate() {
        let partial = moments.partial(origin + 1);
        for (variant, controls, channels) in
            [(0, &everything, true), (1, &everything, false), (2, &own, true)]
        {
            if variant == 2 && own.len() == everything.len() {
                continue;
            }
            let predictor =
                Predictor::fit(&design, &partial, &prior, controls, channels, seed ^ (origin as u64 + 1));
            predictor.predict(&whitening, test, &mut values[variant]);
        }
        naive(frame, test, &mut values);
    }
    Forecasts { origins, values }
}

/// Mean coefficients of a fit on the periods before an origin.
struct Predictor<'d, 'a> {
    design: &'d Design<'a>,
    intercepts: Vec<f64>,
    controls: Vec<f64>,
    effects: Vec<Vec<f64>>,
}

impl<'d, 'a> Predictor<'d, 'a> {
    fn fit(
        design: &'d Design<'a>,
        partial: &Partial,
        prior: &[Prior],
        controls: &[usize],
        channels: bool,
        seed: u64,
    ) -> Self {
        let problem = Problem::new(partial, controls);
        let effects: Vec<Vec<f64>> = if channels {
            sample(&problem, prior, EFFORT, seed).mean_effects(design)
        } else {
            design.candidates.iter().map(|all| vec![0.0; all.len()]).collect()
        };
        let (controls, intercepts) =
            super::fitted::coefficients(&problem, partial, &effects, design.controls.len());
        Self { design, intercepts, controls, effects }
    }

    fn predict(&self, whitening: &Whitening, test: &Range<usize>, out: &mut [f64]) {
        let design = self.design;
        let frame = design.frame;
        // The last period before the origin says where the errors stood.
        let first = design.rows.iter().filter_map(|rows| rows.iter().rev().find(|row| **row < test.start));
        let first = first.min().copied().unwrap_or(test.start);
        let series = contributions_within(design, &self.effects, first..test.end);
        let mut outcome = Vec::new();
        for unit in 0..frame.units.len() {
            design.outcome(unit, &mut outcome);
            let baseline = design.weighted_controls(&self.controls, unit);
            let at = |period: usize| {
                let channels: f64 = series.iter().map(|series| series[frame.at(unit, period)]).sum();
                self.intercepts[unit] + baseline[period] + channels
            };
            let last = design.rows[unit].iter().rev().find(|row| **row < test.start).copied();
            let residual = last.map_or(0.0, |last| outcome[last] - at(last));
            for period in test.clone() {
                let fades = last.map_or(0.0, |last| left_after(whitening.memory, period - last));
                let value = at(period) + fades * residual;
                out[frame.at(unit, period)] =
                    if frame.multiplicative { value.exp() } else { value * frame.sizes[unit] };
            }
        }
    }
}

/// Forecasts that need no model: a year before, the last period, the mean of the year before the origin.
fn naive(frame: &PanelFrame, test: &Range<usize>, values: &mut [Vec<f64>]) {
    for unit in 0..frame.units.len() {
        let known: Vec<usize> = (frame.lead..test.start).filter(|t| frame.is_observed(unit, *t)).collect();
        let year = frame.season_before[test.start].map_or(known.len(), |before| test.start - before);
        let recent = &known[known.len().saturating_sub(year.max(1))..];
        let mean =
            recent.iter().map(|t| frame.outcome[frame.at(unit, *t)]).sum::<f64>() / recent.len() as f64;
        let last = known.last().map_or(f64::NAN, |t| frame.outcome[frame.at(unit, *t)]);
        for period in test.clone() {
            let cell = frame.at(unit, period);
            // Of periods further ahead than a year, the year before is not known either.
            let season = frame.season_before[period].filter(|before| *before < test.start);
            values[3][cell] = season.map_or(f64::NAN, |before| frame.outcome[frame.at(unit, before)]);
            values[4][cell] = last;
            values[5][cell] = mean;
        }
    }
}

impl Forecasts {
    /// Root mean squared errors by variant over the cells that every variant with any forecast has;
    /// `None` for a variant without forecasts.
    pub(super) fn errors(&self, frame: &PanelFrame) -> Vec<Option<f64>> {
        let has = |values: &[f64]| values.iter().any(|value| value.is_finite());
        let present: Vec<usize> = (0..self.values.len()).filter(|at| has(&self.values[*at])).collect();
        let cells: Vec<usize> = (0..frame.outcome.len())
            .filter(|cell| {
                frame.outcome[*cell].is_finite()
                    && present.iter().all(|at| self.values[*at][*cell].is_finite())
            })
            .collect();
        (0..self.values.len())
            .into_par_iter()
            .map(|at| {
                (present.contains(&at) && !cells.is_empty()).then(|| {
                    let squares: f64 = cells
                        .iter()
                        .map(|cell| (self.values[at][*cell] - frame.outcome[*cell]).powi(2))
                        .sum();
                    (squares / cells.len() as f64).sqrt()
                })
            })
            .collect()
    }
}
