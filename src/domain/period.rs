//! Calendars, their periods, and the half-open windows that runs work on.
//!
//! People get two things wrong here: a window's end is *not* part of it, and both ends must lie on
//! period boundaries. [`Window::new`] is the only way to make one, so no later stage checks again.

use chrono::{Datelike, Days, LocalResult, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    /// A calendar day.
    Day,
    /// Seven days from the calendar's first day of the week.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months from January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

impl PeriodKind {
    /// The word used in YAML and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// How many periods make a year, rounded: the season of period-level series.
    #[must_use]
    pub fn per_year(self) -> u32 {
        match self {
            Self::Day => 365,
            Self::Week => 52,
            Self::Month => 12,
            Self::Quarter => 4,
            Self::Year => 1,
        }
    }
}

/// The day on which weeks start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartOfWeek {
    /// Weeks run Monday to Sunday, as in ISO 8601.
    #[default]
    Monday,
    /// Weeks run Saturday to Friday.
    Saturday,
    /// Weeks run Sunday to Saturday.
    Sunday,
}

/// A calendar: how time is cut into periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// Length of a period.
    pub period: PeriodKind,
    /// First day of a week; only looked at when `period` is a week.
    pub starts: StartOfWeek,
    /// Zone in which a timestamp is turned into a day.
    pub time_zone: chrono_tz::Tz,
}

impl Calendar {
    /// The start of the period that holds `date`.
    #[must_use]
    pub fn floor(&self, date: NaiveDate) -> NaiveDate {
        match self.period {
            PeriodKind::Day => date,
            PeriodKind::Week => {
                let first = match self.starts {
                    StartOfWeek::Monday => Weekday::Mon,
                    StartOfWeek::Saturday => Weekday::Sat,
                    StartOfWeek::Sunday => Weekday::Sun,
                };
                let past = date.weekday().days_since(first);
                date.checked_sub_days(Days::new(u64::from(past))).unwrap_or(NaiveDate::MIN)
            }
            PeriodKind::Month => first_of_month(date, date.month()),
            PeriodKind::Quarter => first_of_month(date, (date.month() - 1) / 3 * 3 + 1),
            PeriodKind::Year => first_of_month(date, 1),
        }
    }

    /// The start of the period `count` periods after the one that holds `date`; `count` may be negative.
    #[must_use]
    pub fn shift(&self, date: NaiveDate, count: i32) -> NaiveDate {
        let start = self.floor(date);
        let days = |each: u64| {
            let days = Days::new(each * u64::from(count.unsigned_abs()));
            if count < 0 { start.checked_sub_days(days) } else { start.checked_add_days(days) }
        };
        let months = |each: u32| {
            let months = Months::new(each * count.unsigned_abs());
            if count < 0 { start.checked_sub_months(months) } else { start.checked_add_months(months) }
        };
        let shifted = match self.period {
            PeriodKind::Day => days(1),
            PeriodKind::Week => days(7),
            PeriodKind::Month => months(1),
            PeriodKind::Quarter => months(3),
            PeriodKind::Year => months(12),
        };
        shifted.unwrap_or(if count < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
    }

    /// The start of the period one year before the one that starts at `start`.
    ///
    /// Weeks go back 52 weeks, so that a week is compared with the same week day for day.
    #[must_use]
    pub fn year_before(&self, start: NaiveDate) -> NaiveDate {
        match self.period {
            PeriodKind::Week => self.shift(start, -52),
            PeriodKind::Day | PeriodKind::Month | PeriodKind::Quarter | PeriodKind::Year => {
                start.checked_sub_months(Months::new(12)).unwrap_or(NaiveDate::MIN)
            }
        }
    }

    /// True when `date` starts a period.
    #[must_use]
    pub fn is_boundary(&self, date: NaiveDate) -> bool {
        self.floor(date) == date
    }
}

fn first_of_month(date: NaiveDate, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(date.year(), month, 1).unwrap_or(date)
}

/// The first instant of `date` in `zone`. Where clocks skip midnight, it is when they go on.
#[must_use]
pub fn first_instant(date: NaiveDate, zone: chrono_tz::Tz) -> chrono::DateTime<chrono::Utc> {
    let mut local = date.and_time(NaiveTime::MIN);
    for _ in 0..48 {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => {
                return instant.with_timezone(&chrono::Utc);
            }
            LocalResult::None => local += TimeDelta::minutes(30),
        }
    }
    chrono::Utc.from_utc_datetime(&local)
}

/// A half-open range of periods, `[start, end)`, whose ends lie on period boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    start: NaiveDate,
    end: NaiveDate,
}

/// Why two dates are no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Both bounds are the same day.
    #[error("the window is empty: start and end are both {0}")]
    Empty(NaiveDate),
    /// The end comes before the start.
    #[error("the window ends ({end}) before it starts ({start})")]
    Reversed {
        /// Given start.
        start: NaiveDate,
        /// Given end.
        end: NaiveDate,
    },
    /// A bound lies inside a period.
    #[error("`{bound}` {date} is not the start of a {period}; the nearest are {before} and {after}")]
    OffCalendar {
        /// `start` or `end`.
        bound: &'static str,
        /// The given date.
        date: NaiveDate,
        /// The calendar's period.
        period: &'static str,
        /// The boundary at or before the date.
        before: NaiveDate,
        /// The next boundary.
        after: NaiveDate,
    },
}

impl Window {
    /// Builds the window `[start, end)`.
    ///
    /// # Errors
    ///
    /// Refuses empty and reversed windows, and bounds that are no period starts of `calendar`.
    pub fn new(calendar: &Calendar, start: NaiveDate, end: NaiveDate) -> Result<Self, WindowError> {
        if start == end {
            return Err(WindowError::Empty(start));
        }
        if start > end {
            return Err(WindowError::Reversed { start, end });
        }
        for (bound, date) in [("start", start), ("end", end)] {
            if !calendar.is_boundary(date) {
                let (period, before, after) =
                    (calendar.period.as_str(), calendar.floor(date), calendar.shift(date, 1));
                return Err(WindowError::OffCalendar { bound, date, period, before, after });
            }
        }
        Ok(Self { start, end })
    }

    /// First day of the window.
    #[must_use]
    pub fn start(&self) -> NaiveDate {
        self.start
    }

    /// First day after the window; the `as_of` of everything computed for it.
    #[must_use]
    pub fn end(&self) -> NaiveDate {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(period: PeriodKind) -> Calendar {
        Calendar { period, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or(NaiveDate::MIN)
    }

    #[test]
    fn days_begin_where_the_calendar_says() {
        let at = |date, zone| first_instant(day(date), zone).to_rfc3339();
        assert_eq!(at("2012-07-01", chrono_tz::UTC), "2012-07-01T00:00:00+00:00");
        assert_eq!(at("2012-07-01", chrono_tz::Europe::Berlin), "2012-06-30T22:00:00+00:00");
        assert_eq!(at("2012-01-01", chrono_tz::America::New_York), "2012-01-01T05:00:00+00:00");
        // Clocks in São Paulo went from 23:59:59 to 01:00 that night.
        assert_eq!(at("2018-11-04", chrono_tz::America::Sao_Paulo), "2018-11-04T03:00:00+00:00");
    }

    #[test]
    fn floor_finds_the_start_of_each_period() {
        let date = day("2012-08-16");
        for (period, expected) in [
            (PeriodKind::Day, "2012-08-16"),
            (PeriodKind::Week, "2012-08-13"),
            (PeriodKind::Month, "2012-08-01"),
            (PeriodKind::Quarter, "2012-07-01"),
            (PeriodKind::Year, "2012-01-01"),
        ] {
            assert_eq!(calendar(period).floor(date), day(expected));
        }
    }

    #[test]
    fn shifting_there_and_back_returns_to_the_same_period() {
        for period in
            [PeriodKind::Day, PeriodKind::Week, PeriodKind::Month, PeriodKind::Quarter, PeriodKind::Year]
        {
            let calendar = calendar(period);
            let start = calendar.floor(day("2012-08-16"));
            for count in [-30, -1, 0, 1, 30] {
                let there = calendar.shift(start, count);
                assert!(calendar.is_boundary(there));
                assert_eq!(calendar.shift(there, -count), start);
            }
        }
    }

    #[test]
    fn a_window_must_lie_on_period_boundaries() {
        let weekly = calendar(PeriodKind::Week);
        assert!(Window::new(&weekly, day("2012-08-13"), day("2012-08-20")).is_ok());
        assert!(matches!(
            Window::new(&weekly, day("2012-08-13"), day("2012-08-21")),
            Err(WindowError::OffCalendar { bound: "end", .. })
        ));
        assert!(matches!(
            Window::new(&weekly, day("2012-08-13"), day("2012-08-13")),
            Err(WindowError::Empty(_))
        ));
        assert!(matches!(
            Window::new(&weekly, day("2012-08-20"), day("2012-08-13")),
            Err(WindowError::Reversed { .. })
        ));
    }
}
