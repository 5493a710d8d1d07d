//! Checks of `checks`.

use super::checker::Checker;
use super::sql;
use crate::config::job::{Check, CheckKind};
use crate::config::section::{CheckSpec, SqlCheckSpec};
use crate::config::yaml::{List, Located, Optional, Required};
use crate::domain::Severity;

/// Periods before each that a change in the number of rows is judged by, unless the job says otherwise.
const PERIODS: u32 = 4;
/// Most of them; how many make a year, planning says.
const MOST_PERIODS: i64 = 366;

/// What every check has.
struct Common<'a> {
    severity: Severity,
    filter: Option<&'a Located<String>>,
    keep_failures: Option<&'a Located<bool>>,
}

/// Checks one entry of `checks`; `tables` are the names that SQL may read.
pub(super) fn check(
    checker: &mut Checker<'_>,
    spec: &Located<CheckSpec>,
    tables: Option<&[&str]>,
) -> Option<Check> {
    let Common { severity, filter, keep_failures } = common(&spec.value);
    let filter = match filter {
        Some(filter) => sql::condition(checker, filter).map(Some),
        None => Some(None),
    };
    let kind = kind(checker, spec, tables)?;
    if let Some(keep) = keep_failures
        && !kind.finds_rows()
    {
        let message = format!("`keep_failures` has no meaning here: `{}` finds no rows", kind.name());
        let help = "leave it out; a check of another kind, such as `sql`, can say which rows are wrong and keep them";
        checker.error("wrong_value", keep.position, message, help);
        return None;
    }
    let keep_failures = keep_failures.is_some_and(|keep| keep.value);
    Some(Check { kind, severity, filter: filter?, keep_failures, line: u64::from(spec.position.line) })
}

fn common(spec: &CheckSpec) -> Common<'_> {
    macro_rules! of {
        ($($kind:ident)+) => {
            match spec {
                $(CheckSpec::$kind(check) => Common {
                    severity: check.severity,
                    filter: check.filter.as_ref(),
                    keep_failures: check.keep_failures.as_ref(),
                },)+
            }
        };
    }
    of! {
        NotNull Unique AcceptedValues Range Pattern ZScore MeanInRange Relationship RowCount RowCountChange Reconciles Sql
    }
}

fn kind(checker: &mut Checker<'_>, spec: &Located<CheckSpec>, tables: Option<&[&str]>) -> Option<CheckKind> {
    match &spec.value {
        CheckSpec::NotNull(check) => Some(CheckKind::NotNull { columns: columns(checker, &check.columns)? }),
        CheckSpec::Unique(check) => Some(CheckKind::Unique { columns: columns(checker, &check.columns)? }),
        CheckSpec::AcceptedValues(check) => {
            let column = checker.required(&check.column);
            let values = checker.list("value", check.values.get());
            Some(CheckKind::AcceptedValues { column: column?, values: values? })
        }
        CheckSpec::Range(check) => {
            let column = checker.required(&check.column);
            bounds(checker, spec, &check.min, &check.max)?;
            let (min, max) = (check.min.get().map(|min| min.value), check.max.get().map(|max| max.value));
            Some(CheckKind::Range { column: column?, min, max })
        }
        CheckSpec::Pattern(check) => {
            let column = checker.required(&check.column);
            let matches = check.matches.get().and_then(|matches| expression(checker, matches));
            Some(CheckKind::Pattern { column: column?, matches: matches? })
        }
        CheckSpec::ZScore(check) => {
            let column = checker.required(&check.column);
            let max = check.max.get().and_then(|max| above_zero(checker, max));
            let by = checker.distinct("column", &check.by);
            Some(CheckKind::ZScore { column: column?, max: max?, by: by? })
        }
        CheckSpec::MeanInRange(check) => {
            let column = checker.required(&check.column);
            bounds(checker, spec, &check.min, &check.max)?;
            let (min, max) = (check.min.get().map(|min| min.value), check.max.get().map(|max| max.value));
            Some(CheckKind::MeanInRange { column: column?, min, max })
        }
        CheckSpec::Relationship(check) => {
            let column = checker.required(&check.column);
            let to = check.to.get().and_then(|to| checker.reference("source or table", to, tables));
            let field = checker.required(&check.field);
            Some(CheckKind::Relationship { column: column?, to: to?, field: field? })
        }
        CheckSpec::RowCount(check) => {
            bounds(checker, spec, &check.min, &check.max)?;
            let min = count(checker, "`min`", check.min.get());
            let max = count(checker, "`max`", check.max.get());
            Some(CheckKind::RowCount { min: min?, max: max? })
        }
        CheckSpec::RowCountChange(check) => {
            bounds(checker, spec, &check.min, &check.max)?;
            let (min, max) = (check.min.get().map(|min| min.value.0), check.max.get().map(|max| max.value.0));
            let periods = match check.periods.get() {
                Some(periods) => checker.whole(periods, "`periods`", 1, MOST_PERIODS)?,
                None => i64::from(PERIODS),
            };
            Some(CheckKind::RowCountChange { min, max, periods: u32::try_from(periods).unwrap_or(PERIODS) })
        }
        CheckSpec::Reconciles(check) => {
            let sum = check.sum.get().and_then(|sum| sql::row_expression(checker, sum));
            let with = check.with.get().and_then(|with| sql::query(checker, with));
            let tolerance = check.tolerance.get()?.value.0;
            Some(CheckKind::Reconciles { sum: sum?, with: with?, tolerance })
        }
        CheckSpec::Sql(check) => query(checker, check),
    }
}

fn query(checker: &mut Checker<'_>, check: &SqlCheckSpec) -> Option<CheckKind> {
    if let Some(filter) = &check.filter {
        let message = "`where` has no meaning here: the query itself says which rows are looked at";
        checker.error("wrong_value", filter.position, message, "put the condition into the query");
    }
    let query = check.query.get().and_then(|query| sql::query(checker, query));
    Some(CheckKind::Sql { query: query? })
}

/// A regular expression, as the engine reads it.
fn expression(checker: &mut Checker<'_>, matches: &Located<String>) -> Option<String> {
    let text = checker.filled(Some(matches))?;
    let Err(error) = regex::Regex::new(&text) else { return Some(text) };
    // Its first lines draw the expression with a mark below, which cannot stand in a sentence.
    let told = error.to_string();
    let reason = told.lines().last().unwrap_or_default().trim_start_matches("error: ");
    let message = format!("`{text}` is no regular expression: {reason}");
    let help = "the syntax is that of the Rust crate `regex`, without look-around and back-references; \
                a character that has a meaning of its own is written with `\\` before it";
    checker.error("regular_expression", matches.position, message, help);
    None
}

fn above_zero(checker: &mut Checker<'_>, number: &Located<f64>) -> Option<f64> {
    if number.value > 0.0 && number.value.is_finite() {
        return Some(number.value);
    }
    let message = format!("`max` must be above 0, got {}", number.value);
    checker.error(
        "out_of_range",
        number.position,
        message,
        "write a number of standard deviations, such as `6`",
    );
    None
}

fn columns(checker: &mut Checker<'_>, columns: &Required<List<String>>) -> Option<Vec<String>> {
    checker.list("column", columns.get())
}

/// Checks that a range has a bound, and its bounds their order.
fn bounds<T: PartialOrd + std::fmt::Display>(
    checker: &mut Checker<'_>,
    spec: &Located<CheckSpec>,
    min: &Optional<T>,
    max: &Optional<T>,
) -> Option<()> {
    if min.is_absent() && max.is_absent() {
        checker.error("missing_key", spec.position, "the range has no bound", "give `min`, `max` or both");
        return None;
    }
    checker.ordered(min.get(), max.get());
    Some(())
}

/// A number of rows: the outer `None` says that a problem is reported.
#[allow(clippy::option_option, reason = "reported and not given are two different things here")]
fn count(checker: &mut Checker<'_>, what: &str, number: Option<&Located<i64>>) -> Option<Option<u64>> {
    let Some(number) = number else { return Some(None) };
    checker.whole(number, what, 0, i64::MAX)?;
    Some(u64::try_from(number.value).ok())
}
