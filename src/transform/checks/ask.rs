//! Asks the questions of checks, and says what the answers mean.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::NaiveDate;

use super::question::{Question, SAMPLE, key_question, question};
use super::row_count_change::{Verdict, judge};
use crate::config::Job;
use crate::config::job::SqlTable;
use crate::domain::{Severity, Status};
use crate::engine::{EngineError, EngineErrorKind, Form, Session, SqlOrigin};
use crate::run::result::CheckResult;

/// What a check is asked with.
#[derive(Clone, Copy)]
pub(in crate::transform) struct Asked<'a> {
    pub(in crate::transform) job: &'a Job,
    pub(in crate::transform) table: &'a SqlTable,
    /// Columns of the table.
    pub(in crate::transform) schema: &'a Schema,
    /// The first day of the window, and the first after it.
    pub(in crate::transform) window: (NaiveDate, NaiveDate),
    /// Folder for the offending rows of checks that keep them; `None`: they are not kept.
    pub(in crate::transform) keep_in: Option<&'a Path>,
}

/// All offending rows of a check, in a file of the run's work folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFailures {
    /// The check, as in its result.
    pub check: String,
    /// Parquet file with the rows, all columns of the table or the query, totally ordered.
    pub file: PathBuf,
}

/// Where a check of `table` stands in the job file.
pub(in crate::transform) fn place(job: &Job, table: &SqlTable, index: usize) -> SqlOrigin {
    SqlOrigin::value(&job.file, job.positions.find(&format!("tables.{}.checks.{index}", table.name)))
}

/// Asks whether the key of a table holds.
pub(in crate::transform) async fn key(
    session: &Session,
    asked: Asked<'_>,
) -> Result<CheckResult, EngineError> {
    let Asked { job, table, .. } = asked;
    let origin = SqlOrigin::value(&job.file, job.positions.find(&format!("tables.{}.key", table.name)));
    let answer = ask(session, &origin, &key_question(table), asked).await?;
    Ok(result(table, "key", "key", Severity::Error, answer))
}

/// Asks the check number `index` of a table, counted from 0. Also gives the offending rows, if they are kept.
pub(in crate::transform) async fn one(
    session: &Session,
    asked: Asked<'_>,
    index: usize,
) -> Result<(CheckResult, Option<KeptFailures>), EngineError> {
    let Asked { job, table, schema, keep_in, .. } = asked;
    let check = &table.checks[index];
    let origin = place(job, table, index);
    let question = question(table, schema, check, job.calendar);
    let answer = ask(session, &origin, &question, asked).await?;
    let name = format!("{}.{}", check.kind.name(), index + 1);
    let result = result(table, &name, check.kind.name(), check.severity, answer);
    let folder = keep_in.filter(|_| check.keep_failures && result.failures.is_some_and(|rows| rows > 0));
    let (Some(folder), Question::Rows { rows, .. }) = (folder, &question) else { return Ok((result, None)) };
    let file = folder.join(format!("{}__{}_{}.parquet", table.name, check.kind.name(), index + 1));
    let order = order(session, &origin, rows, &table.key).await?;
    session.materialize(&origin, rows, Form::sorted(&order), &file).await?;
    let kept = KeptFailures { check: result.check.clone(), file };
    Ok((result, Some(kept)))
}

/// Every column of a query, those of the key first: rows that agree in all of them are the same in any order.
async fn order(
    session: &Session,
    origin: &SqlOrigin,
    sql: &str,
    key: &[String],
) -> Result<Vec<String>, EngineError> {
    let schema = session.columns(origin, sql).await?;
    let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let first = key.iter().filter(|name| columns.contains(name));
    let others = columns.iter().filter(|name| !key.contains(name));
    Ok(first.chain(others).cloned().collect())
}

/// What was found.
#[derive(Debug, Default)]
struct Answer {
    /// Offending rows, if rows make sense.
    failures: Option<u64>,
    /// What is wrong; `None` when the check holds.
    wrong: Option<String>,
    /// What is worth knowing of a check that holds.
    remark: Option<String>,
}

impl Answer {
    fn without_rows(wrong: Option<String>) -> Self {
        Self { wrong, ..Self::default() }
    }
}

async fn ask(
    session: &Session,
    origin: &SqlOrigin,
    question: &Question,
    asked: Asked<'_>,
) -> Result<Answer, EngineError> {
    match question {
        Question::Rows { what, failures, sample, .. } => {
            let failures = count(&session.query(origin, failures).await?);
            if failures == 0 {
                return Ok(Answer { failures: Some(0), ..Answer::default() });
            }
            let rows = show(&session.query(origin, sample).await?)?;
            let noun = if failures == 1 { "row" } else { "rows" };
            let wrong = Some(format!("{failures} {noun} {what}, for example {rows}"));
            Ok(Answer { failures: Some(failures), wrong, remark: None })
        }
        Question::Count { count: query, min, max } => {
            let found = count(&session.query(origin, query).await?);
            Ok(Answer::without_rows(match (min, max) {
                (Some(min), _) if found < *min => Some(format!("{found} rows, at least {min} are expected")),
                (_, Some(max)) if found > *max => Some(format!("{found} rows, at most {max} are expected")),
                _ => None,
            }))
        }
        Question::Mean { column, mean, min, max } => {
            let mean = number(origin, &session.query(origin, mean).await?)?;
            Ok(judged_mean(column, mean, *min, *max))
        }
        Question::Changes { days, limits } => {
            let calendar = asked.job.calendar;
            let mut periods: BTreeMap<NaiveDate, u64> = BTreeMap::new();
            for (day, rows) in rows_per_day(&session.query(origin, days).await?) {
                *periods.entry(calendar.floor(day)).or_default() += rows;
            }
            let Verdict { wrong, remark } = judge(&periods, limits, calendar, asked.window);
            Ok(Answer { failures: None, wrong, remark })
        }
        Question::Agree { sum, with, tolerance } => {
            let sum = number(origin, &session.query(origin, sum).await?)?;
            let with = number(origin, &session.query(origin, with).await?)?;
            Ok(Answer::without_rows(disagreement(sum, with, *tolerance)))
        }
    }
}

/// What is wrong with two numbers that should be the same up to `tolerance`; two missing ones are.
fn disagreement(sum: Option<f64>, with: Option<f64>, tolerance: f64) -> Option<String> {
    let agrees = match (sum, with) {
        (Some(sum), Some(with)) => (sum - with).abs() <= tolerance * with.abs(),
        (sum, with) => sum.is_none() && with.is_none(),
    };
    let say = |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    (!agrees).then(|| {
        format!(
            "the sum is {}, the other query gives {} (tolerance {}%)",
            say(sum),
            say(with),
            // Shares are kept as fractions; the percentage that was written has no such tail.
            (tolerance * 1e14).round() / 1e12
        )
    })
}

fn judged_mean(column: &str, mean: Option<f64>, min: Option<f64>, max: Option<f64>) -> Answer {
    let Some(mean) = mean else {
        let remark = Some(format!("not judged: `{column}` has no values"));
        return Answer { remark, ..Answer::default() };
    };
    let wrong = match (min, max) {
        _ if !mean.is_finite() => Some(format!("the mean of `{column}` is {mean}")),
        (Some(min), _) if mean < min => {
            Some(format!("the mean of `{column}` is {mean}, at least {min} is expected"))
        }
        (_, Some(max)) if mean > max => {
            Some(format!("the mean of `{column}` is {mean}, at most {max} is expected"))
        }
        _ => None,
    };
    Answer::without_rows(wrong)
}

fn rows_per_day(batches: &[RecordBatch]) -> Vec<(NaiveDate, u64)> {
    let mut days = Vec::new();
    for batch in batches {
        let columns = (
            batch.column(0).as_primitive_opt::<Date32Type>(),
            batch.column(1).as_primitive_opt::<Int64Type>(),
        );
        let (Some(day), Some(rows)) = columns else { continue };
        let of = |row: usize| Some((day.value_as_date(row)?, rows.value(row).unsigned_abs()));
        days.extend((0..batch.num_rows()).filter_map(of));
    }
    days
}

fn count(batches: &[RecordBatch]) -> u64 {
    let value = batches.first().filter(|batch| batch.num_rows() > 0).and_then(|batch| {
        let counts = batch.column(0).as_primitive_opt::<Int64Type>()?;
        counts.is_valid(0).then(|| counts.value(0).unsigned_abs())
    });
    value.unwrap_or(0)
}

/// The only number of a result, `None` if it is NULL.
fn number(origin: &SqlOrigin, batches: &[RecordBatch]) -> Result<Option<f64>, EngineError> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let batch = batches.iter().find(|batch| batch.num_rows() > 0);
    let (1, Some(batch)) = (rows, batch) else {
        let message = format!("the query to compare with must give one row, it gives {rows}");
        return Err(
            EngineError::new(EngineErrorKind::Runtime, "reconciles", message).at(&origin.file, origin.at)
        );
    };
    let value = arrow::compute::cast(batch.column(0), &DataType::Float64).map_err(|error| {
        EngineError::new(EngineErrorKind::Runtime, "reconciles", error.to_string())
            .at(&origin.file, origin.at)
    })?;
    let value = value.as_primitive::<Float64Type>();
    Ok(value.is_valid(0).then(|| value.value(0)))
}

/// Rows as `a=1, b=2; a=3, b=NULL`.
fn show(batches: &[RecordBatch]) -> Result<String, EngineError> {
    let unreadable = |error: arrow::error::ArrowError| {
        EngineError::new(EngineErrorKind::Runtime, "checks", error.to_string())
    };
    let options = FormatOptions::default().with_null("NULL");
    let mut rows: Vec<String> = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).map_err(unreadable))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let mut line = String::new();
            for (field, column) in batch.schema().fields().iter().zip(&columns) {
                let comma = if line.is_empty() { "" } else { ", " };
                let _ = write!(line, "{comma}{}={}", field.name(), column.value(row));
            }
            rows.push(line);
        }
    }
    rows.truncate(SAMPLE);
    Ok(rows.join("; "))
}

fn result(table: &SqlTable, name: &str, kind: &str, severity: Severity, answer: Answer) -> CheckResult {
    let status = match (&answer.wrong, severity) {
        (None, _) => Status::Pass,
        (Some(_), Severity::Error) => Status::Fail,
        (Some(_), Severity::Warn) => Status::Warn,
    };
    CheckResult {
        check: format!("{}.{name}", table.name),
        table_name: table.name.clone(),
        kind: kind.to_owned(),
        severity,
        status,
        failures: answer.failures,
        message: answer.wrong.or(answer.remark),
        failures_file: None,
    }
}
