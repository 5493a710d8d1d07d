//! Checks of `steering`.

use super::checker::Checker;
use super::scope::Scope;
use crate::config::job::{Recommendations, Steering};
use crate::config::section::{JobSpec, ModelSpec, SteeringSpec};
use crate::config::yaml::Required;

/// Checks what is recommended.
pub(super) fn steering(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    job: &JobSpec,
    spec: &SteeringSpec,
) -> Option<Steering> {
    let spec = &spec.recommendations;
    let models = checker.list("model", spec.from.get());
    let mut known = true;
    for name in spec.from.get().iter().flat_map(|from| &from.value).filter_map(Required::get) {
        known &= checker.reference("model", name, scope.models.as_deref()).is_some();
        let model = job.models.iter().find(|(known, _)| known.value == name.value);
        match model {
            Some((_, ModelSpec::Outcome(model))) if model.explains.is_absent() => {
                let message = format!("advice cannot come from `{}`: it explains no KPI", name.value);
                let help = "say with `explains` of the model which KPI its outcome moves; \
                    recommendations go to the owners of that KPI's decisions";
                checker.error("model_explains_nothing", name.position, message, help);
            }
            Some((_, ModelSpec::Response(_))) => {
                let message = format!("advice from the response model `{}` is not available yet", name.value);
                let help = "take it out of `from`: what it finds is published all the same";
                checker.error("not_available", name.position, message, help);
                known = false;
            }
            Some((_, ModelSpec::Outcome(_))) | None => {}
        }
    }
    let at_most = spec.at_most.get().and_then(|number| checker.whole(number, "`at_most`", 1, 100));
    let at_most = u32::try_from(at_most?).ok()?;
    Some(Steering { recommendations: Recommendations { models: models.filter(|_| known)?, at_most } })
}
