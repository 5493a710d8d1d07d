//! What the texts about a move of money need to know.

use super::channel::{channel_label, kpi, outcome_unit, performance};
use crate::config::job::Job;
use crate::domain::{Action, Estimate, Gate, Language};
use crate::models::result::{GateVerdict, ResponseResult};
use crate::steering::experiment::{TestDesign, TestPlan};
use crate::steering::result::{BudgetMove, BudgetPlan};
use crate::steering::wording::advice::{Facts, MoveFacts, TestFacts};
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, gate};

/// Units that a text names.
const NAMED: usize = 3;
/// Part of a channel's money below which it moves between units rather than up or down.
const SHIFT: f64 = 0.01;

/// Facts of advice to move the money of a channel.
pub(in crate::steering) fn facts(
    job: &Job,
    budget: &BudgetPlan,
    result: &ResponseResult,
    of: &BudgetMove,
    test: Option<&TestPlan>,
    language: Language,
) -> Facts {
    let money = Money { job, language };
    let explained = job.kpi(&kpi(job, budget));
    let unit = Unit::of_outcome(Some(outcome_unit(job, budget)), explained, &job.currency, language);
    let effect = unit.estimate(&of.expected_outcome, language);
    let change = (of.recommended - of.current) / of.current.max(0.01);
    let direction = if change.abs() < SHIFT {
        "shift"
    } else if change > 0.0 {
        "more"
    } else {
        "less"
    };
    let known = performance(result, &of.channel);
    let returns = |value: Option<&Estimate>| {
        value.map(|value| number::decimal(value.value, places(value.value), Sign::Negative, language))
    };
    let roas = known.and_then(|known| known.roas.as_ref());
    let end = |value: Option<f64>| {
        value.map(|value| number::decimal(value, places(value), Sign::Negative, language)).unwrap_or_default()
    };
    let doubts = known.map(|known| {
        let verdict = GateVerdict { gate: Gate::Review, reasons: known.reasons.clone() };
        gate::reasons(&verdict, language).join(" ")
    });
    let elsewhere = of.expected_worth - of.net_worth;
    Facts::Move(Box::new(MoveFacts {
        kpi: explained.map_or_else(|| kpi(job, budget), |kpi| kpi.label.get(language).to_owned()),
        channel: channel_label(job, budget, &of.channel, language),
        action: of.action.as_str(),
        direction,
        from: money.write(of.current),
        to: money.write(of.recommended),
        by: number::percent(change, 0, Sign::Always, language),
        first: date::day(budget.periods.first().copied().unwrap_or(result.end), language),
        last: date::day(last_day(job, budget).unwrap_or(result.end), language),
        signed: effect.as_ref().map_or_else(String::new, |effect| effect.signed.clone()),
        lower: effect.as_ref().map_or_else(String::new, |effect| effect.lower.clone()),
        upper: effect.as_ref().map_or_else(String::new, |effect| effect.upper.clone()),
        interval_level: effect.as_ref().map_or_else(String::new, |effect| effect.level.clone()),
        worth: money.signed(of.expected_worth),
        elsewhere: money.write(elsewhere.abs()),
        probability: probability(of.probability, language),
        units: units(of, &money),
        more_units: of.units.len().saturating_sub(NAMED),
        roas: returns(roas),
        roas_lower: end(roas.and_then(Estimate::lower)),
        roas_upper: end(roas.and_then(Estimate::upper)),
        next: returns(known.and_then(|known| known.mroas.as_ref())),
        one: money.one(),
        doubts: doubts.filter(|_| of.action == Action::Test).unwrap_or_default(),
        depends_on: known
            .map(|known| {
                known.depends_on.iter().map(|name| driver_label(job, budget, name, language)).collect()
            })
            .unwrap_or_default(),
        kept: budget
            .summary
            .kept_on_other_data
            .map(|kept| number::percent(kept, 0, Sign::Negative, language)),
        evidence: known.map_or("observational", |known| known.evidence.as_str()),
        test: test.map(|test| test_facts(job, test, &unit, &money)),
        review: (result.gate.gate == Gate::Review).then(|| gate::reasons(&result.gate, language).join(" ")),
    }))
}

/// A probability that is never quite sure.
fn probability(value: f64, language: Language) -> String {
    let percent = |value: f64| number::percent(value, 0, Sign::Negative, language);
    match (value, language) {
        (value, Language::En) if value > 0.99 => format!("more than {}", percent(0.99)),
        (value, Language::De) if value > 0.99 => format!("über {}", percent(0.99)),
        (value, Language::En) if value < 0.01 => format!("less than {}", percent(0.01)),
        (value, Language::De) if value < 0.01 => format!("unter {}", percent(0.01)),
        (value, _) => percent(value),
    }
}

/// Decimals of a return: two below ten, else one.
fn places(value: f64) -> i32 {
    if value.abs() < 9.995 { 2 } else { 1 }
}

fn test_facts(job: &Job, test: &TestPlan, unit: &Unit, money: &Money<'_>) -> TestFacts {
    let language = money.language;
    let amount = |value: f64| unit.write_short(value.abs(), 2, Sign::Never, language);
    let cost = test.cost_if_right.unwrap_or(test.cost_if_no_effect);
    TestFacts {
        in_time: test.design == TestDesign::Time,
        treated: test.treated.join(", "),
        comparison: test.comparison.join(", "),
        duration: date::periods(test.periods as u64, job.calendar.period, language),
        more: test.change > 0.0,
        stops: test.change <= -1.0,
        change: number::percent(test.change.abs(), 0, Sign::Negative, language),
        money: money.write(test.spend_change.abs()),
        expected: amount(test.expected_effect),
        detectable: amount(test.detectable_effect),
        power: number::percent(test.power, 0, Sign::Negative, language),
        is_weak: test.is_underpowered,
        cost: money.write(cost.abs()),
        gains: cost < 0.0,
    }
}

/// Units whose money changes most, with the change.
fn units(of: &BudgetMove, money: &Money<'_>) -> Vec<String> {
    let named = of.units.iter().take(NAMED).filter(|(unit, _)| !unit.is_empty());
    named.map(|(unit, change)| format!("{unit} {}", money.signed(*change))).collect()
}

/// The last day of a plan.
fn last_day(job: &Job, budget: &BudgetPlan) -> Option<chrono::NaiveDate> {
    job.calendar.shift(*budget.periods.last()?, 1).pred_opt()
}

fn driver_label(job: &Job, budget: &BudgetPlan, driver: &str, language: Language) -> String {
    let model = job.response_model(&budget.model);
    let described = model.and_then(|model| model.drivers.iter().find(|known| known.name == driver));
    described.map_or_else(|| driver.to_owned(), |known| known.label.get(language).to_owned())
}

/// Amounts of money in a language, in whole units.
pub(in crate::steering) struct Money<'a> {
    pub(in crate::steering) job: &'a Job,
    pub(in crate::steering) language: Language,
}

impl Money<'_> {
    fn unit(&self) -> Unit {
        Unit::of_outcome(Some(&self.job.currency), None, &self.job.currency, self.language)
    }

    pub(in crate::steering) fn write(&self, amount: f64) -> String {
        self.unit().write(amount, decimals(amount), Sign::Never, self.language)
    }

    pub(in crate::steering) fn signed(&self, amount: f64) -> String {
        self.unit().write(amount, decimals(amount), Sign::Always, self.language)
    }

    /// One unit of money.
    pub(in crate::steering) fn one(&self) -> String {
        self.unit().write(1.0, 0, Sign::Never, self.language)
    }
}

/// Whole units from 100 on.
fn decimals(amount: f64) -> i32 {
    if amount.abs() < 100.0 { 2 } else { 0 }
}
