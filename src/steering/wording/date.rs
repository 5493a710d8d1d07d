//! Days and periods as people write them.

use chrono::{Datelike, NaiveDate};

use crate::domain::{Language, PeriodKind, Span, SpanUnit};

use super::number::NO_BREAK_SPACE;

const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Writes a day: `24 December 2012`, `24. Dezember 2012`.
#[must_use]
pub fn day(date: NaiveDate, language: Language) -> String {
    let (day, year) = (date.day(), date.year());
    match language {
        Language::De => format!("{day}.{NO_BREAK_SPACE}{} {year}", month_name(date, language)),
        Language::En => format!("{day}{NO_BREAK_SPACE}{} {year}", month_name(date, language)),
    }
}

/// Names the period of length `kind` that starts on `start`.
#[must_use]
pub fn period(start: NaiveDate, kind: PeriodKind, language: Language) -> String {
    let year = start.year();
    let quarter = start.month0() / 3 + 1;
    match (kind, language) {
        (PeriodKind::Day, _) => day(start, language),
        (PeriodKind::Week, Language::De) => format!("Woche ab {}", day(start, language)),
        (PeriodKind::Week, Language::En) => format!("week from {}", day(start, language)),
        (PeriodKind::Month, _) => format!("{} {year}", month_name(start, language)),
        (PeriodKind::Quarter, Language::De) => format!("{quarter}.{NO_BREAK_SPACE}Quartal {year}"),
        (PeriodKind::Quarter, Language::En) => format!("Q{quarter} {year}"),
        (PeriodKind::Year, _) => year.to_string(),
    }
}

/// Writes a number of periods: `1 week`, `52 weeks`, `1 Woche`, `52 Wochen`.
#[must_use]
pub fn periods(count: u64, kind: PeriodKind, language: Language) -> String {
    let (one, many) = match (kind, language) {
        (PeriodKind::Day, Language::De) => ("Tag", "Tage"),
        (PeriodKind::Week, Language::De) => ("Woche", "Wochen"),
        (PeriodKind::Month, Language::De) => ("Monat", "Monate"),
        (PeriodKind::Quarter, Language::De) => ("Quartal", "Quartale"),
        (PeriodKind::Year, Language::De) => ("Jahr", "Jahre"),
        (PeriodKind::Day, Language::En) => ("day", "days"),
        (PeriodKind::Week, Language::En) => ("week", "weeks"),
        (PeriodKind::Month, Language::En) => ("month", "months"),
        (PeriodKind::Quarter, Language::En) => ("quarter", "quarters"),
        (PeriodKind::Year, Language::En) => ("year", "years"),
    };
    let word = if count == 1 { one } else { many };
    format!("{}{NO_BREAK_SPACE}{word}", super::number::count(count, language))
}

/// Writes a length of time: `45 days`, `3 Monate`.
#[must_use]
pub fn span(span: Span, language: Language) -> String {
    let kind = match span.unit {
        SpanUnit::Day => PeriodKind::Day,
        SpanUnit::Week => PeriodKind::Week,
        SpanUnit::Month => PeriodKind::Month,
        SpanUnit::Quarter => PeriodKind::Quarter,
        SpanUnit::Year => PeriodKind::Year,
    };
    periods(u64::from(span.count), kind, language)
}

fn month_name(date: NaiveDate, language: Language) -> &'static str {
    let months = match language {
        Language::De => &MONTHS_DE,
        Language::En => &MONTHS_EN,
    };
    usize::try_from(date.month0()).ok().and_then(|index| months.get(index)).copied().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_named_by_their_length() {
        let start = NaiveDate::from_ymd_opt(2012, 10, 1).expect("a date");
        let named = |kind, language| period(start, kind, language).replace(NO_BREAK_SPACE, " ");
        assert_eq!(named(PeriodKind::Day, Language::En), "1 October 2012");
        assert_eq!(named(PeriodKind::Week, Language::De), "Woche ab 1. Oktober 2012");
        assert_eq!(named(PeriodKind::Month, Language::De), "Oktober 2012");
        assert_eq!(named(PeriodKind::Quarter, Language::En), "Q4 2012");
        assert_eq!(named(PeriodKind::Quarter, Language::De), "4. Quartal 2012");
        assert_eq!(named(PeriodKind::Year, Language::De), "2012");
        assert_eq!(periods(1, PeriodKind::Month, Language::De).replace(NO_BREAK_SPACE, " "), "1 Monat");
        assert_eq!(periods(1200, PeriodKind::Day, Language::En).replace(NO_BREAK_SPACE, " "), "1,200 days");
        let maturity = Span { count: 45, unit: SpanUnit::Day };
        assert_eq!(span(maturity, Language::De).replace(NO_BREAK_SPACE, " "), "45 Tage");
    }
}
