//! Writes the rows of a query into one Parquet file, sorted, the same bytes every time.
//!
//! Rows come from an external sort and go to the file batch by batch, so memory stays bounded.
//! Batches are cut to a fixed size first: where a batch ends decides where pages end.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::SchemaRef;
use datafusion::common::Column;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::error::EngineError;
use super::output::{finite, table_schema};
use super::session::{Session, first};
use super::since::Since;
use super::text::{SqlOrigin, quote};

/// Rows per row group of every staged file.
pub const ROW_GROUP_ROWS: usize = 65_536;
const BATCH_ROWS: usize = 8_192;

/// Which rows are written, and how.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// Columns that the rows are sorted by: ascending, NULL first.
    pub order_by: &'a [String],
    /// Rows before this are left out; `None`: none.
    pub since: Option<&'a Since>,
    /// Whether NaN and infinity become NULL, as in published tables.
    pub is_finite: bool,
}

impl<'a> Form<'a> {
    /// All rows as they are, sorted.
    #[must_use]
    pub fn sorted(order_by: &'a [String]) -> Self {
        Self { order_by, since: None, is_finite: false }
    }
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Materialized {
    /// Number of rows.
    pub rows: u64,
    /// Columns as in the file.
    pub schema: SchemaRef,
}

impl Session {
    /// Runs a query and writes its rows to `path`, sorted.
    ///
    /// Types become those of tables: plain strings, signed integers, timestamps in UTC with
    /// microseconds. The file is the same to the byte for the same rows if they are ordered totally.
    ///
    /// # Errors
    ///
    /// When the query cannot be planned or fails, a column has no table type, or the disk is full.
    pub async fn materialize(
        &self,
        origin: &SqlOrigin,
        sql: &str,
        form: Form<'_>,
        path: &Path,
    ) -> Result<Materialized, EngineError> {
        let plan = self.plan(origin, sql).await.map_err(first)?;
        let schema = table_schema(origin, plan.schema().as_arrow()).map_err(first)?;
        self.write_sorted(plan, schema, form, path)
            .await
            .map_err(|error| EngineError::running(&error).at(&origin.file, origin.at))
    }

    /// Writes the rows of tables that have the columns of `schema` into one file, sorted.
    ///
    /// # Errors
    ///
    /// When a table is not there or has other columns, or the disk is full.
    pub async fn gather(
        &self,
        tables: &[&str],
        schema: &SchemaRef,
        form: Form<'_>,
        path: &Path,
    ) -> Result<Materialized, EngineError> {
        let names: Vec<String> = schema.fields().iter().map(|field| quote(field.name())).collect();
        let selects: Vec<String> =
            tables.iter().map(|table| format!("select {} from {}", names.join(", "), quote(table))).collect();
        let origin = SqlOrigin::file(path);
        let plan = self.plan(&origin, &selects.join(" union all ")).await.map_err(first)?;
        let written = self.write_sorted(plan, SchemaRef::clone(schema), form, path).await;
        written.map_err(|error| EngineError::running(&error))
    }

    async fn write_sorted(
        &self,
        plan: LogicalPlan,
        schema: SchemaRef,
        form: Form<'_>,
        path: &Path,
    ) -> Result<Materialized, DataFusionError> {
        let columns: Vec<Expr> = plan
            .schema()
            .iter()
            .zip(schema.fields())
            .map(|(column, target)| {
                let value = Expr::Column(Column::from(column));
                cast(value, target.data_type().clone()).alias(target.name())
            })
            .collect();
        let order = form.order_by.iter().map(|name| Expr::Column(Column::from_name(name)).sort(true, true));
        let mut plan = LogicalPlanBuilder::from(plan).project(columns)?.build()?;
        if let Some(since) = form.since {
            plan = since.filter(plan)?;
        }
        let plan = LogicalPlanBuilder::from(plan).sort(order)?.build()?;
        let mut stream = DataFrame::new(self.copied_state(), plan).execute_stream().await?;
        let file = BufWriter::new(File::create(path)?);
        let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties()?))?;
        let mut coalescer = BatchCoalescer::new(Arc::clone(&schema), BATCH_ROWS);
        let mut rows = 0;
        while let Some(batch) = stream.next().await {
            // Nullability and metadata of a plan's schema do not belong into the file.
            let mut columns = batch?.columns().to_vec();
            if form.is_finite {
                columns = columns.into_iter().map(finite).collect();
            }
            let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
            rows += batch.num_rows() as u64;
            coalescer.push_batch(batch)?;
            while let Some(batch) = coalescer.next_completed_batch() {
                writer.write(&batch)?;
            }
        }
        coalescer.finish_buffered_batch()?;
        while let Some(batch) = coalescer.next_completed_batch() {
            writer.write(&batch)?;
        }
        writer.into_inner()?.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        Ok(Materialized { rows, schema })
    }
}

fn properties() -> Result<WriterProperties, DataFusionError> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by("trichter".into())
        .build())
}
