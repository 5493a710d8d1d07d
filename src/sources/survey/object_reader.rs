//! Reads parts of an object for the Parquet decoder.
//!
//! Here and not in the scan of a run, because a look at the first rows needs a decoder that stops.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

/// An object of a store.
pub(super) struct ObjectReader {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) meta: ObjectMeta,
}

impl AsyncFileReader for ObjectReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        let bytes =
            async { self.store.get_range(&self.meta.location, range).await.map_err(ParquetError::from) };
        bytes.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        let bytes = async move {
            self.store.get_ranges(&self.meta.location, &ranges).await.map_err(ParquetError::from)
        };
        bytes.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        let options = options.map(|options| options.metadata_options().clone());
        let size = self.meta.size;
        let metadata = async move {
            let reader = ParquetMetaDataReader::new().with_metadata_options(options);
            reader.load_and_finish(self, size).await.map(Arc::new)
        };
        metadata.boxed()
    }
}
