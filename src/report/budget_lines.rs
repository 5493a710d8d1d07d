//! The budget plan on the page of a run: what becomes of each channel's money, and what that gains.

use serde::Serialize;

use crate::config::job::Job;
use crate::domain::{Action, Language};
use crate::steering::result::{BudgetMove, BudgetPlan, PlanStatus};
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, label};

/// What the template needs to know of a plan.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BudgetPart {
    first_day: String,
    last_day: String,
    /// Money in all, as it is planned and as it is recommended.
    current: String,
    recommended: String,
    same_height: bool,
    moved: String,
    /// Whether anything moves.
    moves: bool,
    /// What the plan gains in worth less money, with its interval.
    gain: String,
    lower: String,
    upper: String,
    interval_level: String,
    /// Part of the gain that is left on other data.
    kept: Option<String>,
    status: &'static str,
    lines: Vec<BudgetLine>,
}

/// A channel.
#[derive(Debug, Clone, Serialize)]
struct BudgetLine {
    label: String,
    from: String,
    to: String,
    by: String,
    effect: String,
    /// `change`, `test` or `keep`.
    action: &'static str,
}

/// The plan in words; channels with the largest gain first.
pub(super) fn budget_part(job: &Job, plan: &BudgetPlan, language: Language) -> BudgetPart {
    let money = Unit::Money(job.currency.clone());
    let write = |amount: f64, sign| money.write(amount, 0, sign, language);
    let summary = &plan.summary;
    let mut moves: Vec<&BudgetMove> = plan.moves.iter().collect();
    moves.sort_by(|a, b| {
        let stays = |of: &BudgetMove| of.action == Action::Keep;
        stays(a).cmp(&stays(b)).then(b.net_worth.total_cmp(&a.net_worth))
    });
    let day = |date| date::day(date, language);
    let last = plan.periods.last().and_then(|last| job.calendar.shift(*last, 1).pred_opt());
    let level = summary.expected_gain.level().unwrap_or(0.9);
    BudgetPart {
        first_day: plan.periods.first().copied().map(day).unwrap_or_default(),
        last_day: last.map(day).unwrap_or_default(),
        current: write(summary.current, Sign::Negative),
        recommended: write(summary.recommended, Sign::Negative),
        same_height: (summary.current - summary.recommended).abs() < 0.005,
        moved: write(summary.moved, Sign::Negative),
        moves: plan.moves.iter().any(|of| of.action != Action::Keep),
        gain: rounded(&money, summary.expected_gain.value, language),
        lower: rounded(&money, summary.expected_gain.lower().unwrap_or(0.0), language),
        upper: rounded(&money, summary.expected_gain.upper().unwrap_or(0.0), language),
        interval_level: number::percent(level, 0, Sign::Negative, language),
        kept: summary.kept_on_other_data.map(|kept| number::percent(kept, 0, Sign::Negative, language)),
        status: match summary.status {
            PlanStatus::New => "new",
            PlanStatus::Changed => "changed",
            PlanStatus::Held => "held",
            PlanStatus::NothingHolds => "nothing_holds",
        },
        lines: moves.into_iter().map(|of| line(job, plan, of, language)).collect(),
    }
}

fn rounded(money: &Unit, amount: f64, language: Language) -> String {
    money.write_short(amount, 3, Sign::Always, language)
}

fn line(job: &Job, plan: &BudgetPlan, of: &BudgetMove, language: Language) -> BudgetLine {
    let money = Unit::Money(job.currency.clone());
    let model = job.response_model(&plan.model);
    let name = model.map_or(of.channel.as_str(), |model| model.channel_label(&of.channel, language));
    let kpi = model.and_then(|model| model.explains.as_deref()).and_then(|name| job.kpi(name));
    let unit = model.map_or(job.currency.as_str(), |model| &model.outcome_unit);
    let unit = Unit::of_outcome(Some(unit), kpi, &job.currency, language);
    let change = (of.recommended - of.current) / of.current.max(0.01);
    BudgetLine {
        label: label::level(name, language),
        from: money.write(of.current, 0, Sign::Negative, language),
        to: money.write(of.recommended, 0, Sign::Negative, language),
        by: number::percent(change, 0, Sign::Always, language),
        effect: unit.write_short(of.expected_outcome.value, 3, Sign::Always, language),
        action: of.action.as_str(),
    }
}
