//! The rows of a local Parquet file as blocks, one per row group.
//!
//! Row groups have the size that the writer gave them, so block boundaries are a property of the
//! file. A read opens the file anew and holds the needed columns of one row group, nothing else:
//! that is what bounds the memory of a fit by its threads, whatever the number of rows.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::encoding::Encoder;
use super::frame::{Block, FrameError, RowBlocks};
use super::raw::{RawRows, RowLayout};

/// A Parquet file with its footer read.
#[derive(Debug, Clone)]
pub(super) struct ParquetFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    /// Reads the footer.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())
            .map_err(|error| error.to_string())?;
        Ok(Self { path: path.to_owned(), metadata })
    }

    /// The columns of the file.
    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// Number of row groups.
    pub(super) fn row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// Reads the columns of `layout` of one row group.
    ///
    /// # Errors
    ///
    /// When the file cannot be read any more, or is not the one that was opened.
    pub(super) fn read(&self, row_group: usize, layout: &RowLayout) -> Result<RawRows, FrameError> {
        self.batch(row_group, layout)
            .and_then(|batch| layout.rows(&batch).map_err(|error| error.to_string()))
            .map_err(|reason| FrameError { block: row_group, reason })
    }

    fn batch(&self, row_group: usize, layout: &RowLayout) -> Result<RecordBatch, String> {
        let parquet = self.metadata.metadata();
        if row_group >= parquet.num_row_groups() {
            return Err(format!("there are {} row groups", parquet.num_row_groups()));
        }
        let rows =
            usize::try_from(parquet.row_group(row_group).num_rows()).map_err(|error| error.to_string())?;
        let file = File::open(&self.path).map_err(|error| error.to_string())?;
        let columns = layout.columns().filter_map(|name| self.schema().index_of(name).ok());
        let columns = ProjectionMask::roots(parquet.file_metadata().schema_descr(), columns);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_row_groups(vec![row_group])
            .with_projection(columns)
            .with_batch_size(rows)
            .build()
            .map_err(|error| error.to_string())?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        concat_batches(&schema, &batches).map_err(|error| error.to_string())
    }
}

/// Encoded rows of a Parquet file.
#[derive(Debug, Clone)]
pub(super) struct ParquetBlocks {
    /// The file.
    pub(super) file: ParquetFile,
    /// The columns that are read.
    pub(super) layout: RowLayout,
    /// What becomes of them.
    pub(super) encoder: Encoder,
}

impl RowBlocks for ParquetBlocks {
    fn len(&self) -> usize {
        self.file.row_groups()
    }

    fn read(&self, index: usize) -> Result<Block, FrameError> {
        let rows = self.file.read(index, &self.layout)?;
        self.encoder.encode(&rows).map_err(|reason| FrameError { block: index, reason })
    }
}
