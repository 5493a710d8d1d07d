//! The first look at the rows: means and spreads, outcome per period, and a small sample.
//!
//! Columns are centered and scaled by what is found here before any cross product is taken, because
//! a Gram matrix of raw columns (a year next to a share) loses half its digits. Coefficients without a
//! penalty do not depend on it, so nothing is learned from later periods by it.

use crate::features::{Block, FrameError, ModelFrame, OutcomeKind};

use super::scan::fold_blocks;

/// Rows that the sample aims at; frames up to this size are taken whole.
pub(crate) const SAMPLE_ROWS: u64 = 20_000;

/// Spread, relative to the mean, below which a column is rounding noise and counts as constant.
const NOISE: f64 = 1e-12;

/// Count, mean and sum of squared deviations, mergeable (Chan, Golub and others 1983).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Moments {
    /// Number of values.
    pub(crate) count: f64,
    /// Their mean; 0 when there are none.
    pub(crate) mean: f64,
    /// Sum of squared deviations from the mean.
    pub(crate) squares: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        if values.is_empty() {
            return Self::default();
        }
        let mean = values.iter().sum::<f64>() / count;
        Self { count, mean, squares: values.iter().map(|value| (value - mean).powi(2)).sum() }
    }

    /// Adds other values.
    pub(crate) fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        if other.count == 0.0 {
            return;
        }
        let apart = other.mean - self.mean;
        self.squares += other.squares + apart * apart * self.count * other.count / count;
        self.mean += apart * other.count / count;
        self.count = count;
    }

    /// Sum of squared deviations from `value`.
    pub(crate) fn squares_around(&self, value: f64) -> f64 {
        self.squares + self.count * (self.mean - value).powi(2)
    }

    fn inverse_spread(&self) -> f64 {
        let spread = (self.squares / (self.count - 1.0).max(1.0)).sqrt();
        if spread <= NOISE * self.mean.abs() { 0.0 } else { spread.recip() }
    }
}

/// How columns and outcome are centered and scaled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scaling {
    /// Mean per design column.
    pub(crate) center: Vec<f64>,
    /// One over the standard deviation per design column; 0 for a constant one.
    pub(crate) per_unit: Vec<f64>,
    /// Subtracted from the outcome: its mean for amounts, 0 for yes/no.
    pub(crate) y_center: f64,
    /// Divides the outcome: its standard deviation for amounts, 1 for yes/no.
    pub(crate) y_scale: f64,
}

/// A small part of the rows, ordered by period, within a period as in the frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sample {
    /// Number of rows.
    pub(crate) rows: usize,
    /// Scaled design values, column by column.
    pub(crate) x: Vec<f64>,
    /// Scaled outcome.
    pub(crate) y: Vec<f64>,
    /// Period of each row, ascending.
    pub(crate) period: Vec<u32>,
}

impl Sample {
    /// The values of design column `column`.
    pub(crate) fn column(&self, column: usize) -> &[f64] {
        &self.x[column * self.rows..(column + 1) * self.rows]
    }
}

/// What the first pass finds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Survey {
    /// Centers and scales.
    pub(crate) scaling: Scaling,
    /// The outcome per period, in its own unit.
    pub(crate) outcome: Vec<Moments>,
    /// The sample.
    pub(crate) sample: Sample,
}

struct Part {
    columns: Vec<Moments>,
    outcome: Vec<(usize, Moments)>,
    sampled: Vec<(u32, Vec<f64>)>,
}

impl Survey {
    /// Takes one pass over the frame.
    ///
    /// The sample takes one row, drawn with `seed`, out of every stride of ⌈rows / 20,000⌉ rows of a
    /// block: systematic enough to cover every period, random enough not to hit the same unit each time.
    ///
    /// # Errors
    ///
    /// When rows cannot be read.
    pub(crate) fn take(frame: &ModelFrame, seed: u64) -> Result<Self, FrameError> {
        let width = frame.columns.len();
        let stride = frame.rows.div_ceil(SAMPLE_ROWS).max(1);
        let mut columns = vec![Moments::default(); width];
        let mut outcome = vec![Moments::default(); frame.periods.len()];
        let mut sampled = Vec::new();
        fold_blocks(
            frame.blocks.as_ref(),
            |index, block| survey_block(&block, width, stride, seed ^ scramble(index as u64)),
            |part: Part| {
                columns.iter_mut().zip(&part.columns).for_each(|(all, part)| all.merge(part));
                part.outcome.iter().for_each(|(period, part)| outcome[*period].merge(part));
                sampled.extend(part.sampled);
            },
        )?;
        let scaling = scaling(frame.outcome, &columns, &outcome);
        let sample = sample(sampled, &scaling);
        Ok(Self { scaling, outcome, sample })
    }

    /// The outcome over all periods.
    pub(crate) fn total(&self) -> Moments {
        total(&self.outcome)
    }
}

/// Moments of several groups together.
pub(crate) fn total<'a>(parts: impl IntoIterator<Item = &'a Moments>) -> Moments {
    let mut all = Moments::default();
    parts.into_iter().for_each(|part| all.merge(part));
    all
}

fn scaling(kind: OutcomeKind, columns: &[Moments], outcome: &[Moments]) -> Scaling {
    let (y_center, y_scale) = match kind {
        OutcomeKind::YesNo => (0.0, 1.0),
        OutcomeKind::Amount => {
            let all = total(outcome);
            let per_unit = all.inverse_spread();
            (all.mean, if per_unit == 0.0 { 1.0 } else { per_unit.recip() })
        }
    };
    Scaling {
        center: columns.iter().map(|column| column.mean).collect(),
        per_unit: columns.iter().map(Moments::inverse_spread).collect(),
        y_center,
        y_scale,
    }
}

fn survey_block(block: &Block, width: usize, stride: u64, seed: u64) -> Part {
    let columns = (0..width).map(|column| Moments::of(block.column(column))).collect();
    let mut order: Vec<usize> = (0..block.rows).collect();
    order.sort_by_key(|row| block.period[*row]);
    let outcome = order
        .chunk_by(|one, other| block.period[*one] == block.period[*other])
        .map(|rows| {
            let values: Vec<f64> = rows.iter().map(|row| block.y[*row]).collect();
            (block.period[rows[0]] as usize, Moments::of(&values))
        })
        .collect();
    let sampled = (0..(block.rows as u64).div_ceil(stride))
        .filter_map(|window| {
            let row = usize::try_from(window * stride + scramble(seed ^ window) % stride).ok()?;
            (row < block.rows).then_some(row)
        })
        .map(|row| {
            let values = (0..width).map(|column| block.column(column)[row]).chain([block.y[row]]);
            (block.period[row], values.collect())
        })
        .collect();
    Part { columns, outcome, sampled }
}

fn sample(mut sampled: Vec<(u32, Vec<f64>)>, scaling: &Scaling) -> Sample {
    sampled.sort_by_key(|(period, _)| *period);
    let width = scaling.center.len();
    let mut x = Vec::with_capacity(width * sampled.len());
    for column in 0..width {
        let (center, per_unit) = (scaling.center[column], scaling.per_unit[column]);
        x.extend(sampled.iter().map(|(_, row)| (row[column] - center) * per_unit));
    }
    Sample {
        rows: sampled.len(),
        x,
        y: sampled.iter().map(|(_, row)| (row[width] - scaling.y_center) / scaling.y_scale).collect(),
        period: sampled.iter().map(|(period, _)| *period).collect(),
    }
}

/// Mixes the bits of a counter (Steele, Lea, Flood 2014, "splitmix").
fn scramble(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_moments_equal_those_of_all_values() {
        let values: Vec<f64> = (0..100).map(|i| 1e6 + f64::from(i * i % 37)).collect();
        let mut merged = Moments::default();
        values.chunks(7).for_each(|part| merged.merge(&Moments::of(part)));
        let whole = Moments::of(&values);
        assert!((merged.mean - whole.mean).abs() < 1e-9);
        assert!((merged.squares / whole.squares - 1.0).abs() < 1e-10);
    }

    #[test]
    fn the_sample_takes_one_row_of_every_stride() {
        let rows = 1000;
        let block = Block {
            rows,
            x: (0..rows).map(|row| row as f64).collect(),
            y: vec![0.0; rows],
            period: (0..1000).map(|row| row / 100).collect(),
        };
        let part = survey_block(&block, 1, 10, 3);
        assert_eq!(part.sampled.len(), 100);
        for (window, (period, row)) in part.sampled.iter().enumerate() {
            let within = row[0] - 10.0 * window as f64;
            assert!((0.0..10.0).contains(&within), "row {} is not in window {window}", row[0]);
            let into_period = row[0] - 100.0 * f64::from(*period);
            assert!((0.0..100.0).contains(&into_period));
        }
    }
}
