//! Delimited text that is looked at while it is read.
//!
//! The reader takes an open quote for a field that goes on to the end of the file, so that rows vanish without an error.
//! Bytes therefore pass a [`Scan`] on their way to it: no text is read twice for that, and none unseen.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::physical_plan::{CsvSource, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr};
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};

use super::scan::{Scan, Trouble};
use crate::config::job::CsvOptions;
use crate::engine::ContractViolation;

/// Bytes of a local file that are read at once.
const CHUNK: usize = 1 << 18;

/// Fields read at once: 10,000 columns in batches of 8,192 rows would take more than a gigabyte for each reader.
const FIELDS: usize = 1 << 20;

/// What text must be like.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// Name of the source, for messages.
    pub(super) source: String,
    pub(super) options: CsvOptions,
    /// Fields of each record.
    pub(super) fields: usize,
}

/// A scan of delimited text that ends at the first thing which no such text holds.
#[derive(Clone)]
pub(super) struct SoundText {
    inner: Arc<dyn FileSource>,
    expected: Arc<Expected>,
}

impl SoundText {
    /// Reads as `inner` does.
    pub(super) fn new(inner: CsvSource, expected: Expected) -> Self {
        Self { inner: Arc::new(inner), expected: Arc::new(expected) }
    }

    fn around(&self, inner: Arc<dyn FileSource>) -> Arc<dyn FileSource> {
        Arc::new(Self { inner, expected: Arc::clone(&self.expected) })
    }
}

impl FileSource for SoundText {
    fn create_file_opener(
        &self,
        object_store: Arc<dyn ObjectStore>,
        base_config: &FileScanConfig,
        partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let store = SoundStore { inner: object_store, expected: Arc::clone(&self.expected) };
        self.inner.create_file_opener(Arc::new(store), base_config, partition)
    }

    fn table_schema(&self) -> &TableSchema {
        self.inner.table_schema()
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        // The reader sets memory aside for every field of a batch before it reads the first one.
        let rows = batch_size.min(FIELDS / self.expected.fields.max(1)).max(1);
        self.around(self.inner.with_batch_size(rows))
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.inner.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        self.inner.metrics()
    }

    fn file_type(&self) -> &str {
        self.inner.file_type()
    }

    fn fmt_extra(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_extra(kind, f)
    }

    fn supports_repartitioning(&self) -> bool {
        // A part of a file says nothing about quotes before it.
        false
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        let pushed = self.inner.try_pushdown_projection(projection)?;
        Ok(pushed.map(|inner| self.around(inner)))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.inner.apply_expressions(f)
    }
}

/// A store whose objects are looked at while they are read whole.
#[derive(Debug)]
struct SoundStore {
    inner: Arc<dyn ObjectStore>,
    expected: Arc<Expected>,
}

impl SoundStore {
    fn watch(&self, found: GetResult) -> GetResult {
        let GetResult { payload, meta, range, attributes } = found;
        let chunks = match payload {
            GetResultPayload::Stream(chunks) => chunks,
            GetResultPayload::File(file, _) => file_chunks(file),
        };
        let payload = GetResultPayload::Stream(watched(chunks, &self.expected));
        GetResult { payload, meta, range, attributes }
    }
}

/// Chunks of a local file. Reading it holds up its thread, as the scan of local text always does.
fn file_chunks(file: std::fs::File) -> BoxStream<'static, StoreResult<Bytes>> {
    let mut file = Some(file);
    let chunks = std::iter::from_fn(move || {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = file.as_mut()?.take(CHUNK as u64).read_to_end(&mut chunk);
        match read {
            Ok(0) => None,
            Ok(_) => Some(Ok(Bytes::from(chunk))),
            Err(error) => {
                file = None;
                Some(Err(Error::Generic { store: "text", source: Box::new(error) }))
            }
        }
    });
    futures::stream::iter(chunks).boxed()
}

/// The same chunks, up to the first one with something that no text holds.
fn watched(
    chunks: BoxStream<'static, StoreResult<Bytes>>,
    expected: &Arc<Expected>,
) -> BoxStream<'static, StoreResult<Bytes>> {
    let scan = Scan::new(&expected.options, Some(expected.fields));
    let state = Some((chunks, scan, Arc::clone(expected)));
    futures::stream::unfold(state, |state| async move {
        let (mut chunks, mut scan, expected) = state?;
        match chunks.next().await {
            Some(Ok(chunk)) => Some(match scan.push(&chunk) {
                Some(trouble) => (Err(refused(&expected.source, trouble)), None),
                None => (Ok(chunk), Some((chunks, scan, expected))),
            }),
            Some(Err(error)) => Some((Err(error), None)),
            None => scan.end().map(|trouble| (Err(refused(&expected.source, trouble)), None)),
        }
    })
    .boxed()
}

/// Says that text is broken; which object it is, is found out afterwards.
fn refused(source: &str, trouble: Trouble) -> Error {
    let reason = match trouble {
        Trouble::NotUtf8 { line, .. } => format!("line {line} is not UTF-8"),
        Trouble::Nul { line } => format!("line {line} holds a byte that is zero"),
        Trouble::Fields { line, found, expected } => {
            format!("line {line} has {found} fields, expected {expected}")
        }
        Trouble::OpenQuote { line } => format!("the quote that opens in line {line} is never closed"),
    };
    let broken = ContractViolation { source_name: source.to_owned(), reason, help: None };
    Error::Generic { store: "text", source: Box::new(broken) }
}

impl fmt::Display for SoundStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for SoundStore {
    async fn put_opts(
        &self,
        path: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> StoreResult<GetResult> {
        let whole = options.range.is_none() && !options.head;
        let found = self.inner.get_opts(path, options).await?;
        Ok(if whole { self.watch(found) } else { found })
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, StoreResult<Path>>,
    ) -> BoxStream<'static, StoreResult<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
