//! The SQL that computes a KPI for every period and every combination of its dimensions.
//!
//! Kept apart from running it, because two things
//! must be proved without a session: that the period in SQL is the one of
//! [`Calendar::floor`](crate::domain::Calendar::floor), and that a
//! member missing in the data is never confused with a dimension that was rolled up. The latter is
//! why dimensions are turned into text *before* grouping, with `(none)` in place of NULL: after
//! that the only NULLs in the answer are rolled-up dimensions.

use chrono::NaiveDate;

use crate::config::job::Kpi;
use crate::domain::{Calendar, PeriodKind, StartOfWeek, Window};
use crate::engine::{local_day, quote};

/// What a NULL member of a dimension reads.
pub(super) const NO_MEMBER: &str = "(none)";

/// The column that dates the rows of a KPI's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeColumn<'a> {
    /// A calendar day.
    Date(&'a str),
    /// An instant; its day is the one in the calendar's time zone. Without a zone of its own it is UTC.
    Timestamp(&'a str),
}

/// The query of one KPI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiQuery {
    /// KPI name.
    pub kpi: String,
    /// One SELECT: `kpi_period` (the period's first day), one text column per dimension (NULL where it is rolled up),
    /// `numerator`, and `denominator` if the KPI is a ratio.
    pub sql: String,
}

impl KpiQuery {
    /// Writes the query over the rows from one period and one year before `window` to its end.
    #[must_use]
    pub fn new(kpi: &Kpi, time: TimeColumn<'_>, calendar: Calendar, window: Window) -> Self {
        let day = day_expression(time, calendar);
        let first = first_day_read(calendar, window);
        let members = kpi.by.iter().map(|dimension| member_name(dimension)).collect::<Vec<_>>();

        let mut selected = vec!["kpi_period".to_owned()];
        selected.extend(members.iter().cloned());
        selected.push(format!("{} as numerator", kpi.numerator));
        selected.extend(kpi.denominator.iter().map(|denominator| format!("{denominator} as denominator")));

        let mut derived = vec!["*".to_owned()];
        derived.push(format!("{} as kpi_period", period_expression(&day, calendar)));
        derived.extend(kpi.by.iter().zip(&members).map(|(dimension, member)| {
            format!("coalesce(cast({} as varchar), '{NO_MEMBER}') as {member}", quote(dimension))
        }));

        let mut conditions =
            vec![format!("{day} >= date '{first}'"), format!("{day} < date '{}'", window.end())];
        // The line break after the filter keeps a comment at its end from swallowing the parenthesis.
        conditions.extend(kpi.filter.iter().map(|filter| format!("({filter}\n    )")));

        let sql = format!(
            "-- {name}: {value}\nselect\n    {selected}\nfrom (\n    select\n        {derived}\n    from {table}\n    \
             where {conditions}\n) as dated\ngroup by grouping sets (\n    {sets}\n)",
            name = kpi.name,
            value = kpi.value.split_whitespace().collect::<Vec<_>>().join(" "),
            selected = selected.join(",\n    "),
            derived = derived.join(",\n        "),
            table = quote(&kpi.from),
            conditions = conditions.join("\n      and "),
            sets = grouping_sets(&members).join(",\n    "),
        );
        Self { kpi: kpi.name.clone(), sql }
    }
}

/// The first day whose rows a KPI needs: the start of the period before the year before the window.
pub(super) fn first_day_read(calendar: Calendar, window: Window) -> NaiveDate {
    calendar.shift(calendar.year_before(window.start()), -1)
}

/// Asks for the type of the column that dates a table's rows; no row when the table is empty.
pub(super) fn time_type_query(table: &str, time: &str) -> String {
    format!("select arrow_typeof({}) as time_type from {} limit 1", quote(time), quote(table))
}

/// Every subset of the dimensions, always with the period, in the order of a binary counter.
fn grouping_sets(members: &[String]) -> Vec<String> {
    (0..1_usize << members.len())
        .map(|subset| {
            let chosen = members.iter().enumerate().filter(|(bit, _)| subset >> bit & 1 == 1);
            let columns = std::iter::once("kpi_period").chain(chosen.map(|(_, member)| member.as_str()));
            format!("({})", columns.collect::<Vec<_>>().join(", "))
        })
        .collect()
}

fn day_expression(time: TimeColumn<'_>, calendar: Calendar) -> String {
    match time {
        TimeColumn::Date(column) => quote(column),
        TimeColumn::Timestamp(column) => local_day(column, calendar.time_zone),
    }
}

fn period_expression(day: &str, calendar: Calendar) -> String {
    let truncated = |unit: &str| format!("cast(date_trunc('{unit}', {day}) as date)");
    match (calendar.period, calendar.starts) {
        (PeriodKind::Day, _) => day.to_owned(),
        (PeriodKind::Week, StartOfWeek::Monday) => truncated("week"),
        // `date_trunc` knows weeks from Monday only: move the first day onto a Monday and back.
        (PeriodKind::Week, StartOfWeek::Saturday) => week_moved_by(day, 2),
        (PeriodKind::Week, StartOfWeek::Sunday) => week_moved_by(day, 1),
        (PeriodKind::Month, _) => truncated("month"),
        (PeriodKind::Quarter, _) => truncated("quarter"),
        (PeriodKind::Year, _) => truncated("year"),
    }
}

fn week_moved_by(day: &str, days: u8) -> String {
    format!("cast(date_trunc('week', {day} + interval '{days} days') - interval '{days} days' as date)")
}

/// Names the column that holds a dimension's member as text.
fn member_name(dimension: &str) -> String {
    quote(&format!("cell_{dimension}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, Date32Array, RecordBatch, TimestampMicrosecondArray};
    use arrow::compute::cast;
    use arrow::datatypes::DataType;

    use super::*;
    use crate::kpis::fixtures::{bare_context, kpi};

    const PERIODS: [PeriodKind; 5] =
        [PeriodKind::Day, PeriodKind::Week, PeriodKind::Month, PeriodKind::Quarter, PeriodKind::Year];
    const STARTS: [StartOfWeek; 3] = [StartOfWeek::Monday, StartOfWeek::Saturday, StartOfWeek::Sunday];

    /// Evaluates a period expression over column `at` of one batch.
    async fn periods_in_sql(expression: &str, at: Arc<dyn Array>) -> Vec<NaiveDate> {
        let context = bare_context();
        let batch = RecordBatch::try_from_iter([("at", at)]).unwrap();
        context.register_batch("t", batch).unwrap();
        let answer = context.sql(&format!("select {expression} as p from t")).await.unwrap();
        let answer = answer.collect().await.unwrap();
        let mut found = Vec::new();
        for batch in answer {
            let days = cast(batch.column(0), &DataType::Date32).unwrap();
            let days = days.as_any().downcast_ref::<Date32Array>().unwrap();
            found.extend((0..days.len()).map(|row| days.value_as_date(row).unwrap()));
        }
        found
    }

    #[tokio::test]
    async fn the_period_in_sql_is_the_calendars_for_every_day_of_sixty_years() {
        let days: Vec<i32> = (-3_650..18_250).collect();
        for period in PERIODS {
            for starts in STARTS {
                let calendar = Calendar { period, starts, time_zone: chrono_tz::UTC };
                let expression =
                    period_expression(&day_expression(TimeColumn::Date("at"), calendar), calendar);
                let array = Date32Array::from(days.clone());
                let expected: Vec<NaiveDate> =
                    (0..array.len()).map(|row| calendar.floor(array.value_as_date(row).unwrap())).collect();
                let found = periods_in_sql(&expression, Arc::new(array)).await;
                assert!(found == expected, "{period:?} {starts:?}");
            }
        }
    }

    #[tokio::test]
    async fn instants_fall_on_the_day_of_the_calendars_time_zone() {
        let hours: Vec<i64> = (0..24 * 800).map(|hour| (15_000 * 24 + hour) * 3_600_000_000).collect();
        for zone in [chrono_tz::Europe::Berlin, chrono_tz::America::New_York, chrono_tz::Asia::Kolkata] {
            for period in [PeriodKind::Day, PeriodKind::Week, PeriodKind::Month] {
                let calendar = Calendar { period, starts: StartOfWeek::Sunday, time_zone: zone };
                let day = day_expression(TimeColumn::Timestamp("at"), calendar);
                let expression = period_expression(&day, calendar);
                let expected: Vec<NaiveDate> = hours
                    .iter()
                    .map(|micros| {
                        let instant = chrono::DateTime::from_timestamp_micros(*micros).unwrap();
                        calendar.floor(instant.with_timezone(&zone).date_naive())
                    })
                    .collect();
                let naive = TimestampMicrosecondArray::from(hours.clone());
                let utc = naive.clone().with_timezone("UTC");
                let elsewhere = naive.clone().with_timezone("Asia/Tokyo");
                for array in [naive, utc, elsewhere] {
                    let found = periods_in_sql(&expression, Arc::new(array)).await;
                    assert!(found == expected, "{zone} {period:?}");
                }
            }
        }
    }

    #[test]
    fn the_text_reads_like_a_query_that_a_person_wrote() {
        let calendar =
            Calendar { period: PeriodKind::Month, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC };
        let window =
            Window::new(&calendar, "2012-03-01".parse().unwrap(), "2012-04-01".parse().unwrap()).unwrap();
        let query = KpiQuery::new(&kpi(), TimeColumn::Date("day"), calendar, window);
        let expected = r#"-- casual_share: sum(casual) / sum(rentals)
select
    kpi_period,
    "cell_season",
    "cell_weekday",
    sum(casual) as numerator,
    sum(rentals) as denominator
from (
    select
        *,
        cast(date_trunc('month', "day") as date) as kpi_period,
        coalesce(cast("season" as varchar), '(none)') as "cell_season",
        coalesce(cast("weekday" as varchar), '(none)') as "cell_weekday"
    from "daily"
    where "day" >= date '2011-02-01'
      and "day" < date '2012-04-01'
      and (rentals > 0
    )
) as dated
group by grouping sets (
    (kpi_period),
    (kpi_period, "cell_season"),
    (kpi_period, "cell_weekday"),
    (kpi_period, "cell_season", "cell_weekday")
)"#;
        assert_eq!(query.sql, expected);
    }
}
