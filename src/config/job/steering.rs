//! Resolved steering.

use super::budget::Budgets;

/// What is recommended.
#[derive(Debug, Clone, PartialEq)]
pub struct Steering {
    /// Recommendations from driver effects.
    pub recommendations: Recommendations,
    /// Who gets how much money.
    pub budgets: Option<Budgets>,
    /// Who is briefed.
    pub briefings: Briefed,
}

/// Who is briefed about the budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Briefed {
    /// Every unit.
    pub units: bool,
    /// Every agency.
    pub agencies: bool,
}

/// Recommendations from driver effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendations {
    /// Models that advice comes from; each of them explains a KPI.
    pub models: Vec<String>,
    /// Tables of advice written in SQL.
    pub custom: Vec<String>,
    /// Most recommendations per decision, ranked by expected effect.
    pub at_most: u32,
}
