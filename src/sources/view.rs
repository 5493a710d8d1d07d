//! The table that SQL sees of a source: declared columns, declared types, rows of the window.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use chrono::NaiveDate;
use datafusion::common::{Column as Name, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, lit};

use super::cast::ReadAs;
use super::objects::ObjectTable;
use super::read::ReadWindow;
use super::schema::{Group, Resolved};
use crate::config::job::{Format, Source};
use crate::domain::{self, first_instant};
use crate::engine::{Session, arrow_type, timestamp_type};

/// Builds the table of `source`.
pub(super) fn build(
    session: &Session,
    url: &ObjectStoreUrl,
    source: &Source,
    resolved: &Resolved,
    window: &ReadWindow,
) -> Result<Option<DataFrame>, DataFusionError> {
    let mut whole: Option<DataFrame> = None;
    for group in &resolved.groups {
        let part = part(session, url, source, resolved, group, window)?;
        whole = Some(match whole {
            Some(whole) => whole.union(part)?,
            None => part,
        });
    }
    Ok(whole)
}

fn part(
    session: &Session,
    url: &ObjectStoreUrl,
    source: &Source,
    resolved: &Resolved,
    group: &Group,
    window: &ReadWindow,
) -> Result<DataFrame, DataFusionError> {
    let partitions = source
        .partitions
        .iter()
        .map(|column| Arc::new(Field::new(&column.name, arrow_type(column.data_type), true)))
        .collect();
    let table = ObjectTable::new(
        url.clone(),
        source.clone(),
        Arc::clone(&group.file),
        partitions,
        group.objects.clone(),
    );
    let mut frame = session.read(Arc::new(table))?;
    // A filter on the file's own column prunes files and row groups before anything is read.
    let held = source.time.as_ref().and_then(|time| {
        let held = group.file.field_with_name(time).ok()?.data_type().clone();
        matches!(held, DataType::Date32 | DataType::Timestamp(..)).then_some((time, held))
    });
    if let Some((time, held)) = &held {
        frame = frame.filter(within(column(time), held, window)?)?;
    }
    let null_values = match &source.format {
        Format::Csv(options) => options.null_values.clone(),
        Format::Parquet => Vec::new(),
    };
    let declared = resolved.columns.iter().map(|declared| -> Result<Expr, DataFusionError> {
        let data_type = arrow_type(declared.data_type);
        let Ok(held) = group.file.field_with_name(&declared.name).map(Field::data_type) else {
            // Only where `schema_changes` allows it.
            return Ok(lit(ScalarValue::try_new_null(&data_type)?).alias(&declared.name));
        };
        if null_values.is_empty() && *held == data_type {
            return Ok(column(&declared.name));
        }
        let read = ReadAs {
            source: source.name.clone(),
            column: declared.name.clone(),
            data_type: declared.data_type,
            null_values: null_values.clone(),
        };
        Ok(read.call(column(&declared.name)).alias(&declared.name))
    });
    let partitions = source.partitions.iter().map(|partition| Ok(column(&partition.name)));
    frame = frame.select(declared.chain(partitions).collect::<Result<Vec<_>, DataFusionError>>()?)?;
    match (&source.time, held) {
        (Some(time), None) => {
            let declared = time_type(source, resolved, time).map_or_else(timestamp_type, arrow_type);
            frame.filter(within(column(time), &declared, window)?)
        }
        _ => Ok(frame),
    }
}

/// The declared type of the time column, among columns and partitions.
pub(super) fn time_type(source: &Source, resolved: &Resolved, time: &str) -> Option<domain::DataType> {
    let columns = resolved.columns.iter().map(|column| (&column.name, column.data_type));
    let partitions = source.partitions.iter().map(|column| (&column.name, column.data_type));
    columns.chain(partitions).find(|(name, _)| *name == time).map(|(_, data_type)| data_type)
}

fn column(name: &str) -> Expr {
    Expr::Column(Name::from_name(name))
}

/// `time` lies in the window: compared as days, or as the instants at which those days begin.
fn within(time: Expr, held: &DataType, window: &ReadWindow) -> Result<Expr, DataFusionError> {
    let bound = |date: NaiveDate| -> Result<Expr, DataFusionError> {
        if held == &DataType::Date32 {
            return Ok(lit(ScalarValue::Date32(Some(date.to_epoch_days()))));
        }
        let micros = first_instant(date, window.time_zone).timestamp_micros();
        Ok(lit(ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())).cast_to(held)?))
    };
    let before_end = time.clone().lt(bound(window.end)?);
    let range = match window.start {
        Some(start) => time.clone().gt_eq(bound(start)?).and(before_end),
        None => before_end,
    };
    // Rows without a date belong to no window; they stay, so that the contract's check finds them.
    Ok(range.or(time.is_null()))
}
