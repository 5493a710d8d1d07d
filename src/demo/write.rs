//! Files of a lake: rows become Parquet in memory, row group by row group, and one object each.

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::error::DemoError;
use super::sheet::Sheet;

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 131_072;

/// A file of a lake, and how its content is made.
pub(super) struct LakeFile {
    /// Path below the place of the lake.
    pub(super) path: String,
    pub(super) content: Content,
}

/// How the content of a file is made. Once: some files count what others sum up.
pub(super) enum Content {
    /// Batches of rows.
    Rows(Box<dyn FnOnce(&mut Rows) + Send>),
    /// Text in whatever encoding.
    Bytes(Box<dyn FnOnce() -> Vec<u8> + Send>),
}

impl LakeFile {
    /// A Parquet file.
    pub(super) fn rows(path: impl Into<String>, make: impl FnOnce(&mut Rows) + Send + 'static) -> Self {
        Self { path: path.into(), content: Content::Rows(Box::new(make)) }
    }

    /// A Parquet file of a single batch.
    pub(super) fn sheet(path: impl Into<String>, make: impl FnOnce() -> Sheet + Send + 'static) -> Self {
        Self::rows(path, move |rows| rows.push(make()))
    }

    /// A file that is no Parquet.
    pub(super) fn bytes(path: impl Into<String>, make: impl FnOnce() -> Vec<u8> + Send + 'static) -> Self {
        Self { path: path.into(), content: Content::Bytes(Box::new(make)) }
    }

    /// The content and its number of rows; 0 for files that are no Parquet.
    pub(super) fn encode(self) -> Result<(Vec<u8>, u64), DemoError> {
        match self.content {
            Content::Bytes(make) => Ok((make(), 0)),
            Content::Rows(make) => {
                let mut rows = Rows::default();
                make(&mut rows);
                rows.finish()
                    .map_err(|error| DemoError::Defect { path: self.path, reason: error.to_string() })
            }
        }
    }
}

/// Rows on their way into a file.
#[derive(Default)]
pub(super) struct Rows {
    writer: Option<ArrowWriter<Vec<u8>>>,
    count: u64,
    broken: Option<ParquetError>,
}

impl Rows {
    /// Adds the rows of `sheet`. An error is kept for the end.
    pub(super) fn push(&mut self, sheet: Sheet) {
        if self.broken.is_none()
            && let Err(error) = sheet.batch().map_err(ParquetError::from).and_then(|batch| self.write(&batch))
        {
            self.broken = Some(error);
        }
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        self.count += batch.num_rows() as u64;
        if self.writer.is_none() {
            self.writer = Some(ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties()?))?);
        }
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write(batch))
    }

    fn finish(self) -> Result<(Vec<u8>, u64), ParquetError> {
        if let Some(error) = self.broken {
            return Err(error);
        }
        let writer = self.writer.ok_or_else(|| ParquetError::General("a file without columns".into()))?;
        Ok((writer.into_inner()?, self.count))
    }
}

fn properties() -> Result<WriterProperties, ParquetError> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by("trichter demo".into())
        .build())
}
