//! Files that were looked at: their columns first, then some of their rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType as ArrowType;
use chrono::NaiveDate;
use object_store::ObjectStore;

use super::files::{DataFile, FileKind};
use super::header::TextForm;
use super::{parquet_rows, text_rows};
use crate::domain::DataType;
use crate::engine::{EngineError, Session, StorageHandle};
use crate::sources::cast::can_read;

/// A column of a file.
#[derive(Debug, Clone)]
pub struct ColumnSeen {
    /// Name as in the file.
    pub name: String,
    /// What contracts call its type; `None` if no table can hold it.
    pub data_type: Option<DataType>,
    /// Its type in the file.
    pub arrow: ArrowType,
    /// What people call its type.
    pub kind: String,
    /// Missing values, where statistics say so for all rows of the file.
    pub nulls: Option<u64>,
    /// First and last day of a date or an instant in UTC, where statistics say so for all rows.
    pub days: Option<(NaiveDate, NaiveDate)>,
}

impl ColumnSeen {
    /// True when the values of the file can be read as `data_type`.
    #[must_use]
    pub fn reads_as(&self, data_type: DataType) -> bool {
        can_read(&self.arrow, data_type)
    }
}

/// A file that was looked at.
#[derive(Debug, Clone)]
pub struct FileSeen {
    /// The file.
    pub file: DataFile,
    /// Its columns, in its order.
    pub columns: Vec<ColumnSeen>,
    /// Rows, where the file says how many.
    pub rows: Option<u64>,
    /// How it is written, if it is text.
    pub text: Option<TextForm>,
}

/// Rows of a file.
#[derive(Debug, Clone, Default)]
pub struct RowsSeen {
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// True if these are all rows of the file.
    pub is_whole: bool,
}

/// Looks at the columns of `file`: the footer of Parquet, the beginning of text.
///
/// # Errors
///
/// When the file cannot be read, or is not what its name says.
pub async fn look(
    session: &Session,
    storage: &StorageHandle,
    file: &DataFile,
) -> Result<FileSeen, EngineError> {
    let store: Arc<dyn ObjectStore> = Arc::clone(&storage.store);
    match file.kind {
        FileKind::Parquet => {
            let (columns, rows) = parquet_rows::columns(session, &store, &file.object).await?;
            Ok(FileSeen { file: file.clone(), columns, rows: Some(rows), text: None })
        }
        FileKind::Text => {
            let form = text_rows::beginning(&store, &file.object).await?.form;
            let column = |name: &String| ColumnSeen {
                name: name.clone(),
                data_type: Some(DataType::String),
                arrow: ArrowType::Utf8,
                kind: "string".to_owned(),
                nulls: None,
                days: None,
            };
            let columns = form.names.iter().map(column).collect();
            Ok(FileSeen { file: file.clone(), columns, rows: None, text: Some(form) })
        }
    }
}

/// The first rows of a file, at most `limit`.
///
/// # Errors
///
/// When the rows cannot be read.
pub async fn rows(storage: &StorageHandle, seen: &FileSeen, limit: usize) -> Result<RowsSeen, EngineError> {
    let store: Arc<dyn ObjectStore> = Arc::clone(&storage.store);
    let object = &seen.file.object;
    match seen.file.kind {
        FileKind::Parquet => {
            let batches = parquet_rows::rows(&store, object, limit).await?;
            let is_whole = seen.rows.is_some_and(|rows| rows <= limit as u64);
            Ok(RowsSeen { batches, is_whole })
        }
        FileKind::Text => {
            let beginning = text_rows::beginning(&store, object).await?;
            let (batches, is_whole) = text_rows::rows(object, beginning, limit)?;
            Ok(RowsSeen { batches, is_whole })
        }
    }
}
