//! What steering asks of a response model, and what it hears: curves for the cells of a plan.

/// What is asked: amounts of money for the periods after the panel.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRequest {
    /// Last fitted periods that say how money was spent so far: their spend per period is the rate that amounts are
    /// compared with.
    pub reference: usize,
    /// Periods that are planned.
    pub horizon: usize,
    /// How amounts are spread over them.
    pub phasing: PlanPhasing,
    /// Where money may go.
    pub cells: Vec<PlanCell>,
}

/// How a plan's money is spread over its periods.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanPhasing {
    /// In pulses as in the reference: an amount brings what the same rate would have brought there.
    AsBefore,
    /// By these shares of each period, which sum to 1: from what is still felt of earlier pressure until the
    /// plan's has worn off, with the reference's mean pressure afterwards.
    Shares(Vec<f64>),
}

/// A channel in a unit with the amounts that are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCell {
    /// Place of the channel in the panel.
    pub channel: usize,
    /// Place of the unit in the panel.
    pub unit: usize,
    /// Money over the whole plan, ascending.
    pub amounts: Vec<f64>,
}

/// What the amounts of every cell bring.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCurves {
    /// In the order of the request.
    pub cells: Vec<PlanCurve>,
}

/// Incremental outcome of a cell by amount, against no money at all.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCurve {
    /// By draw of the posterior, the same draws in every cell; within it by amount.
    pub draws: Vec<Vec<f64>>,
    /// For every way of halving the periods: the means that its two halves believe, by amount. Empty where there
    /// are too few periods.
    pub halves: Vec<[Vec<f64>; 2]>,
}

impl PlanCurve {
    /// Posterior mean by amount.
    #[must_use]
    pub fn mean(&self) -> Vec<f64> {
        let amounts = self.draws.first().map_or(0, Vec::len);
        let at = |amount: usize| self.draws.iter().map(|draw| draw[amount]).sum::<f64>();
        (0..amounts).map(|amount| at(amount) / self.draws.len() as f64).collect()
    }
}
