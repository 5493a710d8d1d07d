//! Rows from some day on: as a filter, and as what a query over them asks of the tables that it reads.
//!
//! A query whose rows are wanted from a day on rarely needs all rows of its sources. Which it needs is read off the
//! optimized plan: where the condition, pushed down, has become one on a time column of every scan of a table, earlier
//! rows of that table cannot matter. Where it has not, because a running total or a last known value looks back, all rows
//! are needed, and nobody has to know.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use chrono::NaiveDate;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::{Between, BinaryExpr, Case, Cast, InList};
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator, TableScan, lit,
};

use super::error::EngineError;
use super::session::{PREVIOUS, Session, first};
use super::text::SqlOrigin;
use crate::domain::first_instant;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Rows whose column `time` is not before a day, or missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// The column: dates, or timestamps.
    pub time: String,
    /// First day.
    pub day: NaiveDate,
    /// Zone in which timestamps become days.
    pub zone: chrono_tz::Tz,
}

impl Since {
    /// `time >= day`, for a column of the type `held`.
    fn on_or_after(&self, held: &DataType) -> Result<Expr, DataFusionError> {
        let bound = if held == &DataType::Date32 {
            ScalarValue::Date32(Some(self.day.to_epoch_days()))
        } else {
            let micros = first_instant(self.day, self.zone).timestamp_micros();
            ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())).cast_to(held)?
        };
        Ok(self.column().gt_eq(lit(bound)))
    }

    fn column(&self) -> Expr {
        Expr::Column(Column::from_name(&self.time))
    }

    /// `plan` without the rows before the day. Rows without a date stay: whoever publishes finds them.
    pub(super) fn filter(&self, plan: LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
        let held = plan.schema().field_with_unqualified_name(&self.time)?.data_type().clone();
        let from = self.on_or_after(&held)?;
        LogicalPlanBuilder::from(plan).filter(from.or(self.column().is_null()))?.build()
    }

    /// `plan` with only the rows before the day.
    pub(super) fn filter_before(&self, plan: LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
        let held = plan.schema().field_with_unqualified_name(&self.time)?.data_type().clone();
        LogicalPlanBuilder::from(plan).filter(!self.on_or_after(&held)?)?.build()
    }
}

impl Session {
    /// From which day on a query needs rows of the tables that it reads, by table and column, if only its own rows since
    /// `since` are of interest. Columns without such a day are missing; of tables without any, all rows are needed.
    ///
    /// The tables only have to be planned.
    ///
    /// # Errors
    ///
    /// When the query cannot be planned.
    pub async fn needed(
        &self,
        origin: &SqlOrigin,
        sql: &str,
        since: &Since,
    ) -> Result<BTreeMap<String, BTreeMap<String, NaiveDate>>, EngineError> {
        let plan = self.plan(origin, sql).await.map_err(first)?;
        let optimized = (|| {
            let held = plan.schema().field_with_unqualified_name(&since.time)?.data_type().clone();
            let plan = LogicalPlanBuilder::from(plan).filter(since.on_or_after(&held)?)?.build()?;
            self.state().optimize(&plan)
        })();
        let optimized =
            optimized.map_err(|error| EngineError::running(&error).at(&origin.file, origin.at))?;
        let mut needed: BTreeMap<String, BTreeMap<String, NaiveDate>> = BTreeMap::new();
        // The closure never fails, so neither does the walk.
        let _ = optimized.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let found = bounds(scan, since.zone);
                let name = match (scan.table_name.schema(), scan.table_name.table()) {
                    (Some(PREVIOUS), table) => format!("{PREVIOUS}.{table}"),
                    (_, table) => table.to_owned(),
                };
                match needed.get_mut(&name) {
                    // A table that is read twice needs what either scan needs.
                    Some(known) => {
                        known.retain(|column, _| found.contains_key(column));
                        for (column, day) in known {
                            *day = (*day).min(found[column]);
                        }
                    }
                    None => drop(needed.insert(name, found)),
                }
            }
            Ok(TreeNodeRecursion::Continue)
        });
        Ok(needed)
    }
}

/// The first day that can matter, by column.
fn bounds(scan: &TableScan, zone: chrono_tz::Tz) -> BTreeMap<String, NaiveDate> {
    let mut bounds: BTreeMap<String, NaiveDate> = BTreeMap::new();
    for bound in scan.filters.iter().flat_map(|filter| conjuncts(scan, filter)) {
        let held = scan.projected_schema.field_with_unqualified_name(&bound.column);
        let is_date = held.is_ok_and(|held| held.data_type() == &DataType::Date32);
        let Some(instant) = chrono::DateTime::from_timestamp_micros(bound.micros) else { continue };
        let day = if is_date { instant.date_naive() } else { instant.with_timezone(&zone).date_naive() };
        let known = bounds.entry(bound.column).or_insert(day);
        *known = day.max(*known);
    }
    bounds
}

/// That a column is not before an instant, in microseconds; dates are their midnight in UTC.
struct Bound {
    column: String,
    micros: i64,
}

/// What follows from a condition, one bound per column at most for each of its parts.
fn conjuncts(scan: &TableScan, condition: &Expr) -> Vec<Bound> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            let mut all = conjuncts(scan, left);
            all.extend(conjuncts(scan, right));
            all
        }
        other => bound(scan, other).into_iter().collect(),
    }
}

fn bound(scan: &TableScan, condition: &Expr) -> Option<Bound> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
            Operator::GtEq | Operator::Gt | Operator::Eq if micros(right).is_some() => {
                implied(scan, left, micros(right)?)
            }
            Operator::LtEq | Operator::Lt | Operator::Eq => implied(scan, right, micros(left)?),
            Operator::Or => earlier(bound(scan, left)?, &bound(scan, right)?),
            _ => None,
        },
        Expr::Between(Between { expr, negated: false, low, .. }) => implied(scan, expr, micros(low)?),
        Expr::InList(InList { expr, list, negated: false }) => {
            let values: Option<Vec<i64>> = list.iter().map(micros).collect();
            implied(scan, expr, values?.into_iter().min()?)
        }
        _ => None,
    }
}

/// What follows for either of two bounds.
fn earlier(one: Bound, other: &Bound) -> Option<Bound> {
    (one.column == other.column).then(|| Bound { micros: one.micros.min(other.micros), column: one.column })
}

/// A date or an instant in microseconds.
fn micros(expr: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expr else { return None };
    match value {
        ScalarValue::Date32(Some(days)) => Some(i64::from(*days) * DAY),
        ScalarValue::TimestampSecond(Some(seconds), _) => seconds.checked_mul(1_000_000),
        ScalarValue::TimestampMillisecond(Some(millis), _) => millis.checked_mul(1_000),
        ScalarValue::TimestampMicrosecond(Some(micros), _) => Some(*micros),
        ScalarValue::TimestampNanosecond(Some(nanos), _) => Some(nanos.div_euclid(1_000)),
        _ => None,
    }
}

/// What follows for a column if `value` is not before `micros`. Only functions that never give more than they are given,
/// or more by a known amount, let anything follow.
fn implied(scan: &TableScan, value: &Expr, micros: i64) -> Option<Bound> {
    match value {
        Expr::Column(column) => Some(Bound { column: column.name.clone(), micros }),
        Expr::Alias(alias) => implied(scan, &alias.expr, micros),
        Expr::Cast(Cast { expr, field }) => {
            let from = expr.get_type(&scan.projected_schema).ok()?;
            let shift = if is_plain(&from)? && is_plain(field.data_type())? { 0 } else { DAY };
            implied(scan, expr, micros.checked_sub(shift)?)
        }
        Expr::Case(Case { when_then_expr, else_expr, .. }) => {
            let values = when_then_expr.iter().map(|(_, then)| then).chain(else_expr);
            // A branch without a value is never on or after a day.
            let values =
                values.filter(|value| !matches!(value.as_ref(), Expr::Literal(none, _) if none.is_null()));
            let bounds: Option<Vec<Bound>> = values.map(|value| implied(scan, value, micros)).collect();
            let mut bounds = bounds?.into_iter();
            let first = bounds.next()?;
            bounds.try_fold(first, |first, other| earlier(first, &other))
        }
        Expr::ScalarFunction(function) => match (function.name(), function.args.as_slice()) {
            ("date_trunc" | "date_bin", [_, value, ..]) => implied(scan, value, micros),
            // What a clock on a wall shows is never a day away from UTC.
            ("to_local_time", [value]) => implied(scan, value, micros.checked_sub(DAY)?),
            ("to_date" | "to_timestamp" | "to_timestamp_micros", [value]) => {
                let from = value.get_type(&scan.projected_schema).ok()?;
                is_plain(&from)?.then(|| implied(scan, value, micros)).flatten()
            }
            _ => None,
        },
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::Plus | Operator::Minus), right }) => {
            let (least, most) = length(right)?;
            // A date keeps no hours: they are lost at every step.
            let is_date =
                matches!(left.get_type(&scan.projected_schema).ok()?, DataType::Date32 | DataType::Date64);
            if is_date && (least % DAY != 0 || most % DAY != 0) {
                return None;
            }
            let micros = match op {
                Operator::Plus => micros.checked_sub(most)?,
                _ => micros.checked_add(least)?,
            };
            implied(scan, left, micros)
        }
        _ => None,
    }
}

/// True for dates and for timestamps that count in UTC; `None` for types that are no time.
fn is_plain(data_type: &DataType) -> Option<bool> {
    match data_type {
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => Some(true),
        DataType::Timestamp(_, Some(zone)) => Some(matches!(zone.as_ref(), "UTC" | "+00:00" | "Z")),
        _ => None,
    }
}

/// The least and the most microseconds that an interval can stand for.
fn length(expr: &Expr) -> Option<(i64, i64)> {
    let Expr::Literal(value, _) = expr else { return None };
    let (months, days, micros) = match value {
        ScalarValue::IntervalMonthDayNano(Some(length)) => {
            (i64::from(length.months), i64::from(length.days), length.nanoseconds / 1_000)
        }
        ScalarValue::IntervalDayTime(Some(length)) => {
            (0, i64::from(length.days), i64::from(length.milliseconds) * 1_000)
        }
        ScalarValue::IntervalYearMonth(Some(months)) => (i64::from(*months), 0, 0),
        ScalarValue::DurationMicrosecond(Some(micros)) => (0, 0, *micros),
        _ => return None,
    };
    let of = |month: i64| Some(months.checked_mul(month * DAY)? + days.checked_mul(DAY)? + micros);
    let (short, long) = (of(28)?, of(31)?);
    // Sums of months at the end of a month are cut to its length: a few days more on either side.
    let slack = if months == 0 { 0 } else { 3 * DAY };
    Some((short.min(long) - slack, short.max(long) + slack))
}

#[cfg(test)]
mod tests;
