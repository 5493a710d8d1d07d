//! Where the KPIs stand: the latest value of the whole company and how it moved.

use chrono::NaiveDate;
use serde::Serialize;

use crate::config::job::{Job, Kpi};
use crate::domain::Language;
use crate::kpis::result::KpiValue;
use crate::steering::wording::number::{self, NO_FIGURE, Sign};
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, label};

/// One KPI's line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct KpiLine {
    label: String,
    /// The period that the value belongs to, if it is not the latest of all KPIs.
    period: Option<String>,
    value: String,
    previous_period: Option<Move>,
    previous_year: Option<Move>,
}

/// How a value moved.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Move {
    /// `up`, `down` or `level`; the template has the words.
    direction: &'static str,
    /// By how much, without sign.
    size: String,
}

/// KPIs in the latest period that any of them has.
#[derive(Debug, Clone, Serialize)]
pub(super) struct KpiPart {
    period: String,
    lines: Vec<KpiLine>,
}

/// Where the KPIs stand, in the order of the job; `None` without any value for the whole company.
pub(super) fn kpi_part(job: &Job, values: &[KpiValue], language: Language) -> Option<KpiPart> {
    let of_all = |kpi: &Kpi| {
        let of_company = values.iter().filter(|value| value.kpi == kpi.name && value.cell.is_empty());
        of_company.max_by_key(|value| value.period_start)
    };
    let latest: Vec<(&Kpi, &KpiValue)> =
        job.kpis.iter().filter_map(|kpi| Some((kpi, of_all(kpi)?))).collect();
    let newest = latest.iter().map(|(_, value)| value.period_start).max()?;
    let name = |start: NaiveDate| date::period(start, job.calendar.period, language);
    let lines = latest
        .iter()
        .map(|(kpi, value)| {
            let period = (value.period_start < newest).then(|| name(value.period_start));
            kpi_line(job, kpi, value, period, language)
        })
        .collect();
    Some(KpiPart { period: name(newest), lines })
}

fn kpi_line(job: &Job, kpi: &Kpi, latest: &KpiValue, period: Option<String>, language: Language) -> KpiLine {
    let unit = Unit::of_kpi(kpi, &job.currency, language);
    let compared = |before: Option<f64>| movement(&unit, latest.value?, before?, language);
    KpiLine {
        label: label::sentence_start(kpi.label.get(language)),
        period,
        value: latest.value.map_or_else(
            || NO_FIGURE.to_owned(),
            |value| unit.write(value, unit.natural_decimals(value), Sign::Negative, language),
        ),
        previous_period: compared(latest.previous_period),
        previous_year: compared(latest.previous_year),
    }
}

/// The move from `before` to `now`: in percent, for shares in percentage points.
///
/// `None` where a relative change has no meaning: from zero, or from or to a negative value.
fn movement(unit: &Unit, now: f64, before: f64, language: Language) -> Option<Move> {
    let difference = unit.clone().difference();
    let (change, size) = if difference == *unit {
        if !(before > 0.0 && now >= 0.0) {
            return None;
        }
        let change = now / before - 1.0;
        (change, number::percent(change, 1, Sign::Never, language))
    } else {
        (now - before, difference.write(now - before, 1, Sign::Never, language))
    };
    if !change.is_finite() {
        return None;
    }
    let is_level = !size.contains(|digit: char| ('1'..='9').contains(&digit));
    let direction = match change {
        _ if is_level => "level",
        change if change > 0.0 => "up",
        _ => "down",
    };
    Some(Move { direction, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(unit: &Unit, now: f64, before: f64) -> Option<(&'static str, String)> {
        movement(unit, now, before, Language::En)
            .map(|found| (found.direction, found.size.replace('\u{a0}', " ")))
    }

    #[test]
    fn amounts_move_in_percent_and_shares_in_points() {
        let count = Unit::Named("rentals".to_owned());
        assert_eq!(moved(&count, 110.0, 100.0), Some(("up", "10.0%".to_owned())));
        assert_eq!(moved(&count, 90.0, 100.0), Some(("down", "10.0%".to_owned())));
        assert_eq!(moved(&Unit::Share, 0.182, 0.2), Some(("down", "1.8 percentage points".to_owned())));
    }

    #[test]
    fn what_rounds_to_nothing_is_level() {
        let count = Unit::Named("rentals".to_owned());
        assert_eq!(moved(&count, 100.01, 100.0).map(|found| found.0), Some("level"));
        assert_eq!(moved(&Unit::Share, 0.200_01, 0.2).map(|found| found.0), Some("level"));
    }

    #[test]
    fn there_is_no_relative_change_from_zero_or_across_it() {
        let money = Unit::Money("EUR".to_owned());
        for (now, before) in [(5.0, 0.0), (5.0, -5.0), (-5.0, 5.0), (f64::NAN, 5.0), (5.0, f64::INFINITY)] {
            let found = moved(&money, now, before);
            assert!(found.is_none() || before.is_infinite(), "{now} {before} {found:?}");
        }
    }
}
