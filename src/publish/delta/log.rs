//! Commits to the log of a Delta table and reads it, with delta-rs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TableReference};
use deltalake_core::kernel::{
    Action, Add, DataType as DeltaType, LogicalFileView, MetadataExt, StructField, StructType,
};
use deltalake_core::logstore::{StorageConfig, default_logstore};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableError, TableProperty};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde_json::Value;
use url::Url;

use super::statistics::statistics;
use super::{Mirror, MirrorFile};
use crate::domain::DataType;
use crate::publish::error::PublishError;
use crate::publish::guard::Guard;
use crate::publish::layout;
use crate::publish::read::footer;
use crate::publish::schema::TableSchema;
use crate::publish::upload::UNDER_WAY;

/// Makes a Delta table equal to `wanted`, in one commit that names the `publication`; without one if it is equal already.
///
/// # Errors
///
/// What the store, delta-rs or `guard` say. Until the commit readers have the table as it was.
pub(in crate::publish) async fn commit(
    target: &Arc<dyn ObjectStore>,
    wanted: &Mirror,
    publication: &str,
    guard: &dyn Guard,
) -> Result<(), PublishError> {
    let Some(change) = Change::find(target, wanted).await? else { return Ok(()) };
    let added: Vec<_> = change.added.iter().map(|file| add(target, wanted, file, guard)).collect();
    let added: Vec<Add> = stream::iter(added).buffered(UNDER_WAY).try_collect().await?;
    guard.confirm()?;
    let Err(error) = change.carry_out(&wanted.schema, added, publication).await else { return Ok(()) };
    // The commit may have gone through although its answer got lost.
    match Change::find(target, wanted).await {
        Ok(None) => Ok(()),
        _ => Err(PublishError::delta("write", &wanted.schema.table, error)),
    }
}

/// What separates a table from what a publication wants.
struct Change<'a> {
    /// As it is; without a version if there is none yet.
    table: DeltaTable,
    /// Its columns as they shall be.
    schema: StructType,
    /// Whether they are others so far.
    is_schema_new: bool,
    added: Vec<&'a MirrorFile>,
    removed: Vec<LogicalFileView>,
}

impl<'a> Change<'a> {
    /// What there is to do; `None` if the table is equal to `wanted`.
    async fn find(target: &Arc<dyn ObjectStore>, wanted: &'a Mirror) -> Result<Option<Self>, PublishError> {
        let name = &wanted.schema.table;
        let failed = |error| PublishError::delta("read", name, error);
        let schema = struct_type(&wanted.schema).map_err(failed)?;
        let table = open(target, name).await?;
        let (mut active, is_schema_new) = if table.version().is_some() {
            let known = table.snapshot().map_err(failed)?.schema();
            (active(&table).map_err(failed)?, known.as_ref() != &schema)
        } else {
            (BTreeMap::new(), true)
        };
        let added: Vec<&MirrorFile> =
            wanted.files.iter().filter(|file| active.remove(&file.name).is_none()).collect();
        let removed: Vec<LogicalFileView> = active.into_values().collect();
        let is_equal = added.is_empty() && removed.is_empty() && !is_schema_new;
        Ok((!is_equal).then_some(Self { table, schema, is_schema_new, added, removed }))
    }

    /// Commits it, with what the log says about the added files.
    async fn carry_out(
        self,
        wanted: &TableSchema,
        added: Vec<Add>,
        publication: &str,
    ) -> Result<(), DeltaTableError> {
        let mut actions: Vec<Action> = added.into_iter().map(Action::Add).collect();
        let notes = [("userMetadata".to_owned(), Value::String(format!("publication {publication}")))];
        let properties = CommitProperties::default().with_metadata(notes);
        if self.table.version().is_none() {
            let mut create = CreateBuilder::new()
                .with_log_store(self.table.log_store())
                .with_table_name(&wanted.table)
                .with_columns(self.schema.fields().cloned())
                .with_actions(actions)
                // As Spark does it; delta-rs would let readers open a hundred commits.
                .with_configuration_property(TableProperty::CheckpointInterval, Some("10"))
                .with_commit_properties(properties);
            if let Some(meaning) = &wanted.meaning {
                create = create.with_comment(meaning);
            }
            create.await?;
            return Ok(());
        }
        let state = self.table.snapshot()?;
        if self.is_schema_new {
            actions.push(Action::Metadata(state.metadata().clone().with_schema(&self.schema)?));
        }
        actions.extend(self.removed.iter().map(|file| Action::Remove(file.remove_action(true))));
        let operation =
            DeltaOperation::Write { mode: SaveMode::Overwrite, partition_by: None, predicate: None };
        CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(state.snapshot() as &dyn TableReference), self.table.log_store(), operation)
            .await?;
        Ok(())
    }
}

/// The objects of the Delta table `name` that it has not consisted of since `cut`, apart from its log.
///
/// # Errors
///
/// What the store or delta-rs say.
pub(in crate::publish) async fn unused(
    target: &Arc<dyn ObjectStore>,
    name: &str,
    cut: DateTime<Utc>,
) -> Result<Vec<ObjectMeta>, PublishError> {
    let failed = |error| PublishError::delta("read", name, error);
    let table = open(target, name).await?;
    if table.version().is_none() {
        return Ok(Vec::new());
    }
    let active = active(&table).map_err(failed)?;
    let log_store = table.log_store();
    let state = table.snapshot().map_err(failed)?;
    let removed: BTreeMap<String, i64> = state
        .all_tombstones(&log_store)
        .map_ok(|file| (file.path().into_owned(), file.deletion_timestamp().unwrap_or_default()))
        .try_collect()
        .await
        .map_err(failed)?;
    let folder = layout::delta_table(name);
    let listed: Vec<ObjectMeta> =
        target.list(Some(&folder)).try_collect().await.map_err(PublishError::store("list", &folder))?;
    let is_unused = |object: &ObjectMeta| {
        let parts: Option<Vec<_>> = object.location.prefix_match(&folder).map(Iterator::collect);
        // The table's own files lie right in its folder; the log keeps itself short.
        let Some([file]) = parts.as_deref() else { return false };
        let was_removed = removed.get(file.as_ref()).is_none_or(|at| *at <= cut.timestamp_millis());
        !active.contains_key(file.as_ref()) && was_removed && object.last_modified <= cut
    };
    Ok(listed.into_iter().filter(is_unused).collect())
}

/// The table as its log says now; without a version if there is none yet.
async fn open(target: &Arc<dyn ObjectStore>, name: &str) -> Result<DeltaTable, PublishError> {
    let folder = layout::delta_table(name);
    let below: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(Arc::clone(target), folder.clone()));
    // Objects are reached through the target's own client, so of the address only the path counts, and the host: like those
    // of S3's directory buckets it tells delta-rs that listings are not in order, which on local folders they are not.
    let address = Url::parse(&format!("memory://target--x-s3/{folder}/"))
        .map_err(|error| PublishError::delta("read", name, DeltaTableError::Generic(error.to_string())))?;
    let mut table =
        DeltaTable::new(default_logstore(below, Arc::clone(target), &address, &StorageConfig::default()));
    match table.load().await {
        Ok(()) | Err(DeltaTableError::NotATable(_)) => Ok(table),
        Err(error) => Err(PublishError::delta("read", name, error)),
    }
}

/// The files of a table by name.
fn active(table: &DeltaTable) -> Result<BTreeMap<String, LogicalFileView>, DeltaTableError> {
    let files = table.snapshot()?.log_data().iter().map(|file| (file.path().into_owned(), file)).collect();
    Ok(files)
}

/// Copies a file of the publication into the table's folder, for a commit to name it.
async fn add(
    target: &Arc<dyn ObjectStore>,
    wanted: &Mirror,
    file: &MirrorFile,
    guard: &dyn Guard,
) -> Result<Add, PublishError> {
    let (from, to) =
        (Path::from(file.from.as_str()), layout::delta_table(&wanted.schema.table).join(file.name.as_str()));
    guard.confirm()?;
    // It may be there from an attempt that did not come to its commit, with the same content: that is its name.
    target.copy(&from, &to).await.map_err(PublishError::store("write", &to))?;
    let written = target.head(&to).await.map_err(PublishError::store("read", &to))?;
    let metadata = footer(target, &from, file.bytes).await?;
    let stats = statistics(&wanted.schema, &metadata)?;
    Ok(Add {
        path: file.name.clone(),
        size: i64::try_from(file.bytes).unwrap_or(i64::MAX),
        modification_time: written.last_modified.timestamp_millis(),
        data_change: true,
        stats: Some(stats.to_string()),
        partition_values: std::collections::HashMap::new(),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    })
}

/// The columns as Delta describes them.
fn struct_type(schema: &TableSchema) -> Result<StructType, DeltaTableError> {
    let mut fields = Vec::with_capacity(schema.columns.len());
    for column in &schema.columns {
        let data_type = DataType::parse(&column.data_type)
            .ok_or_else(|| DeltaTableError::Generic(format!("unknown type {}", column.data_type)))?;
        let mut notes: Vec<(&str, String)> = Vec::new();
        notes.extend(column.meaning.clone().map(|meaning| ("comment", meaning)));
        notes.extend(column.unit.clone().map(|unit| ("unit", unit)));
        let field = StructField::new(column.name.clone(), delta_type(data_type)?, column.nullable);
        fields.push(field.with_metadata(notes));
    }
    Ok(StructType::try_new(fields)?)
}

fn delta_type(data_type: DataType) -> Result<DeltaType, DeltaTableError> {
    Ok(match data_type {
        DataType::String => DeltaType::STRING,
        DataType::Boolean => DeltaType::BOOLEAN,
        DataType::Integer => DeltaType::INTEGER,
        DataType::Bigint => DeltaType::LONG,
        DataType::Double => DeltaType::DOUBLE,
        DataType::Date => DeltaType::DATE,
        DataType::Timestamp => DeltaType::TIMESTAMP,
        DataType::Decimal { precision, scale } => {
            DeltaType::decimal(precision, u8::try_from(scale).unwrap_or_default())?
        }
    })
}

/// The files of the Delta table `name` in order; `None` if there is none.
#[cfg(test)]
pub(in crate::publish) async fn files(
    target: &Arc<dyn ObjectStore>,
    name: &str,
) -> Result<Option<Vec<String>>, PublishError> {
    let table = open(target, name).await?;
    if table.version().is_none() {
        return Ok(None);
    }
    let active = active(&table).map_err(|error| PublishError::delta("read", name, error))?;
    Ok(Some(active.into_keys().collect()))
}
