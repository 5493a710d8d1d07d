//! The answer by trying everything, on the raw form of a question.

use super::super::{Cell, Group, Height};
use super::instance::Instance;

/// The best score, and the largest height that has it; none if nothing is allowed.
///
/// `allowed` says which amounts a cell may get beside its range.
pub(super) fn best(instance: &Instance, allowed: impl Fn(usize, i64) -> bool) -> Option<(f64, i64)> {
    let mut best: Option<(f64, i64)> = None;
    every(instance, allowed, |spend| {
        let Some(score) = score(instance, spend) else { return };
        let height: i64 = spend.iter().sum();
        let better = match best {
            None => true,
            Some((found, at)) => score > found + 1e-9 || (score > found - 1e-9 && height > at),
        };
        if better {
            best = Some((score, height));
        }
    });
    best
}

/// What is maximized; none if the height is not as asked.
pub(super) fn score(instance: &Instance, spend: &[i64]) -> Option<f64> {
    let value = value(instance, spend);
    let height: i64 = spend.iter().sum();
    let fits = |min: &Option<super::super::Limit>, max: &Option<super::super::Limit>| {
        min.as_ref().is_none_or(|limit| height >= limit.at)
            && max.as_ref().is_none_or(|limit| height <= limit.at)
    };
    match &instance.height {
        Height::Fixed(limit) => (height == limit.at).then_some(value),
        Height::UntilFloor { min, max, floor } => fits(min, max).then_some(value - floor * height as f64),
        Height::LeastFor { target, min, max } => {
            (fits(min, max) && value >= target - 1e-9).then_some(-(height as f64))
        }
    }
}

pub(super) fn value(instance: &Instance, spend: &[i64]) -> f64 {
    instance.cells.iter().zip(spend).map(|(cell, spend)| cell.curve.value(*spend).unwrap()).sum()
}

/// Whether `spend` keeps the limits of cells and groups.
pub(super) fn keeps(cells: &[Cell], groups: &[Group], spend: &[i64]) -> bool {
    let in_range = |(cell, at): (&Cell, &i64)| (cell.range.min.at..=cell.range.max.at).contains(at);
    cells.iter().zip(spend).all(in_range) && groups.iter().all(|group| sum_fits(group, spend))
}

fn sum_fits(group: &Group, spend: &[i64]) -> bool {
    let sum: i64 = group.cells.iter().map(|cell| spend[*cell]).sum();
    group.min.as_ref().is_none_or(|limit| sum >= limit.at)
        && group.max.as_ref().is_none_or(|limit| sum <= limit.at)
}

/// Calls `see` with every allocation that cells and groups allow.
pub(super) fn every(instance: &Instance, allowed: impl Fn(usize, i64) -> bool, mut see: impl FnMut(&[i64])) {
    let choices: Vec<Vec<i64>> = instance
        .cells
        .iter()
        .enumerate()
        .map(|(number, cell)| {
            (cell.range.min.at..=cell.range.max.at).filter(|amount| allowed(number, *amount)).collect()
        })
        .collect();
    if choices.iter().any(Vec::is_empty) {
        return;
    }
    let mut at = vec![0; choices.len()];
    loop {
        let spend: Vec<i64> = choices.iter().zip(&at).map(|(choice, at)| choice[*at]).collect();
        if instance.groups.iter().all(|group| sum_fits(group, &spend)) {
            see(&spend);
        }
        let Some(next) = (0..at.len()).find(|cell| at[*cell] + 1 < choices[*cell].len()) else { return };
        at[next] += 1;
        at[..next].fill(0);
    }
}
