//! Checks of response models, apart from their channels.

use super::channels::{self, Channels};
use super::checker::Checker;
use super::columns::Columns;
use super::scope::Scope;
use super::{driver, model};
use crate::config::job::{Driver, Interactions, Margin, ResponseModel, Worth};
use crate::config::section::{InteractionsSpec, ResponseDriverSpec, ResponseSpec, WorthSpec};
use crate::config::yaml::{Entries, Located, Optional, Required, closest, listed};

/// The word under `among` that stands for every pair of channels.
const CHANNELS: &str = "channels";
/// Expected share of false claims among joint effects, unless the job says otherwise.
const FALSE_DISCOVERY_RATE: f64 = 0.1;

/// Checks one response model.
pub(super) fn response(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    name: &Located<String>,
    spec: &ResponseSpec,
) -> Option<ResponseModel> {
    let label = checker.label(spec.label.as_ref(), &name.value);
    let table = spec.table.get().and_then(|table| scope.table(checker, table));
    let mut columns = Columns::default();
    let outcome = columns.take(checker, spec.outcome.get(), "the outcome");
    let outcome_unit = match &spec.outcome_unit {
        Some(unit) => checker.filled(Some(unit)),
        None => scope.currency.map(str::to_owned),
    };
    let at = at(checker, scope, spec, &mut columns);
    let unit = columns.take_optional(checker, &spec.unit, "the unit");
    let size = size(checker, spec, &mut columns);
    let worth = match &spec.worth {
        Some(spec) => worth(checker, spec).map(Some),
        None => Some(None),
    };
    let channels = spec
        .channels
        .get()
        .and_then(|spec| channels::channels(checker, scope, name, &spec.value, &mut columns));
    let channel_names = spec.channels.get().map(|spec| spec.value.each.names()).unwrap_or_default();
    let drivers: Vec<_> = spec
        .drivers
        .iter()
        .map(|(name, driver)| self::driver(checker, &columns, &channel_names, name, driver))
        .collect();
    let interactions = match &spec.interactions {
        Some(interactions) => self::interactions(checker, interactions, &spec.drivers).map(Some),
        None => Some(None),
    };
    let experiments = match &spec.experiments {
        Optional::Absent => Some(None),
        Optional::Faulty => None,
        Optional::Given(table) => scope.table(checker, table).map(Some),
    };
    let yearly = model::yearly(checker, scope, spec.seasonality.as_ref());
    let explains = model::explains(checker, scope, &spec.explains);
    let Channels { media, channels } = channels?;
    Some(ResponseModel {
        name: name.value.clone(),
        label: label?,
        table: table?,
        outcome: outcome?,
        outcome_unit: outcome_unit?,
        at: at?,
        unit: unit?,
        size: size?,
        worth: worth?,
        media,
        channels,
        drivers: drivers.into_iter().collect::<Option<_>>()?,
        trend: spec.trend,
        yearly_harmonics: yearly?,
        form: spec.form,
        interactions: interactions?,
        experiments: experiments?,
        explains: explains?,
    })
}

/// The column that dates a row.
fn at(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    spec: &ResponseSpec,
    columns: &mut Columns,
) -> Option<String> {
    const PART: &str = "the date of the row";
    if !spec.at.is_absent() {
        return columns.take(checker, spec.at.get(), PART);
    }
    let at = scope.dated(checker, &spec.at, spec.table.get())?;
    columns.note(&at, PART);
    Some(at)
}

/// The column with the size of a unit.
#[allow(clippy::option_option, reason = "reported and not given are two different things here")]
fn size(checker: &mut Checker<'_>, spec: &ResponseSpec, columns: &mut Columns) -> Option<Option<String>> {
    if let Some(size) = spec.size.get()
        && spec.unit.is_absent()
    {
        let message = "`size` tells units from each other, but the model has none";
        let help = "say with `unit` which column holds the unit, or leave `size` out";
        checker.error("size_without_unit", size.position, message, help);
    }
    columns.take_optional(checker, &spec.size, "the size of the unit")
}

/// What a unit of outcome is worth.
fn worth(checker: &mut Checker<'_>, spec: &Located<WorthSpec>) -> Option<Worth> {
    let WorthSpec { margin, margin_rate, minus } = &spec.value;
    let margin = match (margin, margin_rate) {
        (Optional::Absent, Optional::Absent) => {
            let message = "`worth` says neither `margin` nor `margin_rate`";
            let help = "name the column with the margin: `margin` is an amount, `margin_rate` a share of the outcome";
            checker.error("missing_key", spec.position, message, help);
            None
        }
        (margin, Optional::Absent) => checker.filled(margin.get()).map(Margin::Amount),
        (Optional::Absent, rate) => checker.filled(rate.get()).map(Margin::Rate),
        (_, rate) => {
            if let Some(rate) = rate.get() {
                let message = "`margin` and `margin_rate` say the same thing twice";
                checker.error("two_margins", rate.position, message, "keep one of them");
            }
            None
        }
    };
    let minus = checker.distinct("column", minus);
    Some(Worth { margin: margin?, minus: minus? })
}

/// Checks one driver: a column that has no other part in the model, with a name of its own in results.
fn driver(
    checker: &mut Checker<'_>,
    columns: &Columns,
    channels: &[&str],
    name: &Located<String>,
    spec: &ResponseDriverSpec,
) -> Option<Driver> {
    if let Some(part) = columns.part(&name.value) {
        let message = format!("`{}` is {part} and cannot be a driver", name.value);
        checker.error("outcome_as_driver", name.position, message, "remove it from `drivers`");
    } else if channels.contains(&name.value.as_str()) {
        let message = format!("`{}` is a channel and a driver", name.value);
        let help = "they share tables of results: rename the channel, or the column in SQL";
        checker.error("declared_twice", name.position, message, help);
    }
    let role = spec.role.get().map(|role| role.value);
    driver::driver(checker, name, role, &spec.into())
}

/// Which joint effects are looked for.
fn interactions(
    checker: &mut Checker<'_>,
    spec: &InteractionsSpec,
    drivers: &Entries<ResponseDriverSpec>,
) -> Option<Interactions> {
    let among = checker.list("driver", spec.among.get());
    let known = drivers.known();
    let mut sound = true;
    for word in spec.among.get().iter().flat_map(|among| &among.value).filter_map(Required::get) {
        let Some(known) = &known else { continue };
        if word.value.trim().is_empty() || word.value == CHANNELS || known.contains(&word.value.as_str()) {
            continue;
        }
        let possible = || std::iter::once(CHANNELS).chain(known.iter().copied());
        let help = match closest(&word.value, possible()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("possible here: {}", listed(possible())),
        };
        let message = format!("`{}` is neither the word `{CHANNELS}` nor a driver of the model", word.value);
        checker.error("unknown_name", word.position, message, help);
        sound = false;
    }
    let rate = match &spec.false_discovery_rate {
        Some(rate) if rate.value.0 <= 0.0 || rate.value.0 >= 1.0 => {
            let message =
                format!("`false_discovery_rate` must be between 0% and 100%, got {}%", 100.0 * rate.value.0);
            checker.error("out_of_range", rate.position, message, "10% is usual");
            None
        }
        Some(rate) => Some(rate.value.0),
        None => Some(FALSE_DISCOVERY_RATE),
    };
    let (channels, drivers): (Vec<String>, Vec<String>) =
        among.filter(|_| sound)?.into_iter().partition(|word| word == CHANNELS);
    Some(Interactions { channels: !channels.is_empty(), drivers, false_discovery_rate: rate? })
}
