//! Shares of the explained success by driver group, with resampled intervals and ranks.
//!
//! For yes/no outcomes the cross products are those of the last Newton step: weights and working
//! outcome of the full model, which makes R² a quadratic form and its division exact. That is an
//! approximation of refitting every subset, and it is named `lmg_weighted`.

use faer::Mat;

use crate::domain::Estimate;
use crate::models::fit::{Fit, Gram, Link, eliminate};
use crate::models::uncertainty::{FEWEST_PERIODS, lags};

use super::bootstrap::{quantile, resample, resamples};
use super::lmg::{MOST_GROUPS, lmg};
use super::relative_weights::relative_weights;

/// Drivers that share one line, with the positions of their columns in the fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    /// Name of the group.
    pub(crate) name: String,
    /// Indices of its drivers in the frame.
    pub(crate) drivers: Vec<usize>,
    /// Positions of its columns among the columns of the fit; at least one.
    pub(crate) positions: Vec<usize>,
}

/// What a group stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Importance {
    /// Part of what all groups explain.
    pub(crate) share: Estimate,
    /// The same as a part of the outcome's variance.
    pub(crate) r_squared: f64,
    /// 1 is the most important.
    pub(crate) rank: u32,
    /// Best and worst rank in the middle of the resamples.
    pub(crate) rank_bounds: Option<(u32, u32)>,
    /// `lmg`, `lmg_weighted` or `relative_weights`.
    pub(crate) method: &'static str,
}

/// What a division of the explained variance found.
struct Division {
    /// Explained part of the outcome's square, per group.
    parts: Vec<f64>,
    /// The outcome's square around its mean.
    total: f64,
}

/// Divides what the drivers of `fit` explain beyond the controls; in the order of `groups`.
///
/// `strata` are those with rows, in order of time. Shares get intervals of `level` from resampled
/// strata when there are enough of them; an interval always holds its share.
pub(crate) fn importance(
    fit: &Fit,
    groups: &[Group],
    strata: &[usize],
    level: f64,
    seed: u64,
) -> Vec<Importance> {
    let columns: Vec<Vec<usize>> = groups.iter().map(|group| group.positions.clone()).collect();
    let (method, exact) = match (groups.len() <= MOST_GROUPS, fit.link) {
        (true, Link::Identity) => ("lmg", true),
        (true, Link::Logit) => ("lmg_weighted", true),
        (false, _) => ("relative_weights", false),
    };
    let divide_strata = |strata: &[usize]| {
        let gram = fit.sums.gram(strata.iter().copied()).with_outcome(&fit.beta);
        divide(&gram, &columns, exact)
    };
    let Some(whole) = divide_strata(strata) else { return Vec::new() };
    let shares = shares(&whole.parts);
    let ranks = ranks(&shares);
    let drawn: Vec<Vec<f64>> = if strata.len() >= FEWEST_PERIODS {
        let size = fit.beta.len() + 1;
        let work = strata.len() * size * size + size.pow(3) + if exact { 24 << groups.len() } else { 0 };
        let length = (lags(strata.len()) + 1).min(strata.len());
        resample(seed, resamples(work), strata.len(), length, |drawn| {
            let chosen: Vec<usize> = drawn.iter().map(|at| strata[*at]).collect();
            divide_strata(&chosen).map(|division| self::shares(&division.parts))
        })
    } else {
        Vec::new()
    };
    let drawn_ranks: Vec<Vec<u32>> = drawn.iter().map(|shares| self::ranks(shares)).collect();
    (0..groups.len())
        .map(|at| {
            let values: Vec<f64> = drawn.iter().map(|shares| shares[at]).collect();
            let places: Vec<f64> = drawn_ranks.iter().map(|ranks| f64::from(ranks[at])).collect();
            Importance {
                share: share_estimate(shares[at], &values, level),
                r_squared: whole.parts[at] / whole.total,
                rank: ranks[at],
                rank_bounds: rank_bounds(ranks[at], &places, level),
                method,
            }
        })
        .collect()
}

fn divide(gram: &Gram, groups: &[Vec<usize>], exact: bool) -> Option<Division> {
    if gram.matrix[(0, 0)] <= 0.0 {
        return None;
    }
    let mut centered = gram.centered();
    let target = gram.columns();
    let total = centered[(target, target)];
    let reference: Vec<f64> = (0..target).map(|i| gram.matrix[(i + 1, i + 1)]).collect();
    let always: Vec<usize> = (0..target).filter(|at| !groups.iter().flatten().any(|own| own == at)).collect();
    eliminate(&mut centered, &always, &reference);
    let parts = divide_projected(&centered, groups, &reference, exact)?;
    (total > 0.0).then_some(Division { parts, total })
}

fn divide_projected(
    matrix: &Mat<f64>,
    groups: &[Vec<usize>],
    reference: &[f64],
    exact: bool,
) -> Option<Vec<f64>> {
    if exact { Some(lmg(matrix, groups, reference)) } else { relative_weights(matrix, groups, reference) }
}

/// Parts of their sum; all 0 when the sum is not positive.
fn shares(parts: &[f64]) -> Vec<f64> {
    let sum: f64 = parts.iter().sum();
    parts.iter().map(|part| if sum > 0.0 { part / sum } else { 0.0 }).collect()
}

/// Ranks from 1 for the largest; equal shares in the order of the groups.
fn ranks(shares: &[f64]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|one, other| shares[*other].total_cmp(&shares[*one]));
    let mut ranks = vec![0; shares.len()];
    for (rank, at) in (1..).zip(order) {
        ranks[at] = rank;
    }
    ranks
}

fn share_estimate(share: f64, drawn: &[f64], level: f64) -> Estimate {
    if drawn.is_empty() {
        let reason = format!("fewer than {FEWEST_PERIODS} groups of periods can be resampled");
        return Estimate::without_interval(share, reason);
    }
    let lower = quantile(drawn, (1.0 - level) / 2.0).min(share);
    let upper = quantile(drawn, f64::midpoint(1.0, level)).max(share);
    Estimate::with_bounds(share, lower, upper, level)
}

fn rank_bounds(rank: u32, drawn: &[f64], level: f64) -> Option<(u32, u32)> {
    if drawn.is_empty() {
        return None;
    }
    let (low, high) = (quantile(drawn, (1.0 - level) / 2.0), quantile(drawn, f64::midpoint(1.0, level)));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks from 1 to some hundred"
    )]
    Some(((low.floor() as u32).min(rank), (high.ceil() as u32).max(rank)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::OutcomeKind;
    use crate::models::fit::{EXACT, Problem, Strata, Survey, fit_all};
    use crate::models::testing::simulate::{self, Simulated};

    fn fits(table: &Simulated, link: Link, choices: &[Vec<usize>]) -> Vec<Fit> {
        let frame = table.frame();
        let scaling = Survey::take(&frame, 0).unwrap().scaling;
        let problem = |columns: &Vec<usize>| Problem {
            columns: columns.clone(),
            strata: Strata::by_period(frame.periods.len(), 6),
            by_period: false,
        };
        let problems = choices.iter().map(problem).collect();
        fit_all(&frame, &scaling, link, problems, EXACT).unwrap().into_iter().map(Result::unwrap).collect()
    }

    fn single(columns: usize) -> Vec<Group> {
        let group = |at: usize| Group { name: at.to_string(), drivers: vec![at], positions: vec![at] };
        (0..columns).map(group).collect()
    }

    /// Four correlated drivers of a yes/no outcome: all 16 subsets are refitted, and what each driver adds
    /// to the explained deviance is averaged over all orders.
    #[test]
    fn weighted_shares_are_close_to_those_of_exact_refits() {
        let mut table = simulate::panel(60, 3, 20);
        let other = |row: usize| 0.8 * table.columns[2][row] + (row as f64 * 1.7).sin();
        let mixed = (0..1200).map(|row| table.columns[0][row] + other(row)).collect();
        table.add_column(mixed);
        let table = table.outcome(OutcomeKind::YesNo, |x| {
            let chance = ((x[0] * 12.9 + x[1] * 78.2 + x[2] * 37.7).sin() * 43_758.5).rem_euclid(1.0);
            f64::from(u8::from(chance < 1.0 / (1.0 + (-(0.8 * x[0] - 0.5 * x[1] + 0.3 * x[3])).exp())))
        });
        let subsets: Vec<Vec<usize>> =
            (0..16_usize).map(|set| (0..4).filter(|at| set >> at & 1 == 1).collect()).collect();
        let fits = fits(&table, Link::Logit, &subsets);
        let deviance: Vec<f64> = fits.iter().map(|fit| fit.sums.deviance).collect();
        let weight = [1.0 / 4.0, 1.0 / 12.0, 1.0 / 12.0, 1.0 / 4.0];
        let parts: Vec<f64> = (0..4)
            .map(|at| {
                let without = (0..16_usize).filter(|set| set >> at & 1 == 0);
                without
                    .map(|set| weight[set.count_ones() as usize] * (deviance[set] - deviance[set | 1 << at]))
                    .sum()
            })
            .collect();
        let strata: Vec<usize> = (0..20).collect();
        let found = importance(&fits[15], &single(4), &strata, 0.9, 1);
        for (found, exact) in found.iter().zip(shares(&parts)) {
            assert_eq!(found.method, "lmg_weighted");
            assert!((found.share.value - exact).abs() < 0.03, "{} and {exact}", found.share.value);
        }
    }

    #[test]
    fn controls_are_taken_out_first_and_intervals_hold_their_share() {
        let table = simulate::panel(20, 4, 30)
            .outcome(OutcomeKind::Amount, |x| 3.0 * x[0] + x[1] + 0.5 * x[2] + (x[3] * 50.0).sin());
        let fit = fits(&table, Link::Identity, &[vec![0, 1, 2, 3]]).remove(0);
        let strata: Vec<usize> = (0..30).collect();
        let found = importance(&fit, &single(4)[1..], &strata, 0.9, 1);
        assert_eq!(found.iter().map(|row| row.rank).collect::<Vec<u32>>(), [1, 2, 3]);
        assert!(found.iter().map(|row| row.r_squared).sum::<f64>() < 0.2, "the control explains most");
        for row in &found {
            assert!(
                row.share.lower().unwrap() <= row.share.value
                    && row.share.value <= row.share.upper().unwrap()
            );
            assert_eq!(row.method, "lmg");
        }
        assert_eq!(found[0].rank_bounds, Some((1, 1)));
    }
}
