//! Checks what a contract promises about values, and how fresh the source is.

use std::fmt::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};
use chrono::NaiveDate;

use super::listing::date_of;
use super::read::ReadWindow;
use super::schema::Resolved;
use super::view::time_type;
use crate::config::job::{Column, Source};
use crate::domain::{DataType, Severity, Status};
use crate::engine::{EngineError, Session, SqlOrigin, quote};
use crate::run::result::CheckResult;

/// More columns than this are not counted by one query: planning it takes time that grows with their square.
const WIDE: usize = 256;

/// True when values have to be looked at in another way than by [`check`].
pub(super) fn is_wide(resolved: &Resolved) -> bool {
    resolved.columns.len() > WIDE
}

/// What the checks found.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) rows: u64,
    pub(super) oldest: Option<NaiveDate>,
    pub(super) checks: Vec<CheckResult>,
}

/// Checks the registered table of `source`.
pub(super) async fn check(
    session: &Session,
    origin: &SqlOrigin,
    source: &Source,
    resolved: &Resolved,
    (window, is_narrow): (&ReadWindow, bool),
) -> Result<Checked, EngineError> {
    let rules = rules(&resolved.columns);
    let batches = session.query(origin, &aggregate(source, resolved, &rules, window)).await?;
    let count = |index: usize| {
        batches
            .first()
            .map_or(0, |batch| batch.column(index).as_primitive::<Int64Type>().value(0))
            .unsigned_abs()
    };
    let rows = count(0);
    let mut checks: Vec<CheckResult> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let failures = count(index + 3);
        let message = (failures > 0).then(|| rule.message(failures));
        checks.push(result(source, rule.name, Some(rule.column), failures, message));
    }
    for column in resolved.columns.iter().filter(|column| column.unique) {
        checks.push(unique(session, origin, source, column).await?);
    }
    let day = |index: usize| batches.first().and_then(|batch| day(batch, index));
    // Rows before a narrow window were not looked at: the newest of them may be of the day before.
    let before = window.start.filter(|_| is_narrow && source.required).and_then(|start| start.pred_opt());
    checks.extend(freshness(source, day(1).or(before), window));
    Ok(Checked { rows, oldest: day(2), checks })
}

/// One rule about one column.
struct Rule<'a> {
    name: &'static str,
    column: &'a str,
    /// True for rows that break it.
    broken: String,
    promise: String,
}

impl Rule<'_> {
    fn message(&self, failures: u64) -> String {
        let rows = if failures == 1 { "row breaks" } else { "rows break" };
        format!("{failures} {rows} the contract: `{}` {}", self.column, self.promise)
    }
}

fn rules(columns: &[Column]) -> Vec<Rule<'_>> {
    let mut rules = Vec::new();
    for column in columns {
        let name = quote(&column.name);
        if column.required {
            let promise = "is never missing".to_owned();
            rules.push(Rule {
                name: "required",
                column: &column.name,
                broken: format!("{name} is null"),
                promise,
            });
        }
        if let Some(min) = column.min {
            let promise = format!("is at least {min}");
            // NaN sorts above every number, so that only a lower bound lets it through.
            let not_a_number = if column.data_type == DataType::Double {
                format!(" or isnan({name})")
            } else {
                String::new()
            };
            let broken = format!("{name} < {min:?}{not_a_number}");
            rules.push(Rule { name: "min", column: &column.name, broken, promise });
        }
        if let Some(max) = column.max {
            let promise = format!("is at most {max}");
            rules.push(Rule {
                name: "max",
                column: &column.name,
                broken: format!("not ({name} <= {max:?})"),
                promise,
            });
        }
    }
    rules
}

/// One query for all rules: rows, newest and oldest day, then a count per rule. The values of the other columns
/// are looked at too, so that one which cannot be read shows here and not in the middle of some SQL.
fn aggregate(source: &Source, resolved: &Resolved, rules: &[Rule<'_>], window: &ReadWindow) -> String {
    let day = |of: &str| match source.time.as_deref().map(|time| (time, time_type(source, resolved, time))) {
        Some((time, Some(DataType::Date))) => format!("{of}({})", quote(time)),
        Some((time, _)) => {
            let (time, zone) = (quote(time), window.time_zone.name());
            format!("cast(to_local_time({of}({time}) at time zone '{zone}') as date)")
        }
        None => "cast(null as date)".to_owned(),
    };
    let mut sql = format!("select count(*) as rows, {} as newest, {} as oldest", day("max"), day("min"));
    for (index, rule) in rules.iter().enumerate() {
        let _ = write!(sql, ", count(*) filter (where {}) as rule_{index}", rule.broken);
    }
    let counted = if is_wide(resolved) { &[] } else { resolved.columns.as_slice() };
    for (index, column) in counted.iter().enumerate() {
        let _ = write!(sql, ", count({}) as filled_{index}", quote(&column.name));
    }
    let _ = write!(sql, " from {}", quote(&source.name));
    sql
}

/// The day in a column of the only row.
fn day(batch: &RecordBatch, column: usize) -> Option<NaiveDate> {
    let days = batch.column(column).as_primitive_opt::<Date32Type>()?;
    days.is_valid(0).then(|| date_of(days.value(0))).flatten()
}

async fn unique(
    session: &Session,
    origin: &SqlOrigin,
    source: &Source,
    column: &Column,
) -> Result<CheckResult, EngineError> {
    let (name, table) = (quote(&column.name), quote(&source.name));
    // By groups rather than count(distinct): groups spill.
    let sql = format!(
        "select coalesce(sum(n - 1), 0) as repeated, cast(min(v) as varchar) as sample from \
         (select {name} as v, count(*) as n from {table} where {name} is not null group by {name}) where n > 1"
    );
    let batches = session.query(origin, &sql).await?;
    let Some(batch) = batches.first() else {
        return Ok(result(source, "unique", Some(&column.name), 0, None));
    };
    let repeated = batch.column(0).as_primitive::<Int64Type>().value(0).unsigned_abs();
    let sample =
        batch.column(1).as_string_opt::<i32>().filter(|text| text.is_valid(0)).map(|text| text.value(0));
    let message = (repeated > 0).then(|| {
        let rows = if repeated == 1 { "row repeats" } else { "rows repeat" };
        format!(
            "{repeated} {rows} a value of `{}`, which the contract calls unique, for example `{}`",
            column.name,
            sample.unwrap_or_default()
        )
    });
    Ok(result(source, "unique", Some(&column.name), repeated, message))
}

/// Compares the age of the newest row at the window's end with what the contract allows.
fn freshness(source: &Source, newest: Option<NaiveDate>, window: &ReadWindow) -> Option<CheckResult> {
    let allowed = source.freshness?;
    let newest = newest?;
    let older = |span: Option<crate::domain::Span>| span.filter(|span| span.after(newest) < window.end);
    let mut check = result(source, "freshness", None, 0, None);
    let too_old = older(allowed.fail_after).map(|span| (span, Status::Fail, Severity::Error));
    let old = older(allowed.warn_after).map(|span| (span, Status::Warn, Severity::Warn));
    if let Some((span, status, severity)) = too_old.or(old) {
        check.message = Some(format!(
            "no row is newer than {newest}, which is more than {span} before the window's end {}",
            window.end
        ));
        (check.status, check.severity, check.failures) = (status, severity, None);
    }
    Some(check)
}

fn result(
    source: &Source,
    kind: &str,
    column: Option<&str>,
    failures: u64,
    message: Option<String>,
) -> CheckResult {
    let column = column.map(|column| format!(".{column}")).unwrap_or_default();
    CheckResult {
        check: format!("source.{}.{kind}{column}", source.name),
        table_name: source.name.clone(),
        kind: kind.to_owned(),
        severity: Severity::Error,
        status: if failures == 0 { Status::Pass } else { Status::Fail },
        failures: Some(failures),
        message,
        failures_file: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::job::Freshness;
    use crate::domain::Span;
    use crate::sources::tests::csv_source;

    #[test]
    fn age_is_counted_at_the_end_of_the_window() {
        let mut source = csv_source("s", "s.csv", &[]);
        let span = Span::parse;
        source.freshness = Some(Freshness { warn_after: span("2 days"), fail_after: span("7 days") });
        let window =
            ReadWindow { start: None, end: "2012-03-10".parse().unwrap(), time_zone: chrono_tz::UTC };
        for (newest, status) in [
            ("2012-03-09", Status::Pass),
            ("2012-03-08", Status::Pass),
            ("2012-03-07", Status::Warn),
            ("2012-03-02", Status::Fail),
        ] {
            let check = freshness(&source, newest.parse().ok(), &window).unwrap();
            assert_eq!(check.status, status, "{newest}");
            assert_eq!(check.message.is_some(), status != Status::Pass);
        }
        assert!(freshness(&source, None, &window).is_none());
    }
}
