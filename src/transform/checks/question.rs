//! Checks as queries.
//!
//! A check asks for the number of offending rows, and if there are any for up to five of them, so
//! that whoever reads the message knows where to look. A third query gives all of them, for those who keep them.

use arrow::datatypes::{DataType, Schema};

use super::row_count_change::Limits;
use super::z_score;
use crate::config::job::{Check, CheckKind, SqlTable};
use crate::domain::Calendar;
use crate::engine::{local_day, quote};

/// Offending rows that a message shows.
pub(super) const SAMPLE: usize = 5;

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// What a check asks.
#[derive(Debug)]
pub(in crate::transform) enum Question {
    /// `failures` counts offending rows, `sample` shows some, `rows` gives all with every column; `what` says what is wrong
    /// with them.
    Rows { what: String, failures: String, sample: String, rows: String },
    /// The mean of the values of a column must lie within bounds.
    Mean { column: String, mean: String, min: Option<f64>, max: Option<f64> },
    /// The number of rows of each period, from rows per day, must be about that of the periods before.
    Changes { days: String, limits: Limits },
    /// The number of rows must lie within bounds.
    Count { count: String, min: Option<u64>, max: Option<u64> },
    /// Two numbers must agree.
    Agree { sum: String, with: String, tolerance: f64 },
}

impl Question {
    /// Every query that the question needs.
    pub(in crate::transform) fn queries(&self) -> Vec<&str> {
        match self {
            Self::Rows { failures, sample, .. } => vec![failures, sample],
            Self::Mean { mean, .. } => vec![mean],
            Self::Changes { days, .. } => vec![days],
            Self::Count { count, .. } => vec![count],
            Self::Agree { sum, with, .. } => vec![sum, with],
        }
    }

    /// The query for all offending rows, where the question finds rows.
    pub(in crate::transform) fn rows(&self) -> Option<&str> {
        match self {
            Self::Rows { rows, .. } => Some(rows),
            _ => None,
        }
    }
}

/// The question whether the key of `table` is unique and never missing.
pub(in crate::transform) fn key_question(table: &SqlTable) -> Question {
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
        rows: groups,
    }
}

/// The question that `check` asks about `table`, whose columns are `schema`.
pub(in crate::transform) fn question(
    table: &SqlTable,
    schema: &Schema,
    check: &Check,
    calendar: Calendar,
) -> Question {
    let name = quote(&table.name);
    let only = check.filter.as_ref().map_or_else(|| "true".to_owned(), |filter| format!("({filter})"));
    let offending = |what: String, columns: &[String], broken: &str| {
        let mut shown: Vec<String> = table.key.iter().map(|column| quote(column)).collect();
        shown.extend(columns.iter().filter(|column| !table.key.contains(column)).map(|column| quote(column)));
        let some = format!("select {} from {name} where {only} and ({broken})", shown.join(", "));
        Question::Rows {
            what,
            failures: format!("select count(*) from {name} where {only} and ({broken})"),
            sample: first(&some, &shown.join(", ")),
            rows: format!("select * from {name} where {only} and ({broken})"),
        }
    };
    match &check.kind {
        CheckKind::NotNull { columns } => {
            let broken: Vec<String> =
                columns.iter().map(|column| format!("{} is null", quote(column))).collect();
            offending(format!("with no value in {}", named(columns, " or ")), columns, &broken.join(" or "))
        }
        CheckKind::Unique { columns } => repeated(table, &only, columns),
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
        CheckKind::Pattern { column, matches } => {
            let broken = format!("not regexp_like({}, {})", quote(column), text(matches));
            offending(
                format!("whose `{column}` does not match `{matches}`"),
                std::slice::from_ref(column),
                &broken,
            )
        }
        CheckKind::ZScore { column, max, by } => far_away(table, &only, column, *max, by),
        CheckKind::MeanInRange { column, min, max } => Question::Mean {
            column: column.clone(),
            mean: format!("select avg(cast({} as double)) from {name} where {only}", quote(column)),
            min: *min,
            max: *max,
        },
        CheckKind::RowCountChange { min, max, periods } => Question::Changes {
            days: rows_per_day(table, schema, &only, calendar),
            limits: Limits { min: *min, max: *max, periods: *periods },
        },
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
            rows: format!("select * from ({query})"),
        },
    }
}

fn repeated(table: &SqlTable, only: &str, columns: &[String]) -> Question {
    let name = quote(&table.name);
    let list: Vec<String> = columns.iter().map(|column| quote(column)).collect();
    let list = list.join(", ");
    let groups = format!(
        "select {list}, count(*) as \"rows\" from {name} where {only} group by {list} having count(*) > 1"
    );
    Question::Rows {
        what: format!("that share {}", named(columns, ", ")),
        failures: format!("select sum(\"rows\") from ({groups})"),
        sample: first(&groups, &list),
        rows: format!(
            "select r.* from (select * from {name} where {only}) as r join ({groups}) as g on {}",
            equal("r", "g", columns)
        ),
    }
}

fn far_away(table: &SqlTable, only: &str, column: &str, max: f64, by: &[String]) -> Question {
    let rows = format!("select * from {} where {only}", quote(&table.name));
    let rows = z_score::rows(&rows, column, max, by);
    let within = if by.is_empty() { String::new() } else { format!(" of its {}", named(by, ", ")) };
    let mut shown: Vec<String> = Vec::new();
    for name in table.key.iter().chain(by).map(String::as_str).chain([column]).map(quote) {
        if !shown.contains(&name) {
            shown.push(name);
        }
    }
    let shown = shown.join(", ");
    Question::Rows {
        what: format!("whose `{column}` is more than {max} standard deviations from the mean{within}"),
        failures: format!("select count(*) from ({rows})"),
        sample: first(&format!("select {shown} from ({rows})"), &shown),
        rows,
    }
}

fn rows_per_day(table: &SqlTable, schema: &Schema, only: &str, calendar: Calendar) -> String {
    // Planning has refused tables without a column that dates their rows.
    let time = table.time.as_deref().unwrap_or_default();
    let is_date = schema.field_with_name(time).is_ok_and(|field| field.data_type() == &DataType::Date32);
    let (time, day) = (quote(time), if is_date { quote(time) } else { local_day(time, calendar.time_zone) });
    format!(
        "select {day} as \"day\", count(*) as \"rows\" from {} where {only} and {time} is not null group by {day}",
        quote(&table.name)
    )
}

/// The condition that rows of two relations agree in all these columns; missing values agree with each other.
pub(super) fn equal(left: &str, right: &str, columns: &[String]) -> String {
    let same = |column: &String| {
        let column = quote(column);
        // Without parentheses the next `and` would belong to the comparison.
        format!("({left}.{column} is not distinct from {right}.{column})")
    };
    columns.iter().map(same).collect::<Vec<_>>().join(" and ")
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
