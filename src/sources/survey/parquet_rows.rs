//! What the footer of a Parquet file says about its columns, and its first rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, SchemaRef};
use chrono::NaiveDate;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::error::DataFusionError;
use futures::TryStreamExt;
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use super::object_reader::ObjectReader;
use super::seen::ColumnSeen;
use crate::engine::{EngineError, EngineErrorKind, Session, domain_type};
use crate::sources::columns::kind;
use crate::sources::footer::footer;
use crate::sources::listing::{SourceObject, date_of};

/// Rows that are decoded at once.
const BATCH: usize = 8_192;

/// The columns of `object` and its number of rows.
pub(super) async fn columns(
    session: &Session,
    store: &Arc<dyn ObjectStore>,
    object: &SourceObject,
) -> Result<(Vec<ColumnSeen>, u64), EngineError> {
    let schema = footer(session, store, object).await?;
    let footers = session.state().runtime_env().cache_manager.get_file_metadata_cache();
    let metadata = DFParquetMetadata::new(store.as_ref(), &object.meta)
        .with_file_metadata_cache(Some(footers))
        .fetch_metadata()
        .await
        .map_err(|error| EngineError::running(&error).about(&object.name))?;
    let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for field in schema.fields() {
        *times.entry(field.name()).or_default() += 1;
    }
    let columns = schema.fields().iter().map(|field| {
        let is_once = times.get(field.name().as_str()) == Some(&1);
        let data_type = domain_type(field.data_type()).filter(|_| is_once && !field.name().is_empty());
        let (nulls, days) = statistics(&metadata, &schema, field.name()).unwrap_or_default();
        let kind = if is_once { kind(field.data_type()) } else { "a name that occurs twice".to_owned() };
        ColumnSeen {
            name: field.name().clone(),
            data_type,
            arrow: field.data_type().clone(),
            kind,
            nulls,
            days,
        }
    });
    Ok((columns.collect(), rows))
}

type Statistics = (Option<u64>, Option<(NaiveDate, NaiveDate)>);

/// Missing values of a column, and its first and last day, where every row group says so.
fn statistics(metadata: &ParquetMetaData, schema: &SchemaRef, name: &str) -> Option<Statistics> {
    let parquet = metadata.file_metadata().schema_descr();
    let converter = StatisticsConverter::try_new(name, schema, parquet).ok()?;
    let converter = converter.with_missing_null_counts_as_zero(false);
    let groups = metadata.row_groups();
    let counts = converter.row_group_null_counts(groups).ok()?;
    let nulls = (counts.null_count() == 0).then(|| counts.iter().flatten().sum());
    let is_dated = matches!(
        schema.field_with_name(name).ok()?.data_type(),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
    );
    let days = if is_dated { extent(&converter, metadata) } else { None };
    Some((nulls, days))
}

fn extent(converter: &StatisticsConverter<'_>, metadata: &ParquetMetaData) -> Option<(NaiveDate, NaiveDate)> {
    let days = |values: ArrayRef| -> Option<Vec<i32>> {
        let days = cast(&values, &DataType::Date32).ok()?;
        let days = days.as_primitive::<Date32Type>();
        (days.null_count() == 0).then(|| days.values().to_vec())
    };
    let first = days(converter.row_group_mins(metadata.row_groups()).ok()?)?.into_iter().min()?;
    let last = days(converter.row_group_maxes(metadata.row_groups()).ok()?)?.into_iter().max()?;
    Some((date_of(first)?, date_of(last)?))
}

/// The first rows of `object`, at most `limit`.
pub(super) async fn rows(
    store: &Arc<dyn ObjectStore>,
    object: &SourceObject,
    limit: usize,
) -> Result<Vec<RecordBatch>, EngineError> {
    let unreadable = |error: ParquetError| {
        let reason = error.to_string();
        let error = EngineError::running(&DataFusionError::from(error));
        // A store that is away says nothing about the file.
        match error.kind {
            EngineErrorKind::Runtime => {
                let message = format!("{}: {reason}", object.name);
                EngineError::new(EngineErrorKind::Source, "unreadable", message)
            }
            _ => error.about(&object.name),
        }
    };
    let reader = ObjectReader { store: Arc::clone(store), meta: object.meta.clone() };
    let stream = ParquetRecordBatchStreamBuilder::new(reader)
        .await
        .and_then(|builder| builder.with_batch_size(BATCH).with_limit(limit).build())
        .map_err(unreadable)?;
    stream.try_collect().await.map_err(unreadable)
}
