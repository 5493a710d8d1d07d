//! What earlier runs published, as a later run reads it: results of the latest window that ended
//! before, and the earlier periods of the job's own tables.
//!
//! What people get wrong is reading themselves: a run that reads the newest publication gives other
//! rows when it is repeated. So only windows with an `as_of` strictly before the run's own are seen,
//! and only periods that the run does not publish again.

use std::fs::File;
use std::path::Path as LocalPath;
use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{Field, Schema, SchemaRef};
use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::ArrowWriter;

use super::error::PublishError;
use super::pointer::Pointer;
use super::portable::portable_schema;
use super::registry::{RUNS, TABLES};
use super::schema::{TableSchema, arrow_type};
use super::{layout, parquet_file, pointer};
use crate::domain::Window;

/// Objects that are read at once.
const UNDER_WAY: usize = 8;

/// The publications of a job before one window.
#[derive(Debug, Clone)]
pub struct Previous {
    target: Arc<dyn ObjectStore>,
    pointer: Option<Pointer>,
    as_of: Option<NaiveDate>,
}

/// Periods of a job's table that earlier runs kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlierPeriods {
    /// First period; `None` for all there are.
    pub start: Option<NaiveDate>,
    /// First period that is not among them.
    pub end: NaiveDate,
}

/// Rows of earlier runs in a local file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviousRows {
    /// Number of rows.
    pub rows: u64,
    /// The objects that were read, with paths below the target.
    pub objects: Vec<ObjectMeta>,
    /// Objects that were left out because they cannot have the columns of today, each with the reason.
    pub left_out: Vec<String>,
}

/// Every table of results with the columns that SQL sees of earlier runs: all may have missing values,
/// since an earlier run may not have known a column.
#[must_use]
pub fn previous_schemas() -> Vec<(&'static str, SchemaRef)> {
    let schema = |table: &super::registry::TableDef| {
        let fields = table.columns.iter();
        let fields = fields.map(|column| Field::new(column.name, arrow_type(column.data_type), true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    };
    TABLES.iter().map(|table| (table.name, schema(table))).collect()
}

impl Previous {
    /// Looks for the latest publication of `job` with an `as_of` strictly before the end of `window`.
    ///
    /// # Errors
    ///
    /// The store's error, or [`PublishError::WrongOwner`] for a target of another job.
    pub async fn find(
        target: &Arc<dyn ObjectStore>,
        job: &str,
        window: Window,
    ) -> Result<Self, PublishError> {
        let pointer = pointer::read(target).await?.map(|seen| seen.pointer);
        pointer.as_ref().map_or(Ok(()), |pointer| pointer.refuse_other_owner(job))?;
        // Every publication has this table.
        let windows = layout::history_of(RUNS.name);
        let listed = target.list_with_delimiter(Some(&windows)).await;
        let listed = listed.map_err(PublishError::store("list", &windows))?;
        let day = |folder: &Path| folder.filename().and_then(|name| name.parse::<NaiveDate>().ok());
        let newest = pointer.as_ref().map(|pointer| pointer.as_of);
        let published = listed.common_prefixes.iter().filter_map(day).chain(newest);
        let as_of = published.filter(|as_of| *as_of < window.end()).max();
        Ok(Self { target: Arc::clone(target), pointer, as_of })
    }

    /// The `as_of` of the newest publication, before or after this window; `None` if there is none.
    #[must_use]
    pub fn newest(&self) -> Option<NaiveDate> {
        self.pointer.as_ref().map(|pointer| pointer.as_of)
    }

    /// The `as_of` of that publication; `None` if there is none.
    #[must_use]
    pub fn as_of(&self) -> Option<NaiveDate> {
        self.as_of
    }

    /// The day before which every period of a job's table is kept, computed with the SQL that has the fingerprint `logic`.
    /// `None`: some periods are missing or were computed otherwise. Without a fingerprint it is enough that there are any.
    #[must_use]
    pub fn kept_until(&self, table: &str, logic: Option<&str>) -> Option<NaiveDate> {
        let pointer = self.pointer.as_ref()?;
        let kept =
            pointer.table(table).filter(|kept| kept.files.iter().any(|file| file.period_start.is_some()))?;
        (logic.is_none() || kept.logic.as_deref() == logic).then_some(pointer.as_of)
    }

    /// Whether the kept periods of a job's table can be read together with rows of `schema`.
    #[must_use]
    pub fn keeps_form(&self, table: &str, key: &[String], schema: &Schema) -> bool {
        let kept = self.pointer.as_ref().and_then(|pointer| pointer.table(table));
        let now =
            portable_schema(table, key, schema).map(|arrow| TableSchema::of_sql_table(table, key, &arrow));
        match (kept, now) {
            (Some(kept), Ok(now)) => now.breaks(&kept.schema).is_empty(),
            // What cannot be published is told when it is.
            _ => true,
        }
    }

    /// Writes what earlier runs know of `table` into the local Parquet file `file`, with the columns of
    /// `schema`: a job's own table for the given `periods`, a result table as that publication had it. Columns that an
    /// object lacks are NULL. Without any object there are no rows.
    ///
    /// # Errors
    ///
    /// The store's error, or that of the file.
    pub async fn stage(
        &self,
        table: &str,
        periods: Option<EarlierPeriods>,
        schema: &SchemaRef,
        file: &LocalPath,
    ) -> Result<PreviousRows, PublishError> {
        let objects = match periods {
            Some(periods) => self.periods(table, periods).await?,
            None => self.result(table).await?.into_iter().collect(),
        };
        let created = File::create(file).map_err(PublishError::file("create", file))?;
        let name = file.display();
        let mut writer = ArrowWriter::try_new(created, Arc::clone(schema), None)
            .map_err(PublishError::parquet("write", &name))?;
        let mut read = PreviousRows::default();
        let mut found = stream::iter(objects)
            .map(|object| async move { self.rows(&object).await.map(|rows| (object, rows)) })
            .buffered(UNDER_WAY);
        while let Some((object, rows)) = found.try_next().await? {
            match in_form_of(schema, &rows) {
                Ok(batches) => {
                    for batch in batches {
                        writer.write(&batch).map_err(PublishError::parquet("write", &name))?;
                        read.rows += batch.num_rows() as u64;
                    }
                    read.objects.push(object);
                }
                Err(reason) => read.left_out.push(format!("`{}`: {reason}", object.location)),
            }
        }
        writer.close().map_err(PublishError::parquet("write", &name))?;
        Ok(read)
    }

    /// The rows of a result table in that publication, with the object they come from; `None` if it has no
    /// such table.
    ///
    /// # Errors
    ///
    /// The store's error.
    pub(crate) async fn result_rows(
        &self,
        table: &str,
    ) -> Result<Option<(ObjectMeta, Vec<RecordBatch>)>, PublishError> {
        let Some(object) = self.result(table).await? else { return Ok(None) };
        let rows = self.rows(&object).await?;
        Ok(Some((object, rows)))
    }

    async fn rows(&self, object: &ObjectMeta) -> Result<Vec<RecordBatch>, PublishError> {
        let path = &object.location;
        let found = self.target.get(path).await.map_err(PublishError::store("read", path))?;
        let bytes = found.bytes().await.map_err(PublishError::store("read", path))?;
        parquet_file::decode(bytes, path.as_ref())
    }

    /// The object of a result table. A run that died after its publication became visible may not have
    /// copied it into `history/`; the pointer knows it all the same.
    async fn result(&self, table: &str) -> Result<Option<ObjectMeta>, PublishError> {
        let Some(as_of) = self.as_of else { return Ok(None) };
        let newest = self.pointer.as_ref().filter(|pointer| pointer.as_of == as_of);
        let staged = newest.and_then(|pointer| pointer.table(table)?.files.first());
        let staged = staged.map(|file| Path::from(file.path.as_str()));
        for path in std::iter::once(layout::history(table, as_of)).chain(staged) {
            match self.target.head(&path).await {
                Err(StoreError::NotFound { .. }) => {}
                found => {
                    let found = found.map_err(PublishError::store("read", &path))?;
                    // Stores below a folder tell where the object lies in the storage above it.
                    return Ok(Some(ObjectMeta { location: path, ..found }));
                }
            }
        }
        Ok(None)
    }

    /// The objects of a job's table for `periods`, in their order.
    async fn periods(&self, table: &str, periods: EarlierPeriods) -> Result<Vec<ObjectMeta>, PublishError> {
        let folder = layout::kept(table);
        let listed: Vec<ObjectMeta> = self
            .target
            .list(Some(&folder))
            .try_collect()
            .await
            .map_err(PublishError::store("list", &folder))?;
        let dated = listed
            .into_iter()
            .filter_map(|object| Some((layout::period_of(table, &object.location)?, object)));
        let is_wanted =
            |period: NaiveDate| period < periods.end && periods.start.is_none_or(|start| period >= start);
        let mut dated: Vec<(NaiveDate, ObjectMeta)> =
            dated.filter(|(period, _)| is_wanted(*period)).collect();
        dated.sort_by_key(|(period, _)| *period);
        Ok(dated.into_iter().map(|(_, object)| object).collect())
    }
}

/// The batches with the columns of `schema`, those that they lack without values; or why they cannot
/// have them.
fn in_form_of(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<RecordBatch>, String> {
    let in_form = |batch: &RecordBatch| {
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            columns.push(match batch.column_by_name(field.name()) {
                Some(column) if column.data_type() == field.data_type() => column.clone(),
                Some(column) => {
                    let (was, is) = (column.data_type(), field.data_type());
                    return Err(format!("column `{}` was {was} and is {is}", field.name()));
                }
                None => new_null_array(field.data_type(), batch.num_rows()),
            });
        }
        RecordBatch::try_new(Arc::clone(schema), columns).map_err(|error| error.to_string())
    };
    batches.iter().map(in_form).collect()
}
