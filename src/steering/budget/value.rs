//! What a plan gains, valued on other data than it was chosen on.
//!
//! A plan chosen on a posterior looks better there than it is, since it also chose what chance made look good. So
//! the same choice is made on one half of the periods and valued on the other, for every split; how much of the gain is left
//! on average is what is left of the plan's own.

use super::error::BudgetError;
use super::limits::{Stated, problem};
use super::question::Question;
use crate::models::result::PlanCurve;
use crate::steering::allocation::{Effort, Range, solve};

/// How far a cell's curve has come at an amount that it knows.
pub(super) fn at(amounts: &[i64], values: &[f64], amount: i64) -> f64 {
    let next = amounts.partition_point(|known| *known <= amount).clamp(1, amounts.len() - 1);
    let (from, to) = (amounts[next - 1], amounts[next]);
    let way = (amount - from) as f64 / (to - from) as f64;
    values[next - 1] + way * (values[next] - values[next - 1])
}

/// Gains of moving from one plan to another, in worth less money, by draw: in each cell, then in all.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gains {
    /// By cell, then draw: change of the outcome.
    pub(super) outcome: Vec<Vec<f64>>,
    /// By draw: change of worth less change of money, over all cells.
    pub(super) all: Vec<f64>,
}

/// Works out [`Gains`] of `to` against `from`, in cents; `worth` is what a unit of outcome is worth.
pub(super) fn gains(
    question: &Question,
    curves: &[PlanCurve],
    worth: f64,
    from: &[i64],
    to: &[i64],
) -> Gains {
    let draws = curves.first().map_or(0, |curve| curve.draws.len());
    let outcome: Vec<Vec<f64>> = question
        .cells
        .iter()
        .zip(curves)
        .zip(from.iter().zip(to))
        .map(|((asked, curve), (from, to))| {
            let change =
                |values: &Vec<f64>| at(&asked.amounts, values, *to) - at(&asked.amounts, values, *from);
            if from == to { vec![0.0; draws] } else { curve.draws.iter().map(change).collect() }
        })
        .collect();
    let money = (to.iter().sum::<i64>() - from.iter().sum::<i64>()) as f64 / super::question::CENTS;
    let all =
        (0..draws).map(|draw| worth * outcome.iter().map(|cell| cell[draw]).sum::<f64>() - money).collect();
    Gains { outcome, all }
}

/// What the halves of the periods make of plans that were chosen on the other half, on average over splits; `None`
/// without halves.
///
/// # Errors
///
/// When a half's problem has no answer.
pub(super) fn gain_elsewhere(
    stated: Stated<'_>,
    question: &Question,
    ranges: &[Range],
    curves: &[PlanCurve],
    worth: f64,
) -> Result<Option<f64>, BudgetError> {
    let splits = curves.first().map_or(0, |curve| curve.halves.len());
    let now: Vec<i64> = question.cells.iter().map(|asked| asked.current).collect();
    let mut sum = 0.0;
    for split in 0..splits {
        for side in 0..2 {
            let worths: Vec<Vec<f64>> = curves
                .iter()
                .map(|curve| curve.halves[split][side].iter().map(|value| worth * value).collect())
                .collect();
            let chosen = solve(&problem(stated, question, ranges, &worths)?, Effort::default())?;
            let other = |curve: &PlanCurve| PlanCurve {
                draws: vec![curve.halves[split][1 - side].clone()],
                halves: Vec::new(),
            };
            let others: Vec<PlanCurve> = curves.iter().map(other).collect();
            sum += gains(question, &others, worth, &now, &chosen.spend).all[0];
        }
    }
    Ok((splits > 0).then(|| sum / (2 * splits) as f64))
}
