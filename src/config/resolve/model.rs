//! Checks of `models`.

use super::checker::Checker;
use super::scope::Scope;
use crate::config::job::{Driver, Model, OutcomeModel, Success};
use crate::config::section::{DriverSpec, ModelSpec, OutcomeSpec, SuccessSpec};
use crate::config::yaml::{Located, Required};
use crate::domain::Calendar;

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
    }
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
    let explains = match spec.explains.get() {
        Some(kpi) => checker.reference("KPI", kpi, scope.kpis.as_deref()).map(Some),
        None => Some(None),
    };
    let yearly = match &spec.seasonality {
        Some(season) => {
            season.yearly.get().and_then(|yearly| harmonics(checker, scope.calendar.as_ref(), yearly))
        }
        None => Some(0),
    };
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

/// Pairs of sine and cosine per year: a wave needs two periods or more.
fn harmonics(checker: &mut Checker<'_>, calendar: Option<&Calendar>, yearly: &Located<i64>) -> Option<u8> {
    let most = calendar.map_or(MAX_HARMONICS, |calendar| MAX_HARMONICS.min(calendar.period.per_year() / 2));
    let yearly = checker.whole(yearly, "`yearly`", 0, i64::from(most))?;
    u8::try_from(yearly).ok()
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
    let label = checker.label(spec.label.as_ref(), &name.value);
    let about = checker.optional(spec.about.as_ref());
    let group = checker.optional(spec.group.as_ref());
    let unit = spec.unit.as_ref().map(|unit| checker.text(unit));
    if let Some(per) = &spec.per
        && per.value <= 0.0
    {
        let message = format!("`per` must be above 0, got {}", per.value);
        let help = "give the change that the effect is stated for, for example `per: 5` for 5 °C";
        checker.error("out_of_range", per.position, message, help);
    }
    Some(Driver {
        name: name.value.clone(),
        label: label?,
        party: spec.party.as_ref().map(|party| party.value),
        about: about?,
        role: spec.role,
        group: group?.unwrap_or_else(|| name.value.clone()),
        per: spec.per.as_ref().map(|per| per.value),
        unit: match unit {
            Some(unit) => Some(unit?),
            None => None,
        },
    })
}
