//! Joint effects: what two channels, or a channel and a driver, bring together beyond their sum.
//!
//! The regressor of a pair is the product of their contributions with both main effects in. Every eligible pair is
//! tested, none is picked on the rows that test it, and all p-values are adjusted together (Benjamini and
//! Hochberg 1995). Misfit curvature looks like synergy, because channels that are raised together are high
//! together: so squares and cubes of both contributions are in the regression, and a pair that was told apart without them but is
//! not with them is reported as curvature. Standard errors are clustered by blocks of periods over all units.

use faer::Mat;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::core::Core;
use super::design::Design;
use super::fitted::Fitted;
use super::summary::{deviation, mean};
use super::whiten::Whitening;
use crate::domain::Estimate;
use crate::features::PanelFrame;
use crate::models::fit::Factor;
use crate::models::result::{Interaction, InteractionFinding};

/// Periods of one cluster. Rows are whitened, so what is left of their memory is short.
const CLUSTER: usize = 4;
/// Fewest clusters that give a standard error.
const FEWEST_CLUSTERS: usize = 12;

/// Standard deviation of what is believed of a joint effect, as a share of the smaller contribution.
const BELIEVED: f64 = 0.5;

/// A pair and its regressor.
struct Pair {
    first: String,
    second: String,
    sides: [Side; 2],
    /// Channels whose curves are made more flexible.
    channels: Vec<usize>,
    product: Vec<f64>,
    /// What the effect is stated for: both channels' contributions, not centered, so that there is nothing where either
    /// does nothing; with a driver, the channel's contribution while the driver is one standard deviation above its mean.
    raw: Vec<f64>,
    /// The coefficient at which the joint effect is as large as the smaller contribution.
    smaller: f64,
}

/// Where one side of a pair comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Mean contribution of the channel at this place.
    Channel(usize),
    /// Values of the driver at this place.
    Driver(usize),
}

/// One side of a pair, and how it was centered and scaled.
#[derive(Debug, Clone, Copy)]
struct Side {
    of: Of,
    center: f64,
    spread: f64,
}

impl Side {
    fn new(of: Of, standard: &Standard) -> Self {
        Self { of, center: standard.center, spread: standard.spread }
    }

    /// Its value in a cell, given the channels' contributions and the panel that drivers are read from.
    fn at(&self, contributions: &[Vec<f64>], frame: &PanelFrame, cell: usize) -> f64 {
        let value = match self.of {
            Of::Channel(channel) => contributions[channel][cell],
            Of::Driver(driver) => frame.drivers[driver].values[cell],
        };
        (value - self.center) / self.spread
    }
}

/// A joint effect that was claimed: a line of contributions of its own.
pub(super) struct Joint {
    /// Both names.
    pub(super) name: String,
    sides: [Side; 2],
    /// Mean and standard deviation of what is believed of its coefficient.
    pub(super) coefficient: (f64, f64),
    /// What it brings: the whole panel, per unit of size. It counts against the usual level of both, because what
    /// two channels bring together at their usual levels cannot be told from what each brings.
    pub(super) series: Vec<f64>,
}

impl Joint {
    /// Draws the coefficient towards zero by a normal belief around it, which knows that joint effects are of the order
    /// of half the smaller contribution: what was picked for its size is too large.
    fn new(pair: &Pair, coefficient: f64, error: f64) -> Self {
        let believed = (BELIEVED * pair.smaller).powi(2);
        let kept = coefficient * believed / (believed + error * error);
        // The same normal belief, updated by the same error.
        let spread = if kept == 0.0 { 0.0 } else { (believed / (believed + error * error)).sqrt() * error };
        Self {
            name: format!("{} × {}", pair.first, pair.second),
            sides: pair.sides,
            coefficient: (kept, spread),
            series: pair.product.iter().map(|product| kept * product).collect(),
        }
    }

    /// What a unit of its coefficient brings in each cell, given the channels' mean contributions and the panel that
    /// drivers are read from: the product of both sides, centered and scaled as they were when it was found.
    pub(super) fn product(&self, contributions: &[Vec<f64>], frame: &PanelFrame) -> Vec<f64> {
        let cells = 0..frame.outcome.len();
        cells
            .map(|cell| self.sides.iter().map(|side| side.at(contributions, frame, cell)).product())
            .collect()
    }

    /// Whether `of` is one of its sides.
    pub(super) fn has(&self, of: Of) -> bool {
        self.sides.iter().any(|side| side.of == of)
    }
}

/// Tests every pair that the model asks for; empty where it asks for none or history is too short.
pub(super) fn interactions(core: &Core<'_>, fitted: &Fitted, level: f64) -> (Vec<Interaction>, Vec<Joint>) {
    let design = &core.design;
    let frame = design.frame;
    let Some(asked) = &frame.interactions else { return (Vec::new(), Vec::new()) };
    if frame.fitted_periods() < CLUSTER * FEWEST_CLUSTERS {
        return (Vec::new(), Vec::new());
    }
    let series: Vec<Option<Standard>> =
        fitted.channels.iter().map(|series| Standard::new(design, series)).collect();
    let pairs = pairs(design, &series, asked.channels, &asked.drivers);
    let rows = Rows::new(design, &core.whitening);
    // Drivers bend too, and channels that follow them would seem to work together.
    let bends: Vec<Vec<f64>> = frame
        .drivers
        .iter()
        .filter_map(|driver| Standard::new(design, &driver.values))
        .map(|bend| bend.values.iter().map(|value| value * value).collect())
        .collect();
    let tested: Vec<(Test, Test)> = pairs
        .par_iter()
        .map(|pair| {
            let mains: Vec<&Vec<f64>> = series.iter().flatten().map(|series| &series.values).collect();
            let straight = rows.test(&mains, &pair.product);
            let powers: Vec<Vec<f64>> = pair
                .channels
                .iter()
                .flat_map(|channel| series[*channel].iter())
                .flat_map(|series| {
                    [2, 3].map(|power| {
                        series.values.iter().map(|value| value.powi(power)).collect::<Vec<f64>>()
                    })
                })
                .collect();
            let flexible: Vec<&Vec<f64>> = mains.into_iter().chain(&powers).chain(&bends).collect();
            (straight, rows.test(&flexible, &pair.product))
        })
        .collect();
    let adjusted = benjamini_hochberg(&tested.iter().map(|(_, test)| test.p_value).collect::<Vec<_>>());
    let before = benjamini_hochberg(&tested.iter().map(|(test, _)| test.p_value).collect::<Vec<_>>());
    let rate = asked.false_discovery_rate;
    let mut joint = Vec::new();
    let found = pairs
        .iter()
        .zip(&tested)
        .enumerate()
        .map(|(at, (pair, (_, test)))| {
            // What a unit of coefficient brings where there is nothing unless both act, in the unit of the outcome.
            let total: f64 = cells(design)
                .map(|(unit, row)| design.worth_of_one(unit, row) * pair.raw[frame.at(unit, row)])
                .sum();
            let (center, reach) =
                (test.coefficient * total, (test.quantile(level) * test.error * total).abs());
            let finding = if adjusted[at] <= rate {
                joint.push(Joint::new(pair, test.coefficient, test.error));
                if test.coefficient > 0.0 {
                    InteractionFinding::Synergy
                } else {
                    InteractionFinding::Cannibalization
                }
            } else if before[at] <= rate {
                InteractionFinding::Curvature
            } else {
                InteractionFinding::NoEvidence
            };
            Interaction {
                first: pair.first.clone(),
                second: pair.second.clone(),
                effect: Estimate::with_bounds(center, center - reach, center + reach, level),
                p_value: test.p_value,
                adjusted_p_value: adjusted[at],
                finding,
            }
        })
        .collect();
    (found, joint)
}

fn cells<'a>(design: &'a Design<'_>) -> impl Iterator<Item = (usize, usize)> + 'a {
    design.rows.iter().enumerate().flat_map(|(unit, rows)| rows.iter().map(move |row| (unit, *row)))
}

/// A series centered and scaled over the fitted cells.
struct Standard {
    values: Vec<f64>,
    center: f64,
    spread: f64,
}

impl Standard {
    /// `None` for a series that does not vary.
    fn new(design: &Design<'_>, series: &[f64]) -> Option<Self> {
        let fitted: Vec<f64> = cells(design).map(|(unit, row)| series[design.frame.at(unit, row)]).collect();
        let (center, spread) = (mean(&fitted), deviation(&fitted));
        (spread > 1e-12 * center.abs().max(f64::MIN_POSITIVE)).then(|| Self {
            values: series.iter().map(|value| (value - center) / spread).collect(),
            center,
            spread,
        })
    }

    /// Its mean in multiples of its spread.
    fn level(&self) -> f64 {
        self.center / self.spread
    }
}

fn pairs(design: &Design<'_>, series: &[Option<Standard>], channels: bool, drivers: &[usize]) -> Vec<Pair> {
    let frame = design.frame;
    let multiply = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
    let raw = |standard: &Standard| -> Vec<f64> {
        standard.values.iter().map(|value| value + standard.level()).collect()
    };
    let mut pairs = Vec::new();
    let acting: Vec<usize> = (0..series.len()).filter(|at| series[*at].is_some()).collect();
    for (place, &first) in acting.iter().enumerate() {
        let Some(own) = &series[first] else { continue };
        if channels {
            for &second in &acting[place + 1..] {
                let Some(other) = &series[second] else { continue };
                pairs.push(Pair {
                    first: frame.channels[first].name.clone(),
                    second: frame.channels[second].name.clone(),
                    sides: [Side::new(Of::Channel(first), own), Side::new(Of::Channel(second), other)],
                    channels: vec![first, second],
                    product: multiply(&own.values, &other.values),
                    smaller: own.center.min(other.center)
                        / (own.level() * other.level()).abs().max(f64::MIN_POSITIVE),
                    raw: multiply(&raw(own), &raw(other)),
                });
            }
        }
        for &driver in drivers {
            let Some(other) = Standard::new(design, &frame.drivers[driver].values) else { continue };
            // A driver has no zero that means anything: it counts against its mean.
            pairs.push(Pair {
                first: frame.channels[first].name.clone(),
                second: frame.drivers[driver].driver.name.clone(),
                sides: [Side::new(Of::Channel(first), own), Side::new(Of::Driver(driver), &other)],
                channels: vec![first],
                product: multiply(&own.values, &other.values),
                smaller: own.center / own.level().abs().max(f64::MIN_POSITIVE),
                raw: raw(own),
            });
        }
    }
    pairs
}

/// A coefficient with its clustered standard error.
struct Test {
    coefficient: f64,
    error: f64,
    p_value: f64,
    freedom: f64,
}

impl Test {
    fn nothing() -> Self {
        Self { coefficient: 0.0, error: 0.0, p_value: 1.0, freedom: 1.0 }
    }

    fn quantile(&self, level: f64) -> f64 {
        StudentsT::new(0.0, 1.0, self.freedom).map_or(f64::NAN, |t| t.inverse_cdf(f64::midpoint(1.0, level)))
    }
}

/// Whitened rows of all units, period by period, with intercepts and controls as columns.
struct Rows<'d, 'a> {
    design: &'d Design<'a>,
    whitening: &'d Whitening,
    /// Cluster of each row.
    clusters: Vec<usize>,
    count: usize,
    /// Outcome first, then controls; each with unit intercepts taken out.
    base: Vec<Vec<f64>>,
}

impl<'d, 'a> Rows<'d, 'a> {
    fn new(design: &'d Design<'a>, whitening: &'d Whitening) -> Self {
        let frame = design.frame;
        let clusters: Vec<usize> = cells(design).map(|(_, row)| (row - frame.lead) / CLUSTER).collect();
        let count = frame.fitted_periods().div_ceil(CLUSTER);
        let mut rows = Self { design, whitening, clusters, count, base: Vec::new() };
        let mut outcome = vec![f64::NAN; frame.outcome.len()];
        let mut of_unit = Vec::new();
        for unit in 0..frame.units.len() {
            design.outcome(unit, &mut of_unit);
            outcome[frame.at(unit, 0)..frame.at(unit + 1, 0)].copy_from_slice(&of_unit);
        }
        let mut base = vec![rows.white(&outcome)];
        for control in &design.controls {
            let mut series = vec![0.0; frame.outcome.len()];
            for unit in 0..frame.units.len() {
                series[frame.at(unit, 0)..frame.at(unit + 1, 0)]
                    .copy_from_slice(&design.control(*control, unit));
            }
            base.push(rows.white(&series));
        }
        rows.base = base;
        rows
    }

    /// Whitens a series of the panel, unit by unit, and takes the unit intercepts out.
    fn white(&self, series: &[f64]) -> Vec<f64> {
        let frame = self.design.frame;
        let ones = vec![1.0; frame.width()];
        let mut all = Vec::with_capacity(self.clusters.len());
        for (unit, rows) in self.design.rows.iter().enumerate() {
            let (mut values, mut intercept) = (vec![0.0; rows.len()], vec![0.0; rows.len()]);
            self.whitening.apply(unit, &series[frame.at(unit, 0)..frame.at(unit + 1, 0)], rows, &mut values);
            self.whitening.apply(unit, &ones, rows, &mut intercept);
            let square: f64 = intercept.iter().map(|w| w * w).sum();
            let along = values.iter().zip(&intercept).map(|(v, w)| v * w).sum::<f64>()
                / square.max(f64::MIN_POSITIVE);
            all.extend(values.iter().zip(&intercept).map(|(value, w)| value - along * w));
        }
        all
    }

    /// Regresses the outcome on controls, `others` and `tested`, and tests the last.
    fn test(&self, others: &[&Vec<f64>], tested: &[f64]) -> Test {
        let further: Vec<Vec<f64>> = others.iter().map(|series| self.white(series)).collect();
        let tested = self.white(tested);
        let columns: Vec<&Vec<f64>> = self.base[1..].iter().chain(&further).collect();
        let size = columns.len();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let gram =
            Mat::from_fn(size, size, |i, j| if j <= i { product(columns[i], columns[j]) } else { 0.0 });
        let gram = Mat::from_fn(size, size, |i, j| gram[(i.max(j), i.min(j))]);
        let reference: Vec<f64> = (0..size).map(|at| gram[(at, at)]).collect();
        let factor = Factor::new(gram.as_ref(), &reference, 1e-9);
        let without = |values: &[f64]| -> Vec<f64> {
            let products: Vec<f64> = factor.kept.iter().map(|at| product(columns[*at], values)).collect();
            let coefficients = factor.solve(&products);
            let mut left = values.to_vec();
            for (at, coefficient) in factor.kept.iter().zip(coefficients) {
                for (left, x) in left.iter_mut().zip(columns[*at]) {
                    *left -= coefficient * x;
                }
            }
            left
        };
        let before = product(&tested, &tested);
        let (x, y) = (without(&tested), without(&self.base[0]));
        let square = product(&x, &x);
        if square < 1e-6 * before {
            return Test::nothing();
        }
        let coefficient = product(&x, &y) / square;
        let mut scores = vec![0.0; self.count];
        for ((x, y), cluster) in x.iter().zip(&y).zip(&self.clusters) {
            scores[*cluster] += x * (y - coefficient * x);
        }
        let clusters = self.count as f64;
        let meat: f64 = scores.iter().map(|score| score * score).sum::<f64>() * clusters / (clusters - 1.0);
        // Few clusters: the usual degrees of freedom, and never less spread than independent rows would have.
        let rows = self.clusters.len() as f64;
        let freedom = (rows - size as f64 - 1.0).max(1.0);
        let plain =
            y.iter().zip(&x).map(|(y, x)| (y - coefficient * x).powi(2)).sum::<f64>() / freedom * square;
        let error = meat.max(plain).sqrt() / square;
        let t = coefficient / error;
        let freedom = clusters - 1.0;
        let p_value = StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |d| 2.0 * d.cdf(-t.abs()));
        Test { coefficient, error, p_value, freedom }
    }
}

/// p-values adjusted so that the expected share of false claims among those at most `q` is at most `q`.
fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]).then(b.cmp(a)));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (place, at) in order.iter().enumerate() {
        let rank = (p_values.len() - place) as f64;
        least = least.min(p_values[*at] * p_values.len() as f64 / rank);
        adjusted[*at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_p_values_are_those_of_r() {
        // p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.2), "BH")
        let adjusted = benjamini_hochberg(&[0.03, 0.01, 0.2, 0.02, 0.04]);
        for (found, expected) in adjusted.iter().zip([0.05, 0.05, 0.2, 0.05, 0.05]) {
            assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
        }
    }
}
