//! What a page needs to know, written out in its language.

use serde::Serialize;

use super::write::inline;
use crate::config::job::Job;
use crate::domain::{Action, Estimate, Language};
use crate::kpis::result::KpiValue;
use crate::models::result::{ChannelPerformance, GateReason, GateVerdict, ResponseResult};
use crate::steering::experiment::WANTED_POWER;
use crate::steering::moves::{Money, channel_label, kpi, outcome_unit};
use crate::steering::result::{
    BriefingKind, BudgetGroup, BudgetPlan, BudgetRow, PlanStatus, ProposedTest, SteeringPlan, together,
};
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, gate};

/// Part of a unit's money up to which it is told to have as much as before.
const SAME: f64 = 0.01;
/// Moves that a page gives reasons for.
const EXPLAINED: usize = 3;
/// Outside developments that a page names.
const WATCHED: usize = 2;

/// What pages are made of.
pub(super) struct Sources<'a> {
    pub(super) job: &'a Job,
    pub(super) plan: &'a SteeringPlan,
    pub(super) budget: &'a BudgetPlan,
    pub(super) result: &'a ResponseResult,
    pub(super) kpis: &'a [KpiValue],
}

/// A page.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Page {
    pub(super) title: String,
    name: String,
    /// First and last day of the plan, and how long it is.
    first_day: String,
    last_day: String,
    span: String,
    current: String,
    recommended: String,
    difference: String,
    /// `more`, `less` or `same` money in all.
    direction: &'static str,
    /// Label of the KPI, and what the plan is expected to do to it here.
    kpi: String,
    effect: String,
    effect_lower: String,
    effect_upper: String,
    interval_level: String,
    standing: Option<Standing>,
    /// How many cells change.
    changes: usize,
    /// One line per channel, those that change first.
    lines: Vec<Line>,
    /// For an agency: money by unit.
    units: Vec<UnitLine>,
    reasons: Vec<Reason>,
    tests: Vec<Test>,
    watch: Vec<String>,
    status: &'static str,
    kept: Option<String>,
}

/// How the KPI stands in the unit.
#[derive(Debug, Clone, Serialize)]
struct Standing {
    period: String,
    value: String,
    /// Change to the year before in percent, with sign.
    year: Option<String>,
}

/// What becomes of a channel.
#[derive(Debug, Clone, Serialize)]
struct Line {
    channel: String,
    from: String,
    to: String,
    by: String,
    effect: String,
    /// `change`, `test` or `keep`.
    action: &'static str,
}

/// What becomes of an agency's money in a unit.
#[derive(Debug, Clone, Serialize)]
struct UnitLine {
    unit: String,
    from: String,
    to: String,
}

/// Why a channel moves.
#[derive(Debug, Clone, Serialize)]
struct Reason {
    channel: String,
    more: bool,
    roas: Option<String>,
    roas_lower: String,
    roas_upper: String,
    /// What the next money is worth, per unit of it.
    mroi: Option<String>,
    /// The same elsewhere in the plan.
    elsewhere: String,
    one: String,
    doubts: String,
}

/// A test that concerns the page's reader.
#[derive(Debug, Clone, Serialize)]
struct Test {
    channel: String,
    /// `treated`, `comparison`, or for an agency `both`.
    role: &'static str,
    treated: String,
    comparison: String,
    duration: String,
    more: bool,
    stops: bool,
    change: String,
    detectable: String,
    power: String,
}

impl Sources<'_> {
    /// First day on which pages are out of date: when the next plan is due.
    pub(super) fn valid_until(&self) -> chrono::NaiveDate {
        let of_plan = self.plan.recommendations.iter().find(|row| row.decision == self.budget.decision);
        of_plan.map_or(self.result.end, |row| row.valid_until)
    }
}

/// Everything about one unit or agency.
pub(super) fn page(sources: &Sources<'_>, group: &BudgetGroup, language: Language) -> Page {
    let Sources { job, budget, .. } = sources;
    let money = Money { job, language };
    let explained = job.kpi(&kpi(job, budget));
    let unit = Unit::of_outcome(Some(outcome_unit(job, budget)), explained, &job.currency, language);
    let effect = |value: f64| unit.write_short(value, 3, Sign::Always, language);
    let of = &group.expected_outcome;
    let rows: Vec<&BudgetRow> = budget.rows.iter().filter(|row| group.kind.holds(&group.name, row)).collect();
    let change = group.recommended - group.current;
    let last = budget.periods.last().and_then(|last| job.calendar.shift(*last, 1).pred_opt());
    let name = inline(&group.name, language);
    let lines = lines(sources, &rows, &money, &unit);
    Page {
        title: name.clone(),
        name,
        first_day: budget.periods.first().map(|day| date::day(*day, language)).unwrap_or_default(),
        last_day: last.map(|day| date::day(day, language)).unwrap_or_default(),
        span: date::periods(budget.periods.len() as u64, job.calendar.period, language),
        current: money.write(group.current),
        recommended: money.write(group.recommended),
        difference: money.write(change.abs()),
        direction: if change.abs() < SAME * group.current.max(0.01) {
            "same"
        } else if change > 0.0 {
            "more"
        } else {
            "less"
        },
        kpi: explained.map_or_else(String::new, |kpi| kpi.label.get(language).to_owned()),
        effect: effect(of.value),
        effect_lower: effect(of.lower().unwrap_or(of.value)),
        effect_upper: effect(of.upper().unwrap_or(of.value)),
        interval_level: number::percent(of.level().unwrap_or(0.9), 0, Sign::Negative, language),
        standing: standing(sources, group, language),
        changes: lines.iter().filter(|line| line.action != Action::Keep.as_str()).count(),
        lines,
        units: if group.kind == BriefingKind::Agency { units(&rows, &money) } else { Vec::new() },
        reasons: reasons(sources, group, &rows, &money),
        tests: sources
            .plan
            .tests
            .iter()
            .filter_map(|test| concerns(sources, group, &rows, test, language, &unit))
            .collect(),
        watch: watched(sources, language),
        status: match budget.summary.status {
            PlanStatus::Held => "held",
            PlanStatus::NothingHolds => "nothing_holds",
            PlanStatus::New | PlanStatus::Changed => "moves",
        },
        kept: budget
            .summary
            .kept_on_other_data
            .map(|kept| number::percent(kept, 0, Sign::Negative, language)),
    }
}

/// Money of the channels of `rows`: what moves most comes first, then what stays.
fn lines(sources: &Sources<'_>, rows: &[&BudgetRow], money: &Money<'_>, unit: &Unit) -> Vec<Line> {
    let language = money.language;
    let mut channels: Vec<&str> = Vec::new();
    for row in rows {
        if !channels.contains(&row.channel.as_str()) {
            channels.push(&row.channel);
        }
    }
    let mut lines: Vec<(bool, f64, Line)> = channels
        .into_iter()
        .map(|channel| {
            let own: Vec<&&BudgetRow> = rows.iter().filter(|row| row.channel == channel).collect();
            let sum = |of: fn(&BudgetRow) -> f64| own.iter().map(|row| of(row)).sum::<f64>();
            let (from, to) = (sum(|row| row.current), sum(|row| row.recommended));
            let effect = sum(|row| row.expected_outcome.value);
            let action = together(own.iter().map(|row| row.action));
            let share = (to - from) / from.max(0.01);
            let line = Line {
                channel: inline(&channel_label(sources.job, sources.budget, channel, language), language),
                from: money.write(from),
                to: money.write(to),
                by: if action == Action::Keep {
                    number::NO_FIGURE.to_owned()
                } else {
                    number::percent(share, 0, Sign::Always, language)
                },
                effect: if action == Action::Keep {
                    number::NO_FIGURE.to_owned()
                } else {
                    unit.write_short(effect, 2, Sign::Always, language)
                },
                action: action.as_str(),
            };
            (action == Action::Keep, (to - from).abs(), line)
        })
        .collect();
    lines.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    lines.into_iter().map(|(_, _, line)| line).collect()
}

/// Money of an agency by unit.
fn units(rows: &[&BudgetRow], money: &Money<'_>) -> Vec<UnitLine> {
    let mut units: Vec<(&str, f64, f64)> = Vec::new();
    for row in rows {
        match units.iter_mut().find(|(unit, ..)| *unit == row.unit) {
            Some(known) => (known.1, known.2) = (known.1 + row.current, known.2 + row.recommended),
            None => units.push((&row.unit, row.current, row.recommended)),
        }
    }
    units
        .into_iter()
        .filter(|(unit, ..)| !unit.is_empty())
        .map(|(unit, from, to)| UnitLine {
            unit: inline(unit, money.language),
            from: money.write(from),
            to: money.write(to),
        })
        .collect()
}

/// Why the largest moves are made: the figures of the unit where there are some, else of all units.
fn reasons(
    sources: &Sources<'_>,
    group: &BudgetGroup,
    rows: &[&BudgetRow],
    money: &Money<'_>,
) -> Vec<Reason> {
    let language = money.language;
    let mut moved: Vec<&&BudgetRow> = rows.iter().filter(|row| row.action != Action::Keep).collect();
    moved.sort_by(|a, b| (b.recommended - b.current).abs().total_cmp(&(a.recommended - a.current).abs()));
    let mut seen: Vec<&str> = Vec::new();
    moved.retain(|row| {
        let is_new = !seen.contains(&row.channel.as_str());
        seen.push(&row.channel);
        is_new
    });
    let decimal = |value: f64| {
        let places = if value.abs() < 9.995 { 2 } else { 1 };
        number::decimal(value, places, Sign::Negative, language)
    };
    let of_channel = |row: &BudgetRow| -> Option<&ChannelPerformance> {
        let mut all = sources.result.channels.iter().filter(|known| known.channel == row.channel);
        let unit = (group.kind == BriefingKind::Unit).then_some(group.name.as_str());
        let own = all.clone().find(|known| known.unit.as_deref() == unit);
        own.or_else(|| all.find(|known| known.unit.is_none()))
    };
    moved
        .into_iter()
        .take(EXPLAINED)
        .map(|row| {
            let known = of_channel(row);
            let roas = known.and_then(|known| known.roas.as_ref());
            let end = |value: Option<f64>| value.map(decimal).unwrap_or_default();
            let reasons: &[GateReason] = known.map_or(&[], |known| known.reasons.as_slice());
            let verdict = GateVerdict { gate: crate::domain::Gate::Review, reasons: reasons.to_vec() };
            let doubts = if row.action == Action::Test {
                gate::reasons(&verdict, language).join(" ")
            } else {
                String::new()
            };
            Reason {
                channel: inline(
                    &channel_label(sources.job, sources.budget, &row.channel, language),
                    language,
                ),
                more: row.recommended > row.current,
                roas: roas.map(|roas| decimal(roas.value)),
                roas_lower: end(roas.and_then(Estimate::lower)),
                roas_upper: end(roas.and_then(Estimate::upper)),
                mroi: row.mroi_now.map(|mroi| decimal(1.0 + mroi)),
                elsewhere: sources.budget.summary.marginal_return.map(decimal).unwrap_or_default(),
                one: money.one(),
                doubts,
            }
        })
        .collect()
}

/// A test, if the page's reader takes part in it.
fn concerns(
    sources: &Sources<'_>,
    group: &BudgetGroup,
    rows: &[&BudgetRow],
    test: &ProposedTest,
    language: Language,
    unit: &Unit,
) -> Option<Test> {
    // Nobody is asked to take part in a test that will hardly tell anything.
    if test.power < WANTED_POWER || !rows.iter().any(|row| row.channel == test.driver) {
        return None;
    }
    let spend_change = test.spend_change?;
    let holds = |units: &[String]| units.contains(&group.name);
    let role = match group.kind {
        BriefingKind::Agency => "both",
        BriefingKind::Unit if holds(&test.treated) => "treated",
        BriefingKind::Unit if holds(&test.comparison) => "comparison",
        BriefingKind::Unit => return None,
    };
    let label = channel_label(sources.job, sources.budget, &test.driver, language);
    Some(Test {
        channel: inline(&label, language),
        role,
        treated: inline(&test.treated.join(", "), language),
        comparison: inline(&test.comparison.join(", "), language),
        duration: date::periods(test.periods as u64, sources.job.calendar.period, language),
        more: spend_change > 0.0,
        stops: spend_change <= -1.0,
        change: number::percent(spend_change.abs(), 0, Sign::Negative, language),
        detectable: unit.write_short(test.detectable_effect?, 2, Sign::Never, language),
        power: number::percent(test.power, 0, Sign::Negative, language),
    })
}

/// Outside developments that the same decision is advised to watch.
fn watched(sources: &Sources<'_>, language: Language) -> Vec<String> {
    let rows = sources.plan.recommendations.iter().filter(|row| {
        row.action == Action::Watch && row.language == language && row.decision == sources.budget.decision
    });
    rows.take(WATCHED).map(|row| row.headline.clone()).collect()
}

/// How the KPI stands in the unit in its latest period.
fn standing(sources: &Sources<'_>, group: &BudgetGroup, language: Language) -> Option<Standing> {
    let Sources { job, budget, kpis, .. } = sources;
    if group.kind != BriefingKind::Unit {
        return None;
    }
    let column = job.response_model(&budget.model)?.unit.as_deref()?;
    let kpi = job.kpi(&kpi(job, budget))?;
    let is_here = |value: &&KpiValue| {
        let members: Vec<(&str, &str)> =
            value.cell.iter().map(|part| (part.dimension.as_str(), part.member.as_str())).collect();
        value.kpi == kpi.name && members == [(column, group.name.as_str())]
    };
    let latest = kpis.iter().filter(is_here).max_by_key(|value| value.period_start)?;
    let unit = Unit::of_kpi(kpi, &job.currency, language);
    let value = latest.value?;
    let year = latest.previous_year.filter(|before| *before > 0.0);
    Some(Standing {
        period: date::period(latest.period_start, job.calendar.period, language),
        value: unit.write(value, unit.natural_decimals(value), Sign::Negative, language),
        year: year.map(|before| number::percent(value / before - 1.0, 1, Sign::Always, language)),
    })
}
