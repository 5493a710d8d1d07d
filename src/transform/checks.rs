//! Checks as queries, and what their answers mean.
//!
//! A check asks for the number of offending rows, and if there are any for up to five of them, so
//! that whoever reads the message knows where to look.

use std::fmt::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::config::Job;
use crate::config::job::{Check, CheckKind, SqlTable};
use crate::domain::{Severity, Status};
use crate::engine::{EngineError, EngineErrorKind, Session, SqlOrigin, quote};
use crate::run::result::CheckResult;

/// Offending rows that a message shows.
const SAMPLE: usize = 5;

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// What a check asks.
#[derive(Debug)]
pub(super) enum Question {
    /// `failures` counts offending rows, `sample` shows some; `what` says what is wrong with them.
    Rows { what: String, failures: String, sample: String },
    /// The number of rows must lie within bounds.
    Count { count: String, min: Option<u64>, max: Option<u64> },
    /// Two numbers must agree.
    Agree { sum: String, with: String, tolerance: f64 },
}

impl Question {
    /// Every query that the question needs.
    pub(super) fn queries(&self) -> Vec<&str> {
        match self {
            Self::Rows { failures, sample, .. } => vec![failures, sample],
            Self::Count { count, .. } => vec![count],
            Self::Agree { sum, with, .. } => vec![sum, with],
        }
    }
}

/// The question whether the key of `table` is unique and never missing.
pub(super) fn key_question(table: &SqlTable) -> Question {
    let columns: Vec<String> = table.key.iter().map(|column| quote(column)).collect();
    let missing: Vec<String> = columns.iter().map(|column| format!("{column} is null")).collect();
    let (columns, missing) = (columns.join(", "), missing.join(" or "));
    let groups = format!(
        "select {columns}, count(*) as \"rows\" from {} group by {columns} having count(*) > 1 or {missing}",
        quote(&table.name)
    );
    Question::Rows {
        what: "that share a key or lack one".to_owned(),
        failures: format!("select sum(\"rows\") from ({groups})"),
        sample: first(&groups, &columns),
    }
}

/// The question that `check` asks about `table`, whose columns are `schema`.
pub(super) fn question(table: &SqlTable, schema: &Schema, check: &Check) -> Question {
    let name = quote(&table.name);
    let only = check.filter.as_ref().map_or_else(|| "true".to_owned(), |filter| format!("({filter})"));
    let offending = |what: String, columns: &[String], broken: &str| {
        let mut shown: Vec<String> = table.key.iter().map(|column| quote(column)).collect();
        shown.extend(columns.iter().filter(|column| !table.key.contains(column)).map(|column| quote(column)));
        let rows = format!("select {} from {name} where {only} and ({broken})", shown.join(", "));
        Question::Rows {
            what,
            failures: format!("select count(*) from {name} where {only} and ({broken})"),
            sample: first(&rows, &shown.join(", ")),
        }
    };
    match &check.kind {
        CheckKind::NotNull { columns } => {
            let broken: Vec<String> =
                columns.iter().map(|column| format!("{} is null", quote(column))).collect();
            offending(format!("with no value in {}", named(columns, " or ")), columns, &broken.join(" or "))
        }
        CheckKind::Unique { columns } => {
            let list: Vec<String> = columns.iter().map(|column| quote(column)).collect();
            let list = list.join(", ");
            let groups = format!(
                "select {list}, count(*) as \"rows\" from {name} where {only} group by {list} having count(*) > 1"
            );
            Question::Rows {
                what: format!("that share {}", named(columns, ", ")),
                failures: format!("select sum(\"rows\") from ({groups})"),
                sample: first(&groups, &list),
            }
        }
        CheckKind::AcceptedValues { column, values } => {
            let what = format!("whose `{column}` is none of {}", named(values, ", "));
            let values: Vec<String> = values.iter().map(|value| text(value)).collect();
            let broken = format!("cast({} as varchar) not in ({})", quote(column), values.join(", "));
            offending(what, std::slice::from_ref(column), &broken)
        }
        CheckKind::Range { column, min, max } => {
            let what = match (min, max) {
                (Some(min), Some(max)) => format!("whose `{column}` is not between {min} and {max}"),
                (Some(min), None) => format!("whose `{column}` is not at least {min}"),
                (None, Some(max)) => format!("whose `{column}` is not at most {max}"),
                (None, None) => format!("whose `{column}` is no number"),
            };
            offending(what, std::slice::from_ref(column), &outside(schema, column, *min, *max))
        }
        CheckKind::Relationship { column, to, field } => {
            let (inner, outer) = (quote(field), quote(column));
            let broken = format!(
                "{outer} is not null and {outer} not in (select {inner} from {} where {inner} is not null)",
                quote(to)
            );
            let what = format!("whose `{column}` does not occur in `{to}.{field}`");
            offending(what, std::slice::from_ref(column), &broken)
        }
        CheckKind::RowCount { min, max } => Question::Count {
            count: format!("select count(*) from {name} where {only}"),
            min: *min,
            max: *max,
        },
        CheckKind::Reconciles { sum, with, tolerance } => Question::Agree {
            sum: format!("select cast(sum({sum}) as double) from {name} where {only}"),
            with: with.clone(),
            tolerance: *tolerance,
        },
        CheckKind::Sql { query } => Question::Rows {
            what: "returned by the query".to_owned(),
            failures: format!("select count(*) from ({query})"),
            sample: format!("select * from ({query}) limit {SAMPLE}"),
        },
    }
}

/// Names in back-ticks, for a message.
fn named(names: &[String], between: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}

fn outside(schema: &Schema, column: &str, min: Option<f64>, max: Option<f64>) -> String {
    let name = quote(column);
    let mut broken = Vec::new();
    broken.extend(min.map(|min| format!("{name} < {min:?}")));
    broken.extend(max.map(|max| format!("{name} > {max:?}")));
    // NaN sorts above every number, so that only an upper bound would find it.
    if schema.field_with_name(column).is_ok_and(|field| field.data_type() == &DataType::Float64) {
        broken.push(format!("isnan({name})"));
    }
    if broken.is_empty() { "false".to_owned() } else { broken.join(" or ") }
}

/// The first rows of a query, ordered, so that a message is the same every time.
fn first(query: &str, order: &str) -> String {
    format!("select * from ({query}) order by {order} limit {SAMPLE}")
}

/// Where a check of `table` stands in the job file.
pub(super) fn place(job: &Job, table: &SqlTable, index: usize) -> SqlOrigin {
    SqlOrigin::value(&job.file, job.positions.find(&format!("tables.{}.checks.{index}", table.name)))
}

/// Asks whether the key of `table` holds.
pub(super) async fn key(session: &Session, job: &Job, table: &SqlTable) -> Result<CheckResult, EngineError> {
    let origin = SqlOrigin::value(&job.file, job.positions.find(&format!("tables.{}.key", table.name)));
    let answer = ask(session, &origin, &key_question(table)).await?;
    Ok(result(table, "key", "key", Severity::Error, answer))
}

/// Asks the check number `index` of `table`, counted from 0.
pub(super) async fn one(
    session: &Session,
    job: &Job,
    table: &SqlTable,
    schema: &Schema,
    index: usize,
) -> Result<CheckResult, EngineError> {
    let check = &table.checks[index];
    let answer = ask(session, &place(job, table, index), &question(table, schema, check)).await?;
    let name = format!("{}.{}", check.kind.name(), index + 1);
    Ok(result(table, &name, check.kind.name(), check.severity, answer))
}

/// Offending rows if rows make sense, and what was found; `None` when the check holds.
type Answer = (Option<u64>, Option<String>);

async fn ask(session: &Session, origin: &SqlOrigin, question: &Question) -> Result<Answer, EngineError> {
    match question {
        Question::Rows { what, failures, sample } => {
            let failures = count(&session.query(origin, failures).await?);
            if failures == 0 {
                return Ok((Some(0), None));
            }
            let rows = show(&session.query(origin, sample).await?)?;
            let noun = if failures == 1 { "row" } else { "rows" };
            Ok((Some(failures), Some(format!("{failures} {noun} {what}, for example {rows}"))))
        }
        Question::Count { count: query, min, max } => {
            let found = count(&session.query(origin, query).await?);
            let message = match (min, max) {
                (Some(min), _) if found < *min => Some(format!("{found} rows, at least {min} are expected")),
                (_, Some(max)) if found > *max => Some(format!("{found} rows, at most {max} are expected")),
                _ => None,
            };
            Ok((None, message))
        }
        Question::Agree { sum, with, tolerance } => {
            let sum = number(origin, &session.query(origin, sum).await?)?;
            let with = number(origin, &session.query(origin, with).await?)?;
            let agrees = match (sum, with) {
                (Some(sum), Some(with)) => (sum - with).abs() <= tolerance * with.abs(),
                (sum, with) => sum.is_none() && with.is_none(),
            };
            let say =
                |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
            let message = (!agrees).then(|| {
                format!(
                    "the sum is {}, the other query gives {} (tolerance {}%)",
                    say(sum),
                    say(with),
                    // Shares are kept as fractions; the percentage that was written has no such tail.
                    (tolerance * 1e14).round() / 1e12
                )
            });
            Ok((None, message))
        }
    }
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
    let (failures, message) = answer;
    let status = match (&message, severity) {
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
        failures,
        message,
    }
}
