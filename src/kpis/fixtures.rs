//! What the tests of this room share: a session without the engine, a KPI, a calendar.

use datafusion::prelude::SessionContext;

use crate::config::job::Kpi;
use crate::domain::{Better, Calendar, LocalText, PeriodKind, StartOfWeek, Window};

/// A session without the engine around it: only SQL semantics matter to these tests.
#[allow(clippy::disallowed_methods, reason = "tests of SQL text run without the engine")]
pub(super) fn bare_context() -> SessionContext {
    SessionContext::new()
}

/// A ratio with two dimensions and a filter.
pub(super) fn kpi() -> Kpi {
    Kpi {
        name: "casual_share".to_owned(),
        label: LocalText::same("Casual share"),
        from: "daily".to_owned(),
        numerator: "sum(casual)".to_owned(),
        denominator: Some("sum(rentals)".to_owned()),
        value: "sum(casual) / sum(rentals)".to_owned(),
        filter: Some("rentals > 0".to_owned()),
        unit: "share".to_owned(),
        better: Better::Higher,
        owner: "head_of_marketing".to_owned(),
        part_of: None,
        by: vec!["season".to_owned(), "weekday".to_owned()],
        decisions: vec!["casual_campaign".to_owned()],
    }
}

/// Months in UTC.
pub(super) fn months() -> Calendar {
    Calendar { period: PeriodKind::Month, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC }
}

/// The window from the first of one month to the first of another.
pub(super) fn window(start: &str, end: &str) -> Window {
    Window::new(&months(), start.parse().unwrap(), end.parse().unwrap()).unwrap()
}
