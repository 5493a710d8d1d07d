//! A plan written out: its cells, its channels, its limits, and the plan as a whole.

use std::collections::BTreeMap;

use super::caution::{Caution, Trust};
use super::plan::{Planner, Worth};
use super::question::{CENTS, cents};
use super::summary::{estimate, share_above_zero};
use super::value::{Gains, at};
use crate::domain::Action;
use crate::domain::draws::mean;
use crate::models::result::{CurvePoint, ResponseResult};
use crate::steering::allocation::{Allocation, Bound, Certificate, HeldLimit, Holder, Limit, LimitPrice};
use crate::steering::result::{
    BriefingKind, BudgetGroup, BudgetLimit, BudgetMove, BudgetPlan, BudgetRow, BudgetSummary, PlanStatus,
    together,
};

/// A channel and who decides about it.
type Owner<'a> = (&'a str, Option<&'a str>);

impl Planner<'_> {
    /// Everything that is told of the plan `chosen`, whose gains over what is planned are `gains`.
    pub(super) fn write(
        &self,
        result: &ResponseResult,
        cautions: &BTreeMap<String, Caution>,
        chosen: &Allocation,
        gains: &Gains,
        Worth { kept, marginal, price }: Worth,
        status: PlanStatus,
    ) -> BudgetPlan {
        let factor = kept.unwrap_or(1.0);
        let certificate = &chosen.certificate;
        let sure = |at: usize, more: bool| {
            let asked = &self.question.cells[at];
            let inside = is_observed(&result.curves, &asked.cell.channel, asked.current, chosen.spend[at]);
            let trust = cautions
                .get(&asked.cell.channel)
                .map_or(Trust::Withheld, |caution| if more { caution.more } else { caution.less });
            trust == Trust::Sure && inside && kept.is_some_and(|kept| kept > 0.0)
        };
        // Money may leave a channel that may bring nothing, if it goes to one that surely works.
        let has_place = (0..chosen.spend.len())
            .any(|at| chosen.spend[at] > self.question.cells[at].current && sure(at, true));
        let rows: Vec<BudgetRow> = (0..chosen.spend.len())
            .map(|at| {
                let asked = &self.question.cells[at];
                let (current, recommended) = (asked.current, chosen.spend[at]);
                let action = match recommended.cmp(&current) {
                    std::cmp::Ordering::Equal => Action::Keep,
                    std::cmp::Ordering::Greater if sure(at, true) => Action::Change,
                    std::cmp::Ordering::Less if sure(at, false) && has_place => Action::Change,
                    _ => Action::Test,
                };
                let money = (recommended - current) as f64 / CENTS;
                let net: Vec<f64> =
                    gains.outcome[at].iter().map(|change| self.worth * change - price * money).collect();
                let draws = scaled(&gains.outcome[at], factor);
                let binding = binding(certificate, at);
                BudgetRow {
                    channel: asked.cell.channel.clone(),
                    unit: asked.cell.unit.clone(),
                    agency: asked.cell.agency.clone(),
                    recipient: asked.cell.recipient.clone(),
                    current: current as f64 / CENTS,
                    recommended: recommended as f64 / CENTS,
                    periods: self.spread(current, recommended),
                    expected_outcome: estimate(&draws),
                    expected_worth: factor * self.worth * mean(&gains.outcome[at]),
                    probability: (recommended != current).then(|| share_above_zero(&net)),
                    mroi_now: self.mroi(at, current),
                    mroi: self.mroi(at, recommended),
                    shadow_price: binding.as_ref().map(|(_, price)| *price),
                    binding_limit: binding.map(|(label, _)| label),
                    is_observed: is_observed(&result.curves, &asked.cell.channel, current, recommended),
                    action,
                }
            })
            .collect();
        let money = |cents: i64| cents as f64 / CENTS;
        let now: i64 = self.question.cells.iter().map(|asked| asked.current).sum();
        let summary = BudgetSummary {
            current: money(now),
            recommended: money(chosen.height),
            moved: money(
                chosen
                    .spend
                    .iter()
                    .zip(&self.question.cells)
                    .map(|(to, asked)| (to - asked.current).max(0))
                    .sum(),
            ),
            expected_gain: estimate(&scaled(&gains.all, factor)),
            gain_before_correction: mean(&gains.all),
            kept_on_other_data: kept,
            probability: share_above_zero(&gains.all),
            marginal_return: marginal,
            objective: certificate.objective / CENTS,
            bound: certificate.bound / CENTS,
            residual: certificate.residual / CENTS,
            is_complete: certificate.complete,
            status,
        };
        BudgetPlan {
            moves: self.moves(&rows, gains, factor, price),
            groups: groups(&rows, gains, factor),
            model: result.model.clone(),
            decision: self.stated.budgets.decision.clone(),
            periods: self.question.periods.clone(),
            rows,
            summary,
            limits: certificate.all().filter(|limit| limit.binds).map(budget_limit).collect(),
        }
    }

    /// What becomes of each channel, by recipient, in the order of the cells.
    fn moves(&self, rows: &[BudgetRow], gains: &Gains, factor: f64, price: f64) -> Vec<BudgetMove> {
        let mut groups: Vec<(Owner<'_>, Vec<usize>)> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let key = (row.channel.as_str(), row.recipient.as_deref());
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, cells)) => cells.push(at),
                None => groups.push((key, vec![at])),
            }
        }
        let draws = gains.all.len();
        let of_group = |((channel, recipient), cells): (Owner<'_>, Vec<usize>)| {
            let sum = |of: &dyn Fn(usize) -> f64| cells.iter().map(|at| of(*at)).sum::<f64>();
            let outcome: Vec<f64> = (0..draws).map(|draw| sum(&|at| gains.outcome[at][draw])).collect();
            let (current, recommended) = (sum(&|at| rows[at].current), sum(&|at| rows[at].recommended));
            let net: Vec<f64> =
                outcome.iter().map(|change| self.worth * change - price * (recommended - current)).collect();
            let mut units: Vec<(String, f64)> = cells
                .iter()
                .map(|at| (rows[*at].unit.clone(), rows[*at].recommended - rows[*at].current))
                .filter(|(_, change)| *change != 0.0)
                .collect();
            units.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
            BudgetMove {
                channel: channel.to_owned(),
                recipient: recipient.map(str::to_owned),
                current,
                recommended,
                expected_worth: factor * self.worth * mean(&outcome),
                net_worth: factor * mean(&net),
                probability: share_above_zero(&net),
                expected_outcome: estimate(&scaled(&outcome, factor)),
                action: together(cells.iter().map(|at| rows[*at].action)),
                units,
            }
        };
        groups.into_iter().map(of_group).collect()
    }

    /// Current and recommended money of each period, to the cent: what is left of rounding goes to the last one.
    fn spread(&self, current: i64, recommended: i64) -> Vec<(f64, f64)> {
        let mut left = (current, recommended);
        let last = self.question.shares.len() - 1;
        let one = |(period, share): (usize, &f64)| {
            let part = |all: i64, left: i64| {
                if period == last { left } else { cents(all as f64 * share / CENTS).min(left) }
            };
            let now = (part(current, left.0), part(recommended, left.1));
            left = (left.0 - now.0, left.1 - now.1);
            (now.0 as f64 / CENTS, now.1 as f64 / CENTS)
        };
        self.question.shares.iter().enumerate().map(one).collect()
    }

    /// (Worth of what the next money brings − money) ÷ money, around an amount.
    fn mroi(&self, at_cell: usize, amount: i64) -> Option<f64> {
        let asked = &self.question.cells[at_cell];
        if asked.is_new {
            return None;
        }
        let step = (asked.current / 100).max(100);
        let (least, most) = (*asked.amounts.first()?, *asked.amounts.last()?);
        let (from, to) = ((amount - step).max(least), (amount + step).min(most));
        let values = self.curves[at_cell].mean();
        let brings = at(&asked.amounts, &values, to) - at(&asked.amounts, &values, from);
        (to > from).then(|| self.worth * brings * CENTS / (to - from) as f64 - 1.0)
    }
}

fn scaled(values: &[f64], factor: f64) -> Vec<f64> {
    values.iter().map(|value| factor * value).collect()
}

/// Whether an amount lies where spend of the channel has been, as a multiple of what it has.
fn is_observed(curves: &[CurvePoint], channel: &str, current: i64, amount: i64) -> bool {
    if amount == current {
        return true;
    }
    let multiple = amount as f64 / current.max(1) as f64;
    let seen: Vec<f64> = curves
        .iter()
        .filter(|point| point.channel == channel && point.is_observed)
        .map(|point| point.multiple)
        .collect();
    seen.iter().any(|known| *known <= multiple + 1e-9) && seen.iter().any(|known| *known >= multiple - 1e-9)
}

/// The limit that keeps a cell from moving further, with what it costs per unit of money.
fn binding(certificate: &Certificate, cell: usize) -> Option<(String, f64)> {
    let own = certificate.cells[cell].iter().filter(|limit| limit.binds);
    own.filter_map(|limit| Some((limit.limit.limit.label.clone(), limit.price?)))
        .filter(|(_, price)| *price > 0.0)
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

fn budget_limit(limit: &LimitPrice) -> BudgetLimit {
    let HeldLimit { holder, bound, limit: Limit { at, label } } = &limit.limit;
    BudgetLimit {
        holder: match holder {
            Holder::Cell(name) => format!("cell {name}"),
            Holder::Group(name) => name.clone(),
            Holder::Total => "total".to_owned(),
        },
        side: match bound {
            Bound::Min => "at_least",
            Bound::Max => "at_most",
        },
        amount: *at as f64 / CENTS,
        stated: label.clone(),
        shadow_price: limit.price,
    }
}

/// What becomes of each unit's money, then of each agency's, in the order of the cells.
fn groups(rows: &[BudgetRow], gains: &Gains, factor: f64) -> Vec<BudgetGroup> {
    let mut keys: Vec<(BriefingKind, &str)> = Vec::new();
    for kind in [BriefingKind::Unit, BriefingKind::Agency] {
        for row in rows {
            let name = match kind {
                BriefingKind::Unit => Some(row.unit.as_str()).filter(|unit| !unit.is_empty()),
                BriefingKind::Agency => row.agency.as_deref(),
            };
            keys.extend(name.map(|name| (kind, name)).filter(|key| !keys.contains(key)));
        }
    }
    let group = |(kind, name): (BriefingKind, &str)| {
        let cells: Vec<usize> = (0..rows.len()).filter(|at| kind.holds(name, &rows[*at])).collect();
        let sum = |of: &dyn Fn(usize) -> f64| cells.iter().map(|at| of(*at)).sum::<f64>();
        let outcome: Vec<f64> =
            (0..gains.all.len()).map(|draw| factor * sum(&|at| gains.outcome[at][draw])).collect();
        BudgetGroup {
            kind,
            name: name.to_owned(),
            current: sum(&|at| rows[at].current),
            recommended: sum(&|at| rows[at].recommended),
            expected_outcome: estimate(&outcome),
        }
    };
    keys.into_iter().map(group).collect()
}
