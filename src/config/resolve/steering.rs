//! Checks of `steering`.

use super::budget;
use super::checker::Checker;
use super::scope::Scope;
use crate::config::job::{Briefed, Recommendations, Steering};
use crate::config::section::{BriefedSpec, BriefingsSpec, JobSpec, ModelSpec, SteeringSpec};
use crate::config::yaml::{Located, Required};

/// Checks what is recommended.
pub(super) fn steering(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    job: &JobSpec,
    spec: &SteeringSpec,
) -> Option<Steering> {
    let budgets = match &spec.budgets {
        Some(spec) => budget::budgets(checker, scope, job, &spec.value).map(Some),
        None => Some(None),
    };
    let briefings = match &spec.briefings {
        Some(given) => briefings(checker, given, spec.budgets.is_some()),
        None => Some(Briefed::default()),
    };
    let spec = &spec.recommendations;
    let models = checker.list("model", spec.from.get());
    let mut known = true;
    for name in spec.from.get().iter().flat_map(|from| &from.value).filter_map(Required::get) {
        known &= checker.reference("model", name, scope.models.as_deref()).is_some();
        let model = job.models.iter().find(|(known, _)| known.value == name.value);
        match model {
            Some((_, ModelSpec::Outcome(model))) if model.explains.is_absent() => {
                refuse(checker, name);
            }
            Some((_, ModelSpec::Response(model))) if model.explains.is_absent() => {
                refuse(checker, name);
            }
            Some(_) | None => {}
        }
    }
    let custom: Option<Vec<String>> =
        spec.custom.iter().map(|table| scope.table(checker, table.get()?)).collect();
    let at_most = spec.at_most.get().and_then(|number| checker.whole(number, "`at_most`", 1, 100));
    let at_most = u32::try_from(at_most?).ok()?;
    let recommendations = Recommendations { models: models.filter(|_| known)?, custom: custom?, at_most };
    Some(Steering { recommendations, budgets: budgets?, briefings: briefings? })
}

/// Who is briefed.
fn briefings(checker: &mut Checker<'_>, spec: &Located<BriefingsSpec>, has_budget: bool) -> Option<Briefed> {
    if !has_budget {
        let help = "add `budgets`, or leave `briefings` out";
        checker.error("missing_key", spec.position, "briefings are about a budget, and there is none", help);
        return None;
    }
    let per = spec.value.per.get()?;
    if per.value.is_empty() {
        checker.error(
            "empty_list",
            per.position,
            "the list is empty",
            "brief each `unit`, each `agency`, or both",
        );
        return None;
    }
    let mut briefed = Briefed::default();
    for who in &per.value {
        match who.get()?.value {
            BriefedSpec::Unit => briefed.units = true,
            BriefedSpec::Agency => briefed.agencies = true,
        }
    }
    Some(briefed)
}

/// Reports a model that says of no KPI that it explains it.
fn refuse(checker: &mut Checker<'_>, name: &Located<String>) {
    let message = format!("advice cannot come from `{}`: it explains no KPI", name.value);
    let help = "say with `explains` of the model which KPI its outcome moves; \
        recommendations go to the owners of that KPI's decisions";
    checker.error("model_explains_nothing", name.position, message, help);
}
