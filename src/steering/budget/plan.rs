//! The plan: who gets how much, what that is expected to bring, and whether one should just do it.

use std::collections::BTreeMap;

use super::caution::{Caution, cautions};
use super::error::BudgetError;
use super::limits::{Stated, problem, ranges};
use super::question::{CENTS, Question, cents};
use super::summary::LEVEL;
use super::value::{gain_elsewhere, gains};
use crate::config::job::{Budgets, Job, MoneyPart, PlanHeight};
use crate::domain::draws::{mean, quantile};
use crate::models::result::{PlanCurve, PlanCurves, ResponseResult};
use crate::steering::SteeringError;
use crate::steering::allocation::{
    Allocation, Certificate, Effort, Problem, Range, SolveError, smallest_moves, solve,
};
use crate::steering::result::{BudgetPlan, PlanStatus};

/// How far a plan may be from the one before and still count as the same: a share of each cell.
const SAME: f64 = 0.02;

/// What an earlier run advised: recommended money as a share of what was planned, by unit and channel.
pub type Before = BTreeMap<(String, String), f64>;

/// Makes the plan that `question` asks for.
///
/// `worth` is what a unit of outcome is worth; `before` what the run before advised, empty without one. Advice changes
/// only where the interval of the gain over the earlier plan excludes zero.
///
/// # Errors
///
/// When limits contradict each other, hold for nothing or cross.
pub fn plan(
    job: &Job,
    question: &Question,
    curves: &PlanCurves,
    result: &ResponseResult,
    worth: Option<f64>,
    before: &Before,
) -> Result<BudgetPlan, SteeringError> {
    let budgets = job.steering.as_ref().and_then(|steering| steering.budgets.as_ref());
    let budgets = budgets.ok_or_else(|| BudgetError::NoCurves { model: result.model.clone() })?;
    // The name alone: where the file lies is no part of what is published.
    let file = job.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let line = job.positions.find("steering.budgets").map_or(0, |position| position.line);
    let stated = Stated { budgets, file: &file, line };
    let cautions = cautions(result);
    let ranges = ranges(stated, question, &cautions);
    let worth = worth.unwrap_or(1.0);
    let planner = Planner { question, curves: &curves.cells, stated, ranges, worth };
    Ok(planner.plan(result, &cautions, before)?)
}

/// A question with everything that answers it.
pub(super) struct Planner<'a> {
    pub(super) question: &'a Question,
    pub(super) curves: &'a [PlanCurve],
    pub(super) stated: Stated<'a>,
    pub(super) ranges: Vec<Range>,
    /// What a unit of outcome is worth.
    pub(super) worth: f64,
}

impl Planner<'_> {
    fn plan(
        &self,
        result: &ResponseResult,
        cautions: &BTreeMap<String, Caution>,
        before: &Before,
    ) -> Result<BudgetPlan, BudgetError> {
        let means: Vec<Vec<f64>> = self
            .curves
            .iter()
            .map(|curve| curve.mean().into_iter().map(|value| self.worth * value).collect())
            .collect();
        let now: Vec<i64> = self.question.cells.iter().map(|asked| asked.current).collect();
        let whole = problem(self.stated, self.question, &self.ranges, &means)?;
        let best = self.allocate(&whole)?;
        let (chosen, status) = self.steady(&means, best, before);
        let of_chosen = gains(self.question, self.curves, self.worth, &now, &chosen.spend);
        let free = solve(&whole, Effort::default())?;
        let believed = mean(&gains(self.question, self.curves, self.worth, &now, &free.spend).all);
        let elsewhere = gain_elsewhere(self.stated, self.question, &self.ranges, self.curves, self.worth)?;
        let kept = elsewhere.map(|gain| if believed > 0.0 { (gain / believed).clamp(0.0, 1.0) } else { 0.0 });
        // Nothing is left of the gain on other data: what is planned stays, if the limits let it.
        let allowed = problem_allows(&self.ranges, &now) && self.fixed_height_is_now(&now);
        let (chosen, of_chosen, status) = if kept == Some(0.0) && allowed && chosen.spend != now {
            let stay = self.stay(&means, &now)?;
            let none = gains(self.question, self.curves, self.worth, &now, &stay.spend);
            (stay, none, PlanStatus::NothingHolds)
        } else {
            (chosen, of_chosen, status)
        };
        let marginal = marginal(&free.certificate);
        let worth = Worth { kept, marginal, price: price(self.stated.budgets, marginal) };
        Ok(self.write(result, cautions, &chosen, &of_chosen, worth, status))
    }

    /// The best allocation, without moves that are not worth the work.
    fn allocate(&self, problem: &Problem) -> Result<Allocation, BudgetError> {
        let least = cents(self.stated.budgets.smallest_move);
        if least <= 1 {
            return Ok(solve(problem, Effort::default())?);
        }
        let least = vec![least; self.question.cells.len()];
        match smallest_moves(problem, &least, Effort::default()) {
            Ok(moves) => Ok(moves.allocation),
            // Limits that force small moves are kept; the moves are small.
            Err(SolveError::NoMoves | SolveError::Undecided { .. }) => Ok(solve(problem, Effort::default())?),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps to the plan before unless the new one is surely better.
    fn steady(&self, means: &[Vec<f64>], best: Allocation, before: &Before) -> (Allocation, PlanStatus) {
        let near: Option<Vec<Range>> = self
            .question
            .cells
            .iter()
            .zip(&self.ranges)
            .map(|(asked, range)| {
                let key = (asked.cell.unit.clone(), asked.cell.channel.clone());
                let earlier = asked.current as f64 * before.get(&key)?;
                let at = cents(earlier / CENTS);
                // What was left alone is left alone.
                let share = if at == asked.current { 0.0 } else { SAME };
                let near = Range::around(at, share, "the plan before").narrowed(range.clone());
                (near.min.at <= near.max.at).then_some(near)
            })
            .collect();
        let Some(near) = near else { return (best, PlanStatus::New) };
        let held = problem(self.stated, self.question, &near, means).and_then(|held| self.allocate(&held));
        let Ok(held) = held else { return (best, PlanStatus::New) };
        let mut gain = gains(self.question, self.curves, self.worth, &held.spend, &best.spend).all;
        gain.sort_by(f64::total_cmp);
        if quantile(&gain, (1.0 - LEVEL) / 2.0) > 0.0 {
            return (best, PlanStatus::Changed);
        }
        (held, PlanStatus::Held)
    }

    /// What is planned now, certified like any plan.
    fn stay(&self, means: &[Vec<f64>], now: &[i64]) -> Result<Allocation, BudgetError> {
        let frozen: Vec<Range> = now
            .iter()
            .map(|at| Range::frozen(*at, "the gain does not hold on other data than it was found on"))
            .collect();
        Ok(solve(&problem(self.stated, self.question, &frozen, means)?, Effort::default())?)
    }

    fn fixed_height_is_now(&self, now: &[i64]) -> bool {
        let sum = now.iter().sum::<i64>() as f64 / CENTS;
        let inside = |part: MoneyPart, below: bool| {
            let at = part.of(sum);
            if below { at <= sum + 1e-9 } else { at >= sum - 1e-9 }
        };
        match &self.stated.budgets.height {
            PlanHeight::AsPlanned => true,
            PlanHeight::UntilFloor { least, most, .. } => inside(*least, true) && inside(*most, false),
            PlanHeight::LeastFor { share } => *share <= 1.0,
        }
    }
}

/// What the gain of a plan counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worth {
    /// Part of it that is left on other data.
    pub(super) kept: Option<f64>,
    /// Worth of the next unit of money in all; `None` if no cell may take it or give it up.
    pub(super) marginal: Option<f64>,
    /// What a unit of money is worth where it is not spent on a cell.
    pub(super) price: f64,
}

/// The plan's marginal return, without forbidding small moves: between what the next unit of money would bring and what
/// the last one brought.
fn marginal(certificate: &Certificate) -> Option<f64> {
    match (certificate.next_return, certificate.last_return) {
        (Some(next), Some(last)) => Some(f64::midpoint(next, last)),
        (next, last) => next.or(last),
    }
}

/// Worth of a unit of money that a cell does not get: what it brings elsewhere in the plan if the sum of all is fixed,
/// else itself, since it is not spent. With it, the net worth of all moves sums to the plan's gain.
fn price(budgets: &Budgets, marginal: Option<f64>) -> f64 {
    match &budgets.height {
        PlanHeight::AsPlanned => marginal.unwrap_or(0.0),
        PlanHeight::UntilFloor { .. } | PlanHeight::LeastFor { .. } => 1.0,
    }
}

fn problem_allows(ranges: &[Range], now: &[i64]) -> bool {
    ranges.iter().zip(now).all(|(range, at)| (range.min.at..=range.max.at).contains(at))
}
