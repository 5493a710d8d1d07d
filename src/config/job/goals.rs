//! Resolved goals: recipients, decisions, KPIs.

use crate::domain::{Better, Language, LocalText, PeriodKind};

/// Someone who gets recommendations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Key in the job file.
    pub name: String,
    /// What people read.
    pub label: String,
    /// Language they read; one of the job's languages.
    pub language: Language,
}

/// A decision that someone takes again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Key in the job file.
    pub name: String,
    /// The question that is decided.
    pub question: LocalText,
    /// Who decides: the name of a recipient.
    pub owner: String,
    /// How often.
    pub cadence: PeriodKind,
}

/// A KPI: one number per period and drill-down cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kpi {
    /// Key in the job file.
    pub name: String,
    /// What people read.
    pub label: LocalText,
    /// Table that it is computed from; that table has a `time` column.
    pub from: String,
    /// SQL of the numerator: an aggregate expression. For a KPI that is no ratio, the whole value.
    pub numerator: String,
    /// SQL of the denominator if the KPI is a ratio of aggregates.
    pub denominator: Option<String>,
    /// The value as written in the job file.
    pub value: String,
    /// SQL predicate on the rows of `from`.
    pub filter: Option<String>,
    /// Unit of the value, for example `EUR`, `share`, `contacts`.
    pub unit: String,
    /// Which direction is good.
    pub better: Better,
    /// Who answers for it: the name of a recipient.
    pub owner: String,
    /// The KPI that this one is a part of.
    pub part_of: Option<String>,
    /// Drill-down columns, at most four; values are published for every combination of them.
    pub by: Vec<String>,
    /// Decisions that it serves, at least one.
    pub decisions: Vec<String>,
}
