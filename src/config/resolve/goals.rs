//! Checks of `recipients`, `decisions` and `kpis`, and of how they hang together.
//!
//! No KPI without a decision, no decision without a KPI: figures that nobody decides by are not
//! published, and decisions that no figure serves are not prepared.

use super::checker::Checker;
use super::scope::Scope;
use super::sql;
use crate::config::job::{Decision, Kpi, Recipient};
use crate::config::section::{DecisionSpec, JobSpec, KpiSpec, RecipientSpec};
use crate::config::yaml::{Located, Required, listed};

/// Most drill-down columns of a KPI: 2⁴ combinations are published for each period.
const MAX_BY: usize = 4;

/// Checks one recipient.
pub(super) fn recipient(
    checker: &mut Checker<'_>,
    name: &Located<String>,
    spec: &RecipientSpec,
) -> Option<Recipient> {
    let label = checker.required(&spec.name);
    let language = spec.language.get()?;
    if !checker.languages.is_empty() && !checker.languages.contains(&language.value) {
        let code = language.value.code();
        let known = listed(checker.languages.iter().map(|language| language.code()));
        let message = format!("`{code}` is not a language of the job");
        let help = format!("the job's `languages` are {known}; add `{code}` there or choose one of them");
        checker.error("unknown_name", language.position, message, help);
    }
    Some(Recipient { name: name.value.clone(), label: label?, language: language.value })
}

/// Checks one decision.
pub(super) fn decision(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    name: &Located<String>,
    spec: &DecisionSpec,
) -> Option<Decision> {
    let question = spec.question.get().and_then(|question| checker.text(question));
    let owner =
        spec.owner.get().and_then(|owner| checker.reference("recipient", owner, scope.recipients.as_deref()));
    let cadence = spec.cadence.get()?.value;
    Some(Decision { name: name.value.clone(), question: question?, owner: owner?, cadence })
}

/// Checks one KPI.
pub(super) fn kpi(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    name: &Located<String>,
    spec: &KpiSpec,
) -> Option<Kpi> {
    let label = checker.label(spec.label.as_ref(), &name.value);
    let from = spec.from.get().and_then(|from| dated_table(checker, scope, name, from));
    let measure = spec.value.get().and_then(|value| sql::measure(checker, value));
    let filter = match &spec.filter {
        Some(filter) => sql::condition(checker, filter).map(Some),
        None => Some(None),
    };
    let unit = checker.required(&spec.unit);
    let owner =
        spec.owner.get().and_then(|owner| checker.reference("recipient", owner, scope.recipients.as_deref()));
    let part_of = match &spec.part_of {
        Some(whole) => checker.reference("KPI", whole, scope.kpis.as_deref()).map(Some),
        None => Some(None),
    };
    let by = checker.distinct("column", &spec.by);
    if let Some(Some(first)) = spec.by.get(MAX_BY).map(Required::get) {
        let message = format!("a KPI has at most {MAX_BY} drill-down columns, got {}", spec.by.len());
        checker.error("out_of_range", first.position, message, "keep those that are decided by");
    }
    let decisions = decisions(checker, scope, name, spec);
    let measure = measure?;
    Some(Kpi {
        name: name.value.clone(),
        label: label?,
        from: from?,
        numerator: measure.numerator,
        denominator: measure.denominator,
        value: spec.value.get()?.value.clone(),
        filter: filter?,
        unit: unit?,
        better: spec.better.get()?.value,
        owner: owner?,
        part_of: part_of?,
        by: by?,
        decisions: decisions?,
    })
}

/// The table that a KPI is computed from, which must date its rows.
fn dated_table(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    kpi: &Located<String>,
    from: &Located<String>,
) -> Option<String> {
    let table = scope.table(checker, from)?;
    if scope.undated.contains(&table.as_str()) {
        let message =
            format!("the KPI `{}` needs periods, but no column dates the rows of `{table}`", kpi.value);
        let help = format!("add `time` to the table `{table}`");
        checker.error("missing_time", from.position, message, help);
        return None;
    }
    Some(table)
}

fn decisions(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    kpi: &Located<String>,
    spec: &KpiSpec,
) -> Option<Vec<String>> {
    let given = spec.decisions.get()?;
    if given.value.is_empty() {
        let message = format!("the KPI `{}` serves no decision", kpi.value);
        let help = "name under `decisions` what is decided by it, or remove the KPI";
        checker.error("kpi_without_decision", kpi.position, message, help);
        return None;
    }
    let distinct = checker.distinct("decision", &given.value);
    let mut known = true;
    for decision in given.value.iter().filter_map(Required::get) {
        known &= checker.reference("decision", decision, scope.decisions.as_deref()).is_some();
    }
    distinct.filter(|_| known)
}

/// Checks that every decision is served by a KPI.
pub(super) fn every_decision_is_served(checker: &mut Checker<'_>, spec: &JobSpec) {
    if spec.kpis.is_faulty() {
        return;
    }
    let mut served: Vec<&str> = Vec::new();
    for (_, kpi) in spec.kpis.iter() {
        // A KPI that lost its decisions, or a misspelt name, may mean any decision.
        let Some(decisions) = kpi.decisions.get().filter(|decisions| !decisions.value.is_empty()) else {
            return;
        };
        for decision in &decisions.value {
            match decision.get() {
                Some(decision) if spec.decisions.names().contains(&decision.value.as_str()) => {
                    served.push(&decision.value);
                }
                Some(_) | None => return,
            }
        }
    }
    for (name, _) in spec.decisions.iter() {
        if !served.contains(&name.value.as_str()) {
            let message = format!("no KPI serves the decision `{}`", name.value);
            let help = "name it under `decisions` of the KPI that it is decided by, or remove it";
            checker.error("decision_without_kpi", name.position, message, help);
        }
    }
}

/// Checks that no KPI is, over others, a part of itself.
pub(super) fn kpis_form_a_tree(checker: &mut Checker<'_>, spec: &JobSpec) {
    let whole_of = |name: &str| {
        let kpi = spec.kpis.iter().find(|(known, _)| known.value == name);
        kpi.and_then(|(_, kpi)| kpi.part_of.as_ref())
    };
    let mut reported: Vec<&str> = Vec::new();
    for (name, kpi) in spec.kpis.iter() {
        let mut path = vec![name.value.as_str()];
        let mut next = kpi.part_of.as_ref();
        while let Some(whole) = next {
            if whole.value == name.value {
                if !reported.contains(&name.value.as_str())
                    && let Some(part_of) = &kpi.part_of
                {
                    let circle = path.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(" → ");
                    let message =
                        format!("KPIs are part of each other in a circle: {circle} → `{}`", name.value);
                    let help = "the KPI at the top of the tree has no `part_of`";
                    checker.error("circular_part_of", part_of.position, message, help);
                }
                reported.extend(&path);
                break;
            }
            if path.contains(&whole.value.as_str()) {
                break;
            }
            path.push(&whole.value);
            next = whole_of(&whole.value);
        }
    }
}
