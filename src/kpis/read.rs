//! The answer of a KPI's query, as plain rows.
//!
//! Everything that knows Arrow in this room is here: whatever numeric type an aggregate has
//! (`bigint`, `decimal`, `double`), a value leaves as `f64`, and what is no finite number as none.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, Date32Array, Float64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use chrono::NaiveDate;

use super::result::CellMember;
use crate::config::job::Kpi;

/// A cell in a period; ordered by period, then depth, then members.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CellKey {
    /// First day of the period.
    pub(super) period_start: NaiveDate,
    /// How many dimensions are used.
    pub(super) level: usize,
    /// Members in the order of the KPI's `by`.
    pub(super) cell: Vec<CellMember>,
}

/// What a KPI is in one cell and period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figures {
    /// The value.
    pub(super) value: Option<f64>,
    /// Numerator if the KPI is a ratio.
    pub(super) numerator: Option<f64>,
    /// Denominator if the KPI is a ratio.
    pub(super) denominator: Option<f64>,
}

impl Figures {
    fn plain(value: Option<f64>) -> Self {
        Self { value, numerator: None, denominator: None }
    }

    /// A ratio has no value where its denominator is zero or missing.
    fn ratio(numerator: Option<f64>, denominator: Option<f64>) -> Self {
        let value = numerator
            .zip(denominator)
            .filter(|(_, denominator)| *denominator != 0.0)
            .map(|(numerator, denominator)| numerator / denominator)
            .filter(|value| value.is_finite());
        Self { value, numerator, denominator }
    }
}

/// Reads the answer of the KPI's query; rows without a period (their date is missing) are not in it.
///
/// # Errors
///
/// When a column of the answer has a type that is no number, text or date.
pub(super) fn figures(kpi: &Kpi, batches: &[RecordBatch]) -> Result<BTreeMap<CellKey, Figures>, ArrowError> {
    let mut found = BTreeMap::new();
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        let columns = Columns::of(kpi, batch)?;
        for row in 0..batch.num_rows() {
            let Some(period_start) = columns.period(row) else { continue };
            let cell = columns.cell(kpi, row);
            let key = CellKey { period_start, level: cell.len(), cell };
            let numerator = finite(&columns.numerator, row);
            let figures = match &columns.denominator {
                Some(denominator) => Figures::ratio(numerator, finite(denominator, row)),
                None => Figures::plain(numerator),
            };
            found.insert(key, figures);
        }
    }
    Ok(found)
}

/// The columns of one batch, in the types that they are read as.
struct Columns {
    periods: Date32Array,
    members: Vec<StringArray>,
    numerator: Float64Array,
    denominator: Option<Float64Array>,
}

impl Columns {
    fn of(kpi: &Kpi, batch: &RecordBatch) -> Result<Self, ArrowError> {
        let expected = 2 + kpi.by.len() + usize::from(kpi.denominator.is_some());
        if batch.num_columns() != expected {
            let found = batch.num_columns();
            return Err(ArrowError::SchemaError(format!("expected {expected} columns, got {found}")));
        }
        let members = (1..=kpi.by.len())
            .map(|index| Ok(cast(batch.column(index), &DataType::Utf8)?.as_string::<i32>().clone()))
            .collect::<Result<_, ArrowError>>()?;
        let number = |index: usize| -> Result<Float64Array, ArrowError> {
            let column = batch.column(index);
            // Arrow would read numbers out of texts; an aggregate that is a text is a mistake.
            if !column.data_type().is_numeric() && !column.data_type().is_null() {
                let message = format!("the value must be a number, got {}", column.data_type());
                return Err(ArrowError::CastError(message));
            }
            Ok(cast(column, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
        };
        let first = 1 + kpi.by.len();
        Ok(Self {
            periods: cast(batch.column(0), &DataType::Date32)?.as_primitive().clone(),
            members,
            numerator: number(first)?,
            denominator: kpi.denominator.as_ref().map(|_| number(first + 1)).transpose()?,
        })
    }

    fn period(&self, row: usize) -> Option<NaiveDate> {
        if self.periods.is_null(row) { None } else { self.periods.value_as_date(row) }
    }

    /// The members of the dimensions that are not rolled up in this row.
    fn cell(&self, kpi: &Kpi, row: usize) -> Vec<CellMember> {
        kpi.by
            .iter()
            .zip(&self.members)
            .filter(|(_, members)| members.is_valid(row))
            .map(|(dimension, members)| CellMember {
                dimension: dimension.clone(),
                member: members.value(row).to_owned(),
            })
            .collect()
    }
}

fn finite(column: &Float64Array, row: usize) -> Option<f64> {
    column.is_valid(row).then(|| column.value(row)).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpis::fixtures::{bare_context, kpi, months, window};
    use crate::kpis::sql::{KpiQuery, TimeColumn};

    const DAILY: &str = "create table daily as
        select cast(d as date) as day, season, weekday, casual, rentals from (values
            ('2012-03-05', 'spring', 1, 10, 100), ('2012-03-06', 'spring', 2, 30, 100),
            ('2012-03-07', 'winter', 1, 0, 300), ('2012-03-08', null, 2, 5, 50),
            ('2012-03-09', '(none)', 2, 5, 50), ('2012-02-05', 'winter', 1, 7, 70),
            ('2012-03-10', 'dark', 6, 9, 0), ('2010-01-01', 'winter', 1, 1, 1)
        ) as v (d, season, weekday, casual, rentals)";

    async fn answered(kpi: &Kpi) -> Vec<(String, Figures)> {
        let context = bare_context();
        context.sql(DAILY).await.unwrap().collect().await.unwrap();
        let window = window("2012-03-01", "2012-04-01");
        let sql = KpiQuery::new(kpi, TimeColumn::Date("day"), months(), window).sql;
        let batches = context.sql(&sql).await.unwrap().collect().await.unwrap();
        figures(kpi, &batches)
            .unwrap()
            .into_iter()
            .map(|(key, figures)| {
                let members: Vec<_> =
                    key.cell.iter().map(|m| format!("{}={}", m.dimension, m.member)).collect();
                (format!("{} {}", key.period_start.format("%m"), members.join(" ")), figures)
            })
            .collect()
    }

    #[tokio::test]
    async fn a_ratio_is_a_ratio_of_sums_on_every_level() {
        let found = answered(&kpi()).await;
        let share = |name: &str| found.iter().find(|(key, _)| key == name).and_then(|(_, f)| f.value);
        assert_eq!(share("03 "), Some(50.0 / 600.0));
        assert_eq!(share("03 season=spring"), Some(40.0 / 200.0));
        assert_eq!(share("03 weekday=1"), Some(10.0 / 400.0));
        assert_eq!(share("03 season=spring weekday=2"), Some(0.3));
        assert_eq!(share("02 "), Some(0.1));
        assert!(!found.iter().any(|(key, _)| key.starts_with("01")), "rows before what is read");
    }

    #[tokio::test]
    async fn a_missing_member_is_a_cell_of_its_own_and_not_the_total() {
        let found = answered(&kpi()).await;
        let none: Vec<_> = found.iter().filter(|(key, _)| key.starts_with("03 season=(none)")).collect();
        // The row without a season and the row that says `(none)` make one cell, not two with one key.
        assert_eq!(none.len(), 2);
        assert!(none.iter().all(|(_, figures)| figures.denominator == Some(100.0)));
    }

    #[tokio::test]
    async fn a_ratio_without_denominator_has_no_value_but_keeps_its_parts() {
        let found = answered(&Kpi { filter: None, ..kpi() }).await;
        let (_, dark) = found.iter().find(|(key, _)| key == "03 season=dark").unwrap();
        assert_eq!(*dark, Figures { value: None, numerator: Some(9.0), denominator: Some(0.0) });
    }

    #[tokio::test]
    async fn a_plain_value_has_no_parts_and_needs_no_dimension() {
        for (sql, expected) in
            [("count(*)", 6.0), ("avg(rentals)", 100.0), ("sum(cast(casual as decimal(9,2)))", 59.0)]
        {
            let plain =
                Kpi { numerator: sql.to_owned(), denominator: None, filter: None, by: Vec::new(), ..kpi() };
            let found = answered(&plain).await;
            let (_, march) = found.iter().find(|(key, _)| key == "03 ").unwrap();
            assert_eq!(*march, Figures { value: Some(expected), numerator: None, denominator: None });
        }
    }

    #[tokio::test]
    async fn a_value_that_is_a_text_is_refused() {
        let context = bare_context();
        context.sql(DAILY).await.unwrap().collect().await.unwrap();
        let plain = Kpi { numerator: "max(season)".to_owned(), denominator: None, ..kpi() };
        let window = window("2012-03-01", "2012-04-01");
        let sql = KpiQuery::new(&plain, TimeColumn::Date("day"), months(), window).sql;
        let batches = context.sql(&sql).await.unwrap().collect().await.unwrap();
        let message = figures(&plain, &batches).unwrap_err().to_string();
        assert!(message.contains("must be a number"), "{message}");
    }
}
