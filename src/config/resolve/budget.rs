//! Checks of `steering.budgets`.

use chrono::NaiveDate;

use super::checker::Checker;
use super::scope::Scope;
use crate::config::diagnostic::Position;
use crate::config::job::{Budgets, CellPart, MoneyPart, Phasing, PlanHeight, PlanLimit};
use crate::config::section::{
    Ahead, BudgetsSpec, HeightSpec, JobSpec, LimitSpec, ModelSpec, PhasingSpec, Portion, ResponseSpec,
};
use crate::config::yaml::{List, Located, Optional, Required};
use crate::domain::{Span, SpanUnit};

/// Largest change of a cell unless the job says otherwise.
const LARGEST_MOVE: f64 = 0.3;
/// The same where a channel's effect is under review.
const CAREFUL_MOVE: f64 = 0.1;
/// The past that says how money was spent so far, unless the job says otherwise.
const REFERENCE: Span = Span { count: 1, unit: SpanUnit::Year };

/// Checks who gets how much money.
pub(super) fn budgets(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    job: &JobSpec,
    spec: &BudgetsSpec,
) -> Option<Budgets> {
    let model = spec.model.get().and_then(|name| self::model(checker, scope, job, name));
    let decision =
        spec.decision.get().and_then(|name| checker.reference("decision", name, scope.decisions.as_deref()));
    let cells = spec.cells.get().and_then(|table| scope.table(checker, table));
    let plan = spec.plan.get().and_then(|plan| self::plan(checker, scope, plan));
    let phasing = phasing(checker, &spec.phasing);
    let height = match &spec.height {
        Some(height) => self::height(checker, height),
        None => Some(PlanHeight::AsPlanned),
    };
    let limits: Vec<_> = spec.limits.iter().map(|limit| self::limit(checker, limit.get()?)).collect();
    let smallest = spec.smallest_move.as_ref();
    if let Some(amount) = smallest.filter(|amount| !(amount.value >= 0.0 && amount.value.is_finite())) {
        let message = format!("`smallest_move` must be an amount of 0 or more, got {}", amount.value);
        checker.error(
            "out_of_range",
            amount.position,
            message,
            "give an amount such as `1000`, or leave it out",
        );
        return None;
    }
    Some(Budgets {
        model: model?,
        decision: decision?,
        cells: cells?,
        plan: plan?,
        reference: spec.reference.as_ref().map_or(REFERENCE, |span| span.value.0),
        phasing: phasing?,
        height: height?,
        limits: limits.into_iter().collect::<Option<_>>()?,
        smallest_move: smallest.map_or(0.0, |amount| amount.value),
        largest_move: spec.largest_move.as_ref().map_or(LARGEST_MOVE, |share| share.value.0),
        careful_move: spec.careful_move.as_ref().map_or(CAREFUL_MOVE, |share| share.value.0),
    })
}

/// A response model that says which KPI it explains.
fn model(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    job: &JobSpec,
    name: &Located<String>,
) -> Option<String> {
    let found = checker.reference("model", name, scope.models.as_deref())?;
    match job.models.iter().find(|(known, _)| known.value == name.value) {
        Some((_, ModelSpec::Response(model))) if model.explains.is_absent() => {
            let message = format!("budgets cannot rest on `{}`: it explains no KPI", name.value);
            let help = "say with `explains` of the model which KPI its outcome moves";
            checker.error("model_explains_nothing", name.position, message, help);
            None
        }
        Some((_, ModelSpec::Response(model))) if !is_money(scope, model) => {
            let message = format!(
                "budgets compare money with worth, but `{}` does not say what its outcome is worth",
                name.value
            );
            let help = "state `worth` in the model: what a unit of outcome leaves in the currency of the job";
            checker.error("no_worth", name.position, message, help);
            None
        }
        Some((_, ModelSpec::Outcome(_))) => {
            let message = format!("`{}` is no response model and knows no money", name.value);
            let help = "name a model under `models` with `response`: its curves say what money brings";
            checker.error("wrong_kind_of_model", name.position, message, help);
            None
        }
        _ => Some(found),
    }
}

/// A plan holds a whole period of the calendar.
fn plan(checker: &mut Checker<'_>, scope: &Scope<'_>, plan: &Located<Ahead>) -> Option<Span> {
    let span = plan.value.0;
    let is_short = scope.calendar.is_some_and(|calendar| {
        // Any boundary will do; what depends on the month is told when the plan is made.
        let start = calendar.floor(NaiveDate::default());
        span.after(start) < calendar.shift(start, 1)
    });
    if is_short {
        let message = format!("a plan for {span} holds no whole period of the calendar");
        let help = "plan one period of `calendar` or more";
        checker.error("plan_too_short", plan.position, message, help);
        return None;
    }
    Some(span)
}

/// Whether the outcome of a model is money, or is said to be worth some.
fn is_money(scope: &Scope<'_>, model: &ResponseSpec) -> bool {
    let unit = model.outcome_unit.as_ref().map(|unit| unit.value.as_str());
    model.worth.is_some() || unit.is_none() || scope.currency.is_none() || unit == scope.currency
}

fn phasing(checker: &mut Checker<'_>, spec: &PhasingSpec) -> Option<Phasing> {
    let shares = match spec {
        PhasingSpec::AsBefore => return Some(Phasing::AsBefore),
        PhasingSpec::Even => return Some(Phasing::Even),
        PhasingSpec::Shares(shares) => shares,
    };
    let found: Vec<f64> = shares.iter().map(|share| Some(share.get()?.value.0)).collect::<Option<_>>()?;
    let first = shares.first().and_then(Required::get)?.position;
    let sum: f64 = found.iter().sum();
    if (sum - 1.0).abs() > 1e-6 {
        let message = format!("the shares of the plan's periods sum to {:.4} %, not to 100 %", 100.0 * sum);
        checker.error("shares_do_not_sum", first, message, "give every period its share of all money");
        return None;
    }
    Some(Phasing::Shares(found))
}

fn height(checker: &mut Checker<'_>, spec: &Located<HeightSpec>) -> Option<PlanHeight> {
    let HeightSpec { between, stop_when_mroi_below, least_for } = &spec.value;
    if let Optional::Given(share) = least_for {
        if !between.is_absent() || !stop_when_mroi_below.is_absent() {
            let message =
                "`least_for` looks for the least money, so other limits of the height contradict it";
            checker.error("two_heights", spec.position, message, "keep `least_for` or the others");
            return None;
        }
        let MoneyPart::Share(share) = share.value.0 else {
            let message = "`least_for` is a share of what the present plan is worth";
            checker.error("not_a_share", share.position, message, "write it as a share such as `100%`");
            return None;
        };
        return Some(PlanHeight::LeastFor { share });
    }
    if least_for.is_absent() && between.is_absent() {
        let message = "`height` says neither `between` nor `least_for`";
        let help = "say between which sums money may be spent, such as `between: [90%, 115%]`, or leave `height` out";
        checker.error("missing_key", spec.position, message, help);
        return None;
    }
    let (least, most) = ends(checker, between.get()?)?;
    let mroi = match stop_when_mroi_below {
        Optional::Absent => 0.0,
        Optional::Faulty => return None,
        Optional::Given(mroi) => mroi.value,
    };
    Some(PlanHeight::UntilFloor { least, most, mroi })
}

fn limit(checker: &mut Checker<'_>, spec: &Located<LimitSpec>) -> Option<PlanLimit> {
    let LimitSpec { channel, unit, agency, recipient, between, at_least, at_most } = &spec.value;
    let mut of = Vec::new();
    for (part, name) in [
        (CellPart::Channel, channel),
        (CellPart::Unit, unit),
        (CellPart::Agency, agency),
        (CellPart::Recipient, recipient),
    ] {
        match name {
            Optional::Absent => {}
            Optional::Faulty => return None,
            Optional::Given(name) => of.push((part, checker.filled(Some(name))?)),
        }
    }
    if of.is_empty() {
        let message = "the limit does not say which cells it holds for";
        let help =
            "name a `channel`, `unit`, `agency` or `recipient`; the sum of all cells is limited by `height`";
        checker.error("missing_key", spec.position, message, help);
        return None;
    }
    let (mut least, mut most) = (part(at_least)?, part(at_most)?);
    match between {
        Optional::Absent => {}
        Optional::Faulty => return None,
        Optional::Given(_) if least.is_some() || most.is_some() => {
            let message = "the limit says `between` and one of `at_least` and `at_most`";
            checker.error("declared_twice", spec.position, message, "keep one of them");
            return None;
        }
        Optional::Given(both) => {
            let (from, to) = ends(checker, both)?;
            (least, most) = (Some(from), Some(to));
        }
    }
    if least.is_none() && most.is_none() {
        let help = "say `between`, `at_least` or `at_most`";
        checker.error("missing_key", spec.position, "the limit does not say what it limits to", help);
        return None;
    }
    Some(PlanLimit { of, least, most, line: spec.position.line })
}

#[allow(clippy::option_option, reason = "reported and not given are two different things here")]
fn part(part: &Optional<Portion>) -> Option<Option<MoneyPart>> {
    match part {
        Optional::Absent => Some(None),
        Optional::Faulty => None,
        Optional::Given(part) => Some(Some(part.value.0)),
    }
}

/// The two ends of `between`.
fn ends(checker: &mut Checker<'_>, both: &Located<List<Portion>>) -> Option<(MoneyPart, MoneyPart)> {
    let found: Vec<MoneyPart> =
        both.value.iter().map(|part| Some(part.get()?.value.0)).collect::<Option<_>>()?;
    let refuse = |checker: &mut Checker<'_>, position: Position, message: &str| {
        checker.error(
            "out_of_range",
            position,
            message,
            "give the least and the most, such as `[80%, 120%]`",
        );
        None
    };
    let [least, most] = found[..] else {
        return refuse(checker, both.position, "`between` has two ends");
    };
    let wrong = match (least, most) {
        (MoneyPart::Share(least), MoneyPart::Share(most))
        | (MoneyPart::Amount(least), MoneyPart::Amount(most)) => least > most,
        _ => false,
    };
    if wrong {
        return refuse(checker, both.position, "the least is above the most");
    }
    Some((least, most))
}
