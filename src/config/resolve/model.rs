//! Checks of `models`.

use super::checker::Checker;
use super::scope::Scope;
use super::{driver, response};
use crate::config::job::{Driver, Model, OutcomeModel, Success};
use crate::config::section::{DriverSpec, ModelSpec, OutcomeSpec, SeasonalitySpec, SuccessSpec};
use crate::config::yaml::{Located, Optional, Required};

/// Most pairs of sine and cosine per year: beyond, a season is no longer a season.
const MAX_HARMONICS: u32 = 12;

/// Checks one model.
pub(super) fn model(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    name: &Located<String>,
    spec: &ModelSpec,
) -> Option<Model> {
    match spec {
        ModelSpec::Outcome(spec) => outcome(checker, scope, name, spec).map(Model::Outcome),
        ModelSpec::Response(spec) => response::response(checker, scope, name, spec).map(Model::Response),
    }
}

/// The KPI that a model explains.
#[allow(clippy::option_option, reason = "reported and not given are two different things here")]
pub(super) fn explains(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    kpi: &Optional<String>,
) -> Option<Option<String>> {
    match kpi.get() {
        Some(kpi) => checker.reference("KPI", kpi, scope.kpis.as_deref()).map(Some),
        None => Some(None),
    }
}

/// Pairs of sine and cosine per year: a wave needs two periods or more.
pub(super) fn yearly(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    season: Option<&SeasonalitySpec>,
) -> Option<u8> {
    let Some(season) = season else { return Some(0) };
    let calendar = scope.calendar.as_ref();
    let most = calendar.map_or(MAX_HARMONICS, |calendar| MAX_HARMONICS.min(calendar.period.per_year() / 2));
    let yearly = checker.whole(season.yearly.get()?, "`yearly`", 0, i64::from(most))?;
    u8::try_from(yearly).ok()
}

fn outcome(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    name: &Located<String>,
    spec: &OutcomeSpec,
) -> Option<OutcomeModel> {
    let label = checker.label(spec.label.as_ref(), &name.value);
    let table = spec.table.get().and_then(|table| scope.table(checker, table));
    let success = success(checker, &spec.success);
    let at = checker.required(at(&spec.success));
    let explains = explains(checker, scope, &spec.explains);
    let yearly = yearly(checker, scope, spec.seasonality.as_ref());
    if spec.drivers.names().is_empty() && !spec.drivers.is_faulty() {
        let message = format!("the model `{}` has no drivers", name.value);
        let help = "name under `drivers` the columns whose effect is estimated";
        checker.error("empty_list", name.position, message, help);
    }
    let drivers: Vec<_> = spec
        .drivers
        .iter()
        .map(|(name, driver)| self::driver(checker, &spec.success, name, driver))
        .collect();
    Some(OutcomeModel {
        name: name.value.clone(),
        label: label?,
        table: table?,
        success: success?,
        at: at?,
        drivers: drivers.into_iter().collect::<Option<_>>()?,
        yearly_harmonics: yearly?,
        trend: spec.trend,
        explains: explains?,
    })
}

fn column(success: &SuccessSpec) -> &Required<String> {
    match success {
        SuccessSpec::YesNo(yes_no) => &yes_no.column,
        SuccessSpec::Amount(amount) => &amount.column,
    }
}

fn at(success: &SuccessSpec) -> &Required<String> {
    match success {
        SuccessSpec::YesNo(yes_no) => &yes_no.at,
        SuccessSpec::Amount(amount) => &amount.at,
    }
}

fn success(checker: &mut Checker<'_>, spec: &SuccessSpec) -> Option<Success> {
    let column = checker.required(column(spec));
    match spec {
        SuccessSpec::YesNo(yes_no) => {
            let matures_after = yes_no.matures_after.as_ref().map(|span| span.value.0);
            Some(Success::YesNo { column: column?, matures_after })
        }
        SuccessSpec::Amount(amount) => {
            let unit = checker.required(&amount.unit);
            Some(Success::Amount { column: column?, unit: unit? })
        }
    }
}

fn driver(
    checker: &mut Checker<'_>,
    success: &SuccessSpec,
    name: &Located<String>,
    spec: &DriverSpec,
) -> Option<Driver> {
    let outcome = [("the outcome", column(success)), ("the date of the row", at(success))];
    for (what, column) in outcome {
        if column.get().is_some_and(|column| column.value == name.value) {
            let message = format!("`{}` is {what} and cannot be its driver", name.value);
            checker.error("outcome_as_driver", name.position, message, "remove it from `drivers`");
        }
    }
    driver::driver(checker, name, Some(spec.role), &spec.into())
}
