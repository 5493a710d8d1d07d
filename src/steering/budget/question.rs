//! What is asked: the cells of a plan in whole cents, and the amounts at which their curves are needed.

use chrono::NaiveDate;

use super::error::BudgetError;
use crate::config::job::{Budgets, Phasing};
use crate::domain::{BudgetCell, Calendar, Span};
use crate::models::result::{PlanCell, PlanPhasing, PlanRequest};

/// Points of a curve between the least and the most that a cell may get.
const POINTS: i64 = 24;
/// More periods than any plan has.
const MOST_PERIODS: i32 = 10_000;
/// Cents in a unit of money.
pub(super) const CENTS: f64 = 100.0;

/// The cells of a plan, before the model is fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// First days of the plan's periods.
    pub(super) periods: Vec<NaiveDate>,
    /// Share of the plan's money by period.
    pub(super) shares: Vec<f64>,
    /// The cells.
    pub(super) cells: Vec<Asked>,
    /// What the model is asked.
    pub(super) request: PlanRequest,
}

/// A cell in cents.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// As the job's table has it.
    pub(super) cell: BudgetCell,
    /// Money over the plan as it is planned so far.
    pub(super) current: i64,
    /// Amounts at which the curve is known, ascending; they hold everything that limits may ask for.
    pub(super) amounts: Vec<i64>,
    /// Whether nothing was spent there, so that no curve is known.
    pub(super) is_new: bool,
}

impl Asked {
    /// The cell in words.
    pub(super) fn name(&self) -> String {
        match self.cell.unit.as_str() {
            "" => self.cell.channel.clone(),
            unit => format!("{} in {unit}", self.cell.channel),
        }
    }
}

impl Question {
    /// Number of periods from `end` on that a plan of `plan` holds.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn horizon(calendar: &Calendar, end: NaiveDate, plan: Span) -> Result<usize, BudgetError> {
        let last = plan.after(end);
        let periods = (1..MOST_PERIODS).take_while(|count| calendar.shift(end, *count) <= last).count();
        if periods == 0 { Err(BudgetError::NoPeriod { plan: plan.to_string() }) } else { Ok(periods) }
    }

    /// Number of the `fitted` last periods before `end` that `reference` holds; at least 1.
    #[must_use]
    pub fn reference(calendar: &Calendar, end: NaiveDate, reference: Span, fitted: usize) -> usize {
        let first = reference.before(end);
        (1..=fitted)
            .take_while(|count| calendar.shift(end, -i32::try_from(*count).unwrap_or(i32::MAX)) >= first)
            .count()
            .max(1)
    }

    /// Lays out the question of `budgets` over `cells` from `end` on; `reference` as [`Self::reference`] counts it.
    ///
    /// # Errors
    ///
    /// When there are no cells, or not as many shares as periods.
    pub fn new(
        budgets: &Budgets,
        cells: Vec<BudgetCell>,
        calendar: &Calendar,
        end: NaiveDate,
        reference: usize,
    ) -> Result<Self, BudgetError> {
        let horizon = Self::horizon(calendar, end, budgets.plan)?;
        if cells.is_empty() {
            return Err(BudgetError::NoCells { table: budgets.cells.clone() });
        }
        let even = vec![1.0 / horizon as f64; horizon];
        let (phasing, shares) = match &budgets.phasing {
            Phasing::AsBefore => (PlanPhasing::AsBefore, even),
            Phasing::Even => (PlanPhasing::Shares(even.clone()), even),
            Phasing::Shares(shares) if shares.len() == horizon => {
                (PlanPhasing::Shares(shares.clone()), shares.clone())
            }
            Phasing::Shares(shares) => {
                return Err(BudgetError::WrongShares { given: shares.len(), periods: horizon });
            }
        };
        let cells: Vec<Asked> = cells.into_iter().map(|cell| asked(cell, budgets.largest_move)).collect();
        let money = |amount: &i64| *amount as f64 / CENTS;
        let request = PlanRequest {
            reference,
            horizon,
            phasing,
            cells: cells
                .iter()
                .map(|asked| PlanCell {
                    channel: asked.cell.channel_at,
                    unit: asked.cell.unit_at,
                    amounts: asked.amounts.iter().map(money).collect(),
                })
                .collect(),
        };
        let day = |period: usize| calendar.shift(end, i32::try_from(period).unwrap_or(i32::MAX));
        Ok(Self { periods: (0..horizon).map(day).collect(), shares, cells, request })
    }

    /// What the model is asked.
    #[must_use]
    pub fn request(&self) -> &PlanRequest {
        &self.request
    }
}

fn asked(cell: BudgetCell, largest_move: f64) -> Asked {
    let current = cents(cell.planned.unwrap_or(cell.rate));
    let is_new = cell.rate <= 0.0;
    let ends = [(1.0 - largest_move) * current as f64, (1.0 + largest_move) * current as f64];
    let mut places = vec![current, round(ends[0].floor()), round(ends[1].ceil())];
    places.extend([cell.committed, cell.min, cell.max].into_iter().flatten().map(cents));
    let least = places.iter().copied().min().unwrap_or(0).max(0);
    let most = places.iter().copied().max().unwrap_or(0).max(least + 1);
    places.extend((0..=POINTS).map(|point| least + (most - least) * point / POINTS));
    places.retain(|place| *place >= 0);
    places.push(most);
    places.sort_unstable();
    places.dedup();
    Asked { cell, current, amounts: places, is_new }
}

/// Money in whole cents.
pub(super) fn cents(money: f64) -> i64 {
    round(money * CENTS)
}

#[allow(clippy::cast_possible_truncation, reason = "sums of money are checked to stay below 2^53 cents")]
fn round(amount: f64) -> i64 {
    amount.round() as i64
}
