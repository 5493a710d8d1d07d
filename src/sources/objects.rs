//! A table over an exact list of objects with the same columns.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::config::{CsvOptions as ScanOptions, TableParquetOptions};
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    CsvSource, FileGroup, FileScanConfigBuilder, FileSource, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use super::listing::SourceObject;
use super::sound::{Expected, SoundText};
use crate::config::job::{CsvOptions, Format, Source};

/// Objects with the same columns, read as they are.
#[derive(Debug)]
pub(super) struct ObjectTable {
    url: ObjectStoreUrl,
    source: Source,
    schema: TableSchema,
    objects: Vec<SourceObject>,
}

impl ObjectTable {
    /// A table of `objects` of `source`, each with the columns `file`, and `partitions` after them.
    pub(super) fn new(
        url: ObjectStoreUrl,
        source: Source,
        file: SchemaRef,
        partitions: Vec<FieldRef>,
        objects: Vec<SourceObject>,
    ) -> Self {
        let schema = TableSchema::builder(file).with_table_partition_cols(partitions).build();
        Self { url, source, schema, objects }
    }

    /// Objects dealt out in order, one group per partition of the plan.
    fn groups(&self, partitions: usize) -> Vec<FileGroup> {
        let size = self.objects.len().div_ceil(partitions).max(1);
        self.objects
            .chunks(size)
            .map(|objects| {
                let files = objects.iter().map(|object| {
                    PartitionedFile::new_from_meta(object.meta.clone())
                        .with_partition_values(object.partitions.clone())
                });
                FileGroup::new(files.collect())
            })
            .collect()
    }
}

#[async_trait]
impl TableProvider for ObjectTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // Filters prune row groups; rows are filtered above the scan all the same.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let source: Arc<dyn FileSource> = match &self.source.format {
            Format::Parquet => Arc::new(ParquetSource::new(self.schema.clone())),
            Format::Csv(options) => {
                let reader = CsvSource::new(self.schema.clone()).with_csv_options(scan_options(options));
                let expected = Expected {
                    source: self.source.name.clone(),
                    options: options.clone(),
                    fields: self.schema.file_schema().fields().len(),
                };
                Arc::new(SoundText::new(reader, expected))
            }
        };
        let config = FileScanConfigBuilder::new(self.url.clone(), source)
            .with_file_groups(self.groups(state.config().target_partitions()))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        match &self.source.format {
            Format::Parquet => parquet_format().create_physical_plan(state, config).await,
            // The format's own way takes nothing but its own reader.
            Format::Csv(_) => Ok(DataSourceExec::from_data_source(config)),
        }
    }
}

/// How timestamps of old Spark and Impala files are read: as instants in UTC.
pub(super) fn int96() -> (TimeUnit, Arc<str>) {
    (TimeUnit::Microsecond, "UTC".into())
}

/// Parquet without string views, which tables do not hold.
fn parquet_format() -> ParquetFormat {
    let mut options = TableParquetOptions::default();
    options.global.schema_force_view_types = false;
    // As `int96` says.
    options.global.coerce_int96 = Some("us".into());
    options.global.coerce_int96_tz = Some("UTC".into());
    ParquetFormat::default().with_options(options)
}

/// How a scan is told to read delimited text. Missing values are not among it: the reader
/// does not look at them, [`super::cast::ReadAs`] does.
pub(super) fn scan_options(options: &CsvOptions) -> ScanOptions {
    ScanOptions {
        has_header: Some(options.header),
        delimiter: options.delimiter,
        quote: options.quote,
        // Without this, large files are split at line breaks inside quotes.
        newlines_in_values: Some(true),
        truncated_rows: Some(false),
        ..ScanOptions::default()
    }
}
