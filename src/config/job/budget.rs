//! Resolved budgets: who gets how much money.

use crate::domain::Span;

/// Who gets how much money in the next periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Budgets {
    /// Response model whose curves count.
    pub model: String,
    /// Decision that the plan serves.
    pub decision: String,
    /// Table of cells.
    pub cells: String,
    /// How far ahead.
    pub plan: Span,
    /// How much of the past says how money was spent so far.
    pub reference: Span,
    /// How money is spread over the plan's periods.
    pub phasing: Phasing,
    /// How much money there is in all.
    pub height: PlanHeight,
    /// Limits of sums of cells.
    pub limits: Vec<PlanLimit>,
    /// Smallest change of a cell, in money; 0: any.
    pub smallest_move: f64,
    /// Largest change of a cell, as a share of what it has.
    pub largest_move: f64,
    /// The same where a channel's effect is under review.
    pub careful_move: f64,
}

/// How money is spread over the plan's periods.
#[derive(Debug, Clone, PartialEq)]
pub enum Phasing {
    /// As over the reference.
    AsBefore,
    /// The same in every period.
    Even,
    /// These shares, one per period, which sum to 1.
    Shares(Vec<f64>),
}

/// How much money there is in all.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanHeight {
    /// As much as is planned now.
    AsPlanned,
    /// As much as pays.
    UntilFloor {
        /// The least in all.
        least: MoneyPart,
        /// The most in all.
        most: MoneyPart,
        /// What the next unit of money must return on worth: 0 breaks even.
        mroi: f64,
    },
    /// The least money that is worth this share of what is planned now.
    LeastFor {
        /// The share.
        share: f64,
    },
}

/// A limit of a sum of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanLimit {
    /// What a cell must be to count: all of these.
    pub of: Vec<(CellPart, String)>,
    /// The least.
    pub least: Option<MoneyPart>,
    /// The most.
    pub most: Option<MoneyPart>,
    /// Line of the job file that states it.
    pub line: u32,
}

/// A property of a cell that limits may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellPart {
    /// The channel.
    Channel,
    /// The unit.
    Unit,
    /// Who books it.
    Agency,
    /// Who decides.
    Recipient,
}

impl CellPart {
    /// The key in the job language.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Unit => "unit",
            Self::Agency => "agency",
            Self::Recipient => "recipient",
        }
    }
}

/// A part of a sum of money, or an amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MoneyPart {
    /// A share of what is planned now; 1 is all of it.
    Share(f64),
    /// An amount over the whole plan.
    Amount(f64),
}

impl MoneyPart {
    /// The amount, where `now` is planned so far.
    #[must_use]
    pub fn of(self, now: f64) -> f64 {
        match self {
            Self::Share(share) => share * now,
            Self::Amount(amount) => amount,
        }
    }
}
