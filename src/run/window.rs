//! The window of a run, from what the command line and the job say.
//!
//! Schedulers hand over instants, jobs think in calendar days. What people get wrong: a scheduler
//! that passes the same instant as start and end. Reading nothing in silence would be worse than
//! refusing, so that is an error with the way out.

use chrono::{DateTime, NaiveDate, NaiveTime};

use crate::config::Job;
use crate::domain::{Calendar, Window, WindowError};

/// What the command line says about the window, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WindowRequest {
    /// First day, or instant.
    pub start: Option<String>,
    /// First day after the window, or instant.
    pub end: Option<String>,
    /// A day: the window is the last whole period before it.
    pub as_of: Option<String>,
}

/// Why there is no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowRequestError {
    /// Neither the command line nor the job gives one.
    #[error("no window given")]
    Missing,
    /// `--start` without `--end` or the other way round.
    #[error("`{given}` is given without `{missing}`")]
    Half {
        /// The flag that is there.
        given: &'static str,
        /// The flag that is not.
        missing: &'static str,
    },
    /// `--as-of` together with bounds.
    #[error("`--as-of` cannot be combined with `--start` and `--end`")]
    Both,
    /// No date and no instant.
    #[error("`{flag}` is `{value}`, which is neither a date nor an RFC 3339 instant")]
    Unreadable {
        /// The flag.
        flag: &'static str,
        /// What was typed.
        value: String,
    },
    /// An instant inside a day.
    #[error("`{flag}` is `{value}`, which is no midnight, neither as written nor in {zone}")]
    NotMidnight {
        /// The flag.
        flag: &'static str,
        /// What was typed.
        value: String,
        /// The calendar's zone.
        zone: String,
    },
    /// The bounds are no window of the calendar.
    #[error(transparent)]
    Window(#[from] WindowError),
}

impl WindowRequestError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Missing => {
                "give `--start` and `--end`, or `--as-of` alone, or state `window: { start, end }` in the job"
                    .to_owned()
            }
            Self::Half { missing, .. } => format!("give `{missing}` too, or `--as-of` alone"),
            Self::Both => "give either `--as-of` or both `--start` and `--end`".to_owned(),
            Self::Unreadable { .. } => "write 2024-01-29 or 2024-01-29T00:00:00+01:00".to_owned(),
            Self::NotMidnight { .. } => "windows begin and end at midnight; write the date alone".to_owned(),
            Self::Window(WindowError::Empty(_)) => {
                "a scheduler without a data interval passes the same instant twice: in Airflow 3 use \
                 `CronDataIntervalTimetable`, or pass `--as-of \"{{ logical_date }}\"` alone"
                    .to_owned()
            }
            Self::Window(WindowError::Reversed { .. }) => "swap the two".to_owned(),
            Self::Window(WindowError::OffCalendar { before, after, .. }) => {
                format!("use {before} or {after}, or pass `--as-of` alone for the last whole period")
            }
        }
    }
}

/// Works out the window: flags first, then the job's own.
///
/// # Errors
///
/// When neither gives a window, when they are half given, or when the bounds are no period starts.
pub(super) fn resolve(request: &WindowRequest, job: &Job) -> Result<Window, WindowRequestError> {
    let calendar = job.calendar;
    match (&request.start, &request.end, &request.as_of) {
        (None, None, Some(as_of)) => {
            let end = calendar.floor(day("--as-of", as_of, calendar, false)?);
            Ok(Window::new(&calendar, calendar.shift(end, -1), end)?)
        }
        (Some(start), Some(end), None) => {
            let start = day("--start", start, calendar, true)?;
            let end = day("--end", end, calendar, true)?;
            Ok(Window::new(&calendar, start, end)?)
        }
        (Some(_), None, None) => Err(WindowRequestError::Half { given: "--start", missing: "--end" }),
        (None, Some(_), None) => Err(WindowRequestError::Half { given: "--end", missing: "--start" }),
        (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => Err(WindowRequestError::Both),
        (None, None, None) => match (job.window.start, job.window.end) {
            (Some(start), Some(end)) => Ok(Window::new(&calendar, start, end)?),
            _ => Err(WindowRequestError::Missing),
        },
    }
}

/// Reads a date or an instant as a calendar day.
fn day(
    flag: &'static str,
    value: &str,
    calendar: Calendar,
    midnight_only: bool,
) -> Result<NaiveDate, WindowRequestError> {
    if let Ok(date) = value.parse::<NaiveDate>() {
        return Ok(date);
    }
    let instant = DateTime::parse_from_rfc3339(value)
        .map_err(|_| WindowRequestError::Unreadable { flag, value: value.to_owned() })?;
    let local = instant.with_timezone(&calendar.time_zone);
    if !midnight_only || local.time() == NaiveTime::MIN {
        return Ok(local.date_naive());
    }
    // Schedulers cut days in their own zone: midnight as written means that calendar day.
    if instant.time() == NaiveTime::MIN {
        return Ok(instant.date_naive());
    }
    let zone = calendar.time_zone.name().to_owned();
    Err(WindowRequestError::NotMidnight { flag, value: value.to_owned(), zone })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PeriodKind, StartOfWeek};

    fn berlin() -> Calendar {
        Calendar {
            period: PeriodKind::Week,
            starts: StartOfWeek::Monday,
            time_zone: chrono_tz::Europe::Berlin,
        }
    }

    #[test]
    fn an_instant_at_local_midnight_is_that_day() {
        let parsed = day("--start", "2024-01-28T23:00:00Z", berlin(), true);
        assert_eq!(parsed.map(|date| date.to_string()), Ok("2024-01-29".to_owned()));
    }

    #[test]
    fn an_instant_at_midnight_as_written_is_that_day() {
        let parsed = day("--start", "2024-01-29T00:00:00+00:00", berlin(), true);
        assert_eq!(parsed.map(|date| date.to_string()), Ok("2024-01-29".to_owned()));
    }

    #[test]
    fn an_instant_inside_a_day_is_no_bound() {
        let parsed = day("--end", "2024-01-29T15:30:00Z", berlin(), true);
        assert!(matches!(parsed, Err(WindowRequestError::NotMidnight { flag: "--end", .. })));
        assert!(day("--as-of", "2024-01-29T15:30:00Z", berlin(), false).is_ok());
    }

    #[test]
    fn nonsense_is_unreadable() {
        assert!(matches!(
            day("--end", "yesterday", berlin(), true),
            Err(WindowRequestError::Unreadable { .. })
        ));
    }
}
