//! The figures behind advice about money, as keys into the published tables.

use super::channel::performance;
use super::facts::Money;
use crate::config::job::Job;
use crate::domain::{Estimate, Gate, Language};
use crate::models::result::ResponseResult;
use crate::steering::result::{BudgetMove, BudgetPlan, PlanStatus, RecommendationEvidence};
use crate::steering::wording::advice::{BudgetKeepFacts, Facts};
use crate::steering::wording::gate;

/// Units whose rows of the plan are quoted.
const QUOTED: usize = 3;

/// The figures behind a move: the channel's returns, the plan's cells that move most, the plan as a whole.
pub(in crate::steering) fn figures(
    id: &str,
    budget: &BudgetPlan,
    result: &ResponseResult,
    of: &BudgetMove,
) -> Vec<RecommendationEvidence> {
    let mut list = List { id, rows: Vec::new() };
    if let Some(known) = performance(result, &of.channel) {
        let key = format!("model={}, channel={}, unit=", result.model, of.channel);
        let values = |estimate: Option<&Estimate>| {
            estimate.map(|known| (Some(known.value), known.lower(), known.upper())).unwrap_or_default()
        };
        let (roas, mroas) = (values(known.roas.as_ref()), values(known.mroas.as_ref()));
        for (column, value) in [
            ("roas", roas.0),
            ("roas_lower", roas.1),
            ("roas_upper", roas.2),
            ("mroas", mroas.0),
            ("mroas_lower", mroas.1),
            ("mroas_upper", mroas.2),
            ("roas_without_third_party", values(known.roas_without_third_party.as_ref()).0),
            ("inclusion_probability", Some(known.inclusion_probability)),
        ] {
            list.push("channel_performance", &key, column, value);
        }
    }
    let first = budget.periods.first().copied();
    for (unit, _) in of.units.iter().take(QUOTED) {
        let Some(row) = budget.rows.iter().find(|row| row.unit == *unit && row.channel == of.channel) else {
            continue;
        };
        let day = first.map(|day| day.to_string()).unwrap_or_default();
        let key = format!("model={}, channel={}, period_start={day}, unit={unit}", budget.model, of.channel);
        if let Some((current, recommended)) = row.periods.first() {
            list.push("budget_plan", &key, "current", Some(*current));
            list.push("budget_plan", &key, "recommended", Some(*recommended));
        }
        list.push("budget_plan", &key, "mroi_recommended", row.mroi);
    }
    list.summary(budget);
    list.rows
}

struct List<'a> {
    id: &'a str,
    rows: Vec<RecommendationEvidence>,
}

impl List<'_> {
    fn push(&mut self, table_name: &'static str, key: &str, column_name: &'static str, value: Option<f64>) {
        if value.is_none() {
            return;
        }
        self.rows.push(RecommendationEvidence {
            recommendation_id: self.id.to_owned(),
            position: u32::try_from(self.rows.len() + 1).unwrap_or(u32::MAX),
            table_name,
            row_key: key.to_owned(),
            column_name,
            value,
        });
    }

    fn summary(&mut self, budget: &BudgetPlan) {
        let (key, summary) = (format!("model={}", budget.model), &budget.summary);
        self.push("budget_summary", &key, "expected_gain", Some(summary.expected_gain.value));
        self.push("budget_summary", &key, "gain_kept_on_other_data", summary.kept_on_other_data);
        self.push("budget_summary", &key, "marginal_return", summary.marginal_return);
    }
}

/// A plan that moves nothing.
pub(in crate::steering) struct Kept<'a> {
    pub(in crate::steering) budget: &'a BudgetPlan,
    pub(in crate::steering) result: &'a ResponseResult,
}

impl Kept<'_> {
    pub(in crate::steering) fn facts(&self, job: &Job, language: Language) -> Facts {
        let money = Money { job, language };
        Facts::BudgetKeep(BudgetKeepFacts {
            amount: money.write(self.budget.summary.current),
            withheld: self.result.gate.gate == Gate::Withheld,
            nothing_holds: self.budget.summary.status == PlanStatus::NothingHolds,
            reasons: gate::reasons(&self.result.gate, language).join(" "),
        })
    }

    pub(in crate::steering) fn figures(&self, id: &str) -> Vec<RecommendationEvidence> {
        let mut list = List { id, rows: Vec::new() };
        list.summary(self.budget);
        list.rows
    }
}
