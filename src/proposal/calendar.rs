//! The calendar of the job: the coarsest distance between days in the company's own data, so that no source has empty
//! periods.

use chrono::{NaiveDate, Weekday};

use super::source::Source;
use crate::domain::{Calendar, Party, PeriodKind, StartOfWeek};

/// A calendar, and why it is the one.
#[derive(Debug, Clone)]
pub(super) struct Proposed {
    pub(super) calendar: Calendar,
    pub(super) reason: String,
}

/// Proposes a calendar for `sources`.
pub(super) fn calendar(sources: &[Source], time_zone: chrono_tz::Tz) -> Proposed {
    let own = |period: PeriodKind| -> Vec<&Source> {
        let of = |source: &&Source| source.time.as_ref().is_some_and(|time| time.grain == Some(period));
        let own: Vec<&Source> =
            sources.iter().filter(|source| source.party == Party::First).filter(of).collect();
        own
    };
    let [days, weeks, months] = [PeriodKind::Day, PeriodKind::Week, PeriodKind::Month].map(own);
    let (period, why) = if !weeks.is_empty() {
        (PeriodKind::Week, &weeks)
    } else if !months.is_empty() {
        (PeriodKind::Month, &months)
    } else {
        (PeriodKind::Day, &days)
    };
    let weekday = why.iter().find_map(|source| source.time.as_ref()?.weekday);
    let starts = match weekday {
        Some(Weekday::Sun) => StartOfWeek::Sunday,
        Some(Weekday::Sat) => StartOfWeek::Saturday,
        _ => StartOfWeek::Monday,
    };
    let names: Vec<&str> = why.iter().take(3).map(|source| source.name.as_str()).collect();
    let more = if why.len() > names.len() { " and others" } else { "" };
    let reason = if names.is_empty() {
        "No source shows how far apart its days lie.".to_owned()
    } else {
        format!("The days of {}{more} lie a {} apart.", names.join(", "), period.as_str())
    };
    Proposed { calendar: Calendar { period, starts, time_zone }, reason }
}

impl Proposed {
    /// The last whole period up to `last`, as `[start, end)`.
    pub(super) fn window(&self, last: NaiveDate) -> (NaiveDate, NaiveDate) {
        let end = self.calendar.floor(last.succ_opt().unwrap_or(last));
        (self.calendar.shift(end, -1), end)
    }

    /// The first day that a run of a window from `start` reads.
    pub(super) fn reads_from(&self, start: NaiveDate) -> NaiveDate {
        self.calendar.year_before(self.calendar.shift(start, -1))
    }

    /// How YAML calls the first day of the week.
    pub(super) fn starts(&self) -> &'static str {
        match self.calendar.starts {
            StartOfWeek::Monday => "monday",
            StartOfWeek::Saturday => "saturday",
            StartOfWeek::Sunday => "sunday",
        }
    }
}
