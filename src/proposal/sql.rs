//! The SQL of a proposed table.

use std::fmt::Write;

use super::calendar::Proposed;
use super::source::Source;
use super::spelling::identifier;
use super::tables::{ROWS, Table};
use crate::domain::{PeriodKind, StartOfWeek};

/// What a missing text is called in a key.
const MISSING: &str = "missing";

/// The file of `table`.
pub(super) fn sql(table: &Table<'_>, calendar: &Proposed) -> String {
    let source = table.source;
    let key = table.key(calendar);
    let mut sql = format!(
        "-- One row per {}: the rows of `{}`, summed up.\n-- key: {}\n--\n-- Proposed by `trichter init`, from what the files look like: read it before you trust it.\n",
        spoken(&key),
        source.name,
        key.join(", ")
    );
    for remark in remarks(source, calendar) {
        let _ = writeln!(sql, "-- {remark}");
    }
    sql.push_str("select\n");
    let time = source.time.as_ref();
    let period =
        time.map(|time| period(&identifier(&time.column), time.is_instant, calendar)).unwrap_or_default();
    let mut columns = vec![aliased(&period, &key[0])];
    for (column, called) in &table.dimensions {
        let name = identifier(&column.name);
        let value = if column.is_never_missing { name } else { format!("coalesce({name}, '{MISSING}')") };
        columns.push(aliased(&value, called));
    }
    let grouped = columns.len();
    for (column, called) in &table.sums {
        columns.push(aliased(&format!("sum({})", identifier(&column.name)), called));
    }
    columns.push(aliased("count(*)", ROWS));
    let _ = writeln!(sql, "    {}", columns.join(",\n    "));
    let _ = writeln!(sql, "from {}", identifier(&source.name));
    if let Some(time) = time
        && !source.column(&time.column).is_some_and(|column| column.is_never_missing)
    {
        let _ = writeln!(sql, "where {} is not null", identifier(&time.column));
    }
    let numbers: Vec<String> = (1..=grouped).map(|number| number.to_string()).collect();
    let _ = writeln!(sql, "group by {}", numbers.join(", "));
    sql
}

fn aliased(value: &str, called: &str) -> String {
    let called = identifier(called);
    if value == called { called } else { format!("{value} as {called}") }
}

/// `day`, `day and region`, `day, region and channel`.
fn spoken(key: &[String]) -> String {
    match key {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first day of the period of a column.
fn period(column: &str, is_instant: bool, calendar: &Proposed) -> String {
    let zone = calendar.calendar.time_zone.name();
    let local = if is_instant && zone != "UTC" {
        format!("to_local_time({column} at time zone '{zone}')")
    } else {
        column.to_owned()
    };
    let later = match calendar.calendar.starts {
        StartOfWeek::Monday => 0,
        StartOfWeek::Sunday => 1,
        StartOfWeek::Saturday => 2,
    };
    match calendar.calendar.period {
        PeriodKind::Day if is_instant => format!("cast({local} as date)"),
        PeriodKind::Day => local,
        PeriodKind::Week if later > 0 => {
            let days = format!("interval '{later} days'");
            format!("cast(date_trunc('week', {local} + {days}) - {days} as date)")
        }
        other => format!("cast(date_trunc('{}', {local}) as date)", other.as_str()),
    }
}

/// What may be wrong with the sums.
fn remarks(source: &Source, calendar: &Proposed) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some((key, share)) = source.key.as_ref().and_then(|key| key.nearly.as_ref()) {
        remarks.push(format!(
            "{:.1} % of the rows repeat {}: if they were sent twice or are versions, they count twice here.",
            100.0 * share,
            key.join(", ")
        ));
    }
    if source.time.as_ref().is_some_and(|time| time.is_instant) {
        remarks.push(format!("Instants become days in {}.", calendar.calendar.time_zone.name()));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Calendar;

    #[test]
    fn periods_are_cut_as_the_calendar_says() {
        let proposed = |period, starts, time_zone| Proposed {
            calendar: Calendar { period, starts, time_zone },
            reason: String::new(),
        };
        let utc = chrono_tz::UTC;
        let days = proposed(PeriodKind::Day, StartOfWeek::Monday, utc);
        assert_eq!(period("day", false, &days), "day");
        assert_eq!(period("at", true, &days), "cast(at as date)");
        let weeks = proposed(PeriodKind::Week, StartOfWeek::Sunday, chrono_tz::Europe::Berlin);
        assert_eq!(
            period("at", true, &weeks),
            "cast(date_trunc('week', to_local_time(at at time zone 'Europe/Berlin') + interval '1 days') - interval '1 days' as date)"
        );
    }
}
