//! Goals of the job into rows: the shared language that BI tools join with.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::columns::Columns;
use super::{OutputTable, Scope};
use crate::config::Job;
use crate::domain::{Calendar, Language, LocalText, Window};
use crate::publish::error::PublishError;
use crate::publish::registry::{CALENDAR, DECISIONS, KPI_CATALOG, KPI_DECISIONS, KPI_LINKS, RECIPIENTS};

/// Builds `kpi_catalog`.
pub(super) fn kpi_catalog(scope: &Scope, job: &Job) -> Result<OutputTable, PublishError> {
    Columns::new(&KPI_CATALOG, scope, &job.kpis)
        .text("kpi", |kpi| &kpi.name)
        .text_or_null("label_en", |kpi| in_language(&kpi.label, Language::En))
        .text_or_null("label_de", |kpi| in_language(&kpi.label, Language::De))
        .text("unit", |kpi| &kpi.unit)
        .text("better", |kpi| kpi.better.as_str())
        .text("owner", |kpi| &kpi.owner)
        .text_or_null("part_of", |kpi| kpi.part_of.as_ref())
        .text("table_name", |kpi| &kpi.from)
        .text("derivation", |kpi| &kpi.value)
        .text("numerator", |kpi| &kpi.numerator)
        .text_or_null("denominator", |kpi| kpi.denominator.as_ref())
        .text_or_null("row_filter", |kpi| kpi.filter.as_ref())
        .text("dimensions", |kpi| kpi.by.join(", "))
        .finish()
}

/// Builds `kpi_links`.
pub(super) fn kpi_links(scope: &Scope, job: &Job) -> Result<OutputTable, PublishError> {
    let links: Vec<(&str, &str)> =
        job.kpis.iter().filter_map(|kpi| Some((kpi.name.as_str(), kpi.part_of.as_deref()?))).collect();
    Columns::new(&KPI_LINKS, scope, &links).text("kpi", |link| link.0).text("part_of", |link| link.1).finish()
}

/// Builds `kpi_decisions`.
pub(super) fn kpi_decisions(scope: &Scope, job: &Job) -> Result<OutputTable, PublishError> {
    let pairs: Vec<(&str, &str)> = job
        .kpis
        .iter()
        .flat_map(|kpi| kpi.decisions.iter().map(|decision| (kpi.name.as_str(), decision.as_str())))
        .collect();
    Columns::new(&KPI_DECISIONS, scope, &pairs)
        .text("kpi", |pair| pair.0)
        .text("decision", |pair| pair.1)
        .finish()
}

/// Builds `decisions`.
pub(super) fn decisions(scope: &Scope, job: &Job) -> Result<OutputTable, PublishError> {
    Columns::new(&DECISIONS, scope, &job.decisions)
        .text("decision", |decision| &decision.name)
        .text_or_null("question_en", |decision| in_language(&decision.question, Language::En))
        .text_or_null("question_de", |decision| in_language(&decision.question, Language::De))
        .text("owner", |decision| &decision.owner)
        .text("cadence", |decision| decision.cadence.as_str())
        .finish()
}

/// Builds `recipients`.
pub(super) fn recipients(scope: &Scope, job: &Job) -> Result<OutputTable, PublishError> {
    Columns::new(&RECIPIENTS, scope, &job.recipients)
        .text("recipient", |recipient| &recipient.name)
        .text("label", |recipient| &recipient.label)
        .text("language", |recipient| recipient.language.code())
        .finish()
}

/// Builds `calendar`: the window's periods and those in `dated`.
pub(super) fn calendar(
    scope: &Scope,
    calendar: Calendar,
    window: Window,
    mut dated: BTreeSet<NaiveDate>,
) -> Result<OutputTable, PublishError> {
    let mut period = window.start();
    while period < window.end() {
        dated.insert(period);
        period = calendar.shift(period, 1);
    }
    let periods: Vec<NaiveDate> = dated.into_iter().collect();
    Columns::new(&CALENDAR, scope, &periods)
        .day("period_start", |start| *start)
        .day("period_end", |start| calendar.shift(*start, 1))
        .text("period", |_| calendar.period.as_str())
        .whole("year", |start| i64::from(start.year()))
        .count("quarter", |start| u64::from((start.month() - 1) / 3 + 1))
        .count("month", |start| u64::from(start.month()))
        .day("previous_period_start", |start| calendar.shift(*start, -1))
        .day("previous_year_start", |start| calendar.year_before(*start))
        .finish()
}

/// The text in exactly that language: catalogs show a gap as NULL instead of another language.
pub(super) fn in_language(text: &LocalText, language: Language) -> Option<&str> {
    text.0.get(&language).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PeriodKind, StartOfWeek};

    #[test]
    fn the_calendar_holds_the_window_and_every_dated_period_once() {
        let weeks =
            Calendar { period: PeriodKind::Week, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC };
        let day = |text: &str| text.parse::<NaiveDate>().expect("date");
        let window = Window::new(&weeks, day("2012-01-02"), day("2012-01-16")).expect("window");
        let scope = Scope { job: "job".into(), as_of: window.end() };
        let dated = BTreeSet::from([day("2011-12-26"), day("2012-01-02")]);
        let table = super::calendar(&scope, weeks, window, dated).expect("columns fit");
        assert_eq!(table.batch.num_rows(), 3);
    }
}
