//! Drivers that are too good to be true.
//!
//! A column that separates success from failure all by itself was almost surely written down after
//! the outcome was known: a contract number, a reason for losing. Judged on the survey's sample.

use crate::domain::Role;
use crate::features::{ColumnPart, ModelFrame, OutcomeKind};
use crate::models::fit::{ALIAS_TOLERANCE, Factor, Sample};
use crate::models::result::GateReason;

use super::ranking::{Ranking, area};

/// Area under the ROC curve of one driver from which it counts as a leak.
const SEPARATING_AREA: f64 = 0.99;

/// Correlation with an amount from which one driver counts as a leak.
const SEPARATING_CORRELATION: f64 = 0.999;

/// Fewest rows of each outcome, and rows per column of an amount's driver, that allow a verdict.
const FEWEST_ROWS: usize = 10;

/// The drivers that leak, by index, with the figure that gives them away: area or correlation.
pub(crate) fn leaking_drivers(frame: &ModelFrame, sample: &Sample) -> Vec<(usize, f64)> {
    let successes = sample.y.iter().filter(|y| **y > 0.5).count();
    let judged = match frame.outcome {
        OutcomeKind::YesNo => successes.min(sample.rows - successes) >= FEWEST_ROWS,
        OutcomeKind::Amount => true,
    };
    if !judged {
        return Vec::new();
    }
    // What we moved ourselves stays out of the fit anyway.
    (0..frame.drivers.len())
        .filter(|driver| frame.drivers[*driver].role != Role::MovedByUs)
        .filter_map(|driver| {
            let columns: Vec<usize> = (0..frame.columns.len())
                .filter(|at| frame.columns[*at].part.driver() == Some(driver))
                .collect();
            let (figure, limit) = match frame.outcome {
                OutcomeKind::YesNo => (separation(frame, sample, &columns), SEPARATING_AREA),
                OutcomeKind::Amount => (correlation(sample, &columns), SEPARATING_CORRELATION),
            };
            (figure >= limit).then_some((driver, figure))
        })
        .collect()
}

/// The gate's reasons for leaks that were found.
pub(crate) fn leak_reasons(frame: &ModelFrame, leaks: &[(usize, f64)]) -> Vec<GateReason> {
    let message = |(driver, figure): &(usize, f64)| {
        let how = match frame.outcome {
            OutcomeKind::YesNo => format!("separates success from failure alone (AUC {figure:.4})"),
            OutcomeKind::Amount => format!("follows the outcome alone (correlation {figure:.4})"),
        };
        format!(
            "`{}` {how} and was left out; if it is known only after the outcome, \
             declare `known: after_outcome` for its source column",
            frame.drivers[*driver].name
        )
    };
    leaks.iter().map(|leak| GateReason { code: "leakage", message: message(leak) }).collect()
}

/// The best area that the values, the missing values or the levels of a driver reach alone.
fn separation(frame: &ModelFrame, sample: &Sample, columns: &[usize]) -> f64 {
    let (levels, numbers): (Vec<usize>, Vec<usize>) =
        columns.iter().partition(|column| matches!(frame.columns[**column].part, ColumnPart::Level { .. }));
    let of_number = numbers.iter().filter_map(|column| {
        let mut ranking = Ranking::default();
        let rows = sample.column(*column).iter().zip(&sample.y);
        rows.for_each(|(value, y)| ranking.push(*value, *y > 0.5));
        ranking.area().map(|area| area.max(1.0 - area))
    });
    of_number.chain(separation_by_level(sample, &levels)).fold(0.0, f64::max)
}

/// The area when rows are ranked by the success rate of their level.
fn separation_by_level(sample: &Sample, levels: &[usize]) -> Option<f64> {
    let mut counts = vec![[0.0; 2]; levels.len() + 1];
    for row in 0..sample.rows {
        // A scaled 0/1 column is above its mean exactly where it is 1.
        let at = levels.iter().position(|level| sample.column(*level)[row] > 0.0).unwrap_or(levels.len());
        counts[at][usize::from(sample.y[row] > 0.5)] += 1.0;
    }
    counts.retain(|[failures, successes]| failures + successes > 0.0);
    let rate = |counts: &[f64; 2]| counts[1] / (counts[0] + counts[1]);
    counts.sort_by(|one, other| rate(one).total_cmp(&rate(other)));
    if levels.is_empty() { None } else { area(counts) }
}

/// Multiple correlation of the outcome with the driver's columns alone.
fn correlation(sample: &Sample, columns: &[usize]) -> f64 {
    if sample.rows < FEWEST_ROWS * (columns.len() + 1) {
        return 0.0;
    }
    let centered = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect()
    };
    let x: Vec<Vec<f64>> = columns.iter().map(|column| centered(sample.column(*column))).collect();
    let y = centered(&sample.y);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let gram = faer::Mat::from_fn(x.len(), x.len(), |i, j| product(&x[i], &x[j]));
    let reference: Vec<f64> = (0..x.len()).map(|i| gram[(i, i)]).collect();
    let factor = Factor::new(gram.as_ref(), &reference, ALIAS_TOLERANCE);
    let products: Vec<f64> = factor.kept.iter().map(|at| product(&x[*at], &y)).collect();
    let explained: f64 = factor.forward(&products).iter().map(|z| z * z).sum();
    let total = product(&y, &y);
    if total > 0.0 { (explained / total).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::fit::Survey;
    use crate::models::testing::simulate::{self, Simulated};

    fn leaks(table: &Simulated) -> Vec<usize> {
        let frame = table.frame();
        let survey = Survey::take(&frame, 0).unwrap();
        leaking_drivers(&frame, &survey.sample).into_iter().map(|(driver, _)| driver).collect()
    }

    #[test]
    fn a_number_that_follows_the_outcome_is_caught() {
        let mut table = simulate::panel(20, 2, 12);
        let copied =
            table.y.iter().enumerate().map(|(row, y)| if row == 5 { 0.5 } else { -3.0 * y }).collect();
        table.add_column(copied);
        assert_eq!(leaks(&table), vec![2]);
    }

    #[test]
    fn a_level_that_follows_the_outcome_is_caught_whatever_its_order() {
        let mut table = simulate::panel(20, 1, 12);
        let levels: Vec<usize> =
            table.y.iter().enumerate().map(|(row, y)| if *y > 0.5 { 1 } else { 2 * (row % 2) }).collect();
        table.add_levels(&levels);
        assert_eq!(leaks(&table), vec![1]);
    }

    #[test]
    fn an_amount_in_another_currency_is_caught() {
        let mut table = simulate::panel(20, 2, 12).outcome(OutcomeKind::Amount, |x| 5.0 * x[0] + 4.0 * x[1]);
        table.add_column(table.y.iter().map(|y| 1.1 * y + 0.01 * y.sin()).collect());
        assert_eq!(leaks(&table), vec![2]);
    }
}
