//! Checks of `checks`.

use super::checker::Checker;
use super::sql;
use crate::config::job::{Check, CheckKind};
use crate::config::section::{CheckSpec, SqlCheckSpec};
use crate::config::yaml::{List, Located, Optional, Required};
use crate::domain::Severity;

/// Checks one entry of `checks`; `tables` are the names that SQL may read.
pub(super) fn check(
    checker: &mut Checker<'_>,
    spec: &Located<CheckSpec>,
    tables: Option<&[&str]>,
) -> Option<Check> {
    let (severity, filter) = common(&spec.value);
    let filter = match filter {
        Some(filter) => sql::condition(checker, filter).map(Some),
        None => Some(None),
    };
    let kind = kind(checker, spec, tables);
    Some(Check { kind: kind?, severity, filter: filter?, line: u64::from(spec.position.line) })
}

fn common(spec: &CheckSpec) -> (Severity, Option<&Located<String>>) {
    match spec {
        CheckSpec::NotNull(check) => (check.severity, check.filter.as_ref()),
        CheckSpec::Unique(check) => (check.severity, check.filter.as_ref()),
        CheckSpec::AcceptedValues(check) => (check.severity, check.filter.as_ref()),
        CheckSpec::Range(check) => (check.severity, check.filter.as_ref()),
        CheckSpec::Relationship(check) => (check.severity, check.filter.as_ref()),
        CheckSpec::RowCount(check) => (check.severity, check.filter.as_ref()),
        CheckSpec::Reconciles(check) => (check.severity, check.filter.as_ref()),
        CheckSpec::Sql(check) => (check.severity, check.filter.as_ref()),
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
