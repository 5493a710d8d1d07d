//! A session: named tables, and the queries over them.
//!
//! Plans are the same on every machine: the number of partitions is a constant, not the number of
//! cores. Joins sort and merge, because a hash join does not spill.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::TableReference;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SessionContext;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::SessionConfig;
use object_store::ObjectStore;
use url::Url;

use super::clock;
use super::error::{EngineError, EngineErrorKind};
use super::exact::{exact_avg, exact_sum};
use super::planned::PlannedTable;
use super::since::Since;
use super::text::{Parameters, SqlOrigin};

/// Partitions of every plan. A constant, so that plans do not depend on the machine.
pub(crate) const PARTITIONS: usize = 8;
/// The only catalog of a session, and its schema with the tables of the run.
const CATALOG: &str = "datafusion";
const PUBLIC: &str = "public";
/// The schema with results of earlier runs. Jobs cannot give this name to a table.
pub(crate) const PREVIOUS: &str = "previous";
/// Rows per batch.
const BATCH_ROWS: usize = 8_192;

/// Named tables and queries over them. Clones share their tables.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    /// Functions, rules and settings, which nothing changes any more. A copy of its own, because the context gives
    /// copies only, and each costs as much as planning a small query.
    state: Arc<SessionState>,
    runtime: Arc<RuntimeEnv>,
    memory_limit: u64,
    parameters: Parameters,
}

/// A table of one session as another one is to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its name there.
    pub name: String,
    /// Its name here.
    pub held_as: String,
    /// Which of its rows; `None`: all of them.
    pub since: Option<Since>,
}

impl Session {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that builds sessions")]
    pub(super) fn new(runtime: &Arc<RuntimeEnv>, memory_limit: u64, parameters: Parameters) -> Self {
        let state = SessionStateBuilder::new()
            .with_default_features()
            .with_config(configuration(memory_limit))
            .with_runtime_env(Arc::clone(runtime))
            .build();
        let context = SessionContext::new_with_state(state);
        if let Some(catalog) = context.catalog(CATALOG) {
            // A catalog in memory takes every new schema.
            let earlier: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
            let _ = catalog.register_schema(PREVIOUS, earlier);
        }
        context.register_udaf(exact_sum());
        context.register_udaf(exact_avg());
        for function in clock::pinned(parameters.as_of) {
            context.register_udf(function);
        }
        let state = Arc::new(context.state());
        Self { context, state, runtime: Arc::clone(runtime), memory_limit, parameters }
    }

    /// A session with the same parameters and stores, but without tables.
    #[must_use]
    pub fn without_tables(&self) -> Self {
        Self::new(&self.runtime, self.memory_limit, self.parameters.clone())
    }

    /// A session that knows the tables of `relations` under their names, and those of earlier runs.
    ///
    /// # Errors
    ///
    /// When a table is not there, or has no such time column.
    pub async fn narrowed(&self, relations: &[Relation]) -> Result<Self, EngineError> {
        let narrowed = self.without_tables();
        let unknown = |error: DataFusionError| EngineError::running(&error);
        for name in self.previous_names() {
            let table = self.context.table_provider(reference(&name)).await.map_err(unknown)?;
            narrowed.register(&name, table)?;
        }
        for relation in relations {
            let held = TableReference::bare(relation.held_as.as_str());
            let mut table = self.context.table_provider(held).await.map_err(unknown)?;
            if let Some(since) = &relation.since {
                let (state, plan) = self.read(table).map_err(unknown)?.into_parts();
                let plan = since.filter(plan).map_err(unknown)?;
                table = DataFrame::new(state, plan).into_view();
            }
            narrowed.register(&relation.name, table)?;
        }
        Ok(narrowed)
    }

    /// Leaves only the rows of the table `name` before a day.
    ///
    /// # Errors
    ///
    /// When the table is not there, or has no such time column.
    pub async fn register_before(&self, name: &str, day: &Since) -> Result<(), EngineError> {
        let wrong = |error: DataFusionError| EngineError::running(&error);
        let table = self.context.table_provider(reference(name)).await.map_err(wrong)?;
        let (state, plan) = self.read(table).map_err(wrong)?.into_parts();
        let plan = day.filter_before(plan).map_err(wrong)?;
        self.register(name, DataFrame::new(state, plan).into_view())
    }

    /// The bound parameters.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Runs a query and returns its rows, in no particular order unless the query orders them.
    ///
    /// # Errors
    ///
    /// With the place in the SQL when the query cannot be planned, else with the file.
    pub async fn query(&self, origin: &SqlOrigin, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
        let plan = self.plan(origin, sql).await.map_err(first)?;
        let rows = DataFrame::new(self.copied_state(), plan).collect().await;
        rows.map_err(|error| EngineError::running(&error).at(&origin.file, origin.at))
    }

    /// Makes a local Parquet file the table `name`, in place of any table of that name.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub async fn register_parquet(&self, name: &str, file: &Path) -> Result<(), EngineError> {
        let url = Url::from_file_path(file).map_err(|()| {
            EngineError::new(
                EngineErrorKind::Runtime,
                "input_output",
                format!("{} is no absolute path", file.display()),
            )
        })?;
        let table = async {
            let format = ParquetFormat::default().with_force_view_types(false);
            let options = ListingOptions::new(Arc::new(format)).with_file_extension("");
            ListingTableConfig::new(ListingTableUrl::try_new(url, None)?)
                .with_listing_options(options)
                .infer_schema(self.state())
                .await
                .and_then(ListingTable::try_new)
        };
        let table = table.await.map_err(|error| EngineError::running(&error))?;
        self.register(name, Arc::new(table))
    }

    /// Makes the rows of `batch` the table `name`, in place of any table of that name.
    ///
    /// # Errors
    ///
    /// Does not fail in practice; the catalog may refuse a table.
    pub fn register_rows(&self, name: &str, batch: RecordBatch) -> Result<(), EngineError> {
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]]);
        self.register(name, Arc::new(table.map_err(|error| EngineError::running(&error))?))
    }

    /// Makes a table without rows, for planning.
    ///
    /// # Errors
    ///
    /// Does not fail in practice; the catalog may refuse a table.
    pub fn register_planned(&self, name: &str, schema: SchemaRef) -> Result<(), EngineError> {
        self.register(name, Arc::new(PlannedTable(schema)))
    }

    /// Makes `table` the table `name`, in place of any table of that name.
    ///
    /// Here and everywhere else, names that begin with `previous.` are those of results of earlier runs.
    pub(crate) fn register(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<(), EngineError> {
        let reference = reference(name);
        self.context
            .deregister_table(reference.clone())
            .and_then(|_| self.context.register_table(reference, table))
            .map(|_| ())
            .map_err(|error| EngineError::running(&error))
    }

    /// Columns of the table `name`, `None` if there is no such table.
    pub async fn schema(&self, name: &str) -> Option<SchemaRef> {
        let table = self.context.table_provider(reference(name)).await.ok()?;
        let schema = table.schema();
        Some(Arc::new(Schema::new(schema.fields().clone())))
    }

    /// Names of all tables, sorted; those of earlier runs apart.
    #[must_use]
    pub fn table_names(&self) -> Vec<String> {
        self.names_in(PUBLIC)
    }

    /// Names of the tables of earlier runs with `previous.` before them, sorted.
    #[must_use]
    pub fn previous_names(&self) -> Vec<String> {
        self.names_in(PREVIOUS).iter().map(|name| format!("{PREVIOUS}.{name}")).collect()
    }

    fn names_in(&self, schema: &str) -> Vec<String> {
        let schema = self.context.catalog(CATALOG).and_then(|catalog| catalog.schema(schema));
        let mut names = schema.map(|schema| schema.table_names()).unwrap_or_default();
        names.sort();
        names
    }

    /// Reads `table` without giving it a name.
    pub(crate) fn read(&self, table: Arc<dyn TableProvider>) -> Result<DataFrame, DataFusionError> {
        self.context.read_table(table)
    }

    /// The store that scans of `url` read from.
    pub(crate) fn object_store(&self, url: &ObjectStoreUrl) -> Result<Arc<dyn ObjectStore>, EngineError> {
        self.runtime.object_store(url).map_err(|error| EngineError::running(&error))
    }

    /// Functions, rules and settings. Tables that are registered later are seen.
    pub(crate) fn state(&self) -> &SessionState {
        &self.state
    }

    /// The state for a query that runs: it begins now.
    pub(super) fn copied_state(&self) -> SessionState {
        self.context.state()
    }
}

/// The address of a table within the catalog.
fn reference(name: &str) -> TableReference {
    match previous_table(name) {
        Some(table) => TableReference::partial(PREVIOUS, table),
        None => TableReference::bare(name),
    }
}

/// The table that `previous.<table>` means; `None` for any other name.
#[must_use]
pub(crate) fn previous_table(name: &str) -> Option<&str> {
    name.split_once('.').filter(|(schema, _)| *schema == PREVIOUS).map(|(_, table)| table)
}

/// The first of several errors; planning never fails with none.
pub(super) fn first(errors: Vec<EngineError>) -> EngineError {
    errors
        .into_iter()
        .next()
        .unwrap_or_else(|| EngineError::new(EngineErrorKind::Sql, "sql", "the query cannot be planned"))
}

fn configuration(memory_limit: u64) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(PARTITIONS)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(false);
    let options = config.options_mut();
    options.sql_parser.collect_spans = true;
    // Tables hold plain strings; views are for engines.
    options.sql_parser.map_string_types_to_utf8view = false;
    options.execution.parquet.schema_force_view_types = false;
    options.execution.time_zone = Some("UTC".into());
    options.execution.planning_concurrency = PARTITIONS;
    options.optimizer.prefer_hash_join = false;
    // One sort that may use the whole limit spills well; one per partition, merging at the same time,
    // runs out of memory.
    options.optimizer.repartition_sorts = false;
    // Each partition of each sort sets this aside; the default of 10 MB would eat a small limit.
    let reserved = memory_limit / (16 * PARTITIONS as u64);
    options.execution.sort_spill_reservation_bytes =
        usize::try_from(reserved.min(10 << 20)).unwrap_or(10 << 20);
    config
}
