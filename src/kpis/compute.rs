//! All KPIs of a job: asks their queries one after the other and puts the answers in order.
//!
//! The session is passed in as a function from SQL to rows, so that this room depends on what a
//! query gives and not on how it is run.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::compare::with_earlier_periods;
use super::read::figures;
use super::result::KpiValue;
use super::sql::{KpiQuery, TimeColumn, time_type_query};
use crate::config::job::{Job, Kpi};
use crate::domain::Window;

/// Why a KPI has no values.
#[derive(Debug, thiserror::Error)]
pub enum KpiError<E: std::error::Error + 'static> {
    /// The query did not run.
    #[error("KPI `{kpi}` cannot be computed from `{table}`: {source}")]
    Query {
        /// KPI name.
        kpi: String,
        /// Its table.
        table: String,
        /// The engine's error.
        source: E,
    },
    /// The query's answer is no number.
    #[error("the value of KPI `{kpi}` cannot be read: {source}")]
    Answer {
        /// KPI name.
        kpi: String,
        /// What is wrong with it.
        source: ArrowError,
    },
    /// The table's time column is neither a day nor an instant.
    #[error(
        "KPI `{kpi}`: column `{column}` of `{table}` must be a date or a timestamp, got {found}; cast it in SQL"
    )]
    TimeType {
        /// KPI name.
        kpi: String,
        /// Its table.
        table: String,
        /// The table's time column.
        column: String,
        /// The type found.
        found: String,
    },
    /// The table has no time column.
    #[error("KPI `{kpi}`: table `{table}` has no `time` column; name the column that dates its rows")]
    NoTime {
        /// KPI name.
        kpi: String,
        /// Its table.
        table: String,
    },
}

/// Computes every KPI of `job` for the periods in `window`.
///
/// One value per KPI, period and combination of members that has rows, ordered by KPI name, period,
/// level and cell. `query` runs the SQL that it is given for the KPI that it is given.
///
/// # Errors
///
/// The first KPI, in the order of the job, that cannot be computed.
pub async fn compute<F, Fut, E>(query: F, job: &Job, window: Window) -> Result<Vec<KpiValue>, KpiError<E>>
where
    F: Fn(&Kpi, String) -> Fut,
    Fut: Future<Output = Result<Vec<RecordBatch>, E>>,
    E: std::error::Error + 'static,
{
    let mut values = Vec::new();
    for kpi in &job.kpis {
        let failed = |source| KpiError::Query { kpi: kpi.name.clone(), table: kpi.from.clone(), source };
        let unreadable = |source| KpiError::Answer { kpi: kpi.name.clone(), source };
        let column = time_column(job, kpi)?;
        let types = query(kpi, time_type_query(&kpi.from, column)).await.map_err(failed)?;
        let Some(time_type) = first_text(&types).map_err(unreadable)? else { continue };
        let time = typed(kpi, column, &time_type)?;
        let sql = KpiQuery::new(kpi, time, job.calendar, window).sql;
        let answer = query(kpi, sql).await.map_err(failed)?;
        let figures = figures(kpi, &answer).map_err(unreadable)?;
        values.extend(with_earlier_periods(&kpi.name, &figures, job.calendar, window));
    }
    // Within a KPI the order is that of its cells already; a stable sort keeps it.
    values.sort_by(|a, b| a.kpi.cmp(&b.kpi));
    Ok(values)
}

/// The column that dates the rows of the KPI's table, which is a SQL table or a source.
fn time_column<'a, E: std::error::Error>(job: &'a Job, kpi: &Kpi) -> Result<&'a str, KpiError<E>> {
    let of_table = job.table(&kpi.from).and_then(|table| table.time.as_deref());
    let of_source = || job.source(&kpi.from).and_then(|source| source.time.as_deref());
    of_table
        .or_else(of_source)
        .ok_or_else(|| KpiError::NoTime { kpi: kpi.name.clone(), table: kpi.from.clone() })
}

fn typed<'a, E: std::error::Error>(
    kpi: &Kpi,
    column: &'a str,
    time_type: &str,
) -> Result<TimeColumn<'a>, KpiError<E>> {
    if time_type.starts_with("Date") {
        Ok(TimeColumn::Date(column))
    } else if time_type.starts_with("Timestamp") {
        Ok(TimeColumn::Timestamp(column))
    } else {
        Err(KpiError::TimeType {
            kpi: kpi.name.clone(),
            table: kpi.from.clone(),
            column: column.to_owned(),
            found: time_type.to_owned(),
        })
    }
}

/// The text in the first row and column; none when there is no row.
fn first_text(batches: &[RecordBatch]) -> Result<Option<String>, ArrowError> {
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(None) };
    let column = cast(batch.column(0), &DataType::Utf8)?;
    Ok(column.as_string::<i32>().iter().next().flatten().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use datafusion::error::DataFusionError;

    use super::*;
    use crate::config::job::{JobWindow, Location, Positions, SqlTable, Store, TableFormat};
    use crate::domain::{Language, LocalText};
    use crate::kpis::fixtures::{bare_context, kpi, months, window};

    fn job(kpis: Vec<Kpi>) -> Job {
        let table = SqlTable {
            name: "daily".to_owned(),
            file: "daily.sql".to_owned(),
            sql: String::new(),
            key: vec!["day".to_owned()],
            time: Some("day".to_owned()),
            store: Store::View,
            restate: None,
            checks: Vec::new(),
        };
        Job {
            name: "bikes".to_owned(),
            title: LocalText::same("Bikes"),
            owner: None,
            currency: "EUR".to_owned(),
            languages: vec![Language::En],
            calendar: months(),
            window: JobWindow::default(),
            sources: Vec::new(),
            vars: Vec::new(),
            tables: vec![table],

            tests: Vec::new(),
            recipients: Vec::new(),
            decisions: Vec::new(),
            kpis,
            models: Vec::new(),
            steering: None,
            publish: Location { storage: "marts".to_owned(), path: "bikes/".to_owned() },
            format: TableFormat::default(),
            file: PathBuf::from("bikes.yaml"),
            positions: Positions::default(),
        }
    }

    async fn computed(kpis: Vec<Kpi>, table: &str) -> Result<Vec<KpiValue>, KpiError<DataFusionError>> {
        let context = bare_context();
        context.sql(table).await.unwrap().collect().await.unwrap();
        let query = |_: &Kpi, sql: String| {
            let context = context.clone();
            async move { context.sql(&sql).await?.collect().await }
        };
        compute(query, &job(kpis), window("2012-02-01", "2012-04-01")).await
    }

    const ROWS: &str = "create table daily as select cast(d as timestamp) as day, 'x' as season, 1 as weekday, casual, rentals
        from (values ('2012-01-31T10:00:00', 1, 10), ('2012-02-01T10:00:00', 2, 10), ('2012-03-01T10:00:00', 3, 10),
                     ('2011-03-31T10:00:00', 4, 10)) as v (d, casual, rentals)";

    #[tokio::test]
    async fn values_come_in_the_order_of_their_key() {
        let other = Kpi { name: "all_rentals".to_owned(), by: Vec::new(), ..kpi() };
        let values = computed(vec![kpi(), other], ROWS).await.unwrap();
        let keys: Vec<_> =
            values.iter().map(|v| (v.kpi.clone(), v.period_start, v.cell.len(), v.cell.clone())).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(keys, sorted);
        assert_eq!(keys.len(), 2 + 2 * 4);
        let march = values.iter().find(|v| v.period_start.to_string() == "2012-03-01").unwrap();
        assert_eq!(
            (march.value, march.previous_period, march.previous_year),
            (Some(0.3), Some(0.2), Some(0.4))
        );
    }

    #[tokio::test]
    async fn a_failing_query_names_the_kpi() {
        let wrong = Kpi { numerator: "sum(no_such_column)".to_owned(), ..kpi() };
        let message = computed(vec![wrong], ROWS).await.unwrap_err().to_string();
        assert!(message.contains("`casual_share`") && message.contains("no_such_column"), "{message}");
    }

    #[tokio::test]
    async fn a_time_column_must_be_a_time() {
        let rows = "create table daily as select 'monday' as day, 1 as casual, 1 as rentals";
        let message = computed(vec![kpi()], rows).await.unwrap_err().to_string();
        assert!(message.contains("must be a date or a timestamp"), "{message}");
    }

    #[tokio::test]
    async fn an_empty_table_has_no_values() {
        let rows = "create table daily as select cast('2012-02-01' as date) as day where false";
        assert_eq!(computed(vec![kpi()], rows).await.unwrap(), Vec::new());
    }
}
