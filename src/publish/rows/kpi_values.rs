//! KPI values into rows: cells as text, changes against earlier periods.

use super::columns::Columns;
use super::{OutputTable, Scope};
use crate::config::Job;
use crate::config::job::Kpi;
use crate::domain::Window;
use crate::kpis::result::{CellMember, KpiValue};
use crate::publish::error::PublishError;
use crate::publish::registry::KPI_VALUES;

/// A value with what the job says about its KPI.
struct Line<'a> {
    value: &'a KpiValue,
    kpi: &'a Kpi,
    is_provisional: bool,
}

/// Builds `kpi_values`.
pub(super) fn kpi_values(
    scope: &Scope,
    job: &Job,
    window: Window,
    values: &[KpiValue],
) -> Result<OutputTable, PublishError> {
    let mut lines = Vec::with_capacity(values.len());
    for value in values {
        let kpi = job.kpi(&value.kpi).ok_or_else(|| PublishError::Defect {
            table: KPI_VALUES.name.to_owned(),
            reason: format!("there are values of `{}`, which is no KPI of the job", value.kpi),
        })?;
        lines.push(Line { value, kpi, is_provisional: is_provisional(job, kpi, window, value) });
    }
    let mut columns = Columns::new(&KPI_VALUES, scope, &lines)
        .text("kpi", |line| &line.value.kpi)
        .day("period_start", |line| line.value.period_start)
        .count("level", |line| line.value.cell.len() as u64)
        .text("dimensions", |line| dimensions(&line.value.cell))
        .text("cell", |line| cell(&line.value.cell))
        .number_or_null("value", |line| line.value.value)
        .number_or_null("numerator", |line| line.value.numerator)
        .number_or_null("denominator", |line| line.value.denominator)
        .text("unit", |line| &line.kpi.unit)
        .text("better", |line| line.kpi.better.as_str())
        .number_or_null("previous_period_value", |line| line.value.previous_period)
        .number_or_null("change_to_previous_period", |line| {
            relative_change(line.value.value, line.value.previous_period)
        })
        .number_or_null("previous_year_value", |line| line.value.previous_year)
        .number_or_null("change_to_previous_year", |line| {
            relative_change(line.value.value, line.value.previous_year)
        })
        .flag("is_provisional", |line| line.is_provisional);
    for place in 0..4 {
        let member = move |line: &Line<'_>| line.value.cell.get(place).cloned();
        columns = columns
            .text_or_null(&format!("dimension_{}", place + 1), move |line| Some(member(line)?.dimension))
            .text_or_null(&format!("member_{}", place + 1), move |line| Some(member(line)?.member));
    }
    columns.finish()
}

/// True when the next window's restated periods reach back to the value's period.
fn is_provisional(job: &Job, kpi: &Kpi, window: Window, value: &KpiValue) -> bool {
    let restate = job.table(&kpi.from).and_then(|table| table.restate);
    restate.is_some_and(|restate| value.period_start >= job.calendar.floor(restate.before(window.end())))
}

/// Change relative to the size of `before`, so that a rise is positive below zero too.
fn relative_change(now: Option<f64>, before: Option<f64>) -> Option<f64> {
    let (now, before) = (now?, before?);
    (before != 0.0).then(|| (now - before) / before.abs())
}

fn dimensions(cell: &[CellMember]) -> String {
    cell.iter().map(|part| part.dimension.as_str()).collect::<Vec<_>>().join(", ")
}

/// The cell as one text. Escaping keeps different cells different whatever their members are called.
fn cell(cell: &[CellMember]) -> String {
    let pair = |part: &CellMember| format!("{}={}", escape(&part.dimension), escape(&part.member));
    cell.iter().map(pair).collect::<Vec<_>>().join(", ")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | ',' | '=') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(pairs: &[(&str, &str)]) -> Vec<CellMember> {
        pairs
            .iter()
            .map(|(dimension, member)| CellMember {
                dimension: (*dimension).to_owned(),
                member: (*member).to_owned(),
            })
            .collect()
    }

    #[test]
    fn odd_member_names_never_make_two_cells_one() {
        assert_eq!(
            cell(&members(&[("season", "winter"), ("weekday", "Monday")])),
            "season=winter, weekday=Monday"
        );
        assert_eq!(cell(&[]), "");
        let odd = [
            members(&[("a", "1, b=2")]),
            members(&[("a", "1"), ("b", "2")]),
            members(&[("a", "1\\"), ("b", "2")]),
            members(&[("a", "1\\, b=2")]),
        ];
        let texts: std::collections::BTreeSet<String> = odd.iter().map(|members| cell(members)).collect();
        assert_eq!(texts.len(), odd.len());
    }

    #[test]
    fn a_change_from_a_loss_towards_zero_is_a_rise() {
        assert_eq!(relative_change(Some(-50.0), Some(-100.0)), Some(0.5));
        assert_eq!(relative_change(Some(1.0), Some(0.0)), None);
        assert_eq!(relative_change(None, Some(1.0)), None);
    }
}
