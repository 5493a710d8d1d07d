//! The calendar and the job's own window.

use super::checker::Checker;
use crate::config::job::JobWindow;
use crate::config::section::{CalendarSpec, WindowSpec};
use crate::config::yaml::Optional;
use crate::domain::{Calendar, Window, WindowError};

/// The calendar.
pub(super) fn calendar(spec: &CalendarSpec) -> Option<Calendar> {
    let (period, zone) = (spec.period.get(), spec.time_zone.get());
    Some(Calendar { period: period?.value, starts: spec.starts, time_zone: zone?.value.0 })
}

/// The window, which lies on the calendar if that is known.
pub(super) fn window(
    checker: &mut Checker<'_>,
    spec: Option<&WindowSpec>,
    calendar: Option<&Calendar>,
) -> Option<JobWindow> {
    let Some(spec) = spec else { return Some(JobWindow::default()) };
    let history = spec.history.as_ref().map(|history| history.value.0);
    let (start, end) = match (&spec.start, &spec.end) {
        (Optional::Absent, Optional::Absent) => return Some(JobWindow { history, start: None, end: None }),
        (Optional::Given(start), Optional::Given(end)) => (start, end),
        (Optional::Faulty, _) | (_, Optional::Faulty) => return None,
        (Optional::Given(given), Optional::Absent) | (Optional::Absent, Optional::Given(given)) => {
            let missing = if spec.start.is_absent() { "start" } else { "end" };
            let message = format!("a window has a start and an end, but `{missing}` is not given");
            checker.error("invalid_window", given.position, message, "give both, or neither");
            return None;
        }
    };
    if let Err(error) = Window::new(calendar?, start.value.0, end.value.0) {
        let position = match error {
            WindowError::OffCalendar { bound: "start", .. } => start.position,
            WindowError::Empty(_) | WindowError::Reversed { .. } | WindowError::OffCalendar { .. } => {
                end.position
            }
        };
        let help = match error {
            WindowError::Empty(_) | WindowError::Reversed { .. } => {
                "`end` is the first day after the window: at least one period after `start`"
            }
            WindowError::OffCalendar { .. } => "use one of them; `end` is the first day after the window",
        };
        checker.error("invalid_window", position, error.to_string(), help);
        return None;
    }
    Some(JobWindow { history, start: Some(start.value.0), end: Some(end.value.0) })
}
